/* A thread that stops, or that a fork leaves behind, hides its cache and at most one batch or one
   span beyond it: of all other free blocks none is missing, for the other threads and for the
   child. */
#include HEADER
#include "harness.h"
#include "steps.h"
#include "system.h"

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* As its table has it. A span is 64 KiB of blocks; a cache holds three batches where there are
 * caches. */
enum { SIZE = 64, BATCH = 64, SPAN = (64 << 10) / SIZE, INITIAL = 20000, MOST = 100000 };
#ifdef NO_CACHES
enum { CACHE = 0 };
#else
enum { CACHE = 3 * BATCH };
#endif
/* One block more is between the test's list and the allocator. */
enum { HIDDEN = CACHE + (SPAN > BATCH ? SPAN : BATCH) + 1 };

static void *taken[MOST];

/* How many blocks can be had; they are free again then. */
static size_t count_free(void)
{
    size_t count = 0;
    while ((taken[count] = th_alloc(SIZE)) != NULL) {
        *(size_t *)taken[count] = count;
        count++;
        CHECK(count < MOST);
    }
    for (size_t i = 0; i < count; i++) {
        CHECK(*(size_t *)taken[i] == i); /* none was given out twice */
    }
    for (size_t i = 0; i < count; i++) {
        th_free(taken[i]);
    }
    return count;
}

static size_t total; /* blocks that there are */

/* All blocks were in use once, and lie in their spans or in the store. */
static void use_all_once(void)
{
    total = count_free();
    CHECK(total >= INITIAL);
    th_trim();
    CHECK(count_free() == total);
    th_trim();
}

/* Whether as many can be had as `least` says while nothing else moves, before a trim and after it.
 */
static void check_free(size_t (*least)(void))
{
    const size_t blocks = least();
    CHECK(count_free() >= blocks);
    th_trim();
    CHECK(count_free() >= blocks);
}

/* The same in a child, where there is one thread, whatever the others were doing. */
static void check_free_in_child(size_t (*least)(void))
{
    const pid_t child = fork();
    if (child == 0) {
        alarm(60);
        check_free(least);
        _exit(0);
    }
    int status;
    CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0);
}

/* ---- Stopped at every step ---- */

enum { HELD = 3000 };
static void *_Atomic held[HELD];

static size_t count_held(void)
{
    size_t count = 0;
    for (size_t i = 0; i < HELD; i++) {
        count += atomic_load_explicit(&held[i], memory_order_relaxed) != NULL;
    }
    return count;
}

static void take(size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        void *const block = th_alloc(SIZE);
        CHECK(block != NULL);
        atomic_store_explicit(&held[i], block, memory_order_relaxed);
    }
}

/* Frees in an order in which neighbours are far from each other. */
static void drop(size_t from, size_t to)
{
    const size_t count = to - from;
    for (size_t i = 0; i < count; i++) {
        void *const block =
            atomic_exchange_explicit(&held[from + i * 7919 % count], NULL, memory_order_relaxed);
        th_free(block);
    }
}

static void prepare_nothing(void)
{
}

static void prepare_full(void)
{
    take(0, HELD);
}

static void prepare_mixed(void)
{
    take(0, HELD);
    drop(0, 2000);
    take(0, 500);
    drop(2000, HELD);
}

static void take_some(void)
{
    take(HELD - 700, HELD); /* where nothing is held */
}

static void drop_all(void)
{
    drop(0, HELD);
}

static void trim(void)
{
    th_trim();
}

static void flush(void)
{
    th_thread_flush();
}

/* Until nothing is left to be done, three looks later. */
static void idle(void)
{
    for (unsigned look = 0; look < 3; look++) {
        atomic_fetch_add(&fake.milliseconds, 100);
        while (th_idle()) {
        }
    }
}

static const struct work {
    void (*prepare)(void);
    void (*run)(void);
} works[] = {
    {prepare_nothing, take_some}, {prepare_full, drop_all}, {prepare_mixed, take_some},
    {prepare_mixed, trim},        {prepare_mixed, flush},   {prepare_mixed, idle},
};
enum { WORKS = sizeof works / sizeof works[0] };

static const struct work *work;
static unsigned long stop_after, steps_of_work;

static void *work_until_stopped(void *unused)
{
    work->prepare();
    const unsigned long before = steps_done;
    steps_stop_after(stop_after);
    work->run();
    steps_finish();
    steps_of_work = steps_done - before;
    for (size_t i = 0; i < HELD; i++) {
        th_free(atomic_exchange_explicit(&held[i], NULL, memory_order_relaxed));
    }
    return unused;
}

static size_t least_at_step(void)
{
    return total - count_held() - HIDDEN;
}

/* Has a thread work up to step `step`, and checks what others can have then. */
static void stop_at_step(unsigned long step, void (*check)(size_t (*least)(void)))
{
    pthread_t thread;
    stop_after = step;
    CHECK(pthread_create(&thread, NULL, work_until_stopped, NULL) == 0);
    if (steps_wait()) {
        check(least_at_step);
        steps_go_on();
    }
    CHECK(pthread_join(thread, NULL) == 0);
}

static void stop_everywhere(void (*check)(size_t (*least)(void)), unsigned long times)
{
    uint64_t random = 77;
    use_all_once();
    for (work = works; work < works + WORKS; work++) {
        stop_at_step(ULONG_MAX, NULL);
        const unsigned long steps = steps_of_work;
        for (unsigned long i = 0; i < times && i < steps; i++) {
            /* The first steps of each kind of work all, and of the others some. */
            stop_at_step(i < times / 2 ? i : random_next(&random) % steps, check);
        }
        CHECK(th_check());
        th_trim();
        CHECK(count_free() == total);
    }
}

static void test_stopped_thread(void)
{
    stop_everywhere(check_free, repeat(400, 40));
}

static void test_vanished_thread(void)
{
    stop_everywhere(check_free_in_child, repeat(200, 20));
}

/* ---- Stopped, or left behind, at any moment of a storm ---- */

enum { THREADS = 3, STORM = 1500 };
static void *_Atomic storm[THREADS][STORM];
static atomic_bool done;

static void *storm_on(void *argument)
{
    void *_Atomic *const own = storm[(uintptr_t)argument];
    uint64_t random = (uintptr_t)argument + 1;
    while (!atomic_load_explicit(&done, memory_order_relaxed)) {
        for (unsigned i = (uintptr_t)argument == 0 ? 100 : 3000; i > 0; i--) {
            void *_Atomic *const slot = &own[random_next(&random) % STORM];
            void *block = atomic_load_explicit(slot, memory_order_relaxed);
            if (block == NULL) {
                block = th_alloc(SIZE);
                atomic_store_explicit(slot, block, memory_order_relaxed);
            } else {
                atomic_store_explicit(slot, NULL, memory_order_relaxed);
                th_free(block);
            }
        }
        if ((uintptr_t)argument == 0) {
            th_trim();
        }
        (void)th_idle();
    }
    for (size_t i = 0; i < STORM; i++) {
        th_free(own[i]);
    }
    return argument;
}

static size_t storm_least(void)
{
    size_t live = 0;
    for (size_t thread = 0; thread < THREADS; thread++) {
        for (size_t i = 0; i < STORM; i++) {
            live += atomic_load_explicit(&storm[thread][i], memory_order_relaxed) != NULL;
        }
    }
    return total - live - THREADS * (size_t)HIDDEN;
}

/* Runs `act` again and again while three threads take, free, trim and look. */
static void act_in_storm(void (*act)(pthread_t *threads), unsigned long times)
{
    pthread_t threads[THREADS];
    uint64_t random = 3;
    use_all_once();
    atomic_store(&fake.tick, 50);
    for (uintptr_t i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&threads[i], NULL, storm_on, (void *)i) == 0);
    }
    for (; times > 0; times--) {
        (void)count_free(); /* so that there is something to trim */
        nanosleep(&(struct timespec){0, (long)(random_next(&random) % 300000)}, NULL);
        act(threads);
    }
    atomic_store(&done, true);
    for (size_t i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    CHECK(th_check());
    th_trim();
    CHECK(count_free() == total);
}

static void fork_child(pthread_t *threads)
{
    (void)threads;
    check_free_in_child(storm_least);
}

static void test_fork_in_storm(void)
{
    act_in_storm(fork_child, repeat(300, 30));
}

/* A vfork child works on its parent's memory. */
static void vfork_child(pthread_t *threads)
{
    (void)threads;
    const pid_t child = vfork();
    if (child == 0) {
        th_trim();
        _exit(0);
    }
    int status;
    CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0);
}

static void test_vfork_in_storm(void)
{
    act_in_storm(vfork_child, repeat(300, 30));
}

static atomic_uint stopped;
static atomic_bool stops;

/* Does in the signal's handler what SIGSTOP would do to the process. */
static void stop_here(int number)
{
    (void)number;
    atomic_fetch_add(&stopped, 1);
    while (atomic_load(&stops)) {
        nanosleep(&(struct timespec){0, 20000}, NULL);
    }
    atomic_fetch_sub(&stopped, 1);
}

static void wait_until(unsigned count)
{
    while (atomic_load(&stopped) != count) {
        nanosleep(&(struct timespec){0, 20000}, NULL);
    }
}

static void stop_all(pthread_t *threads)
{
    atomic_store(&stops, true);
    for (size_t i = 0; i < THREADS; i++) {
        CHECK(pthread_kill(threads[i], SIGUSR1) == 0);
    }
    wait_until(THREADS);
    check_free(storm_least);
    atomic_store(&stops, false);
    wait_until(0);
}

static void test_stop_in_storm(void)
{
    struct sigaction action = {.sa_handler = stop_here};
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    act_in_storm(stop_all, repeat(300, 30));
}

/* clang-format off */
static const struct test tests[] = {
    {"a thread that stops at any step hides its cache and a batch or span at most",     test_stopped_thread,  NOT_SLOWLY},
    {"a child forked at any step misses the other thread's cache and a batch or span",  test_vanished_thread, NOT_UNDER_TSAN | NOT_SLOWLY},
    {"a child forked in a storm misses that of each thread at most",                    test_fork_in_storm,   NOT_UNDER_TSAN | NOT_SLOWLY},
    {"a vfork child that trims in a storm loses nothing of its parent's",               test_vfork_in_storm,  NOT_SANITIZED | NOT_SLOWLY},
    {"threads stopped in a storm hide that at most",                                    test_stop_in_storm,   NOT_UNDER_TSAN | NOT_SLOWLY},
    {NULL, NULL, ANYWHERE},
};
/* clang-format on */

int main(int argc, char **argv)
{
    return run_tests(tests, argc, argv);
}
