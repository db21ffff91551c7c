#include "results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct allocator allocators[ALLOCATOR_COUNT] = {
    [OURS_INLINED] = {"inlined", "inlined", NULL, NULL, true, "#56b4e9"},
    [OURS] = {"poolgen", "plain", NULL, NULL, true, "#0072b2"},
    [OURS_MALLOC] = {"preloaded", "libc", NULL, "libpoolgen-malloc.so", true, "#009e73"},
    [GLIBC] = {"glibc", "libc", NULL, NULL, false, "#999999"},
    [JEMALLOC] = {"jemalloc", "libc", NULL, "libjemalloc.so.2", false, "#d55e00"},
    [MIMALLOC] = {"mimalloc", "libc", NULL, "libmimalloc.so.2", false, "#cc79a7"},
    [TCMALLOC] = {"tcmalloc", "libc", NULL, "libtcmalloc_minimal.so.4", false, "#e69f00"},
};

static const char *const further_colours[MOST_FURTHER] = {
    "#8b5cf6", "#b45309", "#14b8a6", "#ef4444", "#84cc16", "#64748b", "#0f766e", "#a16207"};

const struct load_row load_rows[LOAD_COUNT] = {
#define LOAD_ROW(identifier, name, operations, threads, flags) {name, (threads), (flags)},
    LOADS(LOAD_ROW)
#undef LOAD_ROW
};

const struct scenario_row scenario_rows[SCENARIO_COUNT] = {
#define SCENARIO_ROW(identifier, name, flags) {name, (flags)},
    SCENARIOS(SCENARIO_ROW)
#undef SCENARIO_ROW
};

const struct figure_row figure_rows[FIGURE_COUNT] = {
#define FIGURE_ROW(scenario, name, label, unit) {SCENARIO_##scenario, name, label, unit},
    FIGURES(FIGURE_ROW)
#undef FIGURE_ROW
};

/* Named for what the pool does when it is exhausted, and for the threads' caches. */
const char *const tight_tables[TIGHT_TABLES] = {
    "fail", "fail-no-cache", "grow", "grow-no-cache", "upstream", "upstream-no-cache"};

const unsigned thread_steps[THREAD_STEPS] = {1, 2, 4, 8, 16, 32, 64};

const enum load_index scaling_loads[SCALING_LOADS] = {LOAD_steady, LOAD_producer_consumer,
                                                      LOAD_larson_like};

const unsigned pool_steps[POOL_STEPS] = {1, 3, 10, 30, 100, 300, 1000};

enum allocator_index results_limited(const struct results *results)
{
    return results->used[OURS] ? OURS : OURS_INLINED;
}

double results_best_peer(const struct cell cells[ALLOCATOR_COUNT])
{
    double best = NAN;
    for (unsigned i = 0; i < ALLOCATOR_COUNT; i++)
        if (!allocators[i].ours)
            best = fmin(best, series_median(&cells[i].ns));
    return best;
}

double results_best_figure(const struct series figure[ALLOCATOR_COUNT])
{
    double best = NAN;
    for (unsigned i = 0; i < ALLOCATOR_COUNT; i++)
        if (!allocators[i].ours)
            best = fmin(best, series_median(&figure[i]));
    return best;
}

bool results_has_figure(const struct series figure[ALLOCATOR_COUNT])
{
    for (unsigned i = 0; i < ALLOCATOR_COUNT; i++)
        if (figure[i].count > 0)
            return true;
    return false;
}

static bool is_library(const char *file)
{
    return strstr(file, ".so") != NULL;
}

bool results_add(const char *name_and_file, bool ours)
{
    const size_t length = strcspn(name_and_file, "=");
    if (length == 0 || name_and_file[length] != '=' || name_and_file[length + 1] == '\0')
        return false;
    char *name = strndup(name_and_file, length);
    const char *const file = name_and_file + length + 1;
    unsigned free_row = FIRST_FURTHER;
    for (unsigned i = 0; i < ALLOCATOR_COUNT && allocators[i].name; i++) {
        if (!name || strcmp(allocators[i].name, name) == 0)
            return false;
        free_row = i + 1;
    }
    if (free_row == ALLOCATOR_COUNT)
        return false;
    const bool library = is_library(file);
    allocators[free_row] = (struct allocator){name,
                                              library ? "libc" : name,
                                              library ? NULL : file,
                                              library ? file : NULL,
                                              ours,
                                              further_colours[free_row - FIRST_FURTHER]};
    return true;
}
