/* Part of allocator.c: where no tool watches, nothing is told to one. */
#define @prefix@_begin_use(ptr, size) ((void)0)
#define @prefix@_retire(pool, ptr) @prefix@_give(pool, ptr)
#define @prefix@_recall_delayed(pool) NULL
#define @prefix@_end_delays() ((void)0)
//%if !stats_off
#define @prefix@_count_delayed(pool) 0
//%end
#define @prefix@_size_asked(ptr, bytes) (bytes)
//%if harden_full
#define @prefix@_end_use(pool, ptr) ((void)0)
#define @prefix@_delay(pool, ptr) @prefix@_give(pool, ptr)
#define @PREFIX@_OPEN(ptr, bytes) ((void)0)
#define @PREFIX@_CLOSE(ptr, bytes) ((void)0)
//%end
#define @PREFIX@_RESIZE(ptr, old, size, bytes) ((void)0)
#define @PREFIX@_PART_COMES(ptr, bytes) ((void)0)
#define @PREFIX@_PART_GOES(ptr, bytes) ((void)0)
