/* A worker: one process, one repetition of one load with one allocator, one line of results.
 * Compiled once per way of calling (calls.h), so the allocator is part of the program or preloaded.
 *
 *   worker [-t SECONDS] [-n THREADS] [-p PLACEMENT] [-l] LOAD    time it; -l: then time its limit
 *   worker -r LOAD                                               reuse rate of its first round
 *   worker -c ALLOCS,FREES,EMPTY_ALLOCS,EMPTY_FREES              that many calls, to be counted
 *
 * The line is made of name=value pairs; times are nanoseconds for an operation, sizes KiB. */
#include "worker.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define PASS_measured
#include "calls.h"
#include "loads.h"

enum {
    TRACE_ENTRIES = 4 << 20,
    GIVE_UP_SECONDS = 300,
    COUNTED_SIZE = 64,
    COUNTED_MOST = 4,
    COUNTED_WARM_UP = 1000
};

struct load {
    const char *name;
    uint64_t operations;
    unsigned threads;
};

static const struct load loads[LOAD_COUNT] = {
#define LOAD_ROW(identifier, name, operations, threads, flags) {name, (operations), (threads)},
    LOADS(LOAD_ROW)
#undef LOAD_ROW
};

struct trace trace;

struct options {
    double seconds;
    unsigned threads; /* 0: the load's own number */
    unsigned placement;
    int with_limit, only_reuse;
    const char *counted;
};

/* ---- clocks and sizes */

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec * 1e-6;
}

static struct reading read_clocks(void)
{
    struct timespec now;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (struct reading){
        .wall = (double)now.tv_sec + (double)now.tv_nsec * 1e-9,
        .cpu = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime),
        .faults = (double)usage.ru_minflt,
    };
}

void run_begin(struct run *run)
{
    run->start = read_clocks();
}

void run_end(struct run *run)
{
    run->end = read_clocks();
}

/* The number after `key` in a file of /proc, or 0. Uses no allocator. */
static unsigned long read_proc(const char *path, const char *key)
{
    static char text[4096];
    const int file = open(path, O_RDONLY);
    if (file < 0)
        return 0;
    const ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    text[length > 0 ? length : 0] = '\0';
    const char *at = strstr(text, key);
    return at ? strtoul(at + strlen(key), NULL, 10) : 0;
}

/* ---- timing */

static double wall_of(const struct run *run)
{
    return run->end.wall - run->start.wall;
}

/* A replay takes its addresses from the beginning again. */
static void run_once(load_function *load, struct run *run)
{
    trace.cursor = trace.first;
    load(run);
}

/* Doubles the rounds until a run takes an eighth of the time asked for, which warms everything up,
 * then runs as many as the whole time should need; again if the guess was far too low. */
static struct run time_load(load_function *load, unsigned threads, double seconds)
{
    struct run run = {.rounds = 1, .threads = threads};
    run_once(load, &run);
    run_once(load, &run);
    while (wall_of(&run) < seconds / 8) {
        run.rounds *= 2;
        run_once(load, &run);
    }
    do {
        const double scale = seconds * 1.05 / wall_of(&run);
        run.rounds = (uint64_t)ceil((double)run.rounds * fmax(scale, 1.0 / (double)run.rounds));
        run_once(load, &run);
    } while (wall_of(&run) < seconds * 0.9);
    return run;
}

/* Blocks of every power of two up to 8 KiB are held throughout, so that the addresses that a load
 * is given differ from run to run. */
static void hold_blocks(unsigned placement)
{
    for (size_t size = 8; size <= 8192; size *= 2)
        for (unsigned i = 0; i < placement; i++)
            opaque(RAW_ALLOC(size));
}

static void reserve_trace(void)
{
    void *memory = mmap(NULL, TRACE_ENTRIES * sizeof *trace.first, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        abort();
    trace.first = trace.cursor = trace.round = memory;
}

/* The replay writes into blocks that are free: after it nothing may call the allocator. */
static double time_limit(unsigned index, double seconds)
{
    struct run run = {.rounds = 1, .threads = 1};
    reserve_trace();
    run_once(recorded_loads[index], &run);
    run = time_load(replayed_loads[index], 1, seconds);
    return wall_of(&run) / (double)(run.rounds * loads[index].operations) * 1e9;
}

static void print_times(unsigned index, const struct options *options)
{
    const struct load *load = &loads[index];
    const unsigned threads = options->threads ? options->threads : load->threads;
    hold_blocks(options->placement);
    const struct run run = time_load(measured_loads[index], threads, options->seconds);
    const unsigned long peak = read_proc("/proc/self/status", "VmHWM:");
    const unsigned long end = read_proc("/proc/self/smaps_rollup", "Rss:");
    const double operations = (double)(run.rounds * load->operations);
    const double limit = options->with_limit ? time_limit(index, options->seconds) : 0;
    dprintf(STDOUT_FILENO,
            "ns=%.6g cpu=%.6g faults=%.6g peak=%lu end=%lu operations=%.0f limit=%.6g",
            wall_of(&run) / operations * 1e9, (run.end.cpu - run.start.cpu) / operations * 1e9,
            (run.end.faults - run.start.faults) / operations, peak, end, operations, limit);
}

/* ---- reuse */

static int compare_addresses(const void *left, const void *right)
{
    const char *const *a = left, *const *b = right;
    return (*a > *b) - (*a < *b);
}

/* The share of allocations, from a fresh process on and with the load's set-up, that were given an
 * address that had been given before. */
static void print_reuse(unsigned index)
{
    struct run run = {.rounds = 1, .threads = 1};
    reserve_trace();
    run_once(recorded_loads[index], &run);
    const size_t count = (size_t)(trace.cursor - trace.first);
    size_t first_uses = count > 0;
    qsort(trace.first, count, sizeof *trace.first, compare_addresses);
    for (size_t i = 1; i < count; i++)
        first_uses += trace.first[i] != trace.first[i - 1];
    dprintf(STDOUT_FILENO, "allocations=%zu first_uses=%zu reuse=%.9g", count, first_uses,
            1 - (double)first_uses / (double)count);
}

/* ---- calls to be counted under valgrind */

#if defined WAY_inlined || !defined __x86_64__
#define EMPTY_ALLOC(size)  opaque(NULL)
#define EMPTY_FREE(block)  ((void)read_whole(block))
#define EMPTY_INSTRUCTIONS 0
#else
/* The cheapest function there is, so that the cost of calling one can be subtracted. */
__attribute__((naked, noinline)) static void *empty_alloc(__attribute__((unused)) size_t size)
{
    __asm__ volatile("ret");
}

__attribute__((naked, noinline)) static void empty_free(__attribute__((unused)) void *block)
{
    __asm__ volatile("ret");
}
#define EMPTY_ALLOC(size)  opaque(empty_alloc(opaque_size(size)))
#define EMPTY_FREE(block)  empty_free(read_whole(block))
#define EMPTY_INSTRUCTIONS 1
#endif

/* Makes the numbers of calls asked for. Two runs that differ in one of the numbers differ by so
 * many calls and nothing else. They are few, and many times so many went before, so that every
 * allocator holds the blocks in its nearest cache. */
static void make_calls(const char *counted)
{
    unsigned allocs, frees, empty_allocs, empty_frees;
    void *blocks[COUNTED_MOST] = {0};
    if (sscanf(counted, "%u,%u,%u,%u", &allocs, &frees, &empty_allocs, &empty_frees) != 4 ||
        allocs > COUNTED_MOST || frees > allocs || empty_allocs > COUNTED_MOST ||
        empty_frees > COUNTED_MOST)
        exit(2);
    for (unsigned round = 0; round < COUNTED_WARM_UP; round++) {
        for (unsigned i = 0; i < COUNTED_MOST; i++)
            blocks[i] = ALLOC(COUNTED_SIZE);
        for (unsigned i = 0; i < COUNTED_MOST; i++)
            FREE(blocks[i]);
    }
    for (unsigned i = 0; i < empty_allocs; i++)
        blocks[i] = EMPTY_ALLOC(COUNTED_SIZE);
    for (unsigned i = 0; i < empty_frees; i++)
        EMPTY_FREE(blocks[i]);
    for (unsigned i = 0; i < allocs; i++)
        blocks[i] = ALLOC(COUNTED_SIZE);
    for (unsigned i = 0; i < frees; i++)
        FREE_SIZED(blocks[i], COUNTED_SIZE);
    dprintf(STDOUT_FILENO, "empty=%d", EMPTY_INSTRUCTIONS);
}

/* ---- main */

/* The file that malloc comes from, so that a preload that failed is not mistaken for the peer. */
static const char *file_of_malloc(void)
{
    Dl_info info;
    void *(*function)(size_t) = malloc;
    void *address;
    memcpy(&address, &function, sizeof address);
    return dladdr(address, &info) ? info.dli_fname : "?";
}

static unsigned load_named(const char *name)
{
    for (unsigned i = 0; i < LOAD_COUNT; i++)
        if (strcmp(loads[i].name, name) == 0)
            return i;
    fprintf(stderr, "worker: no load is named '%s'\n", name);
    exit(2);
}

static struct options read_options(int argc, char **argv)
{
    struct options options = {.seconds = 0.2};
    int option;
    while ((option = getopt(argc, argv, "t:n:p:lrc:")) != -1) {
        switch (option) {
        case 't':
            options.seconds = strtod(optarg, NULL);
            break;
        case 'n':
            options.threads = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 'p':
            options.placement = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 'l':
            options.with_limit = 1;
            break;
        case 'r':
            options.only_reuse = 1;
            break;
        case 'c':
            options.counted = optarg;
            break;
        default:
            exit(2);
        }
    }
    if (optind + !options.counted != argc) {
        fprintf(stderr, "worker: expected one load\n");
        exit(2);
    }
    return options;
}

int main(int argc, char **argv)
{
    const struct options options = read_options(argc, argv);
    alarm(GIVE_UP_SECONDS);
    steps_draw();
    if (options.counted)
        make_calls(options.counted);
    else if (options.only_reuse)
        print_reuse(load_named(argv[optind]));
    else
        print_times(load_named(argv[optind]), &options);
    dprintf(STDOUT_FILENO, " malloc=%s\n", file_of_malloc());
    _exit(0); /* a replay has left the allocator's lists in ruins */
}
