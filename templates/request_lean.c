/* Part of api.c, target wasm: requests, where bytes of code count: a module that only links alloc and free has
   nothing of alignments and of filling in it. Given, beside what allocator.c is given: flags selector_bits,
   selector_split. */
/* The pool of a size; @PREFIX@_POOLS if none serves it. */
static inline size_t @prefix@_pool_of(size_t size)
{
//%if selects_none
    return size <= @PREFIX@_LARGEST ? @prefix@_select(size) : @PREFIX@_POOLS; /* the first pool of 0 */
//%else
    return size <= @PREFIX@_LARGEST ? @prefix@_select(size + (size == 0)) : @PREFIX@_POOLS;
//%end
}

/* A block of the pool; NULL with errno ENOMEM if there is none. */
static void *@prefix@_serve(size_t pool)
{
    void *block = @prefix@_take_hit(pool);
    block = block != NULL ? block : @prefix@_take_slow(pool);
    if (block == NULL) {
        @prefix@_pools[pool].fallbacks++;
        errno = ENOMEM;
    }
    return block;
}

/* A request that no pool serves. */
static void *@prefix@_serve_oversize(size_t alignment, size_t size, bool zero)
{
    @prefix@_oversize++;
//%if oversize_os
    return @prefix@_big_map(alignment, size + (size == 0), zero);
//%else
    (void)alignment, (void)size, (void)zero;
    errno = ENOMEM;
    return NULL;
//%end
}

/* Of any alignment; of zeros or not. */
static void *@prefix@_request(size_t alignment, size_t size, bool zero)
{
    if (!@prefix@_is_alignment(alignment)) {
        errno = EINVAL;
        return NULL;
    }
    const size_t pool = @prefix@_select_aligned(alignment, size);
    if (pool == @PREFIX@_POOLS) {
        return @prefix@_serve_oversize(alignment, size, zero);
    }
    void *const block = @prefix@_serve(pool);
    return block != NULL && zero ? memset(block, 0, size) : block;
}

@PREFIX@_API void *@prefix@_alloc(size_t size)
{
    const size_t pool = @prefix@_pool_of(size);
    return pool != @PREFIX@_POOLS ? @prefix@_serve(pool) : @prefix@_serve_oversize(1, size, false);
}
