#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Under the address sanitizer every allocation is a chunk of its own, so that an overrun of one
   is seen and does not end in its neighbour. */
#if defined(__SANITIZE_ADDRESS__) || defined(ARENA_EXACT)
enum { CHUNK_SIZE = 1 };
#else
enum { CHUNK_SIZE = 256 * 1024 };
#endif

struct arena_chunk {
    struct arena_chunk *older;
    size_t used, capacity; /* bytes of data */
    max_align_t data[];
};

struct arena_cleanup {
    struct arena_cleanup *older;
    void (*run)(void *data);
    void *data;
};

static struct arena_chunk *new_chunk(struct arena *arena, size_t least)
{
    size_t capacity = least > CHUNK_SIZE ? least : CHUNK_SIZE;
    struct arena_chunk *chunk = NULL;
    if (capacity <= SIZE_MAX - sizeof *chunk) {
        chunk = calloc(1, sizeof *chunk + capacity);
    }
    if (!chunk) {
        longjmp(arena->out_of_memory, 1);
    }
    chunk->capacity = capacity;
    return chunk;
}

/* A request that fills a chunk by itself goes behind the newest, whose rest stays in use. */
static struct arena_chunk *chunk_for(struct arena *arena, size_t size)
{
    struct arena_chunk *newest = arena->newest;
    if (newest && newest->capacity - newest->used >= size) {
        return newest;
    }
    struct arena_chunk *chunk = new_chunk(arena, size);
    if (newest && size >= CHUNK_SIZE) {
        chunk->older = newest->older;
        newest->older = chunk;
    } else {
        chunk->older = newest;
        arena->newest = chunk;
    }
    return chunk;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size_t unit = _Alignof(max_align_t);
    if (size > SIZE_MAX - unit) {
        longjmp(arena->out_of_memory, 1);
    }
    size = (size + unit - 1) / unit * unit;
    struct arena_chunk *chunk = chunk_for(arena, size);
    void *block = (char *)chunk->data + chunk->used;
    chunk->used += size;
    return block;
}

char *arena_copy(struct arena *arena, const char *text, size_t length)
{
    char *copy = arena_alloc(arena, length + 1);
    if (length) {
        memcpy(copy, text, length);
    }
    return copy;
}

char *arena_format_list(struct arena *arena, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    char *text = arena_alloc(arena, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = arena_format_list(arena, format, arguments);
    va_end(arguments);
    return text;
}

void arena_at_free(struct arena *arena, void (*run)(void *data), void *data)
{
    struct arena_cleanup *cleanup = arena_alloc(arena, sizeof *cleanup);
    *cleanup = (struct arena_cleanup){arena->cleanups, run, data};
    arena->cleanups = cleanup;
}

void arena_free(struct arena *arena)
{
    for (struct arena_cleanup *cleanup = arena->cleanups; cleanup; cleanup = cleanup->older) {
        cleanup->run(cleanup->data);
    }
    arena->cleanups = NULL;
    while (arena->newest) {
        struct arena_chunk *chunk = arena->newest;
        arena->newest = chunk->older;
        free(chunk);
    }
}
