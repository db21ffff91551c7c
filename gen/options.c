#include "options.h"
#include "nearest.h"
#include "validate.h"
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

static const char usage[] = "usage: poolgen [options] TABLE.yaml\n";

enum { ALL_MODES = -1, ALL_BUT_SCHEMA = ~(1 << MODE_PRINT_SCHEMA) };

/* An option does one of three things: keep its value, set the mode, or set `quiet`. */
enum action { KEEP_VALUE, SET_MODE, SET_QUIET };

struct option {
    char letter;       /* for "-o"; 0 if it has none */
    const char *name;  /* as it is spelled: "-o" if it has nothing longer */
    const char *value; /* what --help calls its value; NULL if it takes none */
    enum action action;
    size_t member;  /* KEEP_VALUE: offset of a `const char *` in struct options */
    int modes;      /* KEEP_VALUE: bits of the modes in which the value means something */
    enum mode mode; /* SET_MODE */
    const char *help;
};

#define VALUE(member, modes) KEEP_VALUE, offsetof(struct options, member), modes, MODE_WRITE
#define MODE(mode)           SET_MODE, 0, ALL_MODES, mode

static const struct option options_list[] = {
    {'o', "-o", "STEM.c", VALUE(output, ALL_BUT_SCHEMA),
     "write STEM.c, STEM.h and what else the table asks for\n"
     "(default: allocator.c); the folder must exist"},
    {0, "--prefix", "NAME", VALUE(prefix, ALL_BUT_SCHEMA), "use NAME instead of the table's name"},
    {0, "--check", NULL, MODE(MODE_CHECK),
     "write nothing; print a diff if an output is missing or stale"},
    {0, "--explain", NULL, MODE(MODE_EXPLAIN), "print the plan and its reasons; write nothing"},
    {0, "--explain=json", NULL, MODE(MODE_EXPLAIN_JSON), "the same for machines"},
    {0, "--list-outputs", NULL, MODE(MODE_LIST_OUTPUTS),
     "print the names of the files that would be written"},
    {0, "--depfile", "FILE", VALUE(depfile, 1 << MODE_WRITE),
     "also write the outputs' dependencies, for make"},
    {0, "--print-schema", NULL, MODE(MODE_PRINT_SCHEMA), "print the JSON schema of a table"},
    {'q', "-q", NULL, SET_QUIET, 0, ALL_MODES, MODE_WRITE, "do not print warnings"},
    {0, "--version", NULL, MODE(MODE_VERSION), "print the version"},
    {'h', "--help", NULL, MODE(MODE_HELP), "print this help"},
};
enum { OPTIONS = sizeof options_list / sizeof *options_list };

/* ---- the parser */

/* The words of a command line and how far they are parsed. */
struct parser {
    struct options *options;
    char **word; /* next to be parsed; the last is NULL */
    FILE *errors;
    const char *mode_word; /* that set the mode; NULL if none did */
    bool ended;            /* by "--": what follows is no option */
};

__attribute__((format(printf, 2, 3))) static bool complain(const struct parser *parser,
                                                           const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("poolgen: ", parser->errors);
    vfprintf(parser->errors, format, arguments);
    va_end(arguments);
    fprintf(parser->errors, "\n%spoolgen --help lists the options\n", usage);
    return false;
}

static const char **value_of(struct options *options, const struct option *option)
{
    return (const char **)(void *)((char *)options + option->member);
}

/* `value` is NULL for an option that takes none. */
static bool apply(struct parser *parser, const struct option *option, const char *value)
{
    if (option->action == SET_QUIET) {
        parser->options->quiet = true;
    } else if (option->action == KEEP_VALUE) {
        const char **kept = value_of(parser->options, option);
        if (*kept)
            return complain(parser, "'%s' is given twice", option->name);
        *kept = value;
    } else {
        if (parser->mode_word && option->mode != parser->options->mode)
            return complain(parser, "'%s' and '%s' exclude each other", parser->mode_word,
                            option->name);
        parser->mode_word = option->name;
        parser->options->mode = option->mode;
    }
    return true;
}

/* Applies an option that takes a value: `attached` to the word, or the next word. */
static bool apply_value(struct parser *parser, const struct option *option, const char *attached)
{
    if (!attached && !*parser->word)
        return complain(parser, "'%s' needs a value: %s", option->name, option->value);
    return apply(parser, option, attached ? attached : *parser->word++);
}

static bool complain_unknown(const struct parser *parser, const char *word)
{
    const char *names[OPTIONS];
    size_t count = 0;
    for (size_t i = 0; i < OPTIONS; i++)
        if (options_list[i].name[1] == '-') /* every letter is near every other */
            names[count++] = options_list[i].name;
    size_t nearest = nearest_word(word, strcspn(word, "="), names, count);
    if (nearest == count)
        return complain(parser, "unknown option '%s'", word);
    return complain(parser, "unknown option '%s'; did you mean '%s'?", word, names[nearest]);
}

/* Parses "-q", "-o FILE", "-oFILE", "-qo FILE". */
static bool parse_letters(struct parser *parser, const char *word)
{
    for (const char *letter = word + 1; *letter; letter++) {
        const struct option *option = options_list;
        while (option < options_list + OPTIONS && option->letter != *letter)
            option++;
        if (option == options_list + OPTIONS)
            return complain_unknown(parser, word);
        if (option->value)
            return apply_value(parser, option, letter[1] ? letter + 1 : NULL);
        if (!apply(parser, option, NULL))
            return false;
    }
    return true;
}

/* Parses "--check", "--prefix NAME", "--prefix=NAME". "--explain=json" is a name of its own. */
static bool parse_long(struct parser *parser, const char *word)
{
    size_t length = strcspn(word, "=");
    for (const struct option *option = options_list; option < options_list + OPTIONS; option++) {
        if (!option->value && strcmp(option->name, word) == 0)
            return apply(parser, option, NULL);
        if (option->value && strlen(option->name) == length &&
            strncmp(option->name, word, length) == 0)
            return apply_value(parser, option, word[length] ? word + length + 1 : NULL);
    }
    return complain_unknown(parser, word);
}

static bool parse_word(struct parser *parser, const char *word)
{
    if (parser->ended || word[0] != '-' || word[1] == '\0') {
        if (parser->options->table)
            return complain(parser, "there are two tables, '%s' and '%s'", parser->options->table,
                            word);
        parser->options->table = word;
        return true;
    }
    if (strcmp(word, "--") == 0) {
        parser->ended = true;
        return true;
    }
    return word[1] == '-' ? parse_long(parser, word) : parse_letters(parser, word);
}

/* ---- what goes together */

/* The base name stands in `#include "STEM.h"` and names a Rust module: it is allow-listed. */
static bool check_output_name(const struct parser *parser, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    size_t length = strlen(base);
    if (length < 2 || strcmp(base + length - 2, ".c") != 0)
        return complain(parser, "the output '%s' does not end in .c", path);
    if (length == 2)
        return complain(parser, "the output '%s' has no name before .c", path);
    if (strspn(base, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+.") !=
        length)
        return complain(parser,
                        "the output's name '%s' may have only letters, digits, '_', '-', '+' and "
                        "'.'",
                        base);
    return true;
}

static bool check_together(struct parser *parser)
{
    struct options *options = parser->options;
    for (size_t i = 0; i < OPTIONS; i++) {
        const struct option *option = &options_list[i];
        if (option->action == KEEP_VALUE && *value_of(options, option) &&
            !(option->modes & 1 << options->mode))
            return complain(parser, "'%s' means nothing with '%s'", option->name,
                            parser->mode_word);
    }
    if (options->mode == MODE_PRINT_SCHEMA) {
        if (options->table)
            return complain(parser, "'%s' takes no table", parser->mode_word);
        return true;
    }
    if (!options->table)
        return complain(parser, "which table?");
    const char *why;
    if (options->prefix && !validate_name(options->prefix, &why))
        return complain(parser, "the prefix '%s' %s", options->prefix, why);
    if (!options->output)
        options->output = "allocator.c";
    return check_output_name(parser, options->output);
}

bool options_parse(struct options *options, int argc, char **argv, FILE *errors)
{
    *options = (struct options){.mode = MODE_WRITE};
    struct parser parser = {.options = options, .word = argv + (argc > 0), .errors = errors};
    while (*parser.word) {
        const char *word = *parser.word++;
        if (!parse_word(&parser, word))
            return false;
        if (options->mode == MODE_HELP || options->mode == MODE_VERSION)
            return true; /* whatever else there is */
    }
    return check_together(&parser);
}

/* ---- --help */

/* Prints one option: how it is spelled, and its help, further lines below the first. */
static void print_option(FILE *stream, const struct option *option)
{
    enum { COLUMN = 18 };
    bool both = option->letter && option->name[1] == '-';
    int width = both ? fprintf(stream, "  -%c, %s", option->letter, option->name)
                     : fprintf(stream, "  %s", option->name);
    if (option->value)
        width += fprintf(stream, " %s", option->value);
    for (const char *line = option->help; line;) {
        size_t length = strcspn(line, "\n");
        fprintf(stream, "%*s%.*s\n", COLUMN - width, "", (int)length, line);
        line = line[length] ? line + length + 1 : NULL;
        width = 0;
    }
}

void options_help(FILE *stream)
{
    fprintf(stream,
            "%sReads a table of pools ('-': standard input), emits an allocator as C source.\n\n",
            usage);
    for (size_t i = 0; i < OPTIONS; i++)
        print_option(stream, &options_list[i]);
}
