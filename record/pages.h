/* Memory for the recorder itself: it lives inside malloc and cannot use it. */
#ifndef RECORD_PAGES_H
#define RECORD_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed pages that cost nothing until they are touched; NULL when the system refuses. */
void *map_pages(size_t bytes);

/* Unmaps what static memory will never be used, where addresses are few. */
void pages_drop(void *start, size_t bytes);

/* Notes that memory is the recorder's, and not for the program to lock. */
void pages_note(const void *start, size_t bytes);

/* The first of the recorder's ranges that ends above `from`; false if there is none. */
bool pages_next(uintptr_t from, uintptr_t *start, uintptr_t *end);

#endif
