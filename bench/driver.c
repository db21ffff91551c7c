/* bench: runs every load with every allocator, one process a repetition, and reports.
 * Repetitions are interleaved: every allocator once, then every allocator once more, so that a
 * machine that speeds up or slows down meanwhile does so for all of them. */
#define _GNU_SOURCE
#include <fnmatch.h>
#include <getopt.h>
#include <libgen.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "instructions.h"
#include "results.h"
#include "spawn.h"

struct options {
    bool quick, run;
    const char *only, *allocators, *parts, *json, *svg;
    double seconds;
    unsigned repetitions;
    char folder[PATH_MAX]; /* of the programs */
};

/* ---- progress: one line that is written over, on a terminal only */

struct progress {
    bool counting; /* a first pass that measures nothing finds out how many steps there are */
    unsigned done, total;
    double started;
};

static struct progress progress = {.counting = true};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* True if the step is to be done now. */
static bool progress_step(const char *load, const char *allocator)
{
    if (progress.counting) {
        progress.total++;
        return false;
    }
    if (progress.done == 0)
        progress.started = now();
    else if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r\033[K%u of %u, %.0f s left: %s, %s", progress.done, progress.total,
                (now() - progress.started) / progress.done * (progress.total - progress.done), load,
                allocator);
    progress.done++;
    return true;
}

static void progress_end(void)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r\033[K");
}

/* ---- one run of a worker */

static const char *program_path(const struct options *options, const char *name)
{
    static char paths[4][PATH_MAX + 64];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", options->folder, name);
    return path;
}

static const char *preload_path(const struct options *options, const struct allocator *allocator)
{
    if (!allocator->preload)
        return NULL;
    return allocator->ours ? program_path(options, allocator->preload) : allocator->preload;
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

static void measure_once(const struct options *options, unsigned load, unsigned allocator,
                         unsigned threads, bool with_limit, unsigned repetition, struct cell *cell)
{
    char seconds[32], thread_count[16], placement[16], output[OUTPUT_BYTES];
    const unsigned drawn = draw_placement(repetition);
    const char *const argv[] = {program_path(options, allocators[allocator].program),
                                "-t",
                                seconds,
                                "-n",
                                thread_count,
                                "-p",
                                placement,
                                with_limit ? "-lt" : "-t",
                                seconds,
                                load_rows[load].name,
                                NULL};
    const struct spawn spawn = {.argv = argv,
                                .preload = preload_path(options, &allocators[allocator]),
                                .padding = drawn % 4096};
    snprintf(seconds, sizeof seconds, "%g", options->seconds);
    snprintf(thread_count, sizeof thread_count, "%u", threads);
    snprintf(placement, sizeof placement, "%u", drawn % 16);
    if (!progress_step(load_rows[load].name, allocators[allocator].name))
        return;
    if (spawn_run(&spawn, output)) {
        fill_cell(cell, output);
        return;
    }
    cell->failed = true;
    fprintf(stderr, "bench: failed: LD_PRELOAD=%s %s -t %s -n %s -p %s %s\n",
            spawn.preload ? spawn.preload : "", argv[0], seconds, thread_count, placement,
            load_rows[load].name);
}

/* ---- which loads and allocators */

/* Is the name in a comma-separated list of names and shell patterns? No list holds every name. */
static bool is_listed(const char *list, const char *name)
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
static bool is_available(const struct options *options, const struct allocator *allocator)
{
    char output[OUTPUT_BYTES];
    const char *const argv[] = {program_path(options, allocator->program), "-r",
                                load_rows[LOAD_coverage].name, NULL};
    const struct spawn spawn = {
        .argv = argv, .preload = preload_path(options, allocator), .with_stderr = true};
    if (access(argv[0], X_OK) != 0 || !spawn_run(&spawn, output))
        return false;
    return !allocator->preload || strstr(strstr(output, "malloc="), allocator->preload);
}

static void choose_allocators(const struct options *options, struct results *results)
{
    for (unsigned i = 0; i < ALLOCATOR_COUNT; i++) {
        if (!is_listed(options->allocators, allocators[i].name))
            continue;
        results->used[i] = is_available(options, &allocators[i]);
        if (!results->used[i])
            fprintf(stderr, "bench: %s is left out: %s%s\n", allocators[i].name,
                    allocators[i].preload ? allocators[i].preload : allocators[i].program,
                    allocators[i].ours ? " is not built" : " cannot be loaded (make deps-bench)");
    }
}

static void choose_loads(const struct options *options, struct results *results)
{
    for (unsigned i = 0; i < LOAD_COUNT; i++)
        results->measured[i] = is_listed(options->only, load_rows[i].name) &&
                               (!options->run || (load_rows[i].flags & IN_RUN));
}

/* The inlined face differs from the call only where sizes are constants; the main job measures
 * nothing but it. */
static bool is_applicable(const struct options *options, unsigned load, unsigned allocator)
{
    return allocator != OURS_INLINED || options->run || (load_rows[load].flags & CONSTANT);
}

/* ---- the parts of a run */

static void measure_loads(const struct options *options, struct results *results)
{
    const enum allocator_index limited = results_limited(results);
    for (unsigned repetition = 0; repetition < options->repetitions; repetition++)
        for (unsigned load = 0; load < LOAD_COUNT; load++)
            for (unsigned i = 0; i < ALLOCATOR_COUNT; i++) {
                const unsigned turn = (i + repetition) % ALLOCATOR_COUNT;
                if (results->measured[load] && results->used[turn] &&
                    is_applicable(options, load, turn))
                    measure_once(options, load, turn, load_rows[load].threads,
                                 turn == limited && (load_rows[load].flags & HAS_LIMIT), repetition,
                                 &results->cells[load][turn]);
            }
}

static void measure_reuse(const struct options *options, struct results *results)
{
    char output[OUTPUT_BYTES];
    const enum allocator_index ours = results_limited(results);
    for (unsigned load = 0; load < LOAD_COUNT; load++) {
        const char *const argv[] = {program_path(options, allocators[ours].program), "-r",
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

static void measure_scaling(const struct options *options, struct results *results)
{
    for (unsigned repetition = 0; repetition < options->repetitions; repetition++)
        for (unsigned load = 0; load < SCALING_LOADS; load++)
            for (unsigned step = 0; step < THREAD_STEPS; step++)
                for (unsigned i = 0; i < ALLOCATOR_COUNT; i++) {
                    const unsigned turn = (i + repetition) % ALLOCATOR_COUNT;
                    if (results->used[turn] && turn != OURS_INLINED &&
                        is_listed(options->only, load_rows[scaling_loads[load]].name))
                        measure_once(options, scaling_loads[load], turn, thread_steps[step], false,
                                     repetition, &results->scaling[load][step][turn]);
                }
}

static void count_instructions(const struct options *options, struct results *results)
{
    for (unsigned i = 0; i < ALLOCATOR_COUNT; i++) {
        results->hits[i] = (struct hit){NAN, NAN};
        if (results->used[i] && progress_step("instructions", allocators[i].name))
            results->hits[i] = instructions_of_hit(program_path(options, allocators[i].program),
                                                   preload_path(options, &allocators[i]));
    }
}

/* Probes built from generated tables say what selection, owner map and a pair of calls cost; the
 * generator is timed as a whole process. */
static void measure_pools(const struct options *options, struct results *results)
{
    char output[OUTPUT_BYTES], program[64], table[64];
    for (unsigned repetition = 0; repetition < options->repetitions; repetition++)
        for (unsigned i = 0; i < POOL_STEPS; i++) {
            struct pool_step *step = &results->pools[i];
            step->pools = pool_steps[i];
            snprintf(program, sizeof program, "pools-%u", step->pools);
            snprintf(table, sizeof table, "pools-%u.yaml", step->pools);
            const char *const probe[] = {program_path(options, program), NULL};
            const char *const generate[] = {program_path(options, "../poolgen"),
                                            "-q",
                                            "-o",
                                            program_path(options, "generated.c"),
                                            program_path(options, table),
                                            NULL};
            if (access(probe[0], X_OK) != 0 || !progress_step("number of pools", program))
                continue;
            if (spawn_run(&(struct spawn){.argv = probe}, output)) {
                series_add(&step->select_ns, spawn_number(output, "select="));
                series_add(&step->owner_ns, spawn_number(output, "owner="));
                series_add(&step->pair_ns, spawn_number(output, "pair="));
            }
            const double started = now();
            if (spawn_run(&(struct spawn){.argv = generate}, output))
                series_add(&step->generate_ms, (now() - started) * 1e3);
        }
}

/* ---- main */

static void measure_all(const struct options *options, struct results *results)
{
    if (is_listed(options->parts, "loads"))
        measure_loads(options, results);
    if (options->run)
        measure_reuse(options, results);
    if (is_listed(options->parts, "threads"))
        measure_scaling(options, results);
    if (is_listed(options->parts, "instructions"))
        count_instructions(options, results);
    if (is_listed(options->parts, "pools"))
        measure_pools(options, results);
}

static bool any_failed(const struct results *results)
{
    bool failed = false;
    for (unsigned i = 0; i < ALLOCATOR_COUNT; i++) {
        for (unsigned load = 0; load < LOAD_COUNT; load++)
            failed |= results->cells[load][i].failed;
        for (unsigned load = 0; load < SCALING_LOADS; load++)
            for (unsigned step = 0; step < THREAD_STEPS; step++)
                failed |= results->scaling[load][step][i].failed;
    }
    return failed;
}

static bool write_report(const char *path, const struct results *results,
                         void report(FILE *, const struct results *))
{
    FILE *file = fopen(path, "w");
    if (file)
        report(file, results);
    const bool good = file && !ferror(file);
    if ((file && fclose(file) != 0) || !good) {
        fprintf(stderr, "bench: cannot write %s\n", path);
        return false;
    }
    return true;
}

static const char usage[] =
    "usage: bench [options]\n"
    "  --quick              shorter repetitions, fewer of them\n"
    "  --run                the main job: the inlined header, glibc and the limit\n"
    "  --only LOADS         names or patterns, separated by commas: 'steady', 'fixed-*'\n"
    "  --allocators NAMES   inlined, poolgen, preloaded, glibc, jemalloc, mimalloc, tcmalloc\n"
    "  --parts PARTS        loads, threads, instructions, pools; with --only the default is loads\n"
    "  --seconds SECONDS    how long each repetition is timed, at least\n"
    "  --repetitions COUNT\n"
    "  --json FILE          all samples, for machines\n"
    "  --svg FILE           one chart\n";

static struct options default_options(const char *program)
{
    struct options options = {0};
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s", program);
    snprintf(options.folder, sizeof options.folder, "%s", dirname(path));
    return options;
}

/* What was not said follows from what was. */
static void complete_options(struct options *options)
{
    if (options->run) {
        options->allocators = options->allocators ? options->allocators : "inlined,glibc";
        options->parts = "loads";
    }
    if (options->only && !options->parts)
        options->parts = "loads";
    if (options->seconds <= 0)
        options->seconds = options->run ? 0.1 : options->quick ? 0.03 : 0.2;
    if (options->repetitions == 0)
        options->repetitions = options->run || options->quick ? 3 : 5;
    if (options->repetitions > MAX_REPETITIONS)
        options->repetitions = MAX_REPETITIONS;
}

static struct options read_options(int argc, char **argv)
{
    struct options options = default_options(argv[0]);
    static const struct option known[] = {{"quick", no_argument, NULL, 'q'},
                                          {"run", no_argument, NULL, 'r'},
                                          {"only", required_argument, NULL, 'o'},
                                          {"allocators", required_argument, NULL, 'a'},
                                          {"parts", required_argument, NULL, 'p'},
                                          {"seconds", required_argument, NULL, 't'},
                                          {"repetitions", required_argument, NULL, 'n'},
                                          {"json", required_argument, NULL, 'j'},
                                          {"svg", required_argument, NULL, 's'},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    int option;
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (option) {
        case 'q':
            options.quick = true;
            break;
        case 'r':
            options.run = true;
            break;
        case 'o':
            options.only = optarg;
            break;
        case 'a':
            options.allocators = optarg;
            break;
        case 'p':
            options.parts = optarg;
            break;
        case 't':
            options.seconds = strtod(optarg, NULL);
            break;
        case 'n':
            options.repetitions = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 'j':
            options.json = optarg;
            break;
        case 's':
            options.svg = optarg;
            break;
        case 'h':
            fputs(usage, stdout);
            exit(0);
        default:
            fputs(usage, stderr);
            exit(2);
        }
    }
    if (optind != argc) {
        fputs(usage, stderr);
        exit(2);
    }
    complete_options(&options);
    return options;
}

int main(int argc, char **argv)
{
    static struct results results;
    const struct options options = read_options(argc, argv);
    results.machine = machine_describe();
    results.seconds = options.seconds;
    results.repetitions = options.repetitions;
    choose_allocators(&options, &results);
    choose_loads(&options, &results);
    measure_all(&options, &results); /* counts the steps */
    progress.counting = false;
    measure_all(&options, &results);
    progress_end();
    (options.run ? report_run : report_table)(stdout, &results);
    bool good = fflush(stdout) == 0 && !any_failed(&results);
    if (options.json)
        good &= write_report(options.json, &results, report_json);
    if (options.svg)
        good &= write_report(options.svg, &results, report_svg);
    return good ? 0 : 1;
}
