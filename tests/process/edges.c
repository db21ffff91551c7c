/* Counts and results at their edges, which take too long or too much to reach by calls alone, and
   what is left behind when the system calls back: the emitted source is part of this file. Prints
   what is wrong. KIND_shared, KIND_direct or KIND_none says what the table has of threads. */
#define _GNU_SOURCE
#define ED_API static __attribute__((unused))
#include "ed.c"
#include <pthread.h>
#include <stdio.h>

static int failures, refused;
static long milliseconds;

static void check(bool good, const char *what)
{
    if (!good) {
        printf("failed: %s\n", what);
        failures++;
    }
}

/* As where all memory is locked. */
int madvise(void *at, size_t bytes, int advice)
{
    (void)at, (void)bytes, (void)advice;
    refused++;
    errno = EINVAL;
    return -1;
}

/* So that time passes at every look at it. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
    (void)clock;
    milliseconds += 200;
    *now =
        (struct timespec){.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000};
    return 0;
}

#ifndef KIND_none
static bool calls_back;
static int called_back;

/* As a program may replace it: it allocates as much as whoever called it was about to. */
void *mmap(void *at, size_t bytes, int protection, int flags, int file, off_t offset)
{
    (void)file, (void)offset; /* of memory that is no file's */
    if (calls_back) {
        void *blocks[60];
        called_back++;
        for (int i = 0; i < 60; i++) {
            blocks[i] = ed_alloc(4000);
        }
        for (int i = 0; i < 60; i++) {
            ed_free(blocks[i]);
        }
    }
    return ED_SYSTEM_MMAP(at, bytes, protection, flags, -1, 0);
}

/* Blocks that are neither in their spans nor in a cache or the depot, which are emptied. */
static size_t blocks_out(void)
{
    size_t out = 0;
    uint32_t group = 0;
#ifdef KIND_shared
    ed_thread_flush();
    ed_trim(); /* the depot */
#endif
    do {
        for (uint32_t i = 0; i < 64; i++) {
            const uint32_t number = group * 64 + i;
            if (number < ED_STATIC_SPANS || group >= ED_STATIC_GROUPS) {
                out += (uint32_t)ED_LOAD(&ed_span(number)->state, relaxed);
            }
        }
        group = ed_next_group(group);
    } while (group != 0);
    return out;
}

static void *grow(void *unused)
{
    enum { BLOCKS = 4000 };
    static void *blocks[BLOCKS];
    for (int i = 0; i < BLOCKS; i++) {
        blocks[i] = ed_alloc(4000);
        check(blocks[i] != NULL, "growth goes on while the system calls back");
    }
    for (int i = 0; i < BLOCKS; i++) {
        ed_free(blocks[i]);
    }
    check(blocks_out() == 0, "no block is lost where the system calls back");
    return unused;
}

/* Also where a thread's first call makes its cache. */
static void nothing_is_lost_where_the_system_calls_back(void)
{
    pthread_t threads[3];
    calls_back = true;
    grow(NULL);
    for (int i = 0; i < 3; i++) {
        check(pthread_create(&threads[i], NULL, grow, NULL) == 0 &&
                  pthread_join(threads[i], NULL) == 0,
              "a thread");
    }
    calls_back = false;
    check(called_back > 2, "the system called back");
}
#endif

/* What size_t cannot hold stands at its largest value. */
static void counts_do_not_wrap(void)
{
    ed_stats_t stats;
    ed_pools[0].fallbacks = UINT32_MAX - 1;
    ed_oversize = UINT32_MAX - 1;
    for (int i = 0; i < 10; i++) {
        (void)ed_alloc(64); /* four can be had */
        ed_free(ed_alloc(5000));
    }
    ed_stats(&stats);
    const bool is_wide = SIZE_MAX > UINT32_MAX;
    const size_t failed = is_wide ? UINT32_MAX - 1 + (size_t)6 : SIZE_MAX;
    const size_t large = is_wide ? UINT32_MAX - 1 + (size_t)10 : SIZE_MAX;
    check(stats.pools[0].fallbacks == failed, "fallbacks pass 2^32");
    check(stats.oversize == large, "so do oversize requests");
}

static void an_aligned_block_stays(void)
{
    void *const block = ed_aligned_alloc(4096, 100), *const large = ed_aligned_alloc(4096, 9000);
    check(ed_aligned_realloc(block, 4096, 100) == block, "aligned_realloc of the same size stays");
    check(ed_aligned_realloc(block, 4096, 3000) == block,
          "as does one that the block has room for");
    check(ed_aligned_realloc(large, 4096, 9100) == large, "and one of a mapping");
    ed_free(block);
    ed_free(large);
}

static void free_keeps_errno(void)
{
    enum { BLOCKS = 2000 };
    static void *blocks[BLOCKS];
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < BLOCKS; i++) {
            blocks[i] = ed_alloc(i % 50 == 0 ? 300000 : 4000);
        }
        for (int i = 0; i < BLOCKS; i++) {
            errno = 77;
            ed_free(blocks[i]);
            check(errno == 77, "free keeps errno");
        }
    }
    check(refused > 0, "the system was asked, and refused");
}

int main(void)
{
#ifndef KIND_none
    nothing_is_lost_where_the_system_calls_back();
#endif
    an_aligned_block_stays();
    free_keeps_errno();
    counts_do_not_wrap();
    check(ed_check(), "the pools are sound");
    return failures != 0;
}
