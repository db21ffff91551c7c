/* A growing byte string in the arena: what is rendered lives in one of these until it is written.
 */
#ifndef POOLGEN_TEXT_H
#define POOLGEN_TEXT_H

#include "base/arena.h"

struct text {
    struct arena *arena;
    char *data;    /* NUL-terminated; NULL while empty and never written to */
    size_t length; /* bytes without the NUL */
    size_t capacity;
};

void text_append(struct text *text, const char *data, size_t length);
void text_string(struct text *text, const char *string);
void text_format(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
