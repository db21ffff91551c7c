/* Strict text templates. `@name@` is replaced, `@@` is a literal at sign; whole-line directives are
       //%if name   //%if !name   //%else   //%for list   //%end   //%include file
   A template's first comment (up to and including its closing line) documents what it is given
   and is not rendered. Values are text, flags or lists of rows; a row sees its own names first,
   then those around it. A name that does not exist is an error at template:line even inside a
   branch that is not taken, and so is a bound value that no template of the run mentions, unless it
   is only offered.
   templates/README.md is the whole reference. */
#ifndef POOLGEN_TEMPLATE_H
#define POOLGEN_TEMPLATE_H

#include "base/text.h"
#include <stdbool.h>
#include <stdint.h>

struct bindings;

/* Binding keeps names and texts by reference. A name is bound once in each scope. */
struct bindings *bindings_new(struct arena *arena);
void bind_text(struct bindings *bindings, const char *name, const char *text);
void bind_number(struct bindings *bindings, const char *name, uint64_t number); /* decimal */
void bind_flag(struct bindings *bindings, const char *name, bool flag);

/* Lets what is bound so far in this scope go unused: names that are there whether or not a template
   asks for them. */
void bind_offered(struct bindings *bindings);

/* Declares a list, so that one without rows is still known. */
void bind_list(struct bindings *bindings, const char *name);

/* Adds a row to the declared list `name` and returns it, to be bound into. Every row of a list must
   bind the same names. */
struct bindings *bind_row(struct bindings *bindings, const char *name);

/* Finds the text of a template by file name; NULL if there is none. The product passes the
   embedded ones, tests pass their own. */
struct template_source {
    const char *name; /* "allocator.c" */
    const char *text;
    size_t length;
};
typedef const struct template_source *template_finder(const char *name);

/* Appends the rendered template. On a template error returns false and appends
   "templates/NAME:LINE: error: ..." to `errors` instead. */
bool template_render(struct text *out, const char *name, const struct bindings *bindings,
                     template_finder *find, struct text *errors);

/* False, with a message per name in `errors`, if a value was bound that none of the `count` named
   templates (with what they include) mentions. */
bool template_check_used(const char *const *names, size_t count, const struct bindings *bindings,
                         template_finder *find, struct text *errors);

/* The templates embedded at build time, made by gen/emit/embed.c from templates/; a row without a
   name is the end. */
extern const struct template_source template_sources[];
template_finder template_embedded;

#endif
