/* Characters of the input, for places (which count characters) and for safe display. */
#ifndef POOLGEN_UTF8_H
#define POOLGEN_UTF8_H

#include "base/text.h"
#include <stdbool.h>
#include <stdint.h>

#define UTF8_MALFORMED UINT32_MAX

/* Decodes the character at `bytes` (`left` >= 1 of them) and returns its length. A byte that
   begins no character (overlong, surrogate and out-of-range forms included) is one character of
   its own, UTF8_MALFORMED. */
size_t utf8_next(const char *bytes, size_t left, uint32_t *character);

/* Appends text in a form that a terminal shows and does not obey: control, invisible and
   bidirectional characters become <U+202E>, malformed bytes <FF>. */
void utf8_append_visible(struct text *out, const char *bytes, size_t length);

/* The same of a whole string, in the arena. */
const char *utf8_visible(struct arena *arena, const char *string);

/* True if utf8_append_visible would leave the character as it is. */
bool utf8_is_visible(uint32_t character);

#endif
