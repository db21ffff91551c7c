/* Runs the workers, and the other programs, that a benchmark consists of. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "results.h"

struct settings {
    bool quick, run;
    const char *only, *allocators, *parts; /* comma-separated names or patterns; NULL: all */
    double seconds;                        /* that a repetition is timed, at least */
    unsigned repetitions;
    const char *json, *svg; /* files to write; NULL: none */
    char folder[4096];      /* of the programs */
};

/* Finds out which of the allocators asked for can be had; says what is left out. False if there is
 * nothing to measure. */
bool measure_choose(const struct settings *settings, struct results *results);

/* One pass over all that is to be measured. */
void measure_all(const struct settings *settings, struct results *results);

#endif
