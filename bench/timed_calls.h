/* Times single calls by the processor time of the calling thread, in which a thread that lost its
 * core to another does not look slow. Reading that clock is a system call; what it usually takes is
 * measured first and subtracted from every call. */
#ifndef BENCH_TIMED_CALLS_H
#define BENCH_TIMED_CALLS_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* Calls by their duration: 32 steps to a doubling, so that a quantile is at most 3 % too high. */
enum { DURATION_BITS = 5, DURATION_STEPS = 64 << DURATION_BITS };

struct timed_calls {
    uint64_t counts[DURATION_STEPS];
    uint64_t count;
    uint64_t longest; /* ns */
};

/* What a pair of readings with nothing between them usually takes, ns: subtracted from each call.
 */
extern uint64_t clock_cost;

/* Finds out the cost of the clock, then times calls of nothing: what interrupts do to any call. */
void timed_calls_calibrate(struct timed_calls *empty, size_t count);

static inline uint64_t thread_clock(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* The call that began at `start` of the thread's clock has just ended. Returns the clock, from
 * which on the next call may be timed: a reading less than to read it again. */
uint64_t timed_calls_add(struct timed_calls *calls, uint64_t start);

/* Microseconds. A quantile of 0.9999 is what one call in 10,000 exceeds. */
double timed_calls_longest(const struct timed_calls *calls);
double timed_calls_quantile(const struct timed_calls *calls, double share);

#endif
