/* The command line: the built program as a user runs it, from a fresh folder that holds
       demo.yaml   a good table       warn.yaml   one with a warning
       bad.yaml    one with an error  $P          the program */
#define _XOPEN_SOURCE 700
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the folder */

static char scratch[64];

static void put_file(const char *path, const char *contents)
{
    FILE *file = fopen(path, "wb");
    if (!file)
        fail_msg("%s: %s", path, strerror(errno));
    assert_true(fputs(contents, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int enter_scratch(void **state)
{
    (void)state;
    strcpy(scratch, "/tmp/poolgen-test-XXXXXX");
    if (!mkdtemp(scratch) || chdir(scratch) != 0)
        return -1;
    put_file("demo.yaml", "name: demo\nthreads: none\npools:\n  - {size: 64, initial_count: 4}\n");
    put_file("warn.yaml", "name: demo\nthreads: none\npools:\n  - {size: 24, initial_count: 4}\n");
    put_file("bad.yaml", "name: demo\npools:\n  - {size: 7, initial_count: 4}\n");
    return 0;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

static int leave_scratch(void **state)
{
    (void)state;
    return chdir("/") == 0 && nftw(scratch, remove_entry, 8, FTW_DEPTH | FTW_PHYS) == 0 ? 0 : -1;
}

/* ---- running */

/* What a command line of the shell did. */
struct outcome {
    int code; /* exit code; 128 + number if a signal ended it */
    char *out;
    char *err;
};

static char *take_file(const char *path)
{
    struct stat status;
    FILE *file = fopen(path, "rb");
    if (!file || fstat(fileno(file), &status) != 0)
        fail_msg("%s: %s", path, strerror(errno));
    char *contents = test_malloc((size_t)status.st_size + 1);
    size_t length = fread(contents, 1, (size_t)status.st_size, file);
    contents[length] = '\0';
    fclose(file);
    return contents;
}

/* The shell's own files stand outside the folder, whose entries some tests count. */
static struct outcome shell(const char *command)
{
    char line[4096], out[80], err[80];
    snprintf(out, sizeof out, "%s.out", scratch);
    snprintf(err, sizeof err, "%s.err", scratch);
    int length = snprintf(line, sizeof line, "{ %s\n} >%s 2>%s", command, out, err);
    assert_true(length > 0 && length < (int)sizeof line);
    int status = system(line);
    struct outcome outcome = {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
                              take_file(out), take_file(err)};
    unlink(out);
    unlink(err);
    return outcome;
}

static void forget(struct outcome *outcome)
{
    test_free(outcome->out);
    test_free(outcome->err);
}

/* Runs what must end well and in silence on standard error; returns what it printed, to be freed.
 */
static char *printed_by(const char *command)
{
    struct outcome outcome = shell(command);
    assert_string_equal(outcome.err, "");
    if (outcome.code != 0)
        fail_msg("%s: exit code %d", command, outcome.code);
    test_free(outcome.err);
    return outcome.out;
}

static void assert_prints(const char *command, const char *expected)
{
    char *printed = printed_by(command);
    assert_string_equal(printed, expected);
    test_free(printed);
}

/* ---- rows: a command line and all that comes of it */

#define USAGE "\nusage: poolgen [options] TABLE.yaml\npoolgen --help lists the options\n"

struct row {
    const char *name;
    const char *command;
    int code;
    const char *out; /* whole; from a leading '*' on: somewhere in it; NULL: not looked at */
    const char *err; /* likewise */
};

static const struct row rows[] = {
    /* usage */
    {"no-arguments", "$P", 2, "", "poolgen: which table?" USAGE},
    {"two-tables", "$P demo.yaml warn.yaml", 2, "",
     "poolgen: there are two tables, 'demo.yaml' and 'warn.yaml'" USAGE},
    {"unknown-option", "$P --frobnicate demo.yaml", 2, "",
     "poolgen: unknown option '--frobnicate'" USAGE},
    {"mistyped-option", "$P --chekc demo.yaml", 2, "",
     "poolgen: unknown option '--chekc'; did you mean '--check'?" USAGE},
    {"mistyped-option-with-value", "$P --prefx=a demo.yaml", 2, "",
     "poolgen: unknown option '--prefx=a'; did you mean '--prefix'?" USAGE},
    {"one-dash-too-few", "$P -check demo.yaml", 2, "",
     "poolgen: unknown option '-check'; did you mean '--check'?" USAGE},
    {"unknown-letter", "$P -x demo.yaml", 2, "", "poolgen: unknown option '-x'" USAGE},
    {"unknown-letter-in-group", "$P -qz demo.yaml", 2, "", "poolgen: unknown option '-qz'" USAGE},
    {"unknown-explain", "$P --explain=yaml demo.yaml", 2, "",
     "poolgen: unknown option '--explain=yaml'; did you mean '--explain'?" USAGE},
    {"value-for-a-flag", "$P --check=yes demo.yaml", 2, "",
     "poolgen: unknown option '--check=yes'; did you mean '--check'?" USAGE},
    {"o-without-value", "$P demo.yaml -o", 2, "", "poolgen: '-o' needs a value: STEM.c" USAGE},
    {"prefix-without-value", "$P demo.yaml --prefix", 2, "",
     "poolgen: '--prefix' needs a value: NAME" USAGE},
    {"o-twice", "$P -o a.c -o b.c demo.yaml", 2, "", "poolgen: '-o' is given twice" USAGE},
    {"o-not-c", "$P -o a.cc demo.yaml", 2, "",
     "poolgen: the output 'a.cc' does not end in .c" USAGE},
    {"o-empty", "$P -o '' demo.yaml", 2, "", "poolgen: the output '' does not end in .c" USAGE},
    {"o-without-stem", "$P -o dir/.c demo.yaml", 2, "",
     "poolgen: the output 'dir/.c' has no name before .c" USAGE},
    {"o-with-a-quote", "$P -o 'dir/a\"b.c' demo.yaml", 2, "",
     "poolgen: the output's name 'a\"b.c' may have only letters, digits, '_', '-', '+' and "
     "'.'" USAGE},
    {"prefix-empty", "$P --prefix= demo.yaml", 2, "", "*poolgen: the prefix '' "},
    {"prefix-with-capitals", "$P --prefix Demo demo.yaml", 2, "", "*poolgen: the prefix 'Demo' "},
    {"prefix-is-a-keyword", "$P --prefix int demo.yaml", 2, "",
     "*poolgen: the prefix 'int' is a keyword"},
    {"check-and-explain", "$P --check --explain demo.yaml", 2, "",
     "poolgen: '--check' and '--explain' exclude each other" USAGE},
    {"explain-both-ways", "$P --explain --explain=json demo.yaml", 2, "",
     "poolgen: '--explain' and '--explain=json' exclude each other" USAGE},
    {"list-and-check", "$P --list-outputs --check demo.yaml", 2, "",
     "poolgen: '--list-outputs' and '--check' exclude each other" USAGE},
    {"depfile-and-check", "$P --check --depfile d demo.yaml", 2, "",
     "poolgen: '--depfile' means nothing with '--check'" USAGE},
    {"schema-and-table", "$P --print-schema demo.yaml", 2, "",
     "poolgen: '--print-schema' takes no table" USAGE},
    {"schema-and-o", "$P -o a.c --print-schema", 2, "",
     "poolgen: '-o' means nothing with '--print-schema'" USAGE},

    /* printing */
    {"version", "$P --version", 0, "poolgen 0.1.0\n", ""},
    {"help-wins", "$P -o a.c --help --frobnicate", 0, "*--list-outputs", ""},
    {"h", "$P -h", 0, "*-h, --help ", ""},
    {"schema", "$P --print-schema", 0, "*\"initial_count\"", ""},
    {"list-outputs", "$P --list-outputs demo.yaml", 0, "allocator.c\nallocator.h\n", ""},
    {"list-outputs-elsewhere", "$P --list-outputs -o nowhere/x.c demo.yaml", 0,
     "nowhere/x.c\nnowhere/x.h\n", ""},
    {"list-all-outputs",
     "echo 'emit: [rust, cpp, malloc]' >>demo.yaml; $P --list-outputs -o x.c demo.yaml", 0,
     "x.c\nx.h\nx.rs\nx.hpp\nx-malloc.c\n", ""},
    {"explain", "$P --explain demo.yaml", 0, "*64", ""},
    {"explain-json", "$P --explain=json demo.yaml", 0, "*{", ""},

    /* writing */
    {"default-output", "$P demo.yaml && ls", 0,
     "allocator.c\nallocator.h\nbad.yaml\ndemo.yaml\nwarn.yaml\n", ""},
    {"o", "mkdir d && $P -o d/x.c demo.yaml && ls d", 0, "x.c\nx.h\n", ""},
    {"o-attached", "$P -ox.c demo.yaml && ls x.*", 0, "x.c\nx.h\n", ""},
    {"letters-together", "$P -qo x.c warn.yaml && ls x.*", 0, "x.c\nx.h\n", ""},
    {"option-after-table", "$P demo.yaml -o x.c && ls x.*", 0, "x.c\nx.h\n", ""},
    {"prefix",
     "$P --prefix zed demo.yaml && grep -c 'zed_alloc(size_t' allocator.h; "
     "grep -ci demo_ allocator.[ch]",
     1, "1\nallocator.c:0\nallocator.h:0\n", ""},
    {"prefix-attached", "$P --prefix=zed demo.yaml && grep -o 'zed_owns' allocator.h | head -n 1",
     0, "zed_owns\n", ""},
    {"standard-input", "$P - <demo.yaml && head -n 1 allocator.c", 0,
     "/* generated by poolgen 0.1.0 from <stdin>; do not edit */\n", ""},
    {"names-the-table", "mkdir d && cp demo.yaml d/ && $P d/demo.yaml && head -n 1 allocator.h", 0,
     "/* generated by poolgen 0.1.0 from demo.yaml; do not edit */\n", ""},
    {"odd-table-name", "cp demo.yaml 'a*?\\ \"b' && $P 'a*?\\ \"b' && head -n 1 allocator.c", 0,
     "/* generated by poolgen 0.1.0 from a_____b; do not edit */\n", ""},
    {"double-dash", "cp demo.yaml ./--check && $P -q -- --check && ls allocator.h", 0,
     "allocator.h\n", ""},

    /* diagnostics */
    {"warning", "$P warn.yaml && ls allocator.h", 0, "allocator.h\n",
     "warn.yaml:4:12: warning: pools[0].size: 24 is rounded up to 32, a multiple of the alignment "
     "of 16\n  - {size: 24, initial_count: 4}\n           ^\n"},
    {"quiet", "$P -q warn.yaml && ls allocator.h", 0, "allocator.h\n", ""},
    {"quiet-shows-errors", "$P -q bad.yaml", 1, "", "*bad.yaml:3:12: error: pools[0].size: "},
    {"bad-table-writes-nothing", "$P bad.yaml; ls", 0, "bad.yaml\ndemo.yaml\nwarn.yaml\n", NULL},
    {"bad-standard-input", "$P - <bad.yaml", 1, "", "*<stdin>:3:12: error: pools[0].size: "},
    {"missing-table", "$P missing.yaml", 1, "",
     "missing.yaml: error: cannot open: No such file or directory\n"},
    {"table-is-a-folder", "mkdir d && $P d", 1, "", "d: error: cannot read: Is a directory\n"},
    {"no-color-in-a-pipe", "TERM=xterm $P bad.yaml 2>&1 | grep -c '\033'", 1, "0\n", ""},

    /* input and output */
    {"missing-folder", "$P -o no/x.c demo.yaml", 1, "",
     "poolgen: cannot write 'no/x.c': its folder does not exist\n"},
    {"output-is-a-folder", "mkdir allocator.h && $P demo.yaml; ls", 0,
     "allocator.h\nbad.yaml\ndemo.yaml\nwarn.yaml\n",
     "poolgen: cannot write 'allocator.h': it is not a regular file\n"},
    {"output-is-a-device", "ln -s /dev/full allocator.c && $P demo.yaml", 1, "",
     "poolgen: cannot write 'allocator.c': it is not a regular file\n"},
    {"output-is-the-table", "cp demo.yaml t.c && $P -o t.c t.c; cmp demo.yaml t.c", 0, "",
     "poolgen: the output 't.c' is the table itself\n"},
    {"depfile-of-standard-input", "$P --depfile d - <demo.yaml && cat d", 0,
     "allocator.c allocator.h:\n", ""},
    {"depfile-is-the-table", "$P --depfile demo.yaml demo.yaml", 1, "",
     "poolgen: the output 'demo.yaml' is the table itself\n"},
    {"depfile-is-an-output", "$P --depfile allocator.h demo.yaml", 1, "",
     "poolgen: 'allocator.h' and 'allocator.h' are the same file\n"},
    {"depfile-cannot-be", "cp demo.yaml 'a;b' && $P --depfile d 'a;b'; ls allocator.c", 2, "",
     "*poolgen: make has no way to write the name 'a;b'\n"},
    {"full-explain", "$P --explain demo.yaml >/dev/full", 1, "",
     "poolgen: cannot print: No space left on device\n"},
    {"full-help", "$P --help >/dev/full", 1, "",
     "poolgen: cannot print: No space left on device\n"},
    {"full-check", "$P --check demo.yaml >/dev/full", 1, "", "*poolgen: cannot print"},
    {"closed-output", "$P --version >&-", 1, "", "poolgen: cannot print: Bad file descriptor\n"},
    {"closed-input", "$P - <&-", 1, "", "<stdin>: error: cannot read: Bad file descriptor\n"},
    {"all-closed", "$P warn.yaml <&- >&- 2>&- && tail -n 1 allocator.h", 0, "*#endif", ""},
    {"a-reader-that-leaves", "$P --explain demo.yaml | head -n 0", 0, "", ""},

    /* --check */
    {"check-fresh", "$P demo.yaml && $P --check demo.yaml", 0, "", ""},
    {"check-missing", "$P demo.yaml && rm allocator.h && $P --check demo.yaml", 3,
     "*--- /dev/null\n+++ allocator.h\n@@ -0,0 +1,", ""},
    {"check-missing-folder", "$P --check -o no/x.c demo.yaml", 3,
     "*--- /dev/null\n+++ no/x.c\n@@ -0,0 +1,", ""},
    {"check-stale", "$P demo.yaml && sed -i 2d allocator.c && $P --check demo.yaml", 3,
     "*--- allocator.c\n+++ allocator.c\n@@ -1,4 +1,5 @@\n"
     " /* generated by poolgen 0.1.0 from demo.yaml; do not edit */\n"
     "+/* SPDX-License-Identifier: 0BSD */\n",
     ""},
    {"check-diff-is-a-patch",
     "$P demo.yaml && cp allocator.c good && sed -i '5d;9s/^/x/' allocator.c && rm allocator.h; "
     "$P --check demo.yaml >p; patch -s -p0 <p && $P --check demo.yaml && cmp good allocator.c",
     0, "", ""},
    {"check-writes-nothing", "$P --check demo.yaml >/dev/null; ls", 0,
     "bad.yaml\ndemo.yaml\nwarn.yaml\n", ""},
    {"check-other-prefix", "$P demo.yaml && $P --check --prefix zed demo.yaml", 3, "*+", ""},
    {"check-bad-table", "$P --check bad.yaml", 1, "", NULL},
    {"check-folder", "mkdir allocator.c && $P --check demo.yaml", 1, NULL,
     "poolgen: cannot check 'allocator.c': it is not a regular file\n"},
};

static void assert_text(const char *actual, const char *expected)
{
    if (!expected)
        return;
    if (*expected != '*')
        assert_string_equal(actual, expected);
    else if (!strstr(actual, expected + 1))
        fail_msg("'%s' is not in\n%s", expected + 1, actual);
}

static void behaves_as_expected(void **state)
{
    const struct row *row = *state;
    struct outcome outcome = shell(row->command);
    assert_text(outcome.err, row->err);
    assert_text(outcome.out, row->out);
    assert_int_equal(outcome.code, row->code);
    forget(&outcome);
}

/* ---- help */

/* Runs "$P WORDS --help" and sees that it is no wider and no longer than a screen. */
static char *help_of(const char *words, int most_lines)
{
    char command[64];
    snprintf(command, sizeof command, "$P %s --help", words);
    char *help = printed_by(command);
    int lines = 0;
    for (const char *line = help; *line; lines++) {
        size_t length = strcspn(line, "\n");
        if (length > 79)
            fail_msg("%s: wider than a screen: %.*s", command, (int)length, line);
        line += length + 1;
    }
    assert_in_range(lines, 1, most_lines);
    return help;
}

/* Fits a screen of 80 by 24, and names every option that there is. */
static void help_fits_a_screen(void **state)
{
    (void)state;
    char *help = help_of("", 24);
    static const char *const words[] = {"-o STEM.c",      "--prefix NAME",  "--check",
                                        "--explain",      "--explain=json", "--list-outputs",
                                        "--depfile FILE", "--print-schema", "-q",
                                        "--version",      "-h, --help"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strstr(help, words[i]))
            fail_msg("--help does not tell of %s", words[i]);
    test_free(help);
    test_free(help_of("record", 32));
    struct outcome without = shell("$P merge --help");
    bool has_profiles = strstr(without.err, "without jansson") == NULL;
    forget(&without);
    static const char *const subcommands[] = {"merge", "tune", "report"};
    for (size_t i = 0; has_profiles && i < sizeof subcommands / sizeof *subcommands; i++)
        test_free(help_of(subcommands[i], 32));
}

/* ---- colour */

/* Runs the command with standard error on a new terminal and returns what came out there. */
static char *terminal_output(const char *command)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(master >= 0);
    assert_int_equal(grantpt(master) | unlockpt(master), 0);
    char line[512];
    snprintf(line, sizeof line, "{ %s\n} 2>%s", command, ptsname(master));
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY); /* or the output ends with its writer */
    assert_true(slave >= 0);
    assert_int_not_equal(system(line), -1);
    char *output = test_calloc(1, 4096);
    assert_true(read(master, output, 4095) > 0);
    close(slave);
    close(master);
    return output;
}

static void assert_color(const char *command, bool expected)
{
    char *output = terminal_output(command);
    assert_non_null(strstr(output, "error"));
    assert_int_equal(strchr(output, '\033') != NULL, expected);
    test_free(output);
}

static void color_only_where_it_is_wanted(void **state)
{
    (void)state;
    assert_color("NO_COLOR= TERM=xterm $P bad.yaml", true);
    assert_color("NO_COLOR=1 TERM=xterm $P bad.yaml", false);
    assert_color("NO_COLOR= TERM=dumb $P bad.yaml", false);
}

/* ---- what the bytes depend on */

/* Each writes the same table's outputs to folder `b` in another way. */
static const char *const other_ways[] = {
    "TZ=Asia/Kolkata $P -o b/allocator.c demo.yaml",
    "LC_ALL=tr_TR.UTF-8 LANG=de_DE.UTF-8 LANGUAGE=fr $P -o b/allocator.c demo.yaml",
    "cd b && $P ../demo.yaml",
    "cd / && $P -o \"$OLDPWD/b/allocator.c\" \"$OLDPWD/demo.yaml\"",
    "ln -s \"$P\" other-name && ./other-name -o b/allocator.c demo.yaml",
    "env -i \"$P\" -o b/allocator.c demo.yaml",
    "COLUMNS=20 LINES=5 HOME=/nowhere TERM=dumb $P -qo b/allocator.c demo.yaml",
    "touch -d 1999-01-01 demo.yaml; $P -o ./b//allocator.c ./demo.yaml",
    "mkdir sub && mv demo.yaml sub && $P -o b/allocator.c sub/demo.yaml",
    "printf '# a comment\\n' >>demo.yaml; $P -o b/allocator.c demo.yaml",
    "umask 077; $P -o b/allocator.c demo.yaml",
};

static void bytes_do_not_depend_on_surroundings(void **state)
{
    (void)state;
    const char *emit = "echo 'emit: [rust, cpp, malloc]' >>demo.yaml; mkdir a b; "
                       "$P -o a/allocator.c demo.yaml";
    assert_prints(emit, "");
    for (size_t i = 0; i < sizeof other_ways / sizeof *other_ways; i++) {
        char command[512];
        snprintf(command, sizeof command,
                 "rm -f b/* other-name; [ -e demo.yaml ] || mv sub/demo.yaml .; (%s) && "
                 "diff -r a b",
                 other_ways[i]);
        assert_prints(command, "");
    }
}

/* ---- make */

static const char makefile[] = "app.o: gen\\ erated/x.c\n"
                               "\t@echo compiled; touch $@\n"
                               "gen\\ erated/x.c: my\\ table\\#1.yaml\n"
                               "\t@echo emitted; $$P -o '$@' --depfile deps.mk '$<'\n"
                               "-include deps.mk\n";

/* make runs poolgen once, is then content, and runs it again when the table is newer. */
static void make_converges(void **state)
{
    (void)state;
    put_file("Makefile", makefile);
    assert_prints("mkdir 'gen erated'; mv demo.yaml 'my table#1.yaml'; make -s app.o",
                  "emitted\ncompiled\n");
    assert_prints("cat deps.mk", "gen\\ erated/x.c gen\\ erated/x.h: my\\ table\\#1.yaml\n");
    assert_prints("make -s app.o", "");
    assert_prints("sleep 0.02; touch 'my table#1.yaml'; make -s app.o", "emitted\ncompiled\n");
    assert_prints("make -s app.o", "");
    assert_prints("rm 'gen erated/x.c'; make -s app.o", "emitted\ncompiled\n");
}

/* What includes the header is compiled again if the header has changed, and settles even if an
   unchanged header stays older than the table. */
static void make_converges_on_the_header(void **state)
{
    (void)state;
    put_file("Makefile", "user.o: allocator.h\n"
                         "\t@echo compiled; touch $@\n"
                         "allocator.c: demo.yaml\n"
                         "\t@echo emitted; $$P --depfile deps.mk demo.yaml\n"
                         "allocator.h: allocator.c ;\n"
                         "-include deps.mk\n");
    assert_prints("make -s user.o", "emitted\ncompiled\n");
    assert_prints("make -s user.o", "");
    assert_prints("sleep 0.02; echo '# note' >>demo.yaml; make -s user.o", "emitted\n");
    assert_prints("make -s user.o", "");
    assert_prints("sleep 0.02; sed -i s/64/128/ demo.yaml; make -s user.o", "emitted\ncompiled\n");
    assert_prints("make -s user.o", "");
}

/* ---- shortage */

/* The address sanitizer reserves more than any limit that would be felt. */
#if !defined(__SANITIZE_ADDRESS__)
static void says_when_memory_is_out(void **state)
{
    (void)state;
    const char *make_table = "{ echo 'name: demo'; echo 'pools:'; i=1; while [ $i -le 8000 ]; do "
                             "echo \"  - {size: $((i * 16)), initial_count: 1}\"; i=$((i + 1)); "
                             "done; } >large.yaml";
    assert_prints(make_table, "");
    struct outcome outcome = shell("ulimit -v 24000; $P large.yaml; code=$?; ls; exit $code");
    assert_int_equal(outcome.code, 1);
    assert_string_equal(outcome.err, "poolgen: out of memory\n");
    assert_string_equal(outcome.out, "bad.yaml\ndemo.yaml\nlarge.yaml\nwarn.yaml\n");
    forget(&outcome);
}
#endif

/* $P is the program beside the folder of this test: build/VARIANT/poolgen. */
static void name_program(void)
{
    char path[PATH_MAX] = "";
    if (readlink("/proc/self/exe", path, sizeof path - 9) < 0)
        fail_msg("/proc/self/exe: %s", strerror(errno));
    char *folder = dirname(dirname(path));
    strcat(folder, "/poolgen");
    if (access(folder, X_OK) != 0)
        fail_msg("%s: %s", folder, strerror(errno));
    setenv("P", folder, 1);
}

static int prepare(void **state)
{
    (void)state;
    name_program();
    return 0;
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, enter_scratch, leave_scratch)

int main(void)
{
    enum { ROWS = sizeof rows / sizeof *rows };
    const struct CMUnitTest others[] = {
        IN_SCRATCH(help_fits_a_screen),
        IN_SCRATCH(color_only_where_it_is_wanted),
        IN_SCRATCH(bytes_do_not_depend_on_surroundings),
        IN_SCRATCH(make_converges),
        IN_SCRATCH(make_converges_on_the_header),
#if !defined(__SANITIZE_ADDRESS__)
        IN_SCRATCH(says_when_memory_is_out),
#endif
    };
    struct CMUnitTest by_row[ROWS];
    for (size_t i = 0; i < ROWS; i++)
        by_row[i] = (struct CMUnitTest){rows[i].name, behaves_as_expected, enter_scratch,
                                        leave_scratch, (void *)(uintptr_t)&rows[i]};
    int failed = cmocka_run_group_tests_name("command line rows", by_row, prepare, NULL);
    return failed + cmocka_run_group_tests_name("command line", others, prepare, NULL);
}
