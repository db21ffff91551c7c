/* Which schedule comes next: all of them, each state once. */
#ifndef EXPLORER_SEARCH_H
#define EXPLORER_SEARCH_H

#include "world.h"

struct search_result {
    unsigned long states; /* distinct ones */
    unsigned long ends;   /* of them, with every thread at its end */
    bool complete;        /* false: `most_states` was reached */
    bool restart;         /* threads contend for a word that none stopped before */
};

/* Explores a scenario; a violation ends the program. */
struct search_result search(const struct scenario *scenario, unsigned long most_states);

#endif
