/* Names that pass as identifiers but may not stand before emitted symbols. */
#ifndef POOLGEN_RESERVED_H
#define POOLGEN_RESERVED_H

/* NULL if the name is free, or what is wrong with it as the end of a sentence that starts with
   the name: "is a keyword of C, C++ or Rust". */
const char *reserved_word(const char *name);

#endif
