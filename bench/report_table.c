/* The reports for people, in plain text. */
#include <math.h>

#include "results.h"

enum { NAME_WIDTH = 18, CELL_WIDTH = 14 };

static void print_head(FILE *out, const struct results *results)
{
    const struct machine *machine = &results->machine;
    fprintf(out, "%s, %u processors, %.0f GiB, %s\n", machine->processor, machine->processors,
            machine->memory_gib, machine->kernel);
    fprintf(out, "%s, %s, %s, load average %.2f at the start\n", machine->date, machine->compiler,
            machine->libc, machine->load_average);
    fprintf(out, "Medians of %u interleaved repetitions, a process each, timed for %g s or more.\n",
            results->repetitions, results->seconds);
}

static void print_names(FILE *out, const struct results *results, const char *corner)
{
    fprintf(out, "%-*s", NAME_WIDTH, corner);
    for (unsigned i = 0; i < ALLOCATOR_COUNT; i++)
        if (results->used[i])
            fprintf(out, "%*s", CELL_WIDTH, allocators[i].name);
}

static bool has_any(const struct results *results)
{
    bool any = false;
    for (unsigned load = 0; load < LOAD_COUNT; load++)
        for (unsigned i = 0; i < ALLOCATOR_COUNT; i++)
            any |= results->cells[load][i].ns.count > 0;
    return any;
}

/* ---- time */

void report_number(char *text, size_t size, double value)
{
    if (value < 100)
        snprintf(text, size, "%.2f", value);
    else if (value < 10000)
        snprintf(text, size, "%.0f", value);
    else
        snprintf(text, size, "%.0fk", value / 1000);
}

static const char *short_number(double value)
{
    static char texts[2][32];
    static unsigned next;
    char *text = texts[next++ % 2];
    report_number(text, sizeof texts[0], value);
    return text;
}

static void print_time(FILE *out, const struct cell *cell, double best)
{
    char text[80];
    const double ns = series_median(&cell->ns);
    if (cell->failed)
        snprintf(text, sizeof text, "failed");
    else if (isnan(ns))
        snprintf(text, sizeof text, "-");
    else
        snprintf(text, sizeof text, "%s %5s", short_number(ns), short_number(ns / best));
    fprintf(out, "%*s", CELL_WIDTH, text);
}

/* The widest distance of quartiles in a row: how far its cells can be trusted. */
static double widest_spread(const struct cell cells[ALLOCATOR_COUNT])
{
    double widest = NAN;
    for (unsigned i = 0; i < ALLOCATOR_COUNT; i++)
        widest = fmax(widest, series_spread(&cells[i].ns));
    return widest;
}

static void print_limit(FILE *out, const struct cell *cell)
{
    if (cell->limit.count > 0)
        fprintf(out, "%*s %5s", CELL_WIDTH - 6, short_number(series_median(&cell->limit)),
                short_number(series_median(&cell->over_limit)));
    else
        fprintf(out, "%*s", CELL_WIDTH, "-");
}

static void print_times(FILE *out, const struct results *results)
{
    const enum allocator_index limited = results_limited(results);
    const bool with_limit = results->used[limited];
    fprintf(out, "\nTime: ns for an operation, and its ratio to the best peer; less is better.\n"
                 "spread: the widest distance of quartiles in the row.\n");
    if (with_limit)
        fprintf(out, "limit: the same fills of the same addresses alone, and %s over it.\n",
                allocators[limited].name);
    fputc('\n', out);
    print_names(out, results, "load");
    fprintf(out, "%*s%*s\n", with_limit ? CELL_WIDTH : 0, with_limit ? "limit" : "", 8, "spread");
    for (unsigned load = 0; load < LOAD_COUNT; load++) {
        const struct cell *cells = results->cells[load];
        if (!results->measured[load])
            continue;
        fprintf(out, "%-*s", NAME_WIDTH, load_rows[load].name);
        for (unsigned i = 0; i < ALLOCATOR_COUNT; i++)
            if (results->used[i])
                print_time(out, &cells[i], results_best_peer(cells));
        if (with_limit)
            print_limit(out, &cells[limited]);
        fprintf(out, "%6.0f %%\n", widest_spread(cells) * 100);
    }
}

/* ---- processor, memory, faults */

static double cpu_of(const struct cell *cell)
{
    return series_median(&cell->cpu);
}

static double peak_of(const struct cell *cell)
{
    return series_median(&cell->peak) / 1024;
}

static double end_of(const struct cell *cell)
{
    return series_median(&cell->end) / 1024;
}

static double faults_of(const struct cell *cell)
{
    return series_median(&cell->faults) * 1000;
}

static void print_figures(FILE *out, const struct results *results, const char *title,
                          double figure(const struct cell *))
{
    fprintf(out, "\n%s\n\n", title);
    print_names(out, results, "load");
    fprintf(out, "\n");
    for (unsigned load = 0; load < LOAD_COUNT; load++) {
        if (!results->measured[load])
            continue;
        fprintf(out, "%-*s", NAME_WIDTH, load_rows[load].name);
        for (unsigned i = 0; i < ALLOCATOR_COUNT; i++) {
            const double value = figure(&results->cells[load][i]);
            if (results->used[i] && isnan(value))
                fprintf(out, "%*s", CELL_WIDTH, "-");
            else if (results->used[i])
                fprintf(out, "%*s", CELL_WIDTH, short_number(value));
        }
        fprintf(out, "\n");
    }
}

/* ---- the other parts */

static void print_scaling(FILE *out, const struct results *results)
{
    for (unsigned load = 0; load < SCALING_LOADS; load++) {
        if (results->scaling[load][0][GLIBC].ns.count == 0 &&
            results->scaling[load][0][OURS].ns.count == 0)
            continue;
        fprintf(out, "\n%s by threads: millions of operations a second, all threads together.\n\n",
                load_rows[scaling_loads[load]].name);
        print_names(out, results, "threads");
        fprintf(out, "\n");
        for (unsigned step = 0; step < THREAD_STEPS; step++) {
            fprintf(out, "%-*u", NAME_WIDTH, thread_steps[step]);
            for (unsigned i = 0; i < ALLOCATOR_COUNT; i++) {
                const double ns = series_median(&results->scaling[load][step][i].ns);
                if (results->used[i] && isnan(ns))
                    fprintf(out, "%*s", CELL_WIDTH, "-");
                else if (results->used[i])
                    fprintf(out, "%*.1f", CELL_WIDTH, 1e3 / ns);
            }
            fprintf(out, "\n");
        }
    }
}

static void print_count(FILE *out, double count)
{
    if (isnan(count))
        fprintf(out, "%*s", CELL_WIDTH, "-");
    else
        fprintf(out, "%*.*f", CELL_WIDTH, fmod(count, 1) > 0 ? 1 : 0, count);
}

static void print_instructions(FILE *out, const struct results *results)
{
    bool any = false;
    for (unsigned i = 0; i < ALLOCATOR_COUNT; i++)
        any |= results->hits[i].alloc > 0;
    if (!any)
        return;
    fprintf(out, "\nInstructions of a hit of 64 bytes, counted, to the return.\n\n");
    print_names(out, results, "call");
    fprintf(out, "\n%-*s", NAME_WIDTH, "alloc");
    for (unsigned i = 0; i < ALLOCATOR_COUNT; i++)
        if (results->used[i])
            print_count(out, results->hits[i].alloc);
    fprintf(out, "\n%-*s", NAME_WIDTH, "free");
    for (unsigned i = 0; i < ALLOCATOR_COUNT; i++)
        if (results->used[i])
            print_count(out, results->hits[i].free);
    fprintf(out, "\n");
}

static void print_pools(FILE *out, const struct results *results)
{
    if (results->pools[0].generate_ms.count == 0)
        return;
    fprintf(out,
            "\nBy the number of pools in the table: ns to select, to find a block's owner, and\n"
            "for a pair of calls, sizes at random; ms for poolgen, the whole process.\n\n");
    fprintf(out, "%-*s%*s%*s%*s%*s\n", NAME_WIDTH, "pools", CELL_WIDTH, "select", CELL_WIDTH,
            "owner", CELL_WIDTH, "pair", CELL_WIDTH, "poolgen");
    for (unsigned i = 0; i < POOL_STEPS; i++) {
        const struct pool_step *step = &results->pools[i];
        fprintf(out, "%-*u%*.2f%*.2f%*.2f%*.1f\n", NAME_WIDTH, step->pools, CELL_WIDTH,
                series_median(&step->select_ns), CELL_WIDTH, series_median(&step->owner_ns),
                CELL_WIDTH, series_median(&step->pair_ns), CELL_WIDTH,
                series_median(&step->generate_ms));
    }
}

void report_table(FILE *out, const struct results *results)
{
    print_head(out, results);
    if (has_any(results)) {
        print_times(out, results);
        print_figures(out, results, "Processor time of all threads: ns for an operation.", cpu_of);
        print_figures(out, results, "Peak resident size of the process: MiB.", peak_of);
        print_figures(out, results, "Resident size at the end: MiB.", end_of);
        print_figures(out, results, "Minor page faults in 1,000 operations, warm.", faults_of);
    }
    report_scenarios(out, results);
    print_instructions(out, results);
    print_scaling(out, results);
    print_pools(out, results);
}

/* ---- the main job */

void report_run(FILE *out, const struct results *results)
{
    const enum allocator_index ours = results_limited(results);
    print_head(out, results);
    fprintf(out, "Times are ns for an operation. limit: the same fills of the same addresses "
                 "without the allocator.\nreuse: allocations of the load's first round, in a new "
                 "process, that got a block used before.\n\n");
    fprintf(out, "%-18s%10s%10s%10s%14s%14s%18s\n", "load", "poolgen", "malloc", "limit",
            "malloc/ours", "ours/limit", "reuse");
    for (unsigned load = 0; load < LOAD_COUNT; load++) {
        const struct cell *cell = &results->cells[load][ours];
        const double ns = series_median(&cell->ns);
        const double system = series_median(&results->cells[load][GLIBC].ns);
        if (!results->measured[load])
            continue;
        fprintf(out, "%-18s%10.2f%10.2f%10.2f%14.2f%14.2f%16.4f %%\n", load_rows[load].name, ns,
                system, series_median(&cell->limit), system / ns, series_median(&cell->over_limit),
                (1 - cell->first_uses / cell->allocations) * 100);
    }
}
