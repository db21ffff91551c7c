#include "profile/figures.h"
#include <math.h>
#include <string.h>

/* Three digits at most: "1.25", "12.5", "125", and no zeros behind the point. */
static const char *show_short(struct arena *arena, double value)
{
    char *text = arena_format(arena, "%.*f", value < 9.995 ? 2 : value < 99.95 ? 1 : 0, value);
    if (strchr(text, '.') != NULL) {
        size_t length = strlen(text);
        while (text[length - 1] == '0') {
            length--;
        }
        if (text[length - 1] == '.') {
            length--;
        }
        text[length] = '\0';
    }
    return text;
}

const char *figure_bytes(struct arena *arena, double bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    size_t unit = 0;
    for (; bytes >= 1023.5 && unit + 1 < sizeof units / sizeof units[0]; unit++) {
        bytes /= 1024;
    }
    return arena_format(arena, "%s %s", show_short(arena, unit == 0 ? round(bytes) : bytes),
                        units[unit]);
}

const char *figure_count(struct arena *arena, double count)
{
    const char *digits = arena_format(arena, "%.0f", count);
    size_t length = strlen(digits), used = 0;
    char *text = arena_alloc(arena, length + length / 3 + 1);
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) {
            text[used++] = ',';
        }
        text[used++] = digits[i];
    }
    return text;
}

const char *figure_percent(struct arena *arena, double part, double whole)
{
    if (whole <= 0) {
        return "-";
    }
    double percent = 100 * part / whole;
    if (percent > 0 && percent < 0.05) {
        return "<0.1 %";
    }
    return arena_format(arena, "%.1f %%", percent);
}

const char *figure_time(struct arena *arena, double microseconds)
{
    if (microseconds <= 0) {
        return "0 s";
    }
    if (microseconds < 1e3) {
        return arena_format(arena, "%s us", show_short(arena, microseconds));
    }
    if (microseconds < 1e6) {
        return arena_format(arena, "%s ms", show_short(arena, microseconds / 1e3));
    }
    if (microseconds < 120e6) {
        return arena_format(arena, "%s s", show_short(arena, microseconds / 1e6));
    }
    if (microseconds < 7200e6) {
        return arena_format(arena, "%s min", show_short(arena, microseconds / 60e6));
    }
    return arena_format(arena, "%s h", show_short(arena, microseconds / 3600e6));
}
