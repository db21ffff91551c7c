/* The emitted text's plain accesses: the compiler calls these functions at each, as it would call
   ThreadSanitizer's. Nothing stops there; orders.c asks whether what was written is seen. The
   atomics of atomics.h come here as well, and are done without more. */
#include "model.h"

#include <stdatomic.h>

void __tsan_init(void);
void __tsan_init(void)
{
}

#define PLAIN(bytes)                                                                               \
    void __tsan_read##bytes(const void *at);                                                       \
    void __tsan_read##bytes(const void *at)                                                        \
    {                                                                                              \
        orders_plain(at, false, __builtin_return_address(0));                                      \
    }                                                                                              \
    void __tsan_write##bytes(const void *at);                                                      \
    void __tsan_write##bytes(const void *at)                                                       \
    {                                                                                              \
        orders_plain(at, true, __builtin_return_address(0));                                       \
    }

PLAIN(1)
PLAIN(2)
PLAIN(4)
PLAIN(8)
PLAIN(16)

/* A block's bytes, by a fill or a copy: what is owned of it is followed by its owner's calls. */
void __tsan_read_range(const void *at, size_t bytes);
void __tsan_read_range(const void *at, size_t bytes)
{
    (void)at, (void)bytes;
}

void __tsan_write_range(const void *at, size_t bytes);
void __tsan_write_range(const void *at, size_t bytes)
{
    (void)at, (void)bytes;
}

#define ATOMICS(bits)                                                                              \
    uint##bits##_t __tsan_atomic##bits##_load(const _Atomic(uint##bits##_t) *at, int order);       \
    uint##bits##_t __tsan_atomic##bits##_load(const _Atomic(uint##bits##_t) *at, int order)        \
    {                                                                                              \
        (void)order;                                                                               \
        return atomic_load_explicit(at, memory_order_relaxed);                                     \
    }                                                                                              \
    void __tsan_atomic##bits##_store(_Atomic(uint##bits##_t) *at, uint##bits##_t value,            \
                                     int order);                                                   \
    void __tsan_atomic##bits##_store(_Atomic(uint##bits##_t) *at, uint##bits##_t value, int order) \
    {                                                                                              \
        (void)order;                                                                               \
        atomic_store_explicit(at, value, memory_order_relaxed);                                    \
    }                                                                                              \
    MODIFY(bits, add)                                                                              \
    MODIFY(bits, and)                                                                              \
    MODIFY(bits, or)                                                                               \
    int __tsan_atomic##bits##_compare_exchange_strong(                                             \
        _Atomic(uint##bits##_t) *at, uint##bits##_t *expected, uint##bits##_t desired, int order,  \
        int failed);                                                                               \
    int __tsan_atomic##bits##_compare_exchange_strong(                                             \
        _Atomic(uint##bits##_t) *at, uint##bits##_t *expected, uint##bits##_t desired, int order,  \
        int failed)                                                                                \
    {                                                                                              \
        (void)order, (void)failed;                                                                 \
        return atomic_compare_exchange_strong_explicit(                                            \
            at, expected, desired, memory_order_relaxed, memory_order_relaxed);                    \
    }

#define MODIFY(bits, verb)                                                                         \
    uint##bits##_t __tsan_atomic##bits##_fetch_##verb(_Atomic(uint##bits##_t) *at,                 \
                                                      uint##bits##_t operand, int order);          \
    uint##bits##_t __tsan_atomic##bits##_fetch_##verb(_Atomic(uint##bits##_t) *at,                 \
                                                      uint##bits##_t operand, int order)           \
    {                                                                                              \
        (void)order;                                                                               \
        return atomic_fetch_##verb##_explicit(at, operand, memory_order_relaxed);                  \
    }

ATOMICS(8)
ATOMICS(16)
ATOMICS(32)
ATOMICS(64)
