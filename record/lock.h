/* The recorder's one lock: new rows, the list of tallies, snapshots, writing.

   The thread that holds it may take it again (an atfork handler of the program may allocate while
   ours holds it across fork). A signal handler must not wait for it: it tries, and if it fails
   leaves its request for the holder, who serves it on release. */
#ifndef RECORD_LOCK_H
#define RECORD_LOCK_H

#include <stdbool.h>

void lock_take(void);
bool lock_try(void); /* false also when this thread holds it */
void lock_release(void);

/* Called by a signal handler whose lock_try failed: lock_release will call serve(signal). */
void lock_leave_request(int signal);

/* What serves requests; called with the lock held. Set once, before any request. */
extern void (*lock_serve)(int signal);

#endif
