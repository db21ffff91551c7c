/* Uses a shared library through the header: constants take the inline face, which reads the
   library's own thread-local pointer and arena. */
#include "config-tokio.h"

int main(void)
{
    void *const first = tokio_alloc(64);
    tokio_free_sized(first, 64);
    void *const again = tokio_alloc(64);
    const bool good = again == first && tokio_owns(again) && tokio_usable_size(again) == 64;
    tokio_free(again);
    return good && tokio_check() ? 0 : 1;
}
