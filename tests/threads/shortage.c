/* A pool from which threads take most of the blocks, and give them back in every way: no request
   may find it empty, so that none fails, grows it or goes upstream. */
#include HEADER
#include "harness.h"
#include "system.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { BLOCKS = 200000, SHARE = 80000, THREADS = 2, SIZE = 64 };

static void *held[THREADS][SHARE];
static pthread_barrier_t barrier;
static unsigned long rounds;
static bool trims, shuffles;

static void check_that_it_was_enough(void)
{
    th_stats_t stats;
    th_stats(&stats);
    CHECK(stats.pools[0].carved <= BLOCKS);
    CHECK(stats.pools[0].grown == 0);
    CHECK(stats.pools[0].fallbacks == 0);
    CHECK(stats.oversize == 0);
    CHECK(th_check());
}

static void shuffle(void **blocks, size_t count, uint64_t *random)
{
    for (size_t i = count - 1; i > 0; i--) {
        const size_t other = random_next(random) % (i + 1);
        void *const block = blocks[i];
        blocks[i] = blocks[other];
        blocks[other] = block;
    }
}

static void take_share(size_t number)
{
    for (size_t i = 0; i < SHARE; i++) {
        held[number][i] = th_alloc(SIZE);
        CHECK(held[number][i] != NULL);
    }
}

static void free_share(size_t number, uint64_t *random)
{
    if (shuffles) {
        shuffle(held[number], SHARE, random);
    }
    for (size_t i = 0; i < SHARE; i++) {
        th_free(held[number][i]);
    }
}

/* Every second round a thread frees what the other took. */
static void *take_and_free(void *argument)
{
    const size_t number = (uintptr_t)argument;
    uint64_t random = number + 1;
    for (unsigned long round = 0; round < rounds; round++) {
        take_share(number);
        pthread_barrier_wait(&barrier);
        free_share(round % 2 == 0 ? number : 1 - number, &random);
        pthread_barrier_wait(&barrier);
        if (trims && number == 0) {
            th_trim();
        }
        pthread_barrier_wait(&barrier);
    }
    return argument;
}

/* All blocks were in use once, are freed, and given back. */
static void use_all_once(void)
{
    static void *all[BLOCKS];
    uint64_t random = 5;
    for (size_t i = 0; i < BLOCKS; i++) {
        all[i] = th_alloc(SIZE);
        CHECK(all[i] != NULL);
    }
    shuffle(all, BLOCKS, &random);
    for (size_t i = 0; i < BLOCKS; i++) {
        th_free(all[i]);
    }
    th_trim();
}

static void take_in_rounds(void)
{
    use_all_once();
    rounds = repeat(50, TSAN ? 3 : 8);
    pthread_barrier_init(&barrier, NULL, THREADS);
    run_threads(THREADS, take_and_free);
    check_that_it_was_enough();
}

static void test_trimmed(void)
{
    trims = true;
    take_in_rounds();
}

static void test_random(void)
{
    shuffles = true;
    take_in_rounds();
}

/* Memory is given back all the time, since the clock shows a tenth of a second more whenever it is
   read. */
static void test_given_back(void)
{
    shuffles = true;
    atomic_store(&fake.tick, 100);
    take_in_rounds();
}

/* ---- What one thread takes the other frees ---- */

enum { RING = 190000 };
static _Atomic(void *) ring[RING];

static void *pass_on(void *argument)
{
    const bool takes = (uintptr_t)argument == 0;
    for (unsigned long i = 0, count = repeat(20000000, TSAN ? 300000 : 1000000); i < count; i++) {
        _Atomic(void *) *const slot = &ring[i % RING];
        while ((atomic_load_explicit(slot, memory_order_acquire) == NULL) != takes) {
            sched_yield();
        }
        if (takes) {
            void *const block = th_alloc(SIZE);
            CHECK(block != NULL);
            atomic_store_explicit(slot, block, memory_order_release);
        } else {
            void *const block = atomic_load_explicit(slot, memory_order_relaxed);
            atomic_store_explicit(slot, NULL, memory_order_release);
            th_free(block);
        }
    }
    return argument;
}

static void test_passed_on(void)
{
    use_all_once();
    run_threads(THREADS, pass_on);
    check_that_it_was_enough();
}

/* ---- One that works in its cache, beside one that needs the rest ---- */

static atomic_bool done;

static void *free_and_trim(void *argument)
{
    enum { FEW = 1000 };
    if ((uintptr_t)argument == 0) {
        for (rounds = repeat(100, TSAN ? 3 : 10); rounds > 0; rounds--) {
            take_share(0);
            take_share(1);
            for (size_t i = 0; i < SHARE; i++) {
                th_free(held[1][i]);
                th_free(held[0][i]);
            }
        }
        atomic_store(&done, true);
        return argument;
    }
    while (!atomic_load(&done)) {
        void *few[FEW];
        for (size_t i = 0; i < FEW; i++) {
            few[i] = th_alloc(SIZE);
            CHECK(few[i] != NULL);
        }
        for (size_t i = 0; i < FEW; i++) {
            th_free(few[i]);
        }
        th_trim();
    }
    return argument;
}

static void test_beside_trim(void)
{
    use_all_once();
    run_threads(THREADS, free_and_trim);
    check_that_it_was_enough();
}

/* clang-format off */
static const struct test tests[] = {
    {"all freed and trimmed, two threads take 80,000 each, and none is missing", test_trimmed,    NOT_SLOWLY},
    {"... freed in random order, and none is missing",                       test_random,      NOT_SLOWLY},
    {"... while memory is given back, and none is missing",                   test_given_back,  NOT_SLOWLY},
    {"one thread takes what the other frees, and none is missing",            test_passed_on,   NOT_SLOWLY},
    {"one thread trims while the other takes, and none is missing",           test_beside_trim, NOT_SLOWLY},
    {NULL, NULL, ANYWHERE},
};
/* clang-format on */

int main(int argc, char **argv)
{
    return run_tests(tests, argc, argv);
}
