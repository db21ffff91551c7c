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

/* Clears what calls left behind on the stack, where it could tell states apart that are the same.
   For that reason too values go by value here: one in memory would stay there when it is of no use.
 */
void explore_scrub(void);

/* Stops the fiber, if what it accesses is of interest to others. */
enum { EXPLORE_BYTES = 0xff, EXPLORE_WRITES = 0x100, EXPLORE_LOADS = 0x200 };
void explore_point(const char *what, int line, const volatile void *object, int order,
                   unsigned kind);

/* Called right after a load, for what it gives, which may be an older value; */
uint64_t explore_loaded(const volatile void *object, int order, uint64_t value);
/* right before a write, with what stands there; */
void explore_writing(const volatile void *object, uint64_t value);
/* right after a store, or a read-modify-write. */
void explore_stored(const volatile void *object, int order);
void explore_modified(const volatile void *object, int order);

/* The object is told once: to find it may take accesses of its own. */
#define EXPLORE_OBJECT(verb, object, order, kind)                                                  \
    const __auto_type explore_object = (object);                                                   \
    explore_scrub();                                                                               \
    explore_point(verb " " #object, __LINE__, explore_object, ORDER_##order,                       \
                  (kind) | (unsigned)sizeof *explore_object)

#define EXPLORE_PEEK() atomic_load_explicit(explore_object, memory_order_relaxed)

#define EXPLORE_WRITING()                                                                          \
    const __auto_type explore_old = EXPLORE_PEEK();                                                \
    explore_writing(explore_object, (uintptr_t)explore_old)

#define EX_LOAD(object, order)                                                                     \
    __extension__({                                                                                \
        EXPLORE_OBJECT("load", object, order, EXPLORE_LOADS);                                      \
        const __auto_type explore_value = EXPLORE_PEEK();                                          \
        (__typeof__(explore_value))(uintptr_t)explore_loaded(explore_object, ORDER_##order,        \
                                                             (uintptr_t)explore_value);            \
    })

#define EX_STORE(object, value, order)                                                             \
    __extension__({                                                                                \
        const __auto_type explore_desired = (value);                                               \
        EXPLORE_OBJECT("store", object, order, EXPLORE_WRITES);                                    \
        EXPLORE_WRITING();                                                                         \
        atomic_store_explicit(explore_object, explore_desired, memory_order_relaxed);              \
        explore_stored(explore_object, ORDER_##order);                                             \
    })

#define EXPLORE_MODIFY(verb, modify, object, operand, order)                                       \
    __extension__({                                                                                \
        const __auto_type explore_operand = (operand);                                             \
        EXPLORE_OBJECT(verb, object, order, EXPLORE_WRITES);                                       \
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
        EXPLORE_OBJECT("compare-exchange", object, order, EXPLORE_WRITES);                         \
        const __auto_type explore_old = EXPLORE_PEEK();                                            \
        const bool explore_done = explore_old == *explore_expected;                                \
        if (explore_done) {                                                                        \
            explore_writing(explore_object, (uintptr_t)explore_old);                               \
            atomic_store_explicit(explore_object, explore_desired, memory_order_relaxed);          \
            explore_modified(explore_object, ORDER_##order);                                       \
        } else {                                                                                   \
            *explore_expected = explore_old;                                                       \
            (void)explore_loaded(explore_object, ORDER_##failed, (uintptr_t)explore_old);          \
        }                                                                                          \
        explore_done;                                                                              \
    })

#endif
