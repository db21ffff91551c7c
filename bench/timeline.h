/* What a process holds of anonymous memory over time, looked at from outside, so that it does not
 * notice. */
#ifndef BENCH_TIMELINE_H
#define BENCH_TIMELINE_H

#include <sys/types.h>

enum { MOST_SAMPLES = 512 };

struct timeline {
    unsigned count;
    double step; /* seconds between samples; doubled when there is no more room */
    double start;
    double seconds[MOST_SAMPLES], mib[MOST_SAMPLES];
};

void timeline_begin(struct timeline *timeline);

/* Milliseconds until the next sample is due. */
int timeline_wait(const struct timeline *timeline);

/* Takes a sample if one is due. */
void timeline_sample(struct timeline *timeline, pid_t process);

#endif
