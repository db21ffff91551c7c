#include "base/flags.h"
#include "base/nearest.h"
#include "base/number.h"
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { GO_ON = -1, GOOD = 0, BAD_USAGE = 2, MOST_FLAGS = 32 };

struct parser {
    struct arena *arena;
    const struct command_line *line;
    char **word; /* next to be parsed; the last is NULL */
    void *options;
    bool given[MOST_FLAGS];
    const struct flag *mode; /* that set the mode; NULL if none did */
};

/* "poolgen", "poolgen tune" */
static void print_name(FILE *stream, const struct command_line *line)
{
    fprintf(stream, "poolgen%s%s", line->name ? " " : "", line->name ? line->name : "");
}

static void print_usage(FILE *stream, const struct command_line *line)
{
    fputs("usage: ", stream);
    print_name(stream, line);
    fprintf(stream, " %s\n", line->usage);
}

int flags_complain(const struct command_line *line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_name(stderr, line);
    fputs(": ", stderr);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    print_usage(stderr, line);
    print_name(stderr, line);
    fputs(" --help lists the options\n", stderr);
    return BAD_USAGE;
}

/* ---- --help */

/* Prints one flag: how it is spelled, and its help, further lines below the first. */
static void print_flag(const char *name, const char *value, const char *help)
{
    enum { COLUMN = 22 };
    int width = printf("  %s%s%s", name, value ? " " : "", value ? value : "");
    if (width >= COLUMN) {
        putchar('\n');
        width = 0;
    }
    for (const char *line = help; line;) {
        size_t length = strcspn(line, "\n");
        printf("%*s%.*s\n", COLUMN - width, "", (int)length, line);
        line = line[length] ? line + length + 1 : NULL;
        width = 0;
    }
}

static void print_help(const struct command_line *line)
{
    print_usage(stdout, line);
    printf("%s\n\n", line->summary);
    for (size_t i = 0; i < line->flag_count; i++) {
        print_flag(line->flags[i].name, line->flags[i].value, line->flags[i].help);
    }
    print_flag("-h, --help", NULL, "print this help");
    if (line->more_help) {
        line->more_help();
    }
}

/* ---- values */

static void append(struct arena *arena, struct words *words, const char *word)
{
    const char **grown = arena_alloc(arena, (words->count + 1) * sizeof *grown);
    if (words->count > 0) {
        memcpy(grown, words->word, words->count * sizeof *grown);
    }
    grown[words->count++] = word;
    words->word = grown;
}

/* Which of "peak|allocations" a word is; -1 if none. */
static int find_choice(const char *choices, const char *word)
{
    size_t length = strlen(word);
    int index = 0;
    for (const char *at = choices;; at += strcspn(at, "|") + 1, index++) {
        if (strcspn(at, "|") == length && strncmp(at, word, length) == 0) {
            return index;
        }
        if (at[strcspn(at, "|")] == '\0') {
            return -1;
        }
    }
}

static int read_whole(const struct parser *parser, const struct flag *flag, const char *word,
                      uint64_t *into)
{
    struct number number;
    const char *wrong =
        number_read(parser->arena, word, strlen(word), flag->kind == FLAG_BYTES, &number);
    if (wrong != NULL) {
        return flags_complain(parser->line, "%s '%s': %s", flag->name, word, wrong);
    }
    *into = number.value;
    return GO_ON;
}

static int read_fraction(const struct parser *parser, const struct flag *flag, const char *word,
                         double *into)
{
    char *end;
    *into = strtod(word, &end);
    if (end == word || *end != '\0' || !isfinite(*into)) {
        return flags_complain(parser->line, "%s '%s': not a number", flag->name, word);
    }
    return GO_ON;
}

static int check_range(const struct parser *parser, const struct flag *flag, double value)
{
    if ((flag->least != 0 || flag->most != 0) && (value < flag->least || value > flag->most)) {
        return flags_complain(parser->line, "%s is from %g to %g", flag->name, flag->least,
                              flag->most);
    }
    return GO_ON;
}

/* Applies a flag without a value. */
static int set(struct parser *parser, const struct flag *flag)
{
    void *into = (char *)parser->options + flag->member;
    if (flag->kind == FLAG_SET) {
        *(bool *)into = true;
        return GO_ON;
    }
    if (parser->mode != NULL && parser->mode->least != flag->least) {
        return flags_complain(parser->line, "'%s' and '%s' exclude each other", parser->mode->name,
                              flag->name);
    }
    parser->mode = flag;
    *(int *)into = (int)flag->least;
    return GO_ON;
}

static int apply(struct parser *parser, const struct flag *flag, const char *word)
{
    void *into = (char *)parser->options + flag->member;
    bool *given = &parser->given[flag - parser->line->flags];
    int code = GO_ON;
    if (*given && flag->kind != FLAG_LIST) {
        return flags_complain(parser->line, "'%s' is given twice", flag->name);
    }
    *given = true;
    switch (flag->kind) {
    case FLAG_STRING:
        *(const char **)into = word;
        break;
    case FLAG_LIST:
        append(parser->arena, into, word);
        break;
    case FLAG_COUNT:
    case FLAG_BYTES:
        code = read_whole(parser, flag, word, into);
        return code == GO_ON ? check_range(parser, flag, (double)*(uint64_t *)into) : code;
    case FLAG_NUMBER:
        code = read_fraction(parser, flag, word, into);
        return code == GO_ON ? check_range(parser, flag, *(double *)into) : code;
    case FLAG_CHOICE:
        *(int *)into = find_choice(flag->value, word);
        if (*(int *)into < 0) {
            return flags_complain(parser->line, "%s is one of %s, not '%s'", flag->name,
                                  flag->value, word);
        }
        break;
    case FLAG_SET:
    case FLAG_MODE:
        break; /* they take no value */
    }
    return code;
}

/* Applies a flag that takes a value: `attached` to the word, or the next word. */
static int apply_value(struct parser *parser, const struct flag *flag, const char *attached)
{
    if (attached == NULL && *parser->word == NULL) {
        return flags_complain(parser->line, "'%s' needs a value: %s", flag->name, flag->value);
    }
    return apply(parser, flag, attached != NULL ? attached : *parser->word++);
}

/* ---- words */

static int complain_unknown(const struct parser *parser, const char *word)
{
    const char *names[MOST_FLAGS];
    size_t count = 0;
    for (size_t i = 0; i < parser->line->flag_count && count < MOST_FLAGS; i++) {
        if (parser->line->flags[i].name[1] == '-') { /* every letter is near every other */
            names[count++] = parser->line->flags[i].name;
        }
    }
    size_t nearest = nearest_word(word, strcspn(word, "="), names, count);
    if (nearest == count) {
        return flags_complain(parser->line, "unknown option '%s'", word);
    }
    return flags_complain(parser->line, "unknown option '%s'; did you mean '%s'?", word,
                          names[nearest]);
}

/* The flag of that name; NULL if there is none. */
static const struct flag *find_flag(const struct command_line *line, const char *name,
                                    size_t length)
{
    for (size_t i = 0; i < line->flag_count; i++) {
        if (strlen(line->flags[i].name) == length &&
            strncmp(line->flags[i].name, name, length) == 0) {
            return &line->flags[i];
        }
    }
    return NULL;
}

/* "-q", "-o FILE", "-oFILE", "-qo FILE" */
static int parse_letters(struct parser *parser, const char *word)
{
    for (const char *letter = word + 1; *letter != '\0'; letter++) {
        const char name[] = {'-', *letter, '\0'};
        const struct flag *flag = find_flag(parser->line, name, 2);
        if (flag == NULL) {
            return complain_unknown(parser, word);
        }
        if (flag->value != NULL) {
            return apply_value(parser, flag, letter[1] != '\0' ? letter + 1 : NULL);
        }
        int code = set(parser, flag);
        if (code != GO_ON) {
            return code;
        }
    }
    return GO_ON;
}

/* "--check", "--prefix NAME", "--prefix=NAME"; "--explain=json" is a name of its own. */
static int parse_long(struct parser *parser, const char *word)
{
    const struct flag *flag = find_flag(parser->line, word, strlen(word));
    if (flag != NULL && flag->value == NULL) {
        return set(parser, flag);
    }
    size_t length = strcspn(word, "=");
    flag = find_flag(parser->line, word, length);
    if (flag == NULL || flag->value == NULL) {
        return complain_unknown(parser, word);
    }
    return apply_value(parser, flag, word[length] != '\0' ? word + length + 1 : NULL);
}

int flags_parse(struct arena *arena, const struct command_line *line, int argc, char **argv,
                void *options, struct words *words)
{
    struct parser parser = {
        .arena = arena, .line = line, .word = argv + (argc > 0), .options = options};
    bool ended = false;
    while (*parser.word != NULL) {
        const char *word = *parser.word++;
        if (!ended && strcmp(word, "--") == 0) {
            ended = true;
        } else if (!ended && (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)) {
            print_help(line);
            return GOOD;
        } else if (ended || word[0] != '-' || word[1] == '\0') {
            append(arena, words, word);
        } else {
            int code = word[1] == '-' ? parse_long(&parser, word) : parse_letters(&parser, word);
            if (code != GO_ON) {
                return code;
            }
        }
    }
    return GO_ON;
}
