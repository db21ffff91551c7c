/* Tuning: counts from peaks, quantiles, trends and budgets; and tables that poolgen itself takes.
 */
#include "command/subcommands.h"
#include "plan/plan.h"
#include "profile/tune.h"
#include "profiles.h"
#include "table/read.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A run that began `day` days after 1970, without rows or snapshots. */
static struct profile_run *add_run(struct run *run, struct profile *profile, int64_t day)
{
    struct profile_run *added = arena_alloc(&run->arena, sizeof *added);
    struct profile_run **runs = arena_alloc(&run->arena, (profile->count + 1) * sizeof *runs);
    if (profile->count > 0)
        memcpy(runs, profile->runs, profile->count * sizeof *runs);
    *added = (struct profile_run){.id = "x",
                                  .producer = "test",
                                  .command = "server",
                                  .date = "2024-05-01T00:00:00Z",
                                  .began = day * 86400};
    runs[profile->count++] = added;
    profile->runs = runs;
    return added;
}

/* Rows are added in ascending order of size. */
static void add_row(struct run *run, struct profile_run *to, uint64_t size, uint64_t alignment,
                    uint64_t peak)
{
    struct profile_row *rows = arena_alloc(&run->arena, (to->row_count + 1) * sizeof *rows);
    if (to->row_count > 0)
        memcpy(rows, to->rows, to->row_count * sizeof *rows);
    rows[to->row_count++] = (struct profile_row){.size = size,
                                                 .from = size,
                                                 .alignment = alignment,
                                                 .allocations = peak * 10,
                                                 .bytes = size * peak * 10,
                                                 .peak = peak};
    to->rows = rows;
}

static struct tuned *tune_with(struct run *run, struct profile *profile,
                               const struct tune_options *options)
{
    uint64_t least;
    return tune(&run->arena, demand_gather(&run->arena, profile), options, &least);
}

/* ---- peaks of groups */

/* 24 and 40 bytes stood at 390 + 100 and at 120 + 295, never at 400 + 300. */
static void a_group_peaks_when_its_sum_does(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, "", 0);
    const uint64_t sizes[] = {48, 1024, 8192};
    uint64_t peaks[3];
    struct profile_run *server = read_profile(&run, SERVER)->runs[0];
    demand_peaks(&run.arena, server, sizes, 3, peaks);
    assert_int_equal(peaks[0], 490);
    assert_int_equal(peaks[1], 110); /* 90 + 20: the rows' own peaks are 100, 60 and 12 */
    assert_int_equal(peaks[2], 16);
    server->snapshot_count = 0;
    demand_peaks(&run.arena, server, sizes, 3, peaks);
    assert_int_equal(peaks[0], 700);
    run_end(&run);
}

/* A row's own peak is exact even if no snapshot was taken just then. */
static void a_row_peaks_between_snapshots(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, "", 0);
    const uint64_t sizes[] = {24, 8192};
    uint64_t peaks[2];
    demand_peaks(&run.arena, read_profile(&run, SERVER)->runs[0], sizes, 2, peaks);
    assert_int_equal(peaks[0], 400);
    run_end(&run);
}

static void live_blocks_go_to_the_pool_that_serves_them(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, "", 0);
    const uint64_t sizes[] = {48, 208, 256, 1008};
    uint64_t live[5];
    const struct profile_run *server = read_profile(&run, SERVER)->runs[0];
    demand_live(server, &server->snapshots[2], sizes, 4, live);
    assert_int_equal(live[0], 120 + 295);
    assert_int_equal(live[1], 10);
    assert_int_equal(live[2], 58); /* 200 bytes at 128 skip the pool of 208 */
    assert_int_equal(live[3], 12);
    assert_int_equal(live[4], 16 + 2); /* 8192 and beyond */
    run_end(&run);
}

/* ---- counts */

static void counts_hold_the_quantile_of_runs(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, "", 0);
    struct profile profile = {0};
    for (uint64_t i = 0; i < 100; i++)
        add_row(&run, add_run(&run, &profile, 1), 64, 1, (i * 37) % 100 + 1);
    struct tune_options options = tune_defaults;
    const struct {
        double quantile, headroom;
        uint64_t count;
        size_t growing;
    } cases[] = {{0.99, 1, 99, 1},  {0.5, 1, 50, 50}, {1, 1, 100, 0},    {0, 1, 1, 99},
                 {0.9, 1.1, 99, 1}, {0.5, 2, 100, 0}, {0.01, 0.1, 1, 99}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        options.quantile = cases[i].quantile;
        options.headroom = cases[i].headroom;
        const struct tuned *tuned = tune_with(&run, &profile, &options);
        assert_int_equal(tuned->count, 1);
        assert_int_equal(tuned->pools[0].count, cases[i].count);
        assert_int_equal(tuned->pools[0].growing, cases[i].growing);
        assert_int_equal(tuned->pools[0].highest, 100);
    }
    run_end(&run);
}

static void rising_days_are_followed(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t count;
        int64_t day[6];
        uint64_t peak[6];
        uint64_t trend, wanted;
    } cases[] = {
        {"rising", 4, {0, 1, 2, 3}, {100, 200, 300, 400}, 500, 500},
        {"gaps", 3, {0, 10, 20}, {100, 200, 300}, 400, 400},
        {"flat", 4, {0, 1, 2, 3}, {50, 50, 50, 50}, 0, 50},
        {"falling", 3, {0, 1, 2}, {90, 60, 30}, 0, 90},
        {"two-days", 4, {0, 0, 1, 1}, {1, 2, 300, 400}, 0, 400},
        {"one-odd-day", 6, {0, 1, 2, 3, 4, 5}, {100, 110, 900, 130, 140, 150}, 160, 900},
        {"at-most-twice", 3, {0, 1, 2}, {1, 2, 1000}, 1499, 1499},
        {"highest-of-a-day", 6, {0, 0, 1, 1, 2, 2}, {5, 100, 7, 200, 9, 300}, 400, 400},
    };
    struct run run;
    RUN_BEGIN(&run, "", 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct profile profile = {0};
        for (size_t r = 0; r < cases[i].count; r++)
            add_row(&run, add_run(&run, &profile, 19000 + cases[i].day[r]), 64, 1,
                    cases[i].peak[r]);
        struct tune_options options = tune_defaults;
        options.headroom = 1;
        options.quantile = 1;
        const struct tuned_pool *pool = tune_with(&run, &profile, &options)->pools;
        if (pool->trend != cases[i].trend || pool->count != cases[i].wanted)
            fail_msg("%s: trend %llu, count %llu", cases[i].name, (unsigned long long)pool->trend,
                     (unsigned long long)pool->count);
    }
    run_end(&run);
}

/* ---- the budget */

/* Two pools of one size of block each, seen ten times: `usual` blocks, and once `rare` more. */
static struct profile *seen_ten_times(struct run *run, uint64_t small, uint64_t large,
                                      const uint64_t usual[2], const uint64_t rare[2])
{
    struct profile *profile = arena_alloc(&run->arena, sizeof *profile);
    struct profile_run *only = add_run(run, profile, 1);
    add_row(run, only, small, 1, usual[0] + rare[0]);
    add_row(run, only, large, 1, usual[1] + rare[1]);
    only->group_count = 2;
    only->groups = arena_alloc(&run->arena, 2 * sizeof *only->groups);
    only->groups[0] = (struct profile_group){small, 1};
    only->groups[1] = (struct profile_group){large, 1};
    only->snapshot_count = 10;
    only->snapshots = arena_alloc(&run->arena, 10 * sizeof *only->snapshots);
    for (size_t i = 0; i < 10; i++) {
        struct profile_live *live = arena_alloc(&run->arena, 2 * sizeof *live);
        live[0] = (struct profile_live){0, usual[0] + (i == 4 ? rare[0] : 0)};
        live[1] = (struct profile_live){1, usual[1] + (i == 4 ? rare[1] : 0)};
        only->snapshots[i] = (struct profile_snapshot){i, live, 2};
    }
    return profile;
}

static void budget_drops_what_is_used_least(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint64_t sizes[2], usual[2], rare[2], budget, counts[2];
    } cases[] = {
        {"fits", {64, 128}, {10, 10}, {0, 0}, 1920, {10, 10}},
        {"rare-blocks-first", {64, 128}, {10, 10}, {90, 0}, 1920, {10, 10}},
        {"only-as-many-as-needed", {64, 128}, {10, 10}, {90, 0}, 1920 + 640, {20, 10}},
        {"large-blocks-first-when-used-alike", {64, 128}, {10, 10}, {0, 0}, 1280, {10, 5}},
        {"rare-small-before-common-large", {64, 128}, {10, 10}, {10, 0}, 1920, {10, 10}},
        {"rare-large-before-rare-small", {64, 128}, {10, 10}, {10, 10}, 2560, {20, 10}},
        {"one-of-each-stays", {64, 128}, {10, 10}, {0, 0}, 192, {1, 1}},
    };
    struct run run;
    RUN_BEGIN(&run, "", 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tune_options options = tune_defaults;
        options.headroom = 1;
        options.pool_cost = 0;
        options.budget = cases[i].budget;
        struct profile *profile = seen_ten_times(&run, cases[i].sizes[0], cases[i].sizes[1],
                                                 cases[i].usual, cases[i].rare);
        const struct tuned *tuned = tune_with(&run, profile, &options);
        assert_int_equal(tuned->count, 2);
        if (tuned->pools[0].count != cases[i].counts[0] ||
            tuned->pools[1].count != cases[i].counts[1])
            fail_msg("%s: %llu and %llu", cases[i].name, (unsigned long long)tuned->pools[0].count,
                     (unsigned long long)tuned->pools[1].count);
    }
    run_end(&run);
}

static void every_budget_is_kept(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, "", 0);
    struct profile *profile = read_profile(&run, SERVER);
    const struct demand *demand = demand_gather(&run.arena, profile);
    struct tune_options options = tune_defaults;
    uint64_t least = 0, refused = 0;
    for (options.budget = 1; options.budget < 300000; options.budget += 997) {
        const struct tuned *tuned = tune(&run.arena, demand, &options, &least);
        if (tuned == NULL) {
            assert_true(least > options.budget);
            refused++;
            continue;
        }
        uint64_t bytes = 0;
        for (size_t i = 0; i < tuned->count; i++) {
            assert_true(tuned->pools[i].count >= 1);
            assert_true(tuned->pools[i].count <= tuned->pools[i].wanted);
            bytes += tuned->pools[i].count * tuned->pools[i].size;
        }
        assert_int_equal(bytes, tuned->bytes);
        assert_true(bytes <= options.budget);
    }
    assert_true(refused > 0);
    run_end(&run);
}

/* ---- sizes */

static void a_dearer_pool_must_save_more(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, "", 0);
    const struct demand *demand = demand_gather(&run.arena, read_profile(&run, SERVER));
    struct tune_options options = tune_defaults;
    uint64_t least;
    size_t before = SIZE_MAX;
    for (options.pool_cost = 0; options.pool_cost < 100000000;
         options.pool_cost = options.pool_cost * 4 + 16) {
        const struct tuned *tuned = tune(&run.arena, demand, &options, &least);
        assert_true(tuned->count <= before);
        before = tuned->count;
    }
    assert_int_equal(before, 1);
    options.pools = 4;
    assert_int_equal(tune(&run.arena, demand, &options, &least)->count, 4);
    run_end(&run);
}

/* Rows of 64 bytes are many at a time, rows of 96 are asked for often. */
static void weights_are_what_was_asked(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, "", 0);
    struct profile profile = {0};
    struct profile_run *only = add_run(&run, &profile, 1);
    add_row(&run, only, 64, 1, 1000);
    add_row(&run, only, 96, 1, 10);
    add_row(&run, only, 128, 1, 10);
    only->rows[0].allocations = 1000;
    only->rows[0].bytes = 64000;
    only->rows[1].allocations = 1000000;
    only->rows[1].bytes = 96000000;
    struct tune_options options = tune_defaults;
    options.pools = 2;
    assert_int_equal(tune_with(&run, &profile, &options)->sizes[0], 64);
    options.aim = AIM_ALLOCATIONS;
    assert_int_equal(tune_with(&run, &profile, &options)->sizes[0], 96);
    run_end(&run);
}

/* Least memory is what the table says it is, and no more than the least rounding needs. */
static void memory_is_what_was_asked(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, "", 0);
    static const char *const paths[] = {SERVER, POOLS};
    for (size_t p = 0; p < 2; p++) {
        const struct demand *demand = demand_gather(&run.arena, read_profile(&run, paths[p]));
        struct tune_options options = tune_defaults;
        uint64_t least;
        for (options.pools = 1; options.pools <= 6; options.pools++) {
            options.aim = AIM_PEAK;
            const struct tuned *rounding = tune(&run.arena, demand, &options, &least);
            options.aim = AIM_MEMORY;
            const struct tuned *memory = tune(&run.arena, demand, &options, &least);
            double blocks = 0;
            for (size_t i = 0; i < memory->count; i++)
                blocks += (double)memory->pools[i].highest * (double)memory->sizes[i];
            assert_true(memory->held == blocks);
            assert_true((double)memory->choices.best[memory->count - 1].lost == blocks);
            assert_true(memory->held <= rounding->held);
        }
    }
    run_end(&run);
}

/* A hundred sizes that stand in for one another, ten blocks at a time, must not outweigh one size
   that really has fifty. */
static void sizes_that_share_a_peak_share_a_weight(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, "", 0);
    struct profile profile = {0};
    struct profile_run *only = add_run(&run, &profile, 1);
    add_row(&run, only, 64, 1, 50);
    for (uint64_t size = 1032; size < 1832; size += 8)
        add_row(&run, only, size, 1, 5);
    only->group_count = only->row_count;
    only->groups = arena_alloc(&run.arena, only->group_count * sizeof *only->groups);
    for (size_t i = 0; i < only->row_count; i++)
        only->groups[i] = (struct profile_group){only->rows[i].size, 1};
    struct profile_live live[] = {{0, 50}, {17, 4}, {60, 6}};
    struct profile_snapshot snapshot = {1, live, 3};
    only->snapshot_count = 1;
    only->snapshots = &snapshot;

    const struct demand *demand = demand_gather(&run.arena, &profile);
    double held = 0;
    assert_float_equal(demand->rows[0].held, 50, 1e-9);
    for (size_t i = 1; i < demand->row_count; i++)
        held += demand->rows[i].held;
    assert_float_equal(held, 10, 1e-9);
    only->snapshot_count = 0; /* nobody looked: they may all have stood together */
    assert_float_equal(demand_gather(&run.arena, &profile)->rows[1].held, 5, 1e-9);
    run_end(&run);
}

static void nothing_to_pool_is_no_pools(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, "", 0);
    struct profile profile = {0};
    struct profile_run *only = add_run(&run, &profile, 1);
    add_row(&run, only, 100000, 1, 5);
    assert_int_equal(tune_with(&run, &profile, &tune_defaults)->count, 0);
    run_end(&run);
}

/* ---- the table */

#define TABLE "build/test-tune.yaml"

/* Runs `poolgen tune` and reads its table as poolgen would. */
static struct plan *tune_file(struct run *run, const char *const *words, size_t count)
{
    char *argv[16] = {"tune"};
    int argc = 1;
    for (size_t i = 0; i < count; i++)
        argv[argc++] = arena_copy(&run->arena, words[i], strlen(words[i]));
    argv[argc++] = "-o";
    argv[argc++] = TABLE;
    mkdir("build", 0777);
    assert_int_equal(subcommand_tune(&run->arena, argc, argv), 0);
    size_t length;
    run->diag.source = read_whole(&run->arena, TABLE, &length);
    run->diag.source_length = length;
    unlink(TABLE);
    struct table *table = run_table(run, NULL);
    assert_string_equal(run_messages(run), "");
    struct plan *plan = plan_table(&run->arena, table, &run->diag);
    assert_non_null(plan);
    return plan;
}

/* Every recorded row that may be pooled has a pool; so has every alignment. */
static void poolgen_takes_the_table(void **state)
{
    (void)state;
    static const char *const calls[][5] = {{SERVER},
                                           {SERVER, "--align", "8"},
                                           {SERVER, "--align", "64", "--pools", "3"},
                                           {SERVER, "--budget", "32KiB"},
                                           {SERVER, "--largest", "8KiB", "--weigh", "allocations"},
                                           {SERVER, "--weigh", "memory"},
                                           {SERVER, "--weigh", "memory", "--align", "64"}};
    struct run run;
    RUN_BEGIN(&run, "", 0);
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        size_t words = 0;
        while (words < 5 && calls[i][words] != NULL)
            words++;
        const struct plan *plan = tune_file(&run, calls[i], words);
        assert_string_equal(plan->table->name, "server");
        assert_int_equal(plan->largest, 8192);
        uint64_t sizes[64];
        for (size_t p = 0; p < plan->pool_count; p++)
            sizes[p] = plan->pools[p].size;
        assert_true(sizes_serving(sizes, plan->pool_count, 200, 128) < plan->pool_count);
        assert_true(plan_aligned(plan, 0, 128) < plan->pool_count);
    }
    run_end(&run);
}

/* What three threads' caches may keep, two can have while the third needs all that was seen. */
static void counts_allow_for_caches(void **state)
{
    (void)state;
    static const char *const alone[] = {SERVER}, *const three[] = {SERVER, "--threads", "3"};
    struct run run;
    RUN_BEGIN(&run, "", 0);
    const struct plan *one = tune_file(&run, alone, 1), *all = tune_file(&run, three, 3);
    assert_int_equal(one->pool_count, all->pool_count);
    for (size_t i = 0; i < one->pool_count; i++) {
        assert_int_equal(one->pools[i].size, all->pools[i].size);
        assert_int_equal(all->pools[i].initial_count,
                         one->pools[i].initial_count + 2 * all->pools[i].cached);
    }
    run_end(&run);
}

/* Where sizes come in turn, the table says that it could take less memory, and how. */
static void leaner_choices_are_told(void **state)
{
    (void)state;
    static const char turns[] =
        "{\"format\": \"poolgen-profile\", \"version\": 1, \"runs\": [{\"id\": \"1\", "
        "\"producer\": \"t\",\n"
        "\"date\": \"2024-05-01T12:00:00Z\", \"command\": \"turns\", \"pid\": 1, \"duration\": 9,\n"
        "\"columns\": [\"size\", \"from\", \"alignment\", \"allocations\", \"bytes\", \"peak\", "
        "\"live\", "
        "\"remote_frees\", \"zeroed\"],\n"
        "\"sizes\": [[600,600,1,900,540000,900,0,0,0], [1000,1000,1,900,900000,900,0,0,0]],\n"
        "\"groups\": [[600,1], [1000,1]],\n"
        "\"snapshots\": [{\"at\": 1, \"live\": [0,900]}, {\"at\": 2, \"live\": [1,900]}]}]}\n";
    static const char path[] = "build/test-tune-turns.json";
    static const char *const words[] = {path}, *const lean[] = {path, "--weigh", "memory"};
    static const char said[] = "their blocks take 1.39 MiB;\n"
                               "#           chosen by --weigh memory, 1 pool would take 886 KiB.\n";
    struct run run;
    RUN_BEGIN(&run, "", 0);
    mkdir("build", 0777);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(turns, file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(tune_file(&run, words, 1)->pool_count, 2);
    assert_non_null(strstr(run.diag.source, said));
    assert_int_equal(tune_file(&run, lean, 3)->pool_count, 1);
    assert_non_null(strstr(run.diag.source, "their blocks take 886 KiB.\n"));
    unlink(path);
    run_end(&run);
}

/* The flagship's sizes, 11 of them, against as many that were tuned: at most half is lost. */
static void a_tuned_table_loses_half_of_the_flagship(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, "", 0);
    const struct demand *demand = demand_gather(&run.arena, read_profile(&run, SERVER));
    size_t count;
    const uint64_t *powers = tune_powers(&run.arena, 8192, &count);
    assert_int_equal(count, 11);
    struct tune_options options = tune_defaults;
    options.pools = count;
    options.alignment = 8;
    uint64_t least;
    const struct tuned *tuned = tune(&run.arena, demand, &options, &least);
    assert_true(tuned->loss.lost * 2 <= demand_loss(demand, powers, count).lost);
    run_end(&run);
}

#define NAMED "build/test-tune.json"

/* Tunes the server's profile as if it were of another command. */
static struct plan *tune_as(struct run *run, const char *command)
{
    static const char *const words[] = {NAMED};
    struct profile *profile = read_profile(run, SERVER);
    profile->runs[0]->command = command;
    struct text text = {.arena = &run->arena};
    profile_print(&text, profile);
    mkdir("build", 0777);
    FILE *file = fopen(NAMED, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text.data, 1, text.length, file), text.length);
    assert_int_equal(fclose(file), 0);
    struct plan *plan = tune_file(run, words, 1);
    unlink(NAMED);
    return plan;
}

static void names_come_from_the_command(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"python3.11", "python3_11"},
        {"Xorg", "xorg"},
        {"7z", "tuned"},
        {"int", "tuned"},
        {"a-name-that-is-much-too-long-for-a-table", "a_name_that_is_much_too_long_fo"}};
    struct run run;
    RUN_BEGIN(&run, "", 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(tune_as(&run, cases[i][0])->table->name, cases[i][1]);
    run_end(&run);
}

/* Whatever a command is called, the table is valid and means what was tuned. */
static void a_command_cannot_write_into_the_table(void **state)
{
    (void)state;
    static const char *const commands[] = {
        "srv\npools: [{size: 8, initial_count: 1}]\nthreads: none #",
        "srv\rthreads: none",
        "srv\xc2\x85threads: none",     /* next line */
        "srv\xe2\x80\xa8threads: none", /* line separator */
        "srv\xe2\x80\xa9threads: none", /* paragraph separator */
        "srv\033[2J",
        "srv\x07\x7f\xc2\x9b",
        "srv\xef\xbb\xbf\xef\xbf\xbe\xef\xbf\xbf", /* byte order mark, no characters */
        "srv\xe2\x80\xae",                         /* right-to-left override */
        "srv @name@ %s //%end"};
    struct run run;
    RUN_BEGIN(&run, "", 0);
    const struct plan *expected = tune_as(&run, "srv");
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        const struct plan *plan = tune_as(&run, commands[i]);
        assert_int_equal(plan->table->threads, expected->table->threads);
        assert_int_equal(plan->pool_count, expected->pool_count);
        for (size_t pool = 0; pool < plan->pool_count; pool++) {
            assert_int_equal(plan->pools[pool].size, expected->pools[pool].size);
            assert_int_equal(plan->pools[pool].initial_count, expected->pools[pool].initial_count);
        }
        assert_int_equal(strncmp(plan->table->name, "srv", 3), 0);
    }
    run_end(&run);
}

static void wrong_calls_are_refused(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, "", 0);
    static const char *const calls[][4] = {{NULL},
                                           {SERVER, "--pools", "0"},
                                           {SERVER, "--pools", "1O"},
                                           {SERVER, "--align", "24"},
                                           {SERVER, "--quantile", "1.5"},
                                           {SERVER, "--headroom", "nan"},
                                           {SERVER, "--budget"},
                                           {SERVER, "--bugdet", "1MiB"},
                                           {SERVER, "--weigh", "heavy"},
                                           {SERVER, "--name", "int"}};
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        char *argv[6] = {"tune"};
        int argc = 1;
        while (argc < 5 && calls[i][argc - 1] != NULL) {
            argv[argc] = strdup(calls[i][argc - 1]);
            argc++;
        }
        assert_int_equal(subcommand_tune(&run.arena, argc, argv), 2);
        for (int word = 1; word < argc; word++)
            free(argv[word]);
    }
    char *missing[] = {"tune", "tests/profiles/none.json", NULL};
    assert_int_equal(subcommand_tune(&run.arena, 2, missing), 1);
    char *foreign[] = {"tune", "configs/tokio.yaml", NULL};
    assert_int_equal(subcommand_tune(&run.arena, 2, foreign), 1);
    char *poor[] = {"tune", SERVER, "--budget", "100", NULL};
    assert_int_equal(subcommand_tune(&run.arena, 4, poor), 1);
    run_end(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_group_peaks_when_its_sum_does),
        cmocka_unit_test(a_row_peaks_between_snapshots),
        cmocka_unit_test(live_blocks_go_to_the_pool_that_serves_them),
        cmocka_unit_test(counts_hold_the_quantile_of_runs),
        cmocka_unit_test(rising_days_are_followed),
        cmocka_unit_test(budget_drops_what_is_used_least),
        cmocka_unit_test(every_budget_is_kept),
        cmocka_unit_test(a_dearer_pool_must_save_more),
        cmocka_unit_test(weights_are_what_was_asked),
        cmocka_unit_test(memory_is_what_was_asked),
        cmocka_unit_test(sizes_that_share_a_peak_share_a_weight),
        cmocka_unit_test(nothing_to_pool_is_no_pools),
        cmocka_unit_test(poolgen_takes_the_table),
        cmocka_unit_test(counts_allow_for_caches),
        cmocka_unit_test(leaner_choices_are_told),
        cmocka_unit_test(a_tuned_table_loses_half_of_the_flagship),
        cmocka_unit_test(names_come_from_the_command),
        cmocka_unit_test(a_command_cannot_write_into_the_table),
        cmocka_unit_test(wrong_calls_are_refused),
    };
    return run_all("tune", tests, sizeof tests / sizeof tests[0]);
}
