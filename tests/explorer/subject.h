/* What the explorer asks of the text under test: its functions, where its state lies, and what that
   state says of a block or a span. All but the functions of its own reads without stopping. */
#ifndef EXPLORER_SUBJECT_H
#define EXPLORER_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SUBJECT_POOLS = 2,   /* most pools of a table */
    SUBJECT_PARTS = 6,   /* parts of growth that a run may come to */
    SUBJECT_STATIC = 16, /* most static spans */
    SUBJECT_RUN = 8,     /* most granules of a part */
    SUBJECT_SPANS = SUBJECT_STATIC + SUBJECT_PARTS * SUBJECT_RUN,
    SUBJECT_RANGES = 16, /* most ranges of state */
};

struct range {
    unsigned char *start;
    size_t bytes;
};

struct subject {
    size_t pools;
    struct subject_pool {
        size_t size;          /* bytes of a block, */
        size_t request;       /* and the most that it serves */
        size_t initial_count; /* blocks in the static arena */
        unsigned char *first; /* of them */
        size_t batch;
        size_t widest;      /* blocks of its widest span */
        size_t granules;    /* of a span of growth; 0: the pool does not grow */
        size_t span_blocks; /* in one */
    } pool[SUBJECT_POOLS];
    size_t granule;     /* bytes; 0: nothing grows */
    size_t limit;       /* granules */
    size_t window;      /* bytes of addresses that growth is told by, */
    size_t first_group; /* and parts at their start that there are none of */
    size_t head;        /* bytes of a part that are state */
    struct range ranges[SUBJECT_RANGES];
    size_t range_count;
};

void subject_describe(struct subject *out);

/* What a hardened table calls when it finds a fault, and what the explorer does then. */
_Noreturn void subject_fault(const char *line);

void *subject_alloc(size_t size);
void *subject_calloc(size_t size);
void subject_free(void *ptr);
void subject_trim(void);
void subject_flush(void);
void subject_idle(void);
bool subject_check(void);

/* The calling thread's cache pointer, which the explorer changes with the thread, whether that is a
   cache of its own, and the free blocks of a pool that are in it. */
void *subject_cache(void);
void subject_set_cache(void *cache);
bool subject_is_own(const void *cache);
size_t subject_cached(const void *cache, size_t pool);

/* Whether each thread has such memory of its own. */
bool subject_is_private(const void *at);

/* The span that a shared word is of; -1: of none. */
int subject_span(const volatile void *word);

/* How many blocks of a span are between its bits and its count: taken by right but not found yet,
   or found but not counted yet. Below zero: its words contradict each other. */
int subject_excess(int span);

/* Whether the bit of a block says that it is free in its span. */
bool subject_is_free(size_t pool, const void *block);

/* Of growth: blocks in a pool's spans, spans that the store has for it, and whether a part that is
   not open yet would have one. */
size_t subject_owned(size_t pool);
size_t subject_stored(size_t pool);
bool subject_openable(size_t pool);

/* Chunks of thread caches that are known, and were mapped. */
size_t subject_chunks(void);

/* Whether memory goes back by itself, and whether all has that may. */
bool subject_gives_back(void);
bool subject_has_given_back(void);

/* Whether all granules in the store are wholly free and of no pool. */
bool subject_is_store_sound(void);

#endif
