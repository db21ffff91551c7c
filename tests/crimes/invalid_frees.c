/* Pointers that are no live blocks, freed, resized and asked about. */
#include "acts.h"

#include <stdint.h>

extern void *other_alloc(size_t size);

/* Frees what was not allocated. The thread has called before, so that it is not its first call's
   slow path that sees it. */
static enum verdict free_wrong(const void *wrong, const struct kind *kind)
{
    give(get(kind), kind);
    accuse(wrong);
    give((void *)(uintptr_t)wrong, kind);
    return UNSEEN;
}

enum verdict free_middle(const struct kind *kind)
{
    return free_wrong(get(kind) + kind->request / 2, kind);
}

enum verdict free_off_by_one(const struct kind *kind)
{
    return free_wrong(get(kind) + 1, kind);
}

enum verdict free_off_by_eight(const struct kind *kind)
{
    return free_wrong(get(kind) + 8, kind);
}

enum verdict free_last_byte(const struct kind *kind)
{
    return free_wrong(get(kind) + kind->request - 1, kind);
}

enum verdict free_far(const struct kind *kind)
{
    const unsigned far = sizeof(uintptr_t) > 4 ? 44 : 28;
    return free_wrong((void *)((uintptr_t)get(kind) ^ (uintptr_t)1 << far), kind);
}

enum verdict free_tiny_address(const struct kind *kind)
{
    return free_wrong((void *)(uintptr_t)1, kind);
}

/* Zeros all around, so that no header seems to stand before it. */
enum { AROUND = 64 };

static unsigned char *a_global(void)
{
    static _Alignas(AROUND) unsigned char zeros[4 * AROUND];
    return &zeros[2 * AROUND];
}

enum verdict free_global(const struct kind *kind)
{
    return free_wrong(a_global(), kind);
}

enum verdict free_stack(const struct kind *kind)
{
    _Alignas(AROUND) volatile unsigned char zeros[4 * AROUND] = {0};
    return free_wrong((const void *)(uintptr_t)&zeros[2 * AROUND], kind);
}

enum verdict free_constant(const struct kind *kind)
{
    static _Alignas(AROUND) const unsigned char constants[4 * AROUND] = {1};
    return free_wrong(&constants[2 * AROUND], kind);
}

/* A function's second byte: aligned as no block is. */
enum verdict free_code(const struct kind *kind)
{
    return free_wrong((const void *)((uintptr_t)free_code + 1), kind);
}

enum verdict free_other_tables(const struct kind *kind)
{
    return free_wrong(other_alloc(64), kind);
}

/* Behind the last block of a pool, where the arena is padded. */
enum verdict free_padding(const struct kind *kind)
{
    const size_t pool = pool_of(kind->request);
    const struct subject_pool row = allocator.stats().pools[pool];
    return free_wrong(arena_of(pool) + row.size * row.initial_count, kind);
}

/* Where a block of the pool's arena would begin that nobody has had. */
enum verdict free_never_allocated(const struct kind *kind)
{
    const size_t pool = pool_of(kind->request), bytes = block_bytes(pool);
    unsigned char *const first = arena_of(pool);
    unsigned char *const mine[] = {get(kind), get(kind)};
    unsigned char *at = first + (allocator.stats().pools[pool].initial_count - 1) * bytes;
    while (at == mine[0] || at == mine[1]) {
        at -= bytes;
    }
    accuse(at);
    give(at, kind);
    return UNSEEN;
}

/* Its whole memory has gone back to the system, so that the address is no pool's any more. */
enum verdict free_given_back(const struct kind *kind)
{
    size_t count;
    void *const *const blocks = give_many(kind, &count);
    allocator.trim();
    accuse(blocks[count / 2]);
    give(blocks[count / 2], kind);
    return UNSEEN;
}

/* ---- resized and asked about */

enum verdict realloc_middle(const struct kind *kind)
{
    unsigned char *const wrong = get(kind) + kind->request / 2;
    accuse(wrong);
    (void)allocator.realloc(wrong, 1);
    return UNSEEN;
}

enum verdict realloc_freed(const struct kind *kind)
{
    void *const block = get(kind);
    give(block, kind);
    accuse(block);
    (void)allocator.realloc(block, kind->request * 8);
    return UNSEEN;
}

enum verdict realloc_freed_in_place(const struct kind *kind)
{
    void *const block = get(kind);
    give(block, kind);
    accuse(block);
    (void)allocator.realloc(block, kind->request);
    return UNSEEN;
}

enum verdict realloc_foreign(const struct kind *kind)
{
    accuse(a_global());
    (void)allocator.realloc(a_global(), kind->request);
    return UNSEEN;
}

enum verdict usable_size_middle(const struct kind *kind)
{
    unsigned char *const wrong = get(kind) + kind->request / 2;
    accuse(wrong);
    (void)allocator.usable_size(wrong);
    return UNSEEN;
}

enum verdict usable_size_freed(const struct kind *kind)
{
    void *const block = get(kind);
    give(block, kind);
    accuse(block);
    (void)allocator.usable_size(block);
    return UNSEEN;
}

enum verdict usable_size_foreign(const struct kind *kind)
{
    (void)kind;
    accuse(a_global());
    (void)allocator.usable_size(a_global());
    return UNSEEN;
}
