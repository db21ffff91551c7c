/* What a profile shows and what tables would make of it, for people. */
#ifndef POOLGEN_REPORT_H
#define POOLGEN_REPORT_H

#include "base/text.h"
#include "profile/tune.h"
#include "table/table.h"

/* One set of pools that the report judges. */
struct report_table {
    const char *name; /* "configs/tokio.yaml", "least rounding" */
    const uint64_t *sizes;
    const uint64_t *counts; /* blocks to begin with */
    size_t count;
    struct demand_loss loss;
    struct demand_loss *by_pool;
    uint64_t *peaks; /* of each pool, the highest of any run */
    double bytes;    /* of all blocks to begin with */
    double held;     /* of the blocks, each pool at its highest peak */
    size_t growing;  /* runs that would need more blocks than counted */
};

enum { REPORT_CURVE = 32 }; /* pools at most in the curve of bytes against pools */

struct report {
    struct arena *arena;
    const struct demand *demand;
    struct report_table *tables; /* the first is looked at pool by pool */
    size_t table_count;
    struct choices choices;          /* the best sets of 1, 2 ... pools */
    double scale;                    /* choices' bytes are so many times the real ones */
    const struct profile_run *shown; /* over time: the run that held most at once; NULL without
                                        snapshots */
};

/* `names` and `tables` are what the user gave; the table tuned for the least rounding, the one for
   the least memory, and the powers of two are added. */
struct report *report_make(struct arena *arena, struct profile *profile, const char *const *names,
                           const struct table *const *tables, size_t count);

/* The essentials for a terminal. */
void report_text(struct text *out, const struct report *report);

/* One self-contained page. False, with a message in `errors`, if a template is wrong. */
bool report_html(struct text *out, const struct report *report, struct text *errors);

/* Facts in pairs of words, which both forms begin with: NULL ends them. */
const char *(*report_facts(const struct report *report))[2];

/* "server, 3 runs" */
const char *report_title(const struct report *report);

#endif
