/* `poolgen report`: profiles and tables in, a page or a screen of text out. */
#include "command/subcommands.h"
#include "emit/write.h"
#include "profile/inputs.h"
#include "profile/report.h"
#include <stddef.h>
#include <string.h>

enum { FORMAT_HTML, FORMAT_TEXT };

struct request {
    struct words tables;
    int format;
    const char *output;
};

static const struct flag flags[] = {
    {"--table", "TABLE.yaml", FLAG_LIST, offsetof(struct request, tables), 0, 0,
     "judge this table too; may be given more than once"},
    {"--format", "html|text", FLAG_CHOICE, offsetof(struct request, format), 0, 0,
     "one self-contained page, or the essentials for a terminal\n"
     "(default: html)"},
    {"-o", "FILE", FLAG_STRING, offsetof(struct request, output), 0, 0,
     "write there (default: standard output)"},
};

static const struct command_line line = {
    "report",
    "PROFILE... [options]",
    "Shows what the profiles hold: sizes, waste, live memory over time, and what\n"
    "tables make of it, beside tuned ones and the powers of two.",
    flags,
    sizeof flags / sizeof flags[0],
    NULL};

static int write_report(struct arena *arena, const struct request *request,
                        const struct report *report)
{
    struct text text = {.arena = arena}, errors = {.arena = arena};
    if (request->format == FORMAT_TEXT) {
        report_text(&text, report);
    } else if (!report_html(&text, report, &errors)) {
        fputs(errors.data, stderr);
        return 1;
    }
    return write_or_print(arena, request->output, &text, stderr) ? 0 : 1;
}

int subcommand_report(struct arena *arena, int argc, char **argv)
{
    struct request request = {0};
    struct profile *profile;
    int code = inputs_parse(arena, &line, argc, argv, &request, &profile);
    if (code >= 0) {
        return code;
    }
    const struct table **tables = arena_alloc(arena, (request.tables.count + 1) * sizeof *tables);
    const char **names = arena_alloc(arena, (request.tables.count + 1) * sizeof *names);
    bool good = profile != NULL;
    for (size_t i = 0; i < request.tables.count; i++) {
        const char *path = request.tables.word[i], *slash = strrchr(path, '/');
        names[i] = slash == NULL ? path : slash + 1;
        tables[i] = inputs_table(arena, path);
        good = good && tables[i] != NULL;
    }
    if (!good) {
        return 1;
    }
    if (profile->count == 0) {
        fputs("poolgen report: the profiles have no runs\n", stderr);
        return 1;
    }
    return write_report(arena, &request,
                        report_make(arena, profile, names, tables, request.tables.count));
}
