/* From what libyaml and the messages know of a character (its number, its line and column) to
   where it lies in the source, without walking the whole source each time. */
#ifndef POOLGEN_PLACE_H
#define POOLGEN_PLACE_H

#include "base/arena.h"
#include <stdbool.h>
#include <stdint.h>

/* A place in the input: 1-based line, and 1-based column in characters (not bytes). */
struct place {
    uint32_t line;
    uint32_t column;
};

/* One character of the source, or its end. */
struct spot {
    size_t byte;      /* offset in the source */
    size_t character; /* number of characters before it */
    struct place at;
};

/* Every so many characters one is noted; the rest is walked to from there. */
struct place_map {
    const char *source;
    size_t length;      /* bytes */
    struct spot *notes; /* ascending */
    size_t count;
};

/* A byte order mark at the start belongs to no line and is not counted. Lines end in LF, CR or
   CRLF. */
void place_map_build(struct place_map *map, struct arena *arena, const char *source, size_t length);

/* The character with this number, or the end of the source. */
struct spot place_of_character(const struct place_map *map, size_t character);

/* The character at this place, or the end of its line if that is shorter. */
struct spot place_find(const struct place_map *map, struct place at);

/* True where a line, or the source, ends. */
bool place_ends_line(const struct place_map *map, const struct spot *spot);

#endif
