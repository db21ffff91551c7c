/* The header's inline face: sizes that the compiler knows must be served as the functions serve
   them, in C and in C++17, on a hit, on a miss, and at a pool's end. */
#include "cases.h"

static bool can_serve(size_t size)
{
    return size <= table.largest || serves_oversize();
}

static void check_usable(const void *block, size_t size)
{
    const size_t pool = table_pool(size);
    CHECK_FOR(size, block != NULL);
    if (pool < table.count) {
        CHECK_FOR(size, is_usable(block, size, table.rows[pool].size));
    } else {
        CHECK_FOR(size, subject.usable_size(block) >= size && !subject.owns(block));
    }
}

/* Twice: the first request misses, the second hits and gets the same block. */
static void serve_and_take_back(const struct constant *constant)
{
    const size_t size = constant->size;
    void *const block = constant->alloc();
    check_usable(block, size);
    fill(block, subject.usable_size(block), 1);
    constant->free_sized(block);
    if (size > table.largest) {
        return;
    }
    void *const again = constant->alloc();
    CHECK_FOR(size, again == block || subject.passthrough || subject.watched);
    constant->free_sized(again);
    void *const by_function = subject.alloc(size);
    CHECK_FOR(size, by_function == block || subject.passthrough || subject.watched);
    constant->free_sized(by_function);
    void *const by_constant = constant->alloc();
    CHECK_FOR(size, by_constant == block || subject.passthrough || subject.watched);
    subject.free(by_constant);
    constant->free_sized(NULL);
}

static void constants_are_served(const struct constant *constants)
{
    for (; constants->alloc != NULL; constants++) {
        errno = 0;
        if (can_serve(constants->size)) {
            serve_and_take_back(constants);
        } else {
            CHECK_ENOMEM(constants->alloc());
        }
    }
}

static void constants_are_served_in_c(void)
{
    constants_are_served(constants_c);
}

static void constants_are_served_in_cpp(void)
{
    constants_are_served(constants_cpp);
}

/* More live blocks than any thread cache holds, all by constants. */
static void constants_live_together(void)
{
    for (const struct constant *c = constants_c; c->alloc != NULL; c++) {
        const size_t pool = table_pool(c->size);
        void *list = NULL;
        for (size_t i = 0; pool < table.count && i < table.rows[pool].count; i++) {
            void **const block = c->alloc();
            check_usable(block, c->size);
            if (c->size < sizeof *block) { /* no room for a link */
                c->free_sized(block);
                continue;
            }
            *block = list;
            list = block;
        }
        while (list != NULL) {
            void *const next = *(void **)list;
            c->free_sized(list);
            list = next;
        }
    }
}

/* A block that shrank in place is freed with a constant that selects a smaller pool. */
static void the_pointer_decides_for_constants_too(void)
{
    for (const struct constant *c = constants_c; c->alloc != NULL; c++) {
        for (size_t pool = 0; pool < table.count; pool = next_sample(pool)) {
            void *const block = must_alloc(table.rows[pool].size);
            c->free_sized(block);
            void *const again = must_alloc(table.rows[pool].size);
            CHECK_FOR(c->size, again == block || subject.watched);
            subject.free(again);
        }
    }
}

static void constants_know_the_end_of_a_pool(void)
{
    for (const struct constant *c = constants_c; c->alloc != NULL; c++) {
        const size_t pool = table_pool(c->size);
        void *list;
        if (pool == table.count || table.rows[pool].exhausted != FAIL) {
            continue;
        }
        CHECK_EQUAL(take_all(table.rows[pool].size, SIZE_MAX, &list), table.rows[pool].count);
        errno = 0;
        CHECK_ENOMEM(c->alloc());
        free_all(list);
        void *const block = c->alloc();
        check_usable(block, c->size);
        c->free_sized(block);
    }
}

/* A size that the block cannot hold is a fault where faults are looked for. */
static bool takes_any_size(void)
{
    return !table.hard;
}

const struct test_case constant_cases[] = {
    {.name = "constant sizes are served, C", .run = constants_are_served_in_c},
    {.name = "constant sizes are served, C++17", .run = constants_are_served_in_cpp},
    {.name = "blocks of constant sizes live together", .run = constants_live_together},
    {.name = "the pointer decides, not the constant",
     .where = IN_POOLS,
     .run = the_pointer_decides_for_constants_too,
     .applies = takes_any_size},
    {.name = "constant sizes know the end of a pool",
     .where = IN_POOLS,
     .run = constants_know_the_end_of_a_pool},
    {.name = NULL},
};
