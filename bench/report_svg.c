/* The report as one picture: a bar for each load, curves by threads and by number of pools. Colours
 * of text and lines follow the reader's light or dark theme; those of the allocators suit both. */
#include <math.h>
#include <stdarg.h>

#include "results.h"

enum {
    WIDTH = 1000,
    MARGIN = 24,
    ROW = 22,
    BARS_LEFT = 180,
    BARS_RIGHT = 900,
    CHART_TOP_SPACE = 64,
    CHART_HEIGHT = 200,
    CHART_GAP = 76,
    LEGEND_STEP = 96
};

/* Time over the best peer's at the right end of the bars; what is slower is cut there. */
static const double BARS_MOST = 2.5;

/* ---- drawing */

struct drawing {
    FILE *out;
    double y; /* where the next part begins */
};

static void draw_text(const struct drawing *drawing, double x, double y, const char *class,
                      const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fprintf(drawing->out, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">", x, y, class);
    for (const char *at = text; *at; at++) {
        if (*at == '<' || *at == '>' || *at == '&')
            fprintf(drawing->out, "&#%d;", *at);
        else
            fputc(*at, drawing->out);
    }
    fprintf(drawing->out, "</text>\n");
}

static void draw_line(const struct drawing *drawing, double x1, double y1, double x2, double y2,
                      const char *class)
{
    fprintf(drawing->out, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s\"/>\n",
            x1, y1, x2, y2, class);
}

static void draw_dot(const struct drawing *drawing, double x, double y, double radius,
                     const char *colour)
{
    fprintf(drawing->out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"%s\"/>\n", x, y,
            radius, colour);
}

static void draw_bar(const struct drawing *drawing, double x, double y, double width, double height,
                     const char *colour)
{
    fprintf(drawing->out,
            "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>\n", x, y,
            width, height, colour);
}

static const char style[] =
    "<style>\n"
    "svg { background: #ffffff; font-family: 'DejaVu Sans', Verdana, Arial, sans-serif; }\n"
    "text { fill: #24292f; font-size: 12px; }\n"
    ".title { font-size: 18px; font-weight: bold; }\n"
    ".part { font-size: 14px; font-weight: bold; }\n"
    ".small { font-size: 11px; fill: #57606a; }\n"
    ".end { text-anchor: end; }\n"
    ".middle { text-anchor: middle; }\n"
    ".grid { stroke: #d0d7de; stroke-width: 1; }\n"
    ".axis { stroke: #57606a; stroke-width: 1.5; }\n"
    ".limit { stroke: #24292f; stroke-width: 3; }\n"
    ".paper { fill: #ffffff; }\n"
    "@media (prefers-color-scheme: dark) {\n"
    "svg { background: #0d1117; }\n"
    "text { fill: #e6edf3; }\n"
    ".small { fill: #9198a1; }\n"
    ".grid { stroke: #30363d; }\n"
    ".axis { stroke: #9198a1; }\n"
    ".limit { stroke: #e6edf3; }\n"
    ".paper { fill: #0d1117; }\n"
    "}\n"
    "</style>\n";

/* The limit and the inlined face belong to the bars only. */
static void draw_legend(struct drawing *drawing, const struct results *results, bool of_bars)
{
    double x = of_bars ? BARS_LEFT : MARGIN + 30;
    for (unsigned i = 0; i < ALLOCATOR_COUNT; i++) {
        if (!results->used[i] || (i == OURS_INLINED && !of_bars))
            continue;
        if (allocators[i].ours)
            draw_bar(drawing, x, drawing->y - 9, 14, 10, allocators[i].colour);
        else
            draw_dot(drawing, x + 7, drawing->y - 4, 5, allocators[i].colour);
        draw_text(drawing, x + 20, drawing->y, "", "%s", allocators[i].name);
        x += LEGEND_STEP;
    }
    if (of_bars) {
        draw_line(drawing, x + 7, drawing->y - 11, x + 7, drawing->y + 2, "limit");
        draw_text(drawing, x + 20, drawing->y, "", "limit");
    }
    drawing->y += ROW;
}

/* ---- loads */

static double bar_x(double ratio)
{
    return BARS_LEFT + (BARS_RIGHT - BARS_LEFT) * fmin(ratio, BARS_MOST) / BARS_MOST;
}

/* A bar for each way of calling ours that was measured, together as high as two thirds of a row. */
static void draw_ours(const struct drawing *drawing, const struct cell *cells, double best)
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
            draw_bar(drawing, BARS_LEFT, drawing->y + ROW / 6.0 + height * drawn++,
                     bar_x(ratio) - BARS_LEFT, height - 1, allocators[order[i]].colour);
    }
}

static void draw_peers(const struct drawing *drawing, const struct cell *cells, double best)
{
    for (unsigned i = 0; i < ALLOCATOR_COUNT; i++) {
        const double ratio = series_median(&cells[i].ns) / best;
        if (!allocators[i].ours && !isnan(ratio))
            draw_dot(drawing, bar_x(ratio), drawing->y + ROW / 2.0, 4, allocators[i].colour);
    }
}

static void draw_load(struct drawing *drawing, const struct results *results, unsigned load)
{
    const struct cell *cells = results->cells[load];
    const enum allocator_index limited = results_limited(results);
    const double best = results_best_peer(cells), ns = series_median(&cells[limited].ns);
    const double limit = ns / series_median(&cells[limited].over_limit);
    const double middle = drawing->y + ROW / 2.0;
    draw_text(drawing, BARS_LEFT - 10, middle + 4, "end", "%s", load_rows[load].name);
    draw_ours(drawing, cells, best);
    draw_peers(drawing, cells, best);
    if (!isnan(limit))
        draw_line(drawing, bar_x(limit / best), drawing->y + 2, bar_x(limit / best),
                  drawing->y + ROW - 2, "limit");
    if (!isnan(ns))
        draw_text(drawing, BARS_RIGHT + 64, middle + 4, "end",
                  ns < 1000 ? "%.1f ns" : "%.0f \u00b5s", ns < 1000 ? ns : ns / 1000);
    drawing->y += ROW;
}

static void draw_loads(struct drawing *drawing, const struct results *results)
{
    unsigned count = 0;
    for (unsigned load = 0; load < LOAD_COUNT; load++)
        count += results->measured[load];
    draw_text(drawing, MARGIN, drawing->y, "part",
              "Time of an operation over the best peer's (shorter is faster)");
    drawing->y += ROW;
    draw_legend(drawing, results, true);
    for (unsigned tenths = 0; tenths <= BARS_MOST * 10; tenths += 5) {
        const double x = bar_x(tenths / 10.0);
        draw_line(drawing, x, drawing->y, x, drawing->y + count * ROW,
                  tenths == 10 || tenths == 0 ? "axis" : "grid");
        draw_text(drawing, x, drawing->y + count * ROW + 16, "small middle", "%.1f%s",
                  tenths / 10.0,
                  tenths == 10               ? " = best peer"
                  : tenths >= BARS_MOST * 10 ? " and more"
                                             : "");
    }
    draw_text(drawing, BARS_RIGHT + 64, drawing->y - 6, "small end", "%s",
              allocators[results_limited(results)].name);
    for (unsigned load = 0; load < LOAD_COUNT; load++)
        if (results->measured[load])
            draw_load(drawing, results, load);
    drawing->y += 2 * ROW + 12;
}

/* ---- curves */

enum { MAX_POINTS = 8 };

struct chart {
    double left, top, width, height;
    const char *title, *unit;
    double x_most; /* the axis is logarithmic, from 1 */
    double y_most; /* this one is linear, from 0 */
};

static double chart_x(const struct chart *chart, double x)
{
    return chart->left + chart->width * log(x) / log(chart->x_most);
}

static double chart_y(const struct chart *chart, double y)
{
    return chart->top + chart->height * (1 - y / chart->y_most);
}

/* The least number at or above the value that has one digit and divides well by four. */
static double round_up(double value)
{
    static const double digits[] = {1, 2, 3, 4, 6, 8};
    const double power = pow(10, floor(log10(value)));
    for (unsigned i = 0; i < sizeof digits / sizeof *digits; i++)
        if (value <= digits[i] * power)
            return digits[i] * power;
    return 10 * power;
}

static void draw_frame(const struct drawing *drawing, const struct chart *chart, const unsigned *xs,
                       unsigned count)
{
    const double right = chart->left + chart->width, bottom = chart->top + chart->height;
    draw_text(drawing, chart->left, chart->top - 28, "part", "%s", chart->title);
    draw_text(drawing, chart->left, chart->top - 11, "small", "%s", chart->unit);
    for (unsigned i = 0; i <= 4; i++) {
        const double y = chart->y_most * i / 4;
        draw_line(drawing, chart->left, chart_y(chart, y), right, chart_y(chart, y),
                  i == 0 ? "axis" : "grid");
        draw_text(drawing, chart->left - 6, chart_y(chart, y) + 4, "small end", "%g", y);
    }
    for (unsigned i = 0; i < count; i++)
        draw_text(drawing, chart_x(chart, xs[i]), bottom + 16, "small middle", "%u", xs[i]);
}

static void draw_curve(const struct drawing *drawing, const struct chart *chart, const unsigned *xs,
                       const double *ys, unsigned count, const char *colour, double thickness)
{
    bool begun = false;
    fprintf(drawing->out,
            "<path fill=\"none\" stroke=\"%s\" stroke-width=\"%.1f\" stroke-linejoin=\"round\" "
            "d=\"",
            colour, thickness);
    for (unsigned i = 0; i < count; i++) {
        if (isnan(ys[i]))
            continue;
        fprintf(drawing->out, "%s%.1f %.1f ", begun ? "L" : "M", chart_x(chart, xs[i]),
                chart_y(chart, ys[i]));
        begun = true;
    }
    fprintf(drawing->out, "\"/>\n");
    for (unsigned i = 0; i < count; i++)
        if (!isnan(ys[i]))
            draw_dot(drawing, chart_x(chart, xs[i]), chart_y(chart, ys[i]), thickness, colour);
}

static void draw_scaling_chart(const struct drawing *drawing, const struct results *results,
                               unsigned load, struct chart chart)
{
    double rates[ALLOCATOR_COUNT][THREAD_STEPS];
    chart.y_most = 0;
    for (unsigned i = 0; i < ALLOCATOR_COUNT; i++)
        for (unsigned step = 0; step < THREAD_STEPS; step++) {
            rates[i][step] = 1e3 / series_median(&results->scaling[load][step][i].ns);
            chart.y_most = fmax(chart.y_most, rates[i][step]);
        }
    chart.y_most = round_up(chart.y_most);
    draw_frame(drawing, &chart, thread_steps, THREAD_STEPS);
    for (unsigned i = ALLOCATOR_COUNT; i-- > 0;)
        if (!isnan(rates[i][0]))
            draw_curve(drawing, &chart, thread_steps, rates[i], THREAD_STEPS, allocators[i].colour,
                       i == OURS ? 3 : 1.5);
}

static bool has_scaling(const struct results *results, unsigned load)
{
    for (unsigned i = 0; i < ALLOCATOR_COUNT; i++)
        if (results->scaling[load][0][i].ns.count > 0)
            return true;
    return false;
}

/* Where the index-th of three charts in a row goes. */
static struct chart place_chart(const struct drawing *drawing, unsigned index)
{
    const double width = (WIDTH - 2.0 * MARGIN - 2 * CHART_GAP - 30) / 3;
    return (struct chart){.left = MARGIN + 30 + index * (width + CHART_GAP),
                          .top = drawing->y + CHART_TOP_SPACE - ROW,
                          .width = width,
                          .height = CHART_HEIGHT};
}

static void draw_scaling(struct drawing *drawing, const struct results *results)
{
    bool any = false;
    for (unsigned load = 0; load < SCALING_LOADS; load++) {
        struct chart chart = place_chart(drawing, load);
        chart.title = load_rows[scaling_loads[load]].name;
        chart.unit = "million operations/s, by threads";
        chart.x_most = thread_steps[THREAD_STEPS - 1];
        if (has_scaling(results, load)) {
            draw_scaling_chart(drawing, results, load, chart);
            any = true;
        }
    }
    if (!any)
        return;
    drawing->y += CHART_TOP_SPACE + CHART_HEIGHT + 20;
    draw_legend(drawing, results, false);
    drawing->y += ROW;
}

static void draw_pool_chart(const struct drawing *drawing, struct chart chart,
                            const double *const *curves, const char *const *names,
                            const char *const *colours, unsigned count)
{
    chart.y_most = 0;
    for (unsigned i = 0; i < count; i++)
        for (unsigned step = 0; step < POOL_STEPS; step++)
            chart.y_most = fmax(chart.y_most, curves[i][step]);
    chart.y_most = round_up(chart.y_most);
    draw_frame(drawing, &chart, pool_steps, POOL_STEPS);
    for (unsigned i = 0; i < count; i++) {
        draw_curve(drawing, &chart, pool_steps, curves[i], POOL_STEPS, colours[i], 2);
        if (count == 1)
            continue;
        draw_dot(drawing, chart.left + chart.width + 14, chart.top + 10 + i * ROW, 5, colours[i]);
        draw_text(drawing, chart.left + chart.width + 24, chart.top + 14 + i * ROW, "", "%s",
                  names[i]);
    }
}

static void draw_pools(struct drawing *drawing, const struct results *results)
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
    struct chart left = place_chart(drawing, 0), right = place_chart(drawing, 2);
    const double width = 1.25 * left.width;
    left.title = "Selection, owner map, pair";
    left.unit = "ns, by number of pools";
    right.title = "poolgen";
    right.unit = "ms for the whole process, by number of pools";
    left.x_most = right.x_most = pool_steps[POOL_STEPS - 1];
    right.left -= width - right.width;
    left.width = right.width = width;
    draw_pool_chart(drawing, left, (const double *const[]){pair, owner, select},
                    (const char *const[]){"alloc and free", "owner of a block", "pool of a size"},
                    (const char *const[]){"#0072b2", "#d55e00", "#009e73"}, 3);
    draw_pool_chart(drawing, right, (const double *const[]){generate}, (const char *const[]){""},
                    (const char *const[]){"#0072b2"}, 1);
    drawing->y += CHART_TOP_SPACE + CHART_HEIGHT + 20;
}

/* ---- the whole */

static double total_height(const struct results *results)
{
    double height = MARGIN + 4 * ROW;
    unsigned count = 0;
    for (unsigned load = 0; load < LOAD_COUNT; load++)
        count += results->measured[load];
    height += (count + 5) * ROW;
    for (unsigned load = 0, any = 0; load < SCALING_LOADS; load++)
        if (!any && has_scaling(results, load)) {
            height += CHART_TOP_SPACE + CHART_HEIGHT + 20 + 2 * ROW;
            any = 1;
        }
    if (results->pools[0].generate_ms.count > 0)
        height += CHART_TOP_SPACE + CHART_HEIGHT + 20;
    return height;
}

void report_svg(FILE *out, const struct results *results)
{
    const struct machine *machine = &results->machine;
    struct drawing drawing = {.out = out, .y = MARGIN + 14};
    const double height = total_height(results);
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %.0f\" width=\"%d\" "
            "height=\"%.0f\">\n%s<rect class=\"paper\" width=\"%d\" height=\"%.0f\"/>\n",
            WIDTH, height, WIDTH, height, style, WIDTH, height);
    draw_text(&drawing, MARGIN, drawing.y, "title", "poolgen beside other allocators");
    drawing.y += ROW;
    draw_text(&drawing, MARGIN, drawing.y, "small", "%s, %u processors, %.0f GiB, %s, %s, %s",
              machine->processor, machine->processors, machine->memory_gib, machine->kernel,
              machine->libc, machine->compiler);
    drawing.y += ROW - 4;
    draw_text(&drawing, MARGIN, drawing.y, "small",
              "%s; medians of %u interleaved repetitions of %g s", machine->date,
              results->repetitions, results->seconds);
    drawing.y += ROW + 8;
    draw_loads(&drawing, results);
    draw_scaling(&drawing, results);
    draw_pools(&drawing, results);
    fprintf(out, "</svg>\n");
}
