#include "steps.h"

#include "harness.h"
#include <limits.h>
#include <semaphore.h>

_Thread_local unsigned long steps_done;
_Thread_local unsigned long steps_that_set;
static _Thread_local unsigned long stop_at = ULONG_MAX;

static sem_t reached, go;
static bool has_stopped;

__attribute__((constructor(101))) static void prepare(void)
{
    sem_init(&reached, 0, 0);
    sem_init(&go, 0, 0);
}

void steps_step(void)
{
    if (steps_done++ != stop_at) {
        return;
    }
    has_stopped = true;
    CHECK(sem_post(&reached) == 0);
    while (sem_wait(&go) != 0) {
    }
}

void steps_stop_after(unsigned long after)
{
    stop_at = after < ULONG_MAX - steps_done ? steps_done + after : ULONG_MAX;
}

void steps_finish(void)
{
    if (steps_done <= stop_at) {
        stop_at = ULONG_MAX;
        has_stopped = false;
        CHECK(sem_post(&reached) == 0);
    }
}

bool steps_wait(void)
{
    while (sem_wait(&reached) != 0) {
    }
    return has_stopped;
}

void steps_go_on(void)
{
    CHECK(sem_post(&go) == 0);
}
