#include "profile/report.h"
#include "base/utf8.h"
#include "profile/figures.h"
#include "table/table.h"
#include <string.h>

/* ---- tables */

static void judge(const struct report *report, struct report_table *table)
{
    struct arena *arena = report->arena;
    size_t runs = report->demand->profile->count;
    table->loss = demand_loss(report->demand, table->sizes, table->count);
    table->by_pool = arena_alloc(arena, table->count * sizeof *table->by_pool);
    demand_loss_by_pool(report->demand, table->sizes, table->count, table->by_pool);
    const uint64_t *peaks = tune_peaks(arena, report->demand, table->sizes, table->count);
    table->peaks = arena_alloc(arena, table->count * sizeof *table->peaks);
    bool *grows = arena_alloc(arena, runs * sizeof *grows);
    for (size_t pool = 0; pool < table->count; pool++) {
        table->bytes += (double)table->counts[pool] * (double)table->sizes[pool];
        for (size_t run = 0; run < runs; run++) {
            uint64_t peak = peaks[pool * runs + run];
            table->peaks[pool] = peak > table->peaks[pool] ? peak : table->peaks[pool];
            grows[run] = grows[run] || peak > table->counts[pool];
        }
        table->held += (double)table->peaks[pool] * (double)table->sizes[pool];
    }
    for (size_t run = 0; run < runs; run++) {
        table->growing += grows[run];
    }
}

static void add_table(struct report *report, const char *name, const uint64_t *sizes,
                      const uint64_t *counts, size_t count)
{
    struct report_table *table = &report->tables[report->table_count++];
    *table = (struct report_table){.name = name, .sizes = sizes, .counts = counts, .count = count};
    judge(report, table);
}

static void add_given(struct report *report, const char *name, const struct table *given)
{
    uint64_t *sizes = arena_alloc(report->arena, given->pool_count * sizeof *sizes);
    uint64_t *counts = arena_alloc(report->arena, given->pool_count * sizeof *counts);
    for (size_t i = 0; i < given->pool_count; i++) {
        sizes[i] = given->pools[i].size;
        counts[i] = given->pools[i].initial_count;
    }
    add_table(report, name, sizes, counts, given->pool_count);
}

/* Counts that hold what every run had: a set of sizes alone is not blamed for growing. */
static void add_powers(struct report *report, uint64_t largest)
{
    size_t count, runs = report->demand->profile->count;
    uint64_t *sizes = tune_powers(report->arena, largest, &count);
    uint64_t *counts = arena_alloc(report->arena, count * sizeof *counts);
    const uint64_t *peaks = tune_peaks(report->arena, report->demand, sizes, count);
    for (size_t i = 0; i < count * runs; i++) {
        if (peaks[i] > counts[i / runs]) {
            counts[i / runs] = peaks[i];
        }
    }
    add_table(report, "powers of two", sizes, counts, count);
}

static const struct tuned *add_tuned(struct report *report, const char *name, enum tune_aim aim)
{
    struct tune_options options = tune_defaults;
    options.aim = aim;
    uint64_t least;
    struct tuned *tuned = tune(report->arena, report->demand, &options, &least);
    if (tuned->count == 0) {
        return tuned;
    }
    uint64_t *counts = arena_alloc(report->arena, tuned->count * sizeof *counts);
    for (size_t i = 0; i < tuned->count; i++) {
        counts[i] = tuned->pools[i].count;
    }
    add_table(report, name, tuned->sizes, counts, tuned->count);
    return tuned;
}

/* What the given tables are to be compared with. */
static void add_own(struct report *report)
{
    const struct tuned *tuned = add_tuned(report, "least rounding", AIM_PEAK);
    report->choices = tuned->choices;
    report->scale = tuned->scale;
    if (tuned->count == 0) {
        return;
    }
    add_tuned(report, "least memory", AIM_MEMORY);
    add_powers(report, tuned->sizes[tuned->count - 1]);
}

/* ---- the run that is shown over time */

static double highest_bytes(const struct profile_run *run)
{
    double high = 0;
    for (size_t i = 0; i < run->snapshot_count; i++) {
        double bytes = 0;
        for (size_t l = 0; l < run->snapshots[i].live_count; l++) {
            const struct profile_live *live = &run->snapshots[i].live[l];
            bytes += (double)live->count * (double)run->groups[live->group].size;
        }
        high = bytes > high ? bytes : high;
    }
    return high;
}

static const struct profile_run *find_shown(const struct profile *profile)
{
    const struct profile_run *shown = NULL;
    double most = 0;
    for (size_t i = 0; i < profile->count; i++) {
        double bytes = highest_bytes(profile->runs[i]);
        if (bytes > most) {
            most = bytes;
            shown = profile->runs[i];
        }
    }
    return shown;
}

struct report *report_make(struct arena *arena, struct profile *profile, const char *const *names,
                           const struct table *const *tables, size_t count)
{
    struct report *report = arena_alloc(arena, sizeof *report);
    report->arena = arena;
    report->demand = demand_gather(arena, profile);
    report->tables = arena_alloc(arena, (count + 3) * sizeof *report->tables);
    for (size_t i = 0; i < count; i++) {
        add_given(report, utf8_visible(arena, names[i]), tables[i]);
    }
    add_own(report);
    report->shown = find_shown(profile);
    return report;
}

/* ---- facts */

const char *report_title(const struct report *report)
{
    const struct profile *profile = report->demand->profile;
    const char *command = profile->runs[0]->command, *others = "";
    for (size_t i = 1; i < profile->count; i++) {
        if (strcmp(profile->runs[i]->command, command) != 0) {
            others = " and others";
        }
    }
    return arena_format(report->arena, "%s%s, %zu run%s", utf8_visible(report->arena, command),
                        others, profile->count, profile->count == 1 ? "" : "s");
}

struct totals {
    double allocations, bytes, remote_frees, zeroed, aligned, frees;
    double reallocs, crossing; /* those that change the pool of the first table */
    double unknown_frees, uncounted;
};

static void add_reallocs(const struct report *report, const struct profile_run *run,
                         struct totals *totals)
{
    for (size_t i = 0; i < run->realloc_count; i++) {
        const struct profile_realloc *realloc = &run->reallocs[i];
        const struct profile_row *from = &run->rows[realloc->from], *to = &run->rows[realloc->to];
        totals->reallocs += (double)realloc->count;
        if (report->table_count == 0) {
            continue;
        }
        const struct report_table *table = &report->tables[0];
        size_t old = sizes_serving(table->sizes, table->count, from->size, from->alignment);
        size_t new = sizes_serving(table->sizes, table->count, to->size, to->alignment);
        if (old != new || new == table->count) {
            totals->crossing += (double)realloc->count;
        }
    }
}

static struct totals add_up(const struct report *report)
{
    struct totals totals = {0};
    const struct demand *demand = report->demand;
    for (size_t i = 0; i < demand->row_count; i++) {
        const struct profile_row *row = &demand->rows[i].sum;
        totals.allocations += (double)row->allocations;
        totals.bytes += (double)row->bytes;
        totals.remote_frees += (double)row->remote_frees;
        totals.zeroed += (double)row->zeroed;
        totals.aligned += row->alignment > 16 ? (double)row->allocations : 0;
        totals.frees += (double)row->allocations - (double)row->live;
    }
    for (size_t i = 0; i < demand->profile->count; i++) {
        const struct profile_run *run = demand->profile->runs[i];
        add_reallocs(report, run, &totals);
        totals.unknown_frees += (double)run->unknown_frees;
        totals.uncounted += (double)run->uncounted_allocations;
    }
    return totals;
}

const char *(*report_facts(const struct report *report))[2]
{
    enum { MOST_FACTS = 12 };
    struct arena *arena = report->arena;
    const struct profile *profile = report->demand->profile;
    struct totals totals = add_up(report);
    const char *(*facts)[2] = arena_alloc(arena, (MOST_FACTS + 1) * sizeof *facts);
    size_t count = 0;
#define FACT(name, value)                                                                          \
    do {                                                                                           \
        facts[count][0] = (name);                                                                  \
        facts[count++][1] = (value);                                                               \
    } while (0)
    const char *first = profile->runs[0]->date, *last = profile->runs[profile->count - 1]->date;
    FACT("Recorded", strncmp(first, last, 10) == 0
                         ? arena_format(arena, "%.10s", first)
                         : arena_format(arena, "%.10s to %.10s", first, last));
    FACT("Allocations", figure_count(arena, totals.allocations));
    FACT("Bytes asked for", figure_bytes(arena, totals.bytes));
    FACT("Distinct sizes", figure_count(arena, (double)report->demand->row_count));
    if (report->shown != NULL) {
        FACT("Most live at once", figure_bytes(arena, highest_bytes(report->shown)));
    }
    FACT("Freed by another thread", figure_percent(arena, totals.remote_frees, totals.frees));
    FACT("Zeroed", figure_percent(arena, totals.zeroed, totals.allocations));
    FACT("Aligned beyond 16", figure_percent(arena, totals.aligned, totals.allocations));
    if (totals.reallocs > 0) {
        FACT("Reallocs that change pools",
             arena_format(arena, "%s of %s",
                          figure_percent(arena, totals.crossing, totals.reallocs),
                          figure_count(arena, totals.reallocs)));
    }
    if (totals.unknown_frees + totals.uncounted > 0) {
        FACT("Not seen",
             arena_format(arena, "%s allocations, %s frees", figure_count(arena, totals.uncounted),
                          figure_count(arena, totals.unknown_frees)));
    }
#undef FACT
    facts[count][0] = NULL;
    return facts;
}
