/* The emitted text's atomics with a pause before each, so that threads meet where they hardly ever
   would. Which accesses are paused follows from the seed and the thread's number. */
#ifndef EXPLORER_YIELD_ATOMICS_H
#define EXPLORER_YIELD_ATOMICS_H

#include <sched.h>
#include <stdint.h>
#include <stdlib.h>

/* A handler takes a lock, which would order threads that nothing else does. */
#define atexit(function) ((void)(function), 0)

extern __thread uint64_t yield_random; /* the thread's generator; never 0 */

/* xorshift64 (G. Marsaglia, Xorshift RNGs, 2003). */
static inline uint64_t yield_next(void)
{
    yield_random ^= yield_random << 13;
    yield_random ^= yield_random >> 7;
    yield_random ^= yield_random << 17;
    return yield_random;
}

static inline void yield_point(void)
{
    const uint64_t chance = yield_next() % 64;
    if (chance < 6) {
        sched_yield();
    } else if (chance < 16) {
        for (volatile unsigned spin = (unsigned)(yield_next() % 256); spin > 0; spin--) {
        }
    }
}

#define EX_LOAD(object, order) (yield_point(), atomic_load_explicit(object, memory_order_##order))
#define EX_STORE(object, value, order)                                                             \
    (yield_point(), atomic_store_explicit(object, value, memory_order_##order))
#define EX_ADD(object, value, order)                                                               \
    (yield_point(), atomic_fetch_add_explicit(object, value, memory_order_##order))
#define EX_OR(object, bits, order)                                                                 \
    (yield_point(), atomic_fetch_or_explicit(object, bits, memory_order_##order))
#define EX_AND(object, bits, order)                                                                \
    (yield_point(), atomic_fetch_and_explicit(object, bits, memory_order_##order))
#define EX_CAS(object, expected, desired, order, failed)                                           \
    (yield_point(), atomic_compare_exchange_strong_explicit(                                       \
                        object, expected, desired, memory_order_##order, memory_order_##failed))

#endif
