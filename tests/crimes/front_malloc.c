/* The malloc family, of which C has no declaration for all. */
#include "crimes.h"

#include <stdlib.h>

extern void free_sized(void *ptr, size_t size);
extern void free_aligned_sized(void *ptr, size_t alignment, size_t size);
extern size_t malloc_usable_size(void *ptr);

static size_t usable_size(const void *ptr)
{
    return malloc_usable_size((void *)(uintptr_t)ptr);
}

void take_front(struct subject *functions)
{
    functions->alloc = malloc;
    functions->calloc = calloc;
    functions->realloc = realloc;
    functions->aligned_alloc = aligned_alloc;
    functions->free = free;
    functions->free_sized = free_sized;
    functions->free_aligned_sized = free_aligned_sized;
    functions->usable_size = usable_size;
}
