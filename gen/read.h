/* Pass 1, read: bytes -> located tree, through libyaml's events. */
#ifndef POOLGEN_READ_H
#define POOLGEN_READ_H

#include "tree.h"

/* Loads the whole of `path` ('-' is standard input) into diag->source. False, with a message
   reported, when it cannot be read or is longer than 4 MiB. */
bool read_source(const char *path, struct diag *diag);

/* Parses diag->source. NULL, with errors reported, on anything that is not one plain YAML
   document of mappings, sequences and scalars at most 16 deep. Duplicate keys are kept: they are
   the validator's to judge. */
struct node *read_tree(struct diag *diag);

#endif
