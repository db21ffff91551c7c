#include "profile.h"
#include "count.h"
#include "pages.h"
#include "snapshot.h"
#include "version.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A buffered file: stdio would allocate. */
struct out {
    int fd;
    bool failed;
    size_t used;
    char buffer[1 << 16];
};

static struct out out; /* guarded by the recorder's lock */

static void flush(void)
{
    size_t done = 0;
    while (!out.failed && done < out.used) {
        ssize_t wrote = write(out.fd, out.buffer + done, out.used - done);
        if (wrote > 0)
            done += (size_t)wrote;
        else if (wrote < 0 && errno != EINTR)
            out.failed = true;
    }
    out.used = 0;
}

static void put(char character)
{
    if (out.used == sizeof out.buffer)
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

static void put_groups(const unsigned *alignments, size_t count)
{
    put_text(",\n\"groups\": [");
    uint32_t position = 0;
    for (uint32_t granule = 1; granule < GRANULES; granule++) {
        for (size_t i = 0; i < count; i++) {
            uint32_t group = count_group(granule, alignments[i]);
            if (group == 0)
                continue;
            put_text(position == 0 ? "\n[" : ",\n[");
            put_number(granule_top(granule));
            put(',');
            put_number(UINT64_C(1) << alignments[i]);
            put(']');
            groups[group].position = position++;
        }
    }
    put_text("\n]");
}

/* `order` lists the groups by position. */
static void put_snapshot(const struct snapshot *snapshot, const uint32_t *order, uint32_t count)
{
    put_text("\n{\"at\": ");
    put_number(snapshot->at / 1000);
    put_text(", \"live\": [");
    bool first = true;
    for (uint32_t position = 0; position < count; position++) {
        uint32_t group = order[position];
        if (group >= snapshot->groups || snapshot->live[group] == 0)
            continue;
        if (!first)
            put(',');
        put_number(position);
        put(',');
        put_number((uint64_t)snapshot->live[group]);
        first = false;
    }
    put_text("]}");
}

static void put_snapshots(void)
{
    uint32_t count = atomic_load(&group_count) - 1;
    size_t bytes = (count + 1) * sizeof(uint32_t);
    uint32_t *order = map_pages(bytes);
    put_text(",\n\"snapshots\": [");
    for (uint32_t group = 1; order != NULL && group <= count; group++)
        order[groups[group].position] = group;
    for (size_t i = 0; order != NULL && i < snapshot_count; i++) {
        put_text(i == 0 ? "" : ",");
        put_snapshot(&snapshots[i], order, count);
    }
    put_text("\n]\n}\n]\n}\n");
    if (order != NULL)
        munmap(order, bytes);
}

bool profile_write(const struct identity *identity)
{
    static char temporary[4096 + 16];
    snprintf(temporary, sizeof temporary, "%s.%d", identity->path, identity->pid);
    out.fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (out.fd < 0)
        return false;
    out.failed = false;
    out.used = 0;
    put_head(identity);
    unsigned alignments[ALIGNMENTS];
    size_t count = list_alignments(alignments);
    put_rows(alignments, count);
    put_reallocs();
    put_groups(alignments, count);
    put_snapshots();
    flush();
    int error = out.failed ? errno : 0;
    if (close(out.fd) != 0 && error == 0)
        error = errno;
    if (error == 0 && rename(temporary, identity->path) == 0)
        return true;
    if (error == 0)
        error = errno;
    unlink(temporary);
    errno = error;
    return false;
}
