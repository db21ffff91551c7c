/* `poolgen merge`: the union of profiles. */
#include "command/subcommands.h"
#include "emit/write.h"
#include "profile/inputs.h"
#include <stddef.h>

struct request {
    const char *output;
};

static const struct flag flags[] = {
    {"-o", "FILE", FLAG_STRING, offsetof(struct request, output), 0, 0,
     "write the profile there (default: standard output)"},
};

static const struct command_line line = {
    "merge",
    "[-o FILE] PROFILE...",
    "Joins profiles. The result has every run of each once, whatever the order or\n"
    "grouping of merges; of one run written more than once, the longest stays.",
    flags,
    sizeof flags / sizeof flags[0],
    NULL};

int subcommand_merge(struct arena *arena, int argc, char **argv)
{
    struct request request = {0};
    struct profile *profile;
    int code = inputs_parse(arena, &line, argc, argv, &request, &profile);
    if (code >= 0) {
        return code;
    }
    if (profile == NULL) {
        return 1;
    }
    struct text text = {.arena = arena};
    profile_print(&text, profile);
    return write_or_print(arena, request.output, &text, stderr) ? 0 : 1;
}
