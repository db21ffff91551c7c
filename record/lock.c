#include "lock.h"
#include "pages.h"
#include "system.h"
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { LAST_SIGNAL = 31 }; /* that a request can be for: a bit each */

struct state {
    _Atomic(const void *) holder; /* address of the holding thread's `here` */
    unsigned depth;
    _Atomic uint32_t requests; /* a bit for each signal */
    bool known;                /* false in a child that nobody has made its own yet */
};

void (*lock_serve)(int signal);
void (*lock_adopt)(void);

static struct state unmapped = {.known = true}; /* until, and unless, there is a page */
static struct state *state = &unmapped;
static __thread char here __attribute__((tls_model("initial-exec")));

void lock_start(void)
{
    struct state *page = map_pages(sizeof *page);
    if (page == NULL)
        return;
    if (system_calls.madvise(page, sizeof *page, MADV_WIPEONFORK) != 0) {
        system_calls.munmap(page, sizeof *page);
        return; /* a kernel before 4.14 */
    }
    page->known = true;
    state = page;
}

void lock_forget(void)
{
    atomic_store(&state->holder, NULL);
    atomic_store(&state->requests, 0);
    state->depth = 0;
    state->known = false;
}

bool lock_try(void)
{
    const void *nobody = NULL;
    if (!atomic_compare_exchange_strong(&state->holder, &nobody, &here))
        return false;
    state->depth = 1;
    if (!state->known) {
        state->known = true;
        lock_adopt();
    }
    return true;
}

/* The holder may be of a lower priority than this thread, which must then sleep to let it run. Not
   by nanosleep(), at which the thread could be cancelled. */
static void wait_for_holder(unsigned tries)
{
    enum { YIELDS = 64 };
    static const struct timespec nap = {0, 50000};
    if (tries < YIELDS)
        sched_yield();
    else
        syscall(SYS_nanosleep, &nap, NULL);
}

void lock_take(void)
{
    if (atomic_load_explicit(&state->holder, memory_order_relaxed) == &here) {
        state->depth++;
        return;
    }
    for (unsigned tries = 0; !lock_try(); tries++)
        wait_for_holder(tries);
}

static void serve_all(uint32_t requests)
{
    for (int signal = 1; signal <= LAST_SIGNAL; signal++)
        if ((requests >> signal & 1) != 0)
            lock_serve(signal);
}

void lock_release(void)
{
    if (atomic_load_explicit(&state->holder, memory_order_relaxed) != &here)
        return; /* a child, forked by a handler that interrupted the holder */
    while (state->depth == 1) {
        uint32_t requests = atomic_exchange(&state->requests, 0);
        if (requests != 0) {
            serve_all(requests);
            continue;
        }
        state->depth = 0;
        atomic_store(&state->holder, NULL);
        /* A request left between the exchange and the store would wait for the next holder. */
        if (atomic_load(&state->requests) == 0 || !lock_try())
            return;
    }
    state->depth--;
}

void lock_leave_request(int signal)
{
    atomic_fetch_or(&state->requests, UINT32_C(1) << signal);
    if (lock_try())
        lock_release();
}
