/* Which block sizes lose least to rounding: exact, by dynamic programming. */
#ifndef POOLGEN_SIZES_H
#define POOLGEN_SIZES_H

#include "base/arena.h"
#include <stdbool.h>
#include <stdint.h>

/* What is asked for: `weight` blocks that need `bytes` in all. Each takes a block of the first pool
   that is at least `size` and a multiple of `alignment`; a pool of p bytes that serves the item
   loses weight * p - bytes. */
struct sizes_item {
    uint64_t size;      /* bytes, at most SIZES_LARGEST */
    uint64_t alignment; /* power of two, at most SIZES_ALIGNMENT */
    uint64_t weight;    /* the sum of all is at most SIZES_WEIGHT */
    uint64_t bytes;     /* at most weight * size */
};

enum { SIZES_LARGEST = 1 << 16, SIZES_ALIGNMENT = 1 << 12 };
#define SIZES_WEIGHT (UINT64_C(1) << 44)

/* The best set of exactly `count` pools. */
struct choice {
    uint64_t *sizes; /* bytes, ascending */
    size_t count;
    uint64_t lost; /* bytes lost to rounding */
};

struct choices {
    struct choice *best; /* best[k] has k + 1 pools */
    size_t count;        /* at most `most`; no more than there are useful sizes */
    bool exact;          /* false if there are too many aligned sizes for the exact method in the
                            time allowed: then each set is good, and nothing is proved */
};

/* Pool sizes are multiples of `granule` (8 or a larger power of two), or powers of two from 8 below
   it. The largest item is always served. No choices without items. */
struct choices sizes_choose(struct arena *arena, const struct sizes_item *items, size_t count,
                            uint64_t granule, size_t most);

/* The pool sizes worth considering, ascending, of which sizes_choose takes its own: no other could
   serve the items better. The last is a multiple of every alignment that they ask for. */
uint64_t *sizes_candidates(struct arena *arena, const struct sizes_item *items, size_t count,
                           uint64_t granule, size_t *candidates);

/* The first pool that can serve a request, or `count` if none can. */
size_t sizes_serving(const uint64_t *sizes, size_t count, uint64_t size, uint64_t alignment);

/* Bytes that a set of pools loses to rounding on what it can serve. */
uint64_t sizes_lost(const uint64_t *sizes, size_t count, const struct sizes_item *items,
                    size_t item_count);

#endif
