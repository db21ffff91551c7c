#include "table/read.h"

#include "base/utf8.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <yaml.h>

enum { DEEPEST = 16, READ_AT_ONCE = 64 * 1024 };

#define LARGEST_SOURCE ((size_t)4 << 20) /* bytes */

/* ---- the file */

static bool read_all(int file, struct diag *diag)
{
    static const struct place whole_file = {0, 0};
    struct text source = {.arena = diag->arena};
    char *buffer = arena_alloc(diag->arena, READ_AT_ONCE);
    for (;;) {
        ssize_t got = read(file, buffer, READ_AT_ONCE);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            diag_append(diag, DIAG_ERROR, whole_file, "cannot read: %s", strerror(errno));
            return false;
        }
        text_append(&source, buffer, (size_t)got);
        if (source.length > LARGEST_SOURCE) {
            diag_append(diag, DIAG_ERROR, whole_file, "must be at most 4 MiB long");
            return false;
        }
        if (got == 0) {
            break;
        }
    }
    diag->source = source.data;
    diag->source_length = source.length;
    return true;
}

static void close_file(void *file)
{
    if (*(int *)file > STDERR_FILENO) {
        close(*(int *)file);
    }
    *(int *)file = 0;
}

bool read_source(const char *path, struct diag *diag)
{
    if (strcmp(path, "-") == 0) {
        return read_all(STDIN_FILENO, diag);
    }
    int *file = arena_alloc(diag->arena, sizeof *file);
    arena_at_free(diag->arena, close_file, file);
    *file = open(path, O_RDONLY | O_CLOEXEC);
    if (*file < 0) {
        diag_append(diag, DIAG_ERROR, (struct place){0, 0}, "cannot open: %s", strerror(errno));
        return false;
    }
    bool good = read_all(*file, diag);
    close_file(file);
    return good;
}

/* ---- its characters */

/* Why a pool table may not have this character, or NULL. libyaml ends lines at the separators,
   editors do not: a comment that looks harmless would hide a key. */
static const char *refuse_character(uint32_t character)
{
    if (character == UTF8_MALFORMED) {
        return "is not valid UTF-8";
    }
    if (character == 0x85 || character == 0x2028 || character == 0x2029) {
        return "ends a line for some readers and not for others";
    }
    if (character == 0xFEFF || character == 0xFFFE || character == 0xFFFF) {
        return "is not a character";
    }
    if ((character < 0x20 && character != '\t' && character != '\n' && character != '\r') ||
        (character >= 0x7F && character < 0xA0)) {
        return "is a control character";
    }
    return NULL;
}

/* Done before libyaml sees the source, which would not say where. */
static bool check_characters(struct diag *diag, const struct place_map *map)
{
    size_t number = 0;
    for (size_t at = map->notes[0].byte; at < map->length; number++) {
        uint32_t character;
        size_t bytes = utf8_next(map->source + at, map->length - at, &character);
        const char *why = refuse_character(character);
        if (why) {
            struct text shown = {.arena = diag->arena};
            utf8_append_visible(&shown, map->source + at, bytes);
            diag_append(diag, DIAG_ERROR, place_of_character(map, number).at, "%s %s%s", shown.data,
                        why, character == 0 || at == 0 ? " (is the file UTF-16?)" : "");
            return false;
        }
        at += bytes;
    }
    return true;
}

/* ---- its tree */

struct reader {
    struct diag *diag;
    struct place_map map;
    yaml_parser_t parser;
    yaml_event_t event; /* the one being looked at */
};

static void end_reader(void *data)
{
    struct reader *reader = data;
    yaml_event_delete(&reader->event);
    yaml_parser_delete(&reader->parser);
}

static struct place place_of(const struct reader *reader, yaml_mark_t mark)
{
    return place_of_character(&reader->map, mark.index).at;
}

/* libyaml stops at the first thing that is not YAML. Where it runs out of memory it says so, or, as
   in its scanner of tags, says nothing. */
static void refuse_syntax(struct reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    if (parser->error == YAML_MEMORY_ERROR || parser->error == YAML_NO_ERROR) {
        longjmp(reader->diag->arena->out_of_memory, 1);
    }
    diag_append(reader->diag, DIAG_ERROR, place_of(reader, parser->problem_mark), "not YAML: %s",
                parser->problem);
    bool elsewhere = parser->context_mark.index != parser->problem_mark.index;
    if (parser->context && elsewhere) {
        diag_note(reader->diag, place_of(reader, parser->context_mark), "%s", parser->context);
    }
}

/* Moves to the next event. False, with an error reported, where the input is not YAML. */
static bool advance(struct reader *reader)
{
    yaml_event_delete(&reader->event);
    if (yaml_parser_parse(&reader->parser, &reader->event)) {
        return true;
    }
    refuse_syntax(reader);
    return false;
}

/* Moves on by two events: stream start and document start, or document end and what follows. */
static bool advance_twice(struct reader *reader)
{
    bool good = advance(reader);
    return good && advance(reader);
}

static void refuse(struct reader *reader, struct place at, const char *what)
{
    diag_append(reader->diag, DIAG_ERROR, at, "%s", what);
}

static void refuse_properties(struct reader *reader, struct place at, const yaml_char_t *anchor,
                              const yaml_char_t *tag)
{
    if (anchor) {
        refuse(reader, at, "anchors are not allowed");
    }
    if (tag) {
        refuse(reader, at, "tags are not allowed");
    }
}

static struct node *new_node(struct reader *reader, enum node_kind kind)
{
    struct node *node = arena_alloc(reader->diag->arena, sizeof *node);
    node->kind = kind;
    node->at = place_of(reader, reader->event.start_mark);
    return node;
}

static struct node *read_scalar(struct reader *reader)
{
    struct node *node = new_node(reader, NODE_SCALAR);
    const char *text = (const char *)reader->event.data.scalar.value;
    node->length = reader->event.data.scalar.length;
    node->text = arena_copy(reader->diag->arena, text, node->length);
    node->plain = reader->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    refuse_properties(reader, node->at, reader->event.data.scalar.anchor,
                      reader->event.data.scalar.tag);
    if (memchr(text, '\0', node->length)) {
        refuse(reader, node->at, "NUL is not allowed, escaped or not");
        node->kind = NODE_REFUSED;
    }
    return node;
}

static struct node *read_collection(struct reader *reader, enum node_kind kind, size_t depth);

/* Reads the node that starts at the current event; ends at that node's last event. */
static struct node *read_node(struct reader *reader, size_t depth)
{
    switch (reader->event.type) {
    case YAML_SCALAR_EVENT:
        return read_scalar(reader);
    case YAML_SEQUENCE_START_EVENT:
        return read_collection(reader, NODE_SEQUENCE, depth + 1);
    case YAML_MAPPING_START_EVENT:
        return read_collection(reader, NODE_MAPPING, depth + 1);
    default: { /* nothing else can stand here but an alias */
        struct node *node = new_node(reader, NODE_REFUSED);
        refuse(reader, node->at, "aliases are not allowed");
        return node;
    }
    }
}

static struct node *read_key(struct reader *reader, size_t depth)
{
    struct node *key = read_node(reader, depth);
    if (!key || key->kind == NODE_REFUSED) {
        return key;
    }
    if (key->kind != NODE_SCALAR) {
        refuse(reader, key->at, "a key must be a word");
        key->kind = NODE_REFUSED;
    } else if (key->plain && strcmp(key->text, "<<") == 0) {
        refuse(reader, key->at, "merge keys are not allowed");
        key->kind = NODE_REFUSED;
    }
    return key;
}

static struct node *read_collection(struct reader *reader, enum node_kind kind, size_t depth)
{
    struct node *node = new_node(reader, kind);
    bool mapping = kind == NODE_MAPPING;
    const yaml_event_t *event = &reader->event;
    refuse_properties(reader, node->at,
                      mapping ? event->data.mapping_start.anchor
                              : event->data.sequence_start.anchor,
                      mapping ? event->data.mapping_start.tag : event->data.sequence_start.tag);
    if (depth > DEEPEST) {
        refuse(reader, node->at, "nested deeper than 16");
        return NULL;
    }
    for (struct node **end = &node->first;; end = &(*end)->next) {
        struct node *key = NULL;
        if (!advance(reader)) {
            return NULL;
        }
        if (event->type == YAML_MAPPING_END_EVENT || event->type == YAML_SEQUENCE_END_EVENT) {
            return node;
        }
        if (mapping && (!(key = read_key(reader, depth)) || !advance(reader))) {
            return NULL;
        }
        struct node *child = read_node(reader, depth);
        if (!child) {
            return NULL;
        }
        child->key = key;
        *end = child;
        node->count++;
    }
}

/* The place of a document's `---`: directives may stand before it. */
static struct place place_of_document(const struct reader *reader)
{
    yaml_mark_t mark = reader->event.start_mark;
    if (!reader->event.data.document_start.implicit) {
        mark.index = reader->event.end_mark.index - strlen("---");
    }
    return place_of(reader, mark);
}

static struct node *refuse_empty(struct reader *reader)
{
    refuse(reader, (struct place){1, 1}, "empty: a pool table has at least name and pools");
    return NULL;
}

/* stream start, document start, node, document end, stream end */
static struct node *read_stream(struct reader *reader)
{
    if (!advance_twice(reader)) {
        return NULL;
    }
    if (reader->event.type == YAML_STREAM_END_EVENT) {
        return refuse_empty(reader);
    }
    if (!advance(reader)) {
        return NULL;
    }
    struct node *root = read_node(reader, 0);
    if (!root || !advance_twice(reader)) {
        return NULL;
    }
    if (root->kind == NODE_SCALAR && root->plain && root->length == 0) {
        return refuse_empty(reader);
    }
    if (reader->event.type == YAML_DOCUMENT_START_EVENT) {
        refuse(reader, place_of_document(reader), "a second document is not allowed");
    }
    return root;
}

struct node *read_tree(struct diag *diag)
{
    struct reader *reader = arena_alloc(diag->arena, sizeof *reader);
    reader->diag = diag;
    place_map_build(&reader->map, diag->arena, diag->source, diag->source_length);
    if (!check_characters(diag, &reader->map)) {
        return NULL;
    }
    arena_at_free(diag->arena, end_reader, reader);
    if (!yaml_parser_initialize(&reader->parser)) {
        longjmp(diag->arena->out_of_memory, 1);
    }
    size_t mark = reader->map.notes[0].byte; /* past a byte order mark */
    yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader->parser, (const yaml_char_t *)diag->source + mark,
                                 diag->source_length - mark);
    struct node *root = read_stream(reader);
    end_reader(reader);
    return root;
}
