/* The writer: whole files or none, whatever fails; --check; what make reads back from a depfile.
   Works in fresh folders of its own. */
#define _XOPEN_SOURCE 700
#include "scratch.h"
#include "unit.h"

#include "emit/write.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- calls that fail on demand (the linker wraps them: see TEST_LDFLAGS_test_write) */

enum call { CALL_FDOPEN, CALL_FWRITE, CALL_FFLUSH, CALL_FCLOSE, CALL_LINK, CALL_RENAME, CALLS };

static struct trap {
    int number;    /* which call something happens to: 1 is the first; 0 = none */
    bool for_ever; /* and to all later ones */
    int error;     /* it fails with this errno, */
    int signal;    /* or this signal is raised before it is made */
    int seen;      /* calls so far */
} traps[CALLS];

/* True if this call is to fail. */
static bool trapped(enum call call)
{
    struct trap *trap = &traps[call];
    if (trap->number == 0)
        return false;
    trap->seen++;
    if (trap->seen != trap->number && !(trap->for_ever && trap->seen > trap->number))
        return false;
    if (trap->signal)
        raise(trap->signal);
    errno = trap->error;
    return trap->error != 0;
}

FILE *__real_fdopen(int descriptor, const char *mode);
FILE *__wrap_fdopen(int descriptor, const char *mode);
FILE *__wrap_fdopen(int descriptor, const char *mode)
{
    return trapped(CALL_FDOPEN) ? NULL : __real_fdopen(descriptor, mode);
}

size_t __real_fwrite(const void *data, size_t size, size_t count, FILE *file);
size_t __wrap_fwrite(const void *data, size_t size, size_t count, FILE *file);
size_t __wrap_fwrite(const void *data, size_t size, size_t count, FILE *file)
{
    return trapped(CALL_FWRITE) ? count / 2 : __real_fwrite(data, size, count, file);
}

int __real_fflush(FILE *file);
int __wrap_fflush(FILE *file);
int __wrap_fflush(FILE *file)
{
    return trapped(CALL_FFLUSH) ? EOF : __real_fflush(file);
}

int __real_fclose(FILE *file);
int __wrap_fclose(FILE *file);
int __wrap_fclose(FILE *file)
{
    bool fails = trapped(CALL_FCLOSE);
    int result = __real_fclose(file); /* closed in any case, as by a full disk */
    if (fails)
        errno = traps[CALL_FCLOSE].error;
    return fails ? EOF : result;
}

int __real_link(const char *old, const char *new);
int __wrap_link(const char *old, const char *new);
int __wrap_link(const char *old, const char *new)
{
    return trapped(CALL_LINK) ? -1 : __real_link(old, new);
}

int __real_rename(const char *old, const char *new);
int __wrap_rename(const char *old, const char *new);
int __wrap_rename(const char *old, const char *new)
{
    return trapped(CALL_RENAME) ? -1 : __real_rename(old, new);
}

/* ---- a folder to work in */

static int enter_untrapped(void **state)
{
    memset(traps, 0, sizeof traps);
    return enter_scratch(state);
}

static int leave_untrapped(void **state)
{
    memset(traps, 0, sizeof traps);
    return leave_scratch(state);
}

/* NULL if there is no such file. Lives until the next call but three. */
static const char *contents_of(const char *path)
{
    static char buffers[4][4096];
    static unsigned next;
    char *buffer = buffers[next++ % 4];
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    size_t length = fread(buffer, 1, sizeof buffers[0] - 1, file);
    buffer[length] = '\0';
    fclose(file);
    return buffer;
}

static void assert_contents(const char *path, const char *expected)
{
    const char *contents = contents_of(path);
    if (!expected)
        assert_null(contents);
    else if (!contents)
        fail_msg("%s does not exist", path);
    else
        assert_string_equal(contents, expected);
}

/* Temporary files would be entries too many. */
static void assert_entries(int expected)
{
    assert_int_equal(scratch_entries(), expected);
}

static struct stat status_of(const char *path)
{
    struct stat status;
    if (lstat(path, &status) != 0)
        fail_msg("%s: %s", path, strerror(errno));
    return status;
}

/* ---- writing */

/* One output as a test states it: path, contents, and whether it is always replaced. */
struct item {
    const char *path;
    const char *contents;
    bool always;
};

static struct output *outputs_of(struct arena *arena, const struct item *items, size_t *count)
{
    *count = 0;
    while (items[*count].path)
        ++*count;
    struct output *outputs = arena_alloc(arena, *count * sizeof *outputs);
    for (size_t i = 0; i < *count; i++) {
        outputs[i] = (struct output){.path = items[i].path, .always = items[i].always};
        outputs[i].text.arena = arena;
        text_string(&outputs[i].text, items[i].contents);
    }
    return outputs;
}

static char messages[4096];

/* Writes the items; `messages` holds what was said. */
static bool write_items(const struct item *items)
{
    struct arena arena = {0};
    ARENA_BEGIN(&arena);
    size_t count;
    struct output *outputs = outputs_of(&arena, items, &count);
    memset(messages, 0, sizeof messages);
    FILE *errors = fmemopen(messages, sizeof messages, "w");
    assert_non_null(errors);
    bool good = write_outputs(&arena, outputs, count, errors);
    memset(traps, 0, sizeof traps);
    fclose(errors);
    arena_free(&arena);
    return good;
}

#define WRITE(...) write_items((const struct item[]){__VA_ARGS__, {NULL, NULL, false}})

static void assert_refused(const char *path, const char *why)
{
    char expected[4096];
    assert_false(WRITE({path, "new\n", true}));
    snprintf(expected, sizeof expected, "poolgen: cannot write '%s': %s\n", path, why);
    assert_string_equal(messages, expected);
}

static void new_files_are_written(void **state)
{
    (void)state;
    assert_true(WRITE({"a.c", "code\n", true}, {"a.h", "", false}));
    assert_contents("a.c", "code\n");
    assert_contents("a.h", "");
    assert_string_equal(messages, "");
    assert_entries(2);
}

static void files_get_the_mode_of_the_umask(void **state)
{
    (void)state;
    put_file("old.c", "old\n");
    assert_int_equal(chmod("old.c", 0777), 0);
    mode_t before = umask(027);
    bool good = WRITE({"old.c", "new\n", true}, {"new.h", "new\n", false});
    umask(before);
    assert_true(good);
    assert_int_equal(status_of("old.c").st_mode & 07777, 0640);
    assert_int_equal(status_of("new.h").st_mode & 07777, 0640);
}

static void unchanged_files_are_left_alone(void **state)
{
    (void)state;
    put_file("a.h", "same\n");
    put_file("a.c", "same\n");
    struct stat header = status_of("a.h"), source = status_of("a.c");
    assert_true(WRITE({"a.c", "same\n", true}, {"a.h", "same\n", false}));
    assert_int_equal(status_of("a.h").st_ino, header.st_ino);
    assert_int_not_equal(status_of("a.c").st_ino, source.st_ino);
    assert_true(WRITE({"a.h", "same\nbut longer\n", false}));
    assert_contents("a.h", "same\nbut longer\n");
    assert_true(WRITE({"a.h", "same\nBUT longer\n", false}));
    assert_contents("a.h", "same\nBUT longer\n");
}

/* make takes the newest output for the time of all, so the one always written comes last. */
static void the_file_that_is_always_written_comes_last(void **state)
{
    (void)state;
    traps[CALL_RENAME] = (struct trap){.number = 2, .error = EBUSY};
    assert_false(WRITE({"a.c", "code\n", true}, {"a.h", "header\n", false}));
    assert_string_equal(messages, "poolgen: cannot write 'a.c': Device or resource busy\n");
}

static void open_readers_keep_the_old_file(void **state)
{
    (void)state;
    put_file("a.c", "old\n");
    FILE *reader = fopen("a.c", "rb");
    char text[8] = "";
    assert_true(WRITE({"a.c", "new\n", true}));
    assert_non_null(fgets(text, sizeof text, reader));
    assert_string_equal(text, "old\n");
    fclose(reader);
}

static void five_million_bytes_are_written(void **state)
{
    (void)state;
    enum { LENGTH = 5000000 };
    char *much = test_malloc(LENGTH + 1);
    memset(much, 'x', LENGTH);
    much[LENGTH] = '\0';
    assert_true(WRITE({"much.c", much, true}));
    assert_int_equal(status_of("much.c").st_size, LENGTH);
    test_free(much);
}

/* The temporary file's name is no longer than the target's may be. */
static void the_longest_name_is_written(void **state)
{
    (void)state;
    char name[256];
    memset(name, 'n', 255);
    name[255] = '\0';
    assert_true(WRITE({name, "text\n", true}));
    assert_contents(name, "text\n");
    assert_entries(1);
}

/* ---- links */

static void what_a_link_leads_to_is_replaced(void **state)
{
    (void)state;
    assert_int_equal(mkdir("real", 0777), 0);
    assert_int_equal(mkdir("links", 0777), 0);
    put_file("real/a.c", "old\n");
    assert_int_equal(symlink("../real/a.c", "links/relative.c"), 0);
    assert_int_equal(symlink("links/relative.c", "chain.c"), 0);
    assert_true(WRITE({"chain.c", "new\n", true}));
    assert_contents("real/a.c", "new\n");
    assert_true(S_ISLNK(status_of("chain.c").st_mode));
    assert_true(S_ISLNK(status_of("links/relative.c").st_mode));
    assert_entries(5);
}

static void an_absolute_link_is_followed(void **state)
{
    (void)state;
    char target[128];
    snprintf(target, sizeof target, "%s/there.c", scratch);
    assert_int_equal(mkdir("links", 0777), 0);
    assert_int_equal(symlink(target, "links/link.c"), 0);
    assert_true(WRITE({"links/link.c", "new\n", true}));
    assert_contents("there.c", "new\n"); /* it led to nothing before */
    assert_true(S_ISLNK(status_of("links/link.c").st_mode));
}

static void a_circle_of_links_is_refused(void **state)
{
    (void)state;
    assert_int_equal(symlink("b.c", "a.c"), 0);
    assert_int_equal(symlink("a.c", "b.c"), 0);
    assert_refused("a.c", "Too many levels of symbolic links");
}

/* ---- targets that cannot be */

static void what_is_no_regular_file_is_refused(void **state)
{
    (void)state;
    assert_int_equal(mkdir("folder.c", 0777), 0);
    assert_int_equal(mkfifo("fifo.c", 0666), 0);
    assert_int_equal(symlink("/dev/null", "device.c"), 0);
    assert_refused("folder.c", "it is not a regular file");
    assert_refused("fifo.c", "it is not a regular file");
    assert_refused("device.c", "it is not a regular file");
    assert_refused("/dev/null", "it is not a regular file");
    assert_true(S_ISCHR(status_of("/dev/null").st_mode));
    assert_entries(3);
}

static void a_missing_folder_is_refused(void **state)
{
    (void)state;
    put_file("file", "");
    assert_refused("nowhere/a.c", "its folder does not exist");
    assert_refused("file/a.c", "Not a directory");
}

static void the_same_file_twice_is_refused(void **state)
{
    (void)state;
    assert_int_equal(mkdir("real", 0777), 0);
    assert_int_equal(symlink("real", "alias"), 0);
    assert_false(WRITE({"real/a.c", "1\n", true}, {"alias/../alias/a.c", "2\n", false}));
    assert_string_equal(messages,
                        "poolgen: 'real/a.c' and 'alias/../alias/a.c' are the same file\n");
    assert_entries(2);
}

static void the_same_name_in_two_folders_is_written(void **state)
{
    (void)state;
    assert_int_equal(mkdir("one", 0777), 0);
    assert_int_equal(mkdir("two", 0777), 0);
    assert_true(WRITE({"one/a.c", "1\n", true}, {"two/a.c", "2\n", false}));
    assert_contents("one/a.c", "1\n");
    assert_contents("two/a.c", "2\n");
}

static void one_bad_target_stops_all(void **state)
{
    (void)state;
    put_file("a.c", "old\n");
    assert_int_equal(mkdir("a.h", 0777), 0);
    assert_false(WRITE({"a.c", "new\n", true}, {"a.h", "new\n", false}));
    assert_contents("a.c", "old\n");
    assert_entries(2);
}

/* Runs `body` in a child process and returns how it ended, as waitpid tells it. A body returns
   the exit code, 0 if all was as expected. */
static int run_child(int (*body)(void))
{
    __real_fflush(NULL); /* the trap is for the child */
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(body());
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

enum { NOBODY = 65534 };

static int write_as_nobody(void)
{
    if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
        return 2;
    if (WRITE({"closed/a.c", "new\n", true}))
        return 3;
    return strcmp(messages, "poolgen: cannot write 'closed/a.c': Permission denied\n") ? 4 : 0;
}

static void a_read_only_folder_is_refused(void **state)
{
    (void)state;
    assert_int_equal(mkdir("closed", 0755), 0);
    put_file("closed/a.c", "old\n");
    assert_int_equal(chmod("closed/a.c", 0666), 0);
    assert_int_equal(chmod("closed", 0555), 0);
    assert_int_equal(run_child(write_as_nobody), 0);
    assert_contents("closed/a.c", "old\n");
    assert_int_equal(chmod("closed", 0755), 0);
    assert_entries(2);
}

static int write_past_the_limit(void)
{
    char text[2001];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    struct rlimit limit = {1000, 1000};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 2;
    if (WRITE({"a.h", "small\n", false}, {"a.c", text, true}))
        return 3;
    return strcmp(messages, "poolgen: cannot write 'a.c': File too large\n") ? 4 : 0;
}

static void a_file_size_limit_leaves_the_old_file(void **state)
{
    (void)state;
    put_file("a.c", "old\n");
    assert_int_equal(run_child(write_past_the_limit), 0);
    assert_contents("a.c", "old\n");
    assert_entries(1);
}

/* ---- every call fails in turn */

/* Old state: a.h and a.c exist, a.rs does not. The three writes need every step there is. */
static void put_old_files(void)
{
    put_file("a.h", "old header\n");
    put_file("a.c", "old source\n");
    unlink("a.rs");
}

static bool write_three(void)
{
    return WRITE({"a.c", "new source\n", true}, {"a.h", "new header\n", false},
                 {"a.rs", "new rust\n", false});
}

static void assert_old_files(void)
{
    assert_contents("a.h", "old header\n");
    assert_contents("a.c", "old source\n");
    assert_contents("a.rs", NULL);
    assert_entries(2);
}

static void assert_new_files(void)
{
    assert_contents("a.h", "new header\n");
    assert_contents("a.c", "new source\n");
    assert_contents("a.rs", "new rust\n");
    assert_entries(3);
}

/* More than any one function is called in a run. */
enum { MOST_CALLS = 10 };

struct fault_row {
    const char *name;
    enum call call;
    int error;
    const char *reason; /* what is said of it */
    int refused;        /* how many of its failures, each in a run of its own, refuse the run */
};

static const struct fault_row fault_rows[] = {
    {"a failed fdopen leaves all files old", CALL_FDOPEN, ENOMEM, "Cannot allocate memory", 3},
    {"a failed fwrite leaves all files old", CALL_FWRITE, ENOSPC, "No space left on device", 3},
    {"a failed fflush leaves all files old", CALL_FFLUSH, ENOSPC, "No space left on device", 3},
    /* Two of the five closed files were only read. */
    {"a failed fclose leaves all files old", CALL_FCLOSE, ENOSPC, "No space left on device", 3},
    {"a failed rename leaves all files old", CALL_RENAME, EBUSY, "Device or resource busy", 3},
    {"where there are no hard links, copies take their place", CALL_LINK, EPERM, "none", 0},
};

/* The call's first, second, ... occurrence fails, a run for each. */
static void files_are_all_old_or_all_new(void **state)
{
    const struct fault_row *row = *state;
    int refused = 0;
    for (int number = 1; number <= MOST_CALLS; number++) {
        put_old_files();
        traps[row->call] = (struct trap){.number = number, .error = row->error};
        bool good = write_three();
        if (good) {
            assert_new_files();
            assert_string_equal(messages, "");
        } else {
            refused++;
            assert_old_files();
            assert_non_null(strstr(messages, row->reason));
        }
    }
    assert_int_equal(refused, row->refused);
}

static void undoing_gives_the_same_file_back(void **state)
{
    (void)state;
    put_old_files();
    assert_int_equal(chmod("a.h", 0604), 0);
    struct stat before = status_of("a.h");
    traps[CALL_RENAME] = (struct trap){.number = 3, .error = EBUSY};
    assert_false(write_three());
    struct stat after = status_of("a.h");
    assert_int_equal(after.st_ino, before.st_ino);
    assert_int_equal(after.st_mode, before.st_mode);
    assert_int_equal(after.st_nlink, 1);
    assert_old_files();
}

/* As on a file system without hard links. */
static void undoing_works_from_a_copy_without_hard_links(void **state)
{
    (void)state;
    put_old_files();
    traps[CALL_LINK] = (struct trap){.number = 1, .for_ever = true, .error = EPERM};
    traps[CALL_RENAME] = (struct trap){.number = 3, .error = EBUSY};
    assert_false(write_three());
    assert_old_files();
}

/* When even undoing fails, the old contents are still there, under a name that is told. */
static void failed_undoing_tells_where_the_old_file_is(void **state)
{
    (void)state;
    put_old_files();
    traps[CALL_RENAME] = (struct trap){.number = 3, .for_ever = true, .error = EBUSY};
    assert_false(write_three());
    const char *quote = strstr(messages, "its old contents are in '");
    assert_non_null(quote);
    char backup[128];
    assert_int_equal(sscanf(quote, "its old contents are in '%127[^']'", backup), 1);
    assert_contents(backup, "old header\n");
    assert_contents("a.c", "old source\n");
    assert_contents("a.rs", NULL);
}

/* ---- signals */

/* A shell's background job has SIGINT ignored, and so would this child. */
static int write_three_in_child(void)
{
    signal(SIGINT, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    return write_three() ? 0 : 1;
}

/* How the child ends if `sent` is raised before the given call. */
static int end_under_signal(enum call call, int number, int sent)
{
    put_old_files();
    traps[call] = (struct trap){.number = number, .signal = sent};
    int status = run_child(write_three_in_child);
    memset(traps, 0, sizeof traps);
    return status;
}

static void assert_killed_by(int status, int number)
{
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), number);
}

static void a_signal_while_staging_leaves_the_old_files(void **state)
{
    (void)state;
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < 3; i++)
        for (int number = 1; number <= 3; number++) {
            assert_killed_by(end_under_signal(CALL_FFLUSH, number, signals[i]), signals[i]);
            assert_old_files();
        }
}

static void a_signal_while_replacing_waits_for_the_last(void **state)
{
    (void)state;
    for (int number = 1; number <= 3; number++) {
        assert_killed_by(end_under_signal(CALL_RENAME, number, SIGTERM), SIGTERM);
        assert_new_files();
    }
}

/* SIGKILL cannot wait: a temporary file may stay, but no target is ever half written. */
static void a_kill_half_way_leaves_whole_files(void **state)
{
    (void)state;
    for (int number = 1; number <= 3; number++) {
        assert_killed_by(end_under_signal(CALL_FFLUSH, number, SIGKILL), SIGKILL);
        assert_contents("a.h", "old header\n");
        assert_contents("a.c", "old source\n");
        assert_contents("a.rs", NULL);
        assert_killed_by(end_under_signal(CALL_RENAME, number, SIGKILL), SIGKILL);
        assert_contents("a.h", number > 1 ? "new header\n" : "old header\n");
        assert_contents("a.rs", number > 2 ? "new rust\n" : NULL);
        assert_contents("a.c", "old source\n");
    }
}

static int write_with_sigint_ignored(void)
{
    signal(SIGINT, SIG_IGN);
    traps[CALL_FFLUSH] = (struct trap){.number = 1, .signal = SIGINT};
    return write_three() ? 0 : 1;
}

static void an_ignored_signal_stays_ignored(void **state)
{
    (void)state;
    put_old_files();
    assert_int_equal(run_child(write_with_sigint_ignored), 0);
    assert_new_files();
}

/* ---- --check */

static char diff[65536];

static int check_items(const struct item *items)
{
    struct arena arena = {0};
    ARENA_BEGIN(&arena);
    size_t count;
    struct output *outputs = outputs_of(&arena, items, &count);
    memset(messages, 0, sizeof messages);
    memset(diff, 0, sizeof diff);
    FILE *errors = fmemopen(messages, sizeof messages, "w");
    FILE *stream = fmemopen(diff, sizeof diff, "w");
    int stale = write_check(&arena, outputs, count, stream, errors);
    fclose(errors);
    fclose(stream);
    arena_free(&arena);
    return stale;
}

#define CHECK(...) check_items((const struct item[]){__VA_ARGS__, {NULL, NULL, false}})

static void check_passes_fresh_files(void **state)
{
    (void)state;
    put_file("a.c", "same\n");
    assert_int_equal(CHECK({"a.c", "same\n", true}), 0);
    assert_string_equal(diff, "");
}

static void check_shows_what_is_stale_or_missing(void **state)
{
    (void)state;
    put_file("a.c", "1\n2\n3\n4\n5\n6\n");
    put_file("a.h", "same\n");
    assert_int_equal(CHECK({"a.c", "1\n2\n3\n4\nfive\n6\n", true}, {"a.h", "same\n", false},
                           {"a.rs", "rust\n", false}, {"no/such/folder.c", "", false},
                           {"a.h/x.c", "", false}),
                     4);
    assert_string_equal(diff, "--- a.c\n+++ a.c\n@@ -2,5 +2,5 @@\n 2\n 3\n 4\n-5\n+five\n 6\n"
                              "--- /dev/null\n+++ a.rs\n@@ -0,0 +1,1 @@\n+rust\n");
    assert_contents("a.c", "1\n2\n3\n4\n5\n6\n");
    assert_entries(2);
}

static void check_fails_where_it_cannot_read(void **state)
{
    (void)state;
    assert_int_equal(mkdir("a.c", 0777), 0);
    assert_int_equal(symlink("loop.h", "loop.h"), 0);
    assert_int_equal(
        CHECK({"a.c", "new\n", true}, {"missing.h", "new\n", false}, {"loop.h", "new\n", false}),
        -1);
    assert_string_equal(messages, "poolgen: cannot check 'a.c': it is not a regular file\n"
                                  "poolgen: cannot check 'loop.h': Too many levels of symbolic "
                                  "links\n");
}

/* ---- --depfile */

/* One row for make: the path of the output, that of the input, and the rule. */
struct rule_row {
    const char *name;
    const char *output;
    const char *input;
    const char *rule; /* NULL if make cannot have it */
};

static const struct rule_row rule_rows[] = {
    {"plain names need no marks", "dir/a.c", "t.yaml", "dir/a.c: t.yaml\n"},
    {"blanks are kept from make", "my dir/a.c", " t .yaml", "my\\ dir/a.c: \\ t\\ .yaml\n"},
    {"dollars are doubled", "$(x)/a.c", "$$.yaml", "$$(x)/a.c: $$$$.yaml\n"},
    {"a hash begins no comment", "#1/a.c", "t#.yaml", "\\#1/a.c: t\\#.yaml\n"},
    {"a colon ends no target", "c:/a.c", "a:b.yaml", "c\\:/a.c: a\\:b.yaml\n"},
    {"a backslash stays what it is", "x\\y/a.c", "a\\b.yaml", "x\\y/a.c: a\\b.yaml\n"},
    {"backslashes before a blank are doubled", "x\\ y/a.c", "a\\\\ b.yaml",
     "x\\\\\\ y/a.c: a\\\\\\\\\\ b.yaml\n"},
    {"a percent sign makes no pattern", "100%/a.c", "%.yaml", "100\\%/a.c: %.yaml\n"},
    {"an equals sign makes no variable", "a=b/a.c", "c=d.yaml",
     "a$(subst ,,=)b/a.c: c$(subst ,,=)d.yaml\n"},
    {"wildcards match nothing", "a/a.c", "a*b?c[d].yaml", "a/a.c: a\\*b\\?c\\[d].yaml\n"},
    {"a bar begins no order-only list", "a|b/a.c", "a|b.yaml", "a|b/a.c: a\\|b.yaml\n"},
    {"other signs need no marks", "~&()'\"!{}<>,`^@+-/a.c", "x~&()'\"!{}<>,`^@+-.yaml",
     "~&()'\"!{}<>,`^@+-/a.c: x~&()'\"!{}<>,`^@+-.yaml\n"},
    {"a line feed is refused", "a.c", "a\nb.yaml", NULL},
    {"a semicolon is refused", "a;b/a.c", "t.yaml", NULL},
    {"a blank at the end is refused", "a.c", "t ", NULL},
    {"a backslash at the end is refused", "a.c", "t\\", NULL},
};

static bool rule_of(struct text *out, const struct rule_row *row, FILE *errors)
{
    struct output output = {.path = row->output};
    return write_depfile(out, &output, 1, &row->input, 1, errors);
}

/* make reads the rule, and tells target and prerequisites as it sees them. The prerequisite
   exists, so that a wildcard has something to match, and so does one that it must not match. */
static void run_make(const struct rule_row *row)
{
    char expected[512];
    put_file(row->input, "");
    put_file("axbxcd.yaml", "");
    put_file("Makefile", "include deps\n%: ; $(file >seen,[$@|$^])\n");
    assert_int_equal(setenv("OUTPUT", row->output, 1), 0);
    /* A goal with an equals sign would be a variable, one with a percent sign is never the first.
     */
    bool by_name = !strchr(row->output, '=');
    if (system(by_name ? "make -rRs -- \"$OUTPUT\" >log 2>&1" : "make -rRs >log 2>&1") != 0)
        fail_msg("make: %s", contents_of("log"));
    snprintf(expected, sizeof expected, "[%s|%s]\n", row->output, row->input);
    assert_contents("seen", expected);
}

static void make_reads_the_rule_back(void **state)
{
    const struct rule_row *row = *state;
    struct arena arena = {0};
    ARENA_BEGIN(&arena);
    struct text rule = {.arena = &arena};
    FILE *errors = fmemopen(messages, sizeof messages, "w");
    bool good = rule_of(&rule, row, errors);
    fclose(errors);
    assert_int_equal(good, row->rule != NULL);
    if (good) {
        assert_string_equal(rule.data, row->rule);
        put_file("deps", rule.data);
        run_make(row);
    }
    arena_free(&arena);
}

static void a_rule_names_every_file(void **state)
{
    (void)state;
    struct arena arena = {0};
    ARENA_BEGIN(&arena);
    struct text rule = {.arena = &arena};
    struct output outputs[] = {{.path = "a.c"}, {.path = "a.h"}, {.path = "a.rs"}};
    assert_true(write_depfile(&rule, outputs, 3, (const char *const[]){"t", "u"}, 2, stderr));
    assert_string_equal(rule.data, "a.c a.h a.rs: t u\n");
    rule.length = 0;
    assert_true(write_depfile(&rule, outputs, 1, NULL, 0, stderr));
    assert_string_equal(rule.data, "a.c:\n");
    arena_free(&arena);
}

int main(void)
{
    unit_surround(enter_untrapped, leave_untrapped);
    TEST(new_files_are_written);
    TEST(files_get_the_mode_of_the_umask);
    TEST(unchanged_files_are_left_alone);
    TEST(the_file_that_is_always_written_comes_last);
    TEST(open_readers_keep_the_old_file);
    TEST(five_million_bytes_are_written);
    TEST(the_longest_name_is_written);
    TEST(what_a_link_leads_to_is_replaced);
    TEST(an_absolute_link_is_followed);
    TEST(a_circle_of_links_is_refused);
    TEST(what_is_no_regular_file_is_refused);
    TEST(a_missing_folder_is_refused);
    TEST(the_same_file_twice_is_refused);
    TEST(the_same_name_in_two_folders_is_written);
    TEST(one_bad_target_stops_all);
    TEST(a_read_only_folder_is_refused);
    TEST(a_file_size_limit_leaves_the_old_file);
    TEST_ROWS(fault_rows, files_are_all_old_or_all_new);
    TEST(undoing_gives_the_same_file_back);
    TEST(undoing_works_from_a_copy_without_hard_links);
    TEST(failed_undoing_tells_where_the_old_file_is);
    TEST(a_signal_while_staging_leaves_the_old_files);
    TEST(a_signal_while_replacing_waits_for_the_last);
    TEST(a_kill_half_way_leaves_whole_files);
    TEST(an_ignored_signal_stays_ignored);
    TEST(check_passes_fresh_files);
    TEST(check_shows_what_is_stale_or_missing);
    TEST(check_fails_where_it_cannot_read);
    TEST(a_rule_names_every_file);
    TEST_ROWS(rule_rows, make_reads_the_rule_back);
    return unit_run("write");
}
