#include ALLOCATOR

#include "subject.h"

size_t subject_caches(void)
{
    return (size_t)TH_LOAD(&th_threads, acquire);
}

size_t subject_cache_bytes(void)
{
    if (th_cache == &th_unborn || th_cache == &th_dead) {
        return 0;
    }
    const struct th_thread *const thread = (const void *)th_cache;
    size_t bytes = 0;
    for (size_t pool = 0; pool < TH_POOLS; pool++) {
        const struct th_supply *const supply = &thread->supplies[pool];
        size_t blocks = th_fresh(supply);
        for (const struct th_block *block = thread->cache.lists[pool].head; block != NULL;
             block = block->next) {
            blocks++;
        }
        for (const struct th_block *block = supply->spare; block != NULL; block = block->next) {
            blocks++;
        }
        bytes += blocks * th_shapes[pool].size;
    }
    return bytes;
}

size_t subject_live(void)
{
    th_stats_t stats;
    size_t sum = 0;
    th_stats(&stats);
    for (size_t pool = 0; pool < TH_POOLS; pool++) {
        sum += (size_t)stats.pools[pool].live;
    }
    return sum;
}

size_t subject_used(void)
{
    th_stats_t stats;
    size_t sum = 0;
    th_stats(&stats);
    for (size_t pool = 0; pool < TH_POOLS; pool++) {
        sum += stats.pools[pool].carved + stats.pools[pool].grown;
    }
    return sum;
}

size_t subject_mapped(void)
{
    return (size_t)atomic_load(&th_mapped_bytes);
}
