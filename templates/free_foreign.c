/* The end of @prefix@_free_other, in api.c and harden_api.c: what no pool has. */
//%if oversize_os
    @prefix@_big_free(ptr);
//%else
//%if upstream
//%if errno
    const int saved = errno;
//%end
    free(ptr);
//%if errno
    errno = saved;
//%end
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
