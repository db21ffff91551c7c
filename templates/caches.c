/* Part of allocator.c, threads: shared: thread caches. */
/* ---- Thread caches ----
 *
 * A thread reaches its cache through one pointer, which starts at a cache that is always empty and
 * full at once, and ends at another: the fast paths ask nothing else, and the slow ones look which
 * it is. A cache outlives its thread; the next thread that needs one takes it over, and a thread
 * that is out of blocks takes those of caches without a thread before it carves new ones. */

/* What a thread has of a pool beside its active list. */
struct @prefix@_supply {
    struct @prefix@_block *spare; /* one full batch, or NULL */
    unsigned char *window;     /* blocks carved and not used since: the first of them, */
    _Atomic(uint32_t) fresh;   /* how many, */
    _Atomic(uint32_t) origin;  /* and whether they are new; stats reads both too */
};
enum { @PREFIX@_USED, @PREFIX@_NEW_IN_ARENA, @PREFIX@_NEW_IN_GROWTH };

struct @prefix@_thread {
    struct @prefix@_cache cache;  /* first, so that one pointer is both */
    struct @prefix@_supply supplies[@PREFIX@_POOLS];
    struct @prefix@_thread *next; /* all caches there are; set before it is published */
    _Atomic(uint32_t) taken;      /* 1 while some thread owns it */
//%if auto_release
    uint32_t slow_calls;          /* counted by the owner, to look at the clock now and then */
//%end
//%if counters
    _Atomic(uint64_t) allocs[@PREFIX@_POOLS];
    _Atomic(uint64_t) frees[@PREFIX@_POOLS];
//%end
};

/* A cache of all zeros has nothing to give and no room to take. These two are never written. */
static struct @prefix@_cache @prefix@_unborn; /* of a thread that has not called yet */
static struct @prefix@_cache @prefix@_dead;   /* of a thread whose destructors have run */

@PREFIX@_API @PREFIX@_TLS struct @prefix@_cache *@prefix@_cache = &@prefix@_unborn;

/* The first cache is static, so that one thread can always work; the others are mappings, never
   given back, and as many as there were threads at once. */
static struct @prefix@_thread @prefix@_first_thread;
static _Atomic(struct @prefix@_thread *) @prefix@_threads = &@prefix@_first_thread;
static _Atomic(uint32_t) @prefix@_free_threads = 1; /* caches that nobody owns */
static _Atomic(uint32_t) @prefix@_exit_key;         /* pthread key plus one; 0 while there is none */

//%if counters
/* Counts for the owner of a counter alone; others may read it at any time. */
static inline void @prefix@_count(_Atomic(uint64_t) *counter)
{
    @PREFIX@_STORE(counter, @PREFIX@_LOAD(counter, relaxed) + 1, relaxed);
}

static inline _Atomic(uint64_t) *@prefix@_allocs(size_t pool)
{
    return &((struct @prefix@_thread *)(void *)@prefix@_cache)->allocs[pool];
}

static inline _Atomic(uint64_t) *@prefix@_frees(size_t pool)
{
    return &((struct @prefix@_thread *)(void *)@prefix@_cache)->frees[pool];
}

//%end
static uint32_t @prefix@_fresh(const struct @prefix@_supply *supply)
{
    return @PREFIX@_LOAD(&supply->fresh, relaxed);
}

static bool @prefix@_holds(struct @prefix@_thread *thread, size_t pool)
{
    return thread->cache.lists[pool].head != NULL || @prefix@_fresh(&thread->supplies[pool]) != 0;
}

static bool @prefix@_claim(struct @prefix@_thread *thread)
{
    uint32_t taken = 0;
    return @PREFIX@_LOAD(&thread->taken, relaxed) == 0 &&
           @PREFIX@_CAS(&thread->taken, &taken, 1, acquire, relaxed);
}

static struct @prefix@_thread *@prefix@_new_thread(void)
{
    struct @prefix@_thread *const thread = mmap(NULL, sizeof *thread, PROT_READ | PROT_WRITE,
                                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (thread == MAP_FAILED) {
        return NULL;
    }
    @PREFIX@_STORE(&thread->taken, 1, relaxed);
    thread->next = @PREFIX@_LOAD(&@prefix@_threads, relaxed);
    while (!@PREFIX@_CAS(&@prefix@_threads, &thread->next, thread, release, relaxed)) {
    }
    return thread;
}

/* A cache for the calling thread: one that nobody owns, or a new one; NULL if there is no memory
   for it. O(caches). */
static struct @prefix@_thread *@prefix@_take_thread(void)
{
    if (@PREFIX@_LOAD(&@prefix@_free_threads, relaxed) != 0) {
        struct @prefix@_thread *thread = @PREFIX@_LOAD(&@prefix@_threads, acquire);
        for (; thread != NULL; thread = thread->next) {
            if (!@prefix@_claim(thread)) {
                continue;
            }
            @PREFIX@_ADD(&@prefix@_free_threads, (uint32_t)-1, relaxed);
            for (size_t pool = 0; pool < @PREFIX@_POOLS; pool++) {
                if (@prefix@_holds(thread, pool)) {
                    @PREFIX@_ADD(&@prefix@_pools[pool].stranded, (uint32_t)-1, relaxed);
                }
            }
            return thread;
        }
    }
    return @prefix@_new_thread();
}

/* Leaves a cache to whoever needs it next. Full batches go to the depot; what is less than a
   batch stays in it. */
static void @prefix@_leave_thread(struct @prefix@_thread *thread)
{
    for (size_t pool = 0; pool < @PREFIX@_POOLS; pool++) {
        struct @prefix@_list *const list = &thread->cache.lists[pool];
        struct @prefix@_supply *const supply = &thread->supplies[pool];
        if (supply->spare != NULL) {
            @prefix@_push_batch(pool, supply->spare);
            supply->spare = NULL;
        }
        if (list->head != NULL && list->room == 0) {
            @prefix@_push_batch(pool, list->head);
            list->head = NULL;
        }
        if (@prefix@_holds(thread, pool)) {
            @PREFIX@_ADD(&@prefix@_pools[pool].stranded, 1, relaxed);
        }
    }
    @PREFIX@_STORE(&thread->taken, 0, release);
    @PREFIX@_ADD(&@prefix@_free_threads, 1, relaxed);
}

static bool @prefix@_has_cache(void)
{
    return @prefix@_cache != &@prefix@_unborn && @prefix@_cache != &@prefix@_dead;
}

/* Leaves the calling thread's cache, if it has one. */
static void @prefix@_leave_own(struct @prefix@_cache *next)
{
    struct @prefix@_thread *const thread = (void *)@prefix@_cache;
    const bool had = @prefix@_has_cache();
    @prefix@_cache = next;
    if (had) {
        @prefix@_leave_thread(thread);
    }
}

/* Runs at thread exit, among other destructors in any order: calls after it borrow a cache. That
   holds too for a thread that flushed before, whose libc may free what it has when all destructors
   have run. */
static void @prefix@_thread_exit(void *unused)
{
    (void)unused;
    @prefix@_leave_own(&@prefix@_dead);
}

/* Sees to it that @prefix@_thread_exit runs. Threads that race to make the key do not wait: the
   loser deletes his. */
static bool @prefix@_watch_exit(struct @prefix@_thread *thread)
{
    uint32_t key = @PREFIX@_LOAD(&@prefix@_exit_key, acquire);
    if (key == 0) {
        pthread_key_t made;
        if (pthread_key_create(&made, @prefix@_thread_exit) != 0) {
            return false;
        }
        if (@PREFIX@_CAS(&@prefix@_exit_key, &key, (uint32_t)made + 1, release, acquire)) {
            key = (uint32_t)made + 1;
        } else {
            pthread_key_delete(made);
        }
    }
    /* Any value will do that is not NULL. */
    return pthread_setspecific((pthread_key_t)(key - 1), thread) == 0;
}

/* The calling thread's cache; at its first call, one that is its from now on; after its
   destructors, or where it cannot be watched, one that is borrowed until the matching
   @prefix@_leave. NULL if there is none to be had. */
static struct @prefix@_thread *@prefix@_enter(void)
{
    if (@prefix@_has_cache()) {
        return (struct @prefix@_thread *)(void *)@prefix@_cache;
    }
    struct @prefix@_thread *const thread = @prefix@_take_thread();
    if (thread != NULL && @prefix@_cache == &@prefix@_unborn) {
        /* First the pointer: setting a key may allocate. */
        @prefix@_cache = &thread->cache;
        if (!@prefix@_watch_exit(thread)) {
            @prefix@_cache = &@prefix@_dead;
        }
    }
    return thread;
}

static void @prefix@_leave(struct @prefix@_thread *thread)
{
    if (@prefix@_cache != &thread->cache) {
        @prefix@_leave_thread(thread);
    }
}

/* Takes blocks of one pool out of a cache that the caller has claimed: its list, or its window. */
static void @prefix@_move_blocks(struct @prefix@_thread *from, struct @prefix@_thread *to, size_t pool)
{
    struct @prefix@_list *const list = &from->cache.lists[pool];
    struct @prefix@_supply *const supply = &from->supplies[pool];
    struct @prefix@_supply *const mine = &to->supplies[pool];
    if (list->head != NULL) {
        to->cache.lists[pool] = *list;
        list->head = NULL;
        list->room = 0;
    } else if (@prefix@_fresh(supply) != 0 && @prefix@_fresh(mine) == 0) {
        mine->window = supply->window;
        @PREFIX@_STORE(&mine->origin, @PREFIX@_LOAD(&supply->origin, relaxed), relaxed);
        @PREFIX@_STORE(&mine->fresh, @prefix@_fresh(supply), relaxed);
        @PREFIX@_STORE(&supply->fresh, 0, relaxed);
    }
}

/* Takes the blocks of this pool out of one cache that nobody owns, unless the thread has a window
   of its own left. O(caches), and only while some such cache has blocks of the pool. */
static void @prefix@_take_stranded(struct @prefix@_thread *thread, size_t pool)
{
    struct @prefix@_thread *other = @PREFIX@_LOAD(&@prefix@_threads, acquire);
    for (; other != NULL && !@prefix@_holds(thread, pool); other = other->next) {
        if (@prefix@_claim(other)) {
            const bool held = @prefix@_holds(other, pool);
            @prefix@_move_blocks(other, thread, pool);
            if (held && !@prefix@_holds(other, pool)) {
                @PREFIX@_ADD(&@prefix@_pools[pool].stranded, (uint32_t)-1, relaxed);
            }
            @PREFIX@_STORE(&other->taken, 0, release);
        }
    }
}

/* Puts a block on the active list. A full list becomes the spare batch, and the spare goes to the
   depot, so that freeing and allocating in turn at the edge of a batch stays in the cache. */
static void @prefix@_put(struct @prefix@_thread *thread, size_t pool, void *ptr)
{
    struct @prefix@_list *const list = &thread->cache.lists[pool];
    struct @prefix@_block *const block = ptr;
//%if mixed_caches
    if (!@prefix@_shapes[pool].cached) {
        block->next = NULL;
        @prefix@_push_batch(pool, block);
        return;
    }
//%end
    if (list->room == 0) {
        struct @prefix@_supply *const supply = &thread->supplies[pool];
        if (supply->spare != NULL) {
            @prefix@_push_batch(pool, supply->spare);
        }
        supply->spare = list->head; /* NULL in a cache that was all zeros */
        list->head = NULL;
        list->room = @prefix@_shapes[pool].batch;
    }
    block->next = list->head;
    list->head = block;
    list->room--;
}

/* Frees without a cache, when no memory could be had for one: the block waits in the open for
   the next thread that is short of its pool. */
static void @prefix@_put_stray(size_t pool, void *ptr)
{
    struct @prefix@_block *const block = ptr;
    uintptr_t strays = @PREFIX@_LOAD(&@prefix@_pools[pool].strays, relaxed);
    do {
        block->next = (struct @prefix@_block *)strays;
    } while (!@PREFIX@_CAS(&@prefix@_pools[pool].strays, &strays, (uintptr_t)block, release, relaxed));
}

/* Takes all strays at once, which needs no counter against late readers. */
static void @prefix@_take_strays(struct @prefix@_thread *thread, size_t pool)
{
    uintptr_t strays = @PREFIX@_LOAD(&@prefix@_pools[pool].strays, relaxed);
    while (strays != 0 && !@PREFIX@_CAS(&@prefix@_pools[pool].strays, &strays, 0, acquire, relaxed)) {
    }
    for (struct @prefix@_block *block = (struct @prefix@_block *)strays; block != NULL;) {
        struct @prefix@_block *const next = block->next;
        @prefix@_put(thread, pool, block);
//%if counters
        @prefix@_count(&thread->frees[pool]);
//%end
        block = next;
    }
}

/* Refills an active list that ran out. Nothing is carved while blocks lie idle: first the spare
   batch, then the depot, caches without a thread, strays. */
static void @prefix@_refill(struct @prefix@_thread *thread, size_t pool)
{
    struct @prefix@_list *const list = &thread->cache.lists[pool];
    struct @prefix@_supply *const supply = &thread->supplies[pool];
    if (supply->spare != NULL) {
        list->head = supply->spare;
        supply->spare = NULL;
        list->room = 0;
        return;
    }
    list->head = @prefix@_pop_batch(pool);
    if (list->head != NULL) {
        list->room = 0;
        return;
    }
    if (@PREFIX@_LOAD(&@prefix@_pools[pool].stranded, relaxed) != 0) {
        @prefix@_take_stranded(thread, pool);
    }
    if (list->head == NULL && @PREFIX@_LOAD(&@prefix@_pools[pool].strays, relaxed) != 0) {
        @prefix@_take_strays(thread, pool);
    }
}

/* Carves a batch into the empty window; false if the pool is at its end. */
static bool @prefix@_carve_window(struct @prefix@_thread *thread, size_t pool)
{
    struct @prefix@_supply *const supply = &thread->supplies[pool];
    const struct @prefix@_span span = @prefix@_carve(pool, @prefix@_shapes[pool].batch);
    uint32_t origin = @PREFIX@_USED;
    if (span.virgin) {
        const bool in_arena = @prefix@_offset(span.first) < @PREFIX@_ARENA_BYTES;
        origin = in_arena ? @PREFIX@_NEW_IN_ARENA : @PREFIX@_NEW_IN_GROWTH;
    }
    supply->window = span.first;
    @PREFIX@_STORE(&supply->origin, origin, relaxed);
    @PREFIX@_STORE(&supply->fresh, span.count, relaxed);
    return span.count != 0;
}

/* Takes the first block of a window. */
static void *@prefix@_get_fresh(struct @prefix@_supply *supply, size_t size, bool *zeroed)
{
    void *const block = supply->window;
    supply->window += size;
    @PREFIX@_STORE(&supply->fresh, @prefix@_fresh(supply) - 1, relaxed);
    *zeroed = @PREFIX@_LOAD(&supply->origin, relaxed) == @PREFIX@_NEW_IN_GROWTH;
    return block;
}

/* Takes a block of `pool`; NULL if the pool is at its end. Sets *zeroed if the system zeroed the
   block and nobody has written to it. */
static void *@prefix@_get(struct @prefix@_thread *thread, size_t pool, bool *zeroed)
{
    struct @prefix@_list *const list = &thread->cache.lists[pool];
//%if mixed_caches
    if (!@prefix@_shapes[pool].cached) {
        if (@PREFIX@_LOAD(&@prefix@_pools[pool].strays, relaxed) != 0) {
            @prefix@_take_strays(thread, pool);
        }
        return @prefix@_get_shared(pool, zeroed);
    }
//%end
    if (list->head == NULL) {
        @prefix@_refill(thread, pool);
    }
    struct @prefix@_block *const block = list->head;
    if (block != NULL) {
        list->head = block->next;
        list->room++;
        return block;
    }
    if (@prefix@_fresh(&thread->supplies[pool]) == 0 && !@prefix@_carve_window(thread, pool)) {
        return NULL;
    }
    return @prefix@_get_fresh(&thread->supplies[pool], @prefix@_shapes[pool].size, zeroed);
}

/* Takes back a block that the walker held; it is neither allocated nor freed. */
static void @prefix@_return(size_t pool, void *ptr)
{
    struct @prefix@_thread *const thread = @prefix@_enter();
    if (thread != NULL) {
        @prefix@_put(thread, pool, ptr);
        @prefix@_leave(thread);
    } else {
        @prefix@_put_stray(pool, ptr);
    }
}

//%if auto_release
/* Called from slow paths, to give idle memory back now and then. */
static void @prefix@_slow_call(struct @prefix@_thread *thread)
{
    if (++thread->slow_calls % 32 == 0) {
        @prefix@_look_around();
    }
}

//%end
/* The slow half of @prefix@_take; NULL only if the pool is at its end. */
__attribute__((noinline)) static void *@prefix@_take_slow(size_t pool, bool *zeroed)
{
    struct @prefix@_thread *const thread = @prefix@_enter();
    if (thread == NULL) {
        return NULL;
    }
    void *const block = @prefix@_get(thread, pool, zeroed);
//%if counters
    if (block != NULL) {
        @prefix@_count(&thread->allocs[pool]);
    }
//%end
//%if auto_release
    @prefix@_slow_call(thread);
//%end
    @prefix@_leave(thread);
    return block;
}

/* The slow half of @prefix@_give. */
__attribute__((noinline)) static void @prefix@_give_slow(size_t pool, void *ptr)
{
    const int saved = errno;
    @prefix@_check_block(pool, ptr);
    struct @prefix@_thread *const thread = @prefix@_enter();
    if (thread != NULL) {
        @prefix@_put(thread, pool, ptr);
//%if counters
        @prefix@_count(&thread->frees[pool]);
//%end
//%if auto_release
        @prefix@_slow_call(thread);
//%end
        @prefix@_leave(thread);
    } else {
        @prefix@_put_stray(pool, ptr);
    }
    errno = saved;
}

/* Gives a block to the calling thread's cache. */
static inline void @prefix@_give(size_t pool, void *ptr)
{
    struct @prefix@_list *const list = &@prefix@_cache->lists[pool];
    struct @prefix@_block *const block = ptr;
    uint32_t room;
    if (@PREFIX@_LIKELY(!__builtin_sub_overflow(list->room, 1, &room))) {
        list->room = room;
        block->next = list->head;
        list->head = block;
//%if counters
        @prefix@_count(@prefix@_frees(pool));
//%end
        return;
    }
    @prefix@_give_slow(pool, ptr);
}

/* The active list's first block; NULL when the list is empty. */
static inline void *@prefix@_take_hit(size_t pool)
{
    struct @prefix@_list *const list = &@prefix@_cache->lists[pool];
    struct @prefix@_block *const block = list->head;
    if (@PREFIX@_LIKELY(block != NULL)) {
        list->head = block->next;
        list->room++;
//%if counters
        @prefix@_count(@prefix@_allocs(pool));
//%end
    }
    return block;
}
