/* The emitted text's atomics under the explorer: before each access the running fiber may stop, so
   that the explorer chooses who goes on, and after it the explorer learns what the access ordered.
 */
#ifndef EXPLORER_ATOMICS_H
#define EXPLORER_ATOMICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ORDER_relaxed, ORDER_acquire, ORDER_release, ORDER_acq_rel, ORDER_seq_cst };

/* An access that is about to happen. */
struct access {
    const char *what; /* as a schedule that is printed names it, */
    int line;         /* and its line in the emitted text */
    const volatile void *object;
    size_t bytes;
    int order;
    bool writes;
    bool loads; /* and nothing else */
};

/* Stops the fiber, if what it accesses is of interest to others. */
void explore_point(struct access access);

/* Called right after a load, which may be given an older value; */
void explore_loaded(const volatile void *object, int order, void *value, size_t bytes);
/* right before a write, with what stands there; */
void explore_writing(const volatile void *object, const void *value, size_t bytes);
/* right after a store, or a read-modify-write. */
void explore_stored(const volatile void *object, int order);
void explore_modified(const volatile void *object, int order);

/* The object is told once: to find it may take accesses of its own. */
#define EXPLORE_OBJECT(verb, object, order, writes, loads)                                         \
    const __auto_type explore_object = (object);                                                   \
    explore_point((struct access){verb " " #object, __LINE__, explore_object,                      \
                                  sizeof *explore_object, ORDER_##order, (writes), (loads)})

#define EXPLORE_WRITING()                                                                          \
    const __auto_type explore_old = atomic_load_explicit(explore_object, memory_order_relaxed);    \
    explore_writing(explore_object, &explore_old, sizeof explore_old)

#define EX_LOAD(object, order)                                                                     \
    __extension__({                                                                                \
        EXPLORE_OBJECT("load", object, order, false, true);                                        \
        __auto_type explore_value = atomic_load_explicit(explore_object, memory_order_relaxed);    \
        explore_loaded(explore_object, ORDER_##order, &explore_value, sizeof explore_value);       \
        explore_value;                                                                             \
    })

#define EX_STORE(object, value, order)                                                             \
    __extension__({                                                                                \
        const __auto_type explore_desired = (value);                                               \
        EXPLORE_OBJECT("store", object, order, true, false);                                       \
        EXPLORE_WRITING();                                                                         \
        atomic_store_explicit(explore_object, explore_desired, memory_order_relaxed);              \
        explore_stored(explore_object, ORDER_##order);                                             \
    })

#define EXPLORE_MODIFY(verb, modify, object, operand, order)                                       \
    __extension__({                                                                                \
        const __auto_type explore_operand = (operand);                                             \
        EXPLORE_OBJECT(verb, object, order, true, false);                                          \
        EXPLORE_WRITING();                                                                         \
        (void)modify(explore_object, explore_operand, memory_order_relaxed);                       \
        explore_modified(explore_object, ORDER_##order);                                           \
        explore_old;                                                                               \
    })

#define EX_ADD(object, value, order)                                                               \
    EXPLORE_MODIFY("add", atomic_fetch_add_explicit, object, value, order)
#define EX_OR(object, bits, order)                                                                 \
    EXPLORE_MODIFY("or", atomic_fetch_or_explicit, object, bits, order)
#define EX_AND(object, bits, order)                                                                \
    EXPLORE_MODIFY("and", atomic_fetch_and_explicit, object, bits, order)

#define EX_CAS(object, expected, desired, order, failed)                                           \
    __extension__({                                                                                \
        const __auto_type explore_desired = (desired);                                             \
        const __auto_type explore_expected = (expected);                                           \
        EXPLORE_OBJECT("compare-exchange", object, order, true, false);                            \
        __auto_type explore_old = atomic_load_explicit(explore_object, memory_order_relaxed);      \
        const bool explore_done = atomic_compare_exchange_strong_explicit(                         \
            explore_object, explore_expected, explore_desired, memory_order_relaxed,               \
            memory_order_relaxed);                                                                 \
        if (explore_done) {                                                                        \
            explore_writing(explore_object, &explore_old, sizeof explore_old);                     \
            explore_modified(explore_object, ORDER_##order);                                       \
        } else {                                                                                   \
            explore_loaded(explore_object, ORDER_##failed, &explore_old, sizeof explore_old);      \
        }                                                                                          \
        explore_done;                                                                              \
    })

#endif
