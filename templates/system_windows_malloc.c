/* Part of system_windows.c: what malloc serves. */
/* What lies before a block: those that malloc itself aligns are freed by another function than others. */
struct @prefix@_upstream {
    void *start; /* what malloc returned */
    size_t size; /* of the request */
};

enum { @PREFIX@_MALLOC_ALIGNMENT = 1 }; /* of blocks that realloc may resize: there are none */

/* A block from malloc, of at least 1 byte. */
__attribute__((noinline)) static void *@prefix@_upstream(size_t alignment, size_t size, bool zero)
{
    struct @prefix@_upstream head = {.size = size};
    alignment = alignment > sizeof head ? alignment : sizeof head;
    if (alignment > PTRDIFF_MAX / 2 || size > PTRDIFF_MAX - alignment - sizeof head) {
        errno = ENOMEM;
        return NULL;
    }
    const size_t extra = sizeof head + alignment;
    head.start = zero ? calloc(1, size + extra) : malloc(size + extra);
    if (head.start == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    unsigned char *const block = (void *)(((uintptr_t)head.start + extra) & -alignment);
    memcpy(block - sizeof head, &head, sizeof head);
    return block;
}

static struct @prefix@_upstream @prefix@_upstream_head(const void *ptr)
{
    struct @prefix@_upstream head;
    memcpy(&head, (const unsigned char *)ptr - sizeof head, sizeof head);
    return head;
}

static void @prefix@_upstream_free(void *ptr)
{
    if (ptr != NULL) {
        free(@prefix@_upstream_head(ptr).start);
    }
}

static size_t @prefix@_upstream_usable(const void *ptr) { return ptr != NULL ? @prefix@_upstream_head(ptr).size : 0; }
