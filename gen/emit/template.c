/* Strict text templates. A template is parsed to parts, every name in it is resolved against what
   is bound, and only then is it rendered; so a wrong name is found in every branch, taken or not.
 */
#include "emit/template.h"
#include <assert.h>
#include <string.h>

enum { MAX_INCLUDE_DEPTH = 8 };

/* ---- what is bound */

enum value_kind { VALUE_TEXT = 1, VALUE_FLAG = 2, VALUE_LIST = 4 };

struct value {
    struct value *next;
    const char *name;
    uint32_t hash; /* of the name: rows by the thousand are searched by it */
    enum value_kind kind;
    bool flag;
    bool mentioned; /* some template names it */
    bool offered;   /* none needs to */
    const char *text;
    size_t length;           /* bytes of text */
    struct bindings *first;  /* rows of a list */
    struct bindings *newest; /* last of them */
};

struct bindings {
    struct arena *arena;
    struct bindings *next; /* next row of the same list */
    struct value *first;
    struct value *newest;
};

/* FNV-1a, 32 bits. */
static uint32_t hash_name(const char *name)
{
    uint32_t hash = 2166136261U;
    for (; *name; name++) {
        hash = (hash ^ (unsigned char)*name) * 16777619U;
    }
    return hash;
}

static struct value *find_value(const struct bindings *bindings, const char *name, uint32_t hash)
{
    for (struct value *value = bindings->first; value; value = value->next) {
        if (value->hash == hash && strcmp(value->name, name) == 0) {
            return value;
        }
    }
    return NULL;
}

static struct value *bind_value(struct bindings *bindings, const char *name, enum value_kind kind)
{
    uint32_t hash = hash_name(name);
    assert(!find_value(bindings, name, hash) && "a name is bound once in each scope");
    struct value *value = arena_alloc(bindings->arena, sizeof *value);
    value->name = name;
    value->hash = hash;
    value->kind = kind;
    if (bindings->newest) {
        bindings->newest->next = value;
    } else {
        bindings->first = value;
    }
    bindings->newest = value;
    return value;
}

struct bindings *bindings_new(struct arena *arena)
{
    struct bindings *bindings = arena_alloc(arena, sizeof *bindings);
    bindings->arena = arena;
    return bindings;
}

void bind_text(struct bindings *bindings, const char *name, const char *text)
{
    struct value *value = bind_value(bindings, name, VALUE_TEXT);
    value->text = text;
    value->length = strlen(text);
}

void bind_number(struct bindings *bindings, const char *name, uint64_t number)
{
    char digits[20]; /* UINT64_MAX has 20 */
    char *first = digits + sizeof digits;
    do {
        *--first = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    size_t length = (size_t)(digits + sizeof digits - first);
    bind_text(bindings, name, arena_copy(bindings->arena, first, length));
}

void bind_flag(struct bindings *bindings, const char *name, bool flag)
{
    bind_value(bindings, name, VALUE_FLAG)->flag = flag;
}

void bind_offered(struct bindings *bindings)
{
    for (struct value *value = bindings->first; value; value = value->next) {
        value->offered = true;
    }
}

void bind_list(struct bindings *bindings, const char *name)
{
    bind_value(bindings, name, VALUE_LIST);
}

struct bindings *bind_row(struct bindings *bindings, const char *name)
{
    struct value *list = find_value(bindings, name, hash_name(name));
    assert(list && list->kind == VALUE_LIST && "bind_list comes before bind_row");
    struct bindings *row = bindings_new(bindings->arena);
    if (list->newest) {
        list->newest->next = row;
    } else {
        list->first = row;
    }
    list->newest = row;
    return row;
}

/* ---- what a template says */

enum part_kind { PART_TEXT, PART_VALUE, PART_IF, PART_FOR };

struct part {
    enum part_kind kind;
    const char *file; /* template it stands in */
    unsigned line;
    const char *text; /* PART_TEXT */
    size_t length;    /* bytes of text */
    const char *name; /* of the value that the other kinds ask for */
    uint32_t hash;
    bool negated;           /* PART_IF: //%if !name */
    struct part *body;      /* PART_IF, PART_FOR */
    struct part *otherwise; /* PART_IF: after //%else */
    struct part *next;
};

/* A list of parts under construction; `end` is where the next one is linked in. */
struct parts {
    struct part *first;
    struct part **end;
};

/* A template being read, and the one that includes it. */
struct reader {
    const struct template_source *source;
    const struct reader *includer;
    size_t at;     /* offset of the next line */
    unsigned line; /* number of the line read last */
};

/* One call of this module. */
struct run {
    struct arena *arena;
    template_finder *find;
    struct text *errors;
    bool failed;
};

static void refuse(struct run *run, const char *file, unsigned line, const char *message)
{
    text_format(run->errors, "templates/%s:%u: error: %s\n", file, line, message);
    run->failed = true;
}

static void refuse_here(struct run *run, const struct reader *reader, const char *message)
{
    refuse(run, reader->source->name, reader->line, message);
}

struct slice {
    const char *data;
    size_t length;
};

static bool slice_is(struct slice slice, const char *word)
{
    return slice.length == strlen(word) && memcmp(slice.data, word, slice.length) == 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static struct slice trim(struct slice slice)
{
    while (slice.length && is_blank(*slice.data)) {
        slice.data++;
        slice.length--;
    }
    while (slice.length && is_blank(slice.data[slice.length - 1])) {
        slice.length--;
    }
    return slice;
}

/* Sets *line to the next line without its line feed. False at the end of the template. */
static bool next_line(struct reader *reader, struct slice *line)
{
    if (reader->at == reader->source->length) {
        return false;
    }
    line->data = reader->source->text + reader->at;
    size_t left = reader->source->length - reader->at;
    const char *feed = memchr(line->data, '\n', left);
    line->length = feed ? (size_t)(feed - line->data) : left;
    reader->at += feed ? line->length + 1 : line->length;
    reader->line++;
    return true;
}

/* Puts back the line that was read last. */
static void unread_line(struct reader *reader, struct slice line)
{
    reader->at = (size_t)(line.data - reader->source->text);
    reader->line--;
}

static bool is_line_comment(struct slice line)
{
    return line.length >= 2 && memcmp(line.data, "//", 2) == 0 &&
           (line.length == 2 || line.data[2] == ' ');
}

/* Reads to the line that closes the block comment whose first line is `line`. */
static void skip_block_comment(struct run *run, struct reader *reader, struct slice line)
{
    unsigned opened = reader->line;
    line.data += 2; /* the opener's star is not the closer's */
    line.length -= 2;
    do {
        for (size_t i = 0; i + 1 < line.length; i++) {
            if (line.data[i] != '*' || line.data[i + 1] != '/') {
                continue;
            }
            if (trim((struct slice){line.data + i + 2, line.length - i - 2}).length) {
                refuse_here(run, reader, "text after the end of the first comment");
            }
            return;
        }
    } while (next_line(reader, &line));
    refuse(run, reader->source->name, opened, "the first comment is not closed");
}

/* Skips the first comment, which documents the template, and the blank lines after it. */
static void skip_documentation(struct run *run, struct reader *reader)
{
    struct slice line = {"", 0};
    bool more = next_line(reader, &line);
    if (more && line.length >= 2 && memcmp(line.data, "/*", 2) == 0) {
        skip_block_comment(run, reader, line);
        more = next_line(reader, &line);
    } else if (more && is_line_comment(line)) {
        while (more && is_line_comment(line)) {
            more = next_line(reader, &line);
        }
    } else {
        refuse(run, reader->source->name, 1,
               "a template starts with a comment that says what it is given");
    }
    while (more && trim(line).length == 0) {
        more = next_line(reader, &line);
    }
    if (more) {
        unread_line(reader, line);
    }
}

static struct part *add_part(struct run *run, const struct reader *reader, struct parts *parts,
                             enum part_kind kind)
{
    struct part *part = arena_alloc(run->arena, sizeof *part);
    part->kind = kind;
    part->file = reader->source->name;
    part->line = reader->line;
    *parts->end = part;
    parts->end = &part->next;
    return part;
}

static void add_text(struct run *run, const struct reader *reader, struct parts *parts,
                     const char *text, size_t length)
{
    if (length == 0) {
        return;
    }
    struct part *part = add_part(run, reader, parts, PART_TEXT);
    part->text = text;
    part->length = length;
}

static void set_name(struct run *run, struct part *part, const char *name, size_t length)
{
    part->name = arena_copy(run->arena, name, length);
    part->hash = hash_name(part->name);
}

/* Splits a line of text at its substitutions. `line` includes the line feed. */
static void parse_text(struct run *run, const struct reader *reader, struct parts *parts,
                       struct slice line)
{
    const char *end = line.data + line.length;
    const char *at = line.data;
    while (at < end) {
        const char *sign = memchr(at, '@', (size_t)(end - at));
        if (!sign) {
            add_text(run, reader, parts, at, (size_t)(end - at));
            return;
        }
        add_text(run, reader, parts, at, (size_t)(sign - at));
        const char *close = sign + 1;
        while (close < end && is_name_character(*close)) {
            close++;
        }
        if (close == end || *close != '@') {
            refuse_here(run, reader, "'@' without a closing '@' (a literal one is '@@')");
            return;
        }
        if (close == sign + 1) {
            add_text(run, reader, parts, sign, 1);
        } else {
            struct part *part = add_part(run, reader, parts, PART_VALUE);
            set_name(run, part, sign + 1, (size_t)(close - sign - 1));
        }
        at = close + 1;
    }
}

/* What ended a run of parts. */
enum closing { CLOSED_BY_FILE, CLOSED_BY_END, CLOSED_BY_ELSE };

static enum closing parse_parts(struct run *run, struct reader *reader, struct parts *parts);

/* Parses what stands between a directive and its //%end. */
static void parse_block(struct run *run, struct reader *reader, struct part *part)
{
    struct parts parts = {.end = &part->body};
    enum closing closing = parse_parts(run, reader, &parts);
    if (closing == CLOSED_BY_ELSE && part->kind != PART_IF) {
        refuse_here(run, reader, "'//%else' belongs to '//%if'");
    }
    if (closing == CLOSED_BY_ELSE) {
        struct parts otherwise = {.end = &part->otherwise};
        while ((closing = parse_parts(run, reader, &otherwise)) == CLOSED_BY_ELSE) {
            refuse_here(run, reader, "a second '//%else'");
        }
    }
    if (closing == CLOSED_BY_FILE) {
        refuse(run, part->file, part->line,
               part->kind == PART_IF ? "'//%if' without '//%end'" : "'//%for' without '//%end'");
    }
}

static void parse_named_block(struct run *run, struct reader *reader, struct parts *parts,
                              enum part_kind kind, struct slice name)
{
    struct part *part = add_part(run, reader, parts, kind);
    if (kind == PART_IF && name.length && *name.data == '!') {
        part->negated = true;
        name.data++;
        name.length--;
    }
    size_t length = 0;
    while (length < name.length && is_name_character(name.data[length])) {
        length++;
    }
    if (length == 0 || length != name.length) {
        refuse_here(run, reader, "the directive takes one name");
    }
    set_name(run, part, name.data, length);
    parse_block(run, reader, part);
}

static void parse_file(struct run *run, const char *name, const struct reader *includer,
                       struct parts *parts);

/* The included parts join those around them: an include leaves no trace in what is rendered. */
static void parse_include(struct run *run, const struct reader *reader, struct parts *parts,
                          struct slice file)
{
    if (file.length == 0) {
        refuse_here(run, reader, "'//%include' takes a file name");
        return;
    }
    unsigned depth = 0;
    for (const struct reader *above = reader; above; above = above->includer, depth++) {
        if (!slice_is(file, above->source->name)) {
            continue;
        }
        refuse_here(run, reader,
                    arena_format(run->arena, "'%s' includes itself", above->source->name));
        return;
    }
    if (depth > MAX_INCLUDE_DEPTH) {
        refuse_here(run, reader,
                    arena_format(run->arena, "includes nest deeper than %d", MAX_INCLUDE_DEPTH));
    } else {
        parse_file(run, arena_copy(run->arena, file.data, file.length), reader, parts);
    }
}

/* Parses the directive in `line`, blanks trimmed. True if it closes the parts being parsed. */
static bool parse_directive(struct run *run, struct reader *reader, struct parts *parts,
                            struct slice line, enum closing *closing)
{
    struct slice word = {line.data + 3, 0};
    while (3 + word.length < line.length && is_name_character(word.data[word.length])) {
        word.length++;
    }
    struct slice argument =
        trim((struct slice){word.data + word.length, line.length - 3 - word.length});
    bool is_else = slice_is(word, "else");

    if (slice_is(word, "if")) {
        parse_named_block(run, reader, parts, PART_IF, argument);
    } else if (slice_is(word, "for")) {
        parse_named_block(run, reader, parts, PART_FOR, argument);
    } else if (slice_is(word, "include")) {
        parse_include(run, reader, parts, argument);
    } else if (is_else || slice_is(word, "end")) {
        if (argument.length) {
            refuse_here(run, reader, "the directive takes nothing");
        }
        *closing = is_else ? CLOSED_BY_ELSE : CLOSED_BY_END;
        return true;
    } else {
        refuse_here(
            run, reader,
            arena_format(run->arena, "unknown directive '//%%%.*s'", (int)word.length, word.data));
    }
    return false;
}

static bool holds_directive(struct slice line)
{
    for (size_t i = 0; i + 3 <= line.length; i++) {
        if (memcmp(line.data + i, "//%", 3) == 0) {
            return true;
        }
    }
    return false;
}

static enum closing parse_parts(struct run *run, struct reader *reader, struct parts *parts)
{
    struct slice line;
    while (next_line(reader, &line)) {
        struct slice trimmed = trim(line);
        enum closing closing;
        if (trimmed.length >= 3 && memcmp(trimmed.data, "//%", 3) == 0) {
            if (parse_directive(run, reader, parts, trimmed, &closing)) {
                return closing;
            }
            continue;
        }
        if (holds_directive(line)) {
            refuse_here(run, reader, "a directive has a line of its own");
        }
        size_t with_feed = (size_t)(reader->source->text + reader->at - line.data);
        parse_text(run, reader, parts, (struct slice){line.data, with_feed});
    }
    return CLOSED_BY_FILE;
}

static void parse_file(struct run *run, const char *name, const struct reader *includer,
                       struct parts *parts)
{
    const struct template_source *source = run->find(name);
    if (!source) {
        refuse(run, includer ? includer->source->name : name, includer ? includer->line : 1,
               arena_format(run->arena, "there is no template '%s'", name));
        return;
    }
    struct reader reader = {.source = source, .includer = includer};
    skip_documentation(run, &reader);
    enum closing closing;
    while ((closing = parse_parts(run, &reader, parts)) != CLOSED_BY_FILE) {
        refuse_here(run, &reader,
                    closing == CLOSED_BY_ELSE ? "'//%else' without '//%if'"
                                              : "'//%end' without '//%if' or '//%for'");
    }
}

/* ---- what the names mean */

/* The names in sight: a row's, then those around it. The scope of a list without rows has no
   names: nobody knows what its rows would bind, so in its body any name passes. */
struct scope {
    const struct bindings *names;
    const struct scope *outer;
};

static const struct {
    unsigned kinds; /* of value that the part can use */
    const char *complaint;
} wanted[] = {
    [PART_VALUE] = {VALUE_TEXT, "not text"},
    [PART_IF] = {VALUE_FLAG | VALUE_LIST, "neither a flag nor a list"},
    [PART_FOR] = {VALUE_LIST, "not a list"},
};

/* Finds the value that a part asks for and marks it as mentioned. NULL if there is none that
   fits, which is reported unless a row of an empty list might have bound it. */
static struct value *resolve(struct run *run, const struct part *part, const struct scope *scope)
{
    bool knowable = true;
    for (; scope; scope = scope->outer) {
        struct value *value =
            scope->names ? find_value(scope->names, part->name, part->hash) : NULL;
        knowable = knowable && scope->names;
        if (!value) {
            continue;
        }
        value->mentioned = true;
        if (value->kind & wanted[part->kind].kinds) {
            return value;
        }
        if (knowable) {
            refuse(
                run, part->file, part->line,
                arena_format(run->arena, "'%s' is %s", part->name, wanted[part->kind].complaint));
        }
        return NULL;
    }
    if (knowable) {
        refuse(run, part->file, part->line,
               arena_format(run->arena, "there is no value '%s'", part->name));
    }
    return NULL;
}

/* True if both rows bind the same names in the same order to the same kinds of value. */
static bool rows_agree(const struct bindings *row, const struct bindings *other)
{
    const struct value *value = row->first;
    const struct value *twin = other->first;
    while (value && twin && value->hash == twin->hash && strcmp(value->name, twin->name) == 0 &&
           value->kind == twin->kind) {
        value = value->next;
        twin = twin->next;
    }
    return !value && !twin;
}

static void check_rows(struct run *run, const struct part *part, const struct value *list)
{
    if (!list->first) {
        return;
    }
    unsigned number = 2;
    for (const struct bindings *row = list->first->next; row; row = row->next, number++) {
        if (rows_agree(list->first, row)) {
            continue;
        }
        refuse(run, part->file, part->line,
               arena_format(run->arena, "row %u of '%s' does not bind what its first row does",
                            number, part->name));
        return;
    }
}

/* Resolves every name of the parts and of all that is inside them; the first row of a list
   stands for the others. */
static void check_parts(struct run *run, const struct part *parts, const struct scope *scope)
{
    for (const struct part *part = parts; part; part = part->next) {
        if (part->kind == PART_TEXT) {
            continue;
        }
        const struct value *value = resolve(run, part, scope);
        if (part->kind == PART_IF) {
            check_parts(run, part->body, scope);
            check_parts(run, part->otherwise, scope);
        } else if (part->kind == PART_FOR) {
            struct scope row = {value ? value->first : NULL, scope};
            check_parts(run, part->body, &row);
            if (value) {
                check_rows(run, part, value);
            }
        }
    }
}

/* ---- rendering */

static void render_parts(struct run *run, struct text *out, const struct part *parts,
                         const struct scope *scope)
{
    for (const struct part *part = parts; part && !run->failed; part = part->next) {
        if (part->kind == PART_TEXT) {
            text_append(out, part->text, part->length);
            continue;
        }
        /* The check saw first rows only: the rows of a list inside a later row are new here. */
        const struct value *value = resolve(run, part, scope);
        if (!value) {
            return;
        }
        if (part->kind == PART_VALUE) {
            text_append(out, value->text, value->length);
        } else if (part->kind == PART_FOR) {
            for (const struct bindings *row = value->first; row; row = row->next) {
                render_parts(run, out, part->body, &(struct scope){row, scope});
            }
        } else {
            bool holds = value->kind == VALUE_FLAG ? value->flag : value->first != NULL;
            render_parts(run, out, holds != part->negated ? part->body : part->otherwise, scope);
        }
    }
}

static size_t length_without_trailing_blanks(const char *line, size_t length)
{
    while (length && is_blank(line[length - 1])) {
        length--;
    }
    return length;
}

static char first_character(const char *line, size_t length)
{
    size_t i = 0;
    while (i < length && is_blank(line[i])) {
        i++;
    }
    return i < length ? line[i] : '\0';
}

/* Appends `rough` as a careful author would have left it: no trailing blanks, at most one blank
   line in a row, and none at either end, after an opening brace or before a closing one. */
static void append_tidied(struct text *out, const struct text *rough)
{
    char last = '{'; /* of the line before; the start counts as an opening brace */
    bool gap = false;
    for (size_t at = 0; at < rough->length;) {
        const char *line = rough->data + at;
        const char *feed = memchr(line, '\n', rough->length - at);
        size_t whole = feed ? (size_t)(feed - line) : rough->length - at;
        at += feed ? whole + 1 : whole;

        size_t length = length_without_trailing_blanks(line, whole);
        if (length == 0) {
            gap = true;
            continue;
        }
        if (gap && last != '{' && first_character(line, length) != '}') {
            text_append(out, "\n", 1);
        }
        gap = false;
        last = line[length - 1];
        text_append(out, line, length);
        text_append(out, "\n", 1);
    }
}

bool template_render(struct text *out, const char *name, const struct bindings *bindings,
                     template_finder *find, struct text *errors)
{
    struct run run = {.arena = out->arena, .find = find, .errors = errors};
    struct parts parts = {.end = &parts.first};
    struct scope scope = {bindings, NULL};
    struct text rough = {.arena = out->arena};
    parse_file(&run, name, NULL, &parts);
    check_parts(&run, parts.first, &scope);
    render_parts(&run, &rough, parts.first, &scope);
    if (!run.failed) {
        append_tidied(out, &rough);
    }
    return !run.failed;
}

/* ---- what no template asks for */

static void forget_mentions(const struct bindings *bindings)
{
    for (struct value *value = bindings->first; value; value = value->next) {
        value->mentioned = false;
        if (value->first) {
            forget_mentions(value->first);
        }
    }
}

/* Reports what is not mentioned; `path` is how messages name the bindings, "" or "list.". */
static void refuse_unused(struct run *run, const char *template, const struct bindings *bindings,
                          const char *path)
{
    for (const struct value *value = bindings->first; value; value = value->next) {
        const char *name = arena_format(run->arena, "%s%s", path, value->name);
        if (!value->mentioned && !value->offered) {
            refuse(run, template, 1,
                   arena_format(run->arena, "value '%s' is bound, and no template uses it", name));
        } else if (value->first) {
            refuse_unused(run, template, value->first, arena_format(run->arena, "%s.", name));
        }
    }
}

bool template_check_used(const char *const *names, size_t count, const struct bindings *bindings,
                         template_finder *find, struct text *errors)
{
    struct run run = {.arena = errors->arena, .find = find, .errors = errors};
    struct scope scope = {bindings, NULL};
    forget_mentions(bindings);
    for (size_t i = 0; i < count; i++) {
        struct parts parts = {.end = &parts.first};
        parse_file(&run, names[i], NULL, &parts);
        check_parts(&run, parts.first, &scope);
    }
    if (!run.failed) {
        refuse_unused(&run, names[0], bindings, "");
    }
    return !run.failed;
}

const struct template_source *template_embedded(const char *name)
{
    for (const struct template_source *source = template_sources; source->name; source++) {
        if (strcmp(source->name, name) == 0) {
            return source;
        }
    }
    return NULL;
}
