/* Threads whose calls are sections of a spin lock: each keeps blocks of its own whole, and hands
   some to the others. Under ThreadSanitizer nothing races. */
#include "allocator.h"

#include "check.h"
#include "lock.h"
#include <pthread.h>

#ifndef MOST_SIZE
#define MOST_SIZE 96 /* of what the threads keep */
#endif

enum { THREADS = 4, ROUNDS = 20000, SLOTS = 12, SHELF = 8 };

atomic_uintptr_t lock_owner;
_Thread_local char lock_self;

static _Atomic(unsigned char *)
    shelf[SHELF]; /* blocks of 16 bytes on their way to whoever takes them */
static atomic_uint torn;

static void *traffic(void *argument)
{
    unsigned char *blocks[SLOTS] = {NULL};
    size_t sizes[SLOTS] = {0};
    unsigned state = 1 + *(unsigned *)argument;
    for (unsigned round = 0; round < ROUNDS; round++) {
        state = state * 1664525 + 1013904223; /* D. E. Knuth's and H. W. Lewis's */
        const unsigned slot = state >> 24, size = 1 + (state >> 8) % MOST_SIZE;
        unsigned char *const block = blocks[slot % SLOTS];
        for (size_t i = 0; block != NULL && i < sizes[slot % SLOTS]; i++) {
            torn |= block[i] != (unsigned char)(uintptr_t)block;
        }
        if (slot % 16 == 0) { /* one of another thread, in exchange for one of this */
            unsigned char *const mine = chip_alloc(16);
            if (mine != NULL) {
                memset(mine, 0x77, 16);
            }
            unsigned char *const other = atomic_exchange(&shelf[slot / 16 % SHELF], mine);
            torn |= other != NULL && other[15] != 0x77;
            chip_free(other);
            continue;
        }
        unsigned char *const next = slot % 3 == 0   ? chip_realloc(block, size)
                                    : slot % 5 == 0 ? chip_alloc_isr(size)
                                                    : chip_alloc(size);
        if (slot % 3 != 0) {
            chip_free(block);
        } else if (next == NULL) {
            continue;
        }
        blocks[slot % SLOTS] = next;
        sizes[slot % SLOTS] = next != NULL ? size : 0;
        for (size_t i = 0; next != NULL && i < size; i++) {
            next[i] = (unsigned char)(uintptr_t)next;
        }
    }
    for (size_t i = 0; i < SLOTS; i++) {
        chip_free(blocks[i]);
    }
    return NULL;
}

static void threads_share_the_pools(void)
{
    pthread_t threads[THREADS];
    unsigned numbers[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        numbers[i] = i;
        CHECK(pthread_create(&threads[i], NULL, traffic, &numbers[i]) == 0);
    }
    for (unsigned i = 0; i < 50; i++) {
        CHECK(chip_check()); /* which is a section, and so may be asked at any time */
    }
    for (unsigned i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    for (size_t i = 0; i < SHELF; i++) {
        chip_free(shelf[i]);
    }
    chip_stats_t stats;
    chip_stats(&stats);
    for (size_t pool = 0; pool < CHIP_POOLS; pool++) {
        CHECK(stats.pools[pool].live == 0);
    }
    CHECK(torn == 0 && chip_check());
}

static void a_caller_may_be_in_a_section_of_its_own(void)
{
    const uintptr_t state = lock_enter();
    void *const block = chip_alloc(40);
    void *const more = chip_realloc(block, 200);
    CHECK(block != NULL && more != NULL && atomic_load(&lock_owner) == (uintptr_t)&lock_self);
    chip_free(more);
    lock_leave(state);
    CHECK(atomic_load(&lock_owner) == 0 && chip_check());
}

static void an_interrupt_is_served(void)
{
    void *const block = chip_alloc_isr(40);
    CHECK(block != NULL && chip_usable_size(block) >= 40);
    chip_free(block);
}

int main(void)
{
    static const struct check rows[] = {
        {"threads share the pools", threads_share_the_pools},
        {"a caller may be in a section of its own", a_caller_may_be_in_a_section_of_its_own},
        {"an interrupt is served", an_interrupt_is_served},
    };
    return check_all(rows, sizeof rows / sizeof rows[0]);
}
