/* An open table that doubles; 0 is a free slot. */
#include "seen.h"

#include "world.h"

#include <stdlib.h>
#include <string.h>

enum { FEW = 1 << 12, MANY = 1 << 14 }; /* slots */

static uint64_t *seen;
static size_t slots, count;

static void insert(uint64_t hash)
{
    size_t slot = hash & (slots - 1);
    while (seen[slot] != 0) {
        slot = (slot + 1) & (slots - 1);
    }
    seen[slot] = hash;
}

static void grow(size_t to)
{
    uint64_t *const old = seen;
    const size_t old_slots = slots;
    slots = to;
    seen = calloc(slots, sizeof *seen);
    if (seen == NULL) {
        world_violation("no memory for the states");
    }
    for (size_t slot = 0; slot < old_slots; slot++) {
        if (old[slot] != 0) {
            insert(old[slot]);
        }
    }
    free(old);
}

bool seen_is_new(uint64_t hash)
{
    hash += hash == 0;
    size_t slot = hash & (slots - 1);
    for (; seen[slot] != 0; slot = (slot + 1) & (slots - 1)) {
        if (seen[slot] == hash) {
            return false;
        }
    }
    seen[slot] = hash;
    if (++count > slots / 2) {
        grow(slots * 2);
    }
    return true;
}

/* A small table is kept for the next search; most are short. */
void seen_forget(void)
{
    count = 0;
    if (seen != NULL && slots <= MANY) {
        memset(seen, 0, slots * sizeof *seen);
        return;
    }
    free(seen);
    seen = NULL;
    slots = 0;
    grow(FEW);
}
