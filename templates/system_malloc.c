/* Part of system_posix.c: what malloc serves. */
#ifdef __APPLE__
#include <malloc/malloc.h>
#define @prefix@_upstream_usable(ptr) malloc_size(ptr)
#else
#if __has_include(<malloc_np.h>) /* FreeBSD */
#include <malloc_np.h>
#else
#include <malloc.h>
#endif
#define @prefix@_upstream_usable(ptr) malloc_usable_size((void *)(uintptr_t)(ptr))
#endif
#define @prefix@_upstream_free(ptr) free(ptr)
enum { @PREFIX@_MALLOC_ALIGNMENT = _Alignof(max_align_t) }; /* of blocks that realloc may resize */
int (posix_memalign)(void **out, size_t alignment, size_t bytes); /* which strict headers hide */

/* A block from malloc, of at least 1 byte. */
__attribute__((noinline)) static void *@prefix@_upstream(size_t alignment, size_t size, bool zero)
{
    void *ptr = NULL;
    if (alignment > PTRDIFF_MAX / 2 || size > PTRDIFF_MAX - alignment - 4096) {
        errno = ENOMEM; /* more than there are addresses, rounded up to a page */
    } else if (alignment <= _Alignof(max_align_t) && alignment <= size) { /* some align a small block to its size only */
        ptr = zero ? calloc(1, size) : malloc(size);
    } else if (posix_memalign(&ptr, alignment, size) != 0) {
        errno = ENOMEM;
        ptr = NULL;
    } else if (zero) {
        memset(ptr, 0, size);
    }
    return ptr;
}
