/* Programs that test_record.c records: each word does something whose counts are known. */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 4, EACH = 10000, CHURN = 2000 };

static void *kept[100000];

/* Keeps the compiler from removing an allocation that nobody reads. */
static void *use(void *block)
{
    *(volatile char *)block = 1;
    return block;
}

static int count(void)
{
    for (int i = 0; i < 1000; i++)
        kept[i] = use(malloc(1001));
    for (int i = 0; i < 400; i++)
        free(kept[i]);
    for (int i = 0; i < 10; i++)
        kept[i] = use(calloc(3, 701));
    for (int i = 10; i < 15; i++)
        if (posix_memalign(&kept[i], 128, 2003) != 0 || (uintptr_t)kept[i] % 128 != 0)
            return 1;
    use(aligned_alloc(4096, 12288));
    for (int i = 20; i < 27; i++)
        kept[i] = use(realloc(use(malloc(3001)), 5003));
    free(use(malloc(100000)));
    free(malloc(0));
    return 0;
}

/* Two sizes that are never live together. */
static int alternate(void)
{
    for (int size = 3001; size <= 3003; size += 2) {
        for (int i = 0; i < 5000; i++)
            kept[i] = use(malloc((size_t)size));
        for (int i = 0; i < 5000; i++)
            free(kept[i]);
    }
    return 0;
}

/* Many sizes, few blocks of each, gone before the end: only a snapshot can see their sum. */
static int scatter(void)
{
    for (int i = 0; i < 300; i++)
        kept[i] = use(malloc((size_t)(2100 + i)));
    for (int i = 0; i < 300; i++)
        free(kept[i]);
    return 0;
}

static void *allocate_share(void *from)
{
    void **share = from;
    for (int i = 0; i < EACH; i++)
        share[i] = use(malloc(1501));
    return NULL;
}

static int pass_to_main(void)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, allocate_share, kept + i * EACH) != 0)
            return 1;
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < THREADS * EACH; i++)
        free(kept[i]);
    return 0;
}

static void *allocate_one(void *unused)
{
    (void)unused;
    free(use(malloc(1701)));
    return NULL;
}

static int churn(void)
{
    for (int i = 0; i < CHURN; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, allocate_one, NULL) != 0)
            return 1;
        pthread_join(thread, NULL);
    }
    return 0;
}

static volatile bool stop;

static void *allocate_on(void *unused)
{
    (void)unused;
    for (size_t i = 0; !stop; i++)
        free(use(malloc(16 + i % 1000)));
    return NULL;
}

/* The child has its parent's blocks, frees some, and leaves by _exit. */
static int fork_once(bool threaded)
{
    pthread_t threads[2];
    for (int i = 0; threaded && i < 2; i++)
        if (pthread_create(&threads[i], NULL, allocate_on, NULL) != 0)
            return 1;
    for (int i = 0; i < 100; i++)
        kept[i] = use(malloc(1301));
    pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < 30; i++)
            free(kept[i]);
        for (int i = 0; i < 7; i++)
            use(malloc(1303));
        _exit(0);
    }
    int status = 1;
    waitpid(child, &status, 0);
    stop = true;
    for (int i = 0; threaded && i < 2; i++)
        pthread_join(threads[i], NULL);
    return status;
}

/* SIGUSR1 writes the profile so far, which a copy shows; then the end rewrites it. The file is
   written by poolgen record, as soon as that looks. */
static int signal_self(const char *profile)
{
    const struct timespec pause = {0, 1000000};
    char copy[4096];
    snprintf(copy, sizeof copy, "%s.early", profile);
    kept[0] = use(malloc(1901));
    raise(SIGUSR1);
    for (int i = 0; link(profile, copy) != 0; i++) {
        if (i == 20000)
            return 1;
        nanosleep(&pause, NULL);
    }
    kept[1] = use(malloc(1901));
    return 0;
}

static int be_stopped(void)
{
    kept[0] = use(malloc(1901));
    struct sigaction seen;
    if (sigaction(SIGTERM, NULL, &seen) != 0 || seen.sa_handler != SIG_DFL)
        return 1; /* the recorder must not show */
    if (signal(SIGHUP, SIG_IGN) != SIG_DFL)
        return 2;
    raise(SIGHUP);
    raise(SIGTERM);
    return 3;
}

/* ---- blocks: who serves them, and that they are good */

/* Which malloc this is, by what it rounds up: 1 glibc's, 2 the recorder's pools up to 64 KiB and
   glibc's beyond, 3 that of configs/malloc.yaml. */
static int tell_who_serves(void)
{
    size_t small = malloc_usable_size(malloc(5000)), large = malloc_usable_size(malloc(70000));
    return large == 81920 ? 3 : small == 5120 ? 2 : 1;
}

enum { MIX_SLOTS = 64, MIX_OPS = 20000, MIX_LEAST = 9001, MIX_MANY = 700, MIX_FAR = 70001 };

static _Atomic(unsigned char *) slots[MIX_SLOTS]; /* blocks on their way from thread to thread */

/* A block that says its size in its first bytes and is filled with its lowest byte. */
static unsigned char *fill(unsigned char *block, size_t size)
{
    memset(block, (int)(size & 255), size);
    memcpy(block, &size, sizeof size);
    return block;
}

static bool is_whole(const unsigned char *block)
{
    size_t size;
    memcpy(&size, block, sizeof size);
    for (size_t i = sizeof size; i < size; i++)
        if (block[i] != (unsigned char)size)
            return false;
    return true;
}

/* A new block, by one function of the family or another. */
static unsigned char *get_any(unsigned random, size_t size)
{
    void *block = NULL;
    switch (random % 4) {
    case 0:
        return calloc(1, size);
    case 1:
        return posix_memalign(&block, 64U << random % 5, size) == 0 ? block : NULL;
    case 2:
        return realloc(malloc(16), size);
    default:
        return malloc(size);
    }
}

/* Threads leave blocks for each other, and resize or free what they find. NULL if all were whole.
 */
static void *mix(void *seed)
{
    unsigned random = *(const unsigned *)seed;
    for (int i = 0; i < MIX_OPS; i++) {
        random = random * 1664525 + 1013904223;
        size_t size = (random % 16 == 0 ? MIX_FAR : MIX_LEAST) + (random >> 8) % MIX_MANY;
        _Atomic(unsigned char *) *slot = &slots[(random >> 18) % MIX_SLOTS];
        unsigned char *block = atomic_exchange(slot, NULL);
        if (block != NULL && !is_whole(block))
            return seed;
        if (block == NULL || random >> 30 == 0) {
            free(block);
            block = get_any(random >> 24, size);
        } else {
            block = realloc(block, size);
        }
        if (block == NULL)
            return seed;
        free(atomic_exchange(slot, fill(block, size)));
    }
    return NULL;
}

static int mix_in_threads(void)
{
    static unsigned seeds[THREADS] = {1, 2, 3, 4};
    pthread_t threads[THREADS];
    void *spoilt = NULL, *one;
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, mix, &seeds[i]) != 0)
            return 2;
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], &one);
        spoilt = one != NULL ? one : spoilt;
    }
    for (int i = 0; i < MIX_SLOTS; i++)
        free(slots[i]);
    return spoilt != NULL;
}

/* Blocks that the recorder never saw: it must leave them to whoever made them. */
static int keep_foreign(void)
{
#ifdef __GLIBC__
    extern void *__libc_malloc(size_t size);
    char *foreign = __libc_malloc(300), *second = __libc_malloc(40);
    strcpy(foreign, "poolgen");
    if (malloc_usable_size(foreign) < 300)
        return 20;
    foreign = realloc(foreign, 90000);
    if (strcmp(foreign, "poolgen") != 0)
        return 21;
    second = realloc(second, 50);
    free(foreign);
    free(second);
#endif
    return 0;
}

static int keep_alignments(void)
{
    void *block = NULL;
    errno = 77;
    for (size_t alignment = sizeof(void *); alignment <= 1 << 20; alignment *= 2)
        for (size_t size = 0; size <= 70000; size = size * 3 + 7) {
            if (posix_memalign(&block, alignment, size) != 0 || errno != 77)
                return 30;
            if ((uintptr_t)block % alignment != 0 || malloc_usable_size(block) < size)
                return 31;
            memset(block, 1, size);
            char *grown = realloc(block, size + 500);
            if (size != 0 && grown[size - 1] != 1)
                return 32;
            free(grown);
        }
    if (posix_memalign(&block, 2, 8) != EINVAL || posix_memalign(&block, 0, 8) != EINVAL)
        return 33;
    block = memalign(65536, 10);
    if (block == NULL || (uintptr_t)block % 65536 != 0)
        return 34;
    free(block);
    return 0;
}

/* What the C library promises must hold under the recorder too. */
static int keep_promises(void)
{
    int failed = keep_alignments();
    if (failed == 0)
        failed = keep_foreign();
    if (failed != 0)
        return failed;
    void *block;
    errno = 77;
    free(use(malloc(50)));
    free(NULL);
    if (errno != 77)
        return 1;
    if (calloc(SIZE_MAX / 2, 3) != NULL || errno != ENOMEM)
        return 2;
    if (posix_memalign(&block, 24, 8) != EINVAL)
        return 3;
    if (malloc(PTRDIFF_MAX) != NULL || errno != ENOMEM)
        return 4;
    char *grown = malloc(10);
    strcpy(grown, "poolgen");
    if (realloc(grown, PTRDIFF_MAX) != NULL || strcmp(grown, "poolgen") != 0)
        return 5;
    grown = realloc(grown, 100000);
    if (strcmp(grown, "poolgen") != 0 || malloc_usable_size(grown) < 100000)
        return 6;
    free(grown);
    if (malloc(0) == malloc(0))
        return 7;
    if (realloc(malloc(30), 0) != NULL || malloc_usable_size(NULL) != 0)
        return 9;
    unsigned char *zeroed = calloc(5, 1);
    for (int i = 0; i < 5; i++)
        if (zeroed[i] != 0)
            return 8;
    return 0;
}

/* ---- how fast: loads that do little but allocate, for `make bench-record` */

enum { OPS = 10000000, HELD = 512, BATCH = 1000 };

static void one_live(long ops)
{
    for (long i = 0; i < ops; i++)
        free(use(malloc(64)));
}

static void replace_random(long ops)
{
    void *live[HELD] = {NULL};
    unsigned random = 12345;
    for (long i = 0; i < ops; i++) {
        random = random * 1664525 + 1013904223;
        unsigned doubling = (random >> 17) % 13;
        free(live[(random >> 8) % HELD]);
        live[(random >> 8) % HELD] = use(malloc(1 + (random >> 5) % (8U << (doubling % 10))));
    }
    for (int i = 0; i < HELD; i++)
        free(live[i]);
}

static void free_in_batches(long ops)
{
    void *live[BATCH];
    for (long round = 0; round < ops / BATCH; round++) {
        for (size_t i = 0; i < BATCH; i++)
            live[i] = use(malloc(16 + i % 64 * 8));
        for (int i = 0; i < BATCH; i++)
            free(live[i]);
    }
}

static void (*load)(long ops);

static void *run_load(void *unused)
{
    (void)unused;
    load(OPS);
    return NULL;
}

/* Wall-clock nanoseconds an operation, all threads at once; negative if a thread cannot be had. */
static double time_load(int threads)
{
    struct timespec start, end;
    pthread_t thread[2];
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (int i = 0; i < threads; i++)
        if (pthread_create(&thread[i], NULL, run_load, NULL) != 0)
            return -1;
    for (int i = 0; i < threads; i++)
        pthread_join(thread[i], NULL);
    clock_gettime(CLOCK_MONOTONIC, &end);
    return ((double)(end.tv_sec - start.tv_sec) * 1e9 + (double)(end.tv_nsec - start.tv_nsec)) /
           OPS;
}

static int show_speed(void)
{
    static const struct {
        const char *name;
        void (*run)(long ops);
    } loads[] = {{"one-live", one_live},
                 {"replace-random", replace_random},
                 {"free-in-batches", free_in_batches}};
    for (size_t i = 0; i < sizeof loads / sizeof loads[0]; i++)
        for (int threads = 1; threads <= 2; threads++) {
            load = loads[i].run;
            printf("%s/%d %.2f\n", loads[i].name, threads, time_load(threads));
        }
    return 0;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *word;
        int (*run)(void);
    } words[] = {{"count", count},
                 {"alternate", alternate},
                 {"scatter", scatter},
                 {"churn", churn},
                 {"pass-to-main", pass_to_main},
                 {"be-stopped", be_stopped},
                 {"keep-promises", keep_promises},
                 {"mix", mix_in_threads},
                 {"who-serves", tell_who_serves},
                 {"speed", show_speed}};
    for (size_t i = 0; argc > 1 && i < sizeof words / sizeof words[0]; i++)
        if (strcmp(argv[1], words[i].word) == 0)
            return words[i].run();
    if (argc > 1 && strcmp(argv[1], "fork") == 0)
        return fork_once(false);
    if (argc > 1 && strcmp(argv[1], "fork-threaded") == 0)
        return fork_once(true);
    if (argc > 2 && strcmp(argv[1], "signal-self") == 0)
        return signal_self(argv[2]);
    return 99;
}
