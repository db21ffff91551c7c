/* The whole malloc family, by its names, as a program calls it that knows nothing of pools: each
   answers, and what one has given another takes back. With -DSTATIC, what libc keeps to itself is
   left out. Prints what failed. */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of C23, and of glibc's second names, which no header has. */
void free_sized(void *ptr, size_t size);
void free_aligned_sized(void *ptr, size_t alignment, size_t size);
void cfree(void *ptr);
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *ptr, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void *__libc_valloc(size_t size);
void *__libc_pvalloc(size_t size);
int __posix_memalign(void **out, size_t alignment, size_t size);
void __libc_free(void *ptr);

static int failures;

static void check(bool good, const char *what)
{
    if (!good) {
        printf("failed: %s\n", what);
        failures++;
    }
}

/* A block of the pools: the least has 16 bytes, glibc's 24. */
static bool is_ours(void *block)
{
    return malloc_usable_size(block) % 16 == 0;
}

static bool is_aligned(const void *block, size_t alignment)
{
    return block != NULL && (uintptr_t)block % alignment == 0;
}

/* Through a pointer that the compiler does not see through, or it would leave the pair out. */
static void *volatile seen;

static void *look(void *block)
{
    seen = block;
    return seen;
}

static void sized_frees(void)
{
    for (size_t size = 1; size < 3000000; size = size * 3 + 1) {
        free_sized(look(malloc(size)), size);
        free_aligned_sized(look(aligned_alloc(64, size)), 64, size);
    }
    free_sized(NULL, 10);
    free_aligned_sized(NULL, 64, 10);
    cfree(look(malloc(40)));
    void *const first = look(malloc(40));
    free_sized(first, 40);
    check(look(malloc(40)) == first, "free_sized gives the block back");
    free(first);
}

/* glibc rounds up what is no power of two; C's aligned_alloc and POSIX's function do not. */
static void alignments(void)
{
    static const struct {
        size_t asked, given;
    } rows[] = {{0, 1}, {1, 1}, {3, 4}, {24, 32}, {48, 64}, {65, 128}, {4096, 4096}, {5000, 8192}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        void *const block = look(memalign(rows[i].asked, 100));
        check(is_aligned(block, rows[i].given), "memalign rounds up");
        free(block);
    }
    errno = 0;
    check(look(memalign(SIZE_MAX / 2 + 2, 8)) == NULL && errno == EINVAL,
          "memalign refuses what cannot be");
    void *out = &failures;
    check(posix_memalign(&out, 24, 8) == EINVAL && out == &failures,
          "posix_memalign does not round");
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *const one = look(valloc(1));
    void *const two = look(pvalloc(page + 1));
    check(is_aligned(one, page) && is_aligned(two, page), "valloc and pvalloc give pages");
    check(malloc_usable_size(two) >= 2 * page, "pvalloc gives whole pages");
    free(one);
    free(two);
    errno = 0;
    check(look(pvalloc(SIZE_MAX - 1)) == NULL && errno == ENOMEM, "pvalloc does not wrap");
    volatile size_t most = SIZE_MAX / 2;
    check(look(reallocarray(NULL, most, 3)) == NULL, "reallocarray does not wrap");
}

/* aligned_alloc takes alignments below a pointer's size, and all take those above any span's; every
   usable byte of an aligned block may be written. */
static void extreme_alignments(void)
{
    for (size_t alignment = 1; alignment <= (size_t)1 << 22; alignment *= 2) {
        for (size_t size = 1; size < 1000000; size = size * 9 + 1) {
            unsigned char *const one = look(aligned_alloc(alignment, size));
            unsigned char *const two = look(memalign(alignment, size));
            check(is_aligned(one, alignment) && is_aligned(two, alignment), "any alignment");
            memset(one, 1, malloc_usable_size(one));
            memset(two, 2, malloc_usable_size(two));
            check(one[0] == 1 && one[malloc_usable_size(one) - 1] == 1, "usable bytes are its own");
            free(one);
            free(two);
        }
    }
}

/* posix_memalign returns its error, and changes neither errno nor what is there. */
static void failing_leaves_all_alone(void)
{
    void *out = &failures;
    volatile size_t too_much = SIZE_MAX / 2;
    errno = 77;
    check(posix_memalign(&out, 64, too_much) == ENOMEM, "posix_memalign returns ENOMEM");
    check(posix_memalign(&out, 2, 8) == EINVAL, "posix_memalign wants a pointer's alignment");
    check(errno == 77 && out == &failures,
          "a failed posix_memalign leaves errno and pointer alone");
}

/* A thread whose first call resizes a block in place, or moves it. */
static void *resize_first(void *block)
{
    return look(realloc(block, malloc_usable_size(block) == 5120 ? 5000 : 100000));
}

static void first_call_is_realloc(void)
{
    for (size_t size = 4500; size < 50000; size += 40000) {
        pthread_t thread;
        unsigned char *const block = memset(look(malloc(size)), 7, size);
        void *moved = NULL;
        check(pthread_create(&thread, NULL, resize_first, block) == 0, "a thread");
        pthread_join(thread, &moved);
        check(moved != NULL && ((unsigned char *)moved)[size - 1] == 7,
              "a first call that is realloc");
        free(moved);
    }
}

/* Several threads fork at once, and their children end by exit, which runs all handlers. */
static void *fork_often(void *unused)
{
    for (int i = 0; i < 5; i++) {
        const pid_t child = fork();
        if (child == 0) {
            free(look(malloc(3000)));
            exit(0);
        }
        int status = 1;
        check(waitpid(child, &status, 0) == child && status == 0, "a child of any thread ends");
    }
    return unused;
}

static void threads_that_fork(void)
{
    pthread_t threads[4];
    fflush(stdout);
    for (int i = 0; i < 4; i++) {
        check(pthread_create(&threads[i], NULL, fork_often, NULL) == 0, "a thread");
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
}

/* What one name gives the others take back and resize. */
static void second_names(void)
{
    void *blocks[] = {__libc_malloc(100), __libc_calloc(10, 10), __libc_memalign(64, 100),
                      __libc_valloc(100), __libc_pvalloc(100),   __libc_realloc(NULL, 100)};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        check(blocks[i] != NULL && is_ours(blocks[i]), "a second name gives a block of the pools");
        blocks[i] = realloc(blocks[i], 5000);
        check(blocks[i] != NULL, "a block of a second name is resized");
        free(blocks[i]);
    }
    void *out = NULL;
    check(__posix_memalign(&out, 64, 8) == 0 && is_aligned(out, 64), "__posix_memalign");
    __libc_free(out);
    __libc_free(look(malloc(100)));
    __libc_free(__libc_realloc(look(malloc(100)), 3000));
}

/* A remedy against idle memory: 64 MiB in blocks of 1 KiB, freed. */
static void trimming(void)
{
    enum { COUNT = 65536, SIZE = 1024 };
    void **const blocks = malloc(COUNT * sizeof *blocks);
    for (size_t i = 0; i < COUNT; i++) {
        blocks[i] = memset(look(malloc(SIZE)), 1, SIZE);
    }
    for (size_t i = 0; i < COUNT; i++) {
        free(blocks[i]);
    }
    free(blocks);
    const int first = malloc_trim(0);
    malloc_trim(1 << 20);
    check(first == 1, "malloc_trim gives memory back and says so");
    check(malloc_trim(0) == 0, "malloc_trim with nothing to give says so");
}

static atomic_bool done;

static void *allocate_until_done(void *unused)
{
    for (size_t i = 0; !done; i++) {
        free(look(malloc(i % 3000)));
    }
    return unused;
}

/* In a static program, libc's fork must not bring libc's own malloc with it. */
static void forking(void)
{
    pthread_t thread;
    void *const block = look(malloc(50));
    check(pthread_create(&thread, NULL, allocate_until_done, NULL) == 0, "a thread");
    for (int i = 0; i < 20; i++) {
        const pid_t child = fork();
        if (child == 0) {
            free(block);
            free(look(malloc(5000)));
            _exit(0);
        }
        int status;
        check(waitpid(child, &status, 0) == child && status == 0, "a child frees and allocates");
    }
    done = true;
    pthread_join(thread, NULL);
    free(block);
}

static void figures(void)
{
    check(mallopt(M_MMAP_THRESHOLD, 100000) == 0, "mallopt says that it does nothing");
#ifndef STATIC
    void *const block = look(malloc(12345));
    FILE *const out = tmpfile();
    check(out != NULL && malloc_info(0, out) == 0, "libc's malloc_info answers");
    fclose(out);
    check((size_t)mallinfo2().uordblks < 12345, "libc's mallinfo2 knows nothing of the pools");
    malloc_stats();
    free(block);
#endif
}

int main(void)
{
    check(errno == 0, "a program starts with errno 0");
    void *const block = look(malloc(1));
    check(is_ours(block), "the pools are what serves");
    free(block);
    sized_frees();
    alignments();
    extreme_alignments();
    failing_leaves_all_alone();
    first_call_is_realloc();
    threads_that_fork();
    second_names();
    trimming();
    forking();
    figures();
    printf("%d failures\n", failures);
    return failures != 0;
}
