/* Much memory filled and freed in random order, at once or gradually: what a call may take, what
 * all of them take, what stays resident. Compiled once per way of calling. */
#define PASS_measured
#include <string.h>

#include "calls.h"
#include "scenario.h"
#include "traffic.h"

static const size_t MIB = 1 << 20, GIB = 1 << 30;

static const uint16_t small_size[] = {64, 0};
static const uint16_t mixed_sizes[] = {64, 200, 500, 1000, 4096, 0};

/* ---- filling and freeing */

enum { FILLED_TOGETHER = 64 };

struct heap {
    void **blocks;
    size_t count;
    const uint16_t *sizes, *next; /* taken in turn, to the 0 */
};

static size_t sum_sizes(const uint16_t *sizes, size_t *count)
{
    size_t sum = 0;
    for (*count = 0; sizes[*count]; (*count)++)
        sum += sizes[*count];
    return sum;
}

static struct heap plan_heap(size_t bytes, const uint16_t *sizes)
{
    size_t kinds;
    const size_t sum = sum_sizes(sizes, &kinds);
    struct heap heap = {.sizes = sizes, .next = sizes};
    heap.count = scenario_amount(bytes / sum * kinds);
    heap.blocks = scenario_memory(heap.count * sizeof *heap.blocks);
    return heap;
}

static size_t next_size(struct heap *heap)
{
    const size_t size = *heap->next++;
    if (*heap->next == 0)
        heap->next = heap->sizes;
    return size;
}

static void fill_heap(struct heap *heap)
{
    for (size_t i = 0; i < heap->count; i++) {
        const size_t size = next_size(heap);
        heap->blocks[i] = memset(ALLOC(size), 1, size);
    }
}

/* Timed are the calls alone: a few blocks are allocated, then filled, which meets the system's page
 * faults. */
static void fill_heap_timed(struct heap *heap, struct timed_calls *calls)
{
    size_t sizes[FILLED_TOGETHER];
    for (size_t i = 0; i < heap->count; i += FILLED_TOGETHER) {
        const size_t left = heap->count - i;
        const size_t count = left < FILLED_TOGETHER ? left : FILLED_TOGETHER;
        for (size_t j = 0; j < count; j++)
            sizes[j] = next_size(heap);
        uint64_t start = thread_clock();
        for (size_t j = 0; j < count; j++) {
            heap->blocks[i + j] = ALLOC(sizes[j]);
            start = timed_calls_add(calls, start);
        }
        for (size_t j = 0; j < count; j++)
            memset(heap->blocks[i + j], 1, sizes[j]);
    }
}

static void shuffle_heap(const struct heap *heap)
{
    uint64_t state = 2;
    steps_shuffle(heap->blocks, heap->count, &state);
}

static void free_blocks(void **blocks, size_t count)
{
    for (size_t i = 0; i < count; i++)
        FREE(blocks[i]);
}

static void free_blocks_timed(void **blocks, size_t count, struct timed_calls *calls)
{
    uint64_t start = thread_clock();
    for (size_t i = 0; i < count; i++) {
        FREE(blocks[i]);
        start = timed_calls_add(calls, start);
    }
}

/* ---- at once */

void scenario_burst(void)
{
    struct heap heap = plan_heap(512 * MIB, small_size);
    double start = scenario_cpu_seconds();
    fill_heap(&heap);
    double cpu = scenario_cpu_seconds() - start;
    scenario_print("peak", scenario_resident());
    shuffle_heap(&heap);
    start = scenario_cpu_seconds();
    free_blocks(heap.blocks, heap.count);
    cpu += scenario_cpu_seconds() - start;
    scenario_print("cpu", cpu / (double)heap.count * 1e9);
    scenario_print("end", scenario_resident());
    traffic_breathe(scenario_duration(5));
    scenario_print("later", scenario_resident());
}

static void time_every_call(size_t bytes, const uint16_t *sizes)
{
    struct heap heap = plan_heap(bytes, sizes);
    struct timed_calls *growth = scenario_memory(3 * sizeof *growth);
    struct timed_calls *frees = growth + 1, *traffic = growth + 2;
    scenario_calibrate();
    fill_heap_timed(&heap, growth);
    shuffle_heap(&heap);
    free_blocks_timed(heap.blocks, heap.count, frees);
    traffic_replace(scenario_duration(2), traffic);
    scenario_print("growth_longest", timed_calls_longest(growth));
    scenario_print("growth_tail", timed_calls_quantile(growth, 0.9999));
    scenario_print("free_longest", timed_calls_longest(frees));
    scenario_print("free_tail", timed_calls_quantile(frees, 0.9999));
    scenario_print("traffic_longest", timed_calls_longest(traffic));
    scenario_print("traffic_tail", timed_calls_quantile(traffic, 0.9999));
}

void scenario_longest_call(void)
{
    time_every_call(512 * MIB, small_size);
}

void scenario_longest_mixed(void)
{
    time_every_call(512 * MIB, mixed_sizes);
}

void scenario_longest_call_big(void)
{
    time_every_call(4 * GIB, small_size);
}

void scenario_longest_mixed_big(void)
{
    time_every_call(4 * GIB, mixed_sizes);
}

/* ---- gradually */

enum { PORTION_BLOCKS = 16384 };

typedef void free_portion(void **blocks, size_t count, void *figures);

/* Portions of a heap in random order, evenly over the time. */
static void free_gradually(const struct heap *heap, double seconds, free_portion *portion,
                           void *figures)
{
    const double start = scenario_clock();
    for (size_t done = 0; done < heap->count; done += PORTION_BLOCKS) {
        const size_t left = heap->count - done;
        scenario_sleep_until(start + seconds * (double)done / (double)heap->count);
        portion(heap->blocks + done, left < PORTION_BLOCKS ? left : PORTION_BLOCKS, figures);
    }
}

struct portions {
    uint64_t sum, longest; /* ns of the thread's processor time */
};

static void time_portion(void **blocks, size_t count, void *figures)
{
    struct portions *portions = figures;
    const uint64_t start = thread_clock();
    free_blocks(blocks, count);
    const uint64_t spent = thread_clock() - start;
    portions->sum += spent;
    if (spent > portions->longest)
        portions->longest = spent;
}

void scenario_gradual_free(void)
{
    struct heap heap = plan_heap(GIB, small_size);
    struct portions portions = {0, 0};
    fill_heap(&heap);
    shuffle_heap(&heap);
    free_gradually(&heap, scenario_duration(10), time_portion, &portions);
    scenario_print("cpu", (double)portions.sum * 1e-9);
    scenario_print("longest", (double)portions.longest * 1e-3);
    scenario_print("end", scenario_resident());
    traffic_breathe(scenario_duration(3));
    scenario_print("later", scenario_resident());
}

static void time_calls_of_portion(void **blocks, size_t count, void *figures)
{
    free_blocks_timed(blocks, count, figures);
}

void scenario_gradual_calls(void)
{
    struct heap heap = plan_heap(GIB, small_size);
    struct timed_calls *calls = scenario_memory(sizeof *calls);
    scenario_calibrate();
    fill_heap(&heap);
    shuffle_heap(&heap);
    free_gradually(&heap, scenario_duration(10), time_calls_of_portion, calls);
    scenario_print("longest", timed_calls_longest(calls));
    scenario_print("tail", timed_calls_quantile(calls, 0.9999));
}
