/* What is going on when a case fails: of the cases with interrupts. */
#ifndef BARE_INTERRUPTS_H
#define BARE_INTERRUPTS_H

#include <stdint.h>

struct interrupts {
    uint32_t seeds; /* to try: 1 and up */
    uint32_t seed;  /* the present one */
    uint32_t taken; /* interrupts so far */
};
extern struct interrupts interrupts;

/* Sets the allocator back to what it was before the first call. */
void begin_anew(void);

/* And fills its arenas with what memory may hold when power comes on. */
void begin_dirty(void);

#endif
