/* Rust's functions, from front_rust.rs. */
#include "crimes.h"

extern void *rust_alloc(size_t size);
extern void *rust_calloc(size_t count, size_t size);
extern void *rust_aligned_alloc(size_t alignment, size_t size);
extern void rust_free_sized(void *block, size_t size);
extern void rust_free_aligned_sized(void *block, size_t alignment, size_t size);

void take_front(struct subject *functions)
{
    functions->alloc = rust_alloc;
    functions->calloc = rust_calloc;
    functions->aligned_alloc = rust_aligned_alloc;
    functions->free = NULL;
    functions->free_sized = rust_free_sized;
    functions->free_aligned_sized = rust_free_aligned_sized;
}
