/* A critical section: what PREFIX_ENTER and PREFIX_LEAVE come to where interrupts are masked. They
   nest, since what was masked on entry still is on leaving. */
#ifndef FIRMWARE_CRITICAL_H
#define FIRMWARE_CRITICAL_H

#include <stdint.h>

#if defined(__riscv)

#define MSTATUS_MIE 8 /* machine-mode interrupts are taken */

static inline uintptr_t critical_enter(void)
{
    uintptr_t state;
    __asm__ volatile("csrrci %0, mstatus, %1" : "=r"(state) : "i"(MSTATUS_MIE) : "memory");
    return state;
}

static inline void critical_leave(uintptr_t state)
{
    __asm__ volatile("csrs mstatus, %0" ::"r"(state & MSTATUS_MIE) : "memory");
}

#elif defined(CRITICAL_PRIORITY) && __ARM_ARCH >= 7

/* Masks interrupts of this priority and below (a larger number is less urgent; the chip's highest
   bits count): more urgent ones are still taken, and may not call the allocator. Cortex-M0 and M0+
   have no BASEPRI. */
static inline uintptr_t critical_enter(void)
{
    uintptr_t state;
    __asm__ volatile("mrs %0, basepri\n\tmsr basepri_max, %1\n\tisb"
                     : "=&r"(state)
                     : "r"(CRITICAL_PRIORITY)
                     : "memory");
    return state;
}

static inline void critical_leave(uintptr_t state)
{
    __asm__ volatile("msr basepri, %0" ::"r"(state) : "memory");
}

#else

/* Masks all interrupts that can be masked. */
static inline uintptr_t critical_enter(void)
{
    uintptr_t state;
    __asm__ volatile("mrs %0, primask\n\tcpsid i" : "=r"(state)::"memory");
    return state;
}

static inline void critical_leave(uintptr_t state)
{
    __asm__ volatile("msr primask, %0" ::"r"(state) : "memory");
}

#endif
#endif
