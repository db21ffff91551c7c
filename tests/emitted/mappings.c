/* Big blocks that have mappings of their own: what their owners may do to the pages, what is kept
   of them when they are freed, and how it goes back. */
#define _GNU_SOURCE
#include "cases.h"
#include "faults.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MIB = 1 << 20,
    KEPT_LEAST = 24 * MIB, /* what README says is kept: these bytes and as many as are in use, */
    KEPT_MOST = 256 * MIB, /* but no more */
    KEPT_STEP = 8 * MIB,   /* what goes back at a time, of what was kept for longer */
    KEPT_MILLISECONDS = 1000,
    LOOK_MILLISECONDS = 100
};

static bool maps(void)
{
    return table.oversize == OS;
}

static bool maps_and_decays(void)
{
    return maps() && table.decays;
}

static bool maps_until_trim(void)
{
    return maps() && !table.decays;
}

static size_t page(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

static size_t committed(void)
{
    return subject.stats().bytes_committed;
}

static void *must_fill(size_t size, unsigned seed)
{
    void *const block = must_alloc(size);
    fill(block, size, seed);
    return block;
}

/* ---- what an owner may do to a part of a block */

static int lock(void *at, size_t bytes)
{
    return mlock(at, bytes < 16384 ? bytes : 16384); /* the limit is low in places */
}

static int close_to_writing(void *at, size_t bytes)
{
    return mprotect(at, bytes, PROT_READ);
}

static int close_to_reading(void *at, size_t bytes)
{
    return mprotect(at, bytes, PROT_NONE);
}

static int prefer_a_node(void *at, size_t bytes)
{
    enum { PREFERRED = 1 };
    const unsigned long nodes = 1;
    return (int)syscall(SYS_mbind, at, bytes, PREFERRED, &nodes, 8 * sizeof nodes, 0);
}

static int advise_huge(void *at, size_t bytes)
{
    return madvise(at, bytes, MADV_HUGEPAGE);
}

static int advise_no_dump(void *at, size_t bytes)
{
    return madvise(at, bytes, MADV_DONTDUMP);
}

static int advise_no_fork(void *at, size_t bytes)
{
    return madvise(at, bytes, MADV_DONTFORK);
}

static int advise_wipe(void *at, size_t bytes)
{
    return madvise(at, bytes, MADV_WIPEONFORK);
}

static int advise_sequential(void *at, size_t bytes)
{
    return madvise(at, bytes, MADV_SEQUENTIAL);
}

static int advise_mergeable(void *at, size_t bytes)
{
    return madvise(at, bytes, MADV_MERGEABLE);
}

static const struct history {
    const char *name;
    int (*happen)(void *at, size_t bytes);
    const char *flag; /* in VmFlags while it lasts; NULL: it may stay */
} histories[] = {
    {"nothing", NULL, NULL},
    {"mlock", lock, " lo"},
    {"mprotect to reading", close_to_writing, NULL},
    {"mprotect to nothing", close_to_reading, NULL},
    {"mbind", prefer_a_node, NULL},
    {"MADV_HUGEPAGE", advise_huge, NULL},
    {"MADV_DONTDUMP", advise_no_dump, " dd"},
    {"MADV_DONTFORK", advise_no_fork, " dc"},
    {"MADV_WIPEONFORK", advise_wipe, " wf"},
    {"MADV_SEQUENTIAL", advise_sequential, NULL},
    {"MADV_MERGEABLE", advise_mergeable, NULL},
};
enum { HISTORIES = sizeof histories / sizeof histories[0] };

/* To whole pages in the third quarter of a block; false where this system has no such thing. */
static bool make_history(const struct history *history, void *block, size_t size)
{
    const uintptr_t start = ((uintptr_t)block + size / 2 + page() - 1) & ~(page() - 1);
    return history->happen == NULL ||
           history->happen((void *)start, size / 4 / page() * page()) == 0;
}

/* Sizes above the largest pool's, of which quarters are pages. */
static const size_t extra_sizes[] = {131072, MIB, 8 * MIB};
enum { SIZES = sizeof extra_sizes / sizeof extra_sizes[0] };

static size_t size_of(size_t i)
{
    return table.largest + extra_sizes[i];
}

/* Each way on from a block with a history, which no call may mind. */
static void check_resize(const struct history *history, size_t size, size_t alignment, size_t to)
{
    void *const block = must_fill(size, 1);
    if (!make_history(history, block, size)) {
        subject.free(block);
        return;
    }
    void *const resized = subject.aligned_realloc(block, alignment, to);
    if (resized == NULL) {
        case_fail(__FILE__, __LINE__, "%s: %zu to %zu is refused", history->name, size, to);
    }
    CHECK_FOR(to, (uintptr_t)resized % alignment == 0);
    CHECK_FOR(to, is_filled(resized, to < size / 2 ? to : size / 2, 1));
    if (to > size && history->happen != close_to_reading) {
        CHECK_FOR(to, is_filled(resized, size, 1));
    }
    subject.free(resized);
}

static bool resize_with(size_t i)
{
    const struct history *const history = &histories[i];
    for (size_t j = 0; j < SIZES; j++) {
        const size_t size = size_of(j);
        check_resize(history, size, 1, size + size / 2);
        check_resize(history, size, 1, size * 3);
        check_resize(history, size, 4096, size * 2);
        check_resize(history, size, 65536, size * 2);
        check_resize(history, size, 1, table.largest + 1);
        check_resize(history, size, 1, size - size / 8);
        check_resize(history, size, 1, table.largest);
        check_resize(history, size, 1, 0);
    }
    return subject.check();
}

static void a_history_breaks_no_resize(void)
{
    for (size_t i = 0; i < HISTORIES; i++) {
        CHECK_FOR(i, in_child(resize_with, i));
    }
}

/* All of a block's pages, and with them what the allocator wrote before the block. */
static bool resize_when_closed(size_t to)
{
    const size_t size = 4 * size_of(1);
    void *const block = must_fill(size, 1);
    const uintptr_t start = (uintptr_t)block & ~(page() - 1);
    CHECK(mprotect((void *)start, size, PROT_READ) == 0);
    void *const resized = subject.realloc(block, to);
    CHECK(resized != NULL && is_filled(resized, to < size ? to : size, 1));
    fill(resized, to, 2);
    subject.free(resized);
    return subject.check();
}

static void a_block_that_is_closed_to_writing_is_resized(void)
{
    /* More, less than half, and what moves into a pool: near its own size it would stay as it is.
     */
    const size_t sizes[] = {8 * size_of(1), size_of(0), table.largest / 8};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        CHECK_FOR(sizes[i], in_child(resize_when_closed, sizes[i]));
    }
}

static void a_refused_mremap_is_a_copy(void)
{
    const size_t size = size_of(1);
    void *block = must_fill(size, 4);
    faults = (struct faults){.calls = FAULT_MREMAP, .first = 1, .for_ever = true};
    block = subject.realloc(block, size * 2);
    CHECK(block != NULL && is_filled(block, size, 4));
    CHECK(faults.failed > 0);
    block = subject.realloc(block, table.largest + 1);
    CHECK(block != NULL && is_filled(block, table.largest + 1, 4));
    subject.free(block);
}

/* Neither can be had: the block is as it was. */
static void a_refused_copy_keeps_the_block(void)
{
    const size_t size = size_of(1);
    void *const block = must_fill(size, 4);
    subject.trim();
    faults = (struct faults){
        .calls = FAULT_MREMAP | FAULT_MMAP | FAULT_MALLOC, .first = 1, .for_ever = true};
    errno = 0;
    CHECK_ENOMEM(subject.realloc(block, size * 2));
    CHECK(subject.realloc(block, table.largest + 1) == block);
    faults = (struct faults){.calls = FAULT_NONE};
    CHECK(is_filled(block, table.largest + 1, 4));
    subject.free(block);
}

/* ---- what the next owner meets */

/* Whether a mapping that meets the range has the flag, or lacks it. */
static bool some_mapping(const void *block, size_t bytes, const char *flag, bool has)
{
    const uintptr_t first = (uintptr_t)block & ~(page() - 1), last = (uintptr_t)block + bytes;
    FILE *const file = fopen("/proc/self/smaps", "r");
    char line[512];
    bool inside = false, found = false;
    CHECK(file != NULL);
    while (fgets(line, sizeof line, file) != NULL) {
        unsigned long long from, to;
        if (sscanf(line, "%llx-%llx ", &from, &to) == 2) {
            inside = from < last && to > first;
        } else if (inside && strncmp(line, "VmFlags:", 8) == 0) {
            found |= (strstr(line, flag) != NULL) == has;
        }
    }
    fclose(file);
    return found;
}

static size_t locked_kib(void)
{
    FILE *const file = fopen("/proc/self/status", "r");
    char line[256];
    size_t kib = SIZE_MAX;
    CHECK(file != NULL);
    while (fgets(line, sizeof line, file) != NULL) {
        sscanf(line, "VmLck: %zu", &kib);
    }
    fclose(file);
    return kib;
}

static bool next_owner_after(size_t i)
{
    const struct history *const history = &histories[i];
    for (size_t j = 0; j < SIZES; j++) {
        const size_t size = size_of(j);
        const size_t locked = locked_kib();
        void *const block = must_fill(size, 1);
        if (!make_history(history, block, size)) {
            return true;
        }
        CHECK(history->flag == NULL || some_mapping(block, size, history->flag, true));
        subject.free(block);
        CHECK_EQUAL(locked_kib(), locked);
        unsigned char *const next = must_fill(size, 2); /* writes to all of it */
        for (size_t flag = 0; flag < HISTORIES; flag++) {
            CHECK_FOR(flag, histories[flag].flag == NULL ||
                                !some_mapping(next, size, histories[flag].flag, true));
        }
        CHECK(!some_mapping(next, size, " rd wr", false));
        subject.free(next);
    }
    return true;
}

static void a_history_does_not_reach_the_next_owner(void)
{
    for (size_t i = 0; i < HISTORIES; i++) {
        CHECK_FOR(i, in_child(next_owner_after, i));
    }
}

/* The end that a shrunk block leaves is as much another's as a freed one. */
static bool next_owner_of_the_end_after(size_t i)
{
    const size_t size = size_of(2), less = size_of(0);
    const size_t locked = locked_kib();
    void *const block = must_fill(size, 1);
    if (!make_history(&histories[i], block, size)) {
        return true;
    }
    CHECK(subject.realloc(block, less) == block);
    CHECK_EQUAL(locked_kib(), locked);
    void *const next = must_fill(size - size / 4, 2);
    CHECK(histories[i].flag == NULL || !some_mapping(next, size / 2, histories[i].flag, true));
    CHECK(is_filled(block, less, 1));
    return true;
}

static void a_shrunk_block_leaves_no_history(void)
{
    for (size_t i = 0; i < HISTORIES; i++) {
        CHECK_FOR(i, in_child(next_owner_of_the_end_after, i));
    }
}

/* A child has the memory that the owner before would not have given to one. */
static void memory_once_not_forked_is_forked(void)
{
    const size_t size = size_of(1);
    int (*const advice[])(void *, size_t) = {advise_no_fork, advise_wipe};
    for (size_t i = 0; i < 2; i++) {
        void *block = must_fill(size, 1);
        const uintptr_t start = ((uintptr_t)block + page()) & ~(page() - 1);
        CHECK(advice[i]((void *)start, size / 2 / page() * page()) == 0);
        subject.free(block);
        block = must_fill(size, 2);
        const pid_t child = fork();
        if (child == 0) {
            _exit(is_filled(block, size, 2) ? 0 : 1);
        }
        int status = 0;
        CHECK(waitpid(child, &status, 0) == child);
        CHECK_EQUAL(status, 0);
        subject.free(block);
    }
}

/* ---- what is kept */

static long page_faults(void)
{
    struct rusage usage;
    CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
    return usage.ru_minflt;
}

/* Page faults that writing to all pages of a new block takes, in per cent of its pages. */
static size_t faults_of(size_t size)
{
    unsigned char *const block = must_alloc(size);
    const long before = page_faults();
    for (size_t i = 0; i < size; i += page()) {
        block[i] = 1;
    }
    const size_t percent = (size_t)(page_faults() - before) * 100 / (size / page());
    subject.free(block);
    return percent;
}

static void a_block_takes_the_pages_of_those_before(void)
{
    const size_t size = table.largest + 12 * MIB;
    CHECK(faults_of(size) > 90);
    CHECK(faults_of(size) < 5);
    CHECK(faults_of(size / 2) < 5);         /* of a part, */
    CHECK(faults_of(size) < 5);             /* which joins the rest again; */
    CHECK(faults_of(size + size / 2) < 40); /* a larger one takes the new part only */
}

static void a_small_request_keeps_no_large_mapping(void)
{
    enum { BLOCKS = 20 };
    const size_t large = table.largest + 20 * MIB, small = table.largest + 5 * MIB;
    const size_t before = committed();
    void *blocks[BLOCKS];
    for (size_t i = 0; i < BLOCKS; i++) {
        subject.free(must_fill(large, 1));
        blocks[i] = must_alloc(small);
    }
    CHECK_FOR(committed(),
              committed() - before <= BLOCKS * (small + 2 * page()) + large + KEPT_LEAST);
    for (size_t i = 0; i < BLOCKS; i++) {
        subject.free(blocks[i]);
    }
}

/* Reserved only, so that the test needs no such memory. */
static void what_is_kept_is_bounded(void)
{
    enum { BLOCKS = 40 };
    const size_t size = table.largest + 16 * MIB, before = committed();
    void *blocks[BLOCKS];
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = must_alloc(size);
    }
    for (size_t i = 0; i < BLOCKS; i++) {
        subject.free(blocks[i]);
        const size_t live = (BLOCKS - 1 - i) * (size + page()), in_use = committed() - before;
        CHECK_FOR(i, in_use <= live + KEPT_MOST + 2 * page());
    }
    CHECK(committed() > before);
    subject.trim();
    CHECK_EQUAL(committed(), before);
}

/* Calls that look, while the clock says that time passes. */
static void let_pass(size_t milliseconds)
{
    for (size_t i = 0; i < milliseconds; i += LOOK_MILLISECONDS) {
        faults.milliseconds += LOOK_MILLISECONDS;
        subject.free(must_alloc(table.largest + 1));
    }
}

/* Less than what is kept whatever is in use. */
static void keep_some(void)
{
    void *blocks[3];
    for (size_t i = 0; i < 3; i++) {
        blocks[i] = must_alloc(7 * MIB);
    }
    for (size_t i = 0; i < 3; i++) {
        subject.free(blocks[i]);
    }
}

static void what_is_kept_goes_back_in_time(void)
{
    const size_t before = committed();
    keep_some();
    const size_t kept = committed() - before;
    CHECK(kept >= 3 * 7 * MIB);
    let_pass(KEPT_MILLISECONDS / 2);
    CHECK_EQUAL(committed() - before, kept);
    let_pass(KEPT_MILLISECONDS / 2 + LOOK_MILLISECONDS);
    CHECK(committed() - before < kept); /* one step or two */
    CHECK(committed() - before >= kept - 2 * KEPT_STEP);
    let_pass(KEPT_MILLISECONDS);
    CHECK_FOR(committed() - before,
              committed() - before < table.largest + table.largest / 4 + 4 * page());
}

static void what_is_kept_stays_until_trim(void)
{
    const size_t before = committed();
    keep_some();
    const size_t kept = committed() - before;
    let_pass(10 * KEPT_MILLISECONDS);
    CHECK(committed() - before >= kept);
    CHECK(subject.trim() >= kept);
    CHECK_EQUAL(committed(), before);
}

static void calloc_is_zero_over_what_is_kept(void)
{
    static const size_t steps[] = {4 * MIB, 6 * MIB, 2 * MIB, MIB, 11 * MIB, 5 * MIB};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        const size_t size = table.largest + steps[i];
        void *const block = subject.calloc(1, size);
        CHECK_FOR(i, block != NULL && is_zero(block, size));
        memset(block, 0xa5, subject.usable_size(block));
        void *const other = subject.calloc(1, table.largest + MIB);
        CHECK(other != NULL && is_zero(other, table.largest + MIB));
        memset(other, 0xa5, subject.usable_size(other));
        subject.free(block);
        subject.free(other);
    }
}

/* ---- what the system refuses */

static bool is_resident(const void *block, size_t size)
{
    static unsigned char resident[16384];
    const uintptr_t first = ((uintptr_t)block + page()) & ~(page() - 1);
    const size_t pages = size / page() - 1;
    size_t count = 0;
    CHECK(pages <= sizeof resident);
    CHECK(mincore((void *)first, pages * page(), resident) == 0);
    for (size_t i = 0; i < pages; i++) {
        count += resident[i] & 1;
    }
    return count != 0;
}

/* A mapping that cannot be split any more: the memory goes back, if not the addresses. */
static void a_refused_munmap_gives_the_memory_back(void)
{
    const size_t size = table.largest + 8 * MIB;
    void *const block = must_fill(size, 1);
    subject.free(block);
    faults = (struct faults){.calls = FAULT_MUNMAP, .first = 1, .for_ever = true};
    subject.trim();
    CHECK(faults.failed > 0);
    faults = (struct faults){.calls = FAULT_NONE};
    CHECK(!is_resident(block, size));
    subject.free(must_fill(size, 2));
}

/* Memory that is kept is no reason to refuse a request. */
static void what_is_kept_does_not_cause_a_shortage(void)
{
    subject.free(must_fill(table.largest + 8 * MIB, 1));
    faults = (struct faults){.calls = FAULT_MMAP, .first = 1};
    void *const block = subject.aligned_alloc((size_t)1 << 16, table.largest + MIB);
    CHECK(block != NULL && (uintptr_t)block % 65536 == 0);
    CHECK_EQUAL(faults.failed, 1);
    subject.free(block);
}

/* A range that cannot be made as new is not kept. */
static void what_cannot_be_renewed_is_unmapped(void)
{
    const size_t before = committed();
    void *const block = must_fill(table.largest + MIB, 1);
    faults = (struct faults){.calls = FAULT_MADVISE | FAULT_MPROTECT, .first = 1, .for_ever = true};
    subject.free(block);
    CHECK(faults.failed > 0);
    CHECK_EQUAL(committed(), before);
}

const struct test_case mapping_cases[] = {
    {.name = "a mapping's history breaks no resize",
     .where = IN_PLAIN_POOLS,
     .run = a_history_breaks_no_resize,
     .applies = maps},
    {.name = "a mapping that is closed to writing is resized",
     .where = IN_PLAIN_POOLS,
     .run = a_block_that_is_closed_to_writing_is_resized,
     .applies = maps},
    {.name = "a refused mremap is a copy",
     .where = IN_PLAIN_POOLS,
     .run = a_refused_mremap_is_a_copy,
     .applies = maps},
    {.name = "a refused copy keeps the block",
     .where = IN_PLAIN_POOLS,
     .run = a_refused_copy_keeps_the_block,
     .applies = maps},
    {.name = "a mapping's history does not reach the next owner",
     .where = IN_PLAIN_POOLS,
     .run = a_history_does_not_reach_the_next_owner,
     .applies = maps,
     .bare = true},
    {.name = "a shrunk mapping leaves no history",
     .where = IN_PLAIN_POOLS,
     .run = a_shrunk_block_leaves_no_history,
     .applies = maps,
     .bare = true},
    {.name = "memory that was not forked once is forked",
     .where = IN_PLAIN_POOLS,
     .run = memory_once_not_forked_is_forked,
     .applies = maps},
    {.name = "a mapping takes the pages of those before",
     .where = IN_PLAIN_POOLS,
     .run = a_block_takes_the_pages_of_those_before,
     .applies = maps,
     .bare = true},
    {.name = "a small request keeps no large mapping",
     .where = IN_PLAIN_POOLS,
     .run = a_small_request_keeps_no_large_mapping,
     .applies = maps},
    {.name = "what is kept of mappings is bounded",
     .where = IN_PLAIN_POOLS,
     .run = what_is_kept_is_bounded,
     .applies = maps},
    {.name = "what is kept of mappings goes back in time",
     .where = IN_PLAIN_POOLS,
     .run = what_is_kept_goes_back_in_time,
     .applies = maps_and_decays},
    {.name = "what is kept of mappings stays until trim",
     .where = IN_PLAIN_POOLS,
     .run = what_is_kept_stays_until_trim,
     .applies = maps_until_trim},
    {.name = "calloc is zero over what is kept of mappings",
     .where = IN_PLAIN_POOLS,
     .run = calloc_is_zero_over_what_is_kept,
     .applies = maps},
    {.name = "a refused munmap gives the memory back",
     .where = IN_PLAIN_POOLS,
     .run = a_refused_munmap_gives_the_memory_back,
     .applies = maps,
     .bare = true},
    {.name = "what is kept of mappings does not cause a shortage",
     .where = IN_PLAIN_POOLS,
     .run = what_is_kept_does_not_cause_a_shortage,
     .applies = maps},
    {.name = "a mapping that cannot be renewed is unmapped",
     .where = IN_PLAIN_POOLS,
     .run = what_cannot_be_renewed_is_unmapped,
     .applies = maps},
    {.name = NULL},
};
