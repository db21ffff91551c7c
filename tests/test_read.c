/* The reader: files, and the tree with its places. What it refuses is in tests/bad. */
#include "scratch.h"
#include "unit.h"

#include "table/read.h"
#include <stdio.h>
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

static const struct row tree_rows[] = {
    {"a block has the places of its entries", "a: 1\nb:\n  - x\n  -  y\n",
     "mapping 1:1 2\n"
     "  1:1 a= scalar 1:4 1\n"
     "  2:1 b= sequence 3:3 2\n"
     "    scalar 3:5 x\n"
     "    scalar 4:6 y\n"},
    {"a flow has the places of its entries", "{a: [1, 2], b: {}}",
     "mapping 1:1 2\n"
     "  1:2 a= sequence 1:5 2\n"
     "    scalar 1:6 1\n"
     "    scalar 1:9 2\n"
     "  1:13 b= mapping 1:16 0\n"},
    {"a scalar tells whether it is plain",
     "- plain\n- 'single'\n- \"doub\\x6Ce\"\n- |\n  literal\n- >-\n  folded\n",
     "sequence 1:1 5\n"
     "  scalar 1:3 plain\n"
     "  scalar 2:3 'single'\n"
     "  scalar 3:3 'double'\n"
     "  scalar 4:3 'literal\n'\n"
     "  scalar 6:3 'folded'\n"},
    {"an empty value has a place", "a:\nb: \nc: ''\n",
     "mapping 1:1 3\n"
     "  1:1 a= scalar 1:3 \n"
     "  2:1 b= scalar 2:3 \n"
     "  3:1 c= scalar 3:4 ''\n"},
    {"duplicate keys are both kept", "a: 1\na: 2\n",
     "mapping 1:1 2\n"
     "  1:1 a= scalar 1:4 1\n"
     "  2:1 a= scalar 2:4 2\n"},
    {"columns are characters, not bytes", "\"\xC3\xA9\xE2\x82\xAC\": {b: \xF0\x9F\x98\x80, c: 1}\n",
     "mapping 1:1 1\n"
     "  1:1 \xC3\xA9\xE2\x82\xAC= mapping 1:7 2\n"
     "    1:8 b= scalar 1:11 \xF0\x9F\x98\x80\n"
     "    1:14 c= scalar 1:17 1\n"},
    {"a byte order mark takes no column",
     "\xEF\xBB\xBF"
     "a: 1\n",
     "mapping 1:1 1\n"
     "  1:1 a= scalar 1:4 1\n"},
    {"lines may end in CRLF or CR", "a: 1\r\nb: 2\rc: 3\n",
     "mapping 1:1 3\n"
     "  1:1 a= scalar 1:4 1\n"
     "  2:1 b= scalar 2:4 2\n"
     "  3:1 c= scalar 3:4 3\n"},
    {"comments, directives and markers are no nodes",
     "%YAML 1.2\n# one\n--- # two\na: 1 # three\n...\n# four\n",
     "mapping 4:1 1\n"
     "  4:1 a= scalar 4:4 1\n"},
    {"keys may be explicit", "? a\n: 1\n",
     "mapping 1:1 1\n"
     "  1:3 a= scalar 2:3 1\n"},
    {"a scalar may stand alone", "  x y  \n", "scalar 1:3 x y\n"},
    {"16 deep is not too deep", "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]", NULL},
};

static void a_tree_has_its_places(void **state)
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
static void what_is_refused_is_read_nevertheless(void **state)
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

static void a_file_that_cannot_be_read_is_told(void **state)
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

static void put_blanks(const char *path, size_t size)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (size_t i = 0; i < size; i++)
        putc(' ', file);
    assert_int_equal(fclose(file), 0);
}

static void a_file_of_4_MiB_is_read_and_no_larger(void **state)
{
    (void)state;
    struct run run;
    put_blanks("fits", 4 << 20);
    put_blanks("exceeds", (4 << 20) + 1);
    assert_string_equal(read_messages(&run, "fits", true), "");
    assert_int_equal(run.diag.source_length, 4 << 20);
    assert_int_equal(run.diag.source[run.diag.source_length], '\0');
    run_end(&run);
    assert_string_equal(read_messages(&run, "exceeds", false),
                        "exceeds: error: must be at most 4 MiB long\n");
    run_end(&run);
}

static void a_dash_is_standard_input(void **state)
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

static void an_empty_file_is_read(void **state)
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
    TEST_ROWS(tree_rows, a_tree_has_its_places);
    TEST(what_is_refused_is_read_nevertheless);
    TEST(a_file_that_cannot_be_read_is_told);
    TEST(a_dash_is_standard_input);
    TEST(an_empty_file_is_read);
    unit_surround(enter_scratch, leave_scratch);
    TEST(a_file_of_4_MiB_is_read_and_no_larger);
    return unit_run("read");
}
