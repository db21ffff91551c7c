/* What callers may do, up to the last byte: no level may take it for a crime. */
#include "acts.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* All that usable_size grants is written. */
enum verdict use_all(const struct kind *kind)
{
    for (int i = 0; i < 100; i++) {
        unsigned char *const block = get(kind);
        memset(block, 0xff, allocator.usable_size(block));
        give(block, kind);
    }
    return HARMLESS;
}

/* Blocks of no bytes are distinct, and may grow, shrink and go. */
enum verdict use_nothing(const struct kind *kind)
{
    enum { MANY = 3000 };
    static void *blocks[MANY];
    for (int i = 0; i < MANY; i++) {
        blocks[i] = allocator.alloc(0);
        if (blocks[i] == NULL || (i > 0 && blocks[i] == blocks[i - 1])) {
            give_up("no block of 0 bytes, or one twice");
        }
    }
    for (int i = 0; i < MANY; i++) {
        unsigned char *block = allocator.realloc(blocks[i], i % 2 == 0 ? kind->request : 1);
        block[0] = 1;
        allocator.free_sized(block, i % 2 == 0 ? kind->request : 1);
    }
    allocator.free_sized(allocator.calloc(0, 8), 0);
    allocator.free_sized(allocator.calloc(8, 0), 0);
    return HARMLESS;
}

/* Copies of all that may be written, to the start and the end of a block. */
enum verdict copy_all(const struct kind *kind)
{
    static void *(*const volatile call)(void *, const void *, size_t) = memcpy;
    unsigned char *const to = get(kind), *const from = get(kind);
    memset(from, 0x55, kind->request);
    const size_t bytes = allocator.usable_size(to);
    call(to, from, kind->request);
    call(to + bytes - 1, from, 1);
    call(to + bytes, from, 0);
    give(to, kind);
    call(from, from + 1, 1);
    give(from, kind);
    return HARMLESS;
}

/* Each size in and around the kind's pool, by each way to request and to free. */
enum verdict free_by_every_size(const struct kind *kind)
{
    const size_t least = kind->request > 40 ? kind->request - 40 : 0;
    for (size_t size = least; size < kind->request + 40; size++) {
        allocator.free_sized(allocator.alloc(size), size);
        allocator.free_sized(allocator.calloc(1, size), size);
        allocator.free_sized(allocator.realloc(get(kind), size), size);
        for (size_t alignment = 8; alignment <= 4096; alignment *= 8) {
            allocator.free_aligned_sized(allocator.aligned_alloc(alignment, size), alignment, size);
        }
    }
    return HARMLESS;
}

/* ---- traffic of many sizes, each block filled with what is looked for when it goes */

enum { LIVE = 64, CALLS = 4000 };

struct live {
    unsigned char *block;
    size_t size;
    unsigned char mark;
};

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

/* Small, mostly; now and then up to twice the kind's. */
static size_t random_size(uint32_t *state, const struct kind *kind)
{
    const uint32_t dice = next_random(state);
    return dice % 16 == 0 ? 1 + next_random(state) % (2 * kind->request) : 1 + dice / 16 % 700;
}

static void fill(struct live *one)
{
    memset(one->block, one->mark, one->size);
}

static void look(const struct live *one)
{
    for (size_t i = 0; i < one->size; i++) {
        if (one->block[i] != one->mark) {
            give_up("a block does not hold what its owner wrote");
        }
    }
}

static void step(struct live *one, uint32_t *state, const struct kind *kind)
{
    const size_t size = random_size(state, kind);
    if (one->block != NULL) {
        look(one);
    }
    if (one->block != NULL && next_random(state) % 4 != 0) {
        allocator.free_sized(one->block, one->size);
        one->block = NULL;
        return;
    }
    unsigned char *const block =
        one->block != NULL ? allocator.realloc(one->block, size) : allocator.alloc(size);
    if (block == NULL) { /* where the pool ends; what there was stays */
        return;
    }
    if (one->block != NULL) {
        one->size = size < one->size ? size : one->size;
        one->block = block;
        look(one);
    }
    one->block = block;
    one->size = size;
    one->mark = (unsigned char)next_random(state);
    fill(one);
}

static void *run_traffic(void *argument)
{
    static atomic_uint runs;
    struct live live[LIVE] = {{0}};
    uint32_t state = atomic_fetch_add(&runs, 1);
    for (int i = 0; i < CALLS; i++) {
        step(&live[next_random(&state) % LIVE], &state, argument);
        if (i % 1000 == 0) {
            allocator.trim();
        }
    }
    for (int i = 0; i < LIVE; i++) {
        if (live[i].block != NULL) {
            look(&live[i]);
            allocator.free_sized(live[i].block, live[i].size);
        }
    }
    return NULL;
}

enum verdict traffic(const struct kind *kind)
{
    run_traffic((void *)(uintptr_t)kind);
    if (!allocator.check()) {
        give_up("check says no");
    }
    return HARMLESS;
}

enum verdict traffic_of_threads(const struct kind *kind)
{
    enum { OTHERS = 2 };
    pthread_t threads[OTHERS];
    for (int i = 0; i < OTHERS; i++) {
        pthread_create(&threads[i], NULL, run_traffic, (void *)(uintptr_t)kind);
    }
    run_traffic((void *)(uintptr_t)kind);
    for (int i = 0; i < OTHERS; i++) {
        pthread_join(threads[i], NULL);
    }
    return traffic(kind);
}

/* The process ends while others allocate. */
enum verdict exit_beside_traffic(const struct kind *kind)
{
    pthread_t thread;
    pthread_create(&thread, NULL, run_traffic, (void *)(uintptr_t)kind);
    pthread_detach(thread);
    for (int i = 0; i < CALLS / 4; i++) {
        give(get(kind), kind);
    }
    exit(0);
}

/* And where none of its blocks has been freed. */
enum verdict exit_with_blocks(const struct kind *kind)
{
    for (size_t size = 0; size < 300; size++) {
        (void)allocator.alloc(size);
        give(get(kind), kind);
    }
    exit(0);
}

static void *give_all(void *argument)
{
    void **const blocks = argument;
    for (int i = 1; blocks[i] != NULL; i++) {
        give(blocks[i], blocks[0]);
    }
    return NULL;
}

/* Blocks of one thread are freed by another. */
enum verdict free_elsewhere(const struct kind *kind)
{
    enum { MANY = 40, FEW = 4, ROUNDS = 20, WIDE_BYTES = 65536 };
    const int count = kind->request < WIDE_BYTES ? MANY : FEW;
    for (int round = 0; round < ROUNDS; round++) {
        void *blocks[MANY + 2] = {(void *)(uintptr_t)kind};
        for (int i = 1; i <= count; i++) {
            blocks[i] = get(kind);
            memset(blocks[i], round, kind->request);
        }
        in_thread(give_all, blocks);
    }
    return HARMLESS;
}
