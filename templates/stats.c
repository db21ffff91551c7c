/* Part of api.c: the figures. */
/* ---- Figures ---- */

//%if caches
/* Never-used blocks that wait in the carve windows of all caches, static ones and growth's. */
static void @prefix@_windows(size_t pool, size_t *in_arena, size_t *in_growth)
{
    *in_arena = *in_growth = 0;
    for (uint64_t number = @PREFIX@_LOAD(&@prefix@_threads, acquire); number > 0; number--) {
        const struct @prefix@_supply *const supply = &@prefix@_thread(number)->supplies[pool];
        const bool arena = @PREFIX@_LOAD(&supply->origin, relaxed) == @PREFIX@_NEW_IN_ARENA;
        *(arena ? in_arena : in_growth) += @prefix@_fresh(supply);
    }
}

//%end
//%if !stats_off
/* Frees are read before allocs, since a block is allocated before it is freed. */
static void @prefix@_calls(size_t pool, uint64_t *allocs, uint64_t *frees)
{
//%if !threads_shared
    *allocs = @prefix@_counts[pool].allocs;
    *frees = @prefix@_counts[pool].frees;
//%else
    *frees = @PREFIX@_LOAD(&@prefix@_pools[pool].frees, acquire);
//%if caches
    const uint64_t threads = @PREFIX@_LOAD(&@prefix@_threads, acquire);
    for (uint64_t number = 1; number <= threads; number++) {
        *frees += @PREFIX@_LOAD(&@prefix@_thread(number)->frees[pool], acquire);
    }
    *allocs = @PREFIX@_LOAD(&@prefix@_pools[pool].allocs, relaxed);
    const uint64_t more = @PREFIX@_LOAD(&@prefix@_threads, acquire);
    for (uint64_t number = 1; number <= more; number++) {
        *allocs += @PREFIX@_LOAD(&@prefix@_thread(number)->allocs[pool], relaxed);
    }
//%else
    *allocs = @PREFIX@_LOAD(&@prefix@_pools[pool].allocs, relaxed);
//%end
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
    struct @prefix@_pool *const p = &@prefix@_pools[pool];
//%if spans
    out->carved = (size_t)@PREFIX@_LOAD(&p->carved, relaxed);
    out->fallbacks = (size_t)@PREFIX@_LOAD(&p->fallbacks, relaxed);
//%if exhausted_grow
    out->grown = (size_t)@PREFIX@_LOAD(&p->grown, relaxed);
//%end
//%else
    out->carved = p->carved;
    out->fallbacks = (size_t)p->fallbacks;
//%end
//%if !threads_shared
//%if spans
    *(p->origin == @PREFIX@_NEW_IN_ARENA ? &out->carved : &out->grown) -= p->fresh;
//%end
//%end
//%if caches
    /* A window that changed hands meanwhile may have been seen twice. */
    out->carved -= in_arena < out->carved ? in_arena : out->carved;
    out->grown -= in_growth < out->grown ? in_growth : out->grown;
//%end
    out->size = shape->size;
    out->initial_count = shape->initial_count;
//%if !stats_off
    @prefix@_calls(pool, &out->allocs, &out->frees);
//%if harden_full
//%if caches
    for (uint64_t number = @PREFIX@_LOAD(&@prefix@_threads, acquire); number > 0; number--) {
        out->frees += @prefix@_waiting_in(&@prefix@_thread(number)->quarantines[pool], pool);
    }
//%else
    out->frees += @prefix@_waiting_in(&@prefix@_quarantines[pool], pool);
//%end
//%end
    out->live = out->allocs > out->frees ? out->allocs - out->frees : 0;
    out->first_uses = out->carved + out->grown;
//%if unused_counts
    out->first_uses -= @PREFIX@_LOAD(&p->unused, relaxed);
//%end
//%end
}

//%if spans
/* Adds what a group has, in bytes: mapped, and free but not given back. */
static void @prefix@_group_stats(uint32_t group, @prefix@_stats_t *out)
{
    for (size_t pool = 0; pool < @PREFIX@_POOLS; pool++) {
        uint64_t partial = @PREFIX@_LOAD(@prefix@_partial(group, pool), acquire);
        for (; partial != 0; partial &= partial - 1) {
            struct @prefix@_span *const span = @prefix@_span(group * 64 + @prefix@_lowest(partial));
            const uint64_t state = @PREFIX@_LOAD(&span->state, relaxed);
            const uint64_t free = @prefix@_free_in(pool, span, state);
            const uint64_t never = @prefix@_blocks(pool, span) - @PREFIX@_LOAD(&span->used, relaxed);
            if (@PREFIX@_LOAD(&span->seen, relaxed) != (state | @PREFIX@_PURGED) && free > never) {
                out->bytes_retained += (size_t)(free - never) * @prefix@_shapes[pool].size;
            }
        }
    }
//%if exhausted_grow
    if (group >= @PREFIX@_STATIC_GROUPS) {
        struct @prefix@_part *const part = @prefix@_part(group);
        const uint64_t dirty = @prefix@_in_store(part) & @PREFIX@_LOAD(&part->dirty, relaxed);
        out->bytes_retained += @prefix@_count_bits(dirty) * @PREFIX@_GRANULE;
        out->bytes_reserved += part->granules * @PREFIX@_GRANULE;
        out->bytes_committed += part->granules * @PREFIX@_GRANULE;
    }
//%end
}

//%end
@PREFIX@_API void @prefix@_stats(@prefix@_stats_t *out)
{
    memset(out, 0, sizeof *out);
    out->pool_count = @PREFIX@_POOLS;
//%if threads_shared
    out->oversize = @PREFIX@_LOAD(&@prefix@_oversize, relaxed);
//%else
    out->oversize = @prefix@_oversize;
//%end
    out->bytes_reserved = out->bytes_committed = @PREFIX@_ARENA_BYTES;
//%if spans
    uint32_t group = 0;
    do {
        @prefix@_group_stats(group, out);
        group = @prefix@_next_group(group);
    } while (group != 0);
//%end
//%if oversize_os
//%if threads_shared
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
