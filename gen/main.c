/* poolgen: a pool table in, an allocator as C source out. `generate` is the list of stages. */
#include "command/options.h"
#include "command/subcommands.h"
#include "emit/render.h"
#include "emit/write.h"
#include "plan/explain.h"
#include "plan/plan.h"
#include "table/read.h"
#include "table/schema.h"
#include "table/validate.h"
#include "version.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { GOOD = 0, BAD_TABLE_OR_IO = 1, STALE = 3 }; /* 2 is a bad command line */

/* ---- subcommands: their words win over a table of that name */

struct subcommand {
    const char *name;
    int (*run)(struct arena *arena, int argc, char **argv); /* as subcommands.h says */
    const char *help;
};

static const struct subcommand subcommands[] = {
    {"record", subcommand_record, "run a command and write a profile of what it allocates"},
    {"merge", subcommand_merge, "join profiles"},
    {"tune", subcommand_tune, "choose the pools of a table from profiles"},
    {"report", subcommand_report, "show profiles, and what tables make of them"},
    {NULL, NULL, NULL}, /* the end */
};

static const struct subcommand *find_subcommand(const char *word)
{
    for (const struct subcommand *command = subcommands; word && command->name; command++) {
        if (strcmp(command->name, word) == 0) {
            return command;
        }
    }
    return NULL;
}

static void print_subcommands(void)
{
    puts("\nSubcommands (poolgen WORD --help tells more):");
    for (const struct subcommand *command = subcommands; command->name; command++) {
        printf("  %-20s%s\n", command->name, command->help);
    }
    puts("\nExit codes: 0 good, 1 bad table or I/O, 2 bad command line, 3 stale outputs.");
}

/* ---- what is done with a plan */

/* Base name of the table as it may stand in a C comment: text that reaches C is allow-listed. */
static const char *name_for_comment(struct arena *arena, const char *table)
{
    if (strcmp(table, "-") == 0) {
        return "<stdin>";
    }
    const char *slash = strrchr(table, '/');
    const char *base = slash ? slash + 1 : table;
    char *name = arena_copy(arena, base, strlen(base));
    for (char *c = name; *c; c++) {
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+", *c)) {
            *c = '_';
        }
    }
    return name;
}

static int explain(struct arena *arena, const struct plan *plan, int mode)
{
    struct text text = {.arena = arena};
    if (mode == MODE_EXPLAIN_JSON) {
        explain_json(&text, plan);
    } else {
        explain_text(&text, plan);
    }
    fwrite(text.data, 1, text.length, stdout);
    return GOOD;
}

static int list_outputs(struct arena *arena, const struct plan *plan, const struct naming *naming)
{
    struct output *outputs;
    size_t count;
    render_names(arena, plan, naming, &outputs, &count);
    for (size_t i = 0; i < count; i++) {
        puts(outputs[i].path);
    }
    return GOOD;
}

static int check(struct arena *arena, const struct output *outputs, size_t count)
{
    int stale = write_check(arena, outputs, count, stdout, stderr);
    return stale < 0 ? BAD_TABLE_OR_IO : stale > 0 ? STALE : GOOD;
}

/* True, with a message, if an output would land on the table itself. */
static bool hits_table(const char *table, const struct output *outputs, size_t count)
{
    struct stat input, output;
    if (strcmp(table, "-") == 0 || stat(table, &input) != 0) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (stat(outputs[i].path, &output) == 0 && input.st_dev == output.st_dev &&
            input.st_ino == output.st_ino) {
            fprintf(stderr, "poolgen: the output '%s' is the table itself\n", outputs[i].path);
            return true;
        }
    }
    return false;
}

/* Writes the outputs and, if it is asked for, the file of their dependencies. */
static int write_all(struct arena *arena, const struct options *options,
                     const struct output *outputs, size_t count)
{
    struct output *all = arena_alloc(arena, (count + 1) * sizeof *all);
    memcpy(all, outputs, count * sizeof *all);
    if (options->depfile) {
        struct output *depfile = &all[count];
        *depfile = (struct output){.path = options->depfile, .text = {.arena = arena}};
        size_t inputs = strcmp(options->table, "-") != 0;
        if (!write_depfile(&depfile->text, outputs, count, &options->table, inputs, stderr)) {
            return BAD_TABLE_OR_IO;
        }
        count++;
    }
    if (hits_table(options->table, all, count)) {
        return BAD_TABLE_OR_IO;
    }
    return write_outputs(arena, all, count, stderr) ? GOOD : BAD_TABLE_OR_IO;
}

static int render(struct arena *arena, const struct options *options, const struct plan *plan,
                  const struct naming *naming)
{
    struct output *outputs;
    size_t count;
    struct text errors = {.arena = arena};
    if (!render_outputs(arena, plan, naming, &outputs, &count, &errors)) {
        fputs(errors.data, stderr);
        return BAD_TABLE_OR_IO;
    }
    return options->mode == MODE_CHECK ? check(arena, outputs, count)
                                       : write_all(arena, options, outputs, count);
}

/* ---- the stages, in order */

static bool wants_color(void)
{
    const char *refused = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    return isatty(STDERR_FILENO) && !(refused && *refused) &&
           !(terminal && strcmp(terminal, "dumb") == 0);
}

static int generate(struct arena *arena, const struct options *options)
{
    const char *path = options->table;
    struct diag diag = {.arena = arena, .quiet = options->quiet};
    diag.file = strcmp(path, "-") == 0 ? "<stdin>" : path;

    /* table/: bytes to a tree, and the tree to a pool table. */
    const struct node *tree = read_source(path, &diag) ? read_tree(&diag) : NULL;
    const struct overrides overrides = {options->prefix, options->set.word, options->set.count};
    const struct table *table = tree ? validate_table(tree, &overrides, &diag) : NULL;

    /* plan/: every number and decision, once. */
    const struct plan *plan = table && diag.errors == 0 ? plan_table(arena, table, &diag) : NULL;

    /* base/: what was wrong with the table, each at its place. */
    diag_print(&diag, stderr, wants_color());
    if (!plan) {
        return BAD_TABLE_OR_IO;
    }

    /* plan/ printed, or emit/: the texts of all outputs, then the files, all or none. */
    struct naming naming = {name_for_comment(arena, path), options->output};
    if (options->mode == MODE_EXPLAIN || options->mode == MODE_EXPLAIN_JSON) {
        return explain(arena, plan, options->mode);
    }
    if (options->mode == MODE_LIST_OUTPUTS) {
        return list_outputs(arena, plan, &naming);
    }
    return render(arena, options, plan, &naming);
}

static int print_schema(struct arena *arena)
{
    struct text text = {.arena = arena};
    schema_json(&text);
    fwrite(text.data, 1, text.length, stdout);
    return GOOD;
}

static int run(struct arena *arena, int argc, char **argv)
{
    const struct subcommand *command = find_subcommand(argc > 1 ? argv[1] : NULL);
    if (command) {
        return command->run(arena, argc - 1, argv + 1);
    }

    struct options options;
    int code = options_parse(arena, &options, argc, argv, print_subcommands);
    if (code >= 0) {
        return code;
    }
    switch (options.mode) {
    case MODE_VERSION:
        puts("poolgen " POOLGEN_VERSION);
        return GOOD;
    case MODE_PRINT_SCHEMA:
        return print_schema(arena);
    default:
        return generate(arena, &options);
    }
}

/* Where a standard stream is closed, a stand-in keeps its place: a file opened as descriptor 1 or 2
   would take what is printed. Printing to it fails as before, but to have nothing to print is no
   failure. */
static void keep_standard_streams(void)
{
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++) {
        if (fcntl(stream, F_GETFD) < 0) {
            (void)!open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
        }
    }
}

/* What could not be printed is a failure, whatever the rest of the run came to. */
static int finish_printing(int code)
{
    bool failed = ferror(stdout);
    if (fclose(stdout) != 0) {
        fprintf(stderr, "poolgen: cannot print: %s\n", strerror(errno));
    } else if (failed) {
        fputs("poolgen: cannot print\n", stderr);
    } else {
        return code;
    }
    return BAD_TABLE_OR_IO;
}

static int run_to_end(struct arena *arena, int argc, char **argv)
{
    if (setjmp(arena->out_of_memory) == 0) {
        return run(arena, argc, argv);
    }
    fputs("poolgen: out of memory\n", stderr);
    return BAD_TABLE_OR_IO;
}

int main(int argc, char **argv)
{
    struct arena arena = {0};
    keep_standard_streams();
    int code = run_to_end(&arena, argc, argv);
    arena_free(&arena);
    return finish_printing(code);
}
