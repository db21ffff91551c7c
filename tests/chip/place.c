/* Arenas in sections that nobody clears: each where the table or the macro says, and what they hold
   at first is nobody's trust. */
#include "allocator.h"

#include "check.h"

#ifdef SECTIONS
/* The linker's names for where they begin and end. */
extern unsigned char __start_chip_fast[], __stop_chip_fast[], __start_chip_slow[],
    __stop_chip_slow[];
extern unsigned char __start_chip_rest[], __stop_chip_rest[];
extern CHIP_API unsigned char chip_arena_0[], chip_arena_2[], chip_arena_4[];
#endif
extern CHIP_API unsigned char chip_arena[];

enum { GARBAGE = 0xa5, MOST = 512 };

static size_t bytes_of(size_t pool, const chip_stats_t *stats)
{
    return stats->pools[pool].size * stats->pools[pool].initial_count;
}

static void power_comes_on(void)
{
    chip_stats_t stats;
    chip_stats(&stats);
#ifdef SECTIONS
    memset(__start_chip_fast, GARBAGE, (size_t)(__stop_chip_fast - __start_chip_fast));
    memset(__start_chip_slow, GARBAGE, (size_t)(__stop_chip_slow - __start_chip_slow));
    memset(__start_chip_rest, GARBAGE, (size_t)(__stop_chip_rest - __start_chip_rest));
    size_t bytes = 0;
    for (size_t pool = 0; pool < CHIP_POOLS; pool++) {
        bytes += bytes_of(pool, &stats);
    }
    CHECK(stats.bytes_reserved >= bytes && stats.bytes_committed == stats.bytes_reserved);
#else
    memset(chip_arena, GARBAGE, stats.bytes_reserved);
    CHECK(bytes_of(0, &stats) <= stats.bytes_reserved);
#endif
    CHECK(chip_check());
}

/* Takes all blocks of all pools, and gives them back, twice over. */
static void every_block_is_the_pools_own(void)
{
    chip_stats_t stats;
    chip_stats(&stats);
    for (size_t round = 0; round < 3; round++) {
        static unsigned char *blocks[CHIP_POOLS][MOST];
        for (size_t pool = 0; pool < CHIP_POOLS; pool++) {
            for (size_t i = 0; i < stats.pools[pool].initial_count; i++) {
                unsigned char *const block = chip_alloc(chip_good_size(stats.pools[pool].size - 8));
                blocks[pool][i] = block;
                CHECK(block != NULL && chip_owns(block));
                CHECK(chip_usable_size(block) >= stats.pools[pool].size - 8);
                memset(block, (int)pool + 1, stats.pools[pool].size - 8);
            }
            CHECK(chip_alloc(stats.pools[pool].size - 8) == NULL);
        }
        CHECK(chip_check());
        for (size_t pool = 0; pool < CHIP_POOLS; pool++) {
            for (size_t i = 0; i < stats.pools[pool].initial_count; i++) {
                CHECK(blocks[pool][i][stats.pools[pool].size - 9] == pool + 1);
                chip_free(blocks[pool][i]);
            }
        }
        CHECK(chip_check());
    }
}

static void calloc_clears_what_was_there(void)
{
    unsigned char *const block = chip_calloc(3, 8);
    for (size_t i = 0; i < 24; i++) {
        CHECK(block[i] == 0);
    }
    chip_free(block);
}

#ifdef SECTIONS
static bool is_within(const unsigned char *at, size_t bytes, const unsigned char *start,
                      const unsigned char *stop)
{
    return at >= start && at + bytes <= stop;
}

static void each_arena_is_where_it_should_be(void)
{
    CHECK(is_within(chip_arena_0, 9 * 16, __start_chip_fast, __stop_chip_fast));
    CHECK(is_within(chip_arena_2, 5 * 48, __start_chip_slow, __stop_chip_slow));
    CHECK(is_within(chip_arena_4, 4 * 256, __start_chip_slow, __stop_chip_slow));
    CHECK(is_within(chip_arena, 7 * 32 + 3 * 96, __start_chip_rest, __stop_chip_rest));
    unsigned char *const small = chip_alloc(16), *const second = chip_alloc(32);
    CHECK(is_within(small, 16, chip_arena_0, chip_arena_0 + 9 * 16));
    CHECK(is_within(second, 32, chip_arena, chip_arena + 7 * 32));
    CHECK(!chip_owns(&small));
    unsigned char *const moved = chip_realloc(small, 200);
    CHECK(is_within(moved, 256, chip_arena_4, chip_arena_4 + 4 * 256));
    CHECK((uintptr_t)moved % 256 == 0);
    chip_free(moved);
    chip_free(second);
}
#endif

int main(void)
{
    static const struct check rows[] = {
        {"nothing relies on what arenas hold at first", power_comes_on},
        {"every block is its pool's, again and again", every_block_is_the_pools_own},
        {"calloc clears what was there", calloc_clears_what_was_there},
#ifdef SECTIONS
        {"each arena is where it should be", each_arena_is_where_it_should_be},
#endif
    };
    return check_all(rows, sizeof rows / sizeof rows[0]);
}
