/* What threads do to each other while they run. */
#include "tests.h"

#include "harness.h"
#include "subject.h"
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>

static const size_t sizes[] = {20, 64, 100, 256, 1000, 4096, 10000, 65536, 300000};
enum { SIZES = sizeof sizes / sizeof sizes[0], THREADS = 3, HELD = 32 };

/* ---- Cross-thread free: what one thread allocates another frees ---- */

enum { SLOTS = 64 };
static _Atomic(size_t *) slots[SLOTS]; /* the first word of each block is its size */

static void *swap_blocks(void *number)
{
    uint64_t random = (uintptr_t)number + 1;
    for (unsigned long i = repeat(300000, 15000); i > 0; i--) {
        const size_t size = sizes[random_next(&random) % SIZES];
        const size_t filled = size < 64 ? size : 64;
        size_t *const block = th_alloc(size);
        CHECK(block != NULL);
        *block = size;
        fill(block + 1, filled - sizeof size, size);
        size_t *const other = atomic_exchange(&slots[random_next(&random) % SLOTS], block);
        if (other != NULL) {
            const size_t seen = *other < 64 ? *other : 64;
            CHECK(th_usable_size(other) >= *other);
            CHECK(is_filled(other + 1, seen - sizeof size, *other));
            th_free(other);
        }
    }
    return number;
}

void test_cross_thread_free(void)
{
    free_early();
    run_threads(THREADS, swap_blocks);
    for (size_t i = 0; i < SLOTS; i++) {
        th_free(atomic_exchange(&slots[i], NULL));
    }
    CHECK(subject_live() == 0);
    CHECK(th_check());
}

/* ---- Big blocks: ranges of pages that are split, joined, grown and given back by all ---- */

enum { BIG_SLOTS = 12, BIG_LEAST = 300000, BIG_SPREAD = 3000000, STRIDE = 1024 };
static _Atomic(size_t *) big_slots[BIG_SLOTS];

/* A word in every kilobyte says whose block it is: its own size. */
static void mark(size_t *block, size_t size)
{
    for (size_t i = 0; i < size / sizeof size; i += STRIDE / sizeof size) {
        block[i] = size;
    }
}

static bool is_marked(const size_t *block, size_t bytes)
{
    for (size_t i = 0; i < bytes / sizeof bytes; i += STRIDE / sizeof bytes) {
        if (block[i] != block[0]) {
            return false;
        }
    }
    return true;
}

static void *swap_big_blocks(void *number)
{
    uint64_t random = (uintptr_t)number + 1;
    for (unsigned long i = repeat(20000, 600); i > 0; i--) {
        const size_t size = BIG_LEAST + (size_t)(random_next(&random) % BIG_SPREAD);
        size_t *const block = th_alloc(size);
        CHECK(block != NULL);
        mark(block, size);
        size_t *other = atomic_exchange(&big_slots[random_next(&random) % BIG_SLOTS], block);
        if (other != NULL && i % 4 == 0) {
            const size_t old = *other,
                         resized = BIG_LEAST + (size_t)(random_next(&random) % BIG_SPREAD);
            other = th_realloc(other, resized);
            CHECK(other != NULL && is_marked(other, old < resized ? old : resized));
            mark(other, resized);
        }
        if (i % 64 == 0) {
            th_trim();
        }
        CHECK(other == NULL || is_marked(other, *other));
        th_free(other);
    }
    return number;
}

void test_big_blocks(void)
{
    run_threads(THREADS, swap_big_blocks);
    for (size_t i = 0; i < BIG_SLOTS; i++) {
        th_free(atomic_exchange(&big_slots[i], NULL));
    }
    CHECK(th_check());
    th_trim();
    CHECK(subject_mapped() == 0);
}

/* ---- A pool at its end, asked again and again ---- */

enum { EXACT = 256 };

static void *ask_again(void *unused)
{
    for (unsigned long i = repeat(50000000, 500000); i > 0; i--) {
        CHECK(th_alloc(16) == NULL);
    }
    return unused;
}

void test_exhausted_cursor(void)
{
    void *blocks[EXACT];
    for (size_t i = 0; i < EXACT; i++) {
        blocks[i] = th_alloc(16);
        CHECK(blocks[i] != NULL);
    }
    run_threads(2, ask_again);
    CHECK(errno == 0 || errno == ENOMEM);
    th_free(blocks[7]);
    void *const again = th_alloc(16);
    CHECK(again == blocks[7]);
    CHECK(th_alloc(16) == NULL && errno == ENOMEM);
    th_stats_t stats;
    th_stats(&stats);
    CHECK(stats.pools[0].carved == EXACT && stats.pools[0].live == EXACT);
    CHECK(th_check());
}

/* ---- Growth by several threads at once ---- */

enum { GROWN = 100 };
static pthread_barrier_t barrier;

static void *grow(void *number)
{
    static const size_t large[] = {65536, 4096, 65536};
    const size_t size = large[(uintptr_t)number];
    void *blocks[GROWN];
    pthread_barrier_wait(&barrier);
    for (size_t i = 0; i < GROWN; i++) {
        blocks[i] = th_alloc(size);
        CHECK(blocks[i] != NULL && th_owns(blocks[i]));
        fill(blocks[i], 64, (uintptr_t)number);
    }
    pthread_barrier_wait(&barrier);
    for (size_t i = 0; i < GROWN; i++) {
        CHECK(is_filled(blocks[i], 64, (uintptr_t)number));
        th_free(blocks[i]);
    }
    return number;
}

void test_race_growth(void)
{
    free_early();
    pthread_barrier_init(&barrier, NULL, THREADS);
    for (unsigned long i = repeat(50, 5); i > 0; i--) {
        run_threads(THREADS, grow);
        CHECK(subject_live() == 0);
        CHECK(th_check());
    }
    th_stats_t stats;
    th_stats(&stats);
    /* Each round finds what the one before left. */
    CHECK(stats.pools[4].grown <= 3 * GROWN && stats.pools[3].grown <= 2 * GROWN);
}

/* ---- Figures ---- */

static void *count_calls(void *unused)
{
    void *held[HELD] = {NULL};
    uint64_t random = 88172645463325252;
    for (unsigned i = 0; i < 10000; i++) {
        void **const slot = &held[random_next(&random) % HELD];
        th_free(*slot);
        *slot = th_alloc(256);
    }
    unsigned kept = 0;
    for (size_t i = 0; i < HELD; i++) {
        if (held[i] != NULL && ++kept > 5) {
            th_free(held[i]);
        }
    }
    return unused;
}

void test_counters(void)
{
    th_stats_t before, after;
    th_stats(&before);
    for (unsigned round = 1; round <= 5; round++) {
        run_threads(THREADS, count_calls);
        th_stats(&after);
        const th_pool_stats_t *const pool = &after.pools[2];
        CHECK(pool->allocs - before.pools[2].allocs == UINT64_C(10000) * THREADS * round);
        CHECK(pool->live - before.pools[2].live == UINT64_C(5) * THREADS * round);
        CHECK(pool->live == pool->allocs - pool->frees);
        CHECK(pool->first_uses <= pool->carved + pool->grown);
        CHECK(pool->first_uses >= pool->live &&
              pool->first_uses <= HELD * THREADS * 2 + pool->live + 600);
        CHECK(after.pools[1].allocs == before.pools[1].allocs);
    }
}

static atomic_bool done;

static void *read_stats(void *unused)
{
    th_stats_t stats;
    while (!atomic_load_explicit(&done, memory_order_relaxed)) {
        th_stats(&stats);
        for (size_t pool = 0; pool < TH_POOLS; pool++) {
            CHECK(stats.pools[pool].carved <= stats.pools[pool].initial_count);
            CHECK(stats.pools[pool].grown < SIZE_MAX / 2);
            CHECK(stats.pools[pool].live <= stats.pools[pool].allocs);
            CHECK(stats.bytes_committed <= stats.bytes_reserved);
        }
    }
    return unused;
}

static void *come_and_go(void *unused)
{
    for (unsigned long i = repeat(300, 30); i > 0; i--) {
        run_thread(count_calls);
    }
    return unused;
}

static void *read_or_go(void *number)
{
    if (number == NULL) {
        return read_stats(number);
    }
    come_and_go(number);
    atomic_store_explicit(&done, true, memory_order_relaxed);
    return number;
}

void test_stats_while_running(void)
{
    run_threads(2, read_or_go);
}

/* ---- What a cache holds ---- */

static void *hold_at_most(void *number)
{
    enum { MANY = 2000 };
    static __thread void *held[MANY];
    uint64_t random = (uintptr_t)number * 7919 + 1;
    for (unsigned long i = repeat(200000, 20000); i > 0; i--) {
        void **const slot = &held[random_next(&random) % MANY];
        th_free(*slot);
        *slot =
            random_next(&random) % 3 == 0 ? NULL : th_alloc(sizes[random_next(&random) % SIZES]);
        if (i % 512 == 0) {
            CHECK(subject_cache_bytes() <= THREAD_CACHE_BYTES);
        }
    }
    for (size_t i = 0; i < MANY; i++) {
        th_free(held[i]);
        CHECK(subject_cache_bytes() <= THREAD_CACHE_BYTES);
    }
    return number;
}

void test_cache_bound(void)
{
    free_early();
    run_threads(THREADS, hold_at_most);
    CHECK(subject_live() == 0);
    CHECK(th_check());
}

/* ---- Address space at its end ---- */

/* Both threads begin before either takes what there is, and stay: it leaves no room for a stack. */
static pthread_barrier_t both_began;

static void *take_what_there_is(void *unused)
{
    enum { MOST = 4096, ROUNDS = 3 };
    static __thread void *blocks[MOST];
    pthread_barrier_wait(&both_began);
    for (unsigned round = 0; round < ROUNDS; round++) {
        size_t count = 0;
        while (count < MOST && (blocks[count] = th_alloc(65536)) != NULL) {
            fill(blocks[count], 32, count);
            count++;
        }
        CHECK(count < MOST && errno == ENOMEM);
        for (size_t i = 0; i < count; i++) {
            CHECK(is_filled(blocks[i], 32, i));
            th_free(blocks[i]);
        }
    }
    return unused;
}

void test_no_memory(void)
{
    /* Little enough that the reservation must shrink, and that it ends. */
    const struct rlimit limit = {192 << 20, 192 << 20};
    CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
    CHECK(pthread_barrier_init(&both_began, NULL, 2) == 0);
    run_threads(2, take_what_there_is);
    CHECK(th_check());
    th_stats_t stats;
    th_stats(&stats);
    CHECK(stats.pools[4].grown > 100 && stats.pools[4].fallbacks >= 2);
    CHECK(stats.bytes_reserved < 192 << 20);
}
