/* Part of select.c: sizes in even steps, @select_per_doubling@ to a doubling. */
//%if select_octaves
/* The pool of a size by its leading bit, whose number is 63 ^ the zeros before it: each pool's size is
   twice the one before. */
//%else
//%if select_even_start
/* The pool of a size by its leading bits, of which the first is number 63 ^ the zeros before it: the
   sizes stand @select_per_doubling@ to a doubling, and evenly up to the first @select_least@ bytes. */
//%else
/* The pool of a size by its leading bits, of which the first is number 63 ^ the zeros before it: the
   sizes stand @select_per_doubling@ to a doubling. */
//%end
//%end
//%if selector_split
static inline size_t @prefix@_select_large(size_t size)
//%else
static inline size_t @prefix@_select(size_t size)
//%end
{
//%if select_octaves
    const unsigned long long last = (size - 1) | @select_floor@;
    return (unsigned)(63 ^ __builtin_clzll(last)) @select_sign@ (size_t)@select_bias@;
//%else
//%if select_even_start
    const size_t last = size - 1;
    const unsigned top = (unsigned)(63 ^ __builtin_clzll(last | @select_least@));
//%else
    const size_t last = size - 1 > @select_floor@ ? size - 1 : @select_floor@;
    const unsigned top = (unsigned)(63 ^ __builtin_clzll(last));
//%end
    return ((size_t)top << @select_steps@) + (last >> (top - @select_steps@)) @select_sign@ @select_bias@;
//%end
}
