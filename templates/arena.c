/* Part of allocator.c: the static arenas, and what must hold of them. */
/* The static arenas, one after another. Uninitialised storage: it costs no file and no start-up,
//%if tools
   and no memory until a block is used. Valgrind reads no symbols of a program whose data are aligned
   to more than a page. */
//%if system
_Alignas(@PREFIX@_VALGRIND ? 4096 : @PREFIX@_ARENA_ALIGNMENT)
//%else
_Alignas(@PREFIX@_VALGRIND ? 4096 : @arena_alignment@)
//%end
//%else
   and no memory until a block is used. */
_Alignas(@arena_alignment@)
//%end
@PREFIX@_API unsigned char @prefix@_arena[@PREFIX@_ARENA_BYTES];

_Static_assert(sizeof(struct @prefix@_block) <= @smallest@, "a free block holds a link");
_Static_assert(@PREFIX@_ARENA_BYTES == @arena_bytes@, "addresses are wide enough for the arenas");
