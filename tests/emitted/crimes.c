/* Pointers that are no blocks, and blocks freed twice: what is seen ends the program with the
   message that the header promises. */
#include "cases.h"

#include <stdint.h>
#include <stdlib.h>

static const char inside[] = "a pointer into a pool that is not the start of a block";
static const char foreign[] = "a pointer that this allocator did not return";
static const char twice[] = "a block was freed twice, or written to after it was freed";

static unsigned char *a_block(void)
{
    return must_alloc(table.largest);
}

/* Zeros all around, so that no header seems to stand before it. */
static void *a_foreign_pointer(void)
{
    static _Alignas(64) unsigned char zeros[4096];
    return zeros + 2048;
}

static bool sees_frees(void)
{
    return table.shared;
}

static bool never_asks_malloc(void)
{
    return !table.asks;
}

static bool sees_mappings(void)
{
    return table.oversize == OS;
}

static bool maps_alone(void)
{
    return table.oversize == OS && !table.asks;
}

static bool has_a_system(void)
{
    return table.system;
}

static void usable_size_of_the_middle(void)
{
    subject.usable_size(a_block() + table.largest / 2);
}

static void usable_size_of_the_last_byte(void)
{
    subject.usable_size(subject.arena + subject.stats().bytes_reserved - 1);
}

/* Where the initial blocks of a pool begin, and end. */
static void find_ends(size_t pool, unsigned char **lowest, unsigned char **past)
{
    void *list;
    const struct row *const row = &table.rows[pool];
    take_all(row->size, row->count, &list);
    *lowest = list;
    *past = list;
    for (void **block = list; block != NULL; block = *block) {
        unsigned char *const at = (unsigned char *)block;
        *lowest = at < *lowest ? at : *lowest;
        *past = at + row->size > *past ? at + row->size : *past;
    }
}

/* Just past the last block of a pool there is room that is no block, or another pool's first. */
static void usable_size_past_the_last_block(void)
{
    unsigned char **const lowest = calloc(table.count, sizeof *lowest);
    unsigned char **const past = calloc(table.count, sizeof *past);
    for (size_t pool = table.count; pool-- > 0;) {
        find_ends(pool, &lowest[pool], &past[pool]);
    }
    for (size_t pool = 0; pool < table.count; pool++) {
        size_t next = 0;
        while (next < table.count && lowest[next] != past[pool]) {
            next++;
        }
        if (next == table.count && subject.owns(past[pool])) {
            subject.usable_size(past[pool]);
            CHECK_FOR(table.rows[pool].size, past[pool] == NULL);
        }
    }
    usable_size_of_the_last_byte();
}

static void realloc_of_the_middle(void)
{
    subject.realloc(a_block() + table.largest / 2, 1);
}

static void aligned_realloc_of_the_middle(void)
{
    subject.aligned_realloc(a_block() + 1, 1, 1);
}

/* The first free of a thread takes the slow path, which looks. */
static void free_of_the_middle(void)
{
    unsigned char *const block = a_block();
    subject.thread_flush();
    subject.free(block + table.largest / 2);
}

static void free_sized_of_the_middle(void)
{
    unsigned char *const block = a_block();
    subject.thread_flush();
    subject.free_sized(block + table.largest / 2, table.largest);
}

static void free_of_a_foreign_pointer(void)
{
    subject.free(a_foreign_pointer());
}

static void free_of_a_misaligned_foreign_pointer(void)
{
    subject.free((unsigned char *)a_foreign_pointer() + 1);
}

static void usable_size_of_a_foreign_pointer(void)
{
    subject.usable_size(a_foreign_pointer());
}

static void realloc_of_a_foreign_pointer(void)
{
    subject.realloc(a_foreign_pointer(), table.largest + 1);
}

static void free_of_the_middle_of_a_mapping(void)
{
    unsigned char *const block = must_alloc(table.largest + 100000);
    fill(block, table.largest + 100000, 0);
    subject.free(block + 4096);
}

/* The mapping is kept for the next request, so its header can be read. */
static void free_of_a_mapping_twice(void)
{
    void *const block = must_alloc(table.largest + 1);
    subject.free(block);
    subject.free(block);
}

/* Blocks that no cache holds leave no link that could be written to. */
static bool has_a_system_and_lists(void)
{
    return has_a_system() && (table.cached || !table.shared);
}

static void double_free_seen_by_trim(void)
{
    void *const block = a_block();
    subject.free(block);
    subject.free(block);
    subject.trim();
}

static void write_after_free_seen_by_trim(void)
{
    void *const block = must_alloc(table.rows[0].size); /* of a pool that caches hold */
    subject.free(block);
    *(void **)block = a_foreign_pointer();
    subject.trim();
}

const struct test_case crime_cases[] = {
    {.name = "usable_size of a block's middle aborts",
     .where = IN_PLAIN_POOLS,
     .run = usable_size_of_the_middle,
     .crime = inside,
     .fault = "invalid use"},
    {.name = "usable_size of the arena's last byte aborts",
     .where = IN_PLAIN_POOLS,
     .run = usable_size_of_the_last_byte,
     .crime = inside,
     .fault = "invalid use"},
    {.name = "usable_size past the last block aborts",
     .where = IN_PLAIN_POOLS,
     .run = usable_size_past_the_last_block,
     .crime = inside,
     .fault = "invalid use"},
    {.name = "realloc of a block's middle aborts",
     .where = IN_PLAIN_POOLS,
     .run = realloc_of_the_middle,
     .crime = inside,
     .fault = "invalid use"},
    {.name = "aligned_realloc of a block's middle aborts",
     .where = IN_PLAIN_POOLS,
     .run = aligned_realloc_of_the_middle,
     .crime = inside,
     .fault = "invalid use"},
    {.name = "free of a block's middle aborts",
     .where = IN_PLAIN_POOLS,
     .run = free_of_the_middle,
     .applies = sees_frees,
     .crime = inside,
     .fault = "invalid free"},
    {.name = "free_sized of a block's middle aborts",
     .where = IN_PLAIN_POOLS,
     .run = free_sized_of_the_middle,
     .applies = sees_frees,
     .crime = inside,
     .fault = "invalid free"},
    {.name = "free of a foreign pointer aborts",
     .where = IN_PLAIN_POOLS,
     .run = free_of_a_foreign_pointer,
     .applies = never_asks_malloc,
     .crime = foreign,
     .fault = "foreign free"},
    {.name = "free of a misaligned foreign pointer aborts",
     .where = IN_PLAIN_POOLS,
     .run = free_of_a_misaligned_foreign_pointer,
     .applies = never_asks_malloc,
     .crime = foreign,
     .fault = "foreign free"},
    {.name = "usable_size of a foreign pointer aborts",
     .where = IN_PLAIN_POOLS,
     .run = usable_size_of_a_foreign_pointer,
     .applies = never_asks_malloc,
     .crime = foreign,
     .fault = "foreign use"},
    {.name = "realloc of a foreign pointer aborts",
     .where = IN_PLAIN_POOLS,
     .run = realloc_of_a_foreign_pointer,
     .applies = never_asks_malloc,
     .crime = foreign,
     .fault = "foreign use"},
    {.name = "free of a mapping's middle aborts",
     .where = IN_PLAIN_POOLS,
     .run = free_of_the_middle_of_a_mapping,
     .applies = sees_mappings,
     .crime = foreign,
     .fault = "foreign free"},
    {.name = "free of a mapping twice aborts",
     .where = IN_PLAIN_POOLS,
     .run = free_of_a_mapping_twice,
     .applies = maps_alone,
     .crime = foreign,
     .fault = "double free"},
    {.name = "a double free is seen by trim",
     .where = IN_PLAIN_POOLS,
     .run = double_free_seen_by_trim,
     .applies = has_a_system,
     .crime = twice,
     .fault = "double free"},
    {.name = "a write after free is seen by trim",
     .where = IN_PLAIN_POOLS,
     .run = write_after_free_seen_by_trim,
     .applies = has_a_system_and_lists,
     .crime = twice,
     .fault = "broken link"},
    {.name = NULL},
};
