/* Everything that a run of the benchmark finds out. The driver fills it, the reports read it. */
#ifndef BENCH_RESULTS_H
#define BENCH_RESULTS_H

#include <stdbool.h>
#include <stdio.h>

#include "loads.h"
#include "machine.h"
#include "series.h"

enum allocator_index {
    OURS_INLINED, /* the emitted header, inlined where sizes are constants */
    OURS,         /* the emitted functions, called */
    OURS_MALLOC,  /* the emitted malloc front end, preloaded */
    GLIBC,
    JEMALLOC,
    MIMALLOC,
    TCMALLOC,
    ALLOCATOR_COUNT
};

struct allocator {
    const char *name;
    const char *program; /* in the folder of the driver */
    const char *preload; /* in the folder of the driver if `ours`, else a library of the system */
    bool ours;
    const char *colour; /* in charts */
};

extern const struct allocator allocators[ALLOCATOR_COUNT];

struct load_row {
    const char *name;
    unsigned threads;
    unsigned flags; /* enum load_flag */
};

extern const struct load_row load_rows[LOAD_COUNT];

/* One load with one allocator; a value a repetition. */
struct cell {
    struct series ns, cpu;          /* nanoseconds for an operation: wall clock, processor */
    struct series faults;           /* minor page faults for an operation */
    struct series peak, end;        /* KiB resident */
    struct series limit;            /* nanoseconds for an operation of the same fills alone */
    struct series over_limit;       /* ns / limit of the same process */
    double allocations, first_uses; /* of the first round; NAN if not measured */
    bool failed;
};

/* Instructions for an allocation and a free that hit, to the return; NAN if not counted. */
struct hit {
    double alloc, free;
};

enum { THREAD_STEPS = 7, SCALING_LOADS = 3, POOL_STEPS = 7 };

extern const unsigned thread_steps[THREAD_STEPS];
extern const enum load_index scaling_loads[SCALING_LOADS];
extern const unsigned pool_steps[POOL_STEPS];

/* One table with that many pools. */
struct pool_step {
    unsigned pools;
    struct series generate_ms; /* whole process */
    struct series select_ns;   /* size to block size */
    struct series owner_ns;    /* address to block size */
    struct series pair_ns;     /* alloc and free, random sizes */
};

struct results {
    struct machine machine;
    double seconds; /* at least so long was each timed */
    unsigned repetitions;
    bool used[ALLOCATOR_COUNT];
    bool measured[LOAD_COUNT];
    struct cell cells[LOAD_COUNT][ALLOCATOR_COUNT];
    struct hit hits[ALLOCATOR_COUNT];
    struct cell scaling[SCALING_LOADS][THREAD_STEPS][ALLOCATOR_COUNT];
    struct pool_step pools[POOL_STEPS];
};

/* The column whose limit is reported: the plain call, else whichever of ours was measured. */
enum allocator_index results_limited(const struct results *results);

/* The least median time among those that are not ours, NAN if there are none. */
double results_best_peer(const struct cell cells[ALLOCATOR_COUNT]);

void report_run(FILE *out, const struct results *results);
void report_table(FILE *out, const struct results *results);
void report_json(FILE *out, const struct results *results);
void report_svg(FILE *out, const struct results *results);

#endif
