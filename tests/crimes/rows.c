/* The rows. `off` is what happens where nobody looks: nothing at the faulty call, or what costs
   nothing to see. */
#include "acts.h"

/* A row a line. */
/* clang-format off */

#define NOT_CAUGHT  {ENDS_UNSEEN, NULL}
#define NO_EFFECT   {ENDS_HARMLESS, NULL}
#define SAYS(line)  {ABORTS, line}      /* SIGABRT, after this line and no other */
#define MAY(line)   {MAY_ABORT, line}   /* either of NOT_CAUGHT and SAYS */
#define SPANS(line) {SPANS_ABORT, line} /* SAYS where each free goes to its span; else NOT_CAUGHT */
#define NO_ACCESS   {FAULTS, NULL}      /* SIGSEGV or SIGBUS, and no line */
#define BY_LUCK     {MAY_FAULT, NULL}   /* what lies there decides: NOT_CAUGHT or NO_ACCESS */
#define SOME_STOP(line) {STOPS, line}   /* either of NO_ACCESS and SAYS */

/* Lines of every level. */
#define TWICE   "a block was freed twice, or written to after it was freed"
#define INSIDE  "a pointer into a pool that is not the start of a block"
#define FOREIGN "a pointer that this allocator did not return"

/* Lines of `check` and `full`. */
#define DOUBLE_FREE      "double free of %a (%b)"
#define INVALID_FREE     "invalid free of %a (%b)"
#define FOREIGN_FREE     "foreign free of %a (no pool)"
#define USE_AFTER_FREE   "use after free of %a (%b)"
#define INVALID_USE      "invalid use of %a (%b)"
#define FOREIGN_USE      "foreign use of %a (no pool)"
#define OTHER_SIZE       "free with size %n of %a (%b)"
#define OTHER_ALIGNMENT  "free with alignment %n of %a (%b)"
#define BROKEN_LINK      "broken link of %a (%b)"
#define OVERFLOW         "overflow of %a (%b)"
#define WRITE_AFTER_FREE "write after free of %a (%b)"

/* A block of 0 bytes is in no pool. */
#define DOUBLE_FREE_OF_NOTHING    "double free of %a (no pool)"
#define INVALID_FREE_OF_NOTHING   "invalid free of %a (no pool)"
#define OTHER_SIZE_OF_NOTHING     "free with size %n of %a (no pool)"
#define USE_AFTER_FREE_OF_NOTHING "use after free of %a (no pool)"

#define BOTH(line) SAYS(line), SAYS(line)

const struct crime crimes[] = {
    /* ---- freed twice */
    {"double free, at once", free_twice, POOLED, 0, {SPANS(TWICE), BOTH(DOUBLE_FREE)}},
    {"double free, at once", free_twice, OVERSIZE, NO_UPSTREAM, {SAYS(FOREIGN), BOTH(DOUBLE_FREE)}},
    {"double free, after a trim", free_twice_after_trim, OVERSIZE, NO_UPSTREAM,
     {SOME_STOP(FOREIGN), SAYS(FOREIGN_FREE), SAYS(FOREIGN_FREE)}},
    {"double free, in a child", free_twice_in_child, OVERSIZE, NO_UPSTREAM, {SAYS(FOREIGN), BOTH(DOUBLE_FREE)}},
    {"double free, in another thread", free_twice_second_in_thread, OVERSIZE, NO_UPSTREAM | THREADS,
     {SAYS(FOREIGN), BOTH(DOUBLE_FREE)}},
    {"double free, by size", free_twice_by_size, OVERSIZE, NO_UPSTREAM, {SAYS(FOREIGN), BOTH(DOUBLE_FREE)}},
    {"double free, delayed", free_twice_delayed, POOLED, 0, {SPANS(TWICE), BOTH(DOUBLE_FREE)}},
    {"double free, interleaved", free_twice_interleaved, POOLED, 0, {SPANS(TWICE), BOTH(DOUBLE_FREE)}},
    {"double free, after reuse", free_twice_after_reuse, POOLED, 0, {SPANS(TWICE), BOTH(DOUBLE_FREE)}},
    {"double free, after many others", free_twice_after_many, POOLED, GROWTH, {SPANS(TWICE), BOTH(DOUBLE_FREE)}},
    {"double free, after a flush", free_twice_after_flush, POOLED, 0, {SPANS(TWICE), BOTH(DOUBLE_FREE)}},
    {"double free, after a trim", free_twice_after_trim, POOLED, 0, {SPANS(TWICE), BOTH(DOUBLE_FREE)}},
    {"double free, after realloc", free_twice_after_realloc, POOLED, 0, {SPANS(TWICE), BOTH(DOUBLE_FREE)}},
    {"double free, of calloc's", free_twice_zeroed, POOLED, 0, {SPANS(TWICE), BOTH(DOUBLE_FREE)}},
    {"double free, by size", free_twice_by_size, POOLED, 0, {SPANS(TWICE), BOTH(DOUBLE_FREE)}},
    {"double free, aligned", free_twice_aligned, POOLED, 0, {SPANS(TWICE), BOTH(DOUBLE_FREE)}},
    {"double free, in a child", free_twice_in_child, POOLED, 0, {SPANS(TWICE), BOTH(DOUBLE_FREE)}},
    {"double free, the second in another thread", free_twice_second_in_thread, POOLED, THREADS,
     {SPANS(TWICE), BOTH(DOUBLE_FREE)}},
    {"double free, the first in another thread", free_twice_first_in_thread, POOLED, THREADS,
     {SPANS(TWICE), BOTH(DOUBLE_FREE)}},
    {"double free, the first in a thread that ended", free_twice_first_in_ended_thread, POOLED, THREADS,
     {SPANS(TWICE), BOTH(DOUBLE_FREE)}},
    {"double free, racing", free_twice_racing, SMALL | GROWN, THREADS,
     {MAY(TWICE), MAY(DOUBLE_FREE), SAYS(DOUBLE_FREE)}},

    /* ---- no block, freed */
    {"free of the middle", free_middle, POOLED, 0, {SPANS(INSIDE), BOTH(INVALID_FREE)}},
    {"free of the middle", free_middle, OVERSIZE, NO_UPSTREAM, {SAYS(FOREIGN), BOTH(FOREIGN_FREE)}},
    {"free off by one", free_off_by_one, OVERSIZE, NO_UPSTREAM, {SAYS(FOREIGN), BOTH(FOREIGN_FREE)}},
    {"free off by eight", free_off_by_eight, OVERSIZE, NO_UPSTREAM, {SAYS(FOREIGN), BOTH(FOREIGN_FREE)}},
    {"free off by one", free_off_by_one, POOLED, 0, {SPANS(INSIDE), BOTH(INVALID_FREE)}},
    {"free off by eight", free_off_by_eight, WIDE, 0, {SPANS(INSIDE), BOTH(INVALID_FREE)}},
    {"free of the last byte", free_last_byte, POOLED, 0, {SPANS(INSIDE), BOTH(INVALID_FREE)}},
    {"free of a far address", free_far, SMALL, NO_UPSTREAM | ANY_FREE, {SOME_STOP(FOREIGN), BOTH(FOREIGN_FREE)}},
    {"free of address 1", free_tiny_address, SMALL, NO_UPSTREAM, {SAYS(FOREIGN), BOTH(FOREIGN_FREE)}},
    {"free of the stack", free_stack, SMALL, NO_UPSTREAM, {SAYS(FOREIGN), BOTH(FOREIGN_FREE)}},
    {"free of a global", free_global, SMALL, NO_UPSTREAM, {SAYS(FOREIGN), BOTH(FOREIGN_FREE)}},
    {"free of a constant", free_constant, SMALL, NO_UPSTREAM, {SAYS(FOREIGN), BOTH(FOREIGN_FREE)}},
    {"free of code", free_code, SMALL, NO_UPSTREAM, {SAYS(FOREIGN), BOTH(FOREIGN_FREE)}},
    {"free of another table's block", free_other_tables, SMALL, NO_UPSTREAM, {SAYS(FOREIGN), BOTH(FOREIGN_FREE)}},
    {"free of the arena's padding", free_padding, SMALL, 0, {SPANS(INSIDE), BOTH(INVALID_FREE)}},
    {"free of what nobody had", free_never_allocated, SMALL | MEDIUM, C_NAMES, {SPANS(TWICE), BOTH(INVALID_FREE)}},
    {"free of what went back to the system", free_given_back, WIDE, NO_UPSTREAM | GROWTH,
     {SAYS(FOREIGN), BOTH(FOREIGN_FREE)}},

    /* ---- no block, used */
    {"realloc of the middle", realloc_middle, POOLED, 0, {SAYS(INSIDE), BOTH(INVALID_USE)}},
    {"realloc of a free block", realloc_freed, POOLED, 0, {SPANS(TWICE), BOTH(USE_AFTER_FREE)}},
    {"realloc of a free block, in place", realloc_freed_in_place, POOLED, 0, {NOT_CAUGHT, BOTH(USE_AFTER_FREE)}},
    {"realloc of a free block", realloc_freed, OVERSIZE, NO_UPSTREAM, {SAYS(FOREIGN), BOTH(USE_AFTER_FREE)}},
    {"usable_size of a free block", usable_size_freed, OVERSIZE, NO_UPSTREAM, {SAYS(FOREIGN), BOTH(USE_AFTER_FREE)}},
    {"usable_size of the middle", usable_size_middle, OVERSIZE, NO_UPSTREAM, {SAYS(FOREIGN), BOTH(FOREIGN_USE)}},
    {"realloc of a global", realloc_foreign, SMALL, NO_UPSTREAM, {SAYS(FOREIGN), BOTH(FOREIGN_USE)}},
    {"usable_size of the middle", usable_size_middle, POOLED, 0, {SAYS(INSIDE), BOTH(INVALID_USE)}},
    {"usable_size of a free block", usable_size_freed, POOLED, 0, {NOT_CAUGHT, BOTH(USE_AFTER_FREE)}},
    {"usable_size of a global", usable_size_foreign, SMALL, NO_UPSTREAM, {SAYS(FOREIGN), BOTH(FOREIGN_USE)}},

    /* ---- another size or alignment */
    {"size above the block", size_above_block, POOLED, 0, {NOT_CAUGHT, BOTH(OTHER_SIZE)}},
    {"size one more, within the block", size_one_more, SMALL, 0, {NOT_CAUGHT, NOT_CAUGHT, SAYS(OTHER_SIZE)}},
    {"size one more", size_one_more, MEDIUM | LARGE, 0, {NOT_CAUGHT, BOTH(OTHER_SIZE)}},
    {"size above the mapping", size_above_block, OVERSIZE, NO_UPSTREAM, {NOT_CAUGHT, BOTH(OTHER_SIZE)}},
    {"size one more, of a mapping", size_one_more, OVERSIZE, NO_UPSTREAM, {NOT_CAUGHT, NOT_CAUGHT, SAYS(OTHER_SIZE)}},
    {"size huge", size_huge, OVERSIZE, NO_UPSTREAM | ANY_FREE, {NOT_CAUGHT, BOTH(OTHER_SIZE)}},
    {"alignment that it has not", alignment_above_block, OVERSIZE, NO_UPSTREAM, {NOT_CAUGHT, BOTH(OTHER_ALIGNMENT)}},
    {"size one less", size_one_less, POOLED, 0, {NOT_CAUGHT, NOT_CAUGHT, SAYS(OTHER_SIZE)}},
    {"size 0", size_of_nothing, POOLED, 0, {NOT_CAUGHT, NOT_CAUGHT, SAYS(OTHER_SIZE)}},
    {"size huge", size_huge, POOLED, ANY_FREE, {NOT_CAUGHT, BOTH(OTHER_SIZE)}},
    {"size before realloc", size_before_realloc, POOLED, 0, {NOT_CAUGHT, NOT_CAUGHT, SAYS(OTHER_SIZE)}},
    {"aligned, size above the block", aligned_size_above_block, POOLED, 0, {NOT_CAUGHT, BOTH(OTHER_SIZE)}},
    {"alignment that it has not", alignment_above_block, POOLED, 0, {NOT_CAUGHT, BOTH(OTHER_ALIGNMENT)}},
    {"alignment 24", alignment_of_no_power, POOLED, C_NAMES, {NOT_CAUGHT, BOTH(OTHER_ALIGNMENT)}},

    /* ---- writes outside */
    {"overflow by 1 byte", overflow_1, POOLED, 0, {NOT_CAUGHT, NOT_CAUGHT, SAYS(OVERFLOW)}},
    {"overflow by 1 byte", overflow_1, OVERSIZE, NO_UPSTREAM, {NOT_CAUGHT, NOT_CAUGHT, SAYS(OVERFLOW)}},
    {"overflow by 32 bytes", overflow_32, OVERSIZE, NO_UPSTREAM, {NOT_CAUGHT, NOT_CAUGHT, SAYS(OVERFLOW)}},
    {"overflow by a string's zero", overflow_zero, POOLED, 0, {NOT_CAUGHT, NOT_CAUGHT, SAYS(OVERFLOW)}},
    {"overflow by 8 bytes", overflow_8, POOLED, 0, {NOT_CAUGHT, NOT_CAUGHT, SAYS(OVERFLOW)}},
    {"overflow by 32 bytes", overflow_32, POOLED, 0, {NOT_CAUGHT, NOT_CAUGHT, SAYS(OVERFLOW)}},
    {"overflow by 1 byte, then realloc", overflow_realloc, POOLED, 0, {NOT_CAUGHT, NOT_CAUGHT, SAYS(OVERFLOW)}},
    {"overflow by 1 MiB", overflow_mebibyte, SMALL | MEDIUM, 0, {BY_LUCK, BY_LUCK, SOME_STOP(OVERFLOW)}},
    {"overflow by 1 MiB", overflow_mebibyte, OVERSIZE, NO_UPSTREAM, {BY_LUCK, BY_LUCK, NO_ACCESS}},
    {"underflow by 1 byte", underflow_1, POOLED, 0, {NOT_CAUGHT, NOT_CAUGHT, SAYS(OVERFLOW)}},
    {"underflow by 8 bytes", underflow_8, POOLED, 0, {NOT_CAUGHT, NOT_CAUGHT, SAYS(OVERFLOW)}},
    {"underflow by 32 bytes", underflow_32, WIDE, 0, {NOT_CAUGHT, NOT_CAUGHT, SAYS(OVERFLOW)}},
    {"underflow by 1 MiB", underflow_mebibyte, SMALL | MEDIUM | LARGE, 0, {BY_LUCK, BY_LUCK, SOME_STOP(OVERFLOW)}},

    {"copy one byte too long", copy_too_long, MEDIUM | LARGE, FAMILY, {NOT_CAUGHT, BOTH(OVERFLOW)}},
    {"copy one byte too long, within the block", copy_too_long, SMALL, FAMILY,
     {NOT_CAUGHT, NOT_CAUGHT, SAYS(OVERFLOW)}},
    {"copy from the middle past the end", copy_from_middle, POOLED, FAMILY, {NOT_CAUGHT, BOTH(OVERFLOW)}},
    {"copy to the byte before", copy_to_before, POOLED, FAMILY, {NOT_CAUGHT, BOTH(OVERFLOW)}},
    {"copy to a free block", copy_to_freed, POOLED, FAMILY, {NOT_CAUGHT, BOTH(USE_AFTER_FREE)}},

    /* ---- blocks of no bytes */
    {"write to a block of 0 bytes", write_nothing, SMALL, FAMILY, {NOT_CAUGHT, NO_ACCESS, NO_ACCESS}},
    {"read of a block of 0 bytes", read_nothing, SMALL, FAMILY, {NOT_CAUGHT, NO_ACCESS, NO_ACCESS}},
    {"double free of a block of 0 bytes", free_nothing_twice, SMALL, FAMILY,
     {SPANS(TWICE), BOTH(DOUBLE_FREE_OF_NOTHING)}},
    {"free inside a block of 0 bytes", free_inside_nothing, SMALL, FAMILY,
     {SPANS(INSIDE), BOTH(INVALID_FREE_OF_NOTHING)}},
    {"size of a block of 0 bytes", free_nothing_as_more, MEDIUM, FAMILY, {NOT_CAUGHT, BOTH(OTHER_SIZE_OF_NOTHING)}},
    {"realloc of a free block of 0 bytes", realloc_nothing_freed, MEDIUM, FAMILY,
     {SPANS(TWICE), BOTH(USE_AFTER_FREE_OF_NOTHING)}},

    /* ---- writes into free blocks */
    {"write of the link", write_link, LISTED, LISTS, {NOT_CAUGHT, SAYS(BROKEN_LINK), SAYS(WRITE_AFTER_FREE)}},
    {"write of a byte of the link", write_link_byte, LISTED, LISTS,
     {NOT_CAUGHT, SAYS(BROKEN_LINK), SAYS(WRITE_AFTER_FREE)}},
    {"write of the link, then flush and trim", write_link_then_flush, LISTED, LISTS,
     {SOME_STOP(TWICE), SAYS(BROKEN_LINK), SAYS(WRITE_AFTER_FREE)}},
    {"write of the body", write_body, WIDE, 0, {NOT_CAUGHT, NOT_CAUGHT, SAYS(WRITE_AFTER_FREE)}},
    {"write of the last byte", write_end, GROWN, 0, {NOT_CAUGHT, NOT_CAUGHT, SAYS(WRITE_AFTER_FREE)}},
    /* Of a large block the ends are verified. */
    {"write of the middle", write_middle, MEDIUM | LARGE, 0, {NOT_CAUGHT, NOT_CAUGHT, NOT_CAUGHT}},
    {"write of all", write_all, LISTED, LISTS, {NOT_CAUGHT, SAYS(BROKEN_LINK), SAYS(WRITE_AFTER_FREE)}},

    /* ---- found when the process ends, if not before */
    {"overflow by 1 byte, never freed, then exit", exit_after_overflow, POOLED, 0,
     {NOT_CAUGHT, NOT_CAUGHT, SAYS(OVERFLOW)}},
    {"underflow by 1 byte, never freed, then exit", exit_after_underflow, POOLED, 0,
     {NOT_CAUGHT, NOT_CAUGHT, SAYS(OVERFLOW)}},
    {"write of the middle, then exit", exit_after_write, WIDE, 0, {NOT_CAUGHT, NOT_CAUGHT, SAYS(WRITE_AFTER_FREE)}},

    /* ---- reads, and addresses that can be foreseen */
    {"read of a free block", read_freed, WIDE, 0, {NOT_CAUGHT, NOT_CAUGHT, NO_EFFECT}},
    {"read of what the last owner wrote", read_reused, WIDE, 0, {NOT_CAUGHT, NOT_CAUGHT, NO_EFFECT}},
    {"read of what realloc moved", read_moved, WIDE, 0, {NOT_CAUGHT, NOT_CAUGHT, NO_EFFECT}},
    {"write of a freed mapping", write_end, OVERSIZE, NO_UPSTREAM, {BY_LUCK, BY_LUCK, NO_ACCESS}},
    {"read of a freed mapping", read_end, OVERSIZE, NO_UPSTREAM, {BY_LUCK, BY_LUCK, NO_ACCESS}},
    {"reuse at once", reuse_at_once, SMALL | MEDIUM | GROWN, 0, {NOT_CAUGHT, NOT_CAUGHT, NO_EFFECT}},
    {"addresses in order", foresee, SMALL, LISTS, {NOT_CAUGHT, NOT_CAUGHT, NO_EFFECT}},

    /* ---- no crimes */
    {"lawful: every usable byte is written", use_all, ALL, 0, {NO_EFFECT, NO_EFFECT, NO_EFFECT}},
    {"lawful: blocks of 0 bytes", use_nothing, MEDIUM, ENDLESS, {NO_EFFECT, NO_EFFECT, NO_EFFECT}},
    {"lawful: copies of every usable byte", copy_all, ALL, 0, {NO_EFFECT, NO_EFFECT, NO_EFFECT}},
    {"lawful: every size and alignment", free_by_every_size, ALL, 0, {NO_EFFECT, NO_EFFECT, NO_EFFECT}},
    {"lawful: traffic", traffic, ALL, 0, {NO_EFFECT, NO_EFFECT, NO_EFFECT}},
    {"lawful: traffic of threads", traffic_of_threads, MEDIUM | OVERSIZE, THREADS, {NO_EFFECT, NO_EFFECT, NO_EFFECT}},
    {"lawful: exit with blocks in use", exit_with_blocks, ALL, ENDLESS, {NOT_CAUGHT, NOT_CAUGHT, NOT_CAUGHT}},
    {"lawful: exit beside traffic", exit_beside_traffic, SMALL | MEDIUM, THREADS | ENDLESS,
     {NOT_CAUGHT, NOT_CAUGHT, NOT_CAUGHT}},
    {"lawful: freed elsewhere", free_elsewhere, ALL, THREADS | ENDLESS, {NO_EFFECT, NO_EFFECT, NO_EFFECT}},
    {.name = NULL},
};
/* clang-format on */
