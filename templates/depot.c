/* Part of allocator.c, where threads have caches: full batches between them. */
/* ---- The depot: a few full batches of each pool ----
 *
 * A slot is empty or holds a batch by its first block. Nothing is read of a batch before its slot
 * was taken, so that no counter is needed against a batch that left and came back. */

static bool @prefix@_push_batch(size_t pool, struct @prefix@_block *first)
{
    struct @prefix@_pool *const p = &@prefix@_pools[pool];
    for (uint32_t slot = 0; slot < @prefix@_shapes[pool].slots; slot++) {
        struct @prefix@_block *none = NULL;
        if (@PREFIX@_LOAD(&p->depot[slot], relaxed) == NULL &&
            @PREFIX@_CAS(&p->depot[slot], &none, first, release, relaxed)) {
            @PREFIX@_ADD(&p->given, 1, release);
            return true;
        }
    }
    return false;
}

/* Takes a batch out; with `idle` one that lay there at the last look already. NULL if there is none. */
static struct @prefix@_block *@prefix@_pop_batch(size_t pool, bool idle)
{
    struct @prefix@_pool *const p = &@prefix@_pools[pool];
    for (uint32_t slot = @prefix@_shapes[pool].slots; slot-- > 0;) {
        struct @prefix@_block *first = @PREFIX@_LOAD(&p->depot[slot], relaxed);
        if (first != NULL && (!idle || first == @PREFIX@_LOAD(&p->seen[slot], relaxed)) &&
            @PREFIX@_CAS(&p->depot[slot], &first, NULL, acquire, relaxed)) {
            return first;
        }
    }
    return NULL;
}
