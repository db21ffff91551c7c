#include "base/utf8.h"

#include <string.h>

static bool is_tail(const char *bytes, size_t count)
{
    for (size_t i = 1; i <= count; i++) {
        if (((unsigned char)bytes[i] & 0xC0) != 0x80) {
            return false;
        }
    }
    return true;
}

size_t utf8_next(const char *bytes, size_t left, uint32_t *character)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000}; /* by count of trailing bytes */
    unsigned char lead = (unsigned char)bytes[0];
    *character = lead;
    if (lead < 0x80) {
        return 1;
    }
    size_t trail = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    *character = UTF8_MALFORMED;
    if (lead < 0xC2 || lead > 0xF4 || trail >= left || !is_tail(bytes, trail)) {
        return 1;
    }
    uint32_t decoded = lead & (0x3FU >> trail);
    for (size_t i = 1; i <= trail; i++) {
        decoded = decoded << 6 | ((unsigned char)bytes[i] & 0x3FU);
    }
    if (decoded < least[trail] || decoded > 0x10FFFF || (decoded >= 0xD800 && decoded <= 0xDFFF)) {
        return 1;
    }
    *character = decoded;
    return trail + 1;
}

bool utf8_is_visible(uint32_t character)
{
    static const struct {
        uint32_t first, last;
    } hidden[] = {
        {0x0000, 0x001F},         /* control */
        {0x007F, 0x009F},         /* control */
        {0x00AD, 0x00AD},         /* soft hyphen */
        {0x061C, 0x061C},         /* Arabic letter mark */
        {0x180E, 0x180E},         /* Mongolian vowel separator */
        {0x200B, 0x200F},         /* zero width, direction marks */
        {0x2028, 0x202E},         /* line separators, embeddings and overrides */
        {0x2060, 0x206F},         /* invisible operators, isolates */
        {0xFEFF, 0xFEFF},         /* byte order mark */
        {0xFFF9, 0xFFFB},         /* interlinear annotation */
        {0xFFFE, 0xFFFF},         /* no characters, which YAML refuses */
        {0xE0000, 0xE0FFF},       /* tags */
        {UINT32_MAX, UINT32_MAX}, /* UTF8_MALFORMED */
    };
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++) {
        if (character >= hidden[i].first && character <= hidden[i].last) {
            return false;
        }
    }
    return true;
}

void utf8_append_visible(struct text *out, const char *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        uint32_t character;
        size_t bytes_taken = utf8_next(bytes + at, length - at, &character);
        if (utf8_is_visible(character)) {
            text_append(out, bytes + at, bytes_taken);
        } else if (character == UTF8_MALFORMED) {
            text_format(out, "<%02X>", (unsigned)(unsigned char)bytes[at]);
        } else {
            text_format(out, "<U+%04X>", (unsigned)character);
        }
        at += bytes_taken;
    }
}

const char *utf8_visible(struct arena *arena, const char *string)
{
    struct text text = {.arena = arena};
    text_string(&text, "");
    utf8_append_visible(&text, string, strlen(string));
    return text.data;
}
