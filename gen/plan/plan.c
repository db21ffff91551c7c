#include "plan/plan.h"

#include "version.h"
#include <string.h>

enum {
    KIB = 1 << 10,
    PAGE = 4096,               /* alignments promised on the fast path end here */
    SYSTEM_GRANULE = 64 * KIB, /* largest page size in use: what lies in one is one pool's */
    STRIDE_SPAN = 64 << 20,    /* most bytes of address space that strides may take */
    STRIDE_EXCESS = 4,         /* and most times the blocks' own bytes */
    MOST_COMPARE_POOLS = 8,    /* compares that still beat a table */
    SEGMENT_BYTES = 1 << 20,   /* of growth, at least */
    SEGMENT_BLOCKS = 4,        /* blocks of the largest pool in a segment, at least */
    MOST_SEGMENTS = 1 << 22,   /* rows of the segment map */
    BATCH_BYTES = 32 * KIB,    /* what a batch should weigh */
    BATCH_BLOCKS = 256,        /* and at most hold */
    CACHED_BATCHES = 3,        /* active list, spare batch and carve window */
    BATCH_DESCRIPTOR = 16,     /* sizeof, 64-bit pointers; so are the next ones */
    SHAPE_STATE = 40,          /* of a pool: its row of numbers, */
    SHARED_POOL_STATE = 128,   /* what threads share of it, */
    SINGLE_POOL_STATE = 32,    /* or all that one thread has of it, */
    CACHED_POOL_STATE = 72,    /* its part of the static caches, */
    COUNTED_POOL_STATE = 16,   /* and its counters */
    KEPT_MAPPINGS = 384,       /* of the allocator: freed mappings that are kept, */
    SINGLE_STATE = 16,         /* and its few words */
    SHARED_STATE = 160,
    GROWTH_START = 4096, /* bytes before the descriptors of growth */
};

/* Modelled nanoseconds per lookup. */
static const double stride_cost = 0.3, granule_cost = 0.7, compare_base = 0.3, compare_cost = 0.15;

static unsigned log2_ceil(uint64_t value)
{
    return value <= 1 ? 0 : 64U - (unsigned)__builtin_clzll(value - 1);
}

static uint64_t round_up(uint64_t value, uint64_t multiple)
{
    return (value + multiple - 1) / multiple * multiple;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* ---- What the table asks for ---- */

static void plan_features(struct plan *plan)
{
    const struct table *const table = plan->table;
    plan->shared = table->threads == THREADS_SHARED;
    plan->maps = table->oversize == OVERSIZE_OS;
    plan->upstream = table->oversize == OVERSIZE_UPSTREAM;
    for (size_t i = 0; i < plan->pool_count; i++) {
        plan->grows |= plan->pools[i].exhausted == EXHAUSTED_GROW;
        plan->upstream |= plan->pools[i].exhausted == EXHAUSTED_UPSTREAM;
        plan->mixed_exhausted |= plan->pools[i].exhausted != plan->pools[0].exhausted;
    }
    plan->system = plan->shared || plan->grows || plan->maps;
    plan->auto_release = plan->shared && table->release == RELEASE_AUTO;
}

static void plan_pools(struct arena *arena, struct plan *plan)
{
    const struct table *const table = plan->table;
    plan->pool_count = table->pool_count;
    plan->pools = arena_alloc(arena, plan->pool_count * sizeof *plan->pools);
    plan->natural = true;
    uint64_t below = 0;
    for (size_t i = 0; i < plan->pool_count; i++) {
        struct plan_pool *const pool = &plan->pools[i];
        pool->size = table->pools[i].size;
        pool->initial_count = table->pools[i].initial_count;
        pool->exhausted = table->pools[i].exhausted;
        pool->bytes = pool->size * pool->initial_count;
        pool->alignment = least(pool->size & -pool->size, PAGE);
        pool->least = below + 1;
        pool->worst_waste = pool->size - pool->least;
        pool->expected_waste = (double)pool->worst_waste / 2 / (double)pool->size;
        plan->pool_bytes += pool->bytes;
        plan->natural &= (pool->size & (pool->size - 1)) == 0 || pool->size % PAGE == 0;
        below = pool->size;
    }
    plan->largest = below;
}

/* ---- Batches ---- */

/* Blocks in a batch of a pool that may take `share` bytes of a thread's cache; 0 if the share holds
   not even single blocks. */
static uint64_t auto_batch(const struct plan_pool *pool, uint64_t share)
{
    const uint64_t quarter = most(1, pool->initial_count / 4);
    const uint64_t fitting = share / (CACHED_BATCHES * pool->size);
    return least(least(quarter, fitting), least(BATCH_BLOCKS, most(1, BATCH_BYTES / pool->size)));
}

/* Shares the thread cache out, the smallest blocks first: each pool may take an even part of what
   is left, and what it does not need goes to those after it. A pool whose part holds no batch goes
   without: its blocks come from the depot one by one. */
static void plan_batches(struct plan *plan, struct diag *diag)
{
    if (!plan->shared) {
        return;
    }
    uint64_t left = plan->table->thread_cache;
    for (size_t i = 0; i < plan->pool_count; i++) {
        struct plan_pool *const pool = &plan->pools[i];
        const uint64_t asked = plan->table->pools[i].batch;
        uint64_t batch = asked;
        if (asked == 0) {
            batch = auto_batch(pool, left / (plan->pool_count - i));
        } else if (asked == 1 && left < CACHED_BATCHES * pool->size) {
            batch = 0;
        }
        const uint64_t bytes = CACHED_BATCHES * batch * pool->size;
        if (bytes > left) {
            diag_append(diag, DIAG_ERROR, plan->table->pools[i].batch_at,
                        "pools[%zu].batch: a thread's cache holds up to three batches, and three "
                        "of %llu blocks of %llu bytes do not fit the thread_cache of %llu bytes",
                        i, (unsigned long long)batch, (unsigned long long)pool->size,
                        (unsigned long long)plan->table->thread_cache);
            pool->batch = batch; /* the passes that follow divide by it */
            continue;
        }
        left -= bytes;
        pool->batch = most(1, batch);
        pool->cached = CACHED_BATCHES * batch;
        plan->uncached += batch == 0;
    }
    plan->thread_cache_bytes = plan->table->thread_cache - left;
    plan->caches = plan->uncached < plan->pool_count;
}

/* ---- Growth ---- */

static void plan_growth(struct plan *plan, struct diag *diag)
{
    const struct table *const table = plan->table;
    if (!plan->grows) {
        return;
    }
    plan->segment_shift = log2_ceil(most(SEGMENT_BYTES, SEGMENT_BLOCKS * plan->largest));
    while (table->grow_limit >> plan->segment_shift > MOST_SEGMENTS) {
        plan->segment_shift++;
    }
    const uint64_t segment = UINT64_C(1) << plan->segment_shift;
    plan->segments = table->grow_limit >> plan->segment_shift;
    if (plan->segments == 0) {
        diag_append(diag, DIAG_ERROR, table->grow_limit_at,
                    "grow_limit: this table grows by segments of %llu bytes, so it must be at "
                    "least that",
                    (unsigned long long)segment);
    }
    uint64_t batches = 1, bits = 0;
    for (size_t i = 0; i < plan->pool_count; i++) {
        struct plan_pool *const pool = &plan->pools[i];
        pool->segment_blocks = segment / pool->size;
        batches = most(batches, plan->shared ? pool->segment_blocks / pool->batch : 0);
        bits = most(bits, round_up(pool->segment_blocks, 64));
    }
    /* A power of two, so that an index divides cheaply. */
    plan->segment_batches = UINT64_C(1) << log2_ceil(batches + segment / PAGE);
    plan->segment_meta_bytes = round_up(plan->segment_batches * BATCH_DESCRIPTOR + bits / 8, PAGE);
}

/* Descriptors and bits beside the static arenas. */
static void plan_static_meta(struct plan *plan)
{
    for (size_t i = 0; i < plan->pool_count; i++) {
        struct plan_pool *const pool = &plan->pools[i];
        pool->first_word = plan->static_words;
        plan->static_words += (pool->initial_count + 63) / 64;
        plan->static_batches += plan->shared ? pool->initial_count / pool->batch : 0;
        plan->static_batches += plan->system ? pool->bytes / PAGE : 0;
    }
    plan->static_batches = most(1, plan->static_batches);
}

/* Descriptors have 32-bit numbers: where growth could outrun them there is less of it, or, if it
   was asked for, none of the table. */
static void number_descriptors(struct plan *plan, struct diag *diag)
{
    if (!plan->grows) {
        return;
    }
    const uint64_t most_segments = (UINT32_MAX - plan->static_batches) / plan->segment_batches;
    const uint64_t most_bytes = most_segments << plan->segment_shift;
    if (plan->segments > most_segments && plan->table->grow_limit_at.line != 0) {
        diag_append(diag, DIAG_ERROR, plan->table->grow_limit_at,
                    "grow_limit: batches are numbered with 32 bits, which with those of this table "
                    "is enough for %llu bytes",
                    (unsigned long long)most_bytes);
    }
    plan->segments = least(plan->segments, most_segments);
}

/* ---- The owner map ---- */

/* Segments for blocks, and those that hold their descriptors and bits. */
static uint64_t mapped_segments(const struct plan *plan)
{
    const uint64_t segment = UINT64_C(1) << plan->segment_shift;
    const uint64_t meta = GROWTH_START + plan->segments * plan->segment_meta_bytes;
    return plan->segments + meta / segment + 1;
}

/* Bytes of all static objects beside the arenas and the owner map, 64-bit pointers: a little more
   than the compiler's sum, never less. */
static uint64_t bookkeeping_bytes(const struct plan *plan)
{
    const uint64_t index = plan->pool_count > 254 ? 2 : 1;
    uint64_t state = SHAPE_STATE + (plan->shared ? SHARED_POOL_STATE : SINGLE_POOL_STATE);
    state += plan->caches ? CACHED_POOL_STATE : 0;
    state += plan->table->stats == STATS_COUNTERS ? COUNTED_POOL_STATE : 0;
    uint64_t bytes = plan->pool_count * state;
    bytes += plan->system ? SHARED_STATE : SINGLE_STATE;
    bytes += plan->maps ? KEPT_MAPPINGS : 0;
    bytes += plan->selector.options[plan->selector.kind].bytes;
    bytes += plan->natural ? 0 : plan->align_rows * plan->pool_count * index;
    bytes += plan->system ? plan->static_batches * BATCH_DESCRIPTOR + plan->static_words * 8 : 0;
    bytes += plan->grows ? mapped_segments(plan) * index : 0;
    return bytes;
}

/* Bytes of the arenas when every pool starts at a multiple of its alignment and of `granule`;
   sets the pools' offsets if `place` is set. */
static uint64_t pack(struct plan *plan, uint64_t granule, bool place)
{
    uint64_t offset = 0;
    for (size_t i = 0; i < plan->pool_count; i++) {
        struct plan_pool *const pool = &plan->pools[i];
        offset = round_up(offset, most(granule, pool->alignment));
        if (place) {
            pool->offset = offset;
        }
        offset += pool->bytes;
    }
    return round_up(offset, granule);
}

static void weigh_layouts(struct plan *plan)
{
    uint64_t widest = 0, alignment = 0;
    for (size_t i = 0; i < plan->pool_count; i++) {
        widest = most(widest, plan->pools[i].bytes);
        alignment = most(alignment, plan->pools[i].alignment);
    }
    plan->arena_alignment = plan->system ? SYSTEM_GRANULE : most(alignment, 64);
    const uint64_t others = bookkeeping_bytes(plan);

    struct plan_layout *layout = &plan->layouts[OWNER_STRIDE];
    layout->shift = log2_ceil(most(widest, plan->arena_alignment));
    layout->arena_bytes = (uint64_t)plan->pool_count << layout->shift;
    layout->static_bytes = layout->arena_bytes + others;
    layout->cost = stride_cost;
    layout->possible =
        layout->arena_bytes <= STRIDE_SPAN &&
        layout->arena_bytes <= STRIDE_EXCESS * most(plan->pool_bytes, SYSTEM_GRANULE);

    layout = &plan->layouts[OWNER_GRANULES];
    layout->shift =
        plan->system ? log2_ceil(SYSTEM_GRANULE) : log2_ceil(most(64, plan->pool_bytes / 256));
    layout->arena_bytes = pack(plan, UINT64_C(1) << layout->shift, false);
    layout->static_bytes =
        layout->arena_bytes + others +
        (layout->arena_bytes >> layout->shift) * (plan->pool_count > UINT8_MAX ? 2 : 1);
    layout->cost = granule_cost;
    layout->possible = true;

    layout = &plan->layouts[OWNER_COMPARES];
    layout->arena_bytes = pack(plan, 1, false);
    layout->static_bytes = layout->arena_bytes + others;
    layout->cost = compare_base + compare_cost * (double)(plan->pool_count - 1);
    layout->possible = plan->pool_count <= MOST_COMPARE_POOLS;
}

/* The cheapest layout within the budget. */
static void plan_owner(struct plan *plan, struct diag *diag)
{
    weigh_layouts(plan);
    const uint64_t budget = plan->table->budget;
    uint64_t smallest = UINT64_MAX;
    plan->owner = OWNER_COUNT;
    for (enum owner_map owner = 0; owner < OWNER_COUNT; owner++) {
        const struct plan_layout *const layout = &plan->layouts[owner];
        if (!layout->possible) {
            continue;
        }
        smallest = least(smallest, layout->static_bytes);
        if ((budget == 0 || layout->static_bytes <= budget) &&
            (plan->owner == OWNER_COUNT || layout->cost < plan->layouts[plan->owner].cost)) {
            plan->owner = owner;
        }
    }
    if (plan->owner == OWNER_COUNT) {
        diag_append(diag, DIAG_ERROR, plan->table->budget_at,
                    "budget: the static objects of this table take at least %llu bytes, not %llu",
                    (unsigned long long)smallest, (unsigned long long)budget);
        return;
    }
    const struct plan_layout *const layout = &plan->layouts[plan->owner];
    plan->arena_bytes = layout->arena_bytes;
    plan->static_bytes = layout->static_bytes;
    if (plan->owner != OWNER_STRIDE) {
        pack(plan, plan->owner == OWNER_GRANULES ? UINT64_C(1) << layout->shift : 1, true);
        return;
    }
    for (size_t i = 0; i < plan->pool_count; i++) {
        plan->pools[i].offset = (uint64_t)i << layout->shift;
    }
}

/* ---- Selection ---- */

static void plan_selector(struct arena *arena, struct plan *plan, struct diag *diag)
{
    static const enum selector_kind wanted[] = {
        [SELECT_AUTO] = SELECTOR_COUNT,
        [SELECT_UNROLLED] = SELECTOR_UNROLLED,
        [SELECT_TABLE] = SELECTOR_TABLE,
        [SELECT_BITS] = SELECTOR_BITS,
    };
    static const char *const names[] = {"auto", "unrolled", "table", "bits"};
    uint64_t *const sizes = arena_alloc(arena, plan->pool_count * sizeof *sizes);
    for (size_t i = 0; i < plan->pool_count; i++) {
        sizes[i] = plan->pools[i].size;
    }
    const enum select asked = plan->table->select;
    if (!selector_plan(&plan->selector, sizes, plan->pool_count, wanted[asked])) {
        diag_append(diag, DIAG_ERROR, plan->table->select_at,
                    "select: %s cannot represent this table: %s", names[asked],
                    plan->selector.options[wanted[asked]].why_not);
    }
}

/* Rows of the table for aligned requests: from the first alignment that some pool lacks. */
static void plan_alignments(struct plan *plan)
{
    uint64_t common = PAGE;
    for (size_t i = 0; i < plan->pool_count; i++) {
        common = least(common, plan->pools[i].alignment);
    }
    plan->align_first = log2_ceil(common) + 1;
    plan->align_rows = common == PAGE ? 0 : log2_ceil(PAGE) - log2_ceil(common);
}

size_t plan_aligned(const struct plan *plan, size_t pool, uint64_t alignment)
{
    while (pool < plan->pool_count && plan->pools[pool].size % alignment != 0) {
        pool++;
    }
    return pool;
}

/* ---- The layout hash ---- */

/* FNV-1a (Fowler, Noll, Vo), 64 bits. */
static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t count)
{
    for (const unsigned char *byte = bytes; count > 0; count--, byte++) {
        hash = (hash ^ *byte) * UINT64_C(0x100000001b3);
    }
    return hash;
}

static uint64_t hash_number(uint64_t hash, uint64_t number)
{
    unsigned char bytes[8];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (unsigned char)(number >> (8 * i));
    }
    return hash_bytes(hash, bytes, sizeof bytes);
}

/* Everything that a header and its source must agree on. */
static uint64_t hash_layout(const struct plan *plan)
{
    const struct table *const table = plan->table;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    hash = hash_bytes(hash, POOLGEN_VERSION, sizeof POOLGEN_VERSION);
    hash = hash_bytes(hash, table->name, strlen(table->name));
    const uint64_t numbers[] = {
        plan->pool_count, plan->owner,      plan->shared,      plan->caches,
        table->stats,     table->alignment, plan->arena_bytes, plan->layouts[plan->owner].shift};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        hash = hash_number(hash, numbers[i]);
    }
    for (size_t i = 0; i < plan->pool_count; i++) {
        hash = hash_number(hash, plan->pools[i].size);
        hash = hash_number(hash, plan->pools[i].initial_count);
        hash = hash_number(hash, plan->pools[i].offset);
    }
    return hash;
}

struct plan *plan_table(struct arena *arena, const struct table *table, struct diag *diag)
{
    const size_t errors = diag->errors;
    struct plan *const plan = arena_alloc(arena, sizeof *plan);
    plan->table = table;
    plan_pools(arena, plan);
    plan_features(plan);
    plan_batches(plan, diag);
    plan_growth(plan, diag);
    plan_static_meta(plan);
    number_descriptors(plan, diag);
    plan_alignments(plan);
    plan_selector(arena, plan, diag);
    if (diag->errors != errors) {
        return NULL;
    }
    plan_owner(plan, diag);
    if (diag->errors != errors) {
        return NULL;
    }
    plan->layout_hash = hash_layout(plan);
    return plan;
}
