#include "measure.h"

#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "instructions.h"
#include "progress.h"
#include "spawn.h"

/* ---- one run of a worker */

const char *measure_program(const struct settings *settings, const char *name)
{
    static char paths[4][sizeof settings->folder + 64];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", settings->folder, name);
    return path;
}

const char *measure_preload(const struct settings *settings, const struct allocator *allocator)
{
    if (!allocator->preload)
        return NULL;
    const bool beside = allocator->ours && strchr(allocator->preload, '/') == NULL;
    return beside ? measure_program(settings, allocator->preload) : allocator->preload;
}

static const char *worker_of(const struct settings *settings, const struct allocator *allocator)
{
    char name[64];
    if (allocator->worker)
        return allocator->worker;
    snprintf(name, sizeof name, "worker-%s", allocator->way);
    return measure_program(settings, name);
}

/* A different placement for each repetition, the same for all allocators of it. */
static unsigned draw_placement(unsigned repetition)
{
    return (repetition * 2654435761u) >> 16;
}

static void fill_cell(struct cell *cell, const char *output)
{
    const double ns = spawn_number(output, "ns="), limit = spawn_number(output, "limit=");
    series_add(&cell->ns, ns);
    series_add(&cell->cpu, spawn_number(output, "cpu="));
    series_add(&cell->faults, spawn_number(output, "faults="));
    series_add(&cell->peak, spawn_number(output, "peak="));
    series_add(&cell->end, spawn_number(output, "end="));
    if (limit > 0) {
        series_add(&cell->limit, limit);
        series_add(&cell->over_limit, ns / limit);
    }
}

static void measure_once(const struct settings *settings, unsigned load, unsigned allocator,
                         unsigned threads, bool with_limit, unsigned repetition, struct cell *cell)
{
    char seconds[32], thread_count[16], placement[16], output[OUTPUT_BYTES];
    const unsigned drawn = draw_placement(repetition);
    const char *const argv[] = {worker_of(settings, &allocators[allocator]),
                                seconds,
                                thread_count,
                                placement,
                                load_rows[load].name,
                                with_limit ? "-l" : NULL,
                                NULL};
    const struct spawn spawn = {.argv = argv,
                                .preload = measure_preload(settings, &allocators[allocator]),
                                .padding = drawn % 4096};
    snprintf(seconds, sizeof seconds, "-t%g", settings->seconds);
    snprintf(thread_count, sizeof thread_count, "-n%u", threads);
    snprintf(placement, sizeof placement, "-p%u", drawn % 16);
    if (!progress_step(load_rows[load].name, allocators[allocator].name))
        return;
    if (spawn_run(&spawn, output)) {
        fill_cell(cell, output);
        return;
    }
    cell->failed = true;
    fprintf(stderr, "bench: failed: LD_PRELOAD=%s %s %s %s %s %s\n",
            spawn.preload ? spawn.preload : "", argv[0], seconds, thread_count, placement,
            load_rows[load].name);
}

/* ---- which loads and allocators */

bool measure_is_listed(const char *list, const char *name)
{
    char copy[1024], *rest = copy;
    if (!list)
        return true;
    snprintf(copy, sizeof copy, "%s", list);
    for (char *word = strsep(&rest, ","); word; word = strsep(&rest, ","))
        if (fnmatch(word, name, 0) == 0)
            return true;
    return false;
}

/* A worker says which file its malloc comes from: a library that could not be preloaded is left
 * out, and never mistaken for what the process has without it. */
static bool is_available(const struct settings *settings, const struct allocator *allocator)
{
    char output[OUTPUT_BYTES];
    const char *const argv[] = {worker_of(settings, allocator), "-r", load_rows[LOAD_coverage].name,
                                NULL};
    const struct spawn spawn = {
        .argv = argv, .preload = measure_preload(settings, allocator), .with_stderr = true};
    if (access(argv[0], X_OK) != 0 || !spawn_run(&spawn, output))
        return false;
    return !allocator->preload || strstr(strstr(output, "malloc="), allocator->preload);
}

/* False if a peer that was given by its file cannot be had. */
static bool choose_allocators(const struct settings *settings, struct results *results)
{
    bool good = true;
    for (unsigned i = 0; i < ALLOCATOR_COUNT; i++) {
        const struct allocator *allocator = &allocators[i];
        const bool given = i >= FIRST_FURTHER;
        if (!allocator->name ||
            !(given || measure_is_listed(settings->allocators, allocator->name)))
            continue;
        results->used[i] = is_available(settings, allocator);
        good &= results->used[i] || !given;
        if (!results->used[i])
            fprintf(stderr, "bench: %s is left out: %s%s\n", allocator->name,
                    allocator->preload ? allocator->preload : worker_of(settings, allocator),
                    allocator->ours ? " is not built"
                    : given         ? " cannot be loaded, or has no malloc"
                                    : " cannot be loaded (make deps-bench)");
    }
    return good;
}

static void choose_loads(const struct settings *settings, struct results *results)
{
    for (unsigned i = 0; i < LOAD_COUNT; i++)
        results->measured[i] = measure_is_listed(settings->only, load_rows[i].name) &&
                               (!settings->run || (load_rows[i].flags & IN_RUN));
}

/* The storm is written in Rust, and not everybody has it. */
static void say_if_no_storm(const struct settings *settings)
{
    const char *const name = scenario_rows[SCENARIO_spawn_storm].name;
    if (!settings->tokio && !settings->quick && measure_is_listed(settings->parts, "scenarios") &&
        measure_is_listed(settings->only, name))
        fprintf(stderr,
                "bench: %s is left out: no --tokio FOLDER (make bench builds it with Rust)\n",
                name);
}

static bool has_wanted(const struct settings *settings, const struct results *results)
{
    bool any = measure_is_listed(settings->only, "tight");
    for (unsigned load = 0; load < LOAD_COUNT; load++)
        any |= results->measured[load];
    for (unsigned scenario = 0; scenario < SCENARIO_COUNT; scenario++)
        any |= measure_is_listed(settings->only, scenario_rows[scenario].name);
    return any;
}

bool measure_choose(const struct settings *settings, struct results *results)
{
    bool any_allocator = false;
    if (!choose_allocators(settings, results))
        return false;
    choose_loads(settings, results);
    say_if_no_storm(settings);
    for (unsigned i = 0; i < ALLOCATOR_COUNT; i++)
        any_allocator |= results->used[i];
    if (!has_wanted(settings, results))
        fprintf(stderr, "bench: no load is named '%s'\n", settings->only);
    if (!any_allocator)
        fprintf(stderr, "bench: no allocator to measure\n");
    return any_allocator && has_wanted(settings, results);
}

/* The inlined face differs from the call only where sizes are constants; the main job measures
 * nothing but it. */
static bool is_applicable(const struct settings *settings, unsigned load, unsigned allocator)
{
    return allocator != OURS_INLINED || settings->run || (load_rows[load].flags & CONSTANT);
}

/* ---- the parts of a run */

/* Repetitions are interleaved: every allocator once, then every allocator once more, so that a
 * machine that speeds up or slows down meanwhile does so for all of them. */
static void measure_loads(const struct settings *settings, struct results *results)
{
    const enum allocator_index limited = results_limited(results);
    for (unsigned repetition = 0; repetition < settings->repetitions; repetition++)
        for (unsigned load = 0; load < LOAD_COUNT; load++)
            for (unsigned i = 0; i < ALLOCATOR_COUNT; i++) {
                const unsigned turn = (i + repetition) % ALLOCATOR_COUNT;
                if (results->measured[load] && results->used[turn] &&
                    is_applicable(settings, load, turn))
                    measure_once(settings, load, turn, load_rows[load].threads,
                                 turn == limited && (load_rows[load].flags & HAS_LIMIT), repetition,
                                 &results->cells[load][turn]);
            }
}

static void measure_reuse(const struct settings *settings, struct results *results)
{
    char output[OUTPUT_BYTES];
    const enum allocator_index ours = results_limited(results);
    for (unsigned load = 0; load < LOAD_COUNT; load++) {
        const char *const argv[] = {worker_of(settings, &allocators[ours]), "-r",
                                    load_rows[load].name, NULL};
        const struct spawn spawn = {.argv = argv};
        if (!results->measured[load] || !results->used[ours] ||
            !progress_step(load_rows[load].name, "reuse"))
            continue;
        spawn_run(&spawn, output);
        results->cells[load][ours].allocations = spawn_number(output, "allocations=");
        results->cells[load][ours].first_uses = spawn_number(output, "first_uses=");
    }
}

/* Half as long and fewer than the loads: there are many points, and curves show what is noise. */
static void measure_scaling(const struct settings *all, struct results *results)
{
    struct settings shorter = *all, *const settings = &shorter;
    shorter.seconds = all->seconds / 2;
    shorter.repetitions = (all->repetitions + 1) / 2;
    for (unsigned repetition = 0; repetition < settings->repetitions; repetition++)
        for (unsigned load = 0; load < SCALING_LOADS; load++)
            for (unsigned step = 0; step < THREAD_STEPS; step++)
                for (unsigned i = 0; i < ALLOCATOR_COUNT; i++) {
                    const unsigned turn = (i + repetition) % ALLOCATOR_COUNT;
                    if (results->used[turn] && turn != OURS_INLINED &&
                        measure_is_listed(settings->only, load_rows[scaling_loads[load]].name))
                        measure_once(settings, scaling_loads[load], turn, thread_steps[step], false,
                                     repetition, &results->scaling[load][step][turn]);
                }
}

/* Allocators that share a worker share its loops. */
static void count_instructions(const struct settings *settings, struct results *results)
{
    struct loop_cost loop = {NAN, NAN};
    const char *measured = "";
    for (unsigned i = 0; i < ALLOCATOR_COUNT; i++) {
        const char *worker = worker_of(settings, &allocators[i]);
        results->hits[i] = (struct hit){NAN, NAN};
        if (!results->used[i] || !progress_step("instructions", allocators[i].name))
            continue;
        if (strcmp(measured, allocators[i].way) != 0)
            loop = instructions_of_loop(worker);
        measured = allocators[i].way;
        results->hits[i] =
            instructions_of_hit(worker, measure_preload(settings, &allocators[i]), &loop);
    }
}

/* Probes built from generated tables say what selection, owner map and a pair of calls cost; the
 * generator is timed as a whole process. */
static void measure_pools(const struct settings *settings, struct results *results)
{
    char output[OUTPUT_BYTES], program[64], table[64];
    for (unsigned repetition = 0; repetition < settings->repetitions; repetition++)
        for (unsigned i = 0; i < POOL_STEPS; i++) {
            struct pool_step *step = &results->pools[i];
            step->pools = pool_steps[i];
            snprintf(program, sizeof program, "pools/%u/probe", step->pools);
            snprintf(table, sizeof table, "pools/%u/table.yaml", step->pools);
            const char *const probe[] = {measure_program(settings, program), NULL};
            const char *const generate[] = {measure_program(settings, "../poolgen"),
                                            "-q",
                                            "-o",
                                            measure_program(settings, "pools/generated.c"),
                                            measure_program(settings, table),
                                            NULL};
            if (access(probe[0], X_OK) != 0 || !progress_step("number of pools", program))
                continue;
            if (spawn_run(&(struct spawn){.argv = probe}, output)) {
                series_add(&step->select_ns, spawn_number(output, "select="));
                series_add(&step->owner_ns, spawn_number(output, "owner="));
                series_add(&step->pair_ns, spawn_number(output, "pair="));
            }
            const double started = progress_clock();
            if (spawn_run(&(struct spawn){.argv = generate}, output))
                series_add(&step->generate_ms, (progress_clock() - started) * 1e3);
        }
}

/* ---- all of it */

void measure_all(const struct settings *settings, struct results *results)
{
    if (measure_is_listed(settings->parts, "loads"))
        measure_loads(settings, results);
    if (settings->run)
        measure_reuse(settings, results);
    if (measure_is_listed(settings->parts, "threads"))
        measure_scaling(settings, results);
    if (measure_is_listed(settings->parts, "scenarios"))
        measure_scenarios(settings, results);
    if (measure_is_listed(settings->parts, "tight"))
        measure_tight(settings, results);
    if (measure_is_listed(settings->parts, "instructions"))
        count_instructions(settings, results);
    if (measure_is_listed(settings->parts, "pools"))
        measure_pools(settings, results);
}
