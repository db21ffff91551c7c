/* Big blocks of several threads, which the system moves and other threads then have the addresses
   of: built with ThreadSanitizer, which must see nothing wrong in that. */
#include "un.h"
#include <pthread.h>
#include <stdlib.h>

enum { THREADS = 4, BLOCKS = 4, STEPS = 2000, GENERATIONS = 3 };

static void *work(void *seed)
{
    unsigned random = *(const unsigned *)seed;
    char *blocks[BLOCKS] = {NULL};
    for (int i = 0; i < STEPS; i++) {
        random = random * 1664525 + 1013904223;
        char **const block = &blocks[random >> 30];
        const size_t size = 10000 + (random >> 8) % 400000;
        if (random >> 28 & 1) {
            un_free(*block);
            *block = NULL;
            continue;
        }
        *block = un_realloc(*block, size);
        if (*block == NULL) {
            abort();
        }
        for (size_t at = 0; at < size; at += 512) {
            (*block)[at] = 1;
        }
        if (i % 200 == 0) {
            un_trim();
        }
    }
    for (int i = 0; i < BLOCKS; i++) {
        un_free(blocks[i]);
    }
    return NULL;
}

int main(void)
{
    static unsigned seeds[THREADS] = {1, 2, 3, 4};
    pthread_t threads[THREADS];
    for (int generation = 0; generation < GENERATIONS; generation++) {
        for (int i = 0; i < THREADS; i++) {
            if (pthread_create(&threads[i], NULL, work, &seeds[i]) != 0) {
                return EXIT_FAILURE;
            }
        }
        for (int i = 0; i < THREADS; i++) {
            pthread_join(threads[i], NULL);
        }
    }
    return EXIT_SUCCESS;
}
