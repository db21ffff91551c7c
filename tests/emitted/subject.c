/* Compiled once for each table, with HEADER, PREFIX, PREFIX_UPPER, TABLE and perhaps COUNTERS
   defined: the one place that knows what the emitted names are. */
#include HEADER

#include "subject.h"

#define JOIN_(left, right) left##right
#define JOIN(left, right)  JOIN_(left, right)
#define NAME(name)         JOIN(PREFIX, _##name)
#define UPPER(name)        JOIN(PREFIX_UPPER, _##name)
#define TEXT_(text)        #text
#define TEXT(text)         TEXT_(text)

#if UPPER(PASSTHROUGH)
static unsigned char NAME(arena)[1];
#else
extern UPPER(API) unsigned char NAME(arena)[];
#endif

#ifdef HOOK
/* It always gives up: what it can do otherwise is asked in tests/chip/. */
bool NAME(exhausted)(size_t pool, size_t size)
{
    return pool >= UPPER(POOLS) || size > UPPER(LARGEST);
}
#endif

static struct subject_stats read_stats(void)
{
    static NAME(stats_t) stats; /* too large for a stack when pools are many */
    static struct subject_pool pools[UPPER(POOLS)];
    NAME(stats)(&stats);
    for (size_t i = 0; i < UPPER(POOLS); i++) {
        const NAME(pool_stats_t) *const pool = &stats.pools[i];
        pools[i] = (struct subject_pool){
            .size = pool->size,
            .initial_count = pool->initial_count,
            .carved = pool->carved,
            .grown = pool->grown,
            .fallbacks = pool->fallbacks,
#ifdef COUNTERS
            .allocs = pool->allocs,
            .frees = pool->frees,
            .live = pool->live,
            .first_uses = pool->first_uses,
#endif
        };
    }
    return (struct subject_stats){
        .pool_count = stats.pool_count,
        .oversize = stats.oversize,
        .bytes_reserved = stats.bytes_reserved,
        .bytes_committed = stats.bytes_committed,
        .bytes_retained = stats.bytes_retained,
        .pools = pools,
    };
}

const struct subject subject = {
    .prefix = TEXT(PREFIX),
    .table = TABLE,
    .passthrough = UPPER(PASSTHROUGH),
    .watched = !UPPER(PASSTHROUGH) && UPPER(WATCH),
    .pools = UPPER(POOLS),
    .largest = UPPER(LARGEST),
    .arena = NAME(arena),
    .alloc = NAME(alloc),
    .calloc = NAME(calloc),
    .realloc = NAME(realloc),
    .aligned_alloc = NAME(aligned_alloc),
    .aligned_calloc = NAME(aligned_calloc),
    .aligned_realloc = NAME(aligned_realloc),
    .free = NAME(free),
    .free_sized = NAME(free_sized),
    .free_aligned_sized = NAME(free_aligned_sized),
    .usable_size = NAME(usable_size),
    .good_size = NAME(good_size),
    .owns = NAME(owns),
    .stats = read_stats,
    .trim = NAME(trim),
    .idle = NAME(idle),
    .thread_flush = NAME(thread_flush),
    .check = NAME(check),
};
