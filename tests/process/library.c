/* A library that holds an allocator: what unload.c loads. */
#include "un.h"
#include <stdlib.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT int use(void);
EXPORT void *keep(void);

static void
    *last; /* is freed when the library's own handlers run, as C++ does with static objects */

static void free_last(void)
{
    un_free(last);
}

/* Has blocks of growth and one of a mapping of its own, and frees them all but one; 0 if it could.
 */
EXPORT int use(void)
{
    static const size_t sizes[] = {64, 4096, 5000000};
    void *blocks[600] = {NULL};
    int failed = 0;
    for (size_t i = 0; i < 600; i++) {
        blocks[i] = un_alloc(sizes[i == 0 ? 2 : i % 2]);
        failed |= blocks[i] == NULL;
    }
    for (size_t i = 0; i < 600; i++) {
        un_free(blocks[i]);
    }
    return failed;
}

/* A block of growth that nobody frees. */
EXPORT void *keep(void)
{
    void *block = un_alloc(4096);
    for (int i = 0; i < 8; i++) {
        block = un_alloc(4096);
    }
    return block;
}

__attribute__((constructor)) static void begin(void)
{
    last = un_calloc(5, 800);
    if (last == NULL || atexit(free_last) != 0) {
        abort();
    }
}
