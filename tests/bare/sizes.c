/* Every size, held to a plain loop over the table. */
#include "cases.h"

static void every_size_gets_the_least_block_that_holds_it(void)
{
    for (size_t size = 0; size <= CHIP_LARGEST; size++) {
        const size_t bytes = rows[row_of(size)].size;
        void *block = chip_alloc(size);
        CHECK_FOR(size, block != NULL && chip_usable_size(block) == bytes);
        CHECK_FOR(size, (uintptr_t)block % promised_alignment(size) == 0);
        CHECK_FOR(size, chip_good_size(size) == bytes && chip_owns(block));
        fill(block, bytes, (unsigned)size);
        CHECK_FOR(size, is_filled(block, bytes, (unsigned)size));
        chip_free_sized(block, size);
    }
    CHECK(chip_alloc(CHIP_LARGEST + 1) == NULL &&
          chip_good_size(CHIP_LARGEST + 1) == CHIP_LARGEST + 1);
}

static void *take_filled(size_t row, unsigned *seed)
{
    void *list = NULL;
    for (size_t i = rows[row].reserve; i < rows[row].count; i++) {
        void **block = alloc_called(rows[row].size);
        CHECK_FOR(row, block != NULL);
        fill(block + 1, rows[row].size - sizeof *block, (*seed)++);
        *block = list;
        list = block;
    }
    return list;
}

/* All that the table has without its reserves at once: what lies over another's block, or is
 * another's, changes it. */
static void no_two_blocks_overlap(void)
{
    void *lists[ROWS];
    unsigned seed = 1;
    for (size_t row = 0; row < ROWS; row++) {
        lists[row] = take_filled(row, &seed);
    }
    for (size_t row = ROWS; row-- > 0;) {
        for (void **block = lists[row]; block != NULL; block = *block) {
            CHECK_FOR(row, is_filled(block + 1, rows[row].size - sizeof *block, --seed));
        }
    }
    for (size_t row = 0; row < ROWS; row++) {
        free_all(lists[row]);
    }
}

/* The header's inline face, where the table has one, and the function choose the same pool. */
#define CHECK_CONSTANT(bytes)                                                                      \
    do {                                                                                           \
        void *block = chip_alloc(bytes);                                                           \
        CHECK_FOR(bytes, block != NULL && chip_usable_size(block) == rows[row_of(bytes)].size);    \
        chip_free_sized(block, bytes);                                                             \
    } while (0)

static void a_size_that_the_compiler_knows_gets_the_same(void)
{
    CHECK_CONSTANT(0);
    CHECK_CONSTANT(1);
    CHECK_CONSTANT(8);
    CHECK_CONSTANT(9);
    CHECK_CONSTANT(16);
    CHECK_CONSTANT(17);
    CHECK_CONSTANT(24);
    CHECK_CONSTANT(40);
    CHECK_CONSTANT(64);
    CHECK_CONSTANT(CHIP_LARGEST);
    CHECK(chip_alloc(CHIP_LARGEST + 1) == NULL);
}

const struct test_case size_cases[] = {
    {"every size gets the least block that holds it",
     every_size_gets_the_least_block_that_holds_it},
    {"no two blocks overlap", no_two_blocks_overlap},
    {"a size that the compiler knows gets the same", a_size_that_the_compiler_knows_gets_the_same},
    {NULL, NULL},
};
