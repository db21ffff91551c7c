/* The selector: every form that a table can have, held to a plain loop for every size; which forms
   a table can have; and which is taken. */
#include "unit.h"

#include "plan/plan.h"
#include <stdlib.h>

enum { RANDOM_TABLES = 400, MOST_POOLS = 320, MOST_LARGEST = 1 << 16 };

static const char *const kind_names[] = {"unrolled", "table", "bits", "split"};

struct sizes {
    size_t count;
    uint64_t of[MOST_POOLS];
};

static size_t pool_by_loop(const struct sizes *sizes, uint64_t size)
{
    size_t pool = 0;
    while (sizes->of[pool] < size)
        pool++;
    return pool;
}

/* Holds the form that the selector has to the loop, from 1 to the largest size. */
static void assert_selects(const struct selector *selector, const struct sizes *sizes)
{
    for (uint64_t size = 1; size <= sizes->of[sizes->count - 1]; size++) {
        size_t found = selector_apply(selector, sizes->of, sizes->count, size);
        if (found != pool_by_loop(sizes, size))
            fail_msg("%s: size %llu is in pool %zu, not %zu", kind_names[selector->kind],
                     (unsigned long long)size, pool_by_loop(sizes, size), found);
    }
}

/* Tries every form, and the chosen one; returns a bit for each that is possible. */
static unsigned assert_all_forms(const struct sizes *sizes)
{
    unsigned possible = 0;
    for (enum selector_kind kind = 0; kind <= SELECTOR_COUNT; kind++) {
        struct selector selector = {.kind = SELECTOR_COUNT};
        bool good = selector_plan(&selector, sizes->of, sizes->count, kind, false);
        assert_int_equal(selector.forced, kind != SELECTOR_COUNT);
        if (kind == SELECTOR_COUNT) {
            assert_true(good && selector.options[selector.kind].possible);
        } else {
            assert_int_equal(selector.kind, kind);
            assert_int_equal(good, selector.options[kind].possible);
            assert_int_equal(good, selector.options[kind].why_not == NULL);
        }
        if (good) {
            assert_selects(&selector, sizes);
            possible |= 1U << selector.kind;
        }
    }
    assert_true(possible & 1U << SELECTOR_UNROLLED);
    return possible;
}

/* ---- tables */

/* A function of its own: loops would not survive RUN_BEGIN's setjmp. */
static void select_of_config(const char *source, size_t length)
{
    static struct sizes sizes;
    struct run run;
    RUN_BEGIN(&run, source, length);
    const struct table *table = run_table(&run, NULL);
    assert_non_null(table);
    assert_true(table->pool_count <= MOST_POOLS);
    for (sizes.count = 0; sizes.count < table->pool_count; sizes.count++)
        sizes.of[sizes.count] = table->pools[sizes.count].size;
    assert_all_forms(&sizes);
    run_end(&run);
}

static void every_form_agrees_with_a_loop_for_the_configs(void **state)
{
    static const char *const configs[] = {"configs/tokio.yaml", "configs/tokio-64k.yaml",
                                          "configs/tokio-server.yaml", "configs/embedded.yaml",
                                          "configs/malloc.yaml"};
    (void)state;
    for (size_t i = 0; i < sizeof configs / sizeof configs[0]; i++) {
        struct arena text = {0};
        size_t length;
        const char *source = read_whole(&text, configs[i], &length);
        select_of_config(source, length);
        arena_free(&text);
    }
}

/* xorshift (G. Marsaglia, Xorshift RNGs, 2003): the same tables every time. */
static uint64_t random_below(uint64_t limit)
{
    static uint64_t seed = 0x9e3779b97f4a7c15;
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % limit;
}

static void add_size(struct sizes *sizes, uint64_t size)
{
    bool ascends = sizes->count == 0 || size > sizes->of[sizes->count - 1];
    if (ascends && size >= 8 && size % 8 == 0 && size <= MOST_LARGEST && sizes->count < MOST_POOLS)
        sizes->of[sizes->count++] = size;
}

/* Sizes far apart or close, few or many. */
static void scatter(struct sizes *sizes)
{
    uint64_t apart = UINT64_C(1) << random_below(10), count = 1 + random_below(MOST_POOLS);
    for (uint64_t size = 8; count > 0; count--, size += 8 * (1 + random_below(apart)))
        add_size(sizes, size);
}

/* Doublings of 2^steps even steps, after a few other sizes or none. */
static void step(struct sizes *sizes)
{
    uint64_t steps = random_below(5), octave = UINT64_C(8) << (steps + random_below(6));
    for (uint64_t before = random_below(4); before > 0; before--)
        add_size(sizes, 8 * (1 + random_below(octave / 8)));
    for (uint64_t octaves = 1 + random_below(8); octaves > 0; octaves--, octave *= 2)
        for (uint64_t i = 0; i < UINT64_C(1) << steps; i++)
            add_size(sizes, octave + (octave >> steps) * i);
    add_size(sizes, octave);
}

static void every_form_agrees_with_a_loop_for_random_tables(void **state)
{
    unsigned times[SELECTOR_COUNT] = {0};
    (void)state;
    for (size_t table = 0; table < RANDOM_TABLES; table++) {
        static struct sizes sizes;
        sizes.count = 0;
        if (table % 2)
            step(&sizes);
        else
            scatter(&sizes);
        if (sizes.count == 0)
            continue;
        unsigned possible = assert_all_forms(&sizes);
        for (enum selector_kind kind = 0; kind < SELECTOR_COUNT; kind++)
            times[kind] += possible >> kind & 1;
    }
    for (enum selector_kind kind = 0; kind < SELECTOR_COUNT; kind++)
        if (times[kind] < 20)
            fail_msg("%s was possible for %u tables only", kind_names[kind], times[kind]);
}

/* ---- which forms a table can have, and which it takes */

struct form_row {
    const char *name;
    struct sizes sizes;
    const char *possible; /* initials of kinds: u, t, b, s */
    enum selector_kind taken;
};

#define SIZES(...)                                                                                 \
    {                                                                                              \
        sizeof((uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t),                                      \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

static const struct form_row form_rows[] = {
    {"one pool needs no selection", SIZES(64), "utb", SELECTOR_UNROLLED},
    {"two pools take a table", SIZES(16, 32), "utb", SELECTOR_TABLE},
    {"octaves take bit arithmetic", SIZES(8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192),
     "utb", SELECTOR_BITS},
    {"octaves with a gap take a table", SIZES(8, 16, 64, 128, 256), "uts", SELECTOR_TABLE},
    {"a tail of two is too short to split off", SIZES(8, 16, 64, 128), "ut", SELECTOR_TABLE},
    {"four to a doubling take a table", SIZES(64, 80, 96, 112, 128, 160, 192, 224, 256), "utb",
     SELECTOR_TABLE},
    {"even steps take a table", SIZES(16, 32, 48, 64, 80), "utb", SELECTOR_TABLE},
    {"sizes without a rule take a table", SIZES(8, 24, 40, 104, 200), "ut", SELECTOR_TABLE},
    {"octaves after sizes without a rule are split off",
     SIZES(24, 40, 104, 4096, 8192, 16384, 32768, 65536, 131072), "uts", SELECTOR_SPLIT},
    {"sizes too far apart for a table are compared", SIZES(8, 24, 16777216), "u",
     SELECTOR_UNROLLED},
};

static void a_table_has_its_forms(void **state)
{
    const struct form_row *row = *state;
    struct selector selector = {.kind = SELECTOR_COUNT};
    char possible[SELECTOR_COUNT + 1] = "";
    assert_true(selector_plan(&selector, row->sizes.of, row->sizes.count, SELECTOR_COUNT, false));
    for (enum selector_kind kind = 0; kind < SELECTOR_COUNT; kind++)
        if (selector.options[kind].possible)
            strncat(possible, kind_names[kind], 1);
    assert_string_equal(possible, row->possible);
    assert_string_equal(kind_names[selector.kind], kind_names[row->taken]);
}

/* Of the forms whose table fits a first-level cache, none would have been cheaper. */
static void the_cheapest_form_is_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof form_rows / sizeof form_rows[0]; i++) {
        struct selector selector = {.kind = SELECTOR_COUNT};
        selector_plan(&selector, form_rows[i].sizes.of, form_rows[i].sizes.count, SELECTOR_COUNT,
                      false);
        const struct selector_option *taken = &selector.options[selector.kind];
        for (enum selector_kind kind = 0; kind < SELECTOR_COUNT; kind++) {
            const struct selector_option *option = &selector.options[kind];
            assert_true(!option->possible || option->bytes > 8192 || option->cost >= taken->cost);
        }
    }
}

static void a_table_has_a_byte_an_entry_up_to_255_pools(void **state)
{
    (void)state;
    for (size_t count = 254; count <= 258; count++) {
        static struct sizes sizes;
        struct selector selector = {.kind = SELECTOR_COUNT};
        for (sizes.count = 0; sizes.count < count; sizes.count++)
            sizes.of[sizes.count] = 16 * (sizes.count + 1);
        selector_plan(&selector, sizes.of, sizes.count, SELECTOR_TABLE, false);
        assert_int_equal(selector.granule, 16);
        assert_int_equal(selector.entries, count + 1);
        /* A byte numbers 255 pools and "none". */
        assert_int_equal(selector.options[SELECTOR_TABLE].bytes,
                         (count + 1) * (count > 255 ? 2 : 1));
    }
}

struct refusal_row {
    const char *name;
    struct sizes sizes;
    enum selector_kind kind;
    const char *why;
};

static const struct refusal_row refusal_rows[] = {
    {"bit arithmetic needs even steps", SIZES(8, 24, 40), SELECTOR_BITS,
     "its sizes do not stand in even steps"},
    {"a table may not be too large", SIZES(8, 16777216), SELECTOR_TABLE,
     "its table would have more than 1,048,576 entries"},
    {"a split needs a tail of even steps", SIZES(8, 24, 40), SELECTOR_SPLIT,
     "no tail of its sizes stands in even steps"},
    {"a split needs a small table", SIZES(8, 24, 131080, 262144, 524288, 1048576), SELECTOR_SPLIT,
     "its table would not fit a few cache lines"},
};

static void a_form_is_refused_with_its_reason(void **state)
{
    const struct refusal_row *row = *state;
    static struct selector selector;
    memset(&selector, 0, sizeof selector);
    assert_false(selector_plan(&selector, row->sizes.of, row->sizes.count, row->kind, false));
    assert_string_equal(selector.options[row->kind].why_not, row->why);
}

/* Where flash weighs, few sizes are compared and many close ones stand in a table. */
static void flash_decides_where_it_weighs(void **state)
{
    static const struct {
        struct sizes sizes;
        enum selector_kind taken;
    } rows[] = {
        {SIZES(16, 24, 40, 72, 128, 512), SELECTOR_UNROLLED},
        {SIZES(16, 32, 64, 128, 256, 512), SELECTOR_UNROLLED},
        {SIZES(16, 32, 48, 64, 80, 96, 112, 128, 144, 160), SELECTOR_TABLE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct selector selector = {.kind = SELECTOR_COUNT};
        assert_true(
            selector_plan(&selector, rows[i].sizes.of, rows[i].sizes.count, SELECTOR_COUNT, true));
        assert_string_equal(kind_names[selector.kind], kind_names[rows[i].taken]);
        assert_false(selector.options[SELECTOR_BITS].possible);
        assert_false(selector.options[SELECTOR_SPLIT].possible);
    }
}

int main(void)
{
    TEST(every_form_agrees_with_a_loop_for_the_configs);
    TEST(every_form_agrees_with_a_loop_for_random_tables);
    TEST_ROWS(form_rows, a_table_has_its_forms);
    TEST(the_cheapest_form_is_taken);
    TEST(flash_decides_where_it_weighs);
    TEST(a_table_has_a_byte_an_entry_up_to_255_pools);
    TEST_ROWS(refusal_rows, a_form_is_refused_with_its_reason);
    return unit_run("selector");
}
