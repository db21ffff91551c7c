/* Part of allocator.c: the public functions. */
/* ---- Public functions ---- */

//%if direct
static inline void *@prefix@_take_hit(size_t pool)
{
    bool zeroed;
    return @prefix@_take_slow(pool, &zeroed);
}

//%end
/* A block of a pool that has none at hand: carved, or from wherever the table says. */
//%if exhausted_upstream
__attribute__((noinline)) static void *@prefix@_miss(size_t pool, size_t size)
//%else
__attribute__((noinline)) static void *@prefix@_miss(size_t pool)
//%end
{
    bool zeroed = false;
    void *const block = @prefix@_take_slow(pool, &zeroed);
//%if exhausted_upstream
    return block != NULL ? block : @prefix@_fall_back(pool, 1, size, false);
//%else
    return block != NULL ? block : @prefix@_fall_back(pool);
//%end
}

/* Size 0, and more than the largest pool. */
__attribute__((noinline)) static void *@prefix@_alloc_other(size_t size)
{
    if (size == 0) {
        void *const block = @prefix@_take_hit(0);
//%if exhausted_upstream
        return block != NULL ? block : @prefix@_miss(0, 1);
//%else
        return block != NULL ? block : @prefix@_miss(0);
//%end
    }
    return @prefix@_big_alloc(1, size, false);
}

@PREFIX@_API void *@prefix@_alloc(size_t size)
{
    if (!@PREFIX@_LIKELY(size - 1 < @PREFIX@_LARGEST)) {
        return @prefix@_alloc_other(size);
    }
    const size_t pool = @prefix@_select(size);
    void *const block = @prefix@_take_hit(pool);
//%if exhausted_upstream
    return @PREFIX@_LIKELY(block != NULL) ? block : @prefix@_miss(pool, size);
//%else
    return @PREFIX@_LIKELY(block != NULL) ? block : @prefix@_miss(pool);
//%end
}

/* A zeroed block of `pool`: only memory that may have been written to is filled. */
//%if exhausted_upstream
static void *@prefix@_take_zeroed(size_t pool, size_t alignment, size_t size)
//%else
static void *@prefix@_take_zeroed(size_t pool, size_t size)
//%end
{
    bool zeroed = false;
    void *block = @prefix@_take_hit(pool);
    if (block == NULL) {
        block = @prefix@_take_slow(pool, &zeroed);
        if (block == NULL) {
//%if exhausted_upstream
            return @prefix@_fall_back(pool, alignment, size, true);
//%else
            return @prefix@_fall_back(pool);
//%end
        }
    }
    return zeroed ? block : memset(block, 0, size);
}

@PREFIX@_API void *@prefix@_calloc(size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > PTRDIFF_MAX) {
        errno = ENOMEM;
        return NULL;
    }
    if (bytes > @PREFIX@_LARGEST) {
        return @prefix@_big_alloc(1, bytes, true);
    }
    bytes += bytes == 0;
//%if exhausted_upstream
    return @prefix@_take_zeroed(@prefix@_select(bytes), 1, bytes);
//%else
    return @prefix@_take_zeroed(@prefix@_select(bytes), bytes);
//%end
}

static bool @prefix@_bad_alignment(size_t alignment)
{
    if (alignment == 0 || (alignment & (alignment - 1)) != 0) {
        errno = EINVAL;
        return true;
    }
    return false;
}

@PREFIX@_API void *@prefix@_aligned_alloc(size_t alignment, size_t size)
{
    if (@prefix@_bad_alignment(alignment)) {
        return NULL;
    }
    const size_t pool = @prefix@_select_aligned(alignment, size);
    if (pool == @PREFIX@_POOLS) {
        return @prefix@_big_alloc(alignment, size, false);
    }
    bool zeroed = false;
    void *block = @prefix@_take_hit(pool);
    if (block == NULL) {
        block = @prefix@_take_slow(pool, &zeroed);
    }
//%if exhausted_upstream
    return block != NULL ? block : @prefix@_fall_back(pool, alignment, size + (size == 0), false);
//%else
    return block != NULL ? block : @prefix@_fall_back(pool);
//%end
}

@PREFIX@_API void *@prefix@_aligned_calloc(size_t alignment, size_t count, size_t size)
{
    size_t bytes;
    if (@prefix@_bad_alignment(alignment)) {
        return NULL;
    }
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > PTRDIFF_MAX) {
        errno = ENOMEM;
        return NULL;
    }
    const size_t pool = @prefix@_select_aligned(alignment, bytes);
    if (pool == @PREFIX@_POOLS) {
        return @prefix@_big_alloc(alignment, bytes, true);
    }
//%if exhausted_upstream
    return @prefix@_take_zeroed(pool, alignment, bytes + (bytes == 0));
//%else
    return @prefix@_take_zeroed(pool, bytes + (bytes == 0));
//%end
}

/* Frees what is not in the static arenas. */
__attribute__((noinline)) static void @prefix@_free_other(void *ptr)
{
//%if grows
    const size_t pool = @prefix@_grown_pool(ptr);
    if (@PREFIX@_LIKELY(pool != @PREFIX@_POOLS)) {
        @prefix@_give(pool, ptr);
        return;
    }
//%end
//%if maps
    @prefix@_big_free(ptr);
//%else
//%if upstream
    const int saved = errno;
    free(ptr);
    errno = saved;
//%else
    if (ptr != NULL) {
        @prefix@_abort("a pointer that this allocator did not return");
    }
//%end
//%end
}

@PREFIX@_API void @prefix@_free(void *ptr)
{
    const size_t offset = @prefix@_offset(ptr);
    if (!@PREFIX@_LIKELY(offset < @PREFIX@_ARENA_BYTES)) {
        @prefix@_free_other(ptr);
        return;
    }
    @prefix@_give(@prefix@_pool_at(offset), ptr);
}

@PREFIX@_API void @prefix@_free_sized(void *ptr, size_t size)
{
    (void)size;
    @prefix@_free(ptr);
}

@PREFIX@_API void @prefix@_free_aligned_sized(void *ptr, size_t alignment, size_t size)
{
    (void)alignment, (void)size;
    @prefix@_free(ptr);
}

@PREFIX@_API size_t @prefix@_usable_size(const void *ptr)
{
    const size_t pool = @prefix@_find(ptr);
    if (pool != @PREFIX@_POOLS) {
        @prefix@_check_block(pool, ptr);
        return @prefix@_shapes[pool].size;
    }
//%if maps
    return ptr != NULL ? @prefix@_big_usable(ptr) : 0;
//%else
//%if upstream
    return malloc_usable_size((void *)(uintptr_t)ptr);
//%else
    if (ptr != NULL) {
        @prefix@_abort("a pointer that this allocator did not return");
    }
    return 0;
//%end
//%end
}

@PREFIX@_API size_t @prefix@_good_size(size_t size)
{
    return size > @PREFIX@_LARGEST ? size : @prefix@_shapes[@prefix@_select(size + (size == 0))].size;
}

@PREFIX@_API bool @prefix@_owns(const void *ptr)
{
    return @prefix@_find(ptr) != @PREFIX@_POOLS;
}

/* Allocates anew, copies and frees. */
static void *@prefix@_move(void *ptr, size_t alignment, size_t size, size_t usable)
{
    void *const moved = @prefix@_aligned_alloc(alignment, size);
    if (moved != NULL) {
//%if maps
        if (!@prefix@_owns(ptr)) {
            @prefix@_big_open(ptr);
        }
//%end
        memcpy(moved, ptr, size < usable ? size : usable);
        @prefix@_free(ptr);
    }
    return moved;
}

@PREFIX@_API void *@prefix@_aligned_realloc(void *ptr, size_t alignment, size_t size)
{
    if (ptr == NULL) {
        return @prefix@_aligned_alloc(alignment, size);
    }
    if (@prefix@_bad_alignment(alignment)) {
        return NULL;
    }
    if (size > PTRDIFF_MAX) {
        errno = ENOMEM;
        return NULL;
    }
    const size_t pool = @prefix@_find(ptr);
    const size_t wanted = @prefix@_select_aligned(alignment, size);
//%if maps
    if (pool == @PREFIX@_POOLS && wanted == @PREFIX@_POOLS) {
        void *const resized = @prefix@_big_resize(ptr, alignment, size);
        if (resized != NULL) {
            return resized;
        }
    }
//%else
//%if oversize_upstream
    const size_t promised = alignment > @alignment@ ? alignment : @alignment@;
    if (pool == @PREFIX@_POOLS && wanted == @PREFIX@_POOLS && promised <= _Alignof(max_align_t)) {
        return realloc(ptr, size);
    }
//%end
//%end
    /* It stays where it is, unless most of the block would be unused and a smaller one is to be had. */
    const size_t usable = @prefix@_usable_size(ptr);
    const bool fits = size <= usable && ((uintptr_t)ptr & (alignment - 1)) == 0;
    const bool least = pool != @PREFIX@_POOLS && wanted >= pool;
    if (fits && (size >= usable / 4 || least)) {
        return ptr;
    }
    void *const moved = @prefix@_move(ptr, alignment, size, usable);
    return moved == NULL && fits ? ptr : moved;
}

@PREFIX@_API void *@prefix@_realloc(void *ptr, size_t size)
{
    return @prefix@_aligned_realloc(ptr, 1, size);
}

@PREFIX@_API void @prefix@_thread_flush(void)
{
//%if caches
    if (@prefix@_has_cache()) {
        @prefix@_leave_own(&@prefix@_unborn);
    }
//%end
}

@PREFIX@_API size_t @prefix@_trim(void)
{
    size_t given = 0;
//%if system
    const int saved = errno;
    @prefix@_thread_flush();
//%if shared
    if (@prefix@_begin_walk()) {
        for (size_t pool = 0; pool < @PREFIX@_POOLS; pool++) {
            given += @prefix@_release(pool, 0);
        }
        @prefix@_end_walk();
    }
//%else
    for (size_t pool = 0; pool < @PREFIX@_POOLS; pool++) {
        given += @prefix@_release(pool);
    }
//%end
//%if maps
    given += @prefix@_big_trim();
//%end
    errno = saved;
//%end
    return given;
}

//%include stats.c

//%if profile
//%include profile_write.c

//%end
//%include check.c
