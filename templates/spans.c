/* Part of allocator.c, where blocks are given back: how memory is cut, and what is known of it. */
/* ---- Spans ----
 *
 * A span is adjacent blocks of one pool. It has a bit for each, which is set while the block is
 * out of the span, and a state that counts those. Whoever takes adds to the count first, which is
 * the right to so many blocks, and then sets bits; whoever gives clears bits, and then subtracts.
 * So a span whose count is 0 has all its blocks, and memory that is all zero is free.
//%if caches
 * What is out is in use, or in the hands of one thread: on a list of its cache, in its window, or
 * in a batch of the depot.
//%else
 * What is out is in use, or in the hands of the one that takes or gives it.
//%end
 *
//%if exhausted_grow
 * Static spans are numbered first and stay with their pool; a block's number in its arena says
 * which it is in. Behind them every granule of growth has a number, by its address; a span there
 * is a few of them, aligned to their number, and has that of the first. Who brings its count to 0
 * and claims it by compare-exchange gives it to the store, where any pool may take it. 64 spans
 * are a group. */
//%else
 * A span stays with its pool; a block's number in its arena says which it is in. 64 spans are a
 * group. */
//%end

enum {
    @PREFIX@_SPAN_WORDS = @span_words@, /* of bits, in the span with the most blocks */
//%if exhausted_grow
    @PREFIX@_ROW_WORDS = @row_words@,   /* of those that lie side by side: a cache line at most */
    @PREFIX@_ROWS = @span_words@ / @PREFIX@_ROW_WORDS + (@span_words@ % @PREFIX@_ROW_WORDS != 0),
//%end
    @PREFIX@_STATIC_SPANS = @static_spans@,
    @PREFIX@_STATIC_GROUPS = @static_groups@,
//%if exhausted_grow
    @PREFIX@_GRANULE_SHIFT = @granule_shift@, /* 64 KiB, the largest page in use, or more for large blocks */
    @PREFIX@_PART_SHIFT = @PREFIX@_GRANULE_SHIFT + 6, /* a group: what the system is asked for */
    @PREFIX@_HEAD_GRANULES = @head_granules@, /* of a part, for its struct @prefix@_part */
    @PREFIX@_LIMIT = @limit_granules@, /* granules of all parts */
    /* Groups that a pointer can be in: for the limit and some parts whose addresses others use;
       where addresses are short, all there are. */
    @PREFIX@_GROUPS = sizeof(void *) < 8 ? @groups_short@ : @groups@,
//%else
    @PREFIX@_GROUPS = @PREFIX@_STATIC_GROUPS,
//%end
    /* What one call does at most: */
//%if !direct
    @PREFIX@_SLICE = 32,       /* blocks given to their spans by a free, some 1 us */
//%end
    @PREFIX@_ENOUGH_SPANS = 8, /* spans that a batch is taken from */
//%if threads_shared
    @PREFIX@_SEARCHES = 8,     /* of a pool at its end, while others give blocks to it */
//%end
//%if caches
    @PREFIX@_DEPOT_SLOTS = @depot_slots@, /* batches of a pool: two times 4,096 blocks, one filled while one empties */
//%end
//%if auto_release
    @PREFIX@_LOOK_CALLS = @look_calls@,   /* slow calls, of which one reads the clock, some 20 ns */
//%end
};
//%if exhausted_grow
#define @PREFIX@_GRANULE ((size_t)1 << @PREFIX@_GRANULE_SHIFT)
#define @PREFIX@_PART ((size_t)1 << @PREFIX@_PART_SHIFT)
//%end

struct @prefix@_span {
    _Alignas(64) @atomic_u64@ state; /* {pool plus one, or 0 of none:32, blocks out:32} */
    @atomic_u64@ used;  /* blocks below this may have been used since the pool has the span */
    @atomic_u64@ seen;  /* the state at the last look, and what came of it; 0 after a take */
    unsigned char *base; /* the first block */
    uint32_t number;     /* among all spans */
//%if exhausted_grow
    uint32_t blocks;     /* of a static span */
    uint32_t row;        /* words from a row of its bits to the next */
    @atomic_u64@ *out;   /* the first row */
//%else
    uint32_t blocks;
//%end
};

/* What threads share of a pool. Each pool has cache lines of its own. */
static struct @prefix@_pool {
//%if threads_shared
    _Alignas(128) @atomic_u64@ opened; /* static spans in use */
    @atomic_u64@ given;     /* changes when blocks came, where a search may have looked in vain */
//%else
    @atomic_u64@ opened;    /* static spans in use */
//%end
    @atomic_u64@ fallbacks; /* requests that it could not serve */
    @atomic_u64@ carved;    /* blocks used of its static spans */
    @atomic_u64@ lowered;   /* the one hint of `partial` that is being lowered; 0: none */
//%if exhausted_grow
    @atomic_u64@ held;      /* blocks used of its spans of growth */
    @atomic_u64@ grown;     /* most of them */
//%end
//%if !stats_off
    @atomic_u64@ allocs, frees; /* past any thread's cache */
//%if caches
    @atomic_u64@ unused;        /* blocks that count as used, and only windows held, at most */
//%end
//%end
//%if caches
    /* The depot: full batches, by their first block, for a fast hand-over between threads. */
    _Alignas(128) _Atomic(struct @prefix@_block *) depot[@PREFIX@_DEPOT_SLOTS];
    _Atomic(struct @prefix@_block *) seen[@PREFIX@_DEPOT_SLOTS]; /* what lay there at the last look */
//%end
//%if !threads_shared
    struct @prefix@_block *old; /* what was free at the last look and was not needed since */
    unsigned char *window;      /* fresh blocks: the first, and how many */
    uint32_t fresh, origin;
//%end
    @atomic_u64@ partial[(@PREFIX@_GROUPS + 63) / 64]; /* hints: groups with free blocks */
} @prefix@_pools[@PREFIX@_POOLS];

static struct @prefix@_span @prefix@_static_spans[@PREFIX@_STATIC_SPANS];
static @atomic_u64@ @prefix@_static_out[@PREFIX@_STATIC_SPANS][@PREFIX@_SPAN_WORDS];
static @atomic_u64@ @prefix@_static_partial[@PREFIX@_STATIC_GROUPS][@PREFIX@_POOLS]; /* as in a part */

//%if exhausted_grow
/* A part of growth starts with what is known of it. Zeroed by the system it is all free and
   clean. */
struct @prefix@_part {
    @atomic_u64@ taken; /* granules that are not in the store */
    @atomic_u64@ dirty; /* granules that hold what somebody wrote */
    @atomic_u64@ idle;  /* granules that were in the store, and dirty, at the last look */
    uint64_t outside;   /* granules that are not there, or hold this */
//%if guards
    @atomic_u64@ accessible; /* granules that some pool had */
//%end
    uint32_t granules;
    uint32_t older;     /* group of the part that was opened before; 0: none */
    @atomic_u64@ partial[@PREFIX@_POOLS]; /* hints: spans of the pool that may have free blocks */
    /* The spans' bits, row by row, so that pages of words that no span needs are not touched. */
    _Alignas(64) @atomic_u64@ out[@PREFIX@_ROWS][64][@PREFIX@_ROW_WORDS];
    struct @prefix@_span spans[64];
//%if hardened
    @atomic_u8@ states[@PREFIX@_PART >> @state_shift@]; /* of blocks, by their addresses */
//%end
};
_Static_assert(sizeof(struct @prefix@_part) <= @PREFIX@_HEAD_GRANULES * @PREFIX@_GRANULE,
               "a part holds its head");

static @atomic_address@ @prefix@_origin; /* where a granule numbered 0 would be; 0: not known yet */
static @atomic_u64@ @prefix@_opened; /* {newest part's group:20, one past the last:20, granules:24} */
static @atomic_u64@ @prefix@_stocked[(@PREFIX@_GROUPS + 63) / 64]; /* hints: groups in the store */
static @atomic_u64@ @prefix@_lowered; /* the one of these that is being lowered; 0: none */

/* The pool of each granule, plus one; 0 while it has none. */
static @atomic_owner@ @prefix@_owners[@PREFIX@_GROUPS * 64];

static unsigned char *@prefix@_granule(size_t number)
{
    return (unsigned char *)(@PREFIX@_LOAD(&@prefix@_origin, relaxed) + (number << @PREFIX@_GRANULE_SHIFT));
}

static struct @prefix@_part *@prefix@_part(uint32_t group)
{
    return (struct @prefix@_part *)(void *)@prefix@_granule((size_t)group * 64);
}

/* Pool of a pointer into growth, or @PREFIX@_POOLS. */
static inline size_t @prefix@_grown_pool(const void *ptr)
{
    const size_t granule = (size_t)((uintptr_t)ptr - @PREFIX@_LOAD(&@prefix@_origin, relaxed)) >> @PREFIX@_GRANULE_SHIFT;
    size_t owner = 0;
    if (granule < sizeof @prefix@_owners / sizeof @prefix@_owners[0]) {
        owner = @PREFIX@_LOAD(&@prefix@_owners[granule], relaxed);
    }
    return owner != 0 ? owner - 1 : @PREFIX@_POOLS;
}

static bool @prefix@_is_static(uint32_t number) { return number < @PREFIX@_STATIC_SPANS; }

//%end
static struct @prefix@_span *@prefix@_span(uint32_t number)
{
//%if exhausted_grow
    if (!@prefix@_is_static(number)) {
        return &@prefix@_part(number / 64)->spans[number % 64];
    }
//%end
    return &@prefix@_static_spans[number];
}

/* A word of a span's bits. */
static @atomic_u64@ *@prefix@_word(const struct @prefix@_span *span, uint32_t word)
{
//%if exhausted_grow
    return span->out + (size_t)(word / @PREFIX@_ROW_WORDS) * span->row + word % @PREFIX@_ROW_WORDS;
//%else
    return &@prefix@_static_out[span->number][word];
//%end
}

//%if exhausted_grow
/* Blocks of a span while the pool has it: not read from it, since it may be another's by now. */
static uint32_t @prefix@_blocks(size_t pool, const struct @prefix@_span *span)
{
    return @prefix@_is_static(span->number) ? span->blocks : @prefix@_shapes[pool].span_blocks;
}
//%else
static uint32_t @prefix@_blocks(size_t pool, const struct @prefix@_span *span)
{
    (void)pool;
    return span->blocks;
}
//%end

static @atomic_u64@ *@prefix@_partial(uint32_t group, size_t pool)
{
//%if exhausted_grow
    if (group >= @PREFIX@_STATIC_GROUPS) {
        return &@prefix@_part(group)->partial[pool];
    }
//%end
    return &@prefix@_static_partial[group][pool];
}

/* The group after this one: static ones first, then parts, the newest first; 0 at the end. */
static uint32_t @prefix@_next_group(uint32_t group)
{
    if (group + 1 < @PREFIX@_STATIC_GROUPS) {
        return group + 1;
    }
//%if exhausted_grow
    const bool is_last = group + 1 == @PREFIX@_STATIC_GROUPS;
    return is_last ? (uint32_t)(@PREFIX@_LOAD(&@prefix@_opened, acquire) >> 44) : @prefix@_part(group)->older;
//%else
    return 0;
//%end
}

/* How often a block fits before `offset`: a multiplication, where a division takes longer (T.
   Granlund and P. L. Montgomery, Division by Invariant Integers using Multiplication, 1994). */
static uint32_t @prefix@_blocks_before(size_t pool, size_t offset)
{
    return (uint32_t)(offset * @prefix@_shapes[pool].inverse >> @prefix@_shapes[pool].inverse_shift);
}

/* The span of a pointer into `pool` and its block's number there; NULL if it is no block's start. */
static struct @prefix@_span *@prefix@_locate(size_t pool, const void *ptr, uint32_t *block)
{
    const struct @prefix@_shape *const shape = &@prefix@_shapes[pool];
    size_t offset = @prefix@_offset(ptr);
    uint32_t number;
//%if exhausted_grow
    if (offset >= @PREFIX@_ARENA_BYTES) {
        offset = (size_t)((uintptr_t)ptr - @PREFIX@_LOAD(&@prefix@_origin, relaxed));
        number = (uint32_t)(offset >> @PREFIX@_GRANULE_SHIFT) & -shape->granules;
        *block = @prefix@_blocks_before(pool, offset - ((size_t)number << @PREFIX@_GRANULE_SHIFT));
    } else {
//%else
    {
//%end
        *block = @prefix@_blocks_before(pool, offset - shape->offset);
        if (*block >= shape->initial_count) {
            return NULL; /* padding */
        }
        number = shape->first_span + (*block >> shape->span_shift);
        *block &= ((uint32_t)1 << shape->span_shift) - 1;
    }
    struct @prefix@_span *const span = @prefix@_span(number);
    return *block < @prefix@_blocks(pool, span) && ptr == span->base + *block * shape->size ? span : NULL;
}

static uint32_t @prefix@_lowest(uint64_t bits) { return (uint32_t)__builtin_ctzll(bits); }
static uint32_t @prefix@_highest(uint64_t bits) { return 63 - (uint32_t)__builtin_clzll(bits); }
static uint32_t @prefix@_count_bits(uint64_t bits) { return (uint32_t)__builtin_popcountll(bits); }

/* The bits of blocks [from, to) in the word where the first of them is. */
static uint64_t @prefix@_bits_of(uint32_t from, uint32_t to)
{
    const uint64_t bits = UINT64_MAX << from % 64;
    return to - from < 64 - from % 64 ? bits & ~(UINT64_MAX << to % 64) : bits;
}

/* ---- Hints ----
 *
 * A hint is raised after what it speaks of came to be, and lowered by whoever finds nothing, and
 * who then looks again. Sequential consistency is needed, since one thread writes the thing and
 * then reads the hint, and another writes the hint and then reads the thing. */

static bool @prefix@_is_raised(@atomic_u64@ *hints, uint32_t index)
{
    return (@PREFIX@_LOAD(&hints[index / 64], seq_cst) >> index % 64 & 1) != 0;
}

static void @prefix@_raise(@atomic_u64@ *hints, uint32_t index)
{
    if (!@prefix@_is_raised(hints, index)) {
        @PREFIX@_OR(&hints[index / 64], (uint64_t)1 << index % 64, seq_cst);
    }
}

static void @prefix@_lower(@atomic_u64@ *hints, uint32_t index)
{
    @PREFIX@_AND(&hints[index / 64], ~((uint64_t)1 << index % 64), seq_cst);
}

/* A hint about a group stands for up to 64 spans, and must not hide them while whoever lowered it
   has not looked again: he says first which it is, plus one, and searches look there too. One hint
   is lowered at a time; others stay raised. */
static bool @prefix@_may_lower(@atomic_u64@ *lowered, uint32_t group)
{
    uint64_t none = 0;
    return @PREFIX@_CAS(lowered, &none, (uint64_t)group + 1, seq_cst, relaxed);
}

static uint64_t @prefix@_hinted(@atomic_u64@ *hints, @atomic_u64@ *lowered, uint32_t word)
{
    const uint64_t groups = @PREFIX@_LOAD(&hints[word], seq_cst);
    const uint64_t group = @PREFIX@_LOAD(lowered, seq_cst) - 1;
    return group / 64 == word ? groups | (uint64_t)1 << group % 64 : groups;
}

/* Words of hints about groups. */
static uint32_t @prefix@_hint_words(void)
{
//%if exhausted_grow
    const uint32_t end = (uint32_t)(@PREFIX@_LOAD(&@prefix@_opened, acquire) >> 24) & 0xfffff;
    return ((end != 0 ? end : @PREFIX@_STATIC_GROUPS) + 63) / 64;
//%else
    return (@PREFIX@_GROUPS + 63) / 64;
//%end
}

/* Says that a group has spans with free blocks for a pool, and to searches that may just have looked
   in vain that they should again. */
static void @prefix@_raise_group(size_t pool, uint32_t group)
{
    @prefix@_raise(@prefix@_pools[pool].partial, group);
//%if threads_shared
    @PREFIX@_ADD(&@prefix@_pools[pool].given, 1, release);
//%end
}

/* Says that a span may have free blocks for its pool. */
static void @prefix@_raise_partial(size_t pool, uint32_t number)
{
    @prefix@_raise(@prefix@_partial(number / 64, pool), number % 64);
    @prefix@_raise_group(pool, number / 64);
}
