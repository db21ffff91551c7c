/* Blocks that are freed twice. */
#include "acts.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

static enum verdict free_again(void *block, const struct kind *kind)
{
    accuse(block);
    give(block, kind);
    return UNSEEN;
}

enum verdict free_twice(const struct kind *kind)
{
    void *const block = get(kind);
    give(block, kind);
    return free_again(block, kind);
}

enum verdict free_twice_delayed(const struct kind *kind)
{
    void *const block = get(kind);
    give(block, kind);
    for (int i = 0; i < 1024; i++) {
        give(get(kind), kind);
    }
    return free_again(block, kind);
}

enum verdict free_twice_interleaved(const struct kind *kind)
{
    void *const block = get(kind), *const other = get(kind);
    give(block, kind);
    give(other, kind);
    return free_again(block, kind);
}

/* Where the next block is the same one, it is the next owner's that is freed, and then that owner's
   free is the second. */
enum verdict free_twice_after_reuse(const struct kind *kind)
{
    void *const block = get(kind);
    give(block, kind);
    void *const next = get(kind);
    accuse(block);
    give(block, kind);
    if (next == block) {
        give(next, kind);
    }
    return UNSEEN;
}

/* What was freed first has left the caches when it is freed again. */
enum verdict free_twice_after_many(const struct kind *kind)
{
    size_t count;
    return free_again(give_many(kind, &count)[0], kind);
}

enum verdict free_twice_after_flush(const struct kind *kind)
{
    void *const block = get(kind);
    give(block, kind);
    allocator.thread_flush();
    return free_again(block, kind);
}

enum verdict free_twice_after_trim(const struct kind *kind)
{
    void *const block = get(kind);
    give(block, kind);
    allocator.trim();
    return free_again(block, kind);
}

enum verdict free_twice_after_realloc(const struct kind *kind)
{
    unsigned char *const block = get(kind);
    accuse(block);
    if (allocator.realloc(block, kind->request * 8) == block) {
        return HARMLESS;
    }
    give(block, kind);
    return UNSEEN;
}

enum verdict free_twice_zeroed(const struct kind *kind)
{
    void *const block = allocator.calloc(1, kind->request);
    give(block, kind);
    return free_again(block, kind);
}

enum verdict free_twice_by_size(const struct kind *kind)
{
    void *const block = get(kind);
    accuse(block);
    allocator.free_sized(block, kind->request);
    allocator.free_sized(block, kind->request);
    return UNSEEN;
}

enum verdict free_twice_aligned(const struct kind *kind)
{
    void *const block = allocator.aligned_alloc(ALIGNMENT, kind->request);
    accuse_aligned(block, kind);
    allocator.free_aligned_sized(block, ALIGNMENT, kind->request);
    allocator.free_aligned_sized(block, ALIGNMENT, kind->request);
    return UNSEEN;
}

/* ---- in a child and by threads */

struct part {
    void *block;
    const struct kind *kind;
};

static void give_part(void *argument)
{
    const struct part *const part = argument;
    give(part->block, part->kind);
}

enum verdict free_twice_in_child(const struct kind *kind)
{
    struct part part = {get(kind), kind};
    accuse(part.block);
    give(part.block, kind);
    in_fork(give_part, &part);
    return UNSEEN;
}

static void *give_in_thread(void *argument)
{
    give_part(argument);
    return NULL;
}

enum verdict free_twice_second_in_thread(const struct kind *kind)
{
    struct part part = {get(kind), kind};
    give(part.block, kind);
    accuse(part.block);
    in_thread(give_in_thread, &part);
    return UNSEEN;
}

static void *get_and_give(void *argument)
{
    struct part *const part = argument;
    part->block = get(part->kind);
    give(part->block, part->kind);
    return NULL;
}

enum verdict free_twice_first_in_ended_thread(const struct kind *kind)
{
    struct part part = {NULL, kind};
    in_thread(get_and_give, &part);
    return free_again(part.block, kind);
}

/* The thread that freed it lives on. */
struct stay {
    struct part part;
    pthread_barrier_t turn;
};

static void *give_and_stay(void *argument)
{
    struct stay *const stay = argument;
    (void)get(stay->part.kind);
    give(stay->part.block, stay->part.kind);
    pthread_barrier_wait(&stay->turn);
    pthread_barrier_wait(&stay->turn);
    return NULL;
}

enum verdict free_twice_first_in_thread(const struct kind *kind)
{
    struct stay stay = {.part = {get(kind), kind}};
    pthread_t thread;
    pthread_barrier_init(&stay.turn, NULL, 2);
    pthread_create(&thread, NULL, give_and_stay, &stay);
    pthread_barrier_wait(&stay.turn);
    const enum verdict verdict = free_again(stay.part.block, kind);
    pthread_barrier_wait(&stay.turn);
    pthread_join(thread, NULL);
    return verdict;
}

/* Two threads free the same block at the same time, over and over. */
enum { RACES = 60 };
static void *raced[RACES];
static atomic_int arrived[RACES];

static void *race(void *argument)
{
    for (int i = 0; i < RACES; i++) {
        atomic_fetch_add(&arrived[i], 1);
        while (atomic_load(&arrived[i]) < 2) {
        }
        accuse(raced[i]); /* the same by both: none is past a race that the other is still in */
        give(raced[i], argument);
    }
    return NULL;
}

enum verdict free_twice_racing(const struct kind *kind)
{
    void *const argument = (void *)(uintptr_t)kind;
    pthread_t thread;
    for (int i = 0; i < RACES; i++) {
        raced[i] = get(kind);
    }
    pthread_create(&thread, NULL, race, argument);
    race(argument);
    pthread_join(thread, NULL);
    return UNSEEN;
}
