/* fork in a process whose other threads are inside the allocator. */
#include "tests.h"

#include "harness.h"
#include "subject.h"
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

static const size_t sizes[] = {20, 64, 256, 4096, 65536};
enum { SIZES = sizeof sizes / sizeof sizes[0], THREADS = 3, HELD = 50 };

static atomic_bool done;

static void *allocate(void *number)
{
    void *held[HELD] = {NULL};
    uint64_t random = (uintptr_t)number + 1;
    while (!atomic_load_explicit(&done, memory_order_relaxed)) {
        void **const slot = &held[random_next(&random) % HELD];
        th_free(*slot);
        *slot = th_alloc(sizes[random_next(&random) % SIZES]);
        if (random_next(&random) % 1024 == 0) {
            th_trim();
        }
    }
    for (size_t i = 0; i < HELD; i++) {
        th_free(held[i]);
    }
    return number;
}

/* Always goes on to new blocks, and gives them up at the last. */
static void *grow(void *number)
{
    void **last = NULL;
    unsigned long count = 0;
    while (!atomic_load_explicit(&done, memory_order_relaxed) && count++ < 2000) {
        void **const block = th_alloc(65536);
        CHECK(block != NULL);
        *block = last;
        last = block;
    }
    while (last != NULL) {
        void **const block = last;
        last = *block;
        th_free(block);
    }
    return number;
}

/* In the child there is one thread: it frees what the parent had, and all pools serve it. */
static void use_blocks(void *const *parents, size_t count)
{
    void *blocks[SIZES][HELD];
    for (size_t i = 0; i < count; i++) {
        CHECK(is_filled(parents[i], 20, i));
        th_free(parents[i]);
    }
    for (size_t size = 0; size < SIZES; size++) {
        for (size_t i = 0; i < HELD; i++) {
            blocks[size][i] = th_alloc(sizes[size]);
            CHECK(blocks[size][i] != NULL);
            fill(blocks[size][i], sizes[size], i);
        }
    }
    for (size_t size = 0; size < SIZES; size++) {
        for (size_t i = 0; i < HELD; i++) {
            CHECK(is_filled(blocks[size][i], sizes[size], i));
            th_free(blocks[size][i]);
        }
    }
    th_trim();
    CHECK(th_alloc(100) != NULL);
}

static void fork_once(void)
{
    void *blocks[HELD];
    for (size_t i = 0; i < HELD; i++) {
        blocks[i] = th_alloc(sizes[i % SIZES]);
        fill(blocks[i], 20, i);
    }
    const pid_t child = fork();
    if (child == 0) {
        alarm(30);
        use_blocks(blocks, HELD);
        _exit(0);
    }
    int status;
    CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0);
    for (size_t i = 0; i < HELD; i++) {
        th_free(blocks[i]);
    }
}

static void fork_beside(void *(*body)(void *number), unsigned long times)
{
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&threads[i], NULL, body, (void *)i) == 0);
    }
    for (; times > 0; times--) {
        fork_once();
    }
    atomic_store(&done, true);
    for (size_t i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    atomic_store(&done, false);
    CHECK(subject_live() == 0);
    CHECK(th_check());
}

void test_fork_while_allocating(void)
{
    free_early();
    fork_beside(allocate, repeat(200, 30));
}

void test_fork_during_growth(void)
{
    free_early();
    for (unsigned long i = repeat(10, 3); i > 0; i--) {
        fork_beside(grow, 5);
        th_trim(); /* what grew is given back, though its addresses stay */
    }
}
