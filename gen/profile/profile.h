/* Profiles: what programs were seen to allocate, as poolgen-profile(5) describes them.

   A profile is a set of runs, one a process. Merging is the union of the sets, so it is
   associative, commutative and idempotent, and loses nothing. */
#ifndef POOLGEN_PROFILE_H
#define POOLGEN_PROFILE_H

#include "base/diag.h"
#include "base/text.h"

enum { PROFILE_VERSION = 1 };

/* The columns of a row, in the order in which they are written. */
enum profile_column {
    COLUMN_SIZE,
    COLUMN_FROM,
    COLUMN_ALIGNMENT,
    COLUMN_ALLOCATIONS,
    COLUMN_BYTES,
    COLUMN_PEAK,
    COLUMN_LIVE,
    COLUMN_REMOTE_FREES,
    COLUMN_ZEROED,
    PROFILE_COLUMNS
};

/* Requests of one size (from == size) or of a range of sizes, at one alignment. */
struct profile_row {
    uint64_t size;         /* bytes, the largest of the range */
    uint64_t from;         /* bytes, the smallest */
    uint64_t alignment;    /* power of two; 1 = none asked for */
    uint64_t allocations;  /* reallocs to this size among them */
    uint64_t bytes;        /* requested by them all together */
    uint64_t peak;         /* most blocks live at a time */
    uint64_t live;         /* blocks live at the end */
    uint64_t remote_frees; /* frees by another thread than the one that allocated */
    uint64_t zeroed;       /* allocations that asked for zeroed bytes */
};

/* What a column is called in files, and where its cells are: in a member of type uint64_t. */
extern const struct profile_cell {
    const char *name;
    size_t member;
} profile_cells[PROFILE_COLUMNS];

uint64_t profile_get(const struct profile_row *row, enum profile_column column);
void profile_set(struct profile_row *row, enum profile_column column, uint64_t value);

struct profile_realloc {
    uint64_t from, to; /* indexes of rows */
    uint64_t count;
};

/* Rows that no pool tells apart: sizes that round up to the same multiple of 8, at one
   alignment. */
struct profile_group {
    uint64_t size; /* bytes, the multiple of 8 */
    uint64_t alignment;
};

struct profile_live {
    uint64_t group; /* index of a group */
    uint64_t count; /* blocks live */
};

struct profile_snapshot {
    uint64_t at;               /* microseconds since the run began */
    struct profile_live *live; /* ascending by group; a group that is not listed had none */
    size_t live_count;
};

struct profile_run {
    const char *id;       /* tells this run from all others */
    const char *producer; /* "poolgen-record 0.1.0" */
    const char *date;     /* when it began, "2024-05-01T12:00:00Z" */
    const char *command;  /* base name */
    int64_t began;        /* `date` in seconds since 1970 */
    uint64_t pid;
    uint64_t duration;      /* microseconds */
    uint64_t threads;       /* most that allocated or freed at a time; 0 = not known */
    uint64_t unknown_frees; /* of blocks that the recorder had not seen allocated */
    uint64_t uncounted_allocations, uncounted_reallocs;

    struct profile_row *rows; /* ascending by (size, alignment) */
    size_t row_count;
    struct profile_realloc *reallocs; /* ascending by (from, to) */
    size_t realloc_count;
    struct profile_group *groups; /* ascending by (size, alignment); none without snapshots */
    size_t group_count;
    struct profile_snapshot *snapshots; /* ascending by time */
    size_t snapshot_count;
};

struct profile {
    struct profile_run **runs; /* ascending by (date, id) once merged */
    size_t count, capacity;
};

/* Loads the whole of `path` ('-' is standard input) into diag->source. False, with a message
   reported, if it cannot be read. */
bool profile_load(const char *path, struct diag *diag);

/* Appends the runs of diag->source. False, with one error at its line and column (and byte)
   reported and nothing appended, on anything that is not a whole profile of this version. */
bool profile_parse(struct profile *profile, struct diag *diag);

/* Sorts the runs and keeps one of each (date, id): the one that went on longest. */
void profile_merge(struct profile *profile);

/* Appends the profile as it is written to files. Equal sets of runs give equal bytes. */
void profile_print(struct text *out, const struct profile *profile);

/* The size that a row or a request has in a group: the next multiple of 8, at least 8. */
uint64_t profile_group_size(uint64_t size);

#endif
