/* Part of system.c: Linux (glibc, musl, Android), macOS, the BSDs. Given: flags hardened, system, spans, caches,
   obtains, unmaps, protects, guards, front_checks, ticks, unloads, watches_end, from_malloc, watched_maps,
   oversize_os, exhausted_grow; arena_alignment. */
/* ---- The system: POSIX ---- */

//%if hosted
#if !defined(__unix__) && !defined(__APPLE__)
#error "@prefix@: no target of this table is for this platform; change its key `target`"
#endif
//%end
//%if system
#ifdef __APPLE__
#define @PREFIX@_ARENA_ALIGNMENT 32768 /* the most that its linker knows */
#else
#define @PREFIX@_ARENA_ALIGNMENT @arena_alignment@
#endif
//%end
//%if hardened
#include <fcntl.h>
#if __has_include(<sys/random.h>)
#include <sys/random.h>
#endif
//%end
//%if caches
#include <pthread.h>
//%end
//%if system
#include <sys/mman.h>
//%end
//%if guards
#include <sys/stat.h>
//%end
//%if obtains
#ifdef __linux__
#include <sys/syscall.h>
#endif
//%end
//%if ticks
#include <time.h>
//%end
//%if system
#include <unistd.h>
//%else
//%if hardened
#include <unistd.h>
//%end
//%end

//%if hosted
/* A file that includes this one may have taken the headers of strict C (-std=c11) before: then
   what this file needs of Linux is hidden, and declared here. */
#if defined(__linux__) && !defined(__USE_GNU)
//%if system
#ifndef MAP_ANONYMOUS
#include <linux/mman.h>
#endif
#ifndef MADV_DONTNEED
#define MADV_DONTNEED 4
#endif
int madvise(void *start, size_t bytes, int advice);
long syscall(long number, ...);
//%end
//%if oversize_os
#ifndef MREMAP_MAYMOVE
#define MREMAP_MAYMOVE 1
#endif
#ifndef MADV_DOFORK
#define MADV_DOFORK 11
#endif
#ifndef MADV_DODUMP
#define MADV_DODUMP 17
#endif
#ifndef MADV_KEEPONFORK
#define MADV_KEEPONFORK 19
#endif
void *mremap(void *start, size_t old_bytes, size_t bytes, int flags, ...);
//%end
//%if hardened
#ifndef O_CLOEXEC
#define O_CLOEXEC 02000000
#endif
//%end
//%if ticks
#ifndef CLOCK_MONOTONIC_COARSE
#define CLOCK_MONOTONIC_COARSE 6
#endif
int clock_gettime(int clock, struct timespec *now);
//%end
#endif
//%end
//%if ticks
#ifndef CLOCK_MONOTONIC_COARSE
#define CLOCK_MONOTONIC_COARSE CLOCK_MONOTONIC
#endif
//%end

//%if from_malloc
//%include system_malloc.c
//%else
//%if watched_maps
#if @PREFIX@_PASSTHROUGH || @PREFIX@_WATCH
//%else
#if @PREFIX@_PASSTHROUGH
//%end
//%include system_malloc.c
#endif /* malloc */
//%end

//%if hosted
//%if system
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

static uintptr_t @prefix@_page(void)
{
    const long page = @PREFIX@_ASK(sysconf(_SC_PAGESIZE));
    return page > 0 ? (uintptr_t)page : @PREFIX@_PAGE_MOST; /* which every other divides */
}

//%end
//%if obtains
#if defined(SYS_mmap2)
#define @PREFIX@_SYSTEM_MMAP(...) ((void *)syscall(SYS_mmap2, __VA_ARGS__))
#elif defined(SYS_mmap)
#define @PREFIX@_SYSTEM_MMAP(...) ((void *)syscall(SYS_mmap, __VA_ARGS__))
#else
#define @PREFIX@_SYSTEM_MMAP mmap
#endif

/* Zeroed memory, at `wanted` if that is free, else anywhere; NULL if there is none. Without it nothing
   goes on: a thread that waits for mmap asks the system itself. */
static unsigned char *@prefix@_obtain(unsigned char *wanted, size_t bytes)
{
    const int access = PROT_READ | PROT_WRITE, flags = MAP_PRIVATE | MAP_ANONYMOUS;
    void *const at = @prefix@_waiting ? @PREFIX@_SYSTEM_MMAP(wanted, bytes, access, flags, -1, 0)
                                  : (void *)@PREFIX@_ASK((long)mmap(wanted, bytes, access, flags, -1, 0));
    return at != MAP_FAILED ? at : NULL;
}

//%end
//%if front_checks
/* Addresses that may be neither read nor written; NULL if there are none. */
static void *@prefix@_reserve(size_t bytes)
{
    void *const at = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return at != MAP_FAILED ? at : NULL;
}

//%end
//%if unmaps
/* False if the system refuses, since that would split one mapping too many. */
static bool @prefix@_unmap(void *at, size_t bytes) { return munmap(at, bytes) == 0; }

//%end
//%if exhausted_grow
/* Where so many bytes of addresses are likely to stay free: far below the stack, where the system puts
   nothing by itself for long. */
static uintptr_t @prefix@_place(uint64_t bytes)
{
    const uintptr_t stack = (uintptr_t)&(char){0};
    const uint64_t far = bytes + ((uint64_t)1 << 38);
    return stack - (uintptr_t)(far < stack / 2 ? far : stack / 2);
}

//%end
//%if gives_back
/* Whole pages lose their memory and read as zero afterwards; false if they may not (when they are
   locked, say). Where no advice does both, a new mapping takes the old one's place. */
static bool @prefix@_give_back(uintptr_t at, size_t bytes)
{
#ifdef __linux__
    return @PREFIX@_ASK(madvise((void *)at, bytes, MADV_DONTNEED)) == 0;
#else
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
    return @PREFIX@_ASK(mmap((void *)at, bytes, PROT_READ | PROT_WRITE, flags, -1, 0) != MAP_FAILED) > 0;
#endif
}

//%end
//%if protects
#define @PREFIX@_READ_WRITE (PROT_READ | PROT_WRITE)
#define @PREFIX@_READ_ONLY PROT_READ
#define @PREFIX@_NO_ACCESS PROT_NONE

static bool @prefix@_protect(uintptr_t at, size_t bytes, int access)
{
    return mprotect((void *)at, bytes, access) == 0;
}

//%end
//%if guards
/* Whether LeakSanitizer is in the program: it reads all that is static. */
#ifdef __linux__
__attribute__((weak)) void __lsan_enable(void);
#define @PREFIX@_READS_ALL (__lsan_enable != NULL)
#else
#define @PREFIX@_READS_ALL false
#endif

//%end
//%if oversize_os
//%if target_windows
enum { @PREFIX@_WHOLE = false }; /* a part of what was obtained may be given back */

//%end
/* Moves a mapping to where there is room for its new length, or, unless it `moves`, tries to make it longer
   where it is; NULL if that cannot be. ThreadSanitizer does not see memory move, and would take its next
   owner for a racer: it is copied. */
static void *@prefix@_remap(uintptr_t at, size_t old, size_t bytes, bool moves)
{
#if defined(__linux__) && !defined(__SANITIZE_THREAD__) && !@PREFIX@_HAS(thread_sanitizer)
    void *const moved = mremap((void *)at, old, bytes, moves ? MREMAP_MAYMOVE : 0);
    return moved != MAP_FAILED ? moved : NULL;
#else
    return (void)at, (void)old, (void)bytes, (void)moves, NULL;
#endif
}

/* Undoes what its owner may have done to a range: protection, and advice about fork and core
   dumps, which the next owner must not meet. Advice about huge pages, NUMA nodes and the like may
   stay. False if the range is not as new: locked, so that only unmapping ends what is counted
   against the process, and mlockall's promise is kept; or not all there. Five calls to the
   system, which together take as long as it takes to get one page from it. */
static bool @prefix@_renew(uintptr_t start, size_t bytes)
{
    void *const at = (void *)start;
#ifdef __linux__
    return @PREFIX@_ASK(msync(at, bytes, MS_ASYNC | MS_INVALIDATE) == 0 && /* EBUSY: locked */
                     mprotect(at, bytes, PROT_READ | PROT_WRITE) == 0 &&
                     madvise(at, bytes, MADV_DOFORK) == 0 && madvise(at, bytes, MADV_KEEPONFORK) == 0 &&
                     madvise(at, bytes, MADV_DODUMP) == 0) > 0;
#else
    return @PREFIX@_ASK((munlock(at, bytes), mprotect(at, bytes, PROT_READ | PROT_WRITE) == 0)) > 0;
#endif
}

//%if hardened
/* Whether a range can be read. */
static bool @prefix@_is_mapped(uintptr_t at, size_t bytes)
{
    const uintptr_t from = at & -@prefix@_page();
    return @PREFIX@_ASK(msync((void *)from, at + bytes - from, MS_ASYNC) == 0) != 0;
}

//%end
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
//%if caches
/* A key, from 1, tells the end of each thread that has set it; 0 if none can be had. */
static void @prefix@_thread_exit(void *value);
static uint32_t @prefix@_make_key(void)
{
    pthread_key_t key;
    return pthread_key_create(&key, @prefix@_thread_exit) == 0 ? (uint32_t)key + 1 : 0;
}
static bool @prefix@_set_key(uint32_t key, void *value) { return pthread_setspecific((pthread_key_t)(key - 1), value) == 0; }
static void @prefix@_drop_key(uint32_t key) { pthread_key_delete((pthread_key_t)(key - 1)); }

//%if target_windows
//%if unloads
static void @prefix@_drop_words(void) { }

//%end
//%end
//%end
//%if stats_profile
/* Since 1970. */
static void @prefix@_now(struct timespec *now) { (void)timespec_get(now, TIME_UTC); }

//%end
//%if hardened
#ifndef @PREFIX@_RANDOM
/* Fills bytes that nobody can guess; false if there are none. */
static bool @prefix@_random(void *bytes, size_t count)
{
#ifdef GRND_NONBLOCK
    if (getrandom(bytes, count, GRND_NONBLOCK) == (ssize_t)count) {
        return true;
    }
#endif
    const int file = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    const bool done = file >= 0 && read(file, bytes, count) == (ssize_t)count;
    if (file >= 0) {
        close(file);
    }
    return done;
}
#endif

//%end

//%if guards
//%if spans
/* Whether the system says that the process has no other thread. */
static bool @prefix@_is_alone(void)
{
//%if threads_shared
    enum { SELF_AND_PARENT_AND_THREAD = 3 }; /* links to the folder of a process' threads */
    struct stat folder;
    return stat("/proc/self/task", &folder) == 0 && folder.st_nlink == SELF_AND_PARENT_AND_THREAD;
//%else
    return true;
//%end
}

//%end
//%end
//%if unloads
/* A library's destructors run at the end of the process as they do when it is unloaded alone, though other
   threads go on. Atexit handlers tell which it is, since they run before all destructors then, and otherwise
   between the first and the last.
//%if watches_end
   They must be registered after the program's own start: so one is when there is
   a first thread to be served, memory for it, and a second one. */
enum { @PREFIX@_WATCHES = 4 };
static @atomic_u64@ @prefix@_watches; /* handlers so far */
static bool @prefix@_ends;            /* the process, and not the library alone */

static void @prefix@_at_exit(void) { @prefix@_ends = true; }

static void @prefix@_watch_end(void)
{
    if (@PREFIX@_LOAD(&@prefix@_watches, relaxed) < @PREFIX@_WATCHES && @PREFIX@_ASK(atexit(@prefix@_at_exit)) == 0) {
        @PREFIX@_ADD(&@prefix@_watches, 1, relaxed);
    }
}

static bool @prefix@_is_unloaded(void) { return !@prefix@_ends && @PREFIX@_LOAD(&@prefix@_watches, relaxed) != 0; }
//%else
 */
static bool @prefix@_ends = true; /* the process, and not the library alone */

static void @prefix@_at_exit(void) { @prefix@_ends = true; }

__attribute__((constructor)) static void @prefix@_loaded(void)
{
    @prefix@_ends = atexit(@prefix@_at_exit) != 0;
}

static bool @prefix@_is_unloaded(void) { return !@prefix@_ends; }
//%end
//%end
//%end
