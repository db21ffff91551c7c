#include "results.h"

#include <math.h>

const struct allocator allocators[ALLOCATOR_COUNT] = {
    [OURS_INLINED] = {"inlined", "worker-inlined", NULL, true, "#56b4e9"},
    [OURS] = {"poolgen", "worker-plain", NULL, true, "#0072b2"},
    [OURS_MALLOC] = {"preloaded", "worker-libc", "libpoolgen-malloc.so", true, "#009e73"},
    [GLIBC] = {"glibc", "worker-libc", NULL, false, "#999999"},
    [JEMALLOC] = {"jemalloc", "worker-libc", "libjemalloc.so.2", false, "#d55e00"},
    [MIMALLOC] = {"mimalloc", "worker-libc", "libmimalloc.so.2", false, "#cc79a7"},
    [TCMALLOC] = {"tcmalloc", "worker-libc", "libtcmalloc_minimal.so.4", false, "#e69f00"},
};

const struct load_row load_rows[LOAD_COUNT] = {
#define LOAD_ROW(identifier, name, operations, threads, flags) {name, (threads), (flags)},
    LOADS(LOAD_ROW)
#undef LOAD_ROW
};

const unsigned thread_steps[THREAD_STEPS] = {1, 2, 4, 8, 16, 32, 64};

const enum load_index scaling_loads[SCALING_LOADS] = {LOAD_steady, LOAD_producer_consumer,
                                                      LOAD_larson_like};

const unsigned pool_steps[POOL_STEPS] = {1, 3, 10, 30, 100, 300, 1000};

enum allocator_index results_limited(const struct results *results)
{
    return results->used[OURS] ? OURS : OURS_INLINED;
}

double results_best_peer(const struct cell cells[ALLOCATOR_COUNT])
{
    double best = NAN;
    for (unsigned i = 0; i < ALLOCATOR_COUNT; i++)
        if (!allocators[i].ours)
            best = fmin(best, series_median(&cells[i].ns));
    return best;
}
