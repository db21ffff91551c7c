#include "emit/bind.h"

#include "table/schema.h"
#include "version.h"
#include <ctype.h>
#include <string.h>

enum {
    VALUES_A_LINE = 16,
    PAGE = 4096,
};

struct binder {
    struct arena *arena;
    const struct plan *plan;
    struct bindings *bindings;
};

/* ---- names */

/* "tokio_server" as "TOKIO_SERVER", and as "TokioServer" for types. */
static void bind_prefix(const struct binder *binder)
{
    const char *name = binder->plan->table->name;
    char *upper = arena_copy(binder->arena, name, strlen(name));
    char *camel = arena_copy(binder->arena, name, strlen(name));
    size_t length = 0;
    for (size_t i = 0; name[i] != '\0'; i++) {
        upper[i] = (char)toupper((unsigned char)name[i]);
        if (name[i] != '_') {
            const bool starts = i == 0 || name[i - 1] == '_';
            camel[length++] = starts ? upper[i] : name[i];
        }
    }
    camel[length] = '\0';
    bind_text(binder->bindings, "prefix", name);
    bind_text(binder->bindings, "PREFIX", upper);
    bind_text(binder->bindings, "Prefix", camel);
}

static void bind_naming(const struct binder *binder, const struct naming *naming)
{
    const char *slash = strrchr(naming->path, '/');
    const char *base = slash != NULL ? slash + 1 : naming->path;
    const int stem = (int)(strlen(base) - strlen(".c"));
    bind_text(binder->bindings, "version", POOLGEN_VERSION);
    bind_text(binder->bindings, "table_file", naming->table);
    bind_text(binder->bindings, "header_name", arena_format(binder->arena, "%.*s.h", stem, base));
}

/* ---- flags */

/* The words of `bits` as flags: "release_auto", "emit_rust". */
static void bind_words(struct bindings *b, struct arena *arena, const struct key *key,
                       uint64_t bits)
{
    for (size_t i = 0; i < KEY_WORDS && key->words[i] != NULL; i++) {
        bind_flag(b, arena_format(arena, "%s_%s", key->name, key->words[i]), (bits >> i & 1) != 0);
    }
}

/* A number under its key's name, and whether it is the key's word for none: "budget_none". */
static void bind_key_number(struct bindings *b, struct arena *arena, const struct key *key,
                            uint64_t number)
{
    bind_number(b, key->name, number);
    if (key->zero != NULL) {
        bind_flag(b, arena_format(arena, "%s_%s", key->name, key->zero), number == 0);
    }
}

/* The words that some pool has. */
static uint64_t words_of_pools(const struct table *table, const struct key *key)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < table->pool_count; i++) {
        bits |= UINT64_C(1) << schema_load(key, IN_POOL, &table->pools[i]);
    }
    return bits;
}

/* Offers what `from`, the table or a pool, says of its keys, all under names that follow from the
   schema. A key that pools may have is in the table what some pool has of it. */
static void offer_keys(const struct binder *binder, struct bindings *b, enum where where,
                       const void *from)
{
    const struct table *table = binder->plan->table;
    for (const struct key *key = schema_keys; key < schema_keys + KEY_COUNT; key++) {
        if (!schema_allows(key, where) || schema_is_text(key) || key->type == TYPE_POOLS) {
            continue;
        }
        const uint64_t value = schema_load(key, where, from);
        if (schema_is_number(key)) {
            bind_key_number(b, binder->arena, key, value);
        } else if (key->type == TYPE_WORDS) {
            bind_words(b, binder->arena, key, value);
        } else if (where == IN_TABLE && schema_allows(key, IN_POOL)) {
            bind_words(b, binder->arena, key, words_of_pools(table, key));
        } else {
            bind_words(b, binder->arena, key, UINT64_C(1) << value);
        }
    }
    bind_offered(b);
}

static bool any_pool_ends(const struct plan *plan)
{
    bool any = false;
    for (size_t i = 0; i < plan->pool_count; i++) {
        any |= plan_ends(&plan->pools[i]);
    }
    return any;
}

static void bind_features(const struct binder *binder)
{
    const struct plan *plan = binder->plan;
    const struct table *table = plan->table;
    struct bindings *b = binder->bindings;
    const bool counters = table->stats != STATS_OFF;
    bind_flag(b, "caches", plan->caches);
    bind_flag(b, "direct", plan->shared && !plan->caches);
    bind_flag(b, "mixed_caches", plan->caches && plan->uncached != 0);
    bind_flag(b, "inline_face",
              !counters && !plan->hardened && !plan->critical && !plan->compact &&
                  (plan->caches || !plan->shared));
    bind_flag(b, "stepwise", plan->stepwise);
    bind_flag(b, "second_tries", plan->borrows || plan->hooks);
    bind_flag(b, "compact", plan->compact);
    bind_flag(b, "short_sizes", plan->largest <= UINT16_MAX);
    bind_flag(b, "reserves", plan->reserves);
    bind_flag(b, "sections", plan->sections);
    bind_flag(b, "common_arena", plan->common_arena);
    bind_flag(b, "borrows_unlike", plan->borrows_unlike);
    /* A request of such a table needs no more than its pool. */
    bind_flag(b, "plain",
              plan->compact && plan->bare && !plan->hardened && !plan->borrows && !plan->hooks &&
                  !plan->reserves);
    bind_flag(b, "look_up", plan->critical && plan->grows);
    bind_flag(b, "hardened", plan->hardened);
    bind_flag(b, "mixed_harden", plan->mixed_harden);
    bind_flag(b, "guards", plan->guards);
    bind_flag(b, "front_checks", plan->front_checks);
    bind_flag(b, "atomics", plan->system || plan->hardened);
    bind_flag(b, "upstream", plan->upstream);
    bind_flag(b, "maps", plan->maps);
    bind_flag(b, "pages", plan->pages);
    bind_flag(b, "pages_grow", plan->pages && plan->grows);
    bind_flag(b, "runs", plan->runs);
    bind_flag(b, "lean", plan->lean);
    bind_flag(b, "span_lengths", plan->span_lengths);
    bind_flag(b, "grow_limited", table->grow_limit < LIMIT_WASM);
    bind_flag(b, "decays", plan->decays);
    bind_flag(b, "system", plan->system);
    bind_flag(b, "freestanding", plan->freestanding);
    bind_flag(b, "errno", table->target != TARGET_BARE);
    bind_flag(b, "tools", !plan->freestanding);
    const bool fails_large = table->oversize == OVERSIZE_FAIL;
    bind_flag(b, "serves_large", !fails_large || !plan->freestanding);
    bind_flag(b, "fails_large", fails_large && !plan->freestanding);
    const bool asks =
        plan->system || plan->upstream || plan->hardened || table->stats == STATS_PROFILE;
    bind_flag(b, "hosted", asks && !plan->freestanding);
    bind_flag(b, "spans", plan->spans);
    bind_flag(b, "auto_release", plan->auto_release);
    bind_flag(b, "unused_counts", plan->caches && table->stats != STATS_OFF);
    const bool obtains = plan->caches || (plan->grows && plan->system) || plan->maps;
    bind_flag(b, "obtains", obtains);
    bind_flag(b, "unmaps", obtains || plan->front_checks);
    bind_flag(b, "protects", plan->guards || plan->maps);
    bind_flag(b, "gives_back", plan->spans || plan->maps);
    bind_flag(b, "from_malloc", plan->upstream && !plan->maps);
    const bool beside_malloc = (table->emit & EMIT_MALLOC) == 0;
    bind_flag(b, "watched_maps", plan->maps && beside_malloc);
    bind_flag(b, "unloads", plan->system && beside_malloc);
    bind_flag(b, "watches_end", plan->shared && (plan->caches || plan->grows) && beside_malloc);
    bind_flag(b, "ticks", plan->auto_release || plan->decays);
    bind_flag(b, "mixed_exhausted", plan->mixed_exhausted);
    bind_flag(b, "strands", plan->caches && any_pool_ends(plan));
    bind_flag(b, "natural", plan->natural);
    bind_flag(b, "other_languages", (table->emit & (EMIT_RUST | EMIT_ZIG)) != 0);
}

/* What the output asserts of its budget: of the small variables it does not tell. */
static void bind_objects(const struct binder *binder)
{
    const struct plan *plan = binder->plan;
    bind_list(binder->bindings, "objects");
    for (size_t i = 0; i < plan->object_count; i++) {
        if (plan->objects[i].name != NULL) {
            struct bindings *row = bind_row(binder->bindings, "objects");
            bind_flag(row, "first", i == 0);
            bind_text(row, "object", plan->objects[i].name);
        }
    }
}

/* ---- tables of numbers */

/* Adds `value` to a list of lines of values, opening a new line when the last is full. */
struct lines {
    const struct binder *binder;
    struct bindings *owner;
    const char *list;
    struct text line;
    size_t count;
};

static void end_line(struct lines *lines)
{
    if (lines->line.length != 0) {
        bind_text(bind_row(lines->owner, lines->list), "values", lines->line.data);
        lines->line = (struct text){.arena = lines->binder->arena};
    }
}

static struct lines begin_lines(const struct binder *binder, struct bindings *owner,
                                const char *list)
{
    struct lines lines = {.binder = binder, .owner = owner, .list = list};
    lines.line.arena = binder->arena;
    bind_list(owner, list);
    return lines;
}

static void add_value(struct lines *lines, uint64_t value)
{
    const bool first = lines->count++ % VALUES_A_LINE == 0;
    text_format(&lines->line, first ? "%llu," : " %llu,", (unsigned long long)value);
    if (lines->count % VALUES_A_LINE == 0) {
        end_line(lines);
    }
}

static void bind_selector(const struct binder *binder)
{
    const struct plan *plan = binder->plan;
    const struct selector *selector = &plan->selector;
    struct bindings *b = binder->bindings;
    const bool table = selector->kind == SELECTOR_TABLE || selector->kind == SELECTOR_SPLIT;
    bind_flag(b, "selector_unrolled", selector->kind == SELECTOR_UNROLLED);
    bind_flag(b, "selector_table", selector->kind == SELECTOR_TABLE);
    bind_flag(b, "selector_bits", selector->kind == SELECTOR_BITS);
    bind_flag(b, "selector_split", selector->kind == SELECTOR_SPLIT);
    bind_flag(b, "selects_none", /* the first pool of a size of 0 */
              selector->kind != SELECTOR_BITS);
    bind_flag(b, "select_octaves", selector->steps == 0);
    bind_flag(b, "select_even_start", selector->floor == 0);
    bind_number(b, "select_least", UINT64_C(1) << selector->least_top);
    bind_text(b, "select_type", plan->pool_count <= UINT8_MAX ? "uint8_t" : "uint16_t");
    bind_number(b, "select_granule", selector->granule);
    bind_number(b, "select_granule_mask", selector->granule - 1);
    bind_number(b, "select_granule_shift", selector->granule_shift);
    bind_number(b, "select_entries", selector->entries);
    bind_number(b, "select_split_at", selector->split);
    bind_number(b, "select_per_doubling", UINT64_C(1) << selector->steps);
    bind_number(b, "select_steps", selector->steps);
    /* In whole octaves the step within one is always 1, and every bit below the leading one may be
       set, which saves an addition and a compare. */
    const bool octaves = selector->steps == 0;
    /* Below 0, modulo 2^64, where more pools stand before the first of these than its bits count.
     */
    const uint64_t bias = selector->bias - octaves;
    const bool negative = bias > INT64_MAX;
    bind_text(b, "select_sign", negative ? "+" : "-");
    bind_number(b, "select_bias", negative ? -bias : bias);
    bind_number(b, "select_floor", octaves ? 2 * selector->floor - 1 : selector->floor);
    struct lines lines = begin_lines(binder, b, "select_rows");
    size_t pool = 0;
    for (uint64_t entry = 0; table && entry < selector->entries; entry++) {
        while (plan->pools[pool].size < entry * selector->granule) {
            pool++;
        }
        add_value(&lines, pool);
    }
    end_line(&lines);
}

static void bind_alignments(const struct binder *binder)
{
    const struct plan *plan = binder->plan;
    struct bindings *b = binder->bindings;
    bind_number(b, "align_most", PAGE);
    bind_number(b, "align_least", UINT64_C(1) << plan->align_first);
    bind_number(b, "align_first", plan->align_first);
    bind_number(b, "align_rows", plan->align_rows);
    bind_list(b, "align_table");
    for (unsigned row = 0; !plan->natural && row < plan->align_rows; row++) {
        struct lines lines = begin_lines(binder, bind_row(b, "align_table"), "align_values");
        for (size_t pool = 0; pool < plan->pool_count; pool++) {
            add_value(&lines, plan_aligned(plan, pool, UINT64_C(1) << (plan->align_first + row)));
        }
        end_line(&lines);
    }
}

static void bind_owner(const struct binder *binder)
{
    const struct plan *plan = binder->plan;
    struct bindings *b = binder->bindings;
    const unsigned shift = plan->layouts[plan->owner].shift;
    const uint64_t granules = plan->owner == OWNER_GRANULES ? plan->arena_bytes >> shift : 0;
    bind_flag(b, "stride", plan->owner == OWNER_STRIDE);
    bind_flag(b, "granules", plan->owner == OWNER_GRANULES);
    bind_flag(b, "compares", plan->owner == OWNER_COMPARES);
    bind_number(b, "stride_shift", shift);
    bind_number(b, "granule_count", granules);
    bind_number(b, "granule_bytes", UINT64_C(1) << shift);
    /* From one to the next in the order of addresses the number of the pool goes up or down. */
    bind_number(b, "first_placed", plan->placed_count != 0 ? plan->placed[0] : 0);
    bind_flag(b, "one_placed", plan->placed_count == 1);
    bind_list(b, "places");
    for (size_t i = 1; i < plan->placed_count; i++) {
        const size_t before = plan->placed[i - 1], pool = plan->placed[i];
        struct bindings *row = bind_row(b, "places");
        bind_number(row, "offset", plan->pools[pool].offset);
        bind_text(row, "sign", pool > before ? "+" : "-");
        bind_flag(row, "next", pool == before + 1 || before == pool + 1);
        bind_number(row, "pools", pool > before ? pool - before : before - pool);
    }
    bind_text(b, "owner_type", plan->wide_owners ? "uint16_t" : "uint8_t");
    struct lines lines = begin_lines(binder, b, "granule_rows");
    size_t pool = 0;
    for (uint64_t granule = 0; granule < granules; granule++) {
        while (pool + 1 < plan->pool_count && plan->pools[pool + 1].offset <= granule << shift) {
            pool++;
        }
        add_value(&lines, pool);
    }
    end_line(&lines);
}

/* ---- pools */

/* The columns of a pool's row that only some tables have, in the order of numbers.c. */
static const char *more_columns(const struct binder *binder, const struct plan_pool *pool)
{
    const struct plan *plan = binder->plan;
    struct text columns = {.arena = binder->arena};
    text_string(&columns, "");
    if (plan->reserves) {
        text_format(&columns, ", %llu", (unsigned long long)pool->reserve);
    }
    if (plan->spans) {
        text_format(&columns, ", %llu", (unsigned long long)pool->batch);
    }
    if (plan->caches) {
        text_format(&columns, ", %llu", (unsigned long long)pool->depot);
    }
    if (plan->caches && plan->uncached != 0) {
        text_string(&columns, pool->cached != 0 ? ", true" : ", false");
    }
    if (plan->spans) {
        text_format(&columns, ", %llu, %u, %u, %lluU", (unsigned long long)pool->first_span,
                    pool->span_shift, pool->inverse_shift, (unsigned long long)pool->inverse);
    }
    if (plan->grows && plan->span_lengths) {
        text_format(&columns, ", %llu", (unsigned long long)pool->granules);
    }
    if (plan->grows) {
        text_format(&columns, ", %llu", (unsigned long long)pool->span_blocks);
    }
    if (plan->mixed_exhausted) {
        text_format(&columns, ", '%c'", schema_word(KEY_EXHAUSTED, pool->exhausted)[0]);
    }
    if (plan->mixed_harden) {
        text_format(&columns, ", '%c'", schema_word(KEY_HARDEN, pool->harden)[0]);
    }
    if (plan->full) {
        text_format(&columns, ", %llu", (unsigned long long)pool->quarantine);
    }
    return columns.data;
}

static const char *column(const struct binder *binder, int width, uint64_t value)
{
    return arena_format(binder->arena, "%*llu", width, (unsigned long long)value);
}

static void bind_pool(const struct binder *binder, size_t index)
{
    const struct plan *plan = binder->plan;
    const struct plan_pool *pool = &plan->pools[index];
    struct bindings *row = bind_row(binder->bindings, "pools");
    offer_keys(binder, row, IN_POOL, &plan->table->pools[index]);
    bind_flag(row, "first", index == 0);
    bind_flag(row, "last", index + 1 == plan->pool_count);
    bind_number(row, "bytes", pool->bytes);
    bind_number(row, "offset", pool->offset);
    bind_flag(row, "offset_column", !plan->lean || plan->owner != OWNER_STRIDE);
    bind_number(row, "least", pool->least);
    bind_number(row, "worst_waste", pool->worst_waste);
    bind_number(row, "index", index);
    bind_number(row, "own_alignment", pool->alignment);
    bind_flag(row, "reserve_zero", pool->reserve == 0);
    bind_flag(row, "own_section", pool->section != NULL);
    bind_text(row, "section", pool->section ? pool->section : "");
    bind_text(row, "more_columns", more_columns(binder, pool));
    bind_flag(row, "keeps", plan_ends(pool) && pool->cached != 0);
    bind_number(row, "kept",
                pool->cached < pool->initial_count ? pool->cached : pool->initial_count);
    bind_text(row, "row_index", column(binder, 7, index));
    bind_text(row, "row_size", column(binder, 11, pool->size));
    bind_text(row, "row_count", column(binder, 10, pool->initial_count));
    bind_text(row, "row_bytes", column(binder, 12, pool->bytes));
    bind_text(row, "row_batch", plan->shared ? column(binder, 8, pool->batch) : "       -");
}

static void bind_numbers(const struct binder *binder)
{
    const struct plan *plan = binder->plan;
    struct bindings *b = binder->bindings;
    const uint64_t part = UINT64_C(64) << plan->granule_shift;
    bind_number(b, "pool_count", plan->pool_count);
    bind_number(b, "smallest", plan->pools[0].size);
    bind_number(b, "largest", plan->largest);
    bind_number(b, "kept_least_mib", PLAN_KEPT_LEAST_MIB);
    bind_number(b, "kept_most_mib", PLAN_KEPT_MOST_MIB);
    bind_number(b, "kept_step_mib", PLAN_KEPT_STEP_MIB);
    bind_number(b, "kept_milliseconds", PLAN_KEPT_MILLISECONDS);
    bind_number(b, "pool_bytes", plan->pool_bytes);
    bind_number(b, "arena_bytes", plan->arena_bytes);
    bind_number(b, "section_bytes", plan->pool_bytes - plan->placed_bytes);
    bind_number(b, "arena_alignment", plan->arena_alignment);
    bind_number(b, "thread_cache_bytes", plan->thread_cache_bytes);
    bind_number(b, "static_spans", plan->static_spans);
    bind_number(b, "static_groups", (plan->static_spans + 63) / 64);
    bind_number(b, "span_words", plan->span_words);
    bind_number(b, "row_words", plan->row_words);
    bind_number(b, "granule_shift", plan->granule_shift);
    bind_number(b, "head_granules", plan->head_granules);
    bind_number(b, "limit_granules", plan->table->grow_limit >> plan->granule_shift);
    bind_number(b, "groups", (plan->static_spans + 63) / 64 + plan->parts);
    bind_number(b, "groups_short", (UINT64_C(1) << 32) / part);
    bind_number(b, "depot_slots", plan->depot_slots);
    bind_number(b, "state_shift", plan->state_shift);
    bind_number(b, "quarantine", plan->quarantine);
    bind_number(b, "largest_request", plan->pools[plan->pool_count - 1].most);
    bind_number(b, "tail", PLAN_TAIL);
    bind_number(b, "span_room", plan->span_lengths ? PLAN_SPAN_TAIL : plan->pools[0].size);
    bind_text(b, "span_count_type",
              plan->span_lengths || plan->pools[0].size >= PLAN_SPAN_TAIL ? "uint32_t"
                                                                          : "uint16_t");
    bind_number(b, "verified", PLAN_VERIFIED);
    bind_number(b, "quarantine_bytes", plan->quarantine_bytes);
    bind_number(b, "look_calls", plan->look_calls);
    bind_text(b, "number_type",
              plan->narrow == sizeof(uint16_t)   ? "uint16_t"
              : plan->narrow == sizeof(uint32_t) ? "uint32_t"
                                                 : "size_t");
    bind_text(b, "counter_type", plan->bare ? "size_t" : "uint64_t");
    bind_number(b, "full_bit", UINT64_C(1) << (plan->wide_owners ? 15 : 7));
    bind_text(b, "atomic_u64", plan->shared ? "_Atomic(uint64_t)" : "uint64_t");
    bind_text(b, "atomic_address", plan->shared ? "_Atomic(uintptr_t)" : "uintptr_t");
    bind_text(b, "atomic_u8", plan->shared ? "_Atomic(uint8_t)" : "uint8_t");
    bind_text(b, "atomic_owner",
              arena_format(binder->arena, plan->shared ? "_Atomic(%s)" : "%s",
                           plan->wide_owners ? "uint16_t" : "uint8_t"));
    const char *name = plan->table->name;
    const bool windows =
        (plan->table->target & TARGET_WINDOWS) != 0; /* not every compiler has TLS there */
    bind_text(b, "own_cache",
              arena_format(binder->arena, windows ? "(*%s_own_cache())" : "%s_cache", name));
    bind_text(b, "layout_hash",
              arena_format(binder->arena, "%016llx", (unsigned long long)plan->layout_hash));
}

struct bindings *bind_plan(struct arena *arena, const struct plan *plan,
                           const struct naming *naming)
{
    const struct binder binder = {arena, plan, bindings_new(arena)};
    offer_keys(&binder, binder.bindings, IN_TABLE, plan->table);
    bind_prefix(&binder);
    bind_naming(&binder, naming);
    bind_features(&binder);
    bind_objects(&binder);
    bind_numbers(&binder);
    bind_selector(&binder);
    bind_alignments(&binder);
    bind_owner(&binder);
    bind_list(binder.bindings, "pools");
    for (size_t i = 0; i < plan->pool_count; i++) {
        bind_pool(&binder, i);
    }
    return binder.bindings;
}
