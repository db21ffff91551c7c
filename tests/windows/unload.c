/* Loads a DLL that holds an allocator, uses it and unloads it: unload.exe DLL prints TAP. */
#define WIN32_LEAN_AND_MEAN
#include "check.h"
#include <process.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include <psapi.h>

/* Loads are more than there are slots for what threads have of their own. */
enum { LOADS = 1100, MIB = 1 << 20 };

static const char *path;

static struct {
    HMODULE module;
    void *(*alloc)(size_t size);
    void (*free)(void *ptr);
    int (*check)(void);
} library;

static void find(void *function, const char *name)
{
    const FARPROC found = GetProcAddress(library.module, name);
    CHECK(found != NULL);
    memcpy(function, &found, sizeof found);
}

static void load(void)
{
    library.module = LoadLibraryA(path);
    CHECK(library.module != NULL);
    find(&library.alloc, "library_alloc");
    find(&library.free, "library_free");
    find(&library.check, "library_check");
}

static void unload(void)
{
    const HMODULE module = library.module;
    CHECK(FreeLibrary(module));
    CHECK(GetModuleHandleA(path) == NULL);
}

/* More blocks than are static, and a large one. */
static void use(void)
{
    static void *blocks[1000];
    for (unsigned i = 0; i < 1000; i++) {
        blocks[i] = library.alloc(256);
        CHECK(blocks[i] != NULL);
        memset(blocks[i], 1, 256);
    }
    void *const big = library.alloc(300000);
    CHECK(big != NULL);
    library.free(big);
    for (unsigned i = 0; i < 1000; i++) {
        library.free(blocks[i]);
    }
    CHECK(library.check());
}

static size_t private_bytes(void)
{
    PROCESS_MEMORY_COUNTERS_EX counters = {.cb = sizeof counters};
    CHECK(GetProcessMemoryInfo(GetCurrentProcess(), (PROCESS_MEMORY_COUNTERS *)&counters,
                               sizeof counters));
    return counters.PrivateUsage;
}

static void loads_leave_nothing(void)
{
    size_t before = 0;
    for (unsigned i = 0; i < LOADS; i++) {
        load();
        use();
        unload();
        before = i == 100 ? private_bytes() : before;
    }
    CHECK(private_bytes() < before + 8 * MIB);
    const DWORD slot = TlsAlloc();
    CHECK(slot != TLS_OUT_OF_INDEXES && TlsFree(slot));
}

/* A thread that has called, and goes on when the library is gone. */
static HANDLE used, go_on;

static unsigned __stdcall use_and_stay(void *unused)
{
    (void)unused;
    library.free(library.alloc(64));
    SetEvent(used);
    CHECK(WaitForSingleObject(go_on, 60000) == WAIT_OBJECT_0);
    return 0;
}

static void threads_outlive_the_library(void)
{
    used = CreateEventA(NULL, FALSE, FALSE, NULL);
    go_on = CreateEventA(NULL, FALSE, FALSE, NULL);
    for (unsigned i = 0; i < 20; i++) {
        load();
        const HANDLE thread = (HANDLE)_beginthreadex(NULL, 0, use_and_stay, NULL, 0, NULL);
        CHECK(WaitForSingleObject(used, 60000) == WAIT_OBJECT_0);
        unload();
        SetEvent(go_on);
        CHECK(WaitForSingleObject(thread, 60000) == WAIT_OBJECT_0);
        CloseHandle(thread);
    }
}

static void a_block_in_use_outlives_the_library(void)
{
    static unsigned char *blocks[2000];
    load();
    for (unsigned i = 0; i < 2000; i++) {
        blocks[i] = library.alloc(256);
        memset(blocks[i], (int)(i % 251), 256);
    }
    unload();
    for (unsigned i = 1000; i < 2000; i++) { /* which growth has */
        CHECK(blocks[i][0] == i % 251 && blocks[i][255] == i % 251);
    }
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    path = argv[1];
    puts("1..4");
    loads_leave_nothing();
    printf("ok 1 - %d loads leave nothing\n", LOADS);
    threads_outlive_the_library();
    puts("ok 2 - threads outlive the library");
    a_block_in_use_outlives_the_library();
    puts("ok 3 - a block in use outlives the library");
    load();
    use();
    puts("ok 4 - the process ends with the library"); /* or else its status tells */
    return EXIT_SUCCESS;
}
