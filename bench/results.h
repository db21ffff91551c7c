/* Everything that a run of the benchmark finds out. The driver fills it, the reports read it. */
#ifndef BENCH_RESULTS_H
#define BENCH_RESULTS_H

#include <stdbool.h>
#include <stdio.h>

#include "loads.h"
#include "machine.h"
#include "scenarios.h"
#include "series.h"
#include "timeline.h"

enum allocator_index {
    OURS_INLINED, /* the emitted header, inlined where sizes are constants */
    OURS,         /* the emitted functions, called */
    OURS_MALLOC,  /* the emitted malloc front end, preloaded */
    GLIBC,
    JEMALLOC,
    MIMALLOC,
    TCMALLOC,
    FIRST_FURTHER, /* those given on the command line */
    MOST_FURTHER = 8,
    ALLOCATOR_COUNT = FIRST_FURTHER + MOST_FURTHER
};

struct allocator {
    const char *name;   /* NULL: a further one that was not given */
    const char *way;    /* of calling, calls.h: the end of its programs' names */
    const char *worker; /* its file, where that does not follow from the way; it has no scenarios */
    const char *
        preload; /* in the folder of the driver if `ours` and no path, else a library or its file */
    bool ours;
    const char *colour; /* in charts */
};

extern struct allocator allocators[ALLOCATOR_COUNT];

/* Takes NAME=FILE as one more peer, or as one more of ours: FILE is a library to preload, or a
 * worker. False if it is not of that form, the name is taken, or there are too many. */
bool results_add(const char *name_and_file, bool ours);

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

struct scenario_row {
    const char *name;
    unsigned flags; /* enum scenario_flag */
};

extern const struct scenario_row scenario_rows[SCENARIO_COUNT];

struct figure_row {
    enum scenario_index scenario;
    const char *key; /* stands before the number in what the scenario prints */
    const char *label, *unit;
};

extern const struct figure_row figure_rows[FIGURE_COUNT];

/* One scenario with one allocator; the timeline is that of the first repetition. */
struct outcome {
    struct timeline timeline;
    bool failed;
};

enum { TIGHT_TABLES = 6 };

extern const char *const tight_tables[TIGHT_TABLES];

/* One table of the tight pools. */
struct tight {
    double requests;
    struct series not_served; /* requests that got no block of the pool */
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
    unsigned divisor; /* of the scenarios' amounts and durations */
    struct outcome outcomes[SCENARIO_COUNT][ALLOCATOR_COUNT];
    struct series figures[FIGURE_COUNT][ALLOCATOR_COUNT];
    struct series clock_cost;      /* ns that are subtracted from a timed call */
    struct series nothing_longest; /* us that a call of nothing took at most */
    struct series nothing_tail;    /* us, its p99.99 */
    struct tight tight[TIGHT_TABLES];
};

/* The column whose limit is reported: the plain call, else whichever of ours was measured. */
enum allocator_index results_limited(const struct results *results);

/* The least median time among those that are not ours, NAN if there are none. */
double results_best_peer(const struct cell cells[ALLOCATOR_COUNT]);

/* The same of a figure of a scenario. */
double results_best_figure(const struct series figure[ALLOCATOR_COUNT]);

/* Was the figure measured with any allocator? */
bool results_has_figure(const struct series figure[ALLOCATOR_COUNT]);

void report_run(FILE *out, const struct results *results);
void report_table(FILE *out, const struct results *results);
void report_scenarios(FILE *out, const struct results *results); /* a part of the table */

/* Three digits or more, and k for thousands. */
void report_number(char *text, size_t size, double value);

void report_json(FILE *out, const struct results *results);
void report_svg(FILE *out, const struct results *results);

#endif
