/* Where the program's blocks come from. Included by interpose.c alone, into which all of this is
   compiled.

   In place of glibc's malloc: from pools, as poolgen emits them from pools.yaml. They save a server
   more time than counting takes, so that it runs under the recorder as it does without. Any other
   malloc that the program brought (its own, or one preloaded after the recorder) is left to serve
   what it served. A block goes back to where it came from in either case: its address tells. */
#ifndef RECORD_BLOCKS_H
#define RECORD_BLOCKS_H

#include "lower.h"
#include "shadow.h"
#include "system.h"
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* The C library's own functions: see system.h. */
#define clock_gettime(clock, now)       system_calls.clock_gettime(clock, now)
#define madvise(at, bytes, advice)      system_calls.madvise(at, bytes, advice)
#define mprotect(at, bytes, protection) system_calls.mprotect(at, bytes, protection)
#define munmap(at, bytes)               system_calls.munmap(at, bytes)
#define mmap(at, bytes, protection, flags, file, off)                                              \
    system_calls.mmap(at, bytes, protection, flags, file, off)

/* What the pools take from upstream comes from the next library and not, through this one's own
   functions, from the pools. */
#define malloc(size)                           lower.malloc(size)
#define free(block)                            lower.free(block)
#define calloc(count, size)                    lower.calloc(count, size)
#define realloc(block, size)                   lower.realloc(block, size)
#define posix_memalign(block, alignment, size) lower.posix_memalign(block, alignment, size)
#define malloc_usable_size(block)              lower.malloc_usable_size(block)
/* No pools are unloaded, and no handler is asked for in a program's first call, which may be that
   of a sanitizer that cannot serve yet. */
#define atexit(function) ((void)(function), -1)
#define POOLS_API        static __attribute__((unused))
#include "allocator.c" /* NOLINT(bugprone-suspicious-include): the pools are private to one file */
#undef atexit
#undef clock_gettime
#undef madvise
#undef mprotect
#undef munmap
#undef mmap
#undef malloc
#undef free
#undef calloc
#undef realloc
#undef posix_memalign
#undef malloc_usable_size

/* Set once the next library is known. */
static bool pools_serve;

/* True once the next library's functions are known; false while dlsym is looking for them. */
static bool blocks_ready(void)
{
    if (__builtin_expect(lower.malloc != NULL, 1))
        return true;
    if (!lower_find())
        return false;
    pools_serve = lower_yields;
    return true;
}

/* The next library is asked for at least a step of the side table, so that no two live blocks share
   one. */
static size_t at_least(size_t size)
{
    return size < lower_least ? lower_least : size;
}

/* A block from the next library; from the pools before that is known, which is when dlsym itself
   asks for a few bytes. */
static __attribute__((noinline)) void *blocks_take_other(size_t size, bool zeroed)
{
    if (!blocks_ready() && size > POOLS_LARGEST)
        return NULL;
    if (lower.malloc == NULL || pools_serve)
        return zeroed ? pools_calloc(1, size) : pools_alloc(size);
    return zeroed ? lower.calloc(1, at_least(size)) : lower.malloc(at_least(size));
}

static inline void *blocks_take(size_t size)
{
    return __builtin_expect(pools_serve, 1) ? pools_alloc(size) : blocks_take_other(size, false);
}

static inline void *blocks_take_zeroed(size_t size)
{
    return __builtin_expect(pools_serve, 1) ? pools_calloc(1, size) : blocks_take_other(size, true);
}

/* Frees what the pools do not serve, or do not yet. */
static __attribute__((noinline)) void blocks_give_other(void *block)
{
    if (pools_owns(block))
        pools_free(block);
    else
        lower.free(block);
}

/* The next library's functions are known, or the block is from a pool. */
static inline void blocks_give(void *block)
{
    if (__builtin_expect(pools_serve, 1))
        pools_free(block);
    else
        blocks_give_other(block);
}

/* Size 0 frees, as in glibc, where the pools serve; elsewhere it is the next library's to say. */
static void *blocks_resize(void *block, size_t size)
{
    if (!pools_serve && !pools_owns(block))
        return lower.realloc(block, size == 0 ? 0 : at_least(size));
    if (size == 0) {
        pools_free(block);
        return NULL;
    }
    return pools_realloc(block, size);
}

/* Alignments that the pools' functions would refuse are the next library's to refuse or round. */
static bool pools_accept(size_t alignment)
{
    return pools_serve && !lower_aside && alignment != 0 && (alignment & (alignment - 1)) == 0;
}

/* 0 for NULL. */
static size_t blocks_usable_size(void *block)
{
    if (block == NULL || (!pools_owns(block) && !blocks_ready()))
        return 0;
    return pools_usable_size(block);
}

#endif
