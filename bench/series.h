/* Repetitions of one figure, and what is reported of them. */
#ifndef BENCH_SERIES_H
#define BENCH_SERIES_H

enum { MAX_REPETITIONS = 64 };

struct series {
    double values[MAX_REPETITIONS];
    unsigned count;
};

struct summary {
    double median, low, high; /* the middle and the quartiles; NAN of nothing */
};

void series_add(struct series *series, double value);
struct summary series_summary(const struct series *series);

/* NAN of nothing. */
double series_median(const struct series *series);

/* The largest. */
double series_most(const struct series *series);

/* Distance of the quartiles as a share of the median: 0.04 is read as 4 %. */
double series_spread(const struct series *series);

#endif
