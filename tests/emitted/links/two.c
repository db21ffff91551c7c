/* Two tables in one program, as C and as C++: each serves, and knows its own blocks only. */
#include "left.h"
#include "right.h"

int main(void)
{
    void *const a = left_alloc(16);
    void *const b = right_alloc(16);
    void *const c = left_calloc(3, 20);
    void *const d = right_alloc(100000);
    const bool apart = left_owns(a) && !left_owns(b) && !right_owns(a) && right_owns(b) &&
                       left_owns(c) && !right_owns(d) && a != b;
    left_stats_t left;
    right_stats_t right;
    left_free_sized(a, 16);
    right_free_sized(b, 16);
    left_free(c);
    right_free(d);
    left_stats(&left);
    right_stats(&right);
    const bool counted = left.pool_count == LEFT_POOLS && right.pool_count == RIGHT_POOLS &&
                         left.oversize == 0 && right.oversize == 1 && right.pools[0].allocs == 1;
    return apart && counted && left_check() && right_check() ? 0 : 1;
}
