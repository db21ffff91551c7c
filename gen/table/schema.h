/* The keys of a pool table, in one list: validation, --print-schema and README's reference are
   all made from it. */
#ifndef POOLGEN_SCHEMA_H
#define POOLGEN_SCHEMA_H

#include "base/text.h"
#include "table/table.h"

/* Limits that belong to no single key. */
#define LIMIT_NAME   31
#define LIMIT_POOLS  UINT64_C(65535)
#define LIMIT_ARENAS (UINT64_C(1) << 30) /* bytes of all static arenas: see the help of `pools` */

/* What a key's value looks like. */
enum key_type {
    TYPE_NAME,  /* [a-z][a-z0-9_]{0,30} */
    TYPE_POOLS, /* sequence of mappings */
    TYPE_COUNT, /* integer */
    TYPE_BYTES, /* integer, or integer with a unit */
    TYPE_WORD,  /* one of `words` */
    TYPE_WORDS, /* sequence of distinct `words` */
};

/* Where a key may stand. */
enum { IN_TABLE = 1, IN_POOL = 2 };

enum key_id {
    KEY_NAME,
    KEY_POOLS,
    KEY_SIZE,
    KEY_INITIAL_COUNT,
    KEY_THREADS,
    KEY_EXHAUSTED,
    KEY_OVERSIZE,
    KEY_ALIGNMENT,
    KEY_BATCH,
    KEY_THREAD_CACHE,
    KEY_SELECT,
    KEY_STATS,
    KEY_RELEASE,
    KEY_GROW_LIMIT,
    KEY_BUDGET,
    KEY_EMIT,
    KEY_COUNT
};

enum { KEY_WORDS = 8 };

struct key {
    const char *name;
    unsigned where; /* IN_TABLE, IN_POOL or both; a pool then overrides its table */
    enum key_type type;
    const char *words[KEY_WORDS]; /* TYPE_WORD: in the order of the enum in table.h;
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

/* Appends the JSON schema (draft 2020-12) of a pool table. */
void schema_json(struct text *out);

/* Appends the key reference as a Markdown table: README holds a copy, a test compares them. */
void schema_markdown(struct text *out);

#endif
