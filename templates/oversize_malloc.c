/* Part of allocator.c: what malloc serves. */
/* ---- Blocks from malloc ---- */

/* One of at least 1 byte, which malloc's family resizes and frees, too. */
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
