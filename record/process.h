/* The recorder's life in a process: start, fork, signals, end. */
#ifndef RECORD_PROCESS_H
#define RECORD_PROCESS_H

#include <signal.h>

/* What the first allocation needs. It can come before the C library has its environment, so the
   rest waits for the recorder's constructor. */
void process_start(void);

/* Writes the profile if this is a process of its own (a vfork'ed child is not). */
void process_finish(void);

/* What the program sees of the signals that the recorder answers: as if it were not there. */
int process_sigaction(int signal, const struct sigaction *action, struct sigaction *old);

#endif
