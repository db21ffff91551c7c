#define _GNU_SOURCE
#include "faults.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

struct faults faults;

static bool fails(enum fault_call call)
{
    if (faults.spoil_errno) {
        errno = EIO;
    }
    if ((faults.calls & call) == 0) {
        return false;
    }
    faults.seen++;
    const bool failing = faults.first != 0 && (faults.for_ever ? faults.seen >= faults.first
                                                               : faults.seen == faults.first);
    faults.failed += failing;
    errno = failing ? ENOMEM : errno;
    return failing;
}

void *__real_mmap(void *at, size_t bytes, int protection, int flags, int file, off_t offset);
void *__wrap_mmap(void *at, size_t bytes, int protection, int flags, int file, off_t offset);
void *__wrap_mmap(void *at, size_t bytes, int protection, int flags, int file, off_t offset)
{
    if (faults.largest_map != 0 && bytes > faults.largest_map) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    return fails(FAULT_MMAP) ? MAP_FAILED : __real_mmap(at, bytes, protection, flags, file, offset);
}

int __real_mprotect(void *at, size_t bytes, int protection);
int __wrap_mprotect(void *at, size_t bytes, int protection);
int __wrap_mprotect(void *at, size_t bytes, int protection)
{
    return fails(FAULT_MPROTECT) ? -1 : __real_mprotect(at, bytes, protection);
}

void *__real_mremap(void *at, size_t old, size_t bytes, int flags, ...);
void *__wrap_mremap(void *at, size_t old, size_t bytes, int flags, ...);
void *__wrap_mremap(void *at, size_t old, size_t bytes, int flags, ...)
{
    return fails(FAULT_MREMAP) ? MAP_FAILED : __real_mremap(at, old, bytes, flags);
}

int __real_madvise(void *at, size_t bytes, int advice);
int __wrap_madvise(void *at, size_t bytes, int advice);
int __wrap_madvise(void *at, size_t bytes, int advice)
{
    return fails(FAULT_MADVISE) ? -1 : __real_madvise(at, bytes, advice);
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
    return fails(FAULT_MALLOC) ? NULL : __real_malloc(size);
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    return fails(FAULT_MALLOC) ? NULL : __real_calloc(count, size);
}

void *__real_realloc(void *ptr, size_t size);
void *__wrap_realloc(void *ptr, size_t size);
void *__wrap_realloc(void *ptr, size_t size)
{
    return fails(FAULT_MALLOC) ? NULL : __real_realloc(ptr, size);
}

int __real_posix_memalign(void **ptr, size_t alignment, size_t size);
int __wrap_posix_memalign(void **ptr, size_t alignment, size_t size);
int __wrap_posix_memalign(void **ptr, size_t alignment, size_t size)
{
    return fails(FAULT_MALLOC) ? ENOMEM : __real_posix_memalign(ptr, alignment, size);
}

int __real_munmap(void *at, size_t bytes);
int __wrap_munmap(void *at, size_t bytes);
int __wrap_munmap(void *at, size_t bytes)
{
    return fails(FAULT_MUNMAP) ? -1 : __real_munmap(at, bytes);
}

int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
    const int status = __real_clock_gettime(clock, now);
    now->tv_sec += faults.milliseconds / 1000;
    now->tv_nsec += faults.milliseconds % 1000 * 1000000;
    return status;
}

void __real_free(void *ptr);
void __wrap_free(void *ptr);
void __wrap_free(void *ptr)
{
    (void)fails(FAULT_NONE);
    __real_free(ptr);
}

int __real_pthread_key_create(pthread_key_t *key, void (*destructor)(void *));
int __wrap_pthread_key_create(pthread_key_t *key, void (*destructor)(void *));
int __wrap_pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
    return fails(FAULT_KEY) ? EAGAIN : __real_pthread_key_create(key, destructor);
}

int __real_pthread_setspecific(pthread_key_t key, const void *value);
int __wrap_pthread_setspecific(pthread_key_t key, const void *value);
int __wrap_pthread_setspecific(pthread_key_t key, const void *value)
{
    return fails(FAULT_SETKEY) ? ENOMEM : __real_pthread_setspecific(key, value);
}
