/* Runs the cases, each in a child process, and prints TAP through cmocka. An argument runs only
   the cases whose names contain it; what is in EMITTED_WITHOUT leaves out those that contain that.
 */
#include "cases.h"
#include "port.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { ENDED_WELL = 0, FAILED = 70, ENDED_FALSE = 71, MOST_CASES = 256, MOST_SECONDS = 240 };

/* ---- in the case's process */

_Noreturn void case_end(void)
{
    _exit(FAILED);
}

bool in_child(bool (*step)(size_t argument), size_t argument)
{
    int status = 0;
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        _exit(step(argument) ? ENDED_WELL : ENDED_FALSE);
    }
    CHECK(waitpid(child, &status, 0) == child);
    if (!WIFEXITED(status) ||
        (WEXITSTATUS(status) != ENDED_WELL && WEXITSTATUS(status) != ENDED_FALSE)) {
        case_fail(__FILE__, __LINE__, "step %zu ended with status %#x", argument, (unsigned)status);
    }
    return WEXITSTATUS(status) == ENDED_WELL;
}

_Noreturn static void run_child(const struct test_case *row, int output)
{
    static const int caught[] = {SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS}; /* by cmocka */
    for (size_t i = 0; i < sizeof caught / sizeof caught[0]; i++) {
        signal(caught[i], SIG_DFL);
    }
    dup2(output, STDERR_FILENO);
    alarm(MOST_SECONDS);
    row->run();
    CHECK(subject.check() && !port_is_inside());
    _exit(ENDED_WELL);
}

/* ---- in the parent */

/* Reads what the child says until it ends, without the line that qemu-user adds to an abort. */
static void read_said(int from, char *said, size_t capacity)
{
    size_t length = 0;
    ssize_t got;
    while ((got = read(from, said + length, capacity - 1 - length)) > 0) {
        length += (size_t)got;
        if (length == capacity - 1) {
            break;
        }
    }
    said[length] = '\0';
    char *const added = strstr(said, "qemu: uncaught target signal");
    if (added != NULL) {
        *added = '\0';
    }
}

static void judge(const struct test_case *row, int status, const char *said)
{
    char expected[256] = "";
    if (row->crime == NULL) {
        if (status != 0) {
            assert_string_equal(said, ""); /* which shows it */
            assert_int_equal(status, 0);
        }
        return;
    }
    if (table.hard && row->fault != NULL && table.bare) {
        snprintf(expected, sizeof expected, "%s: %s\n", subject.prefix, row->fault);
        assert_string_equal(said, expected);
    } else if (table.hard && row->fault != NULL) {
        snprintf(expected, sizeof expected, "%s: %s of 0x", subject.prefix, row->fault);
        assert_memory_equal(said, expected, strlen(expected));
        assert_string_equal(strchr(said, '\n'), "\n"); /* one line */
    } else {
        snprintf(expected, sizeof expected, "%s: %s\n", subject.prefix, row->crime);
        assert_string_equal(said, expected);
    }
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void run_case(void **state)
{
    const struct test_case *const row = *state;
    char said[4096];
    int ends[2], status = 0;
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        run_child(row, ends[1]);
    }
    close(ends[1]);
    read_said(ends[0], said, sizeof said);
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    judge(row, status, said);
}

/* Whether a case may be asked here, or else why not is said. */
static bool may_run(const struct test_case *row)
{
    if (row->bare && getenv("EMITTED_TOOL") != NULL) {
        printf("# not under %s: %s\n", getenv("EMITTED_TOOL"), row->name);
        return false;
    }
    const char *const without = getenv("EMITTED_WITHOUT");
    if (without != NULL && *without != '\0' && strstr(row->name, without) != NULL) {
        printf("# left out here: %s\n", row->name);
        return false;
    }
    if (row->where != ANYWHERE &&
        (subject.passthrough || (row->where == IN_PLAIN_POOLS && subject.watched))) {
        printf("# not where %s: %s\n",
               subject.passthrough ? "malloc serves" : "a tool is told of the pools", row->name);
        return false;
    }
    return true;
}

/* Adds the rows that apply to the table, named after it. */
static size_t add_cases(struct CMUnitTest *tests, size_t count, const struct test_case *rows,
                        const char *only)
{
    for (; rows->name != NULL; rows++) {
        static char names[MOST_CASES][128];
        if ((rows->applies != NULL && !rows->applies()) || strstr(rows->name, only) == NULL) {
            continue;
        }
        if (!may_run(rows)) {
            continue;
        }
        assert_true(count < MOST_CASES);
        snprintf(names[count], sizeof names[count], "%s: %s", subject.prefix, rows->name);
        tests[count] = (struct CMUnitTest){
            .name = names[count], .test_func = run_case, .initial_state = (void *)(uintptr_t)rows};
        count++;
    }
    return count;
}

int main(int argc, char **argv)
{
    static const struct test_case *const groups[] = {api_cases,      size_cases,  constant_cases,
                                                     shortage_cases, crime_cases, memory_cases,
                                                     mapping_cases};
    static const struct test_case *const full_groups[] = {harden_cases};
    struct CMUnitTest tests[MOST_CASES];
    size_t count = 0;
    table_read(subject.table);
    /* At full a block is not what the other cases hold it to: larger than its request by what may
     * be used. */
    const struct test_case *const *const all = table.full ? full_groups : groups;
    const size_t group_count =
        table.full ? sizeof full_groups / sizeof full_groups[0] : sizeof groups / sizeof groups[0];
    for (size_t group = 0; group < group_count; group++) {
        count = add_cases(tests, count, all[group], argc > 1 ? argv[1] : "");
    }
    return _cmocka_run_group_tests(subject.prefix, tests, count, NULL, NULL);
}
