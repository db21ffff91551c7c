/* Part of allocator.c, where a pool's blocks are verified in full: freed ones that wait. Given, beside what
   allocator.c is given: quarantine. */
/* ---- Quarantine ----
 *
//%if caches
 * A thread's cache has a ring of blocks for each pool; only its thread changes it, and it ends with the cache. What a
 * thread without a cache frees does not wait. */
//%else
 * A ring of blocks for each pool. */

static struct @prefix@_quarantine @prefix@_quarantines[@PREFIX@_POOLS];
//%end

/* A block whose time has come, from its place in the quarantine; its link is not set yet. */
static void *@prefix@_waited(uintptr_t place)
{
    struct @prefix@_block *const block = (struct @prefix@_block *)place;
    if (block != NULL && @prefix@_next(block) != NULL) {
//%if target_bare
        @prefix@_abort(WRITE_AFTER_FREE, "write after free");
//%else
        @prefix@_fault("write after free", block, 0);
//%end
    }
    return block;
}

/* Takes any block out; NULL if there is none. */
static void *@prefix@_recall(struct @prefix@_quarantine *quarantine, size_t pool)
{
    for (uint32_t place = 0; place < @prefix@_shapes[pool].quarantine; place++) {
        uintptr_t block = @PREFIX@_LOAD(&quarantine->blocks[place], relaxed);
        if (block != 0 && @PREFIX@_CAS(&quarantine->blocks[place], &block, 0, acq_rel, relaxed)) {
            return @prefix@_waited(block);
        }
    }
    return NULL;
}

/* Where what the caller frees waits; NULL if it does not. */
static struct @prefix@_quarantine *@prefix@_quarantine(size_t pool)
{
//%if caches
    if (@own_cache@ == &@prefix@_unborn || @own_cache@ == &@prefix@_dead) {
        return NULL;
    }
    struct @prefix@_quarantine *const quarantine =
        &((struct @prefix@_thread *)(void *)@own_cache@)->quarantines[pool];
//%else
    struct @prefix@_quarantine *const quarantine = &@prefix@_quarantines[pool];
//%end
    return @prefix@_shapes[pool].quarantine != 0 ? quarantine : NULL;
}

/* Takes a free block in; returns the one that waited longest, if its time has come, or NULL. */
static inline void *@prefix@_wait(size_t pool, void *block)
{
    struct @prefix@_quarantine *const quarantine = @prefix@_quarantine(pool);
    if (quarantine == NULL) {
        return block;
    }
//%if direct
    const uint64_t turn = @PREFIX@_ADD(&quarantine->turn, 1, relaxed);
//%else
    const uint64_t turn = quarantine->turn++;
//%end
    @atomic_address@ *const place = &quarantine->blocks[turn & (@prefix@_shapes[pool].quarantine - 1)];
    uintptr_t oldest = @PREFIX@_LOAD(place, relaxed);
//%if direct
    while (!@PREFIX@_CAS(place, &oldest, (uintptr_t)block, acq_rel, relaxed)) {
    }
//%else
    @PREFIX@_STORE(place, (uintptr_t)block, relaxed);
//%end
    return @prefix@_waited(oldest);
}

//%if !stats_off
/* Blocks that wait in a quarantine. */
static uint32_t @prefix@_waiting_in(const struct @prefix@_quarantine *quarantine, size_t pool)
{
    uint32_t count = 0;
    for (uint32_t place = 0; place < @prefix@_shapes[pool].quarantine; place++) {
        count += @PREFIX@_LOAD(&quarantine->blocks[place], relaxed) != 0;
    }
    return count;
}

//%end
