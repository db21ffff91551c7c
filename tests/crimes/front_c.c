/* The C functions as they are. */
#include "crimes.h"

void take_front(struct subject *functions)
{
    (void)functions;
}
