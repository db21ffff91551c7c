/* Threads on an emitted allocator: tests [--short] [--slow] [WORD]. */
#include "tests.h"

#include "harness.h"

/* clang-format off */
static const struct test tests[] = {
    {"cross-thread free",                                test_cross_thread_free,           ANYWHERE},
    {"big blocks change hands",                          test_big_blocks,                  ANYWHERE},
    {"a cursor exhausted a hundred million times",       test_exhausted_cursor,            ANYWHERE},
    {"blocks outlive their thread",                      test_blocks_outlive_their_thread, ANYWHERE},
    {"ten thousand short threads, no growth",            test_short_threads,               ANYWHERE},
    {"the first call is free, calloc, realloc",          test_first_call,                  ANYWHERE},
    {"allocation after the thread's destructors",        test_calls_after_destructors,     NOT_UNDER_TSAN},
    {"destructor order with 33 keys",                    test_destructors,                 ANYWHERE},
    {"a batch in every state at exit",                   test_batch_in_every_state,        ANYWHERE},
    {"cancellation",                                     test_cancellation,                ANYWHERE},
    {"before main and after the last destructor",        test_before_main,                 ANYWHERE},
    {"fork while other threads allocate",                test_fork_while_allocating,       NOT_UNDER_TSAN},
    {"fork during growth",                               test_fork_during_growth,          NOT_UNDER_TSAN},
    {"threads race growth",                              test_race_growth,                 ANYWHERE},
    {"threads run out of address space",                 test_no_memory,                   NOT_SANITIZED | NOT_SLOWLY},
    {"counters are exact after join",                    test_counters,                    ANYWHERE},
    {"stats while threads run",                          test_stats_while_running,         ANYWHERE},
    {"a thread's cache holds at most what the plan says", test_cache_bound,                ANYWHERE},
    {"a burst goes back to the system",                  test_burst_is_returned,           NOT_SANITIZED | NOT_SLOWLY},
    {"200 threads leave little memory behind",           test_200_threads_leave_little,    NOT_SANITIZED | NOT_SLOWLY},
    {NULL, NULL, ANYWHERE},
};
/* clang-format on */

int main(int argc, char **argv)
{
    return run_tests(tests, argc, argv);
}
