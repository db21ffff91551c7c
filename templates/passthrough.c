/* Part of allocator.c: what there is of it where the platform's malloc serves. Left open: an #else for all the rest. */
#if @PREFIX@_PASSTHROUGH
/* ---- Pass-through: the platform's malloc serves every request ---- */

//%if oversize_fail
#define @PREFIX@_MOST @PREFIX@_LARGEST
//%else
#define @PREFIX@_MOST PTRDIFF_MAX
//%end

static void *@prefix@_pass(size_t alignment, size_t size, bool zero)
{
    const bool aligns = alignment != 0 && (alignment & (alignment - 1)) == 0;
    if (!aligns || size > @PREFIX@_MOST) {
        errno = aligns ? ENOMEM : EINVAL;
        return NULL;
    }
    alignment = alignment > @alignment@ ? alignment : @alignment@; /* promised of every large block */
    size += size == 0; /* a block without bytes might have the address of another */
    return @prefix@_upstream(alignment, size, zero);
}

@PREFIX@_API void *@prefix@_alloc(size_t size) { return @prefix@_pass(1, size, false); }
//%if threads_critical
@PREFIX@_API void *@prefix@_alloc_isr(size_t size) { return @prefix@_pass(1, size, false); }
//%end
@PREFIX@_API void *@prefix@_calloc(size_t count, size_t size) { return @prefix@_aligned_calloc(1, count, size); }
@PREFIX@_API void *@prefix@_realloc(void *ptr, size_t size) { return @prefix@_aligned_realloc(ptr, 1, size); }
@PREFIX@_API void *@prefix@_aligned_alloc(size_t alignment, size_t size) { return @prefix@_pass(alignment, size, false); }

@PREFIX@_API void *@prefix@_aligned_calloc(size_t alignment, size_t count, size_t size)
{
    size_t bytes;
    return @prefix@_pass(alignment, __builtin_mul_overflow(count, size, &bytes) ? SIZE_MAX : bytes, true);
}

@PREFIX@_API void *@prefix@_aligned_realloc(void *ptr, size_t alignment, size_t size)
{
    if (ptr != NULL && alignment == 1 && @alignment@ <= @PREFIX@_MALLOC_ALIGNMENT && size >= @PREFIX@_MALLOC_ALIGNMENT && size <= @PREFIX@_MOST) {
        return realloc(ptr, size);
    }
    void *const moved = @prefix@_pass(alignment, size, false);
    if (ptr != NULL && moved != NULL) {
        const size_t usable = @prefix@_upstream_usable(ptr);
        memcpy(moved, ptr, size < usable ? size : usable);
        @prefix@_upstream_free(ptr);
    }
    return moved;
}

@PREFIX@_API void @prefix@_free(void *ptr)
{
    const int saved = errno;
    @prefix@_upstream_free(ptr);
    errno = saved;
}

@PREFIX@_API void @prefix@_free_sized(void *ptr, size_t size) { (void)size, @prefix@_free(ptr); }
@PREFIX@_API void @prefix@_free_aligned_sized(void *ptr, size_t alignment, size_t size) { (void)alignment, @prefix@_free_sized(ptr, size); }

@PREFIX@_API void @prefix@_stats(@prefix@_stats_t *out)
{
    memset(out, 0, sizeof *out);
    out->pool_count = @PREFIX@_POOLS;
    for (size_t pool = 0; pool < @PREFIX@_POOLS; pool++) {
        out->pools[pool].size = @prefix@_shapes[pool].size;
        out->pools[pool].initial_count = @prefix@_shapes[pool].initial_count;
    }
}

@PREFIX@_API size_t @prefix@_usable_size(const void *ptr) { return @prefix@_upstream_usable(ptr); }
@PREFIX@_API size_t @prefix@_good_size(size_t size) { return size; }
@PREFIX@_API bool @prefix@_owns(const void *ptr) { return (void)ptr, false; }
@PREFIX@_API size_t @prefix@_trim(void) { return 0; }
@PREFIX@_API bool @prefix@_idle(void) { return false; }
@PREFIX@_API void @prefix@_thread_flush(void) { }
@PREFIX@_API bool @prefix@_check(void) { return true; }
//%if stats_profile
@PREFIX@_API bool @prefix@_profile_write(FILE *out) { return (void)out, false; }
//%end

#else /* @PREFIX@_PASSTHROUGH */
