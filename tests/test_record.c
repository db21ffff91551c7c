/* The recorder, from outside: programs run under `poolgen record`, and their profiles are read. */
#include "profile/profile.h"
#include "unit.h"
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FOLDER  "build/test-record"
#define PROFILE FOLDER "/p.json"

/* Where make built what is under test: beside this program's folder. */
static char poolgen[4096], recorded[4096], other_malloc[4096];

static void find_programs(const char *self)
{
    const char *slash = strrchr(self, '/');
    int folder = slash == NULL ? 0 : (int)(slash - self);
    snprintf(poolgen, sizeof poolgen, "%.*s/../poolgen", folder, self);
    snprintf(recorded, sizeof recorded, "%.*s/recorded", folder, self);
    snprintf(other_malloc, sizeof other_malloc, "%.*s/../preload/libpoolmalloc.so", folder, self);
}

static void empty_folder(void)
{
    mkdir("build", 0777);
    mkdir(FOLDER, 0777);
    DIR *folder = opendir(FOLDER);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", FOLDER, entry->d_name);
        if (entry->d_name[0] != '.')
            unlink(path);
    }
    closedir(folder);
}

/* Runs words under the recorder, or plainly; the output goes to `output` if that is given. Returns
   what waitpid says. */
static int run_words(const char *const *words, bool under_recorder, const char *output)
{
    const char *argv[32] = {poolgen, "record", "-o", PROFILE, "--interval", "0.05", "--"};
    size_t count = under_recorder ? 7 : 0;
    for (size_t i = 0; words[i] != NULL; i++)
        argv[count++] = words[i];
    argv[count] = NULL;
    pid_t child = fork();
    if (child == 0) {
        int file = output == NULL ? -1 : open(output, O_WRONLY | O_CREAT | O_TRUNC, 0666);
        if (file >= 0)
            dup2(file, STDOUT_FILENO);
        execvp(argv[0], (char *const *)argv);
        _exit(127);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static int record_word(const char *word)
{
    const char *const words[] = {recorded, word, PROFILE, NULL};
    empty_folder();
    return run_words(words, true, NULL);
}

/* The same with another malloc preloaded behind the recorder. */
static int record_word_on_other(const char *word)
{
    const char *const words[] = {"/bin/sh",    "-c",     "LD_PRELOAD=$LD_PRELOAD:$0 exec \"$@\"",
                                 other_malloc, recorded, word,
                                 NULL};
    empty_folder();
    return run_words(words, true, NULL);
}

static struct profile_run *read_run(struct run *run, const char *path)
{
    struct profile profile = {0};
    struct diag diag = {.arena = &run->arena, .file = path};
    if (!profile_load(path, &diag) || !profile_parse(&profile, &diag)) {
        diag_print(&diag, stderr, false);
        fail_msg("%s is no profile", path);
    }
    assert_int_equal(profile.count, 1);
    return profile.runs[0];
}

/* The row of a size and alignment; one of zeros if there is none. */
static struct profile_row row_of(const struct profile_run *run, uint64_t size, uint64_t alignment)
{
    for (size_t i = 0; i < run->row_count; i++)
        if (run->rows[i].size == size && run->rows[i].alignment == alignment)
            return run->rows[i];
    return (struct profile_row){.size = size};
}

/* Most blocks that any snapshot has live of groups from `least` to `most` bytes. */
static uint64_t highest(const struct profile_run *run, uint64_t least, uint64_t most)
{
    uint64_t high = 0;
    for (size_t i = 0; i < run->snapshot_count; i++) {
        uint64_t live = 0;
        for (size_t l = 0; l < run->snapshots[i].live_count; l++) {
            const struct profile_live *entry = &run->snapshots[i].live[l];
            uint64_t size = run->groups[entry->group].size;
            if (size >= least && size <= most)
                live += entry->count;
        }
        high = live > high ? live : high;
    }
    return high;
}

/* ---- counts */

static void counts_are_exact(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, "", 0);
    assert_int_equal(record_word("count"), 0);
    const struct profile_run *seen = read_run(&run, PROFILE);
    assert_string_equal(seen->command, "recorded");
    assert_int_equal(seen->uncounted_allocations, 0);

    struct profile_row row = row_of(seen, 1001, 1);
    assert_int_equal(row.allocations, 1000);
    assert_int_equal(row.bytes, 1001000);
    assert_int_equal(row.peak, 1000);
    assert_int_equal(row.live, 600);
    assert_int_equal(row.remote_frees, 0);
    row = row_of(seen, 2103, 1);
    assert_int_equal(row.allocations, 10);
    assert_int_equal(row.zeroed, 10);
    row = row_of(seen, 2003, 128);
    assert_int_equal(row.peak, 5);
    assert_int_equal(row_of(seen, 12288, 4096).live, 1);
    assert_int_equal(row_of(seen, 0, 1).allocations, 1);

    row = row_of(seen, 3001, 1);
    assert_int_equal(row.allocations, 7);
    assert_int_equal(row.peak, 1);
    assert_int_equal(row.live, 0);
    assert_int_equal(row_of(seen, 5003, 1).live, 7);
    uint64_t reallocs = 0;
    for (size_t i = 0; i < seen->realloc_count; i++)
        if (seen->rows[seen->reallocs[i].from].size == 3001 &&
            seen->rows[seen->reallocs[i].to].size == 5003)
            reallocs += seen->reallocs[i].count;
    assert_int_equal(reallocs, 7);

    row = row_of(seen, 106496, 1); /* the eighth of a doubling that holds 100,000 */
    assert_int_equal(row.from, 98305);
    assert_int_equal(row.bytes, 100000);
    run_end(&run);
}

static void groups_peak_when_their_sum_does(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, "", 0);
    assert_int_equal(record_word("alternate"), 0);
    const struct profile_run *seen = read_run(&run, PROFILE);
    assert_int_equal(row_of(seen, 3001, 1).peak, 5000);
    assert_int_equal(row_of(seen, 3003, 1).peak, 5000);
    uint64_t both = highest(seen, 3000, 3008);
    assert_in_range(both, 4600, 5000); /* a snapshot at least for each sixteenth of growth */
    run_end(&run);
}

static void many_sizes_are_seen_together(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, "", 0);
    assert_int_equal(record_word("scatter"), 0);
    const struct profile_run *seen = read_run(&run, PROFILE);
    assert_int_equal(row_of(seen, 2200, 1).peak, 1);
    assert_in_range(highest(seen, 2100, 2400), 250, 300);
    assert_in_range(seen->snapshot_count, 2, 64);
    run_end(&run);
}

/* ---- threads */

static void check_frees_of_other_threads(int status)
{
    struct run run;
    RUN_BEGIN(&run, "", 0);
    assert_int_equal(status, 0);
    const struct profile_run *seen = read_run(&run, PROFILE);
    assert_in_range(seen->threads, 2, 5); /* main and four; some may end before others begin */
    struct profile_row row = row_of(seen, 1501, 1);
    assert_int_equal(row.allocations, 40000);
    assert_int_equal(row.remote_frees, 40000);
    assert_int_equal(row.live, 0);
    assert_in_range(row.peak, 40000 - 3 * 8, 40000);
    run_end(&run);
}

static void other_threads_frees_are_told_apart(void **state)
{
    (void)state;
    check_frees_of_other_threads(record_word("pass-to-main"));
}

/* Where addresses are limited, and words of the side table short. */
static void other_threads_frees_are_told_apart_in_few_addresses(void **state)
{
    (void)state;
    const char *const words[] = {
        "/bin/sh", "-c", "ulimit -v 1100000 && exec \"$@\"", "sh", recorded, "pass-to-main", NULL};
    empty_folder();
    check_frees_of_other_threads(run_words(words, true, NULL));
}

static void short_threads_are_all_counted(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, "", 0);
    assert_int_equal(record_word("churn"), 0);
    struct profile_row row = row_of(read_run(&run, PROFILE), 1701, 1);
    assert_int_equal(row.allocations, 2000);
    assert_int_equal(row.live, 0);
    assert_int_equal(row.remote_frees, 0);
    run_end(&run);
}

/* ---- processes and signals */

/* The profile of the one other process. */
static struct profile_run *read_child(struct run *run)
{
    struct profile_run *child = NULL;
    DIR *folder = opendir(FOLDER);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] == '.' || strcmp(entry->d_name, "p.json") == 0)
            continue;
        assert_null(child);
        child = read_run(run, arena_format(&run->arena, "%s/%s", FOLDER, entry->d_name));
    }
    closedir(folder);
    assert_non_null(child);
    return child;
}

static void check_fork(const char *word)
{
    struct run run;
    RUN_BEGIN(&run, "", 0);
    assert_int_equal(record_word(word), 0);
    const struct profile_run *parent = read_run(&run, PROFILE), *child = read_child(&run);
    assert_int_equal(row_of(parent, 1301, 1).live, 100);
    assert_int_equal(row_of(parent, 1303, 1).allocations, 0);
    assert_int_equal(row_of(child, 1301, 1).allocations, 0); /* the parent's doing */
    assert_int_equal(row_of(child, 1301, 1).peak, 100);
    assert_int_equal(row_of(child, 1301, 1).live, 70);
    assert_int_equal(row_of(child, 1303, 1).allocations, 7);
    assert_string_not_equal(parent->id, child->id);
    assert_int_not_equal(parent->pid, child->pid);
    run_end(&run);
}

static void a_forked_child_has_its_own_profile(void **state)
{
    (void)state;
    check_fork("fork");
}

static void fork_amid_threads_is_survived(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++)
        check_fork("fork-threaded");
}

static void sigusr1_writes_what_there_is(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, "", 0);
    assert_int_equal(record_word("signal-self"), 0);
    const struct profile_run *early = read_run(&run, PROFILE ".early");
    const struct profile_run *late = read_run(&run, PROFILE);
    assert_int_equal(row_of(early, 1901, 1).allocations, 1);
    assert_int_equal(row_of(late, 1901, 1).allocations, 2);
    assert_string_equal(early->id, late->id);
    assert_true(late->duration >= early->duration);
    run_end(&run);
}

static void a_stopped_program_leaves_its_profile(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, "", 0);
    void (*const before)(int) =
        signal(SIGHUP, SIG_DFL); /* a program begins with what its parent ignores */
    int status = record_word("be-stopped");
    signal(SIGHUP, before);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGTERM);
    assert_int_equal(row_of(read_run(&run, PROFILE), 1901, 1).live, 1);
    run_end(&run);
}

/* ---- blocks */

static void promises_of_malloc_are_kept(void **state)
{
    (void)state;
    assert_int_equal(record_word("keep-promises"), 0);
    struct run run;
    RUN_BEGIN(&run, "", 0);
    assert_int_equal(read_run(&run, PROFILE)->unknown_frees, 2); /* the foreign ones */
    run_end(&run);
}

/* Threads pass blocks on, resize and free them, by every function: none is spoilt, none is lost. */
static void check_mix(int status)
{
    struct run run;
    RUN_BEGIN(&run, "", 0);
    assert_int_equal(status, 0);
    const struct profile_run *seen = read_run(&run, PROFILE);
    uint64_t allocations = 0;
    for (size_t i = 0; i < seen->row_count; i++) {
        const struct profile_row *row = &seen->rows[i];
        if (row->size < 9001 || row->size == 12288)
            continue;
        allocations += row->allocations;
        if (row->live != 0)
            fail_msg("%llu blocks of %llu bytes are live", (unsigned long long)row->live,
                     (unsigned long long)row->size);
    }
    assert_true(allocations >= 80000);
    assert_int_equal(seen->unknown_frees, 0);
    run_end(&run);
}

static void blocks_survive_a_mix_of_calls(void **state)
{
    (void)state;
    check_mix(record_word("mix"));
}

static int exit_code(int status)
{
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void another_malloc_still_serves(void **state)
{
    (void)state;
    assert_int_equal(exit_code(record_word("who-serves")), 2);
    assert_int_equal(exit_code(record_word_on_other("who-serves")), 3);
    check_mix(record_word_on_other("mix"));
    struct run run;
    RUN_BEGIN(&run, "", 0);
    assert_int_equal(record_word_on_other("count"), 0);
    struct profile_row row = row_of(read_run(&run, PROFILE), 1001, 1);
    assert_int_equal(row.allocations, 1000);
    assert_int_equal(row.peak, 1000);
    assert_int_equal(row.live, 600);
    run_end(&run);
}

/* ---- real programs */

/* Their output is the same as without the recorder, and every process left a readable profile. */
static void check_program(const char *const *words, uint64_t least_allocations)
{
    struct run run;
    RUN_BEGIN(&run, "", 0);
    empty_folder();
    assert_int_equal(run_words(words, false, FOLDER "/plain"), 0);
    assert_int_equal(run_words(words, true, FOLDER "/under"), 0);
    size_t plain, under;
    const char *expected = read_whole(&run.arena, FOLDER "/plain", &plain);
    assert_string_equal(read_whole(&run.arena, FOLDER "/under", &under), expected);
    assert_int_equal(plain, under);

    uint64_t allocations = 0;
    DIR *folder = opendir(FOLDER);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (strstr(entry->d_name, ".json") == NULL)
            continue;
        const struct profile_run *seen =
            read_run(&run, arena_format(&run.arena, "%s/%s", FOLDER, entry->d_name));
        for (size_t i = 0; i < seen->row_count; i++)
            allocations += seen->rows[i].allocations;
        assert_int_equal(seen->uncounted_allocations, 0);
    }
    closedir(folder);
    if (allocations < least_allocations)
        fail_msg("%s: only %llu allocations", words[0], (unsigned long long)allocations);
    run_end(&run);
}

static void require(const char *path)
{
    if (access(path, X_OK) != 0) {
        print_message("%s is not installed\n", path);
        skip();
    }
}

static void python_notices_nothing(void **state)
{
    (void)state;
    static const char program[] =
        "import json, threading, os\n"
        "work = lambda: json.loads(json.dumps([{'n': i, 's': str(i)} for i in range(3000)]))\n"
        "threads = [threading.Thread(target=work) for _ in range(4)]\n"
        "[t.start() for t in threads]; [t.join() for t in threads]\n"
        "child = os.fork()\n"
        "if child == 0: work(); os._exit(0)\n"
        "print(os.waitpid(child, 0)[1], len(work()))\n";
    static const char *const words[] = {
        "env", "PYTHONMALLOC=malloc", "/usr/bin/python3", "-c", program, NULL};
    require("/usr/bin/python3");
    check_program(words, 100000);
}

/* git runs itself and other programs; it also compresses in threads. */
static void git_notices_nothing(void **state)
{
    (void)state;
    static const char script[] =
        "set -e; export GIT_CONFIG_GLOBAL=/dev/null HOME=/nonexistent; rm -rf \"$0\"; "
        "git init -q -b main \"$0\"; cd \"$0\"; git config user.name n; git config user.email e; "
        "for i in 1 2 3 4 5 6 7 8; do seq 1 $((i * 500)) >file$i; done; git add .; "
        "git commit -q -m first --date=2024-05-01T00:00:00Z; "
        "seq 1 9 >file1; git commit -q -a -m second; git -c pack.threads=2 repack -q -a -d; "
        "git log --format=%s --stat; git fsck --strict";
    static const char *const words[] = {"/bin/sh", "-c", script, FOLDER "-repository", NULL};
    require("/usr/bin/git");
    check_program(words, 1000);
}

static void a_pipeline_notices_nothing(void **state)
{
    (void)state;
    static const char script[] = "for i in 1 2 3; do (echo $i; exit 0) | cat; done; seq 5000 | "
                                 "sort -rn | head -3; exec awk 'BEGIN { print 6 * 7 }'";
    static const char *const words[] = {"/bin/sh", "-c", script, NULL};
    check_program(words, 100);
}

/* ---- wrong calls */

static void refusals_are_plain(void **state)
{
    (void)state;
    static const char *const calls[][4] = {{"no-such-command-here"},
                                           {"--", "/no/such/file"},
                                           {NULL},
                                           {"--interval", "0", "true"},
                                           {"-o", "/no/such/folder/p.json", "true"},
                                           {"-o", "/dev/null", "true"},
                                           {"-o", FOLDER, "true"}};
    static const int codes[] = {1, 1, 2, 2, 1, 1, 1};
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        const char *words[8] = {poolgen, "record"};
        for (size_t w = 0; w < 4 && calls[i][w] != NULL; w++)
            words[2 + w] = calls[i][w];
        assert_int_equal(exit_code(run_words(words, false, NULL)), codes[i]);
    }
}

int main(int argc, char **argv)
{
    (void)argc;
    find_programs(argv[0]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_exact),
        cmocka_unit_test(groups_peak_when_their_sum_does),
        cmocka_unit_test(many_sizes_are_seen_together),
        cmocka_unit_test(other_threads_frees_are_told_apart),
        cmocka_unit_test(other_threads_frees_are_told_apart_in_few_addresses),
        cmocka_unit_test(short_threads_are_all_counted),
        cmocka_unit_test(a_forked_child_has_its_own_profile),
        cmocka_unit_test(fork_amid_threads_is_survived),
        cmocka_unit_test(sigusr1_writes_what_there_is),
        cmocka_unit_test(a_stopped_program_leaves_its_profile),
        cmocka_unit_test(promises_of_malloc_are_kept),
        cmocka_unit_test(blocks_survive_a_mix_of_calls),
        cmocka_unit_test(another_malloc_still_serves),
        cmocka_unit_test(python_notices_nothing),
        cmocka_unit_test(git_notices_nothing),
        cmocka_unit_test(a_pipeline_notices_nothing),
        cmocka_unit_test(refusals_are_plain),
    };
    return run_all("record", tests, sizeof tests / sizeof tests[0]);
}
