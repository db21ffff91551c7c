/* All that an output for chips may be given by its consumer, for tables named chip. */
#ifndef CHIP_GIVEN_H
#define CHIP_GIVEN_H

#include <stddef.h>
#include <stdint.h>

uintptr_t given_enter(void);
void given_leave(uintptr_t state);
void given_random(void *ptr, size_t bytes);
_Noreturn void given_fault(const char *fault);

#define CHIP_ENTER()            given_enter()
#define CHIP_LEAVE(state)       given_leave(state)
#define CHIP_RANDOM(ptr, bytes) given_random(ptr, bytes)
#define CHIP_FAULT(fault)       given_fault(fault)

#endif
