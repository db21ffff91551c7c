/* What an allocator emitted with `stats: profile` writes from inside is a profile, its figures are
   right, and a table can be tuned from it. */
#include "profile/profile.h"
#include "unit.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Where make built what is under test: this program's folder. */
static char folder[4096];

struct built {
    const char *threads; /* as in the table */
    const char *workers; /* threads of own_profile.c */
    uint64_t factor;     /* the same */
    uint64_t least_seen; /* blocks of the pool of 32 that some snapshot has live */
};

/* One thread's snapshots are exact. Of two, the last was taken at 8/9 of all bytes or later, when
   the other pools held at most 49,280 of 113,280. */
static const struct built none = {"none", "1", 1, 1000}, shared = {"shared", "2", 2, 1500};

static int run_words(const char *const *words)
{
    pid_t child = fork();
    if (child == 0) {
        execv(words[0], (char *const *)words);
        _exit(127);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* Runs the program on an allocator; it writes a profile to `path`. Returns its exit code. */
static int run_program(struct run *run, const struct built *built, const char *path)
{
    const char *words[] = {arena_format(&run->arena, "%s/own-%s/program", folder, built->threads),
                           built->workers, path, NULL};
    return run_words(words);
}

static const char *profile_path(struct run *run, const struct built *built)
{
    return arena_format(&run->arena, "%s/own-%s/profile.json", folder, built->threads);
}

static const struct profile_run *write_and_read(struct run *run, const struct built *built)
{
    const char *path = profile_path(run, built);
    assert_int_equal(run_program(run, built, path), 0);
    struct profile profile = {0};
    struct diag diag = {.arena = &run->arena, .file = path};
    if (!profile_load(path, &diag) || !profile_parse(&profile, &diag)) {
        diag_print(&diag, stderr, false);
        fail_msg("%s is no profile", path);
    }
    assert_int_equal(profile.count, 1);
    return profile.runs[0];
}

static void check_figures(const struct built *built)
{
    static const struct {
        uint64_t from, size, allocations, peak, live; /* of each thread of the program */
    } pools[] = {{0, 32, 1200, 1000, 800}, {33, 96, 150, 150, 0}, {97, 1024, 10, 10, 10}};
    struct run run;
    RUN_BEGIN(&run, "", 0);
    const struct profile_run *seen = write_and_read(&run, built);
    assert_string_equal(seen->command, "own");
    assert_in_range(seen->began, (uint64_t)time(NULL) - 60, (uint64_t)time(NULL) + 1);
    assert_int_equal(seen->row_count, 3);
    assert_int_equal(seen->group_count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(seen->rows[i].from, pools[i].from);
        assert_int_equal(seen->rows[i].size, pools[i].size);
        assert_int_equal(seen->rows[i].allocations, pools[i].allocations * built->factor);
        assert_int_equal(seen->rows[i].peak, pools[i].peak * built->factor);
        assert_int_equal(seen->rows[i].live, pools[i].live * built->factor);
        assert_int_equal(seen->groups[i].size, pools[i].size);
    }
    run_end(&run);
}

static uint64_t live_of(const struct profile_snapshot *snapshot, uint64_t group)
{
    for (size_t i = 0; i < snapshot->live_count; i++)
        if (snapshot->live[i].group == group)
            return snapshot->live[i].count;
    return 0;
}

static void check_snapshots(const struct built *built)
{
    struct run run;
    RUN_BEGIN(&run, "", 0);
    const struct profile_run *seen = write_and_read(&run, built);
    assert_in_range(seen->snapshot_count, 3, 64);
    uint64_t highest = 0, before = 0;
    for (size_t i = 0; i < seen->snapshot_count; i++) {
        uint64_t live = live_of(&seen->snapshots[i], 0);
        highest = live > highest ? live : highest;
        assert_true(seen->snapshots[i].at >= before);
        before = seen->snapshots[i].at;
    }
    assert_in_range(highest, built->least_seen, 1000 * built->factor);
    assert_true(before <= seen->duration);

    const struct profile_snapshot *last = &seen->snapshots[seen->snapshot_count - 1];
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(live_of(last, i), seen->rows[i].live);
    run_end(&run);
}

/* Tunes a table; it must be one that poolgen takes, with a block for every size up to 1024. */
static void check_tuning(const struct built *built)
{
    struct run run;
    RUN_BEGIN(&run, "", 0);
    const char *profile = profile_path(&run, built);
    const char *tuned = arena_format(&run.arena, "%s/own-%s/tuned.yaml", folder, built->threads);
    const char *poolgen = arena_format(&run.arena, "%s/../poolgen", folder);
    const char *const words[] = {poolgen, "tune", profile, "--headroom", "1", "-o", tuned, NULL};
    assert_int_equal(run_program(&run, built, profile), 0);
    assert_int_equal(run_words(words), 0);

    run.diag.file = tuned;
    run.diag.source = read_whole(&run.arena, tuned, &run.diag.source_length);
    const struct plan *plan = run_plan(&run);
    if (plan == NULL)
        fail_msg("%s", run_messages(&run));
    assert_int_equal(plan->pools[plan->pool_count - 1].size, 1024);
    assert_int_equal(plan->pools[plan->pool_count - 1].initial_count, 10 * built->factor);
    run_end(&run);
}

static void figures_of_one_thread_are_exact(void **state)
{
    (void)state;
    check_figures(&none);
}

static void figures_of_two_threads_are_exact(void **state)
{
    (void)state;
    check_figures(&shared);
}

static void one_thread_leaves_snapshots(void **state)
{
    (void)state;
    check_snapshots(&none);
}

static void two_threads_leave_snapshots(void **state)
{
    (void)state;
    check_snapshots(&shared);
}

static void a_table_is_tuned_from_one_thread(void **state)
{
    (void)state;
    check_tuning(&none);
}

static void a_table_is_tuned_from_two_threads(void **state)
{
    (void)state;
    check_tuning(&shared);
}

static void a_full_disk_is_told(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, "", 0);
    assert_int_equal(run_program(&run, &none, "/dev/full"), 3);
    assert_int_equal(run_program(&run, &shared, "/dev/full"), 3);
    run_end(&run);
}

int main(int argc, char **argv)
{
    (void)argc;
    const char *slash = strrchr(argv[0], '/');
    snprintf(folder, sizeof folder, "%.*s", slash == NULL ? 1 : (int)(slash - argv[0]),
             slash == NULL ? "." : argv[0]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_of_one_thread_are_exact),
        cmocka_unit_test(figures_of_two_threads_are_exact),
        cmocka_unit_test(one_thread_leaves_snapshots),
        cmocka_unit_test(two_threads_leave_snapshots),
        cmocka_unit_test(a_table_is_tuned_from_one_thread),
        cmocka_unit_test(a_table_is_tuned_from_two_threads),
        cmocka_unit_test(a_full_disk_is_told),
    };
    return run_all("own profile", tests, sizeof tests / sizeof tests[0]);
}
