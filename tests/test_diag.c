/* Messages: how they are sorted and drawn, and that the input cannot drive the terminal. */
#include "unit.h"

#include "base/utf8.h"
#include <stdio.h>
#include <stdlib.h>

static void begin(struct run *run, const char *source)
{
    run_prepare(run, source, strlen(source));
}

static void messages_are_sorted_by_place_and_stay_in_order(void **state)
{
    (void)state;
    struct run run;
    begin(&run, "ab\ncd\n");
    struct diag *diag = &run.diag;
    ARENA_BEGIN(&run.arena);
    diag_append(diag, DIAG_ERROR, (struct place){2, 2}, "fourth");
    diag_append(diag, DIAG_WARNING, (struct place){1, 2}, "second");
    diag_note(diag, (struct place){2, 1}, "its note");
    diag_note(diag, (struct place){1, 1}, "its other note");
    diag_append(diag, DIAG_ERROR, (struct place){1, 2}, "third");
    diag_append(diag, DIAG_ERROR, (struct place){0, 0}, "first");
    assert_int_equal(diag->errors, 3);
    assert_int_equal(diag->warnings, 1);
    assert_string_equal(run_messages(&run), "table.yaml: error: first\n"
                                            "table.yaml:1:2: warning: second\nab\n ^\n"
                                            "table.yaml:2:1: note: its note\ncd\n^\n"
                                            "table.yaml:1:1: note: its other note\nab\n^\n"
                                            "table.yaml:1:2: error: third\nab\n ^\n"
                                            "table.yaml:2:2: error: fourth\ncd\n ^\n");
    run_end(&run);
}

static void without_messages_nothing_is_printed(void **state)
{
    (void)state;
    struct run run;
    begin(&run, "ab\n");
    assert_string_equal(run_messages(&run), "");
    run_end(&run);
}

struct drawing {
    const char *name, *source;
    struct place at;
    const char *drawn; /* below the message's own line */
};

#define TEN     "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const struct drawing drawing_rows[] = {
    {"the caret stands under the first column", "ab", {1, 1}, "ab\n^\n"},
    {"the caret may stand at the end of the line", "ab\ncd\n", {1, 3}, "ab\n  ^\n"},
    {"the caret stands no further than the line", "ab\ncd\n", {1, 9}, "ab\n  ^\n"},
    {"the caret may stand at the end of the source", "ab", {1, 3}, "ab\n  ^\n"},
    {"an empty line is not drawn", "ab\n\ncd", {2, 1}, ""},
    {"what follows the last newline is not drawn", "ab\n", {2, 1}, ""},
    {"what follows the last line is not drawn", "ab\n", {9, 1}, ""},
    {"an empty source is not drawn", "", {1, 1}, ""},
    {"tabs stay tabs above and below", "\ta\tb", {1, 4}, "\ta\tb\n\t \t^\n"},
    {"lines may end in CRLF", "ab\r\ncd\r\n", {2, 2}, "cd\n ^\n"},
    {"lines may end in CR", "ab\rcd\r", {2, 2}, "cd\n ^\n"},
    {"columns are characters, not bytes",
     "h\xC3\xA9h\xE2\x82\xAC!",
     {1, 5},
     "h\xC3\xA9h\xE2\x82\xAC!\n    ^\n"},
    {"escape sequences are made visible", "a\033[31mb", {1, 7}, "a<U+001B>[31mb\n             ^\n"},
    {"direction marks are made visible",
     "\xE2\x80\xAE"
     "ab",
     {1, 2},
     "<U+202E>ab\n        ^\n"},
    {"malformed bytes are made visible", "a\xFF\xC3", {1, 3}, "a<FF><C3>\n     ^\n"},
    {"a byte order mark is left out",
     "\xEF\xBB\xBF"
     "ab",
     {1, 1},
     "ab\n^\n"},
    {"120 characters are drawn whole",
     HUNDRED TEN TEN "\n",
     {1, 120},
     HUNDRED TEN TEN "\n"
                     "          "
                     "          "
                     "          "
                     "          "
                     "          "
                     "          "
                     "          "
                     "          "
                     "          "
                     "          "
                     "          "
                     "         ^\n"},
    {"a long line is cut at its end",
     HUNDRED HUNDRED "\n",
     {1, 1},
     TEN TEN TEN TEN TEN "0...\n^\n"},
    {"a long line is cut at both ends",
     HUNDRED HUNDRED HUNDRED "\n",
     {1, 101},
     "..." TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "0...\n"
     "   "
     "          "
     "          "
     "          "
     "          "
     "          "
     "          "
     "^\n"},
    {"a long line is cut at its start",
     HUNDRED HUNDRED "\n",
     {1, 191},
     "..." TEN TEN TEN TEN TEN TEN TEN "\n"
     "   "
     "          "
     "          "
     "          "
     "          "
     "          "
     "          "
     "^\n"},
};

static void a_line_is_drawn_with_its_caret(void **state)
{
    const struct drawing *row = *state;
    struct run run;
    begin(&run, row->source);
    ARENA_BEGIN(&run.arena);
    diag_append(&run.diag, DIAG_ERROR, row->at, "wrong");
    const char *messages = run_messages(&run), *drawn = strchr(messages, '\n');
    assert_non_null(drawn);
    assert_string_equal(drawn + 1, row->drawn);
    run_end(&run);
}

static void a_terminal_gets_colour(void **state)
{
    (void)state;
    struct run run;
    char *printed = NULL;
    size_t length = 0;
    begin(&run, "ab\n");
    ARENA_BEGIN(&run.arena);
    diag_append(&run.diag, DIAG_WARNING, (struct place){1, 2}, "odd");
    FILE *stream = open_memstream(&printed, &length);
    assert_non_null(stream);
    diag_print(&run.diag, stream, true);
    assert_int_equal(fclose(stream), 0);
    assert_string_equal(printed, "\033[1mtable.yaml:1:2:\033[0m \033[1;35mwarning:\033[0m odd\n"
                                 "ab\n \033[1;32m^\033[0m\n");
    free(printed);
    run_end(&run);
}

static void control_characters_are_made_visible(void **state)
{
    (void)state;
    struct run run;
    begin(&run, "");
    run.diag.file = "a\033]0;\a\xE2\x80\xAE.yaml";
    ARENA_BEGIN(&run.arena);
    diag_append(&run.diag, DIAG_ERROR, (struct place){0, 0}, "no '%s'", "x\n\t\xC2\x9B\xFFy%s");
    assert_string_equal(run_messages(&run),
                        "a<U+001B>]0;<U+0007><U+202E>.yaml: error: no 'x<U+000A><U+0009><U+009B>"
                        "<FF>y%s'\n");
    run_end(&run);
}

static void without_a_source_no_line_is_drawn(void **state)
{
    (void)state;
    struct run run;
    run_prepare(&run, NULL, 0);
    ARENA_BEGIN(&run.arena);
    diag_append(&run.diag, DIAG_ERROR, (struct place){3, 4}, "wrong");
    assert_string_equal(run_messages(&run), "table.yaml:3:4: error: wrong\n");
    run_end(&run);
}

/* ---- characters and places */

struct utf8_row {
    const char *name;
    const char *bytes;
    size_t length; /* taken */
    uint32_t character;
};

static const struct utf8_row utf8_rows[] = {
    {"a character of ASCII is one byte", "a", 1, 'a'},
    {"the last character of one byte is read", "\x7F", 1, 0x7F},
    {"the first character of two bytes is read", "\xC2\x80", 2, 0x80},
    {"the last character of two bytes is read", "\xDF\xBF", 2, 0x7FF},
    {"the first character of three bytes is read", "\xE0\xA0\x80", 3, 0x800},
    {"the last character of three bytes is read", "\xEF\xBF\xBF", 3, 0xFFFF},
    {"the first character of four bytes is read", "\xF0\x90\x80\x80", 4, 0x10000},
    {"the last character of four bytes is read", "\xF4\x8F\xBF\xBF", 4, 0x10FFFF},
    {"a tail without a lead is malformed", "\x80", 1, UTF8_MALFORMED},
    {"an overlong NUL is malformed", "\xC0\x80", 1, UTF8_MALFORMED},
    {"an overlong character of two bytes is malformed", "\xC1\xBF", 1, UTF8_MALFORMED},
    {"an overlong character of three bytes is malformed", "\xE0\x9F\xBF", 1, UTF8_MALFORMED},
    {"an overlong character of four bytes is malformed", "\xF0\x8F\xBF\xBF", 1, UTF8_MALFORMED},
    {"a surrogate is malformed", "\xED\xA0\x80", 1, UTF8_MALFORMED},
    {"what is past U+10FFFF is malformed", "\xF4\x90\x80\x80", 1, UTF8_MALFORMED},
    {"a lead of F5 is malformed", "\xF5\x80\x80\x80", 1, UTF8_MALFORMED},
    {"a byte of FF is malformed", "\xFF", 1, UTF8_MALFORMED},
    {"a character that is cut short is malformed", "\xE2\x82", 1, UTF8_MALFORMED},
    {"a tail that is none is malformed", "\xE2\x28\xA1", 1, UTF8_MALFORMED},
};

static void a_character_is_read(void **state)
{
    const struct utf8_row *row = *state;
    uint32_t character;
    assert_int_equal(utf8_next(row->bytes, strlen(row->bytes), &character), row->length);
    assert_int_equal(character, row->character);
}

/* Against walking from the start, for every character of a source much longer than the distance
   between notes. */
static void places_agree_with_a_walk_from_the_start(void **state)
{
    (void)state;
    static const char *const pieces[] = {"a", "\n", "\r\n", "\r", "\xC3\xA9", "bc", "\xFF"};
    struct run run;
    RUN_BEGIN(&run, NULL, 0);
    struct text source = {.arena = &run.arena};
    for (unsigned i = 0, seed = 1; i < 3000; i++, seed = seed * 1103515245 + 12345)
        text_string(&source, pieces[(seed >> 16) % 7]);
    text_string(&source, "end");
    struct place_map map;
    place_map_build(&map, &run.arena, source.data, source.length);
    struct place at = {1, 1};
    size_t number = 0;
    for (size_t byte = 0; byte < source.length; number++) {
        struct spot by_number = place_of_character(&map, number), by_place = place_find(&map, at);
        assert_int_equal(by_number.byte, byte);
        assert_int_equal(by_number.at.line, at.line);
        assert_int_equal(by_number.at.column, at.column);
        if (source.data[byte] != '\n' || byte == 0 || source.data[byte - 1] != '\r')
            assert_int_equal(by_place.byte, byte);
        bool crlf = source.data[byte] == '\r' && source.data[byte + 1] == '\n';
        bool ends = source.data[byte] == '\n' || (source.data[byte] == '\r' && !crlf);
        uint32_t character;
        byte += utf8_next(source.data + byte, source.length - byte, &character);
        at = ends ? (struct place){at.line + 1, 1} : (struct place){at.line, at.column + 1};
    }
    assert_int_equal(place_of_character(&map, number).byte, source.length);
    assert_int_equal(place_of_character(&map, number + 100000).byte, source.length);
    run_end(&run);
}

int main(void)
{
    TEST(messages_are_sorted_by_place_and_stay_in_order);
    TEST(without_messages_nothing_is_printed);
    TEST_ROWS(drawing_rows, a_line_is_drawn_with_its_caret);
    TEST(a_terminal_gets_colour);
    TEST(control_characters_are_made_visible);
    TEST(without_a_source_no_line_is_drawn);
    TEST_ROWS(utf8_rows, a_character_is_read);
    TEST(places_agree_with_a_walk_from_the_start);
    return unit_run("diag");
}
