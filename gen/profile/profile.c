#include "profile/profile.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

const char *const profile_columns[PROFILE_COLUMNS] = {
    "size", "from", "alignment", "allocations", "bytes", "peak", "live", "remote_frees", "zeroed"};
_Static_assert(sizeof(struct profile_row) == PROFILE_COLUMNS * sizeof(uint64_t),
               "a row is its columns");

uint64_t profile_group_size(uint64_t size)
{
    return size <= 8 ? 8 : (size + 7) / 8 * 8;
}

/* ---- text */

static void print_string(struct text *out, const char *name, const char *value)
{
    /* jansson encodes; a string of valid UTF-8 cannot fail, and jansson gave us only such. */
    json_t *string = json_string(value);
    char *encoded = json_dumps(string, JSON_ENCODE_ANY);
    json_decref(string);
    if (encoded == NULL)
        longjmp(out->arena->out_of_memory, 1);
    text_format(out, "\"%s\": %s,\n", name, encoded);
    free(encoded);
}

static void print_number(struct text *out, const char *name, uint64_t value)
{
    text_format(out, "\"%s\": %llu,\n", name, (unsigned long long)value);
}

/* "[1,2,3]": profiles hold numbers by the hundred thousand, so no format string is parsed. */
static void print_numbers(struct text *out, const uint64_t *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char digits[21];
        size_t start = sizeof digits;
        for (uint64_t rest = values[i]; start == sizeof digits || rest != 0; rest /= 10)
            digits[--start] = (char)('0' + rest % 10);
        digits[--start] = i == 0 ? '[' : ',';
        text_append(out, digits + start, sizeof digits - start);
    }
    text_string(out, count == 0 ? "[]" : "]");
}

/* Begins the next entry of a list that has one on each line. */
static void print_next(struct text *out, size_t index)
{
    text_string(out, index == 0 ? "\n" : ",\n");
}

/* A list of structs of `width` numbers each, one on each line. */
static void print_list(struct text *out, const char *name, const void *list, size_t count,
                       size_t width)
{
    text_format(out, "\"%s\": [", name);
    for (size_t i = 0; i < count; i++) {
        print_next(out, i);
        print_numbers(out, (const uint64_t *)list + i * width, width);
    }
    text_string(out, "\n],\n");
}

static void print_columns(struct text *out)
{
    text_string(out, "\"columns\": [");
    for (size_t i = 0; i < PROFILE_COLUMNS; i++)
        text_format(out, "%s\"%s\"", i == 0 ? "" : ", ", profile_columns[i]);
    text_string(out, "],\n");
}

static void print_snapshots(struct text *out, const struct profile_run *run)
{
    text_string(out, "\"snapshots\": [");
    for (size_t i = 0; i < run->snapshot_count; i++) {
        const struct profile_snapshot *snapshot = &run->snapshots[i];
        print_next(out, i);
        text_format(out, "{\"at\": %llu, \"live\": ", (unsigned long long)snapshot->at);
        /* struct profile_live is two numbers, group and count, as the file has them. */
        print_numbers(out, &snapshot->live[0].group, snapshot->live_count * 2);
        text_string(out, "}");
    }
    text_string(out, "\n]\n}");
}

static void print_run(struct text *out, const struct profile_run *run)
{
    text_string(out, "{\n");
    print_string(out, "id", run->id);
    print_string(out, "producer", run->producer);
    print_string(out, "date", run->date);
    print_string(out, "command", run->command);
    print_number(out, "pid", run->pid);
    print_number(out, "duration", run->duration);
    print_number(out, "threads", run->threads);
    print_number(out, "unknown_frees", run->unknown_frees);
    print_number(out, "uncounted_allocations", run->uncounted_allocations);
    print_number(out, "uncounted_reallocs", run->uncounted_reallocs);
    print_columns(out);
    print_list(out, "sizes", run->rows, run->row_count, PROFILE_COLUMNS);
    print_list(out, "reallocs", run->reallocs, run->realloc_count, 3);
    print_list(out, "groups", run->groups, run->group_count, 2);
    print_snapshots(out, run);
}

void profile_print(struct text *out, const struct profile *profile)
{
    text_format(out, "{\n\"format\": \"poolgen-profile\",\n\"version\": %d,\n\"runs\": [",
                PROFILE_VERSION);
    for (size_t i = 0; i < profile->count; i++) {
        print_next(out, i);
        print_run(out, profile->runs[i]);
    }
    text_string(out, "\n]\n}\n");
}

/* ---- merging */

static int compare_numbers(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

/* Compares arrays of structs that are nothing but uint64_t, as the profile's are. */
static int compare_arrays(const void *left, size_t left_bytes, const void *right,
                          size_t right_bytes)
{
    const uint64_t *a = left, *b = right;
    int order = compare_numbers(left_bytes, right_bytes);
    for (size_t i = 0; order == 0 && i < left_bytes / sizeof *a; i++)
        order = compare_numbers(a[i], b[i]);
    return order;
}

static int compare_snapshots(const struct profile_run *a, const struct profile_run *b)
{
    int order = compare_numbers(a->snapshot_count, b->snapshot_count);
    for (size_t i = 0; order == 0 && i < a->snapshot_count; i++) {
        const struct profile_snapshot *x = &a->snapshots[i], *y = &b->snapshots[i];
        order = compare_numbers(x->at, y->at);
        if (order == 0)
            order = compare_arrays(x->live, x->live_count * sizeof *x->live, y->live,
                                   y->live_count * sizeof *y->live);
    }
    return order;
}

/* Any total order will do, as long as only equal contents are equal in it. */
static int compare_contents(const struct profile_run *a, const struct profile_run *b)
{
    const uint64_t left[] = {a->pid, a->threads, a->unknown_frees, a->uncounted_allocations,
                             a->uncounted_reallocs};
    const uint64_t right[] = {b->pid, b->threads, b->unknown_frees, b->uncounted_allocations,
                              b->uncounted_reallocs};
    int order = compare_arrays(left, sizeof left, right, sizeof right);
    if (order == 0)
        order = strcmp(a->producer, b->producer);
    if (order == 0)
        order = strcmp(a->command, b->command);
    if (order == 0)
        order = compare_arrays(a->rows, a->row_count * sizeof *a->rows, b->rows,
                               b->row_count * sizeof *b->rows);
    if (order == 0)
        order = compare_arrays(a->reallocs, a->realloc_count * sizeof *a->reallocs, b->reallocs,
                               b->realloc_count * sizeof *b->reallocs);
    if (order == 0)
        order = compare_arrays(a->groups, a->group_count * sizeof *a->groups, b->groups,
                               b->group_count * sizeof *b->groups);
    return order == 0 ? compare_snapshots(a, b) : order;
}

/* By date and id, which together name a run, and then the longer before the shorter: a profile
   written on a signal comes from an earlier moment of the same run than the one written at its
   end. The contents come last, so that it never matters in which order profiles are merged. */
static int compare_runs(const void *left, const void *right)
{
    const struct profile_run *a = *(struct profile_run *const *)left;
    const struct profile_run *b = *(struct profile_run *const *)right;
    int order = a->began < b->began ? -1 : a->began > b->began;
    if (order == 0)
        order = strcmp(a->id, b->id);
    if (order == 0)
        order = compare_numbers(b->duration, a->duration);
    return order == 0 ? compare_contents(a, b) : order;
}

static bool same_run(const struct profile_run *a, const struct profile_run *b)
{
    return a->began == b->began && strcmp(a->id, b->id) == 0;
}

void profile_merge(struct profile *profile)
{
    if (profile->count == 0)
        return;
    qsort(profile->runs, profile->count, sizeof(struct profile_run *), compare_runs);
    size_t kept = 1;
    for (size_t i = 1; i < profile->count; i++)
        if (!same_run(profile->runs[kept - 1], profile->runs[i]))
            profile->runs[kept++] = profile->runs[i];
    profile->count = kept;
}
