#include "count.h"
#include "lock.h"
#include "pages.h"
#include "shadow.h"
#include "snapshot.h"
#include <errno.h>
#include <pthread.h>

struct row rows[ROW_LIMIT];
struct group groups[GROUP_LIMIT];
struct pair pairs[PAIR_SLOTS];
struct octave octaves[OCTAVES];
_Atomic uint32_t row_count = 1, group_count = 1;
_Atomic(struct tally *) tallies;
_Atomic uint32_t most_threads;
_Atomic uint64_t unknown_frees, uncounted_allocations, uncounted_reallocs;
_Atomic(_Atomic uint32_t *) row_index[ALIGNMENTS];
_Atomic uint32_t plain_row_index[CODES];
uint8_t row_octave[ROW_LIMIT];
__thread struct tally *own_tally __attribute__((tls_model("initial-exec")));

static _Atomic(_Atomic uint32_t *) group_index[ALIGNMENTS];
static __thread uint32_t own_thread __attribute__((tls_model("initial-exec")));
static _Atomic uint32_t last_thread, pair_count;
static _Atomic uint32_t busy_threads;
uint32_t row_limit = ROW_LIMIT, group_limit = GROUP_LIMIT;
static uint32_t pair_limit = PAIR_LIMIT; /* that a tally has room for */
static uint32_t thread_numbers = 1 << (32 - ROW_BITS);
static pthread_key_t exit_key;
static bool have_exit_key;

/* A tally outlives its thread, with its counts, and waits for the next one. */
static void leave_tally(void *tally)
{
    own_tally = NULL;
    atomic_fetch_sub(&busy_threads, 1);
    atomic_store(&((struct tally *)tally)->busy, false);
}

static void count_fewer(uint64_t addresses)
{
    enum { SHARE = 1 << 14, LEAST_ROWS = 1024, MOST_ROWS = 1 << SMALL_ROW_BITS };
    uint64_t most = addresses / SHARE / sizeof(struct cell);
    row_limit = most > MOST_ROWS ? MOST_ROWS : most < LEAST_ROWS ? LEAST_ROWS : (uint32_t)most;
    group_limit = row_limit;
    thread_numbers = 1 << SMALL_THREAD_BITS;
    pages_drop(&rows[row_limit], (ROW_LIMIT - row_limit) * sizeof rows[0]);
}

void count_start(uint64_t addresses)
{
    enum { ROWS_PER_PAIR = 4 };
    if (addresses != UINT64_MAX)
        count_fewer(addresses);
    pair_limit = row_limit / ROWS_PER_PAIR;
    atomic_store(&row_index[0], plain_row_index);
    have_exit_key = pthread_key_create(&exit_key, leave_tally) == 0;
}

static struct tally *add_tally(void)
{
    struct tally *tally = map_pages(sizeof *tally + row_limit * sizeof tally->cells[0] +
                                    pair_limit * sizeof tally->reallocs[0]);
    if (tally == NULL)
        return NULL;
    tally->reallocs = (_Atomic uint64_t *)(void *)&tally->cells[row_limit];
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
        tally->thread = own_thread % thread_numbers << ROW_BITS;
        tally->countdown = SNAPSHOT_EVENTS;
        tally->at_clock = false;
        /* Before the key: setting it may itself allocate. */
        own_tally = tally;
        if (have_exit_key)
            (void)pthread_setspecific(exit_key, tally);
    }
    errno = saved;
    return tally;
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
    if (group == 0 && atomic_load(&group_count) < group_limit) {
        group = atomic_load(&group_count);
        groups[group] = (struct group){granule, log2_alignment, code_octave(code)};
        /* In this order: a child forked in between wastes a number and gives none twice. */
        atomic_store(&group_count, group + 1);
        atomic_store(entry, group);
    }
    return group;
}

uint32_t count_add_row(uint32_t code, unsigned log2_alignment)
{
    int saved = errno;
    lock_take();
    uint32_t row = 0;
    _Atomic uint32_t *entry = find_entry(row_index, log2_alignment, code, CODES);
    if (entry != NULL)
        row = atomic_load(entry);
    if (entry != NULL && row == 0 && atomic_load(&row_count) < row_limit) {
        uint32_t group = add_group(code, log2_alignment);
        if (group != 0) {
            row = atomic_load(&row_count);
            rows[row].code = code;
            rows[row].log2_alignment = log2_alignment;
            rows[row].group = group;
            row_octave[row] = (uint8_t)code_octave(code);
            atomic_store(&row_count, row + 1);
            atomic_store_explicit(entry, row, memory_order_release);
        }
    }
    lock_release();
    errno = saved;
    return row;
}

static void raise_to(_Atomic int64_t *high, int64_t value)
{
    int64_t seen = atomic_load_explicit(high, memory_order_relaxed);
    while (seen < value && !atomic_compare_exchange_weak(high, &seen, value))
        ;
}

/* Adds to what a thread holds back of a row's octave, and hands that over if it is worth the locked
   instruction. */
static void change_octave(struct tally *tally, uint32_t row, int32_t change)
{
    uint32_t index = row_octave[row];
    int32_t held = tally->octave_held[index] + change;
    tally->octave_held[index] = held;
    if (held < octave_slack(index) && held > -octave_slack(index))
        return;
    tally->octave_held[index] = 0;
    struct octave *octave = &octaves[index];
    int64_t live = atomic_fetch_add_explicit(&octave->live, held, memory_order_relaxed) + held;
    if (live >= atomic_load_explicit(&octave->next, memory_order_relaxed))
        snapshot_note_growth();
}

static void hand_over(struct tally *tally, uint32_t row)
{
    struct cell *cell = &tally->cells[row];
    struct row *shared = &rows[row];
    uint64_t state = atomic_load_explicit(&cell->state, memory_order_relaxed);
    int32_t held = cell_held(state);
    int32_t high = atomic_load_explicit(&cell->high, memory_order_relaxed);
    /* Emptied first: a reader in between then misses these few blocks instead of counting twice. */
    atomic_store_explicit(&cell->state, cell_allocations(state), memory_order_relaxed);
    atomic_store_explicit(&cell->high, 0, memory_order_relaxed);
    int64_t before = atomic_fetch_add_explicit(&shared->live, held, memory_order_relaxed);
    raise_to(&shared->peak, before + high);
    if (held != high)
        change_octave(tally, row, held - high);
}

/* Reading the clock may allocate, where the program has put its own in the place of the C library's
   and the recorder does not know the latter yet. */
static void look_at_clock(struct tally *tally)
{
    tally->countdown = SNAPSHOT_EVENTS;
    if (tally->at_clock)
        return;
    tally->at_clock = true;
    snapshot_if_due();
    tally->at_clock = false;
}

void count_settle(struct tally *tally, uint32_t row)
{
    struct cell *cell = &tally->cells[row];
    if (cell->slack == 0)
        cell->slack = octave_slack(row_octave[row]);
    int16_t held = cell_held(atomic_load_explicit(&cell->state, memory_order_relaxed));
    int16_t high = atomic_load_explicit(&cell->high, memory_order_relaxed);
    if (held > high) {
        atomic_store_explicit(&cell->high, held, memory_order_relaxed);
        change_octave(tally, row, held - high);
    }
    if (held >= cell->slack || held <= -cell->slack)
        hand_over(tally, row);
    if (tally->countdown == 0)
        look_at_clock(tally);
}

int64_t count_gather(uint32_t row)
{
    int64_t live = atomic_load(&rows[row].live), rise = 0;
    for (struct tally *tally = atomic_load(&tallies); tally != NULL; tally = tally->next) {
        const struct cell *cell = &tally->cells[row];
        int32_t held = cell_held(atomic_load(&cell->state)), high = atomic_load(&cell->high);
        live += held;
        if (high - held > rise)
            rise = high - held;
    }
    /* The highest that the blocks held back can have stood above what they stand at now, taking
       one thread at a time: exact with one thread. */
    raise_to(&rows[row].peak, live + rise);
    return live < 0 ? 0 : live;
}

uint32_t count_pairs(void)
{
    return atomic_load(&pair_count);
}

/* The number of a pair, old or new; 0 when there are too many. */
uint32_t count_add_pair(uint64_t key)
{
    uint32_t number = 0;
    lock_take();
    for (uint32_t probe = 0; number == 0 && probe < PAIR_SLOTS; probe++) {
        struct pair *pair = &pairs[(pair_slot(key) + probe) % PAIR_SLOTS];
        uint64_t found = atomic_load(&pair->key);
        if (found == key)
            number = pair->number;
        if (found != 0)
            continue;
        if (atomic_load(&pair_count) + 1 < pair_limit) {
            number = atomic_fetch_add(&pair_count, 1) + 1;
            pair->number = number;
            atomic_store_explicit(&pair->key, key, memory_order_release);
        }
        break;
    }
    lock_release();
    if (number == 0)
        atomic_fetch_add(&uncounted_reallocs, 1);
    return number;
}

static void forget_counts(struct tally *tally, uint32_t count)
{
    for (uint32_t row = 1; row < count; row++) {
        struct cell *cell = &tally->cells[row];
        uint64_t state = atomic_load(&cell->state);
        if (state == 0 && atomic_load(&cell->remote_frees) == 0)
            continue; /* its page may never have been touched */
        atomic_store(&cell->state, state - cell_allocations(state));
        atomic_store(&cell->remote_frees, 0);
        atomic_store(&cell->zeroed, 0);
        atomic_store(&cell->high, 0);
    }
    for (uint32_t pair = 1, last = atomic_load(&pair_count); pair <= last; pair++)
        if (atomic_load(&tally->reallocs[pair]) != 0)
            atomic_store(&tally->reallocs[pair], 0);
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
    for (size_t i = 0; i < OCTAVES; i++)
        atomic_store(&octaves[i].next, 0);
    atomic_store(&busy_threads, own_tally != NULL);
    atomic_store(&most_threads, own_tally != NULL);
    atomic_store(&unknown_frees, 0);
    atomic_store(&uncounted_allocations, 0);
    atomic_store(&uncounted_reallocs, 0);
}
