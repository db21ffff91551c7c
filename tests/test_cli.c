/* The command line: the built program as a user runs it, from a fresh folder that holds
       demo.yaml   a good table       warn.yaml   one with a warning
       bad.yaml    one with an error  $P          the program */
#define _XOPEN_SOURCE 700
#include "scratch.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the folder */

static int enter_with_tables(void **state)
{
    if (enter_scratch(state) != 0)
        return -1;
    put_file("demo.yaml", "name: demo\nthreads: none\npools:\n  - {size: 64, initial_count: 4}\n");
    put_file("warn.yaml", "name: demo\nthreads: none\npools:\n  - {size: 24, initial_count: 4}\n");
    put_file("bad.yaml", "name: demo\npools:\n  - {size: 7, initial_count: 4}\n");
    return 0;
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

static const struct row command_rows[] = {
    /* usage */
    {"a call without a table is a usage error", "$P", 2, "", "poolgen: which table?" USAGE},
    {"a second table is refused", "$P demo.yaml warn.yaml", 2, "",
     "poolgen: there are two tables, 'demo.yaml' and 'warn.yaml'" USAGE},
    {"an unknown option is refused", "$P --frobnicate demo.yaml", 2, "",
     "poolgen: unknown option '--frobnicate'" USAGE},
    {"a mistyped option has a suggestion", "$P --chekc demo.yaml", 2, "",
     "poolgen: unknown option '--chekc'; did you mean '--check'?" USAGE},
    {"a mistyped option with a value has a suggestion", "$P --prefx=a demo.yaml", 2, "",
     "poolgen: unknown option '--prefx=a'; did you mean '--prefix'?" USAGE},
    {"an option with a dash too few has a suggestion", "$P -check demo.yaml", 2, "",
     "poolgen: unknown option '-check'; did you mean '--check'?" USAGE},
    {"an unknown letter is refused", "$P -x demo.yaml", 2, "",
     "poolgen: unknown option '-x'" USAGE},
    {"an unknown letter among others is refused", "$P -qz demo.yaml", 2, "",
     "poolgen: unknown option '-qz'" USAGE},
    {"an unknown form of --explain is refused", "$P --explain=yaml demo.yaml", 2, "",
     "poolgen: unknown option '--explain=yaml'; did you mean '--explain'?" USAGE},
    {"a value for an option that takes none is refused", "$P --check=yes demo.yaml", 2, "",
     "poolgen: unknown option '--check=yes'; did you mean '--check'?" USAGE},
    {"-o needs a value", "$P demo.yaml -o", 2, "", "poolgen: '-o' needs a value: STEM.c" USAGE},
    {"--prefix needs a value", "$P demo.yaml --prefix", 2, "",
     "poolgen: '--prefix' needs a value: NAME" USAGE},
    {"a second -o is refused", "$P -o a.c -o b.c demo.yaml", 2, "",
     "poolgen: '-o' is given twice" USAGE},
    {"an output that does not end in .c is refused", "$P -o a.cc demo.yaml", 2, "",
     "poolgen: the output 'a.cc' does not end in .c" USAGE},
    {"an empty output is refused", "$P -o '' demo.yaml", 2, "",
     "poolgen: the output '' does not end in .c" USAGE},
    {"an output without a name before .c is refused", "$P -o dir/.c demo.yaml", 2, "",
     "poolgen: the output 'dir/.c' has no name before .c" USAGE},
    {"a quote in the output's name is refused", "$P -o 'dir/a\"b.c' demo.yaml", 2, "",
     "poolgen: the output's name 'a\"b.c' may have only letters, digits, '_', '-', '+' and "
     "'.'" USAGE},
    {"an empty prefix is refused", "$P --prefix= demo.yaml", 2, "", "*poolgen: the prefix '' "},
    {"capitals in the prefix are refused", "$P --prefix Demo demo.yaml", 2, "",
     "*poolgen: the prefix 'Demo' "},
    {"a keyword as the prefix is refused", "$P --prefix int demo.yaml", 2, "",
     "*poolgen: the prefix 'int' is a keyword"},
    {"--set needs a value", "$P demo.yaml --set", 2, "",
     "poolgen: '--set' needs a value: KEY=VALUE" USAGE},
    {"--set needs a value for its key", "$P demo.yaml --set release", 2, "",
     "poolgen: '--set release' lacks a value: KEY=VALUE" USAGE},
    {"--print-schema takes no --set", "$P --set release=auto --print-schema", 2, "",
     "poolgen: '--set' means nothing with '--print-schema'" USAGE},
    {"--check and --explain exclude each other", "$P --check --explain demo.yaml", 2, "",
     "poolgen: '--check' and '--explain' exclude each other" USAGE},
    {"--explain and --explain=json exclude each other", "$P --explain --explain=json demo.yaml", 2,
     "", "poolgen: '--explain' and '--explain=json' exclude each other" USAGE},
    {"--list-outputs and --check exclude each other", "$P --list-outputs --check demo.yaml", 2, "",
     "poolgen: '--list-outputs' and '--check' exclude each other" USAGE},
    {"--depfile is refused with --check", "$P --check --depfile d demo.yaml", 2, "",
     "poolgen: '--depfile' means nothing with '--check'" USAGE},
    {"--print-schema takes no table", "$P --print-schema demo.yaml", 2, "",
     "poolgen: '--print-schema' takes no table" USAGE},
    {"--print-schema takes no -o", "$P -o a.c --print-schema", 2, "",
     "poolgen: '-o' means nothing with '--print-schema'" USAGE},

    /* printing */
    {"--version prints the version", "$P --version", 0, "poolgen 0.1.0\n", ""},
    {"--help wins over what is wrong", "$P -o a.c --help --frobnicate", 0, "*--list-outputs", ""},
    {"-h is --help", "$P -h", 0, "*-h, --help ", ""},
    {"--print-schema prints the keys", "$P --print-schema", 0, "*\"initial_count\"", ""},
    {"--list-outputs prints the C pair", "$P --list-outputs demo.yaml", 0,
     "allocator.c\nallocator.h\n", ""},
    {"--list-outputs asks for no folder", "$P --list-outputs -o nowhere/x.c demo.yaml", 0,
     "nowhere/x.c\nnowhere/x.h\n", ""},
    {"--list-outputs prints every front end",
     "echo 'emit: [rust, cpp, zig, malloc]' >>demo.yaml; $P --list-outputs -o x.c demo.yaml", 0,
     "x.c\nx.h\nx.rs\nx.hpp\nx.zig\nx-malloc.c\n", ""},
    {"--explain prints the plan", "$P --explain demo.yaml", 0, "*64", ""},
    {"--explain=json prints JSON", "$P --explain=json demo.yaml", 0, "*{", ""},

    /* writing */
    {"without -o the C pair is allocator.c and allocator.h", "$P demo.yaml && ls", 0,
     "allocator.c\nallocator.h\nbad.yaml\ndemo.yaml\nwarn.yaml\n", ""},
    {"-o says where the outputs go", "mkdir d && $P -o d/x.c demo.yaml && ls d", 0, "x.c\nx.h\n",
     ""},
    {"-o may have its value attached", "$P -ox.c demo.yaml && ls x.*", 0, "x.c\nx.h\n", ""},
    {"letters may stand together", "$P -qo x.c warn.yaml && ls x.*", 0, "x.c\nx.h\n", ""},
    {"options may follow the table", "$P demo.yaml -o x.c && ls x.*", 0, "x.c\nx.h\n", ""},
    {"--prefix takes the place of the table's name",
     "$P --prefix zed demo.yaml && grep -c 'zed_alloc(size_t' allocator.h; "
     "grep -ci demo_ allocator.[ch]",
     1, "1\nallocator.c:0\nallocator.h:0\n", ""},
    {"--prefix may have its value attached",
     "$P --prefix=zed demo.yaml && grep -o 'zed_owns' allocator.h | head -n 1", 0, "zed_owns\n",
     ""},
    {"--set overrides keys, its value attached or not",
     "$P --set threads=none --set=oversize=fail demo.yaml && "
     "grep -c pthread allocator.c; grep -c 'Requests above .* bytes fail' allocator.c",
     0, "0\n1\n", ""},
    {"what is set is as if the table said it",
     "$P --set release=manual --set budget=16MiB demo.yaml && mkdir d && cp demo.yaml d && "
     "printf 'release: manual\\nbudget: 16MiB\\n' >>d/demo.yaml && "
     "$P --check d/demo.yaml",
     0, "", ""},
    {"a bad value for --set writes nothing", "$P --set release=never demo.yaml || ls", 0,
     "bad.yaml\ndemo.yaml\nwarn.yaml\n",
     "demo.yaml: error: --set release: must be auto or manual, not 'never'\n"},
    {"--explain tells what is set", "$P --explain --set oversize=fail demo.yaml", 0,
     "*oversize      fail", ""},
    {"--explain tells what static storage does not do on each target",
     "{ cat demo.yaml; echo 'target: [posix, windows]'; } | $P -q --explain -", 0,
     "*on Windows static arenas are aligned to 8192 bytes, and keep their memory", ""},
    {"--explain tells that freed big blocks go back where pools do not",
     "$P --explain --set threads=none --set exhausted=fail --set oversize=os demo.yaml", 0,
     "*release       auto: of freed big blocks alone", ""},
    {"--explain tells how a module grows",
     "(cat demo.yaml; echo 'target: [wasm]') >m.yaml && $P --explain m.yaml", 0,
     "*growth        by memory.grow, a span at a time: pages of 65536 bytes, 1 for the widest", ""},
    {"--explain tells that a module has no tables",
     "(echo 'name: m'; echo 'target: [wasm]'; "
     "echo 'pools: [{size: 16, initial_count: 9}, {size: 80, initial_count: 9}]') >m.yaml && "
     "$P --explain m.yaml",
     0, "*selector      unrolled, the fewest bytes of a module", ""},
    {"--explain tells that a chip may need less than its budget counts",
     "(cat demo.yaml; echo 'target: [bare]'; echo 'budget: 1KiB') | $P --explain -", 0,
     "*of 1024 bytes: pointers narrower than 8 bytes take less", ""},
    {"a dash reads standard input", "$P - <demo.yaml && head -n 1 allocator.c", 0,
     "/* generated by poolgen 0.1.0 from <stdin>; do not edit */\n", ""},
    {"an output names its table without the folder",
     "mkdir d && cp demo.yaml d/ && $P d/demo.yaml && head -n 1 allocator.h", 0,
     "/* generated by poolgen 0.1.0 from demo.yaml; do not edit */\n", ""},
    {"odd characters in the table's name reach no output",
     "cp demo.yaml 'a*?\\ \"b' && $P 'a*?\\ \"b' && head -n 1 allocator.c", 0,
     "/* generated by poolgen 0.1.0 from a_____b; do not edit */\n", ""},
    {"after a double dash all are tables",
     "cp demo.yaml ./--check && $P -q -- --check && ls allocator.h", 0, "allocator.h\n", ""},

    /* diagnostics */
    {"a warning is told and the outputs are written", "$P warn.yaml && ls allocator.h", 0,
     "allocator.h\n",
     "warn.yaml:4:12: warning: pools[0].size: 24 is rounded up to 32, a multiple of the alignment "
     "of 16\n  - {size: 24, initial_count: 4}\n           ^\n"},
    {"-q keeps warnings quiet", "$P -q warn.yaml && ls allocator.h", 0, "allocator.h\n", ""},
    {"-q shows errors", "$P -q bad.yaml", 1, "", "*bad.yaml:3:12: error: pools[0].size: "},
    {"a bad table writes nothing", "$P bad.yaml; ls", 0, "bad.yaml\ndemo.yaml\nwarn.yaml\n", NULL},
    {"an error of standard input is placed in <stdin>", "$P - <bad.yaml", 1, "",
     "*<stdin>:3:12: error: pools[0].size: "},
    {"a missing table is told", "$P missing.yaml", 1, "",
     "missing.yaml: error: cannot open: No such file or directory\n"},
    {"a folder is no table", "mkdir d && $P d", 1, "", "d: error: cannot read: Is a directory\n"},
    {"a pipe gets no colour", "TERM=xterm $P bad.yaml 2>&1 | grep -c '\033'", 1, "0\n", ""},

    /* input and output */
    {"a missing folder is told", "$P -o no/x.c demo.yaml", 1, "",
     "poolgen: cannot write 'no/x.c': its folder does not exist\n"},
    {"an output that is a folder leaves all as it was", "mkdir allocator.h && $P demo.yaml; ls", 0,
     "allocator.h\nbad.yaml\ndemo.yaml\nwarn.yaml\n",
     "poolgen: cannot write 'allocator.h': it is not a regular file\n"},
    {"an output that is a device is refused", "ln -s /dev/full allocator.c && $P demo.yaml", 1, "",
     "poolgen: cannot write 'allocator.c': it is not a regular file\n"},
    {"the table is not overwritten by an output",
     "cp demo.yaml t.c && $P -o t.c t.c; cmp demo.yaml t.c", 0, "",
     "poolgen: the output 't.c' is the table itself\n"},
    {"a depfile of standard input names the outputs alone", "$P --depfile d - <demo.yaml && cat d",
     0, "allocator.c allocator.h:\n", ""},
    {"the table is not overwritten by the depfile", "$P --depfile demo.yaml demo.yaml", 1, "",
     "poolgen: the output 'demo.yaml' is the table itself\n"},
    {"a depfile may not be an output", "$P --depfile allocator.h demo.yaml", 1, "",
     "poolgen: 'allocator.h' and 'allocator.h' are the same file\n"},
    {"a name that make cannot write is refused",
     "cp demo.yaml 'a;b' && $P --depfile d 'a;b'; ls allocator.c", 2, "",
     "*poolgen: make has no way to write the name 'a;b'\n"},
    {"--explain on a full disk is an error", "$P --explain demo.yaml >/dev/full", 1, "",
     "poolgen: cannot print: No space left on device\n"},
    {"--help on a full disk is an error", "$P --help >/dev/full", 1, "",
     "poolgen: cannot print: No space left on device\n"},
    {"--check on a full disk is an error", "$P --check demo.yaml >/dev/full", 1, "",
     "*poolgen: cannot print"},
    {"a closed standard output is an error when there is something to print", "$P --version >&-", 1,
     "", "poolgen: cannot print: Bad file descriptor\n"},
    {"a closed standard input is an error when the table is read from it", "$P - <&-", 1, "",
     "<stdin>: error: cannot read: Bad file descriptor\n"},
    {"with all streams closed the outputs are written",
     "$P warn.yaml <&- >&- 2>&- && tail -n 1 allocator.h", 0, "*#endif", ""},
    {"a reader that leaves is no error", "$P --explain demo.yaml | head -n 0", 0, "", ""},

    /* --check */
    {"--check is silent about fresh outputs", "$P demo.yaml && $P --check demo.yaml", 0, "", ""},
    {"--check shows a missing output", "$P demo.yaml && rm allocator.h && $P --check demo.yaml", 3,
     "*--- /dev/null\n+++ allocator.h\n@@ -0,0 +1,", ""},
    {"--check shows an output whose folder is missing", "$P --check -o no/x.c demo.yaml", 3,
     "*--- /dev/null\n+++ no/x.c\n@@ -0,0 +1,", ""},
    {"--check shows a stale output",
     "$P demo.yaml && sed -i 2d allocator.c && $P --check demo.yaml", 3,
     "*--- allocator.c\n+++ allocator.c\n@@ -1,4 +1,5 @@\n"
     " /* generated by poolgen 0.1.0 from demo.yaml; do not edit */\n"
     "+/* SPDX-License-Identifier: 0BSD */\n",
     ""},
    {"what --check prints is a patch that makes the outputs fresh",
     "$P demo.yaml && cp allocator.c good && sed -i '5d;9s/^/x/' allocator.c && rm allocator.h; "
     "$P --check demo.yaml >p; patch -s -p0 <p && $P --check demo.yaml && cmp good allocator.c",
     0, "", ""},
    {"--check writes nothing", "$P --check demo.yaml >/dev/null; ls", 0,
     "bad.yaml\ndemo.yaml\nwarn.yaml\n", ""},
    {"--check with another prefix finds the outputs stale",
     "$P demo.yaml && $P --check --prefix zed demo.yaml", 3, "*+", ""},
    {"--check refuses a bad table", "$P --check bad.yaml", 1, "", NULL},
    {"--check fails where an output is a folder", "mkdir allocator.c && $P --check demo.yaml", 1,
     NULL, "poolgen: cannot check 'allocator.c': it is not a regular file\n"},
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

static void a_command_does_what_its_row_says(void **state)
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
static void help_fits_a_screen_and_names_every_option(void **state)
{
    (void)state;
    char *help = help_of("", 24);
    static const char *const words[] = {
        "-o STEM.c",      "--prefix NAME",  "--set KEY=VALUE", "--check",        "--explain",
        "--explain=json", "--list-outputs", "--depfile FILE",  "--print-schema", "-q",
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

static void colour_is_used_only_where_it_is_wanted(void **state)
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
    const char *emit = "echo 'emit: [rust, cpp, zig, malloc]' >>demo.yaml; mkdir a b; "
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
static void make_runs_poolgen_once_and_again_when_the_table_is_newer(void **state)
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
static void make_compiles_again_only_when_the_header_has_changed(void **state)
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
static void a_lack_of_memory_is_told_and_writes_nothing(void **state)
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

/* $P is the program beside this test's folder, build/VARIANT/poolgen. False if there is none. */
static bool name_program(void)
{
    char path[PATH_MAX] = "";
    if (readlink("/proc/self/exe", path, sizeof path - 9) < 0)
        return false;
    char *folder = dirname(dirname(path));
    strcat(folder, "/poolgen");
    return access(folder, X_OK) == 0 && setenv("P", folder, 1) == 0;
}

int main(void)
{
    if (!name_program()) {
        perror("poolgen, beside the tests");
        return EXIT_FAILURE;
    }
    unit_surround(enter_with_tables, leave_scratch);
    TEST_ROWS(command_rows, a_command_does_what_its_row_says);
    TEST(help_fits_a_screen_and_names_every_option);
    TEST(colour_is_used_only_where_it_is_wanted);
    TEST(bytes_do_not_depend_on_surroundings);
    TEST(make_runs_poolgen_once_and_again_when_the_table_is_newer);
    TEST(make_compiles_again_only_when_the_header_has_changed);
#if !defined(__SANITIZE_ADDRESS__)
    TEST(a_lack_of_memory_is_told_and_writes_nothing);
#endif
    return unit_run("command line");
}
