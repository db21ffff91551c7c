/* Snapshots of the whole live histogram, so that the peak of any group of sizes can be computed
   afterwards. At most SNAPSHOTS are kept: when full, the one that leaves the smallest gap in time
   goes, but never one in which some doubling of sizes stood highest. */
#ifndef RECORD_SNAPSHOT_H
#define RECORD_SNAPSHOT_H

#include "sizes.h"
#include <stddef.h>

enum { SNAPSHOTS = 64 };

struct snapshot {
    uint64_t at;              /* nanoseconds since recording began */
    uint32_t groups;          /* that there were; groups added later had no blocks */
    uint32_t place;           /* of its counts: snapshot_live */
    int64_t octaves[OCTAVES]; /* blocks by doubling of sizes */
};

extern struct snapshot snapshots[SNAPSHOTS + 1]; /* in order of time; one more while choosing */
extern size_t snapshot_count;

/* Blocks by group, as count.h numbers them; entry 0 is not used. */
const int64_t *snapshot_live(const struct snapshot *snapshot);

/* Gives up what the groups that there may be do not need. */
void snapshot_drop_pages(void);

/* Tells pages.h of their counts. */
void snapshot_note_pages(void);

/* Takes one now, without a system call. The caller holds the lock. */
void snapshot_take(void);

/* Some octave stands above its `next`: a snapshot is due as soon as the last one's rest is over. */
void snapshot_note_growth(void);

/* Takes one if growth of an octave or the clock asks for it and nobody holds the lock. */
void snapshot_if_due(void);

/* Forgets all and starts the clock anew. */
void snapshot_start(uint64_t interval);

/* Nanoseconds since snapshot_start. */
uint64_t snapshot_clock(void);

#endif
