/* The diff: rows that state it whole, and random texts on which it is applied. */
#define _XOPEN_SOURCE 700
#include "unit.h"

#include "emit/diff.h"
#include <stdio.h>

static char diff[65536];

struct diff_row {
    const char *name;
    const char *before;
    const char *after;
    const char *expected; /* without the first two lines */
};

static const struct diff_row diff_rows[] = {
    {"equal texts have no diff", "a\nb\n", "a\nb\n", ""},
    {"two empty texts have no diff", "", "", ""},
    {"all lines may go", "a\n", "", "@@ -1,1 +0,0 @@\n-a\n"},
    {"a line may come at the start", "b\n", "a\nb\n", "@@ -1,1 +1,2 @@\n+a\n b\n"},
    {"a line may go at the end", "a\nb\n", "a\n", "@@ -1,2 +1,1 @@\n a\n-b\n"},
    {"three lines stand around a change", "1\n2\n3\n4\nx\n5\n6\n7\n8\n",
     "1\n2\n3\n4\ny\n5\n6\n7\n8\n", "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-x\n+y\n 5\n 6\n 7\n"},
    {"changes six lines apart share a hunk", "a\n1\n2\n3\n4\n5\n6\nb\n", "1\n2\n3\n4\n5\n6\n",
     "@@ -1,8 +1,6 @@\n-a\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n"},
    {"changes seven lines apart do not", "a\n1\n2\n3\n4\n5\n6\n7\nb\n", "1\n2\n3\n4\n5\n6\n7\n",
     "@@ -1,4 +1,3 @@\n-a\n 1\n 2\n 3\n@@ -6,4 +5,3 @@\n 5\n 6\n 7\n-b\n"},
    {"a final line feed that is lost is told", "a\nb\n", "a\nb",
     "@@ -1,2 +1,2 @@\n a\n-b\n+b\n\\ No newline at end of file\n"},
    {"a final line feed that is won is told", "a", "a\n",
     "@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+a\n"},
    {"the fewest lines are changed", "a\nb\nc\na\nb\nb\na\n", "c\nb\na\nb\na\nc\n",
     "@@ -1,7 +1,6 @@\n-a\n-b\n c\n+b\n a\n b\n-b\n a\n+c\n"},
};

static void print_diff(const char *before, const char *after)
{
    struct arena arena = {0};
    ARENA_BEGIN(&arena);
    memset(diff, 0, sizeof diff);
    FILE *stream = fmemopen(diff, sizeof diff, "w");
    diff_print(stream, &arena, &(struct diff_side){"old", before, strlen(before)},
               &(struct diff_side){"new", after, strlen(after)});
    fclose(stream);
    arena_free(&arena);
}

static void a_diff_is_as_expected(void **state)
{
    const struct diff_row *row = *state;
    char expected[1024];
    print_diff(row->before, row->after);
    snprintf(expected, sizeof expected, "%s%s", *row->expected ? "--- old\n+++ new\n" : "",
             row->expected);
    assert_string_equal(diff, expected);
}

/* Applies the diff in `diff` to `before` by its hunk headers and marks alone. */
static void apply_diff(const char *before, char *after)
{
    const char *at = diff;
    size_t line = 1; /* of `before`, the next to be copied */
    for (int header = 0; header < 2 && *at; header++)
        at = strchr(at, '\n') + 1;
    while (*at) {
        size_t old_first, old_count, new_first, new_count;
        assert_int_equal(
            sscanf(at, "@@ -%zu,%zu +%zu,%zu @@", &old_first, &old_count, &new_first, &new_count),
            4);
        for (; line < old_first + (old_count == 0); line++) {
            size_t length = strcspn(before, "\n") + 1;
            memcpy(after, before, length);
            before += length;
            after += length;
        }
        at = strchr(at, '\n') + 1;
        while (old_count || new_count) {
            size_t length = strcspn(at, "\n") + 1;
            bool in_old = *at != '+', in_new = *at != '-';
            if (in_old) {
                assert_memory_equal(before, at + 1, length - 1);
                before += length - 1;
                line++;
                old_count--;
            }
            if (in_new) {
                memcpy(after, at + 1, length - 1);
                after += length - 1;
                new_count--;
            }
            at += length;
        }
    }
    strcpy(after, before);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

/* Lines of one letter out of three, so that there is much to match and to mismatch. */
static void random_lines(char *text, uint32_t *seed, uint32_t most)
{
    uint32_t lines = next_random(seed) % most;
    for (uint32_t i = 0; i < lines; i++) {
        *text++ = (char)('a' + next_random(seed) % 3);
        *text++ = '\n';
    }
    *text = '\0';
}

static void diffs_of_random_texts_apply(void **state)
{
    (void)state;
    uint32_t seed = 20;
    for (int i = 0; i < 3000; i++) {
        char before[200], after[200], applied[400];
        random_lines(before, &seed, 60);
        random_lines(after, &seed, 60);
        print_diff(before, after);
        apply_diff(before, applied);
        assert_string_equal(applied, after);
    }
}

/* Past the cap of 1,000 changed lines the diff is longer than it need be, but still right. */
static void large_diffs_apply_too(void **state)
{
    (void)state;
    static char before[20000], after[20000], applied[40000];
    uint32_t seed = 7;
    for (int i = 0; i < 10; i++) {
        random_lines(before, &seed, 9000);
        random_lines(after, &seed, 9000);
        print_diff(before, after);
        apply_diff(before, applied);
        assert_string_equal(applied, after);
    }
}

static void nothing_is_printed_for_equal_texts_without_a_final_line_feed(void **state)
{
    (void)state;
    print_diff("a\nb", "a\nb");
    assert_string_equal(diff, "");
}

int main(void)
{
    TEST_ROWS(diff_rows, a_diff_is_as_expected);
    TEST(nothing_is_printed_for_equal_texts_without_a_final_line_feed);
    TEST(diffs_of_random_texts_apply);
    TEST(large_diffs_apply_too);
    return unit_run("diff");
}
