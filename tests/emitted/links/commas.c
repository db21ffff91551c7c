/* Arguments that hold commas, and the largest size as a constant. */
#include "config-tokio.h"

struct pair {
    size_t a, b;
};

static void *as_is(void *ptr, int unused)
{
    (void)unused;
    return ptr;
}

int main(void)
{
    void *const block = tokio_alloc((struct pair){64, 1}.a);
    const bool good = tokio_usable_size(block) == 64;
    tokio_free_sized(as_is(block, 0), (struct pair){64, 1}.a);
    static char largest[TOKIO_LARGEST];
    return good && sizeof largest == 8192 ? 0 : 1;
}
