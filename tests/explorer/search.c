/* Depth-first search over the states of the real program: memory, stacks and registers are saved
   at every access to a shared word and brought back for the next choice. A state that was seen
   before is not entered again: what can follow it is known. So every schedule is covered, though
   only a few are run from beginning to end. */
#include "search.h"

#include "seen.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    DEPTH = 4096,
    STALE = 8, /* plus a thread: it goes on with an older value */
};

/* ---- The schedule so far ---- */

static struct step {
    unsigned thread;
    bool stale;
    const char *access;
    int line;
} schedule[DEPTH];
static size_t steps;

void search_print_schedule(void)
{
    for (size_t i = 0; i < steps; i++) {
        printf("  %c  %s (line %d)%s\n", (char)('A' + (char)schedule[i].thread), schedule[i].access,
               schedule[i].line, schedule[i].stale ? ", an older value" : "");
    }
}

bool search_step(unsigned thread, bool stale)
{
    if (steps == DEPTH) {
        world_violation("a schedule that does not end");
    }
    struct step *const step = &schedule[steps++];
    *step = (struct step){.thread = thread, .stale = stale};
    step->access = world_access(thread, &step->line);
    return world_step(thread, stale);
}

size_t search_steps(void)
{
    return steps;
}

void search_cut(size_t to)
{
    steps = to;
}

void search_end(struct search_result *result)
{
    const uint64_t outcome = world_outcome();
    result->ends++;
    result->outcomes += seen_is_new(outcome) ? outcome : 0;
    world_finish();
}

/* ---- Every state ---- */

struct node {
    unsigned char *saved;
    size_t steps;
    unsigned todo;   /* set of choices that have not been tried yet */
    int last;        /* thread that ran before; -1 at the root */
    int preemptions; /* so far */
};

static struct node nodes[DEPTH];
static size_t depth;

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
    node->steps = steps;
    node->todo = enabled_choices();
    node->last = last;
    node->preemptions = preemptions;
    if (last >= 0 && (node->todo >> last & 1) != 0 && preemptions == scenario->preemptions) {
        node->todo &= 1U << last | 1U << (STALE + last);
    }
}

/* Tries the node's next choice; true if that led to a new node, whose state is the present one. */
static bool descend(const struct scenario *scenario, struct search_result *result)
{
    struct node *const node = &nodes[depth];
    const unsigned chosen = (unsigned)__builtin_ctz(node->todo), thread = chosen % STALE;
    node->todo &= node->todo - 1;
    const bool preempted =
        node->last >= 0 && node->last != (int)thread && world_enabled((unsigned)node->last);
    search_cut(node->steps);
    if (!search_step(thread, chosen >= STALE)) {
        result->restart = true;
        return false;
    }
    uint64_t key = world_hash();
    if (scenario->preemptions >= 0) {
        key = (key ^ thread) * UINT64_C(0x9e3779b97f4a7c15) +
              (uint64_t)(node->preemptions + preempted);
    }
    if (!seen_is_new(key)) {
        return false;
    }
    result->states++;
    if (enabled_choices() == 0) {
        search_end(result);
        return false;
    }
    depth++;
    push(scenario, (int)thread, node->preemptions + preempted);
    if ((scenario->also & STOPS) != 0) {
        world_fork();
        return false;
    }
    return true;
}

static struct search_result search_every(const struct scenario *scenario, unsigned long most_states)
{
    struct search_result result = {.complete = true};
    depth = 0;
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

struct search_result search(const struct scenario *scenario, enum search_kind kind,
                            unsigned long most_states)
{
    struct search_result result;
    do {
        seen_forget();
        search_cut(0);
        world_start(scenario);
        result = kind == SEARCH_EVERY ? search_every(scenario, most_states)
                                      : search_reduced(scenario, kind, most_states);
    } while (result.restart);
    return result;
}
