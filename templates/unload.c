/* Part of allocator.c, where the system is asked for memory: the end of a library that holds it. */
/* ---- Unloading ----
 *
 * A library that is unloaded leaves nothing behind: no destructor of threads that go on, and no memory
 * but that under blocks in use. Nobody is inside a call then. At the end of a process others may be,
 * so nothing is done. */

static bool @prefix@_unloads;

__attribute__((destructor)) static void @prefix@_ask_unloading(void)
{
    @prefix@_unloads = @prefix@_is_unloaded();
}

/* After those of static C++ objects, which free blocks. */
__attribute__((destructor(101))) static void @prefix@_unload(void)
{
    if (!@prefix@_unloads) {
        return;
    }
//%if caches
    for (uint64_t number = 1; number <= @PREFIX@_LOAD(&@prefix@_threads, acquire); number++) {
        @prefix@_empty_thread(@prefix@_thread(number));
    }
//%end
    (void)@prefix@_trim(); /* free blocks go to their spans, idle pages to the system */
//%if caches
    const uint32_t key = @PREFIX@_LOAD(&@prefix@_exit_key, acquire);
    if (key != 0) {
        @prefix@_drop_key(key);
    }
//%if target_windows
    @prefix@_drop_words();
//%end
    for (unsigned chunk = 1; chunk < @PREFIX@_CHUNKS && @PREFIX@_LOAD(&@prefix@_chunks[chunk], acquire) != NULL; chunk++) {
        @prefix@_unmap(@PREFIX@_LOAD(&@prefix@_chunks[chunk], acquire), sizeof(struct @prefix@_thread) << chunk);
    }
//%end
//%if exhausted_grow
    uint32_t older;
    for (uint32_t group = (uint32_t)(@PREFIX@_LOAD(&@prefix@_opened, acquire) >> 44); group != 0; group = older) {
        struct @prefix@_part *const part = @prefix@_part(group);
        older = part->older;
        if (@PREFIX@_LOAD(&part->taken, relaxed) == 0) {
            @PREFIX@_PART_GOES((unsigned char *)(part + 1), part->granules * @PREFIX@_GRANULE - sizeof *part);
            @prefix@_unmap(part, part->granules * @PREFIX@_GRANULE);
        }
    }
//%end
}
