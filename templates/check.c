/* Part of api.c: whether every structure is sound. */
/* ---- Check ---- */

//%if spans
//%if !direct
/* Clears the bit of a block that is out of its span, or sets it again; false if it is no block,
   or if its bit was so already: then it is free twice. */
static bool @prefix@_mark(size_t pool, const void *ptr, bool out)
{
    uint32_t block;
    struct @prefix@_span *const span =
        @prefix@_find(ptr) == pool ? @prefix@_locate(pool, ptr, &block) : NULL;
    if (span == NULL) {
        return false;
    }
    const uint64_t bit = (uint64_t)1 << block % 64;
    const uint64_t old = out ? @PREFIX@_OR(&span->out[block / 64], bit, relaxed)
                             : @PREFIX@_AND(&span->out[block / 64], ~bit, relaxed);
    return ((old & bit) == 0) == out;
}

/* The same for a list; returns its blocks, or SIZE_MAX if it is not sound. */
static size_t @prefix@_mark_list(size_t pool, const struct @prefix@_block *block, bool out)
{
    size_t count = 0;
//%if hardened
    for (; block != NULL; block = @prefix@_any_next(pool, block)) {
//%else
    for (; block != NULL; block = block->next) {
//%end
        if (!@prefix@_mark(pool, block, out)) {
            return SIZE_MAX;
        }
        count++;
    }
    return count;
}

//%if caches
/* The same for what a thread's cache has of a pool. */
static bool @prefix@_mark_cache(size_t pool, const struct @prefix@_thread *thread, bool out)
{
    const size_t batch = @prefix@_shapes[pool].batch, size = @prefix@_shapes[pool].size;
    const struct @prefix@_list *const list = &thread->cache.lists[pool];
    const struct @prefix@_supply *const supply = &thread->supplies[pool];
    bool sound = list->room <= batch && @prefix@_fresh(supply) <= batch;
    for (uint32_t i = 0; i < @prefix@_fresh(supply) && sound; i++) {
        sound = @prefix@_mark(pool, supply->window + i * size, out);
    }
    const size_t listed = list->head != NULL ? batch - list->room : 0;
    const size_t spare = supply->spare != NULL ? batch : 0;
    return @prefix@_mark_list(pool, list->head, out) == listed &&
           @prefix@_mark_list(pool, supply->spare, out) == spare && sound;
}

//%end
/* The same for all that is free in a pool outside of its spans. */
static bool @prefix@_mark_lists(size_t pool, bool out)
{
//%if !threads_shared
    struct @prefix@_pool *const p = &@prefix@_pools[pool];
    bool sound = true;
    for (uint32_t i = 0; i < p->fresh && sound; i++) {
        sound = @prefix@_mark(pool, p->window + i * @prefix@_shapes[pool].size, out);
    }
    return @prefix@_mark_list(pool, @prefix@_free_lists[pool], out) != SIZE_MAX &&
           @prefix@_mark_list(pool, p->old, out) != SIZE_MAX && sound;
//%else
    bool sound = true;
    for (uint32_t slot = 0; slot < @prefix@_shapes[pool].slots; slot++) {
        const struct @prefix@_block *const first =
            @PREFIX@_LOAD(&@prefix@_pools[pool].depot[slot], acquire);
        const size_t batch = first != NULL ? @prefix@_shapes[pool].batch : 0;
        sound = @prefix@_mark_list(pool, first, out) == batch && sound;
    }
    for (uint64_t number = @PREFIX@_LOAD(&@prefix@_threads, acquire); number > 0; number--) {
        sound = @prefix@_mark_cache(pool, @prefix@_thread(number), out) && sound;
    }
    return sound;
//%end
}


//%end
/* Whether a span's bits are as many as its state says, and its hint is raised if it has blocks. */
static bool @prefix@_check_span(size_t pool, const struct @prefix@_span *span)
{
    const uint64_t state = @PREFIX@_LOAD(&span->state, acquire);
    uint32_t out = 0;
    for (uint32_t from = 0; from < @prefix@_blocks(pool, span); from += 64) {
        const uint64_t bits = @PREFIX@_LOAD(&span->out[from / 64], relaxed);
        out += @prefix@_count_bits(bits & @prefix@_bits_of(from, @prefix@_blocks(pool, span)));
    }
    const uint32_t group = span->number / 64;
    const bool hinted = @prefix@_is_raised(@prefix@_partial(group, pool), span->number % 64) &&
                        @prefix@_is_raised(@prefix@_pools[pool].partial, group);
    return state == ((uint64_t)(pool + 1) << 32 | out) && (hinted || out == @prefix@_blocks(pool, span)) &&
           @PREFIX@_LOAD(&span->used, relaxed) <= @prefix@_blocks(pool, span);
}

//%if exhausted_grow
/* Whether every granule of a part is in the store or has an owner, and the spans are sound. */
static bool @prefix@_check_part(uint32_t group)
{
    const uint64_t free = @prefix@_in_store(@prefix@_part(group));
    const uint64_t outside = @prefix@_part(group)->outside;
    bool sound = free == 0 || @prefix@_is_raised(@prefix@_stocked, group);
    for (uint32_t index = group * 64; index < (group + 1) * 64 && sound; index++) {
        const size_t owner = @PREFIX@_LOAD(&@prefix@_owners[index], relaxed);
        const bool unowned = ((free | outside) >> index % 64 & 1) != 0;
        sound = owner <= @PREFIX@_POOLS && (owner == 0) == unowned;
        if (sound && owner != 0 && index % @prefix@_shapes[owner - 1].granules == 0) {
            sound = @prefix@_check_span(owner - 1, @prefix@_span(index));
        }
    }
    return sound;
}

//%end
@PREFIX@_API bool @prefix@_check(void)
{
    bool sound = true;
    for (size_t pool = 0; pool < @PREFIX@_POOLS; pool++) {
        for (uint32_t i = 0; i < @PREFIX@_LOAD(&@prefix@_pools[pool].opened, acquire); i++) {
            const uint32_t number = @prefix@_shapes[pool].first_span + i;
            sound = @prefix@_check_span(pool, &@prefix@_static_spans[number]) && sound;
        }
    }
//%if exhausted_grow
    uint32_t group = @PREFIX@_STATIC_GROUPS - 1;
    while ((group = @prefix@_next_group(group)) != 0) {
        sound = @prefix@_check_part(group) && sound;
    }
//%end
//%if !direct
    for (size_t pool = 0; pool < @PREFIX@_POOLS && sound; pool++) {
        sound = @prefix@_mark_lists(pool, false);
        sound = @prefix@_mark_lists(pool, true) && sound;
    }
//%end
    return sound;
}
//%else
@PREFIX@_API bool @prefix@_check(void)
{
    for (size_t pool = 0; pool < @PREFIX@_POOLS; pool++) {
        size_t found = 0;
        /* A block that stands on its list twice makes the list endless. */
//%if hardened
        for (const struct @prefix@_block *block = @prefix@_free_lists[pool]; block != NULL;
             block = @prefix@_any_next(pool, block)) {
//%else
        for (const struct @prefix@_block *block = @prefix@_free_lists[pool]; block != NULL; block = block->next) {
//%end
            if (@prefix@_find(block) != pool || !@prefix@_is_block(pool, block) || ++found > @prefix@_pools[pool].carved) {
                return false;
            }
        }
    }
    return true;
}
//%end
