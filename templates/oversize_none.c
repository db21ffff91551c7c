/* Part of oversize.c: in place of malloc, where nothing goes upstream. */
/* ---- Requests that no pool serves: they fail, so that what is in no pool is no block ---- */

enum { @PREFIX@_MALLOC_ALIGNMENT = 0 }; /* of blocks that realloc may resize: there are none */

static void *@prefix@_upstream(size_t alignment, size_t size, bool zero)
{
    (void)alignment, (void)size, (void)zero;
    errno = ENOMEM;
    return NULL;
}

static void @prefix@_upstream_free(const void *ptr)
{
    if (ptr != NULL) {
//%if hardened
        @prefix@_fault_state(ptr, true);
//%else
        @prefix@_abort("a pointer that this allocator did not return");
//%end
    }
}

static size_t @prefix@_upstream_usable(const void *ptr)
{
    if (ptr != NULL) {
//%if hardened
        @prefix@_fault_state(ptr, false);
//%else
        @prefix@_abort("a pointer that this allocator did not return");
//%end
    }
    return 0;
}
