#include <math.h>

#include "svg.h"

enum { MOST_TICKS = 8 };

static bool has_timeline(const struct results *results, unsigned scenario)
{
    for (unsigned i = 0; i < ALLOCATOR_COUNT; i++)
        if (results->outcomes[scenario][i].timeline.count > 0)
            return true;
    return false;
}

/* The longest time and the most memory of any allocator, before rounding. */
static void measure_axes(const struct results *results, unsigned scenario, struct chart *chart)
{
    chart->x_most = chart->y_most = 0;
    for (unsigned i = 0; i < ALLOCATOR_COUNT; i++) {
        const struct timeline *timeline = &results->outcomes[scenario][i].timeline;
        for (unsigned at = 0; at < timeline->count; at++) {
            chart->x_most = fmax(chart->x_most, timeline->seconds[at]);
            chart->y_most = fmax(chart->y_most, timeline->mib[at]);
        }
    }
}

static void draw_chart(const struct svg *svg, const struct results *results, unsigned scenario,
                       struct chart chart)
{
    double ticks[MOST_TICKS];
    unsigned count = 0;
    chart.title = scenario_rows[scenario].name;
    chart.unit = "MiB resident, by seconds";
    chart.linear = true;
    measure_axes(results, scenario, &chart);
    const double step = svg_round_up(chart.x_most) / 4;
    chart.y_most = svg_round_up(chart.y_most);
    for (; count < MOST_TICKS && count * step <= chart.x_most; count++)
        ticks[count] = count * step;
    svg_frame(svg, &chart, ticks, count);
    for (unsigned i = ALLOCATOR_COUNT; i-- > 0;) {
        const struct timeline *timeline = &results->outcomes[scenario][i].timeline;
        if (timeline->count > 0)
            svg_curve(svg, &chart, timeline->seconds, timeline->mib, timeline->count,
                      allocators[i].colour, allocators[i].ours ? 3 : 1.5);
    }
}

void svg_timelines(struct svg *svg, const struct results *results)
{
    unsigned drawn = 0;
    for (unsigned scenario = 0; scenario < SCENARIO_COUNT; scenario++) {
        if (!has_timeline(results, scenario))
            continue;
        if (drawn > 0 && drawn % CHARTS_IN_ROW == 0)
            svg->y += CHART_TOP_SPACE + CHART_HEIGHT + ROW / 2.0;
        draw_chart(svg, results, scenario, svg_place_chart(svg, drawn % CHARTS_IN_ROW));
        drawn++;
    }
    if (drawn == 0)
        return;
    svg->y += CHART_TOP_SPACE + CHART_HEIGHT + 20;
    svg_legend(svg, results, false);
    svg->y += ROW;
}
