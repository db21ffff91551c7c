#include "base/diag.h"

#include "base/utf8.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* A source line longer than LONGEST_LINE is cut around the caret. */
enum { LONGEST_LINE = 120, SHOWN_BEFORE = 60, SHOWN_AFTER = 50 }; /* characters */

enum message_kind { MESSAGE_ERROR, MESSAGE_WARNING, MESSAGE_NOTE };

struct message {
    enum message_kind kind;
    struct place at;
    const char *text;
    size_t number;         /* in the order appended, which breaks ties between places */
    struct message *notes; /* of a message: its notes, in order */
    struct message *next;  /* next message, or next note */
};

/* How a kind is written; the colours are those of gcc and clang. */
static const struct {
    const char *word, *color;
} styles[] = {
    [MESSAGE_ERROR] = {"error", "\033[1;31m"},
    [MESSAGE_WARNING] = {"warning", "\033[1;35m"},
    [MESSAGE_NOTE] = {"note", "\033[1;36m"},
};
static const char color_place[] = "\033[1m", color_caret[] = "\033[1;32m", color_off[] = "\033[0m";

static struct message *new_message(struct diag *diag, enum message_kind kind, struct place at,
                                   const char *format, va_list arguments)
{
    const char *raw = arena_format_list(diag->arena, format, arguments);
    struct text visible = {.arena = diag->arena};
    utf8_append_visible(&visible, raw, strlen(raw));
    struct message *message = arena_alloc(diag->arena, sizeof *message);
    *message = (struct message){.kind = kind, .at = at, .text = visible.data};
    return message;
}

void diag_append(struct diag *diag, enum diag_kind kind, struct place at, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct message *message = new_message(
        diag, kind == DIAG_ERROR ? MESSAGE_ERROR : MESSAGE_WARNING, at, format, arguments);
    va_end(arguments);
    message->number = diag->errors + diag->warnings;
    if (diag->last) {
        diag->last->next = message;
    } else {
        diag->first = message;
    }
    diag->last = message;
    if (kind == DIAG_ERROR) {
        diag->errors++;
    } else {
        diag->warnings++;
    }
}

void diag_note(struct diag *diag, struct place at, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct message **end = &diag->last->notes;
    while (*end) {
        end = &(*end)->next;
    }
    *end = new_message(diag, MESSAGE_NOTE, at, format, arguments);
    va_end(arguments);
}

/* Appends the part of the line from `start` to `end` as a terminal may have it, and below it the
   blanks up to `caret`. A tab stays a tab in both, so that the caret stands where it should. */
static void draw_line(struct text *line, struct text *blanks, const struct place_map *map,
                      struct spot start, struct spot caret, struct spot end)
{
    for (size_t at = start.byte; at < end.byte;) {
        uint32_t character;
        size_t bytes = utf8_next(map->source + at, end.byte - at, &character);
        size_t before = line->length;
        if (character == '\t') {
            text_string(line, "\t");
        } else {
            utf8_append_visible(line, map->source + at, bytes);
        }
        if (at < caret.byte && (character == '\t' || utf8_is_visible(character))) {
            text_string(blanks, character == '\t' ? "\t" : " ");
        } else if (at < caret.byte) { /* what was made visible is ASCII */
            text_format(blanks, "%*s", (int)(line->length - before), "");
        }
        at += bytes;
    }
}

static void print_source(FILE *stream, struct arena *arena, const struct place_map *map,
                         struct place at, bool color)
{
    struct spot caret = place_find(map, at);
    struct spot rest = place_find(map, (struct place){at.line, LONGEST_LINE + 1});
    bool cut = !place_ends_line(map, &rest);
    uint32_t first = 1, last = LONGEST_LINE; /* columns shown */
    if (cut) {
        first = caret.at.column > SHOWN_BEFORE ? caret.at.column - SHOWN_BEFORE : 1;
        last = caret.at.column + SHOWN_AFTER;
    }
    struct spot start = place_find(map, (struct place){at.line, first});
    struct spot end = place_find(map, (struct place){at.line, last + 1});
    bool ends = place_ends_line(map, &end);
    if (caret.at.line != at.line || start.byte == end.byte) {
        return; /* the end of the input, or an empty line */
    }

    struct text line = {.arena = arena}, blanks = {.arena = arena};
    if (first > 1) {
        text_string(&line, "...");
        text_string(&blanks, "   ");
    }
    draw_line(&line, &blanks, map, start, caret, end);
    if (!ends) {
        text_string(&line, "...");
    }
    fprintf(stream, "%s\n%s%s^%s\n", line.data, blanks.length ? blanks.data : "",
            color ? color_caret : "", color ? color_off : "");
}

static void print_message(FILE *stream, const struct diag *diag, const struct place_map *map,
                          const struct message *message, bool color)
{
    struct text place = {.arena = diag->arena};
    utf8_append_visible(&place, diag->file, strlen(diag->file));
    if (message->at.line) {
        text_format(&place, ":%u:%u", message->at.line, message->at.column);
    }
    text_string(&place, ":");
    const char *off = color ? color_off : "";
    fprintf(stream, "%s%s%s %s%s:%s %s\n", color ? color_place : "", place.data, off,
            color ? styles[message->kind].color : "", styles[message->kind].word, off,
            message->text);
    if (message->at.line && diag->source) {
        print_source(stream, diag->arena, map, message->at, color);
    }
}

static int compare_messages(const void *left, const void *right)
{
    const struct message *a = *(struct message *const *)left, *b = *(struct message *const *)right;
    if (a->at.line != b->at.line) {
        return a->at.line < b->at.line ? -1 : 1;
    }
    if (a->at.column != b->at.column) {
        return a->at.column < b->at.column ? -1 : 1;
    }
    return a->number < b->number ? -1 : a->number > b->number;
}

void diag_print(const struct diag *diag, FILE *stream, bool color)
{
    size_t count = diag->errors + diag->warnings, filled = 0;
    if (count == 0) {
        return;
    }
    struct message **sorted = arena_alloc(diag->arena, count * sizeof(struct message *));
    for (struct message *message = diag->first; message; message = message->next) {
        sorted[filled++] = message;
    }
    qsort(sorted, count, sizeof *sorted, compare_messages);

    struct place_map map = {0};
    if (diag->source) {
        place_map_build(&map, diag->arena, diag->source, diag->source_length);
    }
    for (size_t i = 0; i < count; i++) {
        if (diag->quiet && sorted[i]->kind == MESSAGE_WARNING) {
            continue;
        }
        print_message(stream, diag, &map, sorted[i], color);
        for (const struct message *note = sorted[i]->notes; note; note = note->next) {
            print_message(stream, diag, &map, note, color);
        }
    }
}
