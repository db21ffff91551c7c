/* What happens at a pool's end: exactly there, and only there. */
#include "cases.h"

size_t blocks_for(size_t row, bool interrupt)
{
    size_t blocks = 0;
    do {
        blocks += rows[row].count - (interrupt ? 0 : rows[row].reserve);
    } while (rows[row].exhausted == 'b' && ++row < ROWS);
    return blocks;
}

/* Free one, and one is to be had. */
static void check_end(size_t row, void *(*alloc)(size_t size), void **list)
{
    const size_t size = rows[row].size;
    CHECK_FOR(row, alloc(size) == NULL);
    void *block = *list;
    *list = *(void **)block;
    chip_free(block);
    void **again = alloc(size);
    CHECK_FOR(row, again != NULL && alloc(size) == NULL);
    *again = *list;
    *list = again;
}

static void a_pool_serves_exactly_its_count(void)
{
    for (size_t row = 0; row < ROWS; row++) {
        for (int round = 0; round < 2; round++) {
            void *list;
            const size_t count = take_all(alloc_called, rows[row].size, all_blocks(), &list);
            CHECK_FOR(row, count == blocks_for(row, false));
            check_end(row, alloc_called, &list);
            CHECK(chip_check());
            free_all(list);
        }
    }
}

static void failures_and_high_water_marks_are_counted(void)
{
    chip_stats_t before, after;
    for (size_t row = 0; row < ROWS; row++) {
        void *list;
        chip_stats(&before);
        (void)take_all(alloc_called, rows[row].size, all_blocks(), &list);
        free_all(list);
        chip_stats(&after);
        CHECK_FOR(row, after.pools[row].fallbacks > before.pools[row].fallbacks);
        const size_t carved = rows[row].count - rows[row].reserve;
        CHECK_FOR(row, after.pools[row].carved >= carved);
        CHECK_FOR(row, after.pools[row].least_free == rows[row].count - after.pools[row].carved);
    }
}

#ifdef COUNTERS
static void counters_add_up(void)
{
    chip_stats_t before, held, after;
    for (size_t row = 0; row < ROWS; row++) {
        void *list;
        chip_stats(&before);
        const size_t count = take_all(alloc_called, rows[row].size, 3, &list);
        chip_stats(&held);
        free_all(list);
        chip_stats(&after);
        CHECK_FOR(row, before.pools[row].live == 0 && held.pools[row].live == count &&
                           after.pools[row].live == 0);
        CHECK_FOR(row, held.pools[row].allocs == before.pools[row].allocs + count);
        CHECK_FOR(row, after.pools[row].frees == before.pools[row].frees + count);
        CHECK_FOR(row, after.pools[row].first_uses == after.pools[row].carved);
    }
}
#endif

#ifdef CRITICAL
static void the_reserve_is_for_interrupts(void)
{
    for (size_t row = 0; row < ROWS; row++) {
        void *list, *kept;
        CHECK_FOR(row, take_all(alloc_called, rows[row].size, all_blocks(), &list) ==
                           blocks_for(row, false));
        const size_t more = blocks_for(row, true) - blocks_for(row, false);
        CHECK_FOR(row, take_all(chip_alloc_isr, rows[row].size, all_blocks(), &kept) == more);
        if (more != 0) {
            check_end(row, chip_alloc_isr, &kept);
        }
        /* What comes back fills the reserve before others are served. */
        free_all(kept);
        CHECK_FOR(row, alloc_called(rows[row].size) == NULL);
        free_all(list);
    }
}
#endif

#ifdef HOOK
static void the_hook_may_free_and_try_again(void)
{
    for (size_t row = 0; row < ROWS; row++) {
        if (rows[row].exhausted != 'h') {
            continue;
        }
        void *list;
        (void)take_all(alloc_called, rows[row].size, all_blocks(), &list);
        hook = (struct hook){.give = NULL};
        CHECK_FOR(row, alloc_called(rows[row].size - 1) == NULL);
        CHECK_FOR(row, hook.calls == 1 && hook.pool == row && hook.size == rows[row].size - 1);
        hook = (struct hook){.give = list};
        list = *(void **)list;
        void **again = alloc_called(rows[row].size);
        CHECK_FOR(row, again != NULL && hook.calls == 1 && hook.give == NULL);
        *again = list;
        hook = (struct hook){.give = NULL};
        CHECK_FOR(row, chip_alloc_isr(rows[row].size) != NULL || hook.calls == 0);
        free_all(again);
    }
}
#endif

const struct test_case shortage_cases[] = {
    {"a pool serves exactly its count", a_pool_serves_exactly_its_count},
    {"failures and high-water marks are counted", failures_and_high_water_marks_are_counted},
#ifdef COUNTERS
    {"counters add up", counters_add_up},
#endif
#ifdef CRITICAL
    {"the reserve is for interrupts", the_reserve_is_for_interrupts},
#endif
#ifdef HOOK
    {"the hook may free and try again", the_hook_may_free_and_try_again},
#endif
    {NULL, NULL},
};
