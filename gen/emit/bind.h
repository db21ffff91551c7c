/* The first half of render: every value of a plan under the name that templates use. */
#ifndef POOLGEN_BIND_H
#define POOLGEN_BIND_H

#include "emit/render.h"
#include "emit/template.h"

/* Binds the same names for every plan, so that templates are checked whole each time. */
struct bindings *bind_plan(struct arena *arena, const struct plan *plan,
                           const struct naming *naming);

#endif
