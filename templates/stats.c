/* Part of api.c: the figures. */
//%if grows
static size_t @prefix@_segments_given(void)
{
//%if shared
    struct @prefix@_growth *const growth = @PREFIX@_LOAD(&@prefix@_growth, acquire);
    return growth != NULL ? @PREFIX@_LOAD(&growth->next, relaxed) - growth->first : 0;
//%else
    return @prefix@_growth != NULL ? @prefix@_growth->next - @prefix@_growth->first : 0;
//%end
}

//%end
//%if caches
/* Never-used blocks that wait in the carve windows of all caches, static ones and growth's. */
static void @prefix@_windows(size_t pool, size_t *in_arena, size_t *in_growth)
{
    *in_arena = *in_growth = 0;
    const struct @prefix@_thread *thread = @PREFIX@_LOAD(&@prefix@_threads, acquire);
    for (; thread != NULL; thread = thread->next) {
        const uint32_t origin = @PREFIX@_LOAD(&thread->supplies[pool].origin, relaxed);
        if (origin != @PREFIX@_USED) {
            size_t *const sum = origin == @PREFIX@_NEW_IN_ARENA ? in_arena : in_growth;
            *sum += @prefix@_fresh(&thread->supplies[pool]);
        }
    }
}

//%end
static void @prefix@_pool_stats(size_t pool, @prefix@_pool_stats_t *out)
{
    const struct @prefix@_shape *const shape = &@prefix@_shapes[pool];
//%if shared
    struct @prefix@_pool *const p = &@prefix@_pools[pool];
    const uint64_t cursor = @PREFIX@_LOAD(&p->cursor, relaxed);
    out->carved = cursor >> 32 == 0 ? (uint32_t)cursor : shape->initial_count;
    out->fallbacks = @PREFIX@_LOAD(&p->fallbacks, relaxed);
//%if grows
    out->grown = @PREFIX@_LOAD(&p->grown, relaxed);
//%end
//%else
    const struct @prefix@_pool *const p = &@prefix@_pools[pool];
    out->fallbacks = p->fallbacks;
//%if grows
    out->carved = p->region == 0 ? p->carved : shape->initial_count;
    out->grown = p->grown;
//%else
    out->carved = p->carved;
//%end
//%end
//%if caches
    size_t in_arena, in_growth;
    @prefix@_windows(pool, &in_arena, &in_growth);
    out->carved -= in_arena;
    out->grown -= in_growth;
//%end
    out->size = shape->size;
    out->initial_count = shape->initial_count;
//%if counters
//%if caches
    const struct @prefix@_thread *thread = @PREFIX@_LOAD(&@prefix@_threads, acquire);
    for (; thread != NULL; thread = thread->next) {
        out->allocs += @PREFIX@_LOAD(&thread->allocs[pool], relaxed);
        out->frees += @PREFIX@_LOAD(&thread->frees[pool], relaxed);
    }
//%end
//%if direct
    out->allocs = @PREFIX@_LOAD(&@prefix@_counts[pool].allocs, relaxed);
    out->frees = @PREFIX@_LOAD(&@prefix@_counts[pool].frees, relaxed);
//%end
//%if single
    out->allocs = @prefix@_counts[pool].allocs;
    out->frees = @prefix@_counts[pool].frees;
//%end
    out->live = out->allocs - out->frees;
    out->first_uses = out->carved + out->grown;
//%end
}

@PREFIX@_API void @prefix@_stats(@prefix@_stats_t *out)
{
    memset(out, 0, sizeof *out);
    out->pool_count = @PREFIX@_POOLS;
//%if shared
    out->oversize = @PREFIX@_LOAD(&@prefix@_oversize, relaxed);
//%else
    out->oversize = @prefix@_oversize;
//%end
    out->bytes_reserved = out->bytes_committed = @PREFIX@_ARENA_BYTES;
//%if grows
    if (@PREFIX@_GROWTH() != NULL) {
        out->bytes_reserved += (size_t)@PREFIX@_GROWTH()->end << @PREFIX@_SEGMENT_SHIFT;
        out->bytes_committed += @prefix@_segments_given() *
                                (@PREFIX@_SEGMENT_BYTES + @PREFIX@_SEGMENT_META);
    }
//%end
//%if maps
//%if shared
    const size_t mapped = @PREFIX@_LOAD(&@prefix@_mapped_bytes, relaxed);
//%else
    const size_t mapped = @prefix@_mapped_bytes;
//%end
    out->bytes_reserved += mapped;
    out->bytes_committed += mapped;
//%end
    for (size_t pool = 0; pool < @PREFIX@_POOLS; pool++) {
        @prefix@_pool_stats(pool, &out->pools[pool]);
    }
}
