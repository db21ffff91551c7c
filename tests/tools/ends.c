/* Watched pools at their ends, which hold so few blocks that all of them soon wait for the tool:
   `PROGRAM CASE` ends well where the case is served, and by the tool's report where it does what
   nobody may. */
#include "ends.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                           \
    ((condition) ? (void)0                                                                         \
                 : (fprintf(stderr, "line %d: not so: %s\n", __LINE__, #condition), exit(1)))

enum { SHARE = 24, ROUNDS = 3000, THREADS = 4 };

static void *take_share(void *unused)
{
    for (int round = 0; round < ROUNDS; round++) {
        void *blocks[SHARE];
        for (size_t i = 0; i < SHARE; i++) {
            blocks[i] = ends_alloc(64);
            CHECK(blocks[i] != NULL);
        }
        for (size_t i = 0; i < SHARE; i++) {
            ends_free(blocks[i]);
        }
    }
    return unused;
}

/* Of 100 blocks the threads hold 96 at most, wherever the others are. */
static void shares(void)
{
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&threads[i], NULL, take_share, NULL) == 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
}

/* Where no pool has a block left, what malloc gave stays where it is, and stays malloc's. */
static void shrinks(void)
{
    char *const last = ends_alloc(60);
    CHECK(last != NULL && ends_alloc(10) != NULL);
    char *block = ends_alloc(100);
    CHECK(block != NULL && !ends_owns(block));
    block = ends_realloc(block, 5);
    CHECK(block != NULL);
    ends_free(last);
    ends_trim();
    block = ends_realloc(block, 40);
    CHECK(block != NULL);
    memset(block, 1, 40);
    ends_free(block);
}

/* Every pool's blocks are all their owner's. */
static void fills(void)
{
    for (size_t size = 1; size <= ENDS_LARGEST; size++) {
        char *const block = ends_alloc(size);
        CHECK(block != NULL);
        memset(block, 1, size);
        ends_free(block);
    }
}

static void write_past(volatile size_t size)
{
    volatile char *const block = ends_alloc(size);
    CHECK(block != NULL);
    block[size] = 1;
}

/* A write to what nobody was given, by whoever knows the address: `apart` bytes on, in the same
 * arena. */
static void writes_unserved(void)
{
    volatile char *const block = ends_alloc(20);
    volatile size_t apart = 3 * ends_good_size(20);
    CHECK(block != NULL);
    block[apart] = 1;
}

static void writes_past_small(void)
{
    write_past(13);
}
static void writes_past_large(void)
{
    write_past(50);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } cases[] = {
        {"shares", shares},
        {"shrinks", shrinks},
        {"fills", fills},
        {"writes-past-small", writes_past_small},
        {"writes-past-large", writes_past_large},
        {"writes-unserved", writes_unserved},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (argc == 2 && strcmp(argv[1], cases[i].name) == 0) {
            cases[i].run();
            CHECK(ends_check());
            return 0;
        }
    }
    return 2;
}
