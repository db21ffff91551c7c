/* Part of api.c: whether every structure is sound. */
//%if shared
/* Marks the blocks of a NULL-terminated list; false if one is no block, or stands on two lists,
   or if they are not `count`. */
static bool @prefix@_check_list(size_t pool, const struct @prefix@_block *block, uint32_t count)
{
    uint32_t found = 0;
    for (; block != NULL; block = block->next) {
        if (!@prefix@_mark(pool, block)) {
            return false;
        }
        found++;
    }
    return found == count;
}

/* Marks `count` adjacent blocks. */
static bool @prefix@_check_span(size_t pool, const unsigned char *first, uint32_t count)
{
    for (uint32_t block = 0; block < count; block++) {
        if (!@prefix@_mark(pool, first + block * @prefix@_shapes[pool].size)) {
            return false;
        }
    }
    return true;
}

//%if caches
static bool @prefix@_check_caches(size_t pool)
{
    const uint32_t batch = @prefix@_shapes[pool].batch;
    struct @prefix@_thread *thread = @PREFIX@_LOAD(&@prefix@_threads, acquire);
    uint32_t stranded = 0;
    for (; thread != NULL; thread = thread->next) {
        const struct @prefix@_list *const list = &thread->cache.lists[pool];
        const struct @prefix@_supply *const supply = &thread->supplies[pool];
        const uint32_t active = list->head != NULL ? batch - list->room : 0;
        if (list->room > batch || @prefix@_fresh(supply) > batch ||
            !@prefix@_check_list(pool, list->head, active) ||
            !@prefix@_check_list(pool, supply->spare, supply->spare != NULL ? batch : 0) ||
            !@prefix@_check_span(pool, supply->window, @prefix@_fresh(supply))) {
            return false;
        }
        stranded += @PREFIX@_LOAD(&thread->taken, relaxed) == 0 && @prefix@_holds(thread, pool);
    }
    return stranded == @PREFIX@_LOAD(&@prefix@_pools[pool].stranded, relaxed);
}

//%end
static bool @prefix@_check_pool(size_t pool)
{
    struct @prefix@_pool *const p = &@prefix@_pools[pool];
    uint32_t batches = 0;
    uint32_t index = (uint32_t)@PREFIX@_LOAD(&p->full, acquire);
    for (; index != 0; index = @PREFIX@_LOAD(&@prefix@_batch(index)->next, relaxed)) {
        if (!@prefix@_check_list(pool, @prefix@_batch(index)->first, @prefix@_shapes[pool].batch)) {
            return false;
        }
        batches++;
    }
    index = (uint32_t)@PREFIX@_LOAD(&p->runs, acquire);
    for (; index != 0; index = @PREFIX@_LOAD(&@prefix@_batch(index)->next, relaxed)) {
        const struct @prefix@_batch *const run = @prefix@_batch(index);
        if (run->count == 0 || !@prefix@_check_span(pool, run->first, run->count)) {
            return false;
        }
    }
//%if caches
    const struct @prefix@_block *stray = (const struct @prefix@_block *)@PREFIX@_LOAD(&p->strays, acquire);
    for (; stray != NULL; stray = stray->next) {
        if (!@prefix@_mark(pool, stray)) {
            return false;
        }
    }
    if (!@prefix@_check_caches(pool)) {
        return false;
    }
//%end
    return batches == @PREFIX@_LOAD(&p->batches, relaxed);
}

@PREFIX@_API bool @prefix@_check(void)
{
    bool sound = true;
    if (!@prefix@_begin_walk()) {
        return false;
    }
    for (size_t pool = 0; pool < @PREFIX@_POOLS; pool++) {
        sound = sound && @prefix@_check_pool(pool);
        @prefix@_clear_bits(pool);
    }
    @prefix@_end_walk();
    return sound;
}
//%end
//%if single
@PREFIX@_API bool @prefix@_check(void)
{
    for (size_t pool = 0; pool < @PREFIX@_POOLS; pool++) {
        const struct @prefix@_pool *const p = &@prefix@_pools[pool];
//%if grows
        size_t carved = p->region == 0 ? p->carved : @prefix@_shapes[pool].initial_count;
        carved += p->grown;
//%else
        const size_t carved = p->carved;
//%end
        size_t found = 0;
        /* A block that stands on its list twice makes the list endless. */
        for (const struct @prefix@_block *block = @prefix@_free_lists[pool]; block != NULL; block = block->next) {
            if (@prefix@_find(block) != pool || @prefix@_position(pool, block) == SIZE_MAX || ++found > carved) {
                return false;
            }
        }
    }
    return true;
}
//%end
