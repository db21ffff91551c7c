/* Part of allocator.c: requests that no pool serves. */
/* ---- Oversize requests, and those that a pool at its end cannot serve ---- */

//%if shared
static _Atomic(size_t) @prefix@_oversize; /* requests larger than the largest pool */
//%else
static size_t @prefix@_oversize; /* requests larger than the largest pool */
//%end

//%if headers
/* Lies in the bytes before a block that no pool served. */
struct @prefix@_big {
    size_t bytes;    /* of the whole mapping, or of malloc's block */
    size_t before;   /* bytes of it before the block */
//%if upstream
    size_t mapped;   /* 1: an own mapping; 0: from malloc */
//%end
    uintptr_t check; /* of address and length, so that a stray pointer is seen */
};
enum { @PREFIX@_BIG_HEADER = 64 }; /* keeps blocks aligned to a cache line */
_Static_assert(sizeof(struct @prefix@_big) <= @PREFIX@_BIG_HEADER, "the header fits before the block");

static struct @prefix@_big *@prefix@_big(uintptr_t ptr)
{
    return (void *)(ptr - @PREFIX@_BIG_HEADER);
}

static uintptr_t @prefix@_big_check(const void *ptr, const struct @prefix@_big *big)
{
    return ((uintptr_t)ptr ^ (big->bytes + big->before)) * (uintptr_t)0x9e3779b97f4a7c15;
}

/* The header of a block that no pool served; aborts if `ptr` is not one. */
static struct @prefix@_big *@prefix@_big_of(const void *ptr)
{
    struct @prefix@_big *const big = @prefix@_big((uintptr_t)ptr);
    if ((uintptr_t)ptr % 16 != 0 || big->check != @prefix@_big_check(ptr, big)) {
        @prefix@_abort("a pointer that this allocator did not return");
    }
    return big;
}

//%end
//%if maps
/* Own mappings: */
//%if shared
static _Atomic(size_t) @prefix@_mapped_bytes; /* in use or kept */
//%else
static size_t @prefix@_mapped_bytes; /* in use or kept */
//%end

static size_t @prefix@_page_round(size_t bytes)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (bytes + page - 1) & ~(page - 1);
}

/* A few freed mappings are kept, with the pages they have, since taking pages from the system
   costs more than most programs do with them. */
enum {
    @PREFIX@_KEPT = 16,             /* mappings kept at most */
    @PREFIX@_KEPT_BYTES = 24 << 20, /* bytes kept at most */
    @PREFIX@_KEPT_EXCESS = 4        /* a kept mapping serves requests down to this share of it */
};
static struct {
//%if shared
    _Atomic(uintptr_t) base; /* of the mapping; 0 = none */
    _Atomic(size_t) bytes;   /* a hint for those that do not own it */
//%if auto_release
    _Atomic(uint32_t) idle;  /* looks that it has stayed for */
//%end
//%else
    uintptr_t base; /* of the mapping; 0 = none */
    size_t bytes;
//%end
} @prefix@_kept[@PREFIX@_KEPT];

//%if shared
static uintptr_t @prefix@_take_kept(size_t slot)
{
    uintptr_t base = @PREFIX@_LOAD(&@prefix@_kept[slot].base, relaxed);
    while (base != 0 && !@PREFIX@_CAS(&@prefix@_kept[slot].base, &base, 0, acquire, relaxed)) {
    }
    return base;
}

/* Puts a mapping into a slot; false if it is in use. The mapping's own first word holds its
   length, which the hint may miss. */
static bool @prefix@_put_kept(size_t slot, uintptr_t base, size_t bytes)
{
    uintptr_t none = 0;
    *(size_t *)base = bytes;
    if (@PREFIX@_LOAD(&@prefix@_kept[slot].base, relaxed) != 0 ||
        !@PREFIX@_CAS(&@prefix@_kept[slot].base, &none, base, release, relaxed)) {
        return false;
    }
    @PREFIX@_STORE(&@prefix@_kept[slot].bytes, bytes, relaxed);
//%if auto_release
    @PREFIX@_STORE(&@prefix@_kept[slot].idle, 0, relaxed);
//%end
    return true;
}
//%else
static uintptr_t @prefix@_take_kept(size_t slot)
{
    const uintptr_t base = @prefix@_kept[slot].base;
    @prefix@_kept[slot].base = 0;
    return base;
}

static bool @prefix@_put_kept(size_t slot, uintptr_t base, size_t bytes)
{
    if (@prefix@_kept[slot].base != 0) {
        return false;
    }
    *(size_t *)base = bytes;
    @prefix@_kept[slot].base = base;
    @prefix@_kept[slot].bytes = bytes;
    return true;
}
//%end

static void @prefix@_unmap(uintptr_t base, size_t bytes)
{
    munmap((void *)base, bytes);
//%if shared
    @PREFIX@_ADD(&@prefix@_mapped_bytes, -bytes, relaxed);
//%else
    @prefix@_mapped_bytes -= bytes;
//%end
}

/* Bytes in a slot, as far as the caller can know without owning them; 0 = empty. */
static size_t @prefix@_kept_bytes(size_t slot)
{
//%if shared
    return @PREFIX@_LOAD(&@prefix@_kept[slot].base, relaxed) != 0
               ? @PREFIX@_LOAD(&@prefix@_kept[slot].bytes, relaxed)
               : 0;
//%else
    return @prefix@_kept[slot].base != 0 ? @prefix@_kept[slot].bytes : 0;
//%end
}

/* The kept mapping that fits `bytes` best, or 0; *bytes becomes its length. */
static uintptr_t @prefix@_reuse_kept(size_t *bytes)
{
    size_t best = @PREFIX@_KEPT;
    size_t best_bytes = SIZE_MAX;
    for (size_t slot = 0; slot < @PREFIX@_KEPT; slot++) {
        const size_t there = @prefix@_kept_bytes(slot);
        if (there >= *bytes && there / @PREFIX@_KEPT_EXCESS <= *bytes && there < best_bytes) {
            best = slot;
            best_bytes = there;
        }
    }
    const uintptr_t base = best < @PREFIX@_KEPT ? @prefix@_take_kept(best) : 0;
    if (base == 0) {
        return 0;
    }
    const size_t there = *(const size_t *)base;
    if (there >= *bytes) {
        *bytes = there;
        return base;
    }
    if (!@prefix@_put_kept(best, base, there)) {
        @prefix@_unmap(base, there);
    }
    return 0;
}

/* Makes room for `bytes` more kept ones by unmapping smaller mappings; false if that is not
   enough. */
static bool @prefix@_make_room(size_t bytes)
{
    for (;;) {
        size_t total = bytes;
        size_t least = bytes;
        size_t slot = @PREFIX@_KEPT;
        for (size_t i = 0; i < @PREFIX@_KEPT; i++) {
            const size_t there = @prefix@_kept_bytes(i);
            total += there;
            if (there != 0 && there < least) {
                least = there;
                slot = i;
            }
        }
        if (total <= @PREFIX@_KEPT_BYTES) {
            return true;
        }
        if (slot == @PREFIX@_KEPT) {
            return false;
        }
        const uintptr_t base = @prefix@_take_kept(slot);
        if (base != 0) {
            @prefix@_unmap(base, *(const size_t *)base);
        }
    }
}

/* Keeps a mapping that is no longer used, in place of smaller ones if need be, or unmaps it. */
static void @prefix@_retire(uintptr_t base, size_t bytes)
{
    if (@prefix@_make_room(bytes)) {
        for (size_t slot = 0; slot < @PREFIX@_KEPT; slot++) {
            if (@prefix@_put_kept(slot, base, bytes)) {
                return;
            }
        }
    }
    @prefix@_unmap(base, bytes);
}

/* Maps a block; NULL with errno ENOMEM. *fresh tells whether its bytes are zero. */
static void *@prefix@_map(size_t alignment, size_t size, bool *fresh)
{
    size_t before = alignment > @PREFIX@_BIG_HEADER ? alignment : @PREFIX@_BIG_HEADER;
    size_t bytes = @prefix@_page_round(size + before);
    uintptr_t base = 0;
    *fresh = false;
    if (alignment <= 4096 && bytes <= @PREFIX@_KEPT_BYTES) {
        base = @prefix@_reuse_kept(&bytes);
    }
    if (base == 0) {
        void *const at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (at == MAP_FAILED) {
            errno = ENOMEM;
            return NULL;
        }
        *fresh = true;
        base = (uintptr_t)at;
        before = ((base + @PREFIX@_BIG_HEADER + alignment - 1) & ~(alignment - 1)) - base;
//%if shared
        @PREFIX@_ADD(&@prefix@_mapped_bytes, bytes, relaxed);
//%else
        @prefix@_mapped_bytes += bytes;
//%end
    }
    void *const ptr = (void *)(base + before);
    struct @prefix@_big *const big = @prefix@_big((uintptr_t)ptr);
    big->bytes = bytes;
    big->before = before;
//%if upstream
    big->mapped = 1;
//%end
    big->check = @prefix@_big_check(ptr, big);
    return ptr;
}

/* Resizes a mapped block without copying: the system moves its pages. */
static void *@prefix@_remap(void *ptr, size_t size)
{
    struct @prefix@_big *big = @prefix@_big((uintptr_t)ptr);
    const size_t before = big->before;
    const size_t old = big->bytes;
    if (size > PTRDIFF_MAX - before - @PREFIX@_KEPT_BYTES) {
        errno = ENOMEM;
        return NULL;
    }
    const size_t bytes = @prefix@_page_round(size + before);
    if (bytes == old || (bytes < old && bytes > old / 2)) {
        return ptr;
    }
    unsigned char *const at = mremap((unsigned char *)ptr - before, old, bytes, MREMAP_MAYMOVE);
    if (at == MAP_FAILED) {
        errno = ENOMEM;
        return NULL;
    }
//%if shared
    @PREFIX@_ADD(&@prefix@_mapped_bytes, bytes - old, relaxed);
//%else
    @prefix@_mapped_bytes += bytes - old;
//%end
    big = @prefix@_big((uintptr_t)at + before);
    big->bytes = bytes;
    big->check = @prefix@_big_check(at + before, big);
    return at + before;
}

//%end
//%if upstream
//%if headers
/* A block from malloc, with the header that tells it from a mapping. */
static void *@prefix@_upstream(size_t alignment, size_t size, bool zero)
{
    alignment = alignment > 16 ? alignment : 16; /* as of every block that has a header */
    const size_t extra = @PREFIX@_BIG_HEADER + alignment;
    unsigned char *const at = malloc(size + extra);
    if (at == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    const size_t before = (((uintptr_t)at + extra) & ~(alignment - 1)) - (uintptr_t)at;
    struct @prefix@_big *const big = @prefix@_big((uintptr_t)at + before);
    big->bytes = size + extra;
    big->before = before;
    big->mapped = 0;
    big->check = @prefix@_big_check(at + before, big);
    return zero ? memset(at + before, 0, size) : at + before;
}
//%else
/* A block from malloc, which frees it too. */
static void *@prefix@_upstream(size_t alignment, size_t size, bool zero)
{
    if (alignment <= _Alignof(max_align_t)) {
        return zero ? calloc(1, size) : malloc(size != 0 ? size : 1);
    }
    void *ptr = NULL;
    if (posix_memalign(&ptr, alignment, size) != 0) {
        errno = ENOMEM;
        return NULL;
    }
    return zero ? memset(ptr, 0, size) : ptr;
}
//%end

//%end
/* A block larger than any pool's, or aligned as none is. */
__attribute__((noinline)) static void *@prefix@_big_alloc(size_t alignment, size_t size, bool zero)
{
//%if shared
    @PREFIX@_ADD(&@prefix@_oversize, 1, relaxed);
//%else
    @prefix@_oversize++;
//%end
//%if wide_alignment
    alignment = alignment > @alignment@ ? alignment : @alignment@;
//%end
//%if !oversize_fail
    if (size == 0) {
        size = 1; /* a block without bytes might have the address of another */
    }
    /* More than there are addresses; below, sums of these are in range. */
    if (alignment > PTRDIFF_MAX / 2 || size > PTRDIFF_MAX - alignment - 4096) {
        errno = ENOMEM;
        return NULL;
    }
//%end
//%if oversize_upstream
    return @prefix@_upstream(alignment, size, zero);
//%end
//%if maps
    bool fresh;
    void *const ptr = @prefix@_map(alignment, size, &fresh);
//%if auto_release
    @prefix@_look_around();
//%end
    return ptr != NULL && zero && !fresh ? memset(ptr, 0, size) : ptr;
//%end
//%if oversize_fail
    (void)alignment, (void)size, (void)zero;
    errno = ENOMEM;
    return NULL;
//%end
}

//%if exhausted_upstream
/* Serves a request that `pool` could not, as the table says; `size` is at least 1. */
__attribute__((noinline)) static void *@prefix@_fall_back(size_t pool, size_t alignment,
                                                      size_t size, bool zero)
//%else
/* Ends a request that `pool` could not serve. */
__attribute__((noinline)) static void *@prefix@_fall_back(size_t pool)
//%end
{
//%if shared
    @PREFIX@_ADD(&@prefix@_pools[pool].fallbacks, 1, relaxed);
//%else
    @prefix@_pools[pool].fallbacks++;
//%end
//%if exhausted_upstream
//%if wide_alignment
    /* As the pool's own blocks are, up to what the table promises. */
    const size_t natural = @prefix@_shapes[pool].size & -@prefix@_shapes[pool].size;
    const size_t promised = natural < @alignment@ ? natural : @alignment@;
    alignment = alignment > promised ? alignment : promised;
//%end
//%end
//%if exhausted_upstream
//%if mixed_exhausted
    if (@prefix@_shapes[pool].exhausted == 'u') {
        return @prefix@_upstream(alignment, size, zero);
    }
    errno = ENOMEM;
    return NULL;
//%else
    return @prefix@_upstream(alignment, size, zero);
//%end
//%else
    errno = ENOMEM;
    return NULL;
//%end
}

/* Frees a block that no pool served, or NULL; keeps errno. */
__attribute__((noinline)) static void @prefix@_big_free(void *ptr)
{
    if (ptr == NULL) {
        return;
    }
//%if headers
    const int saved = errno;
    struct @prefix@_big *const big = @prefix@_big_of(ptr);
    const uintptr_t base = (uintptr_t)ptr - big->before;
    big->check = 0;
//%if upstream
    if (big->mapped == 0) {
        free((void *)base);
        errno = saved;
        return;
    }
//%end
    @prefix@_retire(base, big->bytes);
//%if auto_release
    @prefix@_look_around();
//%end
    errno = saved;
//%else
//%if upstream
    const int saved = errno;
    free(ptr);
    errno = saved;
//%else
    @prefix@_abort("a pointer that this allocator did not return");
//%end
//%end
}

/* Usable bytes of a block that no pool served. */
static size_t @prefix@_big_usable(const void *ptr)
{
//%if headers
    const struct @prefix@_big *const big = @prefix@_big_of(ptr);
    return big->bytes - big->before;
//%else
//%if upstream
    return malloc_usable_size((void *)(uintptr_t)ptr);
//%else
    (void)ptr;
    @prefix@_abort("a pointer that this allocator did not return");
//%end
//%end
}

/* Resizes a block that no pool served to another such size, without copying where possible.
   Returns NULL and sets *done to false where a new block must be allocated instead. */
static void *@prefix@_big_realloc(void *ptr, size_t alignment, size_t size, bool *done)
{
    *done = true;
//%if headers
    const struct @prefix@_big *const big = @prefix@_big_of(ptr);
//%if upstream
    if (big->mapped == 0 || alignment > 4096 || big->before % alignment != 0) {
//%else
    if (alignment > 4096 || big->before % alignment != 0) {
//%end
        *done = false;
        return NULL;
    }
    return @prefix@_remap(ptr, size);
//%else
//%if oversize_upstream
//%if wide_alignment
    (void)ptr, (void)alignment, (void)size; /* realloc knows nothing of alignments */
//%else
    if (alignment <= _Alignof(max_align_t)) {
        return realloc(ptr, size);
    }
//%end
//%else
    (void)ptr, (void)alignment, (void)size;
//%end
    *done = false;
    return NULL;
//%end
}
