/* Part of allocator.c, harden: full with spans and a system: all blocks are looked at once more when the process ends. */
/* ---- The end of the process ----
 *
 * What was written past a block that is never freed, or into a free one that is never used again, shows only
 * here. Blocks change hands meanwhile where other threads run: then nothing is looked at. */

/* A block in use has its end; any other is zero, but for the link of one that is free. */
static void @prefix@_look_last(size_t pool, const unsigned char *block)
{
    const uint8_t state = @PREFIX@_LOAD(@prefix@_state_of(block), relaxed);
    if (state == @PREFIX@_LIVE) {
        (void)@prefix@_request_of(pool, block);
        return;
    }
    const size_t link = sizeof(struct @prefix@_block), size = @prefix@_shapes[pool].size;
    bool zero = true;
    for (size_t i = state == @PREFIX@_FREE ? link : 0; i < size; i += link) {
        uintptr_t word;
        memcpy(&word, block + i, sizeof word);
        zero = zero && word == 0;
    }
    if (!zero) {
        @prefix@_fault("write after free", block, 0);
    }
}

/* What a span has handed out, and the block behind that, which an overflow reaches. */
static void @prefix@_look_at_span(size_t pool, const struct @prefix@_span *span)
{
    const uint64_t used = @PREFIX@_LOAD(&span->used, relaxed);
    for (uint64_t i = 0; used != 0 && i <= used && i < @prefix@_blocks(pool, span); i++) {
        @prefix@_look_last(pool, span->base + i * @prefix@_shapes[pool].size);
    }
}

__attribute__((destructor(102))) static void @prefix@_look_at_all(void)
{
    if (!@prefix@_is_alone()) {
        return;
    }
    for (size_t pool = 0; pool < @PREFIX@_POOLS; pool++) {
        for (uint32_t i = 0; @prefix@_is_full(pool) && i < @PREFIX@_LOAD(&@prefix@_pools[pool].opened, acquire); i++) {
            @prefix@_look_at_span(pool, &@prefix@_static_spans[@prefix@_shapes[pool].first_span + i]);
        }
    }
//%if exhausted_grow
    uint32_t group = @PREFIX@_STATIC_GROUPS - 1;
    while ((group = @prefix@_next_group(group)) != 0) {
        for (uint32_t index = group * 64; index < (group + 1) * 64; index++) {
            const size_t owner = @PREFIX@_LOAD(&@prefix@_owners[index], relaxed);
            if (owner != 0 && index % @prefix@_shapes[owner - 1].granules == 0 && @prefix@_is_full(owner - 1)) {
                @prefix@_look_at_span(owner - 1, @prefix@_span(index));
            }
        }
    }
//%end
}
