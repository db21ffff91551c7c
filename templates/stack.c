/* Part of allocator.c: batch descriptors, and the stacks they stand on. */
//%if shared
/* ---- The depot: full batches of free blocks, and runs of blocks without memory ----
 *
 * A stack is one word, {changes:32, top:32}, where top is the index of a descriptor and 0 means
 * empty. The links between descriptors lie in tables of their own and not in the blocks, so that a
 * late reader of a link reads neither what a new owner writes into his block nor memory that was
 * given back. A pop counts the changes up, so that a top that left and came back is not taken for
 * one that stayed (R. K. Treiber, Systems Programming: Coping with Parallelism, 1986; IBM
 * System/370 Principles of Operation for the counter). */
//%else
/* ---- Runs of blocks that trim gave back, as stacks of descriptors ---- */
//%end

struct @prefix@_batch {
//%if shared
    _Atomic(uint32_t) next; /* descriptor below this one */
//%else
    uint32_t next;          /* descriptor below this one */
//%end
    uint32_t count;         /* blocks, of a run */
    void *first;            /* first block: of a list, or of a run */
};

//%if shared
/* What threads share of a pool. Each pool has cache lines of its own. */
static struct @prefix@_pool {
    _Alignas(128) _Atomic(uint64_t) full; /* stack of full batches */
    _Atomic(uint64_t) runs;               /* stack of runs, to be carved before anything else */
    _Atomic(uint64_t) cursor;             /* {region:32, blocks carved:32}; region 0 is static */
    _Atomic(uint32_t) batches;            /* on `full`, about */
    _Atomic(uint32_t) fallbacks;
//%if grows
    _Atomic(size_t) grown;                /* growth blocks carved for the first time */
//%end
//%if caches
    _Atomic(uint32_t) stranded;           /* caches without a thread that hold blocks of it */
    _Atomic(uintptr_t) strays;            /* list of blocks freed while no cache could be had */
//%end
//%if auto_release
    _Atomic(uint32_t) least_batches;      /* least of `batches` since the last look */
    _Atomic(uint32_t) settled;            /* batches that the last release had to leave */
//%end
} @prefix@_pools[@PREFIX@_POOLS];

/* Descriptors: enough for every full batch and for every run of whole pages that the blocks can
   form, so that a free never fails for want of one. Index 1 is the first. */
static struct @prefix@_batch @prefix@_static_batches[@static_batches@];
static _Atomic(uint64_t) @prefix@_idle_batches;          /* stack of descriptors not in use */
static _Atomic(uint32_t) @prefix@_used_batches;          /* descriptors that were ever in use */
//%else
/* What a pool has beside its free list. */
static struct @prefix@_pool {
    uint32_t runs;      /* stack of runs, to be carved before anything else */
    uint32_t region;    /* region that is being carved; 0 is the static arena */
    uint32_t carved;    /* blocks carved of it */
    uint32_t fallbacks;
    size_t grown;       /* growth blocks carved for the first time */
} @prefix@_pools[@PREFIX@_POOLS];

static struct @prefix@_batch @prefix@_static_batches[@static_batches@];
static uint32_t @prefix@_idle_batches; /* stack of descriptors not in use */
static uint32_t @prefix@_used_batches; /* descriptors that were ever in use */
//%end

//%if grows
static struct @prefix@_batch *@prefix@_grown_batch(uint32_t index);

//%end
static struct @prefix@_batch *@prefix@_batch(uint32_t index)
{
//%if grows
    if (index > @static_batches@) {
        return @prefix@_grown_batch(index - @static_batches@ - 1);
    }
//%end
    return &@prefix@_static_batches[index - 1];
}

//%if shared
static void @prefix@_push(_Atomic(uint64_t) *stack, uint32_t index)
{
    uint64_t top = @PREFIX@_LOAD(stack, relaxed);
    do {
        @PREFIX@_STORE(&@prefix@_batch(index)->next, (uint32_t)top, relaxed);
    } while (!@PREFIX@_CAS(stack, &top, (top >> 32 << 32) | index, release, relaxed));
}

static uint32_t @prefix@_pop(_Atomic(uint64_t) *stack)
{
    uint64_t top = @PREFIX@_LOAD(stack, acquire);
    uint64_t below;
    do {
        if ((uint32_t)top == 0) {
            return 0;
        }
        const uint32_t next = @PREFIX@_LOAD(&@prefix@_batch((uint32_t)top)->next, relaxed);
        below = ((top >> 32) + 1) << 32 | next;
    } while (!@PREFIX@_CAS(stack, &top, below, acquire, acquire));
    return (uint32_t)top;
}

static uint32_t @prefix@_idle_batch(void)
{
    const uint32_t index = @prefix@_pop(&@prefix@_idle_batches);
    return index != 0 ? index : @PREFIX@_ADD(&@prefix@_used_batches, 1, acq_rel) + 1;
}

/* Gives a full batch, linked from `first`, to the depot. */
static void @prefix@_push_batch(size_t pool, struct @prefix@_block *first)
{
    const uint32_t index = @prefix@_idle_batch();
    @prefix@_batch(index)->first = first;
    @PREFIX@_ADD(&@prefix@_pools[pool].batches, 1, relaxed);
    @prefix@_push(&@prefix@_pools[pool].full, index);
}

/* Takes a full batch from the depot; NULL if there is none. The descriptor goes back before the
   blocks are used, which keeps descriptors in use below blocks / batch. */
static struct @prefix@_block *@prefix@_pop_batch(size_t pool)
{
    struct @prefix@_pool *const p = &@prefix@_pools[pool];
    const uint32_t index = @prefix@_pop(&p->full);
    if (index == 0) {
        return NULL;
    }
    struct @prefix@_block *const first = @prefix@_batch(index)->first;
    @prefix@_push(&@prefix@_idle_batches, index);
//%if auto_release
    const uint32_t left = @PREFIX@_ADD(&p->batches, (uint32_t)-1, relaxed) - 1;
    if (left < @PREFIX@_LOAD(&p->least_batches, relaxed)) {
        @PREFIX@_STORE(&p->least_batches, left, relaxed);
    }
//%else
    @PREFIX@_ADD(&p->batches, (uint32_t)-1, relaxed);
//%end
    return first;
}
//%else
static void @prefix@_push(uint32_t *stack, uint32_t index)
{
    @prefix@_batch(index)->next = *stack;
    *stack = index;
}

static uint32_t @prefix@_pop(uint32_t *stack)
{
    const uint32_t index = *stack;
    if (index != 0) {
        *stack = @prefix@_batch(index)->next;
    }
    return index;
}

static uint32_t @prefix@_idle_batch(void)
{
    const uint32_t index = @prefix@_pop(&@prefix@_idle_batches);
    return index != 0 ? index : ++@prefix@_used_batches;
}
//%end

/* Puts `count` adjacent blocks aside, to be carved again. */
static void @prefix@_push_run(size_t pool, void *first, uint32_t count)
{
    const uint32_t index = @prefix@_idle_batch();
    struct @prefix@_batch *const run = @prefix@_batch(index);
    run->first = first;
    run->count = count;
    @prefix@_push(&@prefix@_pools[pool].runs, index);
}
