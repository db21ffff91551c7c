#include "table/schema.h"

#include "base/number.h"
#include <stddef.h>
#include <string.h>

#define KIB UINT64_C(1024)
#define MIB (KIB * 1024)
#define GIB (MIB * 1024)

#define MEMBER(type, member) offsetof(type, member), sizeof((type){0}.member)
#define TABLE(member)        [IN_TABLE] = {MEMBER(struct table, member)}
#define POOL(member)         [IN_POOL] = {MEMBER(struct pool_row, member)}

/* templates/README.md says how a key or a word is added. */
const struct key schema_keys[KEY_COUNT] = {
    [KEY_NAME] = {.name = "name",
                  .in = {TABLE(name)},
                  .type = TYPE_NAME,
                  .help = "prefix of every symbol, macro, guard and type that is emitted"},
    [KEY_POOLS] = {.name = "pools",
                   .in = {TABLE(pools)},
                   .type = TYPE_POOLS,
                   .help = "the pools, smallest first, at most 65535; their arenas together take "
                           "at most 1GiB, since compilers reach only 2 GiB of static data and "
                           "padding and the rest of the program need room too"},
    [KEY_SIZE] = {.name = "size",
                  .in = {POOL(size)},
                  .type = TYPE_BYTES,
                  .least = 8,
                  .most = LIMIT_ARENAS,
                  .multiple = 8,
                  .help = "bytes of one block; no two pools have the same"},
    [KEY_INITIAL_COUNT] = {.name = "initial_count",
                           .in = {POOL(initial_count)},
                           .type = TYPE_COUNT,
                           .least = 1,
                           .most = LIMIT_ARENAS / 8,
                           .help = "blocks in the pool's static arena"},
    [KEY_THREADS] = {.name = "threads",
                     .in = {TABLE(threads)},
                     .type = TYPE_WORD,
                     .words = {[THREADS_SHARED] = "shared",
                               [THREADS_NONE] = "none",
                               [THREADS_CRITICAL] = "critical"},
                     .standard = "shared",
                     .help = "thread caches and a lock-free depot; or plain single-threaded code "
                             "with no TLS and no atomics; or the same with each call inside one "
                             "critical section, which two macros open and close: for interrupt "
                             "handlers and the tasks of an RTOS"},
    [KEY_TARGET] = {.name = "target",
                    .in = {TABLE(target)},
                    .type = TYPE_WORDS,
                    .words = {"posix", "windows", "wasm", "bare"},
                    .standard = "[posix]",
                    .help = "where the output is compiled and runs: `posix` is Linux (glibc, musl, "
                            "Android), macOS and the BSDs; `posix` and `windows` may stand "
                            "together, the others stand alone. `bare` needs no operating system "
                            "and of a C library only memcpy and memset; `wasm` is one "
                            "thread and grows by memory.grow. Both have `threads: none` and "
                            "`oversize: fail` as their defaults, and `bare` `exhausted: fail`"},
    [KEY_HARDEN] =
        {.name = "harden",
         .in = {TABLE(harden), POOL(harden)},
         .type = TYPE_WORD,
         .words = {[HARDEN_OFF] = "off", [HARDEN_CHECK] = "check", [HARDEN_FULL] = "full"},
         .standard = "off",
         .help = "what is done about the caller's faults: nothing that costs; frees and "
                 "resizes of what is no block in use, frees with a wrong size or "
                 "alignment and overwritten links end the program; and so do writes past "
                 "a request and after a free, blocks are zero and reused late and in "
                 "random order, and each takes 8 bytes more"},
    [KEY_EXHAUSTED] =
        {.name = "exhausted",
         .in = {TABLE(exhausted), POOL(exhausted)},
         .type = TYPE_WORD,
         .words = {[EXHAUSTED_GROW] = "grow",
                   [EXHAUSTED_UPSTREAM] = "upstream",
                   [EXHAUSTED_FAIL] = "fail",
                   [EXHAUSTED_BORROW] = "borrow",
                   [EXHAUSTED_HOOK] = "hook"},
         .standard = "grow",
         .help =
             "past the initial count: grow from the operating system (a module: "
             "by memory.grow); ask malloc; return NULL; take a block of the next larger pool that "
             "has one; call `NAME_exhausted(pool, size)`, a function of yours, "
             "and try again while it returns true"},
    [KEY_OVERSIZE] =
        {.name = "oversize",
         .in = {TABLE(oversize)},
         .type = TYPE_WORD,
         .words =
             {[OVERSIZE_UPSTREAM] = "upstream", [OVERSIZE_OS] = "os", [OVERSIZE_FAIL] = "fail"},
         .standard = "upstream",
         .help = "requests larger than the largest pool: malloc; own mappings (of a module: whole "
                 "pages of its memory); NULL (with `emit: malloc` the default is `os`)"},
    [KEY_ALIGNMENT] = {.name = "alignment",
                       .in = {TABLE(alignment)},
                       .type = TYPE_BYTES,
                       .least = 8,
                       .most = 4096,
                       .power_of_two = true,
                       .standard = "16",
                       .help = "promised for every block of at least that size (smaller blocks: "
                               "the largest power of two in their size); a pool's size is rounded "
                               "up to it, with a warning that says so; `8` packs 24, 40, 72 "
                               "tightly and is refused with `emit: malloc`"},
    [KEY_RESERVE] = {.name = "reserve",
                     .in = {POOL(reserve)},
                     .type = TYPE_COUNT,
                     .least = 0,
                     .most = LIMIT_ARENAS / 8,
                     .standard = "0",
                     .help = "with `threads: critical`: the last blocks of the pool, which only "
                             "`NAME_alloc_isr` gives; fewer than `initial_count`"},
    [KEY_SECTION] = {.name = "section",
                     .in = {POOL(section)},
                     .type = TYPE_SECTION,
                     .zero = "none",
                     .standard = "none",
                     .help = "the linker's section for the pool's arena, which is then an array "
                             "of its own, where neither threads share pools nor any pool grows; "
                             "the macro `NAME_ARENA_SECTION` places all others"},
    [KEY_BATCH] = {.name = "batch",
                   .in = {TABLE(batch), POOL(batch)},
                   .type = TYPE_COUNT,
                   .zero = "auto",
                   .least = 1,
                   .most = 65535,
                   .standard = "auto",
                   .help = "blocks that move between a thread's cache and the depot as one"},
    [KEY_THREAD_CACHE] = {.name = "thread_cache",
                          .in = {TABLE(thread_cache)},
                          .type = TYPE_BYTES,
                          .least = 0,
                          .most = 1 * GIB,
                          .standard = "1MiB",
                          .help = "most that one thread's cache may hold; `auto` batches obey it "
                                  "and never exceed a quarter of a pool's initial count"},
    [KEY_SELECT] = {.name = "select",
                    .in = {TABLE(select)},
                    .type = TYPE_WORD,
                    .words = {[SELECT_AUTO] = "auto",
                              [SELECT_UNROLLED] = "unrolled",
                              [SELECT_TABLE] = "table",
                              [SELECT_BITS] = "bits"},
                    .standard = "auto",
                    .help = "selector for sizes not known at compile time; one that cannot "
                            "represent the table is an error"},
    [KEY_STATS] =
        {.name = "stats",
         .in = {TABLE(stats)},
         .type = TYPE_WORD,
         .words = {[STATS_OFF] = "off", [STATS_COUNTERS] = "counters", [STATS_PROFILE] = "profile"},
         .standard = "off",
         .help = "per-pool counters; and with `profile` a function that writes what "
                 "`poolgen tune` reads"},
    [KEY_RELEASE] = {.name = "release",
                     .in = {TABLE(release)},
                     .type = TYPE_WORD,
                     .words = {[RELEASE_AUTO] = "auto", [RELEASE_MANUAL] = "manual"},
                     .standard = "auto",
                     .help = "memory without live blocks goes back to the system by itself, in "
                             "bounded steps of ordinary calls and of `_idle`, or only in `_trim`"},
    [KEY_GROW_LIMIT] = {.name = "grow_limit",
                        .in = {TABLE(grow_limit)},
                        .type = TYPE_BYTES,
                        .least = 1 * MIB,
                        .most = 16 * KIB * GIB,
                        .standard = "64GiB",
                        .help = "most that growth may take in all; it comes from the system in "
                                "parts of 4 MiB or more, and more than 16384GiB would leave a "
                                "process little address space; of a module, the most that its "
                                "memory may come to in all, `4GiB` if nothing is said"},
    [KEY_BUDGET] = {.name = "budget",
                    .in = {TABLE(budget)},
                    .type = TYPE_BYTES,
                    .zero = "none",
                    .least = 1,
                    .most = 2 * GIB,
                    .standard = "none",
                    .help = "sizeof of all static objects may not exceed it: checked by poolgen "
                            "(which packs if strides would) and by `_Static_assert` in the "
                            "output"},
    [KEY_EMIT] = {.name = "emit",
                  .in = {TABLE(emit)},
                  .type = TYPE_WORDS,
                  .words = {"rust", "cpp", "zig", "malloc"},
                  .standard = "[]",
                  .help = "front ends beside the C pair, which is always emitted; `malloc` refuses "
                          "any explicit `upstream`"},
};

/* ---- values */

bool schema_allows(const struct key *key, enum where where)
{
    return key->in[where].bytes != 0;
}

bool schema_is_text(const struct key *key)
{
    return key->type == TYPE_NAME || key->type == TYPE_SECTION;
}

bool schema_is_number(const struct key *key)
{
    return key->type == TYPE_COUNT || key->type == TYPE_BYTES;
}

const char *schema_word(enum key_id id, uint64_t value)
{
    return schema_keys[id].words[value];
}

size_t schema_find_word(const struct key *key, const char *text)
{
    for (size_t i = 0; i < KEY_WORDS && key->words[i]; i++) {
        if (strcmp(text, key->words[i]) == 0) {
            return i;
        }
    }
    return KEY_WORDS;
}

bool schema_is_zero_word(const struct key *key, const char *text)
{
    return key->zero && strcmp(text, key->zero) == 0;
}

/* The words that a list such as "[posix]" holds: none of them is a part of another. */
static uint64_t bits_of_list(const struct key *key)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < KEY_WORDS && key->words[i]; i++) {
        bits |= (uint64_t)(strstr(key->standard, key->words[i]) != NULL) << i;
    }
    return bits;
}

uint64_t schema_default(struct arena *arena, const struct key *key)
{
    struct number number = {0};
    if (key->type == TYPE_WORD) {
        return schema_find_word(key, key->standard);
    }
    if (key->type == TYPE_WORDS) {
        return bits_of_list(key);
    }
    if (schema_is_number(key) && !schema_is_zero_word(key, key->standard)) {
        number_read(arena, key->standard, strlen(key->standard), true, &number);
    }
    return number.value;
}

/* Counts and sizes are uint64_t; words and bits of words have the size of an unsigned. */
void schema_store(const struct key *key, enum where where, void *into, uint64_t value)
{
    void *member = (char *)into + key->in[where].offset;
    const unsigned narrow = (unsigned)value;
    if (key->in[where].bytes == sizeof value) {
        memcpy(member, &value, sizeof value);
    } else {
        memcpy(member, &narrow, sizeof narrow);
    }
}

uint64_t schema_load(const struct key *key, enum where where, const void *from)
{
    const void *member = (const char *)from + key->in[where].offset;
    uint64_t value;
    unsigned narrow;
    if (key->in[where].bytes == sizeof value) {
        memcpy(&value, member, sizeof value);
        return value;
    }
    memcpy(&narrow, member, sizeof narrow);
    return narrow;
}

struct table *schema_new_table(struct arena *arena, size_t pool_count)
{
    struct table *table = arena_alloc(arena, sizeof *table);
    table->pools = arena_alloc(arena, pool_count * sizeof *table->pools);
    table->pool_count = pool_count;
    for (const struct key *key = schema_keys; key < schema_keys + KEY_COUNT; key++) {
        if (!key->standard || schema_is_text(key)) {
            continue;
        }
        const uint64_t value = schema_default(arena, key);
        if (schema_allows(key, IN_TABLE)) {
            schema_store(key, IN_TABLE, table, value);
        }
        for (size_t i = 0; schema_allows(key, IN_POOL) && i < pool_count; i++) {
            schema_store(key, IN_POOL, &table->pools[i], value);
        }
    }
    return table;
}

/* ---- JSON */

static void append_json_string(struct text *out, const char *string)
{
    text_string(out, "\"");
    for (; *string; string++) {
        if (*string == '"' || *string == '\\') {
            text_string(out, "\\");
        }
        text_append(out, string, 1);
    }
    text_string(out, "\"");
}

/* The words of `bits`. */
static void append_json_list(struct text *out, const struct key *key, uint64_t bits)
{
    const char *separator = "";
    text_string(out, "[");
    for (size_t i = 0; i < KEY_WORDS && key->words[i]; i++) {
        if (bits >> i & 1) {
            text_string(out, separator);
            append_json_string(out, key->words[i]);
            separator = ", ";
        }
    }
    text_string(out, "]");
}

static void append_json_words(struct text *out, const struct key *key)
{
    text_string(out, "\"enum\": ");
    append_json_list(out, key, UINT64_MAX);
}

/* Few powers of two are allowed, so each is written, with its unit too where one divides it. */
static void append_json_powers(struct text *out, const struct key *key)
{
    text_string(out, "\"enum\": [");
    for (uint64_t power = key->least; power <= key->most; power *= 2) {
        text_format(out, "%s%llu", power == key->least ? "" : ", ", (unsigned long long)power);
    }
    for (uint64_t power = KIB; power <= key->most; power *= 2) {
        text_format(out, ", \"%s\"", number_show_bytes(out->arena, power));
    }
    text_string(out, "]");
}

static void append_json_number(struct text *out, const struct key *key)
{
    text_format(out, "\"anyOf\": [{\"type\": \"integer\", \"minimum\": %llu, \"maximum\": %llu",
                (unsigned long long)key->least, (unsigned long long)key->most);
    if (key->multiple) {
        text_format(out, ", \"multipleOf\": %llu", (unsigned long long)key->multiple);
    }
    text_string(out, "}");
    if (key->type == TYPE_BYTES) {
        text_string(out, ", {\"type\": \"string\", \"pattern\": "
                         "\"^" NUMBER_DIGITS NUMBER_UNITS "$\"}");
    }
    if (key->zero) {
        text_format(out, ", {\"const\": \"%s\"}", key->zero);
    }
    text_string(out, "]");
}

static void append_json_default(struct text *out, const struct key *key)
{
    if (!key->standard) {
        return;
    }
    text_string(out, ", \"default\": ");
    if (key->type == TYPE_WORDS) {
        append_json_list(out, key, bits_of_list(key));
    } else if (strspn(key->standard, "0123456789") == strlen(key->standard)) {
        text_string(out, key->standard);
    } else {
        append_json_string(out, key->standard);
    }
}

static void append_json_mapping(struct text *out, enum where where, const char *indent);

static void append_json_type(struct text *out, const struct key *key)
{
    switch (key->type) {
    case TYPE_NAME:
        text_format(out, "\"type\": \"string\", \"pattern\": \"^[a-z][a-z0-9_]{0,%d}$\"",
                    LIMIT_NAME - 1);
        break;
    case TYPE_SECTION:
        text_format(out, "\"type\": \"string\", \"pattern\": \"^[A-Za-z0-9._]{1,%d}$\"",
                    LIMIT_SECTION);
        break;
    case TYPE_POOLS:
        text_format(
            out, "\"type\": \"array\", \"minItems\": 1, \"maxItems\": %llu,\n      \"items\": {\n",
            (unsigned long long)LIMIT_POOLS);
        append_json_mapping(out, IN_POOL, "      ");
        break;
    case TYPE_WORD:
        append_json_words(out, key);
        break;
    case TYPE_WORDS:
        text_string(out, "\"type\": \"array\", \"uniqueItems\": true, \"items\": {");
        append_json_words(out, key);
        text_string(out, "}");
        break;
    case TYPE_BYTES:
    case TYPE_COUNT:
        if (key->power_of_two) {
            append_json_powers(out, key);
        } else {
            append_json_number(out, key);
        }
        break;
    }
}

/* What an object that holds the keys of `where` says of itself, without its opening brace. */
static void append_json_mapping(struct text *out, enum where where, const char *indent)
{
    text_format(out, "%s  \"type\": \"object\",\n%s  \"additionalProperties\": false,\n", indent,
                indent);
    text_format(out, "%s  \"required\": [", indent);
    const char *separator = "";
    for (const struct key *key = schema_keys; key < schema_keys + KEY_COUNT; key++) {
        if (!schema_allows(key, where) || key->standard) {
            continue;
        }
        text_format(out, "%s\"%s\"", separator, key->name);
        separator = ", ";
    }
    text_format(out, "],\n%s  \"properties\": {", indent);
    separator = "";
    for (const struct key *key = schema_keys; key < schema_keys + KEY_COUNT; key++) {
        if (!schema_allows(key, where)) {
            continue;
        }
        text_format(out, "%s\n%s    \"%s\": {\"description\": ", separator, indent, key->name);
        append_json_string(out, key->help);
        text_string(out, ", ");
        append_json_type(out, key);
        /* A pool's default is its table's value. */
        if (!(where == IN_POOL && schema_allows(key, IN_TABLE))) {
            append_json_default(out, key);
        }
        text_string(out, "}");
        separator = ",";
    }
    text_format(out, "\n%s  }\n%s}", indent, indent); /* properties, object */
}

void schema_json(struct text *out)
{
    text_string(out, "{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
                     "  \"title\": \"poolgen's pool table\",\n");
    append_json_mapping(out, IN_TABLE, "");
    text_string(out, "\n");
}

/* ---- Markdown */

static void append_markdown_words(struct text *out, const struct key *key, const char *separator)
{
    for (size_t i = 0; i < KEY_WORDS && key->words[i]; i++) {
        text_format(out, "%s`%s`", i ? separator : "", key->words[i]);
    }
}

static void append_markdown_number(struct text *out, const struct key *key)
{
    bool bytes = key->type == TYPE_BYTES;
    const char *least = arena_format(out->arena, "%llu", (unsigned long long)key->least);
    const char *most = bytes ? number_show_bytes(out->arena, key->most)
                             : arena_format(out->arena, "%llu", (unsigned long long)key->most);
    if (key->zero) {
        text_format(out, "`%s`, or ", key->zero);
    }
    text_format(out, "%s from %s to %s",
                key->power_of_two ? "power of two"
                : bytes           ? "size"
                                  : "count",
                bytes ? number_show_bytes(out->arena, key->least) : least, most);
    if (key->multiple) {
        text_format(out, ", multiple of %llu", (unsigned long long)key->multiple);
    }
}

static void append_markdown_values(struct text *out, const struct key *key)
{
    switch (key->type) {
    case TYPE_NAME:
        text_format(out, "`[a-z][a-z0-9_]{0,%d}`", LIMIT_NAME - 1);
        break;
    case TYPE_SECTION:
        text_format(out, "`%s`, or `[A-Za-z0-9._]{1,%d}`", key->zero, LIMIT_SECTION);
        break;
    case TYPE_POOLS:
        text_string(out, "list of pools");
        break;
    case TYPE_WORD:
        append_markdown_words(out, key, " / ");
        break;
    case TYPE_WORDS:
        text_string(out, "list of ");
        append_markdown_words(out, key, " ");
        break;
    case TYPE_BYTES:
    case TYPE_COUNT:
        append_markdown_number(out, key);
        break;
    }
}

void schema_markdown(struct text *out)
{
    text_string(out, "| key | in | values | default | meaning |\n|---|---|---|---|---|\n");
    for (const struct key *key = schema_keys; key < schema_keys + KEY_COUNT; key++) {
        bool table = schema_allows(key, IN_TABLE), pool = schema_allows(key, IN_POOL);
        text_format(out, "| `%s` | %s | ", key->name,
                    !pool    ? "table"
                    : !table ? "pool"
                             : "table, pool");
        append_markdown_values(out, key);
        text_format(out, " | %s%s%s | %s |\n", key->standard ? "`" : "",
                    key->standard ? key->standard : "required", key->standard ? "`" : "",
                    key->help);
    }
}
