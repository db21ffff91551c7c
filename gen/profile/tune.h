/* A pool table for what a profile shows: sizes that lose least, counts that hold the peaks. */
#ifndef POOLGEN_TUNE_H
#define POOLGEN_TUNE_H

#include "profile/demand.h"

/* What the sizes are chosen for: the least of ... */
enum tune_aim {
    AIM_PEAK,        /* bytes lost to rounding while most is live */
    AIM_ALLOCATIONS, /* bytes lost to rounding over all allocations */
    AIM_MEMORY       /* bytes of all blocks with each pool at its peak: footprint.h */
};

struct tune_options {
    uint64_t pools;     /* at most so many, and fewer only if they lose no more; 0 = by pool_cost */
    uint64_t pool_cost; /* bytes that a pool must save, a process, to be worth having */
    uint64_t budget;    /* bytes of all blocks together; 0 = no more than a table may have */
    uint64_t alignment; /* of the table: 8, or a power of two above */
    uint64_t largest;   /* bytes; larger requests are left to `oversize` */
    uint64_t threads;   /* at a time: counts also hold what all but one may keep cached; 0 = as
                           recorded */
    double headroom;    /* counts are so many times what was seen */
    double quantile;    /* of the runs that the counts hold, 0..1 */
    enum tune_aim aim;
};

/* What `poolgen tune` does without options. */
extern const struct tune_options tune_defaults;

struct tuned_pool {
    uint64_t size;
    uint64_t count;    /* blocks to begin with */
    uint64_t quantile; /* peak in the run at the quantile, blocks */
    uint64_t highest;  /* peak in any run */
    uint64_t trend;    /* peak that the trend foretells; 0 = no trend upwards */
    uint64_t wanted;   /* count before the budget */
    uint64_t cached;   /* of it, blocks that other threads' caches may keep */
    size_t growing;    /* runs whose peak is beyond the count */
    struct demand_loss loss;
};

struct tuned {
    struct tuned_pool *pools;
    uint64_t *sizes; /* of the pools */
    size_t count;    /* 0 if nothing was recorded that a pool could serve */
    struct choices choices;
    double scale; /* bytes in choices are so many times the real ones */
    double held;  /* bytes of all blocks with each pool at its highest peak */
    struct demand_loss loss;
    uint64_t bytes;        /* of all blocks */
    uint64_t wanted_bytes; /* before the budget */
    uint64_t threads;      /* that the counts allow for */
    bool trended;          /* runs of three days or more: counts follow the trend */
    double trend_days;     /* how far beyond the last day it looks */
};

/* NULL if the budget cannot hold one block of each pool; *least says what it would take. */
struct tuned *tune(struct arena *arena, const struct demand *demand,
                   const struct tune_options *options, uint64_t *least);

/* The most blocks of each pool that were live at a time in each run: [pool * runs + run]. */
uint64_t *tune_peaks(struct arena *arena, const struct demand *demand, const uint64_t *sizes,
                     size_t count);

/* The powers of two from 8 up to `largest`: the table that nobody has thought about. */
uint64_t *tune_powers(struct arena *arena, uint64_t largest, size_t *count);

#endif
