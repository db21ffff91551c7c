/* What the unit tests share: cmocka in the order it wants, tests that are rows, and an input run
   through the passes. */
#ifndef POOLGEN_TESTS_UNIT_H
#define POOLGEN_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "plan/plan.h"
#include "table/validate.h"
#include <string.h>

/* Begins an arena, which was zero and ends with arena_free. */
#define ARENA_BEGIN(arena)                                                                         \
    do {                                                                                           \
        if (setjmp((arena)->out_of_memory))                                                        \
            fail_msg("out of memory");                                                             \
    } while (0)

/* One input and what the passes have said of it. */
struct run {
    struct arena arena;
    struct diag diag;
};

/* Begins a run on `length` bytes of `source`, which stay the caller's. Ends in run_end. */
#define RUN_BEGIN(run, source, length)                                                             \
    do {                                                                                           \
        run_prepare(run, source, length);                                                          \
        ARENA_BEGIN(&(run)->arena);                                                                \
    } while (0)

void run_prepare(struct run *run, const char *source, size_t length);
void run_end(struct run *run);

/* Reads and validates; NULL if there is no tree. */
struct table *run_table(struct run *run, const char *prefix);
struct table *run_table_with(struct run *run, const struct overrides *overrides);

/* Reads, validates and plans; NULL if the table is refused. */
struct plan *run_plan(struct run *run);

/* What a user would see, without colour. Lives as long as the run. */
const char *run_messages(struct run *run);

/* Whole file in the arena, NUL-terminated; fails the test if it cannot be read. */
char *read_whole(struct arena *arena, const char *path, size_t *length);

/* ---- the tests of a program, which run in the order in which they are added */

/* A test whose name is its function's. */
#define TEST(test) unit_add(#test, test, NULL)

/* A test for each row; the first member of a row is its name. */
#define TEST_ROWS(rows, test)                                                                      \
    unit_add_rows(rows, sizeof(rows) / sizeof(rows)[0], sizeof(rows)[0], test)

/* A test of `row`, which it gets as its state. */
void unit_add(const char *name, CMUnitTestFunction test, const void *row);
void unit_add_rows(const void *rows, size_t count, size_t bytes, CMUnitTestFunction test);

/* What surrounds each of the tests that are added from now on. */
void unit_surround(CMFixtureFunction enter, CMFixtureFunction leave);

/* Runs the tests that were added; the program's exit code. */
int unit_run(const char *group);

/* Runs `count` tests, as cmocka_run_group_tests does an array. */
int run_all(const char *group, const struct CMUnitTest *tests, size_t count);

#endif
