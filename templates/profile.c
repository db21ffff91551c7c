/* Part of allocator.c, stats: profile: what poolgen tune reads. */
/* ---- Profile ----
 *
 * Snapshots of the blocks that are live in each pool, taken as the pools fill for the first time,
 * so that a reader can find the peak of any pools together. When there is room for no more, every
 * second one is dropped. */

enum { @PREFIX@_SNAPSHOTS = 64 };

static struct {
    uint64_t at; /* microseconds since the first */
    uint64_t live[@PREFIX@_POOLS];
} @prefix@_snapshots[@PREFIX@_SNAPSHOTS];
static uint32_t @prefix@_snapshot_count;
static struct timespec @prefix@_began;
//%if threads_shared
static _Atomic(uint32_t) @prefix@_in_snapshot; /* 1 while a thread takes one: others go on */
static _Atomic(size_t) @prefix@_first_bytes;   /* bytes of blocks carved for the first time */
static _Atomic(size_t) @prefix@_next_snapshot; /* of them, when the next snapshot is due */
//%else
static size_t @prefix@_first_bytes;   /* bytes of blocks carved for the first time */
static size_t @prefix@_next_snapshot; /* of them, when the next snapshot is due */
//%end

static uint64_t @prefix@_microseconds(void)
{
    struct timespec now;
    @prefix@_now(&now);
    if (@prefix@_snapshot_count == 0) {
        @prefix@_began = now;
    }
    const int64_t seconds = (int64_t)(now.tv_sec - @prefix@_began.tv_sec);
    const int64_t microseconds = seconds * 1000000 + (now.tv_nsec - @prefix@_began.tv_nsec) / 1000;
    return microseconds > 0 ? (uint64_t)microseconds : 0; /* the clock may be set back */
}

/* Allocations and frees of a pool by all threads. */
static void @prefix@_calls(size_t pool, uint64_t *allocs, uint64_t *frees);

static void @prefix@_snapshot(void)
{
    if (@prefix@_snapshot_count == @PREFIX@_SNAPSHOTS) {
        for (uint32_t i = 1; i < @PREFIX@_SNAPSHOTS / 2; i++) {
            @prefix@_snapshots[i] = @prefix@_snapshots[2 * i];
        }
        @prefix@_snapshot_count = @PREFIX@_SNAPSHOTS / 2;
    }
    @prefix@_snapshots[@prefix@_snapshot_count].at = @prefix@_microseconds();
    for (size_t pool = 0; pool < @PREFIX@_POOLS; pool++) {
        uint64_t allocs, frees;
        @prefix@_calls(pool, &allocs, &frees);
        @prefix@_snapshots[@prefix@_snapshot_count].live[pool] = allocs > frees ? allocs - frees : 0;
    }
    @prefix@_snapshot_count++;
}

/* Notes that blocks were carved for the first time; an eighth more than at the last snapshot, and
   the next one is due. */
static void @prefix@_note_carved(size_t bytes)
{
//%if threads_shared
    const size_t total = @PREFIX@_ADD(&@prefix@_first_bytes, bytes, relaxed) + bytes;
    uint32_t busy = 0;
    if (total >= @PREFIX@_LOAD(&@prefix@_next_snapshot, relaxed) &&
        @PREFIX@_CAS(&@prefix@_in_snapshot, &busy, 1, acquire, relaxed)) {
        @PREFIX@_STORE(&@prefix@_next_snapshot, total + total / 8, relaxed);
        @prefix@_snapshot();
        @PREFIX@_STORE(&@prefix@_in_snapshot, 0, release);
    }
//%else
    @prefix@_first_bytes += bytes;
    if (@prefix@_first_bytes >= @prefix@_next_snapshot) {
        @prefix@_next_snapshot = @prefix@_first_bytes + @prefix@_first_bytes / 8;
        @prefix@_snapshot();
    }
//%end
}
