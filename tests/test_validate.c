/* Tables good and bad, up to the plan, which has the last word. A bad one is a file of tests/bad
   with the whole expected message beside it: NAME.yaml and NAME.expected, each named after the rule
   that it trips. With --rewrite the expected messages are written instead of compared; `git diff`
   then shows what changed. */
#include "unit.h"

#include "base/number.h"
#include "table/schema.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const char bad_folder[] = "tests/bad";

/* ---- messages */

/* What a message says of the keys that are known, "name, pools, threads ...". */
static const char *list_keys(struct arena *arena, enum where where)
{
    struct text list = {.arena = arena};
    for (const struct key *key = schema_keys; key < schema_keys + KEY_COUNT; key++)
        if (schema_allows(key, where))
            text_format(&list, "%s%s", list.length == 0 ? "" : ", ", key->name);
    return list.data;
}

/* The text with "TABLE KEYS" or "POOL KEYS" wherever it lists all keys of either: expected
   messages stay as they are when a key is added. */
static const char *name_lists(struct arena *arena, const char *text)
{
    static const char *const names[] = {[IN_TABLE] = "TABLE KEYS", [IN_POOL] = "POOL KEYS"};
    for (enum where where = 0; where < PLACES; where++) {
        const char *list = list_keys(arena, where);
        struct text out = {.arena = arena};
        for (const char *found; (found = strstr(text, list)) != NULL; text = found + strlen(list)) {
            text_append(&out, text, (size_t)(found - text));
            text_string(&out, names[where]);
        }
        text_string(&out, text);
        text = out.data;
    }
    return text;
}

/* ---- the corpus */

struct bad_table {
    char name[128]; /* of the test */
    char stem[64];  /* tests/bad/STEM.yaml */
};

static struct bad_table *bad_tables;
static size_t bad_count;

/* What a user is told of a bad table. Every one has an error. */
static const char *messages_of(struct run *run, struct arena *files, const char *stem)
{
    const char *file = arena_format(files, "%s.yaml", stem);
    size_t length;
    const char *source = read_whole(files, arena_format(files, "%s/%s", bad_folder, file), &length);
    RUN_BEGIN(run, source, length);
    run->diag.file = file;
    run_plan(run);
    assert_int_not_equal(run->diag.errors, 0);
    return name_lists(files, run_messages(run));
}

static void a_bad_table_is_refused_as_expected(void **state)
{
    static struct arena files;
    struct run run;
    ARENA_BEGIN(&files);
    const struct bad_table *bad = *state;
    const char *got = messages_of(&run, &files, bad->stem);
    size_t length;
    const char *expected =
        read_whole(&files, arena_format(&files, "%s/%s.expected", bad_folder, bad->stem), &length);
    if (strcmp(expected, got) != 0)
        print_error("expected:\n%s\ngot:\n%s\n", expected, got);
    assert_true(strcmp(expected, got) == 0);
    run_end(&run);
    arena_free(&files);
}

static int rewrite(void)
{
    static struct arena files;
    if (setjmp(files.out_of_memory))
        return EXIT_FAILURE;
    for (size_t i = 0; i < bad_count; i++) {
        struct run run;
        const char *stem = bad_tables[i].stem, *got = messages_of(&run, &files, stem);
        FILE *file = fopen(arena_format(&files, "%s/%s.expected", bad_folder, stem), "w");
        if (!file || fputs(got, file) < 0 || fclose(file) != 0) {
            perror(stem);
            return EXIT_FAILURE;
        }
        run_end(&run);
    }
    arena_free(&files);
    printf("wrote %zu expected messages; now read `git diff %s`\n", bad_count, bad_folder);
    return EXIT_SUCCESS;
}

static int is_table(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return length > 5 && strcmp(entry->d_name + length - 5, ".yaml") == 0;
}

/* Finds the tables of tests/bad, sorted. False if there is none, or no memory. */
static bool list_bad(void)
{
    struct dirent **entries;
    int found = scandir(bad_folder, &entries, is_table, alphasort);
    if (found <= 0)
        return false;
    bad_tables = calloc((size_t)found, sizeof *bad_tables);
    for (; bad_tables && bad_count < (size_t)found; bad_count++) {
        struct bad_table *bad = &bad_tables[bad_count];
        int length = (int)strlen(entries[bad_count]->d_name) - (int)strlen(".yaml");
        snprintf(bad->stem, sizeof bad->stem, "%.*s", length, entries[bad_count]->d_name);
        snprintf(bad->name, sizeof bad->name, "%s.yaml is refused as expected", bad->stem);
        free(entries[bad_count]);
    }
    free(entries);
    return bad_tables != NULL;
}

/* No rule without a table that trips it, named RULE.yaml or RULE-what.yaml. */
static void every_rule_has_a_bad_table(void **state)
{
    (void)state;
    for (size_t rule = 0; validate_rule(rule); rule++) {
        size_t length = strlen(validate_rule(rule)), i = 0;
        while (i < bad_count &&
               !(strncmp(bad_tables[i].stem, validate_rule(rule), length) == 0 &&
                 (bad_tables[i].stem[length] == '-' || bad_tables[i].stem[length] == '\0')))
            i++;
        if (i == bad_count)
            fail_msg("no table in %s trips rule %s", bad_folder, validate_rule(rule));
    }
}

/* ---- tables made here: too large for a file */

/* `count` pools of 8, 16, 24 ... bytes, aligned to 8. */
static char *make_pools(struct arena *arena, size_t count)
{
    struct text text = {.arena = arena};
    text_string(&text, "name: t\nalignment: 8\npools:\n");
    for (size_t i = 1; i <= count; i++)
        text_format(&text, "  - {size: %zu, initial_count: 1}\n", i * 8);
    return text.data;
}

struct generated {
    const char *name;
    void (*make)(struct text *text);
    const char *message; /* first line of what is printed; "" for a good table */
};

static void repeat(struct text *text, const char *string, size_t count)
{
    for (size_t i = 0; i < count; i++)
        text_string(text, string);
}

static void make_brackets(struct text *text)
{
    repeat(text, "[", 1 << 20);
}

static void make_braces(struct text *text)
{
    repeat(text, "{", 1 << 20);
}

static void make_dashes(struct text *text)
{
    repeat(text, "- ", 1 << 19);
}

static void make_long_name(struct text *text)
{
    text_string(text, "name: ");
    repeat(text, "a", 1 << 20);
    text_string(text, "\npools: [{size: 8, initial_count: 1}]\n");
}

static void make_long_number(struct text *text)
{
    text_string(text, "name: t\npools: [{size: ");
    repeat(text, "1", 1 << 20);
    text_string(text, ", initial_count: 1}]\n");
}

static void make_long_key(struct text *text)
{
    text_string(text, "name: t\npools: [{size: 8, initial_count: 1}]\n? ");
    repeat(text, "k", 1 << 20);
    text_string(text, "\n: 1\n");
}

static void make_10000_pools(struct text *text)
{
    text_string(text, make_pools(text->arena, 10000));
}

static void make_65536_pools(struct text *text)
{
    text_string(text, "name: t\npools: [");
    repeat(text, "0, ", 65536);
    text_string(text, "]\n");
}

static void make_16_deep(struct text *text)
{
    text_string(text, "name: t\npools: [{size: ");
    repeat(text, "[", 13);
    repeat(text, "]", 13);
    text_string(text, ", initial_count: 1}]\n");
}

/* A message for each of a great many places of one line: the time must not grow with its square. */
static void make_many_errors(struct text *text)
{
    text_string(text, "name: t\npools: [");
    repeat(text, "0, ", 65535);
    text_string(text, "]\n");
}

static void make_many_notes(struct text *text)
{
    text_string(text, "name: t\npools: [{size: 8, initial_count: 1}]\n");
    for (size_t i = 0; i < 30000; i++)
        text_string(text, "name: t # a comment that makes the file longer, line by line\n");
}

static const struct generated generated_rows[] = {
    {"1 MiB of [ is nested too deep", make_brackets,
     "table.yaml:1:17: error: nested deeper than 16"},
    {"1 MiB of { is nested too deep", make_braces, "table.yaml:1:17: error: nested deeper than 16"},
    {"1 MiB of dashes is nested too deep", make_dashes,
     "table.yaml:1:33: error: nested deeper than 16"},
    {"a name of 1 MiB is cut in its message", make_long_name,
     "table.yaml:1:7: error: name: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...' is longer than "
     "31 characters"},
    {"a number of 1 MiB is cut in its message", make_long_number,
     "table.yaml:2:16: error: pools[0].size: must be a size in bytes, not "
     "'1111111111111111111111111111111111111111...' (past 64 bits)"},
    {"a key of 1 MiB is cut in its message", make_long_key,
     "table.yaml:3:3: error: 'kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk...': unknown key; known "
     "here: TABLE KEYS"},
    {"10,000 pools are accepted", make_10000_pools, ""},
    {"65,536 pools are too many", make_65536_pools,
     "table.yaml:2:8: error: pools: must hold at most 65535 pools, not 65536"},
    {"16 deep is not nested too deep", make_16_deep,
     "table.yaml:2:16: error: pools[0].size: must be a size in bytes, not a sequence"},
    {"65,535 errors in a line are told in time", make_many_errors,
     "table.yaml:2:9: error: pools[0]: must be a pool such as {size: 64, initial_count: 100}, not "
     "'0'"},
    {"30,000 notes are told in time", make_many_notes,
     "table.yaml:3:1: error: name: is given twice"},
};

static void a_large_table_is_judged_in_time(void **state)
{
    const struct generated *row = *state;
    struct run run;
    RUN_BEGIN(&run, NULL, 0);
    struct text source = {.arena = &run.arena};
    row->make(&source);
    run.diag.source = source.data;
    run.diag.source_length = source.length;
    clock_t start = clock();
    run_table(&run, NULL);
    const char *messages = run_messages(&run);
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    const char *first = arena_copy(&run.arena, messages, strcspn(messages, "\n"));
    assert_string_equal(name_lists(&run.arena, first), row->message);
    if (seconds > 4) /* far less, but for sanitizers and a busy machine */
        fail_msg("took %.1f s of processor time", seconds);
    run_end(&run);
}

/* ---- good tables, and what they become */

#define POOLS "pools: [{size: 64, initial_count: 100}]\n"

static struct table *good_table(struct run *run, const char *source, const char *prefix)
{
    RUN_BEGIN(run, source, strlen(source));
    struct table *table = run_table(run, prefix);
    assert_string_equal(run_messages(run), "");
    assert_non_null(table);
    return table;
}

/* ---- values: where a table has what a source says */

struct value_row {
    const char *name;
    const char *source;
    int pool;      /* whose member it is; -1 = the table's */
    size_t offset; /* of the member, an unsigned integer or an enum, */
    size_t bytes;  /* and its size */
    uint64_t value;
};

#define OF_TABLE(member) -1, offsetof(struct table, member), sizeof((struct table *)0)->member
#define OF_POOL(row, member)                                                                       \
    row, offsetof(struct pool_row, member), sizeof((struct pool_row *)0)->member

static uint64_t value_of(const struct table *table, const struct value_row *row)
{
    const char *whole =
        row->pool < 0 ? (const char *)table : (const char *)&table->pools[row->pool];
    uint32_t small;
    uint64_t large;
    if (row->bytes == sizeof large) {
        memcpy(&large, whole + row->offset, sizeof large);
        return large;
    }
    assert_int_equal(row->bytes, sizeof small);
    memcpy(&small, whole + row->offset, sizeof small);
    return small;
}

static void a_value_is_read(void **state)
{
    const struct value_row *row = *state;
    struct run run;
    const struct table *table = good_table(&run, row->source, NULL);
    assert_true(row->pool < (int)table->pool_count);
    assert_int_equal(value_of(table, row), row->value);
    run_end(&run);
}

#define MINIMAL "name: tokio\n" POOLS
#define EVERY_KEY                                                                                  \
    "threads: none\n"                                                                              \
    "exhausted: fail\n"                                                                            \
    "oversize: os\n"                                                                               \
    "alignment: 0x20\n"                                                                            \
    "batch: 32\n"                                                                                  \
    "thread_cache: 64KiB\n"                                                                        \
    "select: bits\n"                                                                               \
    "stats: counters\n"                                                                            \
    "release: 'manual'\n"                                                                          \
    "grow_limit: 2GiB\n"                                                                           \
    "budget: \"1MiB\"\n"                                                                           \
    "emit: [malloc, rust]\n"                                                                       \
    "name: t9_\n"                                                                                  \
    "pools:\n"                                                                                     \
    "- {size: 8, initial_count: 1}\n"                                                              \
    "- {initial_count: 0xFf, size: 1KiB, exhausted: grow}\n"                                       \
    "- size: 2048\n"                                                                               \
    "  initial_count: 3\n"                                                                         \
    "  batch: auto\n"

#define DEFAULT(member, value)                                                                     \
    {                                                                                              \
        "in a minimal table " #member " is " #value, MINIMAL, OF_TABLE(member), value              \
    }
#define DEFAULT_OF_POOL(member, value)                                                             \
    {                                                                                              \
        "in a minimal table a pool's " #member " is " #value, MINIMAL, OF_POOL(0, member), value   \
    }
#define KEY(member, value)                                                                         \
    {                                                                                              \
        "with every key given " #member " is " #value, EVERY_KEY, OF_TABLE(member), value          \
    }
#define KEY_OF_POOL(row, member, value)                                                            \
    {                                                                                              \
        "with every key given " #member " of pool " #row " is " #value, EVERY_KEY,                 \
            OF_POOL(row, member), value                                                            \
    }

/* Each word of the schema must be the value of its enum that its place in the list says. */
#define WORD(line, member, value)                                                                  \
    {                                                                                              \
        line " is " #value, "name: t\n" POOLS line "\n", OF_TABLE(member), value                   \
    }

static const struct value_row value_rows[] = {
    DEFAULT(pool_count, 1),
    DEFAULT_OF_POOL(size, 64),
    DEFAULT_OF_POOL(initial_count, 100),
    DEFAULT_OF_POOL(exhausted, EXHAUSTED_GROW),
    DEFAULT_OF_POOL(batch, 0),
    DEFAULT_OF_POOL(at[KEY_SIZE].line, 2),
    DEFAULT_OF_POOL(at[KEY_SIZE].column, 16),
    DEFAULT(threads, THREADS_SHARED),
    DEFAULT(exhausted, EXHAUSTED_GROW),
    DEFAULT(oversize, OVERSIZE_UPSTREAM),
    DEFAULT(alignment, 16),
    DEFAULT(batch, 0),
    DEFAULT(thread_cache, 1 << 20),
    DEFAULT(select, SELECT_AUTO),
    DEFAULT(stats, STATS_OFF),
    DEFAULT(release, RELEASE_AUTO),
    DEFAULT(grow_limit, UINT64_C(64) << 30),
    DEFAULT(budget, 0),
    DEFAULT(emit, 0),
    DEFAULT(at[KEY_SELECT].line, 0),
    DEFAULT(at[KEY_BUDGET].line, 0),
    DEFAULT_OF_POOL(at[KEY_BATCH].line, 0),

    KEY(threads, THREADS_NONE),
    KEY(exhausted, EXHAUSTED_FAIL),
    KEY(oversize, OVERSIZE_OS),
    KEY(alignment, 32),
    KEY(batch, 32),
    KEY(thread_cache, 64 << 10),
    KEY(select, SELECT_BITS),
    KEY(stats, STATS_COUNTERS),
    KEY(release, RELEASE_MANUAL),
    KEY(grow_limit, UINT64_C(2) << 30),
    KEY(budget, 1 << 20),
    KEY(emit, EMIT_MALLOC | EMIT_RUST),
    KEY_OF_POOL(0, at[KEY_BATCH].line, 5),
    KEY_OF_POOL(2, at[KEY_BATCH].line, 19),
    KEY(at[KEY_GROW_LIMIT].line, 10),
    KEY(at[KEY_SELECT].line, 7),
    KEY(at[KEY_BUDGET].line, 11),
    KEY(at[KEY_BUDGET].column, 9),
    KEY(pool_count, 3),
    KEY_OF_POOL(0, exhausted, EXHAUSTED_FAIL),
    KEY_OF_POOL(0, batch, 32),
    KEY_OF_POOL(1, size, 1024),
    KEY_OF_POOL(1, initial_count, 255),
    KEY_OF_POOL(1, exhausted, EXHAUSTED_GROW),
    KEY_OF_POOL(2, batch, 0),

    WORD("threads: shared", threads, THREADS_SHARED),
    WORD("threads: none", threads, THREADS_NONE),
    WORD("exhausted: grow", exhausted, EXHAUSTED_GROW),
    WORD("exhausted: upstream", exhausted, EXHAUSTED_UPSTREAM),
    WORD("exhausted: fail", exhausted, EXHAUSTED_FAIL),
    WORD("oversize: upstream", oversize, OVERSIZE_UPSTREAM),
    WORD("oversize: os", oversize, OVERSIZE_OS),
    WORD("oversize: fail", oversize, OVERSIZE_FAIL),
    WORD("select: auto", select, SELECT_AUTO),
    WORD("select: unrolled", select, SELECT_UNROLLED),
    WORD("select: table", select, SELECT_TABLE),
    WORD("select: bits", select, SELECT_BITS),
    WORD("stats: off", stats, STATS_OFF),
    WORD("stats: counters", stats, STATS_COUNTERS),
    WORD("release: auto", release, RELEASE_AUTO),
    WORD("release: manual", release, RELEASE_MANUAL),
    WORD("emit: []", emit, 0),
    WORD("emit: [rust]", emit, EMIT_RUST),
    WORD("emit: [cpp]", emit, EMIT_CPP),
    WORD("emit: [zig]", emit, EMIT_ZIG),
    WORD("emit: [malloc]", emit, EMIT_MALLOC),
    WORD("batch: auto", batch, 0),
    WORD("budget: none", budget, 0),
    WORD("thread_cache: 0", thread_cache, 0),
    {"a table's exhausted holds for its pools", "name: t\n" POOLS "exhausted: upstream\n",
     OF_POOL(0, exhausted), EXHAUSTED_UPSTREAM},
    /* malloc has nothing upstream of it */
    {"beside emit: [malloc] oversize is os by default", "name: t\n" POOLS "emit: [malloc]\n",
     OF_TABLE(oversize), OVERSIZE_OS},
    {"beside emit: [malloc] oversize may be fail",
     "name: t\n" POOLS "emit: [malloc]\noversize: fail\n", OF_TABLE(oversize), OVERSIZE_FAIL},
    {"beside emit: [malloc] pools grow by default", "name: t\n" POOLS "emit: [malloc]\n",
     OF_POOL(0, exhausted), EXHAUSTED_GROW},
};

static void a_name_is_read(void **state)
{
    (void)state;
    struct run run;
    assert_string_equal(good_table(&run, MINIMAL, NULL)->name, "tokio");
    run_end(&run);
    assert_string_equal(good_table(&run, EVERY_KEY, NULL)->name, "t9_");
    run_end(&run);
}

struct source_row {
    const char *name;
    const char *source;
};

static const struct source_row limit_rows[] = {
    {"the largest size is accepted", "name: t\npools: [{size: 1GiB, initial_count: 1}]\n"},
    {"the most blocks are accepted", "name: t\npools: [{size: 8, initial_count: 134217728}]\n"},
    {"the longest name and the largest value of each key are accepted",
     "name: abcdefghijklmnopqrstuvwxyz01234\n" POOLS
     "alignment: 4KiB\nbatch: 65535\nthread_cache: 1GiB\ngrow_limit: 16384GiB\nbudget: 2GiB\n"},
    {"the shortest name and the least value of each key are accepted",
     "name: t\n" POOLS "alignment: 8\nbatch: 1\ngrow_limit: 1MiB\nbudget: 1\n"},
};

static void a_limit_is_accepted(void **state)
{
    const struct source_row *row = *state;
    struct run run;
    good_table(&run, row->source, NULL);
    run_end(&run);
}

static void a_size_is_rounded_up_to_the_alignment_with_a_warning(void **state)
{
    (void)state;
    static const char source[] = "name: t\n"
                                 "alignment: 64\n"
                                 "pools:\n"
                                 "- {size: 24, initial_count: 1}\n"
                                 "- {size: 64, initial_count: 1}\n"
                                 "- {size: 72, initial_count: 1}\n";
    struct run run;
    RUN_BEGIN(&run, source, strlen(source));
    const struct table *table = run_table(&run, NULL);
    assert_string_equal(
        run_messages(&run),
        "table.yaml:6:10: warning: pools[2].size: 72 is rounded up to 128, a multiple of the "
        "alignment of 64\n"
        "- {size: 72, initial_count: 1}\n"
        "         ^\n");
    assert_int_equal(run.diag.errors, 0);
    assert_int_equal(run.diag.warnings, 1);
    assert_int_equal(table->pools[0].size, 24);
    assert_int_equal(table->pools[1].size, 64);
    assert_int_equal(table->pools[2].size, 128);
    run_end(&run);
}

static void a_prefix_takes_the_place_of_the_name(void **state)
{
    (void)state;
    struct run run;
    assert_string_equal(good_table(&run, MINIMAL, "other")->name, "other");
    run_end(&run);
}

static void a_prefix_obeys_the_rules_of_names(void **state)
{
    (void)state;
    static const char source[] = MINIMAL;
    struct run run;
    RUN_BEGIN(&run, source, strlen(source));
    run_table(&run, "malloc");
    assert_string_equal(run_messages(&run), "table.yaml: error: --prefix: 'malloc' would clash "
                                            "with the C library's malloc_usable_size\n");
    run_end(&run);
}

/* ---- --set */

#define SET_TABLE "name: t\nrelease: auto\nexhausted: fail\n" POOLS

/* What the command line sets is as good as if the table said it. */
static void settings_are_as_good_as_the_table(void **state)
{
    (void)state;
    static const char source[] = SET_TABLE;
    static const char *const settings[] = {"release=manual",    "budget=1MiB",    "batch=auto",
                                           "threads=none",      "alignment=0x20", "name=other",
                                           "exhausted=upstream"};
    struct run run;
    RUN_BEGIN(&run, source, strlen(source));
    const struct table *table = run_table_with(
        &run, &(struct overrides){NULL, settings, sizeof settings / sizeof settings[0]});
    assert_string_equal(run_messages(&run), "");
    assert_string_equal(table->name, "other");
    assert_int_equal(table->release, RELEASE_MANUAL);
    assert_int_equal(table->budget, 1 << 20);
    assert_int_equal(table->batch, 0);
    assert_int_equal(table->threads, THREADS_NONE);
    assert_int_equal(table->alignment, 32);
    assert_int_equal(table->pools[0].exhausted, EXHAUSTED_UPSTREAM);
    assert_int_equal(table->at[KEY_RELEASE].line, 0);
    run_end(&run);
}

/* A pool's own value is not the table's. */
static void settings_leave_pools_alone(void **state)
{
    (void)state;
    static const char source[] =
        "name: t\npools: [{size: 64, initial_count: 1, exhausted: grow}]\n";
    static const char *const settings[] = {"exhausted=fail"};
    struct run run;
    RUN_BEGIN(&run, source, strlen(source));
    const struct table *table = run_table_with(&run, &(struct overrides){NULL, settings, 1});
    assert_string_equal(run_messages(&run), "");
    assert_int_equal(table->exhausted, EXHAUSTED_FAIL);
    assert_int_equal(table->pools[0].exhausted, EXHAUSTED_GROW);
    run_end(&run);
}

struct setting_row {
    const char *name;
    const char *source;
    const char *settings[2];
    const char *messages;
};

static const struct setting_row setting_rows[] = {
    {"an unknown word may not be set",
     SET_TABLE,
     {"release=never"},
     "table.yaml: error: --set release: must be auto or manual, not 'never'\n"},
    {"an empty word may not be set",
     SET_TABLE,
     {"release="},
     "table.yaml: error: --set release: must be auto or manual, not empty\n"},
    {"an unknown key may not be set",
     SET_TABLE,
     {"relaese=auto"},
     "table.yaml: error: --set relaese: unknown key; did you mean 'release'?\n"},
    {"an empty key may not be set",
     SET_TABLE,
     {"=auto"},
     "table.yaml: error: --set '': unknown key; known here: TABLE KEYS\n"},
    {"a pool's key may not be set",
     SET_TABLE,
     {"size=64"},
     "table.yaml: error: --set size: belongs in a pool, not here\n"},
    {"a list may not be set",
     SET_TABLE,
     {"emit=rust"},
     "table.yaml: error: --set emit: is a list, which only the table can give\n"},
    {"the pools may not be set",
     SET_TABLE,
     {"pools=[]"},
     "table.yaml: error: --set pools: is a list, which only the table can give\n"},
    {"a key may not be set twice",
     SET_TABLE,
     {"release=auto", "release=manual"},
     "table.yaml: error: --set release: is given twice\n"},
    {"a number out of range may not be set",
     SET_TABLE,
     {"alignment=8192"},
     "table.yaml: error: --set alignment: must be at most 4KiB, not 8192\n"},
    {"a fraction may not be set",
     SET_TABLE,
     {"alignment=1.5"},
     "table.yaml: error: --set alignment: must be a size in bytes, not '1.5' (no fractions)\n"},
    {"a keyword may not be set as the name",
     SET_TABLE,
     {"name=int"},
     "table.yaml: error: --set name: 'int' is a keyword of C\n"},
    {"what is set must go with the table",
     "name: t\nemit: [malloc]\n" POOLS,
     {"oversize=upstream"},
     "table.yaml: error: --set oversize: must not be upstream, since emit has malloc\n"
     "table.yaml:2:7: note: nothing is upstream of this malloc\n"
     "emit: [malloc]\n"
     "      ^\n"},
    {"the table's own value is judged too",
     "name: t\nrelease: never\n" POOLS,
     {"release=auto"},
     "table.yaml:2:10: error: release: must be auto or manual, not 'never'\n"
     "release: never\n"
     "         ^\n"},
};

static void a_setting_is_judged(void **state)
{
    const struct setting_row *row = *state;
    struct run run;
    RUN_BEGIN(&run, row->source, strlen(row->source));
    run_table_with(&run, &(struct overrides){NULL, row->settings, row->settings[1] ? 2 : 1});
    assert_string_equal(name_lists(&run.arena, run_messages(&run)), row->messages);
    run_end(&run);
}

/* ---- names */

/* Nothing that the C library defines may be among a table's symbols. */
static void no_name_clashes_with_a_symbol_of_libc(void **state)
{
    (void)state;
    static const char *const suffixes[] = {
        "_alloc",         "_calloc",         "_realloc",
        "_aligned_alloc", "_aligned_calloc", "_aligned_realloc",
        "_free",          "_free_sized",     "_free_aligned_sized",
        "_usable_size",   "_good_size",      "_owns",
        "_stats",         "_trim",           "_thread_flush",
        "_check",         "_stats_t",        "_idle"};
    FILE *symbols = popen("nm -D --defined-only \"$(gcc -print-file-name=libc.so.6)\"", "r");
    assert_non_null(symbols);
    char line[512], symbol[256];
    size_t seen = 0;
    while (fgets(line, sizeof line, symbols)) {
        if (sscanf(line, "%*s %*s %255[^@\n]", symbol) != 1)
            continue;
        seen++;
        for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
            size_t length = strlen(symbol), suffix = strlen(suffixes[i]);
            const char *why = "";
            char prefix[256];
            if (length <= suffix || strcmp(symbol + length - suffix, suffixes[i]) != 0)
                continue;
            snprintf(prefix, sizeof prefix, "%.*s", (int)(length - suffix), symbol);
            if (validate_name(prefix, &why))
                fail_msg("%s is allowed, but libc has %s", prefix, symbol);
        }
    }
    assert_int_equal(pclose(symbols), 0);
    assert_true(seen > 1000);
}

/* What compilers predefine without being asked may not be a name: it would be replaced by 1. */
static void no_name_is_a_predefined_macro(void **state)
{
    (void)state;
    FILE *macros = popen("gcc -x c -std=gnu11 -dM -E /dev/null", "r");
    assert_non_null(macros);
    char line[512], macro[256];
    size_t seen = 0;
    while (fgets(line, sizeof line, macros)) {
        const char *why;
        if (sscanf(line, "#define %255s", macro) != 1)
            continue;
        seen++;
        if (validate_name(macro, &why))
            fail_msg("%s is allowed, but gcc predefines it", macro);
    }
    assert_int_equal(pclose(macros), 0);
    assert_true(seen > 100);
}

struct name_row {
    const char *name;
    const char *text;
    bool good;
};

static const struct name_row name_rows[] = {
    {"one letter is a name", "t", true},
    {"tokio is a name", "tokio", true},
    {"two letters are a name", "fw", true},
    {"digits and underscores may follow", "a_1", true},
    {"a word that begins as a keyword does is a name", "integer", true},
    {"a word that begins as malloc does is a name", "mallocs", true},
    {"a keyword is no name", "char", false},
    {"what a macro begins with is a name", "lin", true},
    {"an underscore may come last", "x_", true},
    {"what malloc begins with is a name", "mal", true},
    {"digits may come last", "tokio64k", true},
};

static void a_name_is_judged(void **state)
{
    const struct name_row *row = *state;
    const char *why = "";
    bool good = validate_name(row->text, &why);
    assert_int_equal(good, row->good);
    assert_int_equal(why == NULL, good);
}

/* ---- numbers */

struct number_row {
    const char *name;
    const char *text, *problem;
    uint64_t value;
};

static const struct number_row number_rows[] = {
    {"zero is a number", "0", NULL, 0},
    {"a digit is a number", "7", NULL, 7},
    {"zero may be hexadecimal", "0x0", NULL, 0},
    {"hexadecimal digits may be mixed in case", "0xfF", NULL, 255},
    {"the largest number is 2^64 - 1", "18446744073709551615", NULL, UINT64_MAX},
    {"the largest number may be hexadecimal", "0xffffffffffffffff", NULL, UINT64_MAX},
    {"KiB is 1024", "1KiB", NULL, 1024},
    {"a hexadecimal number may have a unit", "0x10MiB", NULL, 16 << 20},
    {"the largest GiB fit 64 bits", "17179869183GiB", NULL, UINT64_C(17179869183) << 30},
    {"zero may have a unit", "0GiB", NULL, 0},
    {"a GiB too many is refused", "17179869184GiB", "past 64 bits", 0},
    {"an exponent is refused", "1e3", "no exponents", 0},
    {"a fraction is refused", "1.5", "no fractions", 0},
    {"an underscore is refused", "1_0", "no underscores", 0},
    {"a letter O is no zero", "1O0", "'O' is not a digit", 0},
    {"0x needs digits", "0xg", "no digits after 0x", 0},
    {"binary is refused", "0b1", "'b' is not a digit", 0},
    {"a unit of one letter is refused", "64k", "unknown unit 'k': KiB, MiB or GiB", 0},
    {"letters after a unit are refused", "1KiBs", "unknown unit 'KiBs': KiB, MiB or GiB", 0},
    {"a leading zero is refused before a unit", "01KiB", "no leading zeros", 0},
};

static void a_number_is_read(void **state)
{
    const struct number_row *row = *state;
    struct arena arena = {0};
    struct number number;
    ARENA_BEGIN(&arena);
    const char *problem = number_read(&arena, row->text, strlen(row->text), true, &number);
    assert_string_equal(problem ? problem : "", row->problem ? row->problem : "");
    if (!problem)
        assert_int_equal(number.value, row->value);
    arena_free(&arena);
}

struct bytes_row {
    const char *name;
    uint64_t bytes;
    const char *shown;
};

static const struct bytes_row bytes_rows[] = {
    {"whole GiB are shown in GiB", UINT64_C(3) << 30, "3GiB"},
    {"bytes that are no whole KiB are shown as they are", 1536, "1536"},
    {"whole KiB are shown in KiB", 2048, "2KiB"},
    {"no bytes are shown without a unit", 0, "0"},
};

static void bytes_are_shown(void **state)
{
    const struct bytes_row *row = *state;
    struct arena arena = {0};
    ARENA_BEGIN(&arena);
    assert_string_equal(number_show_bytes(&arena, row->bytes), row->shown);
    arena_free(&arena);
}

int main(int argc, char **argv)
{
    if (!list_bad()) {
        fprintf(stderr, "no tables in %s: run from the root of the repository\n", bad_folder);
        return EXIT_FAILURE;
    }
    if (argc == 2 && strcmp(argv[1], "--rewrite") == 0)
        return rewrite();
    TEST(every_rule_has_a_bad_table);
    for (size_t i = 0; i < bad_count; i++)
        unit_add(bad_tables[i].name, a_bad_table_is_refused_as_expected, &bad_tables[i]);
    TEST_ROWS(generated_rows, a_large_table_is_judged_in_time);
    TEST_ROWS(value_rows, a_value_is_read);
    TEST(a_name_is_read);
    TEST_ROWS(limit_rows, a_limit_is_accepted);
    TEST(a_size_is_rounded_up_to_the_alignment_with_a_warning);
    TEST(a_prefix_takes_the_place_of_the_name);
    TEST(a_prefix_obeys_the_rules_of_names);
    TEST(settings_are_as_good_as_the_table);
    TEST(settings_leave_pools_alone);
    TEST_ROWS(setting_rows, a_setting_is_judged);
    TEST(no_name_clashes_with_a_symbol_of_libc);
    TEST(no_name_is_a_predefined_macro);
    TEST_ROWS(name_rows, a_name_is_judged);
    TEST_ROWS(number_rows, a_number_is_read);
    TEST_ROWS(bytes_rows, bytes_are_shown);
    int failed = unit_run("validate");
    free(bad_tables);
    return failed;
}
