/* The histogram: rows (size, alignment) counted by each thread for itself and gathered when read.
   What is inline here is done for every request of the program; a thread writes nothing there that
   another writes, reads no clock, and calls nothing.

   A thread's cell of a row holds back at most 8 blocks, or 4 KiB if that is more blocks, from the
   row's shared live count, so threads that allocate and free the same size do not fight over a
   cache line. With one thread the counts and peaks are exact; with T threads a peak may be off by
   T - 1 times that, and a snapshot, which reads every cell, is not. */
#ifndef RECORD_COUNT_H
#define RECORD_COUNT_H

#include "sizes.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    LEAST_SLACK = 8,    /* blocks of a row, and of an octave, that a thread may hold back ... */
    SLACK_BYTES = 4096, /* ... or as many as fill this, if that is more */
    ALIGNMENTS = 48,    /* log2 of a requested alignment; 0 = none was requested */
    ROW_BITS = 17,
    ROW_LIMIT = 1 << ROW_BITS, /* row 0 stands for "not counted" */
    GROUP_LIMIT = 9 << 10,     /* of granules at an alignment; the granules are 8,450 */
    PAIR_LIMIT = 1 << 15,      /* distinct (from, to) reallocs that are told apart; 0 is not used */
    PAIR_SLOTS = 2 * PAIR_LIMIT,
    SNAPSHOT_EVENTS = 32 /* allocations of a thread between two looks whether a snapshot is due */
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
};

/* One thread's counts of one row. Only its thread writes; anybody may read. What nearly every call
   changes is one word: allocations, enough for a month of nothing else, below the blocks held. */
enum { HELD_SHIFT = 48 };
struct cell {
    _Atomic uint64_t
        state; /* {held:16, allocations:48}; held, signed: blocks not yet in row->live */
    _Atomic uint64_t remote_frees;
    _Atomic uint64_t zeroed;
    _Atomic int16_t high; /* the most that held was since it was last handed over */
    int16_t slack;        /* when held is to be handed over; 0 = not yet known */
};

/* One thread's counts. Kept for good: the next thread adopts it with them. It is mapped, 4.3 MiB
   where addresses are not limited, and only the pages of rows and pairs that the thread has met are
   ever touched. */
struct tally {
    uint32_t thread;              /* its number, modulo thread_numbers, above the bits of a row */
    uint32_t countdown;           /* allocations until the next such look */
    int32_t octave_held[OCTAVES]; /* blocks not yet in octaves[].live */
    _Atomic bool busy;
    bool at_clock; /* a look whether a snapshot is due has not returned */
    struct tally *next;
    _Atomic uint64_t *reallocs; /* as pairs are numbered, behind the cells */
    struct cell cells[];
};

/* A realloc from one row to another, in an open hash. */
struct pair {
    _Atomic uint64_t key; /* from row << 32 | to row; 0 = free slot */
    uint32_t number;      /* written before the key is */
};

/* Blocks of one doubling of sizes, each cell's at its `high`: growth past `next` calls for a
   snapshot. */
struct octave {
    _Atomic int64_t live;
    _Atomic int64_t next;
};

extern struct row rows[ROW_LIMIT];
extern struct group groups[GROUP_LIMIT];
extern struct pair pairs[PAIR_SLOTS];
extern struct octave octaves[OCTAVES];
extern uint8_t row_octave[ROW_LIMIT];           /* apart from what changes */
extern _Atomic uint32_t row_count, group_count; /* entry 0 is not used */
extern uint32_t row_limit, group_limit;         /* as many as there may be */
extern _Atomic(struct tally *) tallies;
extern _Atomic uint32_t most_threads; /* that allocated or freed at a time */
extern _Atomic uint64_t unknown_frees, uncounted_allocations, uncounted_reallocs;

extern _Atomic(_Atomic uint32_t *) row_index[ALIGNMENTS]; /* [log2 alignment][code] -> row */
extern _Atomic uint32_t plain_row_index[CODES];           /* of alignment 0 */
extern __thread struct tally *own_tally __attribute__((tls_model("initial-exec")));

/* `addresses`: bytes that the process may have; UINT64_MAX = as many as there are. Where they are
   few, fewer rows, pairs and threads are told apart, so that tables take a small share of them. */
void count_start(uint64_t addresses);

/* How many pairs have a number. */
uint32_t count_pairs(void);

static inline int16_t octave_slack(uint32_t octave)
{
    int slack =
        octave + 3 < 12 ? SLACK_BYTES >> (octave + 3) : 0; /* blocks of 2^(octave+3) bytes */
    return (int16_t)(slack < LEAST_SLACK ? LEAST_SLACK : slack);
}

/* Where a pair is looked for first. */
static inline uint32_t pair_slot(uint64_t key)
{
    return (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) % PAIR_SLOTS;
}

/* Slow paths of the functions below. */
uint32_t count_add_row(uint32_t code, unsigned log2_alignment);
uint32_t count_add_pair(uint64_t key);
struct tally *count_adopt_tally(void);

/* What count_allocation or count_free found due. */
void count_settle(struct tally *tally, uint32_t row);

/* Exact sum of a row at this moment, while threads may go on; also raises its peak. */
int64_t count_gather(uint32_t row);

/* The group of a granule at an alignment; 0 if there is none. */
uint32_t count_group(uint32_t granule, unsigned log2_alignment);

/* In a forked child: what was counted is the parent's; what is live is inherited. */
void count_restart(void);

/* The row of a request; 0 if there is no room for another row. */
static inline uint32_t count_row(uint64_t size, unsigned log2_alignment)
{
    uint32_t code = size_code(size);
    _Atomic uint32_t *index =
        atomic_load_explicit(&row_index[log2_alignment], memory_order_acquire);
    if (__builtin_expect(index != NULL, 1)) {
        uint32_t row = atomic_load_explicit(&index[code], memory_order_acquire);
        if (__builtin_expect(row != 0, 1))
            return row;
    }
    return count_add_row(code, log2_alignment);
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

static inline int16_t cell_held(uint64_t state)
{
    return (int16_t)(uint16_t)(state >> HELD_SHIFT);
}

static inline uint64_t cell_allocations(uint64_t state)
{
    return state & ((UINT64_C(1) << HELD_SHIFT) - 1);
}

/* Adds to a cell's state where there is one writer. Returns the new one. */
static inline uint64_t count_change(struct cell *cell, uint64_t change)
{
    uint64_t state = atomic_load_explicit(&cell->state, memory_order_relaxed) + change;
    atomic_store_explicit(&cell->state, state, memory_order_relaxed);
    return state;
}

/* What the side table remembers of a block: its row, and who allocated it. */
static inline uint32_t count_word(const struct tally *tally, uint32_t row)
{
    return tally->thread | row;
}

static inline uint32_t word_row(uint32_t word)
{
    return word % ROW_LIMIT;
}

/* True when count_settle is due. */
static inline bool count_allocation(struct tally *tally, uint32_t row, bool zeroed)
{
    struct cell *cell = &tally->cells[row];
    uint64_t state = count_change(cell, (UINT64_C(1) << HELD_SHIFT) + 1);
    if (zeroed)
        count_bump(&cell->zeroed);
    bool due = --tally->countdown == 0;
    return cell_held(state) > atomic_load_explicit(&cell->high, memory_order_relaxed) || due;
}

/* The same for a free of the block that `word` was remembered of. It calls for no snapshot: nothing
   has grown. */
static inline bool count_free(struct tally *tally, uint32_t word)
{
    uint32_t row = word_row(word);
    struct cell *cell = &tally->cells[row];
    if (word != count_word(tally, row))
        count_bump(&cell->remote_frees);
    return cell_held(count_change(cell, -(UINT64_C(1) << HELD_SHIFT))) <= -cell->slack;
}

static inline void count_realloc(struct tally *tally, uint32_t from, uint32_t to)
{
    uint64_t key = (uint64_t)from << 32 | to;
    const struct pair *pair = &pairs[pair_slot(key)];
    bool known = atomic_load_explicit(&pair->key, memory_order_acquire) == key;
    uint32_t number = __builtin_expect(known, 1) ? pair->number : count_add_pair(key);
    if (__builtin_expect(number != 0, 1))
        count_bump(&tally->reallocs[number]);
}

#endif
