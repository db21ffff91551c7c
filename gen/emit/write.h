/* Write: rendered text -> files, all of them or none. */
#ifndef POOLGEN_WRITE_H
#define POOLGEN_WRITE_H

#include "base/text.h"
#include <stdbool.h>
#include <stdio.h>

struct output {
    const char *path; /* as derived from -o */
    struct text text; /* whole contents */
    bool always; /* replace even when the bytes are unchanged (the .c, so that make converges) */
};

/* Writes every output atomically: temporary file in the target's folder, checked, renamed.
   Symlinks are resolved; a target that is not a regular file is an error. All temporary files are
   complete before the first rename. False, with plain messages on `errors`, leaves old files as
   they were. */
bool write_outputs(struct arena *arena, const struct output *outputs, size_t count, FILE *errors);

/* Writes one output like that, or prints it where the path is NULL or '-'. */
bool write_or_print(struct arena *arena, const char *path, const struct text *text, FILE *errors);

/* The file that a write to `path` would replace, for a writer that comes later: symlinks followed.
   NULL, with the message that write_outputs would give, if that cannot be written. */
const char *write_target(struct arena *arena, const char *path, FILE *errors);

/* Compares with what is on disk and prints a unified diff on `diff`. Returns the number of
   outputs that are missing or stale, or -1 on an I/O error (message on `errors`). */
int write_check(struct arena *arena, const struct output *outputs, size_t count, FILE *diff,
                FILE *errors);

/* Renders make-style dependencies "outputs: inputs" with make's escapes. False, with a message on
   `errors`, if a name has no spelling that every make reads back: one with a control character or a
   semicolon, or with a blank or a backslash at its end. */
bool write_depfile(struct text *out, const struct output *outputs, size_t count,
                   const char *const *inputs, size_t input_count, FILE *errors);

#endif
