/* Part of oversize.c, target wasm: runs of whole pages, out of the free ones that pools give back too, or new. */
/* ---- Big blocks ----
 *
 * A run of pages each: the numbers of the pages say where it begins and ends, and nothing else is kept. */

static inline size_t @prefix@_pages_for(size_t size) { return ((size - 1) >> @PREFIX@_PAGE_SHIFT) + 1; }

/* The first page of a big block; ends the program for what is none. */
static size_t @prefix@_big_page(const void *ptr)
{
    const size_t page = @prefix@_first_page(ptr);
    if (@prefix@_owners[page] != @PREFIX@_BIG || (uintptr_t)ptr != page << @PREFIX@_PAGE_SHIFT) {
        @prefix@_abort("a pointer that this allocator did not return");
    }
    return page;
}

static size_t @prefix@_big_pages(size_t page)
{
    size_t count = 1;
    while (page + count < @prefix@_pages_end && @prefix@_owners[page + count] == @PREFIX@_MORE) {
        count++;
    }
    return count;
}

/* A block for a request of 1 byte or more; NULL with errno ENOMEM if there is none. Alignments above a
   page take as many pages more, and give back what is before and behind. */
static void *@prefix@_big_map(size_t alignment, size_t size, bool zero)
{
    const size_t wanted = @prefix@_pages_for(size);
    const size_t step = alignment >> @PREFIX@_PAGE_SHIFT;
    const size_t more = step > 1 ? step - 1 : 0;
    const size_t first = size <= PTRDIFF_MAX ? @prefix@_take_pages(wanted + more) : @PREFIX@_NO_PAGE;
    if (first == @PREFIX@_NO_PAGE) {
        errno = ENOMEM;
        return NULL;
    }
    const size_t page = (first + more) & ~more;
    const bool zeroed = first >= @prefix@_untouched;
    @prefix@_join_pages(first, wanted + more);
    if (page < first + more) {
        @prefix@_free_pages(page + wanted);
    }
    @prefix@_owners[page] = @PREFIX@_BIG;
    if (first < page) {
        @prefix@_free_pages(first);
    }
    void *const block = (void *)(page << @PREFIX@_PAGE_SHIFT);
    return zero && !zeroed ? memset(block, 0, size) : block;
}

static void @prefix@_big_free(void *ptr)
{
    if (ptr != NULL) {
        @prefix@_free_pages(@prefix@_big_page(ptr));
    }
}

static size_t @prefix@_big_usable(const void *ptr)
{
    return @prefix@_big_pages(@prefix@_big_page(ptr)) << @PREFIX@_PAGE_SHIFT;
}

/* Where it is, if what follows is free or the memory's end; else NULL, and nothing has changed. */
static void *@prefix@_big_resize(void *ptr, size_t alignment, size_t size)
{
    const size_t page = @prefix@_big_page(ptr), had = @prefix@_big_pages(page);
    const size_t wanted = @prefix@_pages_for(size);
    if (((uintptr_t)ptr & (alignment - 1)) != 0) {
        return NULL;
    }
    if (wanted < had) {
        @prefix@_free_pages(page + wanted);
    } else if (wanted > had) {
        const size_t more = wanted - had, found = @prefix@_free_from(page + had, more);
        if (found < more &&
            (page + had + found != @prefix@_pages_end || @prefix@_pages_end != @prefix@_memory_pages() ||
             !@prefix@_add_many_pages(more - found))) {
            return NULL;
        }
        @prefix@_join_pages(page, wanted);
    }
    return ptr;
}
