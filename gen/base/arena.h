/* The run's memory: everything poolgen allocates lives until the run ends and is freed at once. */
#ifndef POOLGEN_ARENA_H
#define POOLGEN_ARENA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

/* One run's memory; starts zeroed. `out_of_memory` is set by the owner (main, or a test) before
   the first allocation; a failed allocation jumps there, so that no pass carries error paths for
   it. The owner then calls arena_free. */
struct arena {
    struct arena_chunk *newest;     /* chunk that allocations are cut from */
    struct arena_cleanup *cleanups; /* what else ends with the arena, newest first */
    jmp_buf out_of_memory;
};

/* Returns `size` zeroed bytes aligned for any type. Never NULL: on failure jumps. */
void *arena_alloc(struct arena *arena, size_t size);

/* Returns a NUL-terminated copy of `length` bytes of `text`. */
char *arena_copy(struct arena *arena, const char *text, size_t length);

/* printf into the arena. */
char *arena_format(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_format_list(struct arena *arena, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

/* Has arena_free call `run(data)`: for a library's object that would leak if a pass were left by
   the jump. Registered before the object exists, so `run` must bear a zeroed one. */
void arena_at_free(struct arena *arena, void (*run)(void *data), void *data);

/* Frees everything; the arena can be used again. */
void arena_free(struct arena *arena);

#endif
