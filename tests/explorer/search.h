/* Which schedule comes next: all of them, each state once. */
#ifndef EXPLORER_SEARCH_H
#define EXPLORER_SEARCH_H

#include "world.h"

struct search_result {
    unsigned long states; /* distinct ones that were come to, and remembered */
    unsigned long ends;   /* of them, with every thread at its end */
    uint64_t outcomes;    /* sum of the hashes of what those left behind, each once */
    bool complete;        /* false: `most_states` was reached */
    bool restart;         /* threads contend for a word that none stopped before */
};

/* How much is explored. */
enum search_kind {
    SEARCH_EVERY,   /* every state, within the scenario's bound of preemptions */
    SEARCH_REDUCED, /* of two threads: one order of steps where the order cannot matter */
    SEARCH_BLIND,   /* the same by a reduction that is wrong: it takes a compare-exchange for a load
                     */
};

/* Explores a scenario; a violation ends the program. */
struct search_result search(const struct scenario *scenario, enum search_kind kind,
                            unsigned long most_states);

/* Lets a thread go on as world_step does, and notes it as the schedule's next step, */
bool search_step(unsigned thread, bool stale);
/* of which there are so many; */
size_t search_steps(void);
/* and goes back to where it had so many. The state is the caller's affair. */
void search_cut(size_t steps);

/* All threads are at their ends. */
void search_end(struct search_result *result);

/* reduced.c */
struct search_result search_reduced(const struct scenario *scenario, enum search_kind kind,
                                    unsigned long most_states);

#endif
