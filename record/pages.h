/* Memory for the recorder itself: it lives inside malloc and cannot use it. */
#ifndef RECORD_PAGES_H
#define RECORD_PAGES_H

#include <stddef.h>
#include <sys/mman.h>

/* Zeroed pages that cost nothing until they are touched; NULL when the system refuses. */
static inline void *map_pages(size_t bytes)
{
    void *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return pages == MAP_FAILED ? NULL : pages;
}

#endif
