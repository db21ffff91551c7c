/* Part of allocator.c: static pointer -> pool. */
/* ---- Pointer to pool ---- */

//%if common_arena
//%if stride
/* Every pool has the same stride, so the pool of an offset into the arenas is one shift. */
static inline size_t @prefix@_pool_at(size_t offset) { return offset >> @stride_shift@; }
//%end
//%if granules
/* The pools are packed in granules of @granule_bytes@ bytes; this is the pool of each. */
static const @select_type@ @prefix@_pool_of_arena_granule[@granule_count@] = {
//%for granule_rows
    @values@
//%end
};

static inline size_t @prefix@_pool_at(size_t offset)
{
    return @prefix@_pool_of_arena_granule[offset >> @stride_shift@];
}
//%end
//%if compares
//%if compact
/* The pools are packed to the byte, those of the widest alignment first, so that nothing is lost between them: each
   that starts at or before an offset tells how far the number of its pool is from the one before it. */
static inline size_t @prefix@_pool_at(size_t offset)
{
//%if one_placed
    (void)offset; /* there is one pool only */
//%end
    return (size_t)@first_placed@
//%for places
//%if next
           @sign@ (offset >= @offset@)
//%else
           @sign@ (offset >= @offset@ ? @pools@ : 0)
//%end
//%end
        ;
}
//%else
/* The pools are packed to the byte: the pool of an offset is the number of pools that start at or
   before it, less one. */
static inline size_t @prefix@_pool_at(size_t offset)
{
//%for pools
//%if first
//%if last
    (void)offset; /* there is one pool only */
//%end
//%end
//%end
    return (size_t)0
//%for pools
//%if !first
           + (offset >= @offset@)
//%end
//%end
        ;
}
//%end
//%end

static inline size_t @prefix@_offset(const void *ptr) { return (size_t)((uintptr_t)ptr - (uintptr_t)@prefix@_arena); }
//%if lean

/* A pool's first block in the static arenas. */
static inline unsigned char *@prefix@_first_block(size_t pool)
{
//%if stride
    return @prefix@_arena + (pool << @stride_shift@);
//%else
    return @prefix@_arena + @prefix@_shapes[pool].offset;
//%end
}
//%end
//%end
