/* The plan: what is derived from a table, each decision at the tables where it turns, and the
   errors that only a plan can find, with their whole messages. */
#include "unit.h"

#include "base/text.h"
#include "plan/plan.h"
#include <stdio.h>

/* Plans under another name; NULL if it was refused. */
static struct plan *plan_renamed(struct run *run, const char *prefix)
{
    struct table *table = run_table(run, prefix);
    return table && run->diag.errors == 0 ? plan_table(&run->arena, table, &run->diag) : NULL;
}

#define PLAN_BEGIN(run, plan, source)                                                              \
    RUN_BEGIN(run, source, strlen(source));                                                        \
    struct plan *const plan = run_plan(run);                                                       \
    if (!plan)                                                                                     \
    fail_msg("refused: %s", run_messages(run))

/* Has `check` look at the plan of one table: loops would not survive PLAN_BEGIN's setjmp. */
static void check_plan(const char *source, void (*check)(const struct plan *plan))
{
    struct run run;
    PLAN_BEGIN(&run, plan, source);
    check(plan);
    run_end(&run);
}

/* ---- random tables */

/* xorshift (G. Marsaglia, Xorshift RNGs, 2003): the same tables every time. */
static uint64_t random_below(uint64_t limit)
{
    static uint64_t seed = 0x853c49e6748fea9b;
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % limit;
}

static const char *random_table(struct arena *arena, const char *keys)
{
    struct text text = {.arena = arena};
    uint64_t pools = 1 + random_below(20), apart = UINT64_C(1) << random_below(9), size = 0;
    text_format(&text, "name: t\n%spools:\n", keys);
    for (; pools > 0; pools--) {
        size += 16 * (1 + random_below(apart));
        text_format(&text, "  - {size: %llu, initial_count: %llu}\n", (unsigned long long)size,
                    (unsigned long long)(1 + random_below(500)));
    }
    return text.data;
}

/* Four hundred tables, with each line of `keys` in turn. */
static void check_random_plans(const char *const *keys, size_t count,
                               void (*check)(const struct plan *plan))
{
    for (size_t i = 0; i < 400; i++) {
        struct arena text = {0};
        check_plan(random_table(&text, keys[i % count]), check);
        arena_free(&text);
    }
}

#define FIRM "threads: none\nexhausted: fail\noversize: fail\n"

/* ---- features */

struct feature_row {
    const char *name;
    const char *keys;
    bool shared, grows, upstream, maps, system, caches, auto_release, decays;
};

static const struct feature_row feature_rows[] = {
    {"defaults", "", true, true, true, false, true, true, true, false},
    {"threads none", "threads: none\n", false, true, true, false, true, false, true, false},
    {"release manual", "release: manual\n", true, true, true, false, true, true, false, false},
    {"no caches", "thread_cache: 0\nbatch: 1\n", true, true, true, false, true, false, true, false},
    {"own mappings", "oversize: os\n", true, true, false, true, true, true, true, true},
    {"fails above", "oversize: fail\n", true, true, false, false, true, true, true, false},
    {"fallback", "exhausted: upstream\noversize: fail\n", true, false, true, false, true, true,
     true, false},
    {"nothing of a system", "threads: none\nexhausted: fail\noversize: fail\n", false, false, false,
     false, false, false, false, false},
    {"only malloc", "threads: none\nexhausted: upstream\n", false, false, true, false, false, false,
     false, false},
    {"mappings that stay", "oversize: os\nrelease: manual\n", true, true, false, true, true, true,
     false, false},
    {"mappings alone", "threads: none\nexhausted: fail\noversize: os\n", false, false, false, true,
     true, false, false, true},
    {"a module", "target: [wasm]\n", false, true, false, false, false, false, false, false},
    {"a module with big blocks", "target: [wasm]\noversize: os\n", false, true, false, false, false,
     false, false, false},
    {"a chip", "target: [bare]\n", false, false, false, false, false, false, false, false},
    {"critical sections", "threads: critical\noversize: os\n", false, true, false, true, true,
     false, true, true},
    {"hooks and threads", "exhausted: hook\noversize: fail\n", true, false, false, false, true,
     true, true, false},
};

static void plan_has_features(void **state)
{
    const struct feature_row *row = *state;
    struct run run;
    char source[512];
    snprintf(source, sizeof source, "name: t\n%spools:\n  - {size: 64, initial_count: 64}\n",
             row->keys);
    PLAN_BEGIN(&run, plan, source);
    assert_int_equal(plan->shared, row->shared);
    assert_int_equal(plan->grows, row->grows);
    assert_int_equal(plan->upstream, row->upstream);
    assert_int_equal(plan->maps, row->maps);
    assert_int_equal(plan->system, row->system);
    assert_int_equal(plan->caches, row->caches);
    assert_int_equal(plan->auto_release, row->auto_release);
    assert_int_equal(plan->decays, row->decays);
    run_end(&run);
}

static void one_pool_of_many_decides(void **state)
{
    struct run run;
    (void)state;
    PLAN_BEGIN(&run, plan,
               "name: t\nexhausted: fail\noversize: fail\npools:\n"
               "  - {size: 16, initial_count: 9}\n"
               "  - {size: 32, initial_count: 9, exhausted: upstream}\n"
               "  - {size: 64, initial_count: 9, exhausted: grow}\n");
    assert_true(plan->grows && plan->upstream);
    assert_int_equal(plan->pools[0].exhausted, EXHAUSTED_FAIL);
    assert_int_equal(plan->pools[1].exhausted, EXHAUSTED_UPSTREAM);
    assert_int_equal(plan->pools[2].exhausted, EXHAUSTED_GROW);
    run_end(&run);
}

static void numbers_of_a_chip_are_narrow(const struct plan *plan)
{
    assert_true(plan->compact && plan->stepwise);
    assert_int_equal(plan->narrow, 2);
}

static void numbers_of_a_chip_are_wide(const struct plan *plan)
{
    assert_int_equal(plan->narrow, 4);
}

/* Of the size, the count or the place of a pool any may need more than 16 bits. */
static void is_served_in_steps(const struct plan *plan)
{
    assert_true(plan->compact && plan->stepwise);
}

/* What is compact has no free lists of the other kind, which the other way to serve takes from. */
static void arenas_of_their_own_are_served_in_steps(void **state)
{
    (void)state;
    check_plan("name: t\n" FIRM "pools:\n  - {size: 16, initial_count: 4, section: fast}\n",
               is_served_in_steps);
    check_plan("name: t\ntarget: [wasm]\nexhausted: fail\npools:\n"
               "  - {size: 16, initial_count: 4, section: fast}\n",
               is_served_in_steps);
}

static void a_chip_has_numbers_of_the_fewest_bytes(void **state)
{
#define CHIP "name: t\ntarget: [bare]\npools:\n  - {size: 16, initial_count: 4}\n"
    (void)state;
    check_plan(CHIP "  - {size: 65520, initial_count: 1}\n", numbers_of_a_chip_are_wide);
    check_plan(CHIP "  - {size: 65472, initial_count: 1}\n", numbers_of_a_chip_are_wide);
    check_plan(CHIP "  - {size: 16384, initial_count: 1}\n", numbers_of_a_chip_are_narrow);
    check_plan("name: t\ntarget: [bare]\npools:\n"
               "  - {size: 16, initial_count: 65536, section: large}\n",
               numbers_of_a_chip_are_wide);
#undef CHIP
}

static void borrows_alike(const struct plan *plan)
{
    assert_true(plan->borrows && !plan->borrows_unlike);
}

static void borrows_unlike(const struct plan *plan)
{
    assert_true(plan->borrows && plan->borrows_unlike);
}

/* A block of 48 bytes is aligned to 16 alone. */
static void a_plan_knows_whether_borrowed_blocks_are_as_aligned(void **state)
{
#define BORROW(alignment)                                                                          \
    "name: t\nexhausted: borrow\nalignment: " alignment "\npools:\n"                               \
    "  - {size: 32, initial_count: 4}\n  - {size: 48, initial_count: 4}\n"
    (void)state;
    check_plan(BORROW("8"), borrows_alike);
    check_plan(BORROW("16"), borrows_alike);
    check_plan(BORROW("64"), borrows_unlike);
#undef BORROW
}

/* ---- pools */

static void plan_knows_the_waste(void **state)
{
    struct run run;
    (void)state;
    PLAN_BEGIN(&run, plan,
               "name: t\npools:\n  - {size: 8, initial_count: 10}\n"
               "  - {size: 48, initial_count: 3}\n  - {size: 4096, initial_count: 2}\n");
    static const uint64_t least[] = {1, 9, 49}, worst[] = {7, 39, 4047},
                          alignment[] = {8, 16, 4096};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(plan->pools[i].least, least[i]);
        assert_int_equal(plan->pools[i].worst_waste, worst[i]);
        assert_int_equal(plan->pools[i].alignment, alignment[i]);
        assert_int_equal(plan->pools[i].bytes, plan->pools[i].size * plan->pools[i].initial_count);
    }
    assert_int_equal(plan->pool_bytes, 80 + 144 + 8192);
    assert_int_equal(plan->largest, 4096);
    /* Requests of 49 to 4096 bytes lose 4047 to 0, half of it on average. */
    assert_true(plan->pools[2].expected_waste > 4047.0 / 2 / 4096 - 1e-9 &&
                plan->pools[2].expected_waste < 4047.0 / 2 / 4096 + 1e-9);
    run_end(&run);
}

/* ---- hardening */

#define THREE_POOLS                                                                                \
    "pools:\n  - {size: 16, initial_count: 1000}\n  - {size: 48, initial_count: 100}\n"            \
    "  - {size: 4096, initial_count: 3"

static void full_takes_eight_bytes_of_a_block(void **state)
{
    static const uint64_t most[] = {8, 40, 4088}, least[] = {1, 9, 41}, quarantine[] = {64, 16, 1};
    struct run run;
    (void)state;
    PLAN_BEGIN(&run, plan, "name: t\nharden: full\n" THREE_POOLS "}\n");
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(plan->pools[i].most, most[i]);
        assert_int_equal(plan->pools[i].least, least[i]);
        assert_int_equal(plan->pools[i].worst_waste, plan->pools[i].size - least[i]);
        assert_int_equal(plan->pools[i].quarantine, quarantine[i]);
    }
    assert_int_equal(plan->quarantine, 64);
    assert_int_equal(plan->quarantine_bytes, 64 * 16 + 16 * 48 + 4096);
    assert_int_equal(plan->state_shift, 4); /* all sizes are multiples of 16 */
    assert_true(plan->hardened && plan->full && plan->guards && !plan->mixed_harden);
    run_end(&run);
}

static void check_takes_none(void **state)
{
    struct run run;
    (void)state;
    PLAN_BEGIN(&run, plan, "name: t\nharden: check\n" THREE_POOLS "}\n");
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(plan->pools[i].most, plan->pools[i].size);
        assert_int_equal(plan->pools[i].quarantine, 0);
    }
    assert_true(plan->hardened && !plan->full && !plan->guards);
    run_end(&run);
}

static uint64_t object_bytes(const struct plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->object_count; i++) {
        if (plan->objects[i].name != NULL && strcmp(plan->objects[i].name, name) == 0) {
            return plan->objects[i].bytes;
        }
    }
    return 0;
}

struct level_figures {
    uint64_t arena_bytes, states, least_gap, layout_hash;
};

static struct level_figures level_figures(const char *source)
{
    struct run run;
    PLAN_BEGIN(&run, plan, source);
    struct level_figures figures = {plan->arena_bytes, object_bytes(plan, "states"), UINT64_MAX,
                                    plan->layout_hash};
    for (size_t i = 0; i < plan->pool_count; i++) {
        const bool last = i + 1 == plan->pool_count;
        const uint64_t next = last ? plan->arena_bytes : plan->pools[i + 1].offset;
        const uint64_t gap = next - plan->pools[i].offset - plan->pools[i].bytes;
        figures.least_gap = gap < figures.least_gap ? gap : figures.least_gap;
    }
    run_end(&run);
    return figures;
}

/* States are a byte for each 16 of the arena, and at full 64 KiB follow each pool. Objects of two
   levels do not link. */
static void levels_cost_what_they_say(void **state)
{
    const struct level_figures off = level_figures("name: t\n" THREE_POOLS "}\n"),
                               check = level_figures("name: t\nharden: check\n" THREE_POOLS "}\n"),
                               full = level_figures("name: t\nharden: full\n" THREE_POOLS "}\n");
    (void)state;
    assert_int_equal(off.states, 0);
    assert_int_equal(check.states, check.arena_bytes / 16);
    assert_int_equal(full.states, full.arena_bytes / 16);
    assert_int_equal(off.arena_bytes, check.arena_bytes);
    assert_true(full.least_gap >= 65536);
    assert_true(off.layout_hash != check.layout_hash && check.layout_hash != full.layout_hash);
}

static void pools_have_levels_of_their_own(void **state)
{
    struct run run;
    (void)state;
    PLAN_BEGIN(&run, plan, "name: t\nharden: check\n" THREE_POOLS ", harden: off}\n");
    assert_int_equal(plan->pools[0].harden, HARDEN_CHECK);
    assert_int_equal(plan->pools[2].harden, HARDEN_OFF);
    assert_true(plan->hardened && plan->mixed_harden && !plan->full);
    run_end(&run);
}

/* ---- owner maps */

struct owner_row {
    const char *name;
    const char *source;
    enum owner_map owner;
    uint64_t arena_bytes;
    unsigned shift;
};

#define FLAGSHIP                                                                                   \
    "pools:\n  - {size: 8, initial_count: 10000}\n  - {size: 16, initial_count: 8000}\n"           \
    "  - {size: 32, initial_count: 6000}\n  - {size: 64, initial_count: 4000}\n"                   \
    "  - {size: 128, initial_count: 2000}\n  - {size: 256, initial_count: 1000}\n"                 \
    "  - {size: 512, initial_count: 800}\n  - {size: 1024, initial_count: 600}\n"                  \
    "  - {size: 2048, initial_count: 400}\n  - {size: 4096, initial_count: 200}\n"                 \
    "  - {size: 8192, initial_count: 100}\n"

static const struct owner_row owner_rows[] = {
    /* The widest pool has 819,200 bytes: strides of 1 MiB, less than four times the blocks. */
    {"the flagship has strides", "name: t\n" FLAGSHIP, OWNER_STRIDE, 11 << 20, 20},
    /* One wide pool and three small ones: 4 * 4 MiB is more than 4 * 4.0 MiB. */
    {"strides may waste three quarters",
     "name: t\npools:\n  - {size: 16, initial_count: 8}\n  - {size: 32, initial_count: 8}\n"
     "  - {size: 64, initial_count: 65536}\n",
     OWNER_STRIDE, 3 << 22, 22},
    {"and no more than that",
     "name: t\npools:\n  - {size: 16, initial_count: 8}\n  - {size: 32, initial_count: 8}\n"
     "  - {size: 48, initial_count: 8}\n  - {size: 64, initial_count: 32769}\n",
     OWNER_GRANULES, (3 << 16) + (33 << 16), 16},
    /* Two strides of 64 MiB are too many; two pools need one compare. */
    {"strides span at most 64 MiB",
     "name: t\npools:\n  - {size: 1048576, initial_count: 33}\n"
     "  - {size: 1048592, initial_count: 33}\n",
     OWNER_COMPARES, 33 * (1048576 + 1048592), 0},
    {"firmware that packs by its budget",
     "name: t\n" FIRM "budget: 1400\npools:\n  - {size: 16, initial_count: 64}\n"
     "  - {size: 32, initial_count: 1}\n",
     OWNER_COMPARES, 1056, 0},
    {"firmware without one",
     "name: t\n" FIRM "pools:\n  - {size: 16, initial_count: 64}\n"
     "  - {size: 32, initial_count: 1}\n",
     OWNER_STRIDE, 2048, 10},
    /* Of a module a table is a part, and what is not used costs nothing. */
    {"a module, which has no tables",
     "name: t\ntarget: [wasm]\npools:\n"
     "  - {size: 16, initial_count: 8}\n  - {size: 64, initial_count: 65536}\n"
     "  - {size: 1024, initial_count: 65536}\n",
     OWNER_COMPARES, 1024 + 65536 * 1088, 0},
    /* On a chip the 992 bytes that a stride loses weigh more than a compare. */
    {"a chip, whose memory weighs",
     "name: t\ntarget: [bare]\npools:\n  - {size: 16, initial_count: 64}\n"
     "  - {size: 32, initial_count: 1}\n",
     OWNER_COMPARES, 1056, 0},
    {"a chip whose pools are strides as they are",
     "name: t\ntarget: [bare]\npools:\n  - {size: 16, initial_count: 64}\n"
     "  - {size: 32, initial_count: 32}\n",
     OWNER_STRIDE, 2048, 10},
    {"a chip with more pools than would be compared elsewhere",
     "name: t\ntarget: [bare]\nalignment: 8\npools:\n  - {size: 8, initial_count: 9}\n"
     "  - {size: 24, initial_count: 9}\n  - {size: 40, initial_count: 9}\n"
     "  - {size: 56, initial_count: 9}\n  - {size: 72, initial_count: 9}\n"
     "  - {size: 88, initial_count: 9}\n  - {size: 104, initial_count: 9}\n"
     "  - {size: 120, initial_count: 9}\n  - {size: 136, initial_count: 9}\n",
     OWNER_COMPARES, 9 * 648, 0},
    {"an arena of its own is not in the others'",
     "name: t\ntarget: [bare]\npools:\n  - {size: 16, initial_count: 64, section: fast}\n"
     "  - {size: 32, initial_count: 40}\n",
     OWNER_COMPARES, 1280, 0},
};

static void plan_has_owner(void **state)
{
    const struct owner_row *row = *state;
    struct run run;
    PLAN_BEGIN(&run, plan, row->source);
    assert_int_equal(plan->owner, row->owner);
    assert_int_equal(plan->arena_bytes, row->arena_bytes);
    assert_int_equal(plan->layouts[plan->owner].shift, row->shift);
    assert_int_equal(plan->static_bytes, plan->layouts[plan->owner].static_bytes);
    assert_true(plan->static_bytes > plan->arena_bytes);
    uint64_t objects = 0;
    for (size_t i = 0; i < plan->object_count; i++)
        objects += plan->objects[i].bytes;
    assert_int_equal(plan->static_bytes, objects);
    run_end(&run);
}

/* Eight compares are the most that beat a table. */
static void check_compares(const struct plan *plan)
{
    assert_int_equal(plan->layouts[OWNER_COMPARES].possible, plan->pool_count <= 8);
    assert_true(plan->layouts[OWNER_GRANULES].possible);
}

static void compares_are_for_few_pools(void **state)
{
    char source[1024] = "name: t\n" FIRM "pools:\n";
    (void)state;
    for (size_t i = 1; i <= 12; i++) {
        snprintf(source + strlen(source), sizeof source - strlen(source),
                 "  - {size: %zu, initial_count: 4}\n", i * 16);
        check_plan(source, check_compares);
    }
}

/* Where pools lie by their alignment nothing is lost between them, and each is found again. */
static void check_places(const struct plan *plan)
{
    uint64_t end = 0;
    assert_int_equal(plan->placed_count, plan->pool_count);
    for (size_t i = 0; i < plan->placed_count; i++) {
        const struct plan_pool *pool = &plan->pools[plan->placed[i]];
        assert_int_equal(pool->offset % pool->alignment, 0);
        assert_true(plan->owner != OWNER_COMPARES || pool->offset == end);
        end = pool->offset + pool->bytes;
    }
    assert_int_equal(plan->layouts[OWNER_COMPARES].arena_bytes, plan->pool_bytes);
}

static void a_chip_loses_nothing_between_pools(void **state)
{
    static const char *const keys[] = {"target: [bare]\n", "target: [bare]\nalignment: 8\n",
                                       "threads: critical\nexhausted: fail\noversize: fail\n"};
    (void)state;
    check_random_plans(keys, sizeof keys / sizeof keys[0], check_places);
}

/* Every pool of every layout lies in the arena, apart from the others, aligned. */
static void assert_pools_lie_apart(const struct plan *plan)
{
    uint64_t end = 0;
    for (size_t i = 0; i < plan->pool_count; i++) {
        const struct plan_pool *pool = &plan->pools[i];
        assert_true(pool->offset >= end);
        assert_int_equal(pool->offset % pool->alignment, 0);
        assert_int_equal(plan->arena_alignment % pool->alignment, 0);
        if (plan->owner == OWNER_STRIDE)
            assert_int_equal(pool->offset, (uint64_t)i << plan->layouts[OWNER_STRIDE].shift);
        if (plan->owner == OWNER_GRANULES)
            assert_int_equal(pool->offset >> plan->layouts[OWNER_GRANULES].shift
                                                 << plan->layouts[OWNER_GRANULES].shift,
                             pool->offset);
        end = pool->offset + pool->bytes;
    }
    assert_true(end <= plan->arena_bytes);
}

static void check_owner(const struct plan *plan)
{
    assert_pools_lie_apart(plan);
    for (enum owner_map owner = 0; owner < OWNER_COUNT; owner++) {
        const struct plan_layout *layout = &plan->layouts[owner];
        assert_true(!layout->possible || layout->cost >= plan->layouts[plan->owner].cost);
    }
}

static void pools_of_random_tables_lie_apart(void **state)
{
    static const char *const keys[] = {"", FIRM, "threads: none\n", "stats: counters\n"};
    (void)state;
    check_random_plans(keys, sizeof keys / sizeof keys[0], check_owner);
}

/* ---- thread caches */

static void check_batches(const struct plan *plan)
{
    uint64_t bytes = 0, uncached = 0;
    for (size_t pool = 0; pool < plan->pool_count; pool++) {
        const struct plan_pool *p = &plan->pools[pool];
        uint64_t quarter = p->initial_count < 8 ? 1 : p->initial_count / 4;
        assert_true(p->batch >= 1 && p->batch <= quarter && p->batch <= 256);
        assert_true(p->batch == 1 || p->batch * p->size <= 32 << 10);
        assert_true(p->cached == 0 ? p->batch == 1 : p->cached == 3 * p->batch);
        bytes += p->cached * p->size;
        uncached += p->cached == 0;
    }
    assert_int_equal(plan->thread_cache_bytes, bytes);
    assert_int_equal(plan->uncached, uncached);
    assert_int_equal(plan->caches, uncached < plan->pool_count);
    assert_true(bytes <= plan->table->thread_cache);
}

static void batches_obey_the_cache_and_the_counts(void **state)
{
    static const char *const keys[] = {"", "thread_cache: 64KiB\n", "thread_cache: 4KiB\n",
                                       "thread_cache: 100\n", "thread_cache: 64MiB\n"};
    (void)state;
    check_random_plans(keys, sizeof keys / sizeof keys[0], check_batches);
}

static void batches_may_be_asked_for(void **state)
{
    struct run run;
    (void)state;
    PLAN_BEGIN(&run, plan,
               "name: t\nbatch: 7\npools:\n  - {size: 16, initial_count: 10}\n"
               "  - {size: 32, initial_count: 10, batch: 99}\n"
               "  - {size: 64, initial_count: 10, batch: auto}\n");
    assert_int_equal(plan->pools[0].batch, 7);
    assert_int_equal(plan->pools[1].batch, 99);
    assert_int_equal(plan->pools[2].batch, 2);
    run_end(&run);
}

static void one_thread_has_no_batches(void **state)
{
    struct run run;
    (void)state;
    PLAN_BEGIN(&run, plan, "name: t\nthreads: none\n" FLAGSHIP);
    assert_false(plan->caches);
    assert_int_equal(plan->thread_cache_bytes, 0);
    for (size_t i = 0; i < plan->pool_count; i++)
        assert_int_equal(plan->pools[i].cached, 0);
    run_end(&run);
}

/* ---- growth */

struct growth_row {
    const char *name;
    const char *source;
    unsigned shift;
    uint64_t parts;
};

#define ONE_POOL(size) "pools:\n  - {size: " size ", initial_count: 4}\n"

/* Parts of 64 granules for the limit, and 64 more for addresses that others use. */
static const struct growth_row growth_rows[] = {
    {"granules of 64 KiB", "name: t\n" ONE_POOL("64"), 16, 16384 + 64},
    {"sixteen for the largest block, exactly", "name: t\n" ONE_POOL("1048576"), 16, 16384 + 64},
    {"sixteen for the largest block, rounded up", "name: t\n" ONE_POOL("1048592"), 17, 8192 + 64},
    {"a limit", "name: t\ngrow_limit: 8MiB\n" ONE_POOL("64"), 16, 2 + 64},
    {"a limit between parts", "name: t\ngrow_limit: 5MiB\n" ONE_POOL("64"), 16, 2 + 64},
    {"at most 2,097,152 granules", "name: t\ngrow_limit: 128GiB\n" ONE_POOL("4096"), 16,
     32768 + 64},
    {"or larger ones", "name: t\ngrow_limit: 129GiB\n" ONE_POOL("4096"), 17, 16512 + 64},
};

/* ---- growth of a module, by pages */

struct pages_row {
    const char *name;
    const char *source;
    uint64_t pages, blocks; /* of a span of the last pool */
    bool lengths, runs;
};

#define MODULE "name: t\ntarget: [wasm]\n"

static const struct pages_row pages_rows[] = {
    {"a page, of which a block's place is lost", MODULE ONE_POOL("64"), 1, 1023, false, false},
    {"a page that it does not divide", MODULE ONE_POOL("48"), 1, 1364, false, false},
    {"the largest block of which a page wastes an eighth", MODULE ONE_POOL("8192"), 1, 7, false,
     false},
    {"the fewest pages that waste an eighth", MODULE ONE_POOL("16384"), 2, 7, true, true},
    {"blocks of a page", MODULE ONE_POOL("65536"), 8, 7, true, true},
    {"one block and its end", MODULE ONE_POOL("1048576"), 17, 1, true, true},
    {"big blocks", MODULE "oversize: os\n" ONE_POOL("64"), 1, 1023, false, true},
    {"a large pool that does not grow",
     MODULE "pools:\n  - {size: 64, initial_count: 4}\n"
            "  - {size: 65536, initial_count: 4, exhausted: fail}\n",
     1, 0, false, false},
};

static void plan_has_pages(void **state)
{
    const struct pages_row *row = *state;
    struct run run;
    PLAN_BEGIN(&run, plan, row->source);
    const struct plan_pool *last = &plan->pools[plan->pool_count - 1];
    assert_true(plan->pages && !plan->spans && !plan->system);
    assert_int_equal(plan->table->grow_limit, UINT64_C(1) << 32);
    assert_int_equal(last->granules, row->pages);
    assert_int_equal(last->span_blocks, row->blocks);
    assert_int_equal(plan->span_lengths, row->lengths);
    assert_int_equal(plan->runs, row->runs);
    run_end(&run);
}

static void plan_grows(void **state)
{
    const struct growth_row *row = *state;
    struct run run;
    PLAN_BEGIN(&run, plan, row->source);
    assert_int_equal(plan->granule_shift, row->shift);
    assert_int_equal(plan->parts, row->parts);
    run_end(&run);
}

/* Spans of growth hold whole blocks and waste little, and a part has room for what is known of it.
 */
static void check_spans(const struct plan *plan)
{
    const uint64_t granule = UINT64_C(1) << plan->granule_shift;
    uint64_t words = 0;
    for (size_t pool = 0; pool < plan->pool_count; pool++) {
        const struct plan_pool *p = &plan->pools[pool];
        const uint64_t bytes = p->granules * granule, waste = bytes % p->size;
        assert_int_equal(p->granules & (p->granules - 1), 0);
        assert_in_range(p->granules, 1, 32);
        assert_int_equal(p->span_blocks, bytes / p->size);
        assert_true(p->span_blocks >= 1);
        assert_true(waste * 8 <= bytes || p->size > granule / 8);
        words = (p->span_blocks + 63) / 64 > words ? (p->span_blocks + 63) / 64 : words;
    }
    assert_int_equal(plan->span_words, words);
    const uint64_t rows = words < 8 ? words : (words + 7) / 8 * 8;
    const uint64_t head = ((6 + plan->pool_count + 7) / 8 * 8 + 64 * (8 + rows)) * 8;
    assert_true(plan->head_granules * granule >= head);
    assert_true((plan->head_granules - 1) * granule < head);
}

/* Static spans follow one another, each with bits for its blocks. */
static void check_static_spans(const struct plan *plan)
{
    uint64_t spans = 0;
    for (size_t pool = 0; pool < plan->pool_count; pool++) {
        const struct plan_pool *p = &plan->pools[pool];
        const uint64_t blocks = UINT64_C(1) << p->span_shift;
        assert_int_equal(p->first_span, spans);
        assert_true(blocks <= plan->span_words * 64);
        spans += (p->initial_count + blocks - 1) / blocks;
    }
    assert_int_equal(plan->static_spans, spans);
}

/* A multiplication tells the block of any byte of an arena or a span: at the blocks' edges too. */
static void check_inverses(const struct plan *plan)
{
    for (size_t pool = 0; pool < plan->pool_count; pool++) {
        const struct plan_pool *p = &plan->pools[pool];
        const uint64_t last = (UINT64_C(1) << 31) / p->size - 1;
        const uint64_t numbers[] = {0, 1, 2, last / 3, last / 2, last - 1, last};
        for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
            const uint64_t first = numbers[i] * p->size;
            assert_int_equal(first * p->inverse >> p->inverse_shift, numbers[i]);
            assert_int_equal((first + p->size - 1) * p->inverse >> p->inverse_shift, numbers[i]);
        }
    }
}

static void spans_have_what_their_blocks_need(void **state)
{
    static const char *const keys[] = {"", "threads: none\n", "thread_cache: 0\n"};
    (void)state;
    check_random_plans(keys, sizeof keys / sizeof keys[0], check_spans);
    check_random_plans(keys, sizeof keys / sizeof keys[0], check_static_spans);
    check_random_plans(keys, sizeof keys / sizeof keys[0], check_inverses);
}

/* ---- aligned requests */

struct alignment_row {
    const char *name;
    const char *source;
    bool natural;
    unsigned first, rows;
};

static const struct alignment_row alignment_rows[] = {
    {"powers of two need no table", "name: t\n" FLAGSHIP, true, 4, 9},
    {"whole pages need no table",
     "name: t\npools:\n  - {size: 4096, initial_count: 4}\n  - {size: 12288, initial_count: 4}\n",
     true, 13, 0},
    {"powers of two and pages need none",
     "name: t\npools:\n  - {size: 64, initial_count: 4}\n  - {size: 12288, initial_count: 4}\n",
     true, 7, 6},
    {"three quarters do",
     "name: t\npools:\n  - {size: 64, initial_count: 4}\n  - {size: 192, initial_count: 4}\n"
     "  - {size: 256, initial_count: 4}\n",
     false, 7, 6},
    {"from the least that some pool lacks",
     "name: t\nalignment: 8\npools:\n  - {size: 24, initial_count: 4}\n"
     "  - {size: 64, initial_count: 4}\n",
     false, 4, 9},
};

static void plan_aligns(void **state)
{
    const struct alignment_row *row = *state;
    struct run run;
    PLAN_BEGIN(&run, plan, row->source);
    assert_int_equal(plan->natural, row->natural);
    assert_int_equal(plan->align_first, row->first);
    assert_int_equal(plan->align_rows, row->rows);
    run_end(&run);
}

/* 192 at 128 must skip the pool of 192. */
static void aligned_requests_skip_pools(void **state)
{
    struct run run;
    (void)state;
    PLAN_BEGIN(&run, plan,
               "name: t\npools:\n  - {size: 64, initial_count: 4}\n"
               "  - {size: 128, initial_count: 4}\n  - {size: 192, initial_count: 4}\n"
               "  - {size: 256, initial_count: 4}\n  - {size: 320, initial_count: 4}\n");
    assert_int_equal(plan_aligned(plan, 2, 64), 2);
    assert_int_equal(plan_aligned(plan, 2, 128), 3);
    assert_int_equal(plan_aligned(plan, 0, 128), 1);
    assert_int_equal(plan_aligned(plan, 4, 64), 4);
    assert_int_equal(plan_aligned(plan, 4, 128), 5);
    assert_int_equal(plan_aligned(plan, 0, 512), 5);
    run_end(&run);
}

/* Where a table is natural, the pool of the larger of size and alignment is the one that a search
   finds, for every size and alignment. */
static void check_natural(const struct plan *plan)
{
    for (uint64_t alignment = 1; plan->natural && alignment <= 4096; alignment *= 2)
        for (uint64_t size = 1; size <= plan->largest; size++) {
            const uint64_t needed = size > alignment ? size : alignment;
            size_t from = 0, direct = 0;
            while (plan->pools[from].size < size)
                from++;
            while (direct < plan->pool_count && plan->pools[direct].size < needed)
                direct++;
            assert_int_equal(plan_aligned(plan, from, alignment), direct);
        }
}

static void natural_tables_agree_with_a_search(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof alignment_rows / sizeof alignment_rows[0]; i++)
        check_plan(alignment_rows[i].source, check_natural);
}

/* ---- the layout hash */

struct hash_row {
    const char *name;
    const char *source;
    bool changes;
};

#define TWO_POOLS(keys, size, count)                                                               \
    "name: t\n" keys "pools:\n  - {size: 16, initial_count: 64}\n  - {size: " size                 \
    ", initial_count: " count "}\n"

static const struct hash_row hash_rows[] = {
    {"the same table", TWO_POOLS("", "64", "64"), false},
    {"another comment", TWO_POOLS("# said\n", "64", "64"), false},
    {"another size", TWO_POOLS("", "80", "64"), true},
    {"another count", TWO_POOLS("", "64", "65"), true},
    {"another pool", TWO_POOLS("", "64", "64") "  - {size: 128, initial_count: 64}\n", true},
    {"one pool less", "name: t\npools:\n  - {size: 16, initial_count: 64}\n", true},
    {"one thread", TWO_POOLS("threads: none\n", "64", "64"), true},
    {"counters", TWO_POOLS("stats: counters\n", "64", "64"), true},
    {"no caches", TWO_POOLS("thread_cache: 0\nbatch: 1\n", "64", "64"), true},
    {"another alignment", TWO_POOLS("alignment: 8\n", "64", "64"), true},
    {"another name",
     "name: u\npools:\n  - {size: 16, initial_count: 64}\n  - {size: 64, initial_count: 64}\n",
     true},
};

static uint64_t hash_of(const char *source, const char *prefix)
{
    struct run run;
    RUN_BEGIN(&run, source, strlen(source));
    const struct plan *plan = plan_renamed(&run, prefix);
    assert_non_null(plan);
    uint64_t hash = plan->layout_hash;
    run_end(&run);
    return hash;
}

static void layout_hash_changes(void **state)
{
    const struct hash_row *row = *state;
    const uint64_t base = hash_of(hash_rows[0].source, NULL);
    assert_int_equal(hash_of(row->source, NULL) != base, row->changes);
}

static void layout_hash_knows_the_prefix(void **state)
{
    (void)state;
    assert_true(hash_of(hash_rows[0].source, "u") == hash_of(hash_rows[10].source, NULL));
    assert_true(hash_of(hash_rows[0].source, "u") != hash_of(hash_rows[0].source, NULL));
}

/* ---- errors */

struct error_row {
    const char *name;
    const char *source;
    const char *messages;
};

static const struct error_row error_rows[] = {
    {"a budget below the least layout", "name: t\n" FIRM "budget: 1KiB\n" ONE_POOL("512"),
     "table.yaml:5:9: error: budget: the static objects of this table take at least 2112 bytes, "
     "not 1024\n"
     "budget: 1KiB\n"
     "        ^\n"},
    {"a budget below it of a chip, whose pointers may be narrower than what is counted",
     "name: t\ntarget: [bare]\nbudget: 1KiB\n" ONE_POOL("512"),
     "table.yaml:3:9: error: budget: the static objects of this table take at least 2094 bytes, "
     "counting 8 for each pointer, not 1024\n"
     "budget: 1KiB\n"
     "        ^\n"},
    {"bits for sizes that follow no rule",
     "name: t\nselect: bits\npools:\n  - {size: 16, initial_count: 4}\n"
     "  - {size: 48, initial_count: 4}\n  - {size: 64, initial_count: 4}\n",
     "table.yaml:2:9: error: select: bits cannot represent this table: its sizes do not stand in "
     "even steps\n"
     "select: bits\n"
     "        ^\n"},
    {"a table of more than 2^20 entries",
     "name: t\nselect: table\npools:\n  - {size: 16, initial_count: 4}\n"
     "  - {size: 16777216, initial_count: 1}\n",
     "table.yaml:2:9: error: select: table cannot represent this table: its table would have more "
     "than 1,048,576 entries\n"
     "select: table\n"
     "        ^\n"},
    {"growth of less than a span", "name: t\ngrow_limit: 1MiB\n" ONE_POOL("1048576"),
     "table.yaml:2:13: error: grow_limit: the first span of the largest pool that grows takes "
     "2097152 bytes of growth\n"
     "grow_limit: 1MiB\n"
     "            ^\n"},
    {"a module's memory with less than a span", MODULE "grow_limit: 1MiB\n" ONE_POOL("262144"),
     "table.yaml:3:13: error: grow_limit: the first span of the largest pool that grows takes "
     "1638400 bytes of memory, with the static blocks\n"
     "grow_limit: 1MiB\n"
     "            ^\n"},
    {"batches that do not fit the cache",
     "name: t\nthread_cache: 4KiB\npools:\n  - {size: 64, initial_count: 400, batch: 100}\n",
     "table.yaml:4:43: error: pools[0].batch: a thread's cache holds up to three batches, and "
     "three "
     "of 100 blocks of 64 bytes do not fit the thread_cache of 4096 bytes\n"
     "  - {size: 64, initial_count: 400, batch: 100}\n"
     "                                          ^\n"},
};

static void plan_refuses(void **state)
{
    const struct error_row *row = *state;
    struct run run;
    RUN_BEGIN(&run, row->source, strlen(row->source));
    assert_null(run_plan(&run));
    assert_string_equal(run_messages(&run), row->messages);
    run_end(&run);
}

/* Two of a plan's errors in one table are both reported. */
static void plan_refuses_more_than_once(void **state)
{
    static const char source[] =
        "name: t\nselect: bits\ngrow_limit: 1MiB\npools:\n"
        "  - {size: 16, initial_count: 4}\n  - {size: 48, initial_count: 4}\n"
        "  - {size: 1048576, initial_count: 4}\n";
    struct run run;
    (void)state;
    RUN_BEGIN(&run, source, strlen(source));
    assert_null(run_plan(&run));
    assert_int_equal(run.diag.errors, 2);
    run_end(&run);
}

/* ---- */

enum { MOST_TESTS = 100 };
static struct CMUnitTest tests[MOST_TESTS];
static size_t test_count;

static void add_test(const char *name, CMUnitTestFunction function, const void *row)
{
    assert_true(test_count < MOST_TESTS);
    tests[test_count++] = (struct CMUnitTest){name, function, NULL, NULL, (void *)(uintptr_t)row};
}

#define ADD(function) add_test(#function, function, NULL)
#define ADD_ROWS(rows, function)                                                                   \
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows)[0]; i++)                                    \
    add_test((rows)[i].name, function, &(rows)[i])

int main(void)
{
    ADD_ROWS(feature_rows, plan_has_features);
    ADD(a_chip_has_numbers_of_the_fewest_bytes);
    ADD(arenas_of_their_own_are_served_in_steps);
    ADD(a_plan_knows_whether_borrowed_blocks_are_as_aligned);
    ADD(one_pool_of_many_decides);
    ADD(plan_knows_the_waste);
    ADD(full_takes_eight_bytes_of_a_block);
    ADD(check_takes_none);
    ADD(levels_cost_what_they_say);
    ADD(pools_have_levels_of_their_own);
    ADD_ROWS(owner_rows, plan_has_owner);
    ADD(compares_are_for_few_pools);
    ADD(a_chip_loses_nothing_between_pools);
    ADD(pools_of_random_tables_lie_apart);
    ADD(batches_obey_the_cache_and_the_counts);
    ADD(batches_may_be_asked_for);
    ADD(one_thread_has_no_batches);
    ADD_ROWS(growth_rows, plan_grows);
    ADD_ROWS(pages_rows, plan_has_pages);
    ADD(spans_have_what_their_blocks_need);
    ADD_ROWS(alignment_rows, plan_aligns);
    ADD(aligned_requests_skip_pools);
    ADD(natural_tables_agree_with_a_search);
    ADD_ROWS(hash_rows, layout_hash_changes);
    ADD(layout_hash_knows_the_prefix);
    ADD_ROWS(error_rows, plan_refuses);
    ADD(plan_refuses_more_than_once);
    return run_all("plan", tests, test_count);
}
