/* Borrowing, hooks and reserves, alone and side by side: which block comes, from where, and what is
 * counted. */
#include "allocator.h"

#include "check.h"
#include "lock.h"

enum { SMALL, NEXT, HOOKED, WIDE, LAST }; /* the rows of ends.yaml */

atomic_uintptr_t lock_owner;
_Thread_local char lock_self;

/* ---- the hook */

static struct {
    size_t calls, pool, size; /* of the last call */
    void *frees[2];           /* what the next calls free, */
    size_t gives_up;          /* and after how many it gives up */
} hook;

bool chip_exhausted(size_t pool, size_t size)
{
    CHECK(atomic_load(&lock_owner) == 0); /* outside of every section */
    hook.calls++;
    hook.pool = pool;
    hook.size = size;
    if (hook.calls >= hook.gives_up) {
        return false;
    }
    chip_free(hook.frees[hook.calls - 1]);
    return true;
}

static void set_hook(size_t gives_up, void *first, void *second)
{
    memset(&hook, 0, sizeof hook);
    hook.gives_up = gives_up;
    hook.frees[0] = first;
    hook.frees[1] = second;
}

static chip_pool_stats_t stats_of(size_t pool)
{
    chip_stats_t stats;
    chip_stats(&stats);
    return stats.pools[pool];
}

static void take(void **blocks, size_t count, size_t size)
{
    for (size_t i = 0; i < count; i++) {
        blocks[i] = chip_alloc(size);
        CHECK(blocks[i] != NULL);
    }
}

static void give(void **blocks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        chip_free(blocks[i]);
    }
}

/* ---- borrowing */

static void a_pool_borrows_of_the_next_that_has_one(void)
{
    static const size_t sizes[] = {16, 16, 16, 16, 24, 24, 64, 64, 128, 128, 256, 256, 256};
    enum { COUNT = sizeof sizes / sizeof sizes[0] };
    void *blocks[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        blocks[i] = chip_alloc(9);
        CHECK(blocks[i] != NULL && chip_usable_size(blocks[i]) == sizes[i]);
    }
    CHECK(chip_alloc(9) == NULL); /* 1 of 64 and 2 of 128 are for interrupts */
    CHECK(stats_of(SMALL).fallbacks == COUNT - 4 + 1);
    CHECK(stats_of(NEXT).fallbacks == 0 && hook.calls == 0);
    CHECK(chip_alloc(17) == NULL && stats_of(NEXT).fallbacks == 1);
    /* A block returns to its owner: the next one of 24 bytes is the one just freed. */
    chip_free(blocks[5]);
    void *const owned = chip_alloc(24);
    CHECK(owned == blocks[5]);
    give(blocks, COUNT);
    CHECK(chip_check());
}

static void a_borrowed_block_is_aligned_as_was_asked(void)
{
    void *first[2], *wide[2];
    take(first, 2, 24);
    take(wide, 2, 128);
    void *const aligned = chip_aligned_alloc(128, 100); /* of 256: none of 128 is left */
    CHECK(aligned != NULL && (uintptr_t)aligned % 128 == 0 && chip_usable_size(aligned) == 256);
    chip_free(aligned);
    give(first, 2);
    give(wide, 2);
}

static void calloc_clears_a_borrowed_block(void)
{
    void *wide[2], *last[3];
    take(wide, 2, 128);
    take(last, 3, 256);
    memset(last[1], 0xee, 256);
    chip_free(last[1]);
    unsigned char *const block = chip_calloc(4, 30);
    CHECK(block == last[1]);
    for (size_t i = 0; block != NULL && i < 120; i++) {
        CHECK(block[i] == 0);
    }
    give(wide, 2);
    give(last, 3);
}

static void the_last_pool_has_nobody_to_borrow_of(void)
{
    void *last[3];
    const size_t before = stats_of(LAST).fallbacks;
    take(last, 3, 256);
    CHECK(chip_alloc(200) == NULL && stats_of(LAST).fallbacks == before + 1);
    give(last, 3);
}

static void a_block_that_may_stay_borrows_none(void)
{
    void *small[4], *hooked[2];
    take(small, 4, 16);
    take(hooked, 2, 64);
    const size_t before = stats_of(SMALL).fallbacks;
    void *const same = chip_realloc(hooked[0], 8); /* of 24 bytes there are two */
    CHECK(same == hooked[0] && stats_of(SMALL).fallbacks == before);
    chip_free(small[3]);
    small[3] = chip_realloc(same, 8);
    CHECK(small[3] != same && chip_usable_size(small[3]) == 16);
    give(small, 4);
    chip_free(hooked[1]);
    CHECK(chip_check());
}

/* ---- hooks */

static void a_hook_that_frees_serves_the_request(void)
{
    void *blocks[2];
    take(blocks, 2, 64);
    set_hook(3, NULL, blocks[1]);
    void *const block = chip_alloc(50);
    CHECK(block == blocks[1]);
    CHECK(hook.calls == 2 && hook.pool == HOOKED && hook.size == 50);
    chip_free(block);
    chip_free(blocks[0]);
}

static void a_hook_that_gives_up_ends_the_request(void)
{
    void *blocks[2];
    const size_t before = stats_of(HOOKED).fallbacks;
    take(blocks, 2, 64);
    set_hook(1, NULL, NULL);
    CHECK(chip_alloc(64) == NULL && hook.calls == 1);
    set_hook(3, NULL, NULL);
    CHECK(chip_alloc(64) == NULL && hook.calls == 3);
    CHECK(stats_of(HOOKED).fallbacks == before + 2); /* a request counts once */
    give(blocks, 2);
}

static void every_function_asks_the_hook(void)
{
    void *blocks[2];
    take(blocks, 2, 64);
    void *const small = chip_alloc(16);
    set_hook(1, NULL, NULL);
    CHECK(chip_calloc(2, 32) == NULL && hook.calls == 1);
    CHECK(chip_aligned_alloc(64, 1) == NULL && hook.calls == 2);
    CHECK(chip_realloc(small, 64) == NULL && hook.calls == 3);
    chip_free(small);
    give(blocks, 2);
}

static void a_block_that_may_stay_asks_no_hook(void)
{
    void *blocks[2], *last[1];
    take(blocks, 2, 64);
    take(last, 1, 256);
    const size_t before = stats_of(HOOKED).fallbacks;
    set_hook(2, blocks[0], NULL);
    void *const same = chip_realloc(last[0], 50);
    CHECK(same == last[0] && hook.calls == 0 && stats_of(HOOKED).fallbacks == before);
    chip_free(same);
    give(blocks, 2);
}

static void no_other_pool_asks_it(void)
{
    void *next[2];
    take(next, 2, 24);
    set_hook(1, NULL, NULL);
    CHECK(chip_alloc(24) == NULL && chip_alloc(257) == NULL && chip_aligned_alloc(4096, 1) == NULL);
    CHECK(hook.calls == 0);
    give(next, 2);
}

/* ---- reserves */

static void the_last_blocks_are_for_interrupts(void)
{
    void *blocks[4];
    take(blocks, 2, 64);
    set_hook(1, NULL, NULL);
    CHECK(chip_alloc(64) == NULL && hook.calls == 1);
    void *const kept = chip_alloc_isr(64);
    CHECK(kept != NULL && chip_usable_size(kept) == 64);
    CHECK(chip_alloc_isr(64) == NULL && hook.calls == 1); /* which calls no hook */
    chip_free(kept);
    CHECK(chip_alloc(64) == NULL); /* what was freed is the reserve again */
    chip_free(blocks[0]);
    blocks[0] = chip_alloc(64);
    CHECK(blocks[0] != NULL);
    give(blocks, 2);
    CHECK(chip_check());
}

static void an_interrupt_takes_of_what_all_have_first(void)
{
    void *all[4];
    for (size_t i = 0; i < 4; i++) {
        all[i] = chip_alloc_isr(128);
        CHECK(all[i] != NULL && chip_usable_size(all[i]) == 128);
    }
    void *const borrowed = chip_alloc_isr(128);
    CHECK(chip_usable_size(borrowed) == 256);
    chip_free(borrowed);
    chip_free(all[0]);
    chip_free(all[1]);
    void *const other = chip_alloc(128); /* two are free, and kept: it borrows */
    CHECK(chip_usable_size(other) == 256);
    chip_free(other);
    chip_free(all[2]);
    void *const own = chip_alloc(128);
    CHECK(chip_usable_size(own) == 128);
    chip_free(own);
    chip_free(all[3]);
    CHECK(chip_check());
}

static void a_request_that_no_pool_serves_is_counted(void)
{
    chip_stats_t stats;
    chip_stats(&stats);
    const size_t before = stats.oversize;
    CHECK(chip_alloc_isr(257) == NULL && chip_alloc(257) == NULL);
    chip_stats(&stats);
    CHECK(stats.oversize == before + 2);
}

int main(void)
{
    static const struct check rows[] = {
        {"a pool borrows of the next that has one", a_pool_borrows_of_the_next_that_has_one},
        {"a borrowed block is aligned as was asked", a_borrowed_block_is_aligned_as_was_asked},
        {"calloc clears a borrowed block", calloc_clears_a_borrowed_block},
        {"the last pool has nobody to borrow of", the_last_pool_has_nobody_to_borrow_of},
        {"a block that may stay borrows none", a_block_that_may_stay_borrows_none},
        {"a hook that frees serves the request", a_hook_that_frees_serves_the_request},
        {"a hook that gives up ends the request", a_hook_that_gives_up_ends_the_request},
        {"every function asks the hook", every_function_asks_the_hook},
        {"a block that may stay asks no hook", a_block_that_may_stay_asks_no_hook},
        {"no other pool asks it", no_other_pool_asks_it},
        {"the last blocks are for interrupts", the_last_blocks_are_for_interrupts},
        {"an interrupt takes of what all have first", an_interrupt_takes_of_what_all_have_first},
        {"a request that no pool serves is counted", a_request_that_no_pool_serves_is_counted},
    };
    return check_all(rows, sizeof rows / sizeof rows[0]);
}
