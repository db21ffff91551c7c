/* A case is a function that runs in a process of its own, so that each starts with an allocator
   that nobody has called yet, and so that crimes can be committed. */
#ifndef EMITTED_CASES_H
#define EMITTED_CASES_H

#include "subject.h"
#include "table.h"
#include <errno.h>

struct test_case {
    const char *name;
    void (*run)(void);
    bool (*applies)(void); /* to this table; NULL: to all */
    bool bare;             /* not under sanitizers or valgrind: skipped there, and said so */
    enum {
        ANYWHERE = 0,
        IN_POOLS,       /* what malloc does not promise where it serves: skipped there */
        IN_PLAIN_POOLS, /* nor pools of which a tool is told */
    } where;
    const char *crime; /* ends by SIGABRT after this message and no other; NULL: ends well */
    const char *fault; /* instead, of a pool that is hardened: what its message begins with */
};

/* Each ends at the first row without a name. */
extern const struct test_case api_cases[], size_cases[], constant_cases[], shortage_cases[],
    crime_cases[], memory_cases[], mapping_cases[], harden_cases[];

/* Ends the case's process as failed: each runner's own. */
_Noreturn void case_end(void);

/* The same, saying where. */
_Noreturn void case_fail(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define CHECK(condition)                                                                           \
    ((condition) ? (void)0 : case_fail(__FILE__, __LINE__, "not so: %s", #condition))
#define CHECK_EQUAL(left, right)                                                                   \
    case_compare(__FILE__, __LINE__, #left " == " #right, (size_t)(left), (size_t)(right))
/* For loops: `about` is printed where the claim fails. */
#define CHECK_FOR(about, condition)                                                                \
    ((condition)                                                                                   \
         ? (void)0                                                                                 \
         : case_fail(__FILE__, __LINE__, "not so for %zu: %s", (size_t)(about), #condition))

void case_compare(const char *file, int line, const char *text, size_t left, size_t right);

/* Runs `step(argument)` in a child of the case, and fails the case if the step fails; true if the
   step ended with `return true`. */
bool in_child(bool (*step)(size_t argument), size_t argument);

/* ---- what the cases share */

/* Bytes that differ with `seed` and from byte to byte. */
void fill(void *ptr, size_t bytes, unsigned seed);
bool is_filled(const void *ptr, size_t bytes, unsigned seed);
bool is_zero(const void *ptr, size_t bytes);

/* A block that must be had: whatever alloc gives is checked against the table's promises. */
void *must_alloc(size_t size);

/* Fails the case unless `ptr` is NULL with errno ENOMEM; sets errno to 0 for the next call. */
#define CHECK_ENOMEM(ptr) check_refused(__FILE__, __LINE__, ptr, ENOMEM, "ENOMEM")
#define CHECK_EINVAL(ptr) check_refused(__FILE__, __LINE__, ptr, EINVAL, "EINVAL")
void check_refused(const char *file, int line, const void *ptr, int error, const char *name);

/* Whether a refusal set errno so, where there is one. */
bool refused_with(int error);

/* Of many pools, about two dozen are enough: the next one after `pool`. */
size_t next_sample(size_t pool);

/* Whether usable_size says what it should of a block of `bytes` that was asked for `size`. */
bool is_usable(const void *block, size_t size, size_t bytes);

/* True where requests above the largest pool are served. */
bool serves_oversize(void);

/* True where growth ends soon enough to be taken to its end. */
bool growth_ends(void);

/* Takes blocks of `size` bytes until there are `most` or no more, and says how many; they stay
   linked, from *list, through their first word. */
size_t take_all(size_t size, size_t most, void **list);
void free_all(void *list);

#endif
