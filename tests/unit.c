#include "unit.h"

#include "table/read.h"
#include <stdio.h>
#include <stdlib.h>

void run_prepare(struct run *run, const char *source, size_t length)
{
    memset(run, 0, sizeof *run);
    run->diag.arena = &run->arena;
    run->diag.file = "table.yaml";
    run->diag.source = source;
    run->diag.source_length = length;
}

void run_end(struct run *run)
{
    arena_free(&run->arena);
}

struct table *run_table_with(struct run *run, const struct overrides *overrides)
{
    const struct node *root = read_tree(&run->diag);
    return root ? validate_table(root, overrides, &run->diag) : NULL;
}

struct table *run_table(struct run *run, const char *prefix)
{
    const struct overrides overrides = {.prefix = prefix};
    return run_table_with(run, &overrides);
}

struct plan *run_plan(struct run *run)
{
    const struct table *table = run_table(run, NULL);
    return table && run->diag.errors == 0 ? plan_table(&run->arena, table, &run->diag) : NULL;
}

const char *run_messages(struct run *run)
{
    char *printed = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&printed, &length);
    assert_non_null(stream);
    diag_print(&run->diag, stream, false);
    assert_int_equal(fclose(stream), 0);
    const char *messages = arena_copy(&run->arena, printed, length);
    free(printed);
    return messages;
}

char *read_whole(struct arena *arena, const char *path, size_t *length)
{
    struct text text = {.arena = arena};
    char buffer[4096];
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("cannot open %s", path);
    for (size_t got; (got = fread(buffer, 1, sizeof buffer, file)) > 0;)
        text_append(&text, buffer, got);
    assert_int_equal(fclose(file), 0);
    text_append(&text, "", 0);
    *length = text.length;
    return text.data;
}

/* Static, since a test may count every allocation there is. */
enum { MOST_TESTS = 1024 };
static struct CMUnitTest added[MOST_TESTS];
static size_t added_count;
static CMFixtureFunction enter_each, leave_each;

void unit_surround(CMFixtureFunction enter, CMFixtureFunction leave)
{
    enter_each = enter;
    leave_each = leave;
}

void unit_add(const char *name, CMUnitTestFunction test, const void *row)
{
    assert_true(added_count < MOST_TESTS);
    added[added_count++] =
        (struct CMUnitTest){name, test, enter_each, leave_each, (void *)(uintptr_t)row};
}

void unit_add_rows(const void *rows, size_t count, size_t bytes, CMUnitTestFunction test)
{
    for (const char *row = rows; count > 0; count--, row += bytes) {
        const char *name;
        memcpy(&name, row, sizeof name);
        unit_add(name, test, row);
    }
}

int unit_run(const char *group)
{
    return run_all(group, added, added_count);
}

int run_all(const char *group, const struct CMUnitTest *tests, size_t count)
{
    return _cmocka_run_group_tests(group, tests, count, NULL, NULL);
}
