/* What an emitted allocator means to its program, found out by calling it: sizes, counts,
   alignments, and what happens past them. It is linked with what a table emits under the prefix
   old_; ALIGNMENT is what `--explain` says. The linker wraps malloc and its like, so that a request
   that goes upstream shows. Fails if the allocator contradicts itself, and says where. */
#include "allocator.h"
#include <stdio.h>

static size_t sent_upstream; /* requests so far */

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
    sent_upstream++;
    return __real_malloc(size);
}

void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    sent_upstream++;
    return __real_aligned_alloc(alignment, size);
}

int __real_posix_memalign(void **block, size_t alignment, size_t size);
int __wrap_posix_memalign(void **block, size_t alignment, size_t size);
int __wrap_posix_memalign(void **block, size_t alignment, size_t size)
{
    sent_upstream++;
    return __real_posix_memalign(block, alignment, size);
}

/* Asks for one block more than there are, and says who served it: the table's word for it. */
static const char *policy_past(size_t size)
{
    const size_t before = sent_upstream;
    const void *const block = (old_alloc)(size);
    if (block == NULL)
        return "fail";
    if (sent_upstream != before)
        return "upstream";
    return old_owns(block) ? "grow" : "os";
}

static size_t promised_alignment(size_t size)
{
    const size_t natural = size & (~size + 1);
    return size >= ALIGNMENT || natural > ALIGNMENT ? ALIGNMENT : natural;
}

static bool is_promised(const void *block, const old_pool_stats_t *pool)
{
    return block != NULL && old_owns(block) && old_usable_size(block) == pool->size &&
           (uintptr_t)block % promised_alignment(pool->size) == 0;
}

/* Takes the pool's initial count; true if it alone served all. */
static bool holds_its_count(const old_pool_stats_t *pool, size_t row)
{
    static old_stats_t taken;
    const size_t before = sent_upstream;
    for (size_t i = 0; i < pool->initial_count; i++)
        if (!is_promised((old_alloc)(pool->size), pool))
            return false;
    old_stats(&taken);
    return sent_upstream == before && taken.pools[row].grown == 0 &&
           taken.pools[row].fallbacks == 0;
}

int main(void)
{
    static old_stats_t stats;
    bool good = true;
    old_stats(&stats);
    printf("%zu pools up to %zu bytes\n", stats.pool_count, OLD_LARGEST);
    for (size_t i = 0, below = 0; i < OLD_POOLS; i++) {
        const old_pool_stats_t *const pool = &stats.pools[i];
        if (old_good_size(below + 1) != pool->size || !holds_its_count(pool, i)) {
            fprintf(stderr, "the pool of %zu bytes does not serve what it should\n", pool->size);
            good = false;
        }
        below = pool->size;
        printf("pool of %zu bytes: %zu blocks, aligned to %zu, then %s\n", pool->size,
               pool->initial_count, promised_alignment(pool->size), policy_past(pool->size));
    }
    printf("larger ones: %s\n", policy_past(OLD_LARGEST + 1));
    return good ? 0 : 1;
}
