/* The end of @prefix@_free_other, in api.c and harden_api.c: what no pool has. */
//%if oversize_os
//%if threads_critical
    const uintptr_t mapping = @PREFIX@_ENTER();
    @prefix@_big_free(ptr);
    @PREFIX@_LEAVE(mapping);
//%else
    @prefix@_big_free(ptr);
//%end
//%else
//%if tools
    const int saved = errno;
    @prefix@_upstream_free(ptr);
    errno = saved;
//%else
    if (ptr != NULL) {
//%if hardened
        @prefix@_fault_state(ptr, true);
//%else
        @prefix@_abort("a pointer that this allocator did not return");
//%end
    }
//%end
//%end
