/* Tests as rows, each in a process of its own. */
#ifndef THREADS_HARNESS_H
#define THREADS_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether a sanitizer watches, and whether it is ThreadSanitizer. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif
#if SANITIZED && !defined(__SANITIZE_ADDRESS__)
#define TSAN 1
#else
#define TSAN 0
#endif

struct test {
    const char *name;
    void (*run)(void);
    enum {
        ANYWHERE = 0,
        NOT_UNDER_TSAN = 1, /* ThreadSanitizer does not follow: a fork while threads run, or calls
                               in the last round of destructors */
        NOT_SLOWLY = 2,     /* it measures memory, or does far too much for valgrind */
        NOT_SANITIZED = 4,  /* it measures memory, which sanitizers add to */
    } when;
};

/* Runs the rows up to one without a name; prints TAP. `--short` makes long tests short, `--slow`
   says that valgrind watches or an emulator runs them, a WORD chooses the tests whose name contains
   it,
   `--without=WORD` leaves those out. */
int run_tests(const struct test *tests, int argc, char **argv);

/* `full` times something, or `brief` times with --short, fewer still with --slow. */
unsigned long repeat(unsigned long full, unsigned long brief);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fail(__FILE__, __LINE__, #condition);                                                  \
        }                                                                                          \
    } while (false)
_Noreturn void fail(const char *file, int line, const char *condition);

/* Runs `count` threads at once, with numbers from 0, and waits for them. */
void run_threads(unsigned count, void *(*body)(void *number));
void run_thread(void *(*body)(void *number));

/* A random generator, one a thread (G. Marsaglia, Xorshift RNGs, 2003). */
uint64_t random_next(uint64_t *state);

/* Fills a block with what follows from its address and `key`; tells whether it still holds that. */
void fill(void *block, size_t size, uint64_t key);
bool is_filled(const void *block, size_t size, uint64_t key);

/* Bytes of the process that are in memory. */
size_t resident_bytes(void);

#endif
