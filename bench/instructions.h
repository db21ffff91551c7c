/* Instructions for a hit, counted under valgrind: exact, where times are noisy. */
#ifndef BENCH_INSTRUCTIONS_H
#define BENCH_INSTRUCTIONS_H

#include "results.h"

struct loop_cost {
    double alloc, free;
};

/* For 64 bytes, from the function's first instruction to its return; for inlined code, what stands
 * in the place of the call. NAN without valgrind. */
struct hit instructions_of_hit(const char *worker, const char *preload,
                               const struct loop_cost *loop);

/* What the worker's loops cost around the calls, the same for whatever is preloaded. */
struct loop_cost instructions_of_loop(const char *worker);

#endif
