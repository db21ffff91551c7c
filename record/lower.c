#include "lower.h"
#include "process.h"
#include "shadow.h"
#include "system.h"
#include <dlfcn.h>

struct library lower;
bool lower_yields, lower_aside;
size_t lower_least;

static bool searching;

bool lower_find(void)
{
    if (searching)
        return false;
    searching = true;
    process_start();
    system_symbol(RTLD_NEXT, "free", &lower.free);
    system_symbol(RTLD_NEXT, "calloc", &lower.calloc);
    system_symbol(RTLD_NEXT, "realloc", &lower.realloc);
    system_symbol(RTLD_NEXT, "memalign", &lower.memalign);
    system_symbol(RTLD_NEXT, "posix_memalign", &lower.posix_memalign);
    system_symbol(RTLD_NEXT, "aligned_alloc", &lower.aligned_alloc);
    system_symbol(RTLD_NEXT, "malloc_usable_size", &lower.malloc_usable_size);
    void *(*found)(size_t), *(*glibc)(size_t);
    system_symbol(RTLD_NEXT, "malloc", &found);
    system_symbol(RTLD_NEXT, "__libc_malloc",
                  &glibc); /* the same function under a name that nobody else defines */
    system_symbol(RTLD_NEXT, "reallocarray", &lower.reallocarray);
    system_symbol(RTLD_NEXT, "valloc", &lower.valloc);
    system_symbol(RTLD_NEXT, "pvalloc", &lower.pvalloc);
    system_symbol(RTLD_NEXT, "cfree", &lower.cfree);
    system_symbol(RTLD_NEXT, "free_sized", &lower.free_sized);
    system_symbol(RTLD_NEXT, "free_aligned_sized", &lower.free_aligned_sized);
    lower_aside = process_is_sanitized();
    bool is_glibc = glibc != NULL && found == glibc;
    lower_yields = is_glibc && !lower_aside && !shadow_is_small();
    /* glibc's smallest blocks take 32 bytes whatever is asked for. */
    lower_least = (size_t)1 << (shadow_is_small() && !is_glibc ? SMALL_STEP_BITS : STEP_BITS);
    lower.malloc = found;
    return true;
}
