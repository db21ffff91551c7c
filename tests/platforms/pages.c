/* A kernel whose pages have PAGE bytes, played on one whose pages are smaller: addresses that are
   not at the start of such a page are refused, and lengths are rounded up to whole ones, so that
   whoever rounds to smaller pages loses what it keeps beside them. Linked into a program, these
   take the place of libc's. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SMALL = 4096 }; /* the pages below */

static size_t round_up(size_t bytes)
{
    return (bytes + PAGE - 1) & ~(size_t)(PAGE - 1);
}

static int is_inside_page(const void *at)
{
    return (uintptr_t)at % PAGE != 0;
}

/* Calls the system with a range of whole pages, or refuses it. */
static int ask(long number, void *at, size_t bytes, long word)
{
    if (is_inside_page(at)) {
        errno = EINVAL;
        return -1;
    }
    return (int)syscall(number, at, round_up(bytes), word);
}

static void *map(void *at, size_t bytes, int protection, int flags, int file, off_t offset)
{
    return (void *)syscall(SYS_mmap, at, bytes, protection, flags, file, offset);
}

void *mmap(void *at, size_t bytes, int protection, int flags, int file, off_t offset)
{
    const size_t whole = round_up(bytes);
    if ((flags & MAP_FIXED) != 0) {
        if (is_inside_page(at)) {
            errno = EINVAL;
            return MAP_FAILED;
        }
        return map(at, whole, protection, flags, file, offset);
    }
    void *const there = map(at, whole, protection, flags, file, offset);
    if (there == MAP_FAILED || !is_inside_page(there)) {
        return there;
    }
    syscall(SYS_munmap, there, whole);
    unsigned char *const wide = map(NULL, whole + PAGE, protection, flags, file, offset);
    if (wide == MAP_FAILED) {
        return MAP_FAILED;
    }
    unsigned char *const first = (unsigned char *)round_up((uintptr_t)wide);
    if (first != wide) {
        syscall(SYS_munmap, wide, first - wide);
    }
    syscall(SYS_munmap, first + whole, wide + PAGE - first);
    return first;
}

int munmap(void *at, size_t bytes)
{
    return ask(SYS_munmap, at, bytes, 0);
}

int mprotect(void *at, size_t bytes, int protection)
{
    return ask(SYS_mprotect, at, bytes, protection);
}

int madvise(void *at, size_t bytes, int advice)
{
    return ask(SYS_madvise, at, bytes, advice);
}

int msync(void *at, size_t bytes, int flags)
{
    return ask(SYS_msync, at, bytes, flags);
}

/* In place, or to a place that is free and at the start of a page. */
void *mremap(void *at, size_t old, size_t bytes, int flags, ...)
{
    if (is_inside_page(at) || (flags & MREMAP_FIXED) != 0) {
        errno = EINVAL;
        return MAP_FAILED;
    }
    const size_t before = round_up(old), after = round_up(bytes);
    void *const there = (void *)syscall(SYS_mremap, at, before, after, 0);
    if (there != MAP_FAILED || (flags & MREMAP_MAYMOVE) == 0) {
        return there;
    }
    void *const to = mmap(NULL, after, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (to == MAP_FAILED) {
        return MAP_FAILED;
    }
    void *const moved =
        (void *)syscall(SYS_mremap, at, before, after, MREMAP_MAYMOVE | MREMAP_FIXED, to);
    if (moved == MAP_FAILED) {
        syscall(SYS_munmap, to, after);
    }
    return moved;
}

/* As that kernel tells: a byte a page, resident if any of it is. */
int mincore(void *at, size_t bytes, unsigned char *resident)
{
    unsigned char parts[PAGE / SMALL];
    for (size_t page = 0; page < round_up(bytes) / PAGE; page++) {
        if (syscall(SYS_mincore, (unsigned char *)at + page * PAGE, PAGE, parts) != 0) {
            return -1;
        }
        resident[page] = 0;
        for (size_t i = 0; i < PAGE / SMALL; i++) {
            resident[page] |= parts[i];
        }
    }
    return 0;
}

long sysconf(int name)
{
    long (*real)(int);
    *(void **)&real = dlsym(RTLD_NEXT, "sysconf");
    return name == _SC_PAGESIZE ? PAGE : real(name);
}

int getpagesize(void)
{
    return PAGE;
}
