/* Linked into an allocator emitted with the prefix `closed`: when the process ends, by itself or by
   SIGTERM, appends to the file that CLOSED_STATS names how many blocks were used beyond the initial
   counts, and how many bytes they have. */
#define _DEFAULT_SOURCE
#include "allocator.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int file = -1; /* opened at the start: a server may change its folder or its rights */

static void write_stats(void)
{
    closed_stats_t stats;
    size_t blocks = 0, bytes = 0;
    char line[64];
    closed_stats(&stats);
    for (size_t i = 0; i < stats.pool_count; i++) {
        blocks += stats.pools[i].grown;
        bytes += stats.pools[i].grown * stats.pools[i].size;
    }
    int length = snprintf(line, sizeof line, "%zu %zu\n", blocks, bytes);
    if (file >= 0 && length > 0 && write(file, line, (size_t)length) < 0)
        _exit(1);
    file = -1;
}

static void stop(int signal)
{
    (void)signal;
    write_stats();
    _exit(0);
}

__attribute__((constructor)) static void start(void)
{
    const char *path = getenv("CLOSED_STATS");
    if (path != NULL)
        file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    signal(SIGTERM, stop);
}

__attribute__((destructor)) static void end(void)
{
    write_stats();
}
