/* Writes outside of blocks, and into free ones. */
#include "acts.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MEBIBYTE = 1 << 20 };

/* What no compiler may reason about. */
static void scribble(unsigned char *at, size_t bytes)
{
    volatile unsigned char *const to = at;
    for (size_t i = 0; i < bytes; i++) {
        to[i] = (unsigned char)(to[i] ^ 'A');
    }
}

static enum verdict overflow_by(const struct kind *kind, size_t bytes)
{
    unsigned char *const block = get(kind);
    accuse(block);
    scribble(block + kind->request, bytes);
    give(block, kind);
    return UNSEEN;
}

enum verdict overflow_1(const struct kind *kind)
{
    return overflow_by(kind, 1);
}

enum verdict overflow_8(const struct kind *kind)
{
    return overflow_by(kind, 8);
}

enum verdict overflow_32(const struct kind *kind)
{
    return overflow_by(kind, 32);
}

enum verdict overflow_mebibyte(const struct kind *kind)
{
    return overflow_by(kind, MEBIBYTE);
}

/* One byte, a mebibyte behind the end. */
enum verdict overflow_far(const struct kind *kind)
{
    unsigned char *const block = get(kind);
    accuse(block);
    scribble(block + kind->request + MEBIBYTE, 1);
    give(block, kind);
    return UNSEEN;
}

/* The last byte of a string: a zero behind the end. */
enum verdict overflow_zero(const struct kind *kind)
{
    unsigned char *const block = get(kind);
    accuse(block);
    ((volatile unsigned char *)block)[kind->request] = 0;
    give(block, kind);
    return UNSEEN;
}

enum verdict overflow_realloc(const struct kind *kind)
{
    unsigned char *const block = get(kind);
    accuse(block);
    scribble(block + kind->request, 1);
    (void)allocator.realloc(block, kind->request * 8);
    return UNSEEN;
}

/* A block and its neighbour below, both in use. */
static unsigned char *get_above(const struct kind *kind, unsigned char **below)
{
    enum { MANY = 256, MANY_BYTES = 4 << 20 };
    static unsigned char *blocks[MANY];
    const size_t count = MANY_BYTES / kind->request < MANY ? MANY_BYTES / kind->request : MANY;
    const size_t bytes = block_bytes(pool_of(kind->request));
    for (size_t i = 0; i < count; i++) {
        blocks[i] = get(kind);
        for (size_t j = 0; j < i; j++) {
            if (blocks[i] + bytes == blocks[j] || blocks[j] + bytes == blocks[i]) {
                *below = blocks[i] < blocks[j] ? blocks[i] : blocks[j];
                return *below + bytes;
            }
        }
    }
    give_up("no two blocks are neighbours");
}

/* Seen when either is freed: the bytes belong to the block below. */
static enum verdict underflow_by(const struct kind *kind, size_t bytes)
{
    unsigned char *below;
    unsigned char *const block = get_above(kind, &below);
    accuse(below);
    scribble(block - bytes, bytes);
    give(below, kind);
    return UNSEEN;
}

enum verdict underflow_1(const struct kind *kind)
{
    return underflow_by(kind, 1);
}

enum verdict underflow_8(const struct kind *kind)
{
    return underflow_by(kind, 8);
}

enum verdict underflow_32(const struct kind *kind)
{
    return underflow_by(kind, 32);
}

/* The block alone, from its last byte below to a mebibyte below. */
enum verdict underflow_mebibyte(const struct kind *kind)
{
    unsigned char *const block = get(kind);
    accuse(block);
    for (size_t i = 1; i <= MEBIBYTE; i++) {
        scribble(block - i, 1);
    }
    give(block, kind);
    return UNSEEN;
}

/* ---- by memcpy */

/* A call that no compiler replaces. */
static void copy(void *to, size_t bytes)
{
    static void *(*const volatile call)(void *, const void *, size_t) = memcpy;
    static unsigned char from[MEBIBYTE];
    call(to, from, bytes);
}

enum verdict copy_too_long(const struct kind *kind)
{
    unsigned char *const block = get(kind);
    accuse(block);
    copy(block, kind->request + 1);
    return UNSEEN;
}

enum verdict copy_from_middle(const struct kind *kind)
{
    unsigned char *const block = get(kind);
    accuse(block);
    copy(block + kind->request / 2, allocator.usable_size(block) - kind->request / 2 + 1);
    return UNSEEN;
}

enum verdict copy_to_before(const struct kind *kind)
{
    unsigned char *below;
    unsigned char *const block = get_above(kind, &below);
    accuse(below);
    copy(block - 1, 2);
    return UNSEEN;
}

enum verdict copy_to_freed(const struct kind *kind)
{
    unsigned char *const block = get(kind);
    give(block, kind);
    accuse(block);
    copy(block, kind->request);
    return UNSEEN;
}

/* ---- blocks of no bytes */

static const struct kind nothing = {"0 bytes", 0};

enum verdict write_nothing(const struct kind *kind)
{
    (void)kind;
    scribble(get(&nothing), 1);
    return UNSEEN;
}

enum verdict read_nothing(const struct kind *kind)
{
    (void)kind;
    const volatile unsigned char *const block = get(&nothing);
    return block[0] == 'A' ? HARMLESS : UNSEEN;
}

enum verdict free_nothing_twice(const struct kind *kind)
{
    void *const block = get(&nothing);
    (void)kind;
    give(block, &nothing);
    accuse(block);
    give(block, &nothing);
    return UNSEEN;
}

enum verdict free_nothing_as_more(const struct kind *kind)
{
    void *const block = get(&nothing);
    accuse_number(block, kind->request);
    allocator.free_sized(block, kind->request);
    return UNSEEN;
}

enum verdict realloc_nothing_freed(const struct kind *kind)
{
    void *const block = get(&nothing);
    give(block, &nothing);
    accuse(block);
    (void)allocator.realloc(block, kind->request);
    return UNSEEN;
}

enum verdict free_inside_nothing(const struct kind *kind)
{
    unsigned char *const block = get(&nothing);
    (void)kind;
    accuse(block + 1);
    give(block + 1, &nothing);
    return UNSEEN;
}

/* ---- into free blocks */

/* Takes blocks until the freed one has been handed out, or for long. */
static enum verdict take_again(const void *freed, const struct kind *kind)
{
    enum { LONG = 200, LONG_BYTES = 16 << 20 };
    const size_t most = LONG_BYTES / kind->request < LONG ? LONG_BYTES / kind->request : LONG;
    for (size_t i = 0; i < most && get(kind) != freed; i++) {
    }
    return UNSEEN;
}

/* Frees and takes, so that what waits to be reused comes to its turn. */
static enum verdict turn_over(const void *freed, const struct kind *kind)
{
    enum { LONG = 1 << 16, LONG_BYTES = 1 << 30 };
    const size_t most = LONG_BYTES / kind->request < LONG ? LONG_BYTES / kind->request : LONG;
    for (size_t i = 0; i < most; i++) {
        void *const next = get(kind);
        if (next == freed) {
            break;
        }
        give(next, kind);
    }
    return UNSEEN;
}

static enum verdict write_freed(const struct kind *kind, size_t from, size_t bytes)
{
    unsigned char *const block = get(kind);
    memset(block, 0, kind->request);
    give(block, kind);
    accuse(block);
    scribble(block + from, bytes);
    return level == FULL ? turn_over(block, kind) : take_again(block, kind);
}

enum verdict write_link(const struct kind *kind)
{
    return write_freed(kind, 0, sizeof(void *));
}

enum verdict write_link_byte(const struct kind *kind)
{
    return write_freed(kind, sizeof(void *) - 3, 1);
}

/* Behind the link, within what is verified when a block is used again. */
enum verdict write_body(const struct kind *kind)
{
    return write_freed(kind, sizeof(void *) + kind->request / 64 % 32, 1);
}

enum verdict write_middle(const struct kind *kind)
{
    return write_freed(kind, kind->request / 2, 1);
}

enum verdict write_end(const struct kind *kind)
{
    return write_freed(kind, kind->request - 1, 1);
}

enum verdict write_all(const struct kind *kind)
{
    return write_freed(kind, 0, kind->request);
}

/* Found where no block is handed out: when the thread gives back what it has. */
enum verdict write_link_then_flush(const struct kind *kind)
{
    unsigned char *const blocks[] = {get(kind), get(kind)};
    give(blocks[0], kind);
    give(blocks[1], kind);
    accuse(blocks[1]);
    scribble(blocks[1], sizeof(void *));
    allocator.thread_flush();
    allocator.trim();
    return UNSEEN;
}

/* ---- and then the process ends: whatever was done to blocks that nobody frees or takes again */

enum verdict exit_after_overflow(const struct kind *kind)
{
    unsigned char *const block = get(kind);
    accuse(block);
    scribble(block + kind->request, 1);
    exit(0);
}

enum verdict exit_after_underflow(const struct kind *kind)
{
    unsigned char *below;
    unsigned char *const block = get_above(kind, &below);
    accuse(below);
    scribble(block - 1, 1);
    exit(0);
}

enum verdict exit_after_write(const struct kind *kind)
{
    unsigned char *const block = get(kind);
    give(block, kind);
    accuse(block);
    scribble(block + kind->request / 2, 1);
    exit(0);
}
