#include "system.h"

#include <errno.h>
#include <sys/mman.h>
#include <time.h>

struct system fake = {.milliseconds = 1000};

int __wrap_clock_gettime(clockid_t clock, struct timespec *time);
int __wrap_madvise(void *at, size_t bytes, int advice);
int __real_madvise(void *at, size_t bytes, int advice);
void *__wrap_mmap(void *at, size_t bytes, int protection, int flags, int file, off_t offset);
void *__real_mmap(void *at, size_t bytes, int protection, int flags, int file, off_t offset);

int __wrap_clock_gettime(clockid_t clock, struct timespec *time)
{
    const unsigned long now = atomic_fetch_add(&fake.milliseconds, atomic_load(&fake.tick));
    (void)clock;
    time->tv_sec = (time_t)(now / 1000);
    time->tv_nsec = (long)(now % 1000) * 1000000;
    return 0;
}

int __wrap_madvise(void *at, size_t bytes, int advice)
{
    if (atomic_load(&fake.refuses)) {
        errno = EINVAL;
        return -1;
    }
    atomic_fetch_add(&fake.given, bytes);
    atomic_fetch_add(&fake.takings, 1);
    return __real_madvise(at, bytes, advice);
}

void *__wrap_mmap(void *at, size_t bytes, int protection, int flags, int file, off_t offset)
{
    void *const mapped = __real_mmap(at, bytes, protection, flags, file, offset);
    if (mapped != MAP_FAILED) {
        atomic_fetch_add(&fake.obtained, bytes);
    }
    return mapped;
}
