/* Part of allocator.c: size -> pool, in the form the plan chose. */
/* ---- Size to pool ---- */

//%if target_bare
//%if selector_table
/* The pool of each multiple of @select_granule@ bytes. */
static const @select_type@ @prefix@_pool_of_granule[@select_entries@] = {
//%for select_rows
    @values@
//%end
};

/* The pool of a size; @PREFIX@_POOLS of one that is larger than the largest. */
static size_t @prefix@_select(size_t size)
{
    if (size > @PREFIX@_LARGEST) {
        return @PREFIX@_POOLS;
    }
    return @prefix@_pool_of_granule[(size + @select_granule_mask@) >> @select_granule_shift@];
}
//%else
/* The pool of a size: one compare a pool and no branch; @PREFIX@_POOLS of one that is larger than the largest. */
static size_t @prefix@_select(size_t size)
{
    return (size_t)0
//%for pools
           + (size > @size@)
//%end
        ;
}
//%end

/* The pool of an aligned request, or @PREFIX@_POOLS if none: the first whose blocks have the alignment. */
static size_t @prefix@_select_aligned(size_t alignment, size_t size)
{
    size_t pool = @prefix@_select(size);
    while (pool < @PREFIX@_POOLS && (alignment > @align_most@ || (@prefix@_shapes[pool].size & (alignment - 1)) != 0)) {
        pool++;
    }
    return pool;
}
//%else
//%if selector_unrolled
/* The pool of a size from 1 to the largest: one compare a pool and no branch, so that unordered
   sizes are not mispredicted. */
static inline size_t @prefix@_select(size_t size)
{
//%for pools
//%if first
//%if last
    (void)size; /* there is one pool only */
//%end
//%end
//%end
    return (size_t)0
//%for pools
//%if !last
           + (size > @size@)
//%end
//%end
        ;
}
//%end
//%if selector_table
/* The pool of each multiple of @select_granule@ bytes. */
static const @select_type@ @prefix@_pool_of_granule[@select_entries@] = {
//%for select_rows
    @values@
//%end
};

/* The pool of a size from 1 to the largest. */
static inline size_t @prefix@_select(size_t size)
{
    return @prefix@_pool_of_granule[(size + @select_granule_mask@) >> @select_granule_shift@];
}
//%end
//%if selector_bits
//%include select_bits.c
//%end
//%if selector_split
/* The pool of each multiple of @select_granule@ bytes up to @select_split_at@. */
static const @select_type@ @prefix@_pool_of_granule[@select_entries@] = {
//%for select_rows
    @values@
//%end
};

//%include select_bits.c

/* The pool of a size from 1 to the largest. */
static inline size_t @prefix@_select(size_t size)
{
    if (size <= @select_split_at@) {
        return @prefix@_pool_of_granule[(size + @select_granule_mask@) >> @select_granule_shift@];
    }
    return @prefix@_select_large(size);
}
//%end

//%if natural
/* The pool of an aligned request, or @PREFIX@_POOLS if none: here every pool at least as large as
//%if tools
   the alignment has it. In pass-through no request has one, so that no pool and no cache ever gets
   a block. */
//%else
   the alignment has it. */
//%end
static size_t @prefix@_select_aligned(size_t alignment, size_t size)
{
    const size_t needed = size > alignment ? size : alignment;
//%if tools
    const bool has_one = alignment <= @align_most@ && needed <= @PREFIX@_LARGEST && !@PREFIX@_PASSTHROUGH;
    return has_one ? @prefix@_select(needed) : @PREFIX@_POOLS;
//%else
    return alignment <= @align_most@ && needed <= @PREFIX@_LARGEST ? @prefix@_select(needed) : @PREFIX@_POOLS;
//%end
}
//%else
/* The next pool, from each pool on, whose blocks have an alignment of @align_least@, then twice that
   and so on; @PREFIX@_POOLS where there is none. */
static const @select_type@ @prefix@_next_aligned[@align_rows@][@PREFIX@_POOLS] = {
//%for align_table
    {
//%for align_values
        @values@
//%end
    },
//%end
};

//%if tools
/* The pool of an aligned request, or @PREFIX@_POOLS if none. In pass-through no request has one, so
   that no pool and no cache ever gets a block. */
//%else
/* The pool of an aligned request, or @PREFIX@_POOLS if none. */
//%end
static size_t @prefix@_select_aligned(size_t alignment, size_t size)
{
//%if tools
    if (@PREFIX@_PASSTHROUGH || size > @PREFIX@_LARGEST || alignment > @align_most@) {
//%else
    if (size > @PREFIX@_LARGEST || alignment > @align_most@) {
//%end
        return @PREFIX@_POOLS;
    }
    const size_t pool = @prefix@_select(size != 0 ? size : 1);
    if (alignment < @align_least@) {
        return pool;
    }
    return @prefix@_next_aligned[__builtin_ctzll(alignment) - @align_first@][pool];
}
//%end
//%end
