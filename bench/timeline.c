#include "timeline.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "progress.h"

static const double FIRST_STEP = 0.002;

void timeline_begin(struct timeline *timeline)
{
    timeline->count = 0;
    timeline->step = FIRST_STEP;
    timeline->start = progress_clock();
}

static double time_due(const struct timeline *timeline)
{
    const double last = timeline->count > 0 ? timeline->seconds[timeline->count - 1] : 0;
    return timeline->start + last + timeline->step;
}

int timeline_wait(const struct timeline *timeline)
{
    return (int)ceil(fmax(0, time_due(timeline) - progress_clock()) * 1e3);
}

/* Shared pages are the program's files, and what a scenario set apart. NAN of no process. */
static double read_resident(pid_t process)
{
    unsigned long size, resident, shared;
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/statm", (long)process);
    FILE *file = fopen(path, "r");
    const int fields = file ? fscanf(file, "%lu %lu %lu", &size, &resident, &shared) : 0;
    if (file)
        fclose(file);
    return fields == 3 && resident > 0
               ? (double)(resident - shared) * (double)sysconf(_SC_PAGESIZE) / (1 << 20)
               : NAN;
}

/* Keeps every second sample. */
static void make_room(struct timeline *timeline)
{
    timeline->count = MOST_SAMPLES / 2;
    timeline->step *= 2;
    for (unsigned i = 0; i < timeline->count; i++) {
        timeline->seconds[i] = timeline->seconds[2 * i];
        timeline->mib[i] = timeline->mib[2 * i];
    }
}

void timeline_sample(struct timeline *timeline, pid_t process)
{
    const double now = progress_clock();
    if (now < time_due(timeline))
        return;
    const double mib = read_resident(process);
    if (isnan(mib))
        return;
    if (timeline->count == MOST_SAMPLES)
        make_room(timeline);
    timeline->seconds[timeline->count] = now - timeline->start;
    timeline->mib[timeline->count++] = mib;
}
