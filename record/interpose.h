/* What the functions that stand before the program's tell the rest of the recorder. */
#ifndef RECORD_INTERPOSE_H
#define RECORD_INTERPOSE_H

#include <stdbool.h>

/* True if a free of NULL has ever come here. */
bool interpose_saw_null(void);

#endif
