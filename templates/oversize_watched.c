/* Part of oversize.c: in place of own mappings, where a tool watches, and in pass-through. */
/* ---- Big blocks: malloc's, which tools know better than a mapping ---- */

static @atomic_u64@ @prefix@_mapped_bytes; /* none, of own mappings */

static void *@prefix@_big_map(size_t alignment, size_t size, bool zero)
{
    return @prefix@_upstream(alignment, size, zero);
}

static void @prefix@_big_free(void *ptr)
{
    const int saved = errno;
    @prefix@_upstream_free(ptr);
    errno = saved;
}

static size_t @prefix@_big_usable(const void *ptr) { return @prefix@_upstream_usable(ptr); }

//%if hardened
/* Malloc, and the tool, know which pointers are blocks. */
static const void *@prefix@_big_judge(const void *ptr, bool frees) { return (void)frees, ptr; }
static const void *@prefix@_big_of(const void *ptr) { return ptr; }
//%end
//%if harden_full
static void @prefix@_big_change(const void *ptr, size_t size) { (void)ptr, (void)size; }
//%end

static void *@prefix@_big_resize(void *ptr, size_t alignment, size_t size)
{
    alignment = alignment > @alignment@ ? alignment : @alignment@;
    /* NULL: it is to be copied */
    return alignment <= @PREFIX@_MALLOC_ALIGNMENT && size >= alignment ? realloc(ptr, size) : NULL;
}

static void @prefix@_big_open(const void *ptr) { (void)ptr; }
static size_t @prefix@_big_trim(void) { return 0; }
//%if decays
static bool @prefix@_big_decay(uint64_t now) { return (void)now, false; }
//%end
