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

/* Entries of shadow_regions: REGIONS, or none where the process may have only so many addresses.
   There are then small leaves instead, which take a 16th of the addresses that hold blocks and are
   found more slowly. A word of theirs has 16 bits, which tell fewer rows and threads apart, and
   stands for 32 bytes, which the allocator below must keep between the starts of two blocks. */
extern uintptr_t shadow_region_count;
enum { SMALL_STEP_BITS = 5, SMALL_ROW_BITS = 12, SMALL_THREAD_BITS = 16 - SMALL_ROW_BITS };

/* Few addresses from now on; before the first block. */
void shadow_start_small(void);

/* As shadow_put and shadow_take, in small leaves. */
bool shadow_put_small(const void *block, uint32_t word);
uint32_t shadow_take_small(const void *block);

/* Tells pages.h of the table of regions. */
void shadow_note_pages(void);

/* Maps the leaf of a region; NULL when there is no memory or the address is out of range. */
shadow_word *shadow_add_region(uintptr_t address);

/* A block's word; NULL when its region has no leaf yet. */
static inline shadow_word *shadow_find(const void *block)
{
    uintptr_t address = (uintptr_t)block, region = address >> REGION_BITS;
    if (__builtin_expect(region >= shadow_region_count, 0))
        return NULL;
    shadow_word *leaf = atomic_load_explicit(&shadow_regions[region], memory_order_acquire);
    if (__builtin_expect(leaf == NULL, 0))
        return NULL;
    return &leaf[(address >> STEP_BITS) % REGION_STEPS];
}

static inline bool shadow_is_small(void)
{
    return shadow_region_count == 0;
}

/* Remembers a block's word, mapping the leaf; false when that fails. */
static inline bool shadow_put(const void *block, uint32_t value)
{
    if (shadow_is_small())
        return shadow_put_small(block, value);
    shadow_word *word = shadow_find(block);
    if (word == NULL && shadow_add_region((uintptr_t)block) != NULL)
        word = shadow_find(block);
    if (word != NULL)
        atomic_store_explicit(word, value, memory_order_relaxed);
    return word != NULL;
}

/* Forgets a block and returns its word; 0 if it was not known. */
static inline uint32_t shadow_take(const void *block)
{
    shadow_word *word = shadow_find(block);
    if (__builtin_expect(word == NULL, 0))
        return shadow_is_small() ? shadow_take_small(block) : 0;
    uint32_t value = atomic_load_explicit(word, memory_order_relaxed);
    atomic_store_explicit(word, 0, memory_order_relaxed);
    return value;
}

#endif
