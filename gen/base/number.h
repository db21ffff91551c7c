/* Numbers as a pool table writes them, and sizes as messages write them. */
#ifndef POOLGEN_NUMBER_H
#define POOLGEN_NUMBER_H

#include "base/arena.h"
#include <stdbool.h>
#include <stdint.h>

/* The patterns that number_read accepts, for the JSON schema. */
#define NUMBER_DIGITS "(0|[1-9][0-9]*|0x(0|[1-9A-Fa-f][0-9A-Fa-f]*))"
#define NUMBER_UNITS  "(KiB|MiB|GiB)"

struct number {
    uint64_t value;
    bool has_unit;
};

/* Reads a decimal or hex integer, which may carry a unit if `units` says so. Returns NULL, or what
   is wrong with the text as a phrase ("no signs", "'O' is not a digit"). */
const char *number_read(struct arena *arena, const char *text, size_t length, bool units,
                        struct number *number);

/* "1GiB", "64KiB", or plain digits where no unit divides the value. */
const char *number_show_bytes(struct arena *arena, uint64_t bytes);

#endif
