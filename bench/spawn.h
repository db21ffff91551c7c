/* Runs a program once, in an environment made for it, and keeps what it prints. */
#ifndef BENCH_SPAWN_H
#define BENCH_SPAWN_H

#include <stdbool.h>
#include <stddef.h>

#include "timeline.h"

enum { OUTPUT_BYTES = 4096 };

struct spawn {
    const char *const *argv;
    const char *preload;       /* LD_PRELOAD, or NULL */
    size_t padding;            /* bytes of an idle variable: moves the stack from run to run */
    bool with_stderr;          /* keep what it says on standard error too, in place of showing it */
    struct timeline *timeline; /* of its residence, or NULL */
};

/* True if it ended with exit code 0. `output` gets the first OUTPUT_BYTES - 1 characters. */
bool spawn_run(const struct spawn *spawn, char output[OUTPUT_BYTES]);

/* The number after `name=`, `"name":` or any other `key` in what a program printed, in words or in
 * JSON; NAN if it is not there. */
double spawn_number(const char *output, const char *key);

#endif
