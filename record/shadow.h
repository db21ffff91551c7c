/* The side table: pointer -> which row of the histogram a block is counted in, and which thread
   allocated it. README.md says why it is a shadow of the address space and not a header or a hash.

   A block's word is written by the thread that got it from malloc and cleared by the one that
   frees it; whoever hands a block from one thread to another orders those two, so the word itself
   needs no stronger ordering than the block's own bytes do. */
#ifndef RECORD_SHADOW_H
#define RECORD_SHADOW_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __x86_64__
enum { ADDRESS_BITS = 47 }; /* of user space */
#else
enum { ADDRESS_BITS = 48 };
#endif

enum {
    REGION_BITS = 26, /* 64 MiB of addresses share one leaf */
    STEP_BITS = 4,    /* one word for each 16 bytes: no two live blocks share one, because the
                         recorder asks the allocator below for at least that much */
    REGIONS = 1 << (ADDRESS_BITS - REGION_BITS),
    REGION_STEPS = 1 << (REGION_BITS - STEP_BITS)
};

typedef _Atomic uint32_t shadow_word; /* count_word of a block; 0 = not a known one */

extern _Atomic(shadow_word *) shadow_regions[REGIONS];

/* True where the process may have only so many addresses: instead of leaves of 64 MiB there are
   small ones, which take an eighth of the addresses that hold blocks and are found more slowly. One
   word then stands for 32 bytes, which the allocator below must keep between the starts of two
   blocks. */
extern bool shadow_is_small;
enum { SMALL_STEP_BITS = 5 };

/* The word of a block there; shadow_find_small gives NULL when its addresses have no leaf yet,
   shadow_reach_small only when that cannot be mapped. */
shadow_word *shadow_find_small(const void *block);
shadow_word *shadow_reach_small(const void *block);

/* Tells pages.h of the table of regions. */
void shadow_note_pages(void);

/* Maps the leaf of a region; NULL when there is no memory or the address is out of range. */
shadow_word *shadow_add_region(uintptr_t address);

/* A block's word; NULL when its region has no leaf yet. */
static inline shadow_word *shadow_find(const void *block)
{
    uintptr_t address = (uintptr_t)block, region = address >> REGION_BITS;
    if (__builtin_expect(region >= REGIONS, 0))
        return NULL;
    shadow_word *leaf = atomic_load_explicit(&shadow_regions[region], memory_order_acquire);
    if (__builtin_expect(leaf == NULL, 0))
        return NULL;
    return &leaf[(address >> STEP_BITS) % REGION_STEPS];
}

/* The same, mapping the leaf; NULL when that fails. */
static inline shadow_word *shadow_reach(const void *block)
{
    if (shadow_is_small)
        return shadow_reach_small(block);
    shadow_word *word = shadow_find(block);
    if (word == NULL && shadow_add_region((uintptr_t)block) != NULL)
        word = shadow_find(block);
    return word;
}

/* Forgets a block and returns its word; 0 if it was not known. */
static inline uint32_t shadow_take(const void *block)
{
    shadow_word *word = shadow_find(block);
    if (__builtin_expect(word == NULL && shadow_is_small, 0))
        word = shadow_find_small(block);
    if (__builtin_expect(word == NULL, 0))
        return 0;
    uint32_t value = atomic_load_explicit(word, memory_order_relaxed);
    atomic_store_explicit(word, 0, memory_order_relaxed);
    return value;
}

#endif
