/* Profiles: what is read is what is written, merging is a union, and damage is found at its byte.
 */
#include "profiles.h"

/* Parses `source`; NULL if it was refused. */
static struct profile *parse(struct run *run, const char *source, size_t length)
{
    struct profile *profile = arena_alloc(&run->arena, sizeof *profile);
    run->diag.source = source;
    run->diag.source_length = length;
    return profile_parse(profile, &run->diag) ? profile : NULL;
}

static const char *print(struct run *run, const struct profile *profile)
{
    struct text text = {.arena = &run->arena};
    profile_print(&text, profile);
    return text.data;
}

static void add(struct run *run, struct profile *to, const struct profile *from)
{
    struct profile_run **runs = arena_alloc(&run->arena, (to->count + from->count) * sizeof *runs);
    if (to->count > 0)
        memcpy(runs, to->runs, to->count * sizeof *runs);
    memcpy(runs + to->count, from->runs, from->count * sizeof *runs);
    to->runs = runs;
    to->count = to->capacity = to->count + from->count;
}

static struct profile *merge(struct run *run, const struct profile *a, const struct profile *b)
{
    struct profile *merged = arena_alloc(&run->arena, sizeof *merged);
    add(run, merged, a);
    add(run, merged, b);
    profile_merge(merged);
    return merged;
}

/* ---- reading and writing */

static void writing_gives_what_was_read(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, "", 0);
    size_t length;
    const char *source = read_whole(&run.arena, SERVER, &length);
    assert_string_equal(print(&run, read_profile(&run, SERVER)), source);
    run_end(&run);
}

static void reading_fills_every_member(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, "", 0);
    const struct profile *profile = read_profile(&run, SERVER);
    assert_int_equal(profile->count, 1);
    const struct profile_run *server = profile->runs[0];
    assert_string_equal(server->command, "server");
    assert_int_equal(server->began, 1714564800);
    assert_int_equal(server->unknown_frees, 2);
    assert_int_equal(server->row_count, 7);
    assert_int_equal(server->rows[3].alignment, 128);
    assert_int_equal(server->rows[3].remote_frees, 8000);
    assert_int_equal(server->rows[6].from, 65537);
    assert_int_equal(server->reallocs[1].count, 12);
    assert_int_equal(server->snapshots[2].live[6].group, 6);
    assert_int_equal(server->snapshots[2].live[6].count, 2);
    run_end(&run);
}

/* What an allocator with `stats: profile` writes: pools for sizes, and fewer columns. */
static void missing_columns_have_defaults(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, "", 0);
    const struct profile_run *pools = read_profile(&run, POOLS)->runs[0];
    assert_int_equal(pools->rows[1].from, 9);
    assert_int_equal(pools->rows[1].alignment, 1);
    assert_int_equal(pools->rows[1].bytes, 16 * 900);
    assert_int_equal(pools->rows[1].zeroed, 0);
    assert_int_equal(pools->realloc_count, 0);
    assert_int_equal(pools->duration, 0);
    run_end(&run);
}

/* ---- merging */

static void merging_is_a_union(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, "", 0);
    const struct profile *a = read_profile(&run, SERVER), *b = read_profile(&run, POOLS);
    struct profile *c = read_profile(&run, SERVER);
    c->runs[0]->id = "another";
    const char *all = print(&run, merge(&run, merge(&run, a, b), c));
    assert_string_equal(print(&run, merge(&run, a, merge(&run, b, c))), all);
    assert_string_equal(print(&run, merge(&run, merge(&run, c, b), a)), all);
    assert_string_equal(print(&run, merge(&run, merge(&run, b, a), merge(&run, c, a))), all);
    struct profile *again = parse(&run, all, strlen(all));
    assert_int_equal(again->count, 3);
    assert_string_equal(print(&run, merge(&run, again, again)), all);
    run_end(&run);
}

/* A profile written on a signal, and the one that the same run wrote at its end. */
static void the_longer_of_one_run_stays(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, "", 0);
    struct profile *early = read_profile(&run, SERVER), *late = read_profile(&run, SERVER);
    early->runs[0]->duration = 20000000;
    early->runs[0]->rows[0].allocations = 77777;
    const char *kept = print(&run, late);
    assert_string_equal(print(&run, merge(&run, early, late)), kept);
    assert_string_equal(print(&run, merge(&run, late, early)), kept);
    run_end(&run);
}

/* Two different runs that claim to be one: which stays must not depend on the order. */
static void a_tie_is_broken_by_contents(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, "", 0);
    struct profile *a = read_profile(&run, SERVER), *b = read_profile(&run, SERVER);
    struct profile *c = read_profile(&run, SERVER);
    b->runs[0]->snapshots[1].live[0].count++;
    c->runs[0]->rows[2].zeroed++;
    const char *kept = print(&run, merge(&run, merge(&run, a, b), c));
    assert_string_equal(print(&run, merge(&run, c, merge(&run, b, a))), kept);
    assert_string_equal(print(&run, merge(&run, b, merge(&run, c, a))), kept);
    run_end(&run);
}

/* ---- damage */

#define HEAD "{\"format\": \"poolgen-profile\", \"version\": 1, \"runs\": [\n"
#define RUN                                                                                        \
    "{\"id\": \"x\", \"producer\": \"p\", \"command\": \"c\", \"date\": "                          \
    "\"2024-02-29T00:00:00Z\",\n"
#define ROWS "\"columns\": [\"size\", \"alignment\", \"peak\"], \"sizes\": "
#define GOOD ROWS "[[8,1,5],[8,16,2]]"

struct damage_row {
    const char *name, *source, *message;
};

static const struct damage_row damage_rows[] = {
    {"an empty file is no profile", "", "1:1: error: the file is empty: not a profile (byte 0)"},
    {"what is not JSON is refused", "pools:\n",
     "1:1: error: not JSON: '[' or '{' expected near 'pools' (byte 0)"},
    {"a binary is refused", "\177ELF\2\1\1",
     "1:1: error: not JSON: '[' or '{' expected near '<U+007F>' (byte 0)"},
    {"other JSON is refused", "{\"a\": 1}",
     "1:1: error: profile: this is JSON, but not a poolgen profile: its \"format\" is not "
     "\"poolgen-profile\" (byte 0)"},
    {"a list is refused", "[1, 2]",
     "1:1: error: profile: this is JSON, but not a poolgen profile: its \"format\" is not "
     "\"poolgen-profile\" (byte 0)"},
    {"a newer version is refused",
     "{\"format\": \"poolgen-profile\",\n \"version\": 2, \"shards\": []}",
     "2:13: error: version: the profile has version 2, and this poolgen reads version 1: a newer "
     "one is needed (byte 42)"},
    {"version 0 is refused", "{\"format\": \"poolgen-profile\", \"version\": 0}",
     "1:42: error: version: 0 is not in 1..9007199254740992 (byte 41)"},
    {"a missing version is told", "{\"format\": \"poolgen-profile\"}",
     "1:1: error: profile: \"version\" is missing (byte 0)"},
    {"missing runs are told", "{\"format\": \"poolgen-profile\", \"version\": 1}",
     "1:1: error: profile: \"runs\" is missing (byte 0)"},
    {"a profile that is cut off is told", HEAD RUN "\"columns\": [\"si",
     "3:16: error: the profile is cut off here (byte 146)"},
    {"a second profile in the file is told", HEAD "]}\n" HEAD "]}",
     "3:1: error: more follows the profile ('poolgen merge' joins profiles) (byte 57)"},
    {"bytes after the end are refused", HEAD "]}\377",
     "2:3: error: not JSON: unable to decode byte 0xff (byte 56)"},
    {"an unknown key is refused", HEAD RUN "\"sise\": 1}]}",
     "3:1: error: runs[0].sise: unknown key (byte 131)"},
    {"a duplicate key is refused", HEAD RUN "\"id\": \"y\"}]}",
     "3:1: error: not JSON: duplicate object key near '\"id\"' (byte 131)"},
    {"missing columns are told", HEAD RUN "\"sizes\": []}]}",
     "2:1: error: runs[0]: \"columns\" is missing (byte 54)"},
    {"an unknown column is refused",
     HEAD RUN "\"columns\": [\"size\", \"sighs\"], \"sizes\": []}]}",
     "3:21: error: runs[0].columns[1]: not a column of version 1 (byte 151)"},
    {"a column that comes twice is refused",
     HEAD RUN "\"columns\": [\"size\", \"size\"], \"sizes\": []}]}",
     "3:21: error: runs[0].columns[1]: a second column \"size\" (byte 151)"},
    {"a missing column of sizes is told", HEAD RUN "\"columns\": [\"peak\"], \"sizes\": []}]}",
     "3:12: error: runs[0].columns: the column \"size\" is missing (byte 142)"},
    {"a row that is too short is refused", HEAD RUN ROWS "[[8,1,5],[8,16]]}]}",
     "3:61: error: runs[0].sizes[1]: a list of 3 numbers is expected (byte 191)"},
    {"a negative number is refused", HEAD RUN ROWS "[[8,1,-5]]}]}",
     "3:58: error: runs[0].sizes[0][2]: -5 is not in 0..4611686018427387904 (byte 188)"},
    {"a fraction is refused", HEAD RUN ROWS "[[8.5,1,5]]}]}",
     "3:54: error: runs[0].sizes[0][0]: a whole number is expected (byte 184)"},
    {"a number past 64 bits is refused", HEAD RUN ROWS "[[8,1,99999999999999999999]]}]}",
     "3:58: error: not JSON: too big integer near '99999999999999999999' (byte 188)"},
    {"a count out of range is refused", HEAD RUN ROWS "[[8,1,4611686018427387904]]}]}",
     "3:53: error: runs[0].sizes[0]: a count of 4611686018427387904 is out of range (byte 183)"},
    {"an alignment that is no power of two is refused", HEAD RUN ROWS "[[8,3,5]]}]}",
     "3:53: error: runs[0].sizes[0]: the alignment 3 is not a power of two (byte 183)"},
    {"rows that do not ascend are refused", HEAD RUN ROWS "[[8,1,5],[8,1,2]]}]}",
     "3:61: error: runs[0].sizes[1]: rows must ascend by size and alignment (byte 191)"},
    {"a range that begins above its end is refused",
     HEAD RUN "\"columns\": [\"size\",\"from\"], \"sizes\": [[8,9]]}]}",
     "3:39: error: runs[0].sizes[0]: \"from\" is 9, above the size 8 (byte 169)"},
    {"a peak below what is live is refused",
     HEAD RUN "\"columns\": [\"size\",\"live\"], \"sizes\": [[8,9]]}]}",
     "3:39: error: runs[0].sizes[0]: the peak 0 is below the 9 blocks still live (byte 169)"},
    {"a realloc of a row that is missing is refused", HEAD RUN GOOD ", \"reallocs\": [[0,2,1]]}]}",
     "3:85: error: runs[0].reallocs[0]: there are only 2 rows (byte 215)"},
    {"a group's odd size is refused", HEAD RUN GOOD ", \"groups\": [[9,1]]}]}",
     "3:83: error: runs[0].groups[0]: a group's size is a multiple of 8 (byte 213)"},
    {"what is live of a group that is missing is refused",
     HEAD RUN GOOD ", \"groups\": [[8,1]], \"snapshots\": [{\"at\": 1, \"live\": "
                   "[1,4]}]}]}",
     "3:124: error: runs[0].snapshots[0].live[0]: 1 is not in 0..0 (byte 254)"},
    {"what is live of a group twice is refused",
     HEAD RUN GOOD ", \"groups\": [[8,1]], \"snapshots\": [{\"at\": 1, \"live\": "
                   "[0,4,0,4]}]}]}",
     "3:128: error: runs[0].snapshots[0].live[2]: a group above the one before and below 1 is "
     "expected "
     "(byte 258)"},
    {"snapshots that run back in time are refused",
     HEAD RUN GOOD ", \"snapshots\": [{\"at\": 2, \"live\": []}, "
                   "{\"at\": 1, \"live\": []}]}]}",
     "3:109: error: runs[0].snapshots[1]: snapshots must ascend in time (byte 239)"},
    {"a month that is none is refused",
     HEAD "{\"id\": \"x\", \"producer\": \"p\", \"command\": \"c\", \"date\": "
          "\"2024-13-01T00:00:00Z\"}]}",
     "2:54: error: runs[0].date: a date like 2024-05-01T12:00:00Z is expected (byte 107)"},
};

static void damage_is_found_at_its_byte(void **state)
{
    const struct damage_row *row = *state;
    struct run run;
    RUN_BEGIN(&run, "", 0);
    assert_null(parse(&run, row->source, strlen(row->source)));
    run.diag.source = NULL; /* the line is diag_print's to draw, and tested there */
    assert_string_equal(run_messages(&run),
                        arena_format(&run.arena, "%s:%s\n", run.diag.file, row->message));
    run_end(&run);
}

static void check_cut(const char *source, size_t cut, struct profile *before)
{
    struct run run;
    RUN_BEGIN(&run, "", 0);
    run.diag.source = arena_copy(&run.arena, source, cut);
    run.diag.source_length = cut;
    size_t count = before->count;
    assert_false(profile_parse(before, &run.diag));
    assert_int_equal(before->count, count);
    assert_int_equal(run.diag.errors, 1);
    if (strstr(run_messages(&run), cut == 0 ? "empty" : "cut off") == NULL)
        fail_msg("cut at %zu: %s", cut, run_messages(&run));
    run_end(&run);
}

/* Wherever a profile is cut it is refused, and what had been read before stays as it was. */
static void every_truncation_is_refused(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, "", 0);
    size_t length;
    const char *source = read_whole(&run.arena, SERVER, &length);
    struct profile *before = read_profile(&run, POOLS);
    for (size_t cut = 0; cut + 2 < length; cut++)
        check_cut(source, cut, before);
    run_end(&run);
}

static void check_flip(const char *source, size_t length)
{
    struct run run;
    RUN_BEGIN(&run, "", 0);
    struct profile *profile = parse(&run, source, length);
    if (profile != NULL) {
        const char *text = print(&run, profile);
        assert_non_null(parse(&run, text, strlen(text)));
    } else {
        assert_int_equal(run.diag.errors, 1);
    }
    run_end(&run);
}

/* Any byte changed to any of a few: refused or read, never a crash, and what is read can be written
   and read again. */
static void every_flip_is_survived(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, "", 0);
    size_t length;
    char *source = read_whole(&run.arena, SERVER, &length);
    static const char bytes[] = "0-9\"[{x\\\n";
    for (size_t at = 0; at < length; at++) {
        char good = source[at];
        for (size_t i = 0; i < sizeof bytes; i++) {
            source[at] = bytes[i];
            check_flip(source, length);
        }
        source[at] = good;
    }
    run_end(&run);
}

int main(void)
{
    TEST(writing_gives_what_was_read);
    TEST(reading_fills_every_member);
    TEST(missing_columns_have_defaults);
    TEST(merging_is_a_union);
    TEST(the_longer_of_one_run_stays);
    TEST(a_tie_is_broken_by_contents);
    TEST_ROWS(damage_rows, damage_is_found_at_its_byte);
    TEST(every_truncation_is_refused);
    TEST(every_flip_is_survived);
    return unit_run("profile");
}
