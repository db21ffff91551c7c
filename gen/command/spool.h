/* What `poolgen record` shares with the recorder in every process that it started: one mapping of a
   nameless file. A process leaves its profile there by writing to memory and nothing else, so that
   it needs no descriptor, right, path or system call at its end; poolgen record, which has kept all
   of these, writes the files.

   The head comes first, then records, each from a multiple of SPOOL_UNIT on. A process claims room
   by adding to `next`, fills it, and marks it whole. A record of which `room` is 0 has been claimed
   and not begun; its process may have died. */
#ifndef POOLGEN_SPOOL_H
#define POOLGEN_SPOOL_H

#include <stdatomic.h>
#include <stdint.h>

/* The environment tells where it is: "DESCRIPTOR:DEVICE:INODE:PID", the first as poolgen record and
   the command have it, the last of poolgen record itself. */
#define SPOOL_VARIABLE "POOLGEN_RECORD_SPOOL"

enum {
    SPOOL_LAYOUT = 2, /* changes with what stands below */
    SPOOL_UNIT = 1 << 16,
    SPOOL_HEAD = SPOOL_UNIT, /* bytes before the first record */
    SPOOL_NOTES = 64,
    SPOOL_ID = 33 /* bytes of a run's id, its end included */
};

/* What a process has to say that is no profile. */
enum spool_note_kind {
    NOTE_NONE,
    NOTE_LOST,       /* its profile could not be written: `error` says why */
    NOTE_SANITIZER,  /* it was built with a sanitizer: nothing is recorded */
    NOTE_OWN_MALLOC, /* the malloc that it calls comes before the recorder's: likewise */
    NOTE_OTHER       /* it was started by a poolgen of another layout: likewise */
};

struct spool_note {
    _Atomic uint32_t kind; /* enum spool_note_kind, written last */
    int32_t pid;
    int32_t error; /* errno */
    char command[64];
};

struct spool {
    uint32_t layout;
    _Atomic uint32_t closed;        /* nobody looks here any more: write the file yourself */
    _Atomic uint64_t next;          /* offset of the first byte that nobody has claimed */
    _Atomic uint32_t main_attached; /* the recorder is at work in the command itself ... */
    _Atomic uint32_t main_wrote;    /* ... which has written its file itself */
    _Atomic uint32_t exec_error;    /* errno of the execvp that failed */
    uint64_t namespace;             /* inode of poolgen record's PID namespace; 0 = not known */
    _Atomic uint32_t note_count;
    struct spool_note notes[SPOOL_NOTES];
};
_Static_assert(sizeof(struct spool) <= SPOOL_HEAD, "the head has room");

enum spool_state {
    SPOOL_OPEN,   /* is being filled */
    SPOOL_WHOLE,  /* may be taken */
    SPOOL_HELD,   /* not to be taken while its process writes a newer profile itself, having found
                     no room here; if it dies at that, this is the newest */
    SPOOL_TAKING, /* its file is being written */
    SPOOL_TAKEN
};

struct spool_record {
    _Atomic uint64_t room;  /* bytes claimed, this head included: a multiple of SPOOL_UNIT */
    _Atomic uint32_t state; /* enum spool_state */
    int32_t pid;
    uint32_t is_main; /* the command's own */
    char id[SPOOL_ID];
    uint64_t length; /* bytes of the profile, which follows */
};

static inline uint64_t spool_round(uint64_t bytes)
{
    return (bytes + SPOOL_UNIT - 1) / SPOOL_UNIT * SPOOL_UNIT;
}

#endif
