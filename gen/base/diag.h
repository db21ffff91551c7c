/* The one sink for messages about an input file. Stages append; only main decides what follows. */
#ifndef POOLGEN_DIAG_H
#define POOLGEN_DIAG_H

#include "base/place.h"
#include <stdio.h>

enum diag_kind { DIAG_ERROR, DIAG_WARNING };

struct diag {
    struct arena *arena;
    const char *file;      /* as the user named it; "<stdin>" for '-' */
    const char *source;    /* whole input, for source lines; NULL when it could not be read */
    size_t source_length;  /* bytes */
    struct message *first; /* in the order appended */
    struct message *last;
    size_t errors;
    size_t warnings;
    bool quiet; /* warnings are counted and not printed */
};

/* Appends a message at `at`. Place 0:0 means the file as a whole (no line, no caret). Text from the
   input may go into a message as it is: what a terminal might obey is made visible. */
void diag_append(struct diag *diag, enum diag_kind kind, struct place at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Attaches a note to the message appended last; it is printed right after it. */
void diag_note(struct diag *diag, struct place at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Prints all messages sorted by place (stable), each with source line and caret. */
void diag_print(const struct diag *diag, FILE *stream, bool color);

#endif
