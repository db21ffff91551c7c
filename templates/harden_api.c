/* Part of api.c, where a pool looks for its caller's faults: frees and sizes. */
/* Frees what should be a block, given the state of its address: gives it back, or takes it into the
   quarantine and gives the oldest. */
__attribute__((always_inline)) static inline void @prefix@_free_block(size_t pool, void *ptr, @atomic_u8@ *state)
{
    @prefix@_end(pool, ptr, state);
//%if harden_full
    if (@prefix@_is_full(pool)) {
        void *const done = @prefix@_wait(pool, ptr);
        if (done != NULL) {
            @prefix@_delay(pool, done);
        }
        return;
    }
//%end
    @prefix@_retire(pool, ptr);
}

/* Frees what is not in the static arenas, or not aligned there. */
__attribute__((noinline)) static void @prefix@_free_other(void *ptr)
{
    if (@prefix@_offset(ptr) < @PREFIX@_ARENA_BYTES) {
        @prefix@_fault_state(ptr, true);
    }
//%if front_checks
    if (@prefix@_is_place(ptr)) {
        @prefix@_judge_place(ptr, true);
        return;
    }
//%end
//%if exhausted_grow
//%if threads_critical
    const uintptr_t section = @PREFIX@_ENTER();
//%end
    const size_t pool = @prefix@_grown_pool(ptr);
    if (@PREFIX@_LIKELY(pool != @PREFIX@_POOLS)) {
        @atomic_u8@ *const state = @prefix@_state(ptr);
        if (!@PREFIX@_LIKELY(state != NULL)) {
            @prefix@_fault_state(ptr, true);
        }
        @prefix@_free_block(pool, ptr, state);
//%if threads_critical
        @PREFIX@_LEAVE(section);
//%end
        return;
    }
//%if threads_critical
    @PREFIX@_LEAVE(section);
//%end
//%end
//%include free_foreign.c
}

@PREFIX@_API void @prefix@_free(void *ptr)
{
    const size_t offset = @prefix@_offset(ptr);
    const size_t at = @prefix@_state_at(offset);
    if (!@PREFIX@_LIKELY(at < @PREFIX@_STATES)) {
        @prefix@_free_other(ptr);
        return;
    }
//%if threads_critical
    const uintptr_t state = @PREFIX@_ENTER();
//%end
    @prefix@_free_block(@prefix@_pool_at(offset), ptr, &@prefix@_states[at]);
//%if threads_critical
    @PREFIX@_LEAVE(state);
//%end
}

/* Ends the program unless `ptr` is a block in use, so aligned, that may have been requested with the size. */
static void @prefix@_judge(const void *ptr, size_t alignment, size_t size)
{
//%if look_up
    const size_t pool = @prefix@_look_up(ptr);
//%else
    const size_t pool = @prefix@_find(ptr);
//%end
//%if oversize_os
    size_t mapped = 0;
//%end
    if (pool != @PREFIX@_POOLS) {
        @atomic_u8@ *const state = @prefix@_state(ptr);
        if (!@prefix@_is_hard(pool)) {
            return;
        }
        if (!@PREFIX@_LIKELY(state != NULL && @PREFIX@_LOAD(state, relaxed) == @PREFIX@_LIVE)) {
            @prefix@_fault_state(ptr, true);
        }
    } else {
//%if front_checks
        if (@prefix@_is_place(ptr)) {
            if (size != 0) {
                @prefix@_fault_with("size", size, ptr, 0);
            }
            return;
        }
//%end
//%if oversize_os
//%if threads_critical
        const uintptr_t section = @PREFIX@_ENTER();
        mapped = ptr != NULL && !@PREFIX@_PASSTHROUGH ? @prefix@_big_usable(@prefix@_big_judge(ptr, true)) : 0;
        @PREFIX@_LEAVE(section);
//%else
        mapped = ptr != NULL && !@PREFIX@_PASSTHROUGH ? @prefix@_big_usable(@prefix@_big_judge(ptr, true)) : 0;
//%end
        if (mapped == 0) {
            return;
        }
        size += size == 0; /* such a block has a byte */
//%else
        return;
//%end
    }
    if ((alignment & (alignment - 1)) != 0 || ((uintptr_t)ptr & (alignment - 1)) != 0) {
//%if target_bare
        @prefix@_abort(ALIGNMENT, "free with a wrong alignment");
//%else
//%if oversize_os
        @prefix@_fault_with("alignment", alignment, ptr, mapped);
//%else
        @prefix@_fault_with("alignment", alignment, ptr, 0);
//%end
//%end
    }
//%if oversize_os
//%if harden_full
    const bool exact = mapped != 0 || @prefix@_is_full(pool);
    const size_t most = mapped != 0 ? mapped : @prefix@_used(pool, ptr);
    if (exact ? size != most : size > most) {
//%else
    if (size > (mapped != 0 ? mapped : @prefix@_room(pool))) {
//%end
        @prefix@_fault_with("size", size, ptr, mapped);
//%else
//%if harden_full
    const size_t most = @prefix@_used(pool, ptr);
    if (@prefix@_is_full(pool) ? size != most : size > most) {
//%else
    if (size > @prefix@_room(pool)) {
//%end
//%if target_bare
        @prefix@_abort(SIZE, "free with a wrong size");
//%else
        @prefix@_fault_with("size", size, ptr, 0);
//%end
//%end
    }
}

@PREFIX@_API void @prefix@_free_sized(void *ptr, size_t size)
{
    @prefix@_judge(ptr, 1, size);
    @prefix@_free(ptr);
}

@PREFIX@_API void @prefix@_free_aligned_sized(void *ptr, size_t alignment, size_t size)
{
    @prefix@_judge(ptr, alignment, size);
    @prefix@_free(ptr);
}

@PREFIX@_API size_t @prefix@_usable_size(const void *ptr)
{
//%if look_up
    const size_t pool = @prefix@_look_up(ptr);
//%else
    const size_t pool = @prefix@_find(ptr);
//%end
    if (pool != @PREFIX@_POOLS) {
        return @prefix@_used(pool, ptr);
    }
//%if front_checks
    if (@prefix@_is_place(ptr)) {
        @prefix@_judge_place((void *)(uintptr_t)ptr, false);
        return 0;
    }
//%end
//%if oversize_os
//%if threads_critical
    const uintptr_t section = @PREFIX@_ENTER();
    const size_t usable = ptr != NULL ? @prefix@_big_usable(@prefix@_big_of(ptr)) : 0;
    @PREFIX@_LEAVE(section);
    return usable;
//%else
    return ptr != NULL ? @prefix@_big_usable(@prefix@_big_of(ptr)) : 0;
//%end
//%else
//%if tools
    return @prefix@_upstream_usable(ptr);
//%else
    if (ptr != NULL) {
        @prefix@_fault_state(ptr, false);
    }
    return 0;
//%end
//%end
}

/* What a request of the size may grow to where it is. */
@PREFIX@_API size_t @prefix@_good_size(size_t size)
{
    const size_t pool = @prefix@_pool_for(1, size);
    return pool != @PREFIX@_POOLS ? @prefix@_room(pool) : size;
}

//%if harden_full
/* Makes a block of `old` bytes one of `size` where it is. */
static void *@prefix@_fit(size_t pool, void *ptr, size_t old, size_t size)
{
    if (pool != @PREFIX@_POOLS && @prefix@_is_full(pool)) {
        @prefix@_change_request(pool, ptr, old, size);
    } else if (pool != @PREFIX@_POOLS) {
        @PREFIX@_RESIZE(ptr, old, size + (size == 0), @prefix@_shapes[pool].size);
    }
//%if oversize_os
    if (pool == @PREFIX@_POOLS) {
//%if threads_critical
        const uintptr_t section = @PREFIX@_ENTER();
        @prefix@_big_change(ptr, size);
        @PREFIX@_LEAVE(section);
//%else
        @prefix@_big_change(ptr, size);
//%end
    }
//%end
    return ptr;
}

//%end

//%if front_checks
/* Gives the owner of a place a block of `size` bytes for it; NULL where there is none, and the place stays. */
static void *@prefix@_move_place(void *ptr, size_t alignment, size_t size)
{
    @prefix@_judge_place(ptr, false);
    void *const moved = @prefix@_request(alignment, size, false);
    if (moved != NULL) {
        @prefix@_judge_place(ptr, true);
    }
    return moved;
}

//%end
