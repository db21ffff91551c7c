/* What `poolgen WORD ...` does for the words that find a table and not an allocator. */
#ifndef POOLGEN_SUBCOMMANDS_H
#define POOLGEN_SUBCOMMANDS_H

/* argv[0] is the word itself. Each returns the process's exit code: 0 good, 1 bad input or I/O,
   2 usage. `record` does not return when it succeeds: it becomes the command. */
int subcommand_record(int argc, char **argv);
int subcommand_merge(int argc, char **argv);
int subcommand_tune(int argc, char **argv);
int subcommand_report(int argc, char **argv);

#endif
