/* Runs the workers, and the other programs, that a benchmark consists of. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "results.h"

struct settings {
    bool quick, run, big;                  /* big: the scenarios of 4 GiB too */
    const char *only, *allocators, *parts; /* comma-separated names or patterns; NULL: all */
    double seconds;                        /* that a repetition is timed, at least */
    unsigned repetitions;
    unsigned divisor;       /* of the scenarios' amounts and durations */
    const char *tokio;      /* folder of the Tokio example's programs; NULL: none */
    const char *json, *svg; /* files to write; NULL: none */
    char folder[4096];      /* of the programs */
};

/* Finds out which of the allocators asked for can be had; says what is left out. False if there is
 * nothing to measure. */
bool measure_choose(const struct settings *settings, struct results *results);

/* One pass over all that is to be measured. */
void measure_all(const struct settings *settings, struct results *results);

/* Its part that runs the scenarios, and the one that runs the tight pools. */
void measure_scenarios(const struct settings *settings, struct results *results);
void measure_tight(const struct settings *settings, struct results *results);

/* ---- what the parts share */

/* A program beside the driver. The text holds until four more were asked for. */
const char *measure_program(const struct settings *settings, const char *name);

/* What is preloaded for an allocator, or NULL. */
const char *measure_preload(const struct settings *settings, const struct allocator *allocator);

/* Is the name in a comma-separated list of names and shell patterns? No list holds every name. */
bool measure_is_listed(const char *list, const char *name);

#endif
