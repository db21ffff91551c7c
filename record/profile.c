#include "profile.h"
#include "count.h"
#include "handover.h"
#include "snapshot.h"
#include "system.h"
#include "version.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A buffer, and the file that it goes to when it is full: stdio would allocate. */
struct out {
    int file; /* -1 = none: all has to fit */
    bool failed;
    char *buffer;
    size_t used, room;
};

static struct out out; /* guarded by the recorder's lock */

static void flush(void)
{
    size_t done = 0;
    if (out.file < 0)
        out.failed = true;
    while (!out.failed && done < out.used) {
        ssize_t wrote = system_calls.write(out.file, out.buffer + done, out.used - done);
        if (wrote > 0)
            done += (size_t)wrote;
        else if (wrote < 0 && errno != EINTR)
            out.failed = true;
    }
    out.used = 0;
}

static void put(char character)
{
    if (out.used == out.room)
        flush();
    out.buffer[out.used++] = character;
}

static void put_text(const char *text)
{
    while (*text != '\0')
        put(*text++);
}

static void put_number(uint64_t value)
{
    char digits[20];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    while (count > 0)
        put(digits[--count]);
}

/* A JSON string. Bytes that are not printable ASCII become '?': a command's name is a label here,
   and the file must be valid UTF-8 whatever it was. */
static void put_string(const char *text)
{
    put('"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            put('\\');
        put(*text >= ' ' && *text <= '~' ? *text : '?');
    }
    put('"');
}

static void put_two(int64_t value)
{
    put((char)('0' + value / 10 % 10));
    put((char)('0' + value % 10));
}

/* Seconds since 1970 as "2024-05-01T12:00:00Z". gmtime may allocate and lock; the calendar is
   counted in eras of 400 years that begin in March, so that leap days come last. */
static void put_date(int64_t seconds)
{
    int64_t days = seconds / 86400, time = seconds % 86400;
    int64_t shifted = days + 719468; /* since 1 March of year 0 */
    int64_t era = shifted / 146097, day_of_era = shifted % 146097;
    int64_t year =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    int64_t march_month = (5 * day_of_year + 2) / 153;
    int64_t month = march_month < 10 ? march_month + 3 : march_month - 9;
    put('"');
    put_number((uint64_t)(year + era * 400 + (month <= 2)));
    put('-');
    put_two(month);
    put('-');
    put_two(day_of_year - (153 * march_month + 2) / 5 + 1);
    put('T');
    put_two(time / 3600);
    put(':');
    put_two(time / 60 % 60);
    put(':');
    put_two(time % 60);
    put_text("Z\"");
}

static void put_member(const char *name, uint64_t value)
{
    put_text(",\n\"");
    put_text(name);
    put_text("\": ");
    put_number(value);
}

static void put_head(const struct identity *identity)
{
    put_text("{\n\"format\": \"poolgen-profile\",\n\"version\": 1,\n\"runs\": [\n{\n\"id\": ");
    put_string(identity->id);
    put_text(",\n\"producer\": \"poolgen-record " POOLGEN_VERSION "\",\n\"date\": ");
    put_date(identity->began);
    put_text(",\n\"command\": ");
    put_string(identity->command);
    put_member("pid", (uint64_t)identity->pid);
    put_member("duration", snapshot_clock() / 1000);
    put_member("threads", atomic_load(&most_threads));
    put_member("unknown_frees", atomic_load(&unknown_frees));
    put_member("uncounted_allocations", atomic_load(&uncounted_allocations));
    put_member("uncounted_reallocs", atomic_load(&uncounted_reallocs));
}

static void put_row(uint32_t index)
{
    struct row *row = &rows[index];
    uint64_t live = (uint64_t)count_gather(index);
    uint64_t peak = (uint64_t)atomic_load(&row->peak);
    uint64_t allocations = 0, remote_frees = 0, zeroed = 0;
    for (struct tally *tally = atomic_load(&tallies); tally != NULL; tally = tally->next) {
        const struct cell *cell = &tally->cells[index];
        allocations += cell_allocations(atomic_load(&cell->state));
        remote_frees += atomic_load(&cell->remote_frees);
        zeroed += atomic_load(&cell->zeroed);
    }
    uint64_t bytes = row->code > EXACT_LIMIT ? atomic_load(&row->bytes) : allocations * row->code;
    const uint64_t columns[] = {code_top(row->code),
                                code_bottom(row->code),
                                UINT64_C(1) << row->log2_alignment,
                                allocations,
                                bytes,
                                peak > live ? peak : live,
                                live,
                                remote_frees,
                                zeroed};
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        put(i == 0 ? '[' : ',');
        put_number(columns[i]);
    }
    put(']');
}

/* The alignments that were asked for, as logarithms, ascending. Few of all there could be. */
static size_t list_alignments(unsigned *alignments)
{
    size_t count = 0;
    for (unsigned i = 0; i < ALIGNMENTS; i++)
        if (atomic_load(&row_index[i]) != NULL)
            alignments[count++] = i;
    return count;
}

static void put_rows(const unsigned *alignments, size_t count)
{
    put_text(",\n\"columns\": [\"size\", \"from\", \"alignment\", \"allocations\", \"bytes\", "
             "\"peak\", \"live\", \"remote_frees\", \"zeroed\"],\n\"sizes\": [");
    uint32_t position = 0;
    for (uint32_t code = 0; code < CODES; code++) {
        for (size_t i = 0; i < count; i++) {
            _Atomic uint32_t *index = atomic_load(&row_index[alignments[i]]);
            uint32_t row = atomic_load(&index[code]);
            if (row == 0)
                continue;
            put_text(position == 0 ? "\n" : ",\n");
            put_row(row);
            rows[row].position = position++;
        }
    }
    put_text("\n]");
}

static uint64_t sum_reallocs(uint32_t number)
{
    uint64_t sum = 0;
    for (struct tally *tally = atomic_load(&tallies); tally != NULL; tally = tally->next)
        sum += atomic_load(&tally->reallocs[number]);
    return sum;
}

static void put_reallocs(void)
{
    put_text(",\n\"reallocs\": [");
    bool first = true;
    for (size_t i = 0; i < PAIR_SLOTS; i++) {
        uint64_t key = atomic_load(&pairs[i].key);
        uint64_t count = key == 0 ? 0 : sum_reallocs(pairs[i].number);
        if (count == 0)
            continue;
        put_text(first ? "\n[" : ",\n[");
        put_number(rows[key >> 32].position);
        put(',');
        put_number(rows[key & UINT32_MAX].position);
        put(',');
        put_number(count);
        put(']');
        first = false;
    }
    put_text("\n]");
}

/* Lists the groups by position in `order`; returns how many there are. */
static uint32_t put_groups(uint32_t *order, const unsigned *alignments, size_t count)
{
    put_text(",\n\"groups\": [");
    uint32_t position = 0, total = atomic_load(&group_count);
    for (uint32_t granule = 1; granule < GRANULES; granule++) {
        for (size_t i = 0; i < count; i++) {
            uint32_t group = count_group(granule, alignments[i]);
            if (group == 0 || group >= total)
                continue;
            put_text(position == 0 ? "\n[" : ",\n[");
            put_number(granule_top(granule));
            put(',');
            put_number(UINT64_C(1) << alignments[i]);
            put(']');
            order[position++] = group;
        }
    }
    put_text("\n]");
    return position;
}

static void put_snapshot(const struct snapshot *snapshot, const uint32_t *order, uint32_t count)
{
    put_text("\n{\"at\": ");
    put_number(snapshot->at / 1000);
    put_text(", \"live\": [");
    bool first = true;
    const int64_t *live = snapshot_live(snapshot);
    for (uint32_t position = 0; position < count; position++) {
        uint32_t group = order[position];
        if (group >= snapshot->groups || live[group] == 0)
            continue;
        if (!first)
            put(',');
        put_number(position);
        put(',');
        put_number((uint64_t)live[group]);
        first = false;
    }
    put_text("]}");
}

static void put_snapshots(const uint32_t *order, uint32_t count)
{
    put_text(",\n\"snapshots\": [");
    for (size_t i = 0; i < snapshot_count; i++) {
        put_text(i == 0 ? "" : ",");
        put_snapshot(&snapshots[i], order, count);
    }
    put_text("\n]\n}\n]\n}\n");
}

static void put_profile(const struct identity *identity)
{
    static uint32_t order[GROUP_LIMIT]; /* guarded by the recorder's lock */
    unsigned alignments[ALIGNMENTS];
    size_t count = list_alignments(alignments);
    put_head(identity);
    put_rows(alignments, count);
    put_reallocs();
    uint32_t listed = put_groups(order, alignments, count);
    put_snapshots(order, listed);
}

/* ---- to poolgen record */

/* More bytes than the profile can have: each number takes at most 20. */
static size_t most_bytes(void)
{
    enum { HEAD = 2048, ROW = 9 * 21 + 4, PAIR = 3 * 21 + 4, GROUP = 2 * 21 + 4, LIVE = 2 * 21 };
    enum { SNAPSHOT = 64 };
    size_t listed = atomic_load(&group_count);
    return HEAD + atomic_load(&row_count) * ROW + count_pairs() * PAIR + listed * GROUP +
           snapshot_count * (listed * LIVE + SNAPSHOT);
}

bool profile_hand_over(const struct identity *identity)
{
    size_t most = most_bytes();
    struct spool_record *record = handover_claim(most);
    if (record == NULL)
        return false;
    out = (struct out){.file = -1, .buffer = (char *)(record + 1), .room = most};
    put_profile(identity);
    return handover_finish(record, out.failed ? 0 : out.used, identity) && !out.failed;
}

/* ---- to a file */

enum { PATH_ROOM = 4096 + 128 };

static char file_path[PATH_ROOM];
static char named_for[SPOOL_ID]; /* id of the run that file_path is the file of */

/* Appends text to `path`, and returns it. A path that is too long fails when it is used. */
static char *append_text(char *path, const char *text, size_t length)
{
    size_t used = strlen(path);
    if (length > PATH_ROOM - 1 - used)
        length = PATH_ROOM - 1 - used;
    memcpy(path + used, text, length);
    path[used + length] = '\0';
    return path;
}

static void append_number(char *path, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    append_text(path, digits + at, sizeof digits - at);
}

/* "profile.1234.json", or from the second try on "profile.1234-2.json". */
static void name_file(const struct identity *identity, const char *path, unsigned number)
{
    size_t length = strlen(path), stem = length;
    file_path[0] = '\0';
    if (stem > 5 && strcmp(path + stem - 5, ".json") == 0)
        stem -= 5;
    append_text(file_path, path, identity->is_main ? length : stem);
    if (identity->is_main)
        return;
    append_text(file_path, ".", 1);
    append_number(file_path, (uint64_t)identity->pid);
    if (number > 1) {
        append_text(file_path, "-", 1);
        append_number(file_path, number);
    }
    append_text(file_path, path + stem, length - stem);
}

/* Gives the file its name, replacing only what it may. */
static bool place_file(const struct identity *identity, const char *path, const char *temporary)
{
    enum { MOST_NAMES = 10000 };
    if (identity->is_main || strcmp(named_for, identity->id) == 0) {
        if (identity->is_main)
            name_file(identity, path, 1);
        return system_calls.rename(temporary, file_path) == 0;
    }
    for (unsigned number = 1; number <= MOST_NAMES; number++) {
        name_file(identity, path, number);
        if (system_calls.link(temporary, file_path) == 0) {
            system_calls.unlink(temporary);
            memcpy(named_for, identity->id, sizeof named_for);
            return true;
        }
        if (errno != EEXIST) /* a file system without links */
            return system_calls.rename(temporary, file_path) == 0;
    }
    return false;
}

bool profile_write(const struct identity *identity, const char *path)
{
    static char temporary[PATH_ROOM], buffer[1 << 16];
    name_file(identity, path, 1); /* what messages call it */
    temporary[0] = '\0';
    append_text(append_text(append_text(temporary, path, strlen(path)), ".", 1), identity->id,
                SPOOL_ID - 1);
    int file = system_calls.open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0)
        return false;
    out = (struct out){.file = file, .buffer = buffer, .room = sizeof buffer};
    put_profile(identity);
    flush();
    int error = out.failed ? errno : 0;
    if (system_calls.close(file) != 0 && error == 0)
        error = errno;
    if (error == 0 && place_file(identity, path, temporary))
        return true;
    if (error == 0)
        error = errno;
    system_calls.unlink(temporary);
    errno = error;
    return false;
}

const char *profile_path(void)
{
    return file_path;
}
