/* Threads on an emitted allocator for Windows, and the system's refusals. Each test runs in a
   process of its own: threads.exe prints TAP, threads.exe NAME runs one. Compiles the emitted text
   for itself, with what it asks of the system counted, and refused where a test says so. */
#define WIN32_LEAN_AND_MEAN
#include "check.h"
#include <errno.h>
#include <process.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include <psapi.h>

static atomic_long calls, refused_from; /* of VirtualAlloc; from that one on it fails; 0: never */

static void *count_alloc(void *at, size_t bytes, DWORD kind, DWORD access)
{
    const long call = ++calls;
    return refused_from != 0 && call >= refused_from ? NULL : VirtualAlloc(at, bytes, kind, access);
}

#define VirtualAlloc count_alloc
#include "wt.c"
#undef VirtualAlloc

/* ---- Threads ---- */

static HANDLE begin(unsigned(__stdcall *body)(void *), void *argument)
{
    const uintptr_t thread = _beginthreadex(NULL, 0, body, argument, 0, NULL);
    CHECK(thread != 0);
    return (HANDLE)thread;
}

static void end(HANDLE thread)
{
    CHECK(WaitForSingleObject(thread, 60000) == WAIT_OBJECT_0);
    CloseHandle(thread);
}

static void run_threads(unsigned count, unsigned(__stdcall *body)(void *))
{
    HANDLE threads[16];
    for (unsigned i = 0; i < count; i++) {
        threads[i] = begin(body, (void *)(uintptr_t)i);
    }
    for (unsigned i = 0; i < count; i++) {
        end(threads[i]);
    }
}

static size_t private_bytes(void)
{
    PROCESS_MEMORY_COUNTERS_EX counters = {.cb = sizeof counters};
    CHECK(GetProcessMemoryInfo(GetCurrentProcess(), (PROCESS_MEMORY_COUNTERS *)&counters,
                               sizeof counters));
    return counters.PrivateUsage;
}

/* ---- Blocks ---- */

static const size_t sizes[] = {40, 64, 200, 256, 3000, 4096, 60000};
enum {
    SIZES = sizeof sizes / sizeof sizes[0],
    EXACT = 256,         /* static blocks of a small pool */
    ROOM = 256 - 8,      /* bytes that a block of the second pool, */
    BIG_ROOM = 4096 - 8, /* and of the third serve, whatever is hardened */
    MIB = 1 << 20
};

static void fill(void *block, size_t size, unsigned key)
{
    memset(block, (int)(key % 251 + 1), size);
}

static bool is_filled(const void *block, size_t size, unsigned key)
{
    const unsigned char *const at = block;
    return at[0] == key % 251 + 1 && memcmp(at, at + 1, size - 1) == 0;
}

/* Takes blocks until there are `most` or no more; they are linked through their first word. */
static size_t take_all(size_t size, size_t most, void **list)
{
    size_t count = 0;
    for (*list = NULL; count < most; count++) {
        void **const block = wt_alloc(size);
        if (block == NULL) {
            CHECK(errno == ENOMEM);
            break;
        }
        *block = *list;
        *list = block;
    }
    return count;
}

static void free_all(void *list)
{
    while (list != NULL) {
        void *const next = *(void **)list;
        wt_free(list);
        list = next;
    }
}

static size_t reserved(void)
{
    static wt_stats_t stats;
    wt_stats(&stats);
    return stats.bytes_reserved;
}

/* ---- The end of threads ---- */

static unsigned __stdcall live_shortly(void *unused)
{
    void *blocks[SIZES];
    (void)unused;
    for (unsigned i = 0; i < SIZES; i++) {
        blocks[i] = wt_alloc(sizes[i]);
        CHECK(blocks[i] != NULL);
        fill(blocks[i], sizes[i], i);
    }
    for (unsigned i = 0; i < SIZES; i++) {
        CHECK(is_filled(blocks[i], sizes[i], i));
        wt_free(blocks[i]);
    }
    return 0;
}

#ifndef THREADS
#define THREADS 10000
#endif

static void short_threads_cost_nothing(void)
{
    enum { AT_ONCE = 4 };
    for (unsigned i = 0; i < 100; i++) {
        run_threads(AT_ONCE, live_shortly);
    }
    const size_t before = private_bytes(), addresses = reserved();
    for (unsigned i = 0; i < THREADS / AT_ONCE; i++) {
        run_threads(AT_ONCE, live_shortly);
    }
#ifndef NO_CACHES
    CHECK(wt_threads <= 2 * (AT_ONCE + 1));
#endif
    CHECK(reserved() < addresses + 4 * MIB); /* a few freed mappings are kept */
    CHECK(private_bytes() < before + 8 * MIB);
    CHECK(wt_check());
}

static void *left[SIZES];

static unsigned __stdcall leave_blocks(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < SIZES; i++) {
        left[i] = wt_alloc(sizes[i]);
        fill(left[i], sizes[i], i);
    }
    return 0;
}

static unsigned __stdcall find_blocks(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < SIZES; i++) {
        CHECK(is_filled(left[i], sizes[i], i));
        wt_free(left[i]);
    }
    return 0;
}

static void blocks_outlive_their_thread(void)
{
    for (unsigned i = 0; i < 100; i++) {
        run_threads(1, leave_blocks);
        run_threads(1, find_blocks);
    }
    CHECK(wt_check());
}

/* Leaves full lists in its cache. */
static unsigned __stdcall take_and_free(void *unused)
{
    void *list;
    (void)unused;
    CHECK(take_all(64, EXACT, &list) == EXACT);
    free_all(list);
    return 0;
}

static void a_cache_goes_back_at_its_threads_end(void)
{
    void *list;
    for (unsigned i = 0; i < 20; i++) {
        run_threads(1, take_and_free);
        CHECK(take_all(64, EXACT, &list) == EXACT && wt_owns(list));
        free_all(list);
        wt_thread_flush();
    }
    CHECK(wt_check());
}

static unsigned __stdcall flush_and_end(void *unused)
{
    void *list;
    (void)unused;
    CHECK(take_all(64, EXACT / 2, &list) == EXACT / 2);
    free_all(list);
    wt_thread_flush();
    return 0;
}

static void a_flush_gives_all_and_is_no_end(void)
{
    void *list;
    for (unsigned i = 0; i < 200; i++) {
        run_threads(1, flush_and_end);
    }
    CHECK(take_all(64, EXACT, &list) == EXACT);
    free_all(list);
#ifndef NO_CACHES
    CHECK(wt_threads <= 4);
#endif
    CHECK(wt_check());
}

/* What ends after the allocator's own callback: another callback of fiber-local storage, made
   later, and what the loader calls last. Both free a block and take another. */
static DWORD late_key;
static atomic_long ended, detached;
static void *for_loader;
static bool watched;

static void NTAPI end_late(void *block)
{
    CHECK(is_filled(block, 64, 7));
    wt_free(block);
    wt_free(wt_alloc(200));
    ended++;
}

static void NTAPI detach(void *module, DWORD reason, void *unused)
{
    (void)module, (void)unused;
    if (reason == DLL_THREAD_DETACH && watched) {
        void *const block = InterlockedExchangePointer(&for_loader, NULL);
        wt_free(block);
        wt_free(wt_alloc(64));
        detached += block != NULL;
    }
}
__attribute__((section(".CRT$XLY"), used)) static const PIMAGE_TLS_CALLBACK detaches = detach;

static unsigned __stdcall end_with_blocks(void *unused)
{
    (void)unused;
    void *const block = wt_alloc(64);
    fill(block, 64, 7);
    CHECK(FlsSetValue(late_key, block));
    InterlockedExchangePointer(&for_loader, wt_alloc(256));
    return 0;
}

static void calls_after_the_end_lose_nothing(void)
{
    enum { ENDS = 300 };
    void *list;
    wt_free(wt_alloc(64)); /* so that its key is made first */
    late_key = FlsAlloc(end_late);
    CHECK(late_key != FLS_OUT_OF_INDEXES);
    watched = true;
    for (unsigned i = 0; i < ENDS; i++) {
        run_threads(1, end_with_blocks);
    }
    watched = false;
    CHECK(ended == ENDS && detached == ENDS);
#ifndef NO_CACHES
    CHECK(wt_threads <= 3);
#endif
    CHECK(take_all(64, EXACT, &list) == EXACT && wt_owns(list));
    free_all(list);
    CHECK(wt_check());
}

/* A process may have taken all that threads can have of their own before. */
static void threads_without_storage_are_served(void)
{
    void *list;
    for (unsigned i = 0; i < 80; i++) {
        TlsAlloc();
    }
    while (FlsAlloc(NULL) != FLS_OUT_OF_INDEXES) {
    }
    run_threads(4, live_shortly);
    CHECK(take_all(64, EXACT, &list) == EXACT && wt_owns(list)); /* none is hidden in a cache */
    free_all(list);
    wt_thread_flush();
    wt_trim();
    CHECK(wt_check());
}

/* ---- Traffic ---- */

enum { SLOTS = 512, ROUNDS = 40000 };
static _Atomic(void *) slots[SLOTS]; /* blocks that change hands; the first word is the size */

static unsigned __stdcall trade(void *number)
{
    uint64_t state = 88172645463325252U + (uintptr_t)number; /* G. Marsaglia, Xorshift RNGs, 2003 */
    for (unsigned i = 0; i < ROUNDS; i++) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        size_t size = i % 500 == 0 ? 9000 + state % 90000 : 16 + state % (i % 16 == 0 ? 4000 : 240);
        size_t *block = wt_alloc(size);
        if (block != NULL && i % 7 == 0) {
            size_t *const moved = wt_realloc(block, size + 100);
            block = moved != NULL ? moved : block;
            size += moved != NULL ? 100 : 0;
        }
        if (block != NULL) {
            fill(block + 1, size - sizeof *block, (unsigned)size);
            *block = size;
        }
        block = atomic_exchange(&slots[state >> 20 & (SLOTS - 1)], block);
        if (block != NULL) {
            CHECK(is_filled(block + 1, *block - sizeof *block, (unsigned)*block));
            wt_free_sized(block, *block);
        }
    }
    return 0;
}

static void blocks_change_hands(void)
{
    run_threads(8, trade);
    for (size_t i = 0; i < SLOTS; i++) {
        wt_free(slots[i]);
    }
    CHECK(wt_check());
}

/* ---- Memory ---- */

#ifdef GROWS
static size_t retained(void)
{
    static wt_stats_t stats;
    wt_stats(&stats);
    return stats.bytes_retained;
}

static unsigned __stdcall grow(void *unused)
{
    void *list;
    (void)unused;
    CHECK(take_all(ROOM, 4000, &list) == 4000);
    free_all(list);
    return 0;
}

static void pools_grow_and_shrink(void)
{
    void *list;
    run_threads(4, grow);
    CHECK(reserved() > WT_ARENA_BYTES);
    CHECK(take_all(BIG_ROOM, 3000, &list) == 3000); /* of what another pool had */
    free_all(list);
    const size_t before = private_bytes();
    CHECK(wt_trim() > 8 * MIB);
    CHECK(retained() <= WT_ARENA_BYTES); /* static storage keeps its memory */
    CHECK(private_bytes() <= before);
    CHECK(wt_check());
}

static void what_was_given_back_reads_as_zero(void)
{
    void *list;
    for (unsigned round = 0; round < 3; round++) {
        take_all(BIG_ROOM, 2000, &list);
        for (void *block = list, *next; block != NULL; block = next) {
            next = *(void **)block;
            memset((char *)block + sizeof(void *), 0xa5, BIG_ROOM - sizeof(void *));
        }
        free_all(list);
        CHECK(wt_trim() != 0);
        void *blocks[2000];
        static const char zeros[BIG_ROOM];
        for (size_t i = 0; i < 2000; i++) {
            blocks[i] = wt_calloc(1, BIG_ROOM);
            CHECK(blocks[i] != NULL && memcmp(blocks[i], zeros, sizeof zeros) == 0);
        }
        for (size_t i = 0; i < 2000; i++) {
            wt_free(blocks[i]);
        }
    }
    CHECK(wt_check());
}

static void idle_memory_goes_back_by_itself(void)
{
    void *list;
    take_all(BIG_ROOM, 3000, &list);
    free_all(list);
    wt_thread_flush();
    const size_t before = retained();
    for (unsigned i = 0; i < 200 && retained() > before / 4; i++) {
        while (wt_idle()) {
        }
        Sleep(20);
    }
    CHECK(retained() <= before / 4);
    CHECK(wt_check());
}

static void growth_ends_with_enomem(void)
{
    void *list;
    const size_t first = take_all(ROOM, 1000000, &list);
    CHECK(first > 256 && first < 1000000);
    free_all(list);
    wt_thread_flush();
    CHECK(take_all(ROOM, 1000000, &list) == first);
    free_all(list);
    CHECK(wt_check());
}

/* Whatever call is refused, and all after it, blocks are whole, and a request is served or fails
 * with ENOMEM. */
static void refusals_are_enomem(void)
{
    const long done = calls;
    void *list;
    refused_from = done + 1;
    const size_t count = take_all(ROOM, 5000, &list);
    CHECK(count >= EXACT && count < 5000); /* what is static is there all the same */
    for (size_t i = 0; i < 20; i++) {
        void *const block = wt_alloc((size_t)100000 << i % 4);
        CHECK(block != NULL || errno == ENOMEM);
        wt_free(block);
    }
    refused_from = 0;
    free_all(list);
    CHECK(take_all(ROOM, 5000, &list) == 5000);
    free_all(list);
    CHECK(wt_check());
}
#endif

/* ---- Big blocks ---- */

static void big_blocks_are_served(void)
{
    enum { ROUNDS_OF_BIG = 400, LIVE = 16 };
    static const char zeros[64];
    unsigned char *blocks[LIVE] = {NULL};
    size_t held[LIVE] = {0};
    uint64_t state = 88172645463325252U;
    for (unsigned i = 0; i < ROUNDS_OF_BIG; i++) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        const size_t at = state % LIVE, size = 5000 + (state >> 8) % (2 * MIB);
        if (blocks[at] != NULL && i % 3 == 0) {
            unsigned char *const moved = wt_realloc(blocks[at], size);
            CHECK(moved != NULL &&
                  is_filled(moved, held[at] < size ? held[at] : size, (unsigned)at));
            blocks[at] = moved;
        } else {
            CHECK(blocks[at] == NULL || is_filled(blocks[at], held[at], (unsigned)at));
            wt_free(blocks[at]);
            blocks[at] =
                i % 2 == 0 ? wt_calloc(1, size) : wt_aligned_alloc((size_t)64 << state % 8, size);
            CHECK(blocks[at] != NULL &&
                  (i % 2 != 0 || memcmp(blocks[at], zeros, sizeof zeros) == 0));
            CHECK(i % 2 != 0 || blocks[at][size - 1] == 0);
        }
        CHECK(wt_usable_size(blocks[at]) >= size && !wt_owns(blocks[at]));
        fill(blocks[at], size, (unsigned)at);
        held[at] = size;
    }
    for (unsigned i = 0; i < LIVE; i++) {
        wt_free(blocks[i]);
    }
    wt_trim();
    CHECK(wt_check());
}

/* ---- All ---- */

static const struct {
    const char *name;
    void (*run)(void);
} tests[] = {
    {"short threads cost nothing", short_threads_cost_nothing},
    {"blocks outlive their thread", blocks_outlive_their_thread},
    {"a cache goes back at its thread's end", a_cache_goes_back_at_its_threads_end},
    {"a flush gives all, and is no end", a_flush_gives_all_and_is_no_end},
    {"calls after a thread's end lose nothing", calls_after_the_end_lose_nothing},
    {"threads without storage are served", threads_without_storage_are_served},
    {"blocks change hands", blocks_change_hands},
    {"big blocks are served", big_blocks_are_served},
#ifdef GROWS
    {"pools grow and shrink", pools_grow_and_shrink},
    {"what was given back reads as zero", what_was_given_back_reads_as_zero},
    {"idle memory goes back by itself", idle_memory_goes_back_by_itself},
    {"growth ends with ENOMEM", growth_ends_with_enomem},
    {"refusals of the system are ENOMEM", refusals_are_enomem},
#endif
};
enum { TESTS = sizeof tests / sizeof tests[0] };

static bool run_apart(const char *self, const char *number)
{
    return _spawnl(_P_WAIT, self, "threads", number, NULL) == EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    char self[MAX_PATH], number[8];
    int failures = 0;
    if (argc == 2) {
        tests[atoi(argv[1])].run();
        return EXIT_SUCCESS;
    }
    GetModuleFileNameA(NULL, self, sizeof self);
    printf("1..%d\n", TESTS);
    for (unsigned i = 0; i < TESTS; i++) {
        fflush(stdout);
        snprintf(number, sizeof number, "%u", i);
        const bool good = run_apart(self, number);
        printf("%s %u - %s: %s\n", good ? "ok" : "not ok", i + 1, FORM, tests[i].name);
        failures += !good;
    }
    (void)detaches;
    return failures != 0;
}
