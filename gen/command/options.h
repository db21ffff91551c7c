/* poolgen's own command line: words -> what is asked for. */
#ifndef POOLGEN_OPTIONS_H
#define POOLGEN_OPTIONS_H

#include "base/flags.h"

/* What a run does. */
enum mode {
    MODE_WRITE,        /* the outputs */
    MODE_CHECK,        /* compare them with what is there */
    MODE_EXPLAIN,      /* print the plan in words */
    MODE_EXPLAIN_JSON, /* print the plan for machines */
    MODE_LIST_OUTPUTS, /* print the outputs' names */
    MODE_PRINT_SCHEMA, /* print the table's JSON schema */
    MODE_VERSION       /* print the version */
};

struct options {
    int mode;            /* enum mode */
    const char *table;   /* path of the table; "-" is standard input; NULL where none is needed */
    const char *output;  /* path of the C source, with a base name that may stand in C */
    const char *prefix;  /* instead of the table's name; NULL if not given */
    const char *depfile; /* NULL if not given */
    struct words set;    /* "KEY=VALUE": instead of the table's values */
    bool quiet;          /* no warnings */
};

/* Parses argv[1] and on; --help ends with what `more_help` prints. Returns -1 to go on, or the
   process's exit code: 0 after --help, 2 after a message on stderr. */
int options_parse(struct arena *arena, struct options *options, int argc, char **argv,
                  void (*more_help)(void));

#endif
