#include "profile/inputs.h"
#include "profile/progress.h"
#include "table/read.h"
#include "table/validate.h"
#include <string.h>

static const char *name_of(const char *path)
{
    return strcmp(path, "-") == 0 ? "<stdin>" : path;
}

static struct profile *read_profiles(struct arena *arena, const char *subcommand,
                                     const struct words *paths)
{
    struct profile *profile = arena_alloc(arena, sizeof *profile);
    struct progress progress;
    bool good = true;
    progress_begin(&progress, arena_format(arena, "poolgen %s: reading profiles", subcommand));
    for (size_t i = 0; i < paths->count; i++) {
        progress_step(&progress, i, paths->count);
        struct diag diag = {.arena = arena, .file = name_of(paths->word[i])};
        if (profile_load(paths->word[i], &diag)) {
            profile_parse(profile, &diag);
        }
        if (diag.errors > 0) {
            progress_end(&progress);
            diag_print(&diag, stderr, false);
            good = false;
        }
    }
    progress_end(&progress);
    profile_merge(profile);
    return good ? profile : NULL;
}

int inputs_parse(struct arena *arena, const struct command_line *line, int argc, char **argv,
                 void *options, struct profile **profile)
{
    struct words paths = {0};
    int code = flags_parse(arena, line, argc, argv, options, &paths);
    if (code >= 0) {
        return code;
    }
    if (paths.count == 0) {
        return flags_complain(line, "which profiles?");
    }
    *profile = read_profiles(arena, line->name, &paths);
    return -1;
}

struct table *inputs_table(struct arena *arena, const char *path)
{
    struct diag diag = {.arena = arena, .file = name_of(path)};
    const struct node *tree = read_source(path, &diag) ? read_tree(&diag) : NULL;
    struct table *table = tree == NULL ? NULL : validate_table(tree, NULL, &diag);
    diag_print(&diag, stderr, false);
    return diag.errors == 0 ? table : NULL;
}

uint64_t *inputs_sizes(struct arena *arena, const struct table *table)
{
    uint64_t *sizes = arena_alloc(arena, table->pool_count * sizeof *sizes);
    for (size_t i = 0; i < table->pool_count; i++) {
        sizes[i] = table->pools[i].size;
    }
    return sizes;
}
