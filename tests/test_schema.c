/* The list of keys against what is made from it. The JSON schema is read back with the reader:
   JSON is YAML. */
#include "unit.h"

#include "base/nearest.h"
#include "table/read.h"
#include "table/schema.h"
#include <stdio.h>

static const struct node *member(const struct node *mapping, const char *key)
{
    assert_int_equal(mapping->kind, NODE_MAPPING);
    for (const struct node *entry = mapping->first; entry; entry = entry->next)
        if (strcmp(entry->key->text, key) == 0)
            return entry;
    return NULL;
}

static const struct node *need(const struct node *mapping, const char *key)
{
    const struct node *found = member(mapping, key);
    if (!found)
        fail_msg("the schema has no %s", key);
    return found;
}

/* Every key with the help and the words of the list, in its place and no other. */
static void check_properties(const struct node *object, enum where where)
{
    size_t expected = 0, required = 0;
    assert_string_equal(need(object, "type")->text, "object");
    assert_string_equal(need(object, "additionalProperties")->text, "false");
    const struct node *properties = need(object, "properties");
    for (const struct key *key = schema_keys; key < schema_keys + KEY_COUNT; key++) {
        if (!schema_allows(key, where)) {
            assert_null(member(properties, key->name));
            continue;
        }
        const struct node *property = need(properties, key->name);
        assert_string_equal(need(property, "description")->text, key->help);
        expected++;
        required += !key->standard;
        bool own_default = key->standard && !(where == IN_POOL && schema_allows(key, IN_TABLE));
        assert_int_equal(member(property, "default") != NULL, own_default);
        if (key->type == TYPE_WORD) {
            const struct node *word = need(property, "enum")->first;
            for (size_t i = 0; i < KEY_WORDS && key->words[i]; i++, word = word->next)
                assert_string_equal(word->text, key->words[i]);
            assert_null(word);
        }
    }
    assert_int_equal(properties->count, expected);
    assert_int_equal(need(object, "required")->count, required);
}

static void test_json(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, NULL, 0);
    struct text json = {.arena = &run.arena};
    schema_json(&json);
    run.diag.source = json.data;
    run.diag.source_length = json.length;
    const struct node *root = read_tree(&run.diag);
    assert_string_equal(run_messages(&run), "");
    assert_non_null(root);
    assert_string_equal(need(root, "$schema")->text,
                        "https://json-schema.org/draft/2020-12/schema");
    check_properties(root, IN_TABLE);
    check_properties(need(need(need(root, "properties"), "pools"), "items"), IN_POOL);
    assert_int_equal(json.data[json.length - 1], '\n');
    run_end(&run);
}

static void test_markdown_has_a_row_for_each_key(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, NULL, 0);
    struct text markdown = {.arena = &run.arena};
    schema_markdown(&markdown);
    const char *line = markdown.data;
    size_t lines = 0;
    for (; *line; line = strchr(line, '\n') + 1, lines++) {
        size_t bars = 0;
        for (const char *at = line; *at != '\n'; at++)
            bars += *at == '|';
        assert_int_equal(bars, 6);
        if (lines < 2)
            continue;
        const char *start = arena_format(&run.arena, "| `%s` | ", schema_keys[lines - 2].name);
        assert_memory_equal(line, start, strlen(start));
    }
    assert_int_equal(lines, KEY_COUNT + 2);
    run_end(&run);
}

/* ---- what is committed of it */

static const char readme_path[] = "README.md", schema_path[] = "share/poolgen.schema.json";

/* README with the key reference between its two marks as the schema has it. */
static struct text make_readme(struct arena *arena)
{
    static const char begin[] = "<!-- table keys: begin -->\n", end[] = "<!-- table keys: end -->";
    struct text out = {.arena = arena};
    size_t length;
    const char *readme = read_whole(arena, readme_path, &length);
    const char *start = strstr(readme, begin), *stop = strstr(readme, end);
    if (!start || !stop)
        fail_msg("README.md lacks the marks around the key reference");
    text_append(&out, readme, (size_t)(start - readme) + strlen(begin));
    schema_markdown(&out);
    text_string(&out, stop);
    return out;
}

static struct text make_schema(struct arena *arena)
{
    struct text out = {.arena = arena};
    schema_json(&out);
    return out;
}

static void expect_fresh(const char *path, struct text (*make)(struct arena *arena))
{
    struct run run;
    RUN_BEGIN(&run, NULL, 0);
    size_t length;
    const char *found = read_whole(&run.arena, path, &length);
    if (strcmp(found, make(&run.arena).data) != 0)
        fail_msg("%s is stale: make reference, and read the difference", path);
    run_end(&run);
}

static void test_readme(void **state)
{
    (void)state;
    expect_fresh(readme_path, make_readme);
}

static void test_committed_schema(void **state)
{
    (void)state;
    expect_fresh(schema_path, make_schema);
}

static bool write_file(const char *path, struct text text)
{
    FILE *file = fopen(path, "wb");
    bool good = file && fwrite(text.data, 1, text.length, file) == text.length;
    good = file && fclose(file) == 0 && good;
    if (!good)
        perror(path);
    return good;
}

/* Writes both as they should be. */
static int rewrite(void)
{
    struct arena arena = {0};
    bool good = setjmp(arena.out_of_memory) == 0 && write_file(readme_path, make_readme(&arena)) &&
                write_file(schema_path, make_schema(&arena));
    arena_free(&arena);
    return good ? 0 : 1;
}

/* ---- defaults */

/* A default must be a value that a table could give, and mean the same. */
static void check_default(const struct key *key)
{
    static const char pools[] = "name: t\npools: [{size: 64, initial_count: 1}]\n";
    const bool in_table = schema_allows(key, IN_TABLE);
    struct run run;
    RUN_BEGIN(&run, pools, strlen(pools));
    const struct table *defaulted = run_table(&run, NULL);
    run.diag.source =
        in_table
            ? arena_format(&run.arena, "%s%s: %s\n", pools, key->name, key->standard)
            : arena_format(&run.arena, "name: t\npools: [{size: 64, initial_count: 1, %s: %s}]\n",
                           key->name, key->standard);
    run.diag.source_length = strlen(run.diag.source);
    const struct table *given = run_table(&run, NULL);
    assert_string_equal(run_messages(&run), "");
    const struct table *made = schema_new_table(&run.arena, 1);
    const uint64_t value = schema_default(&run.arena, key);
    if (in_table) {
        assert_true(schema_load(key, IN_TABLE, given) == value);
        assert_true(schema_load(key, IN_TABLE, defaulted) == value);
        assert_true(schema_load(key, IN_TABLE, made) == value);
    }
    if (schema_is_text(key)) {
        assert_null(given->pools[0].section);
    } else if (schema_allows(key, IN_POOL)) {
        assert_true(schema_load(key, IN_POOL, given->pools) == value);
        assert_true(schema_load(key, IN_POOL, defaulted->pools) == value);
        assert_true(schema_load(key, IN_POOL, made->pools) == value);
    }
    run_end(&run);
}

static void test_defaults_are_valid_values(void **state)
{
    (void)state;
    for (const struct key *key = schema_keys; key < schema_keys + KEY_COUNT; key++)
        if (key->standard)
            check_default(key);
}

static void test_nearest(void **state)
{
    (void)state;
    static const char *const words[] = {"name", "pools", "threads", "thread_cache", "emit"};
    enum { COUNT = sizeof words / sizeof words[0] };
    static const struct {
        const char *text;
        size_t nearest;
    } rows[] = {{"name", 0},         {"nmae", 0},    {"Name", 0},     {"nam", 0},
                {"pool", 1},         {"pols", 1},    {"thread", 2},   {"threadcache", 3},
                {"thread-cache", 3}, {"emits", 4},   {"tname", 0},    {"colour", COUNT},
                {"", COUNT},         {"n", COUNT},   {"xxxx", COUNT}, {"time", COUNT},
                {"limit", COUNT},    {"nnnn", COUNT}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(nearest_word(rows[i].text, strlen(rows[i].text), words, COUNT),
                         rows[i].nearest);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--rewrite") == 0)
        return rewrite();
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_markdown_has_a_row_for_each_key),
        cmocka_unit_test(test_defaults_are_valid_values),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_readme),
        cmocka_unit_test(test_committed_schema),
    };
    return run_all("schema", tests, sizeof tests / sizeof tests[0]);
}
