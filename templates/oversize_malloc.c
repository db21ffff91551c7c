/* Part of oversize.c: the body of a function that asks malloc, given alignment, size and zero. */
    if (alignment > PTRDIFF_MAX / 2 || size > PTRDIFF_MAX - alignment - 4096) {
        errno = ENOMEM; /* more than there are addresses, rounded up to a page */
        return NULL;
    }
    if (alignment <= _Alignof(max_align_t) && alignment <= size) { /* some align a small block to its size only */
        return zero ? calloc(1, size) : malloc(size);
    }
    void *ptr = NULL;
    if (posix_memalign(&ptr, alignment, size) != 0) {
        errno = ENOMEM;
        return NULL;
    }
    return zero ? memset(ptr, 0, size) : ptr;
