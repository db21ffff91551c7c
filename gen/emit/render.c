#include "emit/render.h"

#include "emit/bind.h"
#include "emit/template.h"
#include <string.h>

/* Every output: the template it comes from, what follows the stem, and which `emit` asks for it. */
static const struct {
    const char *template;
    const char *suffix;
    unsigned emit; /* 0: always */
} kinds[] = {
    {"allocator.c", ".c", 0},
    {"allocator.h", ".h", 0},
    {"allocator.rs", ".rs", EMIT_RUST},
    {"allocator.hpp", ".hpp", EMIT_CPP},
    {"allocator.zig", ".zig", EMIT_ZIG},
    {"malloc.c", "-malloc.c", EMIT_MALLOC},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static bool wanted(const struct plan *plan, size_t kind)
{
    return kinds[kind].emit == 0 || (plan->table->emit & kinds[kind].emit) != 0;
}

void render_names(struct arena *arena, const struct plan *plan, const struct naming *naming,
                  struct output **outputs, size_t *count)
{
    const size_t stem = strlen(naming->path) - strlen(".c");
    *outputs = arena_alloc(arena, KINDS * sizeof **outputs);
    *count = 0;
    for (size_t kind = 0; kind < KINDS; kind++) {
        if (wanted(plan, kind)) {
            struct output *output = &(*outputs)[(*count)++];
            output->path =
                arena_format(arena, "%.*s%s", (int)stem, naming->path, kinds[kind].suffix);
            output->text.arena = arena;
            output->always = kind == 0;
        }
    }
}

bool render_outputs(struct arena *arena, const struct plan *plan, const struct naming *naming,
                    struct output **outputs, size_t *count, struct text *errors)
{
    const struct bindings *bindings = bind_plan(arena, plan, naming);
    const char *names[KINDS];
    bool good = true;
    size_t next = 0;
    render_names(arena, plan, naming, outputs, count);
    for (size_t kind = 0; kind < KINDS; kind++) {
        names[kind] = kinds[kind].template;
        if (wanted(plan, kind)) {
            struct text *out = &(*outputs)[next++].text;
            good &= template_render(out, names[kind], bindings, template_embedded, errors);
        }
    }
    return template_check_used(names, KINDS, bindings, template_embedded, errors) && good;
}
