/* The report for machines: every sample, and the medians. A figure that was not measured is null.
 */
#include <math.h>

#include "results.h"

static void print_number(FILE *out, double value)
{
    if (isfinite(value))
        fprintf(out, "%.6g", value);
    else
        fprintf(out, "null");
}

/* Text of the system goes through here: only what needs no escape in JSON is kept. */
static void print_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++)
        if (*text >= ' ' && *text != '"' && *text != '\\' && *text != 0x7f)
            fputc(*text, out);
    fputc('"', out);
}

static void print_series(FILE *out, const char *name, const struct series *series)
{
    const struct summary summary = series_summary(series);
    fprintf(out, "\"%s\": {\"median\": ", name);
    print_number(out, summary.median);
    fprintf(out, ", \"quartiles\": [");
    print_number(out, summary.low);
    fprintf(out, ", ");
    print_number(out, summary.high);
    fprintf(out, "], \"samples\": [");
    for (unsigned i = 0; i < series->count; i++) {
        fprintf(out, i > 0 ? ", " : "");
        print_number(out, series->values[i]);
    }
    fprintf(out, "]}");
}

static void print_cell(FILE *out, const struct cell *cell)
{
    fprintf(out, "{\"failed\": %s, ", cell->failed ? "true" : "false");
    print_series(out, "ns", &cell->ns);
    fprintf(out, ", ");
    print_series(out, "cpu_ns", &cell->cpu);
    fprintf(out, ", ");
    print_series(out, "faults_per_operation", &cell->faults);
    fprintf(out, ", ");
    print_series(out, "peak_kib", &cell->peak);
    fprintf(out, ", ");
    print_series(out, "end_kib", &cell->end);
    fprintf(out, ", ");
    print_series(out, "limit_ns", &cell->limit);
    fprintf(out, ", ");
    print_series(out, "over_limit", &cell->over_limit);
    if (cell->allocations > 0)
        fprintf(out, ", \"allocations\": %.0f, \"first_uses\": %.0f", cell->allocations,
                cell->first_uses);
    fprintf(out, "}");
}

/* One member for each allocator that has samples. */
static void print_cells(FILE *out, const struct cell cells[ALLOCATOR_COUNT])
{
    const char *comma = "";
    fprintf(out, "{");
    for (unsigned i = 0; i < ALLOCATOR_COUNT; i++) {
        if (cells[i].ns.count == 0 && !cells[i].failed)
            continue;
        fprintf(out, "%s\n      \"%s\": ", comma, allocators[i].name);
        print_cell(out, &cells[i]);
        comma = ",";
    }
    fprintf(out, "}");
}

static void print_machine(FILE *out, const struct results *results)
{
    const struct machine *machine = &results->machine;
    fprintf(out, "  \"machine\": {\"date\": ");
    print_text(out, machine->date);
    fprintf(out, ", \"processor\": ");
    print_text(out, machine->processor);
    fprintf(out, ", \"processors\": %u, \"memory_gib\": %.1f, \"kernel\": ", machine->processors,
            machine->memory_gib);
    print_text(out, machine->kernel);
    fprintf(out, ", \"libc\": ");
    print_text(out, machine->libc);
    fprintf(out, ", \"compiler\": ");
    print_text(out, machine->compiler);
    fprintf(out, ", \"load_average\": %.2f},\n", machine->load_average);
    fprintf(out, "  \"seconds\": %g, \"repetitions\": %u,\n", results->seconds,
            results->repetitions);
}

static void print_instructions(FILE *out, const struct results *results)
{
    const char *comma = "";
    fprintf(out, "  \"instructions\": {");
    for (unsigned i = 0; i < ALLOCATOR_COUNT; i++) {
        if (!(results->hits[i].alloc > 0))
            continue;
        fprintf(out, "%s\n    \"%s\": {\"alloc\": ", comma, allocators[i].name);
        print_number(out, results->hits[i].alloc);
        fprintf(out, ", \"free\": ");
        print_number(out, results->hits[i].free);
        fprintf(out, "}");
        comma = ",";
    }
    fprintf(out, "},\n");
}

static void print_scaling(FILE *out, const struct results *results)
{
    fprintf(out, "  \"threads\": {");
    for (unsigned load = 0; load < SCALING_LOADS; load++) {
        fprintf(out, "%s\n    \"%s\": {", load > 0 ? "," : "", load_rows[scaling_loads[load]].name);
        for (unsigned step = 0; step < THREAD_STEPS; step++) {
            fprintf(out, "%s\n    \"%u\": ", step > 0 ? "," : "", thread_steps[step]);
            print_cells(out, results->scaling[load][step]);
        }
        fprintf(out, "}");
    }
    fprintf(out, "},\n");
}

static void print_pools(FILE *out, const struct results *results)
{
    fprintf(out, "  \"pools\": {");
    for (unsigned i = 0; i < POOL_STEPS; i++) {
        const struct pool_step *step = &results->pools[i];
        fprintf(out, "%s\n    \"%u\": {", i > 0 ? "," : "", step->pools);
        print_series(out, "select_ns", &step->select_ns);
        fprintf(out, ", ");
        print_series(out, "owner_ns", &step->owner_ns);
        fprintf(out, ", ");
        print_series(out, "pair_ns", &step->pair_ns);
        fprintf(out, ", ");
        print_series(out, "generate_ms", &step->generate_ms);
        fprintf(out, "}");
    }
    fprintf(out, "},\n");
}

static void print_timeline(FILE *out, const struct timeline *timeline)
{
    fprintf(out, ",\n      \"seconds\": [");
    for (unsigned i = 0; i < timeline->count; i++)
        fprintf(out, "%s%.3f", i > 0 ? ", " : "", timeline->seconds[i]);
    fprintf(out, "],\n      \"resident_mib\": [");
    for (unsigned i = 0; i < timeline->count; i++)
        fprintf(out, "%s%.2f", i > 0 ? ", " : "", timeline->mib[i]);
    fprintf(out, "]");
}

static void print_outcome(FILE *out, const struct results *results, unsigned scenario,
                          unsigned allocator)
{
    const struct outcome *outcome = &results->outcomes[scenario][allocator];
    fprintf(out, "{\"failed\": %s", outcome->failed ? "true" : "false");
    for (unsigned i = 0; i < FIGURE_COUNT; i++) {
        if (figure_rows[i].scenario != scenario)
            continue;
        char name[80];
        snprintf(name, sizeof name, "%s, %s", figure_rows[i].label, figure_rows[i].unit);
        fprintf(out, ",\n      ");
        print_series(out, name, &results->figures[i][allocator]);
    }
    if (outcome->timeline.count > 0)
        print_timeline(out, &outcome->timeline);
    fprintf(out, "}");
}

static bool was_run(const struct results *results, unsigned scenario, unsigned allocator)
{
    bool run = results->outcomes[scenario][allocator].failed;
    for (unsigned i = 0; i < FIGURE_COUNT; i++)
        run |= figure_rows[i].scenario == scenario && results->figures[i][allocator].count > 0;
    return run;
}

static void print_scenarios(FILE *out, const struct results *results)
{
    fprintf(out, "  \"scenarios\": {\n    \"divisor\": %u,\n    ", results->divisor);
    print_series(out, "clock_ns", &results->clock_cost);
    fprintf(out, ",\n    ");
    print_series(out, "call_of_nothing_longest_us", &results->nothing_longest);
    fprintf(out, ",\n    ");
    print_series(out, "call_of_nothing_p99.99_us", &results->nothing_tail);
    for (unsigned scenario = 0; scenario < SCENARIO_COUNT; scenario++) {
        const char *comma = "";
        for (unsigned i = 0; i < ALLOCATOR_COUNT; i++) {
            if (!was_run(results, scenario, i))
                continue;
            if (!*comma)
                fprintf(out, ",\n    \"%s\": {", scenario_rows[scenario].name);
            fprintf(out, "%s\n     \"%s\": ", comma, allocators[i].name);
            print_outcome(out, results, scenario, i);
            comma = ",";
        }
        if (*comma)
            fprintf(out, "}");
    }
    fprintf(out, "},\n");
}

static void print_tight(FILE *out, const struct results *results)
{
    const char *comma = "";
    fprintf(out, "  \"tight\": {");
    for (unsigned i = 0; i < TIGHT_TABLES; i++) {
        if (results->tight[i].not_served.count == 0)
            continue;
        fprintf(out, "%s\n    \"%s\": {\"requests\": %.0f, ", comma, tight_tables[i],
                results->tight[i].requests);
        print_series(out, "not_served", &results->tight[i].not_served);
        fprintf(out, "}");
        comma = ",";
    }
    fprintf(out, "}\n");
}

void report_json(FILE *out, const struct results *results)
{
    const char *comma = "";
    fprintf(out, "{\n");
    print_machine(out, results);
    fprintf(out, "  \"loads\": {");
    for (unsigned load = 0; load < LOAD_COUNT; load++) {
        if (!results->measured[load])
            continue;
        fprintf(out, "%s\n    \"%s\": ", comma, load_rows[load].name);
        print_cells(out, results->cells[load]);
        comma = ",";
    }
    fprintf(out, "},\n");
    print_instructions(out, results);
    print_scaling(out, results);
    print_pools(out, results);
    print_scenarios(out, results);
    print_tight(out, results);
    fprintf(out, "}\n");
}
