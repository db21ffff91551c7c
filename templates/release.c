/* Part of allocator.c, where blocks are given back: memory for the system. */
/* ---- Giving memory back ----
 *
 * What is idle loses its memory in small steps: a batch that stays in the depot goes to its
 * spans, a granule that stays in the store and whole pages of free blocks in a span that does not
 * change go to the system. Whoever does a step owns what it works on, and that is a batch or a
 * span at most. */

//%if caches
/* Brings one batch of the depot to its spans that lay there at the last look already, or, `now`,
   any; false if there is none, and then what lies there is remembered. */
static bool @prefix@_settle(size_t pool, bool now)
{
    struct @prefix@_pool *const p = &@prefix@_pools[pool];
    struct @prefix@_block *const first = @prefix@_pop_batch(pool, !now);
    if (first != NULL) {
        @prefix@_dissolve_all(pool, first, @prefix@_shapes[pool].batch);
        return true;
    }
    for (uint32_t slot = 0; slot < @prefix@_shapes[pool].slots; slot++) {
        @PREFIX@_STORE(&p->seen[slot], @PREFIX@_LOAD(&p->depot[slot], relaxed), relaxed);
    }
    return false;
}

//%end
//%if !threads_shared
/* Brings a slice of what was free at the last look already to its spans, or, `now`, of all; false
   if that is done, and then what is free is remembered. */
static bool @prefix@_settle(size_t pool, bool now)
{
    struct @prefix@_pool *const p = &@prefix@_pools[pool];
    if (p->old == NULL) {
        p->old = @prefix@_free_lists[pool];
        @prefix@_free_lists[pool] = NULL;
        return now && p->old != NULL;
    }
    uint32_t count = 0;
//%if hardened
    for (const struct @prefix@_block *at = p->old; at != NULL && count < @PREFIX@_SLICE; at = @prefix@_follow(pool, at)) {
//%else
    for (const struct @prefix@_block *at = p->old; at != NULL && count < @PREFIX@_SLICE; at = @prefix@_next(at)) {
//%end
        count++;
    }
    p->old = @prefix@_dissolve(pool, p->old, count);
    return true;
}

//%end
/* Takes blocks [from, to) of a span, all or none of them. */
static bool @prefix@_take_range(size_t pool, struct @prefix@_span *span, uint32_t from, uint32_t to)
{
    for (uint32_t at = from; at < to; at = (at | 63) + 1) {
        if ((@PREFIX@_LOAD(@prefix@_word(span, at / 64), relaxed) & @prefix@_bits_of(at, to)) != 0) {
            return false;
        }
    }
    if (!@prefix@_take_right(pool, span, to - from)) {
        return false;
    }
    for (uint32_t at = from; at < to; at = (at | 63) + 1) {
        const uint64_t bits = @prefix@_bits_of(at, to);
        const uint64_t taken = bits & ~@PREFIX@_OR(@prefix@_word(span, at / 64), bits, acquire);
        if (taken != bits) { /* another thread was first: what was taken goes back */
            @prefix@_clear_bits(span, at / 64, taken);
            for (uint32_t before = from; before < at; before = (before | 63) + 1) {
                @prefix@_clear_bits(span, before / 64, @prefix@_bits_of(before, at));
            }
            @prefix@_count_free(pool, span, to - from);
            return false;
        }
    }
    return true;
}

/* In a span's `seen`: in that state pages were given back, or the system refused some. */
#define @PREFIX@_PURGED ((uint64_t)1 << 63)
#define @PREFIX@_REFUSED ((uint64_t)1 << 62)

/* Adjacent pages of a span whose blocks were taken to give the pages back. */
struct @prefix@_run {
    uintptr_t at;
    size_t bytes;
    uint32_t from, to; /* the blocks */
};

/* Gives them back, if there are any, and their blocks to the span; false if the system refuses. */
static bool @prefix@_purge_run(size_t pool, struct @prefix@_span *span, const struct @prefix@_run *run,
                              size_t *given)
{
    if (run->bytes == 0) {
        return true;
    }
    const bool gone = @prefix@_give_back(run->at, run->bytes);
    *given += gone ? run->bytes : 0;
    @prefix@_give_range(pool, span, run->from, run->to);
    return gone;
}

/* Gives back the pages of a span that hold free blocks only, neighbours at once, and adds up the
   bytes; false if the span changed since the last look, and that is not `now`, or if nothing changed
   since it did so last. */
static bool @prefix@_purge_span(size_t pool, struct @prefix@_span *span, bool now, size_t *given)
{
    const uint64_t state = @PREFIX@_LOAD(&span->state, relaxed);
    const uint64_t seen = @PREFIX@_LOAD(&span->seen, relaxed);
    if (@prefix@_free_in(pool, span, state) == 0 || seen == (state | @PREFIX@_PURGED) ||
        (seen == (state | @PREFIX@_REFUSED) && !now)) {
        return false;
    }
    @PREFIX@_STORE(&span->seen, state, relaxed);
    if (seen != state && !now) {
        return false;
    }
    bool gone = true;
    struct @prefix@_run run = {.bytes = 0};
    const size_t page = @prefix@_page();
    const uintptr_t base = (uintptr_t)span->base;
    const uintptr_t end = base + @prefix@_blocks(pool, span) * @prefix@_shapes[pool].size;
    for (uintptr_t at = (base + page - 1) & -page; at + page <= end; at += page) {
        uint32_t from = @prefix@_blocks_before(pool, at - base);
        const uint32_t to = @prefix@_blocks_before(pool, at + page - base - 1) + 1;
        if (run.bytes != 0 && from < run.to) {
            from = run.to; /* the block that begins in the last page is taken */
        }
        if (from == to || @prefix@_take_range(pool, span, from, to)) {
            run = run.bytes != 0 ? (struct @prefix@_run){run.at, run.bytes + page, run.from, to}
                                 : (struct @prefix@_run){at, page, from, to};
        } else {
            gone = @prefix@_purge_run(pool, span, &run, given) && gone;
            run.bytes = 0;
        }
    }
    gone = @prefix@_purge_run(pool, span, &run, given) && gone;
    uint64_t unchanged = state; /* else somebody took blocks meanwhile, and may have used them */
    const uint64_t outcome = gone ? @PREFIX@_PURGED : @PREFIX@_REFUSED;
    (void)@PREFIX@_CAS(&span->seen, &unchanged, state | outcome, relaxed, relaxed);
    return true;
}

/* Does so with the next span of a group that is due, or, `now`, with all; false if none was. */
static bool @prefix@_purge_group(uint32_t group, bool now, size_t *given)
{
    bool any = false;
    for (size_t pool = 0; pool < @PREFIX@_POOLS; pool++) {
        uint64_t partial = @PREFIX@_LOAD(@prefix@_partial(group, pool), acquire);
        for (; partial != 0 && (now || !any); partial &= partial - 1) {
            struct @prefix@_span *const span = @prefix@_span(group * 64 + @prefix@_lowest(partial));
            any |= @prefix@_purge_span(pool, span, now, given);
        }
    }
    return any;
}

//%if exhausted_grow
/* Gives back the memory of a granule that lay in the store at the last look already, or, `now`,
   of any, and remembers which lie there. Returns the bytes. */
static size_t @prefix@_purge_store(uint32_t group, bool now)
{
    struct @prefix@_part *const part = @prefix@_part(group);
    const uint64_t stored = @prefix@_in_store(part) & @PREFIX@_LOAD(&part->dirty, relaxed);
    const uint64_t due = now ? stored : stored & @PREFIX@_LOAD(&part->idle, relaxed);
    const uint64_t bit = due & -due;
    if (due == 0) {
        @PREFIX@_OR(&part->idle, stored, relaxed);
        return 0;
    }
    @PREFIX@_AND(&part->idle, ~bit, relaxed);
    if ((@PREFIX@_OR(&part->taken, bit, seq_cst) & bit) != 0) {
        return 0; /* a pool was first */
    }
    const uintptr_t at = (uintptr_t)part + @prefix@_lowest(bit) * @PREFIX@_GRANULE;
    const bool given = @prefix@_give_back(at, @PREFIX@_GRANULE);
    if (given) {
        @PREFIX@_AND(&part->dirty, ~bit, relaxed);
    }
    @prefix@_stock(group, bit);
    return given ? @PREFIX@_GRANULE : 0;
}

//%end
//%if auto_release
/* A look goes through all pools and groups, a step at a time: the next one plus one, or 0 between
   looks. A look begins a tenth of a second after the last, so that what was idle for so long
   goes, or when much grew since. */
enum {
    @PREFIX@_LOOK_MILLISECONDS = 100,
    @PREFIX@_LOOK_STEPS = 4,          /* at most, of those that find nothing to do, */
//%if threads_shared
    @PREFIX@_LOOK_PATIENCE = 64,      /* calls that leave it to a thread that may have stopped */
//%end
//%if exhausted_grow
    @PREFIX@_LOOK_BYTES = 256 << 10,  /* and bytes given back, some 25 us */
//%end
};

/* Looks a little further, if it is time; true if more is to be done now. */
static bool @prefix@_look_further(void)
{
    uint64_t step = @PREFIX@_LOAD(&@prefix@_step, relaxed);
    if (step == 0) {
        const uint64_t now = @prefix@_milliseconds();
        uint64_t due = @PREFIX@_LOAD(&@prefix@_next_look, relaxed);
        const uint64_t next = now + @PREFIX@_LOOK_MILLISECONDS;
        if (now < due || !@PREFIX@_CAS(&@prefix@_next_look, &due, next, relaxed, relaxed)) {
            return false;
        }
        step = 1;
        @PREFIX@_STORE(&@prefix@_step, step, relaxed);
//%if decays
        (void)@prefix@_big_decay(now);
//%end
    }
    size_t given = 0;
    for (uint32_t i = 0; i < @PREFIX@_LOOK_STEPS && step != 0; i++) {
        uint64_t next = step + 1;
        if (step <= @PREFIX@_POOLS) {
//%if !direct
            if (@prefix@_settle((size_t)step - 1, false)) {
                return true;
            }
//%end
        } else {
            const uint32_t group = (uint32_t)(step - 1 - @PREFIX@_POOLS);
            const uint32_t after = @prefix@_next_group(group);
//%if exhausted_grow
            size_t granule = 0;
            while (group >= @PREFIX@_STATIC_GROUPS && given < @PREFIX@_LOOK_BYTES &&
                   (granule = @prefix@_purge_store(group, false)) != 0) {
                given += granule;
            }
//%end
            if (given != 0 || @prefix@_purge_group(group, false, &given)) {
                return true;
            }
            next = after != 0 ? @PREFIX@_POOLS + 1 + after : 0;
        }
        if (!@PREFIX@_CAS(&@prefix@_step, &step, next, relaxed, relaxed)) {
            return true;
        }
        step = next;
    }
    return step != 0;
}

//%if threads_shared
static @atomic_u64@ @prefix@_lookers; /* calls since a thread began to look; 0: none does */

/* One thread at a time: to a second one, what the first has just seen would be old. */
static bool @prefix@_look(void)
{
    if (@PREFIX@_ADD(&@prefix@_lookers, 1, acquire) % @PREFIX@_LOOK_PATIENCE != 0) {
        return false;
    }
    const bool more = @prefix@_look_further();
    @PREFIX@_STORE(&@prefix@_lookers, 0, release);
    return more;
}
//%else
static bool @prefix@_look(void) { return @prefix@_look_further(); }
//%end
//%end
