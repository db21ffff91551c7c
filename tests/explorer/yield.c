/* yield [SEEDS [FIRST]]: threads allocate, write, check and free, come and go, while every atomic
   access may pause. The blocks' bytes are plain, so that ThreadSanitizer sees a hand-over that is
   not ordered. */
#define EX_ATOMICS "yield_atomics.h"
#include ALLOCATOR

enum { THREADS = 3, HELD = 6, OPERATIONS = 300, LIVES = 6, WORDS = 2 };

__thread uint64_t yield_random = 1;

struct held {
    uint64_t *words;
    uint64_t mark;
    size_t size;
};

static _Noreturn void fail(const char *what)
{
    printf("not ok - violation: %s\n", what);
    fflush(stdout);
    _exit(1);
}

/* Bytes that a pool serves: at `harden: full` a little less than it has. */
static size_t served[EX_POOLS];

static size_t words_of(const struct held *slot)
{
    return slot->size / sizeof(uint64_t) < WORDS ? slot->size / sizeof(uint64_t) : WORDS;
}

static void take_size(struct held *slot, size_t size)
{
    slot->size = size;
    slot->mark = yield_next();
    slot->words = yield_next() % 8 != 0 ? ex_alloc(slot->size) : ex_calloc(1, slot->size);
    for (size_t i = 0; slot->words != NULL && i < words_of(slot); i++) {
        slot->words[i] = slot->mark + i;
    }
}

static void take(struct held *slot)
{
    static const size_t pools[] = {0, 0, 0, 1, 1, 1, 1, 2};
    take_size(slot, served[pools[yield_next() % 8]]);
}

static void give(struct held *slot)
{
    for (size_t i = 0; slot->words != NULL && i < words_of(slot); i++) {
        if (slot->words[i] != slot->mark + i) {
            fail("a held block was written to by another");
        }
    }
    ex_free(slot->words);
    slot->words = NULL;
}

/* Lets the first threads begin together, without ordering what they do. */
static void meet(void)
{
    static atomic_uint arrived;
    atomic_fetch_add_explicit(&arrived, 1, memory_order_relaxed);
    while (atomic_load_explicit(&arrived, memory_order_relaxed) < THREADS) {
    }
}

/* One thread's life: a few hundred operations on a handful of blocks, and all given back. */
static void *live(void *seed)
{
    struct held held[HELD] = {{NULL, 0, 0}};
    yield_random = (uintptr_t)seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
    meet();
    take_size(&held[0], served[2]);
    for (size_t i = 0; i < OPERATIONS; i++) {
        struct held *const slot = &held[yield_next() % HELD];
        if (slot->words != NULL) {
            give(slot);
        } else {
            take(slot);
        }
        const uint64_t rare = yield_next() % 128;
        if (rare == 0) {
            ex_trim();
        } else if (rare == 1) {
            ex_thread_flush();
        } else if (rare == 2) {
            ex_stats_t stats;
            ex_stats(&stats);
        }
    }
    for (size_t i = 0; i < HELD; i++) {
        give(&held[i]);
    }
    return NULL;
}

/* Afterwards nothing is live, everything is sound, and all of the first pool comes out again. */
static void settle(void)
{
    ex_stats_t stats;
    if (!ex_check()) {
        fail("check says that something is not sound");
    }
    ex_stats(&stats);
    for (size_t pool = 0; pool < EX_POOLS; pool++) {
        if (stats.pools[pool].live != 0 || stats.pools[pool].allocs == 0) {
            fail("the counters do not add up");
        }
    }
    void *blocks[32];
    for (size_t i = 0; i < 32; i++) {
        blocks[i] = ex_alloc(served[0]);
        if (blocks[i] == NULL) {
            fail("blocks were lost");
        }
    }
    for (size_t i = 0; i < 32; i++) {
        ex_free(blocks[i]);
    }
    ex_thread_flush();
}

int main(int argc, char **argv)
{
    const uintptr_t seeds = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
    const uintptr_t first = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
    for (size_t pool = 0, least = 1; pool < EX_POOLS; pool++) {
        served[pool] = ex_good_size(least);
        least = served[pool] + 1;
    }
    for (uintptr_t seed = first; seed < first + seeds; seed++) {
        pthread_t threads[THREADS];
        for (uintptr_t life = 0; life < LIVES; life++) {
            for (uintptr_t i = 0; i < THREADS; i++) {
                if (life > 0) {
                    pthread_join(threads[i], NULL);
                }
                const uintptr_t number = (seed * LIVES + life) * THREADS + i;
                if (pthread_create(&threads[i], NULL, live, (void *)number) != 0) {
                    fail("no thread");
                }
            }
        }
        for (size_t i = 0; i < THREADS; i++) {
            pthread_join(threads[i], NULL);
        }
        settle();
    }
    printf("ok 1 - yields under %lu seeds\n1..1\n", (unsigned long)seeds);
    return 0;
}
