/* Part of allocator.c, target wasm: all that is asked of the system, which is the module's own memory. It
   only grows, has no clock and no threads that end. Given: limit_granules; flags pages, grow_limited. */
/* ---- The system ---- */

#ifndef __wasm32__
#error "the table of this file has target: [wasm], and this compiler's target is another: change the key"
#endif

//%if pages
#define @PREFIX@_NO_PAGE SIZE_MAX

static inline size_t @prefix@_memory_pages(void) { return __builtin_wasm_memory_size(0); }

/* Makes the memory `pages` of 64 KiB larger, which are all zero; returns the first of them, or
   @PREFIX@_NO_PAGE if the module's maximum, its host or the table's limit forbids it. */
static inline size_t @prefix@_obtain(size_t pages)
{
//%if grow_limited
    if (@prefix@_memory_pages() + pages > @limit_granules@) {
        return @PREFIX@_NO_PAGE;
    }
//%end
    return __builtin_wasm_memory_grow(0, pages);
}
//%end
