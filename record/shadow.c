#include "shadow.h"
#include "pages.h"

_Atomic(shadow_word *) shadow_regions[REGIONS];

shadow_word *shadow_add_region(uintptr_t address)
{
    if (address >> ADDRESS_BITS != 0)
        return NULL;
    size_t bytes = REGION_STEPS * sizeof(shadow_word);
    shadow_word *leaf = map_pages(bytes);
    if (leaf == NULL)
        return NULL;
    /* A huge page would make one touched word cost 2 MiB. A kernel without them refuses. */
    (void)madvise(leaf, bytes, MADV_NOHUGEPAGE);

    shadow_word *expected = NULL;
    if (atomic_compare_exchange_strong(&shadow_regions[address >> REGION_BITS], &expected, leaf))
        return leaf;
    munmap(leaf, bytes);
    return expected;
}
