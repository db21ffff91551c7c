/* The files of a recording: takes what the recorded processes hand over (spool.h) and writes it. */
#ifndef POOLGEN_COLLECT_H
#define POOLGEN_COLLECT_H

#include "command/spool.h"
#include "emit/write.h"
#include <signal.h>
#include <sys/stat.h>

struct collector {
    struct arena *arena;
    const char *path;        /* of the command's profile, absolute */
    const char *command;     /* as messages call it */
    struct spool *spool;     /* NULL where there can be none: processes then write for themselves */
    uint64_t bytes;          /* of it */
    int file;                /* it is */
    uint64_t at;             /* where the first record that was not taken begins */
    uint32_t notes;          /* that were printed */
    struct collected *files; /* of other processes than the command, by run */
    struct stat old;         /* the file at `path`, before */
    struct sigaction files_signal; /* SIGXFSZ as it was: here, a limit on files is an error */
    bool main_written, main_barred, lost;
};

/* Makes the spool. `path` and `command` stay the caller's. */
void collect_begin(struct collector *collector, struct arena *arena, const char *path,
                   const char *command);

/* What a process needs in its environment to find the spool; NULL if there is none. */
const char *collect_variable(const struct collector *collector);

/* Writes what has been handed over since the last call. */
void collect_look(struct collector *collector, int main_pid);

/* The same for the last time, and says on standard error what was lost and why, given what waitpid
   said of the command. False if anything was. */
bool collect_end(struct collector *collector, int main_pid, int status);

#endif
