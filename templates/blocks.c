/* Part of allocator.c: what is known of any pointer. */
/* ---- Pointer to block ---- */

//%if exhausted_grow
/* Pool of a pointer into the static arenas or growth; @PREFIX@_POOLS for any other. */
//%else
/* Pool of a pointer into the static arenas; @PREFIX@_POOLS for any other. */
//%end
//%if compact
static size_t @prefix@_find(const void *ptr)
//%else
static inline size_t @prefix@_find(const void *ptr)
//%end
{
//%if common_arena
    const size_t offset = @prefix@_offset(ptr);
    if (@PREFIX@_LIKELY(offset < @PREFIX@_ARENA_BYTES)) {
        return @prefix@_pool_at(offset);
    }
//%end
//%if sections
//%for pools
//%if own_section
    if ((uintptr_t)ptr - (uintptr_t)@prefix@_arena_@index@ < sizeof @prefix@_arena_@index@) {
        return @index@;
    }
//%end
//%end
//%end
//%if exhausted_grow
    return @prefix@_grown_pool(ptr);
//%else
    return @PREFIX@_POOLS;
//%end
}

//%if look_up
/* The same from outside of a critical section. */
static size_t @prefix@_look_up(const void *ptr)
{
    const uintptr_t state = @PREFIX@_ENTER();
    const size_t pool = @prefix@_find(ptr);
    @PREFIX@_LEAVE(state);
    return pool;
}

//%end
//%if target_bare
/* What is done about a fault before the program ends: the consumer's. */
#ifndef @PREFIX@_FAULT
#define @PREFIX@_FAULT(fault) ((void)(fault))
#endif

/* Ends the program: what was passed in is no block, so that going on would corrupt memory. Told is a
   number of enum @prefix@_fault, or a text. */
#ifdef @PREFIX@_FAULT_NUMBERS
#define @PREFIX@_TELL(number, message) @PREFIX@_FAULT(@PREFIX@_FAULT_##number)
#else
#define @PREFIX@_TELL(number, message) @PREFIX@_FAULT(message)
#endif
#define @prefix@_abort(number, message) \
    do { \
        @PREFIX@_TELL(number, message); \
        __builtin_trap(); /* it must not return */ \
    } while (0)
//%else
//%if freestanding
/* What is done about a fault before the program ends: the consumer's. */
#ifndef @PREFIX@_FAULT
#define @PREFIX@_FAULT(message) ((void)(message))
#endif

//%end
/* Ends the program: what was passed in is no block, so that going on would corrupt memory. */
//%if lean
#define @prefix@_abort(message)           \
    do {                             \
        @PREFIX@_FAULT(message);         \
        __builtin_trap(); /* it must not return */ \
    } while (0)
//%else
__attribute__((noreturn, cold, noinline)) static void @prefix@_abort(const char *message)
{
//%if freestanding
    @PREFIX@_FAULT(message);
    __builtin_trap(); /* it must not return */
//%else
//%if hardened
    char line[192];
    snprintf(line, sizeof line, "@prefix@: %s", message);
#ifdef @PREFIX@_FAULT
    @PREFIX@_FAULT(line);
#else
    fprintf(stderr, "%s\n", line);
#endif
//%else
    fprintf(stderr, "@prefix@: %s\n", message);
//%end
    abort();
//%end
}
//%end
//%end

//%if spans
/* The same for a free block that is free already, or that a link should have led to. */
__attribute__((noreturn, cold, noinline)) static void @prefix@_abort_freed(void)
{
    @prefix@_abort("a block was freed twice, or written to after it was freed");
}

static void @prefix@_check_block(size_t pool, const void *ptr)
{
    uint32_t block;
    if (@prefix@_locate(pool, ptr, &block) == NULL) {
        @prefix@_abort("a pointer into a pool that is not the start of a block");
    }
}
//%else
//%if compact
/* The first block of a pool. */
static inline unsigned char *@prefix@_base(size_t pool)
{
//%if sections
    return @prefix@_shapes[pool].base;
//%else
    return @prefix@_arena + @prefix@_shapes[pool].offset;
//%end
}

/* Whether a block of the pool begins at an address in its arena. The remainder of the offset is found by halves:
   a processor may have no division. */
static bool @prefix@_is_block(size_t pool, const void *ptr)
{
    const struct @prefix@_shape *const shape = &@prefix@_shapes[pool];
    const size_t size = shape->size;
    size_t offset = (uintptr_t)ptr - (uintptr_t)@prefix@_base(pool), step = size;
    if (offset >= size * shape->initial_count) {
        return false; /* what aligns the next pool */
    }
    while (step <= offset) {
        step *= 2;
    }
    for (; step >= size; step /= 2) {
        offset -= offset >= step ? step : 0;
    }
    return offset == 0;
}
//%else
static bool @prefix@_is_block(size_t pool, const void *ptr)
{
    const struct @prefix@_shape *const shape = &@prefix@_shapes[pool];
//%if pages
//%if exhausted_grow
    if (@prefix@_offset(ptr) >= @PREFIX@_ARENA_BYTES) {
        const size_t page = @prefix@_first_page(ptr);
        const size_t in_span = (size_t)((const unsigned char *)ptr - @prefix@_block(pool, page, 0));
        return in_span % shape->size == 0 && in_span / shape->size < @prefix@_span(pool, page)->carved;
    }
//%end
//%end
//%if lean
    const size_t offset = (size_t)((const unsigned char *)ptr - @prefix@_first_block(pool));
//%else
    const size_t offset = @prefix@_offset(ptr) - shape->offset;
//%end
    return offset % shape->size == 0 && offset / shape->size < shape->initial_count;
}
//%end

static void @prefix@_check_block(size_t pool, const void *ptr)
{
    if (!@prefix@_is_block(pool, ptr)) {
//%if target_bare
//%if hardened
        @prefix@_abort(INVALID_USE, "invalid use");
//%else
        @prefix@_abort(INSIDE, "a pointer into a pool that is not the start of a block");
//%end
//%else
        @prefix@_abort("a pointer into a pool that is not the start of a block");
//%end
    }
}
//%end
