/* Part of allocator.c: blocks beyond the initial count, from the operating system. */
/* ---- Growth ----
 *
 * One reservation of address space, taken when first needed and made of segments of @segment_bytes@
 * bytes. The first segments hold what the others need (descriptors and bits); each of the others
 * is given to one pool and committed when it is, so that a reservation costs no memory. */

enum {
    @PREFIX@_SEGMENT_SHIFT = @segment_shift@,
    /* Most segments for blocks; less where addresses are short. */
    @PREFIX@_SEGMENTS = sizeof(void *) < 8 && @segments@ > @segments_short@ ? @segments_short@ : @segments@,
    @PREFIX@_META_START = 4096,          /* bytes before them, for struct @prefix@_growth */
    @PREFIX@_SEGMENT_BATCHES = @segment_batches@
};
#define @PREFIX@_SEGMENT_BYTES ((size_t)1 << @PREFIX@_SEGMENT_SHIFT)
#define @PREFIX@_SEGMENT_META  ((size_t)@segment_meta_bytes@) /* bytes of descriptors and bits of one */

/* Segments that hold the descriptors and bits of `segments` others. */
#define @PREFIX@_META_SEGMENTS(segments) \
    ((@PREFIX@_META_START + (size_t)(segments) * @PREFIX@_SEGMENT_META) / @PREFIX@_SEGMENT_BYTES + 1)

/* Lies at the start of the reservation. */
struct @prefix@_growth {
    uint32_t first;         /* first segment for blocks */
    uint32_t end;           /* one past the last */
//%if shared
    _Atomic(uint32_t) next; /* one past the last that was given to a pool */
//%else
    uint32_t next;          /* one past the last that was given to a pool */
//%end
};

//%if shared
static _Atomic(struct @prefix@_growth *) @prefix@_growth;

/* The pool of each segment, plus one; 0 while it has none. */
static _Atomic(@owner_type@) @prefix@_owners[@PREFIX@_SEGMENTS + @PREFIX@_META_SEGMENTS(@PREFIX@_SEGMENTS)];
/* Relaxed is enough to tell an address; acquire, to look into the reservation. */
#define @PREFIX@_GROWTH() @PREFIX@_LOAD(&@prefix@_growth, relaxed)
#define @PREFIX@_GROWTH_SEEN() @PREFIX@_LOAD(&@prefix@_growth, acquire)
#define @PREFIX@_GROWTH_NEXT(growth) @PREFIX@_LOAD(&(growth)->next, acquire)
#define @PREFIX@_OWNER(segment) @PREFIX@_LOAD(&@prefix@_owners[segment], relaxed)
//%else
static struct @prefix@_growth *@prefix@_growth;

/* The pool of each segment, plus one; 0 while it has none. */
static @owner_type@ @prefix@_owners[@PREFIX@_SEGMENTS + @PREFIX@_META_SEGMENTS(@PREFIX@_SEGMENTS)];
#define @PREFIX@_GROWTH() @prefix@_growth
#define @PREFIX@_GROWTH_SEEN() @prefix@_growth
#define @PREFIX@_GROWTH_NEXT(growth) (growth)->next
#define @PREFIX@_OWNER(segment) @prefix@_owners[segment]
//%end

/* Pool of a pointer into growth, or @PREFIX@_POOLS. */
static inline size_t @prefix@_grown_pool(const void *ptr)
{
    const size_t segment =
        (size_t)((uintptr_t)ptr - (uintptr_t)@PREFIX@_GROWTH()) >> @PREFIX@_SEGMENT_SHIFT;
    if (segment < sizeof @prefix@_owners / sizeof @prefix@_owners[0]) {
        const size_t owner = @PREFIX@_OWNER(segment);
        if (owner != 0) {
            return owner - 1;
        }
    }
    return @PREFIX@_POOLS;
}

static unsigned char *@prefix@_segment(size_t segment)
{
    return (unsigned char *)@PREFIX@_GROWTH() + (segment << @PREFIX@_SEGMENT_SHIFT);
}

/* Descriptors, then bits, of the `index`th segment for blocks. */
static void *@prefix@_segment_meta(size_t index)
{
    return (unsigned char *)@PREFIX@_GROWTH() + @PREFIX@_META_START + index * @PREFIX@_SEGMENT_META;
}

static struct @prefix@_batch *@prefix@_grown_batch(uint32_t index)
{
    struct @prefix@_batch *const batches = @prefix@_segment_meta(index / @PREFIX@_SEGMENT_BATCHES);
    return &batches[index % @PREFIX@_SEGMENT_BATCHES];
}

/* Reserves address space: as much as the table allows, or half of it, and so on, since limits,
   containers, valgrind and sanitizers refuse large reservations. NULL if nothing is to be had. */
static struct @prefix@_growth *@prefix@_reserve(void)
{
    for (size_t segments = @PREFIX@_SEGMENTS; segments > 0; segments /= 2) {
        const size_t end = @PREFIX@_META_SEGMENTS(segments) + segments;
        /* One segment more, so that the first can be aligned to its size. */
        const size_t bytes = (end + 1) << @PREFIX@_SEGMENT_SHIFT;
        unsigned char *const at = mmap(NULL, bytes, PROT_NONE,
                                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (at == MAP_FAILED) {
            continue;
        }
        struct @prefix@_growth *growth =
            (void *)(at + (-(uintptr_t)at & (@PREFIX@_SEGMENT_BYTES - 1)));
        if (mprotect(growth, @PREFIX@_META_START, PROT_READ | PROT_WRITE) != 0) {
            munmap(at, bytes);
            return NULL;
        }
        growth->first = (uint32_t)(end - segments);
        growth->end = (uint32_t)end;
//%if shared
        @PREFIX@_STORE(&growth->next, growth->first, relaxed);
        struct @prefix@_growth *other = NULL;
        if (!@PREFIX@_CAS(&@prefix@_growth, &other, growth, release, acquire)) {
            munmap(at, bytes); /* another thread was first */
            growth = other;
        }
//%else
        growth->next = growth->first;
        @prefix@_growth = growth;
//%end
        return growth;
    }
    return NULL;
}

/* Makes a segment and everything that it and those before it need readable and writable; doing
   it twice does no harm. */
static bool @prefix@_commit(struct @prefix@_growth *growth, uint32_t segment)
{
    const size_t segments = (size_t)segment - growth->first + 1;
    const size_t meta = @PREFIX@_META_START + segments * @PREFIX@_SEGMENT_META;
    return mprotect(growth, meta, PROT_READ | PROT_WRITE) == 0 &&
           mprotect(@prefix@_segment(segment), @PREFIX@_SEGMENT_BYTES, PROT_READ | PROT_WRITE) == 0;
}

//%if shared
/* The pool's first segment after `region`: one that another thread has just been given for it, or
   a new one; 0 if there is none. First the memory, then the owner, so that a failed commit leaves
   everything as it was. Whoever comes by may begin to carve a segment, so that none is lost with a
   thread that stops here, and nobody waits for its owner. O(segments). */
static uint32_t @prefix@_next_segment(size_t pool, uint32_t region)
{
    struct @prefix@_growth *growth = @PREFIX@_GROWTH_SEEN();
    if (growth == NULL) {
        growth = @prefix@_reserve();
        if (growth == NULL) {
            return 0;
        }
    }
    const @owner_type@ mine = (@owner_type@)(pool + 1);
    uint32_t segment = region != 0 ? region + 1 : growth->first;
    for (; segment < growth->end; segment++) {
        @owner_type@ owner = @PREFIX@_LOAD(&@prefix@_owners[segment], acquire);
        if (owner == 0) {
            if (!@prefix@_commit(growth, segment)) {
                return 0;
            }
            if (@PREFIX@_CAS(&@prefix@_owners[segment], &owner, mine, acq_rel, acquire)) {
                owner = mine;
            }
        }
        if (owner == mine) {
            /* Before anybody carves it, so that trim passes no block of it by. */
            uint32_t next = @PREFIX@_GROWTH_NEXT(growth);
            while (next <= segment &&
                   !@PREFIX@_CAS(&growth->next, &next, segment + 1, acq_rel, acquire)) {
            }
            return segment;
        }
    }
    return 0;
}
//%else
/* Gives a new segment to `pool` and returns its number, or 0 if there is none. First the memory,
   then the owner, so that a failed commit leaves everything as it was. */
static uint32_t @prefix@_new_segment(size_t pool)
{
    struct @prefix@_growth *growth = @prefix@_growth;
    if (growth == NULL) {
        growth = @prefix@_reserve();
        if (growth == NULL) {
            return 0;
        }
    }
    const uint32_t segment = growth->next;
    if (segment == growth->end || !@prefix@_commit(growth, segment)) {
        return 0;
    }
    @prefix@_owners[segment] = (@owner_type@)(pool + 1);
    growth->next++;
    return segment;
}
//%end
