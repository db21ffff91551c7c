/* What stays resident where sizes change over time. Compiled once per way of calling. */
#define PASS_measured
#include <string.h>

#include "calls.h"
#include "scenario.h"
#include "traffic.h"

static const size_t MIB = 1 << 20;

/* ---- phases of one size each */

enum { PHASES = 5, PHASE_MIB = 40, NEIGHBOURS = 100, NEIGHBOURS_OF = 10000 };

typedef int survives(size_t i);

static int survives_with_neighbours(size_t i)
{
    return i % NEIGHBOURS_OF < NEIGHBOURS;
}

static int survives_alone(size_t i)
{
    return i % (NEIGHBOURS_OF / NEIGHBOURS) == 0;
}

/* Returns what is resident at the peak. */
static double run_phase(size_t size, void **blocks, survives *survivor)
{
    const size_t count = scenario_amount(PHASE_MIB * MIB) / size;
    for (size_t i = 0; i < count; i++) {
        blocks[i] = ALLOC(size);
        memset(blocks[i], 1, size);
    }
    const double peak = scenario_resident();
    for (size_t i = 0; i < count; i++)
        if (!survivor(i))
            FREE(blocks[i]);
    return peak;
}

static void run_phases(survives *survivor)
{
    static const size_t sizes[PHASES] = {48, 112, 240, 500, 1000};
    double peak = 0;
    void **blocks = scenario_memory(PHASE_MIB * MIB / sizes[0] * sizeof *blocks);
    for (unsigned i = 0; i < PHASES; i++) {
        const double resident = run_phase(sizes[i], blocks, survivor);
        if (resident > peak)
            peak = resident;
    }
    scenario_print("peak", peak);
    scenario_print("end", scenario_resident());
    traffic_breathe(scenario_duration(2));
    scenario_print("later", scenario_resident());
}

void scenario_phases_neighbours(void)
{
    run_phases(survives_with_neighbours);
}

void scenario_phases_scattered(void)
{
    run_phases(survives_alone);
}

/* ---- keys in five kinds of structure */

enum { KEYS = 60000, KINDS = 5, MOST_PARTS = 8, SHORT_VALUE = 120, LONG_VALUE = 700 };

/* Sizes as a store of data structures takes them on a 64-bit machine: every key has an entry of the
 * table (24), a name and a header; the value comes on top. */
static const uint16_t parts_of_kind[KINDS][MOST_PARTS] = {
    {24, 40, 16},                 /* a string */
    {24, 40, 16, 40, 32},         /* a list: head and node */
    {24, 40, 16, 96, 24, 16},     /* a hash: its table, an entry, a field's name */
    {24, 40, 16, 96, 24},         /* a set: its table and an entry */
    {24, 40, 16, 16, 96, 24, 56}, /* a sorted set: a table, an entry, a node with links */
};

struct key {
    void *parts[MOST_PARTS];
};

struct store {
    struct key *keys;
    size_t count;
    void **table;
    size_t slots;
};

static void *allocate_filled(size_t size)
{
    void *block = ALLOC(size);
    memset(block, 1, size);
    return block;
}

/* The table of a store doubles when it is full: a larger one, a copy, a free. */
static void double_table(struct store *store)
{
    void **larger = allocate_filled(2 * store->slots * sizeof *larger);
    memcpy(larger, store->table, store->slots * sizeof *larger);
    FREE(store->table);
    store->table = larger;
    store->slots *= 2;
}

static void add_key(struct store *store, size_t value_size)
{
    const uint16_t *sizes = parts_of_kind[store->count % KINDS];
    struct key *key = &store->keys[store->count];
    if (store->count == store->slots)
        double_table(store);
    unsigned part = 0;
    for (; sizes[part]; part++)
        key->parts[part] = allocate_filled(sizes[part]);
    key->parts[part++] = allocate_filled(value_size);
    for (; part < MOST_PARTS; part++)
        key->parts[part] = NULL;
    store->table[store->count++] = key->parts[0];
}

static void fill_store(struct store *store, size_t keys, size_t value_size)
{
    store->count = 0;
    store->slots = 4;
    store->table = allocate_filled(store->slots * sizeof *store->table);
    while (store->count < keys)
        add_key(store, value_size);
}

/* Key after key, as a walk over the table meets them: in no order. */
static void empty_store(struct store *store)
{
    uint64_t state = 3;
    for (size_t left = store->count; left > 0; left--) {
        struct key *key = &store->keys[steps_next(&state) % left];
        for (unsigned part = 0; part < MOST_PARTS; part++)
            FREE(key->parts[part]);
        *key = store->keys[left - 1];
    }
    FREE(store->table);
}

void scenario_keys(void)
{
    const size_t keys = scenario_amount(KEYS);
    struct store store = {.keys = scenario_memory(keys * sizeof *store.keys)};
    fill_store(&store, keys, SHORT_VALUE);
    scenario_print("peak", scenario_resident());
    empty_store(&store);
    scenario_print("flushed", scenario_resident());
    fill_store(&store, keys, LONG_VALUE);
    scenario_print("end", scenario_resident());
}

/* ---- large blocks */

enum { KEPT_ROUNDS = 100, LARGE_SLOTS = 20, LARGE_REPLACED = 2000, REPLACED_BETWEEN_LOOKS = 10 };

/* What is kept is not written to: resident is only what was left behind in it. */
void scenario_kept(void)
{
    const size_t rounds = scenario_amount(KEPT_ROUNDS);
    const double start = scenario_cpu_seconds();
    for (size_t i = 0; i < rounds; i++) {
        FREE(allocate_filled(20 * MIB));
        ALLOC(5 * MIB);
    }
    scenario_print("cpu", scenario_cpu_seconds() - start);
    scenario_print("end", scenario_resident());
}

void scenario_large_replace(void)
{
    void *slots[LARGE_SLOTS] = {NULL};
    const size_t count = scenario_amount(LARGE_REPLACED);
    double peak = 0;
    const double start = scenario_cpu_seconds();
    uint64_t state = 4;
    for (size_t i = 0; i < count; i++) {
        const size_t size = 5 * MIB + steps_next(&state) % (20 * MIB);
        void **slot = &slots[steps_next(&state) % LARGE_SLOTS];
        FREE(*slot);
        *slot = memset(ALLOC(size), 0, size);
        const double resident = i % REPLACED_BETWEEN_LOOKS == 0 ? scenario_resident_about() : 0;
        if (resident > peak)
            peak = resident;
    }
    scenario_print("cpu", scenario_cpu_seconds() - start);
    scenario_print("peak", peak);
    for (unsigned i = 0; i < LARGE_SLOTS; i++)
        FREE(slots[i]);
    traffic_breathe(scenario_duration(2));
    scenario_print("later", scenario_resident());
}
