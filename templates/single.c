/* Part of allocator.c, threads: none: one free list a pool. */
/* ---- Free lists ---- */

/* First free block of each pool, last freed first. */
@PREFIX@_API struct @prefix@_block *@prefix@_free_lists[@PREFIX@_POOLS];
//%if counters
static struct {
    uint64_t allocs, frees;
} @prefix@_counts[@PREFIX@_POOLS];
//%end

/* The first free block; NULL if the list is empty. */
static inline void *@prefix@_take_hit(size_t pool)
{
    struct @prefix@_block *const block = @prefix@_free_lists[pool];
    if (@PREFIX@_LIKELY(block != NULL)) {
        @prefix@_free_lists[pool] = block->next;
//%if counters
        @prefix@_counts[pool].allocs++;
//%end
    }
    return block;
}

/* A block that was not free before; NULL if the pool is at its end. Sets *zeroed if the system
   zeroed it and nobody wrote to it. */
static void *@prefix@_take_slow(size_t pool, bool *zeroed)
{
    const struct @prefix@_span span = @prefix@_carve(pool, 1);
    if (span.count == 0) {
        return NULL;
    }
//%if grows
    *zeroed = span.virgin && @prefix@_offset(span.first) >= @PREFIX@_ARENA_BYTES;
//%else
    (void)zeroed;
//%end
//%if counters
    @prefix@_counts[pool].allocs++;
//%end
    return span.first;
}

static inline void @prefix@_give(size_t pool, void *ptr)
{
    struct @prefix@_block *const block = ptr;
    block->next = @prefix@_free_lists[pool];
    @prefix@_free_lists[pool] = block;
//%if counters
    @prefix@_counts[pool].frees++;
//%end
}
