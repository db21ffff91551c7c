/* A library with an allocator in it, opened while the program runs: loaded LIBRARY. Threads use it
   that began before and after. musl refuses initial-exec TLS in such a library. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 4, ROUNDS = 20 };

static int (*use)(void);
static pthread_barrier_t opened;

static void *use_often(void *failed)
{
    pthread_barrier_wait(&opened);
    for (int i = 0; i < ROUNDS; i++) {
        *(int *)failed |= use();
    }
    return failed;
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS];
    int failed[THREADS + 1] = {0};
    pthread_barrier_init(&opened, NULL, THREADS + 1);
    for (int i = 0; i < THREADS; i++) {
        if (pthread_create(&threads[i], NULL, use_often, &failed[i]) != 0) {
            return EXIT_FAILURE;
        }
    }
    void *const library = argc == 2 ? dlopen(argv[1], RTLD_NOW) : NULL;
    if (library == NULL) {
        printf("# %s\n", dlerror());
        return EXIT_FAILURE;
    }
    *(void **)&use = dlsym(library, "use");
    use_often(&failed[THREADS]);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        failed[THREADS] |= failed[i];
    }
    return failed[THREADS] == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
