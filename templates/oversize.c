/* Part of allocator.c: requests that no pool serves. The table says who does: malloc alone (system.c has what is
   asked of it), the module's pages (oversize_pages.c), own mappings with malloc beside them or not
   (oversize_maps.c, and where a tool watches or in pass-through oversize_watched.c in its place), or nobody
   (oversize_none.c, which malloc replaces in pass-through). */
//%if oversize_os
//%if pages
//%include oversize_pages.c
//%else
//%if emit_malloc
#if @PREFIX@_PASSTHROUGH
//%else
#if @PREFIX@_WATCH || @PREFIX@_PASSTHROUGH
//%end
//%include oversize_watched.c
#else /* own mappings */
//%include oversize_maps.c
#endif
//%end
//%end
//%if fails_large
//%if !upstream
#if !@PREFIX@_PASSTHROUGH
//%include oversize_none.c
#endif
//%end
//%end
