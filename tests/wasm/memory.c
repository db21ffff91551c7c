/* Growth where memory is a module's: it comes in pages, others grow it too, it ends, and none goes
 * back. */
#include "wasm.h"

#include <stdint.h>
#include <stdlib.h>

enum { PAGE = 65536 };

static size_t memory_pages(void)
{
    return __builtin_wasm_memory_size(0);
}

/* Another's growth; false at the memory's maximum. */
static bool grow_elsewhere(size_t pages)
{
    return __builtin_wasm_memory_grow(0, pages) != SIZE_MAX;
}

static bool grows(void)
{
    return table.grows;
}

static bool grows_without_end(void)
{
    return table.grows && !table.grow_limited;
}

static size_t growing_pool(void)
{
    size_t pool = 0;
    while (table.rows[pool].exhausted != GROW) {
        pool++;
    }
    return pool;
}

static size_t retained(void)
{
    return subject.stats().bytes_retained;
}

/* Pages that pools and big blocks have. */
static size_t used_pages(void)
{
    const struct subject_stats stats = subject.stats();
    return (stats.bytes_reserved - stats.bytes_retained) / PAGE;
}

/* Takes all of a pool's static blocks. */
static void *take_static(size_t pool)
{
    void *list;
    CHECK_EQUAL(take_all(table.rows[pool].size, table.rows[pool].count, &list),
                table.rows[pool].count);
    return list;
}

static void nothing_comes_before_it_is_needed(void)
{
    const size_t before = memory_pages();
    for (size_t pool = 0; pool < table.count; pool = next_sample(pool)) {
        free_all(take_static(pool));
    }
    CHECK_EQUAL(memory_pages(), before);
    CHECK(!subject.idle());
    CHECK_EQUAL(subject.trim(), 0);
}

/* One block more takes a span of its pool, which wastes an eighth at most; the memory grows by
   that, or by a 64th. */
static void one_block_takes_no_more_than_a_span(void)
{
    const size_t pool = growing_pool(), size = table.rows[pool].size;
    void *const list = take_static(pool);
    const size_t before = memory_pages(), used = used_pages();
    const size_t reserved = subject.stats().bytes_reserved;
    void *const more = must_alloc(size);
    const size_t pages = used_pages() - used;
    CHECK_EQUAL(subject.stats().bytes_reserved - reserved, (memory_pages() - before) * PAGE);
    CHECK_EQUAL(memory_pages() - before, pages + before / 64);
    CHECK_EQUAL(subject.stats().pools[pool].grown, 1);
    CHECK(pages >= 1 && (size > PAGE / 8 || pages == 1));
    void *rest;
    const size_t blocks = 1 + take_all(size, (pages * PAGE - PAGE / 64) / size - 2, &rest);
    CHECK_EQUAL(used_pages() - used, pages);
    CHECK_FOR(size, (blocks + 1) * size >= pages * PAGE / 8 * 7 - PAGE / 64);
    subject.free(more);
    free_all(rest);
    free_all(list);
}

/* The pages of a span whose blocks are all free serve any pool, without another's growth. */
static void memory_moves_between_pools(void)
{
    void *statics[64] = {NULL};
    for (size_t pool = 0; pool < table.count && pool < 64; pool++) {
        statics[pool] = table.rows[pool].exhausted == GROW ? take_static(pool) : NULL;
    }
    size_t most = 0;
    for (int round = 0; round < 3; round++) {
        for (size_t pool = 0; pool < table.count && pool < 64; pool++) {
            const size_t size = table.rows[pool].size;
            if (table.rows[pool].exhausted != GROW) {
                continue;
            }
            void *list;
            const size_t blocks = 10 * PAGE / size;
            CHECK_EQUAL(take_all(size, blocks, &list), blocks);
            free_all(list);
            CHECK_EQUAL(subject.stats().bytes_retained % PAGE, 0);
            CHECK(subject.check());
        }
        most = round == 0 ? memory_pages() : most;
        CHECK_EQUAL(memory_pages(), most);
    }
    CHECK(subject.stats().bytes_retained > 0);
    for (size_t pool = 0; pool < table.count && pool < 64; pool++) {
        free_all(statics[pool]);
    }
}

/* Pages of others lie between ours, and are not ours. */
static void others_grow_between(void)
{
    const size_t pool = growing_pool(), size = table.rows[pool].size;
    unsigned char *others[8];
    void *lists[8];
    void *const list = take_static(pool);
    for (size_t i = 0; i < 8; i++) {
        const size_t blocks = 2 * PAGE / size + 1;
        others[i] = (unsigned char *)(memory_pages() * PAGE);
        CHECK(grow_elsewhere(1 + i % 3));
        fill(others[i], (1 + i % 3) * PAGE, (unsigned)i);
        CHECK_EQUAL(take_all(size, blocks, &lists[i]), blocks);
        for (void **block = lists[i]; block != NULL; block = *block) {
            fill(block + 1, size - sizeof *block, 99);
        }
        CHECK(subject.check());
    }
    for (size_t i = 0; i < 8; i++) {
        CHECK_FOR(i, is_filled(others[i], (1 + i % 3) * PAGE, (unsigned)i));
        CHECK(!subject.owns(others[i]) && !subject.owns(others[i] + PAGE - 1));
        free_all(lists[i]);
    }
    CHECK(subject.check());
    free_all(list);
}

/* A C library's malloc takes from the same memory. */
static void a_c_library_s_malloc_beside(void)
{
    const size_t pool = growing_pool(), size = table.rows[pool].size;
    void *const list = take_static(pool);
    void *ours = NULL, *theirs = NULL;
    for (unsigned i = 0; i < 200; i++) {
        void **const mine = must_alloc(size);
        void **const other = malloc(5000);
        CHECK(other != NULL && !subject.owns(other));
        fill(mine + 1, size - sizeof *mine, i);
        fill(other + 1, 5000 - sizeof *other, i + 7);
        *mine = ours, ours = mine;
        *other = theirs, theirs = other;
    }
    for (unsigned i = 200; i-- > 0;) {
        void **const mine = ours, **const other = theirs;
        CHECK_FOR(i, is_filled(mine + 1, size - sizeof *mine, i));
        CHECK_FOR(i, is_filled(other + 1, 5000 - sizeof *other, i + 7));
        ours = *mine, theirs = *other;
        subject.free(mine);
        free(other);
    }
    CHECK(subject.check());
    free_all(list);
}

/* To the memory's maximum, and again. */
static void the_maximum_ends_growth_and_no_shortage_is_false(void)
{
    const size_t pool = growing_pool(), size = table.rows[pool].size;
    while (grow_elsewhere(61)) { /* until little is left */
    }
    void *list;
    const size_t most = take_all(size, SIZE_MAX, &list);
    CHECK(most > table.rows[pool].count);
    CHECK(retained() == 0 && !grow_elsewhere(1));
    CHECK_EQUAL(subject.stats().pools[pool].fallbacks, 1);
    CHECK_ENOMEM(subject.calloc(1, size));
    void **const one = list;
    list = *one;
    subject.free(one);
    CHECK(subject.alloc(size) == one);
    *one = list;
    free_all(one);
    CHECK(subject.check());
    CHECK_EQUAL(take_all(size, SIZE_MAX, &list), most);
    free_all(list);
}

/* The last page of 4 GiB, whose end is address 0. */
static void the_last_page_of_4_gib(void)
{
    const size_t pool = growing_pool(), size = table.rows[pool].size;
    void *const list = take_static(pool);
    while (memory_pages() < 65532 && grow_elsewhere(65532 - memory_pages() > 1024 ? 1024 : 1)) {
    }
    if (memory_pages() != 65532) {
        case_fail(__FILE__, __LINE__, "the host has no 4 GiB: %zu pages", memory_pages());
    }
    void *more;
    const size_t blocks = take_all(size, SIZE_MAX, &more);
    CHECK_EQUAL(memory_pages(), 65536);
    unsigned char *highest = NULL;
    for (void **block = more; block != NULL; block = *block) {
        highest = (unsigned char *)block > highest ? (unsigned char *)block : highest;
        fill(block + 1, size - sizeof *block, 5);
    }
    CHECK((uintptr_t)highest >> 16 == 65535 && subject.owns(highest));
    CHECK_EQUAL(subject.usable_size(highest), size);
    CHECK(!subject.owns((void *)(65530 * (uintptr_t)PAGE)));
    CHECK(subject.check());
    free_all(more);
    CHECK_EQUAL(subject.stats().bytes_retained, 4 * PAGE);
    CHECK_EQUAL(take_all(size, SIZE_MAX, &more), blocks);
    free_all(more);
    free_all(list);
}

/* The limit is of the whole memory, others' pages counted. */
static void the_table_s_limit_counts_all(void)
{
    const size_t limit = ((size_t)32 << 20) / PAGE, pool = growing_pool();
    void *const list = take_static(pool);
    CHECK(grow_elsewhere(limit - memory_pages()));
    CHECK_ENOMEM(subject.alloc(table.rows[pool].size));
    CHECK_EQUAL(memory_pages(), limit);
    free_all(list);
    CHECK(subject.check());
}

static bool has_the_limit(void)
{
    return growth_ends();
}

/* Fresh blocks are not filled again, and used ones are. */
static void calloc_is_zero_in_new_and_in_used_pages(void)
{
    const size_t pool = growing_pool(), size = table.rows[pool].size;
    void *const list = take_static(pool);
    for (int round = 0; round < 3; round++) {
        void *more = NULL;
        for (size_t i = 0; i < 3 * PAGE / size + 2; i++) {
            void **const block = subject.calloc(1, size);
            CHECK(block != NULL && is_zero(block, size));
            fill(block, size, 3);
            *block = more;
            more = block;
        }
        free_all(more);
    }
    free_all(list);
}

/* ---- big blocks: runs of pages */

static bool has_big_blocks(void)
{
    return table.oversize == OS;
}

static void a_big_block_is_whole_pages(void)
{
    const size_t size = table.largest + 3 * PAGE, pages = (size - 1) / PAGE + 1,
                 used = used_pages();
    unsigned char *const block = must_alloc(size);
    CHECK_EQUAL(subject.usable_size(block), pages * PAGE);
    CHECK_EQUAL(used_pages(), used + pages);
    CHECK(!subject.owns(block) && (uintptr_t)block % PAGE == 0);
    const size_t before = memory_pages();
    subject.free(block);
    CHECK_EQUAL(used_pages(), used);
    CHECK(subject.alloc(size) == block);
    CHECK_EQUAL(memory_pages(), before);
}

/* Takes what the memory has more than was asked for, page by page. */
static void take_spare(void)
{
    while (retained() != 0) {
        must_alloc(table.largest + 1 > retained() ? table.largest + 1 : retained());
    }
}

/* As far as pages are free behind it, and at the memory's end by what is added. */
static void a_big_block_is_resized_where_it_is(void)
{
    const size_t least = table.largest / PAGE + 1;
    unsigned char *const block = must_alloc((least + 1) * PAGE);
    fill(block, (least + 1) * PAGE, 1);
    const size_t spare = retained() / PAGE, before = memory_pages();
    CHECK(subject.realloc(block, (least + 1 + spare) * PAGE) == block && retained() == 0);
    CHECK_EQUAL(memory_pages(), before);
    CHECK(subject.realloc(block, (least + 9 + spare) * PAGE) == block);
    CHECK(memory_pages() >= before + 8 && is_filled(block, (least + 1) * PAGE, 1));
    CHECK(subject.realloc(block, (least + 9 + spare) * PAGE + retained()) == block &&
          retained() == 0);
    const size_t all = subject.usable_size(block);
    CHECK(subject.realloc(block, all - 7 * PAGE) == block && retained() == 7 * PAGE);
    CHECK(subject.realloc(block, all - 4 * PAGE) == block && retained() == 4 * PAGE);
    CHECK(grow_elsewhere(1)); /* now the end is not ours */
    CHECK(subject.realloc(block, all) == block && retained() == 0);
    unsigned char *const moved = subject.realloc(block, all + 1);
    CHECK(moved != NULL && moved != block && is_filled(moved, (least + 1) * PAGE, 1));
    CHECK(retained() >= all);
    subject.free(moved);
}

/* What the alignment skips is free for others. */
static void alignments_above_a_page(void)
{
    const size_t size = table.largest + PAGE, pages = (size - 1) / PAGE + 1;
    for (size_t alignment = PAGE; alignment <= 64 * PAGE; alignment *= 2) {
        const size_t reserved = subject.stats().bytes_reserved - retained();
        void *const block = subject.aligned_alloc(alignment, size);
        CHECK_FOR(alignment, block != NULL && (uintptr_t)block % alignment == 0);
        CHECK_EQUAL(subject.stats().bytes_reserved - retained() - reserved, pages * PAGE);
        CHECK_EQUAL(subject.usable_size(block), pages * PAGE);
        fill(block, pages * PAGE, 1);
        subject.free(block);
        CHECK(subject.check());
    }
}

/* Holes between blocks that live are filled, lowest first, and neighbours join. */
static void holes_join(void)
{
    const size_t size = (table.largest / PAGE + 1) * PAGE;
    unsigned char *const all = must_alloc(6 * size), *blocks[6];
    take_spare();
    subject.free(all);
    for (size_t i = 0; i < 6; i++) {
        blocks[i] = must_alloc(size);
        CHECK_FOR(i, blocks[i] == all + i * size);
    }
    subject.free(blocks[1]);
    subject.free(blocks[3]);
    CHECK(subject.alloc(size) == blocks[1]);
    subject.free(blocks[1]);
    subject.free(blocks[2]);
    CHECK(subject.alloc(3 * size) == blocks[1]);
    CHECK_EQUAL(retained(), 0);
}

/* What is free at the memory's end is the head of what grows. */
static void the_end_is_used(void)
{
    const size_t size = (table.largest / PAGE + 1) * PAGE;
    unsigned char *const block = must_alloc(size);
    const size_t spare = retained();
    subject.free(block);
    const size_t before = memory_pages();
    CHECK(subject.alloc(size + spare + 3 * PAGE) == block);
    CHECK_EQUAL(memory_pages(), before + 3 + before / 64);
}

static void a_big_block_freed_twice(void)
{
    void *const block = must_alloc(table.largest + PAGE);
    subject.free(block);
    subject.free(block);
}

static void a_block_of_a_span_that_is_gone(void)
{
    const size_t pool = growing_pool();
    take_static(pool);
    void *const block = must_alloc(table.rows[pool].size);
    subject.free(block);
    subject.free(block);
}

static void usable_size_of_a_block_of_growth_s_middle(void)
{
    const size_t pool = growing_pool();
    take_static(pool);
    subject.usable_size((unsigned char *)must_alloc(table.rows[pool].size) + 1);
}

static void usable_size_of_what_was_not_carved(void)
{
    const size_t pool = growing_pool(), size = table.rows[pool].size;
    take_static(pool);
    subject.usable_size((unsigned char *)must_alloc(size) + size);
}

/* ---- what check sees */

static void check_sees_a_broken_span(void)
{
    const size_t pool = growing_pool(), size = table.rows[pool].size;
    void *const list = take_static(pool);
    void **const block = must_alloc(size), *const other = must_alloc(size);
    subject.free(block);
    CHECK(subject.check());
    void *const next = *block;
    *block = (unsigned char *)other + 1; /* no block */
    CHECK(!subject.check());
    *block = block; /* an endless list */
    CHECK(!subject.check());
    *block = next;
    CHECK(subject.check());
    subject.free(other);
    free_all(list);
}

static void stats_count_what_growth_had_at_most(void)
{
    const size_t pool = growing_pool(), size = table.rows[pool].size;
    void *const list = take_static(pool);
    void *more;
    CHECK_EQUAL(take_all(size, 5, &more), 5);
    CHECK_EQUAL(subject.stats().pools[pool].grown, 5);
    free_all(more);
    void *const one = must_alloc(size);
    CHECK_EQUAL(subject.stats().pools[pool].grown, 5);
    CHECK_EQUAL(take_all(size, 6, &more), 6);
    CHECK_EQUAL(subject.stats().pools[pool].grown, 7);
    CHECK(!table.counters || subject.stats().pools[pool].live == table.rows[pool].count + 7);
    subject.free(one);
    free_all(more);
    free_all(list);
    CHECK(!table.counters || subject.stats().pools[pool].live == 0);
}

static const char foreign[] = "a pointer that this allocator did not return";
static const char inside[] = "a pointer into a pool that is not the start of a block";

const struct test_case wasm_cases[] = {
    {.name = "nothing comes before it is needed", .run = nothing_comes_before_it_is_needed},
    {.name = "one block takes no more than a span",
     .run = one_block_takes_no_more_than_a_span,
     .applies = grows},
    {.name = "memory moves between pools", .run = memory_moves_between_pools, .applies = grows},
    {.name = "others grow between", .run = others_grow_between, .applies = grows},
    {.name = "a C library's malloc beside", .run = a_c_library_s_malloc_beside, .applies = grows},
    {.name = "the maximum ends growth, and no shortage is false",
     .run = the_maximum_ends_growth_and_no_shortage_is_false,
     .applies = grows_without_end},
    {.name = "the last page of 4 GiB", .run = the_last_page_of_4_gib, .applies = grows_without_end},
    {.name = "the table's limit counts all",
     .run = the_table_s_limit_counts_all,
     .applies = has_the_limit},
    {.name = "calloc is zero in new and in used pages",
     .run = calloc_is_zero_in_new_and_in_used_pages,
     .applies = grows},
    {.name = "a big block is whole pages",
     .run = a_big_block_is_whole_pages,
     .applies = has_big_blocks},
    {.name = "a big block is resized where it is",
     .run = a_big_block_is_resized_where_it_is,
     .applies = has_big_blocks},
    {.name = "alignments above a page", .run = alignments_above_a_page, .applies = has_big_blocks},
    {.name = "holes join", .run = holes_join, .applies = has_big_blocks},
    {.name = "what is free at the end is used", .run = the_end_is_used, .applies = has_big_blocks},
    {.name = "a big block freed twice aborts",
     .run = a_big_block_freed_twice,
     .applies = has_big_blocks,
     .crime = foreign},
    {.name = "a block of a span that is gone aborts",
     .run = a_block_of_a_span_that_is_gone,
     .applies = grows,
     .crime = foreign},
    {.name = "usable_size of the middle of a block of growth aborts",
     .run = usable_size_of_a_block_of_growth_s_middle,
     .applies = grows,
     .crime = inside},
    {.name = "usable_size of what was not carved aborts",
     .run = usable_size_of_what_was_not_carved,
     .applies = grows,
     .crime = inside},
    {.name = "check sees a broken span", .run = check_sees_a_broken_span, .applies = grows},
    {.name = "stats count what growth had at most",
     .run = stats_count_what_growth_had_at_most,
     .applies = grows},
    {.name = NULL},
};
