/* A line on the terminal for what takes more than a second; nothing where there is none. */
#ifndef POOLGEN_PROGRESS_H
#define POOLGEN_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

struct progress {
    const char *what; /* "poolgen tune: reading profiles" */
    double began;     /* seconds */
    double shown;     /* when the line was last written; 0 = never */
    bool terminal;    /* standard error is one */
};

void progress_begin(struct progress *progress, const char *what);
void progress_step(struct progress *progress, size_t done, size_t total);

/* Wipes the line. */
void progress_end(struct progress *progress);

#endif
