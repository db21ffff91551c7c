/* Two outputs as parts of one file, which has no C library and names of its own that one would
 * have: they take no name but theirs, and leave none. */
enum { ENOMEM = 1 };
static int errno;

#define APP_API static
#include "app/allocator.c"
#define FEW_API static
#include "few/allocator.c"

_Static_assert(ENOMEM == 1, "it is what it was");

int joined(void);

int joined(void)
{
    void *const one = app_alloc(16), *const other = few_alloc(16);
    app_free(one);
    few_free(other);
    return one != other ? errno : ENOMEM;
}
