/* Part of system.c: Windows. Given: what system_posix.c is given, and flag target_posix. */
/* ---- The system: Windows ---- */

//%if hosted
//%if !target_posix
#if !defined(_WIN32)
#error "@prefix@: no target of this table is for this platform; change its key `target`"
#endif

//%end
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>
//%if hardened
#ifdef _MSC_VER
#pragma comment(lib, "advapi32")
#endif
//%end

//%if system
#define @PREFIX@_ARENA_ALIGNMENT 8192 /* the most that a linker knows */
//%end
//%end

//%if from_malloc
//%include system_windows_malloc.c
//%else
//%if watched_maps
#if @PREFIX@_PASSTHROUGH || @PREFIX@_WATCH
//%else
#if @PREFIX@_PASSTHROUGH
//%end
//%include system_windows_malloc.c
#endif /* malloc */
//%end

//%if hosted
//%if system
enum { @PREFIX@_PAGE_MOST = 65536 }; /* what addresses that are asked for are rounded to */

static uintptr_t @prefix@_page(void)
{
    return 4096; /* on all processors of today */
}

//%end
//%if obtains
/* Zeroed memory, at `wanted` if that is free, else anywhere; NULL if there is none. */
static unsigned char *@prefix@_obtain(unsigned char *wanted, size_t bytes)
{
    void *const at = VirtualAlloc(wanted, bytes, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    return at != NULL || wanted == NULL ? at : VirtualAlloc(NULL, bytes, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
}

//%end
//%if unmaps
/* All that was obtained at once. */
static bool @prefix@_unmap(void *at, size_t bytes)
{
    (void)bytes;
    return VirtualFree(at, 0, MEM_RELEASE) != 0;
}

//%end
//%if exhausted_grow
/* Where so many bytes of addresses are likely to stay free: in the middle of a large free range, which the
   system fills from an end. Nothing is reserved to find it, since that would be in the way of other threads. */
static uintptr_t @prefix@_place(uint64_t bytes)
{
    const uint64_t enough = bytes + ((uint64_t)1 << 38);
    MEMORY_BASIC_INFORMATION about, best = {.RegionSize = 0};
    uintptr_t at = 0;
    while (best.RegionSize < enough && VirtualQuery((void *)at, &about, sizeof about) != 0) {
        best = about.State == MEM_FREE && about.RegionSize > best.RegionSize ? about : best;
        at = (uintptr_t)about.BaseAddress + about.RegionSize;
    }
    const uint64_t spare = best.RegionSize > bytes ? best.RegionSize - bytes : 0;
    return (uintptr_t)best.BaseAddress + (uintptr_t)(spare / 2);
}

//%end
//%if gives_back
/* Whole pages lose their memory and read as zero afterwards; false if they may not, as of static storage.
   What the system takes it has promised, so that it can only be missing for a moment. */
static bool @prefix@_give_back(uintptr_t at, size_t bytes)
{
    if (!VirtualFree((void *)at, bytes, MEM_DECOMMIT)) {
        return false;
    }
    while (VirtualAlloc((void *)at, bytes, MEM_COMMIT, PAGE_READWRITE) == NULL) {
        Sleep(1);
    }
    return true;
}

//%end
//%if protects
#define @PREFIX@_READ_WRITE PAGE_READWRITE
#define @PREFIX@_READ_ONLY PAGE_READONLY
#define @PREFIX@_NO_ACCESS PAGE_NOACCESS

static bool @prefix@_protect(uintptr_t at, size_t bytes, DWORD access)
{
    DWORD before;
    return VirtualProtect((void *)at, bytes, access, &before) != 0;
}

//%end
//%if guards
#define @PREFIX@_READS_ALL false /* no tool there reads all that is static */

//%end
//%if oversize_os
enum { @PREFIX@_WHOLE = true }; /* no part of what was obtained may be given back */

static void *@prefix@_remap(uintptr_t at, size_t old, size_t bytes, bool moves)
{
    return (void)at, (void)old, (void)bytes, (void)moves, NULL;
}

/* Undoes what its owner may have done to a range; false if that cannot be. */
static bool @prefix@_renew(uintptr_t start, size_t bytes) { return @prefix@_protect(start, bytes, PAGE_READWRITE); }

//%if hardened
/* Whether a range can be read. */
static bool @prefix@_is_mapped(uintptr_t at, size_t bytes)
{
    const uintptr_t end = at + bytes;
    while (at < end) {
        MEMORY_BASIC_INFORMATION about;
        if (VirtualQuery((void *)at, &about, sizeof about) == 0 || about.State != MEM_COMMIT ||
            (about.Protect & (PAGE_NOACCESS | PAGE_GUARD)) != 0) {
            return false;
        }
        at = (uintptr_t)about.BaseAddress + about.RegionSize;
    }
    return true;
}

//%end
//%end
//%if ticks
/* Of a clock that is never set back. */
static uint64_t @prefix@_milliseconds(void) { return GetTickCount64(); }

//%end
//%if stats_profile
/* Since 1970. */
static void @prefix@_now(struct timespec *now)
{
    const uint64_t from_1601 = 11644473600; /* seconds */
    FILETIME time;
    GetSystemTimeAsFileTime(&time);
    const uint64_t ticks = (uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime; /* of 100 ns */
    now->tv_sec = (time_t)(ticks / 10000000 - from_1601);
    now->tv_nsec = (long)(ticks % 10000000 * 100);
}

//%end
//%if caches
static void @prefix@_thread_exit(void *value);

static void NTAPI @prefix@_storage_ends(void *value) { @prefix@_thread_exit(value); }

/* A key, from 1, that tells the end of each thread which has set it to a value; 0 if there is none. */
static uint32_t @prefix@_make_key(void)
{
    const DWORD key = FlsAlloc(@prefix@_storage_ends);
    return key != FLS_OUT_OF_INDEXES ? key + 1 : 0;
}

static bool @prefix@_set_key(uint32_t key, void *value) { return FlsSetValue(key - 1, value) != 0; }

static void @prefix@_drop_key(uint32_t key) { FlsFree(key - 1); }

#if @PREFIX@_EMULATED_TLS
static _Atomic(uint32_t) @prefix@_slot; /* index plus one of a word that each thread has until its very end */

/* The calling thread's word, NULL at first; NULL itself where there is none. It lies in the system's block
   of a thread, as <winternl.h> has it: TlsGetValue finds it too, but forgets what GetLastError would say. */
static struct @prefix@_cache **@prefix@_own_word(void)
{
    uint32_t slot = @PREFIX@_LOAD(&@prefix@_slot, acquire);
    if (slot == 0) {
        const uint32_t made = TlsAlloc() + 1; /* 0 if there is none */
        if (!@PREFIX@_CAS(&@prefix@_slot, &slot, made, acq_rel, acquire)) {
            TlsFree(made - 1);
        } else {
            slot = made;
        }
    }
    enum { WORDS = 64, FIRST = sizeof(void *) == 8 ? 0x1480 : 0xe10 };
    unsigned char *block;
#ifdef __x86_64__
    __asm__("movq %%gs:0x30, %0" : "=r"(block));
#else
    __asm__("movl %%fs:0x18, %0" : "=r"(block));
#endif
    return slot - 1 < WORDS ? (void *)(block + FIRST + (slot - 1) * sizeof(void *)) : NULL;
}

#endif

//%if unloads
/* Ends what notes the threads' caches. */
static void @prefix@_drop_words(void)
{
#if @PREFIX@_EMULATED_TLS
    TlsFree(@PREFIX@_LOAD(&@prefix@_slot, relaxed) - 1);
#endif
}

//%end
//%end
//%if hardened
#ifndef @PREFIX@_RANDOM
BOOLEAN NTAPI SystemFunction036(void *bytes, ULONG count); /* RtlGenRandom */

/* Fills bytes that nobody can guess; false if there are none. */
static bool @prefix@_random(void *bytes, size_t count) { return SystemFunction036(bytes, (ULONG)count) != 0; }
#endif

//%end
//%if guards
//%if spans
/* Whether the process has no other thread; of several it is not known. */
static bool @prefix@_is_alone(void)
{
//%if threads_shared
    return false;
//%else
    return true;
//%end
}

//%end
//%end
//%if unloads
/* Asked by the first destructor: whether this is a library that leaves a process which goes on. */
//%if watches_end
static void @prefix@_watch_end(void) { }
//%end
static bool @prefix@_is_unloaded(void)
{
    static const char here;
    HMODULE own = NULL;
    const DWORD flags = GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT;
    if (!GetModuleHandleExA(flags, &here, &own) || own == GetModuleHandleA(NULL)) {
        return false;
    }
    const FARPROC found = GetProcAddress(GetModuleHandleA("ntdll.dll"), "RtlDllShutdownInProgress");
    BOOLEAN(NTAPI * ends)(void);
    memcpy(&ends, &found, sizeof ends);
    return ends != NULL && !ends();
}

//%end
//%end
