/* Writes what was recorded as a profile (poolgen-profile(5)), without allocating. */
#ifndef RECORD_PROFILE_H
#define RECORD_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

/* What the profile says of the process. */
struct identity {
    const char *command; /* base name */
    char id[33];         /* random, in hex: tells this run from all others */
    int pid;
    bool is_main;  /* what `poolgen record` started, and not what that started */
    int64_t began; /* seconds since 1970 */
};

/* Hands the profile over to `poolgen record`, by writing to memory alone; false if nobody takes it
   or there is no room. The caller holds the lock and has taken a last snapshot. */
bool profile_hand_over(const struct identity *identity);

/* Writes the file itself, given the path of the command's. Every other process has its number
   before the extension, and after that another if there is such a file already: two processes can
   have one number, in two PID namespaces. Replaces only what this run has written, as a whole:
   false, with errno, if it cannot. The caller is as above. */
bool profile_write(const struct identity *identity, const char *path);

/* The file as profile_write last named it. */
const char *profile_path(void);

#endif
