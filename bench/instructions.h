/* Instructions for a hit, counted under valgrind: exact, where times are noisy. */
#ifndef BENCH_INSTRUCTIONS_H
#define BENCH_INSTRUCTIONS_H

#include "results.h"

/* For 64 bytes, from the function's first instruction to its return; for inlined code, what stands
 * in the place of the call. NAN without valgrind. */
struct hit instructions_of_hit(const char *worker, const char *preload);

#endif
