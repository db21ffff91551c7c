/* What the cases share: claims, blocks with known contents, and blocks in number. */
#include "cases.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of a large block every byte is too many: past 64 KiB, every 251st. */
static size_t next_byte(size_t i)
{
    return i < 65536 ? i + 1 : i + 251;
}

void fill(void *ptr, size_t bytes, unsigned seed)
{
    unsigned char *const at = ptr;
    for (size_t i = 0; i < bytes; i = next_byte(i)) {
        at[i] = (unsigned char)(seed + 1 + i * 7);
    }
}

bool is_filled(const void *ptr, size_t bytes, unsigned seed)
{
    const unsigned char *const at = ptr;
    for (size_t i = 0; i < bytes; i = next_byte(i)) {
        if (at[i] != (unsigned char)(seed + 1 + i * 7)) {
            return false;
        }
    }
    return true;
}

bool is_zero(const void *ptr, size_t bytes)
{
    const unsigned char *const at = ptr;
    return bytes == 0 || (at[0] == 0 && memcmp(at, at + 1, bytes - 1) == 0);
}

void *must_alloc(size_t size)
{
    errno = 0;
    void *const block = subject.alloc(size);
    CHECK_FOR(size, block != NULL);
    CHECK_FOR(size, (uintptr_t)block % table_promised_alignment(size) == 0);
    CHECK_FOR(size, subject.usable_size(block) >= size);
    return block;
}

/* A tool that knows where blocks end says so; MSan knows it of malloc's alone. */
bool is_usable(const void *block, size_t size, size_t bytes)
{
    const char *const tool = getenv("EMITTED_TOOL");
    const bool exact =
        tool != NULL && (subject.passthrough || (subject.watched && strcmp(tool, "memory") != 0));
    const size_t usable = subject.usable_size(block), least = size + (size == 0);
    return exact ? usable == least : subject.passthrough ? usable >= least : usable == bytes;
}

bool refused_with(int error)
{
    return table.bare || errno == error;
}

_Noreturn void case_fail(const char *file, int line, const char *format, ...)
{
    va_list arguments;
    fprintf(stderr, "%s:%d: ", file, line);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    fflush(stderr);
    case_end();
}

void case_compare(const char *file, int line, const char *text, size_t left, size_t right)
{
    if (left != right) {
        case_fail(file, line, "not so: %s (%zu, %zu)", text, left, right);
    }
}

void check_refused(const char *file, int line, const void *ptr, int error, const char *name)
{
    if (ptr != NULL || !refused_with(error)) {
        case_fail(file, line, "not NULL with %s: %p with errno %d", name, ptr, errno);
    }
    errno = 0;
}

size_t next_sample(size_t pool)
{
    const size_t next = pool + 1 + table.count / 24;
    return pool + 1 >= table.count ? pool + 1 : next < table.count ? next : table.count - 1;
}

bool serves_oversize(void)
{
    return table.oversize != FAIL;
}

bool growth_ends(void)
{
    return table.grows && table.grow_limited;
}

size_t take_all(size_t size, size_t most, void **list)
{
    size_t count = 0;
    for (*list = NULL; count < most; count++) {
        void **const block = subject.alloc(size);
        if (block == NULL) {
            CHECK(refused_with(ENOMEM));
            break;
        }
        *block = *list;
        *list = block;
    }
    return count;
}

void free_all(void *list)
{
    while (list != NULL) {
        void *const next = *(void **)list;
        subject.free(list);
        list = next;
    }
}
