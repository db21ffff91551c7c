/* The histogram: rows (size, alignment) counted by each thread for itself and gathered when read.

   A thread's cell of a row holds back at most SLACK blocks from the row's shared live count, so
   threads that allocate and free the same size do not fight over a cache line. With one thread the
   counts and peaks are exact; with T threads a peak may be off by SLACK x (T - 1) blocks, and a
   snapshot, which reads every cell, is not. */
#ifndef RECORD_COUNT_H
#define RECORD_COUNT_H

#include "sizes.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    SLACK = 8,       /* blocks of a row, and of an octave, that a thread may hold back */
    ALIGNMENTS = 48, /* log2 of a requested alignment; 0 = none was requested */
    ROW_BITS = 18,
    ROW_LIMIT = 1 << ROW_BITS, /* row 0 stands for "not counted" */
    CHUNK_ROWS = 1 << 9,
    PAIR_SLOTS = 1 << 16,    /* distinct (from, to) reallocs that are told apart */
    HOUSEKEEPING_EVENTS = 64 /* between two looks at the clock, in each thread */
};

struct row {
    uint32_t code; /* size_code of its requests */
    uint32_t log2_alignment;
    uint32_t group;       /* index into groups */
    uint32_t position;    /* in the profile being written */
    _Atomic int64_t live; /* without what the cells hold back */
    _Atomic int64_t peak;
    _Atomic uint64_t bytes; /* requested, of a bucket's allocations; unused for exact sizes */
};

/* Rows whose sizes no pool can tell apart: one granule at one alignment. */
struct group {
    uint32_t granule;
    uint32_t log2_alignment;
    uint32_t octave;
    uint32_t position;
};

/* One thread's counts of one row. Only its thread writes; anybody may read. */
struct cell {
    _Atomic uint64_t allocations;
    _Atomic uint64_t remote_frees;
    _Atomic uint64_t zeroed;
    _Atomic int32_t held; /* blocks not yet in row->live */
    _Atomic int32_t high; /* the most that `held` was since it was last handed over */
};

/* One thread's cells. Kept for good: the next thread adopts it with its counts. */
struct tally {
    struct tally *next;
    _Atomic bool busy;
    uint32_t countdown;                   /* events until housekeeping */
    _Atomic int32_t octave_held[OCTAVES]; /* blocks not yet in octaves[].live */
    _Atomic(struct cell *) chunks[ROW_LIMIT / CHUNK_ROWS];
};

/* A realloc from one row to another, in an open hash. */
struct pair {
    _Atomic uint64_t key; /* from row << 32 | to row; 0 = free slot */
    _Atomic uint64_t count;
};

/* Blocks of one doubling of sizes: growth past `next` calls for a snapshot. */
struct octave {
    _Atomic int64_t live;
    _Atomic int64_t next;
};

extern struct row rows[ROW_LIMIT];
extern struct group groups[ROW_LIMIT];
extern struct pair pairs[PAIR_SLOTS];
extern struct octave octaves[OCTAVES];
extern _Atomic uint32_t row_count, group_count; /* entry 0 is not used */
extern _Atomic(struct tally *) tallies;
extern _Atomic uint32_t most_threads; /* that allocated or freed at a time */
extern _Atomic uint64_t unknown_frees, uncounted_allocations, uncounted_reallocs;

extern _Atomic(_Atomic uint32_t *) row_index[ALIGNMENTS]; /* [log2 alignment][code] -> handle */
extern __thread struct tally *own_tally __attribute__((tls_model("initial-exec")));
extern __thread uint32_t own_thread __attribute__((tls_model("initial-exec")));

void count_start(void);

/* A row is handed around with its octave, so that counting need not look at the row itself. */
static inline uint32_t handle_row(uint32_t handle)
{
    return handle & (ROW_LIMIT - 1);
}

static inline uint32_t handle_octave(uint32_t handle)
{
    return handle >> ROW_BITS;
}

/* Slow paths of the functions below. */
uint32_t count_add_row(uint32_t code, unsigned log2_alignment);
struct tally *count_adopt_tally(void);
struct cell *count_add_chunk(struct tally *tally, uint32_t row);
void count_hand_over(uint32_t row, struct cell *cell);
void count_hand_over_octave(struct tally *tally, uint32_t octave);
void count_housekeeping(struct tally *tally);

void count_realloc(uint32_t from, uint32_t to);

/* Exact sum of a row at this moment, while threads may go on; also raises its peak. */
int64_t count_gather(uint32_t row);

/* The group of a granule at an alignment; 0 if there is none. */
uint32_t count_group(uint32_t granule, unsigned log2_alignment);

/* In a forked child: what was counted is the parent's; what is live is inherited. */
void count_restart(void);

/* The handle of the row of a request; 0 if there is no room for another row. */
static inline uint32_t count_row(uint64_t size, unsigned log2_alignment)
{
    uint32_t code = size_code(size);
    _Atomic uint32_t *index =
        atomic_load_explicit(&row_index[log2_alignment], memory_order_acquire);
    if (__builtin_expect(index != NULL, 1)) {
        uint32_t handle = atomic_load_explicit(&index[code], memory_order_acquire);
        if (__builtin_expect(handle != 0, 1))
            return handle;
    }
    return count_add_row(code, log2_alignment);
}

static inline struct cell *count_cell(struct tally *tally, uint32_t row)
{
    struct cell *chunk =
        atomic_load_explicit(&tally->chunks[row / CHUNK_ROWS], memory_order_relaxed);
    if (__builtin_expect(chunk == NULL, 0))
        return count_add_chunk(tally, row);
    return &chunk[row % CHUNK_ROWS];
}

/* Adds where there is one writer: no locked instruction. */
static inline void count_bump(_Atomic uint64_t *counter)
{
    uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, value + 1, memory_order_relaxed);
}

static inline struct tally *count_tally(void)
{
    struct tally *tally = own_tally;
    return __builtin_expect(tally != NULL, 1) ? tally : count_adopt_tally();
}

static inline void count_tick(struct tally *tally)
{
    if (__builtin_expect(--tally->countdown == 0, 0))
        count_housekeeping(tally);
}

static inline void count_octave(struct tally *tally, uint32_t octave, int32_t change)
{
    int32_t held = atomic_load_explicit(&tally->octave_held[octave], memory_order_relaxed) + change;
    atomic_store_explicit(&tally->octave_held[octave], held, memory_order_relaxed);
    if (__builtin_expect(held >= SLACK || held <= -SLACK, 0))
        count_hand_over_octave(tally, octave);
}

static inline void count_allocation(uint32_t handle, uint64_t size, bool zeroed)
{
    uint32_t row = handle_row(handle);
    struct tally *tally = count_tally();
    struct cell *cell = tally == NULL ? NULL : count_cell(tally, row);
    if (__builtin_expect(cell == NULL, 0))
        return;
    count_bump(&cell->allocations);
    if (zeroed)
        count_bump(&cell->zeroed);
    if (__builtin_expect(size > EXACT_LIMIT, 0))
        atomic_fetch_add_explicit(&rows[row].bytes, size, memory_order_relaxed);

    int32_t held = atomic_load_explicit(&cell->held, memory_order_relaxed) + 1;
    atomic_store_explicit(&cell->held, held, memory_order_relaxed);
    if (held > atomic_load_explicit(&cell->high, memory_order_relaxed)) {
        atomic_store_explicit(&cell->high, held, memory_order_relaxed);
        if (held >= SLACK)
            count_hand_over(row, cell);
    }
    count_octave(tally, handle_octave(handle), 1);
    count_tick(tally);
}

/* `word` is what the side table knew of the block: its handle, and its thread above. */
static inline void count_free(uint64_t word)
{
    uint32_t row = handle_row((uint32_t)word);
    struct tally *tally = count_tally();
    struct cell *cell = tally == NULL ? NULL : count_cell(tally, row);
    if (__builtin_expect(cell == NULL, 0))
        return;
    if ((uint32_t)(word >> 32) != own_thread)
        count_bump(&cell->remote_frees);
    int32_t held = atomic_load_explicit(&cell->held, memory_order_relaxed) - 1;
    atomic_store_explicit(&cell->held, held, memory_order_relaxed);
    if (held <= -SLACK)
        count_hand_over(row, cell);
    count_octave(tally, handle_octave((uint32_t)word), -1);
    count_tick(tally);
}

#endif
