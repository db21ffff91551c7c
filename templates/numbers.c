/* Part of allocator.c: the table's numbers. */
/* ---- Numbers of this table ---- */

//%if sections
#define @PREFIX@_ARENA_BYTES ((size_t)@arena_bytes@) /* arenas without a section of their own, with padding */
#define @PREFIX@_ALL_BYTES (@PREFIX@_ARENA_BYTES + @section_bytes@) /* and with those that have one */
//%else
//%if tools
/* All static arenas, with padding; one block in pass-through. */
#define @PREFIX@_ARENA_BYTES ((size_t)(@PREFIX@_PASSTHROUGH ? @smallest@ : @arena_bytes@))
//%else
#define @PREFIX@_ARENA_BYTES ((size_t)@arena_bytes@) /* all static arenas, with padding */
//%end
//%end
#define @PREFIX@_LIKELY(condition) __builtin_expect(!!(condition), 1)

//%if sections
//%include arena.c

//%end
//%if compact
/* One row for each pool. */
static const struct @prefix@_shape {
//%if sections
    unsigned char *base;     /* the first block */
    @number_type@ size;           /* bytes of a block */
//%else
    @number_type@ size;           /* bytes of a block */
    @number_type@ offset;         /* of the first block in the arena */
//%end
    @number_type@ initial_count;  /* blocks in the arena */
//%if reserves
    @number_type@ reserve;        /* of them, for interrupts */
//%end
//%if mixed_exhausted
    char exhausted;          /* at its end: f(ail), b(orrow), h(ook) or u(pstream) */
//%end
//%if mixed_harden
    char harden;             /* o(ff), c(heck) or f(ull) */
//%end
//%if harden_full
    uint32_t quarantine;     /* freed blocks that wait, a power of two, or 0 */
//%end
} @prefix@_shapes[@PREFIX@_POOLS] = {
//%for pools
//%if sections
//%if own_section
    {@prefix@_arena_@index@, @size@, @initial_count@@more_columns@},
//%else
    {@prefix@_arena + @offset@, @size@, @initial_count@@more_columns@},
//%end
//%else
    {@size@, @offset@, @initial_count@@more_columns@},
//%end
//%end
};
//%else
/* One row for each pool. */
static const struct @prefix@_shape {
//%if lean
    @number_type@ size;           /* bytes of a block */
//%if !stride
    @number_type@ offset;         /* of the first block in the static arenas */
//%end
    @number_type@ initial_count;  /* blocks in the static arena */
//%else
    size_t size;             /* bytes of a block */
    size_t offset;           /* of the first block in the static arenas */
    uint32_t initial_count;  /* blocks in the static arena */
//%end
//%if spans
    uint32_t batch;          /* blocks that move as one */
//%end
//%if caches
    uint32_t slots;          /* batches that the depot holds */
//%end
//%if mixed_caches
    bool cached;             /* whether thread caches hold blocks of the pool */
//%end
//%if spans
    uint32_t first_span;     /* in the static arena */
    uint32_t span_shift;     /* a span there is so many bits of a block's number */
    uint32_t inverse_shift;  /* offset * inverse >> inverse_shift is offset / size */
    uint64_t inverse;
//%end
//%if exhausted_grow
//%if lean
//%if span_lengths
    @number_type@ granules;       /* pages of a span of growth */
//%end
    @number_type@ span_blocks;    /* in a span of growth */
//%else
//%if span_lengths
    uint32_t granules;       /* of a span of growth */
//%end
    uint32_t span_blocks;    /* in it */
//%end
//%end
//%if mixed_exhausted
//%if stepwise
    char exhausted;          /* past the initial count: g(row), u(pstream), f(ail), b(orrow) or h(ook) */
//%else
    char exhausted;          /* past the initial count: g(row), u(pstream) or f(ail) */
//%end
//%end
//%if mixed_harden
    char harden;             /* o(ff), c(heck) or f(ull) */
//%end
//%if harden_full
    uint32_t quarantine;     /* freed blocks that wait, a power of two, or 0 */
//%end
} @prefix@_shapes[@PREFIX@_POOLS] = {
//%for pools
//%if offset_column
    {@size@, @offset@, @initial_count@@more_columns@},
//%else
    {@size@, @initial_count@@more_columns@},
//%end
//%end
};
//%end
