/* Part of oversize.c: own mappings, and, where pools ask malloc, its blocks beside them. */
/* ---- Big blocks: mappings of their own ----
 *
 * A block is a range of whole pages that begins with a header. Freed ones are kept for the next
 * request, since pages from the system cost more than most programs do with them: @kept_least_mib@ MiB and as
 * much as is in use, @kept_most_mib@ MiB at most. The least range that fits serves and leaves its rest, or
 * else the largest grows to what is needed; neighbours join.
//%if decays
 * What nobody wanted for @kept_milliseconds@ ms goes back to the system, @kept_step_mib@ MiB at a time.
//%else
 * It goes back to the system in @prefix@_trim only.
//%end
 */

enum {
    @PREFIX@_BIG_HEADER = 64, /* keeps blocks aligned to a cache line */
    @PREFIX@_KEPT = 64, /* ranges that are kept: all are looked at, in 16 cache lines */
    @PREFIX@_KEPT_LEAST = @kept_least_mib@ << 20, /* bytes of them, beside as many as are in use, */
    @PREFIX@_KEPT_MOST = @kept_most_mib@ << 20, /* and at most */
//%if decays
    @PREFIX@_KEPT_MILLISECONDS = @kept_milliseconds@, /* for which a range is kept unused */
    @PREFIX@_KEPT_LOOK = 100, /* milliseconds between two steps of giving back */
    @PREFIX@_KEPT_STEP = @kept_step_mib@ << 20, /* bytes of one: half a millisecond of the system's */
//%end
    @PREFIX@_UNIT_SHIFT = 12, /* of the unit in which ranges are noted: the smallest page */
    @PREFIX@_LENGTH_BITS = 28 /* of a range's length, up to 1 TiB; 36 are left for its start */
};

/* Lies in the bytes before a big block. */
struct @prefix@_big {
    size_t bytes;    /* of the whole range, or of malloc's block */
    size_t before;   /* bytes of it before the block */
//%if upstream
    size_t mapped;   /* 1: an own mapping; 0: from malloc */
//%end
//%if harden_full
    size_t request;  /* bytes */
//%end
    uintptr_t check; /* of address and length, so that a stray pointer is seen */
};
_Static_assert(sizeof(struct @prefix@_big) <= @PREFIX@_BIG_HEADER, "the header fits before the block");

/* A kept range is one word, {start, length} in units, so that it changes hands, whole or in part,
   by one compare-exchange; 0: none. */
static struct {
    @atomic_u64@ range;
//%if decays
    @atomic_u64@ since; /* milliseconds; a hint, which may be that of the range before */
//%end
} @prefix@_kept[@PREFIX@_KEPT];
//%if decays
static @atomic_u64@ @prefix@_kept_looked; /* milliseconds of the last look at them */
//%end
static @atomic_u64@ @prefix@_mapped_bytes; /* in use or kept */

static uint64_t @prefix@_big_at(size_t slot) { return @PREFIX@_LOAD(&@prefix@_kept[slot].range, relaxed); }

/* Replaces a slot's range; false if it is not `old` any more. */
static bool @prefix@_big_swap(size_t slot, uint64_t old, uint64_t range)
{
    return @PREFIX@_CAS(&@prefix@_kept[slot].range, &old, range, acq_rel, relaxed);
}

static uint64_t @prefix@_big_range(uintptr_t start, size_t bytes)
{
    const uint64_t units = bytes >> @PREFIX@_UNIT_SHIFT;
    return bytes == 0 ? 0 : (uint64_t)start >> @PREFIX@_UNIT_SHIFT << @PREFIX@_LENGTH_BITS | units;
}

static uintptr_t @prefix@_big_range_start(uint64_t range)
{
    return (uintptr_t)(range >> @PREFIX@_LENGTH_BITS << @PREFIX@_UNIT_SHIFT);
}

static size_t @prefix@_big_range_bytes(uint64_t range)
{
    return (size_t)(range & (((uint64_t)1 << @PREFIX@_LENGTH_BITS) - 1)) << @PREFIX@_UNIT_SHIFT;
}

static size_t @prefix@_big_round(size_t bytes)
{
    const size_t page = @prefix@_page();
    return (bytes + page - 1) & ~(page - 1);
}

/* Gives a range back. Where the system refuses, since that would split one mapping too many, the
   pages go back nevertheless, and the addresses stay unused. */
static void @prefix@_big_unmap(uintptr_t start, size_t bytes)
{
    if (bytes != 0 && !@prefix@_unmap((void *)start, bytes)) {
        (void)@prefix@_give_back(start, bytes);
    }
    @PREFIX@_ADD(&@prefix@_mapped_bytes, -(uint64_t)bytes, relaxed);
}

/* Unmaps all kept ranges. Returns the bytes. */
static size_t @prefix@_big_trim(void)
{
    size_t given = 0;
    for (size_t slot = 0; slot < @PREFIX@_KEPT; slot++) {
        const uint64_t range = @prefix@_big_at(slot);
        if (range != 0 && @prefix@_big_swap(slot, range, 0)) {
            @prefix@_big_unmap(@prefix@_big_range_start(range), @prefix@_big_range_bytes(range));
            given += @prefix@_big_range_bytes(range);
        }
    }
    return given;
}

//%if decays
/* One step of giving back what was kept too long: a part of the oldest range, from its end. True
   if another step may be due. */
static bool @prefix@_big_decay(uint64_t now)
{
    size_t oldest = @PREFIX@_KEPT;
    uint64_t age = @PREFIX@_KEPT_MILLISECONDS - 1;
    for (size_t slot = 0; slot < @PREFIX@_KEPT; slot++) {
        const uint64_t kept = now - @PREFIX@_LOAD(&@prefix@_kept[slot].since, relaxed);
        if (@prefix@_big_at(slot) != 0 && kept > age) {
            oldest = slot;
            age = kept;
        }
    }
    if (oldest == @PREFIX@_KEPT) {
        return false;
    }
    const uint64_t range = @prefix@_big_at(oldest);
    const uintptr_t start = @prefix@_big_range_start(range);
    const size_t bytes = @prefix@_big_range_bytes(range);
//%if target_windows
    const size_t rest = bytes > @PREFIX@_KEPT_STEP && !@PREFIX@_WHOLE ? bytes - @PREFIX@_KEPT_STEP : 0;
//%else
    const size_t rest = bytes > @PREFIX@_KEPT_STEP ? bytes - @PREFIX@_KEPT_STEP : 0;
//%end
    if (range != 0 && @prefix@_big_swap(oldest, range, @prefix@_big_range(start, rest))) {
        @prefix@_big_unmap(start + rest, bytes - rest);
    }
    return true;
}

//%end
/* Keeps a range that is as new, joined with its neighbours; what would be too much is unmapped. */
static void @prefix@_big_keep(uintptr_t start, size_t bytes)
{
    size_t in_use = (size_t)@PREFIX@_LOAD(&@prefix@_mapped_bytes, relaxed); /* this range included */
    size_t total = 0;
    size_t least = 0;
    size_t least_bytes = SIZE_MAX;
//%if decays
    uint64_t since = @prefix@_milliseconds();
//%end
    for (size_t slot = 0; slot < @PREFIX@_KEPT; slot++) {
        const uint64_t range = @prefix@_big_at(slot);
        const uintptr_t there = @prefix@_big_range_start(range);
        size_t length = @prefix@_big_range_bytes(range);
        in_use -= length;
//%if target_windows
        if (!@PREFIX@_WHOLE && length != 0 && (there + length == start || start + bytes == there) &&
//%else
        if (length != 0 && (there + length == start || start + bytes == there) &&
//%end
            @prefix@_big_swap(slot, range, 0)) {
//%if decays
            if (length > bytes) { /* that of the larger part holds */
                since = @PREFIX@_LOAD(&@prefix@_kept[slot].since, relaxed);
            }
//%end
            start = there < start ? there : start;
            bytes += length;
            length = 0;
        }
        total += length;
        if (length < least_bytes) {
            least = slot;
            least_bytes = length;
        }
    }
    size_t most = @PREFIX@_KEPT_LEAST + in_use;
    most = most < @PREFIX@_KEPT_MOST ? most : @PREFIX@_KEPT_MOST;
    const size_t room = most > total ? @prefix@_big_round(most - total) : 0;
//%if target_windows
    const size_t kept = bytes <= room ? bytes : @PREFIX@_WHOLE ? 0 : room;
//%else
    const size_t kept = bytes < room ? bytes : room;
//%end
    const uint64_t range = @prefix@_big_range(start, kept);
    const uint64_t other = @prefix@_big_at(least);
    if (@prefix@_big_range_bytes(other) >= kept ||
        @prefix@_big_range_start(range) != start || @prefix@_big_range_bytes(range) != kept || /* no room in a word */
        !@prefix@_big_swap(least, other, range)) {
        @prefix@_big_unmap(start, bytes);
        return;
    }
//%if decays
    @PREFIX@_STORE(&@prefix@_kept[least].since, since, relaxed);
//%end
    @prefix@_big_unmap(start + kept, bytes - kept);
    @prefix@_big_unmap(@prefix@_big_range_start(other), @prefix@_big_range_bytes(other));
}

//%if !harden_full
/* Ends the use of a range: it is kept if it can be as new. */
static void @prefix@_big_retire(uintptr_t start, size_t bytes)
{
    if (@prefix@_renew(start, bytes)) {
        @prefix@_big_keep(start, bytes);
    } else {
        @prefix@_big_unmap(start, bytes);
    }
}

//%end
/* Takes at least *bytes from what is kept: of the least range that fits, or of the largest, which
   grows. 0 if there is none. Sets *bytes to the length, and *used to how many of its bytes, from the
   first, may not be zero. */
static uintptr_t @prefix@_big_reuse(size_t *bytes, size_t *used)
{
    const size_t want = *bytes;
    size_t best = 0;
    uint64_t range = 0;
    size_t length = 0;
    for (size_t slot = 0; slot < @PREFIX@_KEPT; slot++) {
        const uint64_t other = @prefix@_big_at(slot);
        const size_t there = @prefix@_big_range_bytes(other);
        if (length >= want ? there >= want && there < length : there > length) {
            best = slot;
            range = other;
            length = there;
        }
    }
    const uintptr_t start = @prefix@_big_range_start(range);
    if (length < want) {
        if (length == 0 || !@prefix@_big_swap(best, range, 0)) {
            return 0;
        }
        void *const grown = @prefix@_remap(start, length, want, true);
        if (grown == NULL) {
            @prefix@_big_keep(start, length); /* it may consist of several mappings */
            return 0;
        }
        @PREFIX@_ADD(&@prefix@_mapped_bytes, want - length, relaxed);
        *used = length;
        return (uintptr_t)grown;
    }
    /* A small rest goes with the block: crumbs would fill the slots. */
//%if target_windows
    const size_t taken = length - want > want / 8 && !@PREFIX@_WHOLE ? want : length;
    if (@PREFIX@_WHOLE && length / 2 > want) {
        return 0; /* too much would go with it */
    }
//%else
    const size_t taken = length - want > want / 8 ? want : length;
//%end
    if (!@prefix@_big_swap(best, range, @prefix@_big_range(start + taken, length - taken))) {
        return 0;
    }
    *bytes = *used = taken;
    return start;
}

//%if !harden_full
/* Takes what follows on a block, if it is kept. */
static bool @prefix@_big_extend(uintptr_t end, size_t more)
{
    for (size_t slot = 0; slot < @PREFIX@_KEPT; slot++) {
        const uint64_t range = @prefix@_big_at(slot);
        const size_t length = @prefix@_big_range_bytes(range);
        if (@prefix@_big_range_start(range) == end && length >= more) {
            return @prefix@_big_swap(slot, range, @prefix@_big_range(end + more, length - more));
        }
    }
    return false;
}

//%end
static struct @prefix@_big *@prefix@_big(uintptr_t ptr) { return (void *)(ptr - @PREFIX@_BIG_HEADER); }

static uintptr_t @prefix@_big_check(const struct @prefix@_big *big)
{
//%if hardened
    const uintptr_t secret = @PREFIX@_LOAD(&@prefix@_secret, relaxed);
//%if harden_full
    const size_t sizes = big->bytes + 3 * big->before + 5 * big->request;
//%else
    const size_t sizes = big->bytes + 3 * big->before;
//%end
    return ((uintptr_t)big ^ secret ^ sizes) * (uintptr_t)0x9e3779b97f4a7c15;
//%else
    return ((uintptr_t)big ^ (big->bytes + big->before)) * (uintptr_t)0x9e3779b97f4a7c15;
//%end
}

//%if hardened
//%include harden_maps.c
//%else
/* The header of a block that no pool served; aborts if `ptr` is not one. */
static struct @prefix@_big *@prefix@_big_of(const void *ptr)
{
    struct @prefix@_big *const big = @prefix@_big((uintptr_t)ptr);
    if ((uintptr_t)ptr % 16 != 0 || big->check != @prefix@_big_check(big)) {
        @prefix@_abort("a pointer that this allocator did not return");
    }
    return big;
}

//%end
/* Writes a block's header; returns the block. */
//%if upstream
static void *@prefix@_big_head(uintptr_t start, size_t before, size_t bytes, bool mapped)
//%else
static void *@prefix@_big_head(uintptr_t start, size_t before, size_t bytes)
//%end
{
    struct @prefix@_big *const big = @prefix@_big(start + before);
    big->bytes = bytes;
    big->before = before;
//%if upstream
    big->mapped = mapped;
//%end
//%if harden_full
    big->request = bytes - before; /* until it is sealed */
//%end
    big->check = @prefix@_big_check(big);
    return (void *)(start + before);
}

//%if decays
/* Every 100 ms at most a call looks whether something was kept too long. */
static void @prefix@_big_look(void)
{
    const uint64_t now = @prefix@_milliseconds();
    if (now - @PREFIX@_LOAD(&@prefix@_kept_looked, relaxed) >= @PREFIX@_KEPT_LOOK) {
        @PREFIX@_STORE(&@prefix@_kept_looked, now, relaxed);
        (void)@prefix@_big_decay(now);
    }
}

//%end
/* Maps a block; NULL with errno ENOMEM. */
static void *@prefix@_big_map(size_t alignment, size_t size, bool zero)
{
    size_t before = alignment > @PREFIX@_BIG_HEADER ? alignment : @PREFIX@_BIG_HEADER;
//%if hardened
    @prefix@_draw();
//%end
//%if harden_full
    const size_t guard = @prefix@_page();
//%end
    if (before > PTRDIFF_MAX / 2 || size > PTRDIFF_MAX - before - @PREFIX@_PAGE_MOST) {
        errno = ENOMEM;
        return NULL;
    }
//%if harden_full
    before += guard;
    size_t bytes = @prefix@_big_round(size + before) + guard;
    size_t used = 0;
    uintptr_t start = alignment <= @align_most@ ? @prefix@_big_reuse(&bytes, &used) : 0;
    if (start != 0 && !@prefix@_protect(start, bytes, @PREFIX@_READ_WRITE)) {
        @prefix@_big_unmap(start, bytes);
        start = 0;
    }
//%else
    size_t bytes = @prefix@_big_round(size + before);
    size_t used = 0;
    uintptr_t start = alignment <= @align_most@ ? @prefix@_big_reuse(&bytes, &used) : 0;
//%end
    if (start == 0) {
        void *at = @prefix@_obtain(NULL, bytes);
        if (at == NULL && @prefix@_big_trim() != 0) { /* what is kept may be what is missing */
            at = @prefix@_obtain(NULL, bytes);
        }
        if (at == NULL) {
            errno = ENOMEM;
            return NULL;
        }
        @PREFIX@_ADD(&@prefix@_mapped_bytes, bytes, relaxed);
        start = (uintptr_t)at;
//%if harden_full
        before = ((start + guard + @PREFIX@_BIG_HEADER + alignment - 1) & ~(alignment - 1)) - start;
//%else
        before = ((start + @PREFIX@_BIG_HEADER + alignment - 1) & ~(alignment - 1)) - start;
//%end
    }
//%if decays
    @prefix@_big_look();
//%end
//%if upstream
    void *const ptr = @prefix@_big_head(start, before, bytes, true);
//%else
    void *const ptr = @prefix@_big_head(start, before, bytes);
//%end
//%if harden_full
    (void)zero; /* as every block is */
    if (used > before) {
        memset(ptr, 0, size < used - before ? size : used - before);
    }
    @prefix@_big_seal(ptr, size);
    (void)@prefix@_protect(start, guard, @PREFIX@_NO_ACCESS);
    (void)@prefix@_protect(start + bytes - guard, guard, @PREFIX@_NO_ACCESS);
//%else
    if (zero && used > before) {
        memset(ptr, 0, size < used - before ? size : used - before);
    }
//%end
    return ptr;
}

//%if upstream
/* A block from malloc, with the header that tells it from a mapping. */
static void *@prefix@_upstream(size_t alignment, size_t size, bool zero)
{
    alignment = alignment > 16 ? alignment : 16; /* as of every block that has a header */
//%if hardened
    @prefix@_draw();
//%end
    const size_t extra = @PREFIX@_BIG_HEADER + alignment;
    unsigned char *const at = malloc(size + extra);
    if (at == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    const uintptr_t start = (uintptr_t)at;
    const size_t before = ((start + extra) & ~(alignment - 1)) - start;
    void *const ptr = @prefix@_big_head(start, before, size + extra, false);
//%if harden_full
    (void)zero; /* as every block is */
    memset(ptr, 0, size);
    @prefix@_big_seal(ptr, size);
    return ptr;
//%else
    return zero ? memset(ptr, 0, size) : ptr;
//%end
}

//%end
/* Frees a block that no pool served, or NULL; keeps errno. */
__attribute__((noinline)) static void @prefix@_big_free(void *ptr)
{
    if (ptr == NULL) {
        return;
    }
    const int saved = errno;
//%if hardened
    struct @prefix@_big *const big = @prefix@_big_judge(ptr, true);
    const uintptr_t start = (uintptr_t)ptr - big->before;
    const size_t bytes = big->bytes;
//%else
    struct @prefix@_big *const big = @prefix@_big_of(ptr);
    const uintptr_t start = (uintptr_t)ptr - big->before;
    const size_t bytes = big->bytes;
//%end
//%if upstream
    if (!big->mapped) {
//%if hardened
        big->check = ~big->check;
        free((void *)start);
//%else
        big->check = 0;
        free((void *)start);
//%end
        errno = saved;
        return;
    }
//%end
    /* Only then can it be written to for certain. */
    if (@prefix@_renew(start, bytes)) {
//%if hardened
        big->check = ~big->check; /* known, if it is freed again while it is kept */
//%if harden_full
        @prefix@_big_close(ptr, start, bytes);
//%end
        @prefix@_big_keep(start, bytes);
//%else
        big->check = 0;
        @prefix@_big_keep(start, bytes);
//%end
    } else {
        @prefix@_big_unmap(start, bytes);
    }
//%if decays
    @prefix@_big_look();
//%end
    errno = saved;
}

//%if hardened
/* Bytes of a block that may be used. */
static size_t @prefix@_big_usable(const struct @prefix@_big *big)
{
//%if harden_full
    return big->request;
//%else
    return big->bytes - big->before;
//%end
}
//%else
/* Usable bytes of a block that no pool served. */
static size_t @prefix@_big_usable(const void *ptr)
{
    const struct @prefix@_big *const big = @prefix@_big_of(ptr);
    return big->bytes - big->before;
}
//%end

/* Makes all of a mapped block readable and writable, which its owner may have closed. */
static void @prefix@_big_open(const void *ptr)
{
    const struct @prefix@_big *const big = @prefix@_big_of(ptr);
//%if upstream
    if (!big->mapped) {
        return;
    }
//%end
    (void)@prefix@_protect((uintptr_t)ptr - big->before, big->bytes, @PREFIX@_READ_WRITE);
}

//%if !harden_full
/* Resizes a mapped block to another that no pool serves, without copying: a shrunk one leaves its
   end, a larger one takes what follows, or the system moves its pages. NULL where a copy must do:
   the system refuses to move what its owner gave several kinds of protection, locks or advice. */
static void *@prefix@_big_resize(void *ptr, size_t alignment, size_t size)
{
    const struct @prefix@_big *const big = @prefix@_big_of(ptr);
    const size_t before = big->before;
    const size_t old = big->bytes;
    uintptr_t start = (uintptr_t)ptr - before;
//%if upstream
    if (!big->mapped) {
        return NULL;
    }
//%end
    if (((uintptr_t)ptr & (alignment - 1)) != 0 || size > PTRDIFF_MAX - before - @PREFIX@_PAGE_MOST) {
        return NULL;
    }
    const size_t bytes = @prefix@_big_round(size + before);
    if (bytes <= old && bytes > old / 2) {
        return ptr;
    }
//%if target_windows
    if (@PREFIX@_WHOLE) {
        return NULL;
    }
//%end
    @prefix@_big_open(ptr);
    if (bytes < old) {
        @prefix@_big_retire(start + bytes, old - bytes);
    } else if (!@prefix@_big_extend(start + old, bytes - old)) {
        void *const at = @prefix@_remap(start, old, bytes, alignment <= @align_most@);
        if (at == NULL) {
            return NULL;
        }
        @PREFIX@_ADD(&@prefix@_mapped_bytes, bytes - old, relaxed);
        start = (uintptr_t)at;
    }
//%if upstream
    return @prefix@_big_head(start, before, bytes, true);
//%else
    return @prefix@_big_head(start, before, bytes);
//%end
}

//%end
