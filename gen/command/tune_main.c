/* `poolgen tune`: profiles in, a commented pool table out. */
#include "base/utf8.h"
#include "command/subcommands.h"
#include "emit/template.h"
#include "emit/write.h"
#include "profile/figures.h"
#include "profile/inputs.h"
#include "profile/tune.h"
#include "table/validate.h"
#include "version.h"
#include <stddef.h>
#include <string.h>

struct request {
    struct tune_options tune;
    int aim; /* enum tune_aim */
    const char *name;
    const char *against;
    const char *output;
};

#define TUNE(member) offsetof(struct request, tune.member)

static const struct flag flags[] = {
    {"-o", "TABLE.yaml", FLAG_STRING, offsetof(struct request, output), 0, 0,
     "write the table there (default: standard output)"},
    {"--pools", "N", FLAG_COUNT, TUNE(pools), 1, 1024,
     "at most N pools\n"
     "(default: as many as save more than they cost)"},
    {"--pool-cost", "BYTES", FLAG_BYTES, TUNE(pool_cost), 0, 1e9,
     "what a pool must save in a process to be worth having\n"
     "(default: 4096, the rest of its last page)"},
    {"--budget", "SIZE", FLAG_BYTES, TUNE(budget), 1, 1e12,
     "all blocks together take at most SIZE\n"
     "(default: the 1GiB of a table)"},
    {"--align", "N", FLAG_BYTES, TUNE(alignment), 8, 4096,
     "alignment that the table promises: 8, 16 ... 4096\n"
     "(default: 16)"},
    {"--largest", "SIZE", FLAG_BYTES, TUNE(largest), 8, SIZES_LARGEST,
     "leave larger requests to `oversize` (default: 64KiB)"},
    {"--threads", "N", FLAG_COUNT, TUNE(threads), 1, 1024,
     "counts also hold what the caches of N - 1 threads may\n"
     "keep (default: the most threads recorded)"},
    {"--headroom", "FACTOR", FLAG_NUMBER, TUNE(headroom), 0.01, 1000,
     "counts are so many times the peak (default: 1.1)"},
    {"--quantile", "SHARE", FLAG_NUMBER, TUNE(quantile), 0, 1,
     "share of the runs whose peaks the counts hold\n"
     "(default: 0.99)"},
    {"--weigh", "peak|allocations|memory", FLAG_CHOICE, offsetof(struct request, aim), 0, 0,
     "minimise bytes lost to rounding while most is live,\n"
     "or over all allocations; or the bytes of all blocks,\n"
     "each pool at its own peak (default: peak)"},
    {"--name", "NAME", FLAG_STRING, offsetof(struct request, name), 0, 0,
     "the table's name (default: the recorded command's)"},
    {"--against", "OLD.yaml", FLAG_STRING, offsetof(struct request, against), 0, 0,
     "also print what would change from that table"},
};

static const struct command_line line = {
    "tune",
    "PROFILE... [options]",
    "Chooses block sizes and initial counts for what the profiles show, and writes\n"
    "them as a pool table with comments that say where each figure comes from.",
    flags,
    sizeof flags / sizeof flags[0],
    NULL};

/* One call: the demand, what was made of it, and the table it is compared with. */
struct result {
    struct arena *arena;
    const struct request *request;
    const struct demand *demand;
    const struct tuned *tuned;
    const char *before_name;
    uint64_t *before;
    size_t before_count;
    struct demand_loss before_loss;
};

/* ---- the table's texts */

static const char *describe_commands(struct arena *arena, const struct profile *profile)
{
    const char *first = profile->runs[0]->command;
    for (size_t i = 1; i < profile->count; i++) {
        if (strcmp(profile->runs[i]->command, first) != 0) {
            return arena_format(arena, "%s and others", utf8_visible(arena, first));
        }
    }
    return utf8_visible(arena, first);
}

static const char *describe_origin(const struct result *result)
{
    struct arena *arena = result->arena;
    const struct profile *profile = result->demand->profile;
    const char *first = profile->runs[0]->date, *last = profile->runs[profile->count - 1]->date;
    const char *until = strncmp(first, last, 10) == 0 ? "" : arena_format(arena, " to %.10s", last);
    return arena_format(arena, "%s run%s of %s, %.10s%s: %s allocations",
                        figure_count(arena, (double)profile->count), profile->count == 1 ? "" : "s",
                        describe_commands(arena, profile), first, until,
                        figure_count(arena, result->tuned->loss.allocations));
}

static const char *count_pools(struct arena *arena, size_t count)
{
    return arena_format(arena, "%zu pool%s", count, count == 1 ? "" : "s");
}

static const char *describe_sizes(const struct result *result)
{
    static const char *const aims[] = {[AIM_PEAK] = "what was live at the peaks",
                                       [AIM_ALLOCATIONS] = "how often each size was asked for",
                                       [AIM_MEMORY] = "the memory of all at their peaks"};
    struct arena *arena = result->arena;
    const struct tune_options *options = &result->request->tune;
    const char *why =
        options->pools > 0
            ? arena_format(arena, "of at most %llu", (unsigned long long)options->pools)
            : arena_format(arena, "each saves more than %s a process",
                           figure_bytes(arena, (double)options->pool_cost));
    return arena_format(arena, "%s (%s), the best by %s.", count_pools(arena, result->tuned->count),
                        why, aims[options->aim]);
}

/* What stays resident; and, where the sizes were chosen for something else and it is worth it, that
   there is a choice that keeps less. Not looked for among so many sizes that it would take long. */
static const char *describe_held(const struct result *result)
{
    enum { MANY_SIZES = 16384 };
    const double worth = 0.9;
    struct arena *arena = result->arena;
    const struct tuned *tuned = result->tuned;
    const char *held = figure_bytes(arena, tuned->held);
    struct tune_options options = result->request->tune;
    if (options.aim == AIM_MEMORY || result->demand->row_count > MANY_SIZES) {
        return arena_format(arena, "%s.", held);
    }
    uint64_t least;
    options.aim = AIM_MEMORY;
    const struct tuned *leaner = tune(arena, result->demand, &options, &least);
    if (leaner == NULL || leaner->held > tuned->held * worth) {
        return arena_format(arena, "%s.", held);
    }
    return arena_format(arena, "%s;\n#           chosen by --weigh memory, %s would take %s.", held,
                        count_pools(arena, leaner->count), figure_bytes(arena, leaner->held));
}

static const char *describe_counts(const struct result *result)
{
    const struct tune_options *options = &result->request->tune;
    struct arena *arena = result->arena;
    const char *quantile = "", *caches = "";
    if (result->demand->profile->count > 1) {
        quantile = arena_format(arena, " in %g %% of the runs", options->quantile * 100);
    }
    if (result->tuned->threads > 1) {
        caches =
            arena_format(arena, ",\n#           and what the caches of %llu other threads may keep",
                         (unsigned long long)(result->tuned->threads - 1));
    }
    return arena_format(arena, "%g times the most that each pool had live at a time%s%s.",
                        options->headroom, quantile, caches);
}

static const char *describe_growth(const struct result *result)
{
    size_t pools = 0, most = 0;
    for (size_t i = 0; i < result->tuned->count; i++) {
        size_t growing = result->tuned->pools[i].growing;
        pools += growing > 0;
        most = growing > most ? growing : most;
    }
    if (pools == 0) {
        return "none in these runs.";
    }
    return arena_format(result->arena,
                        "%zu of %zu pools, each in at most %zu of %zu runs: see below.", pools,
                        result->tuned->count, most, result->demand->profile->count);
}

static const char *describe_oversize(const struct result *result)
{
    struct arena *arena = result->arena;
    const struct demand_loss *loss = &result->tuned->loss;
    if (loss->oversize_allocations <= 0) {
        return "no request was too large or too aligned for the pools.";
    }
    return arena_format(arena, "%s allocations (%s) are too large or too aligned for the pools.",
                        figure_count(arena, loss->oversize_allocations),
                        figure_percent(arena, loss->oversize_allocations, loss->allocations));
}

static const char *describe_pool(const struct result *result, const struct tuned_pool *pool)
{
    struct arena *arena = result->arena;
    struct text notes = {.arena = arena};
    text_format(&notes, "peak %s", figure_count(arena, (double)pool->highest));
    if (pool->quantile != pool->highest) {
        text_format(&notes, " (%s at the quantile)", figure_count(arena, (double)pool->quantile));
    }
    if (pool->trend > pool->quantile) {
        text_format(&notes, ", rising to %s", figure_count(arena, (double)pool->trend));
    }
    text_format(&notes, ", %s lost",
                figure_percent(arena, pool->loss.lost, pool->loss.requested + pool->loss.lost));
    if (pool->count < pool->wanted) {
        text_format(&notes, ", %s wanted", figure_count(arena, (double)pool->wanted));
    }
    if (pool->growing > 0) {
        text_format(&notes, ", grows in %zu run%s", pool->growing, pool->growing == 1 ? "" : "s");
    }
    return notes.data;
}

/* ---- the table's name */

/* The command's name as a table may have it: "python3.11" is python3_11. */
static const char *choose_name(const struct result *result)
{
    if (result->request->name != NULL) {
        return result->request->name;
    }
    struct arena *arena = result->arena;
    const char *command = result->demand->profile->runs[0]->command, *why;
    char *name = arena_copy(arena, command, strlen(command));
    for (char *c = name; *c != '\0'; c++) {
        if (*c >= 'A' && *c <= 'Z') {
            *c = (char)(*c - 'A' + 'a');
        } else if (!((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9'))) {
            *c = '_';
        }
    }
    if (strlen(name) > 31) {
        name[31] = '\0';
    }
    if (validate_name(name, &why)) {
        return name;
    }
    return "tuned";
}

/* ---- rendering */

static void bind_pools(struct bindings *bindings, const struct result *result)
{
    struct arena *arena = result->arena;
    bind_list(bindings, "pools");
    for (size_t i = 0; i < result->tuned->count; i++) {
        const struct tuned_pool *pool = &result->tuned->pools[i];
        const char *size = arena_format(arena, "%llu,", (unsigned long long)pool->size);
        struct bindings *row = bind_row(bindings, "pools");
        bind_text(row, "size", arena_format(arena, "%-6s", size));
        bind_number(row, "size_number", pool->size);
        bind_number(row, "count", pool->count);
        bind_number(row, "least", i == 0 ? 0 : result->tuned->sizes[i - 1] + 1);
        bind_text(row, "notes", describe_pool(result, pool));
    }
}

static void bind_losses(struct bindings *bindings, const struct result *result)
{
    struct arena *arena = result->arena;
    const struct demand_loss *now = &result->tuned->loss, *before = &result->before_loss;
    bind_text(bindings, "held", figure_bytes(arena, now->requested + now->lost));
    bind_text(bindings, "at_peaks", describe_held(result));
    bind_text(bindings, "lost", figure_bytes(arena, now->lost));
    bind_text(bindings, "lost_share", figure_percent(arena, now->lost, now->requested + now->lost));
    bind_text(bindings, "before_name", result->before_name);
    bind_text(bindings, "before_lost", figure_bytes(arena, before->lost));
    bind_text(bindings, "before_share",
              figure_percent(arena, before->lost, before->requested + before->lost));
}

/* Appends the YAML; false, with a message, if the template is wrong. */
static bool render_table(const struct result *result, struct text *out)
{
    struct arena *arena = result->arena;
    const struct tuned *tuned = result->tuned;
    struct bindings *bindings = bindings_new(arena);
    bind_text(bindings, "version", POOLGEN_VERSION);
    bind_text(bindings, "from", describe_origin(result));
    bind_text(bindings, "sizes", describe_sizes(result));
    bind_losses(bindings, result);
    bind_flag(bindings, "inexact", !tuned->choices.exact);
    bind_text(bindings, "counts", describe_counts(result));
    bind_flag(bindings, "trended", tuned->trended);
    bind_text(bindings, "trend",
              arena_format(arena,
                           "the runs span days: rising counts look %.1f days beyond the last.",
                           tuned->trend_days));
    bind_flag(bindings, "dropped", tuned->bytes < tuned->wanted_bytes);
    bind_text(bindings, "budget",
              arena_format(arena, "blocks take %s; %s were wanted. The least used bytes went.",
                           figure_bytes(arena, (double)tuned->bytes),
                           figure_bytes(arena, (double)tuned->wanted_bytes)));
    bind_text(bindings, "growth", describe_growth(result));
    bind_text(bindings, "oversize", describe_oversize(result));
    bind_text(bindings, "name", choose_name(result));
    bind_flag(bindings, "aligned", result->request->tune.alignment != 16);
    bind_number(bindings, "alignment", result->request->tune.alignment);
    bind_pools(bindings, result);

    static const char *const names[] = {"tuned.yaml"};
    struct text errors = {.arena = arena};
    if (template_render(out, names[0], bindings, template_embedded, &errors) &&
        template_check_used(names, 1, bindings, template_embedded, &errors)) {
        return true;
    }
    fputs(errors.data, stderr);
    return false;
}

/* ---- the difference to an old table */

static size_t count_growing_runs(const struct result *result, const uint64_t *sizes,
                                 const uint64_t *counts, size_t count)
{
    size_t runs = result->demand->profile->count, growing = 0;
    const uint64_t *peaks = tune_peaks(result->arena, result->demand, sizes, count);
    for (size_t i = 0; i < runs; i++) {
        bool grows = false;
        for (size_t pool = 0; pool < count; pool++) {
            grows = grows || peaks[pool * runs + i] > counts[pool];
        }
        growing += grows;
    }
    return growing;
}

/* Bytes of the blocks of all pools, each at its highest peak. */
static double held_by(const struct result *result, const uint64_t *sizes, size_t count)
{
    size_t runs = result->demand->profile->count;
    const uint64_t *peaks = tune_peaks(result->arena, result->demand, sizes, count);
    double held = 0;
    for (size_t pool = 0; pool < count; pool++) {
        uint64_t highest = 0;
        for (size_t i = 0; i < runs; i++) {
            if (peaks[pool * runs + i] > highest) {
                highest = peaks[pool * runs + i];
            }
        }
        held += (double)highest * (double)sizes[pool];
    }
    return held;
}

static void print_pools(struct text *out, const struct table *old, const struct tuned *tuned)
{
    text_string(out, "      size   old count   new count\n");
    for (size_t a = 0, b = 0; a < old->pool_count || b < tuned->count;) {
        bool had = a < old->pool_count &&
                   (b == tuned->count || old->pools[a].size <= tuned->pools[b].size);
        bool has = b < tuned->count && (!had || old->pools[a].size == tuned->pools[b].size);
        uint64_t before = had ? old->pools[a].initial_count : 0;
        uint64_t after = has ? tuned->pools[b].count : 0;
        text_format(out, "%c %8llu ",
                    !had              ? '+'
                    : !has            ? '-'
                    : before == after ? ' '
                                      : '~',
                    (unsigned long long)(had ? old->pools[a].size : tuned->pools[b].size));
        if (had) {
            text_format(out, "%11llu ", (unsigned long long)before);
        } else {
            text_format(out, "%11s ", "");
        }
        if (has) {
            text_format(out, "%11llu", (unsigned long long)after);
        }
        text_string(out, "\n");
        a += had;
        b += has;
    }
}

static void print_difference(const struct result *result, const struct table *old, struct text *out)
{
    struct arena *arena = result->arena;
    const struct tuned *tuned = result->tuned;
    const struct demand_loss *was = &result->before_loss, *is = &tuned->loss;
    uint64_t *old_counts = arena_alloc(arena, old->pool_count * sizeof *old_counts);
    uint64_t *new_counts = arena_alloc(arena, tuned->count * sizeof *new_counts);
    double old_bytes = 0;
    for (size_t i = 0; i < old->pool_count; i++) {
        old_counts[i] = old->pools[i].initial_count;
        old_bytes += (double)old->pools[i].initial_count * (double)old->pools[i].size;
    }
    for (size_t i = 0; i < tuned->count; i++) {
        new_counts[i] = tuned->pools[i].count;
    }

    text_format(out, "From %s:\n\n", utf8_visible(arena, result->request->against));
    print_pools(out, old, tuned);
    const char *const rows[][3] = {
        {"pools", arena_format(arena, "%zu", old->pool_count),
         arena_format(arena, "%zu", tuned->count)},
        {"bytes of all blocks", figure_bytes(arena, old_bytes),
         figure_bytes(arena, (double)tuned->bytes)},
        {"held at the peaks", figure_bytes(arena, held_by(result, result->before, old->pool_count)),
         figure_bytes(arena, tuned->held)},
        {"lost at the peaks", figure_bytes(arena, was->lost), figure_bytes(arena, is->lost)},
        {"lost per allocation",
         figure_percent(arena, was->lost_ever, was->requested_ever + was->lost_ever),
         figure_percent(arena, is->lost_ever, is->requested_ever + is->lost_ever)},
        {"oversize allocations", figure_count(arena, was->oversize_allocations),
         figure_count(arena, is->oversize_allocations)},
        {"runs that grow",
         arena_format(arena, "%zu of %zu",
                      count_growing_runs(result, result->before, old_counts, old->pool_count),
                      result->demand->profile->count),
         arena_format(arena, "%zu of %zu",
                      count_growing_runs(result, tuned->sizes, new_counts, tuned->count),
                      result->demand->profile->count)},
    };
    text_format(out, "\n%-22s%14s%14s\n", "", "old", "new");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        text_format(out, "%-22s%14s%14s\n", rows[i][0], rows[i][1], rows[i][2]);
    }
}

/* ---- the subcommand */

static int check_request(struct request *request)
{
    uint64_t alignment = request->tune.alignment;
    const char *why;
    if ((alignment & (alignment - 1)) != 0) {
        return flags_complain(&line, "--align is a power of two");
    }
    if (request->name != NULL && !validate_name(request->name, &why)) {
        return flags_complain(&line, "the name '%s' %s", request->name, why);
    }
    request->tune.aim = (enum tune_aim)request->aim;
    return -1;
}

static void compare_with(struct result *result, const struct table *old)
{
    struct arena *arena = result->arena;
    if (old != NULL) {
        result->before = inputs_sizes(arena, old);
        result->before_count = old->pool_count;
        result->before_name =
            arena_format(arena, "the %zu pools of table '%s'", old->pool_count, old->name);
    } else {
        uint64_t largest = result->tuned->sizes[result->tuned->count - 1];
        result->before = tune_powers(arena, largest, &result->before_count);
        result->before_name = arena_format(arena, "%zu powers of two", result->before_count);
    }
    result->before_loss = demand_loss(result->demand, result->before, result->before_count);
}

static int run_tune(struct arena *arena, const struct request *request, struct profile *profile,
                    const struct table *old)
{
    struct result result = {.arena = arena, .request = request};
    uint64_t least;
    result.demand = demand_gather(arena, profile);
    result.tuned = tune(arena, result.demand, &request->tune, &least);
    if (result.tuned == NULL) {
        fprintf(stderr, "poolgen tune: the budget does not hold one block of each pool: %s\n",
                figure_bytes(arena, (double)least));
        return 1;
    }
    if (result.tuned->count == 0) {
        fputs("poolgen tune: the profiles show no allocation that a pool could serve\n", stderr);
        return 1;
    }
    compare_with(&result, old);
    struct text table = {.arena = arena}, difference = {.arena = arena};
    if (!render_table(&result, &table)) {
        return 1;
    }
    if (!write_or_print(arena, request->output, &table, stderr)) {
        return 1;
    }
    if (old != NULL) {
        print_difference(&result, old, &difference);
        fputs(difference.data, request->output == NULL ? stderr : stdout);
    }
    return 0;
}

int subcommand_tune(struct arena *arena, int argc, char **argv)
{
    struct request request = {.tune = tune_defaults};
    struct profile *profile;
    int code = inputs_parse(arena, &line, argc, argv, &request, &profile);
    if (code < 0) {
        code = check_request(&request);
    }
    if (code >= 0) {
        return code;
    }
    const struct table *old = NULL;
    if (request.against != NULL && (old = inputs_table(arena, request.against)) == NULL) {
        return 1;
    }
    if (profile == NULL) {
        return 1;
    }
    if (profile->count == 0) {
        fputs("poolgen tune: the profiles have no runs\n", stderr);
        return 1;
    }
    return run_tune(arena, &request, profile, old);
}
