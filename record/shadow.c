#include "shadow.h"
#include "count.h"
#include "lock.h"
#include "pages.h"
#include "system.h"
#include <errno.h>
#include <sys/mman.h>

_Atomic(shadow_word *) shadow_regions[REGIONS];
uintptr_t shadow_region_count = REGIONS;

void shadow_note_pages(void)
{
    pages_note(shadow_regions, shadow_region_count * sizeof shadow_regions[0]);
}

shadow_word *shadow_add_region(uintptr_t address)
{
    if (address >> ADDRESS_BITS != 0)
        return NULL;
    size_t bytes = REGION_STEPS * sizeof(shadow_word);
    shadow_word *leaf = map_pages(bytes);
    if (leaf == NULL)
        return NULL;
    /* A huge page would make one touched word cost 2 MiB. A kernel without them refuses. */
    (void)system_calls.madvise(leaf, bytes, MADV_NOHUGEPAGE);

    shadow_word *expected = NULL;
    if (atomic_compare_exchange_strong(&shadow_regions[address >> REGION_BITS], &expected, leaf))
        return leaf;
    system_calls.munmap(leaf, bytes);
    return expected;
}

/* ---- where addresses are few: three levels, of 1 GiB, of 64 KiB and of 32 bytes */

enum {
    GIANT_BITS = 30,
    PIECE_BITS = 16,
    GIANTS = 1 << (ADDRESS_BITS - GIANT_BITS),
    PIECES = 1 << (GIANT_BITS - PIECE_BITS), /* of a giant */
    PIECE_STEPS = 1 << (PIECE_BITS - SMALL_STEP_BITS),
    SLAB = 1 << 18 /* bytes that are mapped at a time */
};

typedef _Atomic uint16_t small_word;
typedef _Atomic(small_word *) piece; /* its words */
static _Atomic(piece *) giants[GIANTS];

void shadow_start_small(void)
{
    shadow_region_count = 0;
    pages_drop(shadow_regions, sizeof shadow_regions);
}

/* NULL when the block's addresses have no leaf yet. */
static small_word *find_small(const void *block)
{
    uintptr_t address = (uintptr_t)block, giant = address >> GIANT_BITS;
    if (giant >= GIANTS)
        return NULL;
    piece *pieces = atomic_load_explicit(&giants[giant], memory_order_acquire);
    if (pieces == NULL)
        return NULL;
    small_word *words =
        atomic_load_explicit(&pieces[(address >> PIECE_BITS) % PIECES], memory_order_acquire);
    return words == NULL ? NULL : &words[(address >> SMALL_STEP_BITS) % PIECE_STEPS];
}

/* Zeroed bytes, at most a slab, from slab after slab. The caller holds the lock. */
static void *carve(size_t bytes)
{
    static char *slab;
    static size_t left;
    if (left < bytes) {
        slab = map_pages(SLAB);
        left = slab == NULL ? 0 : SLAB;
    }
    if (left < bytes)
        return NULL;
    left -= bytes;
    return slab + left;
}

static void add_small(uintptr_t address)
{
    _Atomic(piece *) *giant = &giants[address >> GIANT_BITS];
    piece *pieces = atomic_load(giant);
    if (pieces == NULL) {
        pieces = carve(PIECES * sizeof *pieces);
        if (pieces == NULL)
            return;
        atomic_store(giant, pieces);
    }
    piece *entry = &pieces[(address >> PIECE_BITS) % PIECES];
    if (atomic_load(entry) == NULL)
        atomic_store(entry, carve(PIECE_STEPS * sizeof(small_word)));
}

bool shadow_put_small(const void *block, uint32_t word)
{
    small_word *small = find_small(block);
    if (small == NULL && (uintptr_t)block >> ADDRESS_BITS == 0) {
        int saved = errno;
        lock_take();
        add_small((uintptr_t)block);
        lock_release();
        errno = saved;
        small = find_small(block);
    }
    if (small == NULL)
        return false;
    uint32_t packed = word >> ROW_BITS << SMALL_ROW_BITS | word_row(word);
    atomic_store_explicit(small, (uint16_t)packed, memory_order_relaxed);
    return true;
}

uint32_t shadow_take_small(const void *block)
{
    small_word *small = find_small(block);
    if (small == NULL)
        return 0;
    uint32_t packed = atomic_load_explicit(small, memory_order_relaxed);
    atomic_store_explicit(small, 0, memory_order_relaxed);
    return packed >> SMALL_ROW_BITS << ROW_BITS | packed % (1 << SMALL_ROW_BITS);
}
