/* Part of api.c: the figures. */
//%if grows
static size_t @prefix@_segments_given(void)
{
    const struct @prefix@_growth *const growth = @PREFIX@_GROWTH_SEEN();
    return growth != NULL ? @PREFIX@_GROWTH_NEXT(growth) - growth->first : 0;
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
//%if counters
/* Frees are read before allocs, since a block is allocated before it is freed. */
static void @prefix@_calls(size_t pool, uint64_t *allocs, uint64_t *frees)
{
//%if caches
    *allocs = *frees = 0;
    struct @prefix@_thread *thread = @PREFIX@_LOAD(&@prefix@_threads, acquire);
    for (; thread != NULL; thread = thread->next) {
        *frees += @PREFIX@_LOAD(&thread->frees[pool], acquire);
    }
    thread = @PREFIX@_LOAD(&@prefix@_threads, acquire);
    for (; thread != NULL; thread = thread->next) {
        *allocs += @PREFIX@_LOAD(&thread->allocs[pool], relaxed);
    }
//%end
//%if direct
    *frees = @PREFIX@_LOAD(&@prefix@_counts[pool].frees, acquire);
    *allocs = @PREFIX@_LOAD(&@prefix@_counts[pool].allocs, relaxed);
//%end
//%if single
    *allocs = @prefix@_counts[pool].allocs;
    *frees = @prefix@_counts[pool].frees;
//%end
}

//%end
static void @prefix@_pool_stats(size_t pool, @prefix@_pool_stats_t *out)
{
    const struct @prefix@_shape *const shape = &@prefix@_shapes[pool];
//%if caches
    /* Before what was carved, since blocks are carved before they wait in a window. */
    size_t in_arena, in_growth;
    @prefix@_windows(pool, &in_arena, &in_growth);
//%end
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
    /* A window that changed hands meanwhile may have been seen twice. */
    out->carved -= in_arena < out->carved ? in_arena : out->carved;
    out->grown -= in_growth < out->grown ? in_growth : out->grown;
//%end
    out->size = shape->size;
    out->initial_count = shape->initial_count;
//%if counters
    @prefix@_calls(pool, &out->allocs, &out->frees);
    out->live = out->allocs > out->frees ? out->allocs - out->frees : 0;
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
    const struct @prefix@_growth *const growth = @PREFIX@_GROWTH_SEEN();
    if (growth != NULL) {
        out->bytes_reserved += (size_t)growth->end << @PREFIX@_SEGMENT_SHIFT;
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
