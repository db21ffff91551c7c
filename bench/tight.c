/* Two threads that need most of one pool, all of which is free and trimmed before each round: how
 * many of their requests the pool does not serve, though it has more free blocks than caches may
 * hold. Compiled once per table, whose prefix is `tight` and whose one pool is POOL_BLOCKS of
 * BLOCK_SIZE.
 *
 *   probe [DIVISOR]     the rounds are divided by DIVISOR */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "allocator.h"
#include "steps.h"

enum { POOL_BLOCKS = 200000, BLOCK_SIZE = 64, THREADS = 2, TAKEN = 80000, ROUNDS = 50 };

/* Where the pool lies: its blocks are the first that a new process gets. */
static uintptr_t first_block = UINTPTR_MAX, last_block;

static pthread_barrier_t line;

struct taker {
    pthread_t id;
    unsigned long rounds;
    uint64_t state;
    unsigned long not_served;
    void *blocks[TAKEN];
};

static void find_pool(void)
{
    static void *blocks[POOL_BLOCKS];
    for (unsigned i = 0; i < POOL_BLOCKS; i++) {
        const uintptr_t block = (uintptr_t)(blocks[i] = tight_alloc(BLOCK_SIZE));
        first_block = block < first_block ? block : first_block;
        last_block = block > last_block ? block : last_block;
    }
    for (unsigned i = 0; i < POOL_BLOCKS; i++)
        tight_free(blocks[i]);
    tight_thread_flush();
}

static void take_and_free(struct taker *taker)
{
    for (unsigned i = 0; i < TAKEN; i++) {
        const uintptr_t block = (uintptr_t)(taker->blocks[i] = tight_alloc(BLOCK_SIZE));
        taker->not_served += block < first_block || block > last_block;
    }
    steps_shuffle(taker->blocks, TAKEN, &taker->state);
    for (unsigned i = 0; i < TAKEN; i++)
        tight_free(taker->blocks[i]);
}

static void *run_taker(void *argument)
{
    struct taker *taker = argument;
    for (unsigned long i = 0; i < taker->rounds; i++) {
        if (pthread_barrier_wait(&line) == PTHREAD_BARRIER_SERIAL_THREAD)
            tight_trim();
        pthread_barrier_wait(&line);
        take_and_free(taker);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    static struct taker takers[THREADS];
    const unsigned long divisor = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
    const unsigned long rounds = divisor < ROUNDS ? ROUNDS / divisor : 1;
    unsigned long not_served = 0;
    find_pool();
    pthread_barrier_init(&line, NULL, THREADS);
    for (unsigned i = 0; i < THREADS; i++) {
        takers[i].rounds = rounds;
        takers[i].state = i;
        if (pthread_create(&takers[i].id, NULL, run_taker, &takers[i]) != 0)
            return 1;
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(takers[i].id, NULL);
        not_served += takers[i].not_served;
    }
    printf("requests=%lu not_served=%lu\n", rounds * THREADS * TAKEN, not_served);
    return 0;
}
