/* The emitted text's atomics under the explorer: before each access the running fiber stops, so
   that the explorer chooses who goes on, and after it the explorer learns what the access ordered.
 */
#ifndef EXPLORER_ATOMICS_H
#define EXPLORER_ATOMICS_H

#include <stdbool.h>
#include <stdint.h>

enum { ORDER_relaxed, ORDER_acquire, ORDER_release, ORDER_acq_rel };

/* Stops the fiber; `what` and `line` name the access in a schedule that is printed. */
void explore_point(const char *what, int line);

/* Called right after the access: which order a load, a store or a read-modify-write had. */
void explore_loaded(const volatile void *object, int order);
void explore_stored(const volatile void *object, int order);
void explore_modified(const volatile void *object, int order);

#define EX_LOAD(object, order)                                                                     \
    (explore_point("load " #object, __LINE__), explore_loaded(object, ORDER_##order),              \
     atomic_load_explicit(object, memory_order_relaxed))

#define EX_STORE(object, value, order)                                                             \
    __extension__({                                                                                \
        const __auto_type explore_value = (value);                                                 \
        explore_point("store " #object, __LINE__);                                                 \
        explore_stored(object, ORDER_##order);                                                     \
        atomic_store_explicit(object, explore_value, memory_order_relaxed);                        \
    })

#define EX_ADD(object, value, order)                                                               \
    (explore_point("add " #object, __LINE__), explore_modified(object, ORDER_##order),             \
     atomic_fetch_add_explicit(object, value, memory_order_relaxed))

#define EX_CAS(object, expected, desired, order, failed)                                           \
    __extension__({                                                                                \
        const __auto_type explore_desired = (desired);                                             \
        explore_point("compare-exchange " #object, __LINE__);                                      \
        const bool explore_done = atomic_compare_exchange_strong_explicit(                         \
            object, expected, explore_desired, memory_order_relaxed, memory_order_relaxed);        \
        if (explore_done) {                                                                        \
            explore_modified(object, ORDER_##order);                                               \
        } else {                                                                                   \
            explore_loaded(object, ORDER_##failed);                                                \
        }                                                                                          \
        explore_done;                                                                              \
    })

#endif
