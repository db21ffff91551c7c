/* Part of allocator.c: what ASan, MSan and memcheck are told of the pools, where they stay under one. */
/* ---- Tools that watch ----
 *
 * Free blocks are closed to the tool, and links in them followed behind its back; a block in use is open
 * up to the size that was asked for. Freed ones wait before they are used again. */
#if @PREFIX@_WATCH
#if @PREFIX@_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/lsan_interface.h>
#define @PREFIX@_UNSEEN __attribute__((no_sanitize("address")))
#define @PREFIX@_ERRORS(change) ((void)0)
//%if harden_full
#define @PREFIX@_OPEN(ptr, bytes) __asan_unpoison_memory_region(ptr, bytes)
//%end
#define @PREFIX@_CLOSE(ptr, bytes) __asan_poison_memory_region(ptr, bytes)
#define @PREFIX@_BEGIN(ptr, size) __asan_unpoison_memory_region(ptr, size)
#define @PREFIX@_RESIZE(ptr, old, size, bytes) \
    (@PREFIX@_BEGIN(ptr, size), @PREFIX@_CLOSE((char *)(ptr) + (size), (bytes) - (size)))
#define @PREFIX@_END(ptr, bytes) ((void)*(volatile char *)(ptr), @PREFIX@_CLOSE(ptr, bytes)) /* reads: twice is an error */
#define @PREFIX@_END_OF(ptr, bytes) ((uintptr_t)__asan_region_is_poisoned((void *)(uintptr_t)(ptr), bytes))
/* A block of growth may hold the only pointer to one of malloc's, which is no leak then. */
#define @PREFIX@_PART_COMES(ptr, bytes) (__lsan_register_root_region(ptr, bytes), @PREFIX@_CLOSE(ptr, bytes))
#define @PREFIX@_PART_GOES(ptr, bytes) (__lsan_unregister_root_region(ptr, bytes), @PREFIX@_BEGIN(ptr, bytes))
#elif @PREFIX@_MSAN
#include <sanitizer/msan_interface.h>
#define @PREFIX@_UNSEEN __attribute__((no_sanitize("memory")))
#define @PREFIX@_ERRORS(change) ((void)0)
//%if harden_full
#define @PREFIX@_OPEN(ptr, bytes) __msan_unpoison(ptr, bytes)
//%end
#define @PREFIX@_CLOSE(ptr, bytes) __msan_poison(ptr, bytes)
#define @PREFIX@_BEGIN(ptr, size) __msan_allocated_memory(ptr, size)
#define @PREFIX@_RESIZE(ptr, old, size, bytes) ((void)0)
#define @PREFIX@_END(ptr, bytes) __msan_poison(ptr, bytes)
#define @PREFIX@_END_OF(ptr, bytes) ((uintptr_t)(ptr) + (bytes)) /* it knows no ends */
#define @PREFIX@_PART_COMES(ptr, bytes) ((void)0)
#define @PREFIX@_PART_GOES(ptr, bytes) __msan_unpoison(ptr, bytes)
#else
#include <valgrind/memcheck.h>
#define @PREFIX@_UNSEEN
#define @PREFIX@_ERRORS(change) \
    VALGRIND_DO_CLIENT_REQUEST_STMT(VG_USERREQ__CHANGE_ERR_DISABLEMENT, -(change), 0, 0, 0, 0)
//%if harden_full
#define @PREFIX@_OPEN(ptr, bytes) ((void)VALGRIND_MAKE_MEM_DEFINED(ptr, bytes))
//%end
#define @PREFIX@_CLOSE(ptr, bytes) ((void)VALGRIND_MAKE_MEM_NOACCESS(ptr, bytes))
#define @PREFIX@_BEGIN(ptr, size) VALGRIND_MALLOCLIKE_BLOCK(ptr, size, 0, false)
#define @PREFIX@_RESIZE(ptr, old, size, bytes) VALGRIND_RESIZEINPLACE_BLOCK(ptr, old, size, 0)
#define @PREFIX@_END(ptr, bytes) VALGRIND_FREELIKE_BLOCK(ptr, 0)
#define @PREFIX@_END_OF(ptr, bytes) VALGRIND_CHECK_MEM_IS_ADDRESSABLE(ptr, bytes)
#define @PREFIX@_PART_COMES(ptr, bytes) @PREFIX@_CLOSE(ptr, bytes)
#define @PREFIX@_PART_GOES(ptr, bytes) ((void)0)
#endif

//%if threads_shared
static _Atomic(uint32_t) @prefix@_closed; /* the arena: 1 while a thread is at it, 2 when it is done */
//%else
static bool @prefix@_closed; /* the arena */
//%end

/* Before there are threads, or at the first block, if some constructor asks for one before. */
__attribute__((constructor(101))) static void @prefix@_close_arena(void)
{
//%if threads_shared
    uint32_t open = 0;
    if (@PREFIX@_CAS(&@prefix@_closed, &open, 1, acquire, relaxed)) {
        @PREFIX@_CLOSE(@prefix@_arena, @PREFIX@_ARENA_BYTES);
        @PREFIX@_STORE(&@prefix@_closed, 2, release);
    }
    while (@PREFIX@_LOAD(&@prefix@_closed, acquire) != 2) {
    }
//%else
    if (!@prefix@_closed) {
//%if common_arena
        @PREFIX@_CLOSE(@prefix@_arena, @PREFIX@_ARENA_BYTES);
//%end
//%if sections
//%for pools
//%if own_section
        @PREFIX@_CLOSE(@prefix@_arena_@index@, @bytes@);
//%end
//%end
//%end
        @prefix@_closed = true;
    }
//%end
}

static void @prefix@_begin_use(void *ptr, size_t size)
{
    @prefix@_close_arena();
    @PREFIX@_BEGIN(ptr, size + (size == 0));
}

static void @prefix@_end_use(size_t pool, void *ptr)
{
    @prefix@_check_block(pool, ptr);
    @PREFIX@_END(ptr, @prefix@_shapes[pool].size);
}

/* The size that a block in use was last asked for. */
static size_t @prefix@_size_asked(const void *ptr, size_t bytes)
{
    @PREFIX@_ERRORS(-1);
    const uintptr_t end = @PREFIX@_END_OF(ptr, bytes);
    @PREFIX@_ERRORS(1);
    return end != 0 ? end - (uintptr_t)ptr : bytes;
}

@PREFIX@_UNSEEN @PREFIX@_API struct @prefix@_block *@prefix@_next(const struct @prefix@_block *block)
{
    @PREFIX@_ERRORS(-1);
    struct @prefix@_block *const next = block->next;
    @PREFIX@_ERRORS(1);
    return next;
}

@PREFIX@_UNSEEN @PREFIX@_API void @prefix@_link(struct @prefix@_block *block, struct @prefix@_block *next)
{
    @PREFIX@_ERRORS(-1);
    block->next = next;
    @PREFIX@_ERRORS(1);
    @PREFIX@_CLOSE(block, sizeof *block);
}

/* ---- Freed blocks that wait ----
 *
 * A ring holds what was freed last, of all threads and pools, so that a tool finds a late use. A block takes
 * a place for each KiB that it has, and waits until as many places were taken as there are. Whoever finds
 * a pool at its end takes the oldest of its blocks out: none is missed. */
enum { @PREFIX@_DELAYS = 4096, @PREFIX@_DELAY_BYTES = 1024 }; /* places, and bytes that each stands for */
static void *@prefix@_delayed[@PREFIX@_DELAYS];
static size_t @prefix@_delay_turn;

static inline void @prefix@_give(size_t pool, void *ptr);

/* Takes in a block whose use has ended. */
static void @prefix@_delay(size_t pool, void *ptr)
{
    const size_t places = @prefix@_shapes[pool].size / @PREFIX@_DELAY_BYTES + 1;
    if (places > @PREFIX@_DELAYS) {
        @prefix@_give(pool, ptr);
        return;
    }
    const size_t turn = __atomic_fetch_add(&@prefix@_delay_turn, places, __ATOMIC_RELAXED);
    for (size_t i = 0; i < places; i++, ptr = NULL) {
        void *const oldest =
            __atomic_exchange_n(&@prefix@_delayed[(turn + i) % @PREFIX@_DELAYS], ptr, __ATOMIC_ACQ_REL);
        if (oldest != NULL) {
            @prefix@_give(@prefix@_find(oldest), oldest);
        }
    }
}

static void @prefix@_retire(size_t pool, void *ptr)
{
    @prefix@_end_use(pool, ptr);
    @prefix@_delay(pool, ptr);
}

//%if !stats_off
static void @prefix@_count_again(size_t pool);

//%end
/* Takes out the oldest block of a pool that waits, or of all of them; NULL if there is none. What others free
   meanwhile comes behind the oldest, so the search goes on to where they are, for a while. */
static void *@prefix@_recall_delayed(size_t pool)
{
    const size_t turn = __atomic_load_n(&@prefix@_delay_turn, __ATOMIC_ACQUIRE);
    size_t ahead = @PREFIX@_DELAYS;
    for (size_t i = 0; i < ahead; i++) {
        void **const place = &@prefix@_delayed[(turn + i) % @PREFIX@_DELAYS];
        void *block = __atomic_load_n(place, __ATOMIC_RELAXED);
        if (block != NULL && (pool == @PREFIX@_POOLS || pool == @prefix@_find(block)) &&
            __atomic_compare_exchange_n(place, &block, NULL, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
//%if !stats_off
            if (pool != @PREFIX@_POOLS) { /* it is used again, and not given back */
                @prefix@_count_again(pool);
            }
//%end
            return block;
        }
        if (i + 1 == ahead && ahead < 4 * @PREFIX@_DELAYS) {
            ahead = @PREFIX@_DELAYS + __atomic_load_n(&@prefix@_delay_turn, __ATOMIC_ACQUIRE) - turn;
        }
    }
    return NULL;
}

/* Gives back all blocks that wait. */
static void @prefix@_end_delays(void)
{
    for (void *block; (block = @prefix@_recall_delayed(@PREFIX@_POOLS)) != NULL;) {
        @prefix@_give(@prefix@_find(block), block);
    }
}

//%if !stats_off
static size_t @prefix@_count_delayed(size_t pool)
{
    size_t count = 0;
    for (size_t i = 0; i < @PREFIX@_DELAYS; i++) {
        count += @prefix@_find(__atomic_load_n(&@prefix@_delayed[i], __ATOMIC_RELAXED)) == pool;
    }
    return count;
}
//%end
#else /* @PREFIX@_WATCH */
//%include unwatched.c
#endif
