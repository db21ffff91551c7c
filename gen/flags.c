#include "flags.h"
#include "nearest.h"
#include "number.h"
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
};

int flags_complain(const struct command_line *line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "poolgen %s: ", line->name);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\nusage: poolgen %s %s\npoolgen %s --help lists the options\n", line->name,
            line->usage, line->name);
    return BAD_USAGE;
}

static void print_help(const struct command_line *line)
{
    enum { COLUMN = 22 };
    printf("usage: poolgen %s %s\n%s\n\n", line->name, line->usage, line->summary);
    for (size_t i = 0; i < line->flag_count; i++) {
        const struct flag *flag = &line->flags[i];
        int width =
            printf("  %s%s%s", flag->name, flag->value ? " " : "", flag->value ? flag->value : "");
        printf(width < COLUMN ? "%*s%s\n" : "\n%*s%s\n", width < COLUMN ? COLUMN - width : COLUMN,
               "", flag->help);
    }
    printf("  %-*s%s\n", COLUMN - 2, "-h, --help", "print this help");
}

static void append(struct arena *arena, struct words *words, const char *word)
{
    const char **grown = arena_alloc(arena, (words->count + 1) * sizeof *grown);
    if (words->count > 0)
        memcpy(grown, words->word, words->count * sizeof *grown);
    grown[words->count++] = word;
    words->word = grown;
}

/* Which of "peak|allocations" a word is; -1 if none. */
static int find_choice(const char *choices, const char *word)
{
    size_t length = strlen(word);
    int index = 0;
    for (const char *at = choices;; at += strcspn(at, "|") + 1, index++) {
        if (strcspn(at, "|") == length && strncmp(at, word, length) == 0)
            return index;
        if (at[strcspn(at, "|")] == '\0')
            return -1;
    }
}

static int read_whole(const struct parser *parser, const struct flag *flag, const char *word,
                      uint64_t *into)
{
    struct number number;
    const char *wrong =
        number_read(parser->arena, word, strlen(word), flag->kind == FLAG_BYTES, &number);
    if (wrong != NULL)
        return flags_complain(parser->line, "%s '%s': %s", flag->name, word, wrong);
    *into = number.value;
    return GO_ON;
}

static int read_fraction(const struct parser *parser, const struct flag *flag, const char *word,
                         double *into)
{
    char *end;
    *into = strtod(word, &end);
    if (end == word || *end != '\0' || !isfinite(*into))
        return flags_complain(parser->line, "%s '%s': not a number", flag->name, word);
    return GO_ON;
}

static int check_range(const struct parser *parser, const struct flag *flag, double value)
{
    if ((flag->least != 0 || flag->most != 0) && (value < flag->least || value > flag->most))
        return flags_complain(parser->line, "%s is from %g to %g", flag->name, flag->least,
                              flag->most);
    return GO_ON;
}

static int apply(const struct parser *parser, const struct flag *flag, const char *word)
{
    void *into = (char *)parser->options + flag->member;
    int code = GO_ON;
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
        if (*(int *)into < 0)
            return flags_complain(parser->line, "%s is one of %s, not '%s'", flag->name,
                                  flag->value, word);
        break;
    }
    return code;
}

static int complain_unknown(const struct parser *parser, const char *word)
{
    const char *names[MOST_FLAGS];
    size_t count = 0;
    for (size_t i = 0; i < parser->line->flag_count && count < MOST_FLAGS; i++)
        if (parser->line->flags[i].name[1] == '-') /* every letter is near every other */
            names[count++] = parser->line->flags[i].name;
    size_t nearest = nearest_word(word, strcspn(word, "="), names, count);
    if (nearest == count)
        return flags_complain(parser->line, "unknown option '%s'", word);
    return flags_complain(parser->line, "unknown option '%s'; did you mean '%s'?", word,
                          names[nearest]);
}

/* Parses "--name VALUE", "--name=VALUE", "-o VALUE". */
static int parse_flag(struct parser *parser, const char *word)
{
    size_t length = strcspn(word, "=");
    for (size_t i = 0; i < parser->line->flag_count; i++) {
        const struct flag *flag = &parser->line->flags[i];
        if (strlen(flag->name) != length || strncmp(flag->name, word, length) != 0)
            continue;
        if (word[length] == '=')
            return apply(parser, flag, word + length + 1);
        if (*parser->word == NULL)
            return flags_complain(parser->line, "'%s' needs a value: %s", flag->name, flag->value);
        return apply(parser, flag, *parser->word++);
    }
    return complain_unknown(parser, word);
}

int flags_parse(struct arena *arena, const struct command_line *line, int argc, char **argv,
                void *options, struct words *words)
{
    struct parser parser = {arena, line, argv + (argc > 0), options};
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
            int code = parse_flag(&parser, word);
            if (code != GO_ON)
                return code;
        }
    }
    return GO_ON;
}
