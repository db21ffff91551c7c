/* Reads of what a block held before, and blocks that come again at once. */
#include "acts.h"

#include <string.h>

enum { SECRET = 0x5e };

static bool holds_secret(const unsigned char *block, size_t from, size_t to)
{
    const volatile unsigned char *const bytes = block;
    for (size_t i = from; i < to; i++) {
        if (bytes[i] == SECRET) {
            return true;
        }
    }
    return false;
}

static unsigned char *free_secret(const struct kind *kind)
{
    unsigned char *const block = get(kind);
    memset(block, SECRET, kind->request);
    give(block, kind);
    return block;
}

/* Where lists link free blocks, the first word is the link. */
enum verdict read_freed(const struct kind *kind)
{
    return holds_secret(free_secret(kind), 0, kind->request) ? UNSEEN : HARMLESS;
}

/* Far from the block's start, where nothing of the allocator's own is. */
enum verdict read_end(const struct kind *kind)
{
    return holds_secret(free_secret(kind), kind->request - 1, kind->request) ? UNSEEN : HARMLESS;
}

/* The next owner reads what it did not write. */
enum verdict read_reused(const struct kind *kind)
{
    enum { LONG = 4096 };
    const unsigned char *const block = free_secret(kind);
    for (int i = 0; i < LONG; i++) {
        unsigned char *const next = get(kind);
        if (holds_secret(next, 0, kind->request)) {
            return UNSEEN;
        }
        if (next == block) {
            break;
        }
        give(next, kind);
    }
    return HARMLESS;
}

/* What a realloc left behind when it moved. */
enum verdict read_moved(const struct kind *kind)
{
    unsigned char *const block = get(kind);
    memset(block, SECRET, kind->request);
    return allocator.realloc(block, kind->request * 8) != block &&
                   holds_secret(block, 0, kind->request)
               ? UNSEEN
               : HARMLESS;
}

enum verdict reuse_at_once(const struct kind *kind)
{
    void *const block = get(kind);
    give(block, kind);
    return get(kind) == block ? UNSEEN : HARMLESS;
}

/* The least distance between blocks that come one after the other is known to an attacker. */
enum verdict foresee(const struct kind *kind)
{
    enum { FEW = 16 };
    const size_t bytes = block_bytes(pool_of(kind->request));
    const unsigned char *last = get(kind);
    for (int i = 0; i < FEW; i++) {
        const unsigned char *const next = get(kind);
        if (next != last + bytes) {
            return HARMLESS;
        }
        last = next;
    }
    return UNSEEN;
}
