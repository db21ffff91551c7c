/* The scenarios: what a program goes through once, in a process of its own, from its first
 * allocation on; pauses and memory are measured, which the repeated rounds of loads.h do not show.
 * One list from which the program that runs them takes the functions, and the driver names and
 * figures. */
#ifndef BENCH_SCENARIOS_H
#define BENCH_SCENARIOS_H

enum scenario_flag {
    TIMELINE = 1, /* residence is drawn over time */
    BIG = 2,      /* 4 GiB and minutes: only if asked for */
    ON_TOKIO = 4  /* a program of examples/tokio, measured where it is built */
};

/*    identifier, name, flags */
#define OWN_SCENARIOS(X)                                                                           \
    X(burst, "burst", TIMELINE)                                                                    \
    X(longest_call, "longest-call", 0)                                                             \
    X(longest_mixed, "longest-mixed", 0)                                                           \
    X(longest_call_big, "longest-call-4g", BIG)                                                    \
    X(longest_mixed_big, "longest-mixed-4g", BIG)                                                  \
    X(gradual_free, "gradual-free", TIMELINE)                                                      \
    X(gradual_calls, "gradual-calls", 0)                                                           \
    X(thread_start, "thread-start", 0)                                                             \
    X(phases_neighbours, "phases-neighbours", TIMELINE)                                            \
    X(phases_scattered, "phases-scattered", TIMELINE)                                              \
    X(keys, "keys", TIMELINE)                                                                      \
    X(kept, "kept", 0)                                                                             \
    X(large_replace, "large-replace", 0)

#define SCENARIOS(X) OWN_SCENARIOS(X) X(spawn_storm, "spawn-storm", TIMELINE | ON_TOKIO)

enum scenario_index {
#define SCENARIO_INDEX(identifier, name, flags) SCENARIO_##identifier,
    SCENARIOS(SCENARIO_INDEX)
#undef SCENARIO_INDEX
        SCENARIO_COUNT
};

/* Three parts of a scenario whose calls are timed, each with its longest call and with the time
 * that one call in 10,000 takes longer than. */
#define CALL_FIGURES(X, scenario)                                                                  \
    X(scenario, "growth_longest=", "growth, longest call", "us")                                   \
    X(scenario, "growth_tail=", "growth, p99.99", "us")                                            \
    X(scenario, "free_longest=", "free, longest call", "us")                                       \
    X(scenario, "free_tail=", "free, p99.99", "us")                                                \
    X(scenario, "traffic_longest=", "traffic, longest call", "us")                                 \
    X(scenario, "traffic_tail=", "traffic, p99.99", "us")

#define PHASE_FIGURES(X, scenario)                                                                 \
    X(scenario, "peak=", "peak", "MiB")                                                            \
    X(scenario, "end=", "end", "MiB")                                                              \
    X(scenario, "later=", "2 s later", "MiB")

/*    scenario, what is printed before the number, label, unit; of every figure less is better */
#define FIGURES(X)                                                                                 \
    X(burst, "cpu=", "CPU a block", "ns")                                                          \
    X(burst, "peak=", "peak", "MiB")                                                               \
    X(burst, "end=", "all free", "MiB")                                                            \
    X(burst, "later=", "5 s later", "MiB")                                                         \
    CALL_FIGURES(X, longest_call)                                                                  \
    CALL_FIGURES(X, longest_mixed)                                                                 \
    CALL_FIGURES(X, longest_call_big)                                                              \
    CALL_FIGURES(X, longest_mixed_big)                                                             \
    X(gradual_free, "cpu=", "CPU of the frees", "s")                                               \
    X(gradual_free, "longest=", "longest portion", "us")                                           \
    X(gradual_free, "end=", "all free", "MiB")                                                     \
    X(gradual_free, "later=", "3 s later", "MiB")                                                  \
    X(gradual_calls, "longest=", "longest call", "us")                                             \
    X(gradual_calls, "tail=", "p99.99", "us")                                                      \
    X(thread_start, "start_longest=", "10,000 starts, longest", "us")                              \
    X(thread_start, "start_tail=", "10,000 starts, p99.99", "us")                                  \
    X(thread_start, "late_median=", "one more, median", "us")                                      \
    X(thread_start, "late_longest=", "one more, longest", "us")                                    \
    PHASE_FIGURES(X, phases_neighbours)                                                            \
    PHASE_FIGURES(X, phases_scattered)                                                             \
    X(keys, "peak=", "60,000 keys of 120 B", "MiB")                                                \
    X(keys, "flushed=", "all freed", "MiB")                                                        \
    X(keys, "end=", "60,000 of 700 B", "MiB")                                                      \
    X(kept, "cpu=", "CPU", "s")                                                                    \
    X(kept, "end=", "end", "MiB")                                                                  \
    X(large_replace, "cpu=", "CPU", "s")                                                           \
    X(large_replace, "peak=", "peak", "MiB")                                                       \
    X(large_replace, "later=", "2 s later", "MiB")                                                 \
    X(spawn_storm, "\"cpu_us_per_operation\":", "CPU a task", "us")                                \
    X(spawn_storm, "\"peak_kib\":", "peak", "MiB")

enum {
#define COUNT_FIGURE(scenario, name, label, unit) +1
    FIGURE_COUNT = 0 FIGURES(COUNT_FIGURE)
#undef COUNT_FIGURE
};

#endif
