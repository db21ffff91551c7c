#include "plan/plan.h"

#include "plan/objects.h"
#include "table/schema.h"
#include "version.h"
#include <string.h>

enum {
    KIB = 1 << 10,
    PAGE = 4096,                 /* alignments promised on the fast path end here */
    SYSTEM_GRANULE = 64 * KIB,   /* largest page size in use: what lies in one is one pool's */
    STRIDE_SPAN = 64 << 20,      /* most bytes of address space that strides may take */
    STRIDE_EXCESS = 4,           /* and most times the blocks' own bytes */
    MOST_COMPARE_POOLS = 8,      /* compares that still beat a table */
    GRANULE_SHIFT = 16,          /* log2 of a granule of growth, at least: no smaller than a page */
    PART_GRANULES = 64,          /* granules that the system is asked for at once, a word of bits */
    LARGEST_SHARE = 4,           /* log2 of granules that a block of the largest pool may take */
    MOST_SPAN = 32,              /* granules of a span: half a part */
    MOST_SPAN_WASTE = 8,         /* a span wastes at most so small a part of it, if it can */
    WASM_PAGE = 64 * KIB,        /* what a module's memory grows by */
    SPARE_PARTS = 64,            /* of the window, for those whose addresses others use */
    MOST_PARTS = 1 << 16,        /* rows of the owner map are 64 times as many */
    PART_WORDS = 6,              /* 64-bit words of a part, beside a word a pool and its spans */
    DEPOT_SLOTS = 32,            /* batches of a pool that wait for other threads, at most, */
    DEPOT_BYTES = 512 * KIB,     /* and what they weigh */
    LOOK_CALLS = 16,             /* slow calls, of which one reads the clock: some 20 ns */
    LOOK_CALLS_DIRECT = 1024,    /* the same where every call is one */
    BATCH_BYTES = 32 * KIB,      /* what a batch should weigh */
    BATCH_BLOCKS = 256,          /* and at most hold */
    QUARANTINE_BLOCKS = 64,      /* freed blocks of a pool that wait, at most, */
    QUARANTINE_BYTES = 32 * KIB, /* what they weigh, */
    QUARANTINE_SHARE = 4,        /* and which part of the initial count they are */
    CACHED_BATCHES = 3,          /* active list, spare batch and carve window */
};

/* Modelled nanoseconds per lookup. */
static const double stride_cost = 0.3, granule_cost = 0.7, compare_base = 0.3, compare_cost = 0.15;

/* The same in bytes of flash on an ARMv7-M, beside the tables and what all forms have, as gcc -Os
   has them with 2 to 32 pools. */
static const double stride_flash = 2, granule_flash = 12, compare_flash = 10;

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

/* ---- what the table asks for */

static void plan_features(struct plan *plan)
{
    const struct table *table = plan->table;
    plan->freestanding = (table->target & TARGET_FREESTANDING) != 0;
    plan->bare = (table->target & TARGET_BARE) != 0;
    plan->critical = table->threads == THREADS_CRITICAL;
    plan->shared = table->threads == THREADS_SHARED;
    plan->maps = table->oversize == OVERSIZE_OS && table->target != TARGET_WASM;
    plan->decays = plan->maps && table->release == RELEASE_AUTO;
    plan->upstream = table->oversize == OVERSIZE_UPSTREAM;
    for (size_t i = 0; i < plan->pool_count; i++) {
        plan->grows |= plan->pools[i].exhausted == EXHAUSTED_GROW;
        plan->upstream |= plan->pools[i].exhausted == EXHAUSTED_UPSTREAM;
        plan->borrows |= plan->pools[i].exhausted == EXHAUSTED_BORROW;
        plan->hooks |= plan->pools[i].exhausted == EXHAUSTED_HOOK;
        plan->reserves |= plan->pools[i].reserve != 0;
        plan->sections |= plan->pools[i].section != NULL;
        plan->common_arena |= plan->pools[i].section == NULL;
        plan->mixed_exhausted |= plan->pools[i].exhausted != plan->pools[0].exhausted;
        plan->hardened |= plan->pools[i].harden != HARDEN_OFF;
        plan->full |= plan->pools[i].harden == HARDEN_FULL;
        plan->mixed_harden |= plan->pools[i].harden != plan->pools[0].harden;
    }
    plan->pages = table->target == TARGET_WASM && (plan->grows || table->oversize == OVERSIZE_OS);
    plan->spans = plan->shared || (plan->grows && !plan->pages);
    plan->system = plan->spans || plan->maps;
    plan->compact =
        !plan->spans && (plan->bare || plan->critical || plan->sections || plan->reserves);
    plan->stepwise =
        plan->compact || plan->critical || plan->borrows || plan->hooks || plan->sections;
    plan->lean = table->target == TARGET_WASM && !plan->hardened && !plan->stepwise;
    plan->guards = plan->full && plan->system;
    plan->front_checks = plan->hardened && plan->spans && (table->emit & EMIT_MALLOC) != 0;
    plan->auto_release = plan->spans && table->release == RELEASE_AUTO;
}

static void plan_pools(struct arena *arena, struct plan *plan)
{
    const struct table *table = plan->table;
    plan->pool_count = table->pool_count;
    plan->pools = arena_alloc(arena, plan->pool_count * sizeof *plan->pools);
    plan->natural = true;
    uint64_t below = 0;
    for (size_t i = 0; i < plan->pool_count; i++) {
        struct plan_pool *pool = &plan->pools[i];
        pool->size = table->pools[i].size;
        pool->initial_count = table->pools[i].initial_count;
        pool->exhausted = table->pools[i].exhausted;
        pool->bytes = pool->size * pool->initial_count;
        pool->alignment = least(pool->size & -pool->size, PAGE);
        pool->harden = table->pools[i].harden;
        pool->reserve = table->pools[i].reserve;
        pool->section = table->pools[i].section;
        pool->most = pool->size - (pool->harden == HARDEN_FULL ? PLAN_TAIL : 0);
        pool->least = least(below + 1, pool->most);
        pool->worst_waste = pool->size - pool->least;
        pool->expected_waste = (double)pool->worst_waste / 2 / (double)pool->size;
        plan->pool_bytes += pool->bytes;
        plan->placed_bytes += pool->section ? 0 : pool->bytes;
        plan->natural &= (pool->size & (pool->size - 1)) == 0 || pool->size % PAGE == 0;
        below = pool->most;
        plan->largest = pool->size;
    }
}

/* What only tables can have whose pools keep their arenas and nothing else. */
static void check_compact(const struct plan *plan, struct diag *diag)
{
    const char *why = plan->shared  ? "threads share the pools"
                      : plan->grows ? "a pool of this table grows"
                                    : "this table is hardened";
    for (size_t i = 0; i < plan->pool_count; i++) {
        const struct pool_row *row = &plan->table->pools[i];
        if (row->section && (plan->shared || plan->grows || plan->hardened)) {
            diag_append(diag, DIAG_ERROR, row->at[KEY_SECTION],
                        "pools[%zu].section: must be none, since %s", i, why);
        }
        if (row->reserve != 0 && (plan->shared || plan->grows)) {
            diag_append(diag, DIAG_ERROR, row->at[KEY_RESERVE],
                        "pools[%zu].reserve: must be 0, since %s", i, why);
        }
    }
}

/* Whether a borrowed block can be less aligned than the table promises of one of the pool's own. */
static bool borrows_unlike(const struct plan *plan)
{
    uint64_t promised = 0;
    bool unlike = false;
    for (size_t i = 0; i < plan->pool_count; i++) {
        const struct plan_pool *pool = &plan->pools[i];
        unlike |= pool->alignment < promised;
        if (pool->exhausted == EXHAUSTED_BORROW) {
            promised = most(promised, least(pool->alignment, plan->table->alignment));
        }
    }
    return unlike;
}

/* ---- batches */

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
   without: its blocks come from their spans one by one. */
static void plan_batches(struct plan *plan, struct diag *diag)
{
    if (!plan->shared) {
        for (size_t i = 0; i < plan->pool_count; i++) {
            plan->pools[i].batch = auto_batch(&plan->pools[i], UINT64_MAX);
        }
        plan->look_calls = LOOK_CALLS;
        return;
    }
    uint64_t left = plan->table->thread_cache;
    for (size_t i = 0; i < plan->pool_count; i++) {
        struct plan_pool *pool = &plan->pools[i];
        const uint64_t asked = plan->table->pools[i].batch;
        uint64_t batch = asked;
        if (asked == 0) {
            batch = auto_batch(pool, left / (plan->pool_count - i));
        } else if (asked == 1 && left < CACHED_BATCHES * pool->size) {
            batch = 0;
        }
        const uint64_t bytes = CACHED_BATCHES * batch * pool->size;
        if (bytes > left) {
            diag_append(diag, DIAG_ERROR, plan->table->pools[i].at[KEY_BATCH],
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
        pool->depot =
            batch == 0 ? 0 : most(1, least(DEPOT_SLOTS, DEPOT_BYTES / (batch * pool->size)));
        plan->depot_slots = most(plan->depot_slots, pool->depot);
        plan->uncached += batch == 0;
    }
    plan->thread_cache_bytes = plan->table->thread_cache - left;
    plan->caches = plan->uncached < plan->pool_count;
    plan->look_calls = plan->caches ? LOOK_CALLS : LOOK_CALLS_DIRECT;
}

/* ---- hardening */

/* Largest power of two up to `value`, or 0. */
static uint64_t power_within(uint64_t value)
{
    return value == 0 ? 0 : UINT64_C(1) << (63 - __builtin_clzll(value));
}

/* Where the state of a block is told by its address alone, a byte stands for the least alignment of
   all blocks. */
static void plan_hardening(struct plan *plan)
{
    uint64_t common = PAGE;
    for (size_t i = 0; plan->hardened && i < plan->pool_count; i++) {
        struct plan_pool *pool = &plan->pools[i];
        common = least(common, pool->alignment);
        if (pool->harden == HARDEN_FULL) {
            const uint64_t share = pool->initial_count / QUARANTINE_SHARE;
            const uint64_t fitting = least(QUARANTINE_BLOCKS, QUARANTINE_BYTES / pool->size);
            const bool grows =
                pool->exhausted == EXHAUSTED_GROW; /* then a block that waits is not missed */
            pool->quarantine = power_within(most(grows, least(share, fitting)));
            plan->quarantine = most(plan->quarantine, pool->quarantine);
            plan->quarantine_bytes += pool->quarantine * pool->size;
        }
    }
    plan->quarantine = most(1, plan->quarantine); /* an array has a place */
    plan->state_shift = log2_ceil(common);
}

/* ---- spans */

/* Granules of a pool's spans of growth: the fewest, a power of two, that waste little; else those
   that waste least. */
static uint64_t span_granules(uint64_t size, uint64_t granule)
{
    uint64_t best = 0;
    for (uint64_t granules = 1; granules <= MOST_SPAN; granules *= 2) {
        const uint64_t waste = granules * granule % size;
        if (granules * granule < size) {
            continue;
        }
        if (waste * MOST_SPAN_WASTE <= granules * granule) {
            return granules;
        }
        if (best == 0 || waste * best < best * granule % size * granules) {
            best = granules;
        }
    }
    return best;
}

static void plan_pool_spans(struct plan *plan, struct plan_pool *pool)
{
    const uint64_t granule = UINT64_C(1) << plan->granule_shift;
    pool->inverse_shift = 32 + log2_ceil(pool->size);
    pool->inverse = (UINT64_C(1) << pool->inverse_shift) / pool->size + 1;
    pool->granules = span_granules(pool->size, granule);
    pool->span_blocks = pool->granules * granule / pool->size;
    pool->span_shift = log2_ceil(pool->span_blocks / 2 + 1);
    pool->first_span = plan->static_spans;
    plan->static_spans += ((pool->initial_count - 1) >> pool->span_shift) + 1;
    plan->span_words = most(plan->span_words, (pool->span_blocks + 63) / 64);
}

/* Says that growth has no room for a span of the largest pool; `what` takes so many bytes. */
static void refuse_limit(const struct plan *plan, const char *what, uint64_t needed,
                         struct diag *diag)
{
    if (plan->table->grow_limit < needed) {
        diag_append(diag, DIAG_ERROR, plan->table->at[KEY_GROW_LIMIT],
                    "grow_limit: the first span of the largest pool that grows takes %llu bytes of "
                    "%s",
                    (unsigned long long)needed, what);
    }
}

/* Pages of a span: the fewest that waste little, what is known of it counted. Where memory never
   goes back a program should not grow by more than it needs. */
static uint64_t span_pages(uint64_t size)
{
    uint64_t pages = round_up(size + PLAN_SPAN_TAIL, WASM_PAGE) / WASM_PAGE;
    while ((pages * WASM_PAGE - PLAN_SPAN_TAIL) % size + PLAN_SPAN_TAIL >
           pages * WASM_PAGE / MOST_SPAN_WASTE) {
        pages++;
    }
    return pages;
}

/* Spans of pages. Where each is one page, a block's place is enough for what is known of it, and
   takes less code than the end of it. */
static void plan_pages(struct plan *plan, struct diag *diag)
{
    uint64_t largest = 0, widest = 1;
    plan->granule_shift = GRANULE_SHIFT;
    for (size_t i = 0; i < plan->pool_count; i++) {
        const bool grows = plan->pools[i].exhausted == EXHAUSTED_GROW;
        largest = grows ? plan->pools[i].size : largest;
    }
    plan->span_lengths = largest > WASM_PAGE / MOST_SPAN_WASTE;
    for (size_t i = 0; i < plan->pool_count; i++) {
        struct plan_pool *pool = &plan->pools[i];
        const bool grows = pool->exhausted == EXHAUSTED_GROW;
        pool->granules = grows && plan->span_lengths ? span_pages(pool->size) : 1;
        pool->span_blocks = plan->span_lengths
                                ? (pool->granules * WASM_PAGE - PLAN_SPAN_TAIL) / pool->size
                                : most(1, WASM_PAGE / pool->size) - 1;
        widest = most(widest, pool->granules);
    }
    plan->runs = plan->span_lengths || plan->table->oversize == OVERSIZE_OS;
    refuse_limit(plan, "memory, with the static blocks",
                 plan->pool_bytes + (plan->grows ? widest * WASM_PAGE : 0), diag);
}

static void plan_spans(struct plan *plan, struct diag *diag)
{
    const struct table *table = plan->table;
    plan->wide_owners =
        plan->pages ? plan->pool_count + PLAN_OWNERS > INT8_MAX : plan->pool_count + 1 > UINT8_MAX;
    if (plan->pages) {
        plan_pages(plan, diag);
    }
    if (!plan->spans) {
        return;
    }
    plan->span_lengths = true;
    plan->granule_shift = (unsigned)most(GRANULE_SHIFT, log2_ceil(plan->largest));
    plan->granule_shift = (unsigned)most(GRANULE_SHIFT, plan->granule_shift - LARGEST_SHARE);
    while (plan->grows &&
           table->grow_limit >> plan->granule_shift > (uint64_t)MOST_PARTS * PART_GRANULES / 2) {
        plan->granule_shift++;
    }
    uint64_t widest = 1;
    for (size_t i = 0; i < plan->pool_count; i++) {
        plan_pool_spans(plan, &plan->pools[i]);
        if (plan->pools[i].exhausted == EXHAUSTED_GROW) {
            widest = most(widest, plan->pools[i].granules);
        }
    }
    if (!plan->grows) {
        return;
    }
    const uint64_t granule = UINT64_C(1) << plan->granule_shift;
    plan->row_words = least(PLAN_ROW_WORDS, plan->span_words);
    const uint64_t head =
        round_up(PART_WORDS + plan->guards + plan->pool_count, PLAN_SPAN_WORDS) +
        PART_GRANULES * (PLAN_SPAN_WORDS + round_up(plan->span_words, plan->row_words));
    const uint64_t states = plan->hardened ? PART_GRANULES * granule >> plan->state_shift : 0;
    plan->head_granules = round_up(head * 8 + states, granule) / granule;
    plan->parts = round_up(table->grow_limit, granule * PART_GRANULES) / (granule * PART_GRANULES) +
                  SPARE_PARTS;
    /* The first span of a part starts at a multiple of its length, past the head. */
    const uint64_t needed = (round_up(plan->head_granules, widest) + widest) * granule;
    refuse_limit(plan, "growth", needed, diag);
}

/* ---- the owner map */

/* The order of the pools in an arena that is packed to the byte: where bytes count by alignment,
   the widest first, since then nothing is lost between them. */
static void plan_places(struct arena *arena, struct plan *plan)
{
    plan->placed = arena_alloc(arena, plan->pool_count * sizeof *plan->placed);
    for (uint64_t alignment = PAGE; alignment > 0; alignment /= 2) {
        for (size_t i = 0; i < plan->pool_count; i++) {
            const struct plan_pool *pool = &plan->pools[i];
            if (!pool->section && (plan->compact ? pool->alignment : PAGE) == alignment) {
                plan->placed[plan->placed_count++] = i;
            }
        }
    }
}

/* Bytes of the arenas when every pool starts at a multiple of its alignment and of `granule`, with
   `guard` bytes behind each; sets the pools' offsets if `place` is set. */
static uint64_t pack(struct plan *plan, uint64_t granule, uint64_t guard, bool place)
{
    uint64_t offset = 0;
    for (size_t i = 0; i < plan->placed_count; i++) {
        /* A map of granules needs the pools in their own order. */
        struct plan_pool *pool = &plan->pools[granule == 1 ? plan->placed[i] : i];
        offset = round_up(offset, most(granule, pool->alignment));
        if (place) {
            pool->offset = offset;
        }
        offset += pool->bytes + guard;
    }
    return round_up(offset, granule);
}

/* What parts two pools where guard pages do: a page of any system. */
static uint64_t guard_bytes(const struct plan *plan)
{
    return plan->guards ? SYSTEM_GRANULE : 0;
}

/* What the owner map takes where flash and memory are short: its instructions and its table, and
   what the arenas lose between pools. */
static void weigh_flash(struct plan *plan)
{
    struct plan_layout *layouts = plan->layouts;
    const struct plan_layout *granules = &layouts[OWNER_GRANULES];
    layouts[OWNER_STRIDE].cost = stride_flash;
    layouts[OWNER_GRANULES].cost =
        granule_flash + (double)((granules->arena_bytes >> granules->shift) *
                                 (plan->pool_count > UINT8_MAX ? 2 : 1));
    layouts[OWNER_COMPARES].cost = compare_flash * (double)(plan->pool_count - 1);
    for (enum owner_map owner = 0; owner < OWNER_COUNT; owner++) {
        layouts[owner].cost += (double)(layouts[owner].arena_bytes - plan->placed_bytes);
    }
}

static void weigh_layouts(struct plan *plan)
{
    uint64_t widest = 0, alignment = 0;
    for (size_t i = 0; i < plan->pool_count; i++) {
        widest = most(widest, plan->pools[i].bytes);
        alignment = most(alignment, plan->pools[i].alignment);
    }
    const uint64_t guard = guard_bytes(plan);
    plan->arena_alignment = plan->system ? SYSTEM_GRANULE : most(alignment, plan->bare ? 8 : 64);

    struct plan_layout *layout = &plan->layouts[OWNER_STRIDE];
    layout->shift = log2_ceil(most(widest + guard, plan->arena_alignment));
    layout->arena_bytes = (uint64_t)plan->pool_count << layout->shift;
    layout->cost = stride_cost;
    layout->possible =
        !plan->sections && layout->arena_bytes <= STRIDE_SPAN &&
        layout->arena_bytes <= STRIDE_EXCESS * most(plan->pool_bytes, SYSTEM_GRANULE);

    layout = &plan->layouts[OWNER_GRANULES];
    layout->shift =
        plan->system ? log2_ceil(SYSTEM_GRANULE) : log2_ceil(most(64, plan->pool_bytes / 256));
    layout->arena_bytes = pack(plan, UINT64_C(1) << layout->shift, guard, false);
    layout->cost = granule_cost;
    layout->possible = !plan->sections;

    layout = &plan->layouts[OWNER_COMPARES];
    layout->arena_bytes = pack(plan, 1, 0, false);
    layout->cost = compare_base + compare_cost * (double)(plan->pool_count - 1);
    layout->possible = (plan->pool_count <= MOST_COMPARE_POOLS || plan->bare || plan->sections) &&
                       !plan->guards; /* which need room */
    if (plan->table->target == TARGET_WASM && layout->possible) {
        plan->layouts[OWNER_GRANULES].possible = false; /* a table is bytes of the module */
    }
    if (plan->bare) {
        weigh_flash(plan);
    }

    for (enum owner_map owner = 0; owner < OWNER_COUNT; owner++) {
        plan->layouts[owner].static_bytes = objects_bytes(plan, owner);
    }
}

/* The cheapest layout within the budget. */
static void plan_owner(struct plan *plan, struct diag *diag)
{
    weigh_layouts(plan);
    const uint64_t budget = plan->table->budget;
    uint64_t smallest = UINT64_MAX;
    plan->owner = OWNER_COUNT;
    for (enum owner_map owner = 0; owner < OWNER_COUNT; owner++) {
        const struct plan_layout *layout = &plan->layouts[owner];
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
        diag_append(diag, DIAG_ERROR, plan->table->at[KEY_BUDGET],
                    "budget: the static objects of this table take at least %llu bytes%s, not %llu",
                    (unsigned long long)smallest,
                    plan->freestanding ? ", counting 8 for each pointer" : "",
                    (unsigned long long)budget);
        return;
    }
    const struct plan_layout *layout = &plan->layouts[plan->owner];
    plan->arena_bytes = layout->arena_bytes;
    plan->static_bytes = layout->static_bytes;
    plan->narrow = objects_narrow(plan, plan->owner);
    plan->object_count = objects_list(plan, plan->owner, plan->objects);
    if (plan->owner != OWNER_STRIDE) {
        const bool granules = plan->owner == OWNER_GRANULES;
        pack(plan, granules ? UINT64_C(1) << layout->shift : 1, granules ? guard_bytes(plan) : 0,
             true);
        return;
    }
    for (size_t i = 0; i < plan->pool_count; i++) {
        plan->pools[i].offset = (uint64_t)i << layout->shift;
    }
}

/* ---- selection */

static void plan_selector(struct arena *arena, struct plan *plan, struct diag *diag)
{
    static const enum selector_kind wanted[] = {
        [SELECT_AUTO] = SELECTOR_COUNT,
        [SELECT_UNROLLED] = SELECTOR_UNROLLED,
        [SELECT_TABLE] = SELECTOR_TABLE,
        [SELECT_BITS] = SELECTOR_BITS,
    };
    uint64_t *sizes = arena_alloc(arena, plan->pool_count * sizeof *sizes);
    for (size_t i = 0; i < plan->pool_count; i++) {
        sizes[i] = plan->pools[i].size;
    }
    const enum select asked = plan->table->select;
    const bool small = plan->table->target == TARGET_WASM && asked == SELECT_AUTO &&
                       plan->pool_count <= MOST_COMPARE_POOLS;
    if (!selector_plan(&plan->selector, sizes, plan->pool_count, wanted[asked], plan->bare)) {
        diag_append(diag, DIAG_ERROR, plan->table->at[KEY_SELECT],
                    "select: %s cannot represent this table: %s", schema_word(KEY_SELECT, asked),
                    plan->selector.options[wanted[asked]].why_not);
    } else if (small && plan->selector.kind != SELECTOR_BITS) {
        /* A table is bytes of the module. */
        selector_plan(&plan->selector, sizes, plan->pool_count, SELECTOR_UNROLLED, false);
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

bool plan_ends(const struct plan_pool *pool)
{
    return pool->exhausted != EXHAUSTED_GROW && pool->exhausted != EXHAUSTED_UPSTREAM;
}

size_t plan_aligned(const struct plan *plan, size_t pool, uint64_t alignment)
{
    while (pool < plan->pool_count && plan->pools[pool].size % alignment != 0) {
        pool++;
    }
    return pool;
}

/* ---- the layout hash */

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
    const struct table *table = plan->table;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    hash = hash_bytes(hash, POOLGEN_VERSION, sizeof POOLGEN_VERSION);
    hash = hash_bytes(hash, table->name, strlen(table->name));
    const uint64_t numbers[] = {
        plan->pool_count, plan->owner,      plan->shared,      plan->caches,
        table->stats,     table->alignment, plan->arena_bytes, plan->layouts[plan->owner].shift};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        hash = hash_number(hash, numbers[i]);
    }
    if (table->target != TARGET_POSIX) {
        hash = hash_number(hash, table->target);
    }
    if (plan->critical || plan->compact || plan->hooks) {
        hash = hash_number(hash, table->threads);
        hash = hash_number(hash, plan->hooks);
    }
    for (size_t i = 0; i < plan->pool_count; i++) {
        hash = hash_number(hash, plan->pools[i].size);
        hash = hash_number(hash, plan->pools[i].initial_count);
        hash = hash_number(hash, plan->pools[i].offset);
        if (plan->hardened) {
            hash = hash_number(hash, plan->pools[i].harden);
        }
    }
    return hash;
}

struct plan *plan_table(struct arena *arena, const struct table *table, struct diag *diag)
{
    const size_t errors = diag->errors;
    struct plan *plan = arena_alloc(arena, sizeof *plan);
    plan->table = table;
    plan_pools(arena, plan);
    plan_features(plan);
    check_compact(plan, diag);
    plan->borrows_unlike = plan->borrows && borrows_unlike(plan);
    plan_batches(plan, diag);
    plan_hardening(plan);
    plan_spans(plan, diag);
    plan_alignments(plan);
    plan_places(arena, plan);
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
