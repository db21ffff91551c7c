/* Loads and unloads a library that holds an allocator (library.c): unload LIBRARY CASE. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { THREADS = 8, LOADS = 3000 };

static const char *library;
static void *handle;
static int (*use)(void);
static void *(*keep)(void);
static pthread_barrier_t barrier;

static void fail(const char *what)
{
    printf("%s\n", what);
    exit(EXIT_FAILURE);
}

static void load(void)
{
    handle = dlopen(library, RTLD_NOW);
    if (handle == NULL) {
        fail(dlerror());
    }
    *(void **)&use = dlsym(handle, "use");
    *(void **)&keep = dlsym(handle, "keep");
}

static void use_once(void)
{
    if (use() != 0) {
        fail("an allocation failed");
    }
}

static void unload(void)
{
    if (dlclose(handle) != 0 || dlopen(library, RTLD_NOW | RTLD_NOLOAD) != NULL) {
        fail("the library is not unloaded");
    }
}

/* KiB of addresses, and the number of mappings. */
static void measure(size_t *kib, size_t *mappings)
{
    char line[1024];
    FILE *const file = fopen("/proc/self/maps", "r");
    for (*kib = *mappings = 0; file != NULL && fgets(line, sizeof line, file) != NULL;
         ++*mappings) {
        unsigned long from, to;
        if (sscanf(line, "%lx-%lx", &from, &to) == 2) {
            *kib += (to - from) / 1024;
        }
    }
    if (file == NULL || fclose(file) != 0) {
        fail("/proc/self/maps cannot be read");
    }
}

/* Uses the library `rounds` times, then outlives it. */
static void *outlive(void *rounds)
{
    for (size_t i = 0; i < *(size_t *)rounds; i++) {
        use_once();
    }
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    return NULL;
}

static void begin_threads(pthread_t threads[THREADS])
{
    static size_t rounds = 3;
    pthread_barrier_init(&barrier, NULL, THREADS + 1);
    for (size_t i = 0; i < THREADS; i++) {
        if (pthread_create(&threads[i], NULL, outlive, &rounds) != 0) {
            fail("no thread");
        }
    }
    pthread_barrier_wait(&barrier);
}

static void end_threads(pthread_t threads[THREADS])
{
    pthread_barrier_wait(&barrier);
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_barrier_destroy(&barrier);
}

/* Threads that used the library end after it; a hundred times, all that was mapped goes. */
static void threads_outlive_it(void)
{
    size_t kib, mappings, kib_then = 0, mappings_then = 0;
    for (size_t i = 0; i < 100; i++) {
        pthread_t threads[THREADS];
        load();
        begin_threads(threads);
        unload();
        if (i == 10) {
            measure(&kib_then, &mappings_then);
        }
        end_threads(threads);
    }
    measure(&kib, &mappings);
    if (kib > kib_then + 1024 || mappings > mappings_then) {
        printf("%zu KiB in %zu mappings became %zu in %zu\n", kib_then, mappings_then, kib,
               mappings);
        fail("unloading leaves memory");
    }
}

static void many_loads(void)
{
    size_t kib, mappings, kib_then = 0, mappings_then = 0;
    for (size_t i = 0; i < LOADS; i++) {
        load();
        use_once();
        unload();
        if (i == 10) {
            measure(&kib_then, &mappings_then);
        }
    }
    measure(&kib, &mappings);
    if (kib > kib_then + 1024 || mappings > mappings_then + 2) {
        printf("%zu KiB in %zu mappings became %zu in %zu\n", kib_then, mappings_then, kib,
               mappings);
        fail("loads leave memory");
    }
}

static void a_block_in_use_stays(void)
{
    load();
    use_once();
    char *const block = keep();
    memset(block, 0x5a, 4096);
    unload();
    if (block[0] != 0x5a || block[4095] != 0x5a) {
        fail("a block in use changed");
    }
}

static void *go_on(void *unused)
{
    for (;;) {
        use_once();
    }
    return unused;
}

/* Handlers allocate after the library's own, and threads go on. */
static void end_with_threads(void)
{
    atexit(use_once);
    load();
    for (size_t i = 0; i < THREADS; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, go_on, NULL) != 0) {
            fail("no thread");
        }
    }
    usleep(1000);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } cases[] = {{"threads", threads_outlive_it},
                 {"loads", many_loads},
                 {"live", a_block_in_use_stays},
                 {"exit", end_with_threads}};
    library = argc > 1 ? argv[1] : "";
    for (size_t i = 0; argc > 2 && i < sizeof cases / sizeof cases[0]; i++) {
        if (strcmp(argv[2], cases[i].name) == 0) {
            cases[i].run();
            return EXIT_SUCCESS;
        }
    }
    return EXIT_FAILURE;
}
