#include "steps.h"

struct step steps[STEP_COUNT];

uint64_t steps_next(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static uint16_t draw_skewed(uint64_t *state)
{
    const uint64_t percent = steps_next(state) % 100, value = steps_next(state);
    if (percent < 50)
        return (uint16_t)(8 + value % 57); /* 8..64 */
    if (percent < 80)
        return (uint16_t)(65 + value % 192); /* 65..256 */
    if (percent < 95)
        return (uint16_t)(257 + value % 768); /* 257..1024 */
    return (uint16_t)(1025 + value % 7168);   /* 1025..8192 */
}

void steps_draw(void)
{
    uint64_t state = 1;
    for (unsigned i = 0; i < STEP_COUNT; i++) {
        steps[i].slot = (uint16_t)steps_next(&state);
        steps[i].size = draw_skewed(&state);
        steps[i].uniform = (uint16_t)(1 + steps_next(&state) % 8192);
    }
}

void steps_shuffle(void **pointers, size_t count, uint64_t *state)
{
    for (size_t i = count; i > 1; i--) {
        const size_t other = (size_t)(steps_next(state) % i);
        void *const pointer = pointers[i - 1];
        pointers[i - 1] = pointers[other];
        pointers[other] = pointer;
    }
}
