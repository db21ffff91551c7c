/* What the output of faults.yaml is compiled with: who is told of a fault, and where random bytes
 * come from. */
#ifndef CHIP_FAULT_H
#define CHIP_FAULT_H

#include <stddef.h>

#ifdef CHIP_FAULT_NUMBERS
_Noreturn void fault_told(int fault);
#define CHIP_FAULT(fault) fault_told(fault)
#elif !defined(CHIP_SILENT)
_Noreturn void fault_told(const char *fault);
#define CHIP_FAULT(fault) fault_told(fault)
#endif

#ifdef OWN_RANDOM
#define CHIP_RANDOM(ptr, bytes) __builtin_memset(ptr, 7, bytes)
#else
void fault_random(void *ptr, size_t bytes);
#define CHIP_RANDOM(ptr, bytes) fault_random(ptr, bytes)
#endif

#endif
