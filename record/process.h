/* The recorder's life in a process: start, fork, signals, end. */
#ifndef RECORD_PROCESS_H
#define RECORD_PROCESS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What the first allocation needs. It can come before the C library has its environment, so the
   rest waits for the recorder's constructor. */
void process_start(void);

/* True if the program was built with a sanitizer, which must see malloc first. */
bool process_is_sanitized(void);

/* Bytes of addresses that the process may have; UINT64_MAX if that is not limited. */
uint64_t process_addresses(void);

/* _Fork. */
pid_t process_fork(void);

/* What ends the process for good, when _exit has written the profile. */
void process_leave(int status) __attribute__((noreturn));

/* True from the recorder's constructor on, unless it has stepped aside. */
bool process_records(void);

/* Writes the profile if this is a process of its own (a vfork'ed child is not). */
void process_finish(void);

/* What the program sees of the signals that the recorder answers: as if it were not there. */
int process_sigaction(int signal, const struct sigaction *action, struct sigaction *old);

#endif
