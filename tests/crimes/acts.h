/* Every act that a row may name, by the file that has it. */
#ifndef CRIMES_ACTS_H
#define CRIMES_ACTS_H

#include "crimes.h"

/* double_frees.c */
enum verdict free_twice(const struct kind *kind);
enum verdict free_twice_delayed(const struct kind *kind);
enum verdict free_twice_interleaved(const struct kind *kind);
enum verdict free_twice_after_reuse(const struct kind *kind);
enum verdict free_twice_after_many(const struct kind *kind);
enum verdict free_twice_after_flush(const struct kind *kind);
enum verdict free_twice_after_trim(const struct kind *kind);
enum verdict free_twice_after_realloc(const struct kind *kind);
enum verdict free_twice_zeroed(const struct kind *kind);
enum verdict free_twice_by_size(const struct kind *kind);
enum verdict free_twice_aligned(const struct kind *kind);
enum verdict free_twice_in_child(const struct kind *kind);
enum verdict free_twice_second_in_thread(const struct kind *kind);
enum verdict free_twice_first_in_ended_thread(const struct kind *kind);
enum verdict free_twice_first_in_thread(const struct kind *kind);
enum verdict free_twice_racing(const struct kind *kind);

/* invalid_frees.c */
enum verdict free_middle(const struct kind *kind);
enum verdict free_off_by_one(const struct kind *kind);
enum verdict free_off_by_eight(const struct kind *kind);
enum verdict free_last_byte(const struct kind *kind);
enum verdict free_far(const struct kind *kind);
enum verdict free_tiny_address(const struct kind *kind);
enum verdict free_global(const struct kind *kind);
enum verdict free_stack(const struct kind *kind);
enum verdict free_constant(const struct kind *kind);
enum verdict free_code(const struct kind *kind);
enum verdict free_other_tables(const struct kind *kind);
enum verdict free_padding(const struct kind *kind);
enum verdict free_never_allocated(const struct kind *kind);
enum verdict free_given_back(const struct kind *kind);
enum verdict realloc_middle(const struct kind *kind);
enum verdict realloc_freed(const struct kind *kind);
enum verdict realloc_freed_in_place(const struct kind *kind);
enum verdict realloc_foreign(const struct kind *kind);
enum verdict usable_size_middle(const struct kind *kind);
enum verdict usable_size_freed(const struct kind *kind);
enum verdict usable_size_foreign(const struct kind *kind);

/* mismatches.c */
enum verdict size_above_block(const struct kind *kind);
enum verdict size_one_more(const struct kind *kind);
enum verdict size_one_less(const struct kind *kind);
enum verdict size_of_nothing(const struct kind *kind);
enum verdict size_huge(const struct kind *kind);
enum verdict size_before_realloc(const struct kind *kind);
enum verdict aligned_size_above_block(const struct kind *kind);
enum verdict alignment_above_block(const struct kind *kind);
enum verdict alignment_of_no_power(const struct kind *kind);

/* writes.c */
enum verdict overflow_1(const struct kind *kind);
enum verdict overflow_8(const struct kind *kind);
enum verdict overflow_32(const struct kind *kind);
enum verdict overflow_mebibyte(const struct kind *kind);
enum verdict overflow_far(const struct kind *kind);
enum verdict overflow_zero(const struct kind *kind);
enum verdict overflow_realloc(const struct kind *kind);
enum verdict underflow_1(const struct kind *kind);
enum verdict underflow_8(const struct kind *kind);
enum verdict underflow_32(const struct kind *kind);
enum verdict underflow_mebibyte(const struct kind *kind);
enum verdict copy_too_long(const struct kind *kind);
enum verdict copy_from_middle(const struct kind *kind);
enum verdict copy_to_before(const struct kind *kind);
enum verdict copy_to_freed(const struct kind *kind);
enum verdict write_nothing(const struct kind *kind);
enum verdict read_nothing(const struct kind *kind);
enum verdict free_nothing_twice(const struct kind *kind);
enum verdict free_nothing_as_more(const struct kind *kind);
enum verdict realloc_nothing_freed(const struct kind *kind);
enum verdict free_inside_nothing(const struct kind *kind);
enum verdict write_link(const struct kind *kind);
enum verdict write_link_byte(const struct kind *kind);
enum verdict write_body(const struct kind *kind);
enum verdict write_middle(const struct kind *kind);
enum verdict write_end(const struct kind *kind);
enum verdict write_all(const struct kind *kind);
enum verdict write_link_then_flush(const struct kind *kind);
enum verdict exit_after_overflow(const struct kind *kind);
enum verdict exit_after_underflow(const struct kind *kind);
enum verdict exit_after_write(const struct kind *kind);

/* reads.c */
enum verdict read_freed(const struct kind *kind);
enum verdict read_end(const struct kind *kind);
enum verdict read_reused(const struct kind *kind);
enum verdict read_moved(const struct kind *kind);
enum verdict reuse_at_once(const struct kind *kind);
enum verdict foresee(const struct kind *kind);

/* lawful.c */
enum verdict use_all(const struct kind *kind);
enum verdict use_nothing(const struct kind *kind);
enum verdict copy_all(const struct kind *kind);
enum verdict free_by_every_size(const struct kind *kind);
enum verdict traffic(const struct kind *kind);
enum verdict traffic_of_threads(const struct kind *kind);
enum verdict exit_beside_traffic(const struct kind *kind);
enum verdict exit_with_blocks(const struct kind *kind);
enum verdict free_elsewhere(const struct kind *kind);

#endif
