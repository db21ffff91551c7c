/* The table under test as its YAML says, read without poolgen's help, and the answers that a plain
   loop gives: what the emitted code is held to. */
#ifndef EMITTED_TABLE_H
#define EMITTED_TABLE_H

#include <stdbool.h>
#include <stddef.h>

enum policy { GROW, UPSTREAM, OS, FAIL, BORROW };

struct row {
    size_t size; /* bytes, rounded up to the alignment as the table's reference says */
    size_t count;
    enum policy exhausted;
    bool hard, full; /* harden: check or full; full */
};

struct table {
    struct row *rows; /* ascending */
    size_t count;
    size_t largest;
    bool shared;
    bool bare; /* without errno and standard error */
    bool counters;
    bool hard, full; /* some row is */
    bool cached;     /* thread caches hold blocks of every pool */
    enum policy oversize;
    bool grows, asks;  /* some pool grows; something may come from malloc */
    bool system;       /* memory can be given back: threads, growth or own mappings */
    bool module;       /* of WebAssembly: memory comes in pages of its own and never goes back */
    bool decays;       /* memory goes back by itself: release: auto */
    bool grow_limited; /* growth ends soon enough to be driven to its end */
    size_t alignment;
};

extern struct table table;

/* Fills `table` in from a file in the one-row-a-line style of configs/; ends the program if that
   fails. */
void table_read(const char *path);

/* The pool of a size from 0 up, and of an aligned request; table.count if there is none. */
size_t table_pool(size_t size);
size_t table_aligned_pool(size_t alignment, size_t size);

/* The alignment promised for a block of `size` bytes, whatever serves it. */
size_t table_promised_alignment(size_t size);

#endif
