/* What a program gets of a limited process: limits WHAT [BYTES] prints one number, which run.sh
   compares between allocators; it ends with 0 unless something is wrong. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)

/* There may be no memory left to print with. */
static int answer(size_t number)
{
    char text[32];
    const int length = snprintf(text, sizeof text, "%zu\n", number);
    return write(STDOUT_FILENO, text, (size_t)length) == length ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* MiB to be had in blocks of one size. */
static int count_bytes(size_t size)
{
    size_t blocks = 0;
    for (char *block; (block = malloc(size)) != NULL; blocks++) {
        *(char *volatile *)(void *)block = block; /* or the compiler would do without it */
    }
    return answer(blocks * size / MIB);
}

/* MiB of `most` that are served, in blocks of all sizes; a quarter are freed on the way. */
static int count_demand(size_t most)
{
    size_t served = 0;
    for (size_t i = 0, size; served < most; served += size, i++) {
        size = (size_t)16 << i % 15;
        char *const block = malloc(size), *const short_lived = i % 4 == 0 ? malloc(size) : NULL;
        if (block == NULL) {
            break;
        }
        memset(block, (int)i, size);
        free(short_lived);
    }
    return answer(served / MIB);
}

static pthread_barrier_t never;

static void *start(void *unused)
{
    free(malloc(100));
    pthread_barrier_wait(&never);
    return unused;
}

/* Threads that can be started, of stacks of 8 MiB. */
static int count_threads(void)
{
    size_t threads = 0;
    pthread_attr_t attributes;
    pthread_t thread;
    if (pthread_barrier_init(&never, NULL, 1 << 20) != 0 || pthread_attr_init(&attributes) != 0 ||
        pthread_attr_setstacksize(&attributes, 8 * MIB) != 0) {
        return EXIT_FAILURE;
    }
    while (threads < 5000 && pthread_create(&thread, &attributes, start, NULL) == 0) {
        threads++;
    }
    answer(threads);
    _exit(EXIT_SUCCESS); /* the threads wait for ever */
}

/* Blocks of all sizes come and go; MiB that were served. */
static size_t churn(void)
{
    static char *blocks[2000];
    size_t served = 0;
    for (size_t round = 0; round < 40; round++) {
        for (size_t i = 0; i < 2000; i++) {
            const size_t size = (size_t)16 << (i + round) % 12;
            errno = 77;
            free(blocks[i]);
            if (errno != 77) {
                return 0;
            }
            blocks[i] = malloc(size);
            if (blocks[i] == NULL) {
                return 0;
            }
            memset(blocks[i], 1, size);
            served += size;
        }
    }
    return served / MIB;
}

/* Pages of addresses, which is what mlockall compares with its limit. */
static size_t count_pages(void)
{
    char text[64] = "";
    FILE *const file = fopen("/proc/self/statm", "r");
    const bool is_read = file != NULL && fgets(text, sizeof text, file) != NULL;
    return is_read && fclose(file) == 0 ? strtoul(text, NULL, 10) : SIZE_MAX;
}

/* All memory is locked while there is some, and the program goes on. Addresses must be within
   `most` bytes, also where no such limit can be set. */
static int lock_all(size_t most)
{
    if (churn() == 0 || count_pages() > most / (size_t)sysconf(_SC_PAGESIZE) ||
        mlockall(MCL_CURRENT) != 0) {
        return EXIT_FAILURE;
    }
    return churn() != 0 ? answer(count_pages()) : EXIT_FAILURE;
}

/* Growth, and blocks of their own mappings, where no other flags of mmap are allowed than those
   that every allocator needs. */
static int filter_flags(void)
{
    const unsigned others = ~(unsigned)(MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED);
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 2),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[3])),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, others, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    const struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        return EXIT_FAILURE;
    }
    char *const big = malloc(20 * MIB);
    if (big == NULL || churn() == 0) {
        return EXIT_FAILURE;
    }
    char *const bigger = realloc(big, 40 * MIB);
    free(bigger);
    return bigger != NULL ? count_demand(100 * MIB) : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    const char *const what = argc > 1 ? argv[1] : "";
    const size_t bytes = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
    return strcmp(what, "bytes") == 0     ? count_bytes(bytes)
           : strcmp(what, "demand") == 0  ? count_demand(bytes)
           : strcmp(what, "threads") == 0 ? count_threads()
           : strcmp(what, "lock") == 0    ? lock_all(bytes)
           : strcmp(what, "filter") == 0  ? filter_flags()
                                          : EXIT_FAILURE;
}
