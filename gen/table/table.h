/* The pool table as validated: every value in range, every default filled in. Where each key's
   value goes is said by the key's row in schema.c. */
#ifndef POOLGEN_TABLE_H
#define POOLGEN_TABLE_H

#include "base/diag.h"

/* The keys of a table and of its pools, in the order in which they are documented. */
enum key_id {
    KEY_NAME,
    KEY_POOLS,
    KEY_SIZE,
    KEY_INITIAL_COUNT,
    KEY_THREADS,
    KEY_TARGET,
    KEY_HARDEN,
    KEY_EXHAUSTED,
    KEY_OVERSIZE,
    KEY_ALIGNMENT,
    KEY_RESERVE,
    KEY_SECTION,
    KEY_BATCH,
    KEY_THREAD_CACHE,
    KEY_SELECT,
    KEY_STATS,
    KEY_RELEASE,
    KEY_GROW_LIMIT,
    KEY_BUDGET,
    KEY_EMIT,
    KEY_COUNT
};

/* The words of the keys that have some, in the order in which messages list them. */
enum threads { THREADS_SHARED, THREADS_NONE, THREADS_CRITICAL };
enum harden { HARDEN_OFF, HARDEN_CHECK, HARDEN_FULL };
enum exhausted {
    EXHAUSTED_GROW,
    EXHAUSTED_UPSTREAM,
    EXHAUSTED_FAIL,
    EXHAUSTED_BORROW,
    EXHAUSTED_HOOK
};
enum oversize { OVERSIZE_UPSTREAM, OVERSIZE_OS, OVERSIZE_FAIL };
enum select { SELECT_AUTO, SELECT_UNROLLED, SELECT_TABLE, SELECT_BITS };
enum stats { STATS_OFF, STATS_COUNTERS, STATS_PROFILE };
enum release { RELEASE_AUTO, RELEASE_MANUAL };

/* Where the output is compiled and runs; bits of table.target. */
enum { TARGET_POSIX = 1, TARGET_WINDOWS = 2, TARGET_WASM = 4, TARGET_BARE = 8 };
enum { TARGET_FREESTANDING = TARGET_WASM | TARGET_BARE }; /* those without a C library */

/* Front ends beside the C pair; bits of table.emit. */
enum { EMIT_RUST = 1, EMIT_CPP = 2, EMIT_ZIG = 4, EMIT_MALLOC = 8 };

struct pool_row {
    uint64_t size;              /* block size in bytes, already rounded up to the alignment */
    uint64_t initial_count;     /* blocks in the static arena */
    enum harden harden;         /* the pool's own, or the table's */
    enum exhausted exhausted;   /* the pool's own, or the table's */
    uint64_t batch;             /* blocks a batch; 0 = auto */
    uint64_t reserve;           /* blocks that only alloc_isr gives; less than initial_count */
    const char *section;        /* where the arena is placed; NULL: with the others */
    struct place at[KEY_COUNT]; /* of the values, the pool's own or the table's; 0:0: defaulted */
};

struct table {
    const char *name;
    struct pool_row *pools; /* ascending, distinct sizes */
    size_t pool_count;      /* 1..65535 */
    enum threads threads;
    unsigned target; /* TARGET_* bits, at least one */
    enum harden harden;
    enum exhausted exhausted;
    enum oversize oversize;
    uint64_t alignment;    /* power of two, 8..4096 */
    uint64_t batch;        /* blocks; 0 = auto */
    uint64_t thread_cache; /* bytes */
    enum select select;
    enum stats stats;
    enum release release;
    uint64_t grow_limit; /* bytes */
    uint64_t budget;     /* bytes; 0 = none */
    unsigned emit;       /* EMIT_* bits */

    struct place at[KEY_COUNT]; /* of the values, for errors of later stages; 0:0: defaulted */
};

#endif
