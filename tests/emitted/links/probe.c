/* Holds the emitted selection of one table to a plain loop, for every size from 0 to one past the
   largest, and its owner map, for every byte of every block. */
#include "table.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

void *probe_alloc(size_t size);
void probe_free(void *ptr);
void *probe_aligned_alloc(size_t alignment, size_t size);
size_t probe_good_size(size_t size);
size_t probe_usable_size(const void *ptr);
bool probe_owns(const void *ptr);
bool probe_check(void);

static void require(bool condition, const char *what, size_t about)
{
    if (!condition) {
        printf("%s, %zu\n", what, about);
        exit(1);
    }
}

static void check_sizes(void)
{
    for (size_t size = 0; size <= table.largest; size++) {
        const size_t pool = table_pool(size);
        void *const block = probe_alloc(size);
        require(probe_good_size(size) == table.rows[pool].size, "good_size is not the loop's",
                size);
        require(probe_usable_size(block) == table.rows[pool].size, "the pool is not the loop's",
                size);
        probe_free(block);
    }
    require(probe_good_size(table.largest + 1) == table.largest + 1, "oversize", table.largest + 1);
    require(probe_alloc(table.largest + 1) == NULL, "oversize", table.largest + 1);
}

static void check_alignments(void)
{
    for (size_t alignment = 1; alignment <= 8192; alignment *= 2) {
        for (size_t size = 0; size <= table.largest + 1; size += 1 + size / 16) {
            const size_t pool = table_aligned_pool(alignment, size);
            void *const block = probe_aligned_alloc(alignment, size);
            require((block != NULL) == (pool < table.count), "an aligned request", size);
            if (block != NULL) {
                require((uintptr_t)block % alignment == 0, "an aligned request's block", size);
                require(probe_usable_size(block) == table.rows[pool].size, "its pool", size);
            }
            probe_free(block);
        }
    }
}

/* All blocks of all pools at once, so that each has neighbours. */
static void check_owners(void)
{
    for (size_t pool = 0; pool < table.count; pool++) {
        const size_t size = table.rows[pool].size;
        for (size_t i = 0; i < table.rows[pool].count; i++) {
            unsigned char *const block = probe_alloc(size);
            require(block != NULL, "a pool is short of blocks", size);
            require(probe_usable_size(block) == size, "a block's pool is not its own", size);
            require(probe_owns(block) && probe_owns(block + size - 1), "a block is not owned",
                    size);
        }
        require(probe_alloc(size) == NULL, "a pool has too many blocks", size);
    }
}

int main(int argc, char **argv)
{
    require(argc == 2, "probe TABLE", 0);
    table_read(argv[1]);
    check_sizes();
    check_alignments();
    check_owners();
    require(probe_check(), "check", 0);
    printf("%zu pools up to %zu bytes", table.count, table.largest);
    return 0;
}
