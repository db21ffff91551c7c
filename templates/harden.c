/* Part of allocator.c, where a pool looks for its caller's faults: what is known of each block, links that
   are verified, and the end of a block's use. Given, beside what allocator.c is given: state_shift, tail,
   quarantine; flags hardened, mixed_harden, harden_full, guards.

   All messages, on one line: NAME: FAULT of ADDRESS (pool N, SIZE bytes), or (own mapping, N bytes), or
   (no pool). FAULT is
     double free            of a block that is free
     invalid free           inside a pool, but no block in use begins there
     foreign free           in no pool, and nobody else's
     use after free, invalid use, foreign use
                            the same of realloc and usable_size
     free with size N, free with alignment N
                            of a sized free: more than the block can hold (check), not the request (full)
     broken link            a free block's first word was overwritten
     overflow               full: what is behind a request was overwritten
     write after free       full: a free block is not zero any more
   And without an address: no random bytes from the system. */
/* ---- Hardening ----
 *
 * A byte outside of the blocks tells whether a block in use begins at an address, or a free one. It is
 * found by a shift, since all blocks are aligned, and is read and written by plain accesses:
//%if harden_full
 * only where frees may race, a compare-exchange ends a block's use.
//%else
 * two frees that race may both see the block in use.
//%end
 * The link of a free block is mixed with a secret of the process and the block's address, bytes swapped,
 * so that whatever is written over it leads nowhere, and it is followed only to a block that is free.
//%if harden_full
 *
 * A request takes @tail@ bytes more, at its block's end: its size, mixed with the secret. Between the two lie
 * up to 32 bytes that must not change. A free block is zero but for its link, from when it is freed until
 * it is handed out again; it waits in a quarantine first, behind those that were freed before.
//%end
 */

enum { @PREFIX@_NO_BLOCK, @PREFIX@_LIVE, @PREFIX@_FREE }; /* what begins at an address */
enum { @PREFIX@_STATES = @PREFIX@_ARENA_BYTES >> @state_shift@ };
static @atomic_u8@ @prefix@_states[@PREFIX@_STATES];

static @atomic_address@ @prefix@_secret; /* 0: not drawn yet */

//%if mixed_harden
static inline bool @prefix@_is_hard(size_t pool) { return @prefix@_shapes[pool].harden != 'o'; }

//%if harden_full
static inline bool @prefix@_is_full(size_t pool) { return @prefix@_shapes[pool].harden == 'f'; }
//%end
//%else
static inline bool @prefix@_is_hard(size_t pool)
{
    (void)pool;
    return true;
}

//%if harden_full
static inline bool @prefix@_is_full(size_t pool)
{
    (void)pool;
    return true;
}
//%end
//%end

/* Where the state of an offset into the arenas is, which is past the end for one that is not aligned. */
static inline size_t @prefix@_state_at(size_t offset)
{
    return offset >> @state_shift@ | offset << (sizeof offset * 8 - @state_shift@);
}

//%if exhausted_grow
/* The state of an aligned pointer into growth. */
static inline @atomic_u8@ *@prefix@_state_in_growth(const void *ptr)
{
    const size_t offset = (size_t)((uintptr_t)ptr - @PREFIX@_LOAD(&@prefix@_origin, relaxed));
    struct @prefix@_part *const part = @prefix@_part((uint32_t)(offset >> @PREFIX@_PART_SHIFT));
    return &part->states[(offset & (@PREFIX@_PART - 1)) >> @state_shift@];
}

//%end
/* The state of any pointer; NULL where no block can begin. */
static inline @atomic_u8@ *@prefix@_state(const void *ptr)
{
    const size_t at = @prefix@_state_at(@prefix@_offset(ptr));
    if (@PREFIX@_LIKELY(at < @PREFIX@_STATES)) {
        return &@prefix@_states[at];
    }
//%if exhausted_grow
    if ((uintptr_t)ptr % (1 << @state_shift@) == 0 && @prefix@_grown_pool(ptr) != @PREFIX@_POOLS) {
        return @prefix@_state_in_growth(ptr);
    }
//%end
    return NULL;
}

/* The state of a block. */
static inline @atomic_u8@ *@prefix@_state_of(const void *block)
{
//%if exhausted_grow
    const size_t offset = @prefix@_offset(block);
    return @PREFIX@_LIKELY(offset < @PREFIX@_ARENA_BYTES) ? &@prefix@_states[offset >> @state_shift@]
                                                  : @prefix@_state_in_growth(block);
//%else
    return &@prefix@_states[@prefix@_offset(block) >> @state_shift@];
//%end
}

/* ---- Faults ---- */

//%if !target_bare
/* `mapped`: usable bytes of an own mapping, or 0. */
__attribute__((noreturn, cold, noinline)) static void @prefix@_fault(const char *fault, const void *ptr, size_t mapped)
{
    char line[160], where[64] = "no pool";
    const size_t pool = @prefix@_find(ptr);
    if (pool != @PREFIX@_POOLS) {
        snprintf(where, sizeof where, "pool %zu, %zu bytes", pool, (size_t)@prefix@_shapes[pool].size);
    } else if (mapped != 0) {
        snprintf(where, sizeof where, "own mapping, %zu bytes", mapped);
    }
    snprintf(line, sizeof line, "%s of %p (%s)", fault, ptr, where);
    @prefix@_abort(line);
}

/* The same of a number that was given with the pointer. */
__attribute__((noreturn, cold, noinline)) static void @prefix@_fault_with(const char *what, size_t number,
                                                                const void *ptr, size_t mapped)
{
    char fault[64];
    snprintf(fault, sizeof fault, "free with %s %zu", what, number);
    @prefix@_fault(fault, ptr, mapped);
}

//%end
/* Of a pointer that is no block in use: `frees` it, or uses it otherwise. */
__attribute__((noreturn, cold, noinline)) static void @prefix@_fault_state(const void *ptr, bool frees)
{
    const size_t pool = @prefix@_find(ptr);
    @atomic_u8@ *const state = @prefix@_state(ptr);
    if (pool == @PREFIX@_POOLS) {
//%if target_bare
        if (frees) {
            @prefix@_abort(FOREIGN_FREE, "foreign free");
        }
        @prefix@_abort(FOREIGN_USE, "foreign use");
//%else
        @prefix@_fault(frees ? "foreign free" : "foreign use", ptr, 0);
//%end
    }
//%if spans
    uint32_t block;
    const bool begins = @prefix@_locate(pool, ptr, &block) != NULL;
//%else
    const bool begins = @prefix@_is_block(pool, ptr);
//%end
    if (begins && state != NULL && @PREFIX@_LOAD(state, relaxed) == @PREFIX@_FREE) {
//%if target_bare
        if (frees) {
            @prefix@_abort(DOUBLE_FREE, "double free");
        }
        @prefix@_abort(USE_AFTER_FREE, "use after free");
    }
    if (frees) {
        @prefix@_abort(INVALID_FREE, "invalid free");
    }
    @prefix@_abort(INVALID_USE, "invalid use");
//%else
        @prefix@_fault(frees ? "double free" : "use after free", ptr, 0);
    }
    @prefix@_fault(frees ? "invalid free" : "invalid use", ptr, 0);
//%end
}

//%if front_checks
//%include harden_zero.c

//%end
/* ---- The secret ---- */

//%if !target_bare
#ifndef @PREFIX@_RANDOM
#define @PREFIX@_RANDOM(ptr, bytes) \
    (@prefix@_random(ptr, bytes) ? (void)0 : @prefix@_abort("no random bytes from the system"))
#endif

//%end
/* Draws the secret, before any block leaves its span. Threads that race for it do not wait: one's is all's. */
static void @prefix@_draw(void)
{
    if (@PREFIX@_LOAD(&@prefix@_secret, relaxed) != 0) {
        return;
    }
//%if errno
    const int saved = errno;
//%end
    uintptr_t drawn = 0, none = 0;
    while (drawn == 0) {
        @PREFIX@_RANDOM(&drawn, sizeof drawn);
    }
    (void)@PREFIX@_CAS(&@prefix@_secret, &none, drawn, relaxed, relaxed);
//%if errno
    errno = saved;
//%end
}

/* ---- Links ---- */

/* Either way: of a link to what is stored, or of that to the link. */
static inline uintptr_t @prefix@_mix(const struct @prefix@_block *block)
{
    return (uintptr_t)block ^ @PREFIX@_LOAD(&@prefix@_secret, relaxed);
}

static inline uintptr_t @prefix@_swap(uintptr_t word)
{
    return sizeof word == 8 ? (uintptr_t)__builtin_bswap64(word) : (uintptr_t)__builtin_bswap32((uint32_t)word);
}

static inline void @prefix@_set_next(size_t pool, struct @prefix@_block *block, struct @prefix@_block *next)
{
//%if mixed_harden
    if (!@prefix@_is_hard(pool)) {
        @prefix@_link(block, next);
        return;
    }
//%else
    (void)pool;
//%end
    @prefix@_link(block, (struct @prefix@_block *)@prefix@_swap((uintptr_t)next ^ @prefix@_mix(block)));
}

//%if !direct
/* The link of a free block, which may lead anywhere. */
static inline struct @prefix@_block *@prefix@_any_next(size_t pool, const struct @prefix@_block *block)
{
//%if mixed_harden
    if (!@prefix@_is_hard(pool)) {
        return @prefix@_next(block);
    }
//%else
    (void)pool;
//%end
    return (struct @prefix@_block *)(@prefix@_swap((uintptr_t)@prefix@_next(block)) ^ @prefix@_mix(block));
}

/* The same, and it leads to a free block or ends the list. */
static inline struct @prefix@_block *@prefix@_follow(size_t pool, const struct @prefix@_block *block)
{
    struct @prefix@_block *const next = @prefix@_any_next(pool, block);
    if (next != NULL && @prefix@_is_hard(pool)) {
        @atomic_u8@ *const state = @prefix@_state(next);
        if (!@PREFIX@_LIKELY(state != NULL && @PREFIX@_LOAD(state, relaxed) == @PREFIX@_FREE)) {
//%if target_bare
            @prefix@_abort(BROKEN_LINK, "broken link");
//%else
            @prefix@_fault("broken link", block, 0);
//%end
        }
    }
    return next;
}

//%end
//%if guards
//%include harden_guards.c

//%end
//%if spans
/* Makes a block out of its span the first of a list. */
static void @prefix@_link_out(size_t pool, struct @prefix@_block *block, struct @prefix@_block *next)
{
    if (@prefix@_is_hard(pool)) {
        @PREFIX@_STORE(@prefix@_state_of(block), @PREFIX@_FREE, relaxed);
    }
//%if harden_full
    if (@prefix@_is_full(pool) && @prefix@_next(block) != NULL) {
        @prefix@_fault("write after free", block, 0);
    }
//%end
    @prefix@_set_next(pool, block, next);
}

//%end
/* ---- A block's use ---- */

/* Most bytes that a block of the pool serves. */
static inline size_t @prefix@_room(size_t pool)
{
//%if harden_full
//%if compact
    return (size_t)@prefix@_shapes[pool].size - (@prefix@_is_full(pool) ? (size_t)@tail@ : 0);
//%else
    return @prefix@_shapes[pool].size - (@prefix@_is_full(pool) ? @tail@ : 0);
//%end
//%else
    return @prefix@_shapes[pool].size;
//%end
}

/* The pool that serves a request, or @PREFIX@_POOLS. */
static inline size_t @prefix@_pool_for(size_t alignment, size_t size)
{
//%if harden_full
//%if mixed_harden
    const size_t pool = @prefix@_select_aligned(alignment, size);
    if (pool == @PREFIX@_POOLS || size <= @prefix@_room(pool)) {
        return pool;
    }
//%end
    return size <= @PREFIX@_LARGEST ? @prefix@_select_aligned(alignment, size + @tail@) : @PREFIX@_POOLS;
//%else
    return @prefix@_select_aligned(alignment, size);
//%end
}

//%if harden_full
//%include harden_full.c

//%end
/* Hands a free block out. Where it is verified, it is zero too. */
static inline void *@prefix@_begin(size_t pool, void *block, size_t size)
{
    if (@prefix@_is_hard(pool)) {
        @PREFIX@_STORE(@prefix@_state_of(block), @PREFIX@_LIVE, relaxed);
    }
//%if harden_full
    if (@prefix@_is_full(pool)) {
        @PREFIX@_OPEN(block, @prefix@_shapes[pool].size);
        @prefix@_verify_zero(pool, block);
        @prefix@_set_request(pool, block, size);
    }
//%else
    (void)size;
//%end
    @prefix@_begin_use(block, size);
    return block;
}

/* What was requested, or, where that is not known, may be used of a block in use; ends the program for any other. */
static inline size_t @prefix@_used(size_t pool, const void *ptr)
{
    if (@prefix@_is_hard(pool)) {
        @atomic_u8@ *const state = @prefix@_state(ptr);
        if (!@PREFIX@_LIKELY(state != NULL && @PREFIX@_LOAD(state, relaxed) == @PREFIX@_LIVE)) {
            @prefix@_fault_state(ptr, false);
        }
    } else {
        @prefix@_check_block(pool, ptr);
    }
//%if harden_full
    if (@prefix@_is_full(pool)) {
        const size_t size = @prefix@_request_of(pool, ptr);
        @PREFIX@_CLOSE((const unsigned char *)ptr + size + (size == 0), @prefix@_shapes[pool].size - size - (size == 0));
        return size;
    }
//%end
    return @prefix@_size_asked(ptr, @prefix@_shapes[pool].size);
}

/* Ends the use of what should be a block, given the state of its address. */
static inline void @prefix@_end(size_t pool, void *ptr, @atomic_u8@ *state)
{
    if (!@prefix@_is_hard(pool)) {
        return;
    }
    uint8_t live = @PREFIX@_LOAD(state, relaxed);
//%if harden_full
    if (@prefix@_is_full(pool)) {
        if (live != @PREFIX@_LIVE || !@PREFIX@_CAS(state, &live, @PREFIX@_FREE, acq_rel, relaxed)) {
            @prefix@_fault_state(ptr, true);
        }
        @prefix@_end_use(pool, ptr);
        @PREFIX@_OPEN(ptr, @prefix@_shapes[pool].size);
        @prefix@_clear(pool, ptr);
        @PREFIX@_CLOSE(ptr, @prefix@_shapes[pool].size);
        return;
    }
//%end
    if (!@PREFIX@_LIKELY(live == @PREFIX@_LIVE)) {
        @prefix@_fault_state(ptr, true);
    }
    @PREFIX@_STORE(state, @PREFIX@_FREE, relaxed);
}
