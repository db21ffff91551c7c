/* Part of harden.c, harden: full where there is a system: addresses that nobody may touch.
   Given: flags spans, tools. */
/* ---- Guards ----
 *
 * What lies between the pools' arenas is inaccessible, so that a write that passes one's end stops.
//%if spans
 * Blocks that were never used are too: their span is opened when the pool comes to it. Both are closed
 * before anybody calls, or else, where a call came first, the gaps alone.
//%end
 * Where LeakSanitizer is in the program none of it is closed, since it reads all that is static.
 */

//%if spans
static bool @prefix@_guarded; /* spans are opened one by one; changes before there are threads */

/* Makes the pages of blocks accessible; false if the system refuses. */
static bool @prefix@_open(const unsigned char *base, size_t bytes)
{
    const uintptr_t page = @prefix@_page();
    const uintptr_t from = (uintptr_t)base & -page, to = ((uintptr_t)base + bytes + page - 1) & -page;
    const bool opened = @prefix@_protect(from, to - from, @PREFIX@_READ_WRITE);
    @PREFIX@_CLOSE(base, bytes); /* memcheck takes what was opened for everybody's */
    return opened;
}

//%end
/* Closes the whole pages of [from, to). */
static void @prefix@_close(uintptr_t from, uintptr_t to)
{
    const uintptr_t page = @prefix@_page();
    from = (from + page - 1) & -page;
    to &= -page;
    if (from < to) {
        (void)@prefix@_protect(from, to - from, @PREFIX@_NO_ACCESS);
    }
}

//%if tools
#if !@PREFIX@_WATCH && !@PREFIX@_PASSTHROUGH /* a tool closes what it wants, and in pass-through pools have no blocks */
//%end
__attribute__((constructor)) static void @prefix@_close_arenas(void)
{
    const uintptr_t arena = (uintptr_t)@prefix@_arena;
    if (@PREFIX@_READS_ALL) {
        return;
    }
//%if spans
    if (@PREFIX@_LOAD(&@prefix@_secret, relaxed) == 0) {
        @prefix@_guarded = true;
        @prefix@_close(arena, arena + @PREFIX@_ARENA_BYTES);
        return;
    }
//%end
    for (size_t pool = 0; pool < @PREFIX@_POOLS; pool++) {
        const struct @prefix@_shape *const shape = &@prefix@_shapes[pool];
        const size_t next = pool + 1 < @PREFIX@_POOLS ? shape[1].offset : @PREFIX@_ARENA_BYTES;
        @prefix@_close(arena + shape->offset + shape->size * shape->initial_count, arena + next);
    }
}
//%if tools
#endif
//%end
