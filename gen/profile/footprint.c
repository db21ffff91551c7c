/* The blocks of a pool that serves the sizes from one candidate to another are at most as many as
   were live of them at once, which the snapshots tell for any range. So a set of pools is a path
   through the candidates, as in choose.c, and a step costs size x peak. That cost has no shape that
   would save steps (peaks of ranges are neither sums nor concave), so all are looked at. */
#include "profile/footprint.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Steps x snapshots: about a fifth of a second. */
static const double most_sums = 200e6;
enum { MOST_CANDIDATES = 2048 };

struct problem {
    struct arena *arena;
    uint64_t *sizes;      /* candidates, ascending */
    uint64_t *alignments; /* by candidate: the largest of the requests that need just its size; 0
                             if there is none */
    size_t count;
    double *cost; /* [to * count + from]: bytes of a pool of candidate `to` that serves the
                     candidates from..to; infinite if it is no multiple of an alignment */
};

/* The candidate that a request needs; `count` if it is larger than all. */
static size_t candidate_of(const struct problem *problem, uint64_t size, uint64_t alignment)
{
    if (alignment > SIZES_ALIGNMENT || size > problem->sizes[problem->count - 1]) {
        return problem->count;
    }
    uint64_t needed = (size + alignment - 1) / alignment * alignment;
    return sizes_serving(problem->sizes, problem->count, needed == 0 ? 1 : needed, 1);
}

/* ---- blocks of one run */

/* How many blocks of each candidate a run had live: [candidate * moments + moment]. */
struct sightings {
    uint64_t *live;
    size_t moments;
    uint64_t *peaks; /* by candidate: the highest row's, which no snapshot need have seen */
};

/* A run without snapshots may have had all its rows at their peaks at one moment. */
static struct sightings look_at(const struct problem *problem, const struct profile_run *run)
{
    struct sightings seen = {.moments = run->snapshot_count == 0 ? 1 : run->snapshot_count};
    seen.live = arena_alloc(problem->arena, problem->count * seen.moments * sizeof *seen.live);
    seen.peaks = arena_alloc(problem->arena, problem->count * sizeof *seen.peaks);
    for (size_t i = 0; i < run->row_count; i++) {
        const struct profile_row *row = &run->rows[i];
        size_t at = candidate_of(problem, row->size, row->alignment);
        if (at == problem->count) {
            continue;
        }
        if (row->peak > seen.peaks[at]) {
            seen.peaks[at] = row->peak;
        }
        if (run->snapshot_count == 0) {
            seen.live[at] += row->peak;
        }
    }
    for (size_t i = 0; i < run->snapshot_count; i++) {
        const struct profile_snapshot *snapshot = &run->snapshots[i];
        for (size_t l = 0; l < snapshot->live_count; l++) {
            const struct profile_group *group = &run->groups[snapshot->live[l].group];
            size_t at = candidate_of(problem, group->size, group->alignment);
            if (at < problem->count) {
                seen.live[at * seen.moments + i] += snapshot->live[l].count;
            }
        }
    }
    return seen;
}

/* Adds what one run needs to the cost of every step. */
static void add_run(const struct problem *problem, const struct profile_run *run)
{
    const struct sightings seen = look_at(problem, run);
    uint64_t *sums = arena_alloc(problem->arena, seen.moments * sizeof *sums);
    for (size_t to = 0; to < problem->count; to++) {
        uint64_t peak = 0;
        memset(sums, 0, seen.moments * sizeof *sums);
        for (size_t from = to + 1; from-- > 0;) {
            const uint64_t *live = seen.live + from * seen.moments;
            for (size_t i = 0; i < seen.moments; i++) {
                sums[i] += live[i];
                peak = sums[i] > peak ? sums[i] : peak;
            }
            peak = seen.peaks[from] > peak ? seen.peaks[from] : peak;
            problem->cost[to * problem->count + from] += (double)peak * (double)problem->sizes[to];
        }
    }
}

/* Steps whose pool would have nothing to serve, or to pass an aligned request on, lead nowhere. */
static void close_steps(const struct problem *problem)
{
    for (size_t to = 0; to < problem->count; to++) {
        uint64_t alignment = 0;
        for (size_t from = to + 1; from-- > 0;) {
            if (problem->alignments[from] > alignment) {
                alignment = problem->alignments[from];
            }
            if (alignment == 0 || problem->sizes[to] % alignment != 0) {
                problem->cost[to * problem->count + from] = HUGE_VAL;
            }
        }
    }
}

/* ---- candidates */

struct weighed {
    double weight; /* bytes lost if the candidate's requests go to the next one */
    size_t index;
};

static int compare_weights(const void *left, const void *right)
{
    const struct weighed *a = left, *b = right;
    if (a->weight != b->weight) {
        return a->weight > b->weight ? -1 : 1;
    }
    return a->index < b->index ? -1 : a->index > b->index;
}

static int compare_sizes(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

/* Keeps the heaviest candidates, and first of all the largest and those of aligned requests. */
static void thin_out(struct problem *problem, const struct demand *demand, uint64_t granule,
                     size_t keep)
{
    struct weighed *weighed = arena_alloc(problem->arena, problem->count * sizeof *weighed);
    for (size_t i = 0; i < problem->count; i++) {
        weighed[i] = (struct weighed){problem->alignments[i] > granule ? 1e300 : 0, i};
    }
    for (size_t i = 0; i < demand->row_count; i++) {
        const struct profile_row *row = &demand->rows[i].sum;
        size_t at = candidate_of(problem, row->size, row->alignment);
        if (at + 1 < problem->count) {
            weighed[at].weight +=
                demand->rows[i].held * (double)(problem->sizes[at + 1] - problem->sizes[at]);
        }
    }
    weighed[problem->count - 1].weight = HUGE_VAL;
    qsort(weighed, problem->count, sizeof *weighed, compare_weights);
    uint64_t *kept = arena_alloc(problem->arena, keep * sizeof *kept);
    for (size_t i = 0; i < keep; i++) {
        kept[i] = problem->sizes[weighed[i].index];
    }
    qsort(kept, keep, sizeof *kept, compare_sizes);
    problem->sizes = kept;
    problem->count = keep;
}

/* Of so many candidates all steps can be looked at in the time allowed. */
static size_t most_candidates(const struct demand *demand)
{
    double moments = 0;
    for (size_t i = 0; i < demand->profile->count; i++) {
        size_t snapshots = demand->profile->runs[i]->snapshot_count;
        moments += snapshots == 0 ? 1 : (double)snapshots;
    }
    double most = floor(sqrt(2 * most_sums / moments));
    return most > MOST_CANDIDATES ? MOST_CANDIDATES : most < 1 ? 1 : (size_t)most;
}

/* Returns the largest alignment that is asked for. */
static uint64_t find_alignments(struct problem *problem, const struct sizes_item *items,
                                size_t count)
{
    uint64_t largest = 1;
    problem->alignments = arena_alloc(problem->arena, problem->count * sizeof(uint64_t));
    for (size_t i = 0; i < count; i++) {
        size_t at = candidate_of(problem, items[i].size, items[i].alignment);
        if (items[i].alignment > problem->alignments[at]) {
            problem->alignments[at] = items[i].alignment;
        }
        if (items[i].alignment > largest) {
            largest = items[i].alignment;
        }
    }
    return largest;
}

/* ---- the dynamic programme */

/* Fills `after` with the least cost of one pool more than in `before`, the last being each
   candidate, and `from` with the first candidate that the last pool serves. */
static void add_pool(const struct problem *problem, const double *before, double *after,
                     size_t *from)
{
    for (size_t to = 0; to < problem->count; to++) {
        after[to] = HUGE_VAL;
        for (size_t first = 1; first <= to; first++) {
            double cost = before[first - 1] + problem->cost[to * problem->count + first];
            if (cost < after[to]) {
                after[to] = cost;
                from[to] = first;
            }
        }
    }
}

/* The last pool of the best set: one that is large enough for every request, or a larger one that
   serves what is aligned too. */
static size_t find_end(const struct problem *problem, const double *after)
{
    size_t end = problem->count - 1, best = end;
    while (end > 0 && problem->alignments[end] == 0) {
        if (after[--end] <= after[best]) {
            best = end;
        }
    }
    return best;
}

static struct choices search(const struct problem *problem, size_t most)
{
    struct arena *arena = problem->arena;
    struct choices choices = {.best = arena_alloc(arena, most * sizeof *choices.best)};
    double *costs = arena_alloc(arena, most * problem->count * sizeof *costs);
    size_t *from = arena_alloc(arena, most * problem->count * sizeof *from);
    for (size_t k = 0; k < most; k++) {
        double *after = costs + k * problem->count;
        for (size_t to = 0; k == 0 && to < problem->count; to++) {
            after[to] = problem->cost[to * problem->count];
        }
        if (k > 0) {
            add_pool(problem, after - problem->count, after, from + k * problem->count);
        }
        size_t at = find_end(problem, after);
        if (isinf(after[at])) {
            break; /* there are no more sizes */
        }
        struct choice *choice = &choices.best[choices.count++];
        choice->sizes = arena_alloc(arena, (k + 1) * sizeof *choice->sizes);
        choice->count = k + 1;
        choice->lost = (uint64_t)fmin(after[at], 1e18);
        for (size_t pool = k + 1; pool-- > 0;) {
            choice->sizes[pool] = problem->sizes[at];
            if (pool > 0) {
                at = from[pool * problem->count + at] - 1;
            }
        }
    }
    return choices;
}

struct choices footprint_choose(struct arena *arena, const struct demand *demand,
                                const struct sizes_item *items, size_t count, uint64_t granule,
                                size_t most)
{
    struct problem problem = {.arena = arena};
    if (count == 0 || most == 0) {
        return (struct choices){.exact = true};
    }
    problem.sizes = sizes_candidates(arena, items, count, granule, &problem.count);
    uint64_t alignment = find_alignments(&problem, items, count);
    size_t keep = most_candidates(demand);
    bool thinned = problem.count > keep;
    if (thinned) {
        thin_out(&problem, demand, granule, keep);
        find_alignments(&problem, items, count);
    }
    problem.cost = arena_alloc(arena, problem.count * problem.count * sizeof *problem.cost);
    for (size_t i = 0; i < demand->profile->count; i++) {
        add_run(&problem, demand->profile->runs[i]);
    }
    close_steps(&problem);
    struct choices choices = search(&problem, most < problem.count ? most : problem.count);
    choices.exact = !thinned && alignment <= granule;
    return choices;
}
