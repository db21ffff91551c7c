/* The allocator as a part of this file alone: TOKIO_API is static. */
#include "config-tokio.c"

int main(void)
{
    char *const block = tokio_alloc(24);
    char *const grown = tokio_realloc(block, 5000);
    const bool good = grown != NULL && tokio_usable_size(grown) == 8192 && tokio_owns(grown);
    tokio_free_sized(grown, 5000);
    return good && tokio_check() ? 0 : 1;
}
