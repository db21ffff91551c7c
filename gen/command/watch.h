/* Runs the command of `poolgen record` as a child and waits for its end. */
#ifndef POOLGEN_WATCH_H
#define POOLGEN_WATCH_H

#include "command/collect.h"

/* Returns the exit code: the command's, or 1 if that is 0 and a profile was lost. A signal that
   ends the command ends this process too, so that whoever waits sees the same. Signals that are
   sent to this process go on to the command. argv is the command's, NULL at its end. */
int watch_command(struct collector *collector, char **argv);

#endif
