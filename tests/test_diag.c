/* Messages: how they are sorted and drawn, and that the input cannot drive the terminal. */
#include "unit.h"

#include "base/utf8.h"
#include <stdio.h>
#include <stdlib.h>

static void begin(struct run *run, const char *source)
{
    run_prepare(run, source, strlen(source));
}

static void test_sorted_by_place_and_stable(void **state)
{
    (void)state;
    struct run run;
    begin(&run, "ab\ncd\n");
    struct diag *diag = &run.diag;
    if (setjmp(run.arena.out_of_memory))
        fail_msg("out of memory");
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

static void test_nothing_to_say(void **state)
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

static const struct drawing drawings[] = {
    {"first column", "ab", {1, 1}, "ab\n^\n"},
    {"end of the line", "ab\ncd\n", {1, 3}, "ab\n  ^\n"},
    {"past the end of the line", "ab\ncd\n", {1, 9}, "ab\n  ^\n"},
    {"end of the source", "ab", {1, 3}, "ab\n  ^\n"},
    {"empty line", "ab\n\ncd", {2, 1}, ""},
    {"after the last newline", "ab\n", {2, 1}, ""},
    {"past the last line", "ab\n", {9, 1}, ""},
    {"empty source", "", {1, 1}, ""},
    {"tabs stay tabs", "\ta\tb", {1, 4}, "\ta\tb\n\t \t^\n"},
    {"lines end in CRLF", "ab\r\ncd\r\n", {2, 2}, "cd\n ^\n"},
    {"lines end in CR", "ab\rcd\r", {2, 2}, "cd\n ^\n"},
    {"columns are characters",
     "h\xC3\xA9h\xE2\x82\xAC!",
     {1, 5},
     "h\xC3\xA9h\xE2\x82\xAC!\n    ^\n"},
    {"escape sequences", "a\033[31mb", {1, 7}, "a<U+001B>[31mb\n             ^\n"},
    {"direction marks",
     "\xE2\x80\xAE"
     "ab",
     {1, 2},
     "<U+202E>ab\n        ^\n"},
    {"malformed bytes", "a\xFF\xC3", {1, 3}, "a<FF><C3>\n     ^\n"},
    {"byte order mark",
     "\xEF\xBB\xBF"
     "ab",
     {1, 1},
     "ab\n^\n"},
    {"120 characters are whole",
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
    {"cut at the end", HUNDRED HUNDRED "\n", {1, 1}, TEN TEN TEN TEN TEN "0...\n^\n"},
    {"cut at both ends",
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
    {"cut at the start",
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

static void test_drawing(void **state)
{
    const struct drawing *row = *state;
    struct run run;
    begin(&run, row->source);
    if (setjmp(run.arena.out_of_memory))
        fail_msg("out of memory");
    diag_append(&run.diag, DIAG_ERROR, row->at, "wrong");
    const char *messages = run_messages(&run), *drawn = strchr(messages, '\n');
    assert_non_null(drawn);
    assert_string_equal(drawn + 1, row->drawn);
    run_end(&run);
}

static void test_color(void **state)
{
    (void)state;
    struct run run;
    char *printed = NULL;
    size_t length = 0;
    begin(&run, "ab\n");
    if (setjmp(run.arena.out_of_memory))
        fail_msg("out of memory");
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

static void test_file_and_text_are_made_visible(void **state)
{
    (void)state;
    struct run run;
    begin(&run, "");
    run.diag.file = "a\033]0;\a\xE2\x80\xAE.yaml";
    if (setjmp(run.arena.out_of_memory))
        fail_msg("out of memory");
    diag_append(&run.diag, DIAG_ERROR, (struct place){0, 0}, "no '%s'", "x\n\t\xC2\x9B\xFFy%s");
    assert_string_equal(run_messages(&run),
                        "a<U+001B>]0;<U+0007><U+202E>.yaml: error: no 'x<U+000A><U+0009><U+009B>"
                        "<FF>y%s'\n");
    run_end(&run);
}

static void test_without_source(void **state)
{
    (void)state;
    struct run run;
    run_prepare(&run, NULL, 0);
    if (setjmp(run.arena.out_of_memory))
        fail_msg("out of memory");
    diag_append(&run.diag, DIAG_ERROR, (struct place){3, 4}, "wrong");
    assert_string_equal(run_messages(&run), "table.yaml:3:4: error: wrong\n");
    run_end(&run);
}

/* ---- characters and places */

static void test_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t length; /* taken */
        uint32_t character;
    } rows[] = {
        {"a", 1, 'a'},
        {"\x7F", 1, 0x7F},
        {"\xC2\x80", 2, 0x80},
        {"\xDF\xBF", 2, 0x7FF},
        {"\xE0\xA0\x80", 3, 0x800},
        {"\xEF\xBF\xBF", 3, 0xFFFF},
        {"\xF0\x90\x80\x80", 4, 0x10000},
        {"\xF4\x8F\xBF\xBF", 4, 0x10FFFF},
        {"\x80", 1, UTF8_MALFORMED},             /* tail without lead */
        {"\xC0\x80", 1, UTF8_MALFORMED},         /* overlong */
        {"\xC1\xBF", 1, UTF8_MALFORMED},         /* overlong */
        {"\xE0\x9F\xBF", 1, UTF8_MALFORMED},     /* overlong */
        {"\xF0\x8F\xBF\xBF", 1, UTF8_MALFORMED}, /* overlong */
        {"\xED\xA0\x80", 1, UTF8_MALFORMED},     /* surrogate */
        {"\xF4\x90\x80\x80", 1, UTF8_MALFORMED}, /* past U+10FFFF */
        {"\xF5\x80\x80\x80", 1, UTF8_MALFORMED},
        {"\xFF", 1, UTF8_MALFORMED},
        {"\xE2\x82", 1, UTF8_MALFORMED},     /* cut short */
        {"\xE2\x28\xA1", 1, UTF8_MALFORMED}, /* tail is none */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t character;
        assert_int_equal(utf8_next(rows[i].bytes, strlen(rows[i].bytes), &character),
                         rows[i].length);
        assert_int_equal(character, rows[i].character);
    }
}

/* Against walking from the start, for every character of a source much longer than the distance
   between notes. */
static void test_places(void **state)
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
    static const struct CMUnitTest fixed[] = {
        cmocka_unit_test(test_sorted_by_place_and_stable),
        cmocka_unit_test(test_nothing_to_say),
        cmocka_unit_test(test_color),
        cmocka_unit_test(test_file_and_text_are_made_visible),
        cmocka_unit_test(test_without_source),
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_places),
    };
    enum { FIXED = sizeof fixed / sizeof fixed[0], DRAWINGS = sizeof drawings / sizeof *drawings };
    struct CMUnitTest tests[FIXED + DRAWINGS];
    memcpy(tests, fixed, sizeof fixed);
    for (size_t i = 0; i < DRAWINGS; i++)
        tests[FIXED + i] = (struct CMUnitTest){.name = drawings[i].name,
                                               .test_func = test_drawing,
                                               .initial_state = (void *)(uintptr_t)&drawings[i]};
    return run_all("diag", tests, FIXED + DRAWINGS);
}
