/* The command line: words -> what is asked for. --help is made from the same list as the parser. */
#ifndef POOLGEN_OPTIONS_H
#define POOLGEN_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

/* What a run does. */
enum mode {
    MODE_WRITE,        /* the outputs */
    MODE_CHECK,        /* compare them with what is there */
    MODE_EXPLAIN,      /* print the plan in words */
    MODE_EXPLAIN_JSON, /* print the plan for machines */
    MODE_LIST_OUTPUTS, /* print the outputs' names */
    MODE_PRINT_SCHEMA, /* print the table's JSON schema */
    MODE_VERSION,      /* print the version */
    MODE_HELP          /* print how to call poolgen */
};

struct options {
    enum mode mode;
    const char *table;   /* path of the table; "-" is standard input; NULL where none is needed */
    const char *output;  /* path of the C source, with a base name that may stand in C */
    const char *prefix;  /* instead of the table's name; NULL if not given */
    const char *depfile; /* NULL if not given */
    bool quiet;          /* no warnings */
};

/* Parses argv[1] and on. False, with a message on `errors`, if they are no good command line. */
bool options_parse(struct options *options, int argc, char **argv, FILE *errors);

/* Prints usage and options; --help adds the subcommands and the exit codes. */
void options_help(FILE *stream);

#endif
