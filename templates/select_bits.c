/* Part of select.c: sizes in even steps, @select_per_doubling@ to a doubling. */
/* The pool of a size by its leading bits: the sizes stand @select_per_doubling@ to a doubling, without a gap. */
static inline size_t @prefix@_pool_of_bits(size_t size)
{
//%if select_octaves
    const size_t last = (size - 1) | @select_floor@;
    return (unsigned)(__builtin_clzll(1) ^ __builtin_clzll(last)) - (size_t)@select_bias@;
//%else
    const size_t last = size - 1 > @select_floor@ ? size - 1 : @select_floor@;
    const unsigned top = (unsigned)(__builtin_clzll(1) ^ __builtin_clzll(last));
    return ((size_t)top << @select_steps@) + (last >> (top - @select_steps@)) - @select_bias@;
//%end
}
