/* Part of allocator.c: all that is asked of the system. */
/* ---- The system ---- */

//%if obtains
#if defined(__linux__) && defined(SYS_mmap2)
#define @PREFIX@_SYSTEM_MMAP(...) ((void *)syscall(SYS_mmap2, __VA_ARGS__))
#elif defined(__linux__)
#define @PREFIX@_SYSTEM_MMAP(...) ((void *)syscall(SYS_mmap, __VA_ARGS__))
#else
#define @PREFIX@_SYSTEM_MMAP mmap
#endif

//%end
enum { @PREFIX@_PAGE_MOST = 65536 }; /* the largest page in use */

/* Calls a function of the system. A program may have replaced it by one that calls back, so a thread
   that waits for one calls none: it gets -1, and goes without what that would have saved. Volatile,
   since compilers are told that the system's own do not call back. */
//%if threads_shared
static @PREFIX@_TLS volatile bool @prefix@_waiting;
//%else
static volatile bool @prefix@_waiting;
//%end
#define @PREFIX@_ASK(call) (@prefix@_waiting ? -1 : (@prefix@_waiting = true, @prefix@_answer(call)))

static long @prefix@_answer(long answer)
{
    @prefix@_waiting = false;
    return answer;
}

//%if obtains
/* Zeroed memory, at `wanted` if that is free, else anywhere; NULL if there is none. Without it nothing
   goes on: a thread that waits for mmap asks the system itself. */
static unsigned char *@prefix@_obtain(unsigned char *wanted, size_t bytes)
{
    const int access = PROT_READ | PROT_WRITE, flags = MAP_PRIVATE | MAP_ANONYMOUS;
    void *at;
    if (@prefix@_waiting) {
        at = @PREFIX@_SYSTEM_MMAP(wanted, bytes, access, flags, -1, 0);
    } else {
        @prefix@_waiting = true;
        at = mmap(wanted, bytes, access, flags, -1, 0);
        @prefix@_waiting = false;
    }
    return at != MAP_FAILED ? at : NULL;
}

//%end
static uintptr_t @prefix@_page(void)
{
    const long page = @PREFIX@_ASK(sysconf(_SC_PAGESIZE));
    return page > 0 ? (uintptr_t)page : @PREFIX@_PAGE_MOST; /* which every other divides */
}

//%if spans
/* Whole pages lose their memory and read as zero afterwards; false if they may not (when they are
   locked, say). */
static bool @prefix@_give_back(uintptr_t at, size_t bytes)
{
    return @PREFIX@_ASK(madvise((void *)at, bytes, MADV_DONTNEED)) == 0;
}

//%end
//%if ticks
/* Of a clock that is never set back; 0, which is too early for anything, if the clock calls back. */
static uint64_t @prefix@_milliseconds(void)
{
    struct timespec now = {.tv_sec = 0};
    (void)@PREFIX@_ASK(clock_gettime(CLOCK_MONOTONIC_COARSE, &now));
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}
//%end
//%if watches_end

/* ---- The end of the process ----
 *
 * A library's destructors run then as they do when it is unloaded alone, though other threads go on. An
 * atexit handler tells that it is the process, if it was registered after the program's own start: so
 * one is when there is a first thread to be served, memory for it, and a second one. */

enum { @PREFIX@_WATCHES = 4 };
static @atomic_u64@ @prefix@_watches; /* handlers so far */
static bool @prefix@_ends;            /* the process, and not the library alone */

static void @prefix@_at_exit(void)
{
    @prefix@_ends = true;
}

static void @prefix@_watch_end(void)
{
    if (@PREFIX@_LOAD(&@prefix@_watches, relaxed) < @PREFIX@_WATCHES && @PREFIX@_ASK(atexit(@prefix@_at_exit)) == 0) {
        @PREFIX@_ADD(&@prefix@_watches, 1, relaxed);
    }
}
//%end
