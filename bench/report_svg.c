/* The report as one picture: a bar for each load, curves by threads, by number of pools and over
 * time. */
#include <math.h>
#include <stdlib.h>

#include "svg.h"

/* Time over the best peer's at the right end of the bars; what is slower is cut there. */
static const double BARS_MOST = 2.5;

/* ---- loads */

static double bar_x(double ratio)
{
    return BARS_LEFT + (BARS_RIGHT - BARS_LEFT) * fmin(ratio, BARS_MOST) / BARS_MOST;
}

/* A bar for each way of calling ours that was measured, together as high as two thirds of a row. */
static void draw_ours(const struct svg *svg, const struct cell *cells, double best)
{
    static const enum allocator_index order[] = {OURS_INLINED, OURS, OURS_MALLOC};
    const unsigned ways = sizeof order / sizeof *order;
    unsigned count = 0, drawn = 0;
    for (unsigned i = 0; i < ways; i++)
        count += cells[order[i]].ns.count > 0;
    for (unsigned i = 0; i < ways; i++) {
        const double ratio = series_median(&cells[order[i]].ns) / best;
        const double height = ROW * 2.0 / 3 / count;
        if (!isnan(ratio))
            svg_bar(svg, BARS_LEFT, svg->y + ROW / 6.0 + height * drawn++, bar_x(ratio) - BARS_LEFT,
                    height - 1, allocators[order[i]].colour);
    }
}

static void draw_peers(const struct svg *svg, const struct cell *cells, double best)
{
    for (unsigned i = 0; i < ALLOCATOR_COUNT; i++) {
        const double ratio = series_median(&cells[i].ns) / best;
        if (!allocators[i].ours && !isnan(ratio))
            svg_dot(svg, bar_x(ratio), svg->y + ROW / 2.0, 4, allocators[i].colour);
    }
}

static void draw_load(struct svg *svg, const struct results *results, unsigned load)
{
    const struct cell *cells = results->cells[load];
    const enum allocator_index limited = results_limited(results);
    const double best = results_best_peer(cells), ns = series_median(&cells[limited].ns);
    const double limit = ns / series_median(&cells[limited].over_limit);
    const double middle = svg->y + ROW / 2.0;
    svg_text(svg, BARS_LEFT - 10, middle + 4, "end", "%s", load_rows[load].name);
    draw_ours(svg, cells, best);
    draw_peers(svg, cells, best);
    if (!isnan(limit))
        svg_line(svg, bar_x(limit / best), svg->y + 2, bar_x(limit / best), svg->y + ROW - 2,
                 "limit");
    if (!isnan(ns))
        svg_text(svg, BARS_RIGHT + 64, middle + 4, "end", ns < 1000 ? "%.1f ns" : "%.0f \u00b5s",
                 ns < 1000 ? ns : ns / 1000);
    svg->y += ROW;
}

static void draw_loads(struct svg *svg, const struct results *results)
{
    unsigned count = 0;
    for (unsigned load = 0; load < LOAD_COUNT; load++)
        count += results->measured[load];
    svg_text(svg, MARGIN, svg->y, "part",
             "Time of an operation over the best peer's (shorter is faster)");
    svg->y += ROW;
    svg_legend(svg, results, true);
    for (unsigned tenths = 0; tenths <= BARS_MOST * 10; tenths += 5) {
        const double x = bar_x(tenths / 10.0);
        svg_line(svg, x, svg->y, x, svg->y + count * ROW,
                 tenths == 10 || tenths == 0 ? "axis" : "grid");
        svg_text(svg, x, svg->y + count * ROW + 16, "small middle", "%.1f%s", tenths / 10.0,
                 tenths == 10               ? " = best peer"
                 : tenths >= BARS_MOST * 10 ? " and more"
                                            : "");
    }
    svg_text(svg, BARS_RIGHT + 64, svg->y - 6, "small end", "%s",
             allocators[results_limited(results)].name);
    for (unsigned load = 0; load < LOAD_COUNT; load++)
        if (results->measured[load])
            draw_load(svg, results, load);
    svg->y += 2 * ROW + 12;
}

/* ---- curves */

/* The places of a chart's points. */
static void copy_steps(const unsigned *steps, unsigned count, double *xs)
{
    for (unsigned i = 0; i < count; i++)
        xs[i] = steps[i];
}

static void draw_scaling_chart(const struct svg *svg, const struct results *results, unsigned load,
                               struct chart chart)
{
    double rates[ALLOCATOR_COUNT][THREAD_STEPS], xs[THREAD_STEPS];
    copy_steps(thread_steps, THREAD_STEPS, xs);
    chart.y_most = 0;
    for (unsigned i = 0; i < ALLOCATOR_COUNT; i++)
        for (unsigned step = 0; step < THREAD_STEPS; step++) {
            rates[i][step] = 1e3 / series_median(&results->scaling[load][step][i].ns);
            chart.y_most = fmax(chart.y_most, rates[i][step]);
        }
    chart.y_most = svg_round_up(chart.y_most);
    svg_frame(svg, &chart, xs, THREAD_STEPS);
    for (unsigned i = ALLOCATOR_COUNT; i-- > 0;)
        if (!isnan(rates[i][0])) {
            const double thickness = i == OURS ? 3 : 1.5;
            const char *const colour = allocators[i].colour;
            svg_curve(svg, &chart, xs, rates[i], THREAD_STEPS, colour, thickness);
            svg_dots(svg, &chart, xs, rates[i], THREAD_STEPS, colour, thickness);
        }
}

static bool has_scaling(const struct results *results, unsigned load)
{
    for (unsigned i = 0; i < ALLOCATOR_COUNT; i++)
        if (results->scaling[load][0][i].ns.count > 0)
            return true;
    return false;
}

static void draw_scaling(struct svg *svg, const struct results *results)
{
    bool any = false;
    for (unsigned load = 0; load < SCALING_LOADS; load++) {
        struct chart chart = svg_place_chart(svg, load);
        chart.title = load_rows[scaling_loads[load]].name;
        chart.unit = "million operations/s, by threads";
        chart.x_most = thread_steps[THREAD_STEPS - 1];
        if (has_scaling(results, load)) {
            draw_scaling_chart(svg, results, load, chart);
            any = true;
        }
    }
    if (!any)
        return;
    svg->y += CHART_TOP_SPACE + CHART_HEIGHT + 20;
    svg_legend(svg, results, false);
    svg->y += ROW;
}

static void draw_pool_chart(const struct svg *svg, struct chart chart, const double *const *curves,
                            const char *const *names, const char *const *colours, unsigned count)
{
    double xs[POOL_STEPS];
    copy_steps(pool_steps, POOL_STEPS, xs);
    chart.y_most = 0;
    for (unsigned i = 0; i < count; i++)
        for (unsigned step = 0; step < POOL_STEPS; step++)
            chart.y_most = fmax(chart.y_most, curves[i][step]);
    chart.y_most = svg_round_up(chart.y_most);
    svg_frame(svg, &chart, xs, POOL_STEPS);
    for (unsigned i = 0; i < count; i++) {
        svg_curve(svg, &chart, xs, curves[i], POOL_STEPS, colours[i], 2);
        svg_dots(svg, &chart, xs, curves[i], POOL_STEPS, colours[i], 2);
        if (count == 1)
            continue;
        svg_dot(svg, chart.left + chart.width + 14, chart.top + 10 + i * ROW, 5, colours[i]);
        svg_text(svg, chart.left + chart.width + 24, chart.top + 14 + i * ROW, "", "%s", names[i]);
    }
}

static void draw_pools(struct svg *svg, const struct results *results)
{
    double select[POOL_STEPS], owner[POOL_STEPS], pair[POOL_STEPS], generate[POOL_STEPS];
    for (unsigned i = 0; i < POOL_STEPS; i++) {
        select[i] = series_median(&results->pools[i].select_ns);
        owner[i] = series_median(&results->pools[i].owner_ns);
        pair[i] = series_median(&results->pools[i].pair_ns);
        generate[i] = series_median(&results->pools[i].generate_ms);
    }
    if (isnan(generate[0]))
        return;
    struct chart left = svg_place_chart(svg, 0), right = svg_place_chart(svg, 2);
    const double width = 1.25 * left.width;
    left.title = "Selection, owner map, pair";
    left.unit = "ns, by number of pools";
    right.title = "poolgen";
    right.unit = "ms for the whole process, by number of pools";
    left.x_most = right.x_most = pool_steps[POOL_STEPS - 1];
    right.left -= width - right.width;
    left.width = right.width = width;
    draw_pool_chart(svg, left, (const double *const[]){pair, owner, select},
                    (const char *const[]){"alloc and free", "owner of a block", "pool of a size"},
                    (const char *const[]){"#0072b2", "#d55e00", "#009e73"}, 3);
    draw_pool_chart(svg, right, (const double *const[]){generate}, (const char *const[]){""},
                    (const char *const[]){"#0072b2"}, 1);
    svg->y += CHART_TOP_SPACE + CHART_HEIGHT + 20;
}

/* ---- the whole */

static void draw_title(struct svg *svg, const struct results *results)
{
    const struct machine *machine = &results->machine;
    svg->y = MARGIN + 14;
    svg_text(svg, MARGIN, svg->y, "title", "poolgen beside other allocators");
    svg->y += ROW;
    svg_text(svg, MARGIN, svg->y, "small", "%s, %u processors, %.0f GiB, %s, %s, %s",
             machine->processor, machine->processors, machine->memory_gib, machine->kernel,
             machine->libc, machine->compiler);
    svg->y += ROW - 4;
    svg_text(svg, MARGIN, svg->y, "small", "%s; medians of %u interleaved repetitions of %g s",
             machine->date, results->repetitions, results->seconds);
    svg->y += ROW + 8;
}

static bool any_load(const struct results *results)
{
    for (unsigned load = 0; load < LOAD_COUNT; load++)
        for (unsigned i = 0; i < ALLOCATOR_COUNT; i++)
            if (results->cells[load][i].ns.count > 0)
                return true;
    return false;
}

/* The height is known when all is drawn, and stands in front. */
void report_svg(FILE *out, const struct results *results)
{
    char *body = NULL;
    size_t length = 0;
    struct svg svg = {.out = open_memstream(&body, &length)};
    if (!svg.out)
        return;
    draw_title(&svg, results);
    if (any_load(results))
        draw_loads(&svg, results);
    svg_timelines(&svg, results);
    draw_scaling(&svg, results);
    draw_pools(&svg, results);
    fclose(svg.out);
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %.0f\" width=\"%d\" "
            "height=\"%.0f\">\n%s<rect class=\"paper\" width=\"%d\" height=\"%.0f\"/>\n",
            WIDTH, svg.y, WIDTH, svg.y, svg_style, WIDTH, svg.y);
    fprintf(out, "%s</svg>\n", body);
    free(body);
}
