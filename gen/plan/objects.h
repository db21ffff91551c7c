/* The static objects of an emitted allocator, each with what it weighs. The plan's sums, and what
   an output asserts of its budget, are made of this one list. */
#ifndef POOLGEN_OBJECTS_H
#define POOLGEN_OBJECTS_H

#include "plan/plan.h"

/* Lists the objects that the plan's allocator has if it takes the layout of `owner`, and returns
   how many there are. The layout's arena and shift must be known already. */
size_t objects_list(const struct plan *plan, enum owner_map owner,
                    struct plan_object objects[PLAN_OBJECTS]);

/* Bytes of each number in a pool's row: the fewest that all of them fit where bytes count, else a
   word in a compact table, or 4. */
unsigned objects_narrow(const struct plan *plan, enum owner_map owner);

/* The bytes of all objects. */
uint64_t objects_bytes(const struct plan *plan, enum owner_map owner);

#endif
