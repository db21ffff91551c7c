#include "instructions.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "spawn.h"

enum { FEW = 1, MANY = 4 }; /* MANY is as many calls as the worker makes */

/* All instructions of a worker that makes the given calls. */
static double count_instructions(const char *worker, const char *preload, const char *calls,
                                 double *empty)
{
    const char *const argv[] = {
        "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", worker, "-c", calls,
        NULL};
    const struct spawn spawn = {.argv = argv, .preload = preload, .with_stderr = true};
    char output[OUTPUT_BYTES];
    if (!spawn_run(&spawn, output))
        return NAN;
    *empty = spawn_number(output, "empty=");
    return spawn_number(output, "Collected : ");
}

/* The slope between FEW and MANY calls of one kind: loop and call included, set-up not. The number
 * of calls goes between `before` and `after`. */
static double count_slope(const char *worker, const char *preload, const char *before,
                          const char *after, double *empty)
{
    char few[32], many[32];
    snprintf(few, sizeof few, "%s%d%s", before, FEW, after);
    snprintf(many, sizeof many, "%s%d%s", before, MANY, after);
    return (count_instructions(worker, preload, many, empty) -
            count_instructions(worker, preload, few, empty)) /
           (MANY - FEW);
}

/* A loop is measured with a call of an empty function in it; the return, which a measured function
 * has too, is not the loop's. */
struct loop_cost instructions_of_loop(const char *worker)
{
    double empty = 0;
    struct loop_cost loop;
    loop.alloc = count_slope(worker, NULL, "0,0,", ",0", &empty) - empty;
    loop.free = count_slope(worker, NULL, "0,0,0,", "", &empty) - empty;
    return loop;
}

struct hit instructions_of_hit(const char *worker, const char *preload,
                               const struct loop_cost *loop)
{
    double empty = 0;
    return (struct hit){
        .alloc = count_slope(worker, preload, "", ",0,0,0", &empty) - loop->alloc,
        .free = count_slope(worker, preload, "4,", ",0,0", &empty) - loop->free,
    };
}
