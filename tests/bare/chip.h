/* Given to every file that includes the allocator, by the makefile: what the table asks of its
 * consumer. */
#ifndef BARE_CHIP_H
#define BARE_CHIP_H

#include "critical.h"
#include <stddef.h>

/* UNMASKED: the tests must find that nothing is masked. */
#ifdef UNMASKED
#define CHIP_ENTER()      ((uintptr_t)0)
#define CHIP_LEAVE(state) ((void)(state))
#else
#define CHIP_ENTER()      critical_enter()
#define CHIP_LEAVE(state) critical_leave(state)
#endif

/* Where start-up clears nothing: what a block holds at first is whatever was there. */
#define CHIP_ARENA_SECTION ".noinit"

/* What is hardened asks for bytes that nobody can guess. These can be, so that runs repeat
 * themselves. */
void give_random(void *ptr, size_t bytes);
#define CHIP_RANDOM(ptr, bytes) give_random(ptr, bytes)

_Noreturn void fault_seen(void);
#define CHIP_FAULT(message) ((void)(message), fault_seen())

#endif
