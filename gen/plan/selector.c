#include "plan/selector.h"

#include <assert.h>
#include <stdlib.h>

/* Modelled nanoseconds per selection, sizes in random order, as `make bench-select` measures them;
   but for a table's cache lines, which cost nothing there, where nothing else wants them, and are
   charged here what they cost a program that has other uses for its first-level cache. */
static const double unrolled_base = 0.27, unrolled_per_compare = 0.25;
static const double table_base = 0.32, table_per_line = 0.04;
static const double bits_octaves = 0.70, bits_steps = 0.85;
static const double split_extra = 0.45;

/* The same in bytes of flash on an ARMv7-M, beside the tables, as gcc -Os has them with 4 to 32
   pools: there a size above the largest costs a compare, too. */
static const double compare_flash = 8, table_flash = 30;

enum {
    MOST_COMPARES = 64,      /* compares of the unrolled form, unless it is asked for */
    MOST_TABLE_BYTES = 8192, /* of a table, likewise */
    TABLE_LIMIT = 1 << 20,   /* entries of any table */
    CACHE_LINE = 64,
    MOST_STEPS = 5, /* log2 of sizes to a doubling that bits looks for */
};

static unsigned log2_floor(uint64_t value)
{
    return 63U - (unsigned)__builtin_clzll(value);
}

/* Index of a size by its bits, before the bias: the step within its doubling, and below
   2^least_top, where doublings would get too short, within even steps. */
static uint64_t bits_index(const struct selector *selector, uint64_t last)
{
    const uint64_t raised = last > selector->floor ? last : selector->floor;
    const unsigned top = log2_floor(raised | UINT64_C(1) << selector->least_top);
    return ((uint64_t)top << selector->steps) + (raised >> (top - selector->steps));
}

/* True if sizes[first..count) end consecutive steps exactly; sets the bias. */
static bool ends_steps(struct selector *selector, const uint64_t *sizes, size_t first, size_t count)
{
    const uint64_t base = bits_index(selector, sizes[first] - 1);
    for (size_t i = first; i < count; i++) {
        if (bits_index(selector, sizes[i] - 1) != base + (i - first) ||
            bits_index(selector, sizes[i]) == base + (i - first)) {
            return false;
        }
    }
    selector->bias = base - first;
    return true;
}

/* Tries sizes in doublings of 2^steps steps: from the first size on, smaller requests raised to
   it; or in even steps as wide as the first size until doublings take over. */
static bool find_bits(struct selector *selector, const uint64_t *sizes, size_t first, size_t count)
{
    for (unsigned steps = 0; steps <= MOST_STEPS; steps++) {
        const uint64_t last = sizes[first] - 1;
        const unsigned top = log2_floor(last);
        selector->steps = steps;
        if (top >= steps) {
            selector->least_top = top;
            selector->floor = last >> (top - steps) << (top - steps);
            if (ends_steps(selector, sizes, first, count)) {
                return true;
            }
        }
        if (first == 0 && steps > 0 && (sizes[0] & (sizes[0] - 1)) == 0) {
            selector->least_top = log2_floor(sizes[0]) + steps;
            selector->floor = 0;
            if (ends_steps(selector, sizes, first, count)) {
                return true;
            }
        }
    }
    return false;
}

static uint64_t granule_of(const uint64_t *sizes, size_t count)
{
    uint64_t granule = sizes[0] & -sizes[0];
    for (size_t i = 1; i < count; i++) {
        const uint64_t low = sizes[i] & -sizes[i];
        granule = low < granule ? low : granule;
    }
    assert(granule != 0 && "no size is 0");
    return granule;
}

static void plan_table_form(struct selector *selector, const uint64_t *sizes, size_t count)
{
    struct selector_option *option = &selector->options[SELECTOR_TABLE];
    selector->granule = granule_of(sizes, count);
    selector->granule_shift = log2_floor(selector->granule);
    selector->entries = sizes[count - 1] / selector->granule + 1;
    option->bytes = selector->entries * (count > UINT8_MAX ? 2 : 1);
    const uint64_t lines = option->bytes / CACHE_LINE;
    option->cost = table_base + table_per_line * (double)lines;
    option->possible = selector->entries <= TABLE_LIMIT;
    option->why_not = option->possible ? NULL : "its table would have more than 1,048,576 entries";
}

/* A table for the small sizes and bits above: the longest even tail, if a table that fits a few
   cache lines serves the rest. */
static void plan_split_form(struct selector *selector, const uint64_t *sizes, size_t count)
{
    struct selector_option *option = &selector->options[SELECTOR_SPLIT];
    if (selector->options[SELECTOR_BITS].possible) {
        option->why_not = "bit arithmetic serves all of its sizes, without a branch";
        return;
    }
    option->why_not = "no tail of its sizes stands in even steps";
    for (size_t first = 1; first + 2 < count; first++) {
        struct selector trial = *selector;
        if (!find_bits(&trial, sizes, first, count)) {
            continue;
        }
        const uint64_t granule = granule_of(sizes, first);
        const uint64_t entries = sizes[first - 1] / granule + 1;
        option->bytes = entries * (count > UINT8_MAX ? 2 : 1);
        option->possible = option->bytes <= MOST_TABLE_BYTES;
        option->why_not = option->possible ? NULL : "its table would not fit a few cache lines";
        const uint64_t lines = option->bytes / CACHE_LINE;
        option->cost = table_base + table_per_line * (double)lines + split_extra;
        selector->split = sizes[first - 1];
        selector->split_pool = first;
        return;
    }
}

static void take_form(struct selector *selector, const uint64_t *sizes, size_t count,
                      enum selector_kind kind)
{
    selector->kind = kind;
    if (kind == SELECTOR_SPLIT) {
        selector->granule = granule_of(sizes, selector->split_pool);
        selector->granule_shift = log2_floor(selector->granule);
        selector->entries = selector->split / selector->granule + 1;
        find_bits(selector, sizes, selector->split_pool, count);
    } else {
        selector->split = 0;
    }
}

/* What counts where flash does. The bits of a size are found by an instruction that not every such
   processor has. */
static void weigh_flash(struct selector_option *options, size_t count)
{
    options[SELECTOR_UNROLLED].cost = compare_flash * (double)count;
    options[SELECTOR_TABLE].cost = table_flash + (double)options[SELECTOR_TABLE].bytes;
    for (enum selector_kind kind = SELECTOR_BITS; kind <= SELECTOR_SPLIT; kind++) {
        options[kind] = (struct selector_option){
            .why_not = "a processor may have no instruction that counts leading zeros"};
    }
}

bool selector_plan(struct selector *selector, const uint64_t *sizes, size_t count,
                   enum selector_kind wanted, bool flash)
{
    struct selector_option *options = selector->options;
    options[SELECTOR_UNROLLED].possible = true;
    options[SELECTOR_UNROLLED].cost = unrolled_base + unrolled_per_compare * (double)(count - 1);
    plan_table_form(selector, sizes, count);
    options[SELECTOR_BITS].possible = find_bits(selector, sizes, 0, count);
    options[SELECTOR_BITS].why_not =
        options[SELECTOR_BITS].possible ? NULL : "its sizes do not stand in even steps";
    options[SELECTOR_BITS].cost = selector->steps == 0 ? bits_octaves : bits_steps;
    plan_split_form(selector, sizes, count);
    if (flash) {
        weigh_flash(options, count);
    }

    selector->forced = wanted != SELECTOR_COUNT;
    if (selector->forced) {
        take_form(selector, sizes, count, wanted);
        return options[wanted].possible;
    }
    enum selector_kind best = SELECTOR_COUNT;
    for (enum selector_kind kind = 0; kind < SELECTOR_COUNT; kind++) {
        const bool sane = options[kind].bytes <= MOST_TABLE_BYTES &&
                          (kind != SELECTOR_UNROLLED || count <= MOST_COMPARES);
        if (options[kind].possible && sane &&
            (best == SELECTOR_COUNT || options[kind].cost < options[best].cost)) {
            best = kind;
        }
    }
    if (best == SELECTOR_COUNT) {
        best = options[SELECTOR_TABLE].possible ? SELECTOR_TABLE : SELECTOR_UNROLLED;
    }
    take_form(selector, sizes, count, best);
    return true;
}

static size_t apply_compares(const uint64_t *sizes, size_t count, uint64_t size)
{
    size_t pool = 0;
    for (size_t i = 0; i + 1 < count; i++) {
        pool += size > sizes[i];
    }
    return pool;
}

size_t selector_apply(const struct selector *selector, const uint64_t *sizes, size_t count,
                      uint64_t size)
{
    const bool by_table = selector->kind == SELECTOR_TABLE ||
                          (selector->kind == SELECTOR_SPLIT && size <= selector->split);
    if (by_table) {
        const uint64_t rounded = (size + selector->granule - 1) >> selector->granule_shift
                                                                       << selector->granule_shift;
        return apply_compares(sizes, count, rounded);
    }
    if (selector->kind == SELECTOR_UNROLLED) {
        return apply_compares(sizes, count, size);
    }
    return (size_t)(bits_index(selector, size - 1) - selector->bias);
}
