/* What pools.yaml asks of its consumer: the makefile includes this before allocator.c. */
#ifndef FIRMWARE_PORT_H
#define FIRMWARE_PORT_H

#include "critical.h"

#define MSG_ENTER()      critical_enter()
#define MSG_LEAVE(state) critical_leave(state)

/* The arenas need no clearing: it saves start-up its time. */
#define MSG_ARENA_SECTION ".noinit"

/* What is done about a pointer that is no block's: on a board of yours, note it and reset. */
_Noreturn void firmware_fault(const char *what);
#define MSG_FAULT(what) firmware_fault(what)

#endif
