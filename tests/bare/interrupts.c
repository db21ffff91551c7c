/* The timer interrupts every few instructions, wherever the program is; its handler allocates and
   frees, too, and the two hand blocks to each other. Every seed begins with an allocator that
   nobody has called. */
#include "interrupts.h"
#include "cases.h"
#include "critical.h"

struct interrupts interrupts;

/* All that the allocator keeps but its blocks: the makefile puts allocator.c's .bss there. */
extern unsigned char __start_allocator_state[], __stop_allocator_state[];

/* Symbols of the linker scripts: arenas, which start-up does not clear. */
extern unsigned char noinit_start[], noinit_end[], fast_start[], fast_end[];

static void set(unsigned char *from, const unsigned char *end, unsigned char to)
{
    while (from < end) {
        *from++ = to;
    }
}

void begin_anew(void)
{
    set(__start_allocator_state, __stop_allocator_state, 0);
}

void begin_dirty(void)
{
    begin_anew();
    set(noinit_start, noinit_end, 0xa5);
    set(fast_start, fast_end, 0xa5);
}

#ifdef CRITICAL

enum {
    HELD = 6,
    STEPS = 30,
    CALLS_END = 20000 /* clocks: more than the calls of one_of_each take */
};

/* A block in use, filled up to its size. */
struct held {
    void *block;
    size_t size;
    unsigned seed;
};

/* Who calls: the program, or the interrupt. */
struct party {
    struct random random;
    struct held held[HELD];
    void *(*alloc)(size_t size);
};

static struct party program, handler;
static struct held post; /* goes from one to the other */

/* ---- steps */

static void check_held(const struct held *held)
{
    CHECK_FOR(interrupts.seed, is_filled(held->block, held->size, held->seed));
}

static void take(struct party *party, struct held *held)
{
    const size_t row = draw(&party->random, ROWS);
    held->size = rows[row].size - draw(&party->random, 8);
    held->seed = draw(&party->random, 256);
    held->block = party == &program && held->seed % 4 == 0 ? chip_calloc(1, held->size)
                                                           : party->alloc(held->size);
    if (held->block != NULL) {
        CHECK_FOR(interrupts.seed,
                  held->seed % 4 != 0 || party == &handler || is_zero(held->block, held->size));
        fill(held->block, held->size, held->seed);
    }
}

static void give(struct held *held)
{
    check_held(held);
    chip_free(held->block);
    held->block = NULL;
}

static void resize(struct party *party, struct held *held)
{
    const size_t size = rows[draw(&party->random, ROWS)].size;
    void *block = chip_realloc(held->block, size);
    if (block != NULL) {
        CHECK_FOR(interrupts.seed,
                  is_filled(block, size < held->size ? size : held->size, held->seed));
        held->block = block;
        held->size = size;
        fill(block, size, held->seed);
    }
}

/* The test's own section, which holds also where the allocator's are made to fail. */
static void swap_with_post(struct held *held)
{
    const uintptr_t state = critical_enter();
    const struct held mine = *held;
    *held = post;
    post = mine;
    critical_leave(state);
}

static void step(struct party *party)
{
    struct held *held = &party->held[draw(&party->random, HELD)];
    if (held->block == NULL) {
        take(party, held);
        return;
    }
    switch (draw(&party->random, 8)) {
    case 0:
        swap_with_post(held);
        break;
    case 1:
        if (party == &program) {
            resize(party, held);
        }
        break;
    default:
        give(held);
    }
}

/* ---- interrupts */

/* Clocks that the way out of the interrupt takes at most: what comes before its end keeps the
 * program where it is. */
#ifndef __riscv
enum { LEAVING = 8 }; /* the processor restores registers itself */
#elif defined(__OPTIMIZE__)
enum { LEAVING = 40 };
#else
enum { LEAVING = 100 };
#endif

static uint32_t most_clocks; /* to the next interrupt; 0: there is no next one */

void board_on_tick(void)
{
    board_tick_after(0); /* not within this one */
    interrupts.taken++;
    step(&handler);
    board_tick_after(most_clocks != 0 ? LEAVING + draw(&handler.random, most_clocks) : 0);
}

static void give_all(struct party *party)
{
    for (size_t i = 0; i < HELD; i++) {
        if (party->held[i].block != NULL) {
            give(&party->held[i]);
        }
    }
}

/* A block that was lost or is on a list twice changes how many there are. */
static void check_counts(void)
{
    CHECK_FOR(interrupts.seed, chip_check());
    for (size_t row = 0; row < ROWS; row++) {
        void *list;
        CHECK_FOR(interrupts.seed, take_all(ALLOC_ISR, rows[row].size, all_blocks(), &list) ==
                                       blocks_for(row, true));
        free_all(list);
    }
}

static void begin_seed(uint32_t seed)
{
    interrupts.seed = seed;
    begin_anew();
    program = (struct party){.random = {seed * 2654435761u | 1}, .alloc = alloc_called};
    handler = (struct party){.random = {seed * 2246822519u | 1}, .alloc = ALLOC_ISR};
}

static void end_seed(void)
{
    board_tick_after(0);
    give_all(&program);
    give_all(&handler);
    if (post.block != NULL) {
        give(&post);
    }
    check_counts();
}

static void print_taken(uint32_t seeds)
{
    board_print("# ");
    board_print_number(interrupts.taken);
    board_print(" interrupts in ");
    board_print_number(seeds);
    board_print(" seeds\n");
}

static void an_interrupt_every_few_instructions(void)
{
    interrupts.taken = 0;
    for (uint32_t seed = 1; seed <= interrupts.seeds; seed++) {
        begin_seed(seed);
        most_clocks = 16u << seed % 4 * 2;
        board_tick_after(1 + draw(&handler.random, most_clocks));
        for (int i = 0; i < STEPS; i++) {
            step(&program);
        }
        end_seed();
    }
    print_taken(interrupts.seeds);
    CHECK(interrupts.taken >= interrupts.seeds);
}

static void one_of_each(void)
{
    for (int i = 0; i < 2; i++) {
        void *block = alloc_called(1);
        void *zeroed = chip_calloc(1, 1);
        block = chip_realloc(block, rows[1].size);
        chip_free(block);
        chip_free_sized(zeroed, 1);
    }
}

/* Once each: the calls are met at every clock from the first on. */
static void an_interrupt_at_each_instruction(void)
{
    interrupts.taken = 0;
    for (uint32_t clocks = 1; clocks <= CALLS_END; clocks++) {
        begin_seed(clocks);
        most_clocks = 0;
        board_tick_after(clocks);
        one_of_each();
        if (interrupts.taken < clocks) {
            break; /* the calls had ended before */
        }
        end_seed();
    }
    board_tick_after(0);
    print_taken(interrupts.taken);
    CHECK(interrupts.taken >= 100 && interrupts.taken < CALLS_END);
}

#else

void board_on_tick(void)
{
}

#endif

const struct test_case interrupt_cases[] = {
#ifdef CRITICAL
    {"an interrupt at each instruction of some calls", an_interrupt_at_each_instruction},
    {"an interrupt every few instructions", an_interrupt_every_few_instructions},
#endif
    {NULL, NULL},
};
