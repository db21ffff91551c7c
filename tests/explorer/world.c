/* Threads as fibers, the state as bytes, and the course of a scenario. */
#define _GNU_SOURCE
#include "model.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

enum {
    STACK_BYTES = 64 << 10,
    PATIENCE = 5, /* seconds that a step may take */
    RANGES = 128,
};

struct fiber fibers[FIBERS];
struct subject subject;
const struct scenario *scenario;
int current = -1;
bool alone;
struct footprint footprint;

static unsigned char *stacks;
static unsigned long steps;
static jmp_buf explorer; /* where a stopping fiber goes */

/* All ranges of memory that are part of the state, and their contents before anything ran. */
static struct range ranges[RANGES];
static bool is_history[RANGES]; /* of how the state came to be */
static size_t range_count;
static unsigned char *initial;

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

/* ---- Fibers ---- */

__attribute__((noinline)) static unsigned char *frame(void)
{
    return __builtin_frame_address(0);
}

void stop_fiber(const struct access *access)
{
    struct fiber *const fiber = &fibers[current];
    fiber->waits = access != NULL;
    fiber->access = access != NULL ? *access : (struct access){.what = "begins a call"};
    fiber->low = frame();
    if (_setjmp(fiber->context) == 0) {
        _longjmp(explorer, 1);
    }
}

void abandon_step(void)
{
    _longjmp(explorer, 1);
}

static void perform(char operation)
{
    switch (operation) {
    case 'a':
        take(subject_alloc(subject.pool[0].request), 0, false);
        break;
    case 'A':
        take(subject_alloc(subject.pool[1].request), 1, false);
        break;
    case 'c':
        take(subject_calloc(subject.pool[0].request), 0, true);
        break;
    case 'C':
        take(subject_calloc(subject.pool[1].request), 1, true);
        break;
    case 'f':
        give(false);
        break;
    case 'g':
        give(true);
        break;
    case 'p':
        dispute();
        break;
    case 'd':
        give_disputed();
        break;
    case 'x':
        run_destructors();
        break;
    case 't':
        subject_trim();
        break;
    case 'i':
        subject_idle();
        break;
    case 'l':
        subject_flush();
        break;
    default:
        world_violation("a scenario has a letter that means nothing");
    }
}

/* Others that are inside of a call when this one begins, or come to be before it ends. */
static void meet_others(struct fiber *fiber)
{
    fiber->met = 0;
    for (unsigned other = 0; other < FIBERS; other++) {
        fiber->met |= fibers[other].inside ? (uint8_t)(1U << other) : 0;
    }
}

/* A thread's whole life: it stops between operations. */
static void live(void)
{
    for (;;) {
        stop_fiber(NULL);
        struct fiber *const fiber = &fibers[current];
        footprint.flags |= STEP_BEGINS;
        fiber->operation = *fiber->script++;
        fiber->had = subject_cache();
        meet_others(fiber);
        rules_begin_operation();
        perform(fiber->operation);
        fiber->operation = '\0';
        fiber->inside = fiber->excused = false;
        fiber->had = NULL;
        fiber->met = 0;
        footprint.flags |= STEP_ENDS;
        rules_end_operation();
    }
}

/* What lies below a stopped fiber's frames is dead: zero, it does not tell states apart later. */
static void clear_dead(unsigned thread)
{
    enum { DEEPEST = 2048 }; /* bytes of frames that a step may add */
    memset(fibers[thread].low - DEEPEST, 0, DEEPEST);
}

static void resume(unsigned thread)
{
    clear_dead(thread);
    current = (int)thread;
    subject_set_cache(fibers[thread].cache);
    if (_setjmp(explorer) == 0) {
        steps++;
        _longjmp(fibers[thread].context, 1);
    }
    fibers[current].cache = subject_cache();
    current = -1;
}

bool world_enabled(unsigned thread)
{
    return *fibers[thread].script != '\0' || fibers[thread].waits;
}

bool world_may_be_stale(unsigned thread)
{
    return fibers[thread].waits && orders_may_be_stale(thread);
}

bool world_step(unsigned thread, bool stale)
{
    for (unsigned other = 0; other < FIBERS; other++) {
        if (fibers[other].operation != '\0') {
            fibers[other].met |= (uint8_t)(1U << thread);
        }
    }
    footprint = (struct footprint){fibers[thread].waits ? fibers[thread].access.object : NULL, 0};
    if (stale) {
        orders_be_stale();
    }
    resume(thread);
    if (orders_are_new()) {
        return false;
    }
    rules_check_step();
    return true;
}

struct footprint world_footprint(void)
{
    return footprint;
}

const char *world_access(unsigned thread, int *line)
{
    *line = fibers[thread].access.line;
    return fibers[thread].access.what;
}

static ucontext_t born[FIBERS], home;

static void create_fiber(unsigned thread)
{
    fibers[thread].script = "";
    fibers[thread].cache = subject_cache();
    getcontext(&born[thread]);
    born[thread].uc_stack.ss_sp = stacks + thread * (size_t)STACK_BYTES;
    born[thread].uc_stack.ss_size = STACK_BYTES;
    born[thread].uc_link = &home;
    makecontext(&born[thread], live, 0);
    current = (int)thread;
    if (_setjmp(explorer) == 0) {
        swapcontext(&home, &born[thread]);
    }
    current = -1;
}

/* ---- The state as bytes ---- */

void watch(void *start, size_t bytes)
{
    if (range_count == RANGES) {
        world_violation("more ranges than RANGES");
    }
    ranges[range_count].start = start;
    ranges[range_count++].bytes = bytes;
}

void watch_history(void *start, size_t bytes)
{
    is_history[range_count] = true;
    watch(start, bytes);
}

size_t world_bytes(void)
{
    size_t bytes = FIBERS * (size_t)STACK_BYTES;
    for (size_t i = 0; i < range_count; i++) {
        bytes += ranges[i].bytes;
    }
    return bytes;
}

bool is_stack(const void *at)
{
    return (uintptr_t)at >= (uintptr_t)stacks;
}

static size_t live_bytes(unsigned thread)
{
    return (size_t)(stacks + (thread + 1) * (size_t)STACK_BYTES - fibers[thread].low);
}

size_t world_save(unsigned char *out)
{
    unsigned char *to = out;
    for (size_t i = 0; i < range_count; i++) {
        memcpy(to, ranges[i].start, ranges[i].bytes);
        to += ranges[i].bytes;
    }
    for (unsigned thread = 0; thread < FIBERS; thread++) {
        memcpy(to, fibers[thread].low, live_bytes(thread));
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
    for (unsigned thread = 0; thread < FIBERS; thread++) {
        memcpy(fibers[thread].low, saved, live_bytes(thread));
        saved += live_bytes(thread);
    }
}

/* Any good mix of 8 bytes a step will do; a collision would hide a schedule in 10^12 states or so.
   Four chains at once keep the processor's multiplier busy. */
static inline uint64_t mix_word(uint64_t hash, uint64_t word)
{
    const __uint128_t product = (__uint128_t)(hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint64_t)product ^ (uint64_t)(product >> 64) ^ word << 1;
}

static uint64_t mix(uint64_t hash, const unsigned char *bytes, size_t count)
{
    enum { LANES = 4, STEP = LANES * sizeof(uint64_t) };
    uint64_t lanes[LANES] = {hash, 2, 3, 5};
    for (; count >= STEP; count -= STEP, bytes += STEP) {
        uint64_t words[LANES];
        memcpy(words, bytes, STEP);
        for (size_t i = 0; i < LANES; i++) {
            lanes[i] = mix_word(lanes[i], words[i]);
        }
    }
    uint64_t tail[LANES] = {count};
    memcpy(tail, bytes, count);
    hash = lanes[0];
    for (size_t i = 0; i < LANES; i++) {
        hash = mix_word(mix_word(hash, lanes[i]), tail[i]);
    }
    return hash;
}

uint64_t world_hash(void)
{
    uint64_t hash = 1;
    for (size_t i = 0; i < range_count; i++) {
        hash = mix(hash, ranges[i].start, ranges[i].bytes);
    }
    for (unsigned thread = 0; thread < FIBERS; thread++) {
        hash = mix(hash, fibers[thread].low, live_bytes(thread));
    }
    return hash;
}

uint64_t world_outcome(void)
{
    uint64_t hash = 1;
    for (size_t i = 0; i < range_count; i++) {
        if (!is_history[i]) {
            hash = mix(hash, ranges[i].start, ranges[i].bytes);
        }
    }
    for (unsigned thread = 0; thread < WORLD_THREADS; thread++) {
        hash = mix(hash, (const unsigned char *)fibers[thread].held, sizeof fibers[thread].held);
    }
    return hash;
}

/* ---- Beginning and end ---- */

unsigned long world_given_back(void)
{
    return given_back;
}

void world_forget(void)
{
    orders_forget();
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
    stacks = system_stacks();
    watch_history(fibers, sizeof fibers);
    for (size_t i = 0; i < subject.range_count; i++) {
        watch(subject.ranges[i].start, subject.ranges[i].bytes);
    }
    system_create();
    orders_create();
    rules_create();
    for (unsigned thread = 0; thread < FIBERS; thread++) {
        create_fiber(thread);
    }
    initial = malloc(world_bytes());
    world_save(initial);
}

/* Runs operations of one thread with nobody beside it. */
static void run_alone(unsigned thread, const char *script)
{
    alone = true;
    fibers[thread].script = script;
    resume(thread);
    alone = false;
}

void world_start(const struct scenario *of)
{
    static char operation[2];
    unsigned thread = 0;
    scenario = of;
    world_load(initial);
    orders_start();
    system_start();
    for (const char *at = scenario->before; *at != '\0'; at++) {
        if (*at >= '0' && *at < '0' + WORLD_THREADS) {
            thread = (unsigned)(*at - '0');
        } else if (*at == '>') {
            current = (int)thread;
            hand_over((unsigned)(*++at - '0'));
            current = -1;
        } else if (*at != ' ') {
            operation[0] = *at;
            run_alone(thread, operation);
        }
    }
    for (unsigned i = 0; i < WORLD_THREADS; i++) {
        fibers[i].script = scenario->script[i] != NULL ? scenario->script[i] : "";
    }
}

/* Takes blocks of every pool until there is none; rules.c says when there may be none. */
static void drain(unsigned thread)
{
    static const char *const one[SUBJECT_POOLS] = {"a", "A"};
    for (size_t pool = 0; pool < subject.pools; pool++) {
        do {
            fibers[thread].held_count = 0;
            run_alone(thread, one[pool]);
        } while (fibers[thread].held_count != 0);
    }
}

/* Where memory goes back by itself all must have gone after some looks. */
static void idle_long(void)
{
    enum { LOOKS = 64 };
    if (!subject_gives_back() || (scenario->also & REFUSES) != 0) {
        return;
    }
    for (unsigned look = 0; look < LOOKS; look++) {
        run_alone(0, "i");
    }
    rules_check_idle();
    rules_check_settled();
}

void world_fork(void)
{
    if (!orders_were_stale()) {
        orders_learn_all(CHILD);
        drain(CHILD);
    }
}

void world_finish(void)
{
    rules_check_settled();
    rules_check_disputed();
    for (unsigned thread = 0; thread < WORLD_THREADS; thread++) {
        run_alone(thread, "x");
        orders_learn_all(thread);
    }
    rules_check_settled();
    rules_check_chunks();
    idle_long();
    drain(0);
    rules_check_settled();
}
