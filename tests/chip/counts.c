/* Counts that begin again at 0, long before which no test would come. */
#include "allocator.c"

#include "check.h"

static void what_is_live_is_known_nevertheless(void)
{
    chip_stats_t stats;
    void *const first = chip_alloc(16);
    chip_pools[0].allocs += SIZE_MAX - 1;
    chip_pools[0].frees += SIZE_MAX - 1;
    void *const second = chip_alloc(16);
    chip_stats(&stats);
    CHECK(first != NULL && second != NULL);
    CHECK(stats.pools[0].allocs == 0 && stats.pools[0].live == 2);
    chip_free(first);
    chip_free(second);
    chip_stats(&stats);
    CHECK(stats.pools[0].frees == 0 && stats.pools[0].live == 0);
}

int main(void)
{
    static const struct check rows[] = {
        {"what is live is known nevertheless", what_is_live_is_known_nevertheless},
    };
    return check_all(rows, sizeof rows / sizeof rows[0]);
}
