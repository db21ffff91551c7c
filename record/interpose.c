/* The functions that stand before the program's: each does what the next library's does, and
   counts. Also _exit and _Exit, which run no destructor, and sigaction and signal. */
#include "count.h"
#include "process.h"
#include "shadow.h"
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

/* Called by programs, but not in this libc's headers. */
void cfree(void *block);
void free_sized(void *block, size_t size);
void free_aligned_sized(void *block, size_t alignment, size_t size);

/* Room for what dlsym itself allocates while the next library is being looked up. */
enum { EARLY_BYTES = 1 << 16, LEAST_BYTES = 1 << STEP_BITS };

static struct {
    void *(*malloc)(size_t size);
    void (*free)(void *block);
    void *(*calloc)(size_t count, size_t size);
    void *(*realloc)(void *block, size_t size);
    void *(*memalign)(size_t alignment, size_t size);
    int (*posix_memalign)(void **block, size_t alignment, size_t size);
    void *(*aligned_alloc)(size_t alignment, size_t size);
} next;

static _Alignas(16) unsigned char early[EARLY_BYTES];
static size_t early_used;
static bool searching;

static void *early_allocate(size_t alignment, size_t size)
{
    size_t start = (early_used + alignment - 1) & ~(alignment - 1);
    if (size > EARLY_BYTES || start > EARLY_BYTES - size)
        return NULL;
    early_used = start + size;
    return early + start; /* zeroed: nothing is used twice */
}

static bool is_early(const void *block)
{
    uintptr_t address = (uintptr_t)block;
    return address >= (uintptr_t)early && address < (uintptr_t)early + EARLY_BYTES;
}

static void find_next(const char *name, void *function)
{
    void *found = dlsym(RTLD_NEXT, name);
    memcpy(function, &found, sizeof found); /* ISO C has no cast from object to function */
}

/* True once the next library's functions are known; false while dlsym is looking for them. */
static bool ready(void)
{
    if (__builtin_expect(next.malloc != NULL, 1))
        return true;
    if (searching)
        return false;
    searching = true;
    find_next("free", &next.free);
    find_next("calloc", &next.calloc);
    find_next("realloc", &next.realloc);
    find_next("memalign", &next.memalign);
    find_next("posix_memalign", &next.posix_memalign);
    find_next("aligned_alloc", &next.aligned_alloc);
    void *(*found)(size_t);
    find_next("malloc", &found);
    process_start();
    next.malloc = found;
    return true;
}

/* Every block has a step of the side table to itself. */
static size_t at_least(size_t size)
{
    return size < LEAST_BYTES ? LEAST_BYTES : size;
}

/* Counts a block that the next library gave; NULL is passed on. */
static inline void *note(void *block, size_t size, unsigned log2_alignment, bool zeroed)
{
    if (__builtin_expect(block == NULL, 0))
        return NULL;
    uint32_t handle = count_row(size, log2_alignment);
    if (__builtin_expect(handle == 0 || count_tally() == NULL, 0) ||
        !shadow_set(block, handle, own_thread)) {
        atomic_fetch_add(&uncounted_allocations, 1);
        return block;
    }
    count_allocation(handle, size, zeroed);
    return block;
}

EXPORT void *malloc(size_t size)
{
    if (__builtin_expect(!ready(), 0))
        return early_allocate(16, size);
    return note(next.malloc(at_least(size)), size, 0, false);
}

EXPORT void free(void *block)
{
    if (block == NULL || is_early(block))
        return;
    uint64_t word = shadow_take(block);
    if (__builtin_expect(word != 0, 1))
        count_free(word);
    else
        atomic_fetch_add(&unknown_frees, 1);
    if (__builtin_expect(!ready(), 0))
        return;
    next.free(block);
}

EXPORT void *calloc(size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    if (__builtin_expect(!ready(), 0))
        return early_allocate(16, bytes);
    return note(next.calloc(1, at_least(bytes)), bytes, 0, true);
}

/* realloc of a block from before the next library was known. */
static void *leave_early(const void *block, size_t size)
{
    void *moved = malloc(size);
    if (moved == NULL)
        return NULL;
    size_t most = (size_t)(early + EARLY_BYTES - (const unsigned char *)block);
    memcpy(moved, block, size < most ? size : most);
    return moved;
}

EXPORT void *realloc(void *block, size_t size)
{
    if (block == NULL)
        return malloc(size);
    if (is_early(block))
        return leave_early(block, size);
    if (!ready())
        return NULL;

    /* Taken first: once the next library has freed it, another thread may be given its address. */
    uint64_t word = shadow_take(block);
    /* Size 0 goes down as it is: whether that frees is the next library's to say. */
    void *moved = next.realloc(block, size == 0 ? 0 : at_least(size));
    if (moved == NULL && size != 0) {
        if (word != 0)
            shadow_set(block, (uint32_t)word, (uint32_t)(word >> 32));
        return NULL;
    }
    if (word != 0)
        count_free(word);
    else
        atomic_fetch_add(&unknown_frees, 1);
    uint32_t handle = moved == NULL ? 0 : count_row(size, 0);
    if (word != 0 && handle != 0)
        count_realloc(handle_row((uint32_t)word), handle_row(handle));
    return note(moved, size, 0, false);
}

EXPORT void *reallocarray(void *block, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(block, bytes);
}

/* log2 of an alignment that the next library accepted; it may have rounded it up. */
static unsigned log2_of(size_t alignment)
{
    unsigned log2 = alignment <= 1 ? 0 : floor_log2(alignment - 1) + 1;
    return log2 < ALIGNMENTS ? log2 : ALIGNMENTS - 1;
}

EXPORT int posix_memalign(void **block, size_t alignment, size_t size)
{
    if (__builtin_expect(!ready(), 0))
        return ENOMEM;
    int error = next.posix_memalign(block, alignment, at_least(size));
    if (error == 0)
        note(*block, size, log2_of(alignment), false);
    return error;
}

EXPORT void *aligned_alloc(size_t alignment, size_t size)
{
    if (__builtin_expect(!ready(), 0))
        return NULL;
    return note(next.aligned_alloc(alignment, at_least(size)), size, log2_of(alignment), false);
}

EXPORT void *memalign(size_t alignment, size_t size)
{
    if (__builtin_expect(!ready(), 0)) {
        bool power = alignment != 0 && (alignment & (alignment - 1)) == 0;
        return power ? early_allocate(alignment, size) : NULL;
    }
    if (next.memalign == NULL)
        return aligned_alloc(alignment, size);
    return note(next.memalign(alignment, at_least(size)), size, log2_of(alignment), false);
}

EXPORT void *valloc(size_t size)
{
    return memalign((size_t)sysconf(_SC_PAGESIZE), size);
}

EXPORT void *pvalloc(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (size > SIZE_MAX - page) {
        errno = ENOMEM;
        return NULL;
    }
    return memalign(page, (size + page - 1) & ~(page - 1));
}

EXPORT void cfree(void *block)
{
    free(block);
}

EXPORT void free_sized(void *block, size_t size)
{
    (void)size;
    free(block);
}

EXPORT void free_aligned_sized(void *block, size_t alignment, size_t size)
{
    (void)alignment;
    (void)size;
    free(block);
}

EXPORT int sigaction(int number, const struct sigaction *restrict action,
                     struct sigaction *restrict old)
{
    return process_sigaction(number, action, old);
}

EXPORT void (*signal(int number, void (*handler)(int)))(int)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART}, old;
    if (handler == SIG_ERR) {
        errno = EINVAL;
        return SIG_ERR;
    }
    sigemptyset(&action.sa_mask);
    return process_sigaction(number, &action, &old) == 0 ? old.sa_handler : SIG_ERR;
}

EXPORT void _exit(int status)
{
    process_finish();
    for (;;)
        syscall(SYS_exit_group, status);
}

EXPORT void _Exit(int status)
{
    _exit(status);
}
