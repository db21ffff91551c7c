/* Part of allocator.c, threads: critical: the consumer's macros. Given: prefix, PREFIX. */
/* ---- Critical sections ----
 *
 * Each call is one, or a few in turn, never one within another; the header says how its two macros are defined. */
#ifdef @PREFIX@_CRITICAL_H
#include @PREFIX@_CRITICAL_H
#endif
#if !defined(@PREFIX@_ENTER) || !defined(@PREFIX@_LEAVE)
#error "threads: critical: define @PREFIX@_ENTER() and @PREFIX@_LEAVE(state), in a file that the macro @PREFIX@_CRITICAL_H names"
#endif
