/* The template engine: what each directive renders to, and the whole message of each error. */
#include "emit/template.h"
#include "unit.h"

/* Every template needs its first comment; with this one, its text starts in line 2. */
#define DOC "/* Given: what bind_all binds. */\n"

struct row {
    const char *name;
    const char *template;
    const char *included; /* contents of "part.c"; NULL if there is none */
    const char *output;   /* NULL if an error is expected */
    const char *errors;
};

static const struct row template_rows[] = {
    /* substitution */
    {"a text takes the place of its name", DOC "int @word@;\n", NULL, "int tokio;\n", NULL},
    {"a number is written in decimal", DOC "@zero@ @most@\n", NULL, "0 18446744073709551615\n",
     NULL},
    {"a line may have several names", DOC "@word@_@word@@zero@\n", NULL, "tokio_tokio0\n", NULL},
    {"two at signs are one", DOC "a@@b @@@word@@@ @@@@\n", NULL, "a@b @tokio@ @@\n", NULL},
    {"names know upper case", DOC "@WORD@\n", NULL, "TOKIO\n", NULL},
    {"a value is no template", DOC "@tricky@\n", NULL, "@word@ //%if\n", NULL},
    {"a missing final line feed is added", DOC "int @word@;", NULL, "int tokio;\n", NULL},
    {"an unknown name is told", DOC "\nint @wrod@;\n", NULL, NULL,
     "templates/t.c:3: error: there is no value 'wrod'\n"},
    {"every unknown name is told", DOC "@a@\n@b@\n", NULL, NULL,
     "templates/t.c:2: error: there is no value 'a'\n"
     "templates/t.c:3: error: there is no value 'b'\n"},
    {"an at sign without its pair is told", DOC "mail me@home\n", NULL, NULL,
     "templates/t.c:2: error: '@' without a closing '@' (a literal one is '@@')\n"},
    {"an at sign at the end is told", DOC "a@", NULL, NULL,
     "templates/t.c:2: error: '@' without a closing '@' (a literal one is '@@')\n"},
    {"a name has no blanks", DOC "@wo rd@\n", NULL, NULL,
     "templates/t.c:2: error: '@' without a closing '@' (a literal one is '@@')\n"},
    {"a flag is no text", DOC "@yes@\n", NULL, NULL, "templates/t.c:2: error: 'yes' is not text\n"},
    {"a list is no text", DOC "@pools@\n", NULL, NULL,
     "templates/t.c:2: error: 'pools' is not text\n"},

    /* if */
    {"what follows if is taken where its flag is set", DOC "//%if yes\na\n//%end\nb\n", NULL,
     "a\nb\n", NULL},
    {"what follows if is left out where its flag is not set", DOC "//%if no\na\n//%end\nb\n", NULL,
     "b\n", NULL},
    {"what follows else is taken where the flag is not set",
     DOC "//%if no\na\n//%else\nb\n//%end\n", NULL, "b\n", NULL},
    {"what follows else is left out where the flag is set",
     DOC "//%if yes\na\n//%else\nb\n//%end\n", NULL, "a\n", NULL},
    {"an exclamation mark turns a flag round",
     DOC "//%if !no\na\n//%end\n//%if !yes\nb\n//%else\nc\n//%end\n", NULL, "a\nc\n", NULL},
    {"a list is true if it has rows", DOC "//%if pools\na\n//%end\n//%if nothing\nb\n//%end\n",
     NULL, "a\n", NULL},
    {"an exclamation mark turns a list round",
     DOC "//%if !pools\na\n//%end\n//%if !nothing\nb\n//%end\n", NULL, "b\n", NULL},
    {"ifs nest", DOC "//%if yes\n//%if no\na\n//%else\nb\n//%end\nc\n//%else\nd\n//%end\n", NULL,
     "b\nc\n", NULL},
    {"blanks around a directive are free", DOC "    {x\n \t //%if yes \t\n    a\n    //%end  \n",
     NULL, "    {x\n    a\n", NULL},
    {"an unknown name is told where it is not taken too", DOC "//%if no\n@wrod@\n//%end\n", NULL,
     NULL, "templates/t.c:3: error: there is no value 'wrod'\n"},
    {"an unknown flag is told", DOC "//%if maybe\n//%end\n", NULL, NULL,
     "templates/t.c:2: error: there is no value 'maybe'\n"},
    {"a text is no flag", DOC "//%if word\n//%end\n", NULL, NULL,
     "templates/t.c:2: error: 'word' is neither a flag nor a list\n"},
    {"if without a name is told", DOC "//%if\n//%end\n", NULL, NULL,
     "templates/t.c:2: error: the directive takes one name\n"
     "templates/t.c:2: error: there is no value ''\n"},
    {"if with two names is told", DOC "//%if yes no\n//%end\n", NULL, NULL,
     "templates/t.c:2: error: the directive takes one name\n"},
    {"if without its end is told", DOC "//%if yes\n//%if no\n//%end\na\n", NULL, NULL,
     "templates/t.c:2: error: '//%if' without '//%end'\n"},
    {"else without if is told", DOC "//%else\n", NULL, NULL,
     "templates/t.c:2: error: '//%else' without '//%if'\n"},
    {"a second else is told", DOC "//%if no\n//%else\n//%else\n//%end\n", NULL, NULL,
     "templates/t.c:4: error: a second '//%else'\n"},
    {"end without if is told", DOC "a\n//%end\n@wrod@\n", NULL, NULL,
     "templates/t.c:3: error: '//%end' without '//%if' or '//%for'\n"
     "templates/t.c:4: error: there is no value 'wrod'\n"},
    {"end takes nothing", DOC "//%if yes\n//%end yes\n", NULL, NULL,
     "templates/t.c:3: error: the directive takes nothing\n"},
    {"else takes nothing", DOC "//%if yes\n//%else if\n//%end\n", NULL, NULL,
     "templates/t.c:3: error: the directive takes nothing\n"},

    /* for */
    {"for repeats once a row", DOC "//%for pools\n[@size@]\n//%end\n", NULL, "[8]\n[16]\n", NULL},
    {"for over no rows writes nothing", DOC "a\n//%for nothing\n@whatever@\n//%end\nb\n", NULL,
     "a\nb\n", NULL},
    {"fors nest", DOC "//%for pools\n@size@:\n//%for names\n@size@ @is@\n//%end\n//%end\n", NULL,
     "8:\n8 small\n8 tiny\n16:\n16 big\n", NULL},
    {"a row sees the names around it", DOC "//%for pools\n@word@ @size@\n//%end\n", NULL,
     "tokio 8\ntokio 16\n", NULL},
    {"a row's name hides the one around it",
     DOC "@shade@\n//%for pools\n@shade@\n//%end\n@shade@\n", NULL, "outer\nrow 8\nrow 16\nouter\n",
     NULL},
    {"a row may have a flag", DOC "//%for pools\n//%if power\n@size@\n//%end\n//%end\n", NULL,
     "16\n", NULL},
    {"a row's name is unknown outside", DOC "@size@\n", NULL, NULL,
     "templates/t.c:2: error: there is no value 'size'\n"},
    {"an unknown name in a row is told", DOC "//%for pools\n@sise@\n//%end\n", NULL, NULL,
     "templates/t.c:3: error: there is no value 'sise'\n"},
    {"a flag is no list", DOC "//%for yes\n//%end\n", NULL, NULL,
     "templates/t.c:2: error: 'yes' is not a list\n"},
    {"an unknown list is told", DOC "//%for pool\n@size@\n//%end\n", NULL, NULL,
     "templates/t.c:2: error: there is no value 'pool'\n"},
    {"for takes no exclamation mark", DOC "//%for !pools\n//%end\n", NULL, NULL,
     "templates/t.c:2: error: the directive takes one name\n"
     "templates/t.c:2: error: there is no value ''\n"},
    {"for without its end is told", DOC "//%for pools\na\n", NULL, NULL,
     "templates/t.c:2: error: '//%for' without '//%end'\n"},
    {"else does not belong to for", DOC "//%for pools\na\n//%else\nb\n//%end\n", NULL, NULL,
     "templates/t.c:4: error: '//%else' belongs to '//%if'\n"},
    {"rows that bind different names are told", DOC "\n//%for uneven\n@left@\n//%end\n", NULL, NULL,
     "templates/t.c:3: error: row 3 of 'uneven' does not bind what its first row does\n"},
    {"rows that bind different kinds are told", DOC "//%for mixed\n@left@\n//%end\n", NULL, NULL,
     "templates/t.c:2: error: row 2 of 'mixed' does not bind what its first row does\n"},
    {"an unknown name in a later row's list is told",
     DOC "//%for ragged\n//%for inner\n@nowhere@\n//%end\n//%end\n", NULL, NULL,
     "templates/t.c:4: error: there is no value 'nowhere'\n"},

    /* include */
    {"include puts in another template", DOC "a\n  //%include part.c\nc\n", DOC "b @word@\n",
     "a\nb tokio\nc\n", NULL},
    {"an include may stand in a for", DOC "//%for pools\n//%include part.c\n//%end\n",
     DOC "@size@\n", "8\n16\n", NULL},
    {"an included template comes without its first comment", DOC "a\n\n//%include part.c\nc\n",
     DOC "\n\nb\n", "a\n\nb\nc\n", NULL},
    {"an included template comes without the blank lines after its comment",
     DOC "a\n//%include part.c\nc\n", DOC "\n\nb\n", "a\nb\nc\n", NULL},
    {"an error in an included template has its own place", DOC "//%include part.c\n",
     DOC "\n@wrod@\n", NULL, "templates/part.c:3: error: there is no value 'wrod'\n"},
    {"an error in an include that is not taken is told",
     DOC "//%if no\n//%include part.c\n//%end\n", DOC "@wrod@\n", NULL,
     "templates/part.c:2: error: there is no value 'wrod'\n"},
    {"an end does not cross files", DOC "//%if yes\n//%include part.c\n", DOC "//%end\n", NULL,
     "templates/part.c:2: error: '//%end' without '//%if' or '//%for'\n"
     "templates/t.c:2: error: '//%if' without '//%end'\n"},
    {"an include that is missing is told", DOC "//%include port.c\n", NULL, NULL,
     "templates/t.c:2: error: there is no template 'port.c'\n"},
    {"include needs a name", DOC "//%include\n", NULL, NULL,
     "templates/t.c:2: error: '//%include' takes a file name\n"},
    {"a template may not include itself", DOC "//%include t.c\n", NULL, NULL,
     "templates/t.c:2: error: 't.c' includes itself\n"},
    {"a circle of includes is told", DOC "//%include part.c\n", DOC "//%include t.c\n", NULL,
     "templates/part.c:2: error: 't.c' includes itself\n"},
    {"a template may be included twice", DOC "//%include part.c\n//%include part.c\n", DOC "b\n",
     "b\nb\n", NULL},
    {"includes may nest 8 deep", DOC "//%include deep1\n", NULL, "bottom\n", NULL},
    {"includes may not nest 9 deep", DOC "//%include deep0\n", NULL, NULL,
     "templates/deep7:2: error: includes nest deeper than 8\n"},

    /* directives in general */
    {"an unknown directive is told", DOC "//%unless no\n", NULL, NULL,
     "templates/t.c:2: error: unknown directive '//%unless'\n"},
    {"a directive's word follows at once", DOC "//% if no\n", NULL, NULL,
     "templates/t.c:2: error: unknown directive '//%'\n"},
    {"a directive has a line of its own", DOC "int a; //%if yes\n", NULL, NULL,
     "templates/t.c:2: error: a directive has a line of its own\n"},

    /* the first comment */
    {"the first comment may be of lines", "// Given: word.\n//\n// More.\n\n//! Doc of @word@.\n",
     NULL, "//! Doc of tokio.\n", NULL},
    {"the second comment stays", "/* Given: word. */\n\n/* @word@ */\n", NULL, "/* tokio */\n",
     NULL},
    {"the first comment is not rendered", "/* Given:\n   @anything@\n   //%if\n*/\na\n", NULL,
     "a\n", NULL},
    {"a comment does not end in its opening", "/*/ a\n*/\nb\n", NULL, "b\n", NULL},
    {"a template without its comment is told", "int a;\n", NULL, NULL,
     "templates/t.c:1: error: a template starts with a comment that says what it is given\n"},
    {"a directive is no comment", "//%if yes\n//%end\n", NULL, NULL,
     "templates/t.c:1: error: a template starts with a comment that says what it is given\n"},
    {"an empty template has no comment", "", NULL, NULL,
     "templates/t.c:1: error: a template starts with a comment that says what it is given\n"},
    {"a comment that is not closed is told", "/* Given:\n\n", NULL, NULL,
     "templates/t.c:1: error: the first comment is not closed\n"},
    {"text right after the comment is told", "/* Given:\n*/ int a;\n", NULL, NULL,
     "templates/t.c:2: error: text after the end of the first comment\n"},

    /* how the output looks */
    {"blank lines that meet become one", DOC "a\n\n//%if no\nb\n//%end\n\nc\n", NULL, "a\n\nc\n",
     NULL},
    {"a blank line stays", DOC "a\n\nb\n", NULL, "a\n\nb\n", NULL},
    {"no blank line follows an opening brace", DOC "f {\n//%if no\nb\n//%end\n\n  a\n}\n", NULL,
     "f {\n  a\n}\n", NULL},
    {"no blank line comes before a closing brace", DOC "f {\n  a\n\n//%if no\nb\n//%end\n  }\n",
     NULL, "f {\n  a\n  }\n", NULL},
    {"there is no blank line at the ends", DOC "\n\na\n\n\n", NULL, "a\n", NULL},
    {"there is no blank line at the start", DOC "//%if no\na\n//%end\n\nb\n", NULL, "b\n", NULL},
    {"no line has blanks at its end", DOC "a @empty@ \n  @empty@\nb\n", NULL, "a\n\nb\n", NULL},
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

static void a_template_renders_as_expected(void **state)
{
    current = *state;
    struct arena arena = {0};
    ARENA_BEGIN(&arena);
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
    ARENA_BEGIN(&arena);
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

static void values_may_be_used_in_any_branch(void **state)
{
    (void)state;
    expect_unused(DOC "//%if yes\n//%else\n@word@\n//%for pools\n@size@ @count@\n//%end\n//%end\n",
                  NULL, "");
}

static void one_template_of_several_may_use_a_value(void **state)
{
    (void)state;
    expect_unused(DOC "@word@\n", DOC "//%if yes\n//%for pools\n@size@ @count@\n//%end\n//%end\n",
                  "");
}

static void an_unused_value_is_told(void **state)
{
    (void)state;
    expect_unused(
        DOC "//%for pools\n@size@\n//%end\n", NULL,
        "templates/t.c:1: error: value 'word' is bound, and no template uses it\n"
        "templates/t.c:1: error: value 'yes' is bound, and no template uses it\n"
        "templates/t.c:1: error: value 'pools.count' is bound, and no template uses it\n");
}

/* A list that nothing names is one mistake, not one for each of its names. */
static void an_unused_list_is_told_once(void **state)
{
    (void)state;
    expect_unused(DOC "@word@\n//%if yes\n//%end\n", NULL,
                  "templates/t.c:1: error: value 'pools' is bound, and no template uses it\n");
}

/* What is only offered may go unused, in rows too; what is bound after it may not. */
static void what_is_only_offered_may_go_unused(void **state)
{
    (void)state;
    struct arena arena = {0};
    ARENA_BEGIN(&arena);
    struct bindings *all = bindings_new(&arena);
    bind_flag(all, "offered", true);
    bind_list(all, "pools");
    bind_offered(all);
    bind_text(all, "word", "tokio");
    struct bindings *row = bind_row(all, "pools");
    bind_number(row, "size", 8);
    bind_offered(row);
    bind_number(row, "count", 1);
    struct text errors = {.arena = &arena};
    current = &(struct row){.template = DOC "//%for pools\nsaid\n//%end\n"};
    assert_false(template_check_used((const char *const[]){"t.c"}, 1, all, find_in_row, &errors));
    assert_string_equal(
        errors.data,
        "templates/t.c:1: error: value 'pools.count' is bound, and no template uses it\n"
        "templates/t.c:1: error: value 'word' is bound, and no template uses it\n");
    arena_free(&arena);
}

/* A template that is not among those asked about does not count, even if it was rendered. */
static void a_use_in_another_template_does_not_count(void **state)
{
    (void)state;
    struct arena arena = {0};
    ARENA_BEGIN(&arena);
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

static void a_use_in_the_first_comment_does_not_count(void **state)
{
    (void)state;
    expect_unused("/* @word@ */\n//%if yes\n//%for pools\n@size@ @count@\n//%end\n//%end\n", NULL,
                  "templates/t.c:1: error: value 'word' is bound, and no template uses it\n");
}

static void an_unknown_name_is_told_when_uses_are_checked(void **state)
{
    (void)state;
    expect_unused(DOC "@wrod@\n", NULL, "templates/t.c:2: error: there is no value 'wrod'\n");
}

/* Output of a failed rendering is not added to what is already there. */
static void earlier_text_is_kept_and_a_failed_rendering_adds_none(void **state)
{
    (void)state;
    struct arena arena = {0};
    ARENA_BEGIN(&arena);
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
    TEST_ROWS(template_rows, a_template_renders_as_expected);
    TEST(values_may_be_used_in_any_branch);
    TEST(one_template_of_several_may_use_a_value);
    TEST(an_unused_value_is_told);
    TEST(an_unused_list_is_told_once);
    TEST(what_is_only_offered_may_go_unused);
    TEST(a_use_in_another_template_does_not_count);
    TEST(a_use_in_the_first_comment_does_not_count);
    TEST(an_unknown_name_is_told_when_uses_are_checked);
    TEST(earlier_text_is_kept_and_a_failed_rendering_adds_none);
    TEST(embedded_templates_are_whole);
    return unit_run("template");
}
