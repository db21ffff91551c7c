/* Which block sizes need least memory, every pool at its own peak: exact, by dynamic programming.
 */
#ifndef POOLGEN_FOOTPRINT_H
#define POOLGEN_FOOTPRINT_H

#include "profile/demand.h"

/* The best sets of 1, 2 ... `most` pools by the bytes of the blocks that demand_peaks counts, added
   up over the runs: that is a choice's `lost`. Pool sizes and items are those of sizes_choose.

   Bytes lost to rounding are a part of it; the other part is what sizes that are live at different
   times save when they share a pool. So fewer pools may need less memory, and more never help to
   less than the best.

   Considered are sets in which every pool can serve all that falls to it: one that is no multiple
   of an aligned request's alignment, and would pass it on, is left out. Not exact (`choices.exact`)
   where requests are so aligned, or where there are so many sizes and snapshots that the lightest
   sizes are taken together with the next. O(sizes^2 (snapshots + most)). */
struct choices footprint_choose(struct arena *arena, const struct demand *demand,
                                const struct sizes_item *items, size_t count, uint64_t granule,
                                size_t most);

#endif
