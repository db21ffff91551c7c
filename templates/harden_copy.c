/* Part of allocator.c, hardened with the malloc front end: whether bytes that are copied to an
   address stay within a block. */
/* ---- Copies, which the malloc front end's memcpy asks about ---- */

/* Where the block would begin that a pointer into a pool is in. */
static const void *@prefix@_block_around(size_t pool, const void *ptr)
{
    const struct @prefix@_shape *const shape = &@prefix@_shapes[pool];
    size_t offset = @prefix@_offset(ptr) - shape->offset;
//%if exhausted_grow
    if (@prefix@_offset(ptr) >= @PREFIX@_ARENA_BYTES) {
        offset = (size_t)((uintptr_t)ptr - @PREFIX@_LOAD(&@prefix@_origin, relaxed));
        const size_t number = (offset >> @PREFIX@_GRANULE_SHIFT) & -(size_t)shape->granules;
        offset -= number << @PREFIX@_GRANULE_SHIFT;
    }
//%end
    return (const unsigned char *)ptr - (offset - @prefix@_blocks_before(pool, offset) * shape->size);
}

@PREFIX@_API void @prefix@_guard(const void *to, size_t bytes)
{
    const size_t pool = @prefix@_find(to);
    if (pool == @PREFIX@_POOLS || !@prefix@_is_hard(pool) || bytes == 0) {
        return;
    }
    const void *const block = @prefix@_block_around(pool, to);
    if (@PREFIX@_LOAD(@prefix@_state_of(block), relaxed) != @PREFIX@_LIVE) {
        @prefix@_fault_state(block, false);
    }
    const size_t usable = @prefix@_used(pool, block);
    const size_t before = (size_t)((const unsigned char *)to - (const unsigned char *)block);
    if (before > usable || bytes > usable - before) {
        @prefix@_fault("overflow", block, 0);
    }
}
