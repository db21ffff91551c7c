/* What run.c needs of cmocka, for machines that cmocka is not built for here (-m32). */
#ifndef EMITTED_PLAIN_CMOCKA_H
#define EMITTED_PLAIN_CMOCKA_H

#include <stdio.h>

struct CMUnitTest {
    const char *name;
    void (*test_func)(void **state);
    void *initial_state;
};

static jmp_buf plain_failed;

static inline void plain_assert(int condition, const char *text, int line)
{
    if (!condition) {
        printf("# line %d: not so: %s\n", line, text);
        longjmp(plain_failed, 1);
    }
}

#define assert_true(condition)                  plain_assert((condition) ? 1 : 0, #condition, __LINE__)
#define assert_int_equal(left, right)           assert_true((left) == (right))
#define assert_memory_equal(left, right, bytes) assert_true(memcmp(left, right, bytes) == 0)
#define assert_string_equal(left, right)                                                           \
    (strcmp(left, right) == 0 ? (void)0 : (void)printf("# \"%s\" != \"%s\"\n", left, right),       \
     assert_true(strcmp(left, right) == 0))

static inline int plain_fails(const struct CMUnitTest *test)
{
    void *state = test->initial_state;
    if (setjmp(plain_failed) != 0) {
        return 1;
    }
    test->test_func(&state);
    return 0;
}

/* Runs the tests one after the other and prints TAP; returns how many failed. */
static inline int plain_run(const struct CMUnitTest *tests, size_t count)
{
    int failures = 0;
    printf("1..%zu\n", count);
    for (size_t i = 0; i < count; i++) {
        const int failed = plain_fails(&tests[i]);
        printf("%s %zu - %s\n", failed ? "not ok" : "ok", i + 1, tests[i].name);
        failures += failed;
    }
    return failures;
}

#define _cmocka_run_group_tests(group, tests, count, setup, teardown) plain_run(tests, count)

#endif
