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
    double cost;           /* modelled, of a lookup: ns, or on bare bytes of flash and padding */
};

struct plan_pool {
    uint64_t size;          /* bytes of a block */
    uint64_t initial_count; /* blocks in the static arena */
    uint64_t bytes;         /* size * initial_count */
    uint64_t offset;        /* of the pool's first block in the arena, bytes */
    uint64_t alignment;     /* every block is aligned to this; at most 64 KiB */
    uint64_t batch;         /* blocks that move as one */
    uint64_t cached;        /* most blocks that one thread's cache may hold; 0: none ever */
    uint64_t depot;         /* batches that may wait for another thread */
    unsigned span_shift;    /* a static span is so many bits of a block's number */
    uint64_t first_span;    /* of the pool, among all static spans */
    uint64_t granules;      /* of a span of growth, a power of two */
    uint64_t span_blocks;   /* blocks in a span of growth */
    uint64_t inverse;       /* offset * inverse >> inverse_shift is offset / size below 2^31 */
    unsigned inverse_shift;
    uint64_t most;  /* largest request that it serves, bytes: the check at its end is no part */
    uint64_t least; /* smallest request that lands here, bytes */
    uint64_t worst_waste;  /* bytes lost to rounding by that request */
    double expected_waste; /* share of the block lost when requests are uniform in its range */
    enum exhausted exhausted;
    enum harden harden;
    uint64_t reserve;    /* blocks that are kept for interrupts */
    const char *section; /* of the pool's own arena; NULL: in the common one, at `offset` */
    uint64_t
        quarantine; /* freed blocks that wait before they are reused, a power of two; 0: none */
};

/* A static object of the emitted source. */
struct plan_object {
    const char *name; /* what follows the prefix; NULL for small variables and for arenas with
                         sections of their own, taken together */
    uint64_t bytes;   /* sizeof with 64-bit pointers: a little more than the compiler's at times */
};

enum {
    PLAN_OBJECTS = 28,
    PLAN_TAIL = 8,       /* bytes at a block's end, in full: its request's size and a check */
    PLAN_VERIFIED = 256, /* bytes of a block at either end, verified when it is used again */
    PLAN_SPAN_WORDS = 8, /* 64-bit words of a span beside its bits: a cache line */
    PLAN_ROW_WORDS = 8,  /* of its bits that lie side by side, at most: another */
    PLAN_SPAN_TAIL = 16, /* bytes at the end of a span of pages, for what is known of it */
    PLAN_OWNERS = 3,     /* what a page may be beside others' and a pool's */
};

/* What is kept of freed own mappings for the next ones: as much as is in use and a little, since a
   bound below what fragments of 20 blocks of 5 to 25 MiB add up to costs three times the time; and
   how it goes back: half a millisecond of the system's work at a time, all within five seconds. */
enum {
    PLAN_KEPT_LEAST_MIB = 24,
    PLAN_KEPT_MOST_MIB = 256,
    PLAN_KEPT_STEP_MIB = 8,
    PLAN_KEPT_MILLISECONDS = 1000,
};

struct plan {
    const struct table *table;
    struct plan_pool *pools;
    size_t pool_count;
    uint64_t largest; /* size of the last pool */
    size_t
        *placed; /* the pools of the common arena, where it is packed to the byte in this order */
    size_t placed_count; /* of them */

    struct plan_layout layouts[OWNER_COUNT];
    enum owner_map owner;
    uint64_t arena_bytes;
    uint64_t arena_alignment;
    uint64_t pool_bytes;   /* sum of the pools' bytes, without padding, */
    uint64_t placed_bytes; /* and of those in the common arena */

    struct selector selector;

    bool grows;           /* some pool grows */
    bool mixed_exhausted; /* pools differ in what they do past their initial counts */
    bool upstream;        /* something may come from malloc */
    bool maps;            /* oversize blocks are own mappings, */
    bool decays;          /* and freed ones that are kept go back by themselves */
    bool caches;          /* thread caches: threads shared and thread_cache above 0 */
    bool shared;          /* threads: shared */
    bool spans;           /* blocks are given back to spans: with threads, and where pools grow */
    bool system;          /* there is a system to take memory from and give it back to */
    bool auto_release;    /* idle memory goes back by itself, from slow paths */
    bool hardened;        /* some pool looks for its caller's faults, */
    bool full;            /* some at full, */
    bool mixed_harden;    /* and not all as much */
    bool guards;          /* inaccessible pages part the pools' arenas */
    bool front_checks;    /* the malloc front end looks at copies and at blocks of no bytes */
    bool bare;            /* no operating system either: flash and memory weigh, not time */
    bool critical;        /* each call is one critical section */
    bool borrows;         /* some pool takes blocks of larger ones, */
    bool borrows_unlike;  /* which are not all aligned as its own are */
    bool hooks;           /* some pool asks a function of the consumer's */
    bool stepwise;        /* a request is served in steps that other tables do not have */
    bool compact;         /* all that changes of a pool is one struct, for few bytes and no spans */
    bool lean;            /* bytes of a module count: what is emitted is what it needs, no more */
    bool reserves;        /* some pool keeps blocks for interrupts */
    bool sections;        /* some pool has an arena of its own */
    bool common_arena;    /* and some pool has none */
    bool pages;           /* growth and oversize blocks are pages of a module's memory */
    bool
        span_lengths; /* spans of growth differ in how many granules they have, or may not be one */
    bool runs;        /* something there takes several pages */
    bool freestanding; /* no C library: no errno, no text on a standard error, no other malloc */
    bool natural; /* a pool at least as large as an alignment always has it: each size is a power of
                     two or whole pages, so aligned requests need no table */

    size_t uncached; /* pools without a part in any thread's cache */

    bool wide_owners;       /* a number of the owner of a granule takes two bytes */
    unsigned narrow;        /* bytes of a number in a pool's row: see objects_narrow */
    unsigned granule_shift; /* log2 of a granule's bytes, what growth is cut in */
    uint64_t parts;         /* most parts of growth that pointers can be told by */
    uint64_t head_granules; /* of a part, which hold what is known of it */
    uint64_t span_words;    /* 64-bit words of bits in a span */
    uint64_t row_words;     /* of those that lie side by side in a part */
    uint64_t static_spans;  /* spans of the static arenas */
    uint64_t depot_slots;   /* batches of one pool that the depot holds at most */
    unsigned state_shift;   /* log2 of the bytes that a byte of state stands for: all blocks are
                               aligned to it */
    uint64_t quarantine;    /* places for blocks of one pool that wait */
    uint64_t
        quarantine_bytes; /* of all blocks that wait in one thread's cache, or in all, at most */
    uint64_t look_calls;  /* slow calls, of which one looks at the clock */

    unsigned align_rows; /* rows of the aligned-request table: alignments 2^align_first and up */
    unsigned align_first;

    uint64_t thread_cache_bytes; /* most bytes one thread's cache holds */
    uint64_t static_bytes;       /* of all static objects, which are: */
    struct plan_object objects[PLAN_OBJECTS];
    size_t object_count;
    uint64_t layout_hash; /* of everything a header shares with its source */
};

/* Plans the table. NULL, with errors at their places, if the table cannot be built as asked
   (a selector that cannot represent it, a budget that cannot hold it). */
struct plan *plan_table(struct arena *arena, const struct table *table, struct diag *diag);

/* Whether the pool has no more than its initial count, whatever a request does then: it matters
   where the blocks are. */
bool plan_ends(const struct plan_pool *pool);

/* Index of the first pool at or above `pool` whose blocks are all aligned to `alignment` (a power
   of two), or pool_count if there is none. */
size_t plan_aligned(const struct plan *plan, size_t pool, uint64_t alignment);

#endif
