/* In place of what needs jansson, where that was not there when poolgen was built. */
#include "command/subcommands.h"
#include <stdio.h>

static int say_missing(const char *subcommand)
{
    fprintf(stderr,
            "poolgen %s: built without jansson, which reads profiles: install it (Debian: "
            "libjansson-dev) and build poolgen again\n",
            subcommand);
    return 1;
}

int subcommand_tune(struct arena *arena, int argc, char **argv)
{
    (void)arena;
    (void)argc;
    (void)argv;
    return say_missing("tune");
}

int subcommand_report(struct arena *arena, int argc, char **argv)
{
    (void)arena;
    (void)argc;
    (void)argv;
    return say_missing("report");
}

int subcommand_merge(struct arena *arena, int argc, char **argv)
{
    (void)arena;
    (void)argc;
    (void)argv;
    return say_missing("merge");
}
