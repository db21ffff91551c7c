/* TAP for programs that are one process: a row at a time, which says where it fails. */
#ifndef CHIP_CHECK_H
#define CHIP_CHECK_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf("# %s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                       \
            check_failed = true;                                                                   \
        }                                                                                          \
    } while (0)

static bool check_failed;

struct check {
    const char *name;
    void (*run)(void);
};

/* Runs the rows in their order, which one program's state may ask for. */
static inline int check_all(const struct check *rows, size_t count)
{
    bool bad = false;
    for (size_t i = 0; i < count; i++) {
        check_failed = false;
        rows[i].run();
        printf("%s %zu - %s\n", check_failed ? "not ok" : "ok", i + 1, rows[i].name);
        bad |= check_failed;
    }
    printf("1..%zu\n", count);
    return bad;
}

#endif
