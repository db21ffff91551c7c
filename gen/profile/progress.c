#include "profile/progress.h"
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static double read_clock(void)
{
    struct timespec now = {0, 0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

void progress_begin(struct progress *progress, const char *what)
{
    *progress = (struct progress){what, read_clock(), 0, isatty(STDERR_FILENO) == 1};
}

void progress_step(struct progress *progress, size_t done, size_t total)
{
    const double patience = 1, period = 0.2; /* seconds */
    double now = read_clock();
    if (!progress->terminal || now - progress->began < patience || now - progress->shown < period) {
        return;
    }
    progress->shown = now;
    fprintf(stderr, "\r%s: %zu of %zu\033[K", progress->what, done, total);
    fflush(stderr);
}

void progress_end(struct progress *progress)
{
    if (progress->shown > 0) {
        fputs("\r\033[K", stderr);
    }
}
