/* Part of allocator.h: which tool watches, and what is done about it. */
//%if tools
/* ---- Tools ----
 *
 * @PREFIX@_PASSTHROUGH=1 makes every function a call of the platform's malloc, so that sanitizers,
 * valgrind, heap profilers and fuzzers see each block with its stack. It is the default under ASan,
 * HWASan and MSan, and 0 refuses it. No pool serves then: statistics count nothing, no pool owns a block,
 * nothing is given back, usable_size is what malloc says, good_size the size itself, and a realloc moves
 * where malloc's does, and always where malloc's might lose the alignment. Alignments, errno, size 0 and the limit of PTRDIFF_MAX are as below.
//%if threads_critical
 * No call opens a critical section, and @prefix@_alloc_isr calls malloc too: threads alone may call it.
//%end
//%if exhausted_fail
 * No pool runs out: `exhausted: fail` is not kept.
//%end
//%if oversize_fail
 * Sizes above @PREFIX@_LARGEST fail as they do without; alignments that no pool has are served.
//%end
//%if stats_profile
 * There is no profile: profile_write returns false.
//%end
 *
 * Where the pools stay under ASan or MSan, or under memcheck with @PREFIX@_VALGRIND=1 (which needs
 * <valgrind/memcheck.h>), the tool is told of free blocks and of where the others end: usable_size is
 * the size last requested, but for MSan, which knows no ends. What was freed waits before it is used again,
 * so that a late use is found: 4,096 blocks of all threads, or 4 MiB, unless their pool has no other left.
//%if hardened
 * The pools look for their caller's faults as well, and judge first what is freed.
//%end
//%if oversize_os
//%if !emit_malloc
 * Malloc serves what would have a mapping of its own.
//%end
//%end
 * @PREFIX@_WATCH=0 leaves that out.
 *
 * The source and all that include this must be told the same, or they do not link. */
#ifdef __has_feature
#define @PREFIX@_HAS(feature) __has_feature(feature)
#else
#define @PREFIX@_HAS(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || @PREFIX@_HAS(address_sanitizer)
#define @PREFIX@_ASAN 1
#else
#define @PREFIX@_ASAN 0
#endif
#if @PREFIX@_HAS(memory_sanitizer)
#define @PREFIX@_MSAN 1
#else
#define @PREFIX@_MSAN 0
#endif
#ifndef @PREFIX@_PASSTHROUGH
#if @PREFIX@_ASAN || @PREFIX@_MSAN || defined(__SANITIZE_HWADDRESS__) || @PREFIX@_HAS(hwaddress_sanitizer)
#define @PREFIX@_PASSTHROUGH 1
#else
#define @PREFIX@_PASSTHROUGH 0
#endif
#endif
#ifndef @PREFIX@_VALGRIND
#define @PREFIX@_VALGRIND 0
#endif
#ifndef @PREFIX@_WATCH
#if !@PREFIX@_PASSTHROUGH && (@PREFIX@_ASAN || @PREFIX@_MSAN || @PREFIX@_VALGRIND)
#define @PREFIX@_WATCH 1
#else
#define @PREFIX@_WATCH 0
#endif
#endif
#if @PREFIX@_PASSTHROUGH
#define @PREFIX@_LAYOUT @prefix@_passthrough_@layout_hash@
#elif @PREFIX@_WATCH
#define @PREFIX@_LAYOUT @prefix@_watched_@layout_hash@
#else
#define @PREFIX@_LAYOUT @prefix@_layout_@layout_hash@
#endif
//%else
#define @PREFIX@_LAYOUT @prefix@_layout_@layout_hash@
//%end
