#include "pages.h"
#include "system.h"
#include <stdatomic.h>
#include <sys/mman.h>

enum { MOST_RANGES = 1 << 14 }; /* those beyond are locked with the program's memory */

static struct {
    _Atomic uintptr_t start, end; /* the end is written last, and 0 until then */
} ranges[MOST_RANGES];
static _Atomic size_t range_count;

void *map_pages(size_t bytes)
{
    void *pages = system_calls.mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (pages == MAP_FAILED)
        return NULL;
    pages_note(pages, bytes);
    return pages;
}

void pages_drop(void *start, size_t bytes)
{
    const uintptr_t page = 65536; /* the largest there is */
    uintptr_t from = ((uintptr_t)start + page - 1) & ~(page - 1);
    uintptr_t end = ((uintptr_t)start + bytes) & ~(page - 1);
    if (from < end)
        (void)system_calls.munmap((char *)start + (from - (uintptr_t)start), end - from);
}

void pages_note(const void *start, size_t bytes)
{
    const uintptr_t page = 4096; /* the least there is: a part of a page stays the program's */
    size_t index = atomic_fetch_add(&range_count, 1);
    if (index >= MOST_RANGES)
        return;
    atomic_store(&ranges[index].start, ((uintptr_t)start + page - 1) & ~(page - 1));
    atomic_store(&ranges[index].end, ((uintptr_t)start + bytes) & ~(page - 1));
}

bool pages_next(uintptr_t from, uintptr_t *start, uintptr_t *end)
{
    bool found = false;
    size_t count = atomic_load(&range_count);
    for (size_t i = 0; i < count && i < MOST_RANGES; i++) {
        uintptr_t high = atomic_load(&ranges[i].end), low = atomic_load(&ranges[i].start);
        if (high <= from || (found && low >= *start))
            continue;
        *start = low;
        *end = high;
        found = true;
    }
    return found;
}
