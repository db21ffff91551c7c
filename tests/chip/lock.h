/* A host's critical section, as the emitted header has it: threads spin. */
#ifndef CHIP_LOCK_H
#define CHIP_LOCK_H

#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

extern atomic_uintptr_t lock_owner;
extern _Thread_local char lock_self;

static inline uintptr_t lock_enter(void)
{
    uintptr_t none = 0;
    if (atomic_load(&lock_owner) == (uintptr_t)&lock_self) {
        return 1;
    }
    while (!atomic_compare_exchange_weak(&lock_owner, &none, (uintptr_t)&lock_self)) {
        none = 0;
        sched_yield(); /* whoever has it may wait for this processor */
    }
    return 0;
}

static inline void lock_leave(uintptr_t state)
{
    if (state == 0) {
        atomic_store(&lock_owner, 0);
    }
}

#define CHIP_ENTER()      lock_enter()
#define CHIP_LEAVE(state) lock_leave(state)

#endif
