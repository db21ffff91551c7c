/* A signal that allocates and frees interrupts a program that does the same, wherever it is but for
   the allocator's sections, which mask it: an interrupt handler as a host can have one. */
#define _DEFAULT_SOURCE
#include "allocator.h"

#include "check.h"
#include "mask.h"
#include <signal.h>
#include <sys/time.h>

enum { INTERRUPTS = 3000, HELD = 24, SLOTS = 96, MICROSECONDS = 40 };

uintptr_t mask_enter(void)
{
    sigset_t alarm, before;
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    sigprocmask(SIG_BLOCK, &alarm, &before);
    return (uintptr_t)sigismember(&before, SIGALRM);
}

void mask_leave(uintptr_t state)
{
    sigset_t alarm;
    if (state == 0) {
        sigemptyset(&alarm);
        sigaddset(&alarm, SIGALRM);
        sigprocmask(SIG_UNBLOCK, &alarm, NULL);
    }
}

/* A block that is whole as long as nobody else has it. */
struct held {
    unsigned char *block;
    size_t size;
    unsigned char mark;
};

static bool is_whole(const struct held *held)
{
    for (size_t i = 0; held->block != NULL && i < held->size; i++) {
        if (held->block[i] != held->mark) {
            return false;
        }
    }
    return true;
}

static void hold(struct held *held, void *block, size_t size, unsigned mark)
{
    *held = (struct held){block, block != NULL ? size : 0, (unsigned char)mark};
    if (block != NULL) {
        memset(block, held->mark, size);
    }
}

/* xorshift (G. Marsaglia, Xorshift RNGs, 2003), one for each who asks. */
static unsigned draw(unsigned *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static struct held of_handler[HELD], of_program[SLOTS];
static volatile sig_atomic_t interrupts, torn, refused;

static void handle(int signal)
{
    static unsigned state = 7;
    struct held *const held = &of_handler[draw(&state) % HELD];
    const size_t size = 1 + draw(&state) % 96;
    (void)signal;
    torn |= !is_whole(held);
    chip_free(held->block);
    hold(held, chip_alloc_isr(size), size, draw(&state));
    refused += held->block == NULL;
    interrupts++;
}

static void exchange(struct held *held, unsigned *state)
{
    const size_t size = 1 + draw(state) % 256;
    const unsigned mark = draw(state);
    switch (draw(state) % 4) {
    case 0:
        chip_free(held->block);
        hold(held, chip_alloc(size), size, mark);
        break;
    case 1:
        chip_free_sized(held->block, held->size);
        hold(held, chip_calloc(1, size), size, mark);
        break;
    case 2: {
        void *const moved = chip_realloc(held->block, size);
        if (moved != NULL) {
            const size_t kept = held->size < size ? held->size : size;
            held->block = moved;
            held->size = kept;
            torn |= !is_whole(held);
            hold(held, moved, size, mark);
        }
        break;
    }
    default:
        torn |= !chip_check();
        break;
    }
}

static void a_program_is_interrupted(void)
{
    const struct itimerval often = {{0, MICROSECONDS}, {0, MICROSECONDS}}, never = {{0, 0}, {0, 0}};
    unsigned state = 42;
    signal(SIGALRM, handle);
    setitimer(ITIMER_REAL, &often, NULL);
    while (interrupts < INTERRUPTS && !torn) {
        struct held *const held = &of_program[draw(&state) % SLOTS];
        torn |= !is_whole(held);
        exchange(held, &state);
    }
    setitimer(ITIMER_REAL, &never, NULL);
    signal(SIGALRM, SIG_IGN);
    CHECK(!torn && interrupts >= INTERRUPTS);
    CHECK(chip_check());
}

static void nothing_is_lost_of_any_pool(void)
{
    chip_stats_t stats;
    chip_stats(&stats);
    size_t live = 0, held = 0;
    for (size_t i = 0; i < HELD; i++) {
        held += of_handler[i].block != NULL;
        chip_free(of_handler[i].block);
    }
    for (size_t i = 0; i < SLOTS; i++) {
        held += of_program[i].block != NULL;
        chip_free(of_program[i].block);
    }
    for (size_t pool = 0; pool < CHIP_POOLS; pool++) {
        live += stats.pools[pool].live;
        CHECK(stats.pools[pool].least_free + stats.pools[pool].carved ==
              stats.pools[pool].initial_count);
    }
    CHECK(live == held);
    chip_stats(&stats);
    for (size_t pool = 0; pool < CHIP_POOLS; pool++) {
        size_t count = 0;
        CHECK(stats.pools[pool].live == 0);
        while (chip_alloc_isr(stats.pools[pool].size) != NULL) {
            count++;
        }

        CHECK(count ==
              (pool == 0 ? 96 + 64 + 32 + 16 : 0)); /* the first borrows all that there is */
    }
    CHECK(chip_check());
}

int main(void)
{
    static const struct check rows[] = {
        {"a signal interrupts wherever it may, and nothing is torn", a_program_is_interrupted},
        {"after that every block is there", nothing_is_lost_of_any_pool},
    };
    return check_all(rows, sizeof rows / sizeof rows[0]);
}
