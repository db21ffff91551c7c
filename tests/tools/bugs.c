/* What a program in C can do to its blocks: see bugs.h. */
#include "bugs.h"

#include "allocator.h"

#include <pthread.h>
#include <stdlib.h>

enum { OVERSIZE = 100000 };

/* A block of a size that the compiler does not know, filled. */
static char *block_of(volatile size_t size)
{
    char *const block = tokio_alloc(size);
    if (block == NULL) {
        abort();
    }
    memset(block, 1, size);
    return block;
}

BUG overflow_by_1(void)
{
    volatile char *const block = block_of(13);
    block[13] = 1;
    tokio_free((void *)block);
}

/* The block is all of its pool's size: what follows is the next one. */
BUG overflow_of_a_full_block(void)
{
    volatile char *const block = block_of(64);
    block[64] = 1;
    tokio_free((void *)block);
}

BUG overflow_in_memcpy(void)
{
    char copy[256];
    char *const block = block_of(100);
    volatile size_t size = 101;
    memcpy(copy, block, size);
    look_at(copy);
    tokio_free(block);
}

BUG underflow(void)
{
    volatile char *const block = block_of(64);
    block[-1] = 1;
    tokio_free((void *)block);
}

BUG write_after_free(void)
{
    volatile char *const block = block_of(64);
    tokio_free((void *)block);
    block[0] = 1;
}

BUG read_after_free(void)
{
    char *const block = block_of(200);
    tokio_free(block);
    look_at(block + 150);
}

/* The header's inline face. */
BUG write_after_free_of_a_constant_size(void)
{
    volatile char *const block = tokio_alloc(64);
    block[0] = 1;
    tokio_free_sized((void *)block, 64);
    block[32] = 1;
}

BUG free_twice(void)
{
    char *const block = block_of(64);
    tokio_free(block);
    tokio_free(block);
}

BUG free_twice_with_others_between(void)
{
    char *const block = block_of(32);
    char *const other = block_of(32);
    tokio_free(block);
    tokio_free(other);
    tokio_free_sized(block, 32);
}

BUG stale_pointer_after_realloc(void)
{
    volatile char *const block = block_of(40);
    char *const moved = tokio_realloc((void *)block, 60);
    block[8] = 1;
    tokio_free(moved);
}

BUG write_past_a_shrunk_block(void)
{
    volatile char *const block = tokio_realloc(block_of(60), 40);
    block[50] = 1;
    tokio_free((void *)block);
}

BUG uninitialised(void)
{
    char *const block = tokio_aligned_alloc(64, 64);
    look_at(block + 10);
    tokio_free(block);
}

/* What the block before left there is not the new one's. */
BUG uninitialised_and_used_before(void)
{
    tokio_free(block_of(300));
    char *const block = tokio_alloc(300);
    look_at(block + 290);
    tokio_free(block);
}

static void lose(void)
{
    char *kept[2] = {block_of(48), block_of(48)};
    tokio_free(kept[0]);
}

BUG lost_block(void)
{
    char *const first = block_of(48); /* memcheck sees a pool's pointer to the first of a span */
    lose();
    tokio_free(first);
}

BUG overflow_of_an_oversize_block(void)
{
    volatile char *const block = block_of(OVERSIZE);
    block[OVERSIZE] = 1;
    tokio_free((void *)block);
}

BUG write_after_free_of_an_oversize_block(void)
{
    volatile char *const block = block_of(OVERSIZE);
    tokio_free((void *)block);
    block[OVERSIZE / 2] = 1;
}

static void *free_it(void *block)
{
    tokio_free(block);
    return NULL;
}

BUG read_after_free_by_another_thread(void)
{
    pthread_t thread;
    char *const block = block_of(500);
    if (pthread_create(&thread, NULL, free_it, block) != 0) {
        abort();
    }
    pthread_join(thread, NULL);
    look_at(block + 400);
}

/* Others get blocks of the size meanwhile, among them what was freed last, if nothing waits. */
static void pass_by(size_t size)
{
    enum { LATER = 100 };
    for (int i = 0; i < LATER; i++) {
        tokio_free(block_of(size));
    }
    for (int i = 0; i < LATER; i++) {
        block_of(size);
    }
}

BUG read_after_free_and_later_blocks(void)
{
    char *const block = block_of(200);
    tokio_free(block);
    pass_by(200);
    look_at(block + 150);
}

BUG write_after_free_and_later_blocks(void)
{
    volatile char *const block = block_of(5000);
    tokio_free((void *)block);
    pass_by(5000);
    block[10] = 1;
}

BUG free_twice_after_later_blocks(void)
{
    char *const block = block_of(40);
    tokio_free(block);
    pass_by(40);
    tokio_free(block);
}

/* Each of the above as it should be, for every pool, and what a tool may take for wrong. */
static void well(void)
{
    char *blocks[64];
    for (size_t size = 1; size <= 20000; size += 1 + size / 8) {
        for (size_t i = 0; i < 64; i++) {
            blocks[i] = i % 3 == 0   ? block_of(size + i)
                        : i % 3 == 1 ? tokio_calloc(1, size + i)
                                     : tokio_aligned_alloc(64, size + i);
            memset(blocks[i], (int)i, tokio_usable_size(blocks[i]));
        }
        for (size_t i = 0; i < 64; i++) {
            blocks[i] = tokio_realloc(blocks[i], size + 40);
            look_at(blocks[i] + size / 2);
            tokio_free_sized(blocks[i], size + 40);
        }
        tokio_trim();
        tokio_idle();
    }
    pthread_t thread;
    char *const block = block_of(500);
    if (pthread_create(&thread, NULL, free_it, block) == 0) {
        pthread_join(thread, NULL);
    }
    /* The only pointer to a block of malloc's is in one that has grown. */
    enum { MANY = 12000 };
    void **list = NULL;
    for (size_t i = 0; i < MANY; i++) {
        void **const node = tokio_alloc(2 * sizeof(void *));
        node[0] = list;
        node[1] = malloc(40);
        list = node;
    }
    static void **kept;
    kept = list;
    tokio_stats_t stats;
    tokio_stats(&stats);
    if (!tokio_check() || kept == NULL || stats.pool_count != TOKIO_POOLS) {
        abort();
    }
}

static const struct bug bugs[] = {
    {"overflow-by-1", overflow_by_1},
    {"overflow-of-a-full-block", overflow_of_a_full_block},
    {"overflow-in-memcpy", overflow_in_memcpy},
    {"underflow", underflow},
    {"write-after-free", write_after_free},
    {"read-after-free", read_after_free},
    {"write-after-free-of-a-constant-size", write_after_free_of_a_constant_size},
    {"free-twice", free_twice},
    {"free-twice-with-others-between", free_twice_with_others_between},
    {"stale-pointer-after-realloc", stale_pointer_after_realloc},
    {"write-past-a-shrunk-block", write_past_a_shrunk_block},
    {"uninitialised", uninitialised},
    {"uninitialised-and-used-before", uninitialised_and_used_before},
    {"lost-block", lost_block},
    {"overflow-of-an-oversize-block", overflow_of_an_oversize_block},
    {"write-after-free-of-an-oversize-block", write_after_free_of_an_oversize_block},
    {"read-after-free-by-another-thread", read_after_free_by_another_thread},
    {"read-after-free-and-later-blocks", read_after_free_and_later_blocks},
    {"write-after-free-and-later-blocks", write_after_free_and_later_blocks},
    {"free-twice-after-later-blocks", free_twice_after_later_blocks},
    {"well", well},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    return commit(bugs, argc > 1 ? argv[1] : "well");
}
