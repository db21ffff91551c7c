/* What a generated table costs by its number of pools: nanoseconds to find a size's pool, to find a
 * block's owner, and for a pair of calls. Compiled once per table, whose prefix is `probe`; all
 * through the functions that are emitted for everyone. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "allocator.h"

enum { SIZES = 1 << 14, ROUNDS = 40, LIVE = 4096 };

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* Sizes are uniform up to the largest block, in an order that is not predicted. */
static void draw_sizes(uint32_t sizes[SIZES])
{
    uint64_t state = 1;
    for (unsigned i = 0; i < SIZES; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        sizes[i] = 1 + (uint32_t)((state >> 33) % PROBE_LARGEST);
    }
}

static double time_select(const uint32_t sizes[SIZES], size_t *sum)
{
    const double start = now();
    for (unsigned round = 0; round < ROUNDS; round++)
        for (unsigned i = 0; i < SIZES; i++)
            *sum += probe_good_size(sizes[i]);
    return (now() - start) / (ROUNDS * SIZES);
}

static double time_owner(void *const live[LIVE], size_t *sum)
{
    const double start = now();
    for (unsigned round = 0; round < ROUNDS; round++)
        for (unsigned i = 0; i < SIZES; i++)
            *sum += probe_usable_size(live[i % LIVE]);
    return (now() - start) / (ROUNDS * SIZES);
}

static double time_pair(const uint32_t sizes[SIZES], size_t *sum)
{
    const double start = now();
    for (unsigned round = 0; round < ROUNDS; round++)
        for (unsigned i = 0; i < SIZES; i++) {
            void *block = probe_alloc(sizes[i]);
            *sum += (uintptr_t)block;
            probe_free(block);
        }
    return (now() - start) / (ROUNDS * SIZES);
}

int main(void)
{
    static uint32_t sizes[SIZES];
    static void *live[LIVE];
    size_t warm = 0, sum = 0;
    draw_sizes(sizes);
    for (unsigned i = 0; i < LIVE; i++)
        live[i] = probe_alloc(sizes[i]);
    time_select(sizes, &warm);
    const double select = time_select(sizes, &sum);
    time_owner(live, &warm);
    const double owner = time_owner(live, &sum);
    time_pair(sizes, &warm);
    const double pair = time_pair(sizes, &sum);
    /* The sum is printed so that nothing that leads to it can be left out. */
    printf("select=%.4f owner=%.4f pair=%.4f sum=%zu\n", select, owner, pair, sum);
    return 0;
}
