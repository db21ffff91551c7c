/* Validate: located tree -> pool table, by a list of named rules. */
#ifndef POOLGEN_VALIDATE_H
#define POOLGEN_VALIDATE_H

#include "table/table.h"
#include "table/tree.h"

/* What a command line puts in the place of the table's own values, under the same rules. */
struct overrides {
    const char *prefix;          /* for the name; NULL = none */
    const char *const *settings; /* "KEY=VALUE": for a key of the table that has one value */
    size_t setting_count;
};

/* Checks everything and reports every error. The table is meaningful only when diag->errors is
   still 0. `overrides` may be NULL; errors in them have place 0:0. */
struct table *validate_table(const struct node *root, const struct overrides *overrides,
                             struct diag *diag);

/* True if `name` may stand before every emitted symbol; otherwise *why says what is wrong, as the
   end of a sentence that starts with the name: "is a keyword of C". */
bool validate_name(const char *name, const char **why);

/* Name of rule `i`, or NULL past the last: tests ask that each has been seen to trip. */
const char *validate_rule(size_t i);

#endif
