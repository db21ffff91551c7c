/* The emitted allocator under test, whatever its prefix: one record of its functions, filled in by
   subject.c, so that the cases are compiled once and run against every table. */
#ifndef EMITTED_SUBJECT_H
#define EMITTED_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As the emitted stats of one pool; the last four are 0 without `stats: counters`. */
struct subject_pool {
    size_t size, initial_count, carved, grown, fallbacks;
    uint64_t allocs, frees, live, first_uses;
};

struct subject_stats {
    size_t pool_count, oversize, bytes_reserved, bytes_committed, bytes_retained;
    struct subject_pool *pools; /* good until the next call */
};

struct subject {
    const char *prefix;
    const char *table; /* path of the table, to be read by table_read */
    bool passthrough;  /* malloc serves every request */
    bool watched;      /* a tool is told where blocks end */
    size_t pools;
    size_t largest;
    unsigned char *arena;

    void *(*alloc)(size_t size);
    void *(*calloc)(size_t count, size_t size);
    void *(*realloc)(void *ptr, size_t size);
    void *(*aligned_alloc)(size_t alignment, size_t size);
    void *(*aligned_calloc)(size_t alignment, size_t count, size_t size);
    void *(*aligned_realloc)(void *ptr, size_t alignment, size_t size);
    void (*free)(void *ptr);
    void (*free_sized)(void *ptr, size_t size);
    void (*free_aligned_sized)(void *ptr, size_t alignment, size_t size);
    size_t (*usable_size)(const void *ptr);
    size_t (*good_size)(size_t size);
    bool (*owns)(const void *ptr);
    struct subject_stats (*stats)(void);
    size_t (*trim)(void);
    bool (*idle)(void);
    void (*thread_flush)(void);
    bool (*check)(void);
};

extern const struct subject subject;

/* What the header's inline face makes of one size that the compiler knows. */
struct constant {
    size_t size;
    void *(*alloc)(void);
    void (*free_sized)(void *ptr);
};

/* The same sizes, from C and from C++17; each list ends at the first without functions. */
extern const struct constant constants_c[], constants_cpp[];

#endif
