/* What one emitted selector costs: nanoseconds for a selection on four streams of sizes. Compiled
 * once per table and form, with the emitted source included, since the selector is private to it.
 */
#include "allocator.c"

#include <stdio.h>
#include <time.h>

enum { SIZES = 1 << 14, CHAINED = 1 << 11, ROUNDS = 64, CYCLE = 8 };

static uint32_t sizes[SIZES];

static uint64_t draw(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

static void draw_uniform(uint64_t *state)
{
    for (unsigned i = 0; i < SIZES; i++)
        sizes[i] = 1 + (uint32_t)(draw(state) % PROBE_LARGEST);
}

/* As many sizes in each doubling as in any other. */
static void draw_skewed(uint64_t *state)
{
    const unsigned doublings = 64 - (unsigned)__builtin_clzll(PROBE_LARGEST);
    for (unsigned i = 0; i < SIZES; i++)
        sizes[i] = 1 + (uint32_t)(draw(state) % (PROBE_LARGEST >> draw(state) % doublings));
}

static void draw_predictable(uint64_t *state)
{
    draw_skewed(state);
    for (unsigned i = CYCLE; i < SIZES; i++)
        sizes[i] = sizes[i - CYCLE];
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* Each result is shown to an assembler statement, so that none is left out and no two are computed
 * at once; beyond that, selections overlap as the processor likes. */
static double time_stream(void)
{
    double start = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        if (round == 1)
            start = now();
        for (unsigned i = 0; i < SIZES; i++) {
            const size_t pool = probe_select(sizes[i]);
            __asm__ volatile("" : : "r"(pool));
        }
    }
    return (now() - start) / ((ROUNDS - 1) * SIZES);
}

/* Here each selection waits for the one before: `nothing` is zero, which only we know. The sizes
 * are few enough to stay in the nearest cache, whose latency is part of the figure. */
static double time_chain(void)
{
    size_t nothing = 0, pool = 0;
    __asm__ volatile("" : "+r"(nothing));
    double start = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        if (round == 1)
            start = now();
        for (unsigned i = 0; i < CHAINED; i++)
            pool = probe_select(sizes[i + (pool & nothing)]);
        __asm__ volatile("" : : "r"(pool));
    }
    return (now() - start) / ((ROUNDS - 1) * CHAINED);
}

int main(void)
{
    uint64_t state = 1;
    draw_uniform(&state);
    printf("uniform=%.4f chained=%.4f", time_stream(), time_chain());
    draw_skewed(&state);
    printf(" skewed=%.4f", time_stream());
    draw_predictable(&state);
    printf(" predictable=%.4f\n", time_stream());
    return 0;
}
