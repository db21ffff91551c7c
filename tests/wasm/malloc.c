/* A program of a C library whose malloc is a table's: TAP. */
#define _GNU_SOURCE
#include "allocator.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 65536, LINES = 20000 };

extern size_t malloc_usable_size(void *ptr);
extern void *memalign(size_t alignment, size_t size);
extern void *pvalloc(size_t size);

static int number;

static void ok(const char *name, int right)
{
    printf("%sok %d - malloc front end: %s\n", right ? "" : "not ", ++number, name);
}

static int compare(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* Many strings, a vector of them that grows to where no pool serves it, and the library's own
 * functions. */
static int lines_sort(void)
{
    char **lines = NULL;
    size_t room = 0, bytes = 0;
    for (size_t i = 0; i < LINES; i++) {
        char text[64];
        if (i == room) {
            room = room * 2 + 1;
            lines = realloc(lines, room * sizeof *lines);
        }
        snprintf(text, sizeof text, "%08zu%.*s", i * 7919 % LINES, (int)(i % 40),
                 "........................................");
        lines[i] = strdup(text);
        bytes += strlen(text);
    }
    qsort(lines, LINES, sizeof *lines, compare);
    for (size_t i = 0; i < LINES; i++) {
        if (strtoul(lines[i], NULL, 10) != i) {
            return 0;
        }
        bytes -= strlen(lines[i]);
        free(lines[i]);
    }
    free(lines);
    return bytes == 0;
}

static int is_ours(void)
{
    void *const small = malloc(10), *const large = malloc(300000);
    const int right = wasmc_owns(small) && !wasmc_owns(large) && (uintptr_t)large % PAGE == 0 &&
                      malloc_usable_size(large) == 5 * PAGE && malloc_usable_size(small) == 16;
    free(small);
    free(large);
    return right;
}

static int alignments(void)
{
    for (size_t alignment = 8; alignment <= 4 * PAGE; alignment *= 2) {
        void *other = NULL;
        void *const one = aligned_alloc(alignment, alignment), *const two = memalign(alignment, 5);
        if (posix_memalign(&other, alignment, 100) != 0 ||
            ((uintptr_t)one | (uintptr_t)two | (uintptr_t)other) % alignment != 0) {
            return 0;
        }
        memset(one, 1, alignment);
        memset(other, 2, 100);
        free(one);
        free(two);
        free(other);
    }
    void *const pages = pvalloc(1);
    const int right = (uintptr_t)pages % PAGE == 0 && malloc_usable_size(pages) == PAGE;
    free(pages);
    return right && aligned_alloc(3, 8) == NULL && errno == EINVAL;
}

static int zeroes(void)
{
    for (size_t round = 0; round < 3; round++) {
        for (size_t size = 1; size < 1000000; size = size * 3 + 1) {
            unsigned char *const block = calloc(size, 1);
            for (size_t i = 0; i < size; i++) {
                if (block[i] != 0) {
                    return 0;
                }
            }
            memset(block, 7, size);
            free(block);
        }
    }
    return 1;
}

/* A vector that doubles, a megabyte at last: what it leaves serves other vectors. */
static int vectors_reuse(void)
{
    size_t most = 0;
    for (int round = 0; round < 10; round++) {
        unsigned char *bytes = NULL;
        for (size_t size = 64; size <= 1 << 20; size *= 2) {
            bytes = realloc(bytes, size);
            bytes[size - 1] = 1;
        }
        free(bytes);
        most = round == 1 ? __builtin_wasm_memory_size(0) : most;
    }
    return __builtin_wasm_memory_size(0) == most;
}

static int the_end(void)
{
    void *list = NULL;
    errno = 0;
    for (void **block; (block = malloc(1 << 20)) != NULL; list = block) {
        *block = list;
    }
    const int right = errno == ENOMEM && realloc(list, (size_t)PTRDIFF_MAX) == NULL;
    while (list != NULL) {
        void *const next = *(void **)list;
        free(list);
        list = next;
    }
    void *const again = malloc(8 << 20);
    free(again);
    return right && again != NULL;
}

int main(void)
{
    ok("small blocks are a pool's, large ones whole pages", is_ours());
    ok("strings, a vector, qsort", lines_sort());
    ok("alignments", alignments());
    ok("calloc is zero", zeroes());
    ok("what vectors leave is used again", vectors_reuse());
    ok("the end of memory is ENOMEM, and not for good", the_end());
    ok("sound", wasmc_check());
    printf("1..%d\n", number);
    return 0;
}
