/* The loads: one list from which the workers take the functions and the driver the names.
 * A round is the load's nominal number of operations; a worker repeats rounds until they take
 * long enough to be timed. One operation is allocate, use, free, unless a comment says otherwise.
 */
#ifndef BENCH_LOADS_H
#define BENCH_LOADS_H

#include <stdint.h>

enum load_flag {
    IN_RUN = 1,    /* part of the main job, `make run` */
    HAS_LIMIT = 2, /* one thread and a fill, so the fills can be recorded and replayed alone */
    CONSTANT = 4,  /* sizes known at compile time, so the inlined face is measured too */
    SCALES = 8     /* measured over 1..64 threads as well */
};

/*    identifier, name, operations in a round, threads, flags */
#define LOADS(X)                                                                                   \
    X(tokio_equivalent, "tokio-equivalent", 50000, 1, IN_RUN | HAS_LIMIT)                          \
    X(coverage, "coverage", 8, 1, IN_RUN | HAS_LIMIT)                                              \
    X(fixed_64, "fixed-64", 1000000, 1, IN_RUN | HAS_LIMIT | CONSTANT)                             \
    X(fixed_512, "fixed-512", 10000, 1, IN_RUN | HAS_LIMIT | CONSTANT)                             \
    X(fixed_1024, "fixed-1024", 10000, 1, IN_RUN | HAS_LIMIT | CONSTANT)                           \
    X(fixed_2048, "fixed-2048", 10000, 1, IN_RUN | HAS_LIMIT | CONSTANT)                           \
    X(fixed_4096, "fixed-4096", 10000, 1, IN_RUN | HAS_LIMIT | CONSTANT)                           \
    X(fixed_8192, "fixed-8192", 10000, 1, IN_RUN | HAS_LIMIT | CONSTANT)                           \
    X(range_small, "range-small", 100000, 1, IN_RUN | HAS_LIMIT)                                   \
    X(range_medium, "range-medium", 100000, 1, IN_RUN | HAS_LIMIT)                                 \
    X(range_large, "range-large", 100000, 1, IN_RUN | HAS_LIMIT)                                   \
    X(reuse, "reuse", 100000, 1, IN_RUN | HAS_LIMIT | CONSTANT)                                    \
    X(high_frequency, "high-frequency", 2000000, 1, IN_RUN | HAS_LIMIT)                            \
    X(mixed, "mixed", 1000000, 1, 0)                                                               \
    X(pair_const_64, "pair-const-64", 100000, 1, CONSTANT)                                         \
    X(pair_const_8192, "pair-const-8192", 100000, 1, CONSTANT)                                     \
    X(pair_random, "pair-random", 65536, 1, HAS_LIMIT)                                             \
    X(steady, "steady", 65536, 1, HAS_LIMIT | SCALES)                                              \
    X(batch_fifo, "batch-fifo", 1000, 1, HAS_LIMIT)                                                \
    X(batch_lifo, "batch-lifo", 1000, 1, HAS_LIMIT)                                                \
    X(batch_random, "batch-random", 1000, 1, HAS_LIMIT)                                            \
    X(producer_consumer, "producer-consumer", 65536, 2, SCALES)                                    \
    X(cross_batch, "cross-batch", 131072, 2, 0)                                                    \
    X(larson_like, "larson-like", 65536, 2, SCALES)                                                \
    X(oversubscribed, "oversubscribed", 65536, 64, 0)                                              \
    X(thread_churn, "thread-churn", 1000, 1, 0) /* an operation is a thread of eight pairs */      \
    X(after_exit, "after-exit", 200 * 4096, 10, 0)                                                 \
    X(large, "large", 16, 1, 0)

enum load_index {
#define LOAD_INDEX(identifier, name, operations, threads, flags) LOAD_##identifier,
    LOADS(LOAD_INDEX)
#undef LOAD_INDEX
        LOAD_COUNT
};
#endif
