/* What the explorer asks of the text under test: its functions, and where its state lies. */
#ifndef EXPLORER_SUBJECT_H
#define EXPLORER_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SUBJECT_POOLS = 2,         /* most pools of a table */
    SUBJECT_SEGMENT = 1 << 20, /* bytes of a growth segment */
    SUBJECT_SEGMENTS = 4,      /* most segments of a reservation, the first of them for meta */
    SUBJECT_RANGES = 8,        /* most ranges of state */
};

struct range {
    unsigned char *start;
    size_t bytes;
};

struct subject {
    size_t pools;
    struct {
        size_t size; /* bytes of a block */
        size_t initial_count;
        size_t segment_blocks; /* 0: the pool does not grow */
        unsigned char *first;  /* first block in the static arena */
    } pool[SUBJECT_POOLS];
    size_t segments;                     /* for blocks, in a reservation; 0: nothing grows */
    struct range ranges[SUBJECT_RANGES]; /* static state, without the arenas */
    size_t range_count;
    struct range meta[SUBJECT_RANGES]; /* state in a reservation, as if it started at 0 */
    size_t meta_count;
};

void subject_describe(struct subject *out);

void *subject_alloc(size_t size);
void *subject_calloc(size_t size);
void subject_free(void *ptr);
void subject_trim(void);
void subject_flush(void);
bool subject_check(void);

/* The calling thread's cache pointer, which the explorer changes with the thread. */
void *subject_cache(void);
void subject_set_cache(void *cache);

#endif
