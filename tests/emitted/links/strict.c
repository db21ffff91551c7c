/* The allocator as a part of this file alone, which has taken headers of strict C before. HEADERS
   is 0 for one of them, 1 for all that the source takes too. */
#include <stdio.h>
#if HEADERS
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#endif
#include SOURCE

#define JOIN_(left, right) left##right
#define JOIN(left, right)  JOIN_(left, right)
#define NAME(name)         JOIN(PREFIX, _##name)

int main(void)
{
    NAME(free)(NAME(alloc)(24));
    return 0;
}
