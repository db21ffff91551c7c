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
    size_t (*malloc_usable_size)(void *block); /* NULL where there is none */
};

extern struct library lower; /* malloc, set last, is NULL until all are known */

/* True when it is glibc's malloc. */
extern bool lower_is_glibc;

/* Looks the functions up; false while it is at that already, since dlsym itself may allocate. */
bool lower_find(void);

#endif
