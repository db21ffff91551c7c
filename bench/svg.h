/* Drawing: texts, lines, bars, and charts of curves. Colours of text and lines follow the reader's
 * light or dark theme; those of the allocators suit both. */
#ifndef BENCH_SVG_H
#define BENCH_SVG_H

#include <stdio.h>

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
    CHARTS_IN_ROW = 3,
    LEGEND_STEP = 96
};

struct svg {
    FILE *out;
    double y; /* where the next part begins */
};

/* Rules for the classes that are named here and below. */
extern const char svg_style[];

__attribute__((format(printf, 5, 6))) void svg_text(const struct svg *svg, double x, double y,
                                                    const char *class, const char *format, ...);
void svg_line(const struct svg *svg, double x1, double y1, double x2, double y2, const char *class);
void svg_dot(const struct svg *svg, double x, double y, double radius, const char *colour);
void svg_bar(const struct svg *svg, double x, double y, double width, double height,
             const char *colour);

/* The limit and the inlined face belong to the bars only. */
void svg_legend(struct svg *svg, const struct results *results, bool of_bars);

struct chart {
    double left, top, width, height;
    const char *title, *unit;
    bool linear;   /* the axis of x begins at 0; otherwise it is logarithmic, from 1 */
    double x_most; /* at its end */
    double y_most; /* this axis is linear, from 0 */
};

/* Where the index-th of three charts in a row goes. */
struct chart svg_place_chart(const struct svg *svg, unsigned index);

/* Title, unit, axes, and numbers below the given places. */
void svg_frame(const struct svg *svg, const struct chart *chart, const double *xs, unsigned count);

/* NAN is left out. */
void svg_curve(const struct svg *svg, const struct chart *chart, const double *xs, const double *ys,
               unsigned count, const char *colour, double thickness);
void svg_dots(const struct svg *svg, const struct chart *chart, const double *xs, const double *ys,
              unsigned count, const char *colour, double radius);

/* The least number at or above the value that has one digit and divides well by four. */
double svg_round_up(double value);

/* Charts of residence over time. */
void svg_timelines(struct svg *svg, const struct results *results);

#endif
