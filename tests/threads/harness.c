
#include "harness.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECONDS = 300, THREADS = 64 };

static bool is_short, is_slow;

_Noreturn void fail(const char *file, int line, const char *condition)
{
    /* Not printf: the test may be about malloc itself. */
    char text[512];
    const int length = snprintf(text, sizeof text, "# %s:%d: %s\n", file, line, condition);
    if (write(STDOUT_FILENO, text, (size_t)length) != length) {
        abort();
    }
    _exit(1);
}

unsigned long repeat(unsigned long full, unsigned long brief)
{
    const unsigned long count = is_short || SANITIZED ? brief : full;
    return is_slow ? count / 20 + 1 : count;
}

static bool is_due(const struct test *test)
{
    return !(TSAN && (test->when & NOT_UNDER_TSAN)) &&
           !(SANITIZED && (test->when & NOT_SANITIZED)) && !(is_slow && (test->when & NOT_SLOWLY));
}

static bool run_one(const struct test *test)
{
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        alarm(SECONDS);
        test->run();
        exit(0);
    }
    int status;
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

int run_tests(const struct test *tests, int argc, char **argv)
{
    static const char leaves_out[] = "--without=";
    const char *word = "", *without = NULL;
    int number = 0, failed = 0;
    for (int i = 1; i < argc; i++) {
        is_short |= strcmp(argv[i], "--short") == 0;
        is_slow |= strcmp(argv[i], "--slow") == 0;
        without = strncmp(argv[i], leaves_out, sizeof leaves_out - 1) == 0
                      ? argv[i] + sizeof leaves_out - 1
                      : without;
        word = argv[i][0] != '-' ? argv[i] : word;
    }
    for (; tests->name != NULL; tests++) {
        if (without != NULL && strstr(tests->name, without) != NULL) {
            printf("# left out here: %s\n", tests->name);
        } else if (strstr(tests->name, word) != NULL && is_due(tests)) {
            const bool good = run_one(tests);
            failed += !good;
            printf("%s %d - %s\n", good ? "ok" : "not ok", ++number, tests->name);
        }
    }
    printf("1..%d\n", number);
    return failed != 0;
}

void run_threads(unsigned count, void *(*body)(void *number))
{
    pthread_t threads[THREADS];
    for (unsigned i = 0; i < count; i++) {
        CHECK(pthread_create(&threads[i], NULL, body, (void *)(uintptr_t)i) == 0);
    }
    for (unsigned i = 0; i < count; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
}

void run_thread(void *(*body)(void *number))
{
    run_threads(1, body);
}

uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static unsigned char filling(const void *block, size_t at, uint64_t key)
{
    return (unsigned char)(((uintptr_t)block >> 4) + at * 31 + key);
}

void fill(void *block, size_t size, uint64_t key)
{
    for (size_t at = 0; at < size; at++) {
        ((unsigned char *)block)[at] = filling(block, at, key);
    }
}

bool is_filled(const void *block, size_t size, uint64_t key)
{
    for (size_t at = 0; at < size; at++) {
        if (((const unsigned char *)block)[at] != filling(block, at, key)) {
            return false;
        }
    }
    return true;
}

size_t resident_bytes(void)
{
    unsigned long whole, resident = 0;
    FILE *const file = fopen("/proc/self/statm", "r");
    CHECK(file != NULL && fscanf(file, "%lu %lu", &whole, &resident) == 2);
    fclose(file);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}
