/* Part of allocator.c: requests that no pool serves. The table says who does: malloc alone
   (oversize_malloc.c), own mappings with malloc beside them or not (oversize_maps.c), or nobody. */
//%if oversize_os
//%include oversize_maps.c
//%else
//%if exhausted_upstream
/* A block from malloc, which frees it too; `size` is at least 1. */
static void *@prefix@_upstream(size_t alignment, size_t size, bool zero)
{
//%include oversize_malloc.c
}
//%end
//%end

/* ---- Oversize requests, and those that a pool at its end cannot serve ---- */

//%if threads_shared
static _Atomic(uint64_t) @prefix@_oversize; /* requests larger than the largest pool */
//%else
static uint64_t @prefix@_oversize; /* requests larger than the largest pool */
//%end

/* A block larger than any pool's, or aligned as none is. */
__attribute__((noinline)) static void *@prefix@_big_alloc(size_t alignment, size_t size, bool zero)
{
//%if threads_shared
    @PREFIX@_ADD(&@prefix@_oversize, 1, relaxed);
//%else
    @prefix@_oversize++;
//%end
//%if oversize_fail
    (void)alignment, (void)size, (void)zero;
    errno = ENOMEM;
    return NULL;
//%else
    alignment = alignment > @alignment@ ? alignment : @alignment@; /* promised of every large block */
    size += size == 0; /* a block without bytes might have the address of another */
//%if oversize_os
    return @prefix@_big_map(alignment, size, zero);
//%else
//%if exhausted_upstream
    return @prefix@_upstream(alignment, size, zero);
//%else
//%include oversize_malloc.c
//%end
//%end
//%end
}

//%if exhausted_upstream
/* Serves a request that `pool` could not, as the table says; `size` is at least 1. */
__attribute__((noinline)) static void *@prefix@_fall_back(size_t pool, size_t alignment,
                                                      size_t size, bool zero)
//%else
/* Ends a request that `pool` could not serve. */
__attribute__((noinline)) static void *@prefix@_fall_back(size_t pool)
//%end
{
//%if threads_shared
    @PREFIX@_ADD(&@prefix@_pools[pool].fallbacks, 1, relaxed);
//%else
    @prefix@_pools[pool].fallbacks++;
//%end
//%if exhausted_upstream
//%if mixed_exhausted
    if (@prefix@_shapes[pool].exhausted != 'u') {
        errno = ENOMEM;
        return NULL;
    }
//%end
    /* As the pool's own blocks are, up to what the table promises. */
    const size_t natural = @prefix@_shapes[pool].size & -@prefix@_shapes[pool].size;
    const size_t promised = natural < @alignment@ ? natural : @alignment@;
    return @prefix@_upstream(alignment > promised ? alignment : promised, size, zero);
//%else
    errno = ENOMEM;
    return NULL;
//%end
}
