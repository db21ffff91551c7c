#ifndef EXPLORER_SCENARIOS_H
#define EXPLORER_SCENARIOS_H

#include "world.h"

/* The table that the program was built with. */
extern const char *const scenarios_table;

/* What is explored by name; the last has no name. */
extern const struct scenario scenarios[];

/* Situations in which every pair of scripts of three operations is tried; the last has no name. */
struct situation {
    const char *name;
    const char *table;
    const char *before;
    const char *letters; /* operations to make scripts of */
    int preemptions;     /* most of them; -1: every schedule */
};
extern const struct situation situations[];

#endif
