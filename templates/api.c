/* Part of allocator.c: the public functions. */
/* ---- Public functions ---- */

//%if threads_shared
static @atomic_u64@ @prefix@_oversize; /* requests larger than the largest pool, or aligned as none is */
//%else
//%if freestanding
static size_t @prefix@_oversize; /* requests larger than the largest pool, or aligned as none is */
//%else
static uint64_t @prefix@_oversize; /* requests larger than the largest pool, or aligned as none is */
//%end
//%end

static bool @prefix@_is_alignment(size_t alignment) { return alignment != 0 && (alignment & (alignment - 1)) == 0; }

//%if lean
//%include request_lean.c
//%else
//%if stepwise
//%include request.c
//%else
/* All that is not a hit of an ordinary request. Memory that nobody wrote to is not filled. */
__attribute__((noinline)) static void *@prefix@_request(size_t alignment, size_t size, bool zero)
{
    if (!@prefix@_is_alignment(alignment)) {
//%if errno
        errno = EINVAL;
//%end
        return NULL;
    }
//%if hardened
//%if front_checks
    void *const place = size == 0 && !@PREFIX@_PASSTHROUGH ? @prefix@_take_place(alignment) : NULL;
    if (place != NULL) {
        return place;
    }
//%end
    const size_t pool = @prefix@_pool_for(alignment, size);
//%else
    const size_t pool = @prefix@_select_aligned(alignment, size);
//%end
    if (pool == @PREFIX@_POOLS) {
//%if threads_shared
        @PREFIX@_ADD(&@prefix@_oversize, 1, relaxed);
//%else
        @prefix@_oversize++;
//%end
//%if !serves_large
//%if errno
        errno = ENOMEM;
//%end
        return NULL;
//%else
//%if oversize_fail
        if (!@PREFIX@_PASSTHROUGH || size > @PREFIX@_LARGEST) {
            errno = ENOMEM;
            return NULL;
        }
//%end
        alignment = alignment > @alignment@ ? alignment : @alignment@; /* promised of every large block */
        size += size == 0; /* a block without bytes might have the address of another */
//%if oversize_os
        return @prefix@_big_map(alignment, size, zero);
//%else
        return @prefix@_upstream(alignment, size, zero);
//%end
//%end
    }
    bool zeroed = false;
//%if direct
    void *block = @prefix@_take_slow(pool, &zeroed);
//%else
    void *block = @prefix@_take_hit(pool);
    block = block != NULL ? block : @prefix@_take_slow(pool, &zeroed);
//%end
//%if harden_full
    if (block == NULL) {
        @prefix@_end_quarantine(pool);
//%if !direct
        block = @prefix@_take_hit(pool);
    }
    if (block == NULL) {
//%end
        block = @prefix@_take_slow(pool, &zeroed);
    }
//%end
//%if tools
    block = block != NULL ? block : @prefix@_recall_delayed(pool);
//%end
    if (block != NULL) {
//%if hardened
        block = @prefix@_begin(pool, block, size);
//%if harden_full
        zeroed |= @prefix@_is_full(pool);
//%end
//%else
//%if tools
        @prefix@_begin_use(block, size);
//%end
//%end
//%if tools
        return zero && (!zeroed || @PREFIX@_WATCH) ? memset(block, 0, size) : block;
//%else
        return zero && !zeroed ? memset(block, 0, size) : block;
//%end
    }
//%if threads_shared
    @PREFIX@_ADD(&@prefix@_pools[pool].fallbacks, 1, relaxed);
//%else
    @prefix@_pools[pool].fallbacks++;
//%end
//%if exhausted_upstream
//%if mixed_exhausted
    if (@prefix@_shapes[pool].exhausted != 'u') {
//%if errno
        errno = ENOMEM;
//%end
        return NULL;
    }
//%end
    /* As the pool's own blocks are, up to what the table promises. */
    const size_t natural = @prefix@_shapes[pool].size & -@prefix@_shapes[pool].size;
    const size_t promised = natural < @alignment@ ? natural : @alignment@;
    return @prefix@_upstream(alignment > promised ? alignment : promised, size + (size == 0), zero);
//%else
//%if errno
    errno = ENOMEM;
//%end
    return NULL;
//%end
}

@PREFIX@_API void *@prefix@_alloc(size_t size)
{
//%if direct
    return @prefix@_request(1, size, false);
//%else
//%if hardened
    if (!@PREFIX@_LIKELY(size - 1 < @PREFIX@_LARGEST)) {
        return @prefix@_request(1, size, false);
    }
//%if harden_full
    const size_t pool = @prefix@_pool_for(1, size);
    void *const block = pool != @PREFIX@_POOLS ? @prefix@_take_hit(pool) : NULL;
//%else
    const size_t pool = @prefix@_select(size);
    void *const block = @prefix@_take_hit(pool);
//%end
    return @PREFIX@_LIKELY(block != NULL) ? @prefix@_begin(pool, block, size) : @prefix@_request(1, size, false);
//%else
    void *const block = @PREFIX@_LIKELY(size - 1 < @PREFIX@_LARGEST) ? @prefix@_take_hit(@prefix@_select(size)) : NULL;
    if (!@PREFIX@_LIKELY(block != NULL)) {
        return @prefix@_request(1, size, false);
    }
//%if tools
    @prefix@_begin_use(block, size);
//%end
    return block;
//%end
//%end
}
//%end
//%end

@PREFIX@_API void *@prefix@_calloc(size_t count, size_t size) { return @prefix@_aligned_calloc(1, count, size); }
//%if plain
@PREFIX@_API void *@prefix@_aligned_alloc(size_t alignment, size_t size) { return @prefix@_request(alignment, size); }
//%else
@PREFIX@_API void *@prefix@_aligned_alloc(size_t alignment, size_t size) { return @prefix@_request(alignment, size, false); }
//%end

@PREFIX@_API void *@prefix@_aligned_calloc(size_t alignment, size_t count, size_t size)
{
//%if plain
//%if short_sizes
    /* No product of two sizes that pools serve overflows 32 bits, and to multiply more a processor may need a library. */
    const bool large = count != 0 && size != 0 && (count > @PREFIX@_LARGEST || size > @PREFIX@_LARGEST);
    size = large ? SIZE_MAX : count * size;
//%else
    const bool overflows = __builtin_mul_overflow(count, size, &size);
    size = overflows ? SIZE_MAX : size;
//%end
    void *const block = @prefix@_request(alignment, size);
    return block != NULL ? memset(block, 0, size) : NULL;
//%else
//%if target_bare
//%if short_sizes
    /* No product of two sizes that pools serve overflows 32 bits, and to multiply more a processor may need a library. */
    const bool large = count != 0 && size != 0 && (count > @PREFIX@_LARGEST || size > @PREFIX@_LARGEST);
    return @prefix@_request(alignment, large ? SIZE_MAX : count * size, true);
//%else
    const bool overflows = __builtin_mul_overflow(count, size, &size);
    return @prefix@_request(alignment, overflows ? SIZE_MAX : size, true);
//%end
//%else
    const bool overflows = __builtin_mul_overflow(count, size, &size);
    return @prefix@_request(alignment, overflows ? SIZE_MAX : size, true);
//%end
//%end
}

//%if hardened
//%include harden_api.c
//%else
//%if target_bare
@PREFIX@_API void @prefix@_free(void *ptr)
{
    const size_t pool = @prefix@_find(ptr);
    if (pool == @PREFIX@_POOLS) {
        if (ptr != NULL) {
            @prefix@_abort(FOREIGN, "a pointer that this allocator did not return");
        }
        return;
    }
//%if threads_critical
    const uintptr_t state = @PREFIX@_ENTER();
    @prefix@_give(pool, ptr);
    @PREFIX@_LEAVE(state);
//%else
    @prefix@_give(pool, ptr);
//%end
}
//%else
/* Frees what is not in the static arenas. */
//%if lean
static inline void @prefix@_free_other(void *ptr)
//%else
__attribute__((noinline)) static void @prefix@_free_other(void *ptr)
//%end
{
//%if exhausted_grow
//%if pages
    const size_t page = @prefix@_first_page(ptr), pool = @prefix@_page_pool(page);
    if (pool < @PREFIX@_POOLS) {
        @prefix@_give_grown(pool, page, ptr);
//%if !stats_off
        @prefix@_counts[pool].frees++;
//%end
        return;
    }
//%else
//%if threads_critical
    const uintptr_t state = @PREFIX@_ENTER();
//%end
    const size_t pool = @prefix@_grown_pool(ptr);
    if (@PREFIX@_LIKELY(pool != @PREFIX@_POOLS)) {
//%if tools
        @prefix@_retire(pool, ptr);
//%else
        @prefix@_give(pool, ptr);
//%end
//%if threads_critical
        @PREFIX@_LEAVE(state);
//%end
        return;
    }
//%if threads_critical
    @PREFIX@_LEAVE(state);
//%end
//%end
//%end
//%include free_foreign.c
}

@PREFIX@_API void @prefix@_free(void *ptr)
{
//%if sections
    const size_t pool = @prefix@_find(ptr);
    if (!@PREFIX@_LIKELY(pool != @PREFIX@_POOLS)) {
        @prefix@_free_other(ptr);
        return;
    }
//%else
    const size_t offset = @prefix@_offset(ptr);
    if (!@PREFIX@_LIKELY(offset < @PREFIX@_ARENA_BYTES)) {
        @prefix@_free_other(ptr);
        return;
    }
    const size_t pool = @prefix@_pool_at(offset);
//%end
//%if threads_critical
    const uintptr_t state = @PREFIX@_ENTER();
//%end
//%if tools
    @prefix@_retire(pool, ptr);
//%else
    @prefix@_give(pool, ptr);
//%end
//%if threads_critical
    @PREFIX@_LEAVE(state);
//%end
}
//%end

@PREFIX@_API void @prefix@_free_sized(void *ptr, size_t size) { (void)size, @prefix@_free(ptr); }
@PREFIX@_API void @prefix@_free_aligned_sized(void *ptr, size_t alignment, size_t size) { (void)alignment, @prefix@_free_sized(ptr, size); }

@PREFIX@_API size_t @prefix@_usable_size(const void *ptr)
{
//%if look_up
    const size_t pool = @prefix@_look_up(ptr);
//%else
    const size_t pool = @prefix@_find(ptr);
//%end
    if (pool != @PREFIX@_POOLS) {
        @prefix@_check_block(pool, ptr);
//%if tools
        return @prefix@_size_asked(ptr, @prefix@_shapes[pool].size);
//%else
        return @prefix@_shapes[pool].size;
//%end
    }
//%if oversize_os
//%if threads_critical
    const uintptr_t state = @PREFIX@_ENTER();
    const size_t usable = ptr != NULL ? @prefix@_big_usable(ptr) : 0;
    @PREFIX@_LEAVE(state);
    return usable;
//%else
    return ptr != NULL ? @prefix@_big_usable(ptr) : 0;
//%end
//%else
//%if tools
    return @prefix@_upstream_usable(ptr);
//%else
    if (ptr != NULL) {
//%if target_bare
        @prefix@_abort(FOREIGN, "a pointer that this allocator did not return");
//%else
        @prefix@_abort("a pointer that this allocator did not return");
//%end
    }
    return 0;
//%end
//%end
}

@PREFIX@_API size_t @prefix@_good_size(size_t size)
{
//%if target_bare
    return size > @PREFIX@_LARGEST ? size : @prefix@_shapes[@prefix@_select(size)].size;
//%else
//%if tools
    return @PREFIX@_PASSTHROUGH || size > @PREFIX@_LARGEST ? size : @prefix@_shapes[@prefix@_select(size + (size == 0))].size;
//%else
    return size > @PREFIX@_LARGEST ? size : @prefix@_shapes[@prefix@_select(size + (size == 0))].size;
//%end
//%end
}

//%end
//%if look_up
@PREFIX@_API bool @prefix@_owns(const void *ptr) { return @prefix@_look_up(ptr) != @PREFIX@_POOLS; }
//%else
@PREFIX@_API bool @prefix@_owns(const void *ptr) { return @prefix@_find(ptr) != @PREFIX@_POOLS; }
//%end

@PREFIX@_API void *@prefix@_aligned_realloc(void *ptr, size_t alignment, size_t size)
{
//%if fails_large
    const size_t most = @PREFIX@_PASSTHROUGH ? @PREFIX@_LARGEST : PTRDIFF_MAX; /* malloc is not to resize one to more */
    if (ptr == NULL || size > most || !@prefix@_is_alignment(alignment)) {
//%else
    if (ptr == NULL || size > PTRDIFF_MAX || !@prefix@_is_alignment(alignment)) {
//%end
//%if plain
        return @prefix@_request(alignment, size); /* which is NULL unless it is one for a first block */
//%else
        return @prefix@_request(alignment, size, false); /* which says what is wrong, if anything is */
//%end
    }
//%if front_checks
    if (@prefix@_is_place(ptr)) {
        return @prefix@_move_place(ptr, alignment, size);
    }
//%end
//%if look_up
    const size_t pool = @prefix@_look_up(ptr);
//%else
    const size_t pool = @prefix@_find(ptr);
//%end
//%if hardened
    const size_t wanted = @prefix@_pool_for(alignment, size);
//%else
    const size_t wanted = @prefix@_select_aligned(alignment, size);
//%end
//%if oversize_os
    if (pool == @PREFIX@_POOLS && wanted == @PREFIX@_POOLS) {
//%if threads_critical
        const uintptr_t state = @PREFIX@_ENTER();
        void *const resized = @prefix@_big_resize(ptr, alignment, size);
        @PREFIX@_LEAVE(state);
//%else
        void *const resized = @prefix@_big_resize(ptr, alignment, size);
//%end
        if (resized != NULL) {
            return resized;
        }
    }
//%else
//%if tools
    const size_t promised = alignment > @alignment@ ? alignment : @alignment@;
//%if fails_large
    if (@PREFIX@_PASSTHROUGH && promised <= @PREFIX@_MALLOC_ALIGNMENT && size >= promised) {
//%else
    if (pool == @PREFIX@_POOLS && wanted == @PREFIX@_POOLS && promised <= @PREFIX@_MALLOC_ALIGNMENT && size >= promised) {
//%end
        return realloc(ptr, size);
    }
//%end
//%end
//%if harden_full
    /* It stays where it is, unless most of the block would be unused and a smaller one is to be
       had, or a tool is to find old pointers to it. */
    const size_t usable = @prefix@_usable_size(ptr);
    const size_t room = pool != @PREFIX@_POOLS ? @prefix@_room(pool) : usable;
    const bool fits = size <= room && ((uintptr_t)ptr & (alignment - 1)) == 0;
//%if tools
    const bool apt = !@PREFIX@_PASSTHROUGH && (size >= room / 4 || (pool != @PREFIX@_POOLS && wanted >= pool));
    if (fits && apt && !@PREFIX@_WATCH) {
//%else
    const bool least = pool != @PREFIX@_POOLS && wanted >= pool;
    if (fits && (size >= room / 4 || least)) {
//%end
        return @prefix@_fit(pool, ptr, usable, size);
    }
//%include moved.c
    if (moved == NULL) {
        return fits ? @prefix@_fit(pool, ptr, usable, size) : NULL;
    }
//%else
//%if tools
    /* It stays where it is, unless most of the block would be unused and a smaller one is to be
       had, or a tool is to find old pointers to it. */
    const size_t usable = @prefix@_usable_size(ptr);
    const size_t bytes = @PREFIX@_WATCH && pool != @PREFIX@_POOLS ? @prefix@_shapes[pool].size : usable;
    const bool fits = size <= bytes && ((uintptr_t)ptr & (alignment - 1)) == 0;
    const bool apt = !@PREFIX@_PASSTHROUGH && (size >= bytes / 4 || (pool != @PREFIX@_POOLS && wanted >= pool));
    if (fits && apt && !@PREFIX@_WATCH) {
        return ptr;
    }
//%include moved.c
    if (moved == NULL && fits && pool != @PREFIX@_POOLS) {
        @PREFIX@_RESIZE(ptr, usable, size + (size == 0), bytes);
    }
    if (moved == NULL) {
        return fits ? ptr : NULL;
    }
//%else
    /* It stays where it is, unless most of the block would be unused and a smaller one is to be
       had. */
    const size_t usable = @prefix@_usable_size(ptr);
    const bool fits = size <= usable && ((uintptr_t)ptr & (alignment - 1)) == 0;
    const bool least = pool != @PREFIX@_POOLS && wanted >= pool;
    if (fits && (size >= usable / 4 || least)) {
        return ptr;
    }
//%include moved.c
    if (moved == NULL) {
        return fits ? ptr : NULL;
    }
//%end
//%end
//%if maps
    if (pool == @PREFIX@_POOLS) {
//%if threads_critical
        const uintptr_t state = @PREFIX@_ENTER();
        @prefix@_big_open(ptr);
        @PREFIX@_LEAVE(state);
//%else
        @prefix@_big_open(ptr);
//%end
    }
//%end
    memcpy(moved, ptr, size < usable ? size : usable);
    @prefix@_free(ptr);
    return moved;
}

@PREFIX@_API void *@prefix@_realloc(void *ptr, size_t size) { return @prefix@_aligned_realloc(ptr, 1, size); }

@PREFIX@_API void @prefix@_thread_flush(void)
{
//%if caches
    if (@own_cache@ != &@prefix@_dead) {
        @prefix@_leave(&@prefix@_unborn);
    }
//%end
}

@PREFIX@_API size_t @prefix@_trim(void)
{
//%if target_bare
    return 0;
//%else
    size_t given = 0;
//%if system
//%if threads_critical
    const uintptr_t state = @PREFIX@_ENTER();
//%end
//%if errno
    const int saved = errno;
//%end
//%if spans
//%if tools
    @prefix@_end_delays();
//%end
//%if harden_full
    for (size_t pool = 0; pool < @PREFIX@_POOLS; pool++) {
        @prefix@_end_quarantine(pool);
    }
//%end
    @prefix@_thread_flush();
//%if !direct
    for (size_t pool = 0; pool < @PREFIX@_POOLS; pool++) {
//%if !threads_shared
        if (@prefix@_pools[pool].fresh != 0) {
            @prefix@_give_window(pool, @prefix@_pools[pool].window, @prefix@_pools[pool].fresh);
            @prefix@_pools[pool].fresh = 0;
        }
//%end
        while (@prefix@_settle(pool, true)) {
        }
    }
//%end
    uint32_t group = 0;
    do {
        @prefix@_purge_group(group, true, &given);
//%if exhausted_grow
        for (size_t more = 1; more != 0 && group >= @PREFIX@_STATIC_GROUPS; given += more) {
            more = @prefix@_purge_store(group, true);
        }
//%end
        group = @prefix@_next_group(group);
    } while (group != 0);
//%end
//%if oversize_os
    given += @prefix@_big_trim();
//%end
//%if threads_critical
    @PREFIX@_LEAVE(state);
//%end
//%if errno
    errno = saved;
//%end
//%end
    return given;
//%end
}

@PREFIX@_API bool @prefix@_idle(void)
{
//%if ticks
//%if errno
    const int saved = errno;
//%end
//%if threads_critical
    const uintptr_t state = @PREFIX@_ENTER();
//%end
//%if auto_release
    bool more = !@PREFIX@_PASSTHROUGH && @prefix@_look();
//%else
    bool more = false;
//%end
//%if decays
    more = @prefix@_big_decay(@prefix@_milliseconds()) || more;
//%end
//%if threads_critical
    @PREFIX@_LEAVE(state);
//%end
//%if errno
    errno = saved;
//%end
    return more;
//%else
    return false;
//%end
}

//%include stats.c

//%if stats_profile
//%include profile_write.c

//%end
//%include check.c
