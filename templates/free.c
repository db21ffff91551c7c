/* Part of allocator.c, where blocks are given back: to their spans, and out of them. */
/* ---- Free blocks ---- */

/* Blocks that are in a span, while it is the pool's. */
static uint32_t @prefix@_free_in(size_t pool, const struct @prefix@_span *span, uint64_t state)
{
    return state >> 32 == pool + 1 ? @prefix@_blocks(pool, span) - (uint32_t)state : 0;
}

/* Counts blocks whose bits the caller has cleared, or rights that it gives up. */
static void @prefix@_count_free(size_t pool, struct @prefix@_span *span, uint32_t count)
{
    const uint64_t old = @PREFIX@_ADD(&span->state, -(uint64_t)count, seq_cst);
//%if exhausted_grow
    uint64_t whole = old - count;
    if ((uint32_t)whole == 0 && !@prefix@_is_static(span->number) &&
        @PREFIX@_CAS(&span->state, &whole, 0, acq_rel, relaxed)) {
        @prefix@_store_span(pool, span);
        return;
    }
//%end
    if (@prefix@_free_in(pool, span, old) == 0) {
        @prefix@_raise_partial(pool, span->number);
    }
}

static void @prefix@_clear_bits(struct @prefix@_span *span, uint32_t word, uint64_t bits)
{
    if ((@PREFIX@_AND(@prefix@_word(span, word), ~bits, release) & bits) != bits) {
        @prefix@_abort_freed();
    }
}

/* Gives blocks [from, to) to their span. */
static void @prefix@_give_range(size_t pool, struct @prefix@_span *span, uint32_t from, uint32_t to)
{
    for (uint32_t at = from; at < to; at = (at | 63) + 1) {
        @prefix@_clear_bits(span, at / 64, @prefix@_bits_of(at, to));
    }
    @prefix@_count_free(pool, span, to - from);
}

//%if !direct
/* Where a block is. */
struct @prefix@_place {
    struct @prefix@_span *span;
    uint32_t block; /* its number there */
};

/* Says where the first `count` blocks of a list are; returns the rest of the list. What is known of spans lies
   far apart: all of it is asked for before any is needed, so that one wait is all's. */
static struct @prefix@_block *@prefix@_find_places(size_t pool, struct @prefix@_block *block, uint32_t count,
                                             struct @prefix@_place *places)
{
//%if hardened
    struct @prefix@_block *next;
    for (uint32_t i = 0; i < count; i++, block = next) {
//%else
    for (uint32_t i = 0; i < count; i++, block = @prefix@_next(block)) {
//%end
        struct @prefix@_place *const place = &places[i];
        place->span = @prefix@_find(block) == pool ? @prefix@_locate(pool, block, &place->block) : NULL;
        if (place->span == NULL) {
            @prefix@_abort_freed();
        }
        __builtin_prefetch(@prefix@_word(place->span, place->block / 64), 1);
//%if hardened
        next = @prefix@_follow(pool, block);
//%if harden_full
        if (@prefix@_is_full(pool)) {
            @prefix@_link(block, NULL); /* blocks in spans are zero */
        }
//%end
//%end
    }
    return block;
}

/* Gives the first of blocks, and those after it that share a word of bits with it; returns how many. */
static uint32_t @prefix@_clear_places(const struct @prefix@_place *places, uint32_t count)
{
    struct @prefix@_span *const span = places[0].span;
    const uint32_t word = places[0].block / 64;
    uint64_t bits = 0;
    uint32_t i = 0;
    for (; i < count && places[i].span == span && places[i].block / 64 == word; i++) {
        const uint64_t bit = (uint64_t)1 << places[i].block % 64;
        if ((bits & bit) != 0) {
            @prefix@_abort_freed();
        }
        bits |= bit;
    }
    @prefix@_clear_bits(span, word, bits);
    return i;
}

/* Gives the first `count` blocks of a list to their spans, neighbours at once; returns the rest
   of the list. */
static struct @prefix@_block *@prefix@_dissolve(size_t pool, struct @prefix@_block *block, uint32_t count)
{
    struct @prefix@_place places[@PREFIX@_SLICE];
    while (count > 0) {
        const uint32_t some = count < @PREFIX@_SLICE ? count : @PREFIX@_SLICE;
        block = @prefix@_find_places(pool, block, some, places);
        for (uint32_t from = 0, to; from < some; from = to) {
            struct @prefix@_span *const span = places[from].span;
            for (to = from; to < some && places[to].span == span;) {
                to += @prefix@_clear_places(&places[to], some - to);
            }
            @prefix@_count_free(pool, span, to - from);
        }
        count -= some;
    }
    return block;
}

//%end
//%if caches
/* Gives all `count` blocks of a list to their spans. */
static void @prefix@_dissolve_all(size_t pool, struct @prefix@_block *block, uint32_t count)
{
    if (@prefix@_dissolve(pool, block, count) != NULL) {
        @prefix@_abort_freed();
    }
}

/* Gives a full batch to the depot, or its blocks to their spans. */
static void @prefix@_give_batch(size_t pool, struct @prefix@_block *first)
{
    if (!@prefix@_push_batch(pool, first)) {
        @prefix@_dissolve_all(pool, first, @prefix@_shapes[pool].batch);
    }
}

//%end
/* What a search found: a list of blocks, and fresh ones, adjacent and not touched. */
struct @prefix@_haul {
    struct @prefix@_block *list;
    uint32_t listed;
    uint32_t fresh;
    unsigned char *window; /* the first fresh one */
    uint32_t origin;       /* of fresh ones */
};
enum { @PREFIX@_USED, @PREFIX@_NEW_IN_ARENA, @PREFIX@_NEW_IN_GROWTH };

/* Adds to a span's count; false if it is not the pool's, or has not so many. */
static bool @prefix@_take_right(size_t pool, struct @prefix@_span *span, uint32_t count)
{
    uint64_t state = @PREFIX@_LOAD(&span->state, seq_cst);
    do {
        if (@prefix@_free_in(pool, span, state) < count) {
            return false;
        }
    } while (!@PREFIX@_CAS(&span->state, &state, state + count, seq_cst, seq_cst));
    return true;
}

/* Takes up to `want` free blocks of one word of a span, those of low numbers first, and none that
   was used with one that was not. */
static uint64_t @prefix@_take_word(size_t pool, struct @prefix@_span *span, uint32_t from, uint32_t want)
{
    uint64_t taken = 0;
    while (taken == 0) {
        const uint64_t used = @PREFIX@_LOAD(&span->used, relaxed);
        uint64_t bits = ~@PREFIX@_LOAD(@prefix@_word(span, from / 64), relaxed);
        bits &= @prefix@_bits_of(from, @prefix@_blocks(pool, span));
        const uint64_t old = used > from ? bits & @prefix@_bits_of(from, (uint32_t)used) : 0;
        bits = old != 0 ? old : bits;
        while (@prefix@_count_bits(bits) > want) {
            bits &= UINT64_MAX >> 1 >> __builtin_clzll(bits);
        }
        const uint32_t count = @prefix@_count_bits(bits);
        if (count == 0 || !@prefix@_take_right(pool, span, count)) {
            return 0;
        }
        @PREFIX@_STORE(&span->seen, 0, relaxed);
        taken = bits & ~@PREFIX@_OR(@prefix@_word(span, from / 64), bits, acquire);
        if (taken != bits) { /* others had a right to these, too */
            @prefix@_count_free(pool, span, count - @prefix@_count_bits(taken));
        }
    }
    return taken;
}

/* Counts blocks that a pool uses for the first time since it has their span. */
static void @prefix@_count_used(size_t pool, const struct @prefix@_span *span, uint64_t count)
{
    struct @prefix@_pool *const p = &@prefix@_pools[pool];
//%if exhausted_grow
    if (!@prefix@_is_static(span->number)) {
        const uint64_t held = @PREFIX@_ADD(&p->held, count, relaxed) + count;
        uint64_t grown = @PREFIX@_LOAD(&p->grown, relaxed);
        while (grown < held && !@PREFIX@_CAS(&p->grown, &grown, held, relaxed, relaxed)) {
        }
        return;
    }
//%else
    (void)span;
//%end
    @PREFIX@_ADD(&p->carved, count, relaxed);
}

//%if unused_counts
/* Counts blocks that were used, or that only a window held: those are taken for the latter while
   there are any, so that first uses are never too few. */
static void @prefix@_count_reused(size_t pool, uint64_t count)
{
    uint64_t unused = @PREFIX@_LOAD(&@prefix@_pools[pool].unused, relaxed);
    while (unused != 0 && !@PREFIX@_CAS(&@prefix@_pools[pool].unused, &unused,
                                  unused > count ? unused - count : 0, relaxed, relaxed)) {
    }
}

//%end
/* Whether a span's memory is zero where the pool did not use it, and whose it is. */
static uint32_t @prefix@_origin_of(size_t pool, const struct @prefix@_span *span)
{
//%if exhausted_grow
    if (@prefix@_is_static(span->number)) {
        return @PREFIX@_NEW_IN_ARENA;
    }
    const uint64_t dirty = @PREFIX@_LOAD(&@prefix@_part(span->number / 64)->dirty, relaxed);
    return (dirty & @prefix@_granules_of(pool, span->number)) != 0 ? @PREFIX@_USED : @PREFIX@_NEW_IN_GROWTH;
//%else
    (void)pool, (void)span;
    return @PREFIX@_NEW_IN_ARENA;
//%end
}

/* Takes blocks of one word of a span; false if it has none. Neighbours that were never touched
   become a window, so that only memory that is used is touched; others are linked. Blocks count
   as used after they were taken and before they are handed out, so that whoever takes one that
   was used knows it. */
static bool @prefix@_take_some(size_t pool, struct @prefix@_span *span, uint32_t from, uint32_t want,
                              struct @prefix@_haul *haul)
{
    uint64_t bits = @prefix@_take_word(pool, span, from, want);
    if (bits == 0) {
        return false;
    }
    const uint32_t first = from + @prefix@_lowest(bits), end = from + @prefix@_highest(bits) + 1;
    const size_t size = @prefix@_shapes[pool].size;
    uint64_t used = @PREFIX@_LOAD(&span->used, relaxed);
    const bool fresh = first >= used && bits == @prefix@_bits_of(first, end);
    while (used < end) {
        if (@PREFIX@_CAS(&span->used, &used, end, relaxed, relaxed)) {
            @prefix@_count_used(pool, span, end - used);
//%if stats_profile
            @prefix@_note_carved((end - used) * size);
//%end
            break;
        }
    }
//%if unused_counts
    if (first < used) {
        @prefix@_count_reused(pool, @prefix@_count_bits(bits));
    }
//%end
    haul->origin = @prefix@_origin_of(pool, span);
    if (fresh && haul->origin != @PREFIX@_USED) {
        haul->window = span->base + first * size;
        haul->fresh = end - first;
        return true;
    }
    haul->listed += @prefix@_count_bits(bits);
//%if harden_full
    while (bits != 0) {
        const uint64_t bit = @prefix@_is_full(pool) ? @prefix@_any_bit(bits) : (uint64_t)1 << @prefix@_highest(bits);
        void *const at = span->base + (from + @prefix@_lowest(bit)) * size;
        bits &= ~bit;
//%else
    for (; bits != 0; bits &= UINT64_MAX >> 1 >> __builtin_clzll(bits)) {
        void *const at = span->base + (from + @prefix@_highest(bits)) * size;
//%end
        struct @prefix@_block *const block = at;
//%if hardened
        @prefix@_link_out(pool, block, haul->list);
//%else
        @prefix@_link(block, haul->list);
//%end
        haul->list = block;
    }
    return true;
}

/* Takes free blocks of a span until there are enough; false if it has no more, and then its hint
   is lowered. */
static bool @prefix@_take_of_span(size_t pool, struct @prefix@_span *span, uint32_t want,
                                 struct @prefix@_haul *haul)
{
    for (uint32_t from = 0; from < @prefix@_blocks(pool, span); from += 64) {
        while (@prefix@_take_some(pool, span, from, want - haul->listed, haul)) {
            if (haul->listed == want || haul->fresh != 0) {
                return true;
            }
        }
    }
    @prefix@_lower(@prefix@_partial(span->number / 64, pool), span->number % 64);
    if (@prefix@_free_in(pool, span, @PREFIX@_LOAD(&span->state, seq_cst)) != 0) {
        @prefix@_raise_partial(pool, span->number);
    }
    return false;
}

/* Takes free blocks of the pool's spans, those of low addresses first; of a few, so that many
   spans with one free block each make no long call. */
static void @prefix@_take_free(size_t pool, uint32_t want, struct @prefix@_haul *haul)
{
    struct @prefix@_pool *const p = &@prefix@_pools[pool];
    for (uint32_t spans = 0, word = 0; word < @prefix@_hint_words(); word++) {
        uint64_t groups = @prefix@_hinted(p->partial, &p->lowered, word);
        for (; groups != 0; groups &= groups - 1) {
            const uint32_t group = word * 64 + @prefix@_lowest(groups);
            uint64_t partial = @PREFIX@_LOAD(@prefix@_partial(group, pool), seq_cst);
            if (partial == 0 && @prefix@_may_lower(&p->lowered, group)) {
                @prefix@_lower(p->partial, group);
                if (@PREFIX@_LOAD(@prefix@_partial(group, pool), seq_cst) != 0) {
                    @prefix@_raise_group(pool, group);
                }
                @PREFIX@_STORE(&p->lowered, 0, seq_cst);
            }
            for (; partial != 0; partial &= partial - 1) {
                struct @prefix@_span *const span = @prefix@_span(group * 64 + @prefix@_lowest(partial));
                if (@prefix@_take_of_span(pool, span, want, haul) ||
                    (haul->listed != 0 && ++spans == @PREFIX@_ENOUGH_SPANS)) {
                    return;
                }
            }
        }
    }
}

/* Puts another span into use; false if the pool is at its end. */
static bool @prefix@_open_span(size_t pool)
{
    const struct @prefix@_shape *const shape = &@prefix@_shapes[pool];
    struct @prefix@_span *span = NULL;
    uint64_t opened = @PREFIX@_LOAD(&@prefix@_pools[pool].opened, acquire);
    uint64_t before = 0;
    while (span == NULL && (before = opened << shape->span_shift) < shape->initial_count) {
        if (@PREFIX@_CAS(&@prefix@_pools[pool].opened, &opened, opened + 1, acq_rel, acquire)) {
            const uint64_t most = (uint64_t)1 << shape->span_shift;
            const uint64_t left = shape->initial_count - before;
            span = &@prefix@_static_spans[shape->first_span + opened];
            span->base = @prefix@_arena + shape->offset + before * shape->size;
            span->blocks = (uint32_t)(left < most ? left : most);
            span->number = shape->first_span + (uint32_t)opened;
//%if guards
            if (@prefix@_guarded && !@prefix@_open(span->base, span->blocks * shape->size)) {
                @prefix@_abort("the system opens no memory");
            }
//%end
//%if exhausted_grow
            span->out = @prefix@_static_out[span->number];
            span->row = @PREFIX@_ROW_WORDS;
//%end
//%if auto_release
            @PREFIX@_STORE(&@prefix@_next_look, 0, relaxed); /* what idles elsewhere may make up for it */
//%end
        }
    }
//%if exhausted_grow
//%if mixed_exhausted
    if (span == NULL && shape->exhausted == 'g') {
//%else
    if (span == NULL) {
//%end
        span = @prefix@_new_span(pool);
    }
//%end
    if (span == NULL) {
        return false;
    }
    @PREFIX@_STORE(&span->state, (uint64_t)(pool + 1) << 32, release);
    @prefix@_raise_partial(pool, span->number);
    return true;
}

/* Finds free blocks of a pool, up to `want`; false if it is at its end. No span is opened while
   there are blocks elsewhere. */
static bool @prefix@_search(size_t pool, uint32_t want, struct @prefix@_haul *haul)
{
//%if hardened
    @prefix@_draw();
//%end
//%if !caches
    *haul = (struct @prefix@_haul){.list = NULL};
//%else
    *haul = (struct @prefix@_haul){.list = @prefix@_pop_batch(pool, false)};
    if (haul->list != NULL) {
        haul->listed = @prefix@_shapes[pool].batch;
        return true;
    }
//%end
    do {
        @prefix@_take_free(pool, want, haul);
    } while (haul->listed + haul->fresh == 0 && @prefix@_open_span(pool));
    return haul->listed + haul->fresh != 0;
}

//%if threads_shared
/* Changes when blocks of a pool came to where a search may just have looked in vain. */
static uint64_t @prefix@_changes(size_t pool)
{
//%if exhausted_grow
    return @PREFIX@_LOAD(&@prefix@_pools[pool].given, acquire) + @PREFIX@_LOAD(&@prefix@_given, acquire);
//%else
    return @PREFIX@_LOAD(&@prefix@_pools[pool].given, acquire);
//%end
}

/* The same, and the pool is at its end only if nothing came to it while it was searched. */
static bool @prefix@_search_well(size_t pool, uint32_t want, struct @prefix@_haul *haul)
{
    for (uint32_t searches = 0; searches < @PREFIX@_SEARCHES; searches++) {
        const uint64_t changes = @prefix@_changes(pool);
        if (@prefix@_search(pool, want, haul)) {
            return true;
        }
        if (@prefix@_changes(pool) == changes) {
            break;
        }
    }
    return false;
}

//%end
//%if harden_full
//%if !direct
/* One end of a window of fresh blocks, whose other end may move. */
static void *@prefix@_take_fresh(size_t pool, unsigned char **window, uint32_t fresh)
{
    const size_t size = @prefix@_shapes[pool].size;
    unsigned char *const first = *window;
    if (@prefix@_is_full(pool) && @prefix@_choose() % 2 != 0) {
        return first + (fresh - 1) * size;
    }
    *window += size;
    return first;
}

//%end
//%end
//%if !direct
/* Gives fresh blocks back that were not used; they are fresh again, and the pool never had more, if
   nobody took blocks behind them. */
static void @prefix@_give_window(size_t pool, const unsigned char *window, uint32_t fresh)
{
    struct @prefix@_pool *const p = &@prefix@_pools[pool];
    uint32_t block;
    struct @prefix@_span *const span = @prefix@_locate(pool, window, &block);
    uint64_t end = block + fresh;
    if (!@PREFIX@_CAS(&span->used, &end, block, relaxed, relaxed)) {
//%if unused_counts
        @PREFIX@_ADD(&p->unused, fresh, relaxed);
//%end
//%if exhausted_grow
    } else if (!@prefix@_is_static(span->number)) {
        uint64_t held = @PREFIX@_ADD(&p->held, -(uint64_t)fresh, relaxed);
        (void)@PREFIX@_CAS(&p->grown, &held, held - fresh, relaxed, relaxed);
//%end
    } else {
        @PREFIX@_ADD(&p->carved, -(uint64_t)fresh, relaxed);
    }
    @prefix@_give_range(pool, span, block, block + fresh);
}
//%end
