/* Part of allocator.c, where pools grow: granules that no pool holds, and how they come. */
/* ---- The span store ----
 *
 * A bit a granule, in the head of its part. A run of granules is taken by one compare-exchange
 * and given by one AND, after which neighbours are one run by themselves. Lower parts come first,
 * and in a part the granules that have memory. */

//%if threads_shared
static @atomic_u64@ @prefix@_given; /* changes when granules came to the store */

//%end
static uint64_t @prefix@_in_store(struct @prefix@_part *part)
{
    return ~(@PREFIX@_LOAD(&part->taken, seq_cst) | part->outside);
}

/* The bits of a span's granules in its part. */
static uint64_t @prefix@_granules_of(size_t pool, uint32_t span)
{
    return @prefix@_bits_of(span % 64, span % 64 + @prefix@_shapes[pool].granules);
}

/* Says that the store has granules of a part, and to searches that may just have looked in vain that
   they should again. */
static void @prefix@_raise_stocked(uint32_t group)
{
    @prefix@_raise(@prefix@_stocked, group);
//%if threads_shared
    @PREFIX@_ADD(&@prefix@_given, 1, release);
//%end
}

/* Puts granules of a part, which the caller has taken, into the store. */
static void @prefix@_stock(uint32_t group, uint64_t granules)
{
    @PREFIX@_AND(&@prefix@_part(group)->taken, ~granules, seq_cst);
    @prefix@_raise_stocked(group);
}

/* First of `count` neighbours, a power of two to which it is aligned; 64 if there are none. */
static uint32_t @prefix@_find_run(uint64_t bits, uint32_t count)
{
    for (uint32_t distance = 1; distance < count; distance *= 2) {
        bits &= bits >> distance;
    }
    bits &= UINT64_MAX / @prefix@_bits_of(0, count); /* every count-th bit */
    return bits != 0 ? @prefix@_lowest(bits) : 64;
}

/* Takes the granules of a span for a pool out of one part; 0 if they are not there. */
static uint32_t @prefix@_take_granules(size_t pool, uint32_t group)
{
    struct @prefix@_part *const part = @prefix@_part(group);
    const uint32_t count = @prefix@_shapes[pool].granules;
    uint64_t taken = @PREFIX@_LOAD(&part->taken, seq_cst);
    for (;;) {
        const uint64_t free = ~(taken | part->outside);
        uint32_t at = @prefix@_find_run(free & @PREFIX@_LOAD(&part->dirty, relaxed), count);
        at = at < 64 ? at : @prefix@_find_run(free, count);
        if (at == 64) {
            break;
        }
        const uint64_t more = taken | @prefix@_granules_of(pool, at);
        if (@PREFIX@_CAS(&part->taken, &taken, more, seq_cst, seq_cst)) {
            return group * 64 + at;
        }
    }
    if (@prefix@_in_store(part) == 0 && @prefix@_may_lower(&@prefix@_lowered, group)) {
        @prefix@_lower(@prefix@_stocked, group);
        if (@prefix@_in_store(part) != 0) {
            @prefix@_raise_stocked(group);
        }
        @PREFIX@_STORE(&@prefix@_lowered, 0, seq_cst);
    }
    return 0;
}

static void @prefix@_set_owner(size_t pool, uint32_t number, size_t owner)
{
    for (uint32_t i = 0; i < @prefix@_shapes[pool].granules; i++) {
        @PREFIX@_STORE(&@prefix@_owners[number + i], (@owner_type@)owner, relaxed);
    }
}

/* Gives a span, which the caller has claimed, to the store. */
static void @prefix@_store_span(size_t pool, struct @prefix@_span *span)
{
    struct @prefix@_part *const part = @prefix@_part(span->number / 64);
    const uint64_t granules = @prefix@_granules_of(pool, span->number);
    const uint64_t used = @PREFIX@_LOAD(&span->used, relaxed);
    @prefix@_lower(&part->partial[pool], span->number % 64);
    @prefix@_set_owner(pool, span->number, 0);
    if (used != 0) {
        @PREFIX@_ADD(&@prefix@_pools[pool].held, -used, relaxed);
        @PREFIX@_OR(&part->dirty, granules, relaxed);
        @PREFIX@_AND(&part->idle, ~granules, relaxed);
        @PREFIX@_STORE(&span->used, 0, relaxed);
    }
    @prefix@_stock(span->number / 64, granules);
}

/* ---- Growth ----
 *
 * Parts come from the system one by one, and in the end smaller ones, so that growth takes no more of
 * the process's limits than it uses. */

/* Where growth begins: the same for all threads. Where addresses are short it may be anywhere. */
static uint32_t @prefix@_first_group(void)
{
    if (sizeof(void *) < 8) {
        return @PREFIX@_GROUPS / 4;
    }
    const uintptr_t place = @prefix@_place((uint64_t)@PREFIX@_GROUPS << @PREFIX@_PART_SHIFT);
    uintptr_t none = 0;
    (void)@PREFIX@_CAS(&@prefix@_origin, &none, place & -@PREFIX@_PART, acq_rel, relaxed);
    return @PREFIX@_STATIC_GROUPS;
}

/* Maps a part, the first from `group` on whose addresses are free; returns which, or 0. */
static uint32_t @prefix@_map_part(uint32_t group, uint32_t granules)
{
    for (uint32_t step = 1; group < @PREFIX@_GROUPS; group += step++) {
        unsigned char *const wanted = @prefix@_granule((size_t)group * 64);
        unsigned char *const at = @prefix@_obtain(wanted, granules * @PREFIX@_GRANULE);
        if (at == NULL || at == wanted) {
            return at != NULL ? group : 0;
        }
        @prefix@_unmap(at, granules * @PREFIX@_GRANULE);
    }
    return 0;
}

//%if auto_release
/* Whether growth passes another part, or of much another sixteenth to eighth: then a look is due at
   once, since what idles in other pools may make up for it. */
static bool @prefix@_is_much(uint32_t mapped, uint32_t granules)
{
    const uint32_t share = @prefix@_highest(mapped | 64 << 3) - 3;
    return mapped >> share != (mapped + granules) >> share;
}

//%end
/* Sees to it that the store has more; false at the limit or at the end of the system's memory.
   One compare-exchange makes a part known to all, but for its hint: whoever comes by raises that,
   if the part's opener did not come to it. */
static bool @prefix@_open_part(void)
{
    uint64_t opened = @PREFIX@_LOAD(&@prefix@_opened, acquire);
    const uint32_t newest = (uint32_t)(opened >> 44), mapped = (uint32_t)opened & 0xffffff;
    if (newest != 0 && @prefix@_in_store(@prefix@_part(newest)) != 0 &&
        !@prefix@_is_raised(@prefix@_stocked, newest)) {
        @prefix@_raise_stocked(newest);
        return true;
    }
    uint32_t end = (uint32_t)(opened >> 24) & 0xfffff, group = 0;
    uint32_t granules = @PREFIX@_LIMIT - mapped < 64 ? @PREFIX@_LIMIT - mapped : 64;
    end = end != 0 ? end : @prefix@_first_group();
    while (granules > @PREFIX@_HEAD_GRANULES && (group = @prefix@_map_part(end, granules)) == 0) {
        granules /= 2;
    }
    if (group == 0) {
        return @PREFIX@_LOAD(&@prefix@_opened, acquire) != opened;
    }
    struct @prefix@_part *const part = @prefix@_part(group);
    part->outside = ~@prefix@_bits_of(@PREFIX@_HEAD_GRANULES, granules);
    part->granules = granules;
//%if guards
    @prefix@_close((uintptr_t)part + @PREFIX@_HEAD_GRANULES * @PREFIX@_GRANULE, (uintptr_t)part + granules * @PREFIX@_GRANULE);
//%end
    part->older = newest;
    @PREFIX@_PART_COMES((unsigned char *)(part + 1), granules * @PREFIX@_GRANULE - sizeof *part);
    const uint64_t more = (uint64_t)group << 44 | (uint64_t)(group + 1) << 24 | (mapped + granules);
    if (@PREFIX@_CAS(&@prefix@_opened, &opened, more, acq_rel, relaxed)) {
        @prefix@_stock(group, 0);
//%if watches_end
        @prefix@_watch_end();
//%end
//%if auto_release
        if (@prefix@_is_much(mapped, granules)) {
            @PREFIX@_STORE(&@prefix@_next_look, 0, relaxed);
        }
//%end
    } else {
        @PREFIX@_PART_GOES((unsigned char *)(part + 1), granules * @PREFIX@_GRANULE - sizeof *part);
        @prefix@_unmap(part, granules * @PREFIX@_GRANULE); /* another thread was first */
    }
    return true;
}

//%if harden_full
//%if mixed_harden
/* Blocks that are verified start as zero, in a span that other pools used too. */
static void @prefix@_make_zero(size_t pool, const struct @prefix@_span *span)
{
    const uint64_t dirty = @PREFIX@_LOAD(&@prefix@_part(span->number / 64)->dirty, relaxed);
    if (@prefix@_is_full(pool) && (dirty & @prefix@_granules_of(pool, span->number)) != 0) {
        const size_t bytes = @prefix@_shapes[pool].span_blocks * @prefix@_shapes[pool].size;
        @PREFIX@_OPEN(span->base, bytes);
        memset(span->base, 0, bytes);
        @PREFIX@_CLOSE(span->base, bytes);
    }
}

//%end
//%end
//%if guards
/* Makes the granules of a span accessible, once; false if the system refuses. */
static bool @prefix@_open_granules(size_t pool, uint32_t number)
{
    const uint64_t granules = @prefix@_granules_of(pool, number);
    struct @prefix@_part *const part = @prefix@_part(number / 64);
    if ((granules & ~@PREFIX@_LOAD(&part->accessible, relaxed)) == 0) {
        return true;
    }
    if (!@prefix@_open(@prefix@_granule(number), @prefix@_shapes[pool].granules * @PREFIX@_GRANULE)) {
        return false;
    }
    @PREFIX@_OR(&part->accessible, granules, relaxed);
    return true;
}

//%end
/* Takes a span from the store for a pool; NULL if there is none. */
static struct @prefix@_span *@prefix@_new_span(size_t pool)
{
    do {
        for (uint32_t word = 0; word < @prefix@_hint_words(); word++) {
            uint64_t groups = @prefix@_hinted(@prefix@_stocked, &@prefix@_lowered, word);
            for (; groups != 0; groups &= groups - 1) {
                const uint32_t group = word * 64 + @prefix@_lowest(groups);
                const uint32_t number = @prefix@_take_granules(pool, group);
                if (number != 0) {
                    struct @prefix@_span *const span = &@prefix@_part(number / 64)->spans[number % 64];
                    if (span->number == 0) { /* only once, since others may still look at it */
                        span->number = number;
                        span->base = @prefix@_granule(number);
                        span->out = @prefix@_part(number / 64)->out[0][number % 64];
                        span->row = 64 * @PREFIX@_ROW_WORDS;
                    }
//%if guards
                    if (!@prefix@_open_granules(pool, number)) {
                        @prefix@_stock(group, @prefix@_granules_of(pool, number));
                        return NULL;
                    }
//%end
                    @prefix@_set_owner(pool, number, pool + 1);
//%if harden_full
//%if mixed_harden
                    @prefix@_make_zero(pool, span);
//%end
//%end
                    return span;
                }
            }
        }
    } while (@prefix@_open_part());
    return NULL;
}
