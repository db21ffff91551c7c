#define _GNU_SOURCE
#include "world.h"

#include "atomics.h"
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

enum {
    STACK_BYTES = 64 << 10,
    CACHES = 3,                   /* most mappings for thread caches */
    CACHE_BYTES = 128,            /* most bytes of one */
    RESERVATIONS = WORLD_THREADS, /* each thread may lose the race for one */
    KEYS = 4,
    KNOWN = 64,     /* blocks that are watched: one bit each */
    LOCATIONS = 64, /* shared words that carry knowledge */
    PATIENCE = 5,   /* seconds that a step may take */
};

typedef uint64_t blocks_t; /* a set of watched blocks */

struct fiber {
    jmp_buf context;
    unsigned char *low; /* least live byte of its stack */
    const char *script; /* what is left to do; NULL while it waits for prologue work */
    char operation;     /* in progress; 0 = none */
    void *cache;        /* its thread-local pointer */
    void *value[KEYS];  /* its thread-specific values */
    void *held[WORLD_HELD];
    unsigned held_count;
    blocks_t known; /* blocks whose last use happened before what it does next */
    const char *access;
    int line;
};

/* Everything that changes while a scenario runs, but for memory and stacks. */
static struct state {
    struct fiber fibers[WORLD_THREADS];
    blocks_t held;               /* blocks that some thread holds */
    blocks_t carried[LOCATIONS]; /* by each of locations[]: what a reader that acquires it learns */
    unsigned caches, reservations, keys, deleted; /* `deleted` is a set of keys */
    time_t now;                                   /* seconds; every look at the clock takes one */
    int commits;                                  /* mprotect calls that may still succeed */
    bool committed[RESERVATIONS][SUBJECT_SEGMENTS];
    uint8_t owner[RESERVATIONS][SUBJECT_SEGMENTS]; /* pool, plus one, whose blocks came out of it */
    _Alignas(64) unsigned char cache_memory[CACHES][CACHE_BYTES];
} state;

/* Every shared word that was ever accessed, in the order in which that was first seen. */
static const volatile void *locations[LOCATIONS];

static struct subject subject;
static const struct scenario *scenario;
static unsigned char *reservations[RESERVATIONS];
static unsigned char stacks[WORLD_THREADS][STACK_BYTES] __attribute__((aligned(64)));
static int current = -1; /* thread that runs; -1: the explorer itself */
static bool alone;       /* nobody beside it: accesses do not stop */
static bool draining;    /* takes what is left, until there is none */
static unsigned long steps, given_back;
static jmp_buf explorer; /* where a stopping fiber goes */
static void (*destructors[KEYS])(void *);

/* Blocks that are watched: their first words are part of the state. */
static unsigned char *blocks[KNOWN];
static uint8_t static_owner[KNOWN]; /* pool, plus one, of a static block; 0: of no pool for ever */
static unsigned block_count;

/* All ranges of memory that are part of the state. */
static struct range ranges[2 * SUBJECT_RANGES + KNOWN + 8];
static size_t range_count;
static unsigned char *initial; /* their contents before anything ran */

_Noreturn void world_violation(const char *message)
{
    printf("not ok - violation: %s: %s\n", scenario != NULL ? scenario->name : "start", message);
    search_print_schedule();
    fflush(stdout);
    _exit(1);
}

static void handle_signal(int number)
{
    world_violation(number == SIGSEGV ? "segmentation fault" : "abort");
}

/* Ticks every PATIENCE seconds: the same step is running as at the tick before. */
static void handle_tick(int number)
{
    static unsigned long seen;
    (void)number;
    if (current >= 0 && steps == seen) {
        world_violation("a step that does not end");
    }
    seen = steps;
    alarm(PATIENCE);
}

/* ---- Blocks: who holds them, and whether their new holder has seen the last one leave ---- */

static unsigned find_block(const void *ptr)
{
    for (unsigned block = 0; block < block_count; block++) {
        if (blocks[block] == ptr) {
            return block;
        }
    }
    world_violation("a pointer that is no watched block was handed out");
}

/* The pool, plus one, that a block belongs to; 0 while no block of its segment was handed out. */
static uint8_t *owner_of(unsigned block)
{
    for (size_t i = 0; i < RESERVATIONS; i++) {
        const size_t offset = (size_t)(blocks[block] - reservations[i]);
        const size_t segment = offset / SUBJECT_SEGMENT;
        if (offset < SUBJECT_SEGMENTS * (size_t)SUBJECT_SEGMENT) {
            if (!state.committed[i][segment]) {
                world_violation("a block of a segment without memory was handed out");
            }
            return &state.owner[i][segment];
        }
    }
    return &static_owner[block];
}

/* The running thread uses a block as its owner. What the allocator orders must make the last use
   by another thread visible to this one: else they race, on the block's own bytes. */
static void use_block(unsigned block)
{
    const blocks_t bit = (blocks_t)1 << block;
    if ((state.fibers[current].known & bit) == 0) {
        world_violation("a block was handed over without what its last owner wrote to it: "
                        "no acquire has met a release");
    }
    if (alone) {
        return;
    }
    for (int other = 0; other < WORLD_THREADS; other++) {
        if (other != current) {
            state.fibers[other].known &= ~bit;
        }
    }
    for (size_t i = 0; i < LOCATIONS; i++) {
        state.carried[i] &= ~bit;
    }
}

static blocks_t *location(const volatile void *object)
{
    const size_t start = ((uintptr_t)object >> 2) % LOCATIONS;
    for (size_t i = start; i < start + LOCATIONS; i++) {
        const volatile void **const slot = &locations[i % LOCATIONS];
        if (*slot == NULL) {
            *slot = object;
        }
        if (*slot == object) {
            return &state.carried[i % LOCATIONS];
        }
    }
    world_violation("more shared words than LOCATIONS");
}

void explore_loaded(const volatile void *object, int order)
{
    if (current >= 0 && !alone && (order == ORDER_acquire || order == ORDER_acq_rel)) {
        state.fibers[current].known |= *location(object);
    }
}

void explore_stored(const volatile void *object, int order)
{
    if (current >= 0 && !alone) {
        *location(object) =
            order == ORDER_release || order == ORDER_acq_rel ? state.fibers[current].known : 0;
    }
}

/* A read-modify-write goes on with the release sequence that it finds. */
void explore_modified(const volatile void *object, int order)
{
    if (current < 0 || alone) {
        return;
    }
    blocks_t *const carried = location(object);
    if (order == ORDER_acquire || order == ORDER_acq_rel) {
        state.fibers[current].known |= *carried;
    }
    if (order == ORDER_release || order == ORDER_acq_rel) {
        *carried |= state.fibers[current].known;
    }
}

/* ---- Fibers ---- */

__attribute__((noinline)) static unsigned char *frame(void)
{
    return __builtin_frame_address(0);
}

static void stop_fiber(void)
{
    struct fiber *const fiber = &state.fibers[current];
    fiber->low = frame();
    if (_setjmp(fiber->context) == 0) {
        _longjmp(explorer, 1);
    }
}

void explore_point(const char *what, int line)
{
    if (current >= 0 && !alone) {
        state.fibers[current].access = what;
        state.fibers[current].line = line;
        stop_fiber();
    }
}

/* What an owner writes over the link of a free block. */
static uintptr_t payload(unsigned block)
{
    return ~((uintptr_t)0x0ddba11 << 8 | block);
}

static void take(void *ptr, size_t pool, bool zeroed)
{
    struct fiber *const fiber = &state.fibers[current];
    if (ptr == NULL) {
        if (!scenario->may_fail && !draining) {
            world_violation("an allocation failed though there were blocks");
        }
        return;
    }
    const unsigned block = find_block(ptr);
    const blocks_t bit = (blocks_t)1 << block;
    uint8_t *const owner = owner_of(block);
    if (*owner != 0 && *owner != pool + 1) {
        world_violation("a block of another pool was handed out");
    }
    if ((state.held & bit) != 0) {
        world_violation("a block was handed out twice");
    }
    if (zeroed && *(uintptr_t *)ptr != 0) {
        world_violation("a zeroed block was not zero");
    }
    use_block(block);
    state.held |= bit;
    *owner = (uint8_t)(pool + 1);
    *(uintptr_t *)ptr = payload(block);
    fiber->held[fiber->held_count++] = ptr;
}

static void *let_go(void)
{
    struct fiber *const fiber = &state.fibers[current];
    if (fiber->held_count == 0) {
        return NULL;
    }
    void *const ptr = fiber->held[0];
    fiber->held_count--;
    memmove(fiber->held, fiber->held + 1, fiber->held_count * sizeof fiber->held[0]);
    fiber->held[fiber->held_count] = NULL;
    return ptr;
}

static void give(void)
{
    void *const ptr = let_go();
    if (ptr == NULL) {
        return;
    }
    const unsigned block = find_block(ptr);
    if (*(uintptr_t *)ptr != payload(block)) {
        world_violation("somebody wrote to a block that was held");
    }
    use_block(block);
    state.held &= ~((blocks_t)1 << block);
    subject_free(ptr);
}

/* A thread's destructors, once each; a value set by one of them is for the next round. */
static void leave(void)
{
    struct fiber *const fiber = &state.fibers[current];
    for (unsigned round = 0; round < PTHREAD_DESTRUCTOR_ITERATIONS; round++) {
        for (unsigned key = 0; key < state.keys; key++) {
            void *const value = fiber->value[key];
            fiber->value[key] = NULL;
            if (value != NULL && (state.deleted >> key & 1) != 0) {
                world_violation("a value stands under a deleted key");
            }
            if (value != NULL) {
                destructors[key](value);
            }
        }
    }
}

static void perform(char operation)
{
    switch (operation) {
    case 'a':
        take(subject_alloc(subject.pool[0].size), 0, false);
        break;
    case 'A':
        take(subject_alloc(subject.pool[1].size), 1, false);
        break;
    case 'c':
        take(subject_calloc(subject.pool[0].size), 0, true);
        break;
    case 'f':
        give();
        break;
    case 'x':
        leave();
        break;
    case 't':
        subject_trim();
        break;
    case 'l':
        subject_flush();
        break;
    default:
        world_violation("a scenario has a letter that means nothing");
    }
}

/* A thread's whole life: it stops between operations only when it has none. */
static void live(void)
{
    for (;;) {
        struct fiber *const fiber = &state.fibers[current];
        fiber->access = "its end";
        fiber->line = 0;
        if (*fiber->script == '\0') {
            stop_fiber();
            continue;
        }
        perform(*fiber->script++);
    }
}

static void resume(unsigned thread)
{
    current = (int)thread;
    subject_set_cache(state.fibers[thread].cache);
    if (_setjmp(explorer) == 0) {
        steps++;
        _longjmp(state.fibers[thread].context, 1);
    }
    state.fibers[current].cache = subject_cache();
    current = -1;
}

bool world_enabled(unsigned thread)
{
    return *state.fibers[thread].script != '\0' || state.fibers[thread].line != 0;
}

void world_step(unsigned thread)
{
    resume(thread);
}

const char *world_access(unsigned thread, int *line)
{
    *line = state.fibers[thread].line;
    return state.fibers[thread].access;
}

static ucontext_t born[WORLD_THREADS], home;

static void create_fiber(unsigned thread)
{
    state.fibers[thread].script = "";
    state.fibers[thread].cache = subject_cache();
    state.fibers[thread].known = ~(blocks_t)0;
    getcontext(&born[thread]);
    born[thread].uc_stack.ss_sp = stacks[thread];
    born[thread].uc_stack.ss_size = STACK_BYTES;
    born[thread].uc_link = &home;
    makecontext(&born[thread], live, 0);
    current = (int)thread;
    if (_setjmp(explorer) == 0) {
        swapcontext(&home, &born[thread]);
    }
    current = -1;
}

/* ---- The system's calls ---- */

void *__real_mmap(void *at, size_t bytes, int protection, int flags, int file, off_t offset);
void *__wrap_mmap(void *at, size_t bytes, int protection, int flags, int file, off_t offset);
int __wrap_munmap(void *at, size_t bytes);
int __wrap_mprotect(void *at, size_t bytes, int protection);
int __wrap_madvise(void *at, size_t bytes, int advice);
int __wrap_clock_gettime(clockid_t clock, struct timespec *out);
int __wrap_pthread_key_create(pthread_key_t *key, void (*destructor)(void *));
int __wrap_pthread_key_delete(pthread_key_t key);
int __wrap_pthread_setspecific(pthread_key_t key, const void *value);

void *__wrap_mmap(void *at, size_t bytes, int protection, int flags, int file, off_t offset)
{
    (void)at, (void)flags, (void)file, (void)offset;
    if (protection == PROT_NONE) {
        if (state.reservations == RESERVATIONS ||
            bytes > (SUBJECT_SEGMENTS + 1) * (size_t)SUBJECT_SEGMENT) {
            world_violation("more reservations, or larger ones, than expected");
        }
        return reservations[state.reservations++];
    }
    if (bytes > CACHE_BYTES) {
        world_violation("CACHE_BYTES is too small for a thread cache");
    }
    if (state.caches == (unsigned)scenario->caches) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    return state.cache_memory[state.caches++];
}

/* Only the loser of a race to reserve unmaps; it must not have lost what is in use. */
int __wrap_munmap(void *at, size_t bytes)
{
    (void)bytes;
    for (size_t i = 0; i < RESERVATIONS; i++) {
        if (at == reservations[i] &&
            memchr(state.committed[i] + 1, true, SUBJECT_SEGMENTS - 1) != NULL) {
            world_violation("a reservation in use was unmapped");
        }
    }
    return 0;
}

/* Commits cost nothing here, but blocks of a segment that was not committed must not come out. */
int __wrap_mprotect(void *at, size_t bytes, int protection)
{
    (void)protection;
    if (state.commits == 0) {
        errno = ENOMEM;
        return -1;
    }
    state.commits -= state.commits > 0;
    for (size_t i = 0; i < RESERVATIONS; i++) {
        const size_t offset = (size_t)((unsigned char *)at - reservations[i]);
        if (offset < SUBJECT_SEGMENTS * (size_t)SUBJECT_SEGMENT && bytes == SUBJECT_SEGMENT) {
            state.committed[i][offset / SUBJECT_SEGMENT] = true;
        }
    }
    return 0;
}

/* Pages given back read as zero; nobody may hold a block in them. */
int __wrap_madvise(void *at, size_t bytes, int advice)
{
    (void)advice;
    given_back++;
    for (unsigned block = 0; block < block_count; block++) {
        unsigned char *const start = at;
        if (blocks[block] >= start && blocks[block] < start + bytes) {
            if ((state.held >> block & 1) != 0) {
                world_violation("pages under a block that was held were given back");
            }
            memset(blocks[block], 0, sizeof(uintptr_t));
        }
    }
    return 0;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *out)
{
    (void)clock;
    out->tv_sec = ++state.now;
    out->tv_nsec = 0;
    return 0;
}

int __wrap_pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
    if (state.keys == KEYS) {
        world_violation("more keys than threads could have made");
    }
    destructors[state.keys] = destructor;
    *key = state.keys++;
    return 0;
}

int __wrap_pthread_key_delete(pthread_key_t key)
{
    state.deleted |= 1U << key;
    return 0;
}

int __wrap_pthread_setspecific(pthread_key_t key, const void *value)
{
    state.fibers[current].value[key] = (void *)(uintptr_t)value;
    return 0;
}

/* ---- The state as bytes ---- */

static void add_range(unsigned char *start, size_t bytes)
{
    if (range_count == sizeof ranges / sizeof ranges[0]) {
        world_violation("more ranges than expected");
    }
    ranges[range_count].start = start;
    ranges[range_count++].bytes = bytes;
}

static void watch_block(unsigned char *block, size_t owner)
{
    if (block_count == KNOWN) {
        world_violation("more blocks than KNOWN");
    }
    static_owner[block_count] = (uint8_t)owner;
    blocks[block_count++] = block;
    add_range(block, sizeof(uintptr_t));
}

static void watch_memory(void)
{
    add_range((unsigned char *)&state, sizeof state);
    for (size_t i = 0; i < subject.range_count; i++) {
        add_range(subject.ranges[i].start, subject.ranges[i].bytes);
    }
    for (size_t pool = 0; pool < subject.pools; pool++) {
        for (size_t i = 0; i < subject.pool[pool].initial_count; i++) {
            watch_block(subject.pool[pool].first + i * subject.pool[pool].size, pool + 1);
        }
    }
}

/* A segment may become any pool's: what is watched are the blocks of the smallest. */
static void watch_growth(void)
{
    const size_t size = subject.pool[0].size;
    for (size_t i = 0; i < RESERVATIONS && subject.segments != 0; i++) {
        reservations[i] =
            __real_mmap(NULL, (SUBJECT_SEGMENTS + 2) * (size_t)SUBJECT_SEGMENT,
                        PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (reservations[i] == MAP_FAILED) {
            world_violation("no address space for the explorer");
        }
        reservations[i] += -(uintptr_t)reservations[i] & (SUBJECT_SEGMENT - 1);
        for (size_t range = 0; range < subject.meta_count; range++) {
            add_range(reservations[i] + (uintptr_t)subject.meta[range].start,
                      subject.meta[range].bytes);
        }
        for (size_t offset = 0; offset < subject.segments * SUBJECT_SEGMENT; offset += size) {
            watch_block(reservations[i] + SUBJECT_SEGMENT + offset, 0);
        }
    }
}

size_t world_bytes(void)
{
    size_t bytes = sizeof stacks;
    for (size_t i = 0; i < range_count; i++) {
        bytes += ranges[i].bytes;
    }
    return bytes;
}

static size_t live_bytes(unsigned thread)
{
    return (size_t)(stacks[thread] + STACK_BYTES - state.fibers[thread].low);
}

size_t world_save(unsigned char *out)
{
    unsigned char *to = out;
    for (size_t i = 0; i < range_count; i++) {
        memcpy(to, ranges[i].start, ranges[i].bytes);
        to += ranges[i].bytes;
    }
    for (unsigned thread = 0; thread < WORLD_THREADS; thread++) {
        memcpy(to, state.fibers[thread].low, live_bytes(thread));
        to += live_bytes(thread);
    }
    return (size_t)(to - out);
}

void world_load(const unsigned char *saved)
{
    for (size_t i = 0; i < range_count; i++) {
        memcpy(ranges[i].start, saved, ranges[i].bytes);
        saved += ranges[i].bytes;
    }
    for (unsigned thread = 0; thread < WORLD_THREADS; thread++) {
        memcpy(state.fibers[thread].low, saved, live_bytes(thread));
        saved += live_bytes(thread);
    }
}

/* Any good mix of 8 bytes a step will do; a collision would hide a schedule in 10^12 states or so.
 */
static uint64_t mix(uint64_t hash, const unsigned char *bytes, size_t count)
{
    for (; count >= sizeof(uint64_t); count -= sizeof(uint64_t), bytes += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, bytes, sizeof word);
        const __uint128_t product = (__uint128_t)(hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        hash = (uint64_t)product ^ (uint64_t)(product >> 64) ^ word << 1;
    }
    uint64_t tail = 0;
    memcpy(&tail, bytes, count);
    return count != 0 ? (hash ^ tail) * UINT64_C(0xff51afd7ed558ccd) : hash;
}

uint64_t world_hash(void)
{
    uint64_t hash = 1;
    for (size_t i = 0; i < range_count; i++) {
        hash = mix(hash, ranges[i].start, ranges[i].bytes);
    }
    for (unsigned thread = 0; thread < WORLD_THREADS; thread++) {
        hash = mix(hash, state.fibers[thread].low, live_bytes(thread));
    }
    return hash;
}

/* ---- Beginning and end ---- */

unsigned long world_given_back(void)
{
    return given_back;
}

void world_create(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGABRT, handle_signal);
    signal(SIGALRM, handle_tick);
    alarm(PATIENCE);
    static unsigned char signal_stack[STACK_BYTES];
    sigaltstack(&(stack_t){.ss_sp = signal_stack, .ss_size = sizeof signal_stack}, NULL);
    const struct sigaction on_fault = {.sa_handler = handle_signal, .sa_flags = SA_ONSTACK};
    sigaction(SIGSEGV, &on_fault, NULL);
    subject_describe(&subject);
    watch_memory();
    watch_growth();
    for (unsigned thread = 0; thread < WORLD_THREADS; thread++) {
        create_fiber(thread);
    }
    initial = malloc(world_bytes());
    world_save(initial);
}

/* Runs operations of one thread with nobody beside it. */
static void run_alone(unsigned thread, const char *script)
{
    alone = true;
    state.fibers[thread].script = script;
    resume(thread);
    alone = false;
}

void world_start(const struct scenario *of)
{
    static char operation[2];
    unsigned thread = 0;
    scenario = of;
    world_load(initial);
    state.commits = scenario->commits;
    for (const char *at = scenario->before; *at != '\0'; at++) {
        if (*at >= '0' && *at < '0' + WORLD_THREADS) {
            thread = (unsigned)(*at - '0');
        } else if (*at == '>') {
            current = (int)thread;
            void *const ptr = let_go();
            current = -1;
            struct fiber *const to = &state.fibers[*++at - '0'];
            to->held[to->held_count++] = ptr;
        } else if (*at != ' ') {
            operation[0] = *at;
            run_alone(thread, operation);
        }
    }
    for (unsigned i = 0; i < WORLD_THREADS; i++) {
        state.fibers[i].script = scenario->script[i] != NULL ? scenario->script[i] : "";
    }
}

/* Blocks of a pool that came out so far, or may: those of its segments and static ones. */
static size_t capacity(size_t pool, size_t *segments)
{
    size_t blocks_there = subject.pool[pool].initial_count;
    for (size_t i = 0; i < RESERVATIONS; i++) {
        for (size_t segment = 0; segment < SUBJECT_SEGMENTS; segment++) {
            if (state.owner[i][segment] == pool + 1) {
                blocks_there += subject.pool[pool].segment_blocks;
                ++*segments;
            }
        }
    }
    return blocks_there;
}

static size_t count_held(size_t pool)
{
    size_t held = 0;
    for (unsigned block = 0; block < block_count; block++) {
        held += (state.held >> block & 1) != 0 && *owner_of(block) == pool + 1;
    }
    return held;
}

/* Every block that nobody holds must come out again, each once: through the depot, the caches that
   exited threads left, windows, runs and growth. */
static void drain(void)
{
    static const char *const one[SUBJECT_POOLS] = {"a", "A"};
    size_t segments = 0;
    for (size_t pool = 0; pool < subject.pools; pool++) {
        do {
            state.fibers[0].held_count = 0;
            run_alone(0, one[pool]);
        } while (state.fibers[0].held_count != 0);
    }
    for (size_t pool = 0; pool < subject.pools; pool++) {
        if (count_held(pool) != capacity(pool, &segments)) {
            world_violation("blocks were lost");
        }
    }
    if (segments != subject.segments) {
        world_violation("segments were lost");
    }
}

void world_finish(void)
{
    alone = true;
    if (!subject_check()) {
        world_violation("check says that something is not sound");
    }
    for (unsigned thread = 0; thread < WORLD_THREADS; thread++) {
        run_alone(thread, "x");
        state.fibers[thread].known = ~(blocks_t)0;
    }
    if (state.commits < 0) {
        draining = true;
        drain();
        draining = false;
    }
    alone = true;
    if (!subject_check()) {
        world_violation("check says that something is not sound, after everything was taken");
    }
    alone = false;
}
