/* The emitted allocator's access to shared words, with a step before each: the tests count steps,
   and stop a thread at any of them. Named by TH_ATOMICS when the allocator is compiled. */
#ifndef THREADS_STEPS_H
#define THREADS_STEPS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Steps of the calling thread so far. */
extern _Thread_local unsigned long steps_done;

/* Of those, the ones that set bits: blocks that go back to their spans, above all. */
extern _Thread_local unsigned long steps_that_set;

/* Counts a step. At the one that the thread asked for it stops until steps_go_on. */
void steps_step(void);

/* Has the calling thread stop before its `after`-th step from now on; ULONG_MAX: never. */
void steps_stop_after(unsigned long after);

/* Says that the calling thread will not stop any more. */
void steps_finish(void);

/* Waits until a thread stops (true), or will not (false). */
bool steps_wait(void);

/* Lets the thread that stopped go on. */
void steps_go_on(void);

#define TH_LOAD(object, order) (steps_step(), atomic_load_explicit(object, memory_order_##order))
#define TH_STORE(object, value, order)                                                             \
    (steps_step(), atomic_store_explicit(object, value, memory_order_##order))
#define TH_ADD(object, value, order)                                                               \
    (steps_step(), atomic_fetch_add_explicit(object, value, memory_order_##order))
#define TH_OR(object, bits, order)                                                                 \
    (steps_step(), steps_that_set++, atomic_fetch_or_explicit(object, bits, memory_order_##order))
#define TH_AND(object, bits, order)                                                                \
    (steps_step(), atomic_fetch_and_explicit(object, bits, memory_order_##order))
#define TH_CAS(object, expected, desired, order, failed)                                           \
    (steps_step(), atomic_compare_exchange_strong_explicit(                                        \
                       object, expected, desired, memory_order_##order, memory_order_##failed))

#endif
