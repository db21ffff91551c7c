/* Part of api.c: the figures. */
/* ---- Figures ---- */

//%if !compact
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
//%if spans
/* What is left of a figure. Not all are read at once, so that one that should be less may be more. */
static size_t @prefix@_less(uint64_t figure, uint64_t less) { return figure > less ? (size_t)(figure - less) : 0; }

//%end
/* Where size_t is smaller, more than it can hold is the most that it can. */
static size_t @prefix@_clamp(uint64_t count) { return count < SIZE_MAX ? (size_t)count : SIZE_MAX; }

//%end
//%if !stats_off
//%if tools
#if @PREFIX@_WATCH
/* Counts what is allocated again from where it waits: freed, and handed out. */
static void @prefix@_count_again(size_t pool)
{
//%if threads_shared
    @PREFIX@_ADD(&@prefix@_pools[pool].allocs, 1, relaxed);
    @PREFIX@_ADD(&@prefix@_pools[pool].frees, 1, release);
//%else
//%if compact
    @prefix@_pools[pool].allocs++;
    @prefix@_pools[pool].frees++;
//%else
    @prefix@_counts[pool].allocs++;
    @prefix@_counts[pool].frees++;
//%end
//%end
}
#endif

//%end
//%end
static void @prefix@_pool_stats(size_t pool, @prefix@_pool_stats_t *out)
{
//%if compact
    const struct @prefix@_pool *const p = &@prefix@_pools[pool];
//%else
    struct @prefix@_pool *const p = &@prefix@_pools[pool];
//%end
    out->size = @prefix@_shapes[pool].size;
    out->initial_count = @prefix@_shapes[pool].initial_count;
//%if compact
    out->fallbacks = p->fallbacks;
    out->carved = p->carved;
    out->least_free = out->initial_count - out->carved;
//%else
//%if !spans
    out->fallbacks = @prefix@_clamp(p->fallbacks);
    out->carved = p->carved;
//%if pages_grow
    out->grown = p->held > p->grown ? p->held : p->grown;
//%end
//%else
    out->fallbacks = @prefix@_clamp(@PREFIX@_LOAD(&p->fallbacks, relaxed));
    size_t fresh[3] = {0}; /* blocks that wait in windows, by origin */
//%if caches
    /* Before what was carved, since blocks are carved before they wait. */
    for (uint64_t number = @PREFIX@_LOAD(&@prefix@_threads, acquire); number > 0; number--) {
        const struct @prefix@_supply *const supply = &@prefix@_thread(number)->supplies[pool];
        fresh[@PREFIX@_LOAD(&supply->origin, relaxed)] += @prefix@_fresh(supply);
    }
//%end
//%if !threads_shared
    fresh[p->origin] = p->fresh;
//%end
    out->carved = @prefix@_less(@PREFIX@_LOAD(&p->carved, relaxed), fresh[@PREFIX@_NEW_IN_ARENA]);
//%if exhausted_grow
    out->grown = @prefix@_less(@PREFIX@_LOAD(&p->grown, relaxed), fresh[@PREFIX@_NEW_IN_GROWTH]);
//%end
//%end
//%end
//%if !stats_off
//%if compact
    out->allocs = p->allocs;
    out->frees = p->frees;
//%else
    @prefix@_calls(pool, &out->allocs, &out->frees);
//%end
//%if harden_full
//%if caches
    for (uint64_t number = @PREFIX@_LOAD(&@prefix@_threads, acquire); number > 0; number--) {
        out->frees += @prefix@_waiting_in(&@prefix@_thread(number)->quarantines[pool], pool);
    }
//%else
    out->frees += @prefix@_waiting_in(&@prefix@_quarantines[pool], pool);
//%end
//%end
//%if tools
    out->frees += @prefix@_count_delayed(pool);
//%end
//%if compact
    out->live = out->allocs - out->frees; /* whichever has begun again at 0 */
//%else
    out->live = out->allocs > out->frees ? out->allocs - out->frees : 0;
//%end
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
            if (@prefix@_free_in(pool, span, state) != 0 &&
                @PREFIX@_LOAD(&span->seen, relaxed) != (state | @PREFIX@_PURGED)) {
                const uint64_t used = @PREFIX@_LOAD(&span->used, relaxed);
                out->bytes_retained += @prefix@_less(used, (uint32_t)state) * @prefix@_shapes[pool].size;
            }
        }
    }
//%if exhausted_grow
    if (group >= @PREFIX@_STATIC_GROUPS) {
        struct @prefix@_part *const part = @prefix@_part(group);
        const uint64_t dirty = @prefix@_in_store(part) & @PREFIX@_LOAD(&part->dirty, relaxed);
        out->bytes_retained += @prefix@_count_bits(dirty) * @PREFIX@_GRANULE;
        out->bytes_reserved += part->granules * @PREFIX@_GRANULE;
    }
//%end
}

//%end
@PREFIX@_API void @prefix@_stats(@prefix@_stats_t *out)
{
    memset(out, 0, sizeof *out);
    out->pool_count = @PREFIX@_POOLS;
//%if threads_critical
    const uintptr_t state = @PREFIX@_ENTER();
//%end
//%if sections
    out->bytes_reserved = @PREFIX@_ALL_BYTES;
//%else
    out->bytes_reserved = @PREFIX@_ARENA_BYTES;
//%end
//%if threads_shared
    out->oversize = @prefix@_clamp(@PREFIX@_LOAD(&@prefix@_oversize, relaxed));
//%else
//%if target_bare
    out->oversize = @prefix@_oversize;
//%else
//%if compact
    out->oversize = (size_t)@prefix@_oversize;
//%else
    out->oversize = @prefix@_clamp(@prefix@_oversize);
//%end
//%end
//%end
//%if pages
    for (size_t page = 0; page < @prefix@_pages_end; page++) {
        out->bytes_reserved += (size_t)(@prefix@_owners[page] != 0) << @PREFIX@_PAGE_SHIFT;
        out->bytes_retained += (size_t)(@prefix@_owners[page] == @PREFIX@_FREE_PAGE) << @PREFIX@_PAGE_SHIFT;
    }
//%end
//%if maps
    out->bytes_reserved += (size_t)@PREFIX@_LOAD(&@prefix@_mapped_bytes, relaxed);
//%end
//%if spans
    uint32_t group = 0;
    do {
        @prefix@_group_stats(group, out);
        group = @prefix@_next_group(group);
    } while (group != 0);
//%end
//%if tools
    if (@PREFIX@_PASSTHROUGH) {
        out->oversize = out->bytes_reserved = 0; /* no pool leaves a request to malloc, and none has memory */
    }
//%end
    out->bytes_committed = out->bytes_reserved;
    for (size_t pool = 0; pool < @PREFIX@_POOLS; pool++) {
        @prefix@_pool_stats(pool, &out->pools[pool]);
//%if caches
        for (uint32_t slot = 0; slot < @prefix@_shapes[pool].slots; slot++) {
            const bool full = @PREFIX@_LOAD(&@prefix@_pools[pool].depot[slot], relaxed) != NULL;
            out->bytes_retained += full ? @prefix@_shapes[pool].batch * @prefix@_shapes[pool].size : 0;
        }
//%end
    }
//%if threads_critical
    @PREFIX@_LEAVE(state);
//%end
}
