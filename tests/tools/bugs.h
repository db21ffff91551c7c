/* One bug a function, in C and C++: `PROGRAM NAME` commits it, and `PROGRAM well` does the same work as it
   should be done. */
#ifndef TOOLS_BUGS_H
#define TOOLS_BUGS_H

#include <stdio.h>
#include <string.h>

struct bug {
    const char *name;
    void (*commit)(void);
};

#define BUG static __attribute__((noinline)) void

/* Whatever is read is looked at, so that MSan and memcheck ask whether it was written. */
static void look_at(const volatile char *at)
{
    if (*at == 77) {
        puts("77");
    }
}

static int commit(const struct bug *bugs, const char *name)
{
    for (; bugs->name != NULL; bugs++) {
        if (strcmp(bugs->name, name) == 0) {
            bugs->commit();
            return 0;
        }
    }
    fprintf(stderr, "no bug is named %s\n", name);
    return 2;
}

#endif
