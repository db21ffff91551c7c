/* Runs every row for every kind of block of it, each in a child, and prints TAP. An argument runs
   only the rows whose names contain it. Compiled for each form and level, with FORM, LEVEL their
   names, the latter as in enum level FORM_THREADS, FORM_NO_UPSTREAM,   1 or 0: what the table says
     FORM_LISTS, FORM_GROWS
     FORM_FAMILY                       1 where malloc and memcpy are the front end's
     FORM_FRONT                        1 where a front end is called and not the C functions */
#include "crimes.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HARMLESSLY = 3, GAVE_UP = 70, MOST_SECONDS = 60, MOST_SAID = 1024 };

const enum level level = LEVEL;
struct subject allocator;

static const struct kind kinds[] = {
    {"8 bytes", 8},          {"4,096 bytes", 4096}, {"262,144 bytes", 262144},
    {"64 bytes, grown", 64}, {"1 MiB", 1 << 20},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* What the case's process leaves for its parent, which writes the line that is expected. */
struct evidence {
    const void *address;
    size_t pool;  /* of the address; as many as there are for a mapping */
    size_t bytes; /* of the mapping */
    size_t number;
    unsigned char *lowest; /* arena_of's answer */
};
static struct evidence *evidence;
static size_t kind_pool, mapping_bytes;

_Noreturn void give_up(const char *why)
{
    fprintf(stderr, "%s\n", why);
    _exit(GAVE_UP);
}

/* ---- blocks */

static bool is_oversize(const struct kind *kind)
{
    return kind->request > allocator.largest;
}

static bool is_grown(const struct kind *kind)
{
    return kind == &kinds[3];
}

size_t pool_of(size_t request)
{
    const struct subject_stats stats = allocator.stats();
    const size_t bytes = request + (level == FULL ? FULL_EXTRA_BYTES : 0);
    size_t pool = 0;
    while (pool < stats.pool_count && stats.pools[pool].size < bytes) {
        pool++;
    }
    return pool;
}

size_t block_bytes(size_t pool)
{
    return allocator.stats().pools[pool].size;
}

unsigned char *get(const struct kind *kind)
{
    unsigned char *const block = allocator.alloc(kind->request);
    if (block == NULL) {
        give_up("no block");
    }
    if (is_oversize(kind)) {
        mapping_bytes = allocator.usable_size(block);
    }
    return block;
}

void give(void *block, const struct kind *kind)
{
    if (allocator.free != NULL) {
        allocator.free(block);
    } else {
        allocator.free_sized(block, kind->request);
    }
}

void *const *give_many(const struct kind *kind, size_t *count)
{
    enum { MANY = 8192, MANY_BYTES = 6 << 20 };
    static void *blocks[MANY];
    *count = MANY_BYTES / kind->request < MANY ? MANY_BYTES / kind->request : MANY;
    for (size_t i = 0; i < *count; i++) {
        blocks[i] = get(kind);
    }
    for (size_t i = 0; i < *count; i++) {
        give(blocks[i], kind);
    }
    return blocks;
}

/* Takes what the pool has at first, so that what comes is grown. */
static void use_up(size_t pool, const struct kind *kind)
{
    while (allocator.stats().pools[pool].grown == 0) {
        if (allocator.alloc(kind->request) == NULL) {
            give_up("the pool does not grow");
        }
    }
}

static void note_lowest(size_t pool)
{
    const struct subject_pool row = allocator.stats().pools[pool];
    const size_t request = row.size - (level == FULL ? FULL_EXTRA_BYTES : 0);
    uintptr_t lowest = UINTPTR_MAX;
    for (size_t i = 0; i < row.initial_count; i++) {
        const uintptr_t at = (uintptr_t)allocator.alloc(request);
        lowest = at != 0 && at < lowest ? at : lowest;
    }
    evidence->lowest = (unsigned char *)lowest;
}

unsigned char *arena_of(size_t pool)
{
    const pid_t child = fork();
    if (child == 0) {
        note_lowest(pool);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    return evidence->lowest;
}

/* ---- evidence */

void accuse_in_pool(const void *address, size_t pool)
{
    evidence->address = address;
    evidence->pool = pool;
    evidence->bytes = mapping_bytes;
}

void accuse(const void *address)
{
    accuse_in_pool(address, kind_pool);
}

/* From its own size on, a pool has the alignment. */
void accuse_aligned(const void *address, const struct kind *kind)
{
    const size_t least = ALIGNMENT - (level == FULL ? FULL_EXTRA_BYTES : 0);
    accuse_in_pool(address, pool_of(kind->request > least ? kind->request : least));
}

void accuse_number(const void *address, size_t number)
{
    accuse(address);
    evidence->number = number;
}

/* ---- others */

void in_thread(void *(*step)(void *argument), void *argument)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, step, argument) != 0) {
        give_up("no thread");
    }
    pthread_join(thread, NULL);
}

void in_fork(void (*step)(void *argument), void *argument)
{
    int status = 0;
    const pid_t child = fork();
    if (child == 0) {
        step(argument);
        _exit(0);
    }
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) {
        raise(WTERMSIG(status));
    }
}

/* ---- one case */

_Noreturn static void run_child(const struct crime *crime, const struct kind *kind, int output)
{
    const struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    dup2(output, STDERR_FILENO);
    alarm(MOST_SECONDS);
    kind_pool = pool_of(kind->request);
    if (is_grown(kind)) {
        use_up(kind_pool, kind);
    }
    _exit(crime->commit(kind) == HARMLESS ? HARMLESSLY : 0);
}

static void read_said(int from, char *said)
{
    size_t length = 0;
    ssize_t got;
    while (length < MOST_SAID - 1 &&
           (got = read(from, said + length, MOST_SAID - 1 - length)) > 0) {
        length += (size_t)got;
    }
    said[length] = '\0';
}

/* What %a, %b and %n stand for. */
static void write_part(FILE *to, char letter)
{
    if (letter == 'a') {
        fprintf(to, "%p", evidence->address);
    } else if (letter == 'n') {
        fprintf(to, "%zu", evidence->number);
    } else if (evidence->pool < allocator.pools) {
        fprintf(to, "pool %zu, %zu bytes", evidence->pool, block_bytes(evidence->pool));
    } else {
        fprintf(to, "own mapping, %zu bytes", evidence->bytes);
    }
}

static void write_line(char *line, const char *text)
{
    FILE *const to = fmemopen(line, MOST_SAID, "w");
    fprintf(to, "%s: ", allocator.prefix);
    for (; *text != '\0'; text++) {
        if (*text == '%') {
            write_part(to, *++text);
        } else {
            fputc(*text, to);
        }
    }
    fputc('\n', to);
    fclose(to);
}

static bool is_fault(int status)
{
    return WIFSIGNALED(status) && (WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGBUS);
}

/* Whether a freed block goes to its span at once, and no cache's list has it. */
static bool goes_to_span(const struct kind *kind)
{
    return !FORM_LISTS || (FORM_THREADS && kind == &kinds[2]);
}

/* Whether the child ended as it had to. */
static bool judge(const struct outcome *outcome, const struct kind *kind, int status,
                  const char *said, const char *line)
{
    const bool silent = said[0] == '\0';
    const bool unseen = silent && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    const bool aborted =
        strcmp(said, line) == 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
    switch (outcome->how) {
    case ENDS_UNSEEN:
        return unseen;
    case ENDS_HARMLESS:
        return silent && WIFEXITED(status) && WEXITSTATUS(status) == HARMLESSLY;
    case ABORTS:
        return aborted;
    case MAY_ABORT:
        return aborted || unseen;
    case SPANS_ABORT:
        return goes_to_span(kind) ? aborted : unseen;
    case FAULTS:
        return silent && is_fault(status);
    case MAY_FAULT:
        return unseen || (silent && is_fault(status));
    case STOPS:
        return aborted || (silent && is_fault(status));
    }
    return false;
}

static void tell(const char *what, const char *text)
{
    printf("#   %s %s%s", what, text,
           text[0] == '\0' || text[strlen(text) - 1] != '\n' ? "\n" : "");
}

static bool run_case(const struct crime *crime, const struct kind *kind)
{
    const struct outcome *const outcome = &crime->at[level];
    char said[MOST_SAID], line[MOST_SAID] = "";
    int ends[2], status = 0;
    *evidence = (struct evidence){.pool = SIZE_MAX};
    fflush(stdout);
    if (pipe(ends) != 0) {
        give_up("no pipe");
    }
    const pid_t child = fork();
    if (child == 0) {
        run_child(crime, kind, ends[1]);
    }
    close(ends[1]);
    read_said(ends[0], said);
    close(ends[0]);
    waitpid(child, &status, 0);
    if (outcome->text != NULL) {
        write_line(line, outcome->text);
    }
    if (judge(outcome, kind, status, said, line)) {
        return true;
    }
    tell("said:    ", said);
    tell("expected:", line);
    printf("#   status %#x, expectation %d\n", (unsigned)status, (int)outcome->how);
    return false;
}

static bool applies(const struct crime *crime, size_t kind)
{
    const unsigned has = (FORM_THREADS ? THREADS : 0) | (FORM_NO_UPSTREAM ? NO_UPSTREAM : 0) |
                         (FORM_LISTS ? LISTS : 0) | (allocator.free != NULL ? ANY_FREE : 0) |
                         (FORM_FRONT ? 0 : C_NAMES) | (FORM_GROWS ? GROWTH | ENDLESS : 0) |
                         (FORM_NO_UPSTREAM ? 0 : ENDLESS) | (FORM_FAMILY ? FAMILY : 0);
    return (crime->kinds >> kind & 1) != 0 && (crime->needs & ~has) == 0 &&
           (FORM_GROWS || !is_grown(&kinds[kind]));
}

int main(int argc, char **argv)
{
    static const char *const levels[LEVELS] = {"off", "check", "full"};
    size_t number = 0;
    bool good = true;
    evidence =
        mmap(NULL, sizeof *evidence, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    allocator = subject;
    take_front(&allocator);
    for (const struct crime *crime = crimes; crime->name != NULL; crime++) {
        if (argc > 1 && strstr(crime->name, argv[1]) == NULL) {
            continue;
        }
        for (size_t kind = 0; kind < KINDS; kind++) {
            if (applies(crime, kind)) {
                const bool passed = run_case(crime, &kinds[kind]);
                good = good && passed;
                printf("%s %zu - %s, %s: %s, %s\n", passed ? "ok" : "not ok", ++number, FORM,
                       levels[level], crime->name, kinds[kind].name);
            }
        }
    }
    printf("1..%zu\n", number);
    return good ? 0 : 1;
}
