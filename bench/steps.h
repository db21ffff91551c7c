/* Sizes and slots, drawn before any clock starts, the same in every program that runs loads. */
#ifndef BENCH_STEPS_H
#define BENCH_STEPS_H

#include <stddef.h>
#include <stdint.h>

enum { STEP_COUNT = 65536 };

struct step {
    uint16_t slot;    /* any value; the load takes the remainder */
    uint16_t size;    /* skewed to small: half at most 64 bytes, one in twenty above 1 KiB */
    uint16_t uniform; /* 1..8192 */
};

extern struct step steps[STEP_COUNT];

void steps_draw(void);

/* The next number of a sequence that goes on for 2^64 numbers (SplitMix64). */
uint64_t steps_next(uint64_t *state);

/* Puts the pointers into an order drawn at random. */
void steps_shuffle(void **pointers, size_t count, uint64_t *state);

#endif
