/* Part of allocator.c, threads: shared: blocks that pass by the threads' caches. */
//%if caches
/* ---- Blocks that pass by the caches: of pools too large for one, of threads without one ---- */
//%else
/* ---- No thread caches: every block comes straight from its span and goes straight back ---- */
//%end

/* A block of the pool; NULL at its end. Sets *zeroed if the system zeroed it and nobody wrote to
   it. */
static void *@prefix@_get_shared(size_t pool, bool *zeroed)
{
    struct @prefix@_haul haul;
    if (!@prefix@_search_well(pool, 1, &haul)) {
        return NULL;
    }
//%if caches
    if (haul.listed > 1) { /* a batch of the depot */
//%if hardened
        @prefix@_dissolve_all(pool, @prefix@_follow(pool, haul.list), haul.listed - 1);
//%else
        @prefix@_dissolve_all(pool, @prefix@_next(haul.list), haul.listed - 1);
//%end
    }
//%end
    *zeroed = haul.fresh != 0 && haul.origin == @PREFIX@_NEW_IN_GROWTH;
//%if !stats_off
    @PREFIX@_ADD(&@prefix@_pools[pool].allocs, 1, relaxed);
//%end
    return haul.list != NULL ? (void *)haul.list : haul.window;
}

static void @prefix@_put_shared(size_t pool, void *ptr)
{
//%if !stats_off
    @PREFIX@_ADD(&@prefix@_pools[pool].frees, 1, relaxed);
//%end
    uint32_t block;
    struct @prefix@_span *const span = @prefix@_locate(pool, ptr, &block);
    @prefix@_give_range(pool, span, block, block + 1);
}

//%if direct
//%if auto_release
static _Atomic(uint64_t) @prefix@_slow_calls;

//%end
static void *@prefix@_take_slow(size_t pool, bool *zeroed) { return @prefix@_get_shared(pool, zeroed); }

static inline void @prefix@_give(size_t pool, void *ptr)
{
    const int saved = errno;
    @prefix@_check_block(pool, ptr);
    @prefix@_put_shared(pool, ptr);
//%if auto_release
    const uint64_t pace = @PREFIX@_LOAD(&@prefix@_step, relaxed) != 0 ? @PREFIX@_LOOK_CALLS / 4 : @PREFIX@_LOOK_CALLS;
    if (@PREFIX@_ADD(&@prefix@_slow_calls, 1, relaxed) % pace == 0) {
        (void)@prefix@_look();
    }
//%end
    errno = saved;
}
//%end
