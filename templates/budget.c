/* Part of allocator.c: the table's budget. */
//%if budget
/* All static objects together fit the table's budget. */
_Static_assert(sizeof @prefix@_shapes + sizeof @prefix@_arena + sizeof @prefix@_pools
//%if single
                       + sizeof @prefix@_free_lists
//%end
//%if caches
                       + sizeof @prefix@_first_thread + 2 * sizeof(struct @prefix@_cache)
//%end
//%if counters
//%if !caches
                       + sizeof @prefix@_counts
//%end
//%end
//%if maps
                       + sizeof @prefix@_kept
//%end
//%if stacks
                       + sizeof @prefix@_static_batches + sizeof @prefix@_static_bits
//%end
//%if grows
                       + sizeof @prefix@_owners
//%end
//%if select_table
                       + sizeof @prefix@_pool_of_granule
//%end
//%if select_split
                       + sizeof @prefix@_pool_of_granule
//%end
//%if granules
                       + sizeof @prefix@_pool_of_arena_granule
//%end
//%if !natural
                       + sizeof @prefix@_next_aligned
//%end
                   <= @budget_bytes@,
               "the static objects fit the budget");
//%end
