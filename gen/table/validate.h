/* Validate: located tree -> pool table, by a list of named rules. */
#ifndef POOLGEN_VALIDATE_H
#define POOLGEN_VALIDATE_H

#include "table/table.h"
#include "table/tree.h"

/* Checks everything and reports every error. The table is meaningful only when diag->errors is
   still 0. `prefix` (may be NULL) replaces the table's name under the same rules. */
struct table *validate_table(const struct node *root, const char *prefix, struct diag *diag);

/* True if `name` may stand before every emitted symbol; otherwise *why says what is wrong, as the
   end of a sentence that starts with the name: "is a keyword of C". */
bool validate_name(const char *name, const char **why);

/* Name of rule `i`, or NULL past the last: tests ask that each has been seen to trip. */
const char *validate_rule(size_t i);

#endif
