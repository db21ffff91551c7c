#include "profile/profile.h"
#include "base/utf8.h"
#include <jansson.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define CELL(of) .name = #of, .member = offsetof(struct profile_row, of)

const struct profile_cell profile_cells[PROFILE_COLUMNS] = {
    [COLUMN_SIZE] = {CELL(size)},           [COLUMN_FROM] = {CELL(from)},
    [COLUMN_ALIGNMENT] = {CELL(alignment)}, [COLUMN_ALLOCATIONS] = {CELL(allocations)},
    [COLUMN_BYTES] = {CELL(bytes)},         [COLUMN_PEAK] = {CELL(peak)},
    [COLUMN_LIVE] = {CELL(live)},           [COLUMN_REMOTE_FREES] = {CELL(remote_frees)},
    [COLUMN_ZEROED] = {CELL(zeroed)},
};
_Static_assert(sizeof(struct profile_row) == PROFILE_COLUMNS * sizeof(uint64_t),
               "every member of a row is a column");

uint64_t profile_get(const struct profile_row *row, enum profile_column column)
{
    uint64_t value;
    memcpy(&value, (const char *)row + profile_cells[column].member, sizeof value);
    return value;
}

void profile_set(struct profile_row *row, enum profile_column column, uint64_t value)
{
    memcpy((char *)row + profile_cells[column].member, &value, sizeof value);
}

uint64_t profile_group_size(uint64_t size)
{
    return size <= 8 ? 8 : (size + 7) / 8 * 8;
}

/* ---- text */

/* Appends JSON that may be printed on a terminal: jansson escapes only some control characters. */
static void append_escaped(struct text *out, const char *json)
{
    for (size_t left = strlen(json), bytes; left > 0; json += bytes, left -= bytes) {
        uint32_t character;
        bytes = utf8_next(json, left, &character);
        if (utf8_is_visible(character)) {
            text_append(out, json, bytes);
        } else if (character <= 0xFFFF) {
            text_format(out, "\\u%04x", (unsigned)character);
        } else {
            text_format(out, "\\u%04x\\u%04x", (unsigned)(0xD800 + ((character - 0x10000) >> 10)),
                        (unsigned)(0xDC00 + (character & 0x3FF)));
        }
    }
}

static void print_string(struct text *out, const char *name, const char *value)
{
    /* jansson encodes; a string of valid UTF-8 cannot fail, and jansson gave us only such. */
    json_t *string = json_string(value);
    char *encoded = json_dumps(string, JSON_ENCODE_ANY);
    json_decref(string);
    if (encoded == NULL) {
        longjmp(out->arena->out_of_memory, 1);
    }
    text_format(out, "\"%s\": ", name);
    append_escaped(out, encoded);
    text_string(out, ",\n");
    free(encoded);
}

static void print_number(struct text *out, const char *name, uint64_t value)
{
    text_format(out, "\"%s\": %llu,\n", name, (unsigned long long)value);
}

/* The next number of "[1,2,3]": profiles hold them by the hundred thousand, so no format string is
   parsed. */
static void print_item(struct text *out, bool first, uint64_t value)
{
    char digits[21];
    size_t start = sizeof digits;
    for (uint64_t rest = value; start == sizeof digits || rest != 0; rest /= 10) {
        digits[--start] = (char)('0' + rest % 10);
    }
    digits[--start] = first ? '[' : ',';
    text_append(out, digits + start, sizeof digits - start);
}

/* Begins the next entry of a list that has one on each line. */
static void print_next(struct text *out, size_t index)
{
    text_string(out, index == 0 ? "\n" : ",\n");
}

static void print_rows(struct text *out, const struct profile_run *run)
{
    text_string(out, "\"sizes\": [");
    for (size_t i = 0; i < run->row_count; i++) {
        print_next(out, i);
        for (enum profile_column column = 0; column < PROFILE_COLUMNS; column++) {
            print_item(out, column == 0, profile_get(&run->rows[i], column));
        }
        text_string(out, "]");
    }
    text_string(out, "\n],\n");
}

static void print_reallocs(struct text *out, const struct profile_run *run)
{
    text_string(out, "\"reallocs\": [");
    for (size_t i = 0; i < run->realloc_count; i++) {
        print_next(out, i);
        print_item(out, true, run->reallocs[i].from);
        print_item(out, false, run->reallocs[i].to);
        print_item(out, false, run->reallocs[i].count);
        text_string(out, "]");
    }
    text_string(out, "\n],\n");
}

static void print_groups(struct text *out, const struct profile_run *run)
{
    text_string(out, "\"groups\": [");
    for (size_t i = 0; i < run->group_count; i++) {
        print_next(out, i);
        print_item(out, true, run->groups[i].size);
        print_item(out, false, run->groups[i].alignment);
        text_string(out, "]");
    }
    text_string(out, "\n],\n");
}

static void print_columns(struct text *out)
{
    text_string(out, "\"columns\": [");
    for (size_t i = 0; i < PROFILE_COLUMNS; i++) {
        text_format(out, "%s\"%s\"", i == 0 ? "" : ", ", profile_cells[i].name);
    }
    text_string(out, "],\n");
}

static void print_snapshots(struct text *out, const struct profile_run *run)
{
    text_string(out, "\"snapshots\": [");
    for (size_t i = 0; i < run->snapshot_count; i++) {
        const struct profile_snapshot *snapshot = &run->snapshots[i];
        print_next(out, i);
        text_format(out, "{\"at\": %llu, \"live\": ", (unsigned long long)snapshot->at);
        for (size_t l = 0; l < snapshot->live_count; l++) {
            print_item(out, l == 0, snapshot->live[l].group);
            print_item(out, false, snapshot->live[l].count);
        }
        text_string(out, snapshot->live_count == 0 ? "[]}" : "]}");
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
    print_rows(out, run);
    print_reallocs(out, run);
    print_groups(out, run);
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

static int compare_rows(const void *left, const void *right)
{
    const struct profile_row *a = left, *b = right;
    int order = 0;
    for (enum profile_column column = 0; order == 0 && column < PROFILE_COLUMNS; column++) {
        order = compare_numbers(profile_get(a, column), profile_get(b, column));
    }
    return order;
}

static int compare_reallocs(const void *left, const void *right)
{
    const struct profile_realloc *a = left, *b = right;
    int order = compare_numbers(a->from, b->from);
    if (order == 0) {
        order = compare_numbers(a->to, b->to);
    }
    return order == 0 ? compare_numbers(a->count, b->count) : order;
}

static int compare_groups(const void *left, const void *right)
{
    const struct profile_group *a = left, *b = right;
    int order = compare_numbers(a->size, b->size);
    return order == 0 ? compare_numbers(a->alignment, b->alignment) : order;
}

static int compare_live(const void *left, const void *right)
{
    const struct profile_live *a = left, *b = right;
    int order = compare_numbers(a->group, b->group);
    return order == 0 ? compare_numbers(a->count, b->count) : order;
}

/* An array of a run, or of a snapshot. */
struct list {
    const void *items;
    size_t count;
};

static int compare_lists(struct list a, struct list b, size_t size,
                         int (*compare)(const void *left, const void *right))
{
    const char *left = a.items, *right = b.items;
    int order = compare_numbers(a.count, b.count);
    for (size_t i = 0; order == 0 && i < a.count; i++) {
        order = compare(left + i * size, right + i * size);
    }
    return order;
}

static int compare_snapshots(const void *left, const void *right)
{
    const struct profile_snapshot *a = left, *b = right;
    int order = compare_numbers(a->at, b->at);
    if (order != 0) {
        return order;
    }
    return compare_lists((struct list){a->live, a->live_count},
                         (struct list){b->live, b->live_count}, sizeof *a->live, compare_live);
}

/* Any total order will do, as long as only equal contents are equal in it. */
static int compare_figures(const struct profile_run *a, const struct profile_run *b)
{
    const uint64_t left[] = {a->pid, a->threads, a->unknown_frees, a->uncounted_allocations,
                             a->uncounted_reallocs};
    const uint64_t right[] = {b->pid, b->threads, b->unknown_frees, b->uncounted_allocations,
                              b->uncounted_reallocs};
    int order = 0;
    for (size_t i = 0; order == 0 && i < sizeof left / sizeof left[0]; i++) {
        order = compare_numbers(left[i], right[i]);
    }
    return order;
}

static int compare_contents(const struct profile_run *a, const struct profile_run *b)
{
    int order = compare_figures(a, b);
    if (order == 0) {
        order = strcmp(a->producer, b->producer);
    }
    if (order == 0) {
        order = strcmp(a->command, b->command);
    }
    if (order == 0) {
        order = compare_lists((struct list){a->rows, a->row_count},
                              (struct list){b->rows, b->row_count}, sizeof *a->rows, compare_rows);
    }
    if (order == 0) {
        order = compare_lists((struct list){a->reallocs, a->realloc_count},
                              (struct list){b->reallocs, b->realloc_count}, sizeof *a->reallocs,
                              compare_reallocs);
    }
    if (order == 0) {
        order = compare_lists((struct list){a->groups, a->group_count},
                              (struct list){b->groups, b->group_count}, sizeof *a->groups,
                              compare_groups);
    }
    if (order == 0) {
        order = compare_lists((struct list){a->snapshots, a->snapshot_count},
                              (struct list){b->snapshots, b->snapshot_count}, sizeof *a->snapshots,
                              compare_snapshots);
    }
    return order;
}

/* By date and id, which together name a run, and then the longer before the shorter: a profile
   written on a signal comes from an earlier moment of the same run than the one written at its
   end. The contents come last, so that it never matters in which order profiles are merged. */
static int compare_runs(const void *left, const void *right)
{
    const struct profile_run *a = *(struct profile_run *const *)left;
    const struct profile_run *b = *(struct profile_run *const *)right;
    int order = a->began < b->began ? -1 : a->began > b->began;
    if (order == 0) {
        order = strcmp(a->id, b->id);
    }
    if (order == 0) {
        order = compare_numbers(b->duration, a->duration);
    }
    return order == 0 ? compare_contents(a, b) : order;
}

static bool same_run(const struct profile_run *a, const struct profile_run *b)
{
    return a->began == b->began && strcmp(a->id, b->id) == 0;
}

void profile_merge(struct profile *profile)
{
    if (profile->count == 0) {
        return;
    }
    qsort(profile->runs, profile->count, sizeof(struct profile_run *), compare_runs);
    size_t kept = 1;
    for (size_t i = 1; i < profile->count; i++) {
        if (!same_run(profile->runs[kept - 1], profile->runs[i])) {
            profile->runs[kept++] = profile->runs[i];
        }
    }
    profile->count = kept;
}
