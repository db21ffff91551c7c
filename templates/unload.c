/* Part of allocator.c, where the system is asked for memory: the end of a library that holds it. */
/* ---- Unloading ----
 *
 * A library that is unloaded leaves nothing behind: no destructor of threads that go on, and no memory
 * but that under blocks in use. Nobody is inside a call then. At the end of a process others may be,
 * so nothing is done. A library's atexit handlers tell which: they run between the first and the last
 * of its destructors when it is unloaded, and before all of them at the end of the process. */

static bool @prefix@_asked, @prefix@_unloads;

__attribute__((destructor)) static void @prefix@_ask(void)
{
    @prefix@_asked = true;
}

static void @prefix@_at_exit(void)
{
    @prefix@_unloads = @prefix@_asked;
}

__attribute__((constructor)) static void @prefix@_loaded(void)
{
    (void)atexit(@prefix@_at_exit); /* without it all is left behind */
}

/* After those of static C++ objects, which free blocks. */
__attribute__((destructor(101))) static void @prefix@_unload(void)
{
    if (!@prefix@_unloads) {
        return;
    }
//%if caches
    const uint32_t key = @PREFIX@_LOAD(&@prefix@_exit_key, acquire);
    if (key != 0) {
        pthread_key_delete((pthread_key_t)(key - 1));
    }
    for (uint64_t number = 1; number <= @PREFIX@_LOAD(&@prefix@_threads, acquire); number++) {
        @prefix@_empty_thread(@prefix@_thread(number));
    }
//%end
    (void)@prefix@_trim();
//%if caches
    for (uint64_t first = 2; first <= @PREFIX@_LOAD(&@prefix@_threads, acquire); first *= 2) {
        munmap(@prefix@_thread(first), (size_t)first * sizeof(struct @prefix@_thread)); /* a chunk */
    }
//%end
//%if exhausted_grow
    uint32_t older;
    for (uint32_t group = @prefix@_next_group(@PREFIX@_STATIC_GROUPS - 1); group != 0; group = older) {
        struct @prefix@_part *const part = @prefix@_part(group);
        older = part->older;
        if (@PREFIX@_LOAD(&part->taken, relaxed) == 0) {
            @PREFIX@_PART_GOES((unsigned char *)(part + 1), part->granules * @PREFIX@_GRANULE - sizeof *part);
            munmap(part, part->granules * @PREFIX@_GRANULE);
        }
    }
//%end
}
