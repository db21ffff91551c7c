/* A program that replaces a function which allocators call, by one that itself allocates:
   callbacks FUNCTION few|large. Its allocator is preloaded, and finds these here. They do no more to
   guard themselves than such programs do. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const char *replaced = ""; /* the function that allocates */
static bool large;                /* 300 KB at once, or else 50 blocks */
static _Atomic unsigned calls;

static void allocate(const char *function)
{
    if (strcmp(function, replaced) != 0) {
        return;
    }
    calls++;
    char *blocks[50];
    const size_t count = large ? 1 : 50, size = large ? 300000 : 64;
    for (size_t i = 0; i < count; i++) {
        blocks[i] = malloc(size);
        memset(blocks[i], 1, size);
    }
    for (size_t i = 0; i < count; i++) {
        free(blocks[i]);
    }
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    allocate("clock_gettime");
    return (int)syscall(SYS_clock_gettime, clock, now);
}

int madvise(void *at, size_t bytes, int advice)
{
    allocate("madvise");
    return (int)syscall(SYS_madvise, at, bytes, advice);
}

int mprotect(void *at, size_t bytes, int protection)
{
    allocate("mprotect");
    return (int)syscall(SYS_mprotect, at, bytes, protection);
}

int msync(void *at, size_t bytes, int flags)
{
    allocate("msync");
    return (int)syscall(SYS_msync, at, bytes, flags);
}

void *mmap(void *at, size_t bytes, int protection, int flags, int file, off_t offset)
{
    allocate("mmap");
    return (void *)syscall(SYS_mmap, at, bytes, protection, flags, file, offset);
}

int munmap(void *at, size_t bytes)
{
    allocate("munmap");
    return (int)syscall(SYS_munmap, at, bytes);
}

void *mremap(void *at, size_t old, size_t bytes, int flags, ...)
{
    allocate("mremap");
    return (void *)syscall(SYS_mremap, at, old, bytes, flags, NULL);
}

#define NEXT(type, name, parameters, arguments)             \
    type name parameters                                    \
    {                                                       \
        type(*next) parameters;                             \
        *(void **)&next = dlsym(RTLD_NEXT, #name);          \
        allocate(#name);                                    \
        return next arguments;                              \
    }
NEXT(long, sysconf, (int name), (name))
NEXT(int, pthread_key_create, (pthread_key_t *key, void (*end)(void *)), (key, end))
NEXT(int, pthread_setspecific, (pthread_key_t key, const void *value), (key, value))

/* Blocks of all sizes, for long enough that memory is given back on the way. */
static void *work(void *unused)
{
    static _Thread_local char *blocks[1000], *large_one;
    for (size_t round = 0; round < 60; round++) {
        for (size_t i = 0; i < 1000; i++) {
            const size_t size = i % 100 == 0 ? 300000 + i * 1000 : (size_t)16 << i % 14;
            free(blocks[i]);
            blocks[i] = malloc(size);
            if (blocks[i] == NULL) {
                exit(EXIT_FAILURE);
            }
            blocks[i][0] = blocks[i][size - 1] = 1;
        }
        const size_t size = (round % 7 + 1) * 5000000;
        large_one = realloc(large_one, size);
        if (large_one == NULL) {
            exit(EXIT_FAILURE);
        }
        large_one[0] = large_one[size - 1] = 1;
        if (round % 20 == 19) {
            free(large_one);
            large_one = NULL;
            malloc_trim(0);
            nanosleep(&(struct timespec){.tv_nsec = 110000000}, NULL);
        }
    }
    for (size_t i = 0; i < 1000; i++) {
        free(blocks[i]);
    }
    free(large_one);
    return unused;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    replaced = argc > 1 ? argv[1] : "";
    large = argc > 2 && strcmp(argv[2], "large") == 0;
    work(NULL);
    if (pthread_create(&thread, NULL, work, NULL) != 0 || pthread_join(thread, NULL) != 0) {
        return EXIT_FAILURE;
    }
    return printf("%s\n", calls != 0 ? "called" : "not called") < 0;
}
