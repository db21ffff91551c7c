/* Part of allocator.c: the table's numbers, and what must hold for the code below. */
/* ---- Numbers of this table ---- */

#define @PREFIX@_ARENA_BYTES ((size_t)@arena_bytes@) /* all static arenas, with padding */
#define @PREFIX@_LIKELY(condition) __builtin_expect(!!(condition), 1)

/* One row for each pool. */
static const struct @prefix@_shape {
    size_t size;             /* bytes of a block */
    size_t offset;           /* of the first block in the static arenas */
    uint32_t initial_count;  /* blocks in the static arena */
//%if grows
    uint32_t segment_blocks; /* blocks in a growth segment */
//%end
//%if shared
    uint32_t batch;          /* blocks that move between threads as one */
//%end
//%if mixed_caches
    bool cached;             /* whether thread caches hold blocks of the pool */
//%end
//%if walks
    uint32_t first_word;     /* of the pool's bits in @prefix@_static_bits */
//%end
//%if mixed_exhausted
    char exhausted;          /* past the initial count: g(row), u(pstream) or f(ail) */
//%end
} @prefix@_shapes[@PREFIX@_POOLS] = {
//%for pools
    {@size@, @offset@, @initial_count@@more_columns@},
//%end
};

/* The static arenas, one after another. Uninitialised storage: it costs no file and no start-up,
   and no memory until a block is used. */
_Alignas(@arena_alignment@) @PREFIX@_API unsigned char @prefix@_arena[@PREFIX@_ARENA_BYTES];

_Static_assert(sizeof(struct @prefix@_block) <= @smallest@, "a free block holds a link");
//%for pools
_Static_assert(@offset@ + (size_t)@size@ * @initial_count@ <= @PREFIX@_ARENA_BYTES, "pool @index@ lies in the arena");
//%end
