/* The files that a subcommand is given, read with their messages on standard error. */
#ifndef POOLGEN_INPUTS_H
#define POOLGEN_INPUTS_H

#include "flags.h"
#include "profile.h"
#include "table.h"

/* Reads and merges the named profiles. NULL if any is not good: nothing is made of the rest. */
struct profile *inputs_profiles(struct arena *arena, const char *subcommand,
                                const struct words *paths);

/* Reads a pool table; NULL if it is not good. */
struct table *inputs_table(struct arena *arena, const char *path);

/* The block sizes of a table. */
uint64_t *inputs_sizes(struct arena *arena, const struct table *table);

/* Writes `text` to `path`, or to standard output if it is NULL. Returns the exit code. */
int inputs_write(struct arena *arena, const char *path, const struct text *text);

#endif
