/* How threads begin and end, and what that must not cost. */
#include "tests.h"

#include "harness.h"
#include "subject.h"
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static const size_t sizes[] = {40, 64, 200, 256, 3000, 4096, 60000};
enum { SIZES = sizeof sizes / sizeof sizes[0], EXACT = 256, BATCH = 4, WINDOW = 64 };

/* ---- Before main and after exit's handlers ---- */

static void *early;

__attribute__((constructor(101))) static void allocate_early(void)
{
    early = th_alloc(100);
    fill(early, 100, 5);
}

void free_early(void)
{
    th_free(early);
}

__attribute__((destructor(101))) static void allocate_late(void)
{
    void *const block = th_realloc(th_calloc(3, 30), 5000);
    fill(block, 5000, 1);
    if (!is_filled(block, 5000, 1)) {
        _Exit(1);
    }
    th_free(block);
}

/* ---- Blocks outlive their thread ---- */

static void *left[SIZES];

static void *leave_blocks(void *unused)
{
    for (size_t i = 0; i < SIZES; i++) {
        left[i] = th_alloc(sizes[i]);
        fill(left[i], sizes[i], i);
    }
    return unused;
}

static void *find_blocks(void *unused)
{
    for (size_t i = 0; i < SIZES; i++) {
        CHECK(is_filled(left[i], sizes[i], i));
        th_free(left[i]);
    }
    return unused;
}

void test_blocks_outlive_their_thread(void)
{
    free_early();
    for (unsigned long i = repeat(500, 50); i > 0; i--) {
        run_thread(leave_blocks);
        run_thread(find_blocks);
    }
    CHECK(subject_live() == 0);
    CHECK(th_check());
}

/* ---- Ten thousand short threads ---- */

static void *live_shortly(void *unused)
{
    void *blocks[SIZES];
    for (size_t i = 0; i < SIZES; i++) {
        blocks[i] = th_alloc(sizes[i]);
        fill(blocks[i], 32, i);
    }
    for (size_t i = 0; i < SIZES; i++) {
        CHECK(is_filled(blocks[i], 32, i));
        th_free(blocks[i]);
    }
    return unused;
}

void test_short_threads(void)
{
    free_early();
    const unsigned at_once = 4;
    th_stats_t before, after;
    for (unsigned i = 0; i < 20; i++) {
        run_threads(at_once, live_shortly);
    }
    const size_t blocks = subject_used();
    th_stats(&before);
    for (unsigned long i = repeat(10000, 1000) / at_once; i > 0; i--) {
        run_threads(at_once, live_shortly);
    }
    th_stats(&after);
    CHECK(subject_caches() <= 2 * (at_once + 1));
    /* A pool may come to need what all threads hold at once, no more: a window each. */
    CHECK(subject_used() <= blocks + at_once * SIZES * WINDOW);
    CHECK(after.bytes_reserved == before.bytes_reserved);
    CHECK(subject_live() == 0);
    CHECK(th_check());
}

/* ---- The first call in a thread ---- */

static void *shared_block;

static void *first_free(void *unused)
{
    th_free(shared_block);
    return unused;
}

static void *first_calloc(void *unused)
{
    unsigned char *const block = th_calloc(10, 6);
    for (size_t i = 0; i < 60; i++) {
        CHECK(block[i] == 0);
    }
    th_free(block);
    return unused;
}

static void *first_realloc(void *unused)
{
    shared_block = th_realloc(shared_block, 4000);
    CHECK(is_filled(left[0], 0, 0) && shared_block != NULL);
    th_free(shared_block);
    return unused;
}

static void *first_aligned(void *unused)
{
    void *const block = th_aligned_alloc(256, 70);
    CHECK((uintptr_t)block % 256 == 0);
    th_free(block);
    return unused;
}

static void *first_others(void *unused)
{
    th_stats_t stats;
    th_thread_flush();
    th_trim();
    th_stats(&stats);
    CHECK(th_usable_size(NULL) == 0 && !th_owns(NULL));
    th_free(NULL);
    return unused;
}

void test_first_call(void)
{
    free_early();
    static void *(*const calls[])(void *) = {first_free, first_calloc, first_realloc, first_aligned,
                                             first_others};
    for (size_t call = 0; call < sizeof calls / sizeof calls[0]; call++) {
        for (unsigned round = 0; round < 20; round++) {
            const bool takes_block = call == 0 || call == 2;
            shared_block = takes_block ? th_alloc(100) : NULL;
            run_thread(calls[call]);
        }
    }
    CHECK(subject_live() == 0);
    CHECK(subject_caches() <= 3);
    CHECK(th_check());
}

/* ---- Destructors ---- */

enum { KEYS = 33 };
static pthread_key_t keys[KEYS];
static unsigned rounds;

/* Allocates, frees what the value was, and comes again until the last round. */
static void destroy(void *value)
{
    const size_t size = *(size_t *)value;
    CHECK(is_filled((size_t *)value + 1, size - sizeof size, size));
    th_free(value);
    void *const block = th_alloc(size % 3000 + 1);
    fill(block, size % 3000 + 1, 1);
    CHECK(is_filled(block, size % 3000 + 1, 1));
    th_free(block);
}

static void set_value(size_t key)
{
    const size_t size = 24 + key * 100;
    size_t *const value = th_alloc(size);
    *value = size;
    fill(value + 1, size - sizeof size, size);
    CHECK(pthread_setspecific(keys[key], value) == 0);
}

static void *set_values(void *number)
{
    /* With an odd number the allocator's key is set last, else first. */
    for (size_t i = 0; i < KEYS; i++) {
        set_value((uintptr_t)number % 2 != 0 ? i : KEYS - 1 - i);
    }
    return number;
}

void test_destructors(void)
{
    free_early();
    for (size_t i = 0; i < KEYS; i++) {
        if (i == KEYS / 2) {
            th_free(th_alloc(1)); /* the allocator's own key is among them */
        }
        CHECK(pthread_key_create(&keys[i], destroy) == 0);
    }
    for (unsigned i = 0; i < repeat(100, 20); i++) {
        run_threads(4, set_values);
    }
    CHECK(subject_live() == 0);
    CHECK(subject_caches() <= 10);
    CHECK(th_check());
}

static pthread_key_t late_key;

/* Puts itself off to the last round, when the allocator's destructor has run or never will. */
static void destroy_late(void *value)
{
    if (++rounds < PTHREAD_DESTRUCTOR_ITERATIONS) {
        CHECK(pthread_setspecific(late_key, value) == 0);
        return;
    }
    void *const block = th_alloc(100);
    fill(block, 100, 0);
    CHECK(is_filled(block, 100, 0));
    th_free(block);
    th_free(value);
}

static void *call_late(void *value)
{
    rounds = 0;
    th_free(th_alloc(50));
    CHECK(pthread_setspecific(late_key, th_alloc(30)) == 0);
    return value;
}

void test_calls_after_destructors(void)
{
    free_early();
    th_free(th_alloc(1));
    CHECK(pthread_key_create(&late_key, destroy_late) == 0);
    for (unsigned i = 0; i < 200; i++) {
        run_thread(call_late);
    }
    CHECK(subject_live() == 0);
    CHECK(subject_caches() <= 3);
    CHECK(th_check());
}

/* ---- A batch in every state at exit ---- */

static unsigned taken, given;

static void *take_and_give(void *unused)
{
    void *blocks[4 * BATCH];
    for (unsigned i = 0; i < taken; i++) {
        blocks[i] = th_alloc(16);
        CHECK(blocks[i] != NULL);
    }
    for (unsigned i = 0; i < taken; i++) {
        if (i < given) {
            th_free(blocks[i]);
        } else {
            left[0] = blocks[i];
            *(void **)left[0] = shared_block;
            shared_block = left[0];
        }
    }
    return unused;
}

/* All blocks of the exact pool, and not one more, whatever exited threads have left. */
static void *take_all(void *unused)
{
    void *blocks[EXACT];
    size_t kept = 0;
    for (void *block = shared_block; block != NULL; block = *(void **)block) {
        kept++;
    }
    for (size_t i = 0; i < EXACT - kept; i++) {
        blocks[i] = th_alloc(16);
        CHECK(blocks[i] != NULL);
    }
    errno = 0;
    CHECK(th_alloc(16) == NULL && errno == ENOMEM);
    for (size_t i = 0; i < EXACT - kept; i++) {
        th_free(blocks[i]);
    }
    while (shared_block != NULL) {
        void *const block = shared_block;
        shared_block = *(void **)block;
        th_free(block);
    }
    return unused;
}

void test_batch_in_every_state(void)
{
    free_early();
    for (taken = 0; taken <= 3 * BATCH + 1; taken++) {
        for (given = 0; given <= taken; given++) {
            run_thread(take_and_give);
            run_thread(take_all);
            CHECK(th_check());
        }
    }
    CHECK(subject_live() == 0);
}

/* ---- Cancellation ---- */

static void drop(void *block)
{
    th_free(block);
}

static void *allocate_until_cancelled(void *number)
{
    uint64_t random = (uintptr_t)number + 1;
    for (;;) {
        const size_t size = sizes[random_next(&random) % SIZES];
        void *const block = th_alloc(size);
        pthread_cleanup_push(drop, block);
        fill(block, 32, random);
        pthread_testcancel();
        CHECK(is_filled(block, 32, random));
        pthread_cleanup_pop(1);
    }
}

void test_cancellation(void)
{
    free_early();
    enum { THREADS = 3 };
    for (unsigned long i = repeat(300, 30); i > 0; i--) {
        pthread_t threads[THREADS];
        for (uintptr_t t = 0; t < THREADS; t++) {
            CHECK(pthread_create(&threads[t], NULL, allocate_until_cancelled, (void *)t) == 0);
        }
        for (size_t t = 0; t < THREADS; t++) {
            void *result;
            CHECK(pthread_cancel(threads[t]) == 0);
            CHECK(pthread_join(threads[t], &result) == 0 && result == PTHREAD_CANCELED);
        }
    }
    CHECK(subject_live() == 0);
    CHECK(subject_caches() <= 2 * (THREADS + 1));
    CHECK(th_check());
}

void test_before_main(void)
{
    const size_t before = subject_live();
    CHECK(is_filled(early, 100, 5));
    th_free(early);
    CHECK(before == 1 && subject_live() == 0);
}
