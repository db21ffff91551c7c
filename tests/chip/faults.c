/* Faults as a chip is told of them: one of a few texts, or with CHIP_FAULT_NUMBERS a number; and
   the trap behind it, if nobody asks. Each is committed in a process of its own. */
#define _DEFAULT_SOURCE
#include "allocator.h"

#include "check.h"
#include "fault.h"
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef CHIP_FAULT_NUMBERS
#define TOLD(number, text) CHIP_FAULT_##number, #number
void fault_told(int fault)
{
    _exit(fault);
}
#else
#define TOLD(number, text) text, text
#ifdef CHIP_FAULT
void fault_told(const char *fault)
{
    fprintf(stderr, "%s", fault);
    _exit(99);
}
#endif
#endif

void fault_random(void *ptr, size_t bytes)
{
    memset(ptr, 0x3c, bytes);
}

static void free_twice(void)
{
    void *const block = chip_alloc(20);
    chip_free(block);
    chip_free(block);
}

static void resize_what_is_free(void)
{
    void *const block = chip_alloc(20);
    chip_free(block);
    chip_realloc(block, 30);
}

static void free_the_middle(void)
{
    chip_free((unsigned char *)chip_alloc(100) + 32);
}

static void ask_for_the_middle(void)
{
    chip_usable_size((unsigned char *)chip_alloc(100) + 32);
}

static void free_the_stack(void)
{
    int here = 0;
    chip_free(&here);
}

static void ask_for_the_stack(void)
{
    int here = 0;
    chip_usable_size(&here);
}

static void free_with_a_wrong_size(void)
{
    chip_free_sized(chip_alloc(20), 21);
}

static void free_with_a_wrong_alignment(void)
{
    chip_free_aligned_sized(chip_alloc(20), 4096, 20);
}

static void write_past_the_end(void)
{
    unsigned char *const block = chip_alloc(20);
    block[20] ^= 1;
    chip_free(block);
}

/* It waits until as many others are freed as there are places to wait. */
static void write_to_what_is_free(void)
{
    unsigned char *const block = chip_alloc(20);
    chip_free(block);
    block[0] = 1;
    for (int i = 0; i < 200; i++) {
        chip_free(chip_alloc(20));
    }
}

/* Taken out of the quarantine it stands on the list. */
static void overwrite_a_link(void)
{
    unsigned char *blocks[70];
    for (int i = 0; i < 70; i++) {
        blocks[i] = chip_alloc(20);
    }
    for (int i = 0; i < 70; i++) {
        chip_free(blocks[i]);
    }
    memset(blocks[70 - 17], 0x11, 8); /* the last that does not wait any more */
    for (int i = 0; i < 70; i++) {
        blocks[i] = chip_alloc(20);
    }
}

#ifdef CHIP_FAULT_NUMBERS
typedef enum chip_fault told_t;
#else
typedef const char *told_t;
#endif

static const struct crime {
    void (*commit)(void);
    told_t told;
    const char *name;
} crimes[] = {
    {free_twice, TOLD(DOUBLE_FREE, "double free")},
    {resize_what_is_free, TOLD(USE_AFTER_FREE, "use after free")},
    {free_the_middle, TOLD(INVALID_FREE, "invalid free")},
    {ask_for_the_middle, TOLD(INVALID_USE, "invalid use")},
    {free_the_stack, TOLD(FOREIGN_FREE, "foreign free")},
    {ask_for_the_stack, TOLD(FOREIGN_USE, "foreign use")},
    {free_with_a_wrong_size, TOLD(SIZE, "free with a wrong size")},
    {free_with_a_wrong_alignment, TOLD(ALIGNMENT, "free with a wrong alignment")},
    {write_past_the_end, TOLD(OVERFLOW, "overflow")},
    {write_to_what_is_free, TOLD(WRITE_AFTER_FREE, "write after free")},
    {overwrite_a_link, TOLD(BROKEN_LINK, "broken link")},
};

/* How the child ended that committed it, and what it said. */
static int commit(const struct crime *crime, char *said, size_t capacity)
{
    int ends[2], status = 0;
    size_t length = 0;
    if (pipe(ends) != 0) {
        exit(2);
    }
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        crime->commit();
        _exit(0);
    }
    close(ends[1]);
    for (ssize_t got; (got = read(ends[0], said + length, capacity - 1 - length)) > 0;) {
        length += (size_t)got;
    }
    said[length] = '\0';
    close(ends[0]);
    waitpid(child, &status, 0);
    return status;
}

int main(void)
{
    bool bad = false;
    for (size_t i = 0; i < sizeof crimes / sizeof crimes[0]; i++) {
        char said[256];
        const int status = commit(&crimes[i], said, sizeof said);
#if defined(CHIP_FAULT_NUMBERS)
        const bool good = WIFEXITED(status) && WEXITSTATUS(status) == (int)crimes[i].told;
#elif defined(CHIP_FAULT)
        const bool good =
            WIFEXITED(status) && WEXITSTATUS(status) == 99 && strcmp(said, crimes[i].told) == 0;
#else
        const bool good =
            WIFSIGNALED(status) && (WTERMSIG(status) == SIGILL || WTERMSIG(status) == SIGTRAP);
#endif
        printf("%s %zu - %s is told\n", good ? "ok" : "not ok", i + 1, crimes[i].name);
        if (!good) {
            printf("# status %#x, said '%s'\n", (unsigned)status, said);
        }
        bad |= !good;
    }
    printf("1..%zu\n", sizeof crimes / sizeof crimes[0]);
    return bad;
}
