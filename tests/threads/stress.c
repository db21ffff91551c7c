/* Random calls of every kind from threads that come and go, against a model: of each block is known
   where it is, how large, and what every byte of it must be. `stress SECONDS [THREADS [SEED]]`
   prints what it did; it stops with a message at the first byte that is not as it should be. With
   no threads the main one makes the calls. */
#include HEADER
#include "harness.h"
#include "system.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define AS_TEXT(word) #word
#define TEXT(word)    AS_TEXT(word)

enum {
    MOST_THREADS = 8,
    OWN = 400,     /* blocks that a thread holds at most */
    EXCHANGE = 64, /* blocks that lie where any thread may take and free them */
    LIFE = 20000,  /* calls of a thread at most, until it ends and another starts */
    REST = 2,      /* seconds between two moments in which all threads rest */
};

/* What the model knows of a block, which is also what its bytes follow from. */
struct block {
    unsigned char *at;
    size_t size, alignment;
    uint64_t key;
};

/* Calls that were made, of all threads. */
enum call {
    ALLOC,
    CALLOC,
    ALIGNED,
    ALIGNED_CALLOC,
    REALLOC,
    ALIGNED_REALLOC,
    FREE,
    FREE_SIZED,
    PASS,
    TRIM,
    IDLE,
    FLUSH,
    STATS,
    FORK,
    CALLS
};
static const char *const names[CALLS] = {"alloc",          "calloc",     "aligned_alloc",
                                         "aligned_calloc", "realloc",    "aligned_realloc",
                                         "free",           "free_sized", "frees by another thread",
                                         "trim",           "idle",       "flush",
                                         "stats",          "forks"};
static atomic_ulong done[CALLS], refused, lives, rests;

static atomic_bool over;    /* the threads are to end */
static atomic_bool resting; /* or to wait */

struct worker {
    struct block own[OWN];
    uint64_t random;
    unsigned number;
    pthread_t thread;
};
static struct worker workers[MOST_THREADS];

/* Whoever swaps a block out has it. */
static _Atomic(struct block *) exchange[EXCHANGE];

/* ---- The model ---- */

/* What the `index`-th word of a block holds. */
static uint64_t word_of(const struct block *block, size_t index)
{
    return block->key + index * UINT64_C(0x9e3779b97f4a7c15);
}

static size_t word_bytes(size_t index, size_t end)
{
    return end - index * 8 < 8 ? end - index * 8 : 8;
}

/* Fills the words from the one on that has byte `from`. */
static void fill_from(const struct block *block, size_t from)
{
    for (size_t index = from / 8; index * 8 < block->size; index++) {
        const uint64_t word = word_of(block, index);
        memcpy(block->at + index * 8, &word, word_bytes(index, block->size));
    }
}

static void verify(const struct block *block, size_t bytes)
{
    for (size_t index = 0; index * 8 < bytes; index++) {
        const uint64_t word = word_of(block, index);
        if (memcmp(block->at + index * 8, &word, word_bytes(index, bytes)) != 0) {
            fprintf(stderr, "# word %zu of %zu bytes at %p is not as it was\n", index, block->size,
                    (void *)block->at);
            abort();
        }
    }
    CHECK(th_usable_size(block->at) >= block->size);
    CHECK((uintptr_t)block->at % block->alignment == 0);
}

static bool is_zero(const unsigned char *at, size_t bytes)
{
    return bytes == 0 || (at[0] == 0 && memcmp(at, at + 1, bytes - 1) == 0);
}

/* ---- Calls ---- */

static void count(enum call call)
{
    atomic_fetch_add_explicit(&done[call], 1, memory_order_relaxed);
}

/* Mostly small, sometimes at a pool's end, seldom larger than all pools. */
static size_t any_size(uint64_t *random)
{
    const uint64_t kind = random_next(random) % 1000, more = random_next(random);
    return kind < 900   ? more % 300
           : kind < 990 ? more % 5000
           : kind < 999 ? more % 70000
                        : more % 300000;
}

static size_t any_alignment(uint64_t *random)
{
    return (size_t)1 << random_next(random) % (random_next(random) % 16 == 0 ? 15 : 8);
}

static void fresh(struct worker *worker, struct block *block)
{
    const enum call call = (enum call)(random_next(&worker->random) % 4);
    const size_t size = any_size(&worker->random);
    block->size = size;
    block->alignment = call >= ALIGNED ? any_alignment(&worker->random) : 1;
    block->key = random_next(&worker->random);
    errno = 0;
    block->at = call == ALLOC    ? th_alloc(size)
                : call == CALLOC ? th_calloc(size % 8 == 0 ? 8 : 1, size % 8 == 0 ? size / 8 : size)
                : call == ALIGNED ? th_aligned_alloc(block->alignment, size)
                                  : th_aligned_calloc(block->alignment, 1, size);
    count(call);
    if (block->at == NULL) {
        CHECK(errno == ENOMEM);
        atomic_fetch_add(&refused, 1);
        return;
    }
    CHECK(call == ALLOC || call == ALIGNED || is_zero(block->at, size));
    fill_from(block, 0);
}

static void resize(struct worker *worker, struct block *block)
{
    const bool aligned = random_next(&worker->random) % 2 == 0;
    const size_t size = any_size(&worker->random),
                 alignment = aligned ? any_alignment(&worker->random) : 1;
    verify(block, block->size);
    unsigned char *const at =
        aligned ? th_aligned_realloc(block->at, alignment, size) : th_realloc(block->at, size);
    count(aligned ? ALIGNED_REALLOC : REALLOC);
    if (at == NULL) {
        atomic_fetch_add(&refused, 1);
        verify(block, block->size);
        return;
    }
    const size_t kept = size < block->size ? size : block->size;
    block->at = at;
    block->size = size;
    block->alignment = alignment;
    verify(block, kept);
    fill_from(block, kept);
}

static void drop(struct worker *worker, struct block *block)
{
    verify(block, block->size);
    /* What is freed must not be believed any more. */
    memset(block->at, 0xdd, block->size);
    if (random_next(&worker->random) % 2 == 0) {
        th_free(block->at);
        count(FREE);
    } else {
        th_free_sized(block->at, block->size);
        count(FREE_SIZED);
    }
    block->at = NULL;
}

/* Leaves a block to any thread, and frees what lay there. */
static void pass_on(struct worker *worker, struct block *block)
{
    struct block *const copy = malloc(sizeof *copy);
    *copy = *block;
    block->at = NULL;
    struct block *const other =
        atomic_exchange(&exchange[random_next(&worker->random) % EXCHANGE], copy);
    if (other != NULL) {
        drop(worker, other);
        free(other);
    }
    count(PASS);
}

/* In a child nothing else is called that may wait: the sanitizers' own malloc has locks, which a
   thread that did not come along may have held. */
static bool is_child;

static void use_block(struct worker *worker)
{
    struct block *const block = &worker->own[random_next(&worker->random) % OWN];
    const uint64_t kind = random_next(&worker->random) % 10;
    if (block->at == NULL) {
        fresh(worker, block);
    } else if (kind < 6) {
        drop(worker, block);
    } else if (kind < 8 || is_child) {
        resize(worker, block);
    } else {
        pass_on(worker, block);
    }
}

static void fork_now(struct worker *worker);

/* What has no block: seldom. */
static void use_others(struct worker *worker, bool forks)
{
    const uint64_t kind = random_next(&worker->random) % 1000;
    if (kind < 900) {
        (void)th_idle();
        count(IDLE);
    } else if (kind < 940) {
        th_stats_t stats;
        th_stats(&stats);
        count(STATS);
    } else if (kind < 970) {
        th_thread_flush();
        count(FLUSH);
    } else if (kind < 990) {
        (void)th_trim();
        count(TRIM);
    } else if (forks) {
        fork_now(worker);
    }
}

/* A child of fork cannot count on ASan's malloc, which may have been locked by another thread. */
enum { WATCHED = TH_WATCH };

static void make_calls(struct worker *worker, unsigned long calls, bool forks)
{
    for (; calls > 0 && !atomic_load_explicit(&resting, memory_order_relaxed); calls--) {
        if (calls % 64 == 0) {
            use_others(worker, forks);
        }
        use_block(worker);
    }
}

/* The child has this thread alone: what it holds is as it was, and all calls work. */
static void fork_now(struct worker *worker)
{
    const pid_t child = fork();
    if (child == 0) {
        alarm(120);
        is_child = true;
        atomic_store(&resting, false);
        make_calls(worker, 2000, false);
        (void)th_trim();
        make_calls(worker, 2000, false);
        for (size_t i = 0; i < OWN; i++) {
            if (worker->own[i].at != NULL) {
                drop(worker, &worker->own[i]);
            }
        }
        _exit(0);
    }
    int status;
    CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0);
    count(FORK);
}

/* ---- At rest ---- */

/* Blocks of pools that the model knows. */
static size_t known_live(void)
{
    size_t live = 0;
    for (size_t i = 0; i < MOST_THREADS; i++) {
        for (size_t at = 0; at < OWN; at++) {
            live += workers[i].own[at].at != NULL && th_owns(workers[i].own[at].at);
        }
    }
    for (size_t i = 0; i < EXCHANGE; i++) {
        const struct block *const block = atomic_load(&exchange[i]);
        live += block != NULL && th_owns(block->at);
    }
    return live;
}

static void check_at_rest(void)
{
    th_stats_t stats;
    size_t live = 0;
    CHECK(th_check());
    th_stats(&stats);
    for (size_t pool = 0; pool < TH_POOLS; pool++) {
        live += stats.pools[pool].live;
    }
    CHECK(live == known_live());
    atomic_fetch_add(&rests, 1);
}

static void free_all(void)
{
    for (size_t i = 0; i < MOST_THREADS; i++) {
        for (size_t at = 0; at < OWN; at++) {
            if (workers[i].own[at].at != NULL) {
                drop(&workers[i], &workers[i].own[at]);
            }
        }
    }
    for (size_t i = 0; i < EXCHANGE; i++) {
        struct block *const block = atomic_exchange(&exchange[i], NULL);
        if (block != NULL) {
            drop(&workers[0], block);
            free(block);
        }
    }
}

/* ---- Threads ---- */

static pthread_barrier_t barrier;
static unsigned active; /* workers that are at work until the next rest */

static void *live(void *argument)
{
    struct worker *const worker = argument;
    make_calls(worker, random_next(&worker->random) % LIFE + 1, !TSAN && !WATCHED);
    atomic_fetch_add(&lives, 1);
    return NULL;
}

/* Has one life of a worker follow another; calls nothing of the allocator itself. */
static void *keep(void *argument)
{
    struct worker *const worker = argument;
    for (;;) {
        pthread_barrier_wait(&barrier);
        if (atomic_load(&over)) {
            return NULL;
        }
        while (worker->number < active && !atomic_load(&resting)) {
            CHECK(pthread_create(&worker->thread, NULL, live, worker) == 0);
            CHECK(pthread_join(worker->thread, NULL) == 0);
        }
        pthread_barrier_wait(&barrier);
    }
}

static void work_with_threads(time_t end, unsigned most, uint64_t *random)
{
    pthread_t keepers[MOST_THREADS];
    pthread_barrier_init(&barrier, NULL, most + 1);
    for (unsigned i = 0; i < most; i++) {
        CHECK(pthread_create(&keepers[i], NULL, keep, &workers[i]) == 0);
    }
    do {
        active = (unsigned)(random_next(random) % most) + 1;
        atomic_store(&resting, false);
        pthread_barrier_wait(&barrier);
        nanosleep(&(struct timespec){REST, 0}, NULL);
        atomic_store(&resting, true);
        pthread_barrier_wait(&barrier);
        check_at_rest();
    } while (time(NULL) < end);
    atomic_store(&over, true);
    pthread_barrier_wait(&barrier);
    for (unsigned i = 0; i < most; i++) {
        CHECK(pthread_join(keepers[i], NULL) == 0);
    }
}

static void work_alone(time_t end)
{
    do {
        make_calls(&workers[0], LIFE, true);
        check_at_rest();
    } while (time(NULL) < end);
}

static void report(time_t seconds, unsigned threads, uint64_t seed)
{
    printf("# %s: %ld s, up to %u threads, seed %llu: %lu threads' lives, %lu checks at rest, %lu "
           "requests refused;\n#",
           TEXT(FORM), (long)seconds, threads, (unsigned long long)seed, atomic_load(&lives),
           atomic_load(&rests), atomic_load(&refused));
    for (size_t i = 0; i < CALLS; i++) {
        printf(" %s %lu%s", names[i], atomic_load(&done[i]), i + 1 < CALLS ? "," : "\n");
    }
}

int main(int argc, char **argv)
{
    const time_t seconds = argc > 1 ? atol(argv[1]) : 2;
    const unsigned threads = argc > 2 ? (unsigned)atoi(argv[2]) : MOST_THREADS;
    const time_t start = time(NULL);
    const uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 0) : (uint64_t)start;
    uint64_t random = seed * 2 + 1;
    CHECK(threads <= MOST_THREADS);
    atomic_store(&fake.tick, 5); /* so that looks are frequent */
    for (unsigned i = 0; i < MOST_THREADS; i++) {
        workers[i].number = i;
        workers[i].random = random_next(&random) | 1;
    }
    if (threads == 0) {
        work_alone(start + seconds);
    } else {
        work_with_threads(start + seconds, threads, &random);
    }
    free_all();
    (void)th_trim();
    check_at_rest();
    report(time(NULL) - start, threads, seed);
    printf("ok 1 - every byte is as it should be, %s\n1..1\n", TEXT(FORM));
    return 0;
}
