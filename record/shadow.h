/* The side table: pointer -> which row of the histogram a block is counted in, and which thread
   allocated it. README.md says why it is a shadow of the address space and not a header or a hash.

   A block's word is written by the thread that got it from malloc and cleared by the one that
   frees it; whoever hands a block from one thread to another orders those two, so the word itself
   needs no stronger ordering than the block's own bytes do. */
#ifndef RECORD_SHADOW_H
#define RECORD_SHADOW_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ADDRESS_BITS = 48, /* of user space, on x86-64 and aarch64 */
    REGION_BITS = 26,  /* 64 MiB of addresses share one leaf */
    STEP_BITS = 4,     /* one word for each 16 bytes: no two live blocks share one, because the
                          recorder asks the allocator below for at least that much */
    REGIONS = 1 << (ADDRESS_BITS - REGION_BITS),
    REGION_STEPS = 1 << (REGION_BITS - STEP_BITS)
};

typedef _Atomic uint64_t shadow_word; /* the row's handle below (0 = not a known block),
                                          the thread that allocated it in the high half */

extern _Atomic(shadow_word *) shadow_regions[REGIONS];

/* Maps the leaf of a region; NULL when there is no memory or the address is out of range. */
shadow_word *shadow_add_region(uintptr_t address);

/* Remembers a block. False if it could not be. */
static inline int shadow_set(const void *block, uint32_t handle, uint32_t thread)
{
    uintptr_t address = (uintptr_t)block;
    shadow_word *leaf = NULL;
    if (__builtin_expect(address >> ADDRESS_BITS == 0, 1))
        leaf = atomic_load_explicit(&shadow_regions[address >> REGION_BITS], memory_order_acquire);
    if (__builtin_expect(leaf == NULL, 0)) {
        leaf = shadow_add_region(address);
        if (leaf == NULL)
            return 0;
    }
    atomic_store_explicit(&leaf[(address >> STEP_BITS) % REGION_STEPS],
                          (uint64_t)thread << 32 | handle, memory_order_relaxed);
    return 1;
}

/* Forgets a block and returns its word; 0 if it was not known. */
static inline uint64_t shadow_take(const void *block)
{
    uintptr_t address = (uintptr_t)block;
    if (__builtin_expect(address >> ADDRESS_BITS != 0, 0))
        return 0;
    shadow_word *leaf =
        atomic_load_explicit(&shadow_regions[address >> REGION_BITS], memory_order_acquire);
    if (__builtin_expect(leaf == NULL, 0))
        return 0;
    shadow_word *word = &leaf[(address >> STEP_BITS) % REGION_STEPS];
    uint64_t value = atomic_load_explicit(word, memory_order_relaxed);
    atomic_store_explicit(word, 0, memory_order_relaxed);
    return value;
}

#endif
