/* Progress: one line that is written over, on a terminal only. */
#ifndef BENCH_PROGRESS_H
#define BENCH_PROGRESS_H

#include <stdbool.h>

/* True if the step is to be done now. It is not while steps are still counted: the same code runs
 * twice, and on the first pass measures nothing, so that the second knows how much is left. */
bool progress_step(const char *load, const char *allocator);

/* Ends the counting: from now on steps are done. */
void progress_begin(void);
void progress_end(void);

/* Seconds of a clock that nobody sets. */
double progress_clock(void);

#endif
