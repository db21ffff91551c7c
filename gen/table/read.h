/* Read: bytes -> located tree, through libyaml's events. */
#ifndef POOLGEN_READ_H
#define POOLGEN_READ_H

#include "table/tree.h"

/* Loads the whole of `path` ('-' is standard input) into diag->source. False, with a message
   reported, when it cannot be read or is longer than 4 MiB. */
bool read_source(const char *path, struct diag *diag);

/* Parses diag->source. NULL, with an error reported, when no tree can be had: not UTF-8, not YAML,
   nested deeper than 16. What YAML allows and a pool table does not (anchors, aliases, tags, merge
   keys, a second document) is reported too, but the tree is still returned, so that validation
   can report the rest. Duplicate keys are kept: they are the validator's to judge. */
struct node *read_tree(struct diag *diag);

#endif
