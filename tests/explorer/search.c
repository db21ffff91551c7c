/* Depth-first search over the states of the real program: memory, stacks and registers are saved
   at every access to a shared word and brought back for the next choice. A state that was seen
   before is not entered again: what can follow it is known. So every schedule is covered, though
   only a few are run from beginning to end. */
#include "search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEPTH = 4096,
    STALE = 8, /* plus a thread: it goes on with an older value */
};

struct node {
    unsigned char *saved;
    unsigned todo;      /* set of choices that have not been tried yet */
    unsigned chosen;    /* one that was tried last: a thread, or STALE + a thread */
    int last;           /* thread that ran before; -1 at the root */
    int preemptions;    /* so far */
    const char *access; /* of the chosen thread */
    int line;
};

static struct node nodes[DEPTH];
static size_t depth;

/* States seen, as hashes in an open table; 0 is a free slot. */
static uint64_t *seen;
static size_t seen_slots, seen_count;

static void insert(uint64_t hash)
{
    size_t slot = hash & (seen_slots - 1);
    while (seen[slot] != 0) {
        slot = (slot + 1) & (seen_slots - 1);
    }
    seen[slot] = hash;
}

static void grow_seen(void)
{
    uint64_t *const old = seen;
    const size_t old_slots = seen_slots;
    seen_slots = old_slots != 0 ? old_slots * 2 : 1 << 16;
    seen = calloc(seen_slots, sizeof *seen);
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

/* Whether a state is new; from now on it is not. */
static bool is_new(uint64_t hash)
{
    hash += hash == 0;
    size_t slot = hash & (seen_slots - 1);
    for (; seen[slot] != 0; slot = (slot + 1) & (seen_slots - 1)) {
        if (seen[slot] == hash) {
            return false;
        }
    }
    seen[slot] = hash;
    if (++seen_count > seen_slots / 2) {
        grow_seen();
    }
    return true;
}

static void forget(void)
{
    free(seen);
    seen = NULL;
    seen_slots = seen_count = 0;
    grow_seen();
}

void search_print_schedule(void)
{
    for (size_t i = 0; i <= depth && depth < DEPTH; i++) {
        if (nodes[i].access != NULL) {
            printf("  %c  %s (line %d)%s\n", (char)('A' + (char)(nodes[i].chosen % STALE)),
                   nodes[i].access, nodes[i].line,
                   nodes[i].chosen >= STALE ? ", an older value" : "");
        }
    }
}

static unsigned enabled_choices(void)
{
    unsigned enabled = 0;
    for (unsigned thread = 0; thread < WORLD_THREADS; thread++) {
        enabled |= world_enabled(thread) ? 1U << thread : 0;
        enabled |= world_may_be_stale(thread) ? 1U << (STALE + thread) : 0;
    }
    return enabled;
}

/* Makes the present state the node at `depth`. */
static void push(const struct scenario *scenario, int last, int preemptions)
{
    struct node *const node = &nodes[depth];
    if (node->saved == NULL) {
        node->saved = malloc(world_bytes());
    }
    world_save(node->saved);
    node->todo = enabled_choices();
    node->last = last;
    node->preemptions = preemptions;
    node->access = NULL;
    if (last >= 0 && (node->todo >> last & 1) != 0 && preemptions == scenario->preemptions) {
        node->todo &= 1U << last | 1U << (STALE + last);
    }
}

/* Tries the node's next choice; true if that led to a new node, whose state is the present one. */
static bool descend(const struct scenario *scenario, struct search_result *result)
{
    struct node *const node = &nodes[depth];
    node->chosen = (unsigned)__builtin_ctz(node->todo);
    node->todo &= node->todo - 1;
    const unsigned thread = node->chosen % STALE;
    node->access = world_access(thread, &node->line);
    const bool preempted =
        node->last >= 0 && node->last != (int)thread && world_enabled((unsigned)node->last);
    if (!world_step(thread, node->chosen >= STALE)) {
        result->restart = true;
        return false;
    }
    uint64_t key = world_hash();
    if (scenario->preemptions >= 0) {
        key = (key ^ thread) * UINT64_C(0x9e3779b97f4a7c15) +
              (uint64_t)(node->preemptions + preempted);
    }
    if (!is_new(key)) {
        return false;
    }
    result->states++;
    if (enabled_choices() == 0) {
        result->ends++;
        world_finish();
        return false;
    }
    if (++depth == DEPTH) {
        world_violation("a schedule that does not end");
    }
    push(scenario, (int)thread, node->preemptions + preempted);
    if ((scenario->also & STOPS) != 0) {
        world_fork();
        return false;
    }
    return true;
}

static struct search_result search_once(const struct scenario *scenario, unsigned long most_states)
{
    struct search_result result = {.complete = true};
    forget();
    depth = 0;
    nodes[0].access = NULL;
    world_start(scenario);
    push(scenario, -1, 0);
    for (bool present = true;;) {
        if (result.states >= most_states) {
            result.complete = false;
            return result;
        }
        if (nodes[depth].todo == 0) {
            if (depth == 0) {
                return result;
            }
            depth--;
            continue;
        }
        if (!present) {
            world_load(nodes[depth].saved);
        }
        present = descend(scenario, &result);
        if (result.restart) {
            return result;
        }
    }
}

struct search_result search(const struct scenario *scenario, unsigned long most_states)
{
    struct search_result result;
    do {
        result = search_once(scenario, most_states);
    } while (result.restart);
    return result;
}
