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

/* ---- the corpus */

/* What a user is told of tests/bad/NAME.yaml. Every bad table has an error. */
static const char *messages_of(struct run *run, struct arena *files, const char *name)
{
    const char *file = arena_format(files, "%s.yaml", name);
    size_t length;
    const char *source = read_whole(files, arena_format(files, "%s/%s", bad_folder, file), &length);
    RUN_BEGIN(run, source, length);
    run->diag.file = file;
    run_plan(run);
    assert_int_not_equal(run->diag.errors, 0);
    return run_messages(run);
}

static void test_bad_table(void **state)
{
    static struct arena files;
    struct run run;
    if (setjmp(files.out_of_memory))
        fail_msg("out of memory");
    const char *name = *state, *got = messages_of(&run, &files, name);
    size_t length;
    const char *expected =
        read_whole(&files, arena_format(&files, "%s/%s.expected", bad_folder, name), &length);
    if (strcmp(expected, got) != 0)
        print_error("expected:\n%s\ngot:\n%s\n", expected, got);
    assert_true(strcmp(expected, got) == 0);
    run_end(&run);
    arena_free(&files);
}

static int rewrite(char *const *names, size_t count)
{
    static struct arena files;
    if (setjmp(files.out_of_memory))
        return EXIT_FAILURE;
    for (size_t i = 0; i < count; i++) {
        struct run run;
        const char *got = messages_of(&run, &files, names[i]);
        FILE *file = fopen(arena_format(&files, "%s/%s.expected", bad_folder, names[i]), "w");
        if (!file || fputs(got, file) < 0 || fclose(file) != 0) {
            perror(names[i]);
            return EXIT_FAILURE;
        }
        run_end(&run);
    }
    arena_free(&files);
    printf("wrote %zu expected messages; now read `git diff %s`\n", count, bad_folder);
    return EXIT_SUCCESS;
}

static int is_table(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return length > 5 && strcmp(entry->d_name + length - 5, ".yaml") == 0;
}

/* Names of the tables of tests/bad, sorted, without their ending. */
static char **list_bad(size_t *count)
{
    struct dirent **entries;
    int found = scandir(bad_folder, &entries, is_table, alphasort);
    if (found <= 0) {
        fprintf(stderr, "no tables in %s: run from the root of the repository\n", bad_folder);
        exit(EXIT_FAILURE);
    }
    *count = (size_t)found;
    char **names = calloc(*count, sizeof *names);
    for (size_t i = 0; i < *count && names; i++) {
        names[i] = strdup(entries[i]->d_name);
        if (names[i])
            *strrchr(names[i], '.') = '\0';
        free(entries[i]);
    }
    free(entries);
    return names;
}

static char **bad_names;
static size_t bad_count;

/* No rule without a table that trips it, named RULE.yaml or RULE-what.yaml. */
static void test_every_rule_has_a_bad_table(void **state)
{
    (void)state;
    for (size_t rule = 0; validate_rule(rule); rule++) {
        size_t length = strlen(validate_rule(rule)), i = 0;
        while (i < bad_count && !(strncmp(bad_names[i], validate_rule(rule), length) == 0 &&
                                  (bad_names[i][length] == '-' || bad_names[i][length] == '\0')))
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

static const struct generated generated[] = {
    {"1 MiB of [", make_brackets, "table.yaml:1:17: error: nested deeper than 16"},
    {"1 MiB of {", make_braces, "table.yaml:1:17: error: nested deeper than 16"},
    {"1 MiB of dashes", make_dashes, "table.yaml:1:33: error: nested deeper than 16"},
    {"name of 1 MiB", make_long_name,
     "table.yaml:1:7: error: name: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...' is longer than "
     "31 characters"},
    {"number of 1 MiB", make_long_number,
     "table.yaml:2:16: error: pools[0].size: must be a size in bytes, not "
     "'1111111111111111111111111111111111111111...' (past 64 bits)"},
    {"key of 1 MiB", make_long_key,
     "table.yaml:3:3: error: 'kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk...': unknown key; known "
     "here: name, pools, threads, exhausted, oversize, alignment, batch, thread_cache, select, "
     "stats, release, grow_limit, budget, emit"},
    {"10,000 pools", make_10000_pools, ""},
    {"65,536 pools", make_65536_pools,
     "table.yaml:2:8: error: pools: must hold at most 65535 pools, not 65536"},
    {"16 deep", make_16_deep,
     "table.yaml:2:16: error: pools[0].size: must be a size in bytes, not a sequence"},
    {"65,535 errors in a line", make_many_errors,
     "table.yaml:2:9: error: pools[0]: must be a pool such as {size: 64, initial_count: 100}, not "
     "'0'"},
    {"30,000 notes", make_many_notes, "table.yaml:3:1: error: name: is given twice"},
};

static void test_generated(void **state)
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
    assert_string_equal(first, row->message);
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

static void test_defaults(void **state)
{
    (void)state;
    struct run run;
    const struct table *table = good_table(&run, "name: tokio\n" POOLS, NULL);
    assert_string_equal(table->name, "tokio");
    assert_int_equal(table->pool_count, 1);
    assert_int_equal(table->pools[0].size, 64);
    assert_int_equal(table->pools[0].initial_count, 100);
    assert_int_equal(table->pools[0].exhausted, EXHAUSTED_GROW);
    assert_int_equal(table->pools[0].batch, 0);
    assert_int_equal(table->pools[0].at.line, 2);
    assert_int_equal(table->pools[0].at.column, 9);
    assert_int_equal(table->threads, THREADS_SHARED);
    assert_int_equal(table->exhausted, EXHAUSTED_GROW);
    assert_int_equal(table->oversize, OVERSIZE_UPSTREAM);
    assert_int_equal(table->alignment, 16);
    assert_int_equal(table->batch, 0);
    assert_int_equal(table->thread_cache, 1 << 20);
    assert_int_equal(table->select, SELECT_AUTO);
    assert_int_equal(table->stats, STATS_OFF);
    assert_int_equal(table->release, RELEASE_AUTO);
    assert_int_equal(table->grow_limit, UINT64_C(64) << 30);
    assert_int_equal(table->budget, 0);
    assert_int_equal(table->emit, 0);
    assert_int_equal(table->select_at.line, 0);
    assert_int_equal(table->budget_at.line, 0);
    assert_int_equal(table->pools[0].batch_at.line, 0);
    run_end(&run);
}

static void test_every_key(void **state)
{
    (void)state;
    struct run run;
    const struct table *table = good_table(&run,
                                           "threads: none\n"
                                           "exhausted: fail\n"
                                           "oversize: os\n"
                                           "alignment: 0x20\n"
                                           "batch: 32\n"
                                           "thread_cache: 64KiB\n"
                                           "select: bits\n"
                                           "stats: counters\n"
                                           "release: 'manual'\n"
                                           "grow_limit: 2GiB\n"
                                           "budget: \"1MiB\"\n"
                                           "emit: [malloc, rust]\n"
                                           "name: t9_\n"
                                           "pools:\n"
                                           "- {size: 8, initial_count: 1}\n"
                                           "- {initial_count: 0xFf, size: 1KiB, exhausted: grow}\n"
                                           "- size: 2048\n"
                                           "  initial_count: 3\n"
                                           "  batch: auto\n",
                                           NULL);
    assert_string_equal(table->name, "t9_");
    assert_int_equal(table->threads, THREADS_NONE);
    assert_int_equal(table->exhausted, EXHAUSTED_FAIL);
    assert_int_equal(table->oversize, OVERSIZE_OS);
    assert_int_equal(table->alignment, 32);
    assert_int_equal(table->batch, 32);
    assert_int_equal(table->thread_cache, 64 << 10);
    assert_int_equal(table->select, SELECT_BITS);
    assert_int_equal(table->stats, STATS_COUNTERS);
    assert_int_equal(table->release, RELEASE_MANUAL);
    assert_int_equal(table->grow_limit, UINT64_C(2) << 30);
    assert_int_equal(table->budget, 1 << 20);
    assert_int_equal(table->emit, EMIT_MALLOC | EMIT_RUST);
    assert_int_equal(table->pools[0].batch_at.line, 5);
    assert_int_equal(table->pools[2].batch_at.line, 19);
    assert_int_equal(table->grow_limit_at.line, 10);
    assert_int_equal(table->select_at.line, 7);
    assert_int_equal(table->budget_at.line, 11);
    assert_int_equal(table->budget_at.column, 9);
    assert_int_equal(table->pool_count, 3);
    assert_int_equal(table->pools[0].exhausted, EXHAUSTED_FAIL);
    assert_int_equal(table->pools[0].batch, 32);
    assert_int_equal(table->pools[1].size, 1024);
    assert_int_equal(table->pools[1].initial_count, 255);
    assert_int_equal(table->pools[1].exhausted, EXHAUSTED_GROW);
    assert_int_equal(table->pools[2].batch, 0);
    run_end(&run);
}

/* Each word of the schema must be the value of its enum that its place in the list says. */
static void test_words(void **state)
{
    (void)state;
    struct run run;
#define WORD(line, member, value)                                                                  \
    assert_int_equal(good_table(&run, "name: t\n" POOLS line "\n", NULL)->member, value);          \
    run_end(&run)
    WORD("threads: shared", threads, THREADS_SHARED);
    WORD("threads: none", threads, THREADS_NONE);
    WORD("exhausted: grow", exhausted, EXHAUSTED_GROW);
    WORD("exhausted: upstream", exhausted, EXHAUSTED_UPSTREAM);
    WORD("exhausted: upstream", pools[0].exhausted, EXHAUSTED_UPSTREAM);
    WORD("exhausted: fail", exhausted, EXHAUSTED_FAIL);
    WORD("oversize: upstream", oversize, OVERSIZE_UPSTREAM);
    WORD("oversize: os", oversize, OVERSIZE_OS);
    WORD("oversize: fail", oversize, OVERSIZE_FAIL);
    WORD("select: auto", select, SELECT_AUTO);
    WORD("select: unrolled", select, SELECT_UNROLLED);
    WORD("select: table", select, SELECT_TABLE);
    WORD("select: bits", select, SELECT_BITS);
    WORD("stats: off", stats, STATS_OFF);
    WORD("stats: counters", stats, STATS_COUNTERS);
    WORD("release: auto", release, RELEASE_AUTO);
    WORD("release: manual", release, RELEASE_MANUAL);
    WORD("emit: []", emit, 0);
    WORD("emit: [rust]", emit, EMIT_RUST);
    WORD("emit: [cpp]", emit, EMIT_CPP);
    WORD("emit: [malloc]", emit, EMIT_MALLOC);
    WORD("batch: auto", batch, 0);
    WORD("budget: none", budget, 0);
    WORD("thread_cache: 0", thread_cache, 0);
    /* malloc has nothing upstream of it */
    WORD("emit: [malloc]", oversize, OVERSIZE_OS);
    WORD("emit: [malloc]\noversize: fail", oversize, OVERSIZE_FAIL);
    WORD("emit: [malloc]", pools[0].exhausted, EXHAUSTED_GROW);
#undef WORD
}

static void test_limits(void **state)
{
    (void)state;
    struct run run;
    good_table(&run, "name: t\npools: [{size: 1GiB, initial_count: 1}]\n", NULL);
    run_end(&run);
    good_table(&run, "name: t\npools: [{size: 8, initial_count: 134217728}]\n", NULL);
    run_end(&run);
    good_table(&run,
               "name: abcdefghijklmnopqrstuvwxyz01234\n" POOLS
               "alignment: 4KiB\nbatch: 65535\nthread_cache: 1GiB\ngrow_limit: 16384GiB\n"
               "budget: 2GiB\n",
               NULL);
    run_end(&run);
    good_table(&run, "name: t\n" POOLS "alignment: 8\nbatch: 1\ngrow_limit: 1MiB\nbudget: 1\n",
               NULL);
    run_end(&run);
}

static void test_rounding(void **state)
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

static void test_prefix(void **state)
{
    (void)state;
    struct run run;
    assert_string_equal(good_table(&run, "name: tokio\n" POOLS, "other")->name, "other");
    run_end(&run);

    static const char source[] = "name: tokio\n" POOLS;
    RUN_BEGIN(&run, source, strlen(source));
    run_table(&run, "malloc");
    assert_string_equal(run_messages(&run), "table.yaml: error: --prefix: 'malloc' would clash "
                                            "with the C library's malloc_usable_size\n");
    run_end(&run);
}

/* ---- names */

/* Nothing that the C library defines may be among a table's symbols. */
static void test_names_clash_with_no_libc_symbol(void **state)
{
    (void)state;
    static const char *const suffixes[] = {
        "_alloc",         "_calloc",         "_realloc",
        "_aligned_alloc", "_aligned_calloc", "_aligned_realloc",
        "_free",          "_free_sized",     "_free_aligned_sized",
        "_usable_size",   "_good_size",      "_owns",
        "_stats",         "_trim",           "_thread_flush",
        "_check",         "_stats_t"};
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
static void test_names_are_no_predefined_macros(void **state)
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

static void test_good_names(void **state)
{
    (void)state;
    static const char *const names[] = {"t",    "tokio", "fw", "a_1", "integer", "mallocs",
                                        "char", "lin",   "x_", "mal", "tokio64k"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *why = "";
        bool good = validate_name(names[i], &why);
        assert_int_equal(good, strcmp(names[i], "char") != 0);
        assert_int_equal(why == NULL, good);
    }
}

/* ---- numbers */

static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text, *problem;
        uint64_t value;
    } rows[] = {
        {"0", NULL, 0},
        {"7", NULL, 7},
        {"0x0", NULL, 0},
        {"0xfF", NULL, 255},
        {"18446744073709551615", NULL, UINT64_MAX},
        {"0xffffffffffffffff", NULL, UINT64_MAX},
        {"1KiB", NULL, 1024},
        {"0x10MiB", NULL, 16 << 20},
        {"17179869183GiB", NULL, UINT64_C(17179869183) << 30},
        {"0GiB", NULL, 0},
        {"17179869184GiB", "past 64 bits", 0},
        {"1e3", "no exponents", 0},
        {"1.5", "no fractions", 0},
        {"1_0", "no underscores", 0},
        {"1O0", "'O' is not a digit", 0},
        {"0xg", "no digits after 0x", 0},
        {"0b1", "'b' is not a digit", 0},
        {"64k", "unknown unit 'k': KiB, MiB or GiB", 0},
        {"1KiBs", "unknown unit 'KiBs': KiB, MiB or GiB", 0},
        {"01KiB", "no leading zeros", 0},
    };
    struct run run;
    RUN_BEGIN(&run, "", 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct number number;
        const char *problem =
            number_read(&run.arena, rows[i].text, strlen(rows[i].text), true, &number);
        assert_string_equal(problem ? problem : "", rows[i].problem ? rows[i].problem : "");
        if (!problem)
            assert_int_equal(number.value, rows[i].value);
    }
    assert_string_equal(number_show_bytes(&run.arena, UINT64_C(3) << 30), "3GiB");
    assert_string_equal(number_show_bytes(&run.arena, 1536), "1536");
    assert_string_equal(number_show_bytes(&run.arena, 2048), "2KiB");
    assert_string_equal(number_show_bytes(&run.arena, 0), "0");
    run_end(&run);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest fixed[] = {
        cmocka_unit_test(test_every_rule_has_a_bad_table),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_every_key),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_rounding),
        cmocka_unit_test(test_prefix),
        cmocka_unit_test(test_names_clash_with_no_libc_symbol),
        cmocka_unit_test(test_names_are_no_predefined_macros),
        cmocka_unit_test(test_good_names),
        cmocka_unit_test(test_numbers),
    };
    enum {
        FIXED = sizeof fixed / sizeof fixed[0],
        GENERATED = sizeof generated / sizeof *generated
    };
    bad_names = list_bad(&bad_count);
    if (argc == 2 && strcmp(argv[1], "--rewrite") == 0)
        return rewrite(bad_names, bad_count);

    size_t count = FIXED;
    struct CMUnitTest *tests = calloc(FIXED + GENERATED + bad_count, sizeof *tests);
    if (!tests)
        return EXIT_FAILURE;
    memcpy(tests, fixed, sizeof fixed);
    for (size_t i = 0; i < GENERATED; i++)
        tests[count++] = (struct CMUnitTest){.name = generated[i].name,
                                             .test_func = test_generated,
                                             .initial_state = (void *)(uintptr_t)&generated[i]};
    for (size_t i = 0; i < bad_count; i++)
        tests[count++] = (struct CMUnitTest){
            .name = bad_names[i], .test_func = test_bad_table, .initial_state = bad_names[i]};
    int failed = run_all("validate", tests, count);
    for (size_t i = 0; i < bad_count; i++)
        free(bad_names[i]);
    free(bad_names);
    free(tests);
    return failed;
}
