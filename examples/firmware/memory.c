/* The three functions that compilers ask of every program, and all that an emitted allocator asks
   of a C library. A C library has faster ones. */
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int byte, size_t bytes);

void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
    unsigned char *out = to;
    const unsigned char *in = from;
    while (bytes-- > 0) {
        *out++ = *in++;
    }
    return to;
}

void *memmove(void *to, const void *from, size_t bytes)
{
    unsigned char *out = to;
    const unsigned char *in = from;
    if ((uintptr_t)to - (uintptr_t)from >= bytes) {
        return memcpy(to, from, bytes);
    }
    while (bytes-- > 0) {
        out[bytes] = in[bytes];
    }
    return to;
}

void *memset(void *to, int byte, size_t bytes)
{
    unsigned char *out = to;
    while (bytes-- > 0) {
        *out++ = (unsigned char)byte;
    }
    return to;
}
