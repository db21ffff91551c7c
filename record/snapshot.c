#include "snapshot.h"
#include "count.h"
#include "lock.h"
#include "pages.h"
#include "system.h"
#include <errno.h>
#include <string.h>
#include <time.h>

enum {
    GROWTH_SHARE = 16, /* an octave that grew by a 16th of itself calls for a snapshot */
    SPREAD = 64,       /* of the time so far: what passes between two, in a short run */
    REST_FACTOR = 4    /* growth waits 4 times as long as the last one took: at most a fifth of
                          the time goes into them */
};

struct snapshot snapshots[SNAPSHOTS + 1];
size_t snapshot_count;

static const uint64_t shortest = UINT64_C(5000000); /* nanoseconds between two by the clock alone */

/* Not mapped when needed: the last snapshot of a process may not be able to ask for memory. Pages
   that are not touched cost nothing. */
static int64_t live_counts[(SNAPSHOTS + 1) * GROUP_LIMIT];

static uint64_t start;                 /* of the recording, monotonic nanoseconds */
static uint64_t interval;              /* nanoseconds between two, in a long run */
static _Atomic uint64_t next_interval; /* monotonic: when time alone calls for one */
static _Atomic uint64_t rest_until;    /* monotonic: no growth snapshot before */
static _Atomic bool grown;             /* since the last one */

static uint64_t read_clock(clockid_t clock)
{
    struct timespec now;
    if (system_calls.clock_gettime(clock, &now) != 0)
        return 0;
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

uint64_t snapshot_clock(void)
{
    return read_clock(CLOCK_MONOTONIC) - start;
}

void snapshot_start(uint64_t every)
{
    start = read_clock(CLOCK_MONOTONIC);
    interval = every;
    atomic_store(&next_interval, start + (every < shortest ? every : shortest));
    atomic_store(&rest_until, 0);
    snapshot_count = 0;
    for (uint32_t i = 0; i <= SNAPSHOTS; i++) /* in a child they may have been left half moved */
        snapshots[i].place = i;
}

/* True if `index` is where some octave, of all snapshots kept, stood highest (the first of equals),
   so that dropping it would lose a peak. */
static bool holds_a_peak(size_t index)
{
    for (size_t octave = 0; octave < OCTAVES; octave++) {
        size_t highest = 0;
        for (size_t i = 1; i < snapshot_count; i++)
            if (snapshots[i].octaves[octave] > snapshots[highest].octaves[octave])
                highest = i;
        if (highest == index && snapshots[index].octaves[octave] > 0)
            return true;
    }
    return false;
}

/* Drops the snapshot whose neighbours are nearest to each other in time. The spare array goes to
   the end, to be filled by the next one. */
static void drop_one(void)
{
    size_t victim = 0;
    uint64_t smallest = UINT64_MAX;
    for (size_t i = 0; i + 1 < snapshot_count; i++) {
        uint64_t gap = snapshots[i + 1].at - (i == 0 ? 0 : snapshots[i - 1].at);
        if (gap < smallest && !holds_a_peak(i)) {
            smallest = gap;
            victim = i;
        }
    }
    struct snapshot dropped = snapshots[victim];
    memmove(&snapshots[victim], &snapshots[victim + 1],
            (snapshot_count - victim - 1) * sizeof snapshots[0]);
    snapshot_count--;
    snapshots[snapshot_count] = dropped;
}

const int64_t *snapshot_live(const struct snapshot *snapshot)
{
    return &live_counts[(size_t)snapshot->place * group_limit];
}

/* Bytes of live_counts that no snapshot reaches. */
static size_t surplus(void)
{
    return sizeof live_counts[0] * (SNAPSHOTS + 1) * (GROUP_LIMIT - group_limit);
}

void snapshot_drop_pages(void)
{
    pages_drop((char *)live_counts + (sizeof live_counts - surplus()), surplus());
}

void snapshot_note_pages(void)
{
    pages_note(live_counts, sizeof live_counts - surplus());
}

static void fill(struct snapshot *snapshot)
{
    int64_t *live = &live_counts[(size_t)snapshot->place * group_limit];
    snapshot->groups = atomic_load(&group_count);
    memset(live, 0, snapshot->groups * sizeof live[0]);
    memset(snapshot->octaves, 0, sizeof snapshot->octaves);
    for (uint32_t row = 1, last = atomic_load(&row_count); row < last; row++) {
        int64_t blocks = count_gather(row);
        live[rows[row].group] += blocks;
        snapshot->octaves[groups[rows[row].group].octave] += blocks;
    }
}

/* The next snapshot is called for when an octave stands a share above its highest so far. */
static void set_thresholds(const struct snapshot *snapshot)
{
    for (size_t i = 0; i < OCTAVES; i++) {
        /* What the threads hold back can make the shared count stand above the exact one. */
        int64_t live = atomic_load(&octaves[i].live);
        if (live < snapshot->octaves[i])
            live = snapshot->octaves[i];
        int64_t growth = live / GROWTH_SHARE, least = octave_slack((uint32_t)i);
        int64_t next = live + (growth > least ? growth : least);
        if (next > atomic_load(&octaves[i].next))
            atomic_store(&octaves[i].next, next);
    }
}

void snapshot_take(void)
{
    int saved = errno;
    atomic_store(&grown, false);
    uint64_t began = read_clock(CLOCK_MONOTONIC);
    struct snapshot *snapshot = &snapshots[snapshot_count];
    snapshot->at = began - start;
    fill(snapshot);
    set_thresholds(snapshot);
    snapshot_count++;
    if (snapshot_count > SNAPSHOTS)
        drop_one();
    uint64_t ended = read_clock(CLOCK_MONOTONIC);
    atomic_store(&rest_until, ended + REST_FACTOR * (ended - began));
    uint64_t pause = (ended - start) / SPREAD;
    if (pause < shortest)
        pause = shortest;
    atomic_store(&next_interval, ended + (pause < interval ? pause : interval));
    errno = saved;
}

void snapshot_note_growth(void)
{
    atomic_store_explicit(&grown, true, memory_order_relaxed);
}

void snapshot_if_due(void)
{
    uint64_t now = read_clock(CLOCK_MONOTONIC_COARSE);
    bool due = now >= atomic_load_explicit(&next_interval, memory_order_relaxed);
    if (!due && !(atomic_load_explicit(&grown, memory_order_relaxed) &&
                  read_clock(CLOCK_MONOTONIC) >= atomic_load(&rest_until)))
        return;
    if (!lock_try())
        return;
    snapshot_take();
    lock_release();
}
