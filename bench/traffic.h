/* Ordinary traffic, for what an allocator does meanwhile. Compiled once per way of calling. */
#ifndef BENCH_TRAFFIC_H
#define BENCH_TRAFFIC_H

#include "timed_calls.h"

/* Every 10 ms, 5,000 blocks of many sizes are allocated and freed, more than caches hold. */
void traffic_breathe(double seconds);

/* Replaces random ones of 20,000 live blocks of many sizes, without a pause; every call is timed.
 */
void traffic_replace(double seconds, struct timed_calls *calls);

#endif
