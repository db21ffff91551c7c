/* A processor with one interrupt, SIGALRM, and its mask. */
#ifndef CHIP_MASK_H
#define CHIP_MASK_H

#include <stdint.h>

/* Whether the interrupt was masked already; it is now. */
uintptr_t mask_enter(void);

/* Masks it no more, unless it was before. */
void mask_leave(uintptr_t state);

#define CHIP_ENTER()      mask_enter()
#define CHIP_LEAVE(state) mask_leave(state)

#endif
