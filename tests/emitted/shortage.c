/* The Shortage section of the catalogue: every call to the system fails in turn, once and for
   ever, and address space is short. */
#define _DEFAULT_SOURCE
#include "cases.h"
#include "faults.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    SPARE = 3,         /* blocks beyond the initial count that the work asks of a pool */
    MOST_STEPS = 2000, /* more calls to the system than any work makes */
    BIG_STEPS = 3,     /* sizes above the largest pool's, each three times the one before */
    MIB = 1 << 20
};

static bool asks_the_system(void)
{
    return table.grows || table.asks || table.oversize == OS;
}

/* What a run without faults got, for those with faults to be compared to; shared with children. */
struct clean {
    size_t refused;  /* requests that the table itself refuses */
    size_t capacity; /* blocks of the last pool that grows, to the end of growth */
};
static struct clean *clean;

/* ---- work that meets every way in which memory can be asked for */

struct work {
    void *list;     /* live blocks, linked */
    size_t refused; /* requests that got NULL */
};

/* Takes note of what a request got; a block must be the caller's to write to. */
static void note(struct work *work, void *got, size_t size)
{
    if (got == NULL) {
        CHECK_FOR(size, errno == ENOMEM);
        work->refused++;
        return;
    }
    CHECK_FOR(size, subject.usable_size(got) >= size);
    fill(got, size < 256 ? size : 256, 1);
    *(void **)got = work->list;
    work->list = got;
}

static void work_pool(struct work *work, size_t pool)
{
    const size_t size = table.rows[pool].size;
    for (size_t i = 0; i < table.rows[pool].count + SPARE; i++) {
        note(work, i % 8 == 0 ? subject.calloc(1, size) : subject.alloc(size), size);
    }
    note(work, subject.aligned_alloc(256, size), size);
    note(work, subject.realloc(NULL, size), size);
}

static void work_oversize(struct work *work)
{
    void *ptr = NULL;
    size_t size = table.largest + 1;
    for (int step = 0; step < BIG_STEPS; step++, size *= 3) {
        const size_t written = size < 64 ? size : 64;
        note(work, subject.alloc(size), size);
        note(work, subject.calloc(size, 1), size);
        note(work, subject.aligned_calloc(16384, 1, size), size);
        void *const moved = subject.realloc(ptr, size);
        if (moved == NULL) {
            CHECK_FOR(size, errno == ENOMEM && (ptr == NULL || is_filled(ptr, 8, 9)));
            work->refused++;
            continue;
        }
        fill(moved, written, 9);
        ptr = moved;
    }
    subject.free(ptr);
}

static struct work do_all(void)
{
    struct work work = {NULL, 0};
    for (size_t pool = 0; pool < table.count; pool = next_sample(pool)) {
        work_pool(&work, pool);
    }
    work_oversize(&work);
    return work;
}

static size_t growing_pool(void)
{
    size_t pool = table.count - 1;
    while (table.rows[pool].exhausted != GROW) {
        pool--;
    }
    return pool;
}

static size_t capacity(void)
{
    void *list;
    const size_t count = take_all(table.rows[growing_pool()].size, SIZE_MAX, &list);
    free_all(list);
    return count;
}

/* ---- faults: everything can be had afterwards that could be had without them */

static bool learn_refused(size_t unused)
{
    struct work work = do_all();
    clean->refused = work.refused;
    free_all(work.list);
    return unused == 0;
}

static bool learn_capacity(size_t unused)
{
    clean->capacity = capacity();
    return unused == 0;
}

static void learn(void)
{
    clean = mmap(NULL, sizeof *clean, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(clean != MAP_FAILED);
    CHECK(in_child(learn_refused, 0));
    CHECK(!growth_ends() || in_child(learn_capacity, 0));
}

/* True if a fault was met. */
static bool work_with_fault(struct faults with)
{
    faults = with;
    struct work work = do_all();
    const bool failed = faults.failed != 0;
    CHECK(failed || work.refused == clean->refused);
    faults = (struct faults){.calls = 0};
    free_all(work.list);
    CHECK(subject.check());
    subject.trim();
    CHECK(subject.check());
    work = do_all();
    CHECK_EQUAL(work.refused, clean->refused);
    free_all(work.list);
    CHECK(subject.check());
    return failed;
}

static bool fail_once(size_t first)
{
    return work_with_fault((struct faults){.calls = FAULT_MEMORY, .first = first});
}

static bool fail_for_ever(size_t first)
{
    return work_with_fault(
        (struct faults){.calls = FAULT_MEMORY, .first = first, .for_ever = true});
}

/* Takes steps 1, 2 and so on, each in a process of its own, until one meets no fault. Those of many
   are thinned out after the tenth. */
static void step_until_passed(bool (*step)(size_t first), size_t stride)
{
    size_t first = 1;
    learn();
    while (in_child(step, first)) {
        first += first < 10 ? 1 : stride;
        CHECK(first < MOST_STEPS);
    }
    CHECK(first > 1);
}

static void each_call_fails_once(void)
{
    step_until_passed(fail_once, 1);
}

static void each_call_and_all_after_it_fail(void)
{
    step_until_passed(fail_for_ever, 1);
}

/* Growth that was refused is still there for who asks next, but for what the head of a part takes:
   a part that was refused is tried again at half its size. */
static bool fail_while_growing(size_t first)
{
    const struct row *const row = &table.rows[growing_pool()];
    void *list;
    CHECK_EQUAL(take_all(row->size, row->count + 1, &list), row->count + 1);
    free_all(list);
    faults = (struct faults){.calls = FAULT_MMAP | FAULT_MPROTECT, .first = first};
    const size_t count = take_all(row->size, SIZE_MAX, &list);
    const bool failed = faults.failed != 0;
    CHECK(failed || count == clean->capacity);
    faults = (struct faults){.calls = 0};
    free_all(list);
    const size_t after = capacity();
    CHECK_FOR(after,
              after <= clean->capacity && clean->capacity - after <= 1 + clean->capacity / 32);
    return failed && subject.check();
}

static void refused_growth_is_not_lost(void)
{
    step_until_passed(fail_while_growing, 9);
}

/* ---- threads: keys and caches */

static bool is_shared(void)
{
    return table.shared;
}

static bool is_shared_with_caches(void)
{
    return table.shared && table.cached;
}

static void without_a_key_all_else_works(void)
{
    learn();
    CHECK(work_with_fault((struct faults){.calls = FAULT_KEY, .first = 1, .for_ever = true}));
}

static void without_a_key_s_value_all_else_works(void)
{
    learn();
    CHECK(work_with_fault((struct faults){.calls = FAULT_SETKEY, .first = 1, .for_ever = true}));
}

static void *free_without_a_cache(void *list)
{
    faults = (struct faults){.calls = FAULT_MMAP, .first = 1, .for_ever = true};
    errno = EDOM;
    free_all(list);
    CHECK_EQUAL(errno, EDOM);
    faults = (struct faults){.calls = 0};
    return NULL;
}

/* The second thread gets no memory for a cache; what it frees is not lost. */
static void a_thread_that_gets_no_cache_can_free(void)
{
    const struct row *const row = &table.rows[table.count - 1];
    pthread_t thread;
    void *list;
    CHECK_EQUAL(take_all(row->size, row->count, &list), row->count);
    CHECK(pthread_create(&thread, NULL, free_without_a_cache, list) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(subject.check());
    CHECK_EQUAL(take_all(row->size, row->count, &list), row->count);
    CHECK(subject.watched || subject.stats().pools[table.count - 1].grown == 0);
    CHECK_EQUAL(subject.stats().pools[table.count - 1].fallbacks, 0);
    free_all(list);
}

struct racer {
    pthread_t thread;
    void *list;
    size_t count;
};

static void *race(void *argument)
{
    struct racer *const racer = argument;
    racer->count = take_all(table.rows[growing_pool()].size, SIZE_MAX, &racer->list);
    return NULL;
}

/* Each list is as long as its thread counted, so no block was given to both. */
static size_t length(const void *list)
{
    size_t count = 0;
    for (; list != NULL; list = *(void *const *)list) {
        count++;
    }
    return count;
}

static bool is_shared_and_ends(void)
{
    return table.shared && growth_ends();
}

static void two_threads_race_growth(void)
{
    struct racer racers[2];
    learn();
    for (size_t i = 0; i < 2; i++) {
        CHECK(pthread_create(&racers[i].thread, NULL, race, &racers[i]) == 0);
    }
    for (size_t i = 0; i < 2; i++) {
        CHECK(pthread_join(racers[i].thread, NULL) == 0);
    }
    CHECK_EQUAL(length(racers[0].list), racers[0].count);
    CHECK_EQUAL(length(racers[1].list), racers[1].count);
    CHECK(racers[0].count + racers[1].count <= clean->capacity);
    free_all(racers[0].list);
    free_all(racers[1].list);
    CHECK_EQUAL(capacity(), clean->capacity);
}

/* ---- address space */

static size_t mapped_bytes(void)
{
    size_t pages = 0;
    FILE *const file = fopen("/proc/self/statm", "r");
    CHECK(file != NULL && fscanf(file, "%zu", &pages) == 1);
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static bool some_pool_grows(void)
{
    return table.grows;
}

static void a_limit_on_address_space_ends_growth(void)
{
    const size_t pool = growing_pool();
    const struct row *const row = &table.rows[pool];
    const size_t limit = mapped_bytes() + (size_t)160 * MIB;
    const struct rlimit limits = {limit, limit};
    void *list;
    CHECK(setrlimit(RLIMIT_AS, &limits) == 0);
    const size_t most = take_all(row->size, SIZE_MAX, &list);
    CHECK(most > row->count && subject.stats().bytes_reserved < limit);
    CHECK_EQUAL(subject.stats().pools[pool].fallbacks, 1);
    free_all(list);
    CHECK(subject.check());
    CHECK_EQUAL(take_all(row->size, SIZE_MAX, &list), most);
    free_all(list);
}

static void a_smaller_reservation_is_taken(void)
{
    const size_t pool = growing_pool();
    const struct row *const row = &table.rows[pool];
    const size_t arenas = subject.stats().bytes_reserved;
    void *list;
    faults.largest_map = table.grow_limited ? (size_t)20 * MIB : (size_t)100 * MIB;
    CHECK_EQUAL(take_all(row->size, row->count + SPARE, &list), row->count + SPARE);
    CHECK(subject.stats().bytes_reserved - arenas <= faults.largest_map);
    CHECK_EQUAL(subject.stats().pools[pool].grown, SPARE);
    free_all(list);
}

static void no_reservation_is_enomem_until_there_is_one(void)
{
    const struct row *const row = &table.rows[growing_pool()];
    void *list;
    faults.largest_map = 4096;
    errno = 0;
    CHECK_EQUAL(take_all(row->size, row->count, &list), row->count);
    CHECK_ENOMEM(subject.alloc(row->size));
    CHECK_ENOMEM(subject.calloc(1, row->size));
    faults.largest_map = 0;
    void *const grown = must_alloc(row->size);
    CHECK(subject.owns(grown));
    subject.free(grown);
    free_all(list);
}

const struct test_case shortage_cases[] = {
    {.name = "each call to the system fails once",
     .where = IN_POOLS,
     .run = each_call_fails_once,
     .applies = asks_the_system},
    {.name = "each call to the system and all after it fail",
     .where = IN_POOLS,
     .run = each_call_and_all_after_it_fail,
     .applies = asks_the_system},
    {.name = "growth that was refused once is not lost",
     .where = IN_POOLS,
     .run = refused_growth_is_not_lost,
     .applies = growth_ends},
    {.name = "without a thread key all else works",
     .where = IN_POOLS,
     .run = without_a_key_all_else_works,
     .applies = is_shared_with_caches},
    {.name = "without a thread key's value all else works",
     .where = IN_POOLS,
     .run = without_a_key_s_value_all_else_works,
     .applies = is_shared_with_caches},
    {.name = "a thread that gets no cache can free",
     .where = IN_POOLS,
     .run = a_thread_that_gets_no_cache_can_free,
     .applies = is_shared},
    {.name = "two threads race growth",
     .where = IN_POOLS,
     .run = two_threads_race_growth,
     .applies = is_shared_and_ends},
    {.name = "a limit on address space ends growth",
     .where = IN_POOLS,
     .run = a_limit_on_address_space_ends_growth,
     .applies = some_pool_grows,
     .bare = true},
    {.name = "address space refused, a smaller reservation is taken",
     .where = IN_POOLS,
     .run = a_smaller_reservation_is_taken,
     .applies = some_pool_grows},
    {.name = "no reservation is ENOMEM until there is one",
     .where = IN_POOLS,
     .run = no_reservation_is_enomem_until_there_is_one,
     .applies = some_pool_grows},
    {.name = NULL},
};
