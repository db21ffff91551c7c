/* CHECK, which ends the process that finds what is not so: its status tells. */
#ifndef WINDOWS_CHECK_H
#define WINDOWS_CHECK_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static void check(bool condition, int line, const char *text)
{
    if (!condition) {
        printf("# line %d: not so: %s\n", line, text);
        fflush(stdout);
        _exit(EXIT_FAILURE);
    }
}
#define CHECK(condition) check(condition, __LINE__, #condition)

#endif
