/* Part of allocator.c: what is known of any pointer. */
//%if grows
/* Pool of a pointer into the static arenas or growth; @PREFIX@_POOLS for any other. */
//%else
/* Pool of a pointer into the static arenas; @PREFIX@_POOLS for any other. */
//%end
static inline size_t @prefix@_find(const void *ptr)
{
    const size_t offset = @prefix@_offset(ptr);
    if (@PREFIX@_LIKELY(offset < @PREFIX@_ARENA_BYTES)) {
        return @prefix@_pool_at(offset);
    }
//%if grows
    return @prefix@_grown_pool(ptr);
//%else
    return @PREFIX@_POOLS;
//%end
}

/* Ends the program: what was passed in is no block, so that going on would corrupt memory. */
__attribute__((noreturn, cold, noinline)) static void @prefix@_abort(const char *message)
{
    fputs("@prefix@: ", stderr);
    fputs(message, stderr);
    fputc('\n', stderr);
    abort();
}

/* Position of a block in its region, or SIZE_MAX for a pointer to anything but a block's start. */
static size_t @prefix@_position(size_t pool, const void *ptr)
{
    const struct @prefix@_shape *const shape = &@prefix@_shapes[pool];
    size_t offset = @prefix@_offset(ptr);
    size_t blocks = shape->initial_count;
//%if grows
    if (offset >= @PREFIX@_ARENA_BYTES) {
        offset = (size_t)((uintptr_t)ptr & (@PREFIX@_SEGMENT_BYTES - 1));
        blocks = shape->segment_blocks;
    } else {
        offset -= shape->offset;
    }
//%else
    offset -= shape->offset;
//%end
    const size_t position = offset / shape->size;
    return offset % shape->size == 0 && position < blocks ? position : SIZE_MAX;
}

static void @prefix@_check_block(size_t pool, const void *ptr)
{
    if (@prefix@_position(pool, ptr) == SIZE_MAX) {
        @prefix@_abort("a pointer into a pool that is not the start of a block");
    }
}
