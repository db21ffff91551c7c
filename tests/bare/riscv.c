/* RISC-V from reset to main, and the machine's timer: what examples/firmware/cortex_m.c is for
 * Cortex-M. */
#include "board.h"

int main(void);
void start(void);

/* Symbols of the linker script. */
extern unsigned char bss_start[], bss_end[];

__attribute__((naked, used, section(".start"))) void start(void)
{
    __asm__ volatile("la sp, stack_top\n\t"
                     "la t0, on_trap\n\tcsrw mtvec, t0\n\t"
                     "j begin");
}

__attribute__((noreturn, used)) static void begin(void)
{
    for (unsigned char *byte = bss_start; byte < bss_end; byte++) {
        *byte = 0;
    }
    board_tick_after(0); /* which it would at once */
    __asm__ volatile("csrs mie, %0\n\tcsrs mstatus, %1" ::"r"(0x80),
                     "r"(8)); /* the timer's, and all */
    board_exit(main());
}

#define CAUSE_TIMER (((uintptr_t)1 << (sizeof(uintptr_t) * 8 - 1)) + 7)

__attribute__((interrupt("machine"), used, aligned(4))) static void on_trap(void)
{
    uintptr_t cause;
    __asm__ volatile("csrr %0, mcause" : "=r"(cause));
    if (cause == CAUSE_TIMER) {
        board_on_tick();
    } else {
        board_on_fault();
    }
}

/* ---- The timer: two counters of 64 bits, read and written by halves */

#define MTIMECMP ((volatile uint32_t *)0x02004000u)
#define MTIME    ((volatile uint32_t *)0x0200bff8u)

static uint64_t now(void)
{
    uint32_t high, low;
    do {
        high = MTIME[1];
        low = MTIME[0];
    } while (high != MTIME[1]);
    return (uint64_t)high << 32 | low;
}

void board_tick_after(uint32_t clocks)
{
    const uint64_t then = clocks != 0 ? now() + clocks : UINT64_MAX;
    MTIMECMP[1] = UINT32_MAX; /* not before its time */
    MTIMECMP[0] = (uint32_t)then;
    MTIMECMP[1] = (uint32_t)(then >> 32);
}
