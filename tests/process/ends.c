/* ends: a program that is linked with library.c, whose threads go on while it ends. */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

int use(void);

enum { THREADS = 3 };

static void *go_on(void *unused)
{
    while (use() == 0) {
    }
    return unused;
}

int main(void)
{
    const struct timespec pause = {.tv_nsec = 20000000};
    pthread_t thread;
    for (int i = 0; i < THREADS; i++) {
        if (pthread_create(&thread, NULL, go_on, NULL) != 0) {
            return 1;
        }
    }
    nanosleep(&pause, NULL);
    exit(use());
}
