#include "traffic.h"

#define PASS_measured
#include "calls.h"
#include "scenario.h"

enum { BREATH_BLOCKS = 5000, TRAFFIC_BLOCKS = 20000, REPLACED_BETWEEN_LOOKS = 64 };

static const double BREATH_SECONDS = 0.01;

static void take_breath(void **blocks)
{
    for (unsigned i = 0; i < BREATH_BLOCKS; i++) {
        unsigned char *block = blocks[i] = ALLOC(steps[i].size);
        block[0] = 1;
    }
    for (unsigned i = 0; i < BREATH_BLOCKS; i++)
        FREE(blocks[i]);
}

void traffic_breathe(double seconds)
{
    static void **blocks;
    const double start = scenario_clock();
    if (!blocks)
        blocks = scenario_memory(BREATH_BLOCKS * sizeof *blocks);
    for (double at = start; at < start + seconds; at += BREATH_SECONDS) {
        scenario_sleep_until(at);
        take_breath(blocks);
    }
    scenario_sleep_until(start + seconds);
}

static void replace_block(void **slot, size_t size, struct timed_calls *calls)
{
    uint64_t start = thread_clock();
    FREE(*slot);
    start = timed_calls_add(calls, start);
    unsigned char *block = *slot = ALLOC(size);
    timed_calls_add(calls, start);
    block[0] = 1;
}

void traffic_replace(double seconds, struct timed_calls *calls)
{
    void **live = scenario_memory(TRAFFIC_BLOCKS * sizeof *live);
    const double end = scenario_clock() + seconds;
    for (unsigned i = 0; scenario_clock() < end; i += REPLACED_BETWEEN_LOOKS)
        for (unsigned j = i; j < i + REPLACED_BETWEEN_LOOKS; j++) {
            const struct step *step = &steps[j % STEP_COUNT];
            replace_block(&live[step->slot % TRAFFIC_BLOCKS], step->size, calls);
        }
    for (unsigned i = 0; i < TRAFFIC_BLOCKS; i++)
        FREE(live[i]);
}
