/* The emitted allocator (HEADER names its header), and what its public functions do not tell. */
#ifndef THREADS_SUBJECT_H
#define THREADS_SUBJECT_H

#include HEADER

/* Thread caches there are, owned or not. */
size_t subject_caches(void);

/* Bytes of blocks that the calling thread's cache holds. */
size_t subject_cache_bytes(void);

/* Blocks that are live, and those that were ever used, of all pools. */
size_t subject_live(void);
size_t subject_used(void);

/* Bytes of big blocks' mappings, in use and kept. */
size_t subject_mapped(void);

#endif
