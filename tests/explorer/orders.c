/* Who has seen what of whom. Acquire and release are followed exactly as written: what a thread
   knows are blocks whose last use, and words whose last write, happened before what it does next. A
   word's newest value is all that a load may give to who knows of it; to others it may give the one
   before that as well, unless sequential consistency forbids it.
   A word that only one thread writes and reads, or that none writes, cannot tell threads apart: no
   stop is made before it. The same holds for a load of what was written once and for all, over 0.
   Which words those are is learned while exploring.
   What is written plainly and read plainly by another thread must be seen by it in the same way. */
#include "model.h"

#include <stdio.h>
#include <string.h>

enum { LOCATIONS = 2048, WORDS = 64, CELLS = 128 };

struct knowledge {
    uint64_t blocks;            /* a set of watched blocks, */
    uint64_t words;             /* of words that threads contend for, */
    uint64_t cells[CELLS / 64]; /* and of memory that they come to without an atomic access */
};

/* Every shared word that was accessed. Not part of the state, but of what is known of a scenario.
 */
static struct location {
    const volatile void *object;
    uint8_t readers, writers;
    uint8_t word;   /* its number among those that threads contend for, plus one, */
    uint8_t cell;   /* or among those that they come to plainly */
    bool rewritten; /* over another value than 0 */
} locations[LOCATIONS];
static unsigned word_count, cell_count;
static bool news;

static struct {
    struct knowledge known[FIBERS];
    struct knowledge carried[WORDS]; /* by a word: what a reader that acquires it learns */
    uint64_t previous[WORDS];        /* its value before the newest */
    uint64_t sequential;             /* set of words whose newest value was written so */
    uint64_t changed;                /* set of words whose previous value is another */
    int stale;                       /* loads that may still be stale */
    bool were_stale;
} state;
static bool stale_now;

void orders_create(void)
{
    watch_history(&state, sizeof state);
}

void orders_forget(void)
{
    memset(locations, 0, sizeof locations);
    word_count = cell_count = 0;
}

void orders_start(void)
{
    for (size_t i = 0; i < LOCATIONS; i++) {
        locations[i].readers = locations[i].writers = 0;
    }
    news = false;
    memset(&state, 0, sizeof state);
    memset(state.known, 0xff, sizeof state.known);
    state.stale = scenario->stale;
}

bool orders_are_new(void)
{
    return news;
}

void orders_learn_all(unsigned thread)
{
    memset(&state.known[thread], 0xff, sizeof state.known[thread]);
}

bool orders_were_stale(void)
{
    return state.were_stale;
}

static struct location *find(const volatile void *object)
{
    const size_t start = ((uintptr_t)object >> 2) * 31 % LOCATIONS;
    for (size_t i = start; i < start + LOCATIONS; i++) {
        struct location *const location = &locations[i % LOCATIONS];
        if (location->object == NULL) {
            location->object = object;
        }
        if (location->object == object) {
            return location;
        }
    }
    world_violation("more shared words than LOCATIONS");
}

/* A word that threads contend for; WORDS if it is none. */
static unsigned find_word(const volatile void *object)
{
    const unsigned word = find(object)->word;
    return word != 0 ? word - 1 : WORDS;
}

/* Notes who comes to a word, and whether threads contend for it. */
static bool is_contended(const struct access *access)
{
    struct location *const location = find(access->object);
    *(access->writes ? &location->writers : &location->readers) |= (uint8_t)(1U << current);
    const unsigned all = location->readers | location->writers;
    if (location->word == 0 && location->writers != 0 && (all & (all - 1)) != 0) {
        if (word_count == WORDS) {
            world_violation("threads contend for more words than WORDS");
        }
        location->word = (uint8_t)++word_count;
        news = true;
        abandon_step(); /* what went over this word was not followed */
    }
    return location->word != 0;
}

/* Whether a load finds what every other one will find from now on. */
static bool is_settled(const struct access *access)
{
    const struct location *const location = find(access->object);
    const bool known = (state.known[current].words >> (location->word - 1) & 1) != 0;
    uint64_t value = 0;
    memcpy(&value, (const void *)access->object, access->bytes);
    return access->loads && value != 0 && !location->rewritten && (known || state.stale == 0);
}

__attribute__((noinline)) void explore_scrub(void)
{
    volatile unsigned char left[512];
    memset((void *)(uintptr_t)left, 0, sizeof left);
    __asm__ volatile("" : : "r"(left) : "memory");
}

void explore_point(const char *what, int line, const volatile void *object, int order,
                   unsigned kind)
{
    if (current >= 0 && !alone) {
        const struct access access = {what,
                                      line,
                                      object,
                                      kind & EXPLORE_BYTES,
                                      order,
                                      (kind & EXPLORE_WRITES) != 0,
                                      (kind & EXPLORE_LOADS) != 0};
        if ((is_contended(&access) && !is_settled(&access)) ||
            ((scenario->also & STOPS) != 0 && access.writes)) {
            stop_fiber(&access);
        }
        fibers[current].inside = true;
    }
}

bool orders_may_be_stale(unsigned thread)
{
    const struct access *const access = &fibers[thread].access;
    if (state.stale == 0 || !access->loads) {
        return false;
    }
    const unsigned word = find_word(access->object);
    if (word == WORDS || (state.known[thread].words >> word & 1) != 0 ||
        (state.changed >> word & 1) == 0) {
        return false;
    }
    return access->order != ORDER_seq_cst || (state.sequential >> word & 1) == 0;
}

void orders_be_stale(void)
{
    stale_now = true;
}

static bool acquires(int order)
{
    return order == ORDER_acquire || order == ORDER_acq_rel || order == ORDER_seq_cst;
}

static bool releases(int order)
{
    return order == ORDER_release || order == ORDER_acq_rel || order == ORDER_seq_cst;
}

static void learn(struct knowledge *to, const struct knowledge *from)
{
    to->blocks |= from->blocks;
    to->words |= from->words;
    for (size_t i = 0; i < CELLS / 64; i++) {
        to->cells[i] |= from->cells[i];
    }
}

/* What a word was before, and who knows what it is now, matters only where loads may be stale. */
static bool follows_words(void)
{
    return scenario->stale != 0;
}

uint64_t explore_loaded(const volatile void *object, int order, uint64_t value)
{
    if (current < 0 || alone) {
        return value;
    }
    const unsigned word = find_word(object);
    if (word == WORDS) {
        return value;
    }
    if (stale_now) {
        stale_now = false;
        state.stale--;
        state.were_stale = true;
        return state.previous[word];
    }
    if (follows_words()) {
        state.known[current].words |= (uint64_t)1 << word;
    }
    if (acquires(order)) {
        learn(&state.known[current], &state.carried[word]);
    }
    return value;
}

static void note_rewritten(struct location *location, uint64_t old)
{
    if (old != 0 && !location->rewritten) {
        location->rewritten = true;
        news = true;
        abandon_step();
    }
}

void explore_writing(const volatile void *object, uint64_t value)
{
    if (current >= 0 && !alone) {
        const unsigned word = find_word(object);
        if (word != WORDS) {
            state.previous[word] = follows_words() ? value : 0;
            note_rewritten(find(object), value);
        }
    }
}

/* From now on only the running thread knows the newest value of a word. */
static void note_newest(unsigned word, int order)
{
    const uint64_t bit = (uint64_t)1 << word;
    if (!follows_words()) {
        return;
    }
    for (unsigned thread = 0; thread < FIBERS; thread++) {
        state.known[thread].words &= ~bit;
    }
    for (unsigned i = 0; i < WORDS; i++) {
        state.carried[i].words &= ~bit;
    }
    state.known[current].words |= bit;
    state.sequential = order == ORDER_seq_cst ? state.sequential | bit : state.sequential & ~bit;
    state.changed |= bit;
}

static void note_written(const volatile void *object)
{
    if (object == footprint.object) {
        footprint.flags |= STEP_WRITES;
    }
}

void explore_stored(const volatile void *object, int order)
{
    const unsigned word = current >= 0 && !alone ? find_word(object) : WORDS;
    note_written(object);
    if (word != WORDS) {
        note_newest(word, order);
        memset(&state.carried[word], 0, sizeof state.carried[word]);
        if (releases(order)) {
            state.carried[word] = state.known[current];
        }
    }
    rules_written(object);
}

/* A read-modify-write goes on with the release sequence that it finds. */
void explore_modified(const volatile void *object, int order)
{
    const unsigned word = current >= 0 && !alone ? find_word(object) : WORDS;
    note_written(object);
    if (word != WORDS) {
        if (acquires(order)) {
            learn(&state.known[current], &state.carried[word]);
        }
        note_newest(word, order);
        if (releases(order)) {
            learn(&state.carried[word], &state.known[current]);
        }
    }
    rules_written(object);
}

/* What the allocator orders must make the last use of a block by another thread visible to its next
   owner: else they race, on the block's own bytes. */
void orders_use(unsigned thread, unsigned block)
{
    const uint64_t bit = (uint64_t)1 << block;
    if ((state.known[thread].blocks & bit) == 0) {
        world_violation("a block was handed over without what its last owner wrote to it: "
                        "no acquire has met a release");
    }
    if (alone) {
        return;
    }
    for (unsigned other = 0; other < FIBERS; other++) {
        if (other != thread) {
            state.known[other].blocks &= ~bit;
        }
    }
    for (unsigned i = 0; i < WORDS; i++) {
        state.carried[i].blocks &= ~bit;
    }
}

/* ---- Plain accesses ---- */

/* The cell of an address that more than one thread comes to, and one writes to; CELLS if it is
   none. */
static unsigned find_cell(const void *at, bool writes)
{
    struct location *const location = find(at);
    *(writes ? &location->writers : &location->readers) |= (uint8_t)(1U << current);
    const unsigned all = location->readers | location->writers;
    if (location->cell == 0 && location->writers != 0 && (all & (all - 1)) != 0) {
        if (cell_count == CELLS) {
            world_violation("more memory that threads come to plainly than CELLS");
        }
        location->cell = (uint8_t)++cell_count;
        news = true;
        abandon_step();
    }
    return location->cell != 0 ? location->cell - 1U : (unsigned)CELLS;
}

void orders_plain(const void *at, bool writes, const void *where)
{
    if (current < 0 || alone || is_stack(at) || subject_is_private(at)) {
        return;
    }
    const unsigned cell = find_cell(at, writes);
    if (cell == CELLS) {
        return;
    }
    const uint64_t bit = (uint64_t)1 << cell % 64;
    if ((state.known[current].cells[cell / 64] & bit) == 0) {
        printf("# the code at %p comes to %p\n", where, at);
        world_violation("plain memory that another thread wrote to, with no acquire that has met "
                        "its release");
    }
    for (unsigned other = 0; writes && other < FIBERS; other++) {
        if ((int)other != current) {
            state.known[other].cells[cell / 64] &= ~bit;
        }
    }
    for (unsigned word = 0; writes && word < WORDS; word++) {
        state.carried[word].cells[cell / 64] &= ~bit;
    }
}

/* What the system zeroed was written by nobody. */
void orders_zeroed(const unsigned char *start, size_t bytes)
{
    for (size_t i = 0; i < LOCATIONS; i++) {
        const uintptr_t at = (uintptr_t)locations[i].object;
        if (locations[i].cell != 0 && at - (uintptr_t)start < bytes) {
            const unsigned cell = locations[i].cell - 1U;
            for (unsigned thread = 0; thread < FIBERS; thread++) {
                state.known[thread].cells[cell / 64] |= (uint64_t)1 << cell % 64;
            }
        }
    }
}
