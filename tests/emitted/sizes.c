/* The Sizes section of the catalogue: selection against a plain loop, moves between all pools,
   alignments, the ends of the range, and pools taken to their end. */
#include "cases.h"

#include <stdint.h>

/* What the system may have to give for one request of these tests, in bytes. */
enum { MOST_ALIGNED = 1 << 20, MOST_MOVED = 10 << 20 };

static void every_size_selects_as_a_plain_loop(void)
{
    for (size_t size = 0; size <= table.largest + 1; size++) {
        const size_t pool = table_pool(size);
        void *const block = subject.alloc(size);
        if (pool == table.count) {
            CHECK((block != NULL) == serves_oversize() && !subject.owns(block));
            CHECK_EQUAL(subject.good_size(size), size);
        } else {
            CHECK_FOR(size, block != NULL && is_usable(block, size, table.rows[pool].size));
            CHECK_FOR(size, subject.good_size(size) ==
                                (subject.passthrough ? size : table.rows[pool].size));
        }
        subject.free(block);
    }
}

static void every_legal_size_frees_by_size(void)
{
    for (size_t size = 0; size <= table.largest; size++) {
        const size_t alignment = (size_t)1 << size % 5;
        void *const block = subject.alloc(size);
        subject.free_sized(block, size);
        void *const again = subject.aligned_alloc(alignment, size);
        CHECK_FOR(size, again != NULL);
        subject.free_aligned_sized(again, alignment, size);
    }
    CHECK(subject.check());
}

/* A block that shrank in place is freed with a size that selects another pool than its own. */
static void the_pointer_decides_not_the_size(void)
{
    for (size_t pool = 1; pool < table.count; pool = next_sample(pool)) {
        const size_t size = table.rows[pool].size, less = size / 4;
        void *const block = must_alloc(size);
        CHECK(subject.realloc(block, less) == block);
        subject.free_sized(block, less);
        CHECK(subject.check());
        void *const again = must_alloc(size);
        CHECK_EQUAL(subject.usable_size(again), size);
        subject.free(again);
    }
}

/* ---- moves */

static void move(size_t from, size_t to, size_t alignment)
{
    const size_t kept = from < to ? from : to;
    unsigned char *const block =
        alignment == 1 ? subject.alloc(from) : subject.aligned_alloc(alignment, from);
    CHECK_FOR(from, block != NULL);
    fill(block, from, (unsigned)to);
    unsigned char *const moved =
        alignment == 1 ? subject.realloc(block, to) : subject.aligned_realloc(block, alignment, to);
    if (moved == NULL) {
        CHECK_FOR(to, to > table.largest && !serves_oversize() && refused_with(ENOMEM));
        CHECK_FOR(from, is_filled(block, from, (unsigned)to));
        subject.free(block);
        return;
    }
    CHECK_FOR(to, is_filled(moved, kept, (unsigned)to));
    CHECK_FOR(to, subject.usable_size(moved) >= to && (uintptr_t)moved % alignment == 0);
    CHECK_FOR(to, (uintptr_t)moved % table_promised_alignment(to) == 0);
    fill(moved, subject.usable_size(moved), 1);
    subject.free_sized(moved, to);
}

/* Each pool's size less one, itself and one more, grown and shrunk to each of every other's. */
static void every_pool_grows_and_shrinks_to_every_other(void)
{
    for (size_t a = 0; a < table.count; a = next_sample(a)) {
        for (size_t b = 0; b < table.count; b = next_sample(b)) {
            for (int shift = 0; shift < 9; shift++) {
                move(table.rows[a].size - 1 + (size_t)shift / 3,
                     table.rows[b].size - 1 + (size_t)shift % 3, 1);
                if (!serves_oversize() && a + 1 == table.count && shift == 5) {
                    break; /* its size and one more cannot be had */
                }
            }
        }
    }
}

static void oversize_grows_and_shrinks(void)
{
    static const size_t factors[] = {1, 2, 3, 5, 9, 33, 2, 70, 1, 140};
    for (size_t i = 0; i < sizeof factors / sizeof factors[0]; i++) {
        for (size_t alignment = 1; alignment <= 65536; alignment *= 16) {
            const size_t from = table.largest * factors[i] + 1;
            if (from > MOST_MOVED) {
                continue;
            }
            move(from, table.largest + 1, alignment);
            move(table.largest + 1, from, alignment);
            move(from, table.largest, alignment);
            move(table.largest, from, alignment);
        }
    }
}

static void aligned_blocks_keep_their_alignment(void)
{
    for (size_t alignment = 2; alignment <= 4096; alignment *= 2) {
        for (size_t pool = 0; pool < table.count; pool = next_sample(pool)) {
            if (table_aligned_pool(alignment, table.rows[pool].size) < table.count) {
                move(table.rows[pool].size, 1, alignment);
                move(1, table.rows[pool].size, alignment);
            }
        }
    }
}

/* A block that lies as it was asked for may lie wrong for what is asked now. */
static void aligned_realloc_moves_what_lies_wrong(void)
{
    for (size_t pool = 0; pool < table.count; pool = next_sample(pool)) {
        const size_t size = table.rows[pool].size;
        const size_t alignment = (size & -size) * 2;
        if (table_aligned_pool(alignment, size) == table.count || table.rows[pool].count < 2) {
            continue;
        }
        void *const first = must_alloc(size);
        void *const second = must_alloc(size);
        void *const wrong = (uintptr_t)first % alignment != 0 ? first : second;
        CHECK_FOR(size, (uintptr_t)wrong % alignment != 0);
        fill(wrong, size, 5);
        void *const moved = subject.aligned_realloc(wrong, alignment, size);
        CHECK_FOR(size, moved != NULL && (uintptr_t)moved % alignment == 0);
        CHECK_FOR(size, is_filled(moved, size, 5));
        subject.free(moved);
        subject.free(wrong == first ? second : first);
    }
}

/* Where no smaller block is to be had, the one that is there is small enough. */
static void shrinking_never_fails(void)
{
    const struct row *const row = &table.rows[0];
    void *list;
    void *const block = must_alloc(table.largest);
    fill(block, table.largest, 4);
    CHECK_EQUAL(take_all(row->size, SIZE_MAX, &list), row->count);
    CHECK(subject.realloc(block, 0) == block);
    CHECK(subject.realloc(block, 1) == block &&
          is_filled(block, subject.watched ? 1 : table.largest, 4));
    free_all(list);
    subject.free(block);
}

static bool first_pool_ends(void)
{
    return table.rows[0].exhausted == FAIL && table.count > 1;
}

/* ---- alignments */

static void check_aligned(size_t alignment, size_t size)
{
    const size_t pool = table_aligned_pool(alignment, size);
    errno = 0;
    void *const block = subject.aligned_alloc(alignment, size);
    if (pool == table.count && !serves_oversize() &&
        !(subject.passthrough && size <= table.largest)) {
        CHECK_ENOMEM(block);
        return;
    }
    CHECK_FOR(size, block != NULL && (uintptr_t)block % alignment == 0);
    CHECK_FOR(size, subject.usable_size(block) >= size);
    CHECK_FOR(size, subject.owns(block) == (pool < table.count && !subject.passthrough));
    CHECK_FOR(size, pool == table.count || is_usable(block, size, table.rows[pool].size));
    *(unsigned char *)block = 1;
    ((unsigned char *)block)[size == 0 ? 0 : size - 1] = 2;
    subject.free_aligned_sized(block, alignment, size);
}

static void sizes_about_powers_of_two_at_every_alignment(void)
{
    for (size_t alignment = 16; alignment <= 65536; alignment *= 2) {
        for (size_t power = 32; power <= MOST_ALIGNED; power *= 2) {
            for (size_t size = power - 32; size <= power + 32; size++) {
                check_aligned(alignment, size);
            }
            power *= power >= 65536 ? 4 : 1;
        }
    }
}

static void small_sizes_at_every_alignment(void)
{
    for (size_t alignment = 1; alignment <= 8192; alignment *= 2) {
        for (size_t size = 0; size <= 1024 && size <= table.largest + 1; size++) {
            check_aligned(alignment, size);
        }
    }
}

/* Whatever is asked for at an alignment that the block's own pool is the least to have. */
static void a_block_of_the_least_pool_stays(void)
{
    for (size_t alignment = 1; alignment <= 65536; alignment *= 2) {
        for (size_t pool = 0; pool < table.count; pool = next_sample(pool)) {
            const size_t size = pool == 0 ? 1 : table.rows[pool - 1].size + 1;
            void *const block = subject.aligned_alloc(alignment, size);
            const size_t least = table_aligned_pool(alignment, size);
            if (least == table.count || !subject.owns(block)) {
                subject.free(block);
                continue;
            }
            for (size_t less = size; less > 0; less /= 2) {
                if (table_aligned_pool(alignment, less) == least) {
                    CHECK_FOR(less, subject.aligned_realloc(block, alignment, less) == block);
                }
            }
            subject.free(block);
        }
    }
}

/* ---- the ends of the range */

static void sizes_at_the_ends_of_the_range_are_enomem(void)
{
    static const size_t ends[] = {SIZE_MAX,
                                  SIZE_MAX - 1,
                                  SIZE_MAX - 63,
                                  SIZE_MAX - 64,
                                  SIZE_MAX - 4096,
                                  (size_t)PTRDIFF_MAX + 2,
                                  (size_t)PTRDIFF_MAX + 1,
                                  PTRDIFF_MAX,
                                  (size_t)PTRDIFF_MAX - 1,
                                  (size_t)PTRDIFF_MAX - 64,
                                  (size_t)PTRDIFF_MAX - 4096};
    void *const block = must_alloc(8);
    fill(block, 8, 5);
    errno = 0;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        CHECK_ENOMEM(subject.alloc(ends[i]));
        CHECK_ENOMEM(subject.calloc(1, ends[i]));
        CHECK_ENOMEM(subject.calloc(ends[i], 1));
        CHECK_ENOMEM(subject.realloc(NULL, ends[i]));
        CHECK_ENOMEM(subject.realloc(block, ends[i]));
        CHECK_ENOMEM(subject.aligned_alloc(1, ends[i]));
        CHECK_ENOMEM(subject.aligned_alloc(4096, ends[i]));
        CHECK_ENOMEM(subject.aligned_alloc(65536, ends[i]));
        CHECK_ENOMEM(subject.aligned_realloc(block, 65536, ends[i]));
        CHECK_EQUAL(subject.good_size(ends[i]), ends[i]);
    }
    CHECK(is_filled(block, 8, 5));
    subject.free(block);
}

/* ---- pools taken to their end */

/* The N blocks of a pool lie in its arena, apart from each other, and are the pool's. */
static void check_initial_blocks(size_t pool, void *list)
{
    const struct row *const row = &table.rows[pool];
    unsigned char *low = list, *high = list;
    size_t count = 0;
    for (void **block = list; block != NULL; block = *block, count++) {
        low = (unsigned char *)block < low ? (unsigned char *)block : low;
        high = (unsigned char *)block > high ? (unsigned char *)block : high;
        CHECK_FOR(row->size, subject.owns(block) && subject.usable_size(block) == row->size);
        CHECK_FOR(row->size, (uintptr_t)block % table_promised_alignment(row->size) == 0);
    }
    CHECK_EQUAL(count, row->count);
    CHECK_EQUAL(high - low, (row->count - 1) * row->size);
    CHECK(subject.arena <= low);
}

static void check_next_block(size_t pool, void *block)
{
    const struct row *const row = &table.rows[pool];
    const struct subject_pool stats = subject.stats().pools[pool];
    CHECK_EQUAL(stats.carved, row->count);
    CHECK_EQUAL(stats.grown, row->exhausted == GROW);
    CHECK_EQUAL(stats.fallbacks, row->exhausted != GROW);
    if (row->exhausted == FAIL) {
        CHECK_ENOMEM(block);
        return;
    }
    CHECK(block != NULL &&
          subject.owns(block) == (row->exhausted == GROW || row->exhausted == BORROW));
    CHECK(subject.usable_size(block) >= row->size);
    CHECK((uintptr_t)block % table_promised_alignment(row->size) == 0);
    fill(block, row->size, 1);
}

/* Exactly N from the arena, the next as the table says, one freed and the next succeeds again. */
static void a_pool_holds_exactly_its_count(void)
{
    for (size_t pool = 0; pool < table.count; pool = next_sample(pool)) {
        const struct row *const row = &table.rows[pool];
        void *list;
        CHECK_EQUAL(take_all(row->size, row->count, &list), row->count);
        check_initial_blocks(pool, list);
        errno = 0;
        void *const next = subject.alloc(row->size);
        check_next_block(pool, next);
        void **const one = list;
        list = *one;
        subject.free(one);
        void **const again = must_alloc(row->size);
        CHECK((again == one || (subject.watched && row->exhausted == GROW)) &&
              subject.stats().pools[pool].fallbacks == (row->exhausted != GROW));
        *again = list;
        subject.free(next);
        free_all(again);
    }
}

/* The same through calloc, realloc and the aligned functions. */
static void every_function_knows_the_end_of_a_pool(void)
{
    const struct row *const row = &table.rows[table.count - 1];
    const bool more = row->exhausted != FAIL;
    void *list;
    CHECK_EQUAL(take_all(row->size, row->count, &list), row->count);
    void *const small = table.count > 1 ? must_alloc(table.rows[0].size) : NULL;
    errno = 0;
    void *const others[] = {
        subject.calloc(1, row->size),
        subject.realloc(small, row->size),
        subject.aligned_alloc(8, row->size),
        subject.aligned_calloc(8, 1, row->size),
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        CHECK_FOR(i, (others[i] != NULL) == more && (more || refused_with(ENOMEM)));
        subject.free(others[i]);
    }
    subject.free(more ? NULL : small); /* realloc has freed it, or left it */
    free_all(list);
}

/* In a process of its own, since a segment that a pool has grown by stays that pool's. */
static bool grow_to_the_end(size_t pool)
{
    const struct row *const row = &table.rows[pool];
    void *list, *more;
    const size_t most = take_all(row->size, SIZE_MAX, &list);
    const struct subject_pool stats = subject.stats().pools[pool];
    CHECK_FOR(row->size, stats.grown > 0 && most == row->count + stats.grown);
    CHECK_FOR(row->size, stats.fallbacks == 1);
    void **const one = list;
    list = *one;
    subject.free(one);
    CHECK_EQUAL(take_all(row->size, 2, &more), 1);
    free_all(more);
    free_all(list);
    CHECK_EQUAL(take_all(row->size, SIZE_MAX, &list), most);
    free_all(list);
    return subject.check();
}

static void limited_growth_ends_and_goes_on(void)
{
    for (size_t pool = 0; pool < table.count; pool = next_sample(pool)) {
        CHECK(table.rows[pool].exhausted != GROW || in_child(grow_to_the_end, pool));
    }
}

/* What alloc refuses, realloc refuses too, even of a block that came from malloc. */
static void oversize_is_refused_to_realloc_too(void)
{
    const struct row *const row = &table.rows[table.count - 1];
    void *list;
    CHECK_EQUAL(take_all(row->size, row->count, &list), row->count);
    void *const next = subject.alloc(row->size);
    if (next != NULL) {
        CHECK_ENOMEM(subject.realloc(next, subject.usable_size(next) + 1));
        CHECK_ENOMEM(subject.aligned_realloc(next, 64, row->size * 2));
        subject.free(next);
    }
    CHECK_ENOMEM(subject.realloc(list, row->size + 1));
    free_all(list);
}

static bool refuses_oversize(void)
{
    return !serves_oversize();
}

/* Nothing is believed of memory that nobody has written yet. */
static void an_arena_of_random_bytes_at_start(void)
{
    const size_t bytes = subject.stats().bytes_reserved;
    unsigned state = 12345;
    for (size_t i = 0; i < bytes; i++) {
        state = state * 1664525 + 1013904223;
        subject.arena[i] = (unsigned char)(state >> 24);
    }
    for (size_t pool = 0; pool < table.count; pool = next_sample(pool)) {
        const struct row *const row = &table.rows[pool];
        void *list;
        void *const zeroed = subject.calloc(1, row->size);
        CHECK(zeroed != NULL && is_zero(zeroed, row->size));
        subject.free(zeroed);
        CHECK_EQUAL(take_all(row->size, row->count, &list), row->count);
        check_initial_blocks(pool, list);
        free_all(list);
    }
    CHECK(subject.check());
    subject.trim();
    CHECK(subject.check());
}

const struct test_case size_cases[] = {
    {.name = "every size selects as a plain loop does", .run = every_size_selects_as_a_plain_loop},
    {.name = "every legal size frees by size", .run = every_legal_size_frees_by_size},
    {.name = "the pointer decides, not the size",
     .where = IN_PLAIN_POOLS,
     .run = the_pointer_decides_not_the_size},
    {.name = "every pool grows and shrinks to every other",
     .run = every_pool_grows_and_shrinks_to_every_other},
    {.name = "oversize grows and shrinks",
     .run = oversize_grows_and_shrinks,
     .applies = serves_oversize},
    {.name = "aligned blocks keep their alignment", .run = aligned_blocks_keep_their_alignment},
    {.name = "aligned_realloc moves what lies wrong",
     .where = IN_POOLS,
     .run = aligned_realloc_moves_what_lies_wrong},
    {.name = "shrinking never fails",
     .where = IN_POOLS,
     .run = shrinking_never_fails,
     .applies = first_pool_ends},
    {.name = "2^k +- 32 at alignments 16 to 64 KiB",
     .run = sizes_about_powers_of_two_at_every_alignment},
    {.name = "small sizes at every alignment", .run = small_sizes_at_every_alignment},
    {.name = "a block of the least pool that will do stays",
     .where = IN_PLAIN_POOLS,
     .run = a_block_of_the_least_pool_stays},
    {.name = "SIZE_MAX, PTRDIFF_MAX and their neighbours are ENOMEM",
     .run = sizes_at_the_ends_of_the_range_are_enomem},
    {.name = "a pool holds exactly its count, and then does as the table says",
     .where = IN_POOLS,
     .run = a_pool_holds_exactly_its_count},
    {.name = "every function knows the end of a pool",
     .where = IN_POOLS,
     .run = every_function_knows_the_end_of_a_pool},
    {.name = "limited growth ends, and goes on when a block is freed",
     .where = IN_POOLS,
     .run = limited_growth_ends_and_goes_on,
     .applies = growth_ends},
    {.name = "oversize is refused to realloc too",
     .where = IN_POOLS,
     .run = oversize_is_refused_to_realloc_too,
     .applies = refuses_oversize},
    {.name = "an arena full of random bytes at start",
     .where = IN_PLAIN_POOLS,
     .run = an_arena_of_random_bytes_at_start},
    {.name = NULL},
};
