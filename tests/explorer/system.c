/* The system's calls: addresses, memory, the clock, thread-specific keys. */
#define _GNU_SOURCE
#include "model.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

enum {
    CACHES = 4,        /* most mappings for thread caches */
    CACHE_BYTES = 768, /* most bytes of one */
    GROUP = 64,        /* granules between parts */
    STACKS_AT = 1 << 20,
};

/* Stacks lie where growth is sure to find its window free, or, if another is there, is not. */
#define HIGH ((unsigned char *)(UINT64_C(0x7000) << 32))
#define FAR  ((uint64_t)1 << 38)

static struct {
    unsigned caches; /* granted so far */
    unsigned cache_bytes[CACHES];
    int parts;                          /* mappings for growth that are still granted; -1: all */
    bool refused;                       /* one was not */
    uint64_t mapped[SUBJECT_PARTS + 2]; /* granules from the start of growth's addresses on */
    unsigned keys, deleted;             /* `deleted` is a set of keys */
    time_t now;                         /* seconds; every look at the clock takes one */
} state;

static unsigned char *cache_memory;
static unsigned char *growth;
static void (*destructors[KEYS])(void *);
unsigned long given_back;

void *__real_mmap(void *at, size_t bytes, int protection, int flags, int file, off_t offset);
void *__wrap_mmap(void *at, size_t bytes, int protection, int flags, int file, off_t offset);
int __wrap_munmap(void *at, size_t bytes);
int __wrap_madvise(void *at, size_t bytes, int advice);
int __wrap_clock_gettime(clockid_t clock, struct timespec *out);
int __wrap_pthread_key_create(pthread_key_t *key, void (*destructor)(void *));
int __wrap_pthread_key_delete(pthread_key_t key);
int __wrap_pthread_setspecific(pthread_key_t key, const void *value);
int __wrap_atexit(void (*function)(void));
int __wrap_stat(const char *path, struct stat *out);
int __wrap_mprotect(void *at, size_t bytes, int protection);

static unsigned char *map(unsigned char *at, size_t bytes)
{
    void *const got =
        __real_mmap(at, bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (got != at) {
        world_violation("no address space for the explorer");
    }
    return got;
}

unsigned char *system_stacks(void)
{
    return map(HIGH, 4 * STACKS_AT) + STACKS_AT;
}

void system_create(void)
{
    cache_memory = map(HIGH - 4 * (size_t)STACKS_AT, CACHES * CACHE_BYTES);
    watch(&state, sizeof state);
    watch(cache_memory, CACHES * CACHE_BYTES);
    if (subject.granule == 0) {
        return;
    }
    growth = HIGH - FAR - subject.window + subject.first_group * GROUP * subject.granule;
    map(growth, (SUBJECT_PARTS + 2) * GROUP * subject.granule);
    for (size_t part = 0; part < SUBJECT_PARTS; part++) {
        watch(growth + part * GROUP * subject.granule, subject.head);
    }
}

void system_start(void)
{
    state.parts = scenario->parts;
    if ((scenario->also & CROWDED) != 0) {
        state.mapped[0] = 1;
    }
}

unsigned char *system_growth(void)
{
    return growth;
}

bool system_refused(void)
{
    return state.refused;
}

/* The system has so much at once, that a part holds one span of the pool with the largest, */
unsigned system_granules(void)
{
    size_t widest = 1;
    for (size_t pool = 0; pool < subject.pools; pool++) {
        widest = widest < subject.pool[pool].granules ? subject.pool[pool].granules : widest;
    }
    return 2 * (unsigned)widest + 1;
}

/* and in all for so many parts. */
enum { MOST_PARTS = 3 };

/* ---- Memory for growth ---- */

static bool is_free(size_t granule, size_t count)
{
    bool free = granule + count <= (SUBJECT_PARTS + 2) * GROUP;
    for (size_t i = granule; i < granule + count && free; i++) {
        free = (state.mapped[i / GROUP] >> i % GROUP & 1) == 0;
    }
    return free;
}

static size_t count_mapped(void)
{
    size_t count = 0;
    for (size_t i = 0; i < sizeof state.mapped / sizeof state.mapped[0]; i++) {
        count += (size_t)__builtin_popcountll(state.mapped[i]);
    }
    return count;
}

static void mark(size_t granule, size_t count, bool mapped)
{
    for (size_t i = granule; i < granule + count; i++) {
        const uint64_t bit = (uint64_t)1 << i % GROUP;
        if (((state.mapped[i / GROUP] & bit) != 0) == mapped) {
            world_violation("addresses were mapped or unmapped twice");
        }
        state.mapped[i / GROUP] ^= bit;
    }
    for (size_t part = granule / GROUP; part <= (granule + count - 1) / GROUP; part++) {
        if (part < SUBJECT_PARTS && granule <= part * GROUP) {
            memset(growth + part * GROUP * subject.granule, 0, subject.head);
        }
    }
    rules_given_back(growth + granule * subject.granule, count * subject.granule);
}

static unsigned char *map_growth(unsigned char *wanted, size_t bytes)
{
    const size_t count = bytes / subject.granule, most = system_granules();
    if (count % GROUP == 0 || count % GROUP > most || count > GROUP + most) {
        return MAP_FAILED;
    }
    if (state.parts == 0 || count_mapped() + count % GROUP > MOST_PARTS * (size_t)most) {
        state.refused = true;
        return MAP_FAILED;
    }
    if (wanted >= growth + SUBJECT_PARTS * GROUP * subject.granule && wanted < HIGH) {
        state.refused = true; /* the explorer's own memory ends there */
        return MAP_FAILED;
    }
    size_t granule = wanted >= growth ? (size_t)(wanted - growth) / subject.granule : SIZE_MAX / 2;
    if (!is_free(granule, count)) {
        for (granule = 1; !is_free(granule, count);) {
            if (++granule == (SUBJECT_PARTS + 2) * GROUP) {
                state.refused = true;
                return MAP_FAILED;
            }
        }
    }
    state.parts -= state.parts > 0;
    mark(granule, count, true);
    return growth + granule * subject.granule;
}

void *__wrap_mmap(void *at, size_t bytes, int protection, int flags, int file, off_t offset)
{
    footprint.flags |= STEP_SYSTEM;
    (void)protection, (void)flags, (void)file, (void)offset;
    if (subject.granule != 0 && bytes >= subject.granule) {
        at = map_growth(at, bytes);
        errno = at == MAP_FAILED ? ENOMEM : errno;
        return at;
    }
    if (bytes > CACHE_BYTES) {
        world_violation("CACHE_BYTES is too small for a chunk of thread caches");
    }
    if (state.caches == (unsigned)scenario->caches) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    state.cache_bytes[state.caches] = (unsigned)bytes;
    return cache_memory + state.caches++ * (size_t)CACHE_BYTES;
}

int __wrap_munmap(void *at, size_t bytes)
{
    footprint.flags |= STEP_SYSTEM;
    const size_t offset = (size_t)((unsigned char *)at - cache_memory);
    if (offset < CACHES * (size_t)CACHE_BYTES) {
        if (state.cache_bytes[offset / CACHE_BYTES] != bytes) {
            world_violation("a chunk of caches was unmapped in part, or twice");
        }
        state.cache_bytes[offset / CACHE_BYTES] = 0;
        return 0;
    }
    mark((size_t)((unsigned char *)at - growth) / subject.granule, bytes / subject.granule, false);
    return 0;
}

unsigned system_chunks(void)
{
    unsigned chunks = 0;
    for (unsigned i = 0; i < CACHES; i++) {
        chunks += state.cache_bytes[i] != 0;
    }
    return chunks;
}

/* Pages given back read as zero; nobody may hold a block in them. */
int __wrap_madvise(void *at, size_t bytes, int advice)
{
    (void)advice;
    if ((scenario->also & REFUSES) != 0) {
        return -1;
    }
    if ((scenario->also & KEEPS) != 0 && !alone) {
        world_violation("memory went back that had not been idle from one look to the next");
    }
    given_back++;
    rules_given_back(at, bytes);
    return 0;
}

/* ---- The clock, and the end of a thread ---- */

int __wrap_clock_gettime(clockid_t clock, struct timespec *out)
{
    footprint.flags |= STEP_SYSTEM;
    (void)clock;
    out->tv_sec = ++state.now;
    out->tv_nsec = 0;
    return 0;
}

int __wrap_pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
    footprint.flags |= STEP_SYSTEM;
    if (state.keys == KEYS) {
        world_violation("more keys than threads could have made");
    }
    destructors[state.keys] = destructor;
    *key = state.keys++;
    return 0;
}

int __wrap_pthread_key_delete(pthread_key_t key)
{
    footprint.flags |= STEP_SYSTEM;
    state.deleted |= 1U << key;
    return 0;
}

int __wrap_pthread_setspecific(pthread_key_t key, const void *value)
{
    fibers[current].value[key] = (void *)(uintptr_t)value;
    return 0;
}

/* The process of the explorer is not the one that it explores: what that does when it ends is no
   part of it, where others run it does nothing, */
int __wrap_atexit(void (*function)(void))
{
    (void)function;
    return 0;
}

int __wrap_stat(const char *path, struct stat *out)
{
    (void)path, (void)out;
    return -1;
}

/* and what the explorer saves must be there to be read. */
int __wrap_mprotect(void *at, size_t bytes, int protection)
{
    (void)at, (void)bytes, (void)protection;
    return 0;
}

/* A thread's destructors, once each; a value set by one of them is for the next round. */
void run_destructors(void)
{
    struct fiber *const fiber = &fibers[current];
    for (unsigned round = 0; round < PTHREAD_DESTRUCTOR_ITERATIONS; round++) {
        for (unsigned key = 0; key < state.keys; key++) {
            void *const value = fiber->value[key];
            fiber->value[key] = NULL;
            if (value != NULL && (state.deleted >> key & 1) != 0) {
                world_violation("a value stands under a deleted key");
            }
            if (value != NULL) {
                destructors[key](value);
            }
        }
    }
}
