#include "progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

struct progress {
    bool counting;
    unsigned done, total;
    double started;
};

static struct progress progress = {.counting = true};

double progress_clock(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

bool progress_step(const char *load, const char *allocator)
{
    if (progress.counting) {
        progress.total++;
        return false;
    }
    if (progress.done == 0)
        progress.started = progress_clock();
    else if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r\033[K%u of %u, %.0f s left: %s, %s", progress.done, progress.total,
                (progress_clock() - progress.started) / progress.done *
                    (progress.total - progress.done),
                load, allocator);
    progress.done++;
    return true;
}

void progress_begin(void)
{
    progress.counting = false;
}

void progress_end(void)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r\033[K");
}
