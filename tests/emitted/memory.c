/* Giving memory back, what the figures say, and what check sees. */
#define _DEFAULT_SOURCE
#include "cases.h"
#include "faults.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

static bool has_a_system(void)
{
    return table.system;
}

static bool has_no_system(void)
{
    return !table.system;
}

static bool counts(void)
{
    return table.counters;
}

/* The pool with the most bytes, which fills the most pages. */
static size_t widest_pool(void)
{
    size_t widest = 0;
    for (size_t pool = 0; pool < table.count; pool++) {
        const struct row *const row = &table.rows[pool], *const best = &table.rows[widest];
        widest = row->size * row->count > best->size * best->count ? pool : widest;
    }
    return widest;
}

static size_t page(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* Pages of the static arenas that have memory. */
static size_t resident_pages(void)
{
    static unsigned char resident[65536];
    const size_t bytes = subject.stats().bytes_reserved;
    const uintptr_t first = ((uintptr_t)subject.arena + page() - 1) & ~(page() - 1);
    const size_t pages = ((uintptr_t)subject.arena + bytes - first) / page();
    size_t count = 0;
    CHECK(pages <= sizeof resident);
    CHECK(mincore((void *)first, pages * page(), resident) == 0);
    for (size_t i = 0; i < pages; i++) {
        count += resident[i] & 1;
    }
    return count;
}

/* Takes all of a pool's static arena, writes to it and frees it. */
static void use_up(size_t pool)
{
    const struct row *const row = &table.rows[pool];
    void *list;
    CHECK_EQUAL(take_all(row->size, row->count, &list), row->count);
    for (void **block = list; block != NULL; block = *block) {
        fill(block + 1, row->size - sizeof *block, 1);
    }
    free_all(list);
}

static void trim_gives_pages_back_and_they_serve_again(void)
{
    const size_t pool = widest_pool();
    const struct row *const row = &table.rows[pool];
    const size_t pages = row->size * row->count / page();
    for (int round = 0; round < 3; round++) {
        use_up(pool);
        const size_t before = resident_pages();
        const size_t given = subject.trim();
        CHECK_EQUAL(given % page(), 0);
        CHECK_EQUAL(before - resident_pages(), given / page());
        CHECK_FOR(given, pages < 2 || given / page() + 2 >= pages);
        CHECK_EQUAL(subject.trim(), 0);
        CHECK(subject.check());
        CHECK_EQUAL(subject.stats().pools[pool].carved, row->count);
        CHECK_EQUAL(subject.stats().pools[pool].grown, 0);
    }
    use_up(pool);
    CHECK_EQUAL(subject.stats().pools[pool].fallbacks, 0);
}

static void trim_leaves_live_blocks_alone(void)
{
    const size_t pool = widest_pool();
    const struct row *const row = &table.rows[pool];
    void *all, *live = NULL;
    take_all(row->size, row->count, &all);
    for (size_t i = 0; all != NULL; i++) {
        void **const block = all;
        all = *block;
        if (i % 37 == 0) {
            fill(block + 1, row->size - sizeof *block, (unsigned)i);
            *block = live;
            live = block;
        } else {
            subject.free(block);
        }
    }
    subject.trim();
    size_t i = (row->count - 1) / 37 * 37;
    for (void **block = live; block != NULL; block = *block, i -= 37) {
        CHECK_FOR(i, is_filled(block + 1, row->size - sizeof *block, (unsigned)i));
    }
    free_all(live);
}

static void a_refused_trim_loses_nothing(void)
{
    const size_t pool = widest_pool();
    use_up(pool);
    faults = (struct faults){.calls = FAULT_MADVISE, .first = 1, .for_ever = true};
    CHECK_EQUAL(subject.trim(), 0);
    CHECK(subject.check());
    use_up(pool);
    CHECK_EQUAL(subject.stats().pools[pool].fallbacks + subject.stats().pools[pool].grown, 0);
}

static void trim_is_0_without_a_system(void)
{
    use_up(widest_pool());
    CHECK_EQUAL(subject.trim(), 0);
}

static bool gives_nothing_by_itself(void)
{
    return !table.decays || !table.system;
}

static void idle_changes_nothing_that_can_be_seen(void)
{
    for (size_t pool = 0; pool < table.count; pool = next_sample(pool)) {
        use_up(pool);
        faults.spoil_errno = true;
        for (int step = 0; step < 1000; step++) {
            errno = EDOM;
            (void)subject.idle();
            CHECK_EQUAL(errno, EDOM);
        }
        faults.spoil_errno = false;
        CHECK(subject.check());
        use_up(pool);
        CHECK_EQUAL(subject.stats().pools[pool].carved, table.rows[pool].count);
        CHECK(subject.watched || subject.stats().pools[pool].grown == 0);
    }
}

static void idle_has_nothing_to_do(void)
{
    CHECK(!subject.idle());
    use_up(widest_pool());
    CHECK(!subject.idle());
}

/* What the system refuses is retained, whole pages or not. */
static void stats_know_what_is_retained_until_trim(void)
{
    const struct row *const row = &table.rows[widest_pool()];
    CHECK_EQUAL(subject.stats().bytes_retained, 0);
    use_up(widest_pool());
    CHECK(subject.stats().bytes_retained <= subject.stats().bytes_committed);
    faults = (struct faults){.calls = FAULT_MADVISE, .first = 1, .for_ever = true};
    CHECK_EQUAL(subject.trim(), 0);
    faults = (struct faults){.calls = FAULT_NONE};
    if (row->size * row->count >= 4 * page()) {
        CHECK(subject.stats().bytes_retained + 2 * page() >= row->size * row->count);
    }
    CHECK(subject.trim() != 0 || row->size * row->count < 4 * page());
    CHECK(subject.stats().bytes_retained <= 2 * page());
}

static bool has_caches(void)
{
    return table.shared && table.cached;
}

/* Whether its spans have it, or batches wait for other threads. */
static void stats_count_what_no_cache_holds_as_retained(void)
{
    const struct row *const row = &table.rows[widest_pool()];
    faults = (struct faults){.calls = FAULT_MADVISE, .first = 1, .for_ever = true};
    use_up(widest_pool());
    subject.thread_flush();
    CHECK_EQUAL(subject.stats().bytes_retained, row->size * row->count);
}

static void flush_changes_nothing_that_can_be_seen(void)
{
    for (size_t pool = 0; pool < table.count; pool = next_sample(pool)) {
        use_up(pool);
        subject.thread_flush();
        subject.thread_flush();
        CHECK(subject.check());
        use_up(pool);
        CHECK_EQUAL(subject.stats().pools[pool].carved, table.rows[pool].count);
        CHECK(subject.watched || subject.stats().pools[pool].grown == 0);
    }
}

static void stats_start_from_nothing(void)
{
    const struct subject_stats stats = subject.stats();
    size_t bytes = 0;
    CHECK_EQUAL(stats.pool_count, table.count);
    CHECK_EQUAL(stats.oversize, 0);
    for (size_t pool = 0; pool < table.count; pool++) {
        const struct subject_pool *const p = &stats.pools[pool];
        CHECK(p->size == table.rows[pool].size && p->initial_count == table.rows[pool].count);
        CHECK_EQUAL(p->carved + p->grown + p->fallbacks, 0);
        CHECK_EQUAL(p->allocs + p->frees + p->live + p->first_uses, 0);
        bytes += p->size * p->initial_count;
    }
    CHECK(stats.bytes_reserved >= bytes && stats.bytes_committed == stats.bytes_reserved);
}

static size_t blocks_used(size_t pool)
{
    const struct subject_pool p = subject.stats().pools[pool];
    return p.carved + p.grown;
}

static void stats_count_blocks_used_and_oversize(void)
{
    const size_t last = table.count - 1;
    void *const block = must_alloc(table.largest);
    subject.free(subject.alloc(table.largest));
    CHECK_EQUAL(blocks_used(last), 2);
    subject.free(block);
    subject.free(must_alloc(table.largest));
    CHECK_EQUAL(blocks_used(last), 2);
    subject.free(subject.alloc(table.largest + 1));
    subject.free(subject.aligned_alloc(8192, table.largest + 1));
    CHECK_EQUAL(subject.stats().oversize, 2);
}

static void stats_count_growth_and_its_memory(void)
{
    const struct row *const row = &table.rows[table.count - 1];
    const struct subject_stats before = subject.stats();
    void *list;
    if (row->exhausted != GROW) {
        return;
    }
    CHECK_EQUAL(take_all(row->size, row->count + 1, &list), row->count + 1);
    const struct subject_stats after = subject.stats();
    CHECK_EQUAL(after.pools[table.count - 1].grown, 1);
    CHECK(after.bytes_committed >= before.bytes_committed + row->size);
    CHECK(after.bytes_reserved >= after.bytes_committed);
    free_all(list);
}

static bool maps_oversize(void)
{
    return table.oversize == OS;
}

static void stats_count_mappings(void)
{
    const size_t size = table.largest + 100000;
    const struct subject_stats before = subject.stats();
    void *const first = must_alloc(size);
    void *const second = subject.realloc(must_alloc(size), size * 3);
    CHECK(second != NULL);
    const struct subject_stats during = subject.stats();
    CHECK(during.bytes_committed >= before.bytes_committed + size * 4);
    CHECK(during.bytes_committed <= before.bytes_committed + size * 4 + 4 * page());
    CHECK_EQUAL(during.bytes_reserved - before.bytes_reserved,
                during.bytes_committed - before.bytes_committed);
    subject.free(first);
    subject.free(second);
    CHECK(subject.trim() >= size * 4);
    CHECK_EQUAL(subject.stats().bytes_committed, before.bytes_committed);
    CHECK_EQUAL(subject.stats().bytes_reserved, before.bytes_reserved);
}

static void counters_are_exact(void)
{
    const size_t last = table.count - 1;
    void *const a = must_alloc(table.largest);
    void *const b = subject.calloc(1, table.largest);
    void *const c = subject.aligned_alloc(1, table.largest);
    subject.free(b);
    void *const d = subject.realloc(NULL, table.largest);
    void *const e = subject.realloc(d, table.largest);
    const size_t moved = subject.watched; /* and b and d wait */
    CHECK((e != d) == moved);
    struct subject_pool p = subject.stats().pools[last];
    CHECK_EQUAL(p.allocs, 4 + moved);
    CHECK_EQUAL(p.frees, 1 + moved);
    CHECK_EQUAL(p.live, 3);
    CHECK_EQUAL(p.first_uses, 3 + 2 * moved);
    subject.free(a);
    subject.free_sized(c, table.largest);
    subject.free(e);
    p = subject.stats().pools[last];
    CHECK(p.allocs == 4 + moved && p.frees == p.allocs && p.live == 0);
    CHECK_EQUAL(p.first_uses, 3 + 2 * moved);
}

/* Blocks given back and carved again count as reused. */
static void counters_know_reuse_after_trim(void)
{
    const size_t pool = widest_pool(), count = table.rows[pool].count;
    use_up(pool);
    subject.trim();
    use_up(pool);
    const struct subject_pool p = subject.stats().pools[pool];
    CHECK(p.allocs == 2 * count && p.frees == 2 * count && p.live == 0);
    CHECK_EQUAL(p.first_uses, count);
}

/* Where they lay meanwhile: under a tool they wait, until their pool is at its end. */
static void counters_know_reuse_at_a_pools_end(void)
{
    const size_t pool = widest_pool(), count = table.rows[pool].count;
    use_up(pool);
    use_up(pool);
    const struct subject_pool p = subject.stats().pools[pool];
    CHECK(p.allocs == 2 * count && p.frees == 2 * count && p.live == 0);
    CHECK(p.first_uses == count + p.grown);
}

static void counters_tell_refusals_from_blocks(void)
{
    const size_t last = table.count - 1;
    const struct row *const row = &table.rows[last];
    void *list;
    take_all(row->size, row->count, &list);
    void *const other = subject.alloc(row->size);
    const struct subject_pool p = subject.stats().pools[last];
    CHECK_EQUAL(p.allocs, row->count + (row->exhausted == GROW));
    subject.free(other);
    free_all(list);
    CHECK_EQUAL(subject.stats().pools[last].live, 0);
}

static void exit_well(int signal)
{
    (void)signal;
    _exit(0);
}

/* Or the second free itself, where no list holds the block. */
static bool check_sees_a_double_free(size_t size)
{
    void *const block = must_alloc(size);
    subject.free(block);
    signal(SIGABRT, exit_well);
    subject.free(block);
    return !subject.check();
}

/* Of the first pool: a cache that holds any blocks holds those. */
static bool check_sees_a_broken_link(size_t size)
{
    void **const block = must_alloc(size);
    subject.free(block);
    *block = (unsigned char *)block + 1;
    return !subject.check();
}

/* Blocks that no cache holds leave no link to look at, so a table with caches, or one thread. */
static bool keeps_lists(void)
{
    return table.cached || !table.shared;
}

static void check_sees_what_is_not_sound(void)
{
    for (size_t pool = 0; pool < table.count; pool = next_sample(pool)) {
        CHECK(in_child(check_sees_a_double_free, table.rows[pool].size));
    }
    CHECK(in_child(check_sees_a_broken_link, table.rows[0].size));
}

const struct test_case memory_cases[] = {
    {.name = "trim gives pages back, and they serve again",
     .where = IN_POOLS,
     .run = trim_gives_pages_back_and_they_serve_again,
     .applies = has_a_system,
     .bare = true},
    {.name = "trim leaves live blocks alone",
     .where = IN_POOLS,
     .run = trim_leaves_live_blocks_alone},
    {.name = "a trim that the system refuses loses nothing",
     .where = IN_POOLS,
     .run = a_refused_trim_loses_nothing,
     .applies = has_a_system},
    {.name = "trim is 0 without a system",
     .where = IN_POOLS,
     .run = trim_is_0_without_a_system,
     .applies = has_no_system},
    {.name = "idle loses nothing and keeps errno",
     .where = IN_POOLS,
     .run = idle_changes_nothing_that_can_be_seen},
    {.name = "idle has nothing to do where nothing goes back by itself",
     .where = IN_POOLS,
     .run = idle_has_nothing_to_do,
     .applies = gives_nothing_by_itself},
    {.name = "stats know what is retained, until trim",
     .where = IN_POOLS,
     .run = stats_know_what_is_retained_until_trim,
     .applies = has_a_system},
    {.name = "stats count what no cache holds as retained",
     .where = IN_PLAIN_POOLS,
     .run = stats_count_what_no_cache_holds_as_retained,
     .applies = has_caches},
    {.name = "thread_flush loses nothing",
     .where = IN_POOLS,
     .run = flush_changes_nothing_that_can_be_seen},
    {.name = "stats start from nothing", .where = IN_POOLS, .run = stats_start_from_nothing},
    {.name = "stats count blocks used and oversize requests",
     .where = IN_PLAIN_POOLS,
     .run = stats_count_blocks_used_and_oversize},
    {.name = "stats count growth and its memory",
     .where = IN_POOLS,
     .run = stats_count_growth_and_its_memory},
    {.name = "stats count mappings, until they are given back",
     .where = IN_PLAIN_POOLS,
     .run = stats_count_mappings,
     .applies = maps_oversize},
    {.name = "counters are exact", .where = IN_POOLS, .run = counters_are_exact, .applies = counts},
    {.name = "counters know reuse after trim",
     .where = IN_POOLS,
     .run = counters_know_reuse_after_trim,
     .applies = counts},
    {.name = "counters know reuse at a pool's end",
     .where = IN_POOLS,
     .run = counters_know_reuse_at_a_pools_end,
     .applies = counts},
    {.name = "counters tell refusals from blocks",
     .where = IN_POOLS,
     .run = counters_tell_refusals_from_blocks,
     .applies = counts},
    {.name = "check sees what is not sound",
     .where = IN_PLAIN_POOLS,
     .run = check_sees_what_is_not_sound,
     .applies = keeps_lists},
    {.name = NULL},
};
