/* Reading a profile: jansson parses, this file checks, and every error has its place. */
#include "base/utf8.h"
#include "profile/profile.h"
#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES  (UINT64_C(1) << 48) /* of a size; user space has no more */
#define MOST_COUNT  (UINT64_C(1) << 53) /* of blocks or events: what every reader holds exactly */
#define MOST_NUMBER (UINT64_C(1) << 62) /* of anything: sums of bytes are the largest */
#define MOST_SOURCE (UINT64_C(1) << 32) /* bytes of a profile */

/* One step down from the root: into a member, or to an element. */
struct step {
    const char *key; /* NULL = an element of an array */
    size_t index;
};

enum { MOST_STEPS = 8 };

struct reader {
    struct diag *diag;
    struct step steps[MOST_STEPS]; /* to the value that is being read */
    size_t depth;
    bool failed;
};

/* ---- loading */

static bool refuse_file(struct diag *diag, const char *what)
{
    diag_append(diag, DIAG_ERROR, (struct place){0, 0}, "%s", what);
    return false;
}

bool profile_load(const char *path, struct diag *diag)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    if (file == NULL) {
        return refuse_file(diag, strerror(errno));
    }
    struct text text = {.arena = diag->arena};
    static char buffer[1 << 16];
    size_t got;
    while ((got = fread(buffer, 1, sizeof buffer, file)) > 0 && text.length <= MOST_SOURCE) {
        text_append(&text, buffer, got);
    }
    const char *wrong = NULL;
    if (ferror(file)) {
        wrong = strerror(errno);
    } else if (text.length > MOST_SOURCE) {
        wrong = "longer than 4 GiB: not a profile";
    }
    if (file != stdin) {
        fclose(file);
    }
    if (wrong != NULL) {
        return refuse_file(diag, wrong);
    }
    diag->source = text.length == 0 ? "" : text.data;
    diag->source_length = text.length;
    return true;
}

/* ---- places */

static struct place place_of(const struct diag *diag, size_t byte)
{
    struct place place = {1, 1};
    for (size_t at = 0; at < byte && at < diag->source_length;) {
        uint32_t character;
        at += utf8_next(diag->source + at, diag->source_length - at, &character);
        if (character == '\n') {
            place = (struct place){place.line + 1, 1};
        } else {
            place.column++;
        }
    }
    return place;
}

static size_t skip_blanks(const char *text, size_t at)
{
    return at + strspn(text + at, " \t\r\n");
}

static size_t skip_string(const char *text, size_t at)
{
    for (at++; text[at] != '"'; at++) {
        if (text[at] == '\\') {
            at++;
        }
    }
    return at + 1;
}

/* Past the value at `at`. The text is known to be JSON. */
static size_t skip_value(const char *text, size_t at)
{
    size_t open = 0;
    do {
        at = skip_blanks(text, at);
        if (text[at] == '"') {
            at = skip_string(text, at);
        } else if (strchr("{}[],:", text[at]) != NULL) {
            open += text[at] == '{' || text[at] == '[';
            open -= text[at] == '}' || text[at] == ']';
            at++;
        } else {
            at += strcspn(text + at, " \t\r\n,:]}");
        }
    } while (open > 0);
    return at;
}

/* From the start of an object or array to the start of the value (or, if `at_key`, of the key) that
   a step leads to. An escaped key is not found: then the object itself has to do. */
static size_t find_step(const char *text, size_t start, const struct step *step, bool at_key)
{
    size_t at = skip_blanks(text, start + 1);
    for (size_t index = 0; text[at] != '}' && text[at] != ']'; index++) {
        bool found = step->key == NULL && index == step->index;
        if (step->key != NULL) {
            size_t key = at, length = strlen(step->key);
            at = skip_string(text, at);
            found = at - key == length + 2 && memcmp(text + key + 1, step->key, length) == 0;
            if (found && at_key) {
                return key;
            }
            at = skip_blanks(text, skip_blanks(text, at) + 1);
        }
        if (found) {
            return at;
        }
        at = skip_blanks(text, skip_value(text, at));
        if (text[at] == ',') {
            at = skip_blanks(text, at + 1);
        }
    }
    return start;
}

static size_t find_value(const struct reader *reader, bool at_key)
{
    const char *text = reader->diag->source;
    size_t at = skip_blanks(text, 0);
    for (size_t i = 0; i < reader->depth; i++) {
        at = find_step(text, at, &reader->steps[i], at_key && i + 1 == reader->depth);
    }
    return at;
}

static const char *path_of(const struct reader *reader)
{
    struct text path = {.arena = reader->diag->arena};
    for (size_t i = 0; i < reader->depth; i++) {
        if (reader->steps[i].key == NULL) {
            text_format(&path, "[%zu]", reader->steps[i].index);
        } else {
            text_format(&path, "%s%s", i == 0 ? "" : ".", reader->steps[i].key);
        }
    }
    return path.length == 0 ? "profile" : path.data;
}

static void refuse_byte(struct diag *diag, size_t byte, const char *message)
{
    diag_append(diag, DIAG_ERROR, place_of(diag, byte), "%s (byte %zu)", message, byte);
}

/* Only the first error is reported: what follows it in a damaged file means little. */
static void fail_at(struct reader *reader, bool at_key, const char *format, va_list arguments)
{
    if (reader->failed) {
        return;
    }
    reader->failed = true;
    struct arena *arena = reader->diag->arena;
    const char *message = arena_format_list(arena, format, arguments);
    refuse_byte(reader->diag, find_value(reader, at_key),
                arena_format(arena, "%s: %s", path_of(reader), message));
}

__attribute__((format(printf, 2, 3))) static void fail(struct reader *reader, const char *format,
                                                       ...)
{
    va_list arguments;
    va_start(arguments, format);
    fail_at(reader, false, format, arguments);
    va_end(arguments);
}

__attribute__((format(printf, 2, 3))) static void fail_key(struct reader *reader,
                                                           const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fail_at(reader, true, format, arguments);
    va_end(arguments);
}

/* ---- values */

static void enter(struct reader *reader, const char *key, size_t index)
{
    reader->steps[reader->depth++] = (struct step){key, index};
}

static void leave(struct reader *reader)
{
    reader->depth--;
}

static uint64_t read_number(struct reader *reader, const json_t *value, uint64_t least,
                            uint64_t most)
{
    if (!json_is_integer(value)) {
        fail(reader, "a whole number is expected");
        return least;
    }
    json_int_t number = json_integer_value(value);
    if (number < 0 || (uint64_t)number < least || (uint64_t)number > most) {
        fail(reader, "%lld is not in %llu..%llu", (long long)number, (unsigned long long)least,
             (unsigned long long)most);
        return least;
    }
    return (uint64_t)number;
}

/* The member `key`, with the reader entered into it; NULL, not entered, if it is missing. */
static json_t *enter_member(struct reader *reader, const json_t *object, const char *key,
                            bool required)
{
    json_t *value = json_object_get(object, key);
    if (value == NULL && required) {
        fail(reader, "\"%s\" is missing", key);
    }
    if (value != NULL) {
        enter(reader, key, 0);
    }
    return value;
}

static uint64_t read_count(struct reader *reader, const json_t *object, const char *key)
{
    json_t *value = enter_member(reader, object, key, false);
    if (value == NULL) {
        return 0;
    }
    uint64_t number = read_number(reader, value, 0, MOST_COUNT);
    leave(reader);
    return number;
}

static const char *read_string(struct reader *reader, const json_t *object, const char *key)
{
    json_t *value = enter_member(reader, object, key, true);
    if (value == NULL) {
        return "";
    }
    const char *string = json_string_value(value);
    if (string == NULL) {
        fail(reader, "a string is expected");
    } else if (string[0] == '\0' || strlen(string) > 256) {
        fail(reader, "1 to 256 bytes are expected");
    }
    leave(reader);
    return string == NULL ? "" : arena_copy(reader->diag->arena, string, strlen(string));
}

/* The array under `key`, entered; NULL, not entered, if it is missing or no array. */
static json_t *enter_array(struct reader *reader, const json_t *object, const char *key,
                           bool required)
{
    json_t *array = enter_member(reader, object, key, required);
    if (array == NULL || json_is_array(array)) {
        return array;
    }
    fail(reader, "a list is expected");
    leave(reader);
    return NULL;
}

/* Reads the element `index`, an array of `width` numbers, into `numbers`. */
static void read_numbers(struct reader *reader, const json_t *array, size_t index, size_t width,
                         uint64_t *numbers)
{
    const json_t *element = json_array_get(array, index);
    if (!json_is_array(element) || json_array_size(element) != width) {
        fail(reader, "a list of %zu numbers is expected", width);
        return;
    }
    for (size_t i = 0; i < width && !reader->failed; i++) {
        enter(reader, NULL, i);
        numbers[i] = read_number(reader, json_array_get(element, i), 0, MOST_NUMBER);
        leave(reader);
    }
}

static void refuse_unknown(struct reader *reader, json_t *object, const char *const *known)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        size_t i = 0;
        while (known[i] != NULL && strcmp(known[i], key) != 0) {
            i++;
        }
        if (known[i] != NULL) {
            continue;
        }
        enter(reader, key, 0);
        fail_key(reader, "unknown key");
        leave(reader);
        return;
    }
}

/* ---- dates */

static int64_t days_since_1970(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2; /* eras of 400 years that begin in March: leap days come last */
    int64_t era = year / 400, year_of_era = year % 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

static bool read_digits(const char *text, size_t count, int64_t least, int64_t most, int64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        *value = *value * 10 + (text[i] - '0');
    }
    return *value >= least && *value <= most;
}

/* "2024-05-01T12:00:00Z" and nothing else. */
static bool parse_date(const char *text, int64_t *seconds)
{
    static const char pattern[] = "dddd-dd-ddTdd:dd:ddZ";
    static const int month_days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (strlen(text) != sizeof pattern - 1) {
        return false;
    }
    for (size_t i = 0; pattern[i] != '\0'; i++) {
        if (pattern[i] != 'd' && pattern[i] != text[i]) {
            return false;
        }
    }
    int64_t year, month, day, hour, minute, second;
    if (!read_digits(text, 4, 1970, 9999, &year) || !read_digits(text + 5, 2, 1, 12, &month) ||
        !read_digits(text + 8, 2, 1, month_days[month - 1], &day) ||
        !read_digits(text + 11, 2, 0, 23, &hour) || !read_digits(text + 14, 2, 0, 59, &minute) ||
        !read_digits(text + 17, 2, 0, 59, &second)) {
        return false;
    }
    *seconds = days_since_1970(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    return true;
}

/* ---- a run */

static bool is_power_of_two(uint64_t value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

/* Which column each of this run's is. */
static size_t read_columns(struct reader *reader, const json_t *run, enum profile_column *columns)
{
    json_t *array = enter_array(reader, run, "columns", true);
    if (array == NULL) {
        return 0;
    }
    size_t count = json_array_size(array);
    bool seen[PROFILE_COLUMNS] = {false};
    for (size_t i = 0; i < count && !reader->failed; i++) {
        const char *name = json_string_value(json_array_get(array, i));
        enum profile_column column = 0;
        while (name != NULL && column < PROFILE_COLUMNS &&
               strcmp(name, profile_cells[column].name) != 0) {
            column++;
        }
        enter(reader, NULL, i);
        if (name == NULL || column == PROFILE_COLUMNS) {
            fail(reader, "not a column of version %d", PROFILE_VERSION);
        } else if (seen[column]) {
            fail(reader, "a second column \"%s\"", name);
        } else {
            seen[columns[i] = column] = true;
        }
        leave(reader);
    }
    if (!seen[COLUMN_SIZE]) {
        fail(reader, "the column \"size\" is missing");
    }
    leave(reader);
    return reader->failed ? 0 : count;
}

static int compare_keys(uint64_t size, uint64_t alignment, uint64_t next_size,
                        uint64_t next_alignment)
{
    if (size != next_size) {
        return size < next_size ? -1 : 1;
    }
    return alignment < next_alignment ? -1 : alignment > next_alignment;
}

/* The product, or the most that a profile holds. */
static uint64_t multiply(uint64_t a, uint64_t b)
{
    return a != 0 && b > MOST_NUMBER / a ? MOST_NUMBER : a * b;
}

static void check_row(struct reader *reader, const struct profile_row *row,
                      const struct profile_row *before)
{
    static const enum profile_column counts[] = {COLUMN_ALLOCATIONS, COLUMN_PEAK, COLUMN_LIVE,
                                                 COLUMN_REMOTE_FREES, COLUMN_ZEROED};
    uint64_t largest = 0;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        uint64_t count = profile_get(row, counts[i]);
        largest = count > largest ? count : largest;
    }
    if (largest > MOST_COUNT) {
        fail(reader, "a count of %llu is out of range", (unsigned long long)largest);
    } else if (row->size > MOST_BYTES) {
        fail(reader, "a size of %llu bytes is out of range", (unsigned long long)row->size);
    } else if (row->from > row->size) {
        fail(reader, "\"from\" is %llu, above the size %llu", (unsigned long long)row->from,
             (unsigned long long)row->size);
    } else if (!is_power_of_two(row->alignment)) {
        fail(reader, "the alignment %llu is not a power of two",
             (unsigned long long)row->alignment);
    } else if (row->peak < row->live) {
        fail(reader, "the peak %llu is below the %llu blocks still live",
             (unsigned long long)row->peak, (unsigned long long)row->live);
    } else if (before != NULL &&
               compare_keys(before->size, before->alignment, row->size, row->alignment) >= 0) {
        fail(reader, "rows must ascend by size and alignment");
    }
}

/* One row of cells in the order of `columns`; what absent columns mean is filled in. */
static void read_row(struct reader *reader, const json_t *array, size_t index,
                     const enum profile_column *columns, size_t width, struct profile_row *row)
{
    uint64_t cells[PROFILE_COLUMNS] = {0};
    bool given[PROFILE_COLUMNS] = {false};
    read_numbers(reader, array, index, width, cells);
    *row = (struct profile_row){0};
    for (size_t i = 0; i < width; i++) {
        profile_set(row, columns[i], cells[i]);
        given[columns[i]] = true;
    }
    if (!given[COLUMN_FROM]) {
        row->from = row->size;
    }
    if (!given[COLUMN_ALIGNMENT]) {
        row->alignment = 1;
    }
    if (!given[COLUMN_BYTES]) {
        row->bytes = multiply(row->size, row->allocations);
    }
}

static void read_rows(struct reader *reader, const json_t *object, struct profile_run *run)
{
    enum profile_column columns[PROFILE_COLUMNS] = {0};
    size_t width = read_columns(reader, object, columns);
    json_t *array = width == 0 ? NULL : enter_array(reader, object, "sizes", true);
    if (array == NULL) {
        return;
    }
    run->row_count = json_array_size(array);
    run->rows = arena_alloc(reader->diag->arena, run->row_count * sizeof *run->rows);
    for (size_t i = 0; i < run->row_count && !reader->failed; i++) {
        enter(reader, NULL, i);
        read_row(reader, array, i, columns, width, &run->rows[i]);
        check_row(reader, &run->rows[i], i == 0 ? NULL : &run->rows[i - 1]);
        leave(reader);
    }
    leave(reader);
}

static int compare_reallocs(const void *left, const void *right)
{
    const struct profile_realloc *a = left, *b = right;
    return compare_keys(a->from, a->to, b->from, b->to);
}

static void read_reallocs(struct reader *reader, const json_t *object, struct profile_run *run)
{
    json_t *array = enter_array(reader, object, "reallocs", false);
    if (array == NULL) {
        return;
    }
    run->realloc_count = json_array_size(array);
    run->reallocs = arena_alloc(reader->diag->arena, run->realloc_count * sizeof *run->reallocs);
    for (size_t i = 0; i < run->realloc_count && !reader->failed; i++) {
        struct profile_realloc *realloc = &run->reallocs[i];
        uint64_t numbers[3] = {0};
        enter(reader, NULL, i);
        read_numbers(reader, array, i, 3, numbers);
        *realloc = (struct profile_realloc){numbers[0], numbers[1], numbers[2]};
        if (realloc->from >= run->row_count || realloc->to >= run->row_count) {
            fail(reader, "there are only %zu rows", run->row_count);
        }
        leave(reader);
    }
    leave(reader);
    if (!reader->failed && run->realloc_count > 0) {
        qsort(run->reallocs, run->realloc_count, sizeof *run->reallocs, compare_reallocs);
    }
}

static void read_groups(struct reader *reader, const json_t *object, struct profile_run *run)
{
    json_t *array = enter_array(reader, object, "groups", false);
    if (array == NULL) {
        return;
    }
    run->group_count = json_array_size(array);
    run->groups = arena_alloc(reader->diag->arena, run->group_count * sizeof *run->groups);
    for (size_t i = 0; i < run->group_count && !reader->failed; i++) {
        struct profile_group *group = &run->groups[i];
        uint64_t numbers[2] = {0};
        enter(reader, NULL, i);
        read_numbers(reader, array, i, 2, numbers);
        *group = (struct profile_group){numbers[0], numbers[1]};
        if (group->size < 8 || group->size % 8 != 0 || group->size > MOST_BYTES) {
            fail(reader, "a group's size is a multiple of 8");
        } else if (!is_power_of_two(group->alignment)) {
            fail(reader, "the alignment %llu is not a power of two",
                 (unsigned long long)group->alignment);
        } else if (i > 0 && compare_keys(group[-1].size, group[-1].alignment, group->size,
                                         group->alignment) >= 0) {
            fail(reader, "groups must ascend by size and alignment");
        }
        leave(reader);
    }
    leave(reader);
}

/* A flat list of group, count, group, count ...: the longest part of a profile. */
static void read_live(struct reader *reader, const json_t *object, const struct profile_run *run,
                      struct profile_snapshot *snapshot)
{
    json_t *array = enter_array(reader, object, "live", true);
    if (array == NULL) {
        return;
    }
    size_t numbers = json_array_size(array);
    if (numbers % 2 != 0) {
        fail(reader, "pairs of a group and a count are expected");
    }
    snapshot->live_count = numbers / 2;
    snapshot->live =
        arena_alloc(reader->diag->arena, (snapshot->live_count + 1) * sizeof *snapshot->live);
    uint64_t least = 0;
    for (size_t i = 0; i < numbers && !reader->failed; i++) {
        struct profile_live *live = &snapshot->live[i / 2];
        const json_t *value = json_array_get(array, i);
        enter(reader, NULL, i);
        if (i % 2 != 0) {
            live->count = read_number(reader, value, 1, MOST_COUNT);
        } else if (least >= run->group_count) {
            fail(reader, "a group above the one before and below %zu is expected",
                 run->group_count);
        } else {
            least = (live->group = read_number(reader, value, least, run->group_count - 1)) + 1;
        }
        leave(reader);
    }
    leave(reader);
}

static void read_snapshots(struct reader *reader, const json_t *object, struct profile_run *run)
{
    static const char *const known[] = {"at", "live", NULL};
    json_t *array = enter_array(reader, object, "snapshots", false);
    if (array == NULL) {
        return;
    }
    run->snapshot_count = json_array_size(array);
    run->snapshots = arena_alloc(reader->diag->arena, run->snapshot_count * sizeof *run->snapshots);
    for (size_t i = 0; i < run->snapshot_count && !reader->failed; i++) {
        json_t *element = json_array_get(array, i);
        struct profile_snapshot *snapshot = &run->snapshots[i];
        enter(reader, NULL, i);
        if (json_is_object(element)) {
            refuse_unknown(reader, element, known);
            snapshot->at = read_count(reader, element, "at");
            read_live(reader, element, run, snapshot);
        } else {
            fail(reader, "a snapshot is expected");
        }
        if (i > 0 && snapshot->at < snapshot[-1].at) {
            fail(reader, "snapshots must ascend in time");
        }
        leave(reader);
    }
    leave(reader);
}

static struct profile_run *read_run(struct reader *reader, json_t *object)
{
    static const char *const known[] = {"id",
                                        "producer",
                                        "date",
                                        "command",
                                        "pid",
                                        "duration",
                                        "threads",
                                        "unknown_frees",
                                        "uncounted_allocations",
                                        "uncounted_reallocs",
                                        "columns",
                                        "sizes",
                                        "reallocs",
                                        "groups",
                                        "snapshots",
                                        NULL};
    struct profile_run *run = arena_alloc(reader->diag->arena, sizeof *run);
    if (!json_is_object(object)) {
        fail(reader, "a run is expected");
        return run;
    }
    refuse_unknown(reader, object, known);
    run->id = read_string(reader, object, "id");
    run->producer = read_string(reader, object, "producer");
    run->command = read_string(reader, object, "command");
    run->date = read_string(reader, object, "date");
    if (!reader->failed && !parse_date(run->date, &run->began)) {
        enter(reader, "date", 0);
        fail(reader, "a date like 2024-05-01T12:00:00Z is expected");
        leave(reader);
    }
    run->pid = read_count(reader, object, "pid");
    run->duration = read_count(reader, object, "duration");
    run->threads = read_count(reader, object, "threads");
    run->unknown_frees = read_count(reader, object, "unknown_frees");
    run->uncounted_allocations = read_count(reader, object, "uncounted_allocations");
    run->uncounted_reallocs = read_count(reader, object, "uncounted_reallocs");
    read_rows(reader, object, run);
    read_reallocs(reader, object, run);
    read_groups(reader, object, run);
    read_snapshots(reader, object, run);
    return run;
}

/* ---- a profile */

/* True if the root says that it is a profile of this version. */
static bool check_head(struct reader *reader, const json_t *root)
{
    const char *format = json_string_value(json_object_get(root, "format"));
    if (format == NULL || strcmp(format, "poolgen-profile") != 0) {
        fail(reader, "this is JSON, but not a poolgen profile: its \"format\" is not "
                     "\"poolgen-profile\"");
        return false;
    }
    const json_t *version = enter_member(reader, root, "version", true);
    if (version == NULL) {
        return false;
    }
    uint64_t number = read_number(reader, version, 1, MOST_COUNT);
    if (number > PROFILE_VERSION) {
        fail(reader,
             "the profile has version %llu, and this poolgen reads version %d: a newer one is "
             "needed",
             (unsigned long long)number, PROFILE_VERSION);
    }
    leave(reader);
    return !reader->failed;
}

static void add_run(struct profile *profile, struct arena *arena, struct profile_run *run)
{
    if (profile->count == profile->capacity) {
        size_t capacity = profile->capacity == 0 ? 16 : profile->capacity * 2;
        struct profile_run **runs = arena_alloc(arena, capacity * sizeof *runs);
        if (profile->count > 0) {
            memcpy(runs, profile->runs, profile->count * sizeof *runs);
        }
        profile->runs = runs;
        profile->capacity = capacity;
    }
    profile->runs[profile->count++] = run;
}

static void read_profile(struct reader *reader, struct profile *profile, json_t *root)
{
    static const char *const known[] = {"format", "version", "runs", NULL};
    if (!check_head(reader, root)) {
        return;
    }
    refuse_unknown(reader, root, known);
    json_t *runs = enter_array(reader, root, "runs", true);
    size_t before = profile->count;
    for (size_t i = 0; i < json_array_size(runs) && !reader->failed; i++) {
        enter(reader, NULL, i);
        add_run(profile, reader->diag->arena, read_run(reader, json_array_get(runs, i)));
        leave(reader);
    }
    if (reader->failed) {
        profile->count = before;
    }
}

/* jansson's position is behind the token that it stumbled over, whose text ends its message. */
static void refuse_syntax(struct diag *diag, const json_error_t *error)
{
    enum json_error_code code = json_error_code(error);
    size_t byte = error->position < 0 ? 0 : (size_t)error->position;
    const char *near = strstr(error->text, " near '");
    const char *close = strrchr(error->text, '\'');
    size_t token = 0;
    if (near != NULL && close >= near + 7 && code != json_error_invalid_utf8) {
        token = (size_t)(close - near) - 7;
    }
    bool cut = code == json_error_premature_end_of_input ||
               (code == json_error_invalid_syntax && byte >= diag->source_length);
    if (cut) {
        byte = diag->source_length;
    } else {
        byte -= token < byte ? token : byte;
    }

    if (diag->source_length == 0) {
        refuse_byte(diag, 0, "the file is empty: not a profile");
    } else if (cut) {
        refuse_byte(diag, byte, "the profile is cut off here");
    } else if (code == json_error_end_of_input_expected) {
        refuse_byte(diag, byte, "more follows the profile ('poolgen merge' joins profiles)");
    } else {
        refuse_byte(diag, byte, arena_format(diag->arena, "not JSON: %s", error->text));
    }
}

/* ---- the JSON tree: millions of small values, cut from an arena that is freed at once. (Measured:
   a profile of 100,000 sizes and 64 full snapshots is read in two thirds of the time.) */

static struct arena *tree_arena; /* jansson's functions for memory are given no context */

static void *take_from_tree(size_t size)
{
    return arena_alloc(tree_arena, size);
}

static void leave_to_tree(void *block)
{
    (void)block;
}

static void release_tree(void *arena)
{
    json_set_alloc_funcs(malloc, free);
    arena_free(arena);
}

bool profile_parse(struct profile *profile, struct diag *diag)
{
    struct arena *arena = arena_alloc(diag->arena, sizeof *arena);
    arena_at_free(diag->arena, release_tree, arena);
    if (setjmp(arena->out_of_memory) != 0) {
        longjmp(diag->arena->out_of_memory, 1);
    }
    tree_arena = arena;
    json_set_alloc_funcs(take_from_tree, leave_to_tree);

    json_error_t error;
    json_t *root = json_loadb(diag->source, diag->source_length, JSON_REJECT_DUPLICATES, &error);
    struct reader reader = {.diag = diag};
    if (root != NULL) {
        read_profile(&reader, profile, root);
    } else {
        refuse_syntax(diag, &error);
    }
    release_tree(arena);
    return root != NULL && !reader.failed;
}
