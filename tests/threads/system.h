/* What the allocator asks of the system, counted and changed: linked with --wrap. */
#ifndef THREADS_SYSTEM_H
#define THREADS_SYSTEM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct system {
    atomic_ulong milliseconds; /* that the clock shows */
    atomic_ulong tick;         /* milliseconds that pass whenever it is read */
    atomic_bool refuses;       /* to take memory back */
    atomic_size_t given;       /* bytes that it took back, */
    atomic_ulong takings;      /* in so many calls */
    atomic_size_t obtained;    /* bytes that it mapped */
};
extern struct system fake;

#endif
