#include "lock.h"
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>

void (*lock_serve)(int signal);

static _Atomic(const void *) holder; /* address of the holding thread's `here` */
static unsigned depth;
static _Atomic int request; /* signal number; 0 = none */
static __thread char here __attribute__((tls_model("initial-exec")));

bool lock_try(void)
{
    const void *nobody = NULL;
    if (!atomic_compare_exchange_strong(&holder, &nobody, &here))
        return false;
    depth = 1;
    return true;
}

void lock_take(void)
{
    if (atomic_load_explicit(&holder, memory_order_relaxed) == &here) {
        depth++;
        return;
    }
    while (!lock_try())
        sched_yield();
}

void lock_release(void)
{
    while (depth == 1) {
        int signal = atomic_exchange(&request, 0);
        if (signal != 0) {
            lock_serve(signal);
            continue;
        }
        depth = 0;
        atomic_store(&holder, NULL);
        /* A request left between the exchange and the store would wait for the next holder. */
        if (atomic_load(&request) == 0 || !lock_try())
            return;
    }
    depth--;
}

void lock_leave_request(int signal)
{
    atomic_store(&request, signal);
    if (lock_try())
        lock_release();
}
