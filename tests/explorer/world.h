/* The explorer's model of what is around the allocator: threads as fibers, the system's calls, who
   holds which block, and who has seen what of whom. */
#ifndef EXPLORER_WORLD_H
#define EXPLORER_WORLD_H

#include "subject.h"

enum {
    WORLD_THREADS = 3,
    WORLD_HELD = 24, /* most blocks that a thread holds */
};

/* What else is true of a scenario. */
enum {
    GIVES_BACK = 1, /* some schedule must give pages back */
    STOPS = 2,      /* at every step all threads stop for ever, and a child of fork goes on */
    CROWDED = 4,    /* somebody else's memory lies where growth would begin */
    KEEPS = 8,      /* no schedule may give pages back */
    REFUSES = 16,   /* the system takes no pages back */
    LATE = 32,      /* that there is no block may be said when there are some again; else, with few
                       preemptions, it must be so when it is said, which shows more faults */
};

/* A scenario. A script is a row of letters, each one operation of the thread:
     a A   allocate from pool 0, from pool 1
     c C   the same, zeroed
     f g   free the block held longest, shortest
     x     run the thread's destructors, as at its exit; operations after it are still the thread's
     t     trim
     i     idle
     l     flush the cache
     p     keep the block held longest for those who
     d     free it, each of them: all but one of a scenario must be found out
   In `before` a digit says which thread's the following letters are, and >N hands the block
   held longest to thread N; it runs with nobody beside it. */
struct scenario {
    const char *name;
    const char *table;
    const char *before;
    const char *script[WORLD_THREADS];
    int preemptions; /* most switches from a thread that could go on; -1: every schedule */
    int caches;      /* mappings for thread caches that the system grants */
    int parts;       /* mappings for growth that it grants; -1: all */
    int stale;       /* loads that may give a value that a newer one has replaced */
    unsigned also;   /* GIVES_BACK and so on */
};

/* Sets up memory and fibers; once, before anything else. */
void world_create(void);

/* Pages given back since the program began, in all schedules. */
unsigned long world_given_back(void);

/* Forgets what was learned of the words that threads contend for. */
void world_forget(void);

/* Brings back the state of before the first operation, and runs scenario->before. */
void world_start(const struct scenario *scenario);

/* Whether the thread has something left to do, and whether that begins with a load that may give an
   older value. */
bool world_enabled(unsigned thread);
bool world_may_be_stale(unsigned thread);

/* Runs a thread up to its next access that matters, or to the end of its call. False if it turned
   out that other accesses matter than was thought: then all that was explored counts for nothing.
 */
bool world_step(unsigned thread, bool stale);

/* What a step did that a step of another thread may depend on: the one access that it began with,
   and what else is seen by others. */
enum {
    STEP_WRITES = 1,
    STEP_BEGINS = 2,  /* a call */
    STEP_ENDS = 4,    /* a call */
    STEP_SYSTEM = 8,  /* a call of the system's, whose answer depends on those before */
    STEP_PURGES = 16, /* memory was zeroed by the system */
    STEP_FAILS = 32,  /* no block was found, and the rules counted those of all threads */
};
struct footprint {
    const volatile void *object; /* NULL: none */
    unsigned flags;
};

/* Of the last step. */
struct footprint world_footprint(void);

/* The access that a thread stopped before, and its line in the emitted text. */
const char *world_access(unsigned thread, int *line);

/* With all threads stopped for ever: asks whether a child of fork gets what they do not hide.
   Leaves the state changed. */
void world_fork(void);

/* With all threads at their ends: asks whether everything is sound and nothing was lost.
   Leaves the state changed. */
void world_finish(void);

/* The state, to come back to and to recognise. A snapshot is at most world_bytes() long. */
size_t world_bytes(void);
size_t world_save(unsigned char *out);
void world_load(const unsigned char *saved);
uint64_t world_hash(void);

/* The same of the allocator and of who holds what: not of who knows what, and how it came to be. */
uint64_t world_outcome(void);

/* Says what went wrong and how it came to be, and ends the program with status 1. */
_Noreturn void world_violation(const char *message);

/* Prints the schedule so far; defined by whoever chooses it. */
void search_print_schedule(void);

#endif
