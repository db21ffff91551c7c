/* The report: its figures, and a page that is whole, self-contained and safe. */
#include "base/utf8.h"
#include "command/subcommands.h"
#include "profile/report.h"
#include "profiles.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FLAGSHIP "configs/tokio.yaml"

static struct table *read_flagship(struct run *run)
{
    size_t length;
    run->diag.source = read_whole(&run->arena, FLAGSHIP, &length);
    run->diag.source_length = length;
    struct table *table = run_table(run, NULL);
    assert_int_equal(run->diag.errors, 0);
    return table;
}

/* A report of the server's profile beside tables, as many as there are names. */
static const struct report *report_beside(struct run *run, const struct table *const *tables,
                                          const char *const *names, size_t count)
{
    return report_make(&run->arena, read_profile(run, SERVER), names, tables, count);
}

/* The same beside the flagship alone. */
static const struct report *report_beside_flagship(struct run *run, const char *name)
{
    const struct table *tokio = read_flagship(run);
    return report_beside(run, &tokio, &name, 1);
}

static const struct report *report_alone(struct run *run, struct profile *profile)
{
    return report_make(&run->arena, profile, NULL, NULL, 0);
}

static const char *render(struct run *run, const struct report *report, bool html)
{
    struct text text = {.arena = &run->arena}, errors = {.arena = &run->arena};
    if (!html)
        report_text(&text, report);
    else if (!report_html(&text, report, &errors))
        fail_msg("%s", errors.data);
    return text.data;
}

/* ---- figures */

static void tables_are_judged(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, "", 0);
    const struct report *report = report_beside_flagship(&run, "flagship");
    assert_int_equal(report->table_count, 4);
    assert_string_equal(report->tables[0].name, "flagship");
    assert_string_equal(report->tables[1].name, "least rounding");
    assert_string_equal(report->tables[2].name, "least memory");
    assert_string_equal(report->tables[3].name, "powers of two");

    /* 24 -> 32, 40 -> 64, 72 -> 128, 200 -> 256, 1000 -> 1024, 8192 fits, 73,728 is oversize. */
    const struct report_table *tokio = &report->tables[0];
    const double lost = 400 * 8 + 300 * 24 + 100 * 56 + 60 * 56 + 12 * 24;
    assert_float_equal(tokio->loss.lost, lost, 1e-6);
    assert_float_equal(tokio->loss.oversize_allocations, 3, 0);
    assert_int_equal(tokio->peaks[2], 400);
    assert_int_equal(tokio->peaks[10], 16);
    assert_float_equal(tokio->by_pool[3].allocations, 50000, 0);
    assert_int_equal(tokio->growing, 0);
    assert_true(report->tables[1].loss.lost < lost);
    assert_float_equal(report->tables[3].loss.lost, lost, 1e-6);
    const double held = 400 * 32 + 300 * 64 + 100 * 128 + 60 * 256 + 12 * 1024 + 16 * 8192;
    assert_float_equal(tokio->held, held, 1e-6);
    assert_true(report->tables[2].held <= report->tables[1].held);
    run_end(&run);
}

static void too_few_blocks_are_told(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, "", 0);
    struct table *tokio = read_flagship(&run);
    tokio->pools[2].initial_count = 399;
    const struct table *const given = tokio;
    const struct report *report = report_beside(&run, &given, (const char *const[]){"small"}, 1);
    assert_int_equal(report->tables[0].growing, 1);
    assert_non_null(strstr(render(&run, report, true), "<td>1 of 1</td>"));
    run_end(&run);
}

static const char *find_fact(const struct report *report, const char *name)
{
    for (const char *(*fact)[2] = report_facts(report); (*fact)[0] != NULL; fact++)
        if (strcmp((*fact)[0], name) == 0)
            return (*fact)[1];
    return NULL;
}

static void facts_are_right(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, "", 0);
    const struct report *report = report_beside_flagship(&run, "flagship");
    assert_string_equal(find_fact(report, "Allocations"), "161,767");
    assert_string_equal(find_fact(report, "Distinct sizes"), "7");
    assert_string_equal(find_fact(report, "Aligned beyond 16"), "5.6 %");
    assert_string_equal(find_fact(report, "Freed by another thread"), "5.0 %");
    assert_string_equal(find_fact(report, "Reallocs that change pools"), "100.0 % of 42");
    assert_string_equal(find_fact(report, "Not seen"), "0 allocations, 2 frees");
    assert_string_equal(find_fact(report, "Most live at once"), "310 KiB");
    run_end(&run);
}

/* ---- the page */

/* Every element that is opened is closed, in order. */
static void check_nesting(const char *page)
{
    static const char *const empty[] = {"meta", "!doctype"};
    char open[64][16];
    size_t depth = 0;
    for (const char *at = page; (at = strchr(at, '<')) != NULL; at++) {
        bool closing = at[1] == '/';
        const char *name = at + 1 + closing;
        size_t length = strcspn(name, " >/");
        const char *end = strchr(at, '>');
        assert_non_null(end);
        assert_true(length > 0 && length < 16);
        bool alone = end[-1] == '/';
        for (size_t i = 0; i < 2; i++)
            alone = alone || (strlen(empty[i]) == length && strncmp(name, empty[i], length) == 0);
        if (closing) {
            assert_true(depth > 0);
            depth--;
            if (strlen(open[depth]) != length || strncmp(open[depth], name, length) != 0)
                fail_msg("</%.*s> closes <%s>", (int)length, name, open[depth]);
        } else if (!alone) {
            assert_true(depth < 64);
            memcpy(open[depth], name, length);
            open[depth++][length] = '\0';
        }
        at = end;
    }
    assert_int_equal(depth, 0);
}

static void check_page(const char *page)
{
    static const char *const foreign[] = {"http:",   "https:", "//cdn",   "src=", "@import",
                                          "url(",    "<link",  "<script", "nan,", ",nan",
                                          "\"nan\"", "inf\"",  "\"-"};
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
        if (strstr(page, foreign[i]) != NULL)
            fail_msg("the page has %s", foreign[i]);
    static const char *const needed[] = {"<html lang=\"en\">", "name=\"viewport\"", "<h1>",
                                         "prefers-color-scheme: dark", "media print"};
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        assert_non_null(strstr(page, needed[i]));
    check_nesting(page);
}

static void pages_are_whole_and_alone(void **state)
{
    (void)state;
    static const char *const paths[] = {SERVER, POOLS};
    struct run run;
    RUN_BEGIN(&run, "", 0);
    for (size_t i = 0; i < 2; i++) {
        const char *page = render(&run, report_alone(&run, read_profile(&run, paths[i])), true);
        check_page(page);
        static const char *const charts[] = {"sizes", "waste", "time", "curve"};
        for (size_t c = 0; c < 4; c++) {
            assert_non_null(strstr(page, arena_format(&run.arena, "<h2 id=\"%s\">", charts[c])));
            assert_non_null(strstr(page, arena_format(&run.arena, "href=\"#%s\"", charts[c])));
        }
        /* A table stands behind every chart, and each chart has a name. */
        size_t drawings = 0, tables = 0;
        for (const char *at = page; (at = strstr(at, "<svg ")) != NULL; at++) {
            drawings++;
            assert_true(strstr(at, "aria-label=\"") < strchr(at, '>'));
        }
        for (const char *at = page; (at = strstr(at, "<table>")) != NULL; at++)
            tables++;
        assert_int_equal(drawings, 4);
        assert_int_equal(tables, 5);
    }
    run_end(&run);
}

static void names_cannot_be_markup(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, "", 0);
    struct profile *profile = read_profile(&run, SERVER);
    const struct table *tokio = read_flagship(&run);
    profile->runs[0]->command = profile->runs[0]->producer = "<script>\"&";
    static const char *const names[] = {"\"><b>.yaml"};
    const char *page = render(&run, report_make(&run.arena, profile, names, &tokio, 1), true);
    check_page(page);
    assert_null(strstr(page, "<b>"));
    assert_non_null(strstr(page, "<h1>&lt;script&gt;&quot;&amp;, 1 run</h1>"));
    run_end(&run);
}

/* The height of a name in the last chart. */
static double height_of(struct run *run, const char *page, const char *name)
{
    const char *text = strstr(page, arena_format(&run->arena, "\">%s</text>", name));
    assert_non_null(text);
    while (strncmp(text, " y=\"", 4) != 0)
        text--;
    return strtod(text + 4, NULL);
}

/* Tables of the same pools are marked at the same place. */
static void names_of_tables_can_all_be_read(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, "", 0);
    const struct table *tokio = read_flagship(&run);
    const struct table *tables[] = {tokio, tokio, tokio};
    static const char *const names[] = {"one.yaml", "two.yaml", "three.yaml"};
    const char *page = render(&run, report_beside(&run, tables, names, 3), true);
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < i; j++) {
            double apart = height_of(&run, page, names[i]) - height_of(&run, page, names[j]);
            if (apart < 13.9 && apart > -13.9)
                fail_msg("%s covers %s", names[i], names[j]);
        }
    run_end(&run);
}

static void poor_profiles_have_reports_too(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, "", 0);
    struct profile *profile = read_profile(&run, SERVER);
    profile->runs[0]->snapshot_count = 0;
    const struct report *report = report_alone(&run, profile);
    const char *page = render(&run, report, true);
    check_page(page);
    assert_null(strstr(page, "id=\"time\""));
    assert_non_null(render(&run, report, false));

    profile->runs[0]->row_count = 1; /* one size */
    profile->runs[0]->realloc_count = 0;
    check_page(render(&run, report_alone(&run, profile), true));

    profile->runs[0]->row_count = 0;
    report = report_alone(&run, profile);
    page = render(&run, report, true);
    check_page(page);
    assert_non_null(strstr(page, "No allocation that a pool could serve."));
    assert_non_null(strstr(render(&run, report, false), "No allocation that a pool"));
    run_end(&run);
}

static void text_fits_a_terminal(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, "", 0);
    const struct report *report =
        report_beside_flagship(&run, "a-table-with-a-rather-long-name.yaml");
    const char *text = render(&run, report, false);
    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1)
        if (strcspn(line, "\n") > 80)
            fail_msg("%.*s", (int)strcspn(line, "\n"), line);
    assert_non_null(strstr(text, "Allocations                 161,767\n"));
    assert_non_null(strstr(text, "powers of two"));
    run_end(&run);
}

/* Fails if a terminal would obey any of it. */
static void check_visible(const char *what, const char *text)
{
    for (size_t left = strlen(text), bytes; left > 0; text += bytes, left -= bytes) {
        uint32_t character;
        bytes = utf8_next(text, left, &character);
        if (character != '\n' && !utf8_is_visible(character))
            fail_msg("%s: U+%04X before \"%.20s\"", what, (unsigned)character, text + bytes);
    }
}

/* Names come from elsewhere: a profile, a folder. */
static void terminals_get_no_control_characters(void **state)
{
    (void)state;
    static const char hostile[] = "srv\033[2J\x07\x7f\xc2\x9b\xe2\x80\xae\n\xef\xbf\xbe";
    /* Too long to be shown whole: it is cut between characters. */
    static const char *const names[] = {
        "\033]0;x\x07-\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
        "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac.yaml"};
    struct run run;
    RUN_BEGIN(&run, "", 0);
    const struct table *tokio = read_flagship(&run);
    struct profile *profile = read_profile(&run, SERVER);
    profile->runs[0]->command = profile->runs[0]->producer = profile->runs[0]->id = hostile;
    const struct report *report = report_make(&run.arena, profile, names, &tokio, 1);
    check_visible("text", render(&run, report, false));
    check_visible("page", render(&run, report, true));
    struct text merged = {.arena = &run.arena};
    profile_print(&merged, profile);
    check_visible("merged", merged.data);

    run.diag.source = merged.data;
    run.diag.source_length = merged.length;
    struct profile again = {0};
    assert_true(profile_parse(&again, &run.diag));
    assert_string_equal(again.runs[0]->command, hostile); /* and nothing is lost in a merge */
    run_end(&run);
}

/* ---- the subcommand */

struct call_row {
    const char *name;
    int code;
    int count;
    const char *words[5];
};

static const struct call_row call_rows[] = {
    {"a call without a profile is a usage error", 2, 1, {"report"}},
    {"an unknown format is a usage error", 2, 4, {"report", SERVER, "--format", "pdf"}},
    {"a profile is no table", 1, 4, {"report", SERVER, "--table", SERVER}},
    {"a table is no profile", 1, 2, {"report", FLAGSHIP}},
};

static void a_wrong_call_is_refused(void **state)
{
    const struct call_row *row = *state;
    struct run run;
    RUN_BEGIN(&run, "", 0);
    char *words[5];
    memcpy(words, row->words, sizeof words);
    assert_int_equal(subcommand_report(&run.arena, row->count, words), row->code);
    run_end(&run);
}

static void a_page_is_written(void **state)
{
    (void)state;
    mkdir("build", 0777);
    char *words[] = {"report", SERVER, POOLS, "--table", FLAGSHIP, "-o", "build/test-report.html",
                     NULL};
    struct run run;
    RUN_BEGIN(&run, "", 0);
    assert_int_equal(subcommand_report(&run.arena, 7, words), 0);
    size_t length;
    const char *page = read_whole(&run.arena, "build/test-report.html", &length);
    unlink("build/test-report.html");
    check_page(page);
    assert_non_null(strstr(page, "<h1>server and others, 2 runs</h1>"));
    run_end(&run);
}

int main(void)
{
    TEST(tables_are_judged);
    TEST(too_few_blocks_are_told);
    TEST(facts_are_right);
    TEST(pages_are_whole_and_alone);
    TEST(names_cannot_be_markup);
    TEST(names_of_tables_can_all_be_read);
    TEST(poor_profiles_have_reports_too);
    TEST(text_fits_a_terminal);
    TEST(terminals_get_no_control_characters);
    TEST_ROWS(call_rows, a_wrong_call_is_refused);
    TEST(a_page_is_written);
    return unit_run("report");
}
