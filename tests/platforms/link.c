/* Calls what every emitted pair has, so that all of it is linked. */
#include HEADER
#include <stdlib.h>

#define JOIN_(left, right) left##right
#define JOIN(left, right)  JOIN_(left, right)
#define NAME(name)         JOIN(PREFIX, _##name)

int main(void)
{
    static NAME(stats_t) stats;
    void *block = NAME(realloc)(NAME(calloc)(10, 10), 5000);
    NAME(free_aligned_sized)(NAME(aligned_alloc)(64, 100), 64, 100);
    NAME(free)(block);
    NAME(stats)(&stats);
    (void)NAME(trim)();
    (void)NAME(idle)();
    NAME(thread_flush)();
    return NAME(check)() ? EXIT_SUCCESS : EXIT_FAILURE;
}
