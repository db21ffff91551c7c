/* The selector, size -> pool: the forms it can take and what each costs. */
#ifndef POOLGEN_SELECTOR_H
#define POOLGEN_SELECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum selector_kind {
    SELECTOR_UNROLLED, /* sum of compares, one a pool, no branch */
    SELECTOR_TABLE,    /* one byte or word a granule */
    SELECTOR_BITS,     /* bit arithmetic: the sizes are 2^steps to a doubling, without a gap */
    SELECTOR_SPLIT,    /* a table up to `split`, bits above it */
    SELECTOR_COUNT
};

/* A form of the selector, worked out for one table whether or not it is taken. */
struct selector_option {
    bool possible;
    const char *why_not; /* when impossible: in words, for --explain and the error */
    double cost;         /* modelled, of a selection: ns, sizes at random, or bytes of flash */
    uint64_t bytes;      /* of its table */
};

struct selector {
    enum selector_kind kind;
    bool forced; /* by `select:` rather than by cost */
    struct selector_option options[SELECTOR_COUNT];

    /* TABLE and SPLIT: entry (size + granule - 1) / granule holds the pool of that size. */
    uint64_t granule;
    unsigned granule_shift;
    uint64_t entries;
    uint64_t split;    /* SPLIT: sizes above this go by bits; otherwise 0 */
    size_t split_pool; /* SPLIT: pool of the first size above it */

    /* BITS and SPLIT: with last = size - 1 raised to at least `floor` and top the larger of
       floor(log2(last)) and `least_top`,
       pool = (top << steps) + (last >> (top - steps)) - bias. */
    unsigned steps;
    unsigned least_top;
    uint64_t floor;
    uint64_t bias;
};

/* Works out every form for the ascending `sizes` and chooses: `wanted` below SELECTOR_COUNT
   forces that kind. Returns false if the forced kind is impossible; options[wanted].why_not says
   why. With `flash` bytes of code and tables are weighed, in place of nanoseconds. */
bool selector_plan(struct selector *selector, const uint64_t *sizes, size_t count,
                   enum selector_kind wanted, bool flash);

/* The pool that the chosen form gives for `size` (1..largest): the model the emitted text
   follows, used by tests. */
size_t selector_apply(const struct selector *selector, const uint64_t *sizes, size_t count,
                      uint64_t size);

#endif
