/* Part of allocator.c: access to the words that threads share. */
//%if threads_shared
/* ---- Atomics ----
 * Every word that threads share is read and written through these, so that the same text can be
 * compiled under a checker that explores interleavings: it defines @PREFIX@_ATOMICS as the name of
 * a file with its own. */
#ifdef @PREFIX@_ATOMICS
#include @PREFIX@_ATOMICS
#else
#define @PREFIX@_LOAD(object, order) atomic_load_explicit(object, memory_order_##order)
#define @PREFIX@_STORE(object, value, order) atomic_store_explicit(object, value, memory_order_##order)
/* These three return what the object was before. */
#define @PREFIX@_ADD(object, value, order) \
    atomic_fetch_add_explicit(object, value, memory_order_##order)
#define @PREFIX@_OR(object, bits, order) \
    atomic_fetch_or_explicit(object, bits, memory_order_##order)
#define @PREFIX@_AND(object, bits, order) \
    atomic_fetch_and_explicit(object, bits, memory_order_##order)
/* Compare-exchange; on failure reloads *expected with `failed` order. */
#define @PREFIX@_CAS(object, expected, desired, order, failed) \
    atomic_compare_exchange_strong_explicit(object, expected, desired, memory_order_##order, \
                                            memory_order_##failed)
#endif
//%else
/* ---- Access to state ----
 * One thread at a time calls, so these are plain accesses. */
#define @PREFIX@_LOAD(object, order) (*(object))
#define @PREFIX@_STORE(object, value, order) (*(object) = (value))
#define @PREFIX@_ADD(object, value, order) @prefix@_replace(object, *(object) + (value))
#define @PREFIX@_OR(object, bits, order) @prefix@_replace(object, *(object) | (bits))
#define @PREFIX@_AND(object, bits, order) @prefix@_replace(object, *(object) & (bits))
#define @PREFIX@_CAS(object, expected, desired, order, failed) \
    (*(object) == *(expected) ? (*(object) = (desired), true) : (*(expected) = *(object), false))

//%if system
__attribute__((unused)) static inline uint64_t @prefix@_replace(uint64_t *object, uint64_t value)
{
    const uint64_t old = *object;
    *object = value;
    return old;
}
//%end
//%end
