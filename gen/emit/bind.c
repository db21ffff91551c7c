#include "emit/bind.h"

#include "version.h"
#include <ctype.h>
#include <string.h>

enum {
    VALUES_A_LINE = 16,
    SHORT_ADDRESS_BYTES = 1 << 29, /* most growth where pointers have 32 bits */
    PAGE = 4096,
};

struct binder {
    struct arena *arena;
    const struct plan *plan;
    struct bindings *bindings;
};

/* ---- Names ---- */

/* "tokio_server" as "TOKIO_SERVER", and as "TokioServer" for types. */
static void bind_prefix(const struct binder *binder)
{
    const char *const name = binder->plan->table->name;
    char *const upper = arena_copy(binder->arena, name, strlen(name));
    char *const camel = arena_copy(binder->arena, name, strlen(name));
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
    const char *const slash = strrchr(naming->path, '/');
    const char *const base = slash != NULL ? slash + 1 : naming->path;
    const int stem = (int)(strlen(base) - strlen(".c"));
    bind_text(binder->bindings, "version", POOLGEN_VERSION);
    bind_text(binder->bindings, "table_file", naming->table);
    bind_text(binder->bindings, "header_name", arena_format(binder->arena, "%.*s.h", stem, base));
}

/* ---- Flags ---- */

static bool any_exhausted(const struct plan *plan, enum exhausted policy)
{
    bool any = false;
    for (size_t i = 0; i < plan->pool_count; i++) {
        any |= plan->pools[i].exhausted == policy;
    }
    return any;
}

static void bind_features(const struct binder *binder)
{
    const struct plan *const plan = binder->plan;
    const struct table *const table = plan->table;
    struct bindings *const b = binder->bindings;
    const bool upstream = any_exhausted(plan, EXHAUSTED_UPSTREAM);
    const bool fail = any_exhausted(plan, EXHAUSTED_FAIL);
    const bool counters = table->stats != STATS_OFF;
    bind_flag(b, "shared", plan->shared);
    bind_flag(b, "single", !plan->shared);
    bind_flag(b, "caches", plan->caches);
    bind_flag(b, "direct", plan->shared && !plan->caches);
    bind_flag(b, "uncached", plan->uncached != 0);
    bind_flag(b, "mixed_caches", plan->caches && plan->uncached != 0);
    bind_flag(b, "counters", counters);
    bind_flag(b, "profile", table->stats == STATS_PROFILE);
    bind_flag(b, "inline_face", !counters && (plan->caches || !plan->shared));
    bind_flag(b, "grows", plan->grows);
    bind_flag(b, "upstream", plan->upstream);
    bind_flag(b, "maps", plan->maps);
    bind_flag(b, "headers", plan->maps);
    bind_flag(b, "system", plan->system);
    bind_flag(b, "hosted", plan->system || plan->upstream);
    bind_flag(b, "stacks", plan->system);
    bind_flag(b, "walks", plan->system);
    bind_flag(b, "auto_release", plan->auto_release);
    bind_flag(b, "clock", plan->auto_release || table->stats == STATS_PROFILE);
    bind_flag(b, "exhausted_upstream", upstream);
    bind_flag(b, "exhausted_fail", fail);
    bind_flag(b, "mixed_exhausted", plan->mixed_exhausted);
    bind_flag(b, "strands", fail && plan->caches);
    bind_flag(b, "oversize_upstream", table->oversize == OVERSIZE_UPSTREAM);
    bind_flag(b, "oversize_fail", table->oversize == OVERSIZE_FAIL);
    bind_flag(b, "wide_alignment", table->alignment > 16);
    bind_flag(b, "natural", plan->natural);
    bind_flag(b, "budget", table->budget != 0);
}

/* ---- Tables of numbers ---- */

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
    const struct plan *const plan = binder->plan;
    const struct selector *const selector = &plan->selector;
    struct bindings *const b = binder->bindings;
    const bool table = selector->kind == SELECTOR_TABLE || selector->kind == SELECTOR_SPLIT;
    bind_flag(b, "select_unrolled", selector->kind == SELECTOR_UNROLLED);
    bind_flag(b, "select_table", selector->kind == SELECTOR_TABLE);
    bind_flag(b, "select_bits", selector->kind == SELECTOR_BITS);
    bind_flag(b, "select_split", selector->kind == SELECTOR_SPLIT);
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
    bind_number(b, "select_bias", octaves ? selector->bias - 1 : selector->bias);
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
    const struct plan *const plan = binder->plan;
    struct bindings *const b = binder->bindings;
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
    const struct plan *const plan = binder->plan;
    struct bindings *const b = binder->bindings;
    const unsigned shift = plan->layouts[plan->owner].shift;
    const uint64_t granules = plan->owner == OWNER_GRANULES ? plan->arena_bytes >> shift : 0;
    bind_flag(b, "stride", plan->owner == OWNER_STRIDE);
    bind_flag(b, "granules", plan->owner == OWNER_GRANULES);
    bind_flag(b, "compares", plan->owner == OWNER_COMPARES);
    bind_number(b, "stride_shift", shift);
    bind_number(b, "granule_count", granules);
    bind_number(b, "granule_bytes", UINT64_C(1) << shift);
    bind_text(b, "owner_type", plan->pool_count < UINT8_MAX ? "uint8_t" : "uint16_t");
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

/* ---- Pools ---- */

/* The columns of a pool's row that only some tables have, in the order of numbers.c. */
static const char *more_columns(const struct binder *binder, const struct plan_pool *pool)
{
    const struct plan *const plan = binder->plan;
    static const char policies[] = {'g', 'u', 'f'};
    struct text columns = {.arena = binder->arena};
    text_string(&columns, "");
    if (plan->grows) {
        text_format(&columns, ", %llu", (unsigned long long)pool->segment_blocks);
    }
    if (plan->shared) {
        text_format(&columns, ", %llu", (unsigned long long)pool->batch);
    }
    if (plan->caches && plan->uncached != 0) {
        text_string(&columns, pool->cached != 0 ? ", true" : ", false");
    }
    if (plan->system) {
        text_format(&columns, ", %llu", (unsigned long long)pool->first_word);
    }
    if (plan->mixed_exhausted) {
        text_format(&columns, ", '%c'", policies[pool->exhausted]);
    }
    return columns.data;
}

static const char *column(const struct binder *binder, int width, uint64_t value)
{
    return arena_format(binder->arena, "%*llu", width, (unsigned long long)value);
}

static void bind_pool(const struct binder *binder, size_t index)
{
    const struct plan *const plan = binder->plan;
    const struct plan_pool *const pool = &plan->pools[index];
    struct bindings *const row = bind_row(binder->bindings, "pools");
    bind_flag(row, "first", index == 0);
    bind_flag(row, "last", index + 1 == plan->pool_count);
    bind_number(row, "index", index);
    bind_number(row, "size", pool->size);
    bind_number(row, "initial_count", pool->initial_count);
    bind_number(row, "bytes", pool->bytes);
    bind_number(row, "offset", pool->offset);
    bind_number(row, "least", pool->least);
    bind_number(row, "worst_waste", pool->worst_waste);
    bind_text(row, "more_columns", more_columns(binder, pool));
    bind_flag(row, "keeps", pool->exhausted == EXHAUSTED_FAIL && pool->cached != 0);
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
    const struct plan *const plan = binder->plan;
    struct bindings *const b = binder->bindings;
    const uint64_t segment = UINT64_C(1) << plan->segment_shift;
    bind_number(b, "pool_count", plan->pool_count);
    bind_number(b, "smallest", plan->pools[0].size);
    bind_number(b, "largest", plan->largest);
    bind_number(b, "alignment", plan->table->alignment);
    bind_number(b, "pool_bytes", plan->pool_bytes);
    bind_number(b, "arena_bytes", plan->arena_bytes);
    bind_number(b, "arena_alignment", plan->arena_alignment);
    bind_number(b, "thread_cache_bytes", plan->thread_cache_bytes);
    bind_number(b, "budget_bytes", plan->table->budget);
    bind_number(b, "static_batches", plan->static_batches);
    bind_number(b, "static_words", plan->static_words);
    bind_number(b, "segment_shift", plan->segment_shift);
    bind_number(b, "segment_bytes", segment);
    bind_number(b, "segments", plan->segments);
    bind_number(b, "segments_short", SHORT_ADDRESS_BYTES >> plan->segment_shift);
    bind_number(b, "segment_meta_bytes", plan->segment_meta_bytes);
    bind_number(b, "segment_batches", plan->segment_batches);
    bind_text(b, "layout_hash",
              arena_format(binder->arena, "%016llx", (unsigned long long)plan->layout_hash));
}

struct bindings *bind_plan(struct arena *arena, const struct plan *plan,
                           const struct naming *naming)
{
    const struct binder binder = {arena, plan, bindings_new(arena)};
    bind_prefix(&binder);
    bind_naming(&binder, naming);
    bind_features(&binder);
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
