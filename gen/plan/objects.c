#include "plan/objects.h"

#define WORD UINT64_C(8) /* bytes, and of a pointer: what the model has, and the most there is */

enum {
    LINES = 128,       /* what threads share of a pool has cache lines of its own, two at a time */
    GROUP = 64,        /* spans in a word of hints, granules in a part */
    CHUNKS = 32,       /* pointers to thread caches */
    KEPT = 64,         /* ranges of freed mappings that are kept */
    SNAPSHOTS = 64,    /* of a profile */
    PLACES = 16384,    /* for blocks of no bytes, where they may not be touched */
    FEW_WORDS = 2,     /* what the smallest allocator has beside, */
    SYSTEM_WORDS = 14, /* more, where there are threads or a system, */
    PAGE_WORDS = 1,    /* more, for pages, */
    HARDEN_WORDS = 4,  /* more, for the secret and for blocks of no bytes, */
    PROFILE_WORDS = 6, /* and more, for a profile */
};

static uint64_t round_up(uint64_t value, uint64_t multiple)
{
    return (value + multiple - 1) / multiple * multiple;
}

unsigned objects_narrow(const struct plan *plan, enum owner_map owner)
{
    if (!plan->bare && !plan->lean) {
        return plan->compact ? WORD : sizeof(uint32_t);
    }
    const bool offsets = !plan->lean || owner != OWNER_STRIDE; /* else none is told */
    bool narrow =
        plan->largest <= UINT16_MAX && (!offsets || plan->layouts[owner].arena_bytes <= UINT16_MAX);
    for (size_t i = 0; i < plan->pool_count; i++) {
        narrow = narrow && plan->pools[i].initial_count <= UINT16_MAX &&
                 plan->pools[i].granules <= UINT16_MAX;
    }
    return narrow ? sizeof(uint16_t) : sizeof(uint32_t);
}

/* Bytes of a row of numbers.c's shapes where pools are compact: an address or not, numbers,
 * letters. */
static uint64_t compact_shape_bytes(const struct plan *plan, enum owner_map owner)
{
    const uint64_t number = objects_narrow(plan, owner);
    uint64_t bytes = plan->sections ? WORD : 0;
    bytes += (2 + (uint64_t)!plan->sections + plan->reserves) * number;
    bytes += (uint64_t)plan->mixed_exhausted + plan->mixed_harden;
    if (plan->full) {
        bytes = round_up(bytes, sizeof(uint32_t)) + sizeof(uint32_t);
    }
    return round_up(bytes, plan->sections ? WORD : plan->full ? sizeof(uint32_t) : number);
}

/* Bytes of what changes of such a pool: its free blocks, what it could not serve, and counts. */
static uint64_t compact_pool_bytes(const struct plan *plan, enum owner_map owner)
{
    const uint64_t counters = plan->table->stats != STATS_OFF ? 2 : 0;
    const uint64_t bytes =
        (2 + counters) * WORD + (1 + (uint64_t)plan->reserves) * objects_narrow(plan, owner);
    return round_up(bytes, WORD);
}

/* Bytes of the arenas that have sections of their own. */
static uint64_t section_bytes(const struct plan *plan)
{
    return plan->pool_bytes - plan->placed_bytes;
}

/* Words of a row of numbers.c's shapes: two sizes, numbers of 32 bits, and what stands behind the
   spans' 64 bits. */
static uint64_t shape_words(const struct plan *plan)
{
    uint64_t numbers = 1 + plan->caches;
    numbers += plan->caches && plan->uncached != 0;
    numbers += plan->spans ? 4 : plan->mixed_exhausted;
    numbers += plan->full + plan->mixed_harden;
    const uint64_t words = 2 + (numbers + 1) / 2;
    return plan->spans ? words + 1 + plan->grows + plan->mixed_exhausted
                       : words + (plan->pages && plan->grows ? 1 : 0);
}

/* Bytes of a bit for each group of spans, static ones and growth's. */
static uint64_t hint_bytes(const struct plan *plan)
{
    const uint64_t groups = (plan->static_spans + GROUP - 1) / GROUP + plan->parts;
    return plan->spans ? (groups + GROUP - 1) / GROUP * WORD : 0;
}

/* Bytes of what changes of a pool. Where threads share it, it has lines of its own, and more for
   the depot. */
static uint64_t pool_bytes(const struct plan *plan)
{
    uint64_t words = plan->shared ? 3 : 2;
    words += plan->grows ? 2 : 0;
    words += plan->spans && plan->table->stats != STATS_OFF ? 2 : 0;
    words += plan->spans ? 2 : 0; /* lowered, and carved or given */
    if (!plan->shared) {
        words += plan->spans ? 3 : 0;
        return words * WORD + hint_bytes(plan);
    }
    if (!plan->caches) {
        return round_up(words * WORD + hint_bytes(plan), LINES);
    }
    return LINES + round_up(plan->depot_slots * 2 * WORD + hint_bytes(plan), LINES);
}

/* Words of a kept range: itself, and since when, where that matters. */
static uint64_t kept_words(const struct plan *plan)
{
    return plan->decays ? 2 : 1;
}

static uint64_t few_words(const struct plan *plan)
{
    uint64_t words = FEW_WORDS;
    words += plan->system ? SYSTEM_WORDS : 0;
    words += plan->pages ? PAGE_WORDS : 0;
    words += plan->hardened ? HARDEN_WORDS : 0;
    words += plan->table->stats == STATS_PROFILE ? PROFILE_WORDS : 0;
    return words;
}

size_t objects_list(const struct plan *plan, enum owner_map owner,
                    struct plan_object objects[PLAN_OBJECTS])
{
    const struct plan_layout *layout = &plan->layouts[owner];
    const struct selector_option *select = &plan->selector.options[plan->selector.kind];
    const uint64_t pools = plan->pool_count;
    const bool single = !plan->shared && !plan->compact, counters = plan->table->stats != STATS_OFF;
    const uint64_t index = pools > UINT8_MAX ? 2 : 1;       /* of a number of a pool, */
    const uint64_t owner_index = plan->wide_owners ? 2 : 1; /* with some more for none */
    const uint64_t groups = (plan->static_spans + GROUP - 1) / GROUP;
    const uint64_t quarantine = plan->full ? (1 + plan->quarantine) * WORD : 0;
    const uint64_t thread = (counters ? 7 : 5) * WORD +
                            (plan->caches ? quarantine : 0); /* of a pool in a thread's cache, */
    const uint64_t once = (1 + plan->auto_release) * WORD;   /* and of the cache itself */
    const struct {
        const char *name;
        bool when;
        uint64_t bytes;
    } all[] = {
        /* named as in templates/, whose structs say how many words they have */
        {"shapes", true,
         pools * (plan->compact ? compact_shape_bytes(plan, owner) : shape_words(plan) * WORD)},
        {"arena", plan->common_arena, layout->arena_bytes},
        {"pools", true,
         pools * (plan->compact ? compact_pool_bytes(plan, owner) : pool_bytes(plan))},
        {"free_lists", single, pools * WORD},
        {"counts", single && counters, pools * 2 * WORD},
        {"first_thread", plan->caches, round_up(pools * thread + once, 64)},
        {"unborn", plan->caches, pools * 2 * WORD},
        {"dead", plan->caches, pools * 2 * WORD},
        {"chunks", plan->caches, CHUNKS * WORD},
        {"kept", plan->maps, KEPT * kept_words(plan) * WORD},
        {"static_spans", plan->spans, plan->static_spans * PLAN_SPAN_WORDS * WORD},
        {"static_out", plan->spans, plan->static_spans * plan->span_words * WORD},
        {"static_partial", plan->spans, groups * pools * WORD},
        {"stocked", plan->spans && plan->grows, hint_bytes(plan)},
        {"lowered", plan->spans && plan->grows, WORD},
        {"lowest", plan->pages, (pools + 2) * WORD},
        {"owners", plan->grows || plan->pages,
         (plan->pages ? plan->table->grow_limit >> plan->granule_shift
                      : (groups + plan->parts) * GROUP) *
             owner_index},
        {"pool_of_granule", select->bytes != 0, select->bytes},
        {"pool_of_arena_granule", owner == OWNER_GRANULES,
         (layout->arena_bytes >> layout->shift) * index},
        {"next_aligned", !plan->natural && !plan->bare, plan->align_rows * pools * index},
        {"states", plan->hardened, layout->arena_bytes >> plan->state_shift},
        {"quarantines", plan->full && !plan->caches, pools * quarantine},
        {"places", plan->front_checks, PLACES / 8},
        {"snapshots", plan->table->stats == STATS_PROFILE, SNAPSHOTS * (pools + 1) * WORD},
        {NULL, true, few_words(plan) * WORD + section_bytes(plan)},
    };
    _Static_assert(sizeof all / sizeof all[0] <= PLAN_OBJECTS, "a plan has room for all");
    size_t count = 0;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (all[i].when) {
            objects[count++] = (struct plan_object){all[i].name, all[i].bytes};
        }
    }
    return count;
}

uint64_t objects_bytes(const struct plan *plan, enum owner_map owner)
{
    struct plan_object objects[PLAN_OBJECTS];
    const size_t count = objects_list(plan, owner, objects);
    uint64_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        bytes += objects[i].bytes;
    }
    return bytes;
}
