#include "system.h"
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <gnu/lib-names.h>
#else
#define LIBC_SO "libc.so"
#endif

/* Before the constructor the C library cannot be asked; what is called by then goes to the kernel.
 */

static int start_clock_gettime(clockid_t clock, struct timespec *now)
{
    return (int)syscall(SYS_clock_gettime, clock, now);
}

static void *start_mmap(void *at, size_t bytes, int protection, int flags, int file, off_t offset)
{
    return (void *)syscall(/* NOLINT(performance-no-int-to-ptr): as the kernel has it */
                           SYS_mmap, at, bytes, protection, flags, file, offset);
}

static int start_munmap(void *at, size_t bytes)
{
    return (int)syscall(SYS_munmap, at, bytes);
}

static int start_mprotect(void *at, size_t bytes, int protection)
{
    return (int)syscall(SYS_mprotect, at, bytes, protection);
}

static int start_madvise(void *at, size_t bytes, int advice)
{
    return (int)syscall(SYS_madvise, at, bytes, advice);
}

struct system system_calls = {start_clock_gettime,
                              start_mmap,
                              start_munmap,
                              start_mprotect,
                              start_madvise,
                              open,
                              write,
                              close,
                              rename,
                              link,
                              unlink};

void system_symbol(void *library, const char *name, void *function)
{
    void *found = dlsym(library, name);
    memcpy(function, &found, sizeof found);
}

void system_find(void)
{
    void *library = dlopen(LIBC_SO, RTLD_LAZY | RTLD_NOLOAD);
    if (library == NULL)
        return;
    system_symbol(library, "clock_gettime", &system_calls.clock_gettime);
    system_symbol(library, "mmap", &system_calls.mmap);
    system_symbol(library, "munmap", &system_calls.munmap);
    system_symbol(library, "mprotect", &system_calls.mprotect);
    system_symbol(library, "madvise", &system_calls.madvise);
    system_symbol(library, "open", &system_calls.open);
    system_symbol(library, "write", &system_calls.write);
    system_symbol(library, "close", &system_calls.close);
    system_symbol(library, "rename", &system_calls.rename);
    system_symbol(library, "link", &system_calls.link);
    system_symbol(library, "unlink", &system_calls.unlink);
    dlclose(library); /* the C library stays */
}
