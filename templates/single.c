/* Part of allocator.c, threads: none or critical: one free list a pool. */
/* ---- Free lists ---- */

//%if compact
/* What changes of a pool. */
static struct @prefix@_pool {
    struct @prefix@_block *free; /* last freed first */
    size_t fallbacks; /* requests that it could not serve */
//%if !stats_off
    @counter_type@ allocs, frees;
//%end
    @number_type@ carved; /* blocks used so far, those of low addresses: as many as were ever in use at once */
//%if reserves
    @number_type@ used; /* blocks in use, which tell what is left for interrupts */
//%end
} @prefix@_pools[@PREFIX@_POOLS];

//%if reserves
/* A free block, or one that was never used; NULL if the pool has neither. Its reserve is only for interrupts. */
static void *@prefix@_take(size_t pool, bool interrupt)
//%else
/* A free block, or one that was never used; NULL if the pool has neither. */
static void *@prefix@_take(size_t pool)
//%end
{
    const struct @prefix@_shape *const shape = &@prefix@_shapes[pool];
    struct @prefix@_pool *const p = &@prefix@_pools[pool];
    struct @prefix@_block *block = p->free;
//%if reserves
    if (!interrupt && p->used + shape->reserve >= shape->initial_count) {
        return NULL;
    }
//%end
    if (block != NULL) {
//%if hardened
        p->free = @prefix@_follow(pool, block);
//%else
        p->free = @prefix@_next(block);
//%end
    } else if (p->carved < shape->initial_count) {
//%if hardened
        @prefix@_draw();
//%end
//%if harden_full
        block = (void *)(@prefix@_base(pool) + (size_t)shape->size * @prefix@_shuffled(pool, (uint32_t)p->carved++));
        if (@prefix@_is_full(pool)) {
            @PREFIX@_OPEN(block, shape->size);
            memset(block, 0, shape->size); /* as all free blocks are, whatever the arena held */
        }
//%else
        block = (void *)(@prefix@_base(pool) + (size_t)shape->size * p->carved++);
//%end
    } else {
        return NULL;
    }
//%if !stats_off
    p->allocs++;
//%end
//%if reserves
    p->used++;
//%end
    return block;
}

static void @prefix@_give(size_t pool, void *ptr)
{
    struct @prefix@_pool *const p = &@prefix@_pools[pool];
    struct @prefix@_block *const block = ptr;
//%if hardened
    @prefix@_set_next(pool, block, p->free);
//%else
    @prefix@_link(block, p->free);
//%end
    p->free = block;
//%if !stats_off
    p->frees++;
//%end
//%if reserves
    p->used--;
//%end
}
//%else
//%if auto_release
static uint32_t @prefix@_slow_calls; /* counted, to look at the clock now and then */

//%end
//%if !inline_face
/* First free block of each pool, last freed first. */
@PREFIX@_API struct @prefix@_block *@prefix@_free_lists[@PREFIX@_POOLS];
//%end
//%if !stats_off
static struct {
    uint64_t allocs, frees;
} @prefix@_counts[@PREFIX@_POOLS];

//%end
//%if !inline_face
/* The first free block; NULL if the list is empty. */
static inline void *@prefix@_take_hit(size_t pool)
{
    struct @prefix@_block *const block = @prefix@_free_lists[pool];
    if (@PREFIX@_LIKELY(block != NULL)) {
//%if hardened
        @prefix@_free_lists[pool] = @prefix@_follow(pool, block);
//%else
        @prefix@_free_lists[pool] = @prefix@_next(block);
//%end
//%if !stats_off
        @prefix@_counts[pool].allocs++;
//%end
    }
    return block;
}

//%end
//%if spans
/* Moves up to a batch of blocks from the old list to the free list. */
static void @prefix@_take_old(size_t pool)
{
    struct @prefix@_block *last = @prefix@_pools[pool].old;
    @prefix@_free_lists[pool] = last;
    if (last != NULL) {
//%if hardened
        struct @prefix@_block *next = @prefix@_follow(pool, last);
        for (uint32_t count = 1; count < @prefix@_shapes[pool].batch && next != NULL; count++) {
            last = next;
            next = @prefix@_follow(pool, last);
        }
        @prefix@_pools[pool].old = next;
        @prefix@_set_next(pool, last, NULL);
//%else
        for (uint32_t count = 1; count < @prefix@_shapes[pool].batch && @prefix@_next(last) != NULL; count++) {
            last = @prefix@_next(last);
        }
        @prefix@_pools[pool].old = @prefix@_next(last);
        @prefix@_link(last, NULL);
//%end
    }
}

/* A block of a pool whose list is empty; NULL if the pool is at its end. Sets *zeroed if the
   system zeroed it and nobody wrote to it. */
static void *@prefix@_take_slow(size_t pool, bool *zeroed)
{
//%if auto_release
    if (@PREFIX@_LOAD(&@prefix@_step, relaxed) != 0 || ++@prefix@_slow_calls % @PREFIX@_LOOK_CALLS == 0) {
        (void)@prefix@_look();
    }
//%end
    struct @prefix@_pool *const p = &@prefix@_pools[pool];
    @prefix@_take_old(pool);
    if (@prefix@_free_lists[pool] == NULL && p->fresh == 0) {
        struct @prefix@_haul haul;
        if (!@prefix@_search(pool, @prefix@_shapes[pool].batch, &haul)) {
            return NULL;
        }
        @prefix@_free_lists[pool] = haul.list;
        p->window = haul.window;
        p->fresh = haul.fresh;
        p->origin = haul.origin;
    }
    if (@prefix@_free_lists[pool] != NULL) {
        return @prefix@_take_hit(pool);
    }
//%if !stats_off
    @prefix@_counts[pool].allocs++;
//%end
    *zeroed = p->origin == @PREFIX@_NEW_IN_GROWTH;
//%if harden_full
    void *const fresh = @prefix@_take_fresh(pool, &p->window, p->fresh);
//%else
    void *const fresh = p->window;
    p->window += @prefix@_shapes[pool].size;
//%end
    p->fresh--;
    return fresh;
}
//%else
//%if !pages_grow
/* What a pool has beside its free list. */
static struct @prefix@_pool {
    uint32_t carved; /* blocks used of the static arena */
    @counter_type@ fallbacks;
} @prefix@_pools[@PREFIX@_POOLS];

//%end
//%if lean
/* A block that was never used, or of growth; NULL if the pool is at its end. */
static inline void *@prefix@_take_slow(size_t pool)
{
    const struct @prefix@_shape *const shape = &@prefix@_shapes[pool];
    struct @prefix@_pool *const p = &@prefix@_pools[pool];
    void *block = NULL;
    if (p->carved != shape->initial_count) {
        block = @prefix@_first_block(pool) + (size_t)shape->size * p->carved++;
//%if pages_grow
//%if mixed_exhausted
    } else if (shape->exhausted == 'g') {
//%else
    } else {
//%end
        block = @prefix@_take_grown(pool);
//%end
    }
//%if !stats_off
    @prefix@_counts[pool].allocs += block != NULL;
//%end
    return block;
}
//%else
/* Takes a block that was never free before; NULL if the pool is at its end. */
static void *@prefix@_take_slow(size_t pool, bool *zeroed)
{
    const struct @prefix@_shape *const shape = &@prefix@_shapes[pool];
    struct @prefix@_pool *const p = &@prefix@_pools[pool];
    (void)zeroed;
//%if hardened
    @prefix@_draw();
//%end
    if (p->carved == shape->initial_count) {
//%if pages_grow
//%if mixed_exhausted
        void *const grown = shape->exhausted == 'g' ? @prefix@_take_grown(pool) : NULL;
//%else
        void *const grown = @prefix@_take_grown(pool);
//%end
//%if !stats_off
        @prefix@_counts[pool].allocs += grown != NULL;
//%end
        return grown;
//%else
        return NULL;
//%end
    }
//%if !stats_off
    @prefix@_counts[pool].allocs++;
//%end
//%if stats_profile
    @prefix@_note_carved(shape->size);
//%end
//%if harden_full
    return @prefix@_arena + shape->offset + @prefix@_shuffled(pool, p->carved++) * shape->size;
//%else
    return @prefix@_arena + shape->offset + p->carved++ * shape->size;
//%end
}
//%end
//%end

static inline void @prefix@_give(size_t pool, void *ptr)
{
//%if inline_face
    (void)@prefix@_give_hit(pool, ptr);
//%else
    struct @prefix@_block *const block = ptr;
//%if hardened
    @prefix@_set_next(pool, block, @prefix@_free_lists[pool]);
//%else
    @prefix@_link(block, @prefix@_free_lists[pool]);
//%end
    @prefix@_free_lists[pool] = block;
//%if !stats_off
    @prefix@_counts[pool].frees++;
//%end
//%end
}
//%end
