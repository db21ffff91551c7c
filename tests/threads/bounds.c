/* What calls may do at most, what memory must go back and when, and where it goes: counted in steps
   (accesses to shared words), bytes and calls, never in time. */
#include HEADER
#include "harness.h"
#include "steps.h"
#include "system.h"

#include <malloc.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MIB = 1 << 20 };

static size_t committed(void)
{
    th_stats_t stats;
    th_stats(&stats);
    return stats.bytes_committed;
}

static size_t retained(void)
{
    th_stats_t stats;
    th_stats(&stats);
    return stats.bytes_retained;
}

#define AS_TEXT(word) #word
#define TEXT(word)    AS_TEXT(word)

/* The form of the table; ../threads.mk has the lines. */
static bool is(const char *form)
{
    return strstr(TEXT(FORM), form) != NULL;
}

/* Half a second without traffic. */
static void idle(void)
{
    for (unsigned tenths = 0; tenths < 5; tenths++) {
        atomic_fetch_add(&fake.milliseconds, 100);
        while (th_idle()) {
        }
    }
}

/* Where frees are a push on a list and no more, spans are free after a look. */
static void pass_on(void)
{
    if (is("none")) {
        idle();
    }
}

/* Blocks of one size. */
struct blocks {
    size_t size, count;
    void **at;
};

static struct blocks take(size_t size, size_t count)
{
    struct blocks blocks = {size, count, malloc(count * sizeof(void *))};
    for (size_t i = 0; i < count; i++) {
        blocks.at[i] = th_alloc(size);
        CHECK(blocks.at[i] != NULL);
        memset(blocks.at[i], 0xa5, size);
    }
    return blocks;
}

static void shuffle(struct blocks *blocks)
{
    uint64_t random = 88172645463325252;
    for (size_t i = blocks->count - 1; i > 0; i--) {
        const size_t other = random_next(&random) % (i + 1);
        void *const block = blocks->at[i];
        blocks->at[i] = blocks->at[other];
        blocks->at[other] = block;
    }
}

/* Frees all but one in `kept` (0: all), in the order in which they stand; keeps those. */
static void drop(struct blocks *blocks, size_t kept)
{
    size_t left = 0;
    for (size_t i = 0; i < blocks->count; i++) {
        if (kept != 0 && i % kept == 0) {
            blocks->at[left++] = blocks->at[i];
        } else {
            th_free(blocks->at[i]);
        }
    }
    blocks->count = left;
}

static void drop_all(struct blocks *blocks)
{
    drop(blocks, 0);
    free(blocks->at);
}

/* ---- No call takes long ---- */

/* A batch is 256 blocks at most, and 16 steps are enough for any of them: to find its span, set its
   bit, count it, raise hints. A look has as much to do at most. */
enum { STEPS = 256 * 16, GIVEN = (256 + 64) << 10 };

static struct {
    unsigned long steps;
    size_t given;
} most;

/* What a call did that began at `steps` and `given`. */
static void note(unsigned long steps, size_t given)
{
    const unsigned long more = steps_done - steps;
    const size_t bytes = atomic_load(&fake.given) - given;
    most.steps = more > most.steps ? more : most.steps;
    most.given = bytes > most.given ? bytes : most.given;
}

static void free_noted(void *block)
{
    const unsigned long steps = steps_done;
    const size_t given = atomic_load(&fake.given);
    th_free(block);
    note(steps, given);
}

static void *alloc_noted(size_t size)
{
    const unsigned long steps = steps_done;
    const size_t given = atomic_load(&fake.given);
    void *const block = th_alloc(size);
    CHECK(block != NULL);
    note(steps, given);
    return block;
}

static void idle_noted(void)
{
    const unsigned long steps = steps_done;
    const size_t given = atomic_load(&fake.given);
    (void)th_idle();
    note(steps, given);
}

static void check_most(void)
{
    printf("# a call did at most %lu steps and gave %zu KiB back\n", most.steps, most.given >> 10);
    fflush(stdout);
    CHECK(most.steps <= STEPS);
    CHECK(most.given <= GIVEN);
}

/* Ordinary traffic, with a look due again and again. */
static void serve_noted(size_t size)
{
    enum { LIVE = 3000 };
    static void *live[LIVE];
    uint64_t random = 5;
    for (unsigned long i = repeat(1000000, 200000); i > 0; i--) {
        void **const slot = &live[random_next(&random) % LIVE];
        if (*slot != NULL) {
            free_noted(*slot);
            *slot = NULL;
        } else {
            *slot = alloc_noted(size);
        }
        if (i % 100 == 0) {
            atomic_fetch_add(&fake.milliseconds, 1);
            idle_noted();
        }
    }
    for (size_t i = 0; i < LIVE; i++) {
        if (live[i] != NULL) {
            free_noted(live[i]);
            live[i] = NULL;
        }
    }
}

static size_t many(void)
{
    return repeat(1 << 20, 1 << 18);
}

static void test_random_frees(void)
{
    struct blocks blocks = take(64, many());
    shuffle(&blocks);
    for (size_t i = 0; i < blocks.count; i++) {
        free_noted(blocks.at[i]);
    }
    serve_noted(64);
    serve_noted(256);
    for (size_t i = 0; i < blocks.count; i++) {
        blocks.at[i] = alloc_noted(64);
    }
    free(blocks.at);
    check_most();
}

/* Free blocks between live ones, which no page can be given back for. */
static void check_between(size_t size, size_t kept)
{
    struct blocks blocks = take(size, many());
    drop(&blocks, kept);
    serve_noted(size);
    for (size_t i = 0; i < blocks.count; i++) {
        free_noted(blocks.at[i]);
    }
    free(blocks.at);
    serve_noted(size);
    check_most();
}

static void test_every_second(void)
{
    check_between(8, 2);
    check_between(64, 2);
}

static void test_every_hundredth(void)
{
    check_between(64, 100);
    check_between(256, 100);
}

static void test_growth(void)
{
    static const size_t sizes[] = {8, 64, 128, 256, 512, 1024, 4096};
    for (size_t i = 0; i < 7; i++) {
        for (size_t bytes = 0; bytes < (size_t)64 * MIB; bytes += sizes[i] < 64 ? 64 : sizes[i]) {
            (void)alloc_noted(sizes[i]);
        }
    }
    check_most();
}

/* ---- Threads ---- */

struct guest {
    pthread_t thread;
    sem_t may_end;
};
static sem_t born;
static unsigned long first_steps;

/* Lives on until it may end, if it is a guest. */
static void *call_first(void *guest)
{
    const unsigned long before = steps_done;
    th_free(th_alloc(64));
    first_steps = steps_done - before;
    if (guest != NULL) {
        sem_post(&born);
        while (sem_wait(&((struct guest *)guest)->may_end) != 0) {
        }
    }
    return guest;
}

static unsigned long steps_of_first_call(void)
{
    run_thread(call_first); /* its number is 0: it is no guest */
    return first_steps;
}

static void end(struct guest *guest)
{
    CHECK(sem_post(&guest->may_end) == 0 && pthread_join(guest->thread, NULL) == 0);
}

/* Has `count` threads with caches at once. Returns the most steps of a first call while they are
   there: all of them, and without the first, one in the middle, and the last. */
static unsigned long steps_among(unsigned long count)
{
    struct guest *const guests = malloc(count * sizeof *guests);
    const unsigned long gone[] = {0, count / 2, count - 1};
    pthread_attr_t small;
    CHECK(pthread_attr_init(&small) == 0 && pthread_attr_setstacksize(&small, 64 << 10) == 0);
    for (unsigned long i = 0; i < count; i++) {
        CHECK(sem_init(&guests[i].may_end, 0, 0) == 0);
        CHECK(pthread_create(&guests[i].thread, &small, call_first, &guests[i]) == 0);
        while (sem_wait(&born) != 0) {
        }
    }
    unsigned long steps = steps_of_first_call();
    for (size_t i = 0; i < 3; i++) {
        end(&guests[gone[i]]);
        const unsigned long now = steps_of_first_call();
        steps = now > steps ? now : steps;
    }
    for (unsigned long i = 0; i < count; i++) {
        if (i != gone[0] && i != gone[1] && i != gone[2]) {
            end(&guests[i]);
        }
    }
    free(guests);
    return steps;
}

/* It may find blocks in a few spans, but that is not more with more threads. */
enum { FIRST = 400 };

static void test_first_call(void)
{
    const unsigned long count = repeat(10000, 1500);
    CHECK(sem_init(&born, 0, 0) == 0);
    (void)steps_of_first_call();
    const unsigned long alone = steps_of_first_call();
    const unsigned long among = steps_among(count);
    const unsigned long after = steps_of_first_call();
    printf("# steps of a thread's first call: alone %lu, among others %lu, after them %lu\n", alone,
           among, after);
    fflush(stdout);
    CHECK(among <= alone + FIRST);
    CHECK(after <= alone + FIRST);
}

/* ---- Memory goes where it is needed ---- */

#ifndef NO_CACHES
/* Two times 4,096 small blocks, of which a thread fills one while another empties the other, pass
   without their spans. */
static void test_hand_over(void)
{
    struct blocks blocks = take(64, 2 * (size_t)4096);
    const unsigned long set = steps_that_set;
    drop_all(&blocks);
    CHECK(steps_that_set == set);
    CHECK(retained() > (size_t)64 * 4096); /* what waits in the depot counts */
}
#endif

/* Nothing is bought for what was free in another pool. */
static void test_other_pool(void)
{
    static const size_t sizes[] = {64, 1024, 8, 4096, 256};
    const size_t bytes = (size_t)24 * MIB;
    size_t before = 0;
    for (size_t i = 0; i < 5; i++) {
        struct blocks blocks = take(sizes[i], bytes / sizes[i]);
        if (i == 0) {
            before = committed();
        }
        CHECK(committed() <= before + (size_t)4 * MIB); /* a part, for what caches hold */
        drop_all(&blocks);
        pass_on();
    }
    CHECK(th_check());
}

/* Five phases in five sizes, of each a hundredth of the blocks kept, neighbours. */
static void test_phases(void)
{
    static const size_t sizes[] = {64, 128, 256, 512, 1024};
    const size_t bytes = (size_t)40 * MIB;
    for (size_t i = 0; i < 5; i++) {
        struct blocks blocks = take(sizes[i], bytes / sizes[i]);
        for (size_t at = blocks.count / 100; at < blocks.count; at++) {
            th_free(blocks.at[at]);
        }
        free(blocks.at);
        pass_on();
    }
    printf("# committed after five phases of 40 MiB: %zu MiB\n", committed() / MIB);
    CHECK(committed() <= bytes + bytes / 2);
    CHECK(th_check());
}

#ifndef NO_CACHES
/* Five phases in five sizes, of each every hundredth block kept: most pages hold no block then, and
   make up for what the next sizes grow by before a tenth of a second has passed. */
static void test_scattered_phases(void)
{
    static const size_t sizes[] = {64, 128, 256, 512, 1024};
    const size_t bytes = (size_t)40 * MIB, before = atomic_load(&fake.given);
    for (size_t i = 0; i < 5; i++) {
        struct blocks blocks = take(sizes[i], bytes / sizes[i]);
        drop(&blocks, 100);
        free(blocks.at);
    }
    const size_t given = atomic_load(&fake.given) - before;
    printf("# given back between five phases of 40 MiB: %zu MiB\n", given / MIB);
    CHECK(given >= bytes);
    CHECK(th_check());
}

/* A pool that uses its static memory for the first time takes none of what idles in growth: that
   goes back meanwhile, before a tenth of a second has passed. */
static void test_first_use(void)
{
    struct blocks blocks = take(64, (size_t)24 * MIB / 64);
    drop_all(&blocks);
    while (th_idle()) {
    }
    const size_t before = atomic_load(&fake.given);
    for (unsigned i = 0; i < 100; i++) {
        CHECK(th_alloc(4096) != NULL);
        struct blocks traffic = take(64, 2000);
        drop_all(&traffic);
    }
    const size_t given = atomic_load(&fake.given) - before;
    printf("# given back while 400 KiB were used for the first time: %zu KiB\n", given >> 10);
    CHECK(given >= (size_t)4096 * 100);
    CHECK(th_check());
}
#endif

/* ---- Giving back ---- */

static const size_t kinds[] = {64, 256, 4096};
enum { KINDS = 3, KIND_BYTES = 64 * MIB, LEFT = 16 * MIB };

/* All of it was in use and is free, in no order. Returns the bytes of the process before. */
static size_t use_much(void)
{
    struct blocks blocks[KINDS];
    const size_t before = resident_bytes();
    for (size_t i = 0; i < KINDS; i++) {
        blocks[i] = take(kinds[i], KIND_BYTES / kinds[i]);
        shuffle(&blocks[i]);
    }
    for (size_t i = 0; i < KINDS; i++) {
        drop_all(&blocks[i]);
    }
    return before;
}

static void check_left(size_t before)
{
    const size_t now = resident_bytes();
    printf("# left above the start: %zu MiB, of which %zu MiB are known to be retained\n",
           (now > before ? now - before : 0) / MIB, retained() / MIB);
    CHECK(now <= before + LEFT);
    CHECK(retained() <= LEFT);
}

/* Five seconds in which nothing is done but to call th_idle while it asks for it, ten times a
 * second. */
static void test_idle(void)
{
    const size_t before = use_much();
    for (unsigned tenths = 0; tenths < 50; tenths++) {
        atomic_fetch_add(&fake.milliseconds, 100);
        unsigned calls = 0;
        while (th_idle()) {
            CHECK(++calls < 10000000);
        }
    }
    check_left(before);
    CHECK(!th_idle());
    CHECK(th_check());
}

/* Five seconds of traffic that reaches slow paths, at a rate that is low. */
static void test_traffic(void)
{
    enum { LIVE = 2000 };
    const size_t before = use_much();
    for (unsigned milliseconds = 0; milliseconds < 5000; milliseconds++) {
        struct blocks blocks = take(64, LIVE);
        drop_all(&blocks);
        atomic_fetch_add(&fake.milliseconds, 1);
    }
    check_left(before);
    CHECK(th_check());
}

/* What is given back is idle: what is in use all the time is left alone. */
static void test_busy(void)
{
    struct blocks blocks = take(64, 100000);
    const size_t given = atomic_load(&fake.given);
    for (unsigned round = 0; round < 100; round++) {
        drop_all(&blocks);
        blocks = take(64, 100000);
        atomic_fetch_add(&fake.milliseconds, 10);
    }
    drop_all(&blocks);
    printf("# given back of 6 MiB that are in use a hundred times a second: %zu KiB\n",
           (atomic_load(&fake.given) - given) >> 10);
    CHECK(atomic_load(&fake.given) - given <= (size_t)12 * MIB);
}

static void test_manual(void)
{
    const size_t before = use_much();
    const size_t high = resident_bytes();
    for (unsigned i = 0; i < 1000; i++) {
        struct blocks blocks = take(64, 2000);
        drop_all(&blocks);
        atomic_fetch_add(&fake.milliseconds, 100);
        CHECK(!th_idle());
    }
    CHECK(atomic_load(&fake.given) == 0);
    CHECK(resident_bytes() + LEFT >= high);
    CHECK(th_trim() >= (size_t)KINDS * KIND_BYTES - LEFT);
    check_left(before);
}

static void test_trim(void)
{
    const size_t before = use_much();
    const size_t earlier = atomic_load(&fake.given);
    const size_t given = th_trim();
    CHECK(given >= (size_t)KINDS * KIND_BYTES - LEFT);
    CHECK(given == atomic_load(&fake.given) - earlier);
    CHECK(th_trim() == 0);
    check_left(before);
    CHECK(th_check());
}

/* What is known of spans has memory only where spans need it, though blocks of 8 bytes would need
   eight times as much as these. */
static void test_heads(void)
{
    const size_t before = resident_bytes(), bytes = (size_t)256 * MIB;
    struct blocks blocks = take(64, bytes / 64);
    drop_all(&blocks);
    (void)th_trim();
    const size_t now = resident_bytes(), more = now > before ? now - before : 0;
    printf("# what is known of 256 MiB takes %zu KiB\n", more >> 10);
    CHECK(more <= bytes / 128);
}

static size_t given_by(void (*give_back)(void))
{
    const size_t before = atomic_load(&fake.given);
    give_back();
    return atomic_load(&fake.given) - before;
}

static void trim(void)
{
    (void)th_trim();
}

/* Of 16 pages of a span one has a live block, or two: the others take two or three calls. */
static void test_neighbours(void)
{
    struct blocks live = take(64, many());
    drop(&live, 1000);
    const unsigned long calls = atomic_load(&fake.takings);
    const size_t given = given_by(trim);
    CHECK(given >= 4 * (size_t)MIB);
    CHECK((atomic_load(&fake.takings) - calls) * (4 * 4096) <= given);
    drop_all(&live);
}

/* As of memory that is locked. */
static void trim_in_vain(void)
{
    atomic_store(&fake.refuses, true);
    CHECK(th_trim() == 0);
    atomic_store(&fake.refuses, false);
}

/* Live blocks stay between the free ones; so many of those are taken, written to and freed, that
   each span is as it was when its pages were given back. */
static void check_again(void (*give_back)(void))
{
    struct blocks live = take(64, many());
    drop(&live, 100);
    CHECK(given_by(trim) >= 4 * (size_t)MIB);
    const size_t count = many() / 100 * 98;
    for (unsigned round = 0; round < 3; round++) {
        struct blocks blocks = take(64, count);
        drop_all(&blocks);
        th_thread_flush();
        CHECK(given_by(give_back) >= 4 * (size_t)MIB);
    }
    drop_all(&live);
    CHECK(th_check());
}

static void test_trimmed_again(void)
{
    check_again(trim);
}

static void test_idle_again(void)
{
    check_again(idle);
}

static void trim_at_the_second_try(void)
{
    trim_in_vain();
    CHECK(retained() >= 4 * (size_t)MIB);
    trim();
}

static void test_refused_first(void)
{
    check_again(trim_at_the_second_try);
}

static void test_refused(void)
{
    (void)use_much();
    const size_t kept = retained();
    atomic_store(&fake.refuses, true);
    CHECK(th_trim() == 0);
    CHECK(retained() + LEFT >= kept);
    atomic_store(&fake.refuses, false);
    CHECK(th_trim() >= (size_t)KINDS * KIND_BYTES - LEFT);
    CHECK(th_check());
}

/* ---- calloc ---- */

/* Takes zeroed blocks of every size, and leaves them dirty; all are freed but one in `kept`. */
static void check_zero(size_t kept)
{
    static const size_t sizes[] = {8, 64, 128, 256, 512, 1024, 4096};
    const size_t bytes = repeat(4 * MIB, MIB);
    for (size_t i = 0; i < 7; i++) {
        struct blocks blocks = {sizes[i], bytes / sizes[i],
                                malloc(bytes / sizes[i] * sizeof(void *))};
        for (size_t at = 0; at < blocks.count; at++) {
            unsigned char *const block = blocks.at[at] = th_calloc(1, sizes[i]);
            CHECK(block != NULL);
            CHECK(block[0] == 0 && memcmp(block, block + 1, sizes[i] - 1) == 0);
            memset(block, 0xa5, sizes[i]);
        }
        drop(&blocks, kept);
        free(blocks.at);
    }
}

static void do_nothing(void)
{
}

static void test_calloc(void)
{
    static void (*const between[])(void) = {do_nothing, trim, idle, trim_in_vain, trim, do_nothing};
    for (size_t kept = 0; kept <= 150; kept += 50) {
        for (size_t i = 0; i < 6; i++) {
            check_zero(kept);
            between[i]();
        }
    }
    CHECK(th_check());
}

/* clang-format off */
#define ROWS_OF_ANY \
    {"after random frees no call does more than a batch's work",             test_random_frees,    NOT_SLOWLY}, \
    {"between live blocks no call does more than a batch's work",            test_every_second,    NOT_SLOWLY}, \
    {"among few live blocks no call does more than a batch's work",          test_every_hundredth, NOT_SLOWLY}, \
    {"growth does no more than a batch's work in a call",                    test_growth,          NOT_SLOWLY}, \
    {"what one pool freed another takes, and nothing is bought",             test_other_pool,      NOT_SLOWLY}, \
    {"five phases need the memory of one, where neighbours are kept",        test_phases,          NOT_SLOWLY}, \
    {"trim gives all back but 16 MiB, and says how much",                    test_trim,            NOT_SANITIZED | NOT_SLOWLY}, \
    {"what is known of spans takes less than a hundredth of them",           test_heads,           NOT_SANITIZED | NOT_SLOWLY}, \
    {"neighbouring pages go back in one call",                               test_neighbours,      NOT_SLOWLY}, \
    {"what was trimmed and is used again is trimmed again",                  test_trimmed_again,   NOT_SLOWLY}, \
    {"what the system refuses is trimmed later, between live blocks too",    test_refused_first,   NOT_SLOWLY}, \
    {"what the system refuses stays, and goes later",                        test_refused,         NOT_SLOWLY}, \
    {"calloc is zero over memory in every state",                            test_calloc,          ANYWHERE}

static const struct test shared[] = {
    ROWS_OF_ANY,
    {"five seconds of idle calls give all back but 16 MiB",                  test_idle,            NOT_SANITIZED | NOT_SLOWLY},
    {"five seconds of traffic give all back but 16 MiB",                     test_traffic,         NOT_SANITIZED | NOT_SLOWLY},
    {"what idle calls gave back and is used again they give back again",     test_idle_again,      NOT_SLOWLY},
    {"memory that is in use all the time stays",                             test_busy,            NOT_SLOWLY},
#ifndef NO_CACHES /* where there are none no allocation looks, and there is no depot */
    {"8,192 small blocks pass from thread to thread without their spans",    test_hand_over,       ANYWHERE},
    {"growth makes pages go back that idle elsewhere",                       test_scattered_phases, NOT_SLOWLY},
    {"a first use of static memory makes pages go back that idle elsewhere", test_first_use,       NOT_SLOWLY},
#endif
    {"a thread's first call does not look at 10,000 others", test_first_call, NOT_SLOWLY},
    {NULL, NULL, ANYWHERE},
};
static const struct test single[] = {
    ROWS_OF_ANY,
    {"five seconds of idle calls give all back but 16 MiB",                  test_idle,            NOT_SANITIZED | NOT_SLOWLY},
    {NULL, NULL, ANYWHERE},
};
static const struct test manual[] = {
    ROWS_OF_ANY,
    {"with release: manual nothing goes back but in trim, and nothing is due", test_manual,        NOT_SANITIZED | NOT_SLOWLY},
    {NULL, NULL, ANYWHERE},
};
/* clang-format on */

int main(int argc, char **argv)
{
    /* The tests' own arrays go back to the system when they are freed, since it is asked for what
     * is left. */
    (void)mallopt(M_MMAP_THRESHOLD, 64 << 10);
    return run_tests(is("manual") ? manual : is("none") ? single : shared, argc, argv);
}
