/* The first allocation of a thread, while 10,000 others that have allocated are alive. Compiled
 * once per way of calling. */
#define PASS_measured
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "scenario.h"
#include "timed_calls.h"

enum { ALIVE = 10000, MORE = 200, STACK_BYTES = 64 << 10, FIRST_SIZE = 64 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t has_started = PTHREAD_COND_INITIALIZER, end = PTHREAD_COND_INITIALIZER;
static size_t started;
static int may_end;

static void allocate_first(struct timed_calls *calls)
{
    const uint64_t start = thread_clock();
    unsigned char *block = ALLOC(FIRST_SIZE);
    timed_calls_add(calls, start);
    block[0] = 1;
}

/* Threads start one after the other, so that they may share what they write and `started` may be
 * read where none is starting. */
static void *stay_alive(void *calls)
{
    allocate_first(calls);
    pthread_mutex_lock(&mutex);
    started++;
    pthread_cond_signal(&has_started);
    while (!may_end)
        pthread_cond_wait(&end, &mutex);
    pthread_mutex_unlock(&mutex);
    return NULL;
}

/* Returns when it has allocated. */
static pthread_t start_thread(struct timed_calls *calls)
{
    pthread_t id;
    pthread_attr_t attributes;
    const size_t before = started;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    const int error = pthread_create(&id, &attributes, stay_alive, calls);
    pthread_attr_destroy(&attributes);
    if (error) {
        fprintf(stderr, "scenario: cannot start a thread: %s\n", strerror(error));
        exit(1);
    }
    pthread_mutex_lock(&mutex);
    while (started == before)
        pthread_cond_wait(&has_started, &mutex);
    pthread_mutex_unlock(&mutex);
    return id;
}

static void end_threads(const pthread_t *threads, size_t count)
{
    pthread_mutex_lock(&mutex);
    may_end = 1;
    pthread_cond_broadcast(&end);
    pthread_mutex_unlock(&mutex);
    for (size_t i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

void scenario_thread_start(void)
{
    const size_t alive = scenario_amount(ALIVE), more = scenario_amount(MORE);
    pthread_t *threads = scenario_memory((alive + more) * sizeof *threads);
    struct timed_calls *starts = scenario_memory(2 * sizeof *starts), *late = starts + 1;
    scenario_calibrate();
    for (size_t i = 0; i < alive + more; i++)
        threads[i] = start_thread(i < alive ? starts : late);
    end_threads(threads, alive + more);
    scenario_print("start_longest", timed_calls_longest(starts));
    scenario_print("start_tail", timed_calls_quantile(starts, 0.9999));
    scenario_print("late_median", timed_calls_quantile(late, 0.5));
    scenario_print("late_longest", timed_calls_longest(late));
}
