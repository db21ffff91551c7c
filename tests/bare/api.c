/* What each function promises, one case a line. */
#include "cases.h"

enum { DISTINCT = 8 };

static const size_t not_powers[] = {0, 3, 65, 24, SIZE_MAX / 2 + 2, SIZE_MAX};

static void size_0_gives_distinct_blocks(void)
{
    void *blocks[DISTINCT];
    for (size_t i = 0; i < DISTINCT; i++) {
        blocks[i] = i % 4 == 0   ? chip_alloc(0)
                    : i % 4 == 1 ? chip_calloc(0, i)
                    : i % 4 == 2 ? chip_calloc(i, 0)
                                 : chip_aligned_alloc(1, 0);
        CHECK_FOR(i, blocks[i] != NULL);
        for (size_t j = 0; j < i; j++) {
            CHECK_FOR(i, blocks[i] != blocks[j]);
        }
    }
    for (size_t i = 0; i < DISTINCT; i++) {
        chip_free_sized(blocks[i], 0);
    }
}

static void free_of_null_does_nothing(void)
{
    chip_free(NULL);
    chip_free_sized(NULL, 0);
    chip_free_sized(NULL, CHIP_LARGEST + 1);
    chip_free_aligned_sized(NULL, 64, 64);
    CHECK(chip_usable_size(NULL) == 0 && !chip_owns(NULL));
}

static void what_is_too_large_is_refused(void)
{
    static const size_t bad[][2] = {
        {SIZE_MAX, 2},        {2, SIZE_MAX}, {SIZE_MAX / 2 + 1, 2},
        {SIZE_MAX, SIZE_MAX}, {1, SIZE_MAX}, {SIZE_MAX / 8 + 1, 8},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_FOR(i, chip_calloc(bad[i][0], bad[i][1]) == NULL);
        CHECK_FOR(i, chip_aligned_calloc(8, bad[i][0], bad[i][1]) == NULL);
    }
    CHECK(chip_alloc(CHIP_LARGEST + 1) == NULL && chip_alloc(PTRDIFF_MAX) == NULL &&
          chip_alloc(SIZE_MAX) == NULL);
    CHECK(chip_realloc(NULL, CHIP_LARGEST + 1) == NULL);
    chip_stats_t stats;
    chip_stats(&stats);
    CHECK(stats.oversize != 0);
}

static void calloc_over_dirtied_memory_is_zero(void)
{
    for (size_t row = 0; row < ROWS; row++) {
        const size_t size = rows[row].size;
        void *block = chip_alloc(size);
        CHECK_FOR(size, block != NULL);
        fill(block, size, 0xa5);
        chip_free(block);
        block = chip_calloc(size / 8, 8);
        CHECK_FOR(size, block != NULL && is_zero(block, size));
        fill(block, size, 0x5a);
        chip_free(block);
        block = chip_aligned_calloc(8, size, 1);
        CHECK_FOR(size, block != NULL && is_zero(block, size));
        chip_free(block);
    }
}

/* Blocks that nobody had lie where nobody cleared. */
static void calloc_over_fresh_memory_is_zero(void)
{
    for (size_t row = 0; row < ROWS; row++) {
        void *list = NULL;
        for (size_t i = rows[row].reserve; i < rows[row].count; i++) {
            void **block = chip_calloc(1, rows[row].size);
            CHECK_FOR(rows[row].size, block != NULL && is_zero(block, rows[row].size));
            fill(block, rows[row].size, 7);
            *block = list;
            list = block;
        }
        free_all(list);
    }
}

static void realloc_allocates_and_keeps(void)
{
    for (size_t from = 0; from <= CHIP_LARGEST; from += 5) {
        for (size_t to = 0; to <= CHIP_LARGEST; to += 7) {
            const size_t kept = from < to ? from : to;
            void *block = chip_realloc(NULL, from);
            CHECK_FOR(from, block != NULL);
            fill(block, from, 9);
            block = chip_realloc(block, to);
            CHECK_FOR(to,
                      block != NULL && is_filled(block, kept, 9) && chip_usable_size(block) >= to);
            chip_free_sized(block, to);
        }
    }
}

static void a_failed_realloc_keeps_the_block(void)
{
    for (size_t row = 0; row < ROWS; row++) {
        const size_t size = rows[row].size;
        void *block = chip_alloc(size);
        CHECK_FOR(size, block != NULL);
        fill(block, size, 3);
        CHECK_FOR(size, chip_realloc(block, CHIP_LARGEST + 1) == NULL &&
                            chip_realloc(block, SIZE_MAX) == NULL);
        CHECK_FOR(size, chip_aligned_realloc(block, 3, size) == NULL &&
                            chip_aligned_realloc(block, 0, size) == NULL);
        CHECK_FOR(size, is_filled(block, size, 3));
        chip_free(block);
    }
}

/* The least pool from a size's own on whose blocks all have the alignment. */
static bool has_aligned(size_t alignment, size_t size)
{
    for (size_t row = row_of(size); row < ROWS; row++) {
        if (rows[row].size % alignment == 0) {
            return true;
        }
    }
    return false;
}

static void any_alignment_that_some_pool_has_is_served(void)
{
    for (size_t alignment = 1; alignment <= 4096; alignment *= 2) {
        for (size_t row = 0; row < ROWS; row++) {
            void *block = chip_aligned_alloc(alignment, rows[row].size);
            CHECK_FOR(alignment, block != NULL || !has_aligned(alignment, rows[row].size));
            CHECK_FOR(alignment, (uintptr_t)block % alignment == 0);
            if (block != NULL) {
                block = chip_aligned_realloc(block, alignment, 1);
                CHECK_FOR(alignment, block != NULL && (uintptr_t)block % alignment == 0);
            }
            chip_free_aligned_sized(block, alignment, 1);
        }
    }
}

static void an_alignment_that_is_no_power_of_two_is_refused(void)
{
    for (size_t i = 0; i < sizeof not_powers / sizeof not_powers[0]; i++) {
        CHECK_FOR(i, chip_aligned_alloc(not_powers[i], 8) == NULL);
        CHECK_FOR(i, chip_aligned_calloc(not_powers[i], 1, 8) == NULL);
        CHECK_FOR(i, chip_aligned_realloc(NULL, not_powers[i], 8) == NULL);
    }
    CHECK(chip_aligned_alloc(SIZE_MAX / 2 + 1, 1) == NULL);
    CHECK(chip_aligned_alloc(64, (size_t)0 - 63) == NULL);
}

static void owns_what_lies_in_a_pool_and_nothing_else(void)
{
    static int in_data;
    int on_stack = 0;
    char *block = chip_alloc(CHIP_LARGEST);
    CHECK(block != NULL && chip_owns(block) && chip_owns(block + CHIP_LARGEST - 1));
    CHECK(!chip_owns(&in_data) && !chip_owns(&on_stack) && !chip_owns((void *)UINTPTR_MAX) &&
          !chip_owns((void *)8));
    chip_free(block);
}

/* Symbols of the linker scripts. */
extern unsigned char noinit_start[], noinit_end[], fast_start[], fast_end[];

static void arenas_lie_in_their_sections(void)
{
    for (size_t row = 0; row < ROWS; row++) {
        unsigned char *block = chip_alloc(rows[row].size);
        CHECK_FOR(row, block != NULL);
        CHECK_FOR(row, block >= (rows[row].placed ? fast_start : noinit_start));
        CHECK_FOR(row, block + rows[row].size <= (rows[row].placed ? fast_end : noinit_end));
        chip_free(block);
    }
}

static void figures_are_the_tables(void)
{
    chip_stats_t stats;
    chip_stats(&stats);
    CHECK(stats.pool_count == ROWS && stats.bytes_retained == 0);
    for (size_t row = 0; row < ROWS; row++) {
        CHECK_FOR(row, stats.pools[row].size == rows[row].size &&
                           stats.pools[row].initial_count == rows[row].count);
        CHECK_FOR(row, stats.pools[row].carved <= rows[row].count && stats.pools[row].grown == 0);
    }
}

static void what_asks_the_system_does_nothing(void)
{
    chip_thread_flush();
    CHECK(chip_trim() == 0 && !chip_idle());
}

const struct test_case api_cases[] = {
    {"calloc over fresh memory is zero", calloc_over_fresh_memory_is_zero},
    {"size 0 gives distinct blocks", size_0_gives_distinct_blocks},
    {"free(NULL) does nothing", free_of_null_does_nothing},
    {"what is too large is refused", what_is_too_large_is_refused},
    {"calloc over dirtied memory is zero", calloc_over_dirtied_memory_is_zero},
    {"realloc allocates, and keeps the contents", realloc_allocates_and_keeps},
    {"a failed realloc keeps the block", a_failed_realloc_keeps_the_block},
    {"any alignment that some pool has is served", any_alignment_that_some_pool_has_is_served},
    {"an alignment that is no power of two is refused",
     an_alignment_that_is_no_power_of_two_is_refused},
    {"owns what lies in a pool and nothing else", owns_what_lies_in_a_pool_and_nothing_else},
    {"arenas lie in their sections", arenas_lie_in_their_sections},
    {"figures are the table's", figures_are_the_tables},
    {"what asks the system does nothing", what_asks_the_system_does_nothing},
    {NULL, NULL},
};
