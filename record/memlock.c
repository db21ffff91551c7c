#include "memlock.h"
#include "lock.h"
#include "pages.h"
#include "system.h"
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ONFAULT = 4, LOCK_ONFAULT = 1 }; /* MCL_ONFAULT and MLOCK_ONFAULT of the kernel */

static bool lock_range(uintptr_t start, uintptr_t end, bool on_fault)
{
    return start >= end ||
           syscall(SYS_mlock2, start, end - start, on_fault ? LOCK_ONFAULT : 0) == 0;
}

/* All of a mapping but what is the recorder's. */
static bool lock_mapping(uintptr_t start, uintptr_t end, bool on_fault)
{
    uintptr_t own_start, own_end;
    while (start < end && pages_next(start, &own_start, &own_end) && own_start < end) {
        if (!lock_range(start, own_start, on_fault))
            return false;
        start = own_end;
    }
    return lock_range(start, end, on_fault);
}

static uintptr_t read_hexadecimal(const char **text)
{
    uintptr_t value = 0;
    for (;; ++*text) {
        char c = **text;
        if (c >= '0' && c <= '9')
            value = value << 4 | (uintptr_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            value = value << 4 | (uintptr_t)(c - 'a' + 10);
        else
            return value;
    }
}

/* A line of /proc/self/maps: "start-end perms ... name". What cannot be read has no pages to lock,
   and the kernel's own mappings it would not lock either. */
static bool lock_line(const char *line, bool on_fault)
{
    uintptr_t start = read_hexadecimal(&line);
    line++;
    uintptr_t end = read_hexadecimal(&line);
    if (line[1] != 'r' || strstr(line, "[v") != NULL)
        return true;
    return lock_mapping(start, end, on_fault);
}

static bool lock_mappings(bool on_fault)
{
    static char buffer[1 << 13]; /* guarded by the lock */
    size_t used = 0;
    bool good = true;
    int file = system_calls.open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    for (ssize_t got;
         good && (got = syscall(SYS_read, file, buffer + used, sizeof buffer - 1 - used)) > 0;) {
        used += (size_t)got;
        buffer[used] = '\0';
        char *line = buffer, *newline;
        while (good && (newline = strchr(line, '\n')) != NULL) {
            *newline = '\0';
            good = lock_line(line, on_fault);
            line = newline + 1;
        }
        used -= (size_t)(line - buffer);
        memmove(buffer, line, used);
    }
    int error = errno;
    system_calls.close(file);
    errno = error;
    return good;
}

int memlock_all(int flags)
{
    int later = flags & ~MCL_CURRENT;
    if ((flags & MCL_CURRENT) == 0)
        return (int)syscall(SYS_mlockall, flags);
    if ((flags & ~(MCL_CURRENT | MCL_FUTURE | ONFAULT)) != 0) {
        errno = EINVAL;
        return -1;
    }
    lock_take();
    bool good = lock_mappings((flags & ONFAULT) != 0);
    lock_release();
    if (good && (flags & MCL_FUTURE) != 0)
        good = syscall(SYS_mlockall, later) == 0;
    if (good)
        return 0;
    int error = errno;
    syscall(SYS_munlockall);
    errno = error;
    return -1;
}
