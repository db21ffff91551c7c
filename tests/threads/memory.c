/* What stays in memory when the work is over. */
#include "tests.h"

#include "harness.h"
#include "subject.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static const size_t sizes[] = {64, 256, 4096};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

/* ---- A burst ---- */

enum {
    BURST_BYTES = 192 << 20, /* of each of two threads */
    KEPT = 16, /* one burst block in so many is kept, in runs as a server's would be */
    RUN = 1024,
};

struct burst {
    void **blocks;
    size_t count, bytes;
};

static struct burst bursts[2];

static void *take_burst(void *number)
{
    struct burst *const burst = &bursts[(uintptr_t)number];
    uint64_t random = (uintptr_t)number + 1;
    size_t bytes = 0;
    burst->blocks = malloc(BURST_BYTES / 64 * sizeof(void *));
    while (bytes < BURST_BYTES) {
        const size_t size = sizes[random_next(&random) % SIZES];
        void *const block = th_alloc(size);
        CHECK(block != NULL);
        fill(block, 64, 1);
        burst->blocks[burst->count++] = block;
        bytes += size;
    }
    return number;
}

static void *free_burst(void *number)
{
    struct burst *const burst = &bursts[(uintptr_t)number];
    for (size_t i = 0; i < burst->count; i++) {
        if (i / RUN % KEPT == 0) {
            burst->bytes += th_usable_size(burst->blocks[i]);
        } else {
            th_free(burst->blocks[i]);
        }
    }
    return number;
}

/* Ordinary traffic: a few hundred live blocks, a pause now and then, as behind a socket. */
static void *serve(void *number)
{
    enum { LIVE = 500 };
    void *held[LIVE] = {NULL};
    uint64_t random = (uintptr_t)number + 99;
    const double end = seconds() + 1;
    while (seconds() < end) {
        for (unsigned i = 0; i < 2000; i++) {
            void **const slot = &held[random_next(&random) % LIVE];
            th_free(*slot);
            *slot = th_alloc(sizes[random_next(&random) % SIZES]);
        }
        nanosleep(&(struct timespec){0, 2000000}, NULL);
    }
    for (size_t i = 0; i < LIVE; i++) {
        th_free(held[i]);
    }
    return number;
}

void test_burst_is_returned(void)
{
    enum { PATIENCE = 20 }; /* rounds of traffic; three or four do on a machine that is not busy */
    const size_t start = resident_bytes();
    run_threads(2, take_burst);
    const size_t own = (bursts[0].count + bursts[1].count) * sizeof(void *); /* the test's arrays */
    const size_t peak = resident_bytes() - start - own;
    run_threads(2, free_burst);
    const size_t live = bursts[0].bytes + bursts[1].bytes;
    const size_t freed = resident_bytes() - start - own;
    size_t after = freed;
    unsigned rounds = 0;
    while (after > live + live / 2) {
        CHECK(rounds < PATIENCE);
        run_threads(2, serve);
        after = resident_bytes() - start - own;
        rounds++;
    }
    printf(
        "# resident above the start, MiB: at the peak %zu, all freed but %zu: %zu, after %u s of "
        "traffic: %zu\n",
        peak >> 20, live >> 20, freed >> 20, rounds, after >> 20);
}

/* ---- Threads that are gone ---- */

static pthread_barrier_t barrier;

static void *hold_a_megabyte(void *number)
{
    enum { COUNT = 512 };
    void *blocks[COUNT];
    uint64_t random = (uintptr_t)number + 1;
    for (size_t i = 0; i < COUNT; i++) {
        blocks[i] = th_alloc(sizes[random_next(&random) % SIZES]);
        fill(blocks[i], 64, i);
    }
    pthread_barrier_wait(&barrier);
    for (size_t i = 0; i < COUNT; i++) {
        CHECK(is_filled(blocks[i], 64, i));
        th_free(blocks[i]);
    }
    return number;
}

/* 200 threads in fours: as many caches as there were at once, and their blocks serve the next. */
void test_200_threads_leave_little(void)
{
    enum { AT_ONCE = 4 };
    pthread_barrier_init(&barrier, NULL, AT_ONCE);
    const size_t start = resident_bytes();
    run_threads(AT_ONCE, hold_a_megabyte);
    const size_t first = resident_bytes() - start;
    for (unsigned i = AT_ONCE; i < 200; i += AT_ONCE) {
        run_threads(AT_ONCE, hold_a_megabyte);
    }
    const size_t last = resident_bytes() - start;
    th_trim();
    const size_t trimmed = resident_bytes() - start;
    printf("# resident above the start, KiB: after 4 threads %zu, after 200 %zu, after trim %zu\n",
           first >> 10, last >> 10, trimmed >> 10);
    CHECK(last <= first + first / 2);
    CHECK(trimmed <= first / 2);
}
