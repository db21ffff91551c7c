/* States seen, as hashes. */
#ifndef EXPLORER_SEEN_H
#define EXPLORER_SEEN_H

#include <stdbool.h>
#include <stdint.h>

void seen_forget(void);

/* Whether a state is new; from now on it is not. */
bool seen_is_new(uint64_t hash);

#endif
