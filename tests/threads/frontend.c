/* Threads on the malloc front end: here libc's own calls arrive too, also those that it makes for
   a thread whose destructors have run. */
#include "harness.h"

#include "subject.h"
#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Buffers that libc allocates for each thread and frees when the thread has ended. */
static void use_libc_buffers(uintptr_t number)
{
#ifdef __GLIBC__
    char expected[64];
    snprintf(expected, sizeof expected, "Unknown error %lu", 10001 + 2 * (unsigned long)number);
    CHECK(strcmp(strerror((int)(10001 + 2 * number)), expected) == 0);
#endif
    CHECK(dlopen("/nonexistent", RTLD_NOW) == NULL);
    const char *const said = dlerror();
    /* musl's static programs have no dlopen. */
    CHECK(said != NULL &&
          (strstr(said, "/nonexistent") != NULL || strstr(said, "not supported") != NULL));
    (void)number;
}

/* Runs `body` in threads one after another, and asks that nothing grows once it is warm. */
static void run_one_by_one(void *(*body)(void *number))
{
    const unsigned warm = 20;
    for (unsigned i = 0; i < warm; i++) {
        run_thread(body);
    }
    const size_t live = subject_live(), caches = subject_caches(), used = subject_used();
    for (unsigned long i = repeat(2000, 300); i > 0; i--) {
        run_thread(body);
    }
    CHECK(subject_caches() == caches);
    CHECK(subject_live() == live);
    CHECK(subject_used() == used);
    CHECK(th_check());
}

static void *touch_buffers(void *number)
{
    use_libc_buffers((uintptr_t)number);
    return number;
}

static void test_libc_buffers(void)
{
    run_one_by_one(touch_buffers);
}

static void *touch_and_flush(void *number)
{
    use_libc_buffers((uintptr_t)number);
    th_thread_flush();
    return number;
}

static void test_flush_before_exit(void)
{
    run_one_by_one(touch_and_flush);
}

static void *touch_and_trim(void *number)
{
    use_libc_buffers((uintptr_t)number);
    th_trim();
    return number;
}

static void test_trim_before_exit(void)
{
    run_one_by_one(touch_and_trim);
}

/* A destructor that puts itself off until the allocator's has run, and only then has libc allocate
   the thread's buffers, which nobody but libc frees. */
static pthread_key_t late_key;
static __thread unsigned rounds;

static void touch_late(void *value)
{
    if (++rounds < PTHREAD_DESTRUCTOR_ITERATIONS) {
        CHECK(pthread_setspecific(late_key, value) == 0);
        return;
    }
    use_libc_buffers(1);
    free(value);
}

static void *be_late(void *number)
{
    CHECK(pthread_setspecific(late_key, calloc(1, 30)) == 0);
    return number;
}

static void test_buffers_after_destructor(void)
{
    CHECK(pthread_key_create(&late_key, touch_late) == 0);
    run_one_by_one(be_late);
}

static void *shared;

static void *free_first(void *number)
{
    free(shared);
    return number;
}

static void *realloc_first(void *number)
{
    free(realloc(shared, 3000));
    return number;
}

static void test_first_call(void)
{
    for (unsigned i = 0; i < 100; i++) {
        shared = malloc(100);
        run_thread(free_first);
        shared = malloc(100);
        run_thread(realloc_first);
    }
    CHECK(subject_caches() <= 3);
    CHECK(th_check());
}

/* fork, then everything that a shell does before it execs. */
static void *fork_and_wait(void *number)
{
    for (unsigned long i = repeat(50, 5); i > 0; i--) {
        const pid_t child = fork();
        if (child == 0) {
            char *text = NULL;
            if (asprintf(&text, "%d", (int)i) < 0 || system("true") != 0) {
                _exit(1);
            }
            free(text);
            _exit(0);
        }
        int status;
        CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0);
    }
    return number;
}

static void test_fork(void)
{
    run_threads(3, fork_and_wait);
    CHECK(th_check());
}

/* clang-format off */
static const struct test tests[] = {
    {"2,000 threads touch libc's own buffers",              test_libc_buffers,             ANYWHERE},
    {"... and flush before they exit",                      test_flush_before_exit,        ANYWHERE},
    {"... and trim before they exit",                       test_trim_before_exit,         ANYWHERE},
    {"libc's buffers first used after the destructor",      test_buffers_after_destructor, ANYWHERE},
    {"the first call of a thread, through malloc",          test_first_call,               ANYWHERE},
    {"threads fork at once",                                test_fork,                     ANYWHERE},
    {NULL, NULL, ANYWHERE},
};
/* clang-format on */

int main(int argc, char **argv)
{
    return run_tests(tests, argc, argv);
}
