#include "timed_calls.h"

#include <math.h>

enum { CALIBRATION_READINGS = 20000, LONGEST_READING = 1 << 14 };

uint64_t clock_cost;

/* Durations below one doubling's steps have a step each. */
static unsigned step_of(uint64_t ns)
{
    if (ns >> DURATION_BITS == 0)
        return (unsigned)ns;
    const unsigned shift = 63 - (unsigned)__builtin_clzll(ns) - DURATION_BITS;
    return ((shift + 1) << DURATION_BITS) + (unsigned)((ns >> shift) - (1u << DURATION_BITS));
}

/* The longest duration of a step. */
static uint64_t duration_of(unsigned step)
{
    const unsigned doubling = step >> DURATION_BITS;
    const uint64_t within = step & ((1u << DURATION_BITS) - 1);
    if (doubling == 0)
        return within;
    return ((((uint64_t)1 << DURATION_BITS) + within + 1) << (doubling - 1)) - 1;
}

uint64_t timed_calls_add(struct timed_calls *calls, uint64_t start)
{
    const uint64_t now = thread_clock(), whole = now - start;
    const uint64_t ns = whole > clock_cost ? whole - clock_cost : 0;
    calls->counts[step_of(ns)]++;
    calls->count++;
    if (ns > calls->longest)
        calls->longest = ns;
    return now;
}

double timed_calls_longest(const struct timed_calls *calls)
{
    return (double)calls->longest * 1e-3;
}

double timed_calls_quantile(const struct timed_calls *calls, double share)
{
    const double rank = share * (double)calls->count;
    uint64_t below = 0;
    unsigned step = 0;
    while (step < DURATION_STEPS - 1 && (double)(below += calls->counts[step]) < rank)
        step++;
    return fmin((double)duration_of(step) * 1e-3, timed_calls_longest(calls));
}

/* The median of readings in a row, to the nanosecond. */
static uint64_t usual_reading(void)
{
    static unsigned counts[LONGEST_READING + 1];
    unsigned below = 0, ns = 0;
    for (unsigned i = 0; i < CALIBRATION_READINGS; i++) {
        const uint64_t start = thread_clock(), spent = thread_clock() - start;
        counts[spent < LONGEST_READING ? spent : LONGEST_READING]++;
    }
    while ((below += counts[ns]) < CALIBRATION_READINGS / 2)
        ns++;
    return ns;
}

void timed_calls_calibrate(struct timed_calls *empty, size_t count)
{
    clock_cost = usual_reading();
    uint64_t start = thread_clock();
    for (size_t i = 0; i < count; i++)
        start = timed_calls_add(empty, start);
}
