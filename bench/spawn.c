#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_PADDING = 4096 };

/* Does not return. The environment holds nothing of the caller's but the search path. */
static void become(const struct spawn *spawn, int out)
{
    char padding[sizeof "PADDING=" + MAX_PADDING], preload[512], path[1024];
    char *environment[4] = {padding, path};
    const size_t padded = spawn->padding < MAX_PADDING ? spawn->padding : MAX_PADDING;
    memset(padding, 'x', sizeof padding);
    memcpy(padding, "PADDING=", strlen("PADDING="));
    padding[strlen("PADDING=") + padded] = '\0';
    const char *search = getenv("PATH");
    snprintf(path, sizeof path, "PATH=%s", search ? search : "/usr/bin:/bin");
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s", spawn->preload ? spawn->preload : "");
    environment[2] = spawn->preload ? preload : NULL;
    dup2(out, STDOUT_FILENO);
    if (spawn->with_stderr)
        dup2(out, STDERR_FILENO);
    execvpe(spawn->argv[0], (char *const *)(const void *)spawn->argv, environment);
    fprintf(stderr, "bench: %s: %s\n", spawn->argv[0], strerror(errno));
    _exit(127);
}

/* Until there is something to read, or to the end of the program. */
static void sample_until_output(int in, struct timeline *timeline, pid_t child)
{
    struct pollfd poll_in = {.fd = in, .events = POLLIN};
    while (poll(&poll_in, 1, timeline_wait(timeline)) == 0)
        timeline_sample(timeline, child);
}

/* Reads to the end, so that the program is never held up; keeps the beginning. */
static void keep_output(int in, char output[OUTPUT_BYTES], struct timeline *timeline, pid_t child)
{
    char rest[512];
    size_t length = 0;
    for (;;) {
        if (timeline)
            sample_until_output(in, timeline, child);
        const bool full = length == OUTPUT_BYTES - 1;
        const ssize_t got = full ? read(in, rest, sizeof rest)
                                 : read(in, output + length, OUTPUT_BYTES - 1 - length);
        if (got <= 0 && !(got < 0 && errno == EINTR))
            break;
        if (got > 0 && !full)
            length += (size_t)got;
    }
    output[length] = '\0';
}

bool spawn_run(const struct spawn *spawn, char output[OUTPUT_BYTES])
{
    int ends[2], status = 0;
    output[0] = '\0';
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    const pid_t child = fork();
    if (child == 0)
        become(spawn, ends[1]);
    close(ends[1]);
    if (spawn->timeline)
        timeline_begin(spawn->timeline);
    if (child > 0)
        keep_output(ends[0], output, spawn->timeline, child);
    close(ends[0]);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

double spawn_number(const char *output, const char *key)
{
    const size_t length = strlen(key);
    for (const char *at = strstr(output, key); at; at = strstr(at + 1, key))
        if (at == output || strchr(" \n{,", at[-1]))
            return strtod(at + length, NULL);
    return NAN;
}
