/* What must hold where addresses have 32 bits and malloc aligns to 8: runs on such a machine, or is
   emulated. */
#include "nw.h"
#include <stdlib.h>
#include <string.h>

/* Blocks of one size, more than the pool has: aligned to 16, zeroed. 64 MiB of growth at most. */
static bool are_right(size_t size, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        unsigned char *const block = i % 2 == 0 ? nw_alloc(size) : nw_calloc(1, size);
        if (block == NULL || (uintptr_t)block % 16 != 0 || (i % 2 != 0 && block[size - 1] != 0)) {
            return false;
        }
        memset(block, 1, size);
        unsigned char *const moved = i % 8 == 0 ? nw_realloc(block, size * 3) : block;
        if (moved == NULL || (uintptr_t)moved % 16 != 0 || moved[size - 1] != 1) {
            return false;
        }
    }
    return true;
}

int main(void)
{
    /* A pool of 256 MiB, which is short of nothing, leaves room for growth and large blocks. */
    return sizeof(void *) == 4 && are_right(16, 500) && are_right(40, 500) &&
                   are_right(1000, 65536) && are_right(5000, 50)
               ? EXIT_SUCCESS
               : EXIT_FAILURE;
}
