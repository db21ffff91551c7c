/* A program on an allocator with `stats: profile`, whose counts are known; test_own_profile.c reads
   what it writes. Its first argument says how many threads, 1 or 2; its second, where to. Exits
   with 3 when the allocator says that it could not write, with 4 when writing spoilt what the
   program had from gmtime. */
#include "own.h"
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { SMALL = 1000, MIDDLE = 150, LARGE = 10, FREED = 400, AGAIN = 200 };

struct worker {
    pthread_barrier_t *barrier; /* NULL = alone */
    void *small[SMALL], *middle[MIDDLE], *large[LARGE];
    bool served;
};

static void take(struct worker *worker, void **blocks, size_t count, size_t size)
{
    for (size_t i = 0; i < count; i++) {
        blocks[i] = own_alloc(size);
        worker->served = worker->served && blocks[i] != NULL;
    }
}

/* No thread frees before all have taken, or one would be served with what another gave back. */
static void *work(void *argument)
{
    struct worker *worker = argument;
    worker->served = true;
    take(worker, worker->small, SMALL, 30);
    take(worker, worker->middle, MIDDLE, 90);
    take(worker, worker->large, LARGE, 1000);
    if (worker->barrier != NULL)
        pthread_barrier_wait(worker->barrier);
    for (size_t i = 0; i < FREED; i++)
        own_free(worker->small[i]);
    for (size_t i = 0; i < MIDDLE; i++)
        own_free(worker->middle[i]);
    take(worker, worker->small, AGAIN, 20);
    return NULL;
}

static bool work_in_two(struct worker *workers)
{
    pthread_barrier_t barrier;
    pthread_t threads[2];
    if (pthread_barrier_init(&barrier, NULL, 2) != 0)
        return false;
    for (int i = 0; i < 2; i++) {
        workers[i].barrier = &barrier;
        if (pthread_create(&threads[i], NULL, work, &workers[i]) != 0)
            exit(2); /* the other waits for this one for good */
    }
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    return workers[0].served && workers[1].served;
}

int main(int argc, char **argv)
{
    static struct worker workers[2];
    if (argc != 3)
        return 1;
    bool served;
    if (argv[1][0] == '2') {
        served = work_in_two(workers);
    } else {
        work(&workers[0]);
        served = workers[0].served;
    }
    FILE *out = fopen(argv[2], "w");
    if (!served || out == NULL)
        return 2;
    static const time_t long_ago = 86400 * 365;
    const struct tm *const own = gmtime(&long_ago);
    bool written = own_profile_write(out);
    if (own == NULL || own->tm_year != 71)
        return 4;
    bool closed = fclose(out) == 0;
    return written && closed ? 0 : 3;
}
