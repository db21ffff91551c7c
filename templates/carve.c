/* Part of allocator.c: taking blocks that are on no list. */
/* ---- Carving ---- */

/* Adjacent blocks, owned by whoever carved them. */
struct @prefix@_span {
    unsigned char *first;
    uint32_t count; /* 0: there are none */
    bool virgin;    /* none was ever used */
};

static unsigned char *@prefix@_region(size_t pool, uint32_t region)
{
//%if grows
    return region != 0 ? @prefix@_segment(region) : @prefix@_arena + @prefix@_shapes[pool].offset;
//%else
    (void)region;
    return @prefix@_arena + @prefix@_shapes[pool].offset;
//%end
}

static uint32_t @prefix@_region_blocks(size_t pool, uint32_t region)
{
//%if grows
    return region != 0 ? @prefix@_shapes[pool].segment_blocks : @prefix@_shapes[pool].initial_count;
//%else
    (void)region;
    return @prefix@_shapes[pool].initial_count;
//%end
}

//%if !stacks
/* What a pool has beside its free list. */
static struct @prefix@_pool {
    uint32_t carved; /* blocks carved of the static arena */
    uint32_t fallbacks;
} @prefix@_pools[@PREFIX@_POOLS];

//%end
//%if stacks
/* Carves up to `want` blocks of a run that trim put aside. */
static struct @prefix@_span @prefix@_carve_run(size_t pool, uint32_t want)
{
    struct @prefix@_span span = {NULL, 0, false};
    const uint32_t index = @prefix@_pop(&@prefix@_pools[pool].runs);
    if (index == 0) {
        return span;
    }
    struct @prefix@_batch *const run = @prefix@_batch(index);
    span.first = run->first;
    span.count = run->count < want ? run->count : want;
    run->count -= span.count;
    if (run->count != 0) {
        run->first = span.first + span.count * @prefix@_shapes[pool].size;
        @prefix@_push(&@prefix@_pools[pool].runs, index);
    } else {
        @prefix@_push(&@prefix@_idle_batches, index);
    }
    return span;
}

//%end
//%if shared
//%if grows
/* Carves up to `want` blocks: of runs, of the static arena, of growth. The cursor moves by
   compare-exchange and never passes a region's end, however often an empty pool is asked. */
//%else
/* Carves up to `want` blocks: of runs, of the static arena. The cursor moves by
   compare-exchange and never passes a region's end, however often an empty pool is asked. */
//%end
static struct @prefix@_span @prefix@_carve(size_t pool, uint32_t want)
{
    struct @prefix@_pool *const p = &@prefix@_pools[pool];
    struct @prefix@_span span = @prefix@_carve_run(pool, want);
    uint64_t cursor = @PREFIX@_LOAD(&p->cursor, acquire);
    while (span.count == 0) {
        const uint32_t region = (uint32_t)(cursor >> 32);
        const uint32_t carved = (uint32_t)cursor;
        const uint32_t left = @prefix@_region_blocks(pool, region) - carved;
        if (left != 0) {
            const uint32_t count = left < want ? left : want;
            if (@PREFIX@_CAS(&p->cursor, &cursor, cursor + count, acq_rel, acquire)) {
                span.first = @prefix@_region(pool, region) + carved * @prefix@_shapes[pool].size;
                span.count = count;
                span.virgin = true;
            }
            continue;
        }
//%if grows
//%if mixed_exhausted
        if (@prefix@_shapes[pool].exhausted != 'g') {
            return span;
        }
//%end
        const uint32_t segment = @prefix@_next_segment(pool, region);
        if (segment == 0) {
            const uint64_t seen = cursor;
            cursor = @PREFIX@_LOAD(&p->cursor, acquire);
            if (cursor == seen) {
                return span;
            }
        } else if (@PREFIX@_CAS(&p->cursor, &cursor, (uint64_t)segment << 32, acq_rel, acquire)) {
            cursor = (uint64_t)segment << 32;
        }
//%else
        return span;
//%end
    }
//%if grows
    if (span.virgin && (size_t)(span.first - @prefix@_arena) >= @PREFIX@_ARENA_BYTES) {
        @PREFIX@_ADD(&p->grown, span.count, relaxed);
    }
//%end
//%if profile
    if (span.virgin) {
        @prefix@_note_carved(span.count * @prefix@_shapes[pool].size);
    }
//%end
    return span;
}
//%end
//%if single
//%if stacks
/* Carves up to `want` blocks: of runs, of the static arena, of growth. */
//%else
/* Carves up to `want` blocks of the static arena. */
//%end
static struct @prefix@_span @prefix@_carve(size_t pool, uint32_t want)
{
    struct @prefix@_pool *const p = &@prefix@_pools[pool];
//%if stacks
    struct @prefix@_span span = @prefix@_carve_run(pool, want);
    if (span.count != 0) {
        return span;
    }
    uint32_t left = @prefix@_region_blocks(pool, p->region) - p->carved;
//%if grows
//%if mixed_exhausted
    if (left == 0 && @prefix@_shapes[pool].exhausted == 'g') {
//%else
    if (left == 0) {
//%end
        const uint32_t segment = @prefix@_new_segment(pool);
        if (segment != 0) {
            p->region = segment;
            p->carved = 0;
            left = @prefix@_region_blocks(pool, segment);
        }
    }
//%end
    span.first = @prefix@_region(pool, p->region) + p->carved * @prefix@_shapes[pool].size;
    span.count = left < want ? left : want;
    span.virgin = true;
    p->carved += span.count;
//%if grows
    if (p->region != 0) {
        p->grown += span.count;
    }
//%end
//%if profile
    @prefix@_note_carved(span.count * @prefix@_shapes[pool].size);
//%end
    return span;
//%else
    const uint32_t left = @prefix@_region_blocks(pool, 0) - p->carved;
    const uint32_t count = left < want ? left : want;
    const struct @prefix@_span span = {
        @prefix@_region(pool, 0) + p->carved * @prefix@_shapes[pool].size, count, true};
    p->carved += count;
//%if profile
    @prefix@_note_carved(count * @prefix@_shapes[pool].size);
//%end
    return span;
//%end
}
//%end
