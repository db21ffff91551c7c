/* What blocks are at `harden: full`: their size is the request's, they are zero, they come back
   late and in no order, and nothing of a pool is missing for it. What ends a program is in
   tests/crimes. */
#include "cases.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TAIL = 8, MOST_BLOCKS = 4096 };

/* What a pool serves at most; 0: requests of no bytes alone. */
static size_t room(size_t pool)
{
    return table.rows[pool].size - (table.rows[pool].full ? TAIL : 0);
}

static size_t least(size_t pool)
{
    return pool == 0 ? 0 : room(pool - 1) + 1;
}

static void usable_size_is_the_request(void)
{
    for (size_t pool = 0; pool < table.count; pool++) {
        for (size_t size = least(pool); size <= room(pool); size += 1 + size / 7) {
            unsigned char *const block = subject.alloc(size);
            CHECK_FOR(size, block != NULL && subject.owns(block));
            CHECK_FOR(size, table.rows[pool].full ? subject.usable_size(block) == size
                                                  : is_usable(block, size, room(pool)));
            CHECK_EQUAL(subject.good_size(size), room(pool));
            subject.free_sized(block, size);
        }
    }
    CHECK(subject.good_size(subject.largest + 1) == subject.largest + 1);
}

/* Each size has its blocks from the first pool that has room for it and the check. None is freed,
 * so that all are new. */
static void a_request_takes_eight_bytes_more(void)
{
    for (size_t pool = 0; pool + 1 < table.count; pool++) {
        const size_t before =
            subject.stats().pools[pool].carved + subject.stats().pools[pool].grown;
        void *const block = subject.alloc(room(pool));
        CHECK_FOR(pool, subject.stats().pools[pool].carved + subject.stats().pools[pool].grown ==
                            before + 1);
        CHECK(block != NULL && subject.alloc(room(pool) + 1) != NULL);
        CHECK_FOR(pool, subject.stats().pools[pool].carved + subject.stats().pools[pool].grown ==
                            before + 1);
    }
}

static void blocks_are_zero_when_handed_out(void)
{
    for (size_t pool = 0; pool < table.count; pool = next_sample(pool)) {
        for (size_t round = 0; table.rows[pool].full && round < 300; round++) {
            const size_t size = least(pool) + (room(pool) - least(pool)) * (round % 5) / 4;
            unsigned char *const block = subject.alloc(size);
            CHECK_FOR(size, block != NULL && is_zero(block, size));
            memset(block, 0xee, size);
            unsigned char *const resized = subject.realloc(block, room(pool));
            CHECK_FOR(size, resized != NULL && is_zero(resized + size, room(pool) - size));
            memset(resized, 0xdd, room(pool));
            subject.free(resized);
        }
    }
}

static void a_resized_block_keeps_what_it_holds(void)
{
    const size_t pool = table.count - 1;
    const size_t most = room(pool), half = most / 2 + 1;
    unsigned char *const block = subject.alloc(most);
    fill(block, most, 3);
    CHECK(subject.realloc(block, half) == block && is_filled(block, half, 3));
    CHECK(!table.rows[pool].full || subject.usable_size(block) == half);
    CHECK(subject.realloc(block, most) == block && is_filled(block, half, 3));
    CHECK(!table.rows[pool].full || is_zero(block + half, most - half));
    subject.free_sized(block, most);
}

static bool fails_somewhere(void)
{
    for (size_t pool = 0; pool < table.count; pool++) {
        if (table.rows[pool].exhausted == FAIL) {
            return true;
        }
    }
    return false;
}

/* Where no other is left, a block need not move to be larger or smaller; in pools that are not
 * hardened, too. */
static void the_last_block_has_room_where_it_is(void)
{
    for (size_t pool = 0; pool < table.count; pool = next_sample(pool)) {
        if (table.rows[pool].exhausted != FAIL) {
            continue;
        }
        unsigned char *last = NULL;
        for (size_t i = 0; i < table.rows[pool].count; i++) {
            CHECK_FOR(i, (last = subject.alloc(least(pool))) != NULL);
        }
        CHECK_FOR(pool, subject.realloc(last, room(pool)) == last);
        memset(last, 1, room(pool));
        CHECK_FOR(pool, subject.realloc(last, least(pool)) == last);
        memset(last, 1, least(pool));
        subject.free(last);
    }
}

static void a_block_of_no_bytes_is_a_block(void)
{
    unsigned char *const block = subject.alloc(0);
    CHECK(block != NULL && subject.usable_size(block) <= table.rows[0].size);
    subject.free(block);
    unsigned char *const emptied = subject.realloc(must_alloc(room(0)), 0);
    CHECK(emptied != NULL);
    subject.free(emptied);
}

/* Blocks come and go, more and more of them, and what waits is given back now and then. */
static void no_more_is_carved_than_there_is(void)
{
    enum { CALLS = 3000 };
    static void *blocks[CALLS];
    size_t count = 0;
    uint32_t random = 1;
    for (size_t call = 0; call < CALLS; call++) {
        random = random * 1103515245 + 12345;
        if (count > 0 && (random >> 16) % 3 == 0) {
            const size_t at = (random >> 18) % count;
            subject.free(blocks[at]);
            blocks[at] = blocks[--count];
        } else if ((blocks[count] = subject.alloc(room(0))) != NULL) {
            count++;
        }
        if (call % 7 == 0) {
            subject.trim();
        }
        CHECK_FOR(call, subject.stats().pools[0].carved <= table.rows[0].count);
    }
    CHECK(subject.check());
}

/* A pool that does not grow loses no block to what waits. */
static void a_pool_serves_all_its_blocks_again(void)
{
    for (size_t pool = 0; pool < table.count; pool = next_sample(pool)) {
        static void *blocks[MOST_BLOCKS];
        const size_t count = table.rows[pool].count;
        if (table.rows[pool].exhausted != FAIL || count > MOST_BLOCKS) {
            continue;
        }
        for (size_t round = 0; round < 3; round++) {
            for (size_t i = 0; i < count; i++) {
                CHECK_FOR(i, (blocks[i] = subject.alloc(room(pool))) != NULL);
            }
            CHECK_ENOMEM(subject.alloc(room(pool)));
            for (size_t i = 0; i < count; i++) {
                subject.free(blocks[i]);
            }
        }
    }
}

/* Whether a block comes back, of pools with so many blocks that some wait, and when. */
static void a_freed_block_waits(void)
{
    for (size_t pool = 0; pool < table.count; pool = next_sample(pool)) {
        if (!table.rows[pool].full || table.rows[pool].count < 16) {
            continue;
        }
        void *const first = subject.alloc(room(pool));
        subject.free(first);
        size_t waited = 0;
        for (void *block = NULL; block != first && waited <= MOST_BLOCKS; waited++) {
            block = subject.alloc(room(pool));
            subject.free(block);
        }
        CHECK_FOR(pool, waited > 1 && waited <= MOST_BLOCKS);
    }
}

/* Where the arena has a gap, a write to it stops. */
static void what_no_pool_uses_is_closed(void)
{
    const struct row *const row = &table.rows[0];
    int status = 0;
    unsigned char *const past = subject.arena + row->size * row->count + 65536;
    const pid_t child = fork();
    if (child == 0) {
        *(volatile unsigned char *)past = 1;
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

static bool has_a_gap(void)
{
    return table.shared && table.count > 1;
}

const struct test_case harden_cases[] = {
    {.name = "usable_size is the request", .where = IN_POOLS, .run = usable_size_is_the_request},
    {.name = "a request takes eight bytes more",
     .where = IN_POOLS,
     .run = a_request_takes_eight_bytes_more},
    {.name = "blocks are zero when handed out",
     .where = IN_PLAIN_POOLS,
     .run = blocks_are_zero_when_handed_out},
    {.name = "a resized block keeps what it holds",
     .where = IN_PLAIN_POOLS,
     .run = a_resized_block_keeps_what_it_holds},
    {.name = "the last block has room where it is",
     .where = IN_POOLS,
     .run = the_last_block_has_room_where_it_is,
     .applies = fails_somewhere},
    {.name = "a block of no bytes is a block",
     .where = IN_POOLS,
     .run = a_block_of_no_bytes_is_a_block},
    {.name = "no more is carved than there is",
     .where = IN_POOLS,
     .run = no_more_is_carved_than_there_is},
    {.name = "a pool serves all its blocks again",
     .where = IN_POOLS,
     .run = a_pool_serves_all_its_blocks_again,
     .applies = fails_somewhere},
    {.name = "a freed block waits", .where = IN_PLAIN_POOLS, .run = a_freed_block_waits},
    {.name = "what no pool uses is closed",
     .where = IN_POOLS,
     .run = what_no_pool_uses_is_closed,
     .applies = has_a_gap,
     .bare = true},
    {.name = NULL},
};
