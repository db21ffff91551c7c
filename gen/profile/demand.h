/* What the runs of a profile ask of a set of pools. */
#ifndef POOLGEN_DEMAND_H
#define POOLGEN_DEMAND_H

#include "profile/profile.h"
#include "profile/sizes.h"

/* One (size, alignment), added up over the runs. */
struct demand_row {
    struct profile_row sum; /* counts added; size, from and alignment are the row's own */
    double mean;            /* bytes that one of its requests needs */
    double held;            /* blocks of it at the peaks; see demand_gather */
};

struct demand {
    struct profile *profile;
    struct demand_row *rows; /* ascending by (size, alignment) */
    size_t row_count;
};

/* Sizes that differ a little often stand in for one another: a thousand of them, each live twice at
   its own peak, may never be more than a hundred blocks. So the peaks of the rows of one doubling
   of sizes, whose sum no moment may ever have seen, are scaled to what was seen of them together.
 */
struct demand *demand_gather(struct arena *arena, struct profile *profile);

/* What blocks are weighed by when rounding loss is added up. */
enum demand_weight {
    WEIGHT_PEAK,       /* what is held at the peaks */
    WEIGHT_ALLOCATIONS /* how often a size was asked for, scaled to as many blocks as above */
};

/* Items for sizes_choose: the rows of at most `largest` bytes that a pool can serve. A block of
   weight 1 counts *scale in them. */
struct sizes_item *demand_items(struct arena *arena, const struct demand *demand,
                                enum demand_weight weight, uint64_t largest, size_t *count,
                                double *scale);

/* What a set of pools does with the demand, added up over the runs. */
struct demand_loss {
    double requested;            /* bytes, of what every served row holds at the peaks */
    double lost;                 /* bytes of rounding on the same */
    double requested_ever;       /* bytes, of all served allocations */
    double lost_ever;            /* bytes of rounding on the same */
    double allocations;          /* of all sizes */
    double oversize_allocations; /* those that no pool serves */
};

struct demand_loss demand_loss(const struct demand *demand, const uint64_t *sizes, size_t count);

/* The same for the rows that each pool serves: `count` entries. */
void demand_loss_by_pool(const struct demand *demand, const uint64_t *sizes, size_t count,
                         struct demand_loss *losses);

/* Blocks that a snapshot has live in each pool; the last of the count + 1 entries is for what no
   pool serves. */
void demand_live(const struct profile_run *run, const struct profile_snapshot *snapshot,
                 const uint64_t *sizes, size_t count, uint64_t *live);

/* Most blocks that were live in each pool at a time: the highest snapshot, and no less than the
   highest single row. Without snapshots it is the sum of the rows' peaks, which cannot be less. */
void demand_peaks(struct arena *arena, const struct profile_run *run, const uint64_t *sizes,
                  size_t count, uint64_t *peaks);

#endif
