/* Compiled once for each table as C and once as C++17, with HEADER, PREFIX and CONSTANTS (the
   list's name) defined: calls with sizes that the compiler knows, so that they take the header's
   inline face. Every power of two from 8 to 64 KiB, its neighbours, and what lies between. */
#include HEADER

#ifdef __cplusplus
extern "C" {
#endif
#include "subject.h"
#ifdef __cplusplus
}
#endif

#define JOIN_(left, right) left##right
#define JOIN(left, right)  JOIN_(left, right)
#define NAME(name)         JOIN(PREFIX, _##name)

#define SIZES(use)                                                                                 \
    use(0) use(1) use(7) use(8) use(9) use(15) use(16) use(17) use(24) use(25) use(31) use(32)     \
        use(33) use(40) use(41) use(47) use(48) use(49) use(63) use(64) use(65) use(72) use(73)    \
            use(95) use(96) use(97) use(127) use(128) use(129) use(160) use(161) use(191) use(192) \
                use(193) use(255) use(256) use(257) use(384) use(385) use(511) use(512) use(513)   \
                    use(768) use(769) use(1023) use(1024) use(1025) use(1536) use(1537) use(2047)  \
                        use(2048) use(2049) use(3072) use(3073) use(4095) use(4096) use(4097)      \
                            use(6000) use(8191) use(8192) use(8193) use(12288) use(12289)          \
                                use(16384) use(16385) use(32768) use(32769) use(65535) use(65536)  \
                                    use(65537) use(300000)

#define DEFINE(size)                                                                               \
    static void *alloc_##size(void)                                                                \
    {                                                                                              \
        return NAME(alloc)(size);                                                                  \
    }                                                                                              \
    static void free_sized_##size(void *ptr)                                                       \
    {                                                                                              \
        NAME(free_sized)(ptr, size);                                                               \
    }
SIZES(DEFINE)

#define LIST(size) {size, alloc_##size, free_sized_##size},

#ifdef __cplusplus
extern "C"
#endif
    const struct constant CONSTANTS[] = {SIZES(LIST){0, NULL, NULL}};
