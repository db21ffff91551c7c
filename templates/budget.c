/* Part of allocator.c: the table's budget, against the objects that gen/plan/objects.c lists. */
//%if !budget_none
/* All static objects together fit the table's budget. */
//%for objects
//%if first
_Static_assert(sizeof @prefix@_@object@
//%else
                       + sizeof @prefix@_@object@
//%end
//%end
//%if sections
                       + @section_bytes@ /* in sections of their own */
//%end
                   <= @budget@,
               "the static objects fit the budget");
//%end
