/* Part of allocator.c, threads: shared: pools that no thread cache holds blocks of. */
//%if caches
/* ---- Pools too large for a thread's cache: blocks come straight from the depot ---- */
//%else
/* ---- No thread caches: every block comes straight from the depot and goes straight to it ---- */
//%end

/* A block of the pool; NULL at its end. Sets *zeroed if the system zeroed it and nobody wrote to it. */
static void *@prefix@_get_shared(size_t pool, bool *zeroed)
{
    void *block = @prefix@_pop_batch(pool);
    if (block == NULL) {
        const struct @prefix@_span span = @prefix@_carve(pool, 1);
        if (span.count == 0) {
            return NULL;
        }
        block = span.first;
//%if grows
        *zeroed = span.virgin && @prefix@_offset(block) >= @PREFIX@_ARENA_BYTES;
//%else
        (void)zeroed;
//%end
    }
    return block;
}

//%if direct
//%if counters
static struct {
    _Atomic(uint64_t) allocs, frees;
} @prefix@_counts[@PREFIX@_POOLS];

//%end
//%if auto_release
static _Atomic(uint32_t) @prefix@_slow_calls;

//%end
static void *@prefix@_take_slow(size_t pool, bool *zeroed)
{
    void *const block = @prefix@_get_shared(pool, zeroed);
//%if counters
    if (block != NULL) {
        @PREFIX@_ADD(&@prefix@_counts[pool].allocs, 1, relaxed);
    }
//%end
    return block;
}

static inline void @prefix@_give(size_t pool, void *ptr)
{
    @prefix@_check_block(pool, ptr);
//%if counters
    @PREFIX@_ADD(&@prefix@_counts[pool].frees, 1, relaxed);
//%end
    ((struct @prefix@_block *)ptr)->next = NULL;
    @prefix@_push_batch(pool, ptr);
//%if auto_release
    if (@PREFIX@_ADD(&@prefix@_slow_calls, 1, relaxed) % 1024 == 0) {
        @prefix@_look_around();
    }
//%end
}
//%end
