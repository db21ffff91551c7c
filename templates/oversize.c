/* Part of allocator.c: requests that no pool serves. The table says who does: malloc alone (system.c has what is
   asked of it), the module's pages (oversize_pages.c), own mappings with malloc beside them or not (oversize_maps.c, and where a tool watches
   oversize_watched.c in its place), or nobody. */
//%if oversize_os
//%if pages
//%include oversize_pages.c
//%else
//%if emit_malloc
//%include oversize_maps.c
//%else
#if @PREFIX@_WATCH
//%include oversize_watched.c
#else /* @PREFIX@_WATCH */
//%include oversize_maps.c
#endif
//%end
//%end
//%end
