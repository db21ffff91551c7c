/* Render: plan -> the text of every output, in memory. Binds, and computes nothing. */
#ifndef POOLGEN_RENDER_H
#define POOLGEN_RENDER_H

#include "emit/write.h"
#include "plan/plan.h"

/* How the outputs are named and what their first line says. */
struct naming {
    const char *table; /* base name of the table file, "tokio.yaml"; "<stdin>" for '-' */
    const char *path;  /* of the C source, ending in ".c": "dir/allocator.c" */
};

/* Names the outputs of a plan without rendering them: *outputs has *count paths. */
void render_names(struct arena *arena, const struct plan *plan, const struct naming *naming,
                  struct output **outputs, size_t *count);

/* Renders every output. False, with "templates/NAME:LINE: ..." in `errors`, if a template is
   wrong, which is a defect of poolgen and not of the table. */
bool render_outputs(struct arena *arena, const struct plan *plan, const struct naming *naming,
                    struct output **outputs, size_t *count, struct text *errors);

#endif
