/* The C library's own functions, where the recorder calls one while it serves the program. A
   program, or a library preloaded beside the recorder, may put others in their place (a faked
   clock, a file system in a library), and those may allocate: the recorder would call itself. */
#ifndef RECORD_SYSTEM_H
#define RECORD_SYSTEM_H

#include <stddef.h>
#include <sys/types.h>
#include <time.h>

struct system {
    int (*clock_gettime)(clockid_t clock, struct timespec *now);
    void *(*mmap)(void *at, size_t bytes, int protection, int flags, int file, off_t offset);
    int (*munmap)(void *at, size_t bytes);
    int (*mprotect)(void *at, size_t bytes, int protection);
    int (*madvise)(void *at, size_t bytes, int advice);
    int (*open)(const char *path, int flags, ...);
    ssize_t (*write)(int file, const void *bytes, size_t count);
    int (*close)(int file);
    int (*rename)(const char *from, const char *to);
    int (*link)(const char *from, const char *to);
    int (*unlink)(const char *path);
};

extern struct system system_calls;

/* Stores the function of that name in the library, or NULL, where `function` points: ISO C has no
   cast from object to function. RTLD_NEXT is the recorder's next library. */
void system_symbol(void *library, const char *name, void *function);

/* Finds them, in the constructor: the loader is not ready before. */
void system_find(void);

#endif
