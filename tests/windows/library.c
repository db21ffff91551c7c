/* A DLL that holds an allocator of its own. */
#include "wt.h"

__declspec(dllexport) void *library_alloc(size_t size);
__declspec(dllexport) void library_free(void *ptr);
__declspec(dllexport) int library_check(void);

void *library_alloc(size_t size)
{
    return wt_alloc(size);
}

void library_free(void *ptr)
{
    wt_free(ptr);
}

int library_check(void)
{
    return wt_check();
}
