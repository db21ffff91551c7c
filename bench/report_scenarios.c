/* The figures of the scenarios and of the tight pools, in plain text. */
#include <math.h>
#include <string.h>

#include "results.h"

enum { NAME_WIDTH = 44, UNIT_WIDTH = 4, CELL_WIDTH = 14 };

static bool is_shown(const struct results *results, unsigned allocator)
{
    return results->used[allocator] && allocator != OURS_INLINED;
}

static void print_cell(FILE *out, const struct results *results, unsigned figure,
                       unsigned allocator, double best)
{
    char text[80], value[32], ratio[32];
    const double median = series_median(&results->figures[figure][allocator]);
    report_number(value, sizeof value, median);
    report_number(ratio, sizeof ratio, median / best);
    if (results->outcomes[figure_rows[figure].scenario][allocator].failed)
        snprintf(text, sizeof text, "failed");
    else if (isnan(median))
        snprintf(text, sizeof text, "-");
    else
        snprintf(text, sizeof text, "%s %5s", value, best > 0 ? ratio : "-");
    fprintf(out, "%*s", CELL_WIDTH, text);
}

static double widest_spread(const struct series figure[ALLOCATOR_COUNT])
{
    double widest = NAN;
    for (unsigned i = 0; i < ALLOCATOR_COUNT; i++)
        widest = fmax(widest, series_spread(&figure[i]));
    return widest;
}

static bool is_measured(const struct results *results, unsigned figure)
{
    bool any = results_has_figure(results->figures[figure]);
    for (unsigned i = 0; i < ALLOCATOR_COUNT; i++)
        any |= results->outcomes[figure_rows[figure].scenario][i].failed;
    return any;
}

static void print_figure(FILE *out, const struct results *results, unsigned figure)
{
    const struct figure_row *row = &figure_rows[figure];
    const double best = results_best_figure(results->figures[figure]);
    char name[80];
    snprintf(name, sizeof name, "%s: %s", scenario_rows[row->scenario].name, row->label);
    fprintf(out, "%-*s%*s", NAME_WIDTH, name, UNIT_WIDTH, row->unit);
    for (unsigned i = 0; i < ALLOCATOR_COUNT; i++)
        if (is_shown(results, i))
            print_cell(out, results, figure, i, best);
    fprintf(out, "%6.0f %%\n", widest_spread(results->figures[figure]) * 100);
}

static void print_heading(FILE *out, const struct results *results)
{
    fprintf(out, "\nScenarios, each in a new process: the figure and its ratio to the best peer; "
                 "less is better.\nMiB: resident, anonymous; of the storm, all of the process.\n");
    if (results->clock_cost.count > 0)
        fprintf(out,
                "Single calls: processor time of the thread, less the %.0f ns that reading its "
                "clock takes;\nof calls of nothing the longest took %.0f us, p99.99 was %.0f us.\n",
                series_median(&results->clock_cost), series_median(&results->nothing_longest),
                series_median(&results->nothing_tail));
    if (results->divisor > 1)
        fprintf(out, "Amounts and durations are divided by %u.\n", results->divisor);
    fprintf(out, "\n%-*s%*s", NAME_WIDTH, "scenario", UNIT_WIDTH, "");
    for (unsigned i = 0; i < ALLOCATOR_COUNT; i++)
        if (is_shown(results, i))
            fprintf(out, "%*s", CELL_WIDTH, allocators[i].name);
    fprintf(out, "%*s\n", 8, "spread");
}

static void print_tight(FILE *out, const struct results *results)
{
    fprintf(out,
            "\nTight: two threads take 80,000 each of a pool of 200,000 blocks and free them; "
            "requests that the\npool did not serve, though it had more free blocks than "
            "caches may hold.\n\n%-*s%*s%*s%*s\n",
            NAME_WIDTH, "exhausted", CELL_WIDTH, "requests", CELL_WIDTH, "not served", CELL_WIDTH,
            "most");
    for (unsigned i = 0; i < TIGHT_TABLES; i++) {
        const struct tight *tight = &results->tight[i];
        if (tight->not_served.count > 0)
            fprintf(out, "%-*s%*.0f%*.0f%*.0f\n", NAME_WIDTH, tight_tables[i], CELL_WIDTH,
                    tight->requests, CELL_WIDTH, series_median(&tight->not_served), CELL_WIDTH,
                    series_most(&tight->not_served));
    }
}

void report_scenarios(FILE *out, const struct results *results)
{
    bool any = false;
    for (unsigned i = 0; i < FIGURE_COUNT; i++) {
        if (!is_measured(results, i))
            continue;
        if (!any)
            print_heading(out, results);
        any = true;
        print_figure(out, results, i);
    }
    if (results->tight[0].not_served.count > 0)
        print_tight(out, results);
}
