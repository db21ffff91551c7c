/* Who holds which block, and what must be true at every step, of every answer, and at rest. */
#include "model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KNOWN = 64 /* blocks that are watched: one bit each */ };

static struct {
    uint64_t held;                        /* watched blocks that some thread holds */
    uint8_t owner[KNOWN];                 /* of those, the pool plus one */
    int8_t excess[SUBJECT_SPANS];         /* see subject_excess, as of the last write */
    int8_t rights[FIBERS][SUBJECT_SPANS]; /* each thread's share of that */
    void *disputed;                       /* a block that several threads free, */
    unsigned freed, caught;               /* and how many did, or were found to */
} state;
static bool checking; /* the subject marks bits for a while */

/* Blocks that are watched: their first words are part of the state, and small ones whole. Those of
   growth may overlap: it depends on the pool that has them. */
static unsigned char *blocks[KNOWN];
static unsigned block_count;

static void watch_block(unsigned char *block, size_t bytes)
{
    enum { SMALL = 64 };
    for (unsigned i = 0; i < block_count; i++) {
        if (blocks[i] == block) {
            return;
        }
    }
    if (block_count == KNOWN) {
        world_violation("more blocks than KNOWN");
    }
    blocks[block_count++] = block;
    watch(block, bytes <= SMALL ? bytes : sizeof(uintptr_t));
}

static void watch_growth(const struct subject_pool *pool)
{
    enum { GROUP = 64 };
    for (size_t part = 0; part < SUBJECT_PARTS && pool->granules != 0; part++) {
        unsigned char *const at = system_growth() + part * GROUP * subject.granule;
        size_t granule = pool->granules;
        for (; granule + pool->granules <= system_granules(); granule += pool->granules) {
            for (size_t i = 0; i < pool->span_blocks; i++) {
                watch_block(at + granule * subject.granule + i * pool->size, pool->size);
            }
        }
    }
}

void rules_create(void)
{
    for (size_t pool = 0; pool < subject.pools; pool++) {
        for (size_t i = 0; i < subject.pool[pool].initial_count; i++) {
            watch_block(subject.pool[pool].first + i * subject.pool[pool].size,
                        subject.pool[pool].size);
        }
        watch_growth(&subject.pool[pool]);
    }
    watch(&state, sizeof state);
}

static unsigned find_block(const void *ptr)
{
    for (unsigned block = 0; block < block_count; block++) {
        if (blocks[block] == ptr) {
            return block;
        }
    }
    printf("# %p, growth %p\n", ptr, (void *)system_growth());
    world_violation("a pointer that is no watched block was handed out");
}

static size_t bytes_of(unsigned block)
{
    return subject.pool[state.owner[block] - 1].size;
}

/* A held block that has a byte of a range. */
static bool is_in_use(const unsigned char *start, size_t bytes)
{
    for (unsigned block = 0; block < block_count; block++) {
        if ((state.held >> block & 1) != 0 && blocks[block] < start + bytes &&
            start < blocks[block] + bytes_of(block)) {
            return true;
        }
    }
    return false;
}

void rules_given_back(const unsigned char *start, size_t bytes)
{
    footprint.flags |= STEP_PURGES;
    orders_zeroed(start, bytes);
    if (is_in_use(start, bytes)) {
        world_violation("pages under a block that was held were given back");
    }
    for (unsigned block = 0; block < block_count; block++) {
        if (blocks[block] >= start && blocks[block] < start + bytes) {
            memset(blocks[block], 0, sizeof(uintptr_t));
        }
    }
}

/* ---- Rights: what is between the bits of a span and its count, and whose it is ---- */

static void check_held_bits(void)
{
    const bool was = alone;
    alone = true;
    for (unsigned block = 0; block < block_count; block++) {
        if ((state.held >> block & 1) != 0 &&
            subject_is_free((size_t)state.owner[block] - 1, blocks[block])) {
            world_violation("a block that is held stands as free in its span");
        }
    }
    alone = was;
}

void rules_written(const volatile void *word)
{
    if (current < 0 || checking) {
        return;
    }
    const bool was = alone;
    alone = true;
    const int span = subject_span(word);
    const int excess = span >= 0 ? subject_excess(span) : 0;
    alone = was;
    if (span < 0 || excess == state.excess[span]) {
        return;
    }
    int8_t *const rights = &state.rights[current][span];
    *rights = (int8_t)(*rights + excess - state.excess[span]);
    state.excess[span] = (int8_t)excess;
    if (*rights < 0) {
        world_violation("a thread took bits of a span to which it had no right, or counted blocks "
                        "whose bits it had not set");
    }
    check_held_bits();
}

/* The running thread is at the end of a call. */
void rules_end_operation(void)
{
    for (size_t span = 0; span < SUBJECT_SPANS; span++) {
        if (state.rights[current][span] != 0) {
            world_violation("a call ended with bits that it had a right to, or had not counted");
        }
    }
    for (unsigned thread = 0; thread < FIBERS; thread++) {
        if (fibers[thread].inside && (int)thread != current) {
            return;
        }
    }
    if (!alone && !orders_were_stale()) {
        rules_check_settled();
    }
}

void rules_check_step(void)
{
    if (!subject_is_store_sound()) {
        world_violation("the store has a granule that is not wholly free");
    }
    for (unsigned thread = 1; thread < FIBERS; thread++) {
        for (unsigned other = 0; other < thread; other++) {
            if (fibers[thread].cache == fibers[other].cache &&
                subject_is_own(fibers[thread].cache)) {
                world_violation("two threads have one cache");
            }
        }
    }
}

/* Nobody is inside of a call. */
void rules_check_settled(void)
{
    const bool was = alone;
    alone = checking = true;
    if (!subject_check()) {
        world_violation("check says that something is not sound");
    }
    alone = was;
    checking = false;
}

/* At the end of a schedule. */
void rules_check_chunks(void)
{
    if (system_chunks() != subject_chunks()) {
        world_violation("a chunk of caches was lost, or is not there");
    }
}

/* After many looks with nobody beside them, at all of which it was time. */
void rules_check_idle(void)
{
    const bool was = alone;
    alone = true;
    if (!subject_has_given_back()) {
        world_violation("memory that nobody needs has not gone back");
    }
    alone = was;
}

/* ---- Shortage ---- */

static size_t count_held(size_t pool)
{
    size_t held = 0;
    for (unsigned block = 0; block < block_count; block++) {
        held += (state.held >> block & 1) != 0 && state.owner[block] == pool + 1;
    }
    return held;
}

/* The pool that an operation allocates from; SUBJECT_POOLS if it does not. */
static size_t pool_of(char operation)
{
    switch (operation) {
    case 'a':
    case 'c':
        return 0;
    case 'A':
    case 'C':
        return 1;
    default:
        return SUBJECT_POOLS;
    }
}

/* Most blocks that one thread may keep from another that looks for some: those of its cache, also
   of one that it leaves, and while it is inside of a call, a batch or a span, and the block that it
   frees. */
static size_t hidden_by(unsigned thread, unsigned from, size_t pool)
{
    const struct fiber *const fiber = &fibers[thread];
    const struct subject_pool *const p = &subject.pool[pool];
    const void *const cache = (int)thread == current ? subject_cache() : fiber->cache;
    size_t hidden = subject_cached(cache, pool);
    if (fiber->operation != '\0' && fiber->had != cache) {
        hidden += subject_cached(fiber->had, pool);
    }
    if ((fibers[from].met >> thread & 1) != 0) {
        hidden += p->batch > p->widest ? p->batch : p->widest;
    }
    return hidden + (fiber->operation == 'f' || fiber->operation == 'g');
}

/* Whether more blocks of a pool are free than a thread may miss. */
static bool is_plenty(unsigned for_thread, size_t pool)
{
    const struct subject_pool *const p = &subject.pool[pool];
    const size_t stored = p->granules != 0 ? subject_stored(pool) * p->span_blocks : 0;
    const size_t all = p->initial_count + subject_owned(pool) + stored;
    size_t accounted = count_held(pool);
    for (unsigned thread = 0; thread < FIBERS; thread++) {
        accounted += thread != for_thread ? hidden_by(thread, for_thread, pool) : 0;
    }
    return all > accounted;
}

/* Blocks are free or not from one moment to the next, and a search looks in one place after the
   other: an answer is right if it was so at some moment of the call. Those that matter are the
   call's beginning and its end, and of other calls the beginning, when a block is let go, and the
   end, when one is taken. */
static void note_shortage(void)
{
    const bool was = alone;
    alone = true;
    for (unsigned thread = 0; thread < FIBERS; thread++) {
        const size_t pool = pool_of(fibers[thread].operation);
        if (pool < subject.pools && !fibers[thread].excused) {
            fibers[thread].excused = !is_plenty(thread, pool);
        }
    }
    alone = was;
}

/* The running thread was told that a pool has no block. */
static void check_shortage(size_t pool)
{
    footprint.flags |= STEP_FAILS;
    if (orders_were_stale()) {
        return; /* nothing made it see what it did not */
    }
    note_shortage();
    const bool was_right = (scenario->also & LATE) != 0 && fibers[current].excused;
    if (!was_right && is_plenty((unsigned)current, pool)) {
        world_violation("an allocation failed though more blocks were free than others may hide");
    }
    if (subject.pool[pool].granules != 0 && !system_refused() && subject_openable(pool)) {
        world_violation("an allocation failed though the pool could grow");
    }
}

/* The running thread is at the beginning of a call. */
void rules_begin_operation(void)
{
    note_shortage();
}

/* ---- Operations ---- */

/* What an owner writes over the link of a free block. */
static uintptr_t payload(unsigned block)
{
    return ~((uintptr_t)0x0ddba11 << 8 | block);
}

void take(void *ptr, size_t pool, bool zeroed)
{
    struct fiber *const fiber = &fibers[current];
    const bool was = alone;
    alone = true;
    if (ptr == NULL) {
        check_shortage(pool);
        alone = was;
        return;
    }
    const unsigned block = find_block(ptr);
    if (is_in_use(ptr, subject.pool[pool].size)) {
        world_violation("a block was handed out twice");
    }
    if (subject_is_free(pool, ptr)) {
        world_violation("a block was handed out that stands as free in its span");
    }
    if (zeroed && *(uintptr_t *)ptr != 0) {
        world_violation("a zeroed block was not zero");
    }
    alone = was;
    orders_use((unsigned)current, block);
    state.held |= (uint64_t)1 << block;
    state.owner[block] = (uint8_t)(pool + 1);
    *(uintptr_t *)ptr = payload(block);
    if (fiber->held_count == WORLD_HELD) {
        world_violation("more held blocks than WORLD_HELD");
    }
    fiber->held[fiber->held_count++] = ptr;
    note_shortage();
}

static void *let_go(bool newest)
{
    struct fiber *const fiber = &fibers[current];
    if (fiber->held_count == 0) {
        return NULL;
    }
    const size_t at = newest ? fiber->held_count - 1 : 0;
    void *const ptr = fiber->held[at];
    fiber->held_count--;
    memmove(fiber->held + at, fiber->held + at + 1,
            (fiber->held_count - at) * sizeof fiber->held[0]);
    fiber->held[fiber->held_count] = NULL;
    return ptr;
}

void give(bool newest)
{
    void *const ptr = let_go(newest);
    if (ptr == NULL) {
        return;
    }
    const unsigned block = find_block(ptr);
    if (*(uintptr_t *)ptr != payload(block)) {
        world_violation("somebody wrote to a block that was held");
    }
    orders_use((unsigned)current, block);
    state.held &= ~((uint64_t)1 << block);
    state.owner[block] = 0;
    subject_free(ptr);
}

/* ---- A block that is freed more than once ---- */

void dispute(void)
{
    state.disputed = let_go(false);
}

_Noreturn void subject_fault(const char *line)
{
    if (current < 0 || !fibers[current].disputes || strstr(line, "double free") == NULL) {
        printf("# %s\n", line);
        world_violation("a fault that nobody committed");
    }
    longjmp(fibers[current].accused, 1);
}

/* Its caller does nothing else of consequence: who was first may have it again. */
void give_disputed(void)
{
    struct fiber *const fiber = &fibers[current];
    const unsigned block = find_block(state.disputed);
    state.held &= ~((uint64_t)1 << block);
    state.owner[block] = 0;
    fiber->disputes = true;
    if (setjmp(fiber->accused) == 0) {
        subject_free(state.disputed);
        state.freed++;
    } else {
        state.caught++;
    }
    fibers[current].disputes = false;
}

void rules_check_disputed(void)
{
    if (state.disputed != NULL && state.freed != 1) {
        world_violation("a second free was not found, or the first was");
    }
}

void hand_over(unsigned to)
{
    void *const ptr = let_go(false);
    if (ptr == NULL || fibers[to].held_count == WORLD_HELD) {
        world_violation("a scenario hands over what is not there");
    }
    fibers[to].held[fibers[to].held_count++] = ptr;
}
