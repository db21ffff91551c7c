/* Plan: pool table -> every derived number and decision, once. Pure: no I/O, no text that
   reaches C. */
#ifndef POOLGEN_PLAN_H
#define POOLGEN_PLAN_H

#include "plan/selector.h"
#include "table/table.h"

/* How a pointer into the static arenas is mapped back to its pool. */
enum owner_map {
    OWNER_STRIDE,   /* every pool has the same power-of-two stride: one shift */
    OWNER_GRANULES, /* pools are packed in granules: a shift and a byte table */
    OWNER_COMPARES, /* pools are packed to the byte: one compare a pool, for tiny tables */
    OWNER_COUNT
};

/* What a layout would cost; `possible` says whether this table can have it at all. */
struct plan_layout {
    bool possible;
    uint64_t arena_bytes;  /* of the one static array */
    uint64_t static_bytes; /* of all static objects, this layout taken */
    unsigned shift;        /* stride or granule, log2 of bytes */
    double cost;           /* modelled ns per lookup */
};

struct plan_pool {
    uint64_t size;           /* bytes of a block */
    uint64_t initial_count;  /* blocks in the static arena */
    uint64_t bytes;          /* size * initial_count */
    uint64_t offset;         /* of the pool's first block in the arena, bytes */
    uint64_t alignment;      /* every block is aligned to this; at most 64 KiB */
    uint64_t batch;          /* blocks that move as one */
    uint64_t cached;         /* most blocks that one thread's cache may hold; 0: none ever */
    uint64_t segment_blocks; /* blocks in a growth segment */
    uint64_t first_word;     /* of its bits among all static blocks' bits, 64 to a word */
    uint64_t least;          /* smallest request that lands here, bytes */
    uint64_t worst_waste;    /* bytes lost to rounding by that request */
    double expected_waste;   /* share of the block lost when requests are uniform in its range */
    enum exhausted exhausted;
};

struct plan {
    const struct table *table;
    struct plan_pool *pools;
    size_t pool_count;
    uint64_t largest; /* size of the last pool */

    struct plan_layout layouts[OWNER_COUNT];
    enum owner_map owner;
    uint64_t arena_bytes;
    uint64_t arena_alignment;
    uint64_t pool_bytes; /* sum of the pools' bytes, without padding */

    struct selector selector;

    bool grows;           /* some pool grows */
    bool mixed_exhausted; /* pools differ in what they do past their initial counts */
    bool upstream;        /* something may come from malloc */
    bool maps;            /* oversize blocks are own mappings */
    bool caches;          /* thread caches: threads shared and thread_cache above 0 */
    bool shared;          /* threads: shared */
    bool system;          /* there is a system to take memory from and give it back to */
    bool auto_release;    /* idle memory goes back by itself, from the slow paths of threads */
    bool natural; /* a pool at least as large as an alignment always has it: each size is a power of
                     two or whole pages, so aligned requests need no table */

    size_t uncached; /* pools without a part in any thread's cache */

    unsigned segment_shift;      /* log2 of a growth segment's bytes */
    uint64_t segments;           /* most growth segments, from grow_limit */
    uint64_t static_batches;     /* batch descriptors beside the static arenas */
    uint64_t segment_batches;    /* batch descriptors beside each growth segment */
    uint64_t static_words;       /* 64-bit words with a bit for each static block */
    uint64_t segment_meta_bytes; /* descriptors and bits of a segment, whole pages */

    unsigned align_rows; /* rows of the aligned-request table: alignments 2^align_first and up */
    unsigned align_first;

    uint64_t thread_cache_bytes; /* most bytes one thread's cache holds */
    uint64_t static_bytes;       /* modelled sizeof of all static objects, 64-bit pointers */
    uint64_t layout_hash;        /* of everything a header shares with its source */
};

/* Plans the table. NULL, with errors at their places, if the table cannot be built as asked
   (a selector that cannot represent it, a budget that cannot hold it). */
struct plan *plan_table(struct arena *arena, const struct table *table, struct diag *diag);

/* Index of the first pool at or above `pool` whose blocks are all aligned to `alignment` (a power
   of two), or pool_count if there is none. */
size_t plan_aligned(const struct plan *plan, size_t pool, uint64_t alignment);

#endif
