/* The API section of the catalogue: what each function promises, one case a line. */
#include "cases.h"
#include "faults.h"

#include <stdint.h>

enum { DISTINCT = 64 };

/* Its square is one more than the largest size. */
#define HALF ((size_t)1 << (sizeof(size_t) * 4))

static const size_t not_powers[] = {0, 3, 65, 24, SIZE_MAX / 2 + 2, SIZE_MAX};

static void size_0_gives_distinct_pointers(void)
{
    void *blocks[DISTINCT];
    const size_t count = table.rows[0].count < DISTINCT ? table.rows[0].count : DISTINCT;
    for (size_t i = 0; i < count; i++) {
        blocks[i] = i % 4 == 0   ? subject.alloc(0)
                    : i % 4 == 1 ? subject.calloc(0, i)
                    : i % 4 == 2 ? subject.calloc(i, 0)
                                 : subject.aligned_alloc(1, 0);
        CHECK_FOR(i, blocks[i] != NULL);
        for (size_t j = 0; j < i; j++) {
            CHECK_FOR(i, blocks[i] != blocks[j]);
        }
    }
    for (size_t i = 0; i < count; i++) {
        subject.free_sized(blocks[i], 0);
    }
    void *list;
    CHECK_EQUAL(take_all(table.rows[0].size, count, &list), count);
}

static void size_0_goes_with_any_alignment(void)
{
    for (size_t alignment = 1; alignment <= 65536; alignment *= 2) {
        const bool possible = table_aligned_pool(alignment, 0) < table.count || serves_oversize() ||
                              subject.passthrough;
        void *const block = subject.aligned_alloc(alignment, 0);
        void *const zeroed = subject.aligned_calloc(alignment, 0, 8);
        CHECK_FOR(alignment, (block != NULL) == possible && (zeroed != NULL) == possible);
        CHECK_FOR(alignment, (uintptr_t)block % alignment == 0 && (block != zeroed || !possible));
        /* Only a block with bytes of its own has an address of its own. */
        CHECK_FOR(alignment, (subject.usable_size(block) > 0) == possible);
        subject.free_aligned_sized(block, alignment, 0);
        subject.free_aligned_sized(zeroed, alignment, 0);
    }
}

static void free_of_null_does_nothing(void)
{
    subject.free(NULL);
    subject.free_sized(NULL, 0);
    subject.free_sized(NULL, table.largest + 1);
    subject.free_aligned_sized(NULL, 64, 64);
    CHECK_EQUAL(subject.stats().pools[0].carved, 0);
}

/* Whatever the calls to the system that a free makes do to errno. */
static void check_errno_survives(void *block)
{
    faults.spoil_errno = true;
    errno = EDOM;
    subject.free(block);
    CHECK_EQUAL(errno, EDOM);
    faults.spoil_errno = false;
}

static void errno_survives_free(void)
{
    void *list;
    const size_t more = take_all(table.largest, table.rows[table.count - 1].count + 8, &list);
    check_errno_survives(NULL);
    while (list != NULL) {
        void *const next = *(void **)list;
        check_errno_survives(list);
        list = next;
    }
    CHECK(more > 0);
}

/* More than are kept, and more than are kept of one. */
static void errno_survives_free_of_oversize(void)
{
    void *blocks[40];
    for (size_t i = 0; i < 40; i++) {
        blocks[i] = must_alloc(table.largest + 1);
    }
    for (size_t i = 0; i < 40; i++) {
        check_errno_survives(blocks[i]);
    }
    check_errno_survives(must_alloc((size_t)64 << 20));
}

/* The thread's first call is a free, which has more to do. */
static void errno_survives_free_after_a_flush(void)
{
    void *const block = must_alloc(1);
    subject.thread_flush();
    check_errno_survives(block);
}

static void calloc_overflow_is_enomem(void)
{
    static const size_t bad[][2] = {
        {SIZE_MAX, 2},        {2, SIZE_MAX},         {SIZE_MAX / 2 + 1, 2},
        {SIZE_MAX, SIZE_MAX}, {PTRDIFF_MAX, 2},      {(size_t)PTRDIFF_MAX + 1, 1},
        {1, SIZE_MAX},        {SIZE_MAX / 8 + 1, 8}, {HALF, HALF},
    };
    errno = 0;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_ENOMEM(subject.calloc(bad[i][0], bad[i][1]));
        CHECK_ENOMEM(subject.aligned_calloc(64, bad[i][0], bad[i][1]));
    }
}

static void calloc_over_dirtied_reused_memory_is_zero(void)
{
    for (size_t pool = 0; pool < table.count; pool = next_sample(pool)) {
        const size_t size = table.rows[pool].size;
        void *blocks[4];
        size_t held = 0;
        for (; held < 4 && held < table.rows[pool].count; held++) {
            blocks[held] = must_alloc(size);
            fill(blocks[held], size, 0xa5);
        }
        for (size_t i = 0; i < held; i++) {
            subject.free(blocks[i]);
        }
        for (size_t i = 0; i < held; i++) {
            blocks[i] = i % 2 == 0 ? subject.calloc(1, size) : subject.aligned_calloc(8, size, 1);
            CHECK_FOR(size, blocks[i] != NULL && is_zero(blocks[i], size));
            fill(blocks[i], size, 0x5a);
        }
        for (size_t i = 0; i < held; i++) {
            subject.free(blocks[i]);
        }
    }
}

static void oversize_calloc_over_dirtied_memory_is_zero(void)
{
    const size_t size = table.largest + 100000;
    for (int round = 0; round < 4; round++) {
        void *const block = subject.calloc(size, 1);
        CHECK(block != NULL && is_zero(block, size));
        fill(block, size, 0xa5);
        subject.free(block);
        void *const aligned = subject.aligned_calloc(8192, 1, size);
        CHECK(aligned != NULL && (uintptr_t)aligned % 8192 == 0 && is_zero(aligned, size));
        fill(aligned, size, 0x5a);
        subject.free(aligned);
    }
}

/* A list of up to `count` blocks from calloc, each of which was zero and is no longer. */
static void *take_zeroed(size_t size, size_t count)
{
    void *list = NULL;
    for (; count > 0; count--) {
        void **const block = subject.calloc(1, size);
        if (block == NULL) {
            break;
        }
        CHECK_FOR(size, is_zero(block, size));
        fill(block, size, 7);
        *block = list;
        list = block;
    }
    return list;
}

/* Growth's memory comes zeroed, which calloc makes use of: also for blocks that were used, freed,
   given back and carved again. */
static void calloc_is_zero_in_growth_and_after_trim(void)
{
    for (size_t pool = 0; pool < table.count; pool = next_sample(pool)) {
        const size_t size = table.rows[pool].size;
        const size_t beyond = ((size_t)4 << 20) / size;
        for (int round = 0; round < 3; round++) {
            free_all(take_zeroed(size, table.rows[pool].count + (beyond < 200 ? beyond + 2 : 200)));
            subject.trim();
        }
    }
}

static void realloc_of_null_allocates(void)
{
    for (size_t pool = 0; pool < table.count; pool = next_sample(pool)) {
        void *const block = subject.realloc(NULL, table.rows[pool].size);
        CHECK(block != NULL);
        CHECK(is_usable(block, table.rows[pool].size, table.rows[pool].size));
        subject.free(block);
    }
    void *const least = subject.realloc(NULL, 0);
    CHECK(least != NULL);
    CHECK(is_usable(least, 0, table.rows[0].size));
    subject.free(least);
    if (serves_oversize()) {
        void *const big = subject.aligned_realloc(NULL, 256, table.largest + 1);
        CHECK(big != NULL && (uintptr_t)big % 256 == 0);
        subject.free(big);
    }
}

static void realloc_to_0_resizes_to_the_least_block(void)
{
    for (size_t pool = 0; pool < table.count; pool = next_sample(pool)) {
        unsigned char *const block = must_alloc(table.rows[pool].size);
        block[0] = 77;
        unsigned char *const least = subject.realloc(block, 0);
        CHECK_FOR(pool, least != NULL && is_usable(least, 0, table.rows[0].size));
        subject.free(least);
    }
    if (serves_oversize()) {
        void *const least = subject.realloc(must_alloc(table.largest * 3), 0);
        CHECK(least != NULL && is_usable(least, 0, table.rows[0].size));
        subject.free(least);
    }
    /* Also of a block that malloc serves, and goes on to serve where no pool has the alignment. */
    for (size_t alignment = 1; serves_oversize() && alignment <= 4096; alignment *= 2) {
        void *const least = subject.aligned_realloc(must_alloc(table.largest + 1), alignment, 0);
        CHECK_FOR(alignment, least != NULL && (uintptr_t)least % alignment == 0);
        CHECK_FOR(alignment, subject.usable_size(least) > 0);
        subject.free(least);
    }
}

static void a_failed_realloc_keeps_the_block(void)
{
    /* Half of 32 bits of addresses can be had. */
    static const size_t huge[] = {sizeof(size_t) > 4 ? (size_t)PTRDIFF_MAX - 4096 : PTRDIFF_MAX,
                                  PTRDIFF_MAX, (size_t)PTRDIFF_MAX + 1, SIZE_MAX};
    errno = 0;
    for (size_t pool = 0; pool <= table.count; pool = next_sample(pool)) {
        const size_t size = pool < table.count ? table.rows[pool].size : table.largest + 5000;
        if (pool == table.count && !serves_oversize()) {
            break;
        }
        void *const block = must_alloc(size);
        fill(block, size, 3);
        for (size_t i = 0; i < sizeof huge / sizeof huge[0]; i++) {
            CHECK_ENOMEM(subject.realloc(block, huge[i]));
            CHECK_ENOMEM(subject.aligned_realloc(block, 4096, huge[i]));
        }
        CHECK_EINVAL(subject.aligned_realloc(block, 3, size));
        CHECK_EINVAL(subject.aligned_realloc(block, 0, size));
        CHECK_FOR(size, is_filled(block, size, 3));
        subject.free(block);
    }
}

/* However much of it is unused: no smaller pool would do. */
static void a_block_stays_where_its_alignment_wants_it(void)
{
    for (size_t alignment = 16; alignment <= 4096; alignment *= 2) {
        void *const block = table_aligned_pool(alignment, 1) < table.count
                                ? subject.aligned_alloc(alignment, 1)
                                : NULL;
        for (size_t size = 1; block != NULL && size <= 16; size++) {
            CHECK_FOR(alignment, subject.aligned_realloc(block, alignment, size) == block);
        }
        subject.free(block);
    }
}

static void an_alignment_that_is_no_power_of_two_is_einval(void)
{
    errno = 0;
    for (size_t i = 0; i < sizeof not_powers / sizeof not_powers[0]; i++) {
        CHECK_EINVAL(subject.aligned_alloc(not_powers[i], 8));
        CHECK_EINVAL(subject.aligned_alloc(not_powers[i], SIZE_MAX));
        CHECK_EINVAL(subject.aligned_calloc(not_powers[i], 1, 8));
        CHECK_EINVAL(subject.aligned_realloc(NULL, not_powers[i], 8));
    }
}

static void a_small_alignment_is_taken_as_it_is(void)
{
    for (size_t alignment = 1; alignment <= sizeof(void *); alignment *= 2) {
        void *const block = subject.aligned_alloc(alignment, table.largest);
        CHECK_FOR(alignment, block != NULL && is_usable(block, table.largest, table.largest));
        subject.free_aligned_sized(block, alignment, table.largest);
    }
}

static void a_huge_alignment_is_enomem(void)
{
    errno = 0;
    for (size_t alignment = SIZE_MAX / 4 + 1; alignment != 0; alignment *= 2) {
        CHECK_ENOMEM(subject.aligned_alloc(alignment, 1));
        CHECK_ENOMEM(subject.aligned_alloc(alignment, alignment));
        CHECK_ENOMEM(subject.aligned_alloc(alignment, SIZE_MAX - alignment));
        CHECK_ENOMEM(subject.aligned_calloc(alignment, 1, 1));
    }
}

/* The size that overflows when the alignment is added to it. */
static void size_1_less_alignment_is_enomem(void)
{
    errno = 0;
    for (size_t alignment = 2; alignment <= (size_t)1 << 20; alignment *= 2) {
        CHECK_ENOMEM(subject.aligned_alloc(alignment, 1 - alignment));
        CHECK_ENOMEM(subject.aligned_calloc(alignment, 1, 1 - alignment));
        CHECK_ENOMEM(subject.aligned_realloc(NULL, alignment, 1 - alignment));
    }
}

static void usable_size_of_null_is_0(void)
{
    CHECK_EQUAL(subject.usable_size(NULL), 0);
}

/* Neighbours are live while a block is filled to its last usable byte. */
static void every_usable_byte_can_be_written(void)
{
    for (size_t pool = 0; pool < table.count; pool = next_sample(pool)) {
        const size_t below = pool > 0 ? table.rows[pool - 1].size : 0;
        const size_t sizes[] = {below + 1, table.rows[pool].size - 1, table.rows[pool].size};
        void *blocks[3];
        for (unsigned i = 0; i < 3; i++) {
            blocks[i] = must_alloc(sizes[i]);
            fill(blocks[i], subject.usable_size(blocks[i]), i);
        }
        for (unsigned i = 0; i < 3; i++) {
            CHECK_FOR(sizes[i], is_filled(blocks[i], subject.usable_size(blocks[i]), i));
            subject.free(blocks[i]);
        }
    }
}

static void every_usable_byte_of_oversize_can_be_written(void)
{
    for (size_t size = table.largest + 1; size < table.largest * 8 + 65536; size += size / 2) {
        void *blocks[3];
        for (unsigned i = 0; i < 3; i++) {
            blocks[i] = must_alloc(size);
            CHECK(!subject.owns(blocks[i]));
            fill(blocks[i], subject.usable_size(blocks[i]), i);
        }
        for (unsigned i = 0; i < 3; i++) {
            CHECK_FOR(size, is_filled(blocks[i], subject.usable_size(blocks[i]), i));
            subject.free(blocks[i]);
        }
    }
}

static void owns_what_lies_in_a_pool_and_nothing_else(void)
{
    static int in_data;
    int on_stack;
    char *const block = must_alloc(table.largest);
    CHECK(subject.owns(block) && subject.owns(block + table.largest - 1));
    CHECK(!subject.owns(NULL) && !subject.owns(&in_data) && !subject.owns(&on_stack));
    CHECK(!subject.owns((void *)UINTPTR_MAX) && !subject.owns((void *)8));
    CHECK(subject.owns(subject.arena) && !subject.owns(subject.arena - 1));
    CHECK(!subject.owns(subject.arena + subject.stats().bytes_reserved));
    subject.free(block);
}

static bool passes_through(void)
{
    return subject.passthrough;
}

/* What no pool did is not claimed by one. */
static void no_pool_has_anything(void)
{
    char *const block = must_alloc(table.largest);
    CHECK(!subject.owns(block) && subject.check() && !subject.idle() && subject.trim() == 0);
    const struct subject_stats stats = subject.stats();
    CHECK(stats.pool_count == table.count &&
          stats.oversize + stats.bytes_reserved + stats.bytes_committed == 0);
    for (size_t pool = 0; pool < table.count; pool++) {
        const struct subject_pool *const row = &stats.pools[pool];
        CHECK(row->size == table.rows[pool].size && row->initial_count == table.rows[pool].count);
        CHECK(row->carved + row->grown + row->fallbacks == 0 && row->allocs + row->frees == 0);
    }
    subject.thread_flush();
    subject.free(block);
}

/* Sizes that the table refuses are refused. */
static void refuses_what_is_too_large(void)
{
    if (!serves_oversize()) {
        errno = 0;
        CHECK_ENOMEM(subject.alloc(table.largest + 1));
        CHECK_ENOMEM(subject.calloc(2, table.largest));
        CHECK_ENOMEM(subject.realloc(NULL, table.largest + 1));
        void *const block = must_alloc(table.largest);
        CHECK_ENOMEM(subject.realloc(block, table.largest + 1));
        subject.free(block);
    }
}

const struct test_case api_cases[] = {
    {.name = "where malloc serves no pool has anything",
     .run = no_pool_has_anything,
     .applies = passes_through},
    {.name = "what is too large is refused, whoever serves", .run = refuses_what_is_too_large},
    {.name = "a block stays where its alignment wants it",
     .where = IN_PLAIN_POOLS,
     .run = a_block_stays_where_its_alignment_wants_it},
    {.name = "size 0 gives distinct pointers", .run = size_0_gives_distinct_pointers},
    {.name = "size 0 goes with any alignment", .run = size_0_goes_with_any_alignment},
    {.name = "free(NULL) does nothing", .run = free_of_null_does_nothing},
    {.name = "errno survives free", .run = errno_survives_free},
    {.name = "errno survives free of oversize blocks",
     .run = errno_survives_free_of_oversize,
     .applies = serves_oversize},
    {.name = "errno survives a free that is the first call",
     .run = errno_survives_free_after_a_flush},
    {.name = "calloc overflow is ENOMEM", .run = calloc_overflow_is_enomem},
    {.name = "calloc over dirtied, reused memory is zero",
     .run = calloc_over_dirtied_reused_memory_is_zero},
    {.name = "oversize calloc over dirtied memory is zero",
     .run = oversize_calloc_over_dirtied_memory_is_zero,
     .applies = serves_oversize},
    {.name = "calloc is zero in growth and after trim",
     .run = calloc_is_zero_in_growth_and_after_trim},
    {.name = "realloc(NULL, n) allocates", .run = realloc_of_null_allocates},
    {.name = "realloc(p, 0) resizes to the least block",
     .run = realloc_to_0_resizes_to_the_least_block},
    {.name = "a failed realloc keeps the block", .run = a_failed_realloc_keeps_the_block},
    {.name = "an alignment that is no power of two is EINVAL",
     .run = an_alignment_that_is_no_power_of_two_is_einval},
    {.name = "alignments up to sizeof(void*) are taken",
     .run = a_small_alignment_is_taken_as_it_is},
    {.name = "a huge alignment is ENOMEM", .run = a_huge_alignment_is_enomem},
    {.name = "size 1 - alignment is ENOMEM", .run = size_1_less_alignment_is_enomem},
    {.name = "usable_size(NULL) is 0", .run = usable_size_of_null_is_0},
    {.name = "every usable byte can be written", .run = every_usable_byte_can_be_written},
    {.name = "every usable byte of oversize can be written",
     .run = every_usable_byte_of_oversize_can_be_written,
     .applies = serves_oversize},
    {.name = "owns what lies in a pool and nothing else",
     .where = IN_POOLS,
     .run = owns_what_lies_in_a_pool_and_nothing_else},
    {.name = NULL},
};
