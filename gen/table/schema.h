/* The keys of a pool table, in one list: validation, --print-schema and README's reference are
   all made from it. */
#ifndef POOLGEN_SCHEMA_H
#define POOLGEN_SCHEMA_H

#include "base/text.h"
#include "table/table.h"

/* Limits that belong to no single key. */
#define LIMIT_NAME    31
#define LIMIT_SECTION 63
#define LIMIT_POOLS   UINT64_C(65535)
#define LIMIT_WASM    (UINT64_C(1) << 32) /* bytes of a module's memory */
#define LIMIT_ARENAS  (UINT64_C(1) << 30) /* bytes of all static arenas: see the help of `pools` */

/* What a key's value looks like. */
enum key_type {
    TYPE_NAME,    /* [a-z][a-z0-9_]{0,30} */
    TYPE_POOLS,   /* sequence of mappings */
    TYPE_COUNT,   /* integer */
    TYPE_BYTES,   /* integer, or integer with a unit */
    TYPE_WORD,    /* one of `words` */
    TYPE_WORDS,   /* sequence of distinct `words` */
    TYPE_SECTION, /* [A-Za-z0-9._]{1,63}, or the word for none */
};

/* Where a key may stand. */
enum where { IN_TABLE, IN_POOL, PLACES };

/* A member of struct table or struct pool_row. */
struct member {
    size_t offset, bytes; /* bytes is 0 where the key may not stand */
};

enum { KEY_WORDS = 8 };

struct key {
    const char *name;
    /* Where the value goes. A key that may stand in both is the table's, unless the pool has it. */
    struct member in[PLACES];
    enum key_type type;
    const char *words[KEY_WORDS]; /* TYPE_WORD: at the values of the enum in table.h;
                                     TYPE_WORDS: word i is bit i; NULL ends them */
    const char *zero;             /* word that a number may be instead, read as 0; or NULL */
    uint64_t least, most;         /* of a number */
    uint64_t multiple;            /* a number is a multiple of it; 0 for any */
    bool power_of_two;
    const char *standard; /* default, as a table would write it; NULL if the key is required */
    const char *help;     /* one sentence, in Markdown */
};

/* Indexed by enum key_id. */
extern const struct key schema_keys[KEY_COUNT];

/* True if the key may stand there. */
bool schema_allows(const struct key *key, enum where where);

/* True if the key's value is text, which its member points to. */
bool schema_is_text(const struct key *key);

/* True if the key's value is a count or a size. */
bool schema_is_number(const struct key *key);

/* The word that a key of TYPE_WORD has for the value: the name of an enum's constant. */
const char *schema_word(enum key_id id, uint64_t value);

/* Index of the word in the key's list, or KEY_WORDS. */
size_t schema_find_word(const struct key *key, const char *text);

/* True for `auto` or `none`, where the key has such a word for 0. */
bool schema_is_zero_word(const struct key *key, const char *text);

/* The default of an optional key: bytes, count, index of a word, or bits of words. */
uint64_t schema_default(struct arena *arena, const struct key *key);

/* Puts a value (as schema_default has them) into the key's member of `into`, a struct table or
   pool_row, or takes it from there. Not for what schema_is_text tells, nor for TYPE_POOLS. */
void schema_store(const struct key *key, enum where where, void *into, uint64_t value);
uint64_t schema_load(const struct key *key, enum where where, const void *from);

/* A table of the defaults, which lacks a name, with as many pools, which lack sizes and counts. */
struct table *schema_new_table(struct arena *arena, size_t pool_count);

/* Appends the JSON schema (draft 2020-12) of a pool table. */
void schema_json(struct text *out);

/* Appends the key reference as a Markdown table: README holds a copy, a test compares them. */
void schema_markdown(struct text *out);

#endif
