/* The run's memory: everything poolgen allocates lives until the run ends and is freed at once. */
#ifndef POOLGEN_ARENA_H
#define POOLGEN_ARENA_H

#include <setjmp.h>
#include <stddef.h>

/* One run's memory. `out_of_memory` is set by the owner (main, or a test) before the first
   allocation; a failed allocation jumps there, so that no pass carries error paths for it. */
struct arena {
    struct arena_chunk *newest; /* chunk that allocations are cut from */
    jmp_buf out_of_memory;
};

/* Returns `size` zeroed bytes aligned for any type. Never NULL: on failure jumps. */
void *arena_alloc(struct arena *arena, size_t size);

/* Returns a NUL-terminated copy of `length` bytes of `text`. */
char *arena_copy(struct arena *arena, const char *text, size_t length);

/* printf into the arena. */
char *arena_format(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Frees everything; the arena can be used again. */
void arena_free(struct arena *arena);

#endif
