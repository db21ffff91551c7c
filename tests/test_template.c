/* The template engine: what each directive renders to, and the whole message of each error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "emit/template.h"
#include <string.h>

/* Every template needs its first comment; with this one, its text starts in line 2. */
#define DOC "/* Given: what bind_all binds. */\n"

struct row {
    const char *name;
    const char *template;
    const char *included; /* contents of "part.c"; NULL if there is none */
    const char *output;   /* NULL if an error is expected */
    const char *errors;
};

static const struct row rows[] = {
    /* substitution */
    {"text", DOC "int @word@;\n", NULL, "int tokio;\n", NULL},
    {"number", DOC "@zero@ @most@\n", NULL, "0 18446744073709551615\n", NULL},
    {"several-in-a-line", DOC "@word@_@word@@zero@\n", NULL, "tokio_tokio0\n", NULL},
    {"at-sign", DOC "a@@b @@@word@@@ @@@@\n", NULL, "a@b @tokio@ @@\n", NULL},
    {"upper-case-name", DOC "@WORD@\n", NULL, "TOKIO\n", NULL},
    {"value-is-not-a-template", DOC "@tricky@\n", NULL, "@word@ //%if\n", NULL},
    {"no-final-line-feed", DOC "int @word@;", NULL, "int tokio;\n", NULL},
    {"unknown-name", DOC "\nint @wrod@;\n", NULL, NULL,
     "templates/t.c:3: error: there is no value 'wrod'\n"},
    {"every-unknown-name", DOC "@a@\n@b@\n", NULL, NULL,
     "templates/t.c:2: error: there is no value 'a'\n"
     "templates/t.c:3: error: there is no value 'b'\n"},
    {"open-at-sign", DOC "mail me@home\n", NULL, NULL,
     "templates/t.c:2: error: '@' without a closing '@' (a literal one is '@@')\n"},
    {"at-sign-at-the-end", DOC "a@", NULL, NULL,
     "templates/t.c:2: error: '@' without a closing '@' (a literal one is '@@')\n"},
    {"name-with-a-blank", DOC "@wo rd@\n", NULL, NULL,
     "templates/t.c:2: error: '@' without a closing '@' (a literal one is '@@')\n"},
    {"flag-as-text", DOC "@yes@\n", NULL, NULL, "templates/t.c:2: error: 'yes' is not text\n"},
    {"list-as-text", DOC "@pools@\n", NULL, NULL, "templates/t.c:2: error: 'pools' is not text\n"},

    /* if */
    {"if-taken", DOC "//%if yes\na\n//%end\nb\n", NULL, "a\nb\n", NULL},
    {"if-not-taken", DOC "//%if no\na\n//%end\nb\n", NULL, "b\n", NULL},
    {"else", DOC "//%if no\na\n//%else\nb\n//%end\n", NULL, "b\n", NULL},
    {"else-not-taken", DOC "//%if yes\na\n//%else\nb\n//%end\n", NULL, "a\n", NULL},
    {"if-not", DOC "//%if !no\na\n//%end\n//%if !yes\nb\n//%else\nc\n//%end\n", NULL, "a\nc\n",
     NULL},
    {"if-list", DOC "//%if pools\na\n//%end\n//%if nothing\nb\n//%end\n", NULL, "a\n", NULL},
    {"if-not-list", DOC "//%if !pools\na\n//%end\n//%if !nothing\nb\n//%end\n", NULL, "b\n", NULL},
    {"if-in-if", DOC "//%if yes\n//%if no\na\n//%else\nb\n//%end\nc\n//%else\nd\n//%end\n", NULL,
     "b\nc\n", NULL},
    {"directive-with-blanks", DOC "    {x\n \t //%if yes \t\n    a\n    //%end  \n", NULL,
     "    {x\n    a\n", NULL},
    {"unknown-name-not-taken", DOC "//%if no\n@wrod@\n//%end\n", NULL, NULL,
     "templates/t.c:3: error: there is no value 'wrod'\n"},
    {"unknown-flag", DOC "//%if maybe\n//%end\n", NULL, NULL,
     "templates/t.c:2: error: there is no value 'maybe'\n"},
    {"if-text", DOC "//%if word\n//%end\n", NULL, NULL,
     "templates/t.c:2: error: 'word' is neither a flag nor a list\n"},
    {"if-without-name", DOC "//%if\n//%end\n", NULL, NULL,
     "templates/t.c:2: error: the directive takes one name\n"
     "templates/t.c:2: error: there is no value ''\n"},
    {"if-two-names", DOC "//%if yes no\n//%end\n", NULL, NULL,
     "templates/t.c:2: error: the directive takes one name\n"},
    {"if-without-end", DOC "//%if yes\n//%if no\n//%end\na\n", NULL, NULL,
     "templates/t.c:2: error: '//%if' without '//%end'\n"},
    {"else-without-if", DOC "//%else\n", NULL, NULL,
     "templates/t.c:2: error: '//%else' without '//%if'\n"},
    {"second-else", DOC "//%if no\n//%else\n//%else\n//%end\n", NULL, NULL,
     "templates/t.c:4: error: a second '//%else'\n"},
    {"end-without-if", DOC "a\n//%end\n@wrod@\n", NULL, NULL,
     "templates/t.c:3: error: '//%end' without '//%if' or '//%for'\n"
     "templates/t.c:4: error: there is no value 'wrod'\n"},
    {"end-with-name", DOC "//%if yes\n//%end yes\n", NULL, NULL,
     "templates/t.c:3: error: the directive takes nothing\n"},
    {"else-with-name", DOC "//%if yes\n//%else if\n//%end\n", NULL, NULL,
     "templates/t.c:3: error: the directive takes nothing\n"},

    /* for */
    {"for", DOC "//%for pools\n[@size@]\n//%end\n", NULL, "[8]\n[16]\n", NULL},
    {"for-nothing", DOC "a\n//%for nothing\n@whatever@\n//%end\nb\n", NULL, "a\nb\n", NULL},
    {"for-in-for", DOC "//%for pools\n@size@:\n//%for names\n@size@ @is@\n//%end\n//%end\n", NULL,
     "8:\n8 small\n8 tiny\n16:\n16 big\n", NULL},
    {"row-sees-outer-names", DOC "//%for pools\n@word@ @size@\n//%end\n", NULL,
     "tokio 8\ntokio 16\n", NULL},
    {"row-hides-outer-name", DOC "@shade@\n//%for pools\n@shade@\n//%end\n@shade@\n", NULL,
     "outer\nrow 8\nrow 16\nouter\n", NULL},
    {"flag-of-a-row", DOC "//%for pools\n//%if power\n@size@\n//%end\n//%end\n", NULL, "16\n",
     NULL},
    {"row-name-outside", DOC "@size@\n", NULL, NULL,
     "templates/t.c:2: error: there is no value 'size'\n"},
    {"unknown-name-in-row", DOC "//%for pools\n@sise@\n//%end\n", NULL, NULL,
     "templates/t.c:3: error: there is no value 'sise'\n"},
    {"for-flag", DOC "//%for yes\n//%end\n", NULL, NULL,
     "templates/t.c:2: error: 'yes' is not a list\n"},
    {"for-unknown", DOC "//%for pool\n@size@\n//%end\n", NULL, NULL,
     "templates/t.c:2: error: there is no value 'pool'\n"},
    {"for-not", DOC "//%for !pools\n//%end\n", NULL, NULL,
     "templates/t.c:2: error: the directive takes one name\n"
     "templates/t.c:2: error: there is no value ''\n"},
    {"for-without-end", DOC "//%for pools\na\n", NULL, NULL,
     "templates/t.c:2: error: '//%for' without '//%end'\n"},
    {"for-else", DOC "//%for pools\na\n//%else\nb\n//%end\n", NULL, NULL,
     "templates/t.c:4: error: '//%else' belongs to '//%if'\n"},
    {"rows-that-differ", DOC "\n//%for uneven\n@left@\n//%end\n", NULL, NULL,
     "templates/t.c:3: error: row 3 of 'uneven' does not bind what its first row does\n"},
    {"rows-that-differ-in-kind", DOC "//%for mixed\n@left@\n//%end\n", NULL, NULL,
     "templates/t.c:2: error: row 2 of 'mixed' does not bind what its first row does\n"},
    {"empty-list-then-unknown", DOC "//%for ragged\n//%for inner\n@nowhere@\n//%end\n//%end\n",
     NULL, NULL, "templates/t.c:4: error: there is no value 'nowhere'\n"},

    /* include */
    {"include", DOC "a\n  //%include part.c\nc\n", DOC "b @word@\n", "a\nb tokio\nc\n", NULL},
    {"include-in-for", DOC "//%for pools\n//%include part.c\n//%end\n", DOC "@size@\n", "8\n16\n",
     NULL},
    {"include-without-its-comment", DOC "a\n\n//%include part.c\nc\n", DOC "\n\nb\n", "a\n\nb\nc\n",
     NULL},
    {"include-without-blanks-after-comment", DOC "a\n//%include part.c\nc\n", DOC "\n\nb\n",
     "a\nb\nc\n", NULL},
    {"error-in-include", DOC "//%include part.c\n", DOC "\n@wrod@\n", NULL,
     "templates/part.c:3: error: there is no value 'wrod'\n"},
    {"error-in-include-not-taken", DOC "//%if no\n//%include part.c\n//%end\n", DOC "@wrod@\n",
     NULL, "templates/part.c:2: error: there is no value 'wrod'\n"},
    {"end-does-not-cross-files", DOC "//%if yes\n//%include part.c\n", DOC "//%end\n", NULL,
     "templates/part.c:2: error: '//%end' without '//%if' or '//%for'\n"
     "templates/t.c:2: error: '//%if' without '//%end'\n"},
    {"include-missing", DOC "//%include port.c\n", NULL, NULL,
     "templates/t.c:2: error: there is no template 'port.c'\n"},
    {"include-nothing", DOC "//%include\n", NULL, NULL,
     "templates/t.c:2: error: '//%include' takes a file name\n"},
    {"include-itself", DOC "//%include t.c\n", NULL, NULL,
     "templates/t.c:2: error: 't.c' includes itself\n"},
    {"include-cycle", DOC "//%include part.c\n", DOC "//%include t.c\n", NULL,
     "templates/part.c:2: error: 't.c' includes itself\n"},
    {"include-twice", DOC "//%include part.c\n//%include part.c\n", DOC "b\n", "b\nb\n", NULL},
    {"include-8-deep", DOC "//%include deep1\n", NULL, "bottom\n", NULL},
    {"include-9-deep", DOC "//%include deep0\n", NULL, NULL,
     "templates/deep7:2: error: includes nest deeper than 8\n"},

    /* directives in general */
    {"unknown-directive", DOC "//%unless no\n", NULL, NULL,
     "templates/t.c:2: error: unknown directive '//%unless'\n"},
    {"blank-before-directive-word", DOC "//% if no\n", NULL, NULL,
     "templates/t.c:2: error: unknown directive '//%'\n"},
    {"directive-after-text", DOC "int a; //%if yes\n", NULL, NULL,
     "templates/t.c:2: error: a directive has a line of its own\n"},

    /* the first comment */
    {"comment-of-lines", "// Given: word.\n//\n// More.\n\n//! Doc of @word@.\n", NULL,
     "//! Doc of tokio.\n", NULL},
    {"second-comment-stays", "/* Given: word. */\n\n/* @word@ */\n", NULL, "/* tokio */\n", NULL},
    {"comment-of-several-lines", "/* Given:\n   @anything@\n   //%if\n*/\na\n", NULL, "a\n", NULL},
    {"comment-that-opens-with-its-end", "/*/ a\n*/\nb\n", NULL, "b\n", NULL},
    {"no-comment", "int a;\n", NULL, NULL,
     "templates/t.c:1: error: a template starts with a comment that says what it is given\n"},
    {"directive-is-no-comment", "//%if yes\n//%end\n", NULL, NULL,
     "templates/t.c:1: error: a template starts with a comment that says what it is given\n"},
    {"empty-template", "", NULL, NULL,
     "templates/t.c:1: error: a template starts with a comment that says what it is given\n"},
    {"comment-not-closed", "/* Given:\n\n", NULL, NULL,
     "templates/t.c:1: error: the first comment is not closed\n"},
    {"text-after-comment", "/* Given:\n*/ int a;\n", NULL, NULL,
     "templates/t.c:2: error: text after the end of the first comment\n"},

    /* how the output looks */
    {"blank-lines-collapse", DOC "a\n\n//%if no\nb\n//%end\n\nc\n", NULL, "a\n\nc\n", NULL},
    {"blank-line-kept", DOC "a\n\nb\n", NULL, "a\n\nb\n", NULL},
    {"no-blank-after-brace", DOC "f {\n//%if no\nb\n//%end\n\n  a\n}\n", NULL, "f {\n  a\n}\n",
     NULL},
    {"no-blank-before-brace", DOC "f {\n  a\n\n//%if no\nb\n//%end\n  }\n", NULL, "f {\n  a\n  }\n",
     NULL},
    {"no-blank-at-the-ends", DOC "\n\na\n\n\n", NULL, "a\n", NULL},
    {"no-blank-at-the-start", DOC "//%if no\na\n//%end\n\nb\n", NULL, "b\n", NULL},
    {"no-trailing-blanks", DOC "a @empty@ \n  @empty@\nb\n", NULL, "a\n\nb\n", NULL},
};

static const struct row *current;

/* deep0 includes deep1, and so on to deep8, the bottom. */
static const struct template_source deep[] = {
    {"deep0", DOC "//%include deep1\n", sizeof DOC "//%include deep1\n" - 1},
    {"deep1", DOC "//%include deep2\n", sizeof DOC "//%include deep2\n" - 1},
    {"deep2", DOC "//%include deep3\n", sizeof DOC "//%include deep3\n" - 1},
    {"deep3", DOC "//%include deep4\n", sizeof DOC "//%include deep4\n" - 1},
    {"deep4", DOC "//%include deep5\n", sizeof DOC "//%include deep5\n" - 1},
    {"deep5", DOC "//%include deep6\n", sizeof DOC "//%include deep6\n" - 1},
    {"deep6", DOC "//%include deep7\n", sizeof DOC "//%include deep7\n" - 1},
    {"deep7", DOC "//%include deep8\n", sizeof DOC "//%include deep8\n" - 1},
    {"deep8", DOC "bottom\n", sizeof DOC "bottom\n" - 1},
};

static const struct template_source *find_in_row(const char *name)
{
    static struct template_source main_source, part_source;
    if (strcmp(name, "t.c") == 0) {
        main_source = (struct template_source){"t.c", current->template, strlen(current->template)};
        return &main_source;
    }
    if (strcmp(name, "part.c") == 0 && current->included) {
        part_source =
            (struct template_source){"part.c", current->included, strlen(current->included)};
        return &part_source;
    }
    for (size_t i = 0; i < sizeof deep / sizeof *deep; i++)
        if (strcmp(name, deep[i].name) == 0)
            return &deep[i];
    return NULL;
}

static void bind_pool(struct bindings *bindings, uint64_t size, const char *shade,
                      const char *const *names)
{
    struct bindings *row = bind_row(bindings, "pools");
    bind_number(row, "size", size);
    bind_text(row, "shade", shade);
    bind_flag(row, "power", size == 16);
    bind_list(row, "names");
    for (; *names; names++)
        bind_text(bind_row(row, "names"), "is", *names);
}

static struct bindings *bind_all(struct arena *arena)
{
    struct bindings *all = bindings_new(arena);
    bind_text(all, "word", "tokio");
    bind_text(all, "WORD", "TOKIO");
    bind_text(all, "tricky", "@word@ //%if");
    bind_text(all, "empty", "");
    bind_text(all, "shade", "outer");
    bind_number(all, "zero", 0);
    bind_number(all, "most", UINT64_MAX);
    bind_flag(all, "yes", true);
    bind_flag(all, "no", false);
    bind_list(all, "nothing");
    bind_list(all, "pools");
    bind_pool(all, 8, "row 8", (const char *const[]){"small", "tiny", NULL});
    bind_pool(all, 16, "row 16", (const char *const[]){"big", NULL});

    bind_list(all, "uneven");
    bind_text(bind_row(all, "uneven"), "left", "1");
    bind_text(bind_row(all, "uneven"), "left", "2");
    bind_text(bind_row(all, "uneven"), "right", "3");

    bind_list(all, "mixed");
    bind_text(bind_row(all, "mixed"), "left", "1");
    bind_flag(bind_row(all, "mixed"), "left", true);

    bind_list(all, "ragged"); /* its first row's inner list is empty, its second row's is not */
    bind_list(bind_row(all, "ragged"), "inner");
    struct bindings *second = bind_row(all, "ragged");
    bind_list(second, "inner");
    bind_text(bind_row(second, "inner"), "there", "x");
    return all;
}

static void renders_as_expected(void **state)
{
    current = *state;
    struct arena arena = {0};
    if (setjmp(arena.out_of_memory))
        fail_msg("out of memory");
    struct text out = {.arena = &arena}, errors = {.arena = &arena};
    bool good = template_render(&out, "t.c", bind_all(&arena), find_in_row, &errors);
    assert_string_equal(errors.data ? errors.data : "", current->errors ? current->errors : "");
    assert_int_equal(good, current->errors == NULL);
    assert_string_equal(out.data ? out.data : "", current->output ? current->output : "");
    arena_free(&arena);
}

/* Checks what t.c and, if the row has one, part.c leave unused of a small set of values. */
static void expect_unused(const char *template, const char *other, const char *expected)
{
    struct row row = {.template = template, .included = other};
    current = &row;
    struct arena arena = {0};
    if (setjmp(arena.out_of_memory))
        fail_msg("out of memory");
    struct bindings *all = bindings_new(&arena);
    bind_text(all, "word", "tokio");
    bind_flag(all, "yes", true);
    bind_list(all, "pools");
    for (uint64_t size = 8; size <= 16; size += 8) {
        struct bindings *pool = bind_row(all, "pools");
        bind_number(pool, "size", size);
        bind_number(pool, "count", 1);
    }
    struct text errors = {.arena = &arena};
    bool good = template_check_used((const char *const[]){"t.c", "part.c"}, other ? 2 : 1, all,
                                    find_in_row, &errors);
    assert_string_equal(errors.data ? errors.data : "", expected);
    assert_int_equal(good, *expected == '\0');
    arena_free(&arena);
}

static void all_used(void **state)
{
    (void)state;
    expect_unused(DOC "//%if yes\n//%else\n@word@\n//%for pools\n@size@ @count@\n//%end\n//%end\n",
                  NULL, "");
}

static void used_by_one_of_several(void **state)
{
    (void)state;
    expect_unused(DOC "@word@\n", DOC "//%if yes\n//%for pools\n@size@ @count@\n//%end\n//%end\n",
                  "");
}

static void unused_values(void **state)
{
    (void)state;
    expect_unused(
        DOC "//%for pools\n@size@\n//%end\n", NULL,
        "templates/t.c:1: error: value 'word' is bound, and no template uses it\n"
        "templates/t.c:1: error: value 'yes' is bound, and no template uses it\n"
        "templates/t.c:1: error: value 'pools.count' is bound, and no template uses it\n");
}

/* A list that nothing names is one mistake, not one for each of its names. */
static void unused_list(void **state)
{
    (void)state;
    expect_unused(DOC "@word@\n//%if yes\n//%end\n", NULL,
                  "templates/t.c:1: error: value 'pools' is bound, and no template uses it\n");
}

/* A template that is not among those asked about does not count, even if it was rendered. */
static void rendered_elsewhere_does_not_count(void **state)
{
    (void)state;
    struct arena arena = {0};
    if (setjmp(arena.out_of_memory))
        fail_msg("out of memory");
    struct bindings *all = bindings_new(&arena);
    bind_text(all, "word", "tokio");
    struct text out = {.arena = &arena}, errors = {.arena = &arena};
    current = &(struct row){.template = DOC "@word@\n", .included = DOC "none\n"};
    assert_true(template_render(&out, "t.c", all, find_in_row, &errors));
    assert_false(
        template_check_used((const char *const[]){"part.c"}, 1, all, find_in_row, &errors));
    assert_string_equal(errors.data, "templates/part.c:1: error: value 'word' is bound, and no "
                                     "template uses it\n");
    arena_free(&arena);
}

static void used_in_comment_does_not_count(void **state)
{
    (void)state;
    expect_unused("/* @word@ */\n//%if yes\n//%for pools\n@size@ @count@\n//%end\n//%end\n", NULL,
                  "templates/t.c:1: error: value 'word' is bound, and no template uses it\n");
}

static void unknown_name_in_used_check(void **state)
{
    (void)state;
    expect_unused(DOC "@wrod@\n", NULL, "templates/t.c:2: error: there is no value 'wrod'\n");
}

/* Output of a failed rendering is not added to what is already there. */
static void keeps_earlier_text(void **state)
{
    (void)state;
    struct arena arena = {0};
    if (setjmp(arena.out_of_memory))
        fail_msg("out of memory");
    struct text out = {.arena = &arena}, errors = {.arena = &arena};
    text_string(&out, "before\n");
    current = &(struct row){.template = DOC "after\n"};
    assert_true(template_render(&out, "t.c", bindings_new(&arena), find_in_row, &errors));
    current = &(struct row){.template = DOC "wrong\n@wrod@\n"};
    assert_false(template_render(&out, "t.c", bindings_new(&arena), find_in_row, &errors));
    assert_string_equal(out.data, "before\nafter\n");
    arena_free(&arena);
}

static void embedded_templates_are_whole(void **state)
{
    (void)state;
    assert_null(template_embedded("no-such-template"));
    for (const struct template_source *source = template_sources; source->name; source++) {
        assert_ptr_equal(template_embedded(source->name), source);
        assert_true(source->length > 0);
    }
}

int main(void)
{
    enum { ROWS = sizeof rows / sizeof *rows };
    const struct CMUnitTest others[] = {
        cmocka_unit_test(all_used),
        cmocka_unit_test(used_by_one_of_several),
        cmocka_unit_test(unused_values),
        cmocka_unit_test(unused_list),
        cmocka_unit_test(rendered_elsewhere_does_not_count),
        cmocka_unit_test(used_in_comment_does_not_count),
        cmocka_unit_test(unknown_name_in_used_check),
        cmocka_unit_test(keeps_earlier_text),
        cmocka_unit_test(embedded_templates_are_whole),
    };
    struct CMUnitTest by_row[ROWS];
    for (size_t i = 0; i < ROWS; i++)
        by_row[i] = (struct CMUnitTest){rows[i].name, renders_as_expected, NULL, NULL,
                                        (void *)(uintptr_t)&rows[i]};
    int failed = cmocka_run_group_tests_name("template rows", by_row, NULL, NULL);
    return failed + cmocka_run_group_tests_name("template", others, NULL, NULL);
}
