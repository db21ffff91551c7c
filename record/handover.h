/* Handing over to `poolgen record`: the recorder's side of gen/command/spool.h. */
#ifndef RECORD_HANDOVER_H
#define RECORD_HANDOVER_H

#include "command/spool.h"
#include <stdbool.h>
#include <stddef.h>

struct identity;

/* Maps what the environment names, taking at most `most` bytes of addresses. Without it profiles
   are written by the process itself. */
void handover_attach(size_t most);

/* True while somebody takes what is handed over. */
bool handover_is_open(void);

/* True if the process of that number, in its own PID namespace, is the command itself. */
bool handover_is_main(int pid, int main_pid);

/* Says that the command itself is being recorded, or has written its profile by itself. */
void handover_tell_attached(void);
void handover_tell_wrote(void);

/* Leaves a note; false if there is nobody to read it. */
bool handover_note(enum spool_note_kind kind, const struct identity *identity, int error);

/* What this process has handed over and nobody has taken waits while the process writes a newer
   profile itself, so that the older one is not written over it. What is being taken is waited for,
   a second at most. */
void handover_hold(const struct identity *identity);

/* After that: what was held is void, or as it was if there is no newer one. */
void handover_let_go(const struct identity *identity, bool is_newer_written);

/* Room for a profile of at most `bytes`; NULL if there is none. */
struct spool_record *handover_claim(size_t bytes);

/* Hands it over, with `length` bytes written behind it. False if nobody will take it any more. */
bool handover_finish(struct spool_record *record, size_t length, const struct identity *identity);

#endif
