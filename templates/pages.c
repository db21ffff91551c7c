/* Part of allocator.c, target wasm: growth, where memory comes in pages of 64 KiB, by anybody's hand, and none
   goes back. Given, beside what allocator.c is given: limit_granules, owner_type, full_bit, span_room, span_count_type; flags runs,
   oversize_os, exhausted_grow. */
/* ---- Pages ----
 *
 * A number a page of the module's memory says what it is. Nothing is made of where a page comes: others grow
 * the memory too, and their pages lie between ours. A page that is no longer needed is free for whatever comes
//%if runs
 * next, pool or big block, and free neighbours are one run by themselves: nothing but these numbers is kept.
//%else
 * next, whichever pool's: nothing but its number is kept.
//%end
 * What is looked for is looked for from the lowest page on that can have it, so that those of high addresses
 * come free. That is one page as a rule, and a number a page of the memory at most. */

enum {
    @PREFIX@_PAGE_SHIFT = 16,
    @PREFIX@_PAGES = @limit_granules@, /* of the whole memory, past which growth does not go */
    @PREFIX@_SPARE = 64, /* at most so small a part of the memory is free because it was grown early */
    /* A page is others', 0, or a pool's, its number and one, and this bit if no block of it is free, or */
    @PREFIX@_FULL = @full_bit@,
    @PREFIX@_FREE_PAGE = @PREFIX@_POOLS + 1,
//%if runs
    @PREFIX@_MORE, /* the same as the page before, or */
//%end
//%if oversize_os
    @PREFIX@_BIG,  /* a big block's first */
//%end
};

static @owner_type@ @prefix@_owners[@PREFIX@_PAGES];
static size_t @prefix@_lowest[@PREFIX@_FREE_PAGE + 1]; /* no page below it is this; at most the end */
static size_t @prefix@_pages_end; /* none from it on has ever been ours */

/* The lowest page that is so, or @prefix@_pages_end. */
static size_t @prefix@_find_page(size_t owner)
{
    size_t *const page = &@prefix@_lowest[owner];
    while (*page != @prefix@_pages_end && @prefix@_owners[*page] != owner) {
        ++*page;
    }
    return *page;
}

/* Says what a page is, which may now be looked for. */
__attribute__((noinline)) static void @prefix@_set_page(size_t page, size_t owner)
{
    @prefix@_owners[page] = (@owner_type@)owner;
    if (page < @prefix@_lowest[owner]) {
        @prefix@_lowest[owner] = page;
    }
}

//%if runs
//%if oversize_os
static size_t @prefix@_untouched; /* pages from it on were never used, and are zero if they are ours */

//%end
/* Says what the pages of a run are but for the first, since they are used now. */
static void @prefix@_join_pages(size_t page, size_t count)
{
    for (size_t more = 1; more < count; more++) {
        @prefix@_owners[page + more] = @PREFIX@_MORE;
    }
//%if oversize_os
    if (@prefix@_untouched < page + count) {
        @prefix@_untouched = page + count;
    }
//%end
}

/* Frees the pages of a run from one of them on. */
static void @prefix@_free_pages(size_t page)
{
    do {
        @prefix@_set_page(page++, @PREFIX@_FREE_PAGE);
    } while (page < @prefix@_pages_end && @prefix@_owners[page] == @PREFIX@_MORE);
}

/* How many pages are free from one on, up to `most`. */
static size_t @prefix@_free_from(size_t page, size_t most)
{
    size_t count = 0;
    while (count < most && page + count < @prefix@_pages_end &&
           @prefix@_owners[page + count] == @PREFIX@_FREE_PAGE) {
        count++;
    }
    return count;
}

//%end
/* Makes the memory larger by so many pages, which are free then; false if it may not be. */
static bool @prefix@_add_pages(size_t count)
{
    size_t page = @prefix@_obtain(count);
    if (page == @PREFIX@_NO_PAGE) {
        return false;
    }
    @prefix@_pages_end = page + count;
    do {
        @prefix@_set_page(page++, @PREFIX@_FREE_PAGE);
    } while (--count != 0);
    return true;
}

/* The same and a part of what it has, since hosts take longer to grow a memory the larger it is (node, to
   256 MiB: 83 ms in place of 2,300). */
static bool @prefix@_add_many_pages(size_t count)
{
    return @prefix@_add_pages(count + @prefix@_memory_pages() / @PREFIX@_SPARE) || @prefix@_add_pages(count);
}

//%if runs
/* The first of `count` free neighbours, of which some may be added; or @PREFIX@_NO_PAGE. */
static size_t @prefix@_take_pages(size_t count)
{
    size_t lacking;
    do {
        size_t page = @prefix@_find_page(@PREFIX@_FREE_PAGE), found = 0;
        for (; page < @prefix@_pages_end; page += found + 1) {
            found = @prefix@_free_from(page, count);
            if (found == count) {
                return page;
            }
        }
        /* What is free at the memory's end is the first part of what is added. */
        const bool joins = page == @prefix@_pages_end + 1 && @prefix@_pages_end == @prefix@_memory_pages();
        lacking = count - (joins ? found : 0);
    } while (@prefix@_add_many_pages(lacking));
    return @PREFIX@_NO_PAGE;
}
//%end

/* The first page of what a pointer is into; 0, which is nobody's, of one past all that can be ours. */
static inline size_t @prefix@_first_page(const void *ptr)
{
    size_t page = (uintptr_t)ptr >> @PREFIX@_PAGE_SHIFT;
    if (page >= @PREFIX@_PAGES) {
        return 0;
    }
//%if runs
    while (@prefix@_owners[page] == @PREFIX@_MORE) {
        page--;
    }
//%end
    return page;
}

//%if exhausted_grow
/* The pool that has a page, or more than there are. */
static inline size_t @prefix@_page_pool(size_t page) { return (@prefix@_owners[page] & ~(size_t)@PREFIX@_FULL) - 1; }

/* Pool of a pointer into growth, or @PREFIX@_POOLS. */
static inline size_t @prefix@_grown_pool(const void *ptr)
{
    const size_t pool = @prefix@_page_pool(@prefix@_first_page(ptr));
    return pool < @PREFIX@_POOLS ? pool : @PREFIX@_POOLS;
}

/* ---- Spans of pages ----
 *
//%if span_lengths
 * A span is a run of pages with blocks of one pool, from its start on, and what is known of them at its end. One
//%else
 * A span is a page with blocks of one pool, in whose place for a first block stands what is known of them. One
//%end
 * whose last block is freed leaves the pool. */

struct @prefix@_span {
    struct @prefix@_block *free; /* freed blocks, last freed first */
    @span_count_type@ out;               /* blocks that the caller has */
    @span_count_type@ carved;            /* blocks that it ever had */
};
_Static_assert(sizeof(struct @prefix@_span) <= @span_room@, "a span has room for what is known of it");

/* What changes of a pool, beside its list of free static blocks. */
static struct @prefix@_pool {
    uint32_t carved;    /* static blocks used */
    uint32_t held;      /* blocks used in its spans */
    uint32_t grown;     /* most of them, before a span left */
    size_t fallbacks;   /* requests that it could not serve */
} @prefix@_pools[@PREFIX@_POOLS];

//%if runs
/* Pages of a span. */
static inline size_t @prefix@_span_pages(size_t pool)
{
//%if span_lengths
    return @prefix@_shapes[pool].granules;
//%else
    (void)pool;
    return 1;
//%end
}

//%end
//%if span_lengths
static inline struct @prefix@_span *@prefix@_span(size_t pool, size_t page)
{
    const uintptr_t end = (page + @prefix@_span_pages(pool)) << @PREFIX@_PAGE_SHIFT; /* 0 of the last page */
    return (struct @prefix@_span *)(end - sizeof(struct @prefix@_span));
}

static inline unsigned char *@prefix@_block(size_t pool, size_t page, size_t number)
{
    return (unsigned char *)(page << @PREFIX@_PAGE_SHIFT) + @prefix@_shapes[pool].size * number;
}
//%else
static inline struct @prefix@_span *@prefix@_span(size_t pool, size_t page)
{
    (void)pool;
    return (struct @prefix@_span *)(page << @PREFIX@_PAGE_SHIFT);
}

static inline unsigned char *@prefix@_block(size_t pool, size_t page, size_t number)
{
    return (unsigned char *)(page << @PREFIX@_PAGE_SHIFT) + @prefix@_shapes[pool].size * (number + 1);
}
//%end

//%if runs
/* Gives a pool a span more; false if the memory is at its end. */
static inline bool @prefix@_add_span(size_t pool)
{
    const size_t page = @prefix@_take_pages(@prefix@_span_pages(pool));
    if (page == @PREFIX@_NO_PAGE) {
        return false;
    }
    @prefix@_join_pages(page, @prefix@_span_pages(pool));
//%else
/* Gives a pool a free page, or makes some; false if the memory is at its end. */
static inline bool @prefix@_add_span(size_t pool)
{
    const size_t page = @prefix@_find_page(@PREFIX@_FREE_PAGE);
    if (page == @prefix@_pages_end) {
        return @prefix@_add_many_pages(1);
    }
//%end
    struct @prefix@_span *const span = @prefix@_span(pool, page);
    span->free = NULL;
    span->out = span->carved = 0;
    @prefix@_set_page(page, pool + 1);
    return true;
}

/* A block of growth, or NULL. */
static inline void *@prefix@_take_grown(size_t pool)
{
    size_t page;
    while ((page = @prefix@_find_page(pool + 1)) == @prefix@_pages_end) {
        if (!@prefix@_add_span(pool)) {
            return NULL;
        }
    }
    struct @prefix@_span *const span = @prefix@_span(pool, page);
    void *block = span->free;
    if (block != NULL) {
        span->free = span->free->next;
    } else {
        block = @prefix@_block(pool, page, span->carved++);
        @prefix@_pools[pool].held++;
    }
    if (++span->out == @prefix@_shapes[pool].span_blocks) {
        @prefix@_owners[page] |= @PREFIX@_FULL;
    }
    return block;
}

/* Takes a block of growth back. */
static inline void @prefix@_give_grown(size_t pool, size_t page, void *ptr)
{
    struct @prefix@_span *const span = @prefix@_span(pool, page);
    struct @prefix@_pool *const p = &@prefix@_pools[pool];
    struct @prefix@_block *const block = ptr;
    block->next = span->free;
    span->free = block;
    @prefix@_set_page(page, pool + 1);
    if (--span->out == 0) {
        if (p->grown < p->held) {
            p->grown = p->held;
        }
        p->held -= span->carved;
//%if runs
        @prefix@_free_pages(page);
//%else
        @prefix@_set_page(page, @PREFIX@_FREE_PAGE);
//%end
    }
}
//%end
