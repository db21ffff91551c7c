/* What a program asks of the board below it: text and an end for the host, and a timer. Here a
   debugger or an emulator answers (semihosting); on a board of your own these few functions are
   what you write anew. */
#ifndef FIRMWARE_BOARD_H
#define FIRMWARE_BOARD_H

#include <stddef.h>
#include <stdint.h>

void board_print(const char *text);
void board_print_number(uintptr_t number);

/* Ends the program; the host's process ends with the status. */
_Noreturn void board_exit(int status);

/* The last word of the command line, as a decimal number; 0 if it is none. */
uint32_t board_argument(void);

/* The timer interrupts after so many of its clocks, and a Cortex-M's again after as many more,
   until it is set anew; 0 stops it, and what it had pending. */
void board_tick_after(uint32_t clocks);

/* Sleeps until an interrupt is due. */
static inline void board_wait(void)
{
    __asm__ volatile("wfi" ::: "memory");
}

/* Yours: what the timer's interrupt does, and what is done when the processor faults. */
void board_on_tick(void);
_Noreturn void board_on_fault(void);

#endif
