/* Functions of the C library as a program, or a library preloaded beside the recorder, may replace
   them: these allocate, as much as they like, or end the program. And an _exit that says that it
   was called. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now);

static void allocate(void)
{
    void *volatile blocks[50];
    for (size_t i = 0; i < 50; i++)
        blocks[i] = malloc(20 * i + 1);
    for (size_t i = 0; i < 50; i++)
        free(blocks[i]);
    blocks[0] = malloc(300000);
    free(blocks[0]);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    allocate();
    return (int)syscall(SYS_clock_gettime, clock, now);
}

/* As libraries do that stand before it: with dlsym, which may itself allocate. */
void *mmap(void *at, size_t bytes, int protection, int flags, int file, off_t offset)
{
    static void *(*next)(void *, size_t, int, int, int, off_t);
    if ((flags & MAP_SHARED) != 0)
        abort(); /* these programs share no memory; the recorder does, by calls of its own */
    allocate();
    if (next == NULL)
        *(void **)&next = dlsym(RTLD_NEXT, "mmap");
    return next(at, bytes, protection, flags, file, offset);
}

int munmap(void *at, size_t bytes)
{
    allocate();
    return (int)syscall(SYS_munmap, at, bytes);
}

void *mremap(void *at, size_t old, size_t bytes, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    void *const to = (flags & MREMAP_FIXED) != 0 ? va_arg(more, void *) : NULL;
    va_end(more);
    allocate();
    return (void *)syscall(SYS_mremap, at, old, bytes, flags, to);
}

/* These programs draw none, and theirs need not be ready when the recorder's library starts. */
ssize_t getrandom(void *bytes, size_t count, unsigned flags)
{
    (void)bytes, (void)count, (void)flags;
    abort();
}

int madvise(void *at, size_t bytes, int advice)
{
    allocate();
    return (int)syscall(SYS_madvise, at, bytes, advice);
}

/* The C library's own, under the name that versions of it before 2.34 gave it too. */
int __pthread_key_create(pthread_key_t *key, void (*destroy)(void *));

int pthread_key_create(pthread_key_t *key, void (*destroy)(void *))
{
    allocate();
    return __pthread_key_create(key, destroy);
}

int pthread_setspecific(pthread_key_t key, const void *value)
{
    static int (*next)(pthread_key_t, const void *);
    allocate();
    if (next == NULL)
        *(void **)&next = dlsym(RTLD_NEXT, "pthread_setspecific");
    return next(key, value);
}

int sched_yield(void)
{
    allocate();
    return (int)syscall(SYS_sched_yield);
}

long sysconf(int name)
{
    static long (*next)(int);
    allocate();
    if (next == NULL)
        *(void **)&next = dlsym(RTLD_NEXT, "sysconf");
    return next(name);
}

void _exit(int status)
{
    static const char line[] = "the next _exit\n";
    if (write(STDOUT_FILENO, line, sizeof line - 1) < 0)
        status = 1;
    for (;;)
        syscall(SYS_exit_group, status);
}
