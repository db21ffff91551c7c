#include "base/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { FIRST_CAPACITY = 256 };

/* Doubling leaves the outgrown copies in the arena: at most as many bytes again as the text has. */
static void reserve(struct text *text, size_t more)
{
    if (more >= SIZE_MAX / 2 - text->length) {
        longjmp(text->arena->out_of_memory, 1);
    }
    size_t needed = text->length + more + 1;
    if (needed <= text->capacity) {
        return;
    }
    size_t capacity = text->capacity ? text->capacity : FIRST_CAPACITY;
    while (capacity < needed) {
        capacity *= 2;
    }
    char *data = arena_alloc(text->arena, capacity);
    if (text->length) {
        memcpy(data, text->data, text->length);
    }
    text->data = data;
    text->capacity = capacity;
}

void text_append(struct text *text, const char *data, size_t length)
{
    reserve(text, length);
    if (length) {
        memcpy(text->data + text->length, data, length);
    }
    text->length += length;
    text->data[text->length] = '\0';
}

void text_string(struct text *text, const char *string)
{
    text_append(text, string, strlen(string));
}

void text_format(struct text *text, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    size_t length = (size_t)vsnprintf(NULL, 0, format, arguments);
    reserve(text, length);
    vsnprintf(text->data + text->length, length + 1, format, again);
    text->length += length;
    va_end(again);
    va_end(arguments);
}
