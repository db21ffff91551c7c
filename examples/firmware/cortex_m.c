/* Cortex-M from reset to main, and SysTick. */
#include "board.h"

/* Addresses that the linker script gives. */
extern uint32_t stack_top[], data_load[], data_start[], data_end[], bss_start[], bss_end[];

int main(void);
void reset(void);

void reset(void)
{
    const uint32_t *from = data_load;
    for (uint32_t *to = data_start; to < data_end; to++) {
        *to = *from++;
    }
    for (uint32_t *to = bss_start; to < bss_end; to++) {
        *to = 0;
    }
    board_exit(main());
}

static void fault(void)
{
    board_on_fault();
}

/* The first word is the stack's top, the others are where exceptions go. */
union vector {
    const void *stack;
    void (*handler)(void);
};

__attribute__((section(".vectors"), used)) static const union vector vectors[16] = {
    [0] = {.stack = stack_top}, [1] = {.handler = reset},  [2] = {.handler = fault},
    [3] = {.handler = fault},   [4] = {.handler = fault},  [5] = {.handler = fault},
    [6] = {.handler = fault},   [7] = {.handler = fault},  [11] = {.handler = fault},
    [12] = {.handler = fault},  [14] = {.handler = fault}, [15] = {.handler = board_on_tick},
};

/* ---- SysTick, which every core has */

#define SYST_CSR (*(volatile uint32_t *)0xe000e010u)
#define SYST_RVR (*(volatile uint32_t *)0xe000e014u)
#define SYST_CVR (*(volatile uint32_t *)0xe000e018u)
#define ICSR     (*(volatile uint32_t *)0xe000ed04u)
#define SHPR3    (*(volatile uint32_t *)0xe000ed20u)

enum { CSR_RUN = 7 /* counts the processor's clocks and interrupts */ };

#define ICSR_PENDSTCLR (1u << 25)
#define TICK_PRIORITY  (0xffu << 24) /* the least urgent: masked by any BASEPRI */

void board_tick_after(uint32_t clocks)
{
    SHPR3 |= TICK_PRIORITY;
    SYST_RVR = clocks;
    SYST_CVR = 0;
    SYST_CSR = clocks != 0 ? CSR_RUN : 0;
    if (clocks == 0) {
        ICSR = ICSR_PENDSTCLR;
    }
}
