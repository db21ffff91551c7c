/* Part of api.c, for tables whose requests go in steps: each a critical section, or with blocks of larger pools,
   or a hook; and where flash is short. Given, beside what allocator.c is given: alignment; flags plain (a request
   is no more than its pool), compact, borrows_unlike, reserves. */
//%if !plain
/* The pool that serves a size; @PREFIX@_POOLS if none does. */
static inline size_t @prefix@_pool_of(size_t size)
{
//%if hardened
    return @prefix@_pool_for(1, size);
//%else
//%if target_bare
    return @prefix@_select(size);
//%else
//%if tools
    return size <= @PREFIX@_LARGEST && !@PREFIX@_PASSTHROUGH ? @prefix@_select(size + (size == 0)) : @PREFIX@_POOLS;
//%else
    return size <= @PREFIX@_LARGEST ? @prefix@_select(size + (size == 0)) : @PREFIX@_POOLS;
//%end
//%end
//%end
}

//%end
//%if plain
/* A block of the pool; NULL, and counted, if there is none or if no pool serves the request. */
static void *@prefix@_serve(size_t pool)
{
//%if threads_critical
    const uintptr_t state = @PREFIX@_ENTER();
//%end
    void *block = NULL;
    if (pool == @PREFIX@_POOLS) {
        @prefix@_oversize++;
    } else if ((block = @prefix@_take(pool)) == NULL) {
        @prefix@_pools[pool].fallbacks++;
    }
//%if threads_critical
    @PREFIX@_LEAVE(state);
//%end
    return block;
}
//%else
/* A request for `size` bytes. */
struct @prefix@_wish {
    size_t alignment, size;
//%if reserves
    bool interrupt; /* may use what is kept for those */
//%end
//%if !compact
    bool zeroed; /* the block that serves it: the system zeroed it, and nobody wrote to it */
//%end
};

/* A block that the pool has at hand or finds; NULL if there is none. */
static inline void *@prefix@_pick(size_t pool, struct @prefix@_wish *wish)
{
//%if compact
//%if reserves
    return @prefix@_take(pool, wish->interrupt);
//%else
    (void)wish;
    return @prefix@_take(pool);
//%end
//%else
//%if direct
    return @prefix@_take_slow(pool, &wish->zeroed);
//%else
    void *const block = @prefix@_take_hit(pool);
    return block != NULL ? block : @prefix@_take_slow(pool, &wish->zeroed);
//%end
//%end
}

/* A block of the pool; NULL if it has none. */
static void *@prefix@_serve_from(size_t pool, struct @prefix@_wish *wish)
{
    void *block = @prefix@_pick(pool, wish);
//%if harden_full
    if (block == NULL) {
        @prefix@_end_quarantine(pool);
        block = @prefix@_pick(pool, wish);
    }
//%end
//%if tools
    block = block != NULL ? block : @prefix@_recall_delayed(pool);
//%end
//%if hardened
    return block != NULL ? @prefix@_begin(pool, block, wish->size) : NULL;
//%else
    return block;
//%end
}

//%if exhausted_borrow
/* A block of the next larger pool that has one. */
static void *@prefix@_borrow(size_t pool, struct @prefix@_wish *wish)
{
//%if borrows_unlike
    /* As aligned as the pool's own blocks are, up to what the table promises. */
    const size_t size = @prefix@_shapes[pool].size, natural = size & -size;
    const size_t promised = natural < @alignment@ ? natural : @alignment@;
    const size_t alignment = wish->alignment > promised ? wish->alignment : promised;
//%else
    const size_t alignment = wish->alignment;
//%end
    void *block = NULL;
    while (block == NULL && ++pool < @PREFIX@_POOLS) {
        if ((@prefix@_shapes[pool].size & (alignment - 1)) == 0) {
            block = @prefix@_serve_from(pool, wish);
        }
    }
    return block;
}

//%end
/* A block for the request; NULL, and counted, if its pool has none. */
static void *@prefix@_first_try(size_t pool, struct @prefix@_wish *wish)
{
    void *block = NULL;
    if (pool == @PREFIX@_POOLS) {
//%if threads_shared
        @PREFIX@_ADD(&@prefix@_oversize, 1, relaxed);
//%else
        @prefix@_oversize++;
//%end
    } else if ((block = @prefix@_serve_from(pool, wish)) == NULL) {
//%if threads_shared
        @PREFIX@_ADD(&@prefix@_pools[pool].fallbacks, 1, relaxed);
//%else
        @prefix@_pools[pool].fallbacks++;
//%end
//%if exhausted_borrow
//%if mixed_exhausted
        block = @prefix@_shapes[pool].exhausted == 'b' ? @prefix@_borrow(pool, wish) : NULL;
//%else
        block = @prefix@_borrow(pool, wish);
//%end
//%end
    }
    return block;
}

//%if second_tries
/* A block of the pool alone, for what may as well stay where it is; NULL if it has none. */
static void *@prefix@_serve_once(size_t pool, size_t alignment, size_t size)
{
    struct @prefix@_wish wish = {.alignment = alignment, .size = size};
//%if threads_critical
    const uintptr_t state = @PREFIX@_ENTER();
//%end
    void *const block = @prefix@_serve_from(pool, &wish);
//%if threads_critical
    @PREFIX@_LEAVE(state);
//%end
//%if tools
//%if !hardened
    if (block != NULL) {
        @prefix@_begin_use(block, size);
    }
//%end
//%end
    return block;
}

//%end
/* Serves a request; NULL if nobody does. */
static void *@prefix@_serve(size_t pool, size_t alignment, size_t size, bool zero)
{
    struct @prefix@_wish wish = {.alignment = alignment, .size = size};
//%if threads_critical
    const uintptr_t state = @PREFIX@_ENTER();
//%end
    void *block = @prefix@_first_try(pool, &wish);
//%if threads_critical
    @PREFIX@_LEAVE(state);
//%end
//%if exhausted_hook
    /* What it frees or waits for may serve the request after all. */
//%if mixed_exhausted
    const bool asks = pool != @PREFIX@_POOLS && @prefix@_shapes[pool].exhausted == 'h';
//%else
    const bool asks = pool != @PREFIX@_POOLS;
//%end
//%if tools
    while (!@PREFIX@_PASSTHROUGH && block == NULL && asks && @prefix@_exhausted(pool, size)) { /* there no hook is needed */
//%else
    while (block == NULL && asks && @prefix@_exhausted(pool, size)) {
//%end
//%if threads_critical
        const uintptr_t again = @PREFIX@_ENTER();
//%end
        block = @prefix@_serve_from(pool, &wish);
//%if threads_critical
        @PREFIX@_LEAVE(again);
//%end
    }
//%end
    if (block != NULL) {
//%if tools
//%if !hardened
        @prefix@_begin_use(block, size);
//%end
//%end
//%if compact
        return zero ? memset(block, 0, size) : block;
//%else
//%if tools
        return zero && (!wish.zeroed || @PREFIX@_WATCH) ? memset(block, 0, size) : block;
//%else
        return zero && !wish.zeroed ? memset(block, 0, size) : block;
//%end
//%end
    }
//%if serves_large
//%if oversize_fail
    if (@PREFIX@_PASSTHROUGH && size <= @PREFIX@_LARGEST) {
//%else
    if (pool == @PREFIX@_POOLS) {
//%end
        alignment = alignment > @alignment@ ? alignment : @alignment@; /* promised of every large block */
        size += size == 0; /* a block without bytes might have the address of another */
//%if oversize_os
//%if threads_critical
        const uintptr_t mapping = @PREFIX@_ENTER();
        block = @prefix@_big_map(alignment, size, zero);
        @PREFIX@_LEAVE(mapping);
        return block;
//%else
        return @prefix@_big_map(alignment, size, zero);
//%end
//%else
        return @prefix@_upstream(alignment, size, zero);
//%end
    }
//%end
//%if exhausted_upstream
//%if mixed_exhausted
    if (pool != @PREFIX@_POOLS && @prefix@_shapes[pool].exhausted == 'u') {
//%else
    if (pool != @PREFIX@_POOLS) {
//%end
        /* As the pool's own blocks are, up to what the table promises. */
        const size_t natural = @prefix@_shapes[pool].size & -@prefix@_shapes[pool].size;
        const size_t promised = natural < @alignment@ ? natural : @alignment@;
        return @prefix@_upstream(alignment > promised ? alignment : promised, size + (size == 0), zero);
    }
//%end
//%if errno
    errno = ENOMEM;
//%end
    return NULL;
}
//%end

/* Of any alignment. */
//%if plain
static void *@prefix@_request(size_t alignment, size_t size)
//%else
static void *@prefix@_request(size_t alignment, size_t size, bool zero)
//%end
{
    if (!@prefix@_is_alignment(alignment)) {
//%if errno
        errno = EINVAL;
//%end
        return NULL;
    }
//%if plain
    return @prefix@_serve(@prefix@_select_aligned(alignment, size));
//%else
//%if hardened
    return @prefix@_serve(@prefix@_pool_for(alignment, size), alignment, size, zero);
//%else
    return @prefix@_serve(@prefix@_select_aligned(alignment, size), alignment, size, zero);
//%end
//%end
}

@PREFIX@_API void *@prefix@_alloc(size_t size)
{
//%if plain
    return @prefix@_serve(@prefix@_select(size));
//%else
    return @prefix@_serve(@prefix@_pool_of(size), 1, size, false);
//%end
}

//%if threads_critical
@PREFIX@_API void *@prefix@_alloc_isr(size_t size)
{
//%if plain
    return @prefix@_alloc(size);
//%else
//%if tools
    if (@PREFIX@_PASSTHROUGH) {
        return @prefix@_alloc(size);
    }
//%end
    const size_t pool = @prefix@_pool_of(size);
    struct @prefix@_wish wish = {.alignment = 1, .size = size};
//%if reserves
    wish.interrupt = true;
//%end
    const uintptr_t state = @PREFIX@_ENTER();
    void *const block = @prefix@_first_try(pool, &wish);
    @PREFIX@_LEAVE(state);
//%if tools
//%if !hardened
    if (block != NULL) {
        @prefix@_begin_use(block, size);
    }
//%end
//%end
//%if errno
    if (block == NULL) {
        errno = ENOMEM;
    }
//%end
    return block;
//%end
}

//%end
