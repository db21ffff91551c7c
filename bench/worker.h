/* What the loads get from the worker that runs them, and the worker from the loads. */
#ifndef BENCH_WORKER_H
#define BENCH_WORKER_H

#include <stddef.h>
#include <stdint.h>

#include "steps.h"

struct reading {
    double wall;   /* seconds */
    double cpu;    /* seconds of processor, user and system, all threads */
    double faults; /* minor page faults */
};

/* One run of a load: `rounds` and `threads` go in, the readings come out. */
struct run {
    uint64_t rounds;
    unsigned threads;
    struct reading start, end;
};

/* Around the timed part of a run. */
void run_begin(struct run *run);
void run_end(struct run *run);

/* The addresses that an allocator gave, in order, so that the same fills can be repeated without
 * it. `round` is where the last round's allocations begin, after those of the load's set-up. */
struct trace {
    void **first, **cursor, **round;
};

extern struct trace trace;

/* The same loads, compiled three times: as measured, noting addresses, and replaying them. */
typedef void load_function(struct run *run);
extern load_function *const measured_loads[], *const recorded_loads[], *const replayed_loads[];

#endif
