/* The malloc family of the next library, which the program would call without the recorder. */
#ifndef RECORD_LOWER_H
#define RECORD_LOWER_H

#include <stdbool.h>
#include <stddef.h>

struct library {
    void *(*malloc)(size_t size);
    void (*free)(void *block);
    void *(*calloc)(size_t count, size_t size);
    void *(*realloc)(void *block, size_t size);
    void *(*memalign)(size_t alignment, size_t size); /* NULL where there is none */
    int (*posix_memalign)(void **block, size_t alignment, size_t size);
    void *(*aligned_alloc)(size_t alignment, size_t size);
    size_t (*malloc_usable_size)(void *block);                     /* NULL where there is none */
    void *(*reallocarray)(void *block, size_t count, size_t size); /* likewise, and all below */
    void *(*valloc)(size_t size);
    void *(*pvalloc)(size_t size);
    void (*cfree)(void *block);
    void (*free_sized)(void *block, size_t size);
    void (*free_aligned_sized)(void *block, size_t alignment, size_t size);
};

extern struct library lower; /* malloc, set last, is NULL until all are known */

/* True when it is glibc's malloc, and the pools may serve in its place: where the process may have
   only so many addresses they are left to the program. */
extern bool lower_yields;

/* Bytes that it must be asked for at least, so that no two of its blocks share a word of the side
   table. */
extern size_t lower_least;

/* True when nothing is counted and every call goes to the next library under its own name, because
   the process brings what must come first. */
extern bool lower_aside;

/* Looks the functions up; false while it is at that already, since dlsym itself may allocate. */
bool lower_find(void);

#endif
