/* One compilation of a source that uses the header, the allocator, and another source that does. */
#include "config-tokio.h"

static void *before(void)
{
    return tokio_alloc(64);
}

#include "config-tokio.c"
#include "config-tokio.h"

int main(void)
{
    void *const block = before();
    const bool good = tokio_owns(block);
    tokio_free_sized(block, 64);
    return good && tokio_check() ? 0 : 1;
}
