#include "profile/tune.h"
#include "plan/plan.h"
#include "profile/footprint.h"
#include "table/schema.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_POOLS = 64, MOST_THREADS = 1024, DAY = 86400, TREND_DAYS = 3 };

const struct tune_options tune_defaults = {.pool_cost = 4096,
                                           .alignment = 16,
                                           .largest = SIZES_LARGEST,
                                           .headroom = 1.1,
                                           .quantile = 0.99,
                                           .aim = AIM_PEAK};

/* ---- sizes */

/* The number of pools: as asked, or where a pool more would save less than it costs. */
static size_t choose_count(const struct choices *choices, const struct tune_options *options,
                           double scale, size_t runs)
{
    double cost = options->pools > 0 ? 0 : (double)options->pool_cost * (double)runs;
    double best = HUGE_VAL;
    size_t count = 0;
    for (size_t k = 0; k < choices->count; k++) {
        double total = (double)choices->best[k].lost / scale + cost * (double)(k + 1);
        if (total < best) {
            best = total;
            count = k + 1;
        }
    }
    return count;
}

static void choose_sizes(struct arena *arena, const struct demand *demand,
                         const struct tune_options *options, struct tuned *tuned)
{
    size_t items, most = options->pools > 0 ? (size_t)options->pools : MOST_POOLS;
    enum demand_weight weight = options->aim == AIM_ALLOCATIONS ? WEIGHT_ALLOCATIONS : WEIGHT_PEAK;
    struct sizes_item *item =
        demand_items(arena, demand, weight, options->largest, &items, &tuned->scale);
    if (options->aim == AIM_MEMORY) {
        tuned->choices = footprint_choose(arena, demand, item, items, options->alignment, most);
        tuned->scale = 1;
    } else {
        tuned->choices = sizes_choose(arena, item, items, options->alignment, most);
    }
    tuned->count = choose_count(&tuned->choices, options, tuned->scale, demand->profile->count);
    tuned->sizes = tuned->count == 0 ? NULL : tuned->choices.best[tuned->count - 1].sizes;
}

/* ---- counts */

static int compare_doubles(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return a < b ? -1 : a > b;
}

static int compare_counts(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

/* The smallest of the ascending values that at least a share `quantile` of them do not exceed. */
static uint64_t pick_quantile(const uint64_t *values, size_t count, double quantile)
{
    size_t rank = (size_t)ceil(quantile * (double)count);
    return values[rank == 0 ? 0 : rank - 1];
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare_doubles);
    return count % 2 != 0 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* Days on which runs began, ascending, and each run's index among them. */
struct days {
    int64_t *day;
    size_t count;
    size_t *of_run;
};

/* The runs of a merged profile ascend by date. */
static struct days find_days(struct arena *arena, const struct profile *profile)
{
    struct days days = {.day = arena_alloc(arena, profile->count * sizeof(int64_t)),
                        .of_run = arena_alloc(arena, profile->count * sizeof(size_t))};
    for (size_t i = 0; i < profile->count; i++) {
        int64_t day = profile->runs[i]->began / DAY;
        if (days.count == 0 || days.day[days.count - 1] != day) {
            days.day[days.count++] = day;
        }
        days.of_run[i] = days.count - 1;
    }
    return days;
}

/* How far beyond the last day the trend looks: the mean time between days with runs. */
static double days_ahead(const struct days *days)
{
    return (double)(days->day[days->count - 1] - days->day[0]) / (double)(days->count - 1);
}

/* What the days' highest peaks foretell: the line of Theil and Sen (the median slope between any
   two days, the median offset), which one odd day does not bend. Never more than twice what was
   seen. 0 if it does not rise. */
static uint64_t foretell(struct arena *arena, const struct days *days, const uint64_t *peaks,
                         size_t runs)
{
    double *high = arena_alloc(arena, days->count * sizeof *high);
    for (size_t i = 0; i < runs; i++) {
        if ((double)peaks[i] > high[days->of_run[i]]) {
            high[days->of_run[i]] = (double)peaks[i];
        }
    }
    size_t pairs = 0;
    double *slopes = arena_alloc(arena, days->count * (days->count - 1) / 2 * sizeof *slopes);
    for (size_t i = 0; i < days->count; i++) {
        for (size_t j = i + 1; j < days->count; j++) {
            slopes[pairs++] = (high[j] - high[i]) / (double)(days->day[j] - days->day[i]);
        }
    }
    double slope = median(slopes, pairs);
    if (slope <= 0) {
        return 0;
    }
    double *offsets = arena_alloc(arena, days->count * sizeof *offsets), highest = 0;
    for (size_t i = 0; i < days->count; i++) {
        offsets[i] = high[i] - slope * (double)(days->day[i] - days->day[0]);
        highest = high[i] > highest ? high[i] : highest;
    }
    double last = (double)(days->day[days->count - 1] - days->day[0]);
    double value = median(offsets, days->count) + slope * (last + days_ahead(days));
    return (uint64_t)(value > 2 * highest ? 2 * highest : value < 0 ? 0 : value);
}

static void count_pool(struct arena *arena, const struct demand *demand,
                       const struct tune_options *options, const struct days *days,
                       const uint64_t *peaks, struct tuned_pool *pool)
{
    size_t runs = demand->profile->count;
    uint64_t *sorted = arena_alloc(arena, runs * sizeof *sorted);
    memcpy(sorted, peaks, runs * sizeof *sorted);
    qsort(sorted, runs, sizeof *sorted, compare_counts);
    pool->quantile = pick_quantile(sorted, runs, options->quantile);
    pool->highest = sorted[runs - 1];
    if (days->count >= TREND_DAYS) {
        pool->trend = foretell(arena, days, peaks, runs);
    }
    uint64_t held = pool->trend > pool->quantile ? pool->trend : pool->quantile;
    /* To the nearest: headroom for a single large block is not a second one. */
    double wanted = floor((double)held * options->headroom + 0.5);
    const double most = (double)schema_keys[KEY_INITIAL_COUNT].most;
    pool->wanted = (uint64_t)(wanted < 1 ? 1 : wanted > most ? most : wanted);
}

uint64_t *tune_peaks(struct arena *arena, const struct demand *demand, const uint64_t *sizes,
                     size_t count)
{
    size_t runs = demand->profile->count;
    uint64_t *peaks = arena_alloc(arena, count * runs * sizeof *peaks);
    uint64_t *of_run = arena_alloc(arena, count * sizeof *of_run);
    for (size_t i = 0; i < runs; i++) {
        demand_peaks(arena, demand->profile->runs[i], sizes, count, of_run);
        for (size_t pool = 0; pool < count; pool++) {
            peaks[pool * runs + i] = of_run[pool];
        }
    }
    return peaks;
}

/* ---- the budget */

/* How many blocks of a pool were live, each time that anybody looked: descending. */
struct sightings {
    uint64_t *live;
    size_t next; /* of those up to here, each is at least the pool's count */
};

static int compare_descending(const void *left, const void *right)
{
    return compare_counts(right, left);
}

static size_t gather_sightings(struct arena *arena, const struct demand *demand,
                               const struct tuned *tuned, struct sightings *sightings)
{
    size_t total = 0, filled = 0;
    for (size_t i = 0; i < demand->profile->count; i++) {
        size_t snapshots = demand->profile->runs[i]->snapshot_count;
        total += snapshots == 0 ? 1 : snapshots;
    }
    for (size_t pool = 0; pool < tuned->count; pool++) {
        sightings[pool].live = arena_alloc(arena, total * sizeof(uint64_t));
    }
    uint64_t *live = arena_alloc(arena, (tuned->count + 1) * sizeof *live);
    for (size_t i = 0; i < demand->profile->count; i++) {
        const struct profile_run *run = demand->profile->runs[i];
        for (size_t s = 0; s < run->snapshot_count || s == 0; s++) {
            if (run->snapshot_count == 0) {
                demand_peaks(arena, run, tuned->sizes, tuned->count, live);
            } else {
                demand_live(run, &run->snapshots[s], tuned->sizes, tuned->count, live);
            }
            for (size_t pool = 0; pool < tuned->count; pool++) {
                sightings[pool].live[filled] = live[pool];
            }
            filled++;
        }
    }
    for (size_t pool = 0; pool < tuned->count; pool++) {
        qsort(sightings[pool].live, total, sizeof(uint64_t), compare_descending);
    }
    return total;
}

/* Of a pool's blocks, the last is used whenever as many are live as there are. A static block saves
   what growth costs when it is used, so per byte the least is lost with the block that is least
   often used for its size. Blocks go in steps: down to the next count that was seen. */
static void fit_budget(struct arena *arena, const struct demand *demand, struct tuned *tuned,
                       uint64_t budget)
{
    struct sightings *sightings = arena_alloc(arena, tuned->count * sizeof *sightings);
    size_t total = gather_sightings(arena, demand, tuned, sightings);
    while (tuned->bytes > budget) {
        size_t worst = tuned->count;
        double least = HUGE_VAL;
        for (size_t i = 0; i < tuned->count; i++) {
            struct sightings *seen = &sightings[i];
            while (seen->next < total && seen->live[seen->next] >= tuned->pools[i].count) {
                seen->next++;
            }
            double worth = (double)seen->next / (double)tuned->sizes[i];
            if (tuned->pools[i].count > 1 && worth < least) {
                least = worth;
                worst = i;
            }
        }
        struct tuned_pool *pool = &tuned->pools[worst];
        const struct sightings *seen = &sightings[worst];
        uint64_t to = seen->next < total ? seen->live[seen->next] : 1;
        uint64_t enough = (tuned->bytes - budget + pool->size - 1) / pool->size;
        if (to < 1) {
            to = 1;
        }
        if (enough < pool->count - to) {
            to = pool->count - enough;
        }
        tuned->bytes -= (pool->count - to) * pool->size;
        pool->count = to;
    }
}

/* ---- threads */

static uint64_t count_threads(const struct profile *profile)
{
    uint64_t most = 1;
    for (size_t i = 0; i < profile->count; i++) {
        most = profile->runs[i]->threads > most ? profile->runs[i]->threads : most;
    }
    return most;
}

/* The plan of a table with the tuned sizes and counts and otherwise the defaults. NULL if it cannot
   be had: with more bytes than a table may have. */
static const struct plan *plan_counts(struct arena *arena, const struct tuned *tuned,
                                      const struct tune_options *options)
{
    struct table *table = schema_new_table(arena, tuned->count);
    uint64_t bytes = 0;
    table->name = "tuned";
    table->alignment = options->alignment;
    for (size_t i = 0; i < tuned->count; i++) {
        table->pools[i].size = tuned->sizes[i];
        table->pools[i].initial_count = tuned->pools[i].wanted;
        bytes += tuned->sizes[i] * tuned->pools[i].wanted;
    }
    struct diag diag = {.arena = arena};
    return bytes > LIMIT_ARENAS ? NULL : plan_table(arena, table, &diag);
}

/* A thread's cache keeps blocks that the others cannot have: the pool must hold them too, or it
   grows although enough are free. Batches follow counts, so that is worked out in a few rounds. */
static void allow_for_caches(struct arena *arena, const struct tune_options *options,
                             struct tuned *tuned)
{
    enum { ROUNDS = 6 };
    tuned->threads = tuned->threads > MOST_THREADS ? MOST_THREADS : tuned->threads;
    for (size_t round = 0; round < ROUNDS && tuned->threads > 1; round++) {
        const struct plan *plan = plan_counts(arena, tuned, options);
        bool changed = false;
        for (size_t i = 0; plan != NULL && i < tuned->count; i++) {
            struct tuned_pool *pool = &tuned->pools[i];
            uint64_t cached = (tuned->threads - 1) * plan->pools[i].cached;
            changed = changed || cached != pool->cached;
            pool->wanted += cached - pool->cached;
            pool->cached = cached;
        }
        if (!changed) {
            break;
        }
    }
}

/* ---- all together */

static void count_growing(const struct demand *demand, const uint64_t *peaks, struct tuned *tuned)
{
    size_t runs = demand->profile->count;
    for (size_t pool = 0; pool < tuned->count; pool++) {
        for (size_t i = 0; i < runs; i++) {
            tuned->pools[pool].growing += peaks[pool * runs + i] > tuned->pools[pool].count;
        }
    }
}

struct tuned *tune(struct arena *arena, const struct demand *demand,
                   const struct tune_options *options, uint64_t *least)
{
    struct tuned *tuned = arena_alloc(arena, sizeof *tuned);
    choose_sizes(arena, demand, options, tuned);
    *least = 0;
    if (tuned->count == 0) {
        return tuned;
    }
    size_t runs = demand->profile->count;
    struct days days = find_days(arena, demand->profile);
    tuned->trended = days.count >= TREND_DAYS;
    tuned->trend_days = tuned->trended ? days_ahead(&days) : 0;
    tuned->pools = arena_alloc(arena, tuned->count * sizeof *tuned->pools);
    struct demand_loss *losses = arena_alloc(arena, tuned->count * sizeof *losses);
    demand_loss_by_pool(demand, tuned->sizes, tuned->count, losses);
    tuned->loss = demand_loss(demand, tuned->sizes, tuned->count);
    uint64_t *peaks = tune_peaks(arena, demand, tuned->sizes, tuned->count);
    for (size_t i = 0; i < tuned->count; i++) {
        struct tuned_pool *pool = &tuned->pools[i];
        pool->size = tuned->sizes[i];
        pool->loss = losses[i];
        count_pool(arena, demand, options, &days, peaks + i * runs, pool);
        tuned->held += (double)pool->highest * (double)pool->size;
        *least += pool->size;
    }
    tuned->threads = options->threads > 0 ? options->threads : count_threads(demand->profile);
    allow_for_caches(arena, options, tuned);
    for (size_t i = 0; i < tuned->count; i++) {
        tuned->pools[i].count = tuned->pools[i].wanted;
        tuned->bytes += tuned->pools[i].size * tuned->pools[i].count;
    }
    tuned->wanted_bytes = tuned->bytes;
    uint64_t budget =
        options->budget == 0 || options->budget > LIMIT_ARENAS ? LIMIT_ARENAS : options->budget;
    if (*least > budget) {
        return NULL;
    }
    if (tuned->bytes > budget) {
        fit_budget(arena, demand, tuned, budget);
    }
    count_growing(demand, peaks, tuned);
    return tuned;
}

uint64_t *tune_powers(struct arena *arena, uint64_t largest, size_t *count)
{
    uint64_t *sizes = arena_alloc(arena, 64 * sizeof *sizes);
    *count = 0;
    for (uint64_t size = 8;; size *= 2) {
        sizes[(*count)++] = size;
        if (size >= largest) {
            return sizes;
        }
    }
}
