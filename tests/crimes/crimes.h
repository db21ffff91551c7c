/* A crime is a function that does one thing that no caller may do; a row says what must come of it
   at each level of `harden`. Each row runs in a process of its own for each kind of block that it
   names. */
#ifndef CRIMES_H
#define CRIMES_H

#include "subject.h"

#include <stdbool.h>
#include <stddef.h>

enum level { OFF, CHECK, FULL, LEVELS };

/* The level and the features of the form under test, from the command line that compiled it. */
extern const enum level level;
enum {
    FULL_EXTRA_BYTES = 8, /* `full` keeps the request's size and a check in the block */
    ALIGNMENT = 64        /* of aligned requests; no pool below has it */
};

/* ---- blocks */

struct kind {
    const char *name;
    size_t request; /* bytes */
};

enum {
    SMALL = 1 << 0,
    MEDIUM = 1 << 1,
    LARGE = 1 << 2,
    GROWN = 1 << 3, /* past its pool's initial count */
    OVERSIZE = 1 << 4,
    LISTED = SMALL | MEDIUM | GROWN, /* of sizes that caches hold */
    WIDE = MEDIUM | LARGE | GROWN,   /* more than a link and a check */
    POOLED = SMALL | WIDE,
    ALL = POOLED | OVERSIZE
};

/* A block of the kind, which must be had. */
unsigned char *get(const struct kind *kind);

/* Frees it, by its size where the front end has no other free. */
void give(void *block, const struct kind *kind);

/* Allocates and frees more blocks than caches hold; returns them, and how many. */
void *const *give_many(const struct kind *kind, size_t *count);

/* The pool of a request, or how many there are; and bytes of one of its blocks. */
size_t pool_of(size_t request);
size_t block_bytes(size_t pool);

/* The lowest block of the pool's arena, found by a child that takes them all. */
unsigned char *arena_of(size_t pool);

/* ---- what the message must name */

/* The address; it is a block of the kind that is under test, or lies in one. */
void accuse(const void *address);
void accuse_in_pool(const void *address, size_t pool);

/* A block of the kind that was requested with ALIGNMENT. */
void accuse_aligned(const void *address, const struct kind *kind);

/* The number that the message has beside it. */
void accuse_number(const void *address, size_t number);

/* ---- what comes of it */

enum verdict {
    UNSEEN,   /* the crime was committed, and nothing happened */
    HARMLESS, /* it had no effect, or was none */
};

struct outcome {
    enum {
        ENDS_UNSEEN,
        ENDS_HARMLESS,
        ABORTS,
        MAY_ABORT,
        SPANS_ABORT,
        FAULTS,
        MAY_FAULT,
        STOPS
    } how;
    /* Without the table's name. %a: the address; %b: its pool or mapping; %n: the number. */
    const char *text;
};

enum needs {
    THREADS = 1 << 0,     /* threads: shared */
    NO_UPSTREAM = 1 << 1, /* nothing comes from malloc, so that what is foreign is known */
    LISTS = 1 << 2,       /* free blocks stand in lists, by links in them */
    ANY_FREE = 1 << 3,    /* blocks can be freed without their size */
    C_NAMES = 1 << 4,     /* all of the C functions, no front end between */
    GROWTH = 1 << 5,      /* exhausted: grow */
    ENDLESS = 1 << 6,     /* grow or upstream */
    FAMILY = 1 << 7,      /* the malloc family and memcpy are the front end's */
};

struct crime {
    const char *name;
    enum verdict (*commit)(const struct kind *kind);
    unsigned kinds;
    unsigned needs;
    struct outcome at[LEVELS];
};

extern const struct crime crimes[]; /* up to the first without a name */

/* ---- who is called */

/* subject's functions, or those of a front end in their place. */
extern struct subject allocator;

/* Puts a front end's functions in place of C's; `free` becomes NULL where it frees by size alone.
 */
void take_front(struct subject *functions);

/* Runs a step in another thread, up to its end. */
void in_thread(void *(*step)(void *argument), void *argument);

/* Runs a step in a child process; the caller ends as the child did. */
void in_fork(void (*step)(void *argument), void *argument);

/* Ends the program, saying why, where the test itself cannot go on. */
_Noreturn void give_up(const char *why);

#endif
