/* Part of allocator.c: giving memory back, and checking. */
//%if walks
/* ---- Bits: one for each block, for whoever walks all free blocks of a pool ---- */

//%if shared
static _Atomic(uint32_t) @prefix@_walker; /* process that walks; 0 = none */
//%end
static uint64_t @prefix@_static_bits[@static_words@];

static uint64_t *@prefix@_bits(size_t pool, uint32_t region)
{
//%if grows
    if (region != 0) {
        struct @prefix@_batch *const batches =
            @prefix@_segment_meta(region - @PREFIX@_GROWTH_SEEN()->first);
        return (uint64_t *)(void *)&batches[@PREFIX@_SEGMENT_BATCHES];
    }
//%else
    (void)region;
//%end
    return @prefix@_static_bits + @prefix@_shapes[pool].first_word;
}

/* The pool's next region after `region`; 0 at the end. */
static uint32_t @prefix@_next_region(size_t pool, uint32_t region)
{
//%if grows
    const struct @prefix@_growth *const growth = @PREFIX@_GROWTH_SEEN();
    if (growth != NULL) {
        const uint32_t end = @PREFIX@_GROWTH_NEXT(growth);
        for (region = region != 0 ? region + 1 : growth->first; region < end; region++) {
            if (@PREFIX@_OWNER(region) == pool + 1) {
                return region;
            }
        }
    }
//%else
    (void)pool, (void)region;
//%end
    return 0;
}

static void @prefix@_clear_bits(size_t pool)
{
    uint32_t region = 0;
    do {
        const size_t words = (@prefix@_region_blocks(pool, region) + (size_t)63) / 64;
        memset(@prefix@_bits(pool, region), 0, words * sizeof(uint64_t));
        region = @prefix@_next_region(pool, region);
    } while (region != 0);
}

/* Sets a block's bit; false if it was set, or if `ptr` is not a block of the pool. */
static bool @prefix@_mark(size_t pool, const void *ptr)
{
    const size_t position = @prefix@_find(ptr) == pool ? @prefix@_position(pool, ptr) : SIZE_MAX;
    if (position == SIZE_MAX) {
        return false;
    }
    uint32_t region = 0;
//%if grows
    if (@prefix@_offset(ptr) >= @PREFIX@_ARENA_BYTES) {
        region = (uint32_t)(((uintptr_t)ptr - (uintptr_t)@PREFIX@_GROWTH()) >> @PREFIX@_SEGMENT_SHIFT);
    }
//%end
    uint64_t *const word = &@prefix@_bits(pool, region)[position / 64];
    const uint64_t bit = (uint64_t)1 << position % 64;
    const bool clear = (*word & bit) == 0;
    *word |= bit;
    return clear;
}

//%if shared
/* Makes the calling thread the one that walks; false while another does. A walker that a fork
   left behind in the parent is not waited for. */
static bool @prefix@_begin_walk(void)
{
    const uint32_t process = (uint32_t)getpid();
    uint32_t walker = 0;
    if (@PREFIX@_CAS(&@prefix@_walker, &walker, process, acquire, relaxed)) {
        return true;
    }
    if (walker == process || !@PREFIX@_CAS(&@prefix@_walker, &walker, process, acquire, relaxed)) {
        return false;
    }
    for (size_t pool = 0; pool < @PREFIX@_POOLS; pool++) {
        @prefix@_clear_bits(pool);
    }
    return true;
}

static void @prefix@_end_walk(void)
{
    @PREFIX@_STORE(&@prefix@_walker, 0, release);
}

//%end
//%end
//%if system
/* ---- Giving memory back ---- */

/* Free blocks that the walker holds, in a list with the lowest address first. */
struct @prefix@_held {
    struct @prefix@_block *first;
    uint32_t count;
};

//%if shared
/* Keeps a block that stays in memory; full batches go to the depot at once. */
static void @prefix@_keep(struct @prefix@_held *held, size_t pool, void *ptr)
{
    struct @prefix@_block *const block = ptr;
    block->next = held->first;
    held->first = block;
    held->count++;
    if (held->count == @prefix@_shapes[pool].batch) {
        @prefix@_push_batch(pool, held->first);
        held->first = NULL;
        held->count = 0;
    }
}
//%else
/* Keeps a block that stays in memory. */
static void @prefix@_keep(struct @prefix@_held *held, size_t pool, void *ptr)
{
    struct @prefix@_block *const block = ptr;
    (void)pool;
    block->next = held->first;
    held->first = block;
    held->count++;
}
//%end

/* One past the last block below `end` whose bit is `set`; 0 if there is none. */
static size_t @prefix@_last_bit(const uint64_t *bits, size_t end, bool set)
{
    while (end > 0) {
        const size_t word = (end - 1) / 64;
        const uint64_t below = UINT64_MAX >> (63 - (end - 1) % 64);
        const uint64_t found = (set ? bits[word] : ~bits[word]) & below;
        if (found != 0) {
            return word * 64 + 64 - (size_t)__builtin_clzll(found);
        }
        end = word * 64;
    }
    return 0;
}

/* Gives the whole pages of the free blocks [*start, *end) of a region back to the system and
   narrows the range to the blocks that lie in them, so that no link is written there afterwards.
   Returns the bytes given back; a refusal (locked memory) means none. */
static size_t @prefix@_give_pages(size_t size, unsigned char *region, size_t *start, size_t *end)
{
    const uintptr_t mask = (uintptr_t)sysconf(_SC_PAGESIZE) - 1;
    const uintptr_t base = (uintptr_t)region;
    const uintptr_t low = (base + *start * size + mask) & ~mask;
    const size_t first = (low - base + size - 1) / size;
    const uintptr_t limit = (base + *end * size) & ~mask;
    const size_t last = limit > base ? (limit - base) / size : 0;
    const uintptr_t high = (base + last * size) & ~mask;
    *end = *start;
    if (last <= first || high <= low || madvise((void *)low, high - low, MADV_DONTNEED) != 0) {
        return 0;
    }
    *start = first;
    *end = last;
    return high - low;
}

/* Sweeps one region, from its end to its start: runs of marked blocks that fill pages lose their
   memory and are put aside to be carved again, the others are kept. Returns bytes given back. */
static size_t @prefix@_sweep(size_t pool, uint32_t region, struct @prefix@_held *held)
{
    const size_t size = @prefix@_shapes[pool].size;
    const uint64_t *const bits = @prefix@_bits(pool, region);
    unsigned char *const base = @prefix@_region(pool, region);
    size_t given = 0;
    size_t end = @prefix@_region_blocks(pool, region);
    while ((end = @prefix@_last_bit(bits, end, true)) != 0) {
        const size_t start = @prefix@_last_bit(bits, end, false);
        size_t first = start;
        size_t last = end;
        given += @prefix@_give_pages(size, base, &first, &last);
        for (size_t block = end; block > last; block--) {
            @prefix@_keep(held, pool, base + (block - 1) * size);
        }
        if (last > first) {
            @prefix@_push_run(pool, base + first * size, (uint32_t)(last - first));
        }
        for (size_t block = first; block > start; block--) {
            @prefix@_keep(held, pool, base + (block - 1) * size);
        }
        end = start;
    }
    return given;
}

//%if grows
/* Sweeps a pool's growth segments, the last first, and then its static arena, so that the lowest
   addresses are used first and the highest can empty. Returns the bytes given back. */
//%else
/* Sweeps a pool's static arena. Returns the bytes given back. */
//%end
static size_t @prefix@_sweep_all(size_t pool, struct @prefix@_held *held)
{
    size_t given = 0;
//%if grows
    const struct @prefix@_growth *const growth = @PREFIX@_GROWTH_SEEN();
    if (growth != NULL) {
        for (uint32_t region = @PREFIX@_GROWTH_NEXT(growth); region-- > growth->first;) {
            if (@PREFIX@_OWNER(region) == pool + 1) {
                given += @prefix@_sweep(pool, region, held);
            }
        }
    }
//%end
    given += @prefix@_sweep(pool, 0, held);
    @prefix@_clear_bits(pool);
    return given;
}

//%if shared
//%if caches
/* Marks the blocks that caches without a thread hold of a pool. */
static void @prefix@_mark_stranded(size_t pool)
{
    struct @prefix@_thread *thread = @PREFIX@_LOAD(&@prefix@_threads, acquire);
    for (; thread != NULL; thread = thread->next) {
        if (!@prefix@_claim(thread)) {
            continue;
        }
        struct @prefix@_list *const list = &thread->cache.lists[pool];
        if (list->head != NULL) {
            for (const struct @prefix@_block *block = list->head; block != NULL; block = block->next) {
                if (!@prefix@_mark(pool, block)) {
                    @prefix@_abort("a block was freed twice, or written to after it was freed");
                }
            }
            list->head = NULL;
            list->room = 0;
            if (!@prefix@_holds(thread, pool)) {
                @PREFIX@_ADD(&@prefix@_pools[pool].stranded, (uint32_t)-1, relaxed);
            }
        }
        @PREFIX@_STORE(&thread->taken, 0, release);
    }
}

//%end
/* Takes all batches off the depot and marks their blocks, but for the `keep` on top, which go
   back at once. */
static void @prefix@_mark_depot(size_t pool, uint32_t keep)
{
    struct @prefix@_pool *const p = &@prefix@_pools[pool];
    _Atomic(uint64_t) kept = 0; /* stack */
    uint32_t index;
    for (; keep > 0 && (index = @prefix@_pop(&p->full)) != 0; keep--) {
        @prefix@_push(&kept, index);
    }
    while ((index = @prefix@_pop(&p->full)) != 0) {
        const struct @prefix@_block *block = @prefix@_batch(index)->first;
        @prefix@_push(&@prefix@_idle_batches, index);
        @PREFIX@_ADD(&p->batches, (uint32_t)-1, relaxed);
        for (; block != NULL; block = block->next) {
            if (!@prefix@_mark(pool, block)) {
                @prefix@_abort("a block was freed twice, or written to after it was freed");
            }
        }
    }
    while ((index = @prefix@_pop(&kept)) != 0) {
        @prefix@_push(&p->full, index);
    }
}

/* Gives back the memory of a pool's idle blocks but for `keep` batches. The walker's. */
static size_t @prefix@_release(size_t pool, uint32_t keep)
{
    struct @prefix@_held held = {NULL, 0};
    @prefix@_mark_depot(pool, keep);
//%if caches
    if (keep == 0) {
        @prefix@_mark_stranded(pool);
    }
//%end
    const size_t given = @prefix@_sweep_all(pool, &held);
    while (held.first != NULL) { /* less than a batch */
        struct @prefix@_block *const block = held.first;
        held.first = block->next;
//%if caches
        @prefix@_return(pool, block);
//%else
        @prefix@_push_batch(pool, block);
//%end
    }
    return given;
}
//%else
/* Gives back the memory of a pool's idle blocks. */
static size_t @prefix@_release(size_t pool)
{
    struct @prefix@_held held = {NULL, 0};
    for (const struct @prefix@_block *block = @prefix@_free_lists[pool]; block != NULL; block = block->next) {
        if (!@prefix@_mark(pool, block)) {
            @prefix@_abort("a block was freed twice, or written to after it was freed");
        }
    }
    const size_t given = @prefix@_sweep_all(pool, &held);
    @prefix@_free_lists[pool] = held.first;
    return given;
}
//%end

//%if auto_release
/* Idle memory goes back by itself: a look every half second at most, from slow paths, releases
   the batches that stayed in the depot since the look before, where they are more than an eighth
   of the pool's blocks and 64 KiB. What could not be released is not tried again until there is
   more. */
enum { @PREFIX@_LOOK_MILLISECONDS = 500, @PREFIX@_RELEASE_BYTES = 64 << 10 };
static _Atomic(uint64_t) @prefix@_next_look; /* milliseconds of the monotonic clock */

static void @prefix@_look_at(size_t pool)
{
    struct @prefix@_pool *const p = &@prefix@_pools[pool];
    const uint32_t batches = @PREFIX@_LOAD(&p->batches, relaxed);
    const uint32_t least = @PREFIX@_LOAD(&p->least_batches, relaxed);
    const uint32_t idle = least < batches ? least : batches;
    const uint32_t settled = @PREFIX@_LOAD(&p->settled, relaxed);
    @PREFIX@_STORE(&p->least_batches, batches, relaxed);
    if (idle < settled) {
        @PREFIX@_STORE(&p->settled, idle, relaxed);
    }
    size_t blocks = (uint32_t)@PREFIX@_LOAD(&p->cursor, relaxed);
//%if grows
    blocks += @PREFIX@_LOAD(&p->grown, relaxed);
//%end
    const size_t idle_blocks = (size_t)idle * @prefix@_shapes[pool].batch;
    if (idle_blocks > blocks / 8 && idle_blocks * @prefix@_shapes[pool].size > @PREFIX@_RELEASE_BYTES &&
        idle > settled + settled / 8 && @prefix@_begin_walk()) {
        @prefix@_release(pool, batches - idle);
        const uint32_t left = @PREFIX@_LOAD(&p->batches, relaxed);
        @PREFIX@_STORE(&p->settled, left < idle ? left : idle, relaxed);
        @PREFIX@_STORE(&p->least_batches, left, relaxed);
        @prefix@_end_walk();
    }
}

static void @prefix@_look_around(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    const uint64_t time = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    uint64_t due = @PREFIX@_LOAD(&@prefix@_next_look, relaxed);
    if (time < due || !@PREFIX@_CAS(&@prefix@_next_look, &due, time + @PREFIX@_LOOK_MILLISECONDS,
                                relaxed, relaxed)) {
        return;
    }
    for (size_t pool = 0; pool < @PREFIX@_POOLS; pool++) {
        @prefix@_look_at(pool);
    }
//%if maps
    (void)@prefix@_big_decay((uint32_t)time);
//%end
}
//%end
//%end
