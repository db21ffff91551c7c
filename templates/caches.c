/* Part of allocator.c, threads: shared: thread caches. */
/* ---- Thread caches ----
 *
 * A thread reaches its cache through one pointer, which starts at a cache that is always empty
 * and full at once, and ends at another: the fast paths ask nothing else, and the slow ones look
 * which it is. A thread that ends gives its blocks away and leaves the cache to the next one. */

/* What a thread has of a pool beside its active list. */
struct @prefix@_supply {
    struct @prefix@_block *spare; /* one full batch, or NULL */
    unsigned char *window;     /* fresh blocks: the first of them, */
    _Atomic(uint32_t) fresh;   /* how many, */
    _Atomic(uint32_t) origin;  /* and of what memory; stats reads both too */
};

struct @prefix@_thread {
    _Alignas(64) struct @prefix@_cache cache; /* first, so that one pointer is both */
    struct @prefix@_supply supplies[@PREFIX@_POOLS];
    uint32_t number;
//%if harden_full
    struct @prefix@_quarantine quarantines[@PREFIX@_POOLS];
//%end
    _Atomic(uint32_t) below; /* number of the next one in the stack of caches that nobody has */
//%if auto_release
    uint32_t slow_calls;     /* counted by the owner, to look at the clock now and then */
//%end
//%if !stats_off
    _Atomic(uint64_t) allocs[@PREFIX@_POOLS];
    _Atomic(uint64_t) frees[@PREFIX@_POOLS];
//%end
};

/* A cache of all zeros has nothing to give and no room to take. These two are never written. */
static struct @prefix@_cache @prefix@_unborn; /* of a thread that has not called yet */
static struct @prefix@_cache @prefix@_dead;   /* of a thread whose destructors have run */

//%if target_windows
#if @PREFIX@_EMULATED_TLS
@PREFIX@_API struct @prefix@_cache **@prefix@_own_cache(void)
{
    static struct @prefix@_cache *nobody = &@prefix@_dead; /* of threads without a word: only read */
    struct @prefix@_cache **const word = @prefix@_own_word();
    if (word != NULL && *word == NULL) {
        *word = &@prefix@_unborn;
    }
    return word != NULL ? word : &nobody;
}
#else
@PREFIX@_API @PREFIX@_TLS struct @prefix@_cache *@prefix@_cache = &@prefix@_unborn;
#endif
//%else
@PREFIX@_API @PREFIX@_TLS struct @prefix@_cache *@prefix@_cache = &@prefix@_unborn;
//%end

/* Caches are numbered from 1 in chunks of 1, 2, 4 and so on, so that few mappings serve any
   number of threads. They are never given back, and as many as there were threads at once. Those
   that nobody has are a stack {changes:32, number:32}; a pop counts the changes up, so that a top
   that left and came back is not taken for one that stayed (R. K. Treiber, Systems Programming:
   Coping with Parallelism, 1986; IBM System/370 Principles of Operation for the counter). */
enum { @PREFIX@_CHUNKS = 32 };
static struct @prefix@_thread @prefix@_first_thread = {.number = 1};
static _Atomic(struct @prefix@_thread *) @prefix@_chunks[@PREFIX@_CHUNKS] = {&@prefix@_first_thread};
static _Atomic(uint64_t) @prefix@_threads = 1;      /* caches made */
static _Atomic(uint64_t) @prefix@_free_threads = 1; /* the stack */
static _Atomic(uint32_t) @prefix@_exit_key;         /* tells it; 0 while there is none */

//%if !stats_off
/* Counts for the owner of a counter alone; others may read it at any time. */
static inline void @prefix@_count(_Atomic(uint64_t) *counter)
{
    @PREFIX@_STORE(counter, @PREFIX@_LOAD(counter, relaxed) + 1, relaxed);
}

static inline _Atomic(uint64_t) *@prefix@_allocs(size_t pool)
{
    return &((struct @prefix@_thread *)(void *)@own_cache@)->allocs[pool];
}

static inline _Atomic(uint64_t) *@prefix@_frees(size_t pool)
{
    return &((struct @prefix@_thread *)(void *)@own_cache@)->frees[pool];
}

//%end
static uint32_t @prefix@_fresh(const struct @prefix@_supply *supply) { return @PREFIX@_LOAD(&supply->fresh, relaxed); }

static struct @prefix@_thread *@prefix@_thread(uint64_t number)
{
    const unsigned chunk = @prefix@_highest(number);
    return @PREFIX@_LOAD(&@prefix@_chunks[chunk], acquire) + (number - ((uint64_t)1 << chunk));
}

/* Makes the chunk of a cache, unless it is there; false if there is no memory for it. */
static bool @prefix@_make_chunk(unsigned chunk)
{
    struct @prefix@_thread *first = @PREFIX@_LOAD(&@prefix@_chunks[chunk], acquire);
    if (first != NULL) {
        return true;
    }
    const size_t bytes = sizeof *first << chunk;
    void *const made = @prefix@_obtain(NULL, bytes);
    if (made != NULL && !@PREFIX@_CAS(&@prefix@_chunks[chunk], &first, made, acq_rel, acquire)) {
        @prefix@_unmap(made, bytes); /* another thread was first */
    }
    return made != NULL || first != NULL;
}

/* A cache for the calling thread: one that nobody has, or a new one; NULL if there is no memory
   for it. */
static struct @prefix@_thread *@prefix@_take_thread(void)
{
    uint64_t top = @PREFIX@_LOAD(&@prefix@_free_threads, acquire);
    while ((uint32_t)top != 0) {
        struct @prefix@_thread *const thread = @prefix@_thread((uint32_t)top);
        const uint64_t below = @PREFIX@_LOAD(&thread->below, relaxed);
        const uint64_t next = ((top >> 32) + 1) << 32 | below;
        if (@PREFIX@_CAS(&@prefix@_free_threads, &top, next, acq_rel, acquire)) {
            return thread;
        }
    }
    uint64_t made = @PREFIX@_LOAD(&@prefix@_threads, acquire);
    do {
        if (made == UINT32_MAX || !@prefix@_make_chunk(@prefix@_highest(made + 1))) {
            return NULL;
        }
    } while (!@PREFIX@_CAS(&@prefix@_threads, &made, made + 1, acq_rel, acquire));
    struct @prefix@_thread *const thread = @prefix@_thread(made + 1);
    thread->number = (uint32_t)made + 1;
    return thread;
}

//%if harden_full
//%include quarantine.c
//%end
/* Gives all blocks of a cache away: full batches to the depot, others to their spans. */
static void @prefix@_empty_thread(struct @prefix@_thread *thread)
{
    for (size_t pool = 0; pool < @PREFIX@_POOLS; pool++) {
        struct @prefix@_list *const list = &thread->cache.lists[pool];
        struct @prefix@_supply *const supply = &thread->supplies[pool];
        if (supply->spare != NULL) {
            @prefix@_give_batch(pool, supply->spare);
            supply->spare = NULL;
        }
        if (list->head != NULL && list->room == 0) {
            @prefix@_give_batch(pool, list->head);
        } else if (list->head != NULL) {
            @prefix@_dissolve_all(pool, list->head, @prefix@_shapes[pool].batch - list->room);
        }
        list->head = NULL;
        list->room = 0;
//%if harden_full
        for (void *block; (block = @prefix@_recall(&thread->quarantines[pool], pool)) != NULL;) {
            @prefix@_put_shared(pool, block);
        }
//%end
        if (@prefix@_fresh(supply) != 0) {
            @prefix@_give_window(pool, supply->window, @prefix@_fresh(supply));
            @PREFIX@_STORE(&supply->fresh, 0, relaxed);
        }
    }
}

/* Leaves the calling thread's cache, if it has one, to whoever needs it next. */
static void @prefix@_leave(struct @prefix@_cache *next)
{
    struct @prefix@_thread *const thread = (struct @prefix@_thread *)(void *)@own_cache@;
    const bool had = @own_cache@ != &@prefix@_unborn && @own_cache@ != &@prefix@_dead;
    @own_cache@ = next;
    if (!had) {
        return;
    }
    @prefix@_empty_thread(thread);
    uint64_t pushed, top = @PREFIX@_LOAD(&@prefix@_free_threads, relaxed);
    do {
        @PREFIX@_STORE(&thread->below, (uint32_t)top, relaxed);
        pushed = top >> 32 << 32 | thread->number;
    } while (!@PREFIX@_CAS(&@prefix@_free_threads, &top, pushed, acq_rel, relaxed));
}

/* Runs at thread exit, among other destructors in any order: calls after it do without a cache.
   That holds too for a thread that flushed before, whose libc may free what it has when all
   destructors have run. */
static void @prefix@_thread_exit(void *unused)
{
    (void)unused;
    @prefix@_leave(&@prefix@_dead);
}

/* Sees to it that @prefix@_thread_exit runs. Threads that race to make the key do not wait: the
   loser deletes his. */
static bool @prefix@_watch_exit(struct @prefix@_thread *thread)
{
//%if watches_end
    @prefix@_watch_end();
//%end
    uint32_t key = @PREFIX@_LOAD(&@prefix@_exit_key, acquire);
    if (key == 0) {
        const uint32_t made = @prefix@_make_key();
        if (made == 0) {
            return false;
        }
        if (@PREFIX@_CAS(&@prefix@_exit_key, &key, made, release, acquire)) {
            key = made;
        } else {
            @prefix@_drop_key(made);
        }
    }
    return @prefix@_set_key(key, thread); /* any value will do that is not NULL */
}

/* The calling thread's cache, which it gets at its first call. NULL after its destructors, and
   where no memory can be had or its end not watched: then each call deals with spans itself. */
static struct @prefix@_thread *@prefix@_own_thread(void)
{
    if (@own_cache@ == &@prefix@_unborn) {
        struct @prefix@_thread *const thread = @prefix@_take_thread();
        if (thread == NULL) {
            return NULL;
        }
        @prefix@_leave(&@prefix@_unborn); /* what this thread took if the system called back */
        @own_cache@ = &thread->cache;  /* first: setting a key may allocate */
        if (!@prefix@_watch_exit(thread)) {
            @prefix@_leave(&@prefix@_dead);
        }
    }
    return @own_cache@ != &@prefix@_dead ? (struct @prefix@_thread *)(void *)@own_cache@ : NULL;
}

/* Puts a block on the active list. A full list becomes the spare batch, and the spare goes to the
   depot, so that freeing and allocating in turn at the edge of a batch stays in the cache. Where
   the depot has no room a slice of the list goes back to its spans: what was freed last, which is
   still in the processor's cache, and little of it, so that no call takes long. */
static void @prefix@_put(struct @prefix@_thread *thread, size_t pool, void *ptr)
{
    struct @prefix@_list *const list = &thread->cache.lists[pool];
    struct @prefix@_supply *const supply = &thread->supplies[pool];
    struct @prefix@_block *const block = ptr;
    if (list->room == 0) {
        if (supply->spare == NULL || @prefix@_push_batch(pool, supply->spare)) {
            supply->spare = list->head; /* NULL in a cache that was all zeros */
            list->head = NULL;
            list->room = @prefix@_shapes[pool].batch;
        } else {
            const uint32_t batch = @prefix@_shapes[pool].batch;
            list->room = batch < @PREFIX@_SLICE ? batch : @PREFIX@_SLICE;
            list->head = @prefix@_dissolve(pool, list->head, list->room);
        }
    }
//%if hardened
    @prefix@_set_next(pool, block, list->head);
//%else
    @prefix@_link(block, list->head);
//%end
    list->head = block;
    list->room--;
}

/* Finds blocks for a thread that has none of the pool left; false if the pool is at its end. */
static bool @prefix@_refill(struct @prefix@_thread *thread, size_t pool)
{
    struct @prefix@_list *const list = &thread->cache.lists[pool];
    struct @prefix@_supply *const supply = &thread->supplies[pool];
    struct @prefix@_haul haul;
    if (!@prefix@_search_well(pool, @prefix@_shapes[pool].batch, &haul)) {
        return false;
    }
    if (list->head != NULL || supply->spare != NULL || @prefix@_fresh(supply) != 0) {
        @prefix@_empty_thread(thread); /* the system called back, and left something here */
    }
    list->head = haul.list;
    list->room = @prefix@_shapes[pool].batch - haul.listed;
    supply->window = haul.window;
    @PREFIX@_STORE(&supply->origin, haul.origin, relaxed);
    @PREFIX@_STORE(&supply->fresh, haul.fresh, relaxed);
    return true;
}

//%if auto_release
/* Called from slow paths, to give idle memory back now and then; while that is under way each does a
   little of it. */
static void @prefix@_slow_call(struct @prefix@_thread *thread)
{
    const bool begun = @PREFIX@_LOAD(&@prefix@_step, relaxed) != 0;
    if (begun || ++thread->slow_calls % @PREFIX@_LOOK_CALLS == 0) {
        (void)@prefix@_look();
    }
}

//%end
/* Takes a block of `pool` into use; NULL if the pool is at its end. Sets *zeroed if the system
   zeroed the block and nobody has written to it. */
static void *@prefix@_get(struct @prefix@_thread *thread, size_t pool, bool *zeroed)
{
    struct @prefix@_list *const list = &thread->cache.lists[pool];
    struct @prefix@_supply *const supply = &thread->supplies[pool];
//%if auto_release
    if (list->head == NULL && supply->spare == NULL && @prefix@_fresh(supply) == 0) {
        @prefix@_slow_call(thread); /* first, since what it calls may come back here */
    }
//%end
    if (list->head == NULL && supply->spare != NULL) {
        list->head = supply->spare;
        list->room = 0;
        supply->spare = NULL;
    }
    if (list->head == NULL && @prefix@_fresh(supply) == 0 && !@prefix@_refill(thread, pool)) {
        return NULL;
    }
    struct @prefix@_block *const block = list->head;
    if (block != NULL) {
//%if hardened
        list->head = @prefix@_follow(pool, block);
//%else
        list->head = @prefix@_next(block);
//%end
        list->room++;
        return block;
    }
//%if harden_full
    void *const fresh = @prefix@_take_fresh(pool, &supply->window, @prefix@_fresh(supply));
//%else
    void *const fresh = supply->window;
    supply->window += @prefix@_shapes[pool].size;
//%end
    @PREFIX@_STORE(&supply->fresh, @prefix@_fresh(supply) - 1, relaxed);
    *zeroed = @PREFIX@_LOAD(&supply->origin, relaxed) == @PREFIX@_NEW_IN_GROWTH;
    return fresh;
}

/* The slow half of @prefix@_take; NULL only if the pool is at its end. */
__attribute__((noinline)) static void *@prefix@_take_slow(size_t pool, bool *zeroed)
{
    struct @prefix@_thread *const thread = @prefix@_own_thread();
//%if mixed_caches
    if (thread == NULL || !@prefix@_shapes[pool].cached) {
//%else
    if (thread == NULL) {
//%end
        return @prefix@_get_shared(pool, zeroed);
    }
//%if stats_off
    return @prefix@_get(thread, pool, zeroed);
//%else
    void *const block = @prefix@_get(thread, pool, zeroed);
    if (block != NULL) {
        @prefix@_count(&thread->allocs[pool]);
    }
    return block;
//%end
}

/* The slow half of @prefix@_give. */
__attribute__((noinline)) static void @prefix@_give_slow(size_t pool, void *ptr)
{
    const int saved = errno;
    @prefix@_check_block(pool, ptr);
    struct @prefix@_thread *const thread = @prefix@_own_thread();
//%if mixed_caches
    if (thread == NULL || !@prefix@_shapes[pool].cached) {
//%else
    if (thread == NULL) {
//%end
        @prefix@_put_shared(pool, ptr);
    } else {
        @prefix@_put(thread, pool, ptr);
//%if !stats_off
        @prefix@_count(&thread->frees[pool]);
//%end
//%if auto_release
//%if !mixed_caches
        @prefix@_slow_call(thread);
//%end
//%end
    }
//%if auto_release
//%if mixed_caches
    if (thread != NULL) {
        @prefix@_slow_call(thread);
    }
//%end
//%end
    errno = saved;
}

//%if !inline_face
/* The active list's first block; NULL when the list is empty. */
static inline void *@prefix@_take_hit(size_t pool)
{
    struct @prefix@_list *const list = &@own_cache@->lists[pool];
    struct @prefix@_block *const block = list->head;
    if (@PREFIX@_LIKELY(block != NULL)) {
//%if hardened
        list->head = @prefix@_follow(pool, block);
//%else
        list->head = @prefix@_next(block);
//%end
        list->room++;
//%if !stats_off
        @prefix@_count(@prefix@_allocs(pool));
//%end
    }
    return block;
}

static inline bool @prefix@_give_hit(size_t pool, struct @prefix@_block *block)
{
    struct @prefix@_list *const list = &@own_cache@->lists[pool];
    uint32_t room;
    if (!@PREFIX@_LIKELY(!__builtin_sub_overflow(list->room, 1, &room))) {
        return false;
    }
    list->room = room;
//%if hardened
    @prefix@_set_next(pool, block, list->head);
//%else
    @prefix@_link(block, list->head);
//%end
    list->head = block;
//%if !stats_off
    @prefix@_count(@prefix@_frees(pool));
//%end
    return true;
}

//%end
/* Gives a block to the calling thread's cache. */
static inline void @prefix@_give(size_t pool, void *ptr)
{
    if (!@PREFIX@_LIKELY(@prefix@_give_hit(pool, ptr))) {
        @prefix@_give_slow(pool, ptr);
    }
}
