/* The report as a page: works out where everything is drawn, and binds it to
   templates/report.html. */
#include "base/utf8.h"
#include "emit/template.h"
#include "profile/figures.h"
#include "profile/report.h"
#include "version.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A chart, in the units of its viewBox. */
struct chart {
    double width, height;
    double left, right, top, bottom; /* of the plot */
};

enum { BANDS = 8, MOST_SIZES = 60 };

/* ---- text */

/* Text from outside, for HTML: markup is escaped, and since a page may be printed on a terminal
   too, what that would obey is made visible. */
static const char *escape(struct arena *arena, const char *string)
{
    struct text text = {.arena = arena};
    text_string(&text, "");
    string = utf8_visible(arena, string);
    for (; *string != '\0'; string++) {
        const char *entity = *string == '<'   ? "&lt;"
                             : *string == '>' ? "&gt;"
                             : *string == '&' ? "&amp;"
                             : *string == '"' ? "&quot;"
                                              : NULL;
        if (entity != NULL) {
            text_string(&text, entity);
        } else {
            text_append(&text, string, 1);
        }
    }
    return text.data;
}

static size_t at_most(size_t value, size_t most)
{
    return value < most ? value : most;
}

static void bind_place(struct arena *arena, struct bindings *bindings, const char *name,
                       double place)
{
    bind_text(bindings, name, arena_format(arena, "%.1f", place));
}

static void bind_count(struct arena *arena, struct bindings *bindings, const char *name,
                       double count)
{
    bind_text(bindings, name, figure_count(arena, count));
}

static void bind_bytes(struct arena *arena, struct bindings *bindings, const char *name,
                       double bytes)
{
    bind_text(bindings, name, figure_bytes(arena, bytes));
}

static void bind_share(struct arena *arena, struct bindings *bindings, const char *name,
                       double part, double whole)
{
    bind_text(bindings, name, figure_percent(arena, part, whole));
}

/* ---- axes */

typedef const char *figure(struct arena *arena, double value);

/* A list of one row that holds a chart: its names then hide the page's. */
static struct bindings *bind_chart(struct arena *arena, struct bindings *page, const char *name,
                                   const struct chart *chart)
{
    struct bindings *row = bind_row(page, name);
    bind_place(arena, row, "width", chart->width);
    bind_place(arena, row, "height", chart->height);
    bind_list(row, "y_ticks");
    bind_list(row, "x_ticks");
    return row;
}

static void add_y_tick(struct arena *arena, struct bindings *chart_row, const struct chart *chart,
                       double y, const char *label)
{
    struct bindings *tick = bind_row(chart_row, "y_ticks");
    bind_place(arena, tick, "left", chart->left);
    bind_place(arena, tick, "right", chart->right);
    bind_place(arena, tick, "y", y);
    bind_place(arena, tick, "text_x", chart->left - 6);
    bind_place(arena, tick, "text_y", y + 4);
    bind_text(tick, "label", label);
}

static void add_x_tick(struct arena *arena, struct bindings *chart_row, const struct chart *chart,
                       double x, const char *label)
{
    struct bindings *tick = bind_row(chart_row, "x_ticks");
    bind_place(arena, tick, "x", x);
    bind_place(arena, tick, "text_y", chart->bottom + 18);
    bind_text(tick, "label", label);
}

/* 1, 2 or 5 times a power of ten, so that about `count` of it make `most`. */
static double choose_step(double most, double count)
{
    double power = pow(10, floor(log10(most / count)));
    double share = most / count / power;
    return power * (share <= 1 ? 1 : share <= 2 ? 2 : share <= 5 ? 5 : 10);
}

/* The same for bytes: a power of two. */
static double choose_bytes(double most, double count)
{
    return exp2(round(log2(most / count)));
}

static double scale_y(const struct chart *chart, double value, double most)
{
    return chart->bottom - (chart->bottom - chart->top) * (most > 0 ? value / most : 0);
}

static void add_byte_ticks(struct arena *arena, struct bindings *row, const struct chart *chart,
                           double most)
{
    double step = most > 0 ? choose_bytes(most, 5) : 1;
    for (size_t i = 0; (double)i * step <= most; i++) {
        add_y_tick(arena, row, chart, scale_y(chart, (double)i * step, most),
                   figure_bytes(arena, (double)i * step));
    }
}

/* ---- sizes */

/* Four bins a doubling from 8 B to 64 KiB, what is smaller in the first, what is larger in the
   last. */
enum {
    BINS_A_DOUBLING = 4,
    FIRST_DOUBLING = 3,
    DOUBLINGS = 13,
    BINS = DOUBLINGS * BINS_A_DOUBLING + 2
};

struct bin {
    double allocations;
    double bytes; /* at the rows' peaks */
};

static size_t bin_of(uint64_t size)
{
    if (size <= 1 << FIRST_DOUBLING) {
        return 0;
    }
    double place = (log2((double)size) - FIRST_DOUBLING) * BINS_A_DOUBLING;
    size_t bin = (size_t)ceil(place - 1e-9);
    return bin < BINS ? bin : BINS - 1;
}

static double bin_top(size_t bin)
{
    return exp2(FIRST_DOUBLING + (double)bin / BINS_A_DOUBLING);
}

/* Where a size lies, right of the bins that it ends. */
static double scale_size(const struct chart *chart, double size)
{
    double bin = (log2(size) - FIRST_DOUBLING) * BINS_A_DOUBLING + 1;
    return chart->left + (chart->right - chart->left) * bin / BINS;
}

static void add_bars(struct arena *arena, struct bindings *row, const struct chart *chart,
                     const struct bin *bins, bool bytes, double most)
{
    double width = (chart->right - chart->left) / BINS;
    for (size_t i = 0; i < BINS; i++) {
        double value = bytes ? bins[i].bytes : log10(bins[i].allocations + 1);
        if (value <= 0) {
            continue;
        }
        double y = scale_y(chart, value, most);
        struct bindings *bar = bind_row(row, "bars");
        bind_place(arena, bar, "x", chart->left + width * (double)i + 0.5);
        bind_place(arena, bar, "y", y);
        bind_place(arena, bar, "w", width - 1);
        bind_place(arena, bar, "h", chart->bottom - y);
        const char *range =
            i + 1 == BINS ? "above 65536 bytes"
                          : arena_format(arena, "%.0f to %.0f bytes",
                                         i == 0 ? 0 : floor(bin_top(i - 1)) + 1, floor(bin_top(i)));
        bind_text(bar, "hint",
                  arena_format(arena, "%s: %s allocations, %s at the peaks", range,
                               figure_count(arena, bins[i].allocations),
                               figure_bytes(arena, bins[i].bytes)));
    }
}

static void add_pool_lines(struct arena *arena, struct bindings *row, const struct chart *upper,
                           const struct chart *lower, const struct report_table *table)
{
    double last = -1000;
    bind_list(row, "lines");
    for (size_t i = 0; i < table->count; i++) {
        if (table->sizes[i] > SIZES_LARGEST) {
            break;
        }
        double x = scale_size(upper, (double)table->sizes[i]);
        bool labelled = x - last > 34;
        last = labelled ? x : last;
        struct bindings *pool = bind_row(row, "lines");
        bind_place(arena, pool, "x", x);
        bind_place(arena, pool, "top", upper->top - 4);
        bind_place(arena, pool, "bottom", lower->bottom);
        bind_place(arena, pool, "text_y", upper->top - 8);
        bind_flag(pool, "labelled", labelled);
        bind_number(pool, "size", table->sizes[i]);
    }
}

static void add_panel(struct arena *arena, struct bindings *row, double x, double y,
                      const char *name)
{
    struct bindings *panel = bind_row(row, "panels");
    bind_place(arena, panel, "x", x);
    bind_place(arena, panel, "y", y);
    bind_text(panel, "name", name);
}

static const struct demand *compared; /* for qsort, which passes nothing along */

static double bytes_of(size_t row)
{
    return compared->rows[row].held * compared->rows[row].mean;
}

static int compare_bytes(const void *left, const void *right)
{
    size_t a = *(const size_t *)left, b = *(const size_t *)right;
    if (bytes_of(a) > bytes_of(b) || (bytes_of(a) >= bytes_of(b) && a < b)) {
        return -1;
    }
    return 1;
}

static void add_size_rows(struct arena *arena, struct bindings *row, const struct demand *demand)
{
    size_t *order = arena_alloc(arena, demand->row_count * sizeof *order);
    for (size_t i = 0; i < demand->row_count; i++) {
        order[i] = i;
    }
    compared = demand;
    qsort(order, demand->row_count, sizeof *order, compare_bytes);
    size_t count = at_most(demand->row_count, MOST_SIZES);
    bind_number(row, "size_count", count);
    bind_list(row, "rows");
    for (size_t i = 0; i < count; i++) {
        const struct profile_row *sum = &demand->rows[order[i]].sum;
        struct bindings *entry = bind_row(row, "rows");
        bind_text(entry, "size",
                  sum->from == sum->size
                      ? arena_format(arena, "%llu", (unsigned long long)sum->size)
                      : arena_format(arena, "%llu to %llu", (unsigned long long)sum->from,
                                     (unsigned long long)sum->size));
        bind_text(entry, "alignment",
                  sum->alignment == 1
                      ? "-"
                      : arena_format(arena, "%llu", (unsigned long long)sum->alignment));
        bind_count(arena, entry, "allocations", (double)sum->allocations);
        bind_count(arena, entry, "peak", (double)sum->peak);
        bind_bytes(arena, entry, "bytes", bytes_of(order[i]));
        bind_share(arena, entry, "remote", (double)sum->remote_frees, (double)sum->allocations);
    }
}

static void bind_sizes(const struct report *report, struct bindings *page)
{
    struct arena *arena = report->arena;
    struct bin bins[BINS] = {{0, 0}};
    double most_allocations = 1, most_bytes = 1;
    for (size_t i = 0; i < report->demand->row_count; i++) {
        const struct demand_row *row = &report->demand->rows[i];
        struct bin *bin = &bins[bin_of(row->sum.size)];
        bin->allocations += (double)row->sum.allocations;
        bin->bytes += row->held * row->mean;
        most_allocations = fmax(most_allocations, bin->allocations);
        most_bytes = fmax(most_bytes, bin->bytes);
    }
    const struct chart upper = {880, 450, 80, 860, 52, 210}, lower = {880, 450, 80, 860, 250, 410};
    double most_log = ceil(log10(most_allocations + 1));
    struct bindings *row = bind_chart(arena, page, "sizes", &upper);
    for (size_t i = 0; (double)i <= most_log; i++) {
        add_y_tick(arena, row, &upper, scale_y(&upper, (double)i, most_log),
                   figure_count(arena, pow(10, (double)i)));
    }
    add_byte_ticks(arena, row, &lower, most_bytes);
    for (size_t i = 0; i <= DOUBLINGS; i++) {
        add_x_tick(arena, row, &lower, scale_size(&lower, bin_top(i * BINS_A_DOUBLING)),
                   figure_bytes(arena, bin_top(i * BINS_A_DOUBLING)));
    }
    bind_text(row, "label",
              arena_format(arena,
                           "Two histograms by size with the pools of %s marked: allocations, and "
                           "bytes at the peaks. The table below has the figures.",
                           escape(arena, report->tables[0].name)));
    bind_list(row, "panels");
    add_panel(arena, row, upper.left, 16, "Allocations (each line is ten times as many)");
    add_panel(arena, row, lower.left, lower.top - 8, "Bytes, each doubling of sizes at its peak");
    add_pool_lines(arena, row, &upper, &lower, &report->tables[0]);
    bind_list(row, "bars");
    add_bars(arena, row, &upper, bins, false, most_log);
    add_bars(arena, row, &lower, bins, true, most_bytes);
    add_size_rows(arena, row, report->demand);
}

/* ---- waste */

static void bind_waste(const struct report *report, struct bindings *page)
{
    struct arena *arena = report->arena;
    const struct report_table *table = &report->tables[0];
    const double bar = 16, pitch = 22;
    struct chart chart = {880, 0, 80, 800, 8, 8 + pitch * (double)table->count};
    chart.height = chart.bottom + 12;
    double most = 1;
    for (size_t i = 0; i < table->count; i++) {
        most = fmax(most, table->by_pool[i].requested + table->by_pool[i].lost);
    }
    double unit = (chart.right - chart.left) / most;

    struct bindings *row = bind_chart(arena, page, "waste", &chart);
    bind_text(row, "label",
              arena_format(arena,
                           "Bars by pool of %s: bytes asked for and bytes lost to rounding. The "
                           "table below has the figures.",
                           escape(arena, table->name)));
    bind_list(row, "bars");
    bind_list(row, "rows");
    for (size_t i = 0; i < table->count; i++) {
        const struct demand_loss *loss = &table->by_pool[i];
        double y = chart.top + pitch * (double)i, whole = loss->requested + loss->lost;
        struct bindings *line = bind_row(row, "bars"), *entry = bind_row(row, "rows");
        bind_number(line, "size", table->sizes[i]);
        bind_place(arena, line, "label_x", chart.left - 6);
        bind_place(arena, line, "x", chart.left);
        bind_place(arena, line, "y", y);
        bind_place(arena, line, "text_y", y + bar - 4);
        bind_place(arena, line, "h", bar);
        bind_place(arena, line, "w", loss->requested * unit);
        bind_place(arena, line, "lost_x", chart.left + loss->requested * unit);
        bind_place(arena, line, "lost_w", loss->lost * unit);
        bind_place(arena, line, "end_x", chart.left + whole * unit + 6);
        bind_share(arena, line, "share", loss->lost, whole);
        bind_text(line, "hint",
                  arena_format(arena, "pool of %llu: %s asked for, %s lost",
                               (unsigned long long)table->sizes[i],
                               figure_bytes(arena, loss->requested),
                               figure_bytes(arena, loss->lost)));
        bind_number(entry, "size", table->sizes[i]);
        bind_count(arena, entry, "count", (double)table->counts[i]);
        bind_count(arena, entry, "peak", (double)table->peaks[i]);
        bind_count(arena, entry, "allocations", loss->allocations);
        bind_bytes(arena, entry, "asked", loss->requested);
        bind_bytes(arena, entry, "lost", loss->lost);
        bind_share(arena, entry, "share", loss->lost, whole);
    }
}

/* ---- over time */

/* Bytes live in a snapshot by pool, and above all pools. */
static void find_bytes(const struct report *report, const struct profile_snapshot *snapshot,
                       double *bytes)
{
    const struct profile_run *run = report->shown;
    const struct report_table *table = &report->tables[0];
    memset(bytes, 0, (table->count + 1) * sizeof *bytes);
    for (size_t i = 0; i < snapshot->live_count; i++) {
        const struct profile_group *group = &run->groups[snapshot->live[i].group];
        size_t pool = sizes_serving(table->sizes, table->count, group->size, group->alignment);
        uint64_t size = pool == table->count ? group->size : table->sizes[pool];
        bytes[pool] += (double)snapshot->live[i].count * (double)size;
    }
}

/* Bands from the bottom: the pools that held most, the other pools, what no pool serves. */
struct bands {
    double *bytes; /* [snapshot * count + band] */
    const char *name[BANDS];
    size_t count;
    double most; /* of a snapshot, all bands */
};

/* Which band each pool is drawn in. */
static void choose_bands(struct arena *arena, const struct report_table *table, const double *high,
                         struct bands *bands, size_t *band_of)
{
    bool *taken = arena_alloc(arena, table->count * sizeof *taken);
    size_t own = at_most(table->count, BANDS - 2);
    for (size_t n = 0; n < own; n++) {
        size_t best = table->count;
        for (size_t i = 0; i < table->count; i++) {
            if (!taken[i] && (best == table->count || high[i] > high[best])) {
                best = i;
            }
        }
        taken[best] = true;
    }
    for (size_t i = 0; i < table->count; i++) {
        band_of[i] = own;
        if (!taken[i]) {
            continue;
        }
        band_of[i] = bands->count;
        bands->name[bands->count++] =
            arena_format(arena, "%llu", (unsigned long long)table->sizes[i]);
    }
    bands->name[bands->count++] = "other pools";
    band_of[table->count] = bands->count;
    bands->name[bands->count++] = "oversize";
}

static struct bands make_bands(const struct report *report)
{
    struct arena *arena = report->arena;
    const struct profile_run *run = report->shown;
    size_t pools = report->tables[0].count + 1;
    double *bytes = arena_alloc(arena, pools * sizeof *bytes);
    double *high = arena_alloc(arena, pools * sizeof *high);
    size_t *band_of = arena_alloc(arena, pools * sizeof *band_of);
    struct bands bands = {0};
    for (size_t i = 0; i < run->snapshot_count; i++) {
        find_bytes(report, &run->snapshots[i], bytes);
        for (size_t pool = 0; pool < pools; pool++) {
            high[pool] = fmax(high[pool], bytes[pool]);
        }
    }
    choose_bands(arena, &report->tables[0], high, &bands, band_of);
    bands.bytes = arena_alloc(arena, run->snapshot_count * bands.count * sizeof *bands.bytes);
    for (size_t i = 0; i < run->snapshot_count; i++) {
        double sum = 0;
        find_bytes(report, &run->snapshots[i], bytes);
        for (size_t pool = 0; pool < pools; pool++) {
            bands.bytes[i * bands.count + band_of[pool]] += bytes[pool];
            sum += bytes[pool];
        }
        bands.most = fmax(bands.most, sum);
    }
    return bands;
}

static double sum_below(const struct bands *bands, size_t snapshot, size_t band)
{
    double sum = 0;
    for (size_t i = 0; i < band; i++) {
        sum += bands->bytes[snapshot * bands->count + i];
    }
    return sum;
}

/* The outline of a band: along its top in time, and back along its bottom. */
static const char *outline(const struct report *report, const struct chart *chart,
                           const struct bands *bands, size_t band, double end)
{
    const struct profile_run *run = report->shown;
    struct text points = {.arena = report->arena};
    size_t count = run->snapshot_count;
    for (size_t i = 0; i < 2 * count; i++) {
        size_t at = i < count ? i : 2 * count - 1 - i;
        double x = chart->left + (chart->right - chart->left) * (double)run->snapshots[at].at / end;
        double value = sum_below(bands, at, i < count ? band + 1 : band);
        text_format(&points, "%s%.1f,%.1f", i == 0 ? "" : " ", x,
                    scale_y(chart, value, bands->most));
    }
    return points.data;
}

static void add_time_rows(const struct report *report, struct bindings *row,
                          const struct bands *bands)
{
    struct arena *arena = report->arena;
    bind_list(row, "rows");
    for (size_t i = 0; i < report->shown->snapshot_count; i++) {
        struct bindings *entry = bind_row(row, "rows");
        bind_text(entry, "at", figure_time(arena, (double)report->shown->snapshots[i].at));
        bind_list(entry, "cells");
        for (size_t band = 0; band < bands->count; band++) {
            bind_bytes(arena, bind_row(entry, "cells"), "bytes",
                       bands->bytes[i * bands->count + band]);
        }
    }
}

static void bind_time(const struct report *report, struct bindings *page)
{
    struct arena *arena = report->arena;
    const struct profile_run *run = report->shown;
    if (run == NULL) {
        return;
    }
    const struct chart chart = {880, 320, 80, 850, 12, 284};
    struct bands bands = make_bands(report);
    double end = fmax(1, (double)run->snapshots[run->snapshot_count - 1].at);
    struct bindings *row = bind_chart(arena, page, "time", &chart);
    add_byte_ticks(arena, row, &chart, bands.most);
    double step = choose_step(end, 8);
    for (size_t i = 0; (double)i * step <= end; i++) {
        add_x_tick(arena, row, &chart,
                   chart.left + (chart.right - chart.left) * (double)i * step / end,
                   figure_time(arena, (double)i * step));
    }
    bind_text(row, "label",
              arena_format(arena,
                           "Live bytes over %s, stacked by pool; at most %s. The table below has "
                           "the figures.",
                           figure_time(arena, end), figure_bytes(arena, bands.most)));
    bind_text(row, "run",
              arena_format(arena, "%s (process %llu, %s)", escape(arena, run->command),
                           (unsigned long long)run->pid, escape(arena, run->date)));
    bind_number(row, "moments", run->snapshot_count);
    bind_list(row, "bands");
    for (size_t band = 0; band < bands.count; band++) {
        struct bindings *entry = bind_row(row, "bands");
        bind_text(entry, "band", arena_format(arena, "b%zu", band));
        bind_text(entry, "name", bands.name[band]);
        bind_text(entry, "points", outline(report, &chart, &bands, band, end));
    }
    add_time_rows(report, row, &bands);
}

/* ---- the curve */

/* The curve's chart: bytes lost from 0 to `most` against pools. */
struct curve {
    struct chart chart;
    double unit; /* of width for a pool */
    double most;
};

static double place_pools(const struct curve *curve, size_t pools)
{
    return curve->chart.left + curve->unit * (double)pools;
}

/* Where a mark's name stands: its baseline, and from where to where it reaches. */
struct label {
    double left, right, y;
};

static bool covers(const struct label *a, const struct label *b)
{
    const double line = 14;
    return a->left < b->right && b->left < a->right && fabs(a->y - b->y) < line;
}

/* Moves the last label by lines until it covers none of those before it. */
static void make_room(struct label *labels, size_t last, double line)
{
    for (size_t i = 0; i < last;) {
        if (covers(&labels[last], &labels[i])) {
            labels[last].y += line;
            i = 0;
        } else {
            i++;
        }
    }
}

/* Names of marks stand above on the left and below on the right in turn: tables of like quality lie
   close together. */
static void add_mark(const struct report *report, struct bindings *row, const struct curve *curve,
                     size_t index, struct label *labels)
{
    struct arena *arena = report->arena;
    const struct report_table *table = &report->tables[index];
    const char *name = escape(arena, table->name);
    double x = place_pools(curve, table->count);
    double y = scale_y(&curve->chart, fmin(table->loss.lost, curve->most), curve->most);
    const double room = 160; /* for a name */
    bool above = index % 2 == 0;
    bool before = x > curve->chart.right - room || (above && x > curve->chart.left + room);
    const double letter = 7; /* about its width */
    double text_x = before ? x - 8 : x + 8, wide = letter * (double)strlen(table->name);
    labels[index] = (struct label){before ? text_x - wide : text_x, before ? text_x : text_x + wide,
                                   above ? y - 6 : y + 14};
    make_room(labels, index, above ? -14 : 14);
    struct bindings *mark = bind_row(row, "marks");
    bind_place(arena, mark, "x", x);
    bind_place(arena, mark, "y", y);
    bind_place(arena, mark, "text_x", text_x);
    bind_place(arena, mark, "text_y", labels[index].y);
    bind_text(mark, "anchor", before ? "end" : "start");
    bind_text(mark, "name", name);
    bind_text(mark, "hint",
              arena_format(arena, "%s: %zu pools, %s lost", name, table->count,
                           figure_bytes(arena, table->loss.lost)));
}

/* One or two pools lose so much that nothing else could be seen: the axis ends a little above what
   the tables lose and the best of four do. */
static struct curve lay_out_curve(const struct report *report, size_t last)
{
    struct curve curve = {.chart = {880, 340, 80, 850, 16, 300}, .most = 1};
    double pools = (double)last;
    for (size_t i = 0; i < report->table_count; i++) {
        pools = fmax(pools, (double)report->tables[i].count);
        curve.most = fmax(curve.most, report->tables[i].loss.lost);
    }
    double fourth = (double)report->choices.best[last < 4 ? 0 : 3].lost / report->scale;
    curve.most = fmax(curve.most, fourth) * 1.1;
    curve.unit = (curve.chart.right - curve.chart.left) / pools;
    return curve;
}

/* The curve's points, and the rows of the table behind it. */
static void add_points(const struct report *report, struct bindings *row, const struct curve *curve,
                       size_t last)
{
    struct arena *arena = report->arena;
    struct text points = {.arena = arena};
    double held = report->tables[report->table_count - 1].loss.requested;
    text_string(&points, "");
    bind_list(row, "dots");
    bind_list(row, "rows");
    for (size_t k = 0; k < last; k++) {
        double lost = (double)report->choices.best[k].lost / report->scale;
        struct bindings *entry = bind_row(row, "rows");
        bind_number(entry, "pools", k + 1);
        bind_bytes(arena, entry, "lost", lost);
        bind_share(arena, entry, "share", lost, lost + held);
        if (lost > curve->most) {
            continue;
        }
        double x = place_pools(curve, k + 1), y = scale_y(&curve->chart, lost, curve->most);
        text_format(&points, "%s%.1f,%.1f", points.length == 0 ? "" : " ", x, y);
        struct bindings *dot = bind_row(row, "dots");
        bind_place(arena, dot, "x", x);
        bind_place(arena, dot, "y", y);
        bind_text(dot, "hint",
                  arena_format(arena, "%zu pool%s: %s lost", k + 1, k == 0 ? "" : "s",
                               figure_bytes(arena, lost)));
    }
    bind_text(row, "points", points.data);
}

static void bind_curve(const struct report *report, struct bindings *page)
{
    struct arena *arena = report->arena;
    const struct choices *choices = &report->choices;
    size_t last = REPORT_CURVE;
    for (size_t i = 0; i < report->table_count; i++) {
        last = report->tables[i].count > last ? report->tables[i].count : last;
    }
    last = at_most(last, choices->count);
    struct curve curve = lay_out_curve(report, last);
    double pools = (curve.chart.right - curve.chart.left) / curve.unit;

    struct bindings *row = bind_chart(arena, page, "curve", &curve.chart);
    add_byte_ticks(arena, row, &curve.chart, curve.most);
    double step = fmax(1, choose_step(pools, 10));
    for (size_t i = 1; (double)i * step <= pools; i++) {
        add_x_tick(arena, row, &curve.chart, curve.chart.left + curve.unit * (double)i * step,
                   figure_count(arena, (double)i * step));
    }
    bind_text(row, "label",
              "A falling curve: bytes lost to rounding by the best set of so many pools. The table "
              "below has the figures.");
    bind_flag(row, "inexact", !choices->exact);
    add_points(report, row, &curve, last);
    bind_list(row, "marks");
    struct label *labels = arena_alloc(arena, report->table_count * sizeof *labels);
    for (size_t i = 0; i < report->table_count; i++) {
        add_mark(report, row, &curve, i, labels);
    }
}

/* ---- the page */

static void bind_tables(const struct report *report, struct bindings *page)
{
    struct arena *arena = report->arena;
    bind_list(page, "tables");
    for (size_t i = 0; i < report->table_count; i++) {
        const struct report_table *table = &report->tables[i];
        const struct demand_loss *loss = &table->loss;
        struct bindings *row = bind_row(page, "tables");
        bind_text(row, "name", escape(arena, table->name));
        bind_number(row, "pools", table->count);
        bind_bytes(arena, row, "bytes", table->bytes);
        bind_bytes(arena, row, "held", table->held);
        bind_bytes(arena, row, "lost", loss->lost);
        bind_share(arena, row, "lost_share", loss->lost, loss->requested + loss->lost);
        bind_share(arena, row, "lost_ever", loss->lost_ever,
                   loss->requested_ever + loss->lost_ever);
        bind_count(arena, row, "oversize", loss->oversize_allocations);
        bind_text(
            row, "growing",
            arena_format(arena, "%zu of %zu", table->growing, report->demand->profile->count));
    }
}

bool report_html(struct text *out, const struct report *report, struct text *errors)
{
    struct arena *arena = report->arena;
    struct bindings *page = bindings_new(arena);
    bool any = report->table_count > 0;
    bind_text(page, "version", POOLGEN_VERSION);
    bind_text(page, "title", escape(arena, report_title(report)));
    bind_text(page, "producer", escape(arena, report->demand->profile->runs[0]->producer));
    bind_text(page, "main_name", any ? escape(arena, report->tables[0].name) : "");
    bind_list(page, "facts");
    for (const char *(*fact)[2] = report_facts(report); (*fact)[0] != NULL; fact++) {
        struct bindings *row = bind_row(page, "facts");
        bind_text(row, "name", (*fact)[0]);
        bind_text(row, "value", escape(arena, (*fact)[1]));
    }
    bind_tables(report, page);
    static const char *const charts[] = {"sizes", "waste", "time", "curve"};
    static void (*const bind[])(const struct report *, struct bindings *) = {bind_sizes, bind_waste,
                                                                             bind_time, bind_curve};
    for (size_t i = 0; i < sizeof charts / sizeof charts[0]; i++) {
        bind_list(page, charts[i]);
        if (any) {
            bind[i](report, page);
        }
    }
    return template_render(out, "report.html", page, template_embedded, errors);
}
