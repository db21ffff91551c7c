/* Blocks that are freed by a size or alignment that they were not requested with. */
#include "acts.h"

#include <stdint.h>

static enum verdict free_by(void *block, size_t size)
{
    accuse_number(block, size);
    allocator.free_sized(block, size);
    return UNSEEN;
}

enum verdict size_above_block(const struct kind *kind)
{
    void *const block = get(kind);
    return free_by(block, allocator.usable_size(block) + FULL_EXTRA_BYTES + 1);
}

enum verdict size_one_more(const struct kind *kind)
{
    return free_by(get(kind), kind->request + 1);
}

enum verdict size_one_less(const struct kind *kind)
{
    return free_by(get(kind), kind->request - 1);
}

enum verdict size_of_nothing(const struct kind *kind)
{
    return free_by(get(kind), 0);
}

enum verdict size_huge(const struct kind *kind)
{
    return free_by(get(kind), SIZE_MAX);
}

enum verdict size_before_realloc(const struct kind *kind)
{
    void *const block = allocator.realloc(get(kind), kind->request / 2);
    return free_by(block, kind->request);
}

enum verdict aligned_size_above_block(const struct kind *kind)
{
    void *const block = allocator.aligned_alloc(ALIGNMENT, kind->request);
    const size_t size = allocator.usable_size(block) + FULL_EXTRA_BYTES + 1;
    accuse_number(block, size);
    accuse_aligned(block, kind);
    allocator.free_aligned_sized(block, ALIGNMENT, size);
    return UNSEEN;
}

/* The least alignment that the block happens not to have. */
enum verdict alignment_above_block(const struct kind *kind)
{
    void *const block = get(kind);
    size_t alignment = 1;
    while ((uintptr_t)block % alignment == 0) {
        alignment *= 2;
    }
    accuse_number(block, alignment);
    allocator.free_aligned_sized(block, alignment, kind->request);
    return UNSEEN;
}

enum verdict alignment_of_no_power(const struct kind *kind)
{
    void *const block = get(kind);
    accuse_number(block, 24);
    allocator.free_aligned_sized(block, 24, kind->request);
    return UNSEEN;
}
