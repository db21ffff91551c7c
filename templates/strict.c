/* Part of allocator.c: what the headers of strict C hide. Given: flags hosted, system, maps, upstream,
   clock. */
//%if hosted
/* A file that includes this one may have taken the headers of strict C (-std=c11) before: then
   what this file needs of Linux is hidden, and declared here. */
#if defined(__linux__) && !defined(__USE_GNU)
//%if system
#ifndef MAP_ANONYMOUS
#include <linux/mman.h>
#endif
#ifndef MADV_DONTNEED
#define MADV_DONTNEED 4
#endif
int madvise(void *start, size_t bytes, int advice);
long syscall(long number, ...);
//%end
//%if oversize_os
#ifndef MREMAP_MAYMOVE
#define MREMAP_MAYMOVE 1
#endif
void *mremap(void *start, size_t old_bytes, size_t bytes, int flags, ...);
//%end
//%if upstream
int posix_memalign(void **out, size_t alignment, size_t bytes);
//%end
//%if clock
#ifndef CLOCK_MONOTONIC_COARSE
#define CLOCK_MONOTONIC_COARSE 6
#endif
int clock_gettime(int clock, struct timespec *now);
//%end
#endif
//%end
