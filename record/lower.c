#include "lower.h"
#include "process.h"
#include <dlfcn.h>
#include <string.h>

struct library lower;
bool lower_is_glibc;

static bool searching;

static void find(const char *name, void *function)
{
    void *found = dlsym(RTLD_NEXT, name);
    memcpy(function, &found, sizeof found); /* ISO C has no cast from object to function */
}

bool lower_find(void)
{
    if (searching)
        return false;
    searching = true;
    find("free", &lower.free);
    find("calloc", &lower.calloc);
    find("realloc", &lower.realloc);
    find("memalign", &lower.memalign);
    find("posix_memalign", &lower.posix_memalign);
    find("aligned_alloc", &lower.aligned_alloc);
    find("malloc_usable_size", &lower.malloc_usable_size);
    void *(*found)(size_t), *(*glibc)(size_t);
    find("malloc", &found);
    find("__libc_malloc", &glibc); /* the same function under a name that nobody else defines */
    lower_is_glibc = glibc != NULL && found == glibc;
    process_start();
    lower.malloc = found;
    return true;
}
