/* Writes what was recorded as a profile (poolgen-profile(5)), without allocating. */
#ifndef RECORD_PROFILE_H
#define RECORD_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

/* What the profile says of the process. */
struct identity {
    const char *path;    /* of the file */
    const char *command; /* base name */
    char id[33];         /* random, in hex: tells this run from all others */
    int pid;
    int64_t began; /* seconds since 1970 */
};

/* Replaces the file as a whole or leaves it alone: false, with errno, if it cannot. The caller
   holds the lock and has taken a last snapshot. */
bool profile_write(const struct identity *identity);

#endif
