#include "shadow.h"
#include "lock.h"
#include "pages.h"
#include "system.h"
#include <errno.h>
#include <sys/mman.h>

_Atomic(shadow_word *) shadow_regions[REGIONS];

void shadow_note_pages(void)
{
    pages_note(shadow_regions, sizeof shadow_regions);
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

bool shadow_is_small;

typedef _Atomic(shadow_word *) piece; /* its words */
static _Atomic(piece *) giants[GIANTS];

shadow_word *shadow_find_small(const void *block)
{
    uintptr_t address = (uintptr_t)block, giant = address >> GIANT_BITS;
    if (giant >= GIANTS)
        return NULL;
    piece *pieces = atomic_load_explicit(&giants[giant], memory_order_acquire);
    if (pieces == NULL)
        return NULL;
    shadow_word *words =
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
        atomic_store(entry, carve(PIECE_STEPS * sizeof(shadow_word)));
}

shadow_word *shadow_reach_small(const void *block)
{
    shadow_word *word = shadow_find_small(block);
    if (word != NULL || (uintptr_t)block >> ADDRESS_BITS != 0)
        return word;
    int saved = errno;
    lock_take();
    add_small((uintptr_t)block);
    lock_release();
    errno = saved;
    return shadow_find_small(block);
}
