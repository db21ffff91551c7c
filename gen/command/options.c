#include "command/options.h"
#include "table/validate.h"
#include <stddef.h>
#include <string.h>

enum { GO_ON = -1 };

#define VALUE(member) FLAG_STRING, offsetof(struct options, member), 0, 0
#define MODE(number)  NULL, FLAG_MODE, offsetof(struct options, mode), number, number

static const struct flag flags[] = {
    {"-o", "STEM.c", VALUE(output),
     "write STEM.c, STEM.h and what else the table asks for\n"
     "(default: allocator.c); the folder must exist"},
    {"--prefix", "NAME", VALUE(prefix), "use NAME instead of the table's name"},
    {"--set", "KEY=VALUE", FLAG_LIST, offsetof(struct options, set), 0, 0,
     "use VALUE instead of the table's; may repeat"},
    {"--check", MODE(MODE_CHECK), "write nothing; print a diff of what is missing or stale"},
    {"--explain", MODE(MODE_EXPLAIN), "print the plan and its reasons; write nothing"},
    {"--explain=json", MODE(MODE_EXPLAIN_JSON), "the same for machines"},
    {"--list-outputs", MODE(MODE_LIST_OUTPUTS),
     "print the names of the files that would be written"},
    {"--depfile", "FILE", VALUE(depfile), "also write the outputs' dependencies, for make"},
    {"--print-schema", MODE(MODE_PRINT_SCHEMA), "print the JSON schema of a table"},
    {"-q", NULL, FLAG_SET, offsetof(struct options, quiet), 0, 0, "do not print warnings"},
    {"--version", MODE(MODE_VERSION), "print the version"},
};

/* The base name stands in `#include "STEM.h"` and names a Rust module: it is allow-listed. */
static int check_output_name(const struct command_line *line, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    size_t length = strlen(base);
    if (length < 2 || strcmp(base + length - 2, ".c") != 0) {
        return flags_complain(line, "the output '%s' does not end in .c", path);
    }
    if (length == 2) {
        return flags_complain(line, "the output '%s' has no name before .c", path);
    }
    if (strspn(base, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+.") !=
        length) {
        return flags_complain(
            line,
            "the output's name '%s' may have only letters, digits, '_', '-', '+' and "
            "'.'",
            base);
    }
    return GO_ON;
}

/* How the mode was asked for. */
static const char *mode_word(int mode)
{
    const struct flag *flag = flags;
    while (flag->kind != FLAG_MODE || (int)flag->least != mode) {
        flag++;
    }
    return flag->name;
}

/* Refuses a value that means nothing in the mode. */
static int check_value(const struct command_line *line, const char *name, const char *value,
                       int mode, bool meant)
{
    if (value == NULL || meant) {
        return GO_ON;
    }
    return flags_complain(line, "'%s' means nothing with '%s'", name, mode_word(mode));
}

/* Which keys and values there are is for the table's rules to say. */
static int check_settings(const struct command_line *line, const struct options *options,
                          bool any_table)
{
    int code = GO_ON;
    for (size_t i = 0; i < options->set.count && code == GO_ON; i++) {
        const char *setting = options->set.word[i];
        code = check_value(line, "--set", setting, options->mode, any_table);
        if (code == GO_ON && strchr(setting, '=') == NULL) {
            code = flags_complain(line, "'--set %s' lacks a value: KEY=VALUE", setting);
        }
    }
    return code;
}

static int check_together(const struct command_line *line, struct options *options)
{
    const int mode = options->mode;
    const bool any_table = mode != MODE_PRINT_SCHEMA;
    int code = check_value(line, "-o", options->output, mode, any_table);
    if (code == GO_ON) {
        code = check_value(line, "--prefix", options->prefix, mode, any_table);
    }
    if (code == GO_ON) {
        code = check_settings(line, options, any_table);
    }
    if (code == GO_ON) {
        code = check_value(line, "--depfile", options->depfile, mode, mode == MODE_WRITE);
    }
    if (code != GO_ON) {
        return code;
    }
    if (!any_table) {
        return options->table ? flags_complain(line, "'%s' takes no table", mode_word(mode))
                              : GO_ON;
    }
    if (!options->table) {
        return flags_complain(line, "which table?");
    }
    const char *why;
    if (options->prefix && !validate_name(options->prefix, &why)) {
        return flags_complain(line, "the prefix '%s' %s", options->prefix, why);
    }
    if (!options->output) {
        options->output = "allocator.c";
    }
    return check_output_name(line, options->output);
}

int options_parse(struct arena *arena, struct options *options, int argc, char **argv,
                  void (*more_help)(void))
{
    const struct command_line line = {
        NULL,
        "[options] TABLE.yaml",
        "Reads a table of pools ('-': standard input), emits an allocator as C source.",
        flags,
        sizeof flags / sizeof *flags,
        more_help};
    struct words tables = {0};
    *options = (struct options){.mode = MODE_WRITE};
    int code = flags_parse(arena, &line, argc, argv, options, &tables);
    if (code != GO_ON || options->mode == MODE_VERSION) {
        return code;
    }
    if (tables.count > 1) {
        return flags_complain(&line, "there are two tables, '%s' and '%s'", tables.word[0],
                              tables.word[1]);
    }
    options->table = tables.count > 0 ? tables.word[0] : NULL;
    return check_together(&line, options);
}
