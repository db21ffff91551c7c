/* Codes for sizes: exact to 64 KiB, eight buckets a doubling above; and granules, the 8-byte steps
   in which pool sizes can differ and in which snapshots are therefore kept. */
#ifndef RECORD_SIZES_H
#define RECORD_SIZES_H

#include <stdint.h>

enum {
    EXACT_LIMIT = 65536, /* bytes; the largest size that is counted exactly */
    EXACT_DOUBLING = 16, /* log2 of it */
    LAST_DOUBLING = 48,  /* log2 of the largest size told apart */
    BUCKETS = 8 * (LAST_DOUBLING - EXACT_DOUBLING),
    CODES = EXACT_LIMIT + 1 + BUCKETS, /* 0..65536 are sizes, the rest are buckets */
    EXACT_GRANULES = EXACT_LIMIT / 8,  /* granule g holds sizes 8g-7..8g; 0 is not used */
    GRANULES = EXACT_GRANULES + 1 + BUCKETS,
    OCTAVES = EXACT_DOUBLING - 3 + 2 /* <=8, <=16 .. <=65536, above */
};

static inline unsigned floor_log2(uint64_t value)
{
    return 63U - (unsigned)__builtin_clzll(value);
}

static inline uint32_t size_code(uint64_t size)
{
    if (size <= EXACT_LIMIT)
        return (uint32_t)size;
    if (size > UINT64_C(1) << LAST_DOUBLING)
        size = UINT64_C(1) << LAST_DOUBLING;
    unsigned doubling = floor_log2(size - 1);
    uint64_t eighth = ((size - 1) >> (doubling - 3)) - 8;
    return EXACT_LIMIT + 1 + (doubling - EXACT_DOUBLING) * 8 + (uint32_t)eighth;
}

/* Smallest and largest size of a code, in bytes. */
static inline uint64_t code_bottom(uint32_t code)
{
    if (code <= EXACT_LIMIT)
        return code;
    uint32_t bucket = code - EXACT_LIMIT - 1;
    return ((UINT64_C(8) + bucket % 8) << (bucket / 8 + EXACT_DOUBLING - 3)) + 1;
}

static inline uint64_t code_top(uint32_t code)
{
    if (code <= EXACT_LIMIT)
        return code;
    uint32_t bucket = code - EXACT_LIMIT - 1;
    return (UINT64_C(9) + bucket % 8) << (bucket / 8 + EXACT_DOUBLING - 3);
}

static inline uint32_t code_granule(uint32_t code)
{
    if (code > EXACT_LIMIT)
        return code - EXACT_LIMIT + EXACT_GRANULES;
    return code == 0 ? 1 : (code + 7) / 8;
}

static inline uint64_t granule_top(uint32_t granule)
{
    if (granule <= EXACT_GRANULES)
        return UINT64_C(8) * granule;
    return code_top(granule - EXACT_GRANULES + EXACT_LIMIT);
}

static inline unsigned code_octave(uint32_t code)
{
    if (code <= 8)
        return 0;
    return code > EXACT_LIMIT ? OCTAVES - 1 : floor_log2(code - 1) - 2;
}

#endif
