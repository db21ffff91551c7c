/* Part of allocator.c: the static arenas, and what must hold of them. */
//%if common_arena
//%if compact
/* The arenas of pools, one after another. Nothing here relies on what they hold at first, so that a section that
   nobody clears will do. */
#ifdef @PREFIX@_ARENA_SECTION
__attribute__((section(@PREFIX@_ARENA_SECTION)))
#endif
_Alignas(@arena_alignment@)
//%else
/* The static arenas, one after another. Uninitialised storage: it costs no file and no start-up,
//%if tools
   and no memory until a block is used. Valgrind reads no symbols of a program whose data are aligned
   to more than a page. */
//%if system
_Alignas(@PREFIX@_VALGRIND || @PREFIX@_PASSTHROUGH ? 4096 : @PREFIX@_ARENA_ALIGNMENT)
//%else
_Alignas(@PREFIX@_VALGRIND || @PREFIX@_PASSTHROUGH ? 4096 : @arena_alignment@)
//%end
//%else
   and no memory until a block is used. */
_Alignas(@arena_alignment@)
//%end
//%end
@PREFIX@_API unsigned char @prefix@_arena[@PREFIX@_ARENA_BYTES];

//%end
//%if sections
/* The arenas of pools with sections of their own. */
//%for pools
//%if own_section
__attribute__((section("@section@"))) _Alignas(@own_alignment@)
@PREFIX@_API unsigned char @prefix@_arena_@index@[@bytes@];
//%end
//%end

//%end
_Static_assert(sizeof(struct @prefix@_block) <= @smallest@, "a free block holds a link");
//%if tools
_Static_assert(@PREFIX@_PASSTHROUGH || @PREFIX@_ARENA_BYTES == @arena_bytes@, "addresses are wide enough for the arenas");
//%else
_Static_assert(@PREFIX@_ARENA_BYTES == @arena_bytes@, "addresses are wide enough for the arenas");
//%end
