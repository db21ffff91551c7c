#include "svg.h"

#include <math.h>
#include <stdarg.h>

void svg_text(const struct svg *svg, double x, double y, const char *class, const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fprintf(svg->out, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">", x, y, class);
    for (const char *at = text; *at; at++) {
        if (*at == '<' || *at == '>' || *at == '&')
            fprintf(svg->out, "&#%d;", *at);
        else
            fputc(*at, svg->out);
    }
    fprintf(svg->out, "</text>\n");
}

void svg_line(const struct svg *svg, double x1, double y1, double x2, double y2, const char *class)
{
    fprintf(svg->out, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s\"/>\n", x1,
            y1, x2, y2, class);
}

void svg_dot(const struct svg *svg, double x, double y, double radius, const char *colour)
{
    fprintf(svg->out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"%s\"/>\n", x, y, radius,
            colour);
}

void svg_bar(const struct svg *svg, double x, double y, double width, double height,
             const char *colour)
{
    fprintf(svg->out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>\n",
            x, y, width, height, colour);
}

const char svg_style[] =
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

void svg_legend(struct svg *svg, const struct results *results, bool of_bars)
{
    const double left = of_bars ? BARS_LEFT : MARGIN + 30;
    double x = left;
    for (unsigned i = 0; i < ALLOCATOR_COUNT; i++) {
        if (!results->used[i] || (i == OURS_INLINED && !of_bars))
            continue;
        if (allocators[i].ours)
            svg_bar(svg, x, svg->y - 9, 14, 10, allocators[i].colour);
        else
            svg_dot(svg, x + 7, svg->y - 4, 5, allocators[i].colour);
        svg_text(svg, x + 20, svg->y, "", "%s", allocators[i].name);
        x += LEGEND_STEP;
        if (x + LEGEND_STEP > WIDTH) {
            x = left;
            svg->y += ROW;
        }
    }
    if (of_bars) {
        svg_line(svg, x + 7, svg->y - 11, x + 7, svg->y + 2, "limit");
        svg_text(svg, x + 20, svg->y, "", "limit");
    }
    svg->y += ROW;
}

/* ---- curves */

static double chart_x(const struct chart *chart, double x)
{
    const double share = chart->linear ? x / chart->x_most : log(x) / log(chart->x_most);
    return chart->left + chart->width * share;
}

static double chart_y(const struct chart *chart, double y)
{
    return chart->top + chart->height * (1 - y / chart->y_most);
}

double svg_round_up(double value)
{
    static const double digits[] = {1, 2, 3, 4, 6, 8};
    const double power = pow(10, floor(log10(value)));
    for (unsigned i = 0; i < sizeof digits / sizeof *digits; i++)
        if (value <= digits[i] * power)
            return digits[i] * power;
    return 10 * power;
}

void svg_frame(const struct svg *svg, const struct chart *chart, const double *xs, unsigned count)
{
    const double right = chart->left + chart->width, bottom = chart->top + chart->height;
    svg_text(svg, chart->left, chart->top - 28, "part", "%s", chart->title);
    svg_text(svg, chart->left, chart->top - 11, "small", "%s", chart->unit);
    for (unsigned i = 0; i <= 4; i++) {
        const double y = chart->y_most * i / 4;
        svg_line(svg, chart->left, chart_y(chart, y), right, chart_y(chart, y),
                 i == 0 ? "axis" : "grid");
        svg_text(svg, chart->left - 6, chart_y(chart, y) + 4, "small end", "%g", y);
    }
    for (unsigned i = 0; i < count; i++)
        svg_text(svg, chart_x(chart, xs[i]), bottom + 16, "small middle", "%g", xs[i]);
}

void svg_curve(const struct svg *svg, const struct chart *chart, const double *xs, const double *ys,
               unsigned count, const char *colour, double thickness)
{
    bool begun = false;
    fprintf(svg->out,
            "<path fill=\"none\" stroke=\"%s\" stroke-width=\"%.1f\" stroke-linejoin=\"round\" "
            "d=\"",
            colour, thickness);
    for (unsigned i = 0; i < count; i++) {
        if (isnan(ys[i]))
            continue;
        fprintf(svg->out, "%s%.1f %.1f ", begun ? "L" : "M", chart_x(chart, xs[i]),
                chart_y(chart, ys[i]));
        begun = true;
    }
    fprintf(svg->out, "\"/>\n");
}

void svg_dots(const struct svg *svg, const struct chart *chart, const double *xs, const double *ys,
              unsigned count, const char *colour, double radius)
{
    for (unsigned i = 0; i < count; i++)
        if (!isnan(ys[i]))
            svg_dot(svg, chart_x(chart, xs[i]), chart_y(chart, ys[i]), radius, colour);
}

struct chart svg_place_chart(const struct svg *svg, unsigned index)
{
    const double width = (WIDTH - 2.0 * MARGIN - 2 * CHART_GAP - 30) / CHARTS_IN_ROW;
    return (struct chart){.left = MARGIN + 30 + index * (width + CHART_GAP),
                          .top = svg->y + CHART_TOP_SPACE - ROW,
                          .width = width,
                          .height = CHART_HEIGHT};
}
