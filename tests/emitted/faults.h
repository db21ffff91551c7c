/* The system's calls, wrapped (-Wl,--wrap) so that they can be made to fail. */
#ifndef EMITTED_FAULTS_H
#define EMITTED_FAULTS_H

#include <stdbool.h>
#include <stddef.h>

enum fault_call {
    FAULT_NONE = 0, /* of calls that cannot fail */
    FAULT_MMAP = 1,
    FAULT_MPROTECT = 2,
    FAULT_MREMAP = 4,
    FAULT_MADVISE = 8,
    FAULT_MALLOC = 16, /* malloc, calloc, realloc and posix_memalign */
    FAULT_KEY = 32,    /* pthread_key_create */
    FAULT_SETKEY = 64, /* pthread_setspecific */
    FAULT_MUNMAP = 128,
    FAULT_MEMORY = FAULT_MMAP | FAULT_MPROTECT | FAULT_MREMAP | FAULT_MALLOC
};

struct faults {
    unsigned calls;     /* bits of the calls that may fail */
    size_t first;       /* of those calls, the first that fails, counted from 1; 0: none does */
    bool for_ever;      /* and all after it */
    size_t largest_map; /* mappings above these bytes are refused; 0: none is */
    long milliseconds;  /* by which the clock is ahead */
    bool spoil_errno;   /* calls that succeed change errno, as they may */
    size_t seen;        /* calls that could have failed */
    size_t failed;      /* those that did */
};

extern struct faults faults;

#endif
