/* Runs the cases of ../emitted that ask nothing of POSIX, each in a process of its own, and prints
   TAP. cases.exe runs all, cases.exe WORD those whose names contain it. */
#include "cases.h"
#include "faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

enum { ENDED_WELL = 0, FAILED = 70, ENDED_FALSE = 71, ABORTED = 3, MOST_SECONDS = 120 };

struct faults faults; /* of which none is made here */

static const struct test_case *const groups[] = {api_cases, size_cases, constant_cases,
                                                 crime_cases};
enum { GROUPS = sizeof groups / sizeof groups[0] };

#ifndef CONSTANTS_CPP
const struct constant constants_cpp[] = {{0}};
#endif

/* ---- In the case's process ---- */

_Noreturn void case_end(void)
{
    _exit(FAILED);
}

/* ---- Processes ---- */

/* Starts this program again with two more arguments, its standard error into a pipe; false if that
 * cannot be. */
static bool start(const char *what, size_t first, size_t second, HANDLE *said,
                  PROCESS_INFORMATION *child)
{
    char path[MAX_PATH], command[MAX_PATH + 64];
    SECURITY_ATTRIBUTES inherited = {.nLength = sizeof inherited, .bInheritHandle = TRUE};
    HANDLE to;
    if (GetModuleFileNameA(NULL, path, sizeof path) == 0 || !CreatePipe(said, &to, &inherited, 0)) {
        return false;
    }
    SetHandleInformation(*said, HANDLE_FLAG_INHERIT, 0);
    snprintf(command, sizeof command, "\"%s\" %s %zu %zu", path, what, first, second);
    STARTUPINFOA how = {
        .cb = sizeof how, .dwFlags = STARTF_USESTDHANDLES, .hStdOutput = to, .hStdError = to};
    const BOOL started =
        CreateProcessA(path, command, NULL, NULL, TRUE, 0, NULL, NULL, &how, child);
    CloseHandle(to);
    return started;
}

static void read_said(HANDLE from, char *said, DWORD capacity)
{
    DWORD length = 0, got = 0;
    while (length < capacity - 1 &&
           ReadFile(from, said + length, capacity - 1 - length, &got, NULL) && got != 0) {
        length += got;
    }
    said[length] = '\0';
}

/* Runs it to its end; FAILED where it does not start or end. */
static DWORD run_process(const char *what, size_t first, size_t second, char *said, DWORD capacity)
{
    HANDLE from;
    PROCESS_INFORMATION child;
    DWORD status = FAILED;
    said[0] = '\0';
    if (!start(what, first, second, &from, &child)) {
        return FAILED;
    }
    read_said(from, said, capacity);
    if (WaitForSingleObject(child.hProcess, MOST_SECONDS * 1000) != WAIT_OBJECT_0) {
        TerminateProcess(child.hProcess, FAILED);
        WaitForSingleObject(child.hProcess, INFINITE);
    }
    GetExitCodeProcess(child.hProcess, &status);
    CloseHandle(child.hProcess);
    CloseHandle(child.hThread);
    CloseHandle(from);
    return status;
}

/* A step of a case is known by where it lies in this program, which may lie elsewhere in the child.
 */
bool in_child(bool (*step)(size_t argument), size_t argument)
{
    char said[1024];
    const size_t offset = (uintptr_t)step - (uintptr_t)GetModuleHandleA(NULL);
    const DWORD status = run_process("--step", offset, argument, said, sizeof said);
    if (status != ENDED_WELL && status != ENDED_FALSE) {
        case_fail(__FILE__, __LINE__, "step %zu ended with %lu: %s", argument,
                  (unsigned long)status, said);
    }
    return status == ENDED_WELL;
}

static int run_step(const char *offset, const char *argument)
{
    const uintptr_t at = (uintptr_t)GetModuleHandleA(NULL) + (uintptr_t)strtoull(offset, NULL, 10);
    bool (*const step)(size_t) = (bool (*)(size_t))at;
    return step((size_t)strtoull(argument, NULL, 10)) ? ENDED_WELL : ENDED_FALSE;
}

static int run_here(const char *group, const char *row)
{
    groups[atoi(group)][atoi(row)].run();
    CHECK(subject.check());
    return ENDED_WELL;
}

/* Whether a case ended as its row says: a crime's message comes first, before what the C library
   says of an abort. */
static bool is_expected(const struct test_case *row, DWORD status, const char *said)
{
    char expected[256];
    if (row->crime == NULL) {
        return status == ENDED_WELL;
    }
    const bool hard = table.hard && row->fault != NULL;
    snprintf(expected, sizeof expected, hard ? "%s: %s of " : "%s: %s", subject.prefix,
             hard ? row->fault : row->crime);
    return status == ABORTED && strncmp(said, expected, strlen(expected)) == 0;
}

static bool run_case(size_t group, size_t row)
{
    char said[4096];
    const DWORD status = run_process("--case", group, row, said, sizeof said);
    const bool good = is_expected(&groups[group][row], status, said);
    if (!good) {
        printf("# ended with %lu and said: %s\n", (unsigned long)status, said);
    }
    return good;
}

int main(int argc, char **argv)
{
    size_t count = 0, failures = 0;
    table_read(subject.table);
    if (argc == 4 && strcmp(argv[1], "--case") == 0) {
        return run_here(argv[2], argv[3]);
    }
    if (argc == 4 && strcmp(argv[1], "--step") == 0) {
        return run_step(argv[2], argv[3]);
    }
    for (size_t group = 0; group < GROUPS; group++) {
        for (size_t i = 0; groups[group][i].name != NULL; i++) {
            const struct test_case *const row = &groups[group][i];
            if ((row->applies != NULL && !row->applies()) ||
                (row->where != ANYWHERE && subject.passthrough) ||
                (argc > 1 && strstr(row->name, argv[1]) == NULL)) {
                continue;
            }
            const bool good = run_case(group, i);
            printf("%s %zu - %s: %s\n", good ? "ok" : "not ok", ++count, subject.prefix, row->name);
            fflush(stdout);
            failures += !good;
        }
    }
    printf("1..%zu\n", count);
    return failures != 0 || count == 0;
}
