/* --explain: the plan in words, for a reviewer, and as JSON, for machines. */
#ifndef POOLGEN_EXPLAIN_H
#define POOLGEN_EXPLAIN_H

#include "base/text.h"
#include "plan/plan.h"

void explain_text(struct text *out, const struct plan *plan);
void explain_json(struct text *out, const struct plan *plan);

#endif
