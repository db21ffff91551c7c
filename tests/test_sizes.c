/* Choosing block sizes: the dynamic programme against every subset of sizes, on inputs small enough
   to try them all. */
#include "profile/sizes.h"
#include "unit.h"
#include <stdlib.h>

enum { MOST_SIZE = 256, TRIALS = 60, ITEMS = 12, MOST_POOLS = 5 };

static uint64_t seed = 88172645463325252u;

static uint64_t random_below(uint64_t limit)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % limit;
}

static size_t random_items(struct sizes_item *items, unsigned most_alignment)
{
    size_t count = 1 + random_below(ITEMS);
    for (size_t i = 0; i < count; i++) {
        uint64_t weight = 1 + random_below(50), size = random_below(MOST_SIZE - 63);
        /* Some rows are ranges of sizes, whose blocks need less than the largest size of each. */
        uint64_t bytes =
            weight * size - (size > 0 && random_below(4) == 0 ? random_below(weight) : 0);
        items[i] = (struct sizes_item){size, UINT64_C(1) << random_below(most_alignment + 1),
                                       weight, bytes};
    }
    return count;
}

/* Every set of `pools` legal sizes, with MOST_SIZE and below: the least bytes lost, UINT64_MAX if
   no set serves all. Sizes are tried whether or not an item asks for them. */
static uint64_t search_all(const struct sizes_item *items, size_t count, uint64_t granule,
                           size_t pools, uint64_t *sizes, size_t chosen, uint64_t from)
{
    if (chosen == pools) {
        for (size_t i = 0; i < count; i++)
            if (sizes_serving(sizes, pools, items[i].size, items[i].alignment) == pools)
                return UINT64_MAX;
        return sizes_lost(sizes, pools, items, count);
    }
    uint64_t best = UINT64_MAX;
    for (uint64_t size = from; size <= MOST_SIZE; size += 8) {
        if (size % granule != 0 && (size > granule || (size & (size - 1)) != 0))
            continue;
        sizes[chosen] = size;
        uint64_t lost = search_all(items, count, granule, pools, sizes, chosen + 1, size + 8);
        best = lost < best ? lost : best;
    }
    return best;
}

static void check_against_all(uint64_t granule, unsigned most_alignment, size_t most)
{
    struct sizes_item items[ITEMS];
    uint64_t sizes[MOST_POOLS];
    struct arena arena = {0};
    ARENA_BEGIN(&arena);
    size_t count = random_items(items, most_alignment);
    struct choices choices = sizes_choose(&arena, items, count, granule, most);
    assert_true(choices.exact);
    assert_true(choices.count >= 1);
    for (size_t k = 0; k < choices.count; k++) {
        const struct choice *choice = &choices.best[k];
        assert_int_equal(choice->count, k + 1);
        assert_int_equal(choice->lost, sizes_lost(choice->sizes, k + 1, items, count));
        for (size_t i = 0; i < count; i++)
            assert_true(sizes_serving(choice->sizes, k + 1, items[i].size, items[i].alignment) <=
                        k);
        assert_int_equal(choice->lost, search_all(items, count, granule, k + 1, sizes, 0, 8));
    }
    /* Sizes that were left out because no item asks for them could not have helped. */
    if (choices.count < most)
        assert_int_equal(choices.best[choices.count - 1].lost,
                         search_all(items, count, granule, choices.count + 1, sizes, 0, 8));
    arena_free(&arena);
}

static void plain_sizes_are_optimal(void **state)
{
    (void)state;
    for (int i = 0; i < TRIALS; i++) {
        check_against_all(8, 3, 3);
        check_against_all(16, 4, 4);
        check_against_all(64, 6, 4);
    }
}

static void one_alignment_is_optimal(void **state)
{
    (void)state;
    for (int i = 0; i < TRIALS; i++) {
        check_against_all(16, 5, 4);
        check_against_all(8, 4, 3);
    }
}

static void several_alignments_are_optimal(void **state)
{
    (void)state;
    for (int i = 0; i < TRIALS; i++) {
        check_against_all(16, 7, 4);
        check_against_all(8, 6, 3);
    }
}

/* Hand-made: 24 and 40 at granule 8 are exact with two pools, and rounded up by 16 when alone. */
static void sizes_follow_weights(void **state)
{
    (void)state;
    struct arena arena = {0};
    ARENA_BEGIN(&arena);
    const struct sizes_item items[] = {{24, 1, 10, 240}, {40, 1, 1, 40}, {33, 1, 5, 165}};
    struct choices choices = sizes_choose(&arena, items, 3, 8, 9);
    assert_int_equal(choices.count, 2);
    assert_int_equal(choices.best[0].sizes[0], 40);
    assert_int_equal(choices.best[0].lost, 10 * 16 + 5 * 7);
    assert_int_equal(choices.best[1].sizes[0], 24);
    assert_int_equal(choices.best[1].sizes[1], 40);
    assert_int_equal(choices.best[1].lost, 5 * 7);
    arena_free(&arena);
}

/* A pool of 192 bytes cannot serve 128-byte alignment, so 150 at 128 takes 256. */
static void aligned_requests_skip_pools(void **state)
{
    (void)state;
    const uint64_t sizes[] = {64, 192, 256, 4096};
    assert_int_equal(sizes_serving(sizes, 4, 150, 1), 1);
    assert_int_equal(sizes_serving(sizes, 4, 150, 64), 1);
    assert_int_equal(sizes_serving(sizes, 4, 150, 128), 2);
    assert_int_equal(sizes_serving(sizes, 4, 0, 4096), 3);
    assert_int_equal(sizes_serving(sizes, 4, 4097, 1), 4);
    assert_int_equal(sizes_serving(sizes, 3, 1, 4096), 3);
}

/* Every size at every alignment: too many states to keep, so nothing is proved of the answer, but
   it must serve everything, its stated loss must be its real one, and a pool more must not lose. */
static void many_alignments_are_bounded(void **state)
{
    (void)state;
    struct arena arena = {0};
    ARENA_BEGIN(&arena);
    size_t count = 0;
    struct sizes_item *items = arena_alloc(&arena, 13 * 8192 * sizeof *items);
    for (uint64_t size = 8; size <= 65536; size += 8)
        for (unsigned log2 = 0; log2 <= 12; log2++) {
            uint64_t weight = 1 + random_below(1000);
            items[count++] = (struct sizes_item){size, UINT64_C(1) << log2, weight, weight * size};
        }
    struct choices choices = sizes_choose(&arena, items, count, 16, 32);
    assert_int_equal(choices.count, 32);
    assert_false(choices.exact);
    for (size_t k = 0; k < choices.count; k++) {
        const struct choice *choice = &choices.best[k];
        assert_int_equal(sizes_serving(choice->sizes, k + 1, 65536, 4096), k);
        assert_int_equal(choice->lost, sizes_lost(choice->sizes, k + 1, items, count));
        if (k > 0)
            assert_true(choice->lost <= choices.best[k - 1].lost);
    }
    arena_free(&arena);
}

int main(void)
{
    TEST(plain_sizes_are_optimal);
    TEST(one_alignment_is_optimal);
    TEST(several_alignments_are_optimal);
    TEST(sizes_follow_weights);
    TEST(aligned_requests_skip_pools);
    TEST(many_alignments_are_bounded);
    return unit_run("sizes");
}
