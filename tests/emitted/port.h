/* What a consumer gives to outputs for bare targets and to those whose calls are critical sections:
   the macros that flavour.mk defines call these. */
#ifndef EMITTED_PORT_H
#define EMITTED_PORT_H

#include <stddef.h>
#include <stdint.h>

/* Says "PREFIX: message" on standard error and aborts, as outputs with a C library do. */
__attribute__((noreturn)) void port_fault(const char *prefix, const char *message);

/* Fills bytes that are the same in every run. */
void port_random(void *ptr, size_t bytes);

/* Open and close a section. None may be open, and each must be closed with what opening it gave;
   whatever else is done ends the process. */
uintptr_t port_enter(void);
void port_leave(uintptr_t state);

/* Whether a section is open. */
int port_is_inside(void);

#endif
