/* The tests that main.c lists. */
#ifndef THREADS_TESTS_H
#define THREADS_TESTS_H

/* Frees what a constructor allocated; the other tests count what is live. */
void free_early(void);

void test_blocks_outlive_their_thread(void);
void test_short_threads(void);
void test_first_call(void);
void test_destructors(void);
void test_calls_after_destructors(void);
void test_batch_in_every_state(void);
void test_cancellation(void);
void test_before_main(void);

void test_cross_thread_free(void);
void test_big_blocks(void);
void test_exhausted_cursor(void);
void test_race_growth(void);
void test_counters(void);
void test_cache_bound(void);
void test_stats_while_running(void);
void test_no_memory(void);

void test_fork_while_allocating(void);
void test_fork_during_growth(void);

void test_burst_is_returned(void);
void test_200_threads_leave_little(void);

#endif
