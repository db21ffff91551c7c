/* Part of allocator.c, threads: shared: every access to a shared word. */
/* ---- Atomics ----
 * Every word that threads share is read and written through these, so that the same text can be
 * compiled under a checker that explores interleavings: it defines @PREFIX@_ATOMICS as the name of
 * a file with its own. */
#ifdef @PREFIX@_ATOMICS
#include @PREFIX@_ATOMICS
#else
#define @PREFIX@_LOAD(object, order) atomic_load_explicit(object, memory_order_##order)
#define @PREFIX@_STORE(object, value, order) atomic_store_explicit(object, value, memory_order_##order)
#define @PREFIX@_ADD(object, value, order) \
    atomic_fetch_add_explicit(object, value, memory_order_##order)
/* Compare-exchange; on failure reloads *expected with `failed` order. */
#define @PREFIX@_CAS(object, expected, desired, order, failed) \
    atomic_compare_exchange_strong_explicit(object, expected, desired, memory_order_##order, \
                                            memory_order_##failed)
#endif
