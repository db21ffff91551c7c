/* Calls of configs/embedded.yaml's functions, for observed.py to count the instructions of each:
   random ones, and those that find a pool or the whole table at its end. `exercise` alone calls
   them. */
#include "allocator.h"
#include "board.h"

enum { HELD = 40, STEPS = 300, MOST = 600 };

static void *(*const volatile alloc)(size_t size) = fw_alloc;
static void (*const volatile release)(void *ptr) = fw_free;
#ifdef INTERRUPTS
static void *(*const volatile alloc_isr)(size_t size) = fw_alloc_isr;
#else
static void *(*const volatile alloc_isr)(size_t size) = fw_alloc;
#endif

static void *held[HELD];

static uint32_t draw(uint32_t below)
{
    static uint32_t state = 1;
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % below;
}

int main(void);
void exercise(void);

__attribute__((noinline)) void exercise(void)
{
    for (int step = 0; step < STEPS; step++) {
        void **place = &held[draw(HELD)];
        if (*place != NULL) {
            release(*place);
            *place = NULL;
        } else {
            *place = draw(2) != 0 ? alloc(draw(520)) : alloc_isr(draw(520));
        }
    }
    void **all = NULL; /* linked through their first words */
    for (int i = 0; i < MOST; i++) {
        const size_t size = i < MOST / 2 ? draw(512) + 1 : 1;
        void **block = i % 2 != 0 ? alloc_isr(size) : alloc(size);
        if (block != NULL) {
            *block = all;
            all = block;
        }
    }
    while (all != NULL) {
        void *next = *all;
        release(all);
        all = next;
    }
}

int main(void)
{
    exercise();
    return 0;
}

void board_on_tick(void)
{
}

_Noreturn void board_on_fault(void)
{
    board_exit(1);
}
