/* Command lines: one list of flags parses the words and prints the help, of poolgen itself and of
   its subcommands. */
#ifndef POOLGEN_FLAGS_H
#define POOLGEN_FLAGS_H

#include "base/arena.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum flag_kind {
    FLAG_STRING, /* const char * */
    FLAG_LIST,   /* struct words: may be given more than once */
    FLAG_COUNT,  /* uint64_t */
    FLAG_BYTES,  /* uint64_t, with KiB, MiB, GiB */
    FLAG_NUMBER, /* double */
    FLAG_CHOICE, /* int: which word of `value`, which lists them as "peak|allocations" */
    FLAG_SET,    /* bool: becomes true */
    FLAG_MODE    /* int: becomes `least`; flags of one mode and another exclude each other */
};

struct flag {
    const char *name;  /* "--budget", or "-o" */
    const char *value; /* what the help calls its value; NULL for FLAG_SET and FLAG_MODE */
    enum flag_kind kind;
    size_t member;      /* offset in the caller's struct; its value before parsing is the default */
    double least, most; /* of a number; both 0 = any */
    const char *help;   /* one line or more */
};

struct words {
    const char **word;
    size_t count;
};

/* What poolgen, or a subcommand, is called with. */
struct command_line {
    const char *name;    /* "tune"; NULL for poolgen itself */
    const char *usage;   /* what follows the name, "PROFILE... [options]" */
    const char *summary; /* a sentence or two for --help */
    const struct flag *flags;
    size_t flag_count;
    void (*more_help)(void); /* prints what --help ends with; NULL if nothing */
};

/* Parses argv[1] and on: flags into `options`, other words into `words`. "--name VALUE",
   "--name=VALUE", "-o VALUE", "-oVALUE" and "-qo VALUE" are understood, and "--" ends the flags.
   Returns -1 to go on, or the process's exit code: 0 after --help, 2 after a message on stderr. */
int flags_parse(struct arena *arena, const struct command_line *line, int argc, char **argv,
                void *options, struct words *words);

/* Complains as flags_parse does, and returns 2. */
int flags_complain(const struct command_line *line, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
