/* Part of oversize_maps.c, where a pool looks for its caller's faults: which pointers are big blocks. */
//%if harden_full
/* Bytes that a block may grow to where it is. */
static size_t @prefix@_big_room(const struct @prefix@_big *big)
{
//%if upstream
    return big->bytes - big->before - (big->mapped ? @prefix@_page() : 0);
//%else
    return big->bytes - big->before - @prefix@_page();
//%end
}

/* Notes what was requested, and what must not change behind it. */
static void @prefix@_big_seal(void *ptr, size_t size)
{
    struct @prefix@_big *const big = @prefix@_big((uintptr_t)ptr);
    big->request = size;
    big->check = @prefix@_big_check(big);
    memset((unsigned char *)ptr + size, @prefix@_canary(), @prefix@_canaries(@prefix@_big_room(big), size));
}

/* Makes a block larger or smaller where it is; what is new of it is zero. */
static void @prefix@_big_change(void *ptr, size_t size)
{
    const struct @prefix@_big *const big = @prefix@_big((uintptr_t)ptr);
    const size_t end = big->request + @prefix@_canaries(@prefix@_big_room(big), big->request);
    const size_t from = size < big->request ? size : big->request;
    memset((unsigned char *)ptr + from, 0, end - from);
    @prefix@_big_seal(ptr, size);
}

/* Makes a range that is kept inaccessible, and what is near its header, which may be read, zero. */
static void @prefix@_big_close(void *ptr, uintptr_t start, size_t bytes)
{
    const uintptr_t page = @prefix@_page();
    const uintptr_t first = (uintptr_t)ptr & -page; /* the header may end where it begins */
    const uintptr_t next = first + page;
    memset(ptr, 0, next - (uintptr_t)ptr);
    (void)@prefix@_protect(next, start + bytes - next, @PREFIX@_NO_ACCESS);
    (void)@prefix@_protect(first, page, @PREFIX@_READ_ONLY);
}

//%end
/* The header of a block that no pool served, which the caller `frees` or uses otherwise; ends the program if
   `ptr` is not one. */
static struct @prefix@_big *@prefix@_big_judge(const void *ptr, bool frees)
{
    struct @prefix@_big *const big = @prefix@_big((uintptr_t)ptr);
    if ((uintptr_t)ptr % 16 != 0 || !@prefix@_is_mapped((uintptr_t)big, @PREFIX@_BIG_HEADER)) {
        @prefix@_fault(frees ? "foreign free" : "foreign use", ptr, 0);
    }
//%if harden_full
    const size_t usable = big->request;
//%else
    const size_t usable = big->bytes - big->before;
//%end
    if (big->check == ~@prefix@_big_check(big)) {
        @prefix@_fault(frees ? "double free" : "use after free", ptr, usable);
    }
    if (big->check != @prefix@_big_check(big)) {
        @prefix@_fault(frees ? "foreign free" : "foreign use", ptr, 0);
    }
//%if harden_full
    const size_t canaries = @prefix@_canaries(@prefix@_big_room(big), usable);
    if (!@prefix@_are_canaries((const unsigned char *)ptr + usable, canaries)) {
        @prefix@_fault("overflow", ptr, usable);
    }
//%end
    return big;
}

static struct @prefix@_big *@prefix@_big_of(const void *ptr) { return @prefix@_big_judge(ptr, false); }

//%if harden_full
/* Resizes a block to another that no pool serves, where it is; NULL where a copy must do, since between guard
   pages there is no room. */
static void *@prefix@_big_resize(void *ptr, size_t alignment, size_t size)
{
    const size_t room = @prefix@_big_room(@prefix@_big_of(ptr));
    if (((uintptr_t)ptr & (alignment - 1)) != 0 || size > room || size < room / 2) {
        return NULL;
    }
    @prefix@_big_change(ptr, size);
    return ptr;
}

//%end

