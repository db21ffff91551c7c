/* Part of allocator.c: requests that no pool serves. The table says who does: malloc alone
   (oversize_malloc.c), own mappings with malloc beside them or not (oversize_maps.c), or nobody. */
//%if oversize_os
//%include oversize_maps.c
//%else
//%if upstream
//%include oversize_malloc.c
//%end
//%end
