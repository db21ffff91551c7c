/* What the parts of the world share: fibers, and what each part watches and is asked. */
#ifndef EXPLORER_MODEL_H
#define EXPLORER_MODEL_H

#include "atomics.h"
#include "world.h"

#include <setjmp.h>

enum {
    FIBERS = WORLD_THREADS + 1, /* the last is a child of fork */
    CHILD = WORLD_THREADS,
    KEYS = 4,
};

struct fiber {
    jmp_buf context;
    unsigned char *low; /* least live byte of its stack */
    const char *script; /* what is left to do */
    char operation;     /* in progress; 0: none */
    bool inside;        /* an access of that was made */
    uint8_t met;        /* set of threads that were inside a call during it */
    bool waits;         /* stopped before an access */
    void *cache;        /* its thread-local pointer, */
    void *had;          /* and what that was at the start of the operation */
    void *value[KEYS];  /* its thread-specific values */
    void *held[WORLD_HELD];
    unsigned held_count;
    jmp_buf accused;      /* where it goes on when its fault was found, */
    bool disputes;        /* which it may be */
    bool excused;         /* once during its call no more blocks were free than may be hidden */
    struct access access; /* before which it stopped */
};

extern struct fiber fibers[FIBERS];
extern struct subject subject;
extern const struct scenario *scenario;
extern int current; /* thread that runs; -1: the explorer itself */
extern bool alone;  /* nobody beside it: accesses do not stop */

/* What the running step did so far. */
extern struct footprint footprint;

/* Makes memory part of the state. */
void watch(void *start, size_t bytes);

/* The same of what only tells how the rest came to be. */
void watch_history(void *start, size_t bytes);

/* Whether memory is a fiber's stack, or libc's, which lies above. */
bool is_stack(const void *at);

/* Stops the running fiber before an access. */
void stop_fiber(const struct access *access);

/* Ends the step; the state is of no use any more. */
_Noreturn void abandon_step(void);

/* orders.c: who has seen what of whom. */
void orders_create(void);
void orders_forget(void);
void orders_start(void);
bool orders_are_new(void);
bool orders_may_be_stale(unsigned thread);
void orders_be_stale(void);
bool orders_were_stale(void);
void orders_learn_all(unsigned thread);
void orders_plain(const void *at, bool writes, const void *where); /* `where` is in the text */
void orders_zeroed(const unsigned char *start, size_t bytes);      /* by the system */
void orders_use(unsigned thread, unsigned block); /* a watched block, as its owner */

/* rules.c: who holds which block, and what must be true. */
void rules_create(void);
void rules_written(const volatile void *word);
void rules_given_back(const unsigned char *start,
                      size_t bytes); /* pages that read as zero from now */
void rules_begin_operation(void);
void rules_end_operation(void);
void rules_check_step(void);
void rules_check_settled(void);
void rules_check_chunks(void);
void rules_check_idle(void);
void take(void *ptr, size_t pool, bool zeroed);
void give(bool newest);
void dispute(void);
void give_disputed(void);
void rules_check_disputed(void);
void hand_over(unsigned to);

/* system.c: the system's calls. */
void system_create(void);
void system_start(void);
unsigned char *system_growth(void); /* where growth begins */
bool system_refused(void);          /* whether it had no memory for growth */
unsigned system_granules(void);     /* most of a part */
unsigned system_chunks(void);       /* mappings for thread caches that are there */
void run_destructors(void);
unsigned char *system_stacks(void);
extern unsigned long given_back;

#endif
