/* Runs one scenario once, and prints a line of its figures as name=value pairs.
 * Compiled once per way of calling (calls.h), so the allocator is part of the program or preloaded.
 *
 *   scenario [-d DIVISOR] NAME      amounts and durations are divided by DIVISOR */
#include "scenario.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "steps.h"
#include "timed_calls.h"

/* As many calls of nothing as of free where 512 MiB of 64 B go: what a call meets once in so many
 * belongs to the machine. */
enum { GIVE_UP_SECONDS = 1800, EMPTY_CALLS = 8 << 20 };

static const double KIB_PER_MIB = 1024;

static size_t divisor = 1;

size_t scenario_amount(size_t amount)
{
    return amount > divisor ? amount / divisor : 1;
}

double scenario_duration(double seconds)
{
    return seconds / (double)divisor;
}

void *scenario_memory(size_t bytes)
{
    void *memory =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED) {
        perror("scenario: mmap");
        exit(1);
    }
    return memory;
}

/* Uses no allocator. */
static void read_file(const char *path, char *text, size_t size)
{
    const int file = open(path, O_RDONLY);
    const ssize_t length = file < 0 ? -1 : read(file, text, size - 1);
    text[length > 0 ? length : 0] = '\0';
    if (file >= 0)
        close(file);
}

double scenario_resident(void)
{
    static const char key[] = "Anonymous:";
    char text[4096];
    read_file("/proc/self/smaps_rollup", text, sizeof text);
    const char *at = strstr(text, key);
    return at ? strtod(at + strlen(key), NULL) / KIB_PER_MIB : 0;
}

/* The system's counters, which lag behind by a few dozen pages. */
double scenario_resident_about(void)
{
    unsigned long size = 0, resident = 0, shared = 0;
    char text[256];
    read_file("/proc/self/statm", text, sizeof text);
    if (sscanf(text, "%lu %lu %lu", &size, &resident, &shared) != 3)
        return 0;
    return (double)(resident - shared) * (double)sysconf(_SC_PAGESIZE) / (1 << 20);
}

static double seconds_of(struct timespec time)
{
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

double scenario_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return seconds_of(now);
}

double scenario_cpu_seconds(void)
{
    struct timespec spent;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
    return seconds_of(spent);
}

void scenario_sleep_until(double clock)
{
    const struct timespec until = {.tv_sec = (time_t)clock,
                                   .tv_nsec = (long)((clock - (double)(time_t)clock) * 1e9)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) != 0)
        continue;
}

void scenario_print(const char *figure, double value)
{
    dprintf(STDOUT_FILENO, "%s=%.6g ", figure, value);
}

void scenario_calibrate(void)
{
    struct timed_calls *empty = scenario_memory(sizeof *empty);
    timed_calls_calibrate(empty, scenario_amount(EMPTY_CALLS));
    scenario_print("clock", (double)clock_cost);
    scenario_print("nothing_longest", timed_calls_longest(empty));
    scenario_print("nothing_tail", timed_calls_quantile(empty, 0.9999));
}

static void run_named(const char *name)
{
    static const struct {
        const char *name;
        scenario_function *run;
    } scenarios[] = {
#define SCENARIO_ROW(identifier, name, flags) {(name), scenario_##identifier},
        OWN_SCENARIOS(SCENARIO_ROW)
#undef SCENARIO_ROW
    };
    for (unsigned i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
        if (strcmp(scenarios[i].name, name) == 0) {
            scenarios[i].run();
            return;
        }
    fprintf(stderr, "scenario: none is named '%s'\n", name);
    exit(2);
}

int main(int argc, char **argv)
{
    int option;
    while ((option = getopt(argc, argv, "d:")) != -1) {
        if (option != 'd')
            exit(2);
        divisor = strtoul(optarg, NULL, 10);
    }
    if (optind + 1 != argc || divisor == 0) {
        fprintf(stderr, "scenario: expected one name\n");
        exit(2);
    }
    alarm(GIVE_UP_SECONDS);
    steps_draw();
    run_named(argv[optind]);
    dprintf(STDOUT_FILENO, "\n");
    _exit(0);
}
