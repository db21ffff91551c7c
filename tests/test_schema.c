/* The list of keys against what is made from it. The JSON schema is read back with the reader:
   JSON is YAML. */
#include "unit.h"

#include "base/nearest.h"
#include "table/read.h"
#include "table/schema.h"

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
static void check_properties(const struct node *object, unsigned where)
{
    size_t expected = 0, required = 0;
    assert_string_equal(need(object, "type")->text, "object");
    assert_string_equal(need(object, "additionalProperties")->text, "false");
    const struct node *properties = need(object, "properties");
    for (const struct key *key = schema_keys; key < schema_keys + KEY_COUNT; key++) {
        if (!(key->where & where)) {
            assert_null(member(properties, key->name));
            continue;
        }
        const struct node *property = need(properties, key->name);
        assert_string_equal(need(property, "description")->text, key->help);
        expected++;
        required += !key->standard;
        bool own_default = key->standard && !(where == IN_POOL && key->where & IN_TABLE);
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

/* README's reference is what schema_markdown says, between its two marks. */
static void test_readme(void **state)
{
    (void)state;
    static const char begin[] = "<!-- table keys: begin -->\n", end[] = "<!-- table keys: end -->";
    struct run run;
    RUN_BEGIN(&run, NULL, 0);
    size_t length;
    char *readme = read_whole(&run.arena, "README.md", &length);
    char *start = strstr(readme, begin), *stop = strstr(readme, end);
    if (!start || !stop)
        fail_msg("README.md lacks the marks around the key reference");
    *stop = '\0';
    struct text markdown = {.arena = &run.arena};
    schema_markdown(&markdown);
    if (strcmp(start + strlen(begin), markdown.data) != 0)
        fail_msg("between its marks README.md must have:\n%s", markdown.data);
    run_end(&run);
}

/* A default must be a value that a table could give, and mean the same. */
static void check_default(const struct key *key)
{
    static const char pools[] = "name: t\npools: [{size: 64, initial_count: 1}]\n";
    struct run run;
    RUN_BEGIN(&run, pools, strlen(pools));
    const struct table *defaulted = run_table(&run, NULL);
    run.diag.source = arena_format(&run.arena, "%s%s: %s\n", pools, key->name, key->standard);
    run.diag.source_length = strlen(run.diag.source);
    const struct table *given = run_table(&run, NULL);
    assert_string_equal(run_messages(&run), "");
    assert_int_equal(given->threads, defaulted->threads);
    assert_int_equal(given->exhausted, defaulted->exhausted);
    assert_int_equal(given->oversize, defaulted->oversize);
    assert_int_equal(given->alignment, defaulted->alignment);
    assert_int_equal(given->batch, defaulted->batch);
    assert_int_equal(given->thread_cache, defaulted->thread_cache);
    assert_int_equal(given->select, defaulted->select);
    assert_int_equal(given->stats, defaulted->stats);
    assert_int_equal(given->release, defaulted->release);
    assert_int_equal(given->grow_limit, defaulted->grow_limit);
    assert_int_equal(given->budget, defaulted->budget);
    assert_int_equal(given->emit, defaulted->emit);
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

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_markdown_has_a_row_for_each_key),
        cmocka_unit_test(test_defaults_are_valid_values),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_readme),
    };
    return run_all("schema", tests, sizeof tests / sizeof tests[0]);
}
