#include "count.h"
#include "lock.h"
#include "pages.h"
#include "snapshot.h"
#include <errno.h>
#include <pthread.h>

struct row rows[ROW_LIMIT];
struct group groups[ROW_LIMIT];
struct pair pairs[PAIR_SLOTS];
struct octave octaves[OCTAVES];
_Atomic uint32_t row_count = 1, group_count = 1;
_Atomic(struct tally *) tallies;
_Atomic uint32_t most_threads;
_Atomic uint64_t unknown_frees, uncounted_allocations, uncounted_reallocs;
_Atomic(_Atomic uint32_t *) row_index[ALIGNMENTS];
__thread struct tally *own_tally __attribute__((tls_model("initial-exec")));
__thread uint32_t own_thread __attribute__((tls_model("initial-exec")));

static _Atomic uint32_t plain_row_index[CODES]; /* of alignment 0, which every program uses */
static _Atomic(_Atomic uint32_t *) group_index[ALIGNMENTS];
static _Atomic uint32_t last_thread;
static _Atomic uint32_t busy_threads;
static pthread_key_t exit_key;
static bool have_exit_key;

/* A tally outlives its thread, with its counts, and waits for the next one. */
static void leave_tally(void *tally)
{
    own_tally = NULL;
    atomic_fetch_sub(&busy_threads, 1);
    atomic_store(&((struct tally *)tally)->busy, false);
}

void count_start(void)
{
    atomic_store(&row_index[0], plain_row_index);
    have_exit_key = pthread_key_create(&exit_key, leave_tally) == 0;
}

static struct tally *add_tally(void)
{
    struct tally *tally = map_pages(sizeof *tally);
    if (tally == NULL)
        return NULL;
    atomic_store(&tally->busy, true);
    tally->next = atomic_load(&tallies);
    while (!atomic_compare_exchange_weak(&tallies, &tally->next, tally))
        ;
    return tally;
}

struct tally *count_adopt_tally(void)
{
    int saved = errno;
    struct tally *tally = atomic_load(&tallies);
    for (; tally != NULL; tally = tally->next) {
        bool idle = false;
        if (atomic_compare_exchange_strong(&tally->busy, &idle, true))
            break;
    }
    if (tally == NULL)
        tally = add_tally();
    if (tally != NULL) {
        uint32_t busy = atomic_fetch_add(&busy_threads, 1) + 1, most = atomic_load(&most_threads);
        while (most < busy && !atomic_compare_exchange_weak(&most_threads, &most, busy))
            ;
        if (own_thread == 0)
            own_thread = atomic_fetch_add(&last_thread, 1) + 1;
        tally->countdown = HOUSEKEEPING_EVENTS;
        /* Before the key: setting it may itself allocate. */
        own_tally = tally;
        if (have_exit_key)
            (void)pthread_setspecific(exit_key, tally);
    }
    errno = saved;
    return tally;
}

struct cell *count_add_chunk(struct tally *tally, uint32_t row)
{
    int saved = errno;
    struct cell *chunk = map_pages(CHUNK_ROWS * sizeof *chunk);
    atomic_store_explicit(&tally->chunks[row / CHUNK_ROWS], chunk, memory_order_release);
    errno = saved;
    return chunk == NULL ? NULL : &chunk[row % CHUNK_ROWS];
}

/* The entry for `code` in an index family, mapping the index if it is the first of its alignment.
   The caller holds the lock. */
static _Atomic uint32_t *find_entry(_Atomic(_Atomic uint32_t *) *family, unsigned log2_alignment,
                                    uint32_t code, size_t codes)
{
    _Atomic uint32_t *index = atomic_load(&family[log2_alignment]);
    if (index == NULL) {
        index = map_pages(codes * sizeof *index);
        if (index == NULL)
            return NULL;
        atomic_store(&family[log2_alignment], index);
    }
    return &index[code];
}

uint32_t count_group(uint32_t granule, unsigned log2_alignment)
{
    _Atomic uint32_t *index = atomic_load(&group_index[log2_alignment]);
    return index == NULL ? 0 : atomic_load(&index[granule]);
}

static uint32_t add_group(uint32_t code, unsigned log2_alignment)
{
    uint32_t granule = code_granule(code);
    _Atomic uint32_t *entry = find_entry(group_index, log2_alignment, granule, GRANULES);
    if (entry == NULL)
        return 0;
    uint32_t group = atomic_load(entry);
    if (group == 0) {
        group = atomic_load(&group_count);
        groups[group] = (struct group){granule, log2_alignment, code_octave(code), 0};
        atomic_store(entry, group);
        atomic_store(&group_count, group + 1);
    }
    return group;
}

uint32_t count_add_row(uint32_t code, unsigned log2_alignment)
{
    int saved = errno;
    lock_take();
    uint32_t handle = 0;
    _Atomic uint32_t *entry = find_entry(row_index, log2_alignment, code, CODES);
    if (entry != NULL)
        handle = atomic_load(entry);
    if (entry != NULL && handle == 0 && atomic_load(&row_count) < ROW_LIMIT) {
        uint32_t group = add_group(code, log2_alignment);
        if (group != 0) {
            uint32_t row = atomic_load(&row_count);
            rows[row].code = code;
            rows[row].log2_alignment = log2_alignment;
            rows[row].group = group;
            handle = code_octave(code) << ROW_BITS | row;
            atomic_store(&row_count, row + 1);
            atomic_store_explicit(entry, handle, memory_order_release);
        }
    }
    lock_release();
    errno = saved;
    return handle;
}

static void raise_to(_Atomic int64_t *high, int64_t value)
{
    int64_t seen = atomic_load_explicit(high, memory_order_relaxed);
    while (seen < value && !atomic_compare_exchange_weak(high, &seen, value))
        ;
}

void count_hand_over(uint32_t row, struct cell *cell)
{
    struct row *shared = &rows[row];
    int32_t held = atomic_load_explicit(&cell->held, memory_order_relaxed);
    int32_t high = atomic_load_explicit(&cell->high, memory_order_relaxed);
    /* Emptied first: a reader in between then misses these few blocks instead of counting twice. */
    atomic_store_explicit(&cell->held, 0, memory_order_relaxed);
    atomic_store_explicit(&cell->high, 0, memory_order_relaxed);
    int64_t before = atomic_fetch_add_explicit(&shared->live, held, memory_order_relaxed);
    raise_to(&shared->peak, before + high);
}

void count_hand_over_octave(struct tally *tally, uint32_t index)
{
    struct octave *octave = &octaves[index];
    int32_t held = atomic_load_explicit(&tally->octave_held[index], memory_order_relaxed);
    atomic_store_explicit(&tally->octave_held[index], 0, memory_order_relaxed);
    int64_t live = atomic_fetch_add_explicit(&octave->live, held, memory_order_relaxed) + held;
    if (live >= atomic_load_explicit(&octave->next, memory_order_relaxed))
        snapshot_if_due();
}

void count_housekeeping(struct tally *tally)
{
    tally->countdown = HOUSEKEEPING_EVENTS;
    snapshot_if_due();
}

int64_t count_gather(uint32_t row)
{
    int64_t live = atomic_load(&rows[row].live), rise = 0;
    for (struct tally *tally = atomic_load(&tallies); tally != NULL; tally = tally->next) {
        struct cell *chunk = atomic_load(&tally->chunks[row / CHUNK_ROWS]);
        if (chunk == NULL)
            continue;
        const struct cell *cell = &chunk[row % CHUNK_ROWS];
        int32_t held = atomic_load(&cell->held), high = atomic_load(&cell->high);
        live += held;
        if (high - held > rise)
            rise = high - held;
    }
    /* The highest that the blocks held back can have stood above what they stand at now, taking
       one thread at a time: exact with one thread. */
    raise_to(&rows[row].peak, live + rise);
    return live < 0 ? 0 : live;
}

void count_realloc(uint32_t from, uint32_t to)
{
    uint64_t key = (uint64_t)from << 32 | to;
    uint64_t hash = key * UINT64_C(0x9e3779b97f4a7c15);
    for (unsigned probe = 0; probe < 32; probe++) {
        struct pair *pair = &pairs[((hash >> 48) + probe) % PAIR_SLOTS];
        uint64_t found = atomic_load_explicit(&pair->key, memory_order_relaxed);
        if (found == 0 && atomic_compare_exchange_strong(&pair->key, &found, key))
            found = key;
        if (found == key) {
            atomic_fetch_add_explicit(&pair->count, 1, memory_order_relaxed);
            return;
        }
    }
    atomic_fetch_add(&uncounted_reallocs, 1);
}

static void forget_counts(struct tally *tally, uint32_t count)
{
    for (uint32_t row = 1; row < count; row++) {
        struct cell *chunk = atomic_load(&tally->chunks[row / CHUNK_ROWS]);
        if (chunk == NULL) {
            row += CHUNK_ROWS - 1 - row % CHUNK_ROWS;
            continue;
        }
        struct cell *cell = &chunk[row % CHUNK_ROWS];
        atomic_store(&cell->allocations, 0);
        atomic_store(&cell->remote_frees, 0);
        atomic_store(&cell->zeroed, 0);
        atomic_store(&cell->high, 0);
    }
}

void count_restart(void)
{
    uint32_t count = atomic_load(&row_count);
    for (struct tally *tally = atomic_load(&tallies); tally != NULL; tally = tally->next) {
        forget_counts(tally, count);
        atomic_store(&tally->busy, tally == own_tally); /* the others' threads are not here */
    }
    for (uint32_t row = 1; row < count; row++) {
        atomic_store(&rows[row].bytes, 0);
        atomic_store(&rows[row].peak, 0);
        (void)count_gather(row);
    }
    for (size_t i = 0; i < PAIR_SLOTS; i++)
        if (atomic_load(&pairs[i].key) != 0)
            atomic_store(&pairs[i].count, 0);
    for (size_t i = 0; i < OCTAVES; i++)
        atomic_store(&octaves[i].next, 0);
    atomic_store(&busy_threads, own_tally != NULL);
    atomic_store(&most_threads, own_tally != NULL);
    atomic_store(&unknown_frees, 0);
    atomic_store(&uncounted_allocations, 0);
    atomic_store(&uncounted_reallocs, 0);
}
