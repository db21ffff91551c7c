/* The files that a subcommand is given, read with their messages on standard error. */
#ifndef POOLGEN_INPUTS_H
#define POOLGEN_INPUTS_H

#include "base/flags.h"
#include "profile/profile.h"
#include "table/table.h"

/* Parses a subcommand's words: flags into `options`, and the others as the paths of profiles, which
   are read and merged. Returns -1 to go on, or the exit code, as flags_parse does; *profile is NULL
   if any is not good: nothing is made of the rest. */
int inputs_parse(struct arena *arena, const struct command_line *line, int argc, char **argv,
                 void *options, struct profile **profile);

/* Reads a pool table; NULL if it is not good. */
struct table *inputs_table(struct arena *arena, const char *path);

/* The block sizes of a table. */
uint64_t *inputs_sizes(struct arena *arena, const struct table *table);

#endif
