/* What the emitted source needs of a C library where there is none. Plain loops, which no compiler
   may take for calls of themselves (-fno-builtin). */
#include <stddef.h>

void *memset(void *to, int byte, size_t count);
void *memcpy(void *restrict to, const void *restrict from, size_t count);

void *memset(void *to, int byte, size_t count)
{
    for (unsigned char *at = to; count > 0; count--) {
        *at++ = (unsigned char)byte;
    }
    return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t count)
{
    const unsigned char *source = from;
    for (unsigned char *at = to; count > 0; count--) {
        *at++ = *source++;
    }
    return to;
}
