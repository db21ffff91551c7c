/* What the cases share. A case runs on the bare processor, one after the other in one program: each
   gives back all that it took, and the first that fails ends the program, since nothing can be told
   of what follows it. */
#ifndef BARE_CASES_H
#define BARE_CASES_H

#include "allocator.h"
#include "board.h"
#include "rows.h"

struct test_case {
    const char *name;
    void (*run)(void);
};

/* Each ends at the first row without a name. */
extern const struct test_case api_cases[], size_cases[], shortage_cases[], interrupt_cases[];

/* ---- the table as its YAML says, read without poolgen's help */

struct row {
    size_t size, count, reserve;
    char exhausted; /* first letter of fail, borrow, hook */
    bool placed;    /* in the section .fast */
};

#define ROWS CHIP_POOLS
extern const struct row rows[ROWS];

/* Alignment that the table promises, and the pool of a size from 0 up; ROWS if there is none. */
extern const size_t table_alignment;
size_t row_of(size_t size);
size_t promised_alignment(size_t size);

/* ---- claims */

_Noreturn void case_fail(const char *file, int line, const char *text, size_t about);

#define CHECK(condition) CHECK_FOR(0, condition)
#define CHECK_FOR(about, condition)                                                                \
    ((condition) ? (void)0 : case_fail(__FILE__, __LINE__, #condition, about))

/* ---- blocks */

/* Bytes that differ with `seed` and from byte to byte. */
void fill(void *ptr, size_t bytes, unsigned seed);
bool is_filled(const void *ptr, size_t bytes, unsigned seed);
bool is_zero(const void *ptr, size_t bytes);

/* Takes blocks of `size` bytes by `alloc` until there are no more or `most`, and says how many;
   they stay linked, from *list, through their first word. */
size_t take_all(void *(*alloc)(size_t size), size_t size, size_t most, void **list);
void free_all(void *list);

/* How many blocks of a size are to be had, of the table when all is free; for an interrupt with the
 * reserves. */
size_t blocks_for(size_t row, bool interrupt);

/* The most blocks that one call of take_all may give: all of the table, and one. */
size_t all_blocks(void);

/* What an interrupt calls: the allocator's own function for it, where the table has one. */
#ifdef CRITICAL
#define ALLOC_ISR chip_alloc_isr
#else
#define ALLOC_ISR alloc_called
#endif

/* alloc as a function, and not the header's inline face. */
void *alloc_called(size_t size);

/* What chip_exhausted answers next, and what it was asked. */
struct hook {
    size_t calls, pool, size;
    void *give; /* is freed in the first call, after which to try again */
};
extern struct hook hook;

/* Each seed has numbers of its own. */
struct random {
    uint32_t state;
};
uint32_t draw(struct random *random, uint32_t below);

#endif
