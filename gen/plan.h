/* Pass 3, plan: pool table -> every derived number and decision, once. Pure: no I/O, no text that
   reaches C. */
#ifndef POOLGEN_PLAN_H
#define POOLGEN_PLAN_H

#include "table.h"

struct plan {
    const struct table *table;
};

/* Plans the table. NULL, with errors at their places, if the table cannot be built as asked
   (a selector that cannot represent it, a budget that cannot hold it). */
struct plan *plan_table(struct arena *arena, const struct table *table, struct diag *diag);

#endif
