/* The host's services, which a debugger or an emulator offers: an operation and its argument are
   put into two registers, and an instruction stops for them. */
#ifndef FIRMWARE_SEMIHOST_H
#define FIRMWARE_SEMIHOST_H

#include <stdint.h>

enum semihost_operation {
    SEMIHOST_WRITE0 = 0x04,
    SEMIHOST_GET_CMDLINE = 0x15,
    SEMIHOST_EXIT_EXTENDED = 0x20,
};

#define SEMIHOST_APPLICATION_EXIT 0x20026

static inline uintptr_t semihost(enum semihost_operation operation, const void *argument)
{
#if defined(__riscv)
    register uintptr_t code __asm__("a0") = (uintptr_t)operation;
    register const void *block __asm__("a1") = argument;
    __asm__ volatile(".balign 16\n\t" /* the three may not lie in two pages */
                     ".option push\n\t.option norvc\n\t"
                     "slli x0, x0, 0x1f\n\tebreak\n\tsrai x0, x0, 7\n\t"
                     ".option pop"
                     : "+r"(code)
                     : "r"(block)
                     : "memory");
#else
    register uintptr_t code __asm__("r0") = (uintptr_t)operation;
    register const void *block __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(code) : "r"(block) : "memory");
#endif
    return code;
}

#endif
