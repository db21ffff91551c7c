#include "series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void series_add(struct series *series, double value)
{
    if (series->count < MAX_REPETITIONS)
        series->values[series->count++] = value;
}

static int compare_values(const void *left, const void *right)
{
    const double *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

/* Between two values the quantile is interpolated. */
static double quantile(const double *sorted, unsigned count, double share)
{
    const double position = share * (count - 1);
    const unsigned below = (unsigned)position;
    const unsigned above = below + 1 < count ? below + 1 : below;
    return sorted[below] + (sorted[above] - sorted[below]) * (position - below);
}

struct summary series_summary(const struct series *series)
{
    double sorted[MAX_REPETITIONS];
    if (series->count == 0)
        return (struct summary){NAN, NAN, NAN};
    memcpy(sorted, series->values, series->count * sizeof *sorted);
    qsort(sorted, series->count, sizeof *sorted, compare_values);
    return (struct summary){
        .median = quantile(sorted, series->count, 0.5),
        .low = quantile(sorted, series->count, 0.25),
        .high = quantile(sorted, series->count, 0.75),
    };
}

double series_median(const struct series *series)
{
    return series_summary(series).median;
}

double series_most(const struct series *series)
{
    double most = NAN;
    for (unsigned i = 0; i < series->count; i++)
        most = fmax(most, series->values[i]);
    return most;
}

double series_spread(const struct series *series)
{
    const struct summary summary = series_summary(series);
    return (summary.high - summary.low) / summary.median;
}
