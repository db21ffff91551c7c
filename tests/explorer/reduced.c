/* Of two threads only the orders of steps that can matter: a search with persistent sets (P.
   Godefroid, Partial-Order Methods for the Verification of Concurrent Systems, 1996, chapter 4).
   A thread that runs alone does what it does, so all that the other could do before one's next step
   is found by letting it run to its end. If that step depends on none of it, it may as well come
   now, and nothing else is tried. README.md says why no schedule is lost by that. */
#include "search.h"

#include "seen.h"

#include <stdlib.h>
#include <string.h>

enum {
    DEPTH = 1024,
    LENGTH = 2048, /* most steps of a thread that runs alone to its end */
};

/* What a thread does from a state to its end, alone. */
struct path {
    size_t count;
    struct footprint steps[LENGTH];
};

/* A state in which both orders are tried. */
struct node {
    unsigned char *saved;
    size_t steps;            /* of the schedule */
    unsigned tried;          /* threads */
    size_t count[2];         /* of each path, */
    struct footprint *paths; /* one behind the other */
    size_t room;
};

static struct node nodes[DEPTH];
static size_t depth;

/* From the present state; the next step is the last entry, so that a step taken is one less. */
static struct path path[2];
static unsigned char *scratch;
static enum search_kind kind;

/* ---- Which steps depend on one another ---- */

static bool meet(struct footprint a, struct footprint b)
{
    return a.object == b.object && a.object != NULL && ((a.flags | b.flags) & STEP_WRITES) != 0;
}

/* Of two flags, one in each. */
static bool cross(struct footprint a, struct footprint b, unsigned one, unsigned other)
{
    return ((a.flags & one) != 0 && (b.flags & other) != 0) ||
           ((a.flags & other) != 0 && (b.flags & one) != 0);
}

/* Whether the order of two threads' steps may matter: to what they do, or to what the rules say. */
static bool is_dependent(struct footprint a, struct footprint b)
{
    return meet(a, b) || cross(a, b, STEP_SYSTEM, STEP_SYSTEM) ||
           cross(a, b, STEP_BEGINS, STEP_ENDS) ||
           cross(a, b, STEP_PURGES, STEP_PURGES | STEP_BEGINS | STEP_ENDS) ||
           cross(a, b, STEP_FAILS, ~0U);
}

static struct footprint next_of(unsigned thread)
{
    return path[thread].steps[path[thread].count - 1];
}

/* Whether a thread's next step depends on nothing that the other may do before. */
static bool is_free(unsigned thread)
{
    const struct path *const other = &path[1 - thread];
    const struct footprint next = next_of(thread);
    for (size_t i = 0; i < other->count; i++) {
        if (is_dependent(next, other->steps[i])) {
            return false;
        }
    }
    return true;
}

/* ---- Paths ---- */

static bool step(unsigned thread, struct footprint *out)
{
    if (!search_step(thread, false)) {
        return false;
    }
    *out = world_footprint();
    if (kind == SEARCH_BLIND) {
        out->flags &= ~(unsigned)STEP_WRITES;
    }
    return true;
}

static void reverse(struct path *of)
{
    for (size_t i = 0; i < of->count / 2; i++) {
        const struct footprint swapped = of->steps[i];
        of->steps[i] = of->steps[of->count - 1 - i];
        of->steps[of->count - 1 - i] = swapped;
    }
}

/* Finds out what a thread does alone from here to its end. What goes wrong then went wrong in a
   schedule like any other. */
static bool run_ahead(unsigned thread)
{
    struct path *const to = &path[thread];
    const size_t here = search_steps();
    world_save(scratch);
    for (to->count = 0; world_enabled(thread); to->count++) {
        if (to->count == LENGTH) {
            world_violation("a thread that runs alone does not come to its end");
        }
        if (!step(thread, &to->steps[to->count])) {
            return false;
        }
    }
    reverse(to);
    world_load(scratch);
    search_cut(here);
    return true;
}

/* Takes a thread's next step. */
static bool advance(unsigned thread)
{
    struct footprint done;
    const struct footprint expected = next_of(thread);
    if (!step(thread, &done)) {
        return false;
    }
    if (done.object != expected.object || done.flags != expected.flags) {
        world_violation("a step was not what it would have been alone: steps depend on one another "
                        "that were thought not to");
    }
    path[thread].count--;
    return true;
}

/* ---- The search ---- */

static void push(void)
{
    if (depth == DEPTH) {
        world_violation("a schedule that does not end");
    }
    struct node *const node = &nodes[depth++];
    const size_t count = path[0].count + path[1].count;
    if (node->saved == NULL) {
        node->saved = malloc(world_bytes());
    }
    if (node->room < count) {
        node->room = 2 * count;
        node->paths = realloc(node->paths, node->room * sizeof *node->paths);
    }
    world_save(node->saved);
    node->steps = search_steps();
    node->tried = 0;
    for (unsigned thread = 0; thread < 2; thread++) {
        node->count[thread] = path[thread].count;
    }
    memcpy(node->paths, path[0].steps, path[0].count * sizeof *node->paths);
    memcpy(node->paths + path[0].count, path[1].steps, path[1].count * sizeof *node->paths);
}

static void pop(const struct node *node)
{
    world_load(node->saved);
    search_cut(node->steps);
    path[0].count = node->count[0];
    path[1].count = node->count[1];
    memcpy(path[0].steps, node->paths, path[0].count * sizeof *node->paths);
    memcpy(path[1].steps, node->paths + path[0].count, path[1].count * sizeof *node->paths);
}

/* Takes steps whose order does not matter, up to a state where it does, which becomes a node, or to
   the end, or to a state that was seen. */
static bool settle(struct search_result *result)
{
    for (bool moved = false;; moved = true) {
        if (path[0].count + path[1].count == 0) {
            result->states++;
            search_end(result);
            return true;
        }
        unsigned thread = 0;
        while (thread < 2 && (path[thread].count == 0 || !is_free(thread))) {
            thread++;
        }
        if (thread == 2) {
            if (!moved || seen_is_new(world_hash())) {
                result->states += moved;
                push();
            }
            return true;
        }
        if (!advance(thread)) {
            return false;
        }
    }
}

/* Goes on from the newest node with a thread that was not tried there; false if a word turned out
   to be contended for. */
static bool descend(struct search_result *result)
{
    struct node *const node = &nodes[depth - 1];
    const unsigned thread = node->tried++;
    pop(node);
    depth -= node->tried == 2;
    if (!advance(thread)) {
        return false;
    }
    if (!seen_is_new(world_hash())) {
        return true;
    }
    result->states++;
    return run_ahead(1 - thread) && settle(result);
}

struct search_result search_reduced(const struct scenario *scenario, enum search_kind of,
                                    unsigned long most_states)
{
    struct search_result result = {.complete = true};
    if (scenario->script[2] != NULL || scenario->stale != 0 || (scenario->also & STOPS) != 0) {
        world_violation("only two threads, without older values or stops, can be reduced");
    }
    kind = of;
    depth = 0;
    if (scratch == NULL) {
        scratch = malloc(world_bytes());
    }
    result.restart = !run_ahead(0) || !run_ahead(1) || !settle(&result);
    while (!result.restart && depth > 0) {
        if (result.states >= most_states) {
            result.complete = false;
            break;
        }
        result.restart = !descend(&result);
    }
    return result;
}
