#include "lower.h"
#include "process.h"
#include "shadow.h"
#include <dlfcn.h>
#include <string.h>

struct library lower;
bool lower_yields, lower_aside;
size_t lower_least;

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
    find("reallocarray", &lower.reallocarray);
    find("valloc", &lower.valloc);
    find("pvalloc", &lower.pvalloc);
    find("cfree", &lower.cfree);
    find("free_sized", &lower.free_sized);
    find("free_aligned_sized", &lower.free_aligned_sized);
    lower_aside = process_is_sanitized();
    bool is_glibc = glibc != NULL && found == glibc;
    process_start();
    lower_yields = is_glibc && !lower_aside && !shadow_is_small;
    /* glibc's smallest blocks take 32 bytes whatever is asked for. */
    lower_least = (size_t)1 << (shadow_is_small && !is_glibc ? SMALL_STEP_BITS : STEP_BITS);
    lower.malloc = found;
    return true;
}
