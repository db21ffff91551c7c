/* "Did you mean": the known word that a mistyped one was probably meant to be. */
#ifndef POOLGEN_NEAREST_H
#define POOLGEN_NEAREST_H

#include <stddef.h>

/* Index of the word nearest to `text` (length bytes), or `count` if none is near: at most a third
   of its letters (at least one) inserted, dropped, changed or swapped with a neighbour; case does
   not count, nor do '-' for '_'. */
size_t nearest_word(const char *text, size_t length, const char *const *words, size_t count);

#endif
