/* The emitted text itself, every word of it, and what the explorer must know of it. The file to
   include is named by ALLOCATOR; the object's .data and .bss are renamed to subject_data and
   subject_bss, so that the linker tells where its state lies. */
#define EX_TLS
#define EX_ATOMICS "atomics.h"
#include ALLOCATOR

#include "subject.h"

extern unsigned char __start_subject_data[], __stop_subject_data[];
extern unsigned char __start_subject_bss[], __stop_subject_bss[];

static void add_range(struct subject *out, unsigned char *start, const unsigned char *end)
{
    if (start < end) {
        out->ranges[out->range_count].start = start;
        out->ranges[out->range_count++].bytes = (size_t)(end - start);
    }
}

#ifdef EX_SEGMENT_BYTES
/* Of the descriptors for growth only the first few are used in a run this short. */
static void describe_growth(struct subject *out)
{
    enum { FEW = 8 };
    out->segments = EX_SEGMENTS;
    struct range *range = out->meta;
    range->start = NULL;
    range++->bytes = sizeof(struct ex_growth);
    range->start = (unsigned char *)EX_META_START;
    range++->bytes = FEW * sizeof(struct ex_batch);
    for (size_t segment = 0; segment < EX_SEGMENTS; segment++) {
        range->start = (unsigned char *)EX_META_START + segment * EX_SEGMENT_META +
                       EX_SEGMENT_BATCHES * sizeof(struct ex_batch);
        range++->bytes = sizeof(uint64_t);
    }
    out->meta_count = (size_t)(range - out->meta);
    for (size_t pool = 0; pool < EX_POOLS; pool++) {
        out->pool[pool].segment_blocks = ex_shapes[pool].segment_blocks;
    }
}
#endif

void subject_describe(struct subject *out)
{
    memset(out, 0, sizeof *out);
    out->pools = EX_POOLS;
    for (size_t pool = 0; pool < EX_POOLS; pool++) {
        out->pool[pool].size = ex_shapes[pool].size;
        out->pool[pool].initial_count = ex_shapes[pool].initial_count;
        out->pool[pool].first = ex_arena + ex_shapes[pool].offset;
    }
    add_range(out, __start_subject_data, __stop_subject_data);
    add_range(out, __start_subject_bss, ex_arena);
    add_range(out, ex_arena + EX_ARENA_BYTES, __stop_subject_bss);
#ifdef EX_SEGMENT_BYTES
    describe_growth(out);
#endif
}

void *subject_alloc(size_t size)
{
    return ex_alloc(size);
}

void *subject_calloc(size_t size)
{
    return ex_calloc(1, size);
}

void subject_free(void *ptr)
{
    ex_free(ptr);
}

void subject_trim(void)
{
    ex_trim();
}

void subject_flush(void)
{
    ex_thread_flush();
}

static size_t count_descriptors(uint32_t index)
{
    size_t count = 0;
    for (; index != 0; index = EX_LOAD(&ex_batch(index)->next, relaxed)) {
        count++;
    }
    return count;
}

/* Every descriptor that was ever in use is on one stack now, and no more are than there is room
   for: where nothing grows, the static ones. */
static bool check_descriptors(void)
{
    const uint32_t used = EX_LOAD(&ex_used_batches, relaxed);
    size_t count = count_descriptors((uint32_t)EX_LOAD(&ex_idle_batches, relaxed));
    for (size_t pool = 0; pool < EX_POOLS; pool++) {
        count += count_descriptors((uint32_t)EX_LOAD(&ex_pools[pool].full, relaxed));
        count += count_descriptors((uint32_t)EX_LOAD(&ex_pools[pool].runs, relaxed));
    }
    return count == used && used <= sizeof ex_static_batches / sizeof ex_static_batches[0];
}

bool subject_check(void)
{
    return ex_check() && check_descriptors();
}

#ifdef WITHOUT_CACHES
void *subject_cache(void)
{
    return NULL;
}

void subject_set_cache(void *cache)
{
    (void)cache;
}
#else
void *subject_cache(void)
{
    return ex_cache;
}

void subject_set_cache(void *cache)
{
    ex_cache = cache;
}
#endif
