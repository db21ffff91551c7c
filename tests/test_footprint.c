/* The sizes that need least memory, held to all sets there are. */
#include "profile/footprint.h"
#include "unit.h"
#include <stdlib.h>

enum { TRIALS = 300, ROWS = 7, MOST_RUNS = 3, MOST_SNAPSHOTS = 4, MOST_COUNT = 4, LARGEST = 256 };

static unsigned random_state = 1;

static unsigned random_below(unsigned limit)
{
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 8) % limit;
}

/* ---- random profiles */

static int compare_rows(const void *left, const void *right)
{
    const struct profile_row *a = left, *b = right;
    if (a->size != b->size)
        return a->size < b->size ? -1 : 1;
    return a->alignment < b->alignment ? -1 : a->alignment > b->alignment;
}

/* Distinct rows, ascending. */
static void draw_rows(struct arena *arena, struct profile_run *run, unsigned most_alignment)
{
    run->rows = arena_alloc(arena, ROWS * sizeof *run->rows);
    for (size_t i = 0; i < ROWS; i++) {
        uint64_t peak = 1 + random_below(20);
        struct profile_row row = {.size = 1 + random_below(LARGEST),
                                  .alignment = UINT64_C(1) << random_below(most_alignment + 1),
                                  .peak = peak,
                                  .allocations = peak + random_below(9)};
        row.from = row.size;
        row.bytes = row.size * row.allocations;
        bool known = false;
        for (size_t k = 0; k < run->row_count; k++)
            known = known || compare_rows(&run->rows[k], &row) == 0;
        if (!known)
            run->rows[run->row_count++] = row;
    }
    qsort(run->rows, run->row_count, sizeof *run->rows, compare_rows);
}

/* A group for each row would do, were it not for sizes that share one. */
static void draw_snapshots(struct arena *arena, struct profile_run *run)
{
    size_t *group_of = arena_alloc(arena, run->row_count * sizeof *group_of);
    run->groups = arena_alloc(arena, run->row_count * sizeof *run->groups);
    for (size_t i = 0; i < run->row_count; i++) {
        struct profile_group group = {profile_group_size(run->rows[i].size),
                                      run->rows[i].alignment};
        size_t at = 0;
        while (at < run->group_count &&
               (run->groups[at].size != group.size || run->groups[at].alignment != group.alignment))
            at++;
        if (at == run->group_count)
            run->groups[run->group_count++] = group;
        group_of[i] = at;
    }
    run->snapshot_count = random_below(MOST_SNAPSHOTS + 1);
    run->snapshots = arena_alloc(arena, MOST_SNAPSHOTS * sizeof *run->snapshots);
    for (size_t s = 0; s < run->snapshot_count; s++) {
        struct profile_snapshot *snapshot = &run->snapshots[s];
        snapshot->live = arena_alloc(arena, run->group_count * sizeof *snapshot->live);
        snapshot->live_count = run->group_count;
        for (size_t g = 0; g < run->group_count; g++)
            snapshot->live[g].group = g;
        for (size_t i = 0; i < run->row_count; i++)
            snapshot->live[group_of[i]].count += random_below((unsigned)run->rows[i].peak + 1);
    }
}

static struct profile draw_profile(struct arena *arena, unsigned most_alignment)
{
    struct profile profile = {.count = 1 + random_below(MOST_RUNS)};
    profile.runs = arena_alloc(arena, MOST_RUNS * sizeof(struct profile_run *));
    for (size_t i = 0; i < profile.count; i++) {
        profile.runs[i] = arena_alloc(arena, sizeof **profile.runs);
        draw_rows(arena, profile.runs[i], most_alignment);
        draw_snapshots(arena, profile.runs[i]);
    }
    return profile;
}

/* ---- every set */

static uint64_t memory_of(struct arena *arena, const struct profile *profile, const uint64_t *sizes,
                          size_t count)
{
    uint64_t peaks[MOST_COUNT], memory = 0;
    for (size_t i = 0; i < profile->count; i++) {
        demand_peaks(arena, profile->runs[i], sizes, count, peaks);
        for (size_t pool = 0; pool < count; pool++)
            memory += peaks[pool] * sizes[pool];
    }
    return memory;
}

/* No pool passes on a request that it is large enough for, and each has one to serve. */
static bool serves_all(const struct profile *profile, const uint64_t *sizes, size_t count)
{
    size_t used = 0;
    for (size_t i = 0; i < profile->count; i++)
        for (size_t r = 0; r < profile->runs[i]->row_count; r++) {
            const struct profile_row *row = &profile->runs[i]->rows[r];
            uint64_t needed = (row->size + row->alignment - 1) / row->alignment * row->alignment;
            size_t pool = sizes_serving(sizes, count, needed, 1);
            if (pool == count || sizes[pool] % row->alignment != 0)
                return false;
            used |= (size_t)1 << pool;
        }
    return used == ((size_t)1 << count) - 1;
}

/* A pool's size: a multiple of the granule, or a power of two from 8 below it. */
static bool is_pool_size(uint64_t size, uint64_t granule)
{
    return size % granule == 0 || (size < granule && (size & (size - 1)) == 0);
}

/* The least memory of all sets of `count` pools. */
static uint64_t search_all(struct arena *arena, const struct profile *profile, uint64_t granule,
                           size_t count, uint64_t *sizes, size_t chosen)
{
    uint64_t best = UINT64_MAX, first = chosen == 0 ? 8 : sizes[chosen - 1] + 8;
    if (chosen == count)
        return serves_all(profile, sizes, count) ? memory_of(arena, profile, sizes, count) : best;
    for (uint64_t size = first; size <= LARGEST; size += 8) {
        if (!is_pool_size(size, granule))
            continue;
        sizes[chosen] = size;
        uint64_t memory = search_all(arena, profile, granule, count, sizes, chosen + 1);
        best = memory < best ? memory : best;
    }
    return best;
}

static void check_against_all(uint64_t granule, unsigned most_alignment, size_t most)
{
    struct arena arena = {0};
    ARENA_BEGIN(&arena);
    struct profile profile = draw_profile(&arena, most_alignment);
    const struct demand *demand = demand_gather(&arena, &profile);
    double scale;
    size_t items;
    const struct sizes_item *item =
        demand_items(&arena, demand, WEIGHT_PEAK, LARGEST, &items, &scale);
    struct choices choices = footprint_choose(&arena, demand, item, items, granule, most);
    uint64_t alignment = 1;
    for (size_t i = 0; i < items; i++)
        alignment = item[i].alignment > alignment ? item[i].alignment : alignment;
    assert_int_equal(choices.exact, alignment <= granule);
    assert_true(choices.count >= 1);
    for (size_t k = 0; k < choices.count; k++) {
        const struct choice *choice = &choices.best[k];
        uint64_t sizes[MOST_COUNT];
        assert_int_equal(choice->count, k + 1);
        assert_true(serves_all(&profile, choice->sizes, k + 1));
        assert_int_equal(choice->lost, memory_of(&arena, &profile, choice->sizes, k + 1));
        assert_int_equal(choice->lost, search_all(&arena, &profile, granule, k + 1, sizes, 0));
    }
    arena_free(&arena);
}

static void plain_sizes_are_optimal(void **state)
{
    (void)state;
    for (int i = 0; i < TRIALS; i++) {
        check_against_all(8, 3, 2);
        check_against_all(16, 4, 3);
        check_against_all(32, 5, 4);
    }
}

static void aligned_sizes_are_the_best_that_serve_all(void **state)
{
    (void)state;
    for (int i = 0; i < TRIALS; i++)
        check_against_all(32, 7, 3);
}

/* What is never live together shares a pool, though it loses more to rounding. */
static void sizes_that_take_turns_share_a_pool(void **state)
{
    (void)state;
    struct arena arena = {0};
    ARENA_BEGIN(&arena);
    struct profile_row rows[] = {
        {.size = 600, .from = 600, .alignment = 1, .allocations = 100, .bytes = 60000, .peak = 100},
        {.size = 900,
         .from = 900,
         .alignment = 1,
         .allocations = 100,
         .bytes = 90000,
         .peak = 100}};
    struct profile_group groups[] = {{600, 1}, {904, 1}};
    struct profile_live first = {0, 100}, second = {1, 100};
    struct profile_snapshot snapshots[] = {{1, &first, 1}, {2, &second, 1}};
    struct profile_run run = {.rows = rows,
                              .row_count = 2,
                              .groups = groups,
                              .group_count = 2,
                              .snapshots = snapshots,
                              .snapshot_count = 2};
    struct profile_run *runs[] = {&run};
    struct profile profile = {.runs = runs, .count = 1};
    const struct demand *demand = demand_gather(&arena, &profile);
    double scale;
    size_t items;
    const struct sizes_item *item =
        demand_items(&arena, demand, WEIGHT_PEAK, 65536, &items, &scale);
    struct choices choices = footprint_choose(&arena, demand, item, items, 16, 2);
    assert_int_equal(choices.count, 2);
    assert_int_equal(choices.best[0].lost, 100 * 912);
    assert_int_equal(choices.best[1].lost, 100 * 608 + 100 * 912);
    arena_free(&arena);
}

static void nothing_to_pool_is_no_choice(void **state)
{
    (void)state;
    struct arena arena = {0};
    ARENA_BEGIN(&arena);
    struct demand demand = {0};
    struct choices choices = footprint_choose(&arena, &demand, NULL, 0, 16, 4);
    assert_int_equal(choices.count, 0);
    assert_true(choices.exact);
    arena_free(&arena);
}

int main(void)
{
    TEST(plain_sizes_are_optimal);
    TEST(aligned_sizes_are_the_best_that_serve_all);
    TEST(sizes_that_take_turns_share_a_pool);
    TEST(nothing_to_pool_is_no_choice);
    return unit_run("footprint");
}
