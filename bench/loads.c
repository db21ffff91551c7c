/* The loads. Compiled once per way of calling and pass (calls.h); loads.h has their list. */
#include "loads.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"

enum operations {
#define LOAD_OPERATIONS(identifier, name, operations, threads, flags)                              \
    OPERATIONS_##identifier = (operations),
    LOADS(LOAD_OPERATIONS)
#undef LOAD_OPERATIONS
};

enum {
    PAGE = 4096,
    MIB = 1 << 20,
    LIVE_BLOCKS = 512,
    HELD_BLOCKS = 1000,
    SHARED_SLOTS = 4096,
    MAX_THREADS = 64,
    THREAD_STACK = 256 << 10,
    CHURN_PAIRS = 8,
    EXITING_THREADS = 200
};

/* ---- starting and finishing together */

typedef void thread_body(struct run *run, unsigned index);

struct thread {
    pthread_t id;
    struct run *run;
    thread_body *body;
    unsigned index;
};

static pthread_barrier_t line;

/* What a body does before start_line and after finish_line is not timed. */
static void start_line(struct run *run)
{
    if (run->threads == 1) {
        run_begin(run);
        return;
    }
    pthread_barrier_wait(&line); /* everyone is ready */
    pthread_barrier_wait(&line); /* the clock runs */
}

static void finish_line(struct run *run)
{
    if (run->threads == 1)
        run_end(run);
    else
        pthread_barrier_wait(&line);
}

static void *enter_thread(void *argument)
{
    struct thread *thread = argument;
    thread->body(thread->run, thread->index);
    return NULL;
}

static void start_thread(struct thread *thread)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, THREAD_STACK);
    if (pthread_create(&thread->id, &attributes, enter_thread, thread) != 0)
        abort();
    pthread_attr_destroy(&attributes);
}

/* One thread runs in the main thread, so that a process that never starts a second one is what
 * is measured: some allocators take fewer locks there. */
static void run_together(struct run *run, thread_body *body)
{
    struct thread threads[MAX_THREADS];
    if (run->threads == 1) {
        body(run, 0);
        return;
    }
    pthread_barrier_init(&line, NULL, run->threads + 1);
    for (unsigned i = 0; i < run->threads; i++) {
        threads[i] = (struct thread){.run = run, .body = body, .index = i};
        start_thread(&threads[i]);
    }
    pthread_barrier_wait(&line);
    run_begin(run);
    pthread_barrier_wait(&line);
    pthread_barrier_wait(&line);
    run_end(run);
    for (unsigned i = 0; i < run->threads; i++)
        pthread_join(threads[i].id, NULL);
    pthread_barrier_destroy(&line);
}

/* ---- uses of a block */

static void touch(unsigned char *block)
{
    block[0] = 1;
}

static void touch_ends(unsigned char *block, size_t size)
{
    block[0] = 1;
    block[size - 1] = 1;
}

static void touch_pages(unsigned char *block, size_t size)
{
    for (size_t offset = 0; offset < size; offset += PAGE)
        block[offset] = 1;
}

static void fill(unsigned char *block, uint64_t value, size_t size)
{
    memset(block, (int)(value % 256), size);
}

/* ---- one live block */

static const uint16_t coverage_sizes[] = {8, 64, 256, 512, 1024, 2048, 4096, 8192};
static const uint16_t tiny_sizes[] = {8, 16, 32, 64, 128, 256};

static size_t mixed_size(uint64_t i)
{
    if (i % 10 < 7)
        return 32 + i % 224;
    if (i % 10 < 9)
        return 512 + i % 3584;
    return 8192 + i % 57344;
}

#define PAIR_LOAD(identifier, size_of_i, use)                                                      \
    static void identifier(struct run *run)                                                        \
    {                                                                                              \
        start_line(run);                                                                           \
        for (uint64_t round = 0; round < run->rounds; round++) {                                   \
            BEGIN_ROUND();                                                                         \
            for (uint64_t i = 0; i < OPERATIONS_##identifier; i++) {                               \
                const size_t size = (size_of_i);                                                   \
                unsigned char *block = ALLOC(size);                                                \
                use;                                                                               \
                FREE_SIZED(block, size);                                                           \
            }                                                                                      \
        }                                                                                          \
        finish_line(run);                                                                          \
    }

PAIR_LOAD(tokio_equivalent, 1024 + i % 4096, fill(block, 0, size))
PAIR_LOAD(coverage, coverage_sizes[i], fill(block, 0xAA, size))
PAIR_LOAD(fixed_64, 64, touch(block))
PAIR_LOAD(fixed_512, 512, touch_ends(block, size))
PAIR_LOAD(fixed_1024, 1024, touch_ends(block, size))
PAIR_LOAD(fixed_2048, 2048, touch_ends(block, size))
PAIR_LOAD(fixed_4096, 4096, touch_ends(block, size))
PAIR_LOAD(fixed_8192, 8192, touch_ends(block, size))
PAIR_LOAD(range_small, 8 + i % (256 - 8), fill(block, i, size))
PAIR_LOAD(range_medium, 256 + i % (1024 - 256), fill(block, i, size))
PAIR_LOAD(range_large, 1024 + i % (8192 - 1024), fill(block, i, size))
PAIR_LOAD(high_frequency, tiny_sizes[i % 6], fill(block, i, size))
PAIR_LOAD(mixed, mixed_size(i), *(uint32_t *)(void *)block = (uint32_t)i)
PAIR_LOAD(pair_const_64, 64, (void)0)
PAIR_LOAD(pair_const_8192, 8192, (void)0)
PAIR_LOAD(pair_random, steps[i].uniform, touch(block))
PAIR_LOAD(large, (i + 1) * MIB, touch_pages(block, size))

static void reuse(struct run *run)
{
    void *held[HELD_BLOCKS];
    for (unsigned i = 0; i < HELD_BLOCKS; i++)
        held[i] = ALLOC(64);
    for (unsigned i = 0; i < HELD_BLOCKS; i += 2)
        FREE(held[i]);
    start_line(run);
    for (uint64_t round = 0; round < run->rounds; round++) {
        BEGIN_ROUND();
        for (uint64_t i = 0; i < OPERATIONS_reuse; i++) {
            unsigned char *block = ALLOC(64);
            touch(block);
            FREE_SIZED(block, 64);
        }
    }
    finish_line(run);
    for (unsigned i = 1; i < HELD_BLOCKS; i += 2)
        FREE(held[i]);
}

/* ---- many live blocks */

static void replace_blocks(void **live, uint64_t first_step, uint64_t count)
{
    for (uint64_t i = first_step; i < first_step + count; i++) {
        const struct step *step = &steps[i % STEP_COUNT];
        void **slot = &live[step->slot % LIVE_BLOCKS];
        FREE(*slot);
        *slot = ALLOC(step->size);
        touch(*slot);
    }
}

static void fill_slots(void **live, uint64_t first_step)
{
    for (unsigned i = 0; i < LIVE_BLOCKS; i++) {
        live[i] = ALLOC(steps[(first_step + i) % STEP_COUNT].size);
        touch(live[i]);
    }
}

static void empty_slots(void **live)
{
    for (unsigned i = 0; i < LIVE_BLOCKS; i++)
        FREE(live[i]);
}

/* Threads walk the same steps, each from its own place. */
static uint64_t first_step_of(unsigned index)
{
    return (uint64_t)index * (STEP_COUNT / MAX_THREADS);
}

static void steady_body(struct run *run, unsigned index)
{
    void *live[LIVE_BLOCKS];
    const uint64_t share = OPERATIONS_steady / run->threads;
    uint64_t step = first_step_of(index);
    fill_slots(live, step);
    start_line(run);
    for (uint64_t round = 0; round < run->rounds; round++, step += share) {
        BEGIN_ROUND();
        replace_blocks(live, step, share);
    }
    finish_line(run);
    empty_slots(live);
}

static void steady(struct run *run)
{
    run_together(run, steady_body);
}

static void oversubscribed(struct run *run)
{
    run_together(run, steady_body);
}

enum { BATCH_BLOCKS = 1000, BATCH_SIZE = 64 };

/* order[i] is the block that is freed as the i-th. */
static void free_in_order(struct run *run, const uint16_t *order)
{
    void *live[BATCH_BLOCKS];
    start_line(run);
    for (uint64_t round = 0; round < run->rounds; round++) {
        BEGIN_ROUND();
        for (unsigned i = 0; i < BATCH_BLOCKS; i++) {
            live[i] = ALLOC(BATCH_SIZE);
            touch(live[i]);
        }
        for (unsigned i = 0; i < BATCH_BLOCKS; i++)
            FREE(live[order[i]]);
    }
    finish_line(run);
}

static void batch_fifo(struct run *run)
{
    uint16_t order[BATCH_BLOCKS];
    for (unsigned i = 0; i < BATCH_BLOCKS; i++)
        order[i] = (uint16_t)i;
    free_in_order(run, order);
}

static void batch_lifo(struct run *run)
{
    uint16_t order[BATCH_BLOCKS];
    for (unsigned i = 0; i < BATCH_BLOCKS; i++)
        order[i] = (uint16_t)(BATCH_BLOCKS - 1 - i);
    free_in_order(run, order);
}

static void batch_random(struct run *run)
{
    uint16_t order[BATCH_BLOCKS];
    for (unsigned i = 0; i < BATCH_BLOCKS; i++) {
        const unsigned other = steps[i].slot % (i + 1);
        order[i] = order[other];
        order[other] = (uint16_t)i;
    }
    free_in_order(run, order);
}

/* ---- blocks that cross threads */

enum { RING_SLOTS = 1024, RING_CHUNK = 16, SPINS_BEFORE_YIELD = 64 };

/* Single producer, single consumer. A chunk is published at a time, so that the ring costs little
 * beside what it carries. */
struct ring {
    _Alignas(64) atomic_uint_fast64_t produced;
    _Alignas(64) atomic_uint_fast64_t consumed;
    _Alignas(64) void *slots[RING_SLOTS];
};

static struct ring rings[MAX_THREADS / 2];

/* Waits until `counter` has reached `target`; yields, since the other side may want this core. */
static void await(atomic_uint_fast64_t *counter, uint64_t target)
{
    for (unsigned spins = 0; atomic_load_explicit(counter, memory_order_acquire) < target; spins++)
        if (spins >= SPINS_BEFORE_YIELD)
            sched_yield();
}

static void produce_chunk(struct ring *ring, uint64_t produced)
{
    if (produced + RING_CHUNK > RING_SLOTS)
        await(&ring->consumed, produced + RING_CHUNK - RING_SLOTS);
    for (uint64_t i = produced; i < produced + RING_CHUNK; i++) {
        void *block = ALLOC(steps[i % STEP_COUNT].size);
        touch(block);
        ring->slots[i % RING_SLOTS] = block;
    }
    atomic_store_explicit(&ring->produced, produced + RING_CHUNK, memory_order_release);
}

static void consume_chunk(struct ring *ring, uint64_t consumed)
{
    await(&ring->produced, consumed + RING_CHUNK);
    for (uint64_t i = consumed; i < consumed + RING_CHUNK; i++)
        FREE(ring->slots[i % RING_SLOTS]);
    atomic_store_explicit(&ring->consumed, consumed + RING_CHUNK, memory_order_release);
}

/* Even threads produce, odd ones consume; a thread alone does both in turn, half a ring apart. */
static void producer_consumer_body(struct run *run, unsigned index)
{
    struct ring *ring = &rings[index / 2];
    const unsigned pairs = run->threads == 1 ? 1 : run->threads / 2;
    const uint64_t total = run->rounds * (OPERATIONS_producer_consumer / pairs);
    start_line(run);
    if (run->threads > 1) {
        for (uint64_t i = 0; i < total; i += RING_CHUNK)
            (index % 2 == 0 ? produce_chunk : consume_chunk)(ring, i);
    } else {
        for (uint64_t half = 0; half < total; half += RING_SLOTS / 2) {
            for (uint64_t i = half; i < half + RING_SLOTS / 2; i += RING_CHUNK)
                produce_chunk(ring, i);
            for (uint64_t i = half; i < half + RING_SLOTS / 2; i += RING_CHUNK)
                consume_chunk(ring, i);
        }
    }
    finish_line(run);
}

static void producer_consumer(struct run *run)
{
    memset(rings, 0, sizeof rings);
    run_together(run, producer_consumer_body);
}

/* Batches of small blocks, two on their way at most: one thread fills them, the other frees them.
 */
enum { CROSSING_BLOCKS = 4096, CROSSING_BATCHES = 2, CROSSING_SIZE = 64 };

static struct crossing {
    _Alignas(64) atomic_uint_fast64_t produced;
    _Alignas(64) atomic_uint_fast64_t consumed;
    void *blocks[CROSSING_BATCHES][CROSSING_BLOCKS];
} crossing;

static void send_batch(uint64_t batch)
{
    void **blocks = crossing.blocks[batch % CROSSING_BATCHES];
    if (batch >= CROSSING_BATCHES)
        await(&crossing.consumed, batch - CROSSING_BATCHES + 1);
    for (unsigned i = 0; i < CROSSING_BLOCKS; i++) {
        blocks[i] = ALLOC(CROSSING_SIZE);
        touch(blocks[i]);
    }
    atomic_store_explicit(&crossing.produced, batch + 1, memory_order_release);
}

static void receive_batch(uint64_t batch)
{
    void **blocks = crossing.blocks[batch % CROSSING_BATCHES];
    await(&crossing.produced, batch + 1);
    for (unsigned i = 0; i < CROSSING_BLOCKS; i++)
        FREE(blocks[i]);
    atomic_store_explicit(&crossing.consumed, batch + 1, memory_order_release);
}

static void cross_batch_body(struct run *run, unsigned index)
{
    const uint64_t batches = run->rounds * (OPERATIONS_cross_batch / CROSSING_BLOCKS);
    start_line(run);
    for (uint64_t i = 0; i < batches; i++)
        (index == 0 ? send_batch : receive_batch)(i);
    finish_line(run);
}

static void cross_batch(struct run *run)
{
    atomic_store(&crossing.produced, 0);
    atomic_store(&crossing.consumed, 0);
    run_together(run, cross_batch_body);
}

static _Atomic(void *) shared_slots[SHARED_SLOTS];

static void larson_body(struct run *run, unsigned index)
{
    const uint64_t share = OPERATIONS_larson_like / run->threads;
    const uint64_t first = first_step_of(index);
    start_line(run);
    for (uint64_t i = first; i < first + run->rounds * share; i++) {
        const struct step *step = &steps[i % STEP_COUNT];
        void *block = ALLOC(step->size);
        touch(block);
        void *old = atomic_exchange_explicit(&shared_slots[step->slot % SHARED_SLOTS], block,
                                             memory_order_acq_rel);
        FREE(old);
    }
    finish_line(run);
}

static void larson_like(struct run *run)
{
    for (unsigned i = 0; i < SHARED_SLOTS; i++)
        shared_slots[i] = ALLOC(steps[i].size);
    run_together(run, larson_body);
    for (unsigned i = 0; i < SHARED_SLOTS; i++)
        FREE(shared_slots[i]);
}

/* ---- threads that come and go */

static void churn_body(struct run *run, unsigned index)
{
    void *live[CHURN_PAIRS];
    (void)run;
    for (unsigned i = 0; i < CHURN_PAIRS; i++) {
        live[i] = ALLOC(steps[(index + i) % STEP_COUNT].size);
        touch(live[i]);
    }
    for (unsigned i = 0; i < CHURN_PAIRS; i++)
        FREE(live[i]);
}

static void thread_churn(struct run *run)
{
    run_begin(run);
    for (uint64_t round = 0; round < run->rounds; round++) {
        for (unsigned i = 0; i < OPERATIONS_thread_churn; i++) {
            struct thread thread = {.run = run, .body = churn_body, .index = i};
            start_thread(&thread);
            pthread_join(thread.id, NULL);
        }
    }
    run_end(run);
}

static void exiting_body(struct run *run, unsigned index)
{
    void *live[LIVE_BLOCKS];
    const uint64_t first = first_step_of(index);
    (void)run;
    fill_slots(live, first);
    replace_blocks(live, first, OPERATIONS_after_exit / EXITING_THREADS);
    empty_slots(live);
}

/* 200 threads, `threads` of them alive at a time; what stays resident after them is the figure. */
static void after_exit(struct run *run)
{
    struct thread wave[MAX_THREADS];
    run_begin(run);
    for (uint64_t round = 0; round < run->rounds; round++) {
        for (unsigned started = 0; started < EXITING_THREADS; started += run->threads) {
            for (unsigned i = 0; i < run->threads; i++) {
                wave[i] = (struct thread){.run = run, .body = exiting_body, .index = started + i};
                start_thread(&wave[i]);
            }
            for (unsigned i = 0; i < run->threads; i++)
                pthread_join(wave[i].id, NULL);
        }
    }
    run_end(run);
}

#if defined PASS_measured
#define TABLE_OF_PASS measured_loads
#elif defined PASS_recorded
#define TABLE_OF_PASS recorded_loads
#else
#define TABLE_OF_PASS replayed_loads
#endif

load_function *const TABLE_OF_PASS[LOAD_COUNT] = {
#define LOAD_FUNCTION(identifier, name, operations, threads, flags) identifier,
    LOADS(LOAD_FUNCTION)
#undef LOAD_FUNCTION
};
