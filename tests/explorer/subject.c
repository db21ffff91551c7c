/* The emitted text itself, every word of it, and what the explorer must know of it. The file to
   include is named by ALLOCATOR; the object's .data and .bss are renamed to subject_data and
   subject_bss, so that the linker tells where its state lies. */
#include "subject.h"

#define EX_TLS                __attribute__((section("subject_tls")))
#define EX_ATOMICS            "atomics.h"
#define EX_RANDOM(ptr, bytes) memset(ptr, 0x5a, bytes) /* the same in every run */
#define EX_FAULT(line)        subject_fault(line)
#include ALLOCATOR

#include <stdatomic.h>

/* What is read here is no access of the text's own. */
#define PEEK(object) atomic_load_explicit(object, memory_order_relaxed)

extern unsigned char __start_subject_data[], __stop_subject_data[];
extern unsigned char __start_subject_bss[], __stop_subject_bss[];

extern unsigned char __start_subject_tls[], __stop_subject_tls[];

/* ---- Where its state lies ---- */

static void add_range(struct subject *out, unsigned char *start, const unsigned char *end)
{
    if (start < end) {
        out->ranges[out->range_count].start = start;
        out->ranges[out->range_count++].bytes = (size_t)(end - start);
    }
}

/* Takes [start, end) out of the ranges. */
static void cut_range(struct subject *out, unsigned char *start, unsigned char *end)
{
    for (size_t i = 0; i < out->range_count; i++) {
        unsigned char *const from = out->ranges[i].start, *const to = from + out->ranges[i].bytes;
        if (from <= start && end <= to) {
            out->ranges[i].bytes = (size_t)(start - from);
            add_range(out, end, to);
            return;
        }
    }
}

#ifdef EX_GRANULE
/* Of the owner map a few rows are used: those of the first groups. */
static void describe_growth(struct subject *out)
{
    unsigned char *const owners = (unsigned char *)ex_owners;
    const size_t row = 64 * sizeof ex_owners[0], used = (EX_STATIC_GROUPS + SUBJECT_PARTS) * row;
    cut_range(out, owners, owners + sizeof ex_owners);
    add_range(out, owners, owners + used);
    out->granule = EX_GRANULE;
    out->limit = EX_LIMIT;
    out->window = EX_GROUPS * EX_PART;
    out->first_group = EX_STATIC_GROUPS;
    out->head = offsetof(struct ex_part, spans) + SUBJECT_RUN * sizeof(struct ex_span);
    for (size_t pool = 0; pool < EX_POOLS; pool++) {
        struct subject_pool *const p = &out->pool[pool];
        p->granules = ex_shapes[pool].granules;
        p->span_blocks = ex_shapes[pool].span_blocks;
        p->widest = p->widest < p->span_blocks ? p->span_blocks : p->widest;
    }
}
#else
static void describe_growth(struct subject *out)
{
    (void)out;
}
#endif

void subject_describe(struct subject *out)
{
    memset(out, 0, sizeof *out);
    out->pools = EX_POOLS;
    for (size_t pool = 0; pool < EX_POOLS; pool++) {
        struct subject_pool *const p = &out->pool[pool];
        p->size = ex_shapes[pool].size;
        p->request = ex_good_size(p->size - sizeof(uint64_t));
        p->initial_count = ex_shapes[pool].initial_count;
        p->first = ex_arena + ex_shapes[pool].offset;
        p->widest = (size_t)1 << ex_shapes[pool].span_shift;
#ifdef WITHOUT_CACHES
        p->batch = 1;
#else
        p->batch = ex_shapes[pool].batch;
#endif
    }
    add_range(out, __start_subject_data, __stop_subject_data);
    add_range(out, __start_subject_bss, __stop_subject_bss);
    add_range(out, __start_subject_tls, __stop_subject_tls);
    cut_range(out, ex_arena, ex_arena + EX_ARENA_BYTES);
    describe_growth(out);
}

bool subject_is_private(const void *at)
{
    return (const unsigned char *)at >= __start_subject_tls &&
           (const unsigned char *)at < __stop_subject_tls;
}

/* ---- Its functions ---- */

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

void subject_idle(void)
{
    (void)ex_idle();
}

#ifdef WITHOUT_CACHES
size_t subject_chunks(void)
{
    return 0;
}

void *subject_cache(void)
{
    return NULL;
}

void subject_set_cache(void *cache)
{
    (void)cache;
}

bool subject_is_own(const void *cache)
{
    (void)cache;
    return false;
}

size_t subject_cached(const void *cache, size_t pool)
{
    (void)cache, (void)pool;
    return 0;
}
#else
size_t subject_chunks(void)
{
    size_t chunks = 0;
    for (size_t i = 1; i < EX_CHUNKS; i++) { /* the first is no mapping */
        chunks += PEEK(&ex_chunks[i]) != NULL;
    }
    return chunks;
}

void *subject_cache(void)
{
    return ex_cache;
}

void subject_set_cache(void *cache)
{
    ex_cache = cache;
}

bool subject_is_own(const void *cache)
{
    return cache != &ex_unborn && cache != &ex_dead;
}

#ifdef WAITS
static size_t waiting(const struct ex_thread *thread, size_t pool)
{
    size_t count = 0;
    for (size_t place = 0; place < ex_shapes[pool].quarantine; place++) {
        count += PEEK(&thread->quarantines[pool].blocks[place]) != 0;
    }
    return count;
}
#else
static size_t waiting(const struct ex_thread *thread, size_t pool)
{
    (void)thread, (void)pool;
    return 0;
}
#endif

size_t subject_cached(const void *cache, size_t pool)
{
    if (!subject_is_own(cache)) {
        return 0;
    }
    const struct ex_thread *const thread = cache;
    const struct ex_list *const list = &thread->cache.lists[pool];
    const size_t batch = ex_shapes[pool].batch;
    return (list->head != NULL ? batch - list->room : 0) +
           (thread->supplies[pool].spare != NULL ? batch : 0) +
           PEEK(&thread->supplies[pool].fresh) + waiting(thread, pool);
}
#endif

/* ---- Spans ---- */

#ifdef EX_GRANULE
static uint32_t newest_part(void)
{
    return (uint32_t)(PEEK(&ex_opened) >> 44);
}
#endif

/* The row of `rows` in which a word is; -1 for none. */
static int row_in(const volatile void *word, const void *rows, size_t row, size_t count)
{
    const size_t at = ((uintptr_t)word - (uintptr_t)rows) / row;
    return (uintptr_t)word >= (uintptr_t)rows && at < count ? (int)at : -1;
}

/* Spans are numbered densely here: static ones, then the granules of the first groups. */
int subject_span(const volatile void *word)
{
#ifdef EX_GRANULE
    for (uint32_t group = newest_part(); group != 0; group = ex_part(group)->older) {
        const struct ex_part *const part = ex_part(group);
        const int before = SUBJECT_STATIC + (int)(group - EX_STATIC_GROUPS) * SUBJECT_RUN;
        const int of_out = row_in(word, part->out, sizeof part->out[0][0], EX_ROWS * 64);
        const int at = of_out >= 0 ? of_out % 64
                                   : row_in(word, part->spans, sizeof part->spans[0], SUBJECT_RUN);
        if (at >= 0 && at < SUBJECT_RUN) {
            return before + at;
        }
    }
#endif
    const int of_out = row_in(word, ex_static_out, sizeof ex_static_out[0], EX_STATIC_SPANS);
    return of_out >= 0 ? of_out
                       : row_in(word, ex_static_spans, sizeof ex_static_spans[0], EX_STATIC_SPANS);
}

#ifdef EX_GRANULE
static uint64_t bits_of_grown(const struct ex_part *part, size_t at, size_t word)
{
    return PEEK(&part->out[word / EX_ROW_WORDS][at][word % EX_ROW_WORDS]);
}
#endif

int subject_excess(int span)
{
    int excess = 0;
#ifdef EX_GRANULE
    if (span >= SUBJECT_STATIC) {
        const int at = (span - SUBJECT_STATIC) % SUBJECT_RUN;
        const struct ex_part *const part =
            ex_part((uint32_t)(EX_STATIC_GROUPS + (span - SUBJECT_STATIC) / SUBJECT_RUN));
        excess = (int)(uint32_t)PEEK(&part->spans[at].state);
        for (size_t word = 0; word < EX_SPAN_WORDS; word++) {
            excess -= __builtin_popcountll(bits_of_grown(part, (size_t)at, word));
        }
        return excess;
    }
#endif
    excess = (int)(uint32_t)PEEK(&ex_static_spans[span].state);
    for (size_t word = 0; word < EX_SPAN_WORDS; word++) {
        excess -= __builtin_popcountll(PEEK(&ex_static_out[span][word]));
    }
    return excess;
}

bool subject_is_free(size_t pool, const void *block)
{
    uint32_t number;
    const struct ex_span *const span = ex_locate(pool, block, &number);
    return span != NULL && (PEEK(ex_word(span, number / 64)) >> number % 64 & 1) == 0;
}

/* ---- Growth ---- */

#ifdef EX_GRANULE
/* Spans of `granules` that are in a part, wherever in it all those bits are set. */
static size_t count_runs(uint64_t bits, size_t granules)
{
    size_t count = 0;
    for (size_t at = 0; at < 64; at += granules) {
        const uint64_t run = UINT64_MAX >> (64 - granules) << at;
        count += (bits & run) == run;
    }
    return count;
}

size_t subject_owned(size_t pool)
{
    size_t spans = 0;
    for (uint32_t group = newest_part(); group != 0; group = ex_part(group)->older) {
        for (size_t at = 0; at < 64; at += ex_shapes[pool].granules) {
            spans += PEEK(&ex_owners[group * 64 + at]) == pool + 1;
        }
    }
    return spans * ex_shapes[pool].span_blocks;
}

static uint64_t stored_in(const struct ex_part *part)
{
    return ~(PEEK(&part->taken) | part->outside);
}

size_t subject_stored(size_t pool)
{
    size_t spans = 0;
    for (uint32_t group = newest_part(); group != 0; group = ex_part(group)->older) {
        spans += count_runs(stored_in(ex_part(group)), ex_shapes[pool].granules);
    }
    return spans;
}

bool subject_openable(size_t pool)
{
    const size_t left = EX_LIMIT - (PEEK(&ex_opened) & 0xffffff);
    const size_t granules = ex_shapes[pool].granules;
    const size_t first = (EX_HEAD_GRANULES + granules - 1) / granules * granules;
    return left >= first + granules;
}

static bool is_part_sound(const struct ex_part *part, size_t group)
{
    uint64_t stored = stored_in(part);
    for (; stored != 0; stored &= stored - 1) {
        const size_t at = (size_t)__builtin_ctzll(stored);
        uint64_t any = PEEK(&part->spans[at].state) | PEEK(&part->spans[at].used) |
                       PEEK(&ex_owners[group * 64 + at]);
        for (size_t word = 0; word < EX_SPAN_WORDS; word++) {
            any |= bits_of_grown(part, at, word);
        }
        if (any != 0) {
            return false;
        }
    }
    return true;
}

bool subject_is_store_sound(void)
{
    for (uint32_t group = newest_part(); group != 0; group = ex_part(group)->older) {
        if (!is_part_sound(ex_part(group), group)) {
            return false;
        }
    }
    return true;
}

/* Blocks used of a pool's spans of growth. */
static size_t used_of_growth(size_t pool)
{
    size_t used = 0;
    for (uint32_t group = newest_part(); group != 0; group = ex_part(group)->older) {
        for (size_t at = 0; at < 64; at += ex_shapes[pool].granules) {
            if (PEEK(&ex_owners[group * 64 + at]) == pool + 1) {
                used += PEEK(&ex_part(group)->spans[at].used);
            }
        }
    }
    return used;
}
#else
size_t subject_owned(size_t pool)
{
    (void)pool;
    return 0;
}

size_t subject_stored(size_t pool)
{
    (void)pool;
    return 0;
}

bool subject_openable(size_t pool)
{
    (void)pool;
    return false;
}

bool subject_is_store_sound(void)
{
    return true;
}
#endif

#ifdef RELEASES
bool subject_gives_back(void)
{
    return true;
}

/* Of a span with free blocks: in its state pages were given back already. */
static bool is_purged(size_t pool, const struct ex_span *span)
{
    const uint64_t state = PEEK(&span->state), seen = PEEK(&span->seen);
    return ex_free_in(pool, span, state) == 0 || seen == (state | EX_PURGED);
}

bool subject_has_given_back(void)
{
    for (size_t pool = 0; pool < EX_POOLS; pool++) {
        for (size_t slot = 0; slot < EX_DEPOT_SLOTS; slot++) {
            if (PEEK(&ex_pools[pool].depot[slot]) != NULL) {
                return false;
            }
        }
        for (uint32_t span = 0; span < EX_STATIC_SPANS; span++) {
            if (!is_purged(pool, &ex_static_spans[span])) {
                return false;
            }
        }
        for (uint32_t group = newest_part(); group != 0; group = ex_part(group)->older) {
            for (uint32_t at = 0; at < SUBJECT_RUN; at++) {
                if (!is_purged(pool, &ex_part(group)->spans[at])) {
                    return false;
                }
            }
        }
    }
    for (uint32_t group = newest_part(); group != 0; group = ex_part(group)->older) {
        if ((stored_in(ex_part(group)) & PEEK(&ex_part(group)->dirty)) != 0) {
            return false;
        }
    }
    return true;
}
#else
bool subject_gives_back(void)
{
    return false;
}

bool subject_has_given_back(void)
{
    return true;
}
#endif

/* What a pool says of its use is what its spans say. */
static bool are_counts_right(void)
{
    for (size_t pool = 0; pool < EX_POOLS; pool++) {
        const struct ex_shape *const shape = &ex_shapes[pool];
        uint64_t carved = 0;
        for (size_t span = 0; span < PEEK(&ex_pools[pool].opened); span++) {
            carved += PEEK(&ex_static_spans[shape->first_span + span].used);
        }
        if (carved != PEEK(&ex_pools[pool].carved)) {
            return false;
        }
#ifdef EX_GRANULE
        const uint64_t held = PEEK(&ex_pools[pool].held);
        if (held != used_of_growth(pool) || held > PEEK(&ex_pools[pool].grown)) {
            return false;
        }
#endif
    }
    return true;
}

bool subject_check(void)
{
    return ex_check() && are_counts_right();
}
