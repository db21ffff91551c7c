/* The report on a terminal: what fits in 80 columns and answers most questions. */
#include "base/utf8.h"
#include "profile/figures.h"
#include "profile/report.h"
#include <string.h>

enum { BAR = 24, MOST_SIZES = 12 };

/* `part` of `whole` as a bar of '#'. */
static const char *draw_bar(struct arena *arena, double part, double whole)
{
    size_t length = whole > 0 ? (size_t)(part / whole * BAR + 0.5) : 0;
    char *bar = arena_alloc(arena, BAR + 1);
    memset(bar, '#', length > BAR ? BAR : length);
    return bar;
}

/* A name cut to so many characters, and filled up to them if `fill`. */
static const char *fit(struct arena *arena, const char *name, size_t characters, bool fill)
{
    struct text text = {.arena = arena};
    text_string(&text, "");
    for (size_t left = strlen(name), bytes; left > 0 && characters > 0; characters--) {
        uint32_t character;
        bytes = utf8_next(name, left, &character);
        text_append(&text, name, bytes);
        name += bytes;
        left -= bytes;
    }
    text_format(&text, "%*s", fill ? (int)characters : 0, "");
    return text.data;
}

static void print_tables(struct text *out, const struct report *report)
{
    struct arena *arena = report->arena;
    text_format(out, "\n%-18s%6s%11s%11s%11s%10s%10s\n", "Table", "pools", "blocks'", "held at",
                "lost at", "lost per", "runs that");
    text_format(out, "%-18s%6s%11s%11s%11s%10s%10s\n", "", "", "bytes", "peaks", "peaks", "alloc.",
                "grow");
    for (size_t i = 0; i < report->table_count; i++) {
        const struct report_table *table = &report->tables[i];
        const struct demand_loss *loss = &table->loss;
        text_format(out, "%s %6zu%11s%11s%11s%10s%10zu\n", fit(arena, table->name, 17, true),
                    table->count, figure_bytes(arena, table->bytes),
                    figure_bytes(arena, table->held), figure_bytes(arena, loss->lost),
                    figure_percent(arena, loss->lost_ever, loss->requested_ever + loss->lost_ever),
                    table->growing);
    }
}

static void print_pools(struct text *out, const struct report *report)
{
    struct arena *arena = report->arena;
    const struct report_table *table = &report->tables[0];
    double most = 0;
    for (size_t i = 0; i < table->count; i++) {
        double held = (double)table->peaks[i] * (double)table->sizes[i];
        most = held > most ? held : most;
    }
    text_format(out, "\nPools of %s at their peaks:\n", fit(arena, table->name, 40, false));
    text_format(out, "%10s%10s%10s%14s%8s  bytes\n", "size", "count", "peak", "allocations",
                "lost");
    for (size_t i = 0; i < table->count; i++) {
        const struct demand_loss *loss = &table->by_pool[i];
        text_format(out, "%10llu%10llu%10llu%14s%8s  %s\n", (unsigned long long)table->sizes[i],
                    (unsigned long long)table->counts[i], (unsigned long long)table->peaks[i],
                    figure_count(arena, loss->allocations),
                    figure_percent(arena, loss->lost, loss->requested + loss->lost),
                    draw_bar(arena, (double)table->peaks[i] * (double)table->sizes[i], most));
    }
}

/* The sizes that hold most bytes at their peaks. */
static void print_sizes(struct text *out, const struct report *report)
{
    const struct demand *demand = report->demand;
    struct arena *arena = report->arena;
    bool *printed = arena_alloc(arena, demand->row_count * sizeof *printed);
    double most = 0;
    text_string(out, "\nSizes that hold most at their peaks:\n");
    text_format(out, "%10s%10s%10s%14s%8s  bytes\n", "size", "align", "peak", "allocations", "");
    for (size_t n = 0; n < MOST_SIZES && n < demand->row_count; n++) {
        size_t best = 0;
        double high = -1;
        for (size_t i = 0; i < demand->row_count; i++) {
            double bytes = demand->rows[i].held * demand->rows[i].mean;
            if (!printed[i] && bytes > high) {
                high = bytes;
                best = i;
            }
        }
        const struct profile_row *row = &demand->rows[best].sum;
        most = n == 0 ? high : most;
        printed[best] = true;
        text_format(out, "%10llu%10llu%10llu%14s%8s  %s\n", (unsigned long long)row->size,
                    (unsigned long long)row->alignment, (unsigned long long)row->peak,
                    figure_count(arena, (double)row->allocations), "", draw_bar(arena, high, most));
    }
}

static void print_curve(struct text *out, const struct report *report)
{
    const struct choices *choices = &report->choices;
    struct arena *arena = report->arena;
    text_string(out, "\nLost to rounding at the peaks with the best set of so many pools:\n");
    for (size_t k = 0; k < choices->count && k < REPORT_CURVE; k += k < 8 ? 1 : 4) {
        double lost = (double)choices->best[k].lost / report->scale;
        text_format(out, "%10zu%12s  %s\n", k + 1, figure_bytes(arena, lost),
                    draw_bar(arena, lost, (double)choices->best[0].lost / report->scale));
    }
}

void report_text(struct text *out, const struct report *report)
{
    text_format(out, "%s\n\n", report_title(report));
    for (const char *(*fact)[2] = report_facts(report); (*fact)[0] != NULL; fact++) {
        text_format(out, "%-28s%s\n", (*fact)[0], (*fact)[1]);
    }
    if (report->table_count == 0) {
        text_string(out, "\nNo allocation that a pool could serve.\n");
        return;
    }
    print_tables(out, report);
    print_pools(out, report);
    print_sizes(out, report);
    print_curve(out, report);
}
