/* What `poolgen WORD ...` does for the words that find a table and not an allocator. */
#ifndef POOLGEN_SUBCOMMANDS_H
#define POOLGEN_SUBCOMMANDS_H

#include "base/arena.h"

/* argv[0] is the word itself; out_of_memory of the arena is set. Each returns the process's exit
   code: 0 good, 1 bad input or I/O, 2 usage. That of `record` is its command's. */
int subcommand_record(struct arena *arena, int argc, char **argv);
int subcommand_merge(struct arena *arena, int argc, char **argv);
int subcommand_tune(struct arena *arena, int argc, char **argv);
int subcommand_report(struct arena *arena, int argc, char **argv);

#endif
