/* What a program does to pages of its large blocks: locks them, closes them, advises the system.
   None of it breaks a later call, nor reaches the memory that malloc gives next, nor stays counted.
   Prints what is wrong. */
#define _GNU_SOURCE
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static size_t page;

static int lock(void *at, size_t bytes)
{
    return mlock(at, bytes < 16384 ? bytes : 16384); /* the limit is low in places */
}

static int close_to_writing(void *at, size_t bytes)
{
    return mprotect(at, bytes, PROT_READ);
}

static int close_to_all(void *at, size_t bytes)
{
    return mprotect(at, bytes, PROT_NONE);
}

static int hide_from_children(void *at, size_t bytes)
{
    return madvise(at, bytes, MADV_DONTFORK);
}

static int wipe_in_children(void *at, size_t bytes)
{
    return madvise(at, bytes, MADV_WIPEONFORK);
}

static int hide_from_dumps(void *at, size_t bytes)
{
    return madvise(at, bytes, MADV_DONTDUMP);
}

static const struct history {
    const char *name;
    int (*happen)(void *at, size_t bytes);
    bool is_readable;
} histories[] = {{"mlock", lock, true},
                 {"PROT_READ", close_to_writing, true},
                 {"PROT_NONE", close_to_all, false},
                 {"MADV_DONTFORK", hide_from_children, true},
                 {"MADV_WIPEONFORK", wipe_in_children, true},
                 {"MADV_DONTDUMP", hide_from_dumps, true}};

static int failures;

static void check(bool good, const struct history *history, size_t size, const char *what)
{
    if (!good) {
        printf("%s, %zu bytes: %s\n", history->name, size, what);
        failures++;
    }
}

/* Words of a line of a file of /proc; 0 if there is none. */
static size_t read_line(const char *path, const char *format)
{
    size_t number = 0;
    char line[512];
    FILE *const file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        sscanf(line, format, &number);
    }
    return file != NULL && fclose(file) == 0 ? number : 0;
}

/* Whether some mapping that meets the block has a flag that its owner did not ask for. */
static bool has_flag(const void *block, size_t size)
{
    static const char *const flags[] = {" lo", " dc", " wf", " dd"};
    const uintptr_t first = (uintptr_t)block, last = first + size;
    char line[512];
    bool inside = false, found = false;
    FILE *const file = fopen("/proc/self/smaps", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        unsigned long long from, to;
        if (sscanf(line, "%llx-%llx ", &from, &to) == 2) {
            inside = from < last && to > first;
        }
        for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
            found |= inside && strncmp(line, "VmFlags:", 8) == 0 && strstr(line, flags[i]) != NULL;
        }
    }
    return file == NULL || fclose(file) != 0 || found;
}

/* A child sees what its parent wrote. */
static bool is_inherited(const unsigned char *block, size_t size)
{
    const pid_t child = fork();
    if (child == 0) {
        _exit(block[0] == 2 && block[size / 2] == 2 && block[size - 1] == 2 ? 0 : 1);
    }
    int status = 1;
    return waitpid(child, &status, 0) == child && status == 0;
}

/* To a part, or to all whole pages of a block that is aligned to them. */
static unsigned char *make(const struct history *history, size_t size, bool whole)
{
    void *block = NULL;
    if (posix_memalign(&block, page, size) != 0) {
        abort();
    }
    memset(block, 1, size);
    unsigned char *const at = (unsigned char *)block + (whole ? 0 : size / 2);
    if (history->happen(at, whole ? size : size / 4) != 0) {
        printf("skipped: %s\n", history->name);
    }
    return block;
}

static void try(const struct history *history, size_t size, bool whole)
{
    static const unsigned quarters[] = {1, 3, 5, 8, 16};
    for (size_t i = 0; i < sizeof quarters / sizeof quarters[0]; i++) {
        unsigned char *block = make(history, size, whole);
        block = realloc(block, size / 4 * quarters[i]);
        check(block != NULL, history, size, "realloc refuses");
        check(!history->is_readable || block == NULL || block[size / 4 - 1] == 1, history, size,
              "realloc loses bytes");
        free(block);
    }
    const size_t locked = read_line("/proc/self/status", "VmLck: %zu");
    free(make(history, size, whole));
    check(read_line("/proc/self/status", "VmLck: %zu") <= locked, history, size, "it stays locked");
    unsigned char *const next = malloc(size);
    memset(next, 2, size);
    check(!has_flag(next, size), history, size, "the next owner has it");
    check(is_inherited(next, size), history, size, "a child of the next owner lacks it");
    free(next);
}

int main(void)
{
    page = (size_t)sysconf(_SC_PAGESIZE);
    for (size_t i = 0; i < sizeof histories / sizeof histories[0]; i++) {
        for (int whole = 0; whole < 2; whole++) {
            try(&histories[i], (size_t)1 << 20, whole != 0);
            try(&histories[i], (size_t)8 << 20, whole != 0);
        }
    }
    printf("%d failures\n", failures);
    return failures != 0;
}
