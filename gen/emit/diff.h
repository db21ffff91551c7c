/* A unified diff of two texts. poolgen --check runs in build images that have a C compiler and
   little else, so it does not rely on a diff program. */
#ifndef POOLGEN_DIFF_H
#define POOLGEN_DIFF_H

#include "base/arena.h"
#include <stdio.h>

/* One side of a comparison; `label` stands in the diff's first two lines. */
struct diff_side {
    const char *label;
    const char *text;
    size_t length; /* bytes of text */
};

/* Prints what turns `before` into `after`, in the format that `patch` reads: three lines of
   context, fewest changed lines (E. Myers, "An O(ND) Difference Algorithm", 1986) as long as they
   are at most 1,000, else all lines between the first and the last change. Equal texts print
   nothing. Errors are left in the stream. */
void diff_print(FILE *stream, struct arena *arena, const struct diff_side *before,
                const struct diff_side *after);

#endif
