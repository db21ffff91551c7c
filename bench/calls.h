/* The ways of calling an allocator. WAY_... chooses whose functions are called and how:
 *   WAY_inlined  the emitted header, whose inline face takes the sizes that are constants, in
 *                allocations and in sized frees;
 *   WAY_plain    the emitted functions, called: the size is hidden from the compiler;
 *   WAY_libc     malloc and free of the process: the system's, or whatever is preloaded.
 * PASS_... chooses what ALLOC and FREE mean to the loads:
 *   PASS_measured  call the allocator;
 *   PASS_recorded  call it and note the address;
 *   PASS_replayed  take the noted address and call nothing: the limit.
 * A compiler may delete a pair of malloc and free whose block is not seen to be used, fuse malloc
 * and memset into calloc, or drop a fill before a free. The files are compiled with
 * -fno-builtin-malloc and so on; every block's address passes through an assembler statement, after
 * which the compiler does not know where it came from; and before a free an assembler statement is
 * said to read the whole block, so that every byte of the fill is written. Neither is said to
 * change other memory: a program's use of its blocks does not, and the compiler knows it. */
#ifndef BENCH_CALLS_H
#define BENCH_CALLS_H

#include <stddef.h>

#include "worker.h"

static inline void *opaque(void *block)
{
    __asm__ volatile("" : "+r"(block));
    return block;
}

/* Any block is shorter than this type, so all of it may be read. */
typedef const char longest_block[1 << 30];

static inline void *read_whole(void *block)
{
    __asm__ volatile("" : "+r"(block) : "m"(*(longest_block *)block));
    return block;
}

static inline size_t opaque_size(size_t size)
{
    __asm__ volatile("" : "+r"(size));
    return size;
}

#if defined WAY_inlined
#include "allocator.h"
#define RAW_ALLOC(size) tokio_alloc(size)
#define RAW_FREE(block) tokio_free(block)
#define RAW_FREE_SIZED(block, size)                                                                \
    (__builtin_constant_p(size) ? tokio_free_sized(block, size) : tokio_free(block))
#elif defined WAY_plain
#include "allocator.h"
#define RAW_ALLOC(size) (tokio_alloc)(opaque_size(size))
#define RAW_FREE(block) (tokio_free)(block)
#else
#include <stdlib.h>
#define RAW_ALLOC(size) malloc(opaque_size(size))
#define RAW_FREE(block) free(block)
#endif

#ifndef RAW_FREE_SIZED
#define RAW_FREE_SIZED(block, size) RAW_FREE(block)
#endif

#if defined PASS_measured
#define ALLOC(size)   opaque(RAW_ALLOC(size))
#define BEGIN_ROUND() ((void)0)
#elif defined PASS_recorded
#define ALLOC(size)   opaque(*trace.cursor++ = RAW_ALLOC(size))
#define BEGIN_ROUND() ((void)(trace.round = trace.cursor))
#elif defined PASS_replayed
#define ALLOC(size)   opaque(((void)opaque_size(size), *trace.cursor++))
#define BEGIN_ROUND() ((void)(trace.cursor = trace.round))
#endif

/* FREE_SIZED is for blocks whose size the freeing code knows. */
#if defined PASS_replayed
#define FREE(block)             ((void)read_whole(block))
#define FREE_SIZED(block, size) FREE(block)
#else
#define FREE(block)             RAW_FREE(read_whole(block))
#define FREE_SIZED(block, size) RAW_FREE_SIZED(read_whole(block), size)
#endif

#endif
