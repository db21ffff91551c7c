#include "base/number.h"

#include "base/utf8.h"
#include <string.h>

static const struct {
    const char *name;
    unsigned shift;
} units[] = {{"GiB", 30}, {"MiB", 20}, {"KiB", 10}};

enum { UNIT_COUNT = sizeof units / sizeof units[0] };

/* Value of a digit in `base`, or -1. */
static int digit_value(char character, unsigned base)
{
    if (character >= '0' && character <= '9') {
        return character - '0';
    }
    if (base == 16 && character >= 'a' && character <= 'f') {
        return character - 'a' + 10;
    }
    if (base == 16 && character >= 'A' && character <= 'F') {
        return character - 'A' + 10;
    }
    return -1;
}

/* The character at `text` between quotes. */
static const char *quote_first(struct arena *arena, const char *text, size_t length)
{
    uint32_t character;
    size_t bytes = utf8_next(text, length, &character);
    return arena_format(arena, "'%.*s'", (int)bytes, text);
}

/* Why the text after the digits is not part of a number. */
static const char *explain_rest(struct arena *arena, const char *rest, size_t length,
                                bool units_too)
{
    bool more_digits = false;
    for (size_t i = 1; i < length; i++) {
        more_digits = more_digits || digit_value(rest[i], 10) >= 0;
    }
    switch (*rest) {
    case '.':
        return "no fractions";
    case '_':
        return "no underscores";
    case 'e':
    case 'E':
        return "no exponents";
    default:
        break;
    }
    if (more_digits) {
        return arena_format(arena, "%s is not a digit", quote_first(arena, rest, length));
    }
    int shown = length < 16 ? (int)length : 16;
    if (!units_too) {
        return arena_format(arena, "no units: '%.*s'", shown, rest);
    }
    return arena_format(arena, "unknown unit '%.*s': KiB, MiB or GiB", shown, rest);
}

static const char *read_unit(struct arena *arena, const char *rest, size_t length, bool units_too,
                             struct number *number)
{
    if (length == 0) {
        return NULL;
    }
    for (size_t i = 0; units_too && i < UNIT_COUNT; i++) {
        if (length != strlen(units[i].name) || memcmp(rest, units[i].name, length) != 0) {
            continue;
        }
        if (number->value > UINT64_MAX >> units[i].shift) {
            return "past 64 bits";
        }
        number->value <<= units[i].shift;
        number->has_unit = true;
        return NULL;
    }
    return explain_rest(arena, rest, length, units_too);
}

const char *number_read(struct arena *arena, const char *text, size_t length, bool units_too,
                        struct number *number)
{
    *number = (struct number){0};
    if (length == 0) {
        return "empty";
    }
    if (*text == '-' || *text == '+') {
        return "no signs";
    }
    bool hex = length >= 2 && text[0] == '0' && text[1] == 'x';
    unsigned base = hex ? 16 : 10;
    size_t start = hex ? 2 : 0, at = start;
    for (; at < length && digit_value(text[at], base) >= 0; at++) {
        unsigned digit = (unsigned)digit_value(text[at], base);
        if (number->value > (UINT64_MAX - digit) / base) {
            return "past 64 bits";
        }
        number->value = number->value * base + digit;
    }
    if (at == start) {
        return hex ? "no digits after 0x"
                   : arena_format(arena, "%s is not a digit", quote_first(arena, text, length));
    }
    if (text[start] == '0' && at > start + 1) {
        return "no leading zeros";
    }
    return read_unit(arena, text + at, length - at, units_too, number);
}

const char *number_show_bytes(struct arena *arena, uint64_t bytes)
{
    for (size_t i = 0; bytes && i < UNIT_COUNT; i++) {
        if (bytes % (UINT64_C(1) << units[i].shift) == 0) {
            return arena_format(arena, "%llu%s", (unsigned long long)(bytes >> units[i].shift),
                                units[i].name);
        }
    }
    return arena_format(arena, "%llu", (unsigned long long)bytes);
}
