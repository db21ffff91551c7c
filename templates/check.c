/* Part of api.c: whether every structure is sound. */
/* ---- Check ---- */

//%if spans
//%if !direct
/* Clears the bits of free blocks that are out of their spans, or sets them again: of a list, or of
   neighbours. Returns how many, or SIZE_MAX if there are more than `most`, or if one is no block or
   is free twice: then its bit was so already. */
static size_t @prefix@_mark(size_t pool, const void *ptr, size_t most, bool listed, bool out)
{
    size_t count = 0;
    for (; ptr != NULL && count < most; count++) {
        uint32_t block;
        struct @prefix@_span *const span =
            @prefix@_find(ptr) == pool ? @prefix@_locate(pool, ptr, &block) : NULL;
        @atomic_u64@ *const word = span != NULL ? @prefix@_word(span, block / 64) : NULL;
        if (word == NULL || (@PREFIX@_LOAD(word, relaxed) >> block % 64 & 1) == out) {
            return SIZE_MAX;
        }
        @PREFIX@_STORE(word, @PREFIX@_LOAD(word, relaxed) ^ (uint64_t)1 << block % 64, relaxed);
//%if hardened
        ptr = listed ? @prefix@_any_next(pool, ptr)
//%else
        ptr = listed ? @prefix@_next((const struct @prefix@_block *)ptr)
//%end
                     : (const void *)((const unsigned char *)ptr + @prefix@_shapes[pool].size);
    }
    return listed && ptr != NULL ? SIZE_MAX : count;
}

/* The same for all that is free of a pool outside of its spans; false if that is not sound. */
static bool @prefix@_mark_all(size_t pool, bool out)
{
//%if !threads_shared
    const struct @prefix@_pool *const p = &@prefix@_pools[pool];
    bool sound = @prefix@_mark(pool, p->window, p->fresh, false, out) == p->fresh;
    sound = @prefix@_mark(pool, @prefix@_free_lists[pool], SIZE_MAX, true, out) != SIZE_MAX && sound;
    return @prefix@_mark(pool, p->old, SIZE_MAX, true, out) != SIZE_MAX && sound;
//%else
    const uint32_t batch = @prefix@_shapes[pool].batch;
    bool sound = true;
    for (uint32_t slot = 0; slot < @prefix@_shapes[pool].slots; slot++) {
        const void *const first = @PREFIX@_LOAD(&@prefix@_pools[pool].depot[slot], acquire);
        sound = @prefix@_mark(pool, first, batch, true, out) == (first != NULL ? batch : 0) && sound;
    }
    for (uint64_t number = @PREFIX@_LOAD(&@prefix@_threads, acquire); number > 0; number--) {
        const struct @prefix@_list *const list = &@prefix@_thread(number)->cache.lists[pool];
        const struct @prefix@_supply *const supply = &@prefix@_thread(number)->supplies[pool];
        const uint32_t listed = list->head != NULL ? batch - list->room : 0;
        const uint32_t spare = supply->spare != NULL ? batch : 0, fresh = @prefix@_fresh(supply);
        sound = @prefix@_mark(pool, list->head, batch, true, out) == listed &&
                @prefix@_mark(pool, supply->spare, batch, true, out) == spare &&
                @prefix@_mark(pool, supply->window, fresh, false, out) == fresh &&
                list->room <= batch && fresh <= batch && sound;
    }
    return sound;
//%end
}

//%end
/* Whether a span's bits are as many as its state says, and its hint is raised if it has blocks. */
static bool @prefix@_check_span(size_t pool, const struct @prefix@_span *span)
{
    const uint32_t blocks = @prefix@_blocks(pool, span), group = span->number / 64;
    uint32_t out = 0;
    for (uint32_t from = 0; from < blocks; from += 64) {
        out += @prefix@_count_bits(@PREFIX@_LOAD(@prefix@_word(span, from / 64), relaxed));
    }
    const bool hinted = @prefix@_is_raised(@prefix@_partial(group, pool), span->number % 64) &&
                        @prefix@_is_raised(@prefix@_pools[pool].partial, group);
    return @PREFIX@_LOAD(&span->state, acquire) == ((uint64_t)(pool + 1) << 32 | out) &&
           @PREFIX@_LOAD(&span->used, relaxed) <= blocks && (hinted || out == blocks);
}

//%if exhausted_grow
/* Whether every granule of a part is in the store or has an owner, and the spans are sound. */
static bool @prefix@_check_part(uint32_t group)
{
    const uint64_t free = @prefix@_in_store(@prefix@_part(group));
    const uint64_t unowned = free | @prefix@_part(group)->outside;
    bool sound = free == 0 || @prefix@_is_raised(@prefix@_stocked, group);
    for (uint32_t index = group * 64; index < (group + 1) * 64 && sound; index++) {
        const size_t owner = @PREFIX@_LOAD(&@prefix@_owners[index], relaxed);
        sound = owner <= @PREFIX@_POOLS && (owner == 0) == (unowned >> index % 64 & 1);
        if (sound && owner != 0 && index % @prefix@_shapes[owner - 1].granules == 0) {
            sound = @prefix@_check_span(owner - 1, @prefix@_span(index));
        }
    }
    return sound;
}

//%end
//%if threads_critical
static bool @prefix@_is_sound(void)
//%else
@PREFIX@_API bool @prefix@_check(void)
//%end
{
    bool sound = true;
    for (size_t pool = 0; pool < @PREFIX@_POOLS; pool++) {
        for (uint32_t i = 0; i < @PREFIX@_LOAD(&@prefix@_pools[pool].opened, acquire); i++) {
            const uint32_t number = @prefix@_shapes[pool].first_span + i;
            sound = @prefix@_check_span(pool, &@prefix@_static_spans[number]) && sound;
        }
//%if !direct
        sound = @prefix@_mark_all(pool, false) && sound;
        sound = @prefix@_mark_all(pool, true) && sound;
//%end
    }
//%if exhausted_grow
    uint32_t group = @PREFIX@_STATIC_GROUPS - 1;
    while ((group = @prefix@_next_group(group)) != 0) {
        sound = @prefix@_check_part(group) && sound;
    }
//%end
    return sound;
}
//%else
//%if pages_grow
/* Whether a span's freed blocks are as many as it should have, and blocks of it, and its page says whether
   there is one. */
static bool @prefix@_check_span(size_t pool, size_t page)
{
    const struct @prefix@_span *const span = @prefix@_span(pool, page);
    const size_t most = @prefix@_shapes[pool].span_blocks;
    size_t found = 0;
    for (const struct @prefix@_block *block = span->free; block != NULL; block = @prefix@_next(block)) {
        if (@prefix@_find(block) != pool || @prefix@_first_page(block) != page ||
            !@prefix@_is_block(pool, block) || ++found > span->carved) {
            return false;
        }
    }
    const bool full = (@prefix@_owners[page] & @PREFIX@_FULL) != 0;
    return span->out != 0 && span->out + found == span->carved && span->carved <= most &&
           full == (span->out == most) && (full || page >= @prefix@_lowest[pool + 1]);
}

/* Whether all spans of growth are sound. */
static bool @prefix@_check_growth(size_t pool)
{
    size_t held = 0;
    for (size_t page = 0; page < @prefix@_pages_end; page++) {
        if (@prefix@_page_pool(page) == pool) {
            if (!@prefix@_check_span(pool, page)) {
                return false;
            }
            held += @prefix@_span(pool, page)->carved;
        }
    }
    return held == @prefix@_pools[pool].held;
}

//%end
//%if threads_critical
static bool @prefix@_is_sound(void)
//%else
@PREFIX@_API bool @prefix@_check(void)
//%end
{
//%if compact
    for (size_t pool = 0; pool < @PREFIX@_POOLS; pool++) {
        const struct @prefix@_pool *const p = &@prefix@_pools[pool];
        size_t found = 0;
        /* A block that stands on its list twice makes the list endless. */
//%if hardened
        for (const struct @prefix@_block *block = p->free; block != NULL; block = @prefix@_any_next(pool, block)) {
//%else
        for (const struct @prefix@_block *block = p->free; block != NULL; block = @prefix@_next(block)) {
//%end
            if (@prefix@_find(block) != pool || !@prefix@_is_block(pool, block) || ++found > p->carved) {
                return false;
            }
        }
//%if reserves
        if (found + p->used != p->carved) {
            return false;
        }
//%end
    }
    return true;
//%else
    for (size_t pool = 0; pool < @PREFIX@_POOLS; pool++) {
        size_t found = 0;
        /* A block that stands on its list twice makes the list endless. */
//%if hardened
        for (const struct @prefix@_block *block = @prefix@_free_lists[pool]; block != NULL;
             block = @prefix@_any_next(pool, block)) {
//%else
        for (const struct @prefix@_block *block = @prefix@_free_lists[pool]; block != NULL; block = @prefix@_next(block)) {
//%end
            if (@prefix@_find(block) != pool || !@prefix@_is_block(pool, block) || ++found > @prefix@_pools[pool].carved) {
                return false;
            }
        }
//%if pages_grow
        if (!@prefix@_check_growth(pool)) {
            return false;
        }
//%end
    }
    return true;
//%end
}
//%end

//%if threads_critical
@PREFIX@_API bool @prefix@_check(void)
{
    const uintptr_t state = @PREFIX@_ENTER();
    const bool sound = @prefix@_is_sound();
    @PREFIX@_LEAVE(state);
    return sound;
}
//%end
