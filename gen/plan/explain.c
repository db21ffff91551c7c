#include "plan/explain.h"

#include "table/schema.h"
#include "version.h"

static const char *const owner_names[] = {"stride", "granules", "compares"};
static const char *const owner_words[] = {
    "one shift, every pool at the same power-of-two stride",
    "a shift and a byte table, pools packed in granules",
    "a compare a pool, pools packed to the byte",
};
static const char *const selector_names[] = {"unrolled", "table", "bits", "split"};
static const char *const selector_words[] = {
    "a compare a pool, without branches",
    "a table with an entry a granule",
    "bit arithmetic",
    "a table for the small sizes, bit arithmetic above",
};

typedef unsigned long long number;

static void explain_features(struct text *out, const struct plan *plan)
{
    const struct table *table = plan->table;
    text_format(out, "%s: %zu pools of %llu to %llu bytes\n", table->name, plan->pool_count,
                (number)plan->pools[0].size, (number)plan->largest);
    if (plan->critical) {
        text_string(out,
                    "threads       critical: each call is a section of the consumer's macros, or "
                    "a few in turn and never one in another:\n"
                    "              one block taken or given in each; the owner's bytes are "
                    "copied and filled outside; all of stats,\n"
                    "              check, trim and idle inside\n");
    } else if (!plan->shared) {
        text_string(out, "threads       none: one free list a pool, no TLS and no atomics\n");
    } else if (plan->caches) {
        text_format(
            out,
            "threads       shared: each thread's cache holds at most %llu of the %llu bytes "
            "that thread_cache allows\n",
            (number)plan->thread_cache_bytes, (number)table->thread_cache);
    } else {
        text_string(out, "threads       shared, without caches: every block comes from its span\n");
    }
    if (plan->caches && plan->uncached != 0) {
        text_format(out,
                    "              %zu pools find no room in it: their blocks come from their "
                    "spans one by one\n",
                    plan->uncached);
    }
    text_format(out, "oversize      %s: requests above %llu bytes\n",
                schema_word(KEY_OVERSIZE, table->oversize), (number)plan->largest);
    if (plan->maps) {
        text_format(
            out,
            "              freed ones are kept, with their pages, for the next request: %d MiB and "
            "as much as is in use, at most %d MiB;\n"
            "              the least that fits serves and leaves its rest, or the largest grows; "
            "neighbours join\n",
            PLAN_KEPT_LEAST_MIB, PLAN_KEPT_MOST_MIB);
        if (plan->decays) {
            text_format(out,
                        "              what is unused for %d ms goes back, %d MiB at a time; all "
                        "of it in trim\n",
                        PLAN_KEPT_MILLISECONDS, PLAN_KEPT_STEP_MIB);
        } else {
            text_string(out, "              it goes back in trim\n");
        }
    }
    text_format(out, "alignment     %llu bytes; aligned requests up to 4096 %s\n",
                (number)table->alignment,
                plan->natural ? "take the pool of the larger of size and alignment"
                              : "look up the next pool that has it");
    if (plan->auto_release) {
        text_string(out,
                    "release       auto: what is idle for a tenth of a second or two goes back in "
                    "steps of slow calls and of idle, and all in trim\n");
    } else if (plan->system) {
        text_format(out, "release       %s\n",
                    plan->decays ? "auto: of freed big blocks alone, the pools keep their arenas"
                                 : "only in trim");
    } else {
        text_string(out, plan->pages
                             ? "release       none: a module's memory never shrinks\n"
                             : "release       none: there is no system to give memory to\n");
    }
}

/* Growth where memory is a module's. */
static void explain_pages_of(struct text *out, const struct plan *plan)
{
    uint64_t widest = 0;
    for (size_t i = 0; i < plan->pool_count; i++) {
        const struct plan_pool *pool = &plan->pools[i];
        if (pool->exhausted == EXHAUSTED_GROW && pool->granules > widest) {
            widest = pool->granules;
        }
    }
    text_format(
        out,
        "growth        by memory.grow, a span at a time: pages of 65536 bytes, %llu for the "
        "widest, or a 64th of the memory, while that stays within %llu bytes in all;\n"
        "              a span whose blocks are all free leaves its pool, and any may take "
        "its pages, for some 70 bytes of code; to find one takes a byte a page of the memory at "
        "most\n",
        (number)widest, (number)plan->table->grow_limit);
}

/* Where it runs, and what its linkers do not let it promise of static storage. */
static void explain_target(struct text *out, const struct plan *plan)
{
    const struct key *key = &schema_keys[KEY_TARGET];
    const unsigned target = plan->table->target;
    text_string(out, "target       ");
    for (unsigned i = 0; i < KEY_WORDS && key->words[i] != NULL; i++) {
        text_format(out, "%s%s", (target >> i & 1) != 0 ? " " : "",
                    (target >> i & 1) != 0 ? key->words[i] : "");
    }
    text_string(out, "\n");
    if (plan->system && (target & TARGET_POSIX) != 0) {
        text_format(out,
                    "              static arenas are aligned to %llu bytes, on macOS to 32768\n",
                    (number)plan->arena_alignment);
    }
    if (plan->system && (target & TARGET_WINDOWS) != 0) {
        text_string(out, "              on Windows static arenas are aligned to 8192 bytes, and "
                         "keep their memory; "
                         "growth gives it back\n");
    }
}

static void explain_growth(struct text *out, const struct plan *plan)
{
    if (!plan->grows) {
        return;
    }
    if (plan->pages) {
        explain_pages_of(out, plan);
        return;
    }
    const number granule = (number)1 << plan->granule_shift;
    text_format(
        out,
        "growth        up to %llu bytes, from the system in parts of %llu granules of %llu bytes;\n"
        "              %llu of a part hold what is known of it\n",
        (number)plan->table->grow_limit, (number)64, granule, (number)plan->head_granules);
}

/* What the model weighs. */
static void explain_model(struct text *out, const struct plan *plan)
{
    if (plan->bare) {
        text_string(out,
                    "\nbare          flash weighs, as an ARMv7-M's code and constants take it, "
                    "and memory lost between pools: not time\n");
    }
}

static void explain_selector(struct text *out, const struct plan *plan)
{
    const struct selector *selector = &plan->selector;
    text_format(out, "\nselector      %s, %s\n", selector_names[selector->kind],
                !selector->forced                    ? "the cheapest by the model"
                : plan->table->select == SELECT_AUTO ? "the fewest bytes of a module"
                                                     : "as the table asks");
    for (enum selector_kind kind = 0; kind < SELECTOR_COUNT; kind++) {
        const struct selector_option *option = &selector->options[kind];
        text_format(out, "  %c %-9s ", kind == selector->kind ? '*' : ' ', selector_names[kind]);
        if (option->possible) {
            text_format(out, plan->bare ? "%5.0f bytes" : "%5.2f ns", option->cost);
            text_format(out, ", %llu bytes of table: %s\n", (number)option->bytes,
                        selector_words[kind]);
        } else {
            text_format(out, "not possible: %s\n", option->why_not);
        }
    }
}

static void explain_owner(struct text *out, const struct plan *plan)
{
    text_format(out, "\nowner map     %s, the cheapest that %s\n", owner_names[plan->owner],
                plan->table->budget != 0 ? "fits the budget" : "this table allows");
    for (enum owner_map owner = 0; owner < OWNER_COUNT; owner++) {
        const struct plan_layout *layout = &plan->layouts[owner];
        text_format(out, "  %c %-9s ", owner == plan->owner ? '*' : ' ', owner_names[owner]);
        text_format(out, plan->bare ? "%5.0f bytes" : "%5.2f ns", layout->cost);
        text_format(out, ", arenas %llu bytes, all static objects %llu%s: %s\n",
                    (number)layout->arena_bytes, (number)layout->static_bytes,
                    layout->possible ? "" : " (not possible here)", owner_words[owner]);
    }
    if (plan->table->budget != 0) {
        text_format(out, "budget        %s%llu of %llu bytes%s\n",
                    plan->freestanding ? "at most " : "", (number)plan->static_bytes,
                    (number)plan->table->budget,
                    plan->freestanding ? ": pointers narrower than 8 bytes take less" : "");
    }
}

static void explain_pools(struct text *out, const struct plan *plan)
{
    text_string(out, "\n pool      size     blocks       bytes   batch  cached  exhausted"
                     "  worst waste  expected\n");
    for (size_t i = 0; i < plan->pool_count; i++) {
        const struct plan_pool *pool = &plan->pools[i];
        text_format(out, "%5zu %9llu %10llu %11llu %7llu %7llu  %-9s  %11llu  %6.1f %%\n", i,
                    (number)pool->size, (number)pool->initial_count, (number)pool->bytes,
                    (number)pool->batch, (number)pool->cached,
                    schema_word(KEY_EXHAUSTED, pool->exhausted), (number)pool->worst_waste,
                    100 * pool->expected_waste);
    }
    text_format(out,
                "\nblocks        %llu bytes in arenas of %llu\n"
                "worst waste   of a request that just misses the pool below, bytes a block\n"
                "expected      share of a block lost when all sizes of its range are as likely\n",
                (number)plan->pool_bytes, (number)plan->arena_bytes);
}

/* Modelled nanoseconds of a pair of calls more than without: a state, a link and their
   verification; beside them a request's size, what lies behind it and the quarantine; and what a
   byte costs that is filled. */
static const double check_cost = 1.5, full_cost = 30, full_byte_cost = 0.007;

static double harden_cost(const struct plan_pool *pool)
{
    const double full = full_cost + full_byte_cost * (double)pool->size;
    return pool->harden == HARDEN_OFF ? 0 : pool->harden == HARDEN_CHECK ? check_cost : full;
}

/* Bytes that the level takes of a pool's initial blocks: states, and the checks in blocks. */
static uint64_t harden_bytes(const struct plan *plan, const struct plan_pool *pool)
{
    const uint64_t states = pool->bytes >> plan->state_shift;
    const uint64_t tails = pool->initial_count * (pool->size - pool->most);
    return pool->harden == HARDEN_OFF ? 0 : states + tails;
}

static void explain_hardening(struct text *out, const struct plan *plan)
{
    if (!plan->hardened) {
        return;
    }
    text_format(
        out, "\nharden        a byte of state outside of the blocks for each %llu bytes%s\n",
        (number)1 << plan->state_shift,
        plan->guards ? "; 64 KiB between pools, and all that no pool has used, inaccessible" : "");
    text_string(out,
                " pool      size  level  most served       bytes     ns a pair  wait, blocks\n");
    for (size_t i = 0; i < plan->pool_count; i++) {
        const struct plan_pool *pool = &plan->pools[i];
        text_format(out, "%5zu %9llu  %-5s  %11llu %11llu  %12.1f  %12llu\n", i, (number)pool->size,
                    schema_word(KEY_HARDEN, pool->harden), (number)pool->most,
                    (number)harden_bytes(plan, pool), harden_cost(pool), (number)pool->quarantine);
    }
    if (plan->full) {
        text_format(
            out,
            "zero          freed blocks of full, until they are used again; then the first and "
            "the last %d bytes of each are verified%s\n",
            PLAN_VERIFIED,
            plan->guards && plan->spans ? ", and all when a process of one thread ends" : "");
    }
    if (plan->quarantine_bytes != 0) {
        text_format(out,
                    "wait          freed blocks that are not used again yet, in %s: %llu bytes of "
                    "them; one's own "
                    "are recalled before a request fails\n",
                    plan->caches ? "each thread's cache" : "all", (number)plan->quarantine_bytes);
    }
}

/* What interrupts alone get, and where arenas lie that are not with the others. */
static void explain_placement(struct text *out, const struct plan *plan)
{
    for (size_t i = 0; i < plan->pool_count; i++) {
        const struct plan_pool *pool = &plan->pools[i];
        if (pool->reserve != 0) {
            text_format(out, "reserve       %llu of the %llu blocks of %llu bytes, for alloc_isr\n",
                        (number)pool->reserve, (number)pool->initial_count, (number)pool->size);
        }
        if (pool->section) {
            text_format(out, "section       %s: the %llu bytes of the pool of %llu\n",
                        pool->section, (number)pool->bytes, (number)pool->size);
        }
    }
}

/* What a promise of the table means where several threads cache blocks. */
static void explain_stranding(struct text *out, const struct plan *plan)
{
    bool first = true;
    for (size_t i = 0; plan->caches && i < plan->pool_count; i++) {
        const struct plan_pool *pool = &plan->pools[i];
        if (plan_ends(pool) && pool->cached != 0) {
            if (first) {
                text_format(
                    out,
                    "\nexhausted: %s, with caches: blocks that each other thread can keep from "
                    "the one that asks\n",
                    plan->borrows || plan->hooks ? "fail, borrow or hook" : "fail");
            }
            text_format(out, "  %llu bytes: %llu blocks of %llu\n", (number)pool->size,
                        (number)pool->cached + pool->quarantine, (number)pool->initial_count);
            first = false;
        }
    }
}

void explain_text(struct text *out, const struct plan *plan)
{
    explain_features(out, plan);
    explain_target(out, plan);
    explain_growth(out, plan);
    explain_model(out, plan);
    explain_selector(out, plan);
    explain_owner(out, plan);
    explain_pools(out, plan);
    explain_placement(out, plan);
    explain_hardening(out, plan);
    explain_stranding(out, plan);
}

/* ---- JSON */

/* Every value is a number, a flag or one of the words above, so nothing is escaped. */

/* What a modelled cost is called. */
static const char *cost_name(const struct plan *plan)
{
    return plan->bare ? "flash" : "ns";
}

static void json_selector(struct text *out, const struct plan *plan)
{
    const struct selector *selector = &plan->selector;
    text_format(out, "  \"selector\": {\"kind\": \"%s\", \"forced\": %s, \"options\": {",
                selector_names[selector->kind], selector->forced ? "true" : "false");
    for (enum selector_kind kind = 0; kind < SELECTOR_COUNT; kind++) {
        const struct selector_option *option = &selector->options[kind];
        text_format(out, "%s\n    \"%s\": {\"possible\": %s, \"%s\": %.3f, \"bytes\": %llu}",
                    kind == 0 ? "" : ",", selector_names[kind], option->possible ? "true" : "false",
                    cost_name(plan), option->cost, (number)option->bytes);
    }
    text_string(out, "}},\n");
}

static void json_owner(struct text *out, const struct plan *plan)
{
    text_format(out, "  \"owner\": {\"kind\": \"%s\", \"options\": {", owner_names[plan->owner]);
    for (enum owner_map owner = 0; owner < OWNER_COUNT; owner++) {
        const struct plan_layout *layout = &plan->layouts[owner];
        text_format(out,
                    "%s\n    \"%s\": {\"possible\": %s, \"%s\": %.3f, \"arena_bytes\": %llu, "
                    "\"static_bytes\": %llu}",
                    owner == 0 ? "" : ",", owner_names[owner], layout->possible ? "true" : "false",
                    cost_name(plan), layout->cost, (number)layout->arena_bytes,
                    (number)layout->static_bytes);
    }
    text_string(out, "}},\n");
}

static void json_objects(struct text *out, const struct plan *plan)
{
    text_string(out, "  \"objects\": {");
    for (size_t i = 0; i < plan->object_count; i++) {
        const struct plan_object *object = &plan->objects[i];
        text_format(out, "%s\n    \"%s\": %llu", i == 0 ? "" : ",",
                    object->name != NULL ? object->name : "others", (number)object->bytes);
    }
    text_string(out, "\n  },\n");
}

static void json_pools(struct text *out, const struct plan *plan)
{
    text_string(out, "  \"pools\": [");
    for (size_t i = 0; i < plan->pool_count; i++) {
        const struct plan_pool *pool = &plan->pools[i];
        text_format(
            out,
            "%s\n    {\"size\": %llu, \"initial_count\": %llu, \"bytes\": %llu, "
            "\"offset\": %llu, \"alignment\": %llu, \"batch\": %llu, \"cached\": %llu, "
            "\"span_granules\": %llu, \"span_blocks\": %llu, \"worst_waste\": %llu, "
            "\"expected_waste\": %.4f, "
            "\"exhausted\": \"%s\", \"harden\": \"%s\", \"most\": %llu, \"harden_bytes\": %llu, "
            "\"harden_ns\": %.3f, \"quarantine\": %llu",
            i == 0 ? "" : ",", (number)pool->size, (number)pool->initial_count, (number)pool->bytes,
            (number)pool->offset, (number)pool->alignment, (number)pool->batch,
            (number)pool->cached, (number)pool->granules, (number)pool->span_blocks,
            (number)pool->worst_waste, pool->expected_waste,
            schema_word(KEY_EXHAUSTED, pool->exhausted), schema_word(KEY_HARDEN, pool->harden),
            (number)pool->most, (number)harden_bytes(plan, pool), harden_cost(pool),
            (number)pool->quarantine);
        if (pool->reserve != 0) {
            text_format(out, ", \"reserve\": %llu", (number)pool->reserve);
        }
        if (pool->section) {
            text_format(out, ", \"section\": \"%s\"", pool->section);
        }
        text_string(out, "}");
    }
    text_string(out, "\n  ]\n");
}

void explain_json(struct text *out, const struct plan *plan)
{
    const struct table *table = plan->table;
    text_format(out,
                "{\n  \"poolgen\": \"" POOLGEN_VERSION "\",\n  \"name\": \"%s\",\n"
                "  \"threads\": \"%s\",\n  \"oversize\": \"%s\",\n  \"alignment\": %llu,\n"
                "  \"thread_cache_bytes\": %llu,\n  \"pool_bytes\": %llu,\n"
                "  \"arena_bytes\": %llu,\n  \"static_bytes\": %llu,\n"
                "  \"granule_bytes\": %llu,\n",
                table->name, schema_word(KEY_THREADS, table->threads),
                schema_word(KEY_OVERSIZE, table->oversize), (number)table->alignment,
                (number)plan->thread_cache_bytes, (number)plan->pool_bytes,
                (number)plan->arena_bytes, (number)plan->static_bytes,
                (number)(plan->grows ? UINT64_C(1) << plan->granule_shift : 0));
    json_selector(out, plan);
    json_owner(out, plan);
    json_objects(out, plan);
    json_pools(out, plan);
    text_string(out, "}\n");
}
