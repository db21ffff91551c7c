#include "port.h"

#include <stdio.h>
#include <stdlib.h>

static uintptr_t turn; /* of the section that is open, or of the last one */
static int inside;

__attribute__((noreturn)) void port_fault(const char *prefix, const char *message)
{
    fprintf(stderr, "%s: %s\n", prefix, message);
    abort();
}

void port_random(void *ptr, size_t bytes)
{
    unsigned char *const to = ptr;
    for (size_t i = 0; i < bytes; i++) {
        to[i] = (unsigned char)(0x5a + 0x1d * i);
    }
}

uintptr_t port_enter(void)
{
    if (inside) {
        port_fault("port", "a section is opened in another");
    }
    inside = 1;
    return ++turn;
}

void port_leave(uintptr_t state)
{
    if (!inside || state != turn) {
        port_fault("port", "a section is closed that is not open");
    }
    inside = 0;
}

int port_is_inside(void)
{
    return inside;
}
