/* The reader: files, and the tree with its places. What it refuses is in tests/bad. */
#include "unit.h"

#include "table/read.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- trees, written as KIND line:column text */

static void write_node(struct text *out, const struct node *node, int depth)
{
    static const char *const kinds[] = {"scalar", "sequence", "mapping", "refused"};
    text_format(out, "%*s", depth * 2, "");
    if (node->key)
        text_format(out, "%u:%u %s= ", node->key->at.line, node->key->at.column, node->key->text);
    text_format(out, "%s %u:%u", kinds[node->kind], node->at.line, node->at.column);
    if (node->kind == NODE_SCALAR)
        text_format(out, " %s%s%s", node->plain ? "" : "'", node->text, node->plain ? "" : "'");
    else
        text_format(out, " %zu", node->count);
    text_string(out, "\n");
    for (const struct node *child = node->first; child; child = child->next)
        write_node(out, child, depth + 1);
}

struct row {
    const char *name, *source, *tree;
};

static const struct row rows[] = {
    {"block", "a: 1\nb:\n  - x\n  -  y\n",
     "mapping 1:1 2\n"
     "  1:1 a= scalar 1:4 1\n"
     "  2:1 b= sequence 3:3 2\n"
     "    scalar 3:5 x\n"
     "    scalar 4:6 y\n"},
    {"flow", "{a: [1, 2], b: {}}",
     "mapping 1:1 2\n"
     "  1:2 a= sequence 1:5 2\n"
     "    scalar 1:6 1\n"
     "    scalar 1:9 2\n"
     "  1:13 b= mapping 1:16 0\n"},
    {"styles", "- plain\n- 'single'\n- \"doub\\x6Ce\"\n- |\n  literal\n- >-\n  folded\n",
     "sequence 1:1 5\n"
     "  scalar 1:3 plain\n"
     "  scalar 2:3 'single'\n"
     "  scalar 3:3 'double'\n"
     "  scalar 4:3 'literal\n'\n"
     "  scalar 6:3 'folded'\n"},
    {"empty values", "a:\nb: \nc: ''\n",
     "mapping 1:1 3\n"
     "  1:1 a= scalar 1:3 \n"
     "  2:1 b= scalar 2:3 \n"
     "  3:1 c= scalar 3:4 ''\n"},
    {"duplicate keys are kept", "a: 1\na: 2\n",
     "mapping 1:1 2\n"
     "  1:1 a= scalar 1:4 1\n"
     "  2:1 a= scalar 2:4 2\n"},
    {"columns are characters", "\"\xC3\xA9\xE2\x82\xAC\": {b: \xF0\x9F\x98\x80, c: 1}\n",
     "mapping 1:1 1\n"
     "  1:1 \xC3\xA9\xE2\x82\xAC= mapping 1:7 2\n"
     "    1:8 b= scalar 1:11 \xF0\x9F\x98\x80\n"
     "    1:14 c= scalar 1:17 1\n"},
    {"byte order mark",
     "\xEF\xBB\xBF"
     "a: 1\n",
     "mapping 1:1 1\n"
     "  1:1 a= scalar 1:4 1\n"},
    {"lines end in CRLF or CR", "a: 1\r\nb: 2\rc: 3\n",
     "mapping 1:1 3\n"
     "  1:1 a= scalar 1:4 1\n"
     "  2:1 b= scalar 2:4 2\n"
     "  3:1 c= scalar 3:4 3\n"},
    {"comments, directive, markers", "%YAML 1.2\n# one\n--- # two\na: 1 # three\n...\n# four\n",
     "mapping 4:1 1\n"
     "  4:1 a= scalar 4:4 1\n"},
    {"explicit keys", "? a\n: 1\n",
     "mapping 1:1 1\n"
     "  1:3 a= scalar 2:3 1\n"},
    {"scalar alone", "  x y  \n", "scalar 1:3 x y\n"},
    {"16 deep", "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]", NULL},
};

static void test_tree(void **state)
{
    const struct row *row = *state;
    struct run run;
    RUN_BEGIN(&run, row->source, strlen(row->source));
    const struct node *root = read_tree(&run.diag);
    assert_string_equal(run_messages(&run), "");
    assert_non_null(root);
    struct text tree = {.arena = &run.arena};
    write_node(&tree, root, 0);
    if (row->tree)
        assert_string_equal(tree.data, row->tree);
    run_end(&run);
}

/* What a table may not have is reported, and the rest is still there to be validated. */
static void test_refused_but_read(void **state)
{
    (void)state;
    static const char source[] = "a: &x 1\nb: *x\n<<: {c: 2}\n[d]: !!int 3\n\"\\0\": 4\n--- 5\n";
    struct run run;
    RUN_BEGIN(&run, source, strlen(source));
    const struct node *root = read_tree(&run.diag);
    assert_non_null(root);
    assert_int_equal(run.diag.errors, 7);
    assert_int_equal(root->count, 5);
    const struct node *a = root->first, *b = a->next, *merge = b->next, *d = merge->next;
    assert_string_equal(a->text, "1");
    assert_int_equal(b->kind, NODE_REFUSED);
    assert_int_equal(merge->key->kind, NODE_REFUSED);
    assert_int_equal(merge->kind, NODE_MAPPING);
    assert_int_equal(d->key->kind, NODE_REFUSED);
    assert_string_equal(d->text, "3");
    assert_int_equal(d->next->key->kind, NODE_REFUSED);
    run_end(&run);
}

/* ---- files */

static const char *read_messages(struct run *run, const char *path, bool expected)
{
    RUN_BEGIN(run, NULL, 0);
    run->diag.file = path;
    assert_int_equal(read_source(path, &run->diag), expected);
    return run_messages(run);
}

static void test_files_that_cannot_be_read(void **state)
{
    (void)state;
    struct run run;
    assert_string_equal(read_messages(&run, "tests/missing.yaml", false),
                        "tests/missing.yaml: error: cannot open: No such file or directory\n");
    run_end(&run);
    assert_string_equal(read_messages(&run, "tests", false),
                        "tests: error: cannot read: Is a directory\n");
    run_end(&run);
}

/* A file of `size` spaces; its name is left in `path`. */
static void make_file(char *path, size_t size)
{
    int file = mkstemp(path);
    assert_true(file >= 0);
    FILE *stream = fdopen(file, "w");
    assert_non_null(stream);
    for (size_t i = 0; i < size; i++)
        putc(' ', stream);
    assert_int_equal(fclose(stream), 0);
}

static void test_largest_file(void **state)
{
    (void)state;
    struct run run;
    char fits[] = "/tmp/poolgen-test-XXXXXX", exceeds[] = "/tmp/poolgen-test-XXXXXX";
    make_file(fits, 4 << 20);
    make_file(exceeds, (4 << 20) + 1);
    assert_string_equal(read_messages(&run, fits, true), "");
    assert_int_equal(run.diag.source_length, 4 << 20);
    assert_int_equal(run.diag.source[run.diag.source_length], '\0');
    run_end(&run);
    const char *message = read_messages(&run, exceeds, false);
    assert_string_equal(message + strlen(exceeds), ": error: must be at most 4 MiB long\n");
    run_end(&run);
    unlink(fits);
    unlink(exceeds);
}

static void test_standard_input(void **state)
{
    (void)state;
    struct run run;
    int ends[2], input = dup(STDIN_FILENO);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "a: 1\n", 5), 5);
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
    assert_string_equal(read_messages(&run, "-", true), "");
    assert_int_equal(run.diag.source_length, 5);
    assert_string_equal(run.diag.source, "a: 1\n");
    run_end(&run);
    if (input >= 0) {
        dup2(input, STDIN_FILENO);
        close(input);
    }
}

static void test_empty_file(void **state)
{
    (void)state;
    struct run run;
    assert_string_equal(read_messages(&run, "/dev/null", true), "");
    assert_non_null(run.diag.source);
    assert_int_equal(run.diag.source_length, 0);
    run_end(&run);
}

int main(void)
{
    static const struct CMUnitTest fixed[] = {
        cmocka_unit_test(test_refused_but_read), cmocka_unit_test(test_files_that_cannot_be_read),
        cmocka_unit_test(test_largest_file),     cmocka_unit_test(test_standard_input),
        cmocka_unit_test(test_empty_file),
    };
    enum { FIXED = sizeof fixed / sizeof fixed[0], ROWS = sizeof rows / sizeof rows[0] };
    struct CMUnitTest tests[FIXED + ROWS];
    memcpy(tests, fixed, sizeof fixed);
    for (size_t i = 0; i < ROWS; i++)
        tests[FIXED + i] = (struct CMUnitTest){.name = rows[i].name,
                                               .test_func = test_tree,
                                               .initial_state = (void *)(uintptr_t)&rows[i]};
    return run_all("read", tests, FIXED + ROWS);
}
