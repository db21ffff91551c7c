#include "profile/demand.h"
#include <stdlib.h>
#include <string.h>

static int compare_rows(const void *left, const void *right)
{
    const struct profile_row *a = left, *b = right;
    if (a->size != b->size) {
        return a->size < b->size ? -1 : 1;
    }
    if (a->alignment != b->alignment) {
        return a->alignment < b->alignment ? -1 : 1;
    }
    return 0;
}

/* Adds, and stays at the most that a number can be: a fleet's sums have no business there. */
static uint64_t add(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static void add_row(struct profile_row *sum, const struct profile_row *row)
{
    sum->from = row->from < sum->from ? row->from : sum->from;
    sum->allocations = add(sum->allocations, row->allocations);
    sum->bytes = add(sum->bytes, row->bytes);
    sum->peak = add(sum->peak, row->peak);
    sum->live = add(sum->live, row->live);
    sum->remote_frees = add(sum->remote_frees, row->remote_frees);
    sum->zeroed = add(sum->zeroed, row->zeroed);
}

static double mean_of(const struct profile_row *row)
{
    if (row->from == row->size || row->allocations == 0) {
        return (double)row->size;
    }
    double mean = (double)row->bytes / (double)row->allocations;
    return mean > (double)row->size ? (double)row->size : mean;
}

/* ---- what is held at the peaks */

enum { DOUBLINGS = 64 };

/* 0 for up to 8 bytes, 1 for up to 16, and so on: no group of 8 bytes lies in two. */
static size_t doubling_of(uint64_t size)
{
    size_t doubling = 0;
    while (size > UINT64_C(8) << doubling && doubling + 4 < DOUBLINGS) {
        doubling++;
    }
    return doubling;
}

/* How much of the sum of its rows' peaks a run has of each doubling of sizes at its peak. */
static void find_shares(const struct profile_run *run, double *shares)
{
    uint64_t high[DOUBLINGS] = {0}, sum[DOUBLINGS] = {0};
    for (size_t i = 0; i < run->row_count; i++) {
        size_t doubling = doubling_of(run->rows[i].size);
        sum[doubling] = add(sum[doubling], run->rows[i].peak);
        if (run->rows[i].peak > high[doubling]) {
            high[doubling] = run->rows[i].peak;
        }
    }
    for (size_t i = 0; i < run->snapshot_count; i++) {
        const struct profile_snapshot *snapshot = &run->snapshots[i];
        uint64_t live[DOUBLINGS] = {0};
        for (size_t l = 0; l < snapshot->live_count; l++) {
            live[doubling_of(run->groups[snapshot->live[l].group].size)] += snapshot->live[l].count;
        }
        for (size_t d = 0; d < DOUBLINGS; d++) {
            high[d] = live[d] > high[d] ? live[d] : high[d];
        }
    }
    for (size_t d = 0; d < DOUBLINGS; d++) {
        bool bounded = run->snapshot_count > 0 && high[d] < sum[d];
        shares[d] = bounded ? (double)high[d] / (double)sum[d] : 1;
    }
}

static struct demand_row *find_row(const struct demand *demand, const struct profile_row *row)
{
    size_t low = 0, high = demand->row_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (compare_rows(&demand->rows[middle].sum, row) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return &demand->rows[low];
}

static void add_held(struct demand *demand, const struct profile_run *run)
{
    double shares[DOUBLINGS];
    find_shares(run, shares);
    for (size_t i = 0; i < run->row_count; i++) {
        const struct profile_row *row = &run->rows[i];
        if (row->peak > 0) {
            find_row(demand, row)->held += (double)row->peak * shares[doubling_of(row->size)];
        }
    }
}

/* ---- adding up */

struct demand *demand_gather(struct arena *arena, struct profile *profile)
{
    struct demand *demand = arena_alloc(arena, sizeof *demand);
    size_t total = 0, filled = 0;
    for (size_t i = 0; i < profile->count; i++) {
        total += profile->runs[i]->row_count;
    }
    struct profile_row *rows = arena_alloc(arena, total * sizeof *rows);
    for (size_t i = 0; i < profile->count; i++) {
        const struct profile_run *run = profile->runs[i];
        if (run->row_count > 0) {
            memcpy(rows + filled, run->rows, run->row_count * sizeof *rows);
        }
        filled += run->row_count;
    }
    if (profile->count > 1) {
        qsort(rows, total, sizeof *rows, compare_rows);
    }

    demand->profile = profile;
    demand->rows = arena_alloc(arena, total * sizeof *demand->rows);
    for (size_t i = 0; i < total; i++) {
        if (rows[i].peak == 0 && rows[i].allocations == 0) {
            continue;
        }
        struct demand_row *last = &demand->rows[demand->row_count];
        if (demand->row_count > 0 && compare_rows(&last[-1].sum, &rows[i]) == 0) {
            add_row(&last[-1].sum, &rows[i]);
        } else {
            demand->rows[demand->row_count++].sum = rows[i];
        }
    }
    for (size_t i = 0; i < demand->row_count; i++) {
        demand->rows[i].mean = mean_of(&demand->rows[i].sum);
    }
    for (size_t i = 0; i < profile->count; i++) {
        add_held(demand, profile->runs[i]);
    }
    return demand;
}

static bool can_be_pooled(const struct demand_row *row, uint64_t largest)
{
    return row->sum.size <= largest && row->sum.alignment <= SIZES_ALIGNMENT;
}

struct sizes_item *demand_items(struct arena *arena, const struct demand *demand,
                                enum demand_weight weight, uint64_t largest, size_t *count,
                                double *scale)
{
    double held = 0, allocations = 0;
    for (size_t i = 0; i < demand->row_count; i++) {
        if (!can_be_pooled(&demand->rows[i], largest)) {
            continue;
        }
        held += demand->rows[i].held;
        allocations += (double)demand->rows[i].sum.allocations;
    }
    /* A power of two keeps whole weights whole. Half of the bound, for each weight is at least 1.
     */
    *scale = 1;
    while (*scale * held * 2 < (double)SIZES_WEIGHT / 2 && *scale < 1 << 20) {
        *scale *= 2;
    }
    while (*scale * held > (double)SIZES_WEIGHT / 2) {
        *scale /= 2;
    }

    struct sizes_item *items = arena_alloc(arena, demand->row_count * sizeof *items);
    *count = 0;
    for (size_t i = 0; i < demand->row_count; i++) {
        const struct demand_row *row = &demand->rows[i];
        if (!can_be_pooled(row, largest)) {
            continue;
        }
        double blocks = row->held;
        if (weight == WEIGHT_ALLOCATIONS && allocations > 0) {
            blocks = (double)row->sum.allocations * held / allocations;
        }
        struct sizes_item *item = &items[(*count)++];
        item->size = row->sum.size;
        item->alignment = row->sum.alignment;
        item->weight = blocks * *scale < 1 ? 1 : (uint64_t)(blocks * *scale);
        item->bytes = (uint64_t)((double)item->weight * row->mean);
        if (item->bytes > item->weight * item->size) { /* by the rounding of large products */
            item->bytes = item->weight * item->size;
        }
    }
    return items;
}

static void add_loss(struct demand_loss *loss, const struct demand_row *row, double size)
{
    loss->requested += row->held * row->mean;
    loss->lost += row->held * (size - row->mean);
    loss->requested_ever += (double)row->sum.allocations * row->mean;
    loss->lost_ever += (double)row->sum.allocations * (size - row->mean);
}

void demand_loss_by_pool(const struct demand *demand, const uint64_t *sizes, size_t count,
                         struct demand_loss *losses)
{
    memset(losses, 0, count * sizeof *losses);
    for (size_t i = 0; i < demand->row_count; i++) {
        const struct demand_row *row = &demand->rows[i];
        size_t pool = sizes_serving(sizes, count, row->sum.size, row->sum.alignment);
        if (pool == count) {
            continue;
        }
        add_loss(&losses[pool], row, (double)sizes[pool]);
        losses[pool].allocations += (double)row->sum.allocations;
    }
}

struct demand_loss demand_loss(const struct demand *demand, const uint64_t *sizes, size_t count)
{
    struct demand_loss loss = {0};
    for (size_t i = 0; i < demand->row_count; i++) {
        const struct demand_row *row = &demand->rows[i];
        size_t pool = sizes_serving(sizes, count, row->sum.size, row->sum.alignment);
        loss.allocations += (double)row->sum.allocations;
        if (pool == count) {
            loss.oversize_allocations += (double)row->sum.allocations;
        } else {
            add_loss(&loss, row, (double)sizes[pool]);
        }
    }
    return loss;
}

void demand_live(const struct profile_run *run, const struct profile_snapshot *snapshot,
                 const uint64_t *sizes, size_t count, uint64_t *live)
{
    memset(live, 0, (count + 1) * sizeof *live);
    for (size_t i = 0; i < snapshot->live_count; i++) {
        const struct profile_group *group = &run->groups[snapshot->live[i].group];
        live[sizes_serving(sizes, count, group->size, group->alignment)] += snapshot->live[i].count;
    }
}

void demand_peaks(struct arena *arena, const struct profile_run *run, const uint64_t *sizes,
                  size_t count, uint64_t *peaks)
{
    uint64_t *live = arena_alloc(arena, (count + 1) * sizeof *live);
    memset(peaks, 0, count * sizeof *peaks);
    for (size_t i = 0; i < run->row_count; i++) {
        const struct profile_row *row = &run->rows[i];
        size_t pool = sizes_serving(sizes, count, row->size, row->alignment);
        if (pool < count && run->snapshot_count == 0) {
            peaks[pool] += row->peak;
        } else if (pool < count && row->peak > peaks[pool]) {
            peaks[pool] = row->peak;
        }
    }
    for (size_t i = 0; i < run->snapshot_count; i++) {
        demand_live(run, &run->snapshots[i], sizes, count, live);
        for (size_t pool = 0; pool < count; pool++) {
            if (live[pool] > peaks[pool]) {
                peaks[pool] = live[pool];
            }
        }
    }
}
