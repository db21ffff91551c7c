/* The functions that stand before the program's: each does what the next library's does, and
   counts. Also _exit and _Exit, which run no destructor, and sigaction and signal. */
#include "interpose.h"
#include "blocks.h"
#include "count.h"
#include "memlock.h"
#include "process.h"
#include <signal.h>
#include <sys/syscall.h>

#define EXPORT __attribute__((visibility("default")))

/* Called by programs, but not in this libc's headers. */
void cfree(void *block);
void free_sized(void *block, size_t size);
void free_aligned_sized(void *block, size_t alignment, size_t size);

/* Counts a block of any size and alignment; NULL is passed on. */
static __attribute__((noinline)) void *note_any(void *block, size_t size, unsigned log2_alignment,
                                                bool zeroed)
{
    if (block == NULL || lower_aside)
        return block;
    uint32_t row = count_row(size, log2_alignment);
    struct tally *tally = count_tally();
    if (row == 0 || tally == NULL || !shadow_put(block, count_word(tally, row))) {
        atomic_fetch_add(&uncounted_allocations, 1);
        return block;
    }
    if (size > EXACT_LIMIT)
        atomic_fetch_add_explicit(&rows[row].bytes, size, memory_order_relaxed);
    if (count_allocation(tally, row, zeroed))
        count_settle(tally, row);
    return block;
}

/* Calls at a function's end, so that the way most requests go saves no registers. */
static __attribute__((noinline)) void *settle_and_return(struct tally *tally, uint32_t row,
                                                         void *block)
{
    count_settle(tally, row);
    return block;
}

static __attribute__((noinline)) void settle_and_free(struct tally *tally, uint32_t word,
                                                      void *block)
{
    count_settle(tally, word_row(word));
    blocks_give(block);
}

/* note_any for what nearly all requests are: of no alignment, to 64 KiB, of a size, by a thread
   and at an address of a region that were all seen before. */
static inline __attribute__((always_inline)) void *note(void *block, size_t size, bool zeroed)
{
    uint32_t row = 0;
    if (__builtin_expect(block != NULL && size <= EXACT_LIMIT, 1))
        row = atomic_load_explicit(&plain_row_index[size], memory_order_acquire);
    struct tally *tally = own_tally;
    shadow_word *word = shadow_find(block);
    if (__builtin_expect(row == 0 || tally == NULL || word == NULL, 0))
        return note_any(block, size, 0, zeroed);
    atomic_store_explicit(word, count_word(tally, row), memory_order_relaxed);
    if (__builtin_expect(count_allocation(tally, row, zeroed), 0))
        return settle_and_return(tally, row, block);
    return block;
}

static _Atomic bool saw_null;

bool interpose_saw_null(void)
{
    return atomic_load(&saw_null);
}

/* A free of NULL, of a block never counted, or by a new thread. Its word was `word` and is 0 now.
 */
static __attribute__((noinline)) void free_any(void *block, uint32_t word)
{
    if (block == NULL)
        atomic_store_explicit(&saw_null, true, memory_order_relaxed);
    if (block == NULL || !blocks_ready())
        return;
    struct tally *tally = word == 0 ? NULL : count_tally();
    if (tally != NULL && count_free(tally, word))
        count_settle(tally, word_row(word));
    if (word == 0)
        atomic_fetch_add(&unknown_frees, 1);
    blocks_give(block);
}

EXPORT __attribute__((flatten)) void *malloc(size_t size)
{
    return note(blocks_take(size), size, false);
}

EXPORT __attribute__((flatten)) void free(void *block)
{
    uint32_t word = shadow_take(block);
    struct tally *tally = own_tally;
    if (__builtin_expect(word == 0 || tally == NULL, 0))
        free_any(block, word);
    else if (__builtin_expect(count_free(tally, word), 0))
        settle_and_free(tally, word, block);
    else
        blocks_give(block);
}

EXPORT void *calloc(size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return note(blocks_take_zeroed(bytes), bytes, true);
}

static __attribute__((noinline)) void *realloc_unknown(void *block, size_t size)
{
    if (block == NULL)
        return malloc(size);
    if (!blocks_ready())
        return NULL;
    void *moved = blocks_resize(block, size);
    if (moved != NULL || size == 0)
        atomic_fetch_add(&unknown_frees, 1);
    return note_any(moved, size, 0, false);
}

EXPORT void *realloc(void *block, size_t size)
{
    /* Taken first: once the block is freed, another thread may be given its address. */
    uint32_t word = shadow_take(block);
    if (__builtin_expect(word == 0, 0))
        return realloc_unknown(block, size);

    void *moved = blocks_resize(block, size);
    if (moved == NULL && size != 0) {
        (void)shadow_put(block, word); /* where it was */
        return NULL;
    }
    struct tally *tally = count_tally();
    uint32_t row = moved == NULL ? 0 : count_row(size, 0);
    if (__builtin_expect(tally != NULL, 1)) {
        if (row != 0)
            count_realloc(tally, word_row(word), row);
        if (__builtin_expect(count_free(tally, word), 0))
            count_settle(tally, word_row(word));
    }
    return note(moved, size, false);
}

/* True where a call is left to the next library's function of that name, if it has one. */
static bool stands_aside(void)
{
    return blocks_ready() && lower_aside;
}

EXPORT void *reallocarray(void *block, size_t count, size_t size)
{
    if (stands_aside() && lower.reallocarray != NULL)
        return lower.reallocarray(block, count, size);
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
    if (!blocks_ready())
        return ENOMEM;
    if (!pools_accept(alignment) || alignment % sizeof(void *) != 0) {
        int error = lower.posix_memalign(block, alignment, at_least(size));
        if (error == 0)
            note_any(*block, size, log2_of(alignment), false);
        return error;
    }
    int saved = errno; /* it returns its error and leaves errno alone */
    void *taken = note_any(pools_aligned_alloc(alignment, size), size, log2_of(alignment), false);
    errno = saved;
    if (taken == NULL)
        return ENOMEM;
    *block = taken;
    return 0;
}

EXPORT void *aligned_alloc(size_t alignment, size_t size)
{
    if (!blocks_ready())
        return NULL;
    void *block = pools_accept(alignment) ? pools_aligned_alloc(alignment, size)
                                          : lower.aligned_alloc(alignment, at_least(size));
    return note_any(block, size, log2_of(alignment), false);
}

EXPORT void *memalign(size_t alignment, size_t size)
{
    if (!blocks_ready())
        return NULL;
    if (pools_accept(alignment) || lower.memalign == NULL)
        return aligned_alloc(alignment, size);
    return note_any(lower.memalign(alignment, at_least(size)), size, log2_of(alignment), false);
}

/* Not counted: it is here because the next library would not know a block from a pool. */
EXPORT size_t malloc_usable_size(void *block)
{
    return blocks_usable_size(block);
}

EXPORT void *valloc(size_t size)
{
    if (stands_aside() && lower.valloc != NULL)
        return lower.valloc(size);
    return memalign((size_t)sysconf(_SC_PAGESIZE), size);
}

EXPORT void *pvalloc(size_t size)
{
    if (stands_aside() && lower.pvalloc != NULL)
        return lower.pvalloc(size);
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (size > SIZE_MAX - page) {
        errno = ENOMEM;
        return NULL;
    }
    return memalign(page, (size + page - 1) & ~(page - 1));
}

EXPORT void cfree(void *block)
{
    if (stands_aside() && lower.cfree != NULL)
        lower.cfree(block);
    else
        free(block);
}

EXPORT void free_sized(void *block, size_t size)
{
    if (stands_aside() && lower.free_sized != NULL)
        lower.free_sized(block, size);
    else
        free(block);
}

EXPORT void free_aligned_sized(void *block, size_t alignment, size_t size)
{
    if (stands_aside() && lower.free_aligned_sized != NULL)
        lower.free_aligned_sized(block, alignment, size);
    else
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
    process_leave(status);
}

EXPORT int mlockall(int flags)
{
    return process_records() ? memlock_all(flags) : (int)syscall(SYS_mlockall, flags);
}

/* As fork does for its children; this one may be called where fork may not. */
EXPORT pid_t _Fork(void)
{
    return process_fork();
}

EXPORT void _Exit(int status)
{
    _exit(status);
}
