/* The recorder's one lock: new rows, the list of tallies, snapshots, writing.

   The thread that holds it may take it again (an atfork handler of the program may allocate while
   ours holds it across fork). A signal handler must not wait for it: it tries, and if it fails
   leaves its request for the holder, who serves it on release.

   Its state lies in a page that the kernel gives empty to a child, however the child was made
   (fork, _Fork, the raw system call): there the holder may be a thread that does not exist, and
   whoever takes the lock first makes the process one of its own. A vfork'ed child shares the page
   with its parent, as it shares all that the lock guards. */
#ifndef RECORD_LOCK_H
#define RECORD_LOCK_H

#include <stdbool.h>

/* Before all else. */
void lock_start(void);

void lock_take(void);
bool lock_try(void); /* false also when this thread holds it */
void lock_release(void);

/* For a child of fork where the kernel does not empty the page. */
void lock_forget(void);

/* Called by a signal handler whose lock_try failed: lock_release will call serve(signal), once for
   each signal, whatever other requests come before it is served. */
void lock_leave_request(int signal);

/* What serves requests; called with the lock held. Set once, before any request. */
extern void (*lock_serve)(int signal);

/* Called with the lock held by the first who takes it in a child. Set before any fork. */
extern void (*lock_adopt)(void);

#endif
