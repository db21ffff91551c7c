#include "table/validate.h"

#include "base/nearest.h"
#include "base/number.h"
#include "table/reserved.h"
#include "table/schema.h"
#include <stdarg.h>
#include <string.h>

#define BIT(id) (1U << (id))

/* ---- what is being checked */

/* What one key of one mapping is. */
struct value {
    const struct node *node; /* NULL if the key is absent */
    bool good;               /* `number` can be relied on: read without error, or the default */
    uint64_t number;         /* bytes, count, index of a word, or bits of words */
};

/* Before a key in messages about what did not come from the table. */
#define FROM_COMMAND_LINE "--set "

/* The table itself, one pool, or what the command line sets. */
struct mapping {
    const struct node *node;
    enum where where;
    const char *path; /* before a key in messages: "" or "pools[2]." */
    unsigned meant;   /* bits of keys that an unknown key here is a near miss of */
    struct value values[KEY_COUNT];
};

/* A pool's size that later pools are compared with. */
struct seen_size {
    size_t index;                /* of the pool */
    uint64_t size, rounded_size; /* as written, and rounded up to the alignment */
    struct place at;
};

struct checker {
    struct diag *diag;
    struct arena *arena;
    struct mapping table, pool;
    size_t pool_index;
    struct seen_size *seen; /* ascending */
    size_t seen_count;
    uint64_t arena_bytes; /* of the pools so far */
    bool past_limit;      /* arena_bytes is, and has been refused */
};

enum { MOST_SHOWN = 40 }; /* bytes of the input in a message */

static unsigned long long wide(uint64_t number)
{
    return number;
}

/* A node as a message shows it: short, and in quotes where it is text. */
static const char *show(struct checker *checker, const struct node *node)
{
    switch (node->kind) {
    case NODE_SEQUENCE:
        return "a sequence";
    case NODE_MAPPING:
        return "a mapping";
    default:
        break;
    }
    if (node->length == 0) {
        return "empty";
    }
    size_t shown = node->length;
    if (shown > MOST_SHOWN) { /* not in the middle of a character */
        shown = MOST_SHOWN;
        while (((unsigned char)node->text[shown] & 0xC0) == 0x80) {
            shown--;
        }
    }
    return arena_format(checker->arena, "'%.*s%s'", (int)shown, node->text,
                        shown < node->length ? "..." : "");
}

/* A key as a message's path shows it: in quotes only where it could not be any key. */
static const char *show_key(struct checker *checker, const struct node *key)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    bool word = key->length >= 1 && key->length <= MOST_SHOWN;
    if (word && strspn(key->text, letters) == key->length) {
        return key->text;
    }
    return key->length ? show(checker, key) : "''";
}

/* Reports an error at a key's value, which is then not to be relied on. */
static void refuse(struct checker *checker, struct mapping *mapping, enum key_id id,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));

static void refuse(struct checker *checker, struct mapping *mapping, enum key_id id,
                   const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *message = arena_format_list(checker->arena, format, arguments);
    va_end(arguments);
    struct place at = mapping->values[id].node->at;
    mapping->values[id].good = false;
    diag_append(checker->diag, DIAG_ERROR, at, "%s%s: %s",
                at.line == 0 ? FROM_COMMAND_LINE : mapping->path, schema_keys[id].name, message);
}

/* ---- values: from text to number */

/* "shared or none", "a size in bytes": what a key's value must be. */
static const char *describe(struct checker *checker, const struct key *key)
{
    struct text out = {.arena = checker->arena};
    switch (key->type) {
    case TYPE_NAME:
        return "a name";
    case TYPE_POOLS:
        return "a list of pools";
    case TYPE_SECTION:
        return arena_format(checker->arena, "%s or the name of a section", key->zero);
    case TYPE_COUNT:
    case TYPE_BYTES:
        return arena_format(checker->arena, "%s%s%s", key->zero ? key->zero : "",
                            key->zero ? " or " : "",
                            key->type == TYPE_BYTES ? "a size in bytes" : "a count");
    case TYPE_WORDS:
    case TYPE_WORD:
        break;
    }
    for (size_t i = 0; i < KEY_WORDS && key->words[i]; i++) {
        bool last = i + 1 == KEY_WORDS || !key->words[i + 1];
        text_string(&out, i == 0 ? "" : last ? " or " : ", ");
        text_string(&out, key->words[i]);
    }
    return out.data;
}

static void read_number(struct checker *checker, struct mapping *mapping, enum key_id id)
{
    const struct key *key = &schema_keys[id];
    struct value *value = &mapping->values[id];
    const struct node *node = value->node;
    struct number number;
    if (schema_is_zero_word(key, node->text)) {
        value->number = 0;
        value->good = true;
        return;
    }
    const char *problem =
        number_read(checker->arena, node->text, node->length, key->type == TYPE_BYTES, &number);
    if (!problem && !node->plain && !number.has_unit) {
        problem = "in quotes it is text";
    }
    if (problem && node->length == 0) {
        refuse(checker, mapping, id, "must be %s, not empty", describe(checker, key));
    } else if (problem) {
        refuse(checker, mapping, id, "must be %s, not %s (%s)", describe(checker, key),
               show(checker, node), problem);
    }
    value->number = number.value;
    value->good = !problem;
}

/* Index of the word in the key's list, or KEY_WORDS. */
static size_t find_word(const struct key *key, const struct node *node)
{
    return node->kind == NODE_SCALAR ? schema_find_word(key, node->text) : KEY_WORDS;
}

static void read_word(struct checker *checker, struct mapping *mapping, enum key_id id)
{
    const struct key *key = &schema_keys[id];
    struct value *value = &mapping->values[id];
    value->number = find_word(key, value->node);
    value->good = value->number < KEY_WORDS;
    if (!value->good) {
        refuse(checker, mapping, id, "must be %s, not %s", describe(checker, key),
               show(checker, value->node));
    }
}

static void read_words(struct checker *checker, struct mapping *mapping, enum key_id id)
{
    const struct key *key = &schema_keys[id];
    struct value *value = &mapping->values[id];
    const struct node *first[KEY_WORDS] = {NULL};
    value->number = 0;
    value->good = true;
    size_t i = 0;
    for (const struct node *node = value->node->first; node; node = node->next, i++) {
        size_t word = find_word(key, node);
        if (node->kind == NODE_REFUSED) {
            continue;
        }
        if (word == KEY_WORDS) {
            diag_append(checker->diag, DIAG_ERROR, node->at, "%s%s[%zu]: must be %s, not %s",
                        mapping->path, key->name, i, describe(checker, key), show(checker, node));
        } else if (first[word]) {
            diag_append(checker->diag, DIAG_ERROR, node->at, "%s%s[%zu]: '%s' is already listed",
                        mapping->path, key->name, i, key->words[word]);
            diag_note(checker->diag, first[word]->at, "first listed here");
        } else {
            first[word] = node;
            value->number |= UINT64_C(1) << word;
        }
    }
}

static void read_value(struct checker *checker, struct mapping *mapping, enum key_id id)
{
    static const enum node_kind kinds[] = {
        [TYPE_NAME] = NODE_SCALAR,   [TYPE_POOLS] = NODE_SEQUENCE, [TYPE_COUNT] = NODE_SCALAR,
        [TYPE_BYTES] = NODE_SCALAR,  [TYPE_WORD] = NODE_SCALAR,    [TYPE_WORDS] = NODE_SEQUENCE,
        [TYPE_SECTION] = NODE_SCALAR};
    const struct key *key = &schema_keys[id];
    struct value *value = &mapping->values[id];
    value->good = false;
    if (value->node->kind == NODE_REFUSED) {
        return;
    }
    if (value->node->at.line == 0 && kinds[key->type] != NODE_SCALAR) {
        refuse(checker, mapping, id, "is a list, which only the table can give");
        return;
    }
    if (value->node->kind != kinds[key->type]) {
        refuse(checker, mapping, id, "must be %s%s, not %s",
               key->type == TYPE_WORDS ? "a list of " : "", describe(checker, key),
               show(checker, value->node));
        return;
    }
    switch (key->type) {
    case TYPE_NAME:
    case TYPE_SECTION:
    case TYPE_POOLS:
        value->good = true; /* the rules know more */
        break;
    case TYPE_COUNT:
    case TYPE_BYTES:
        read_number(checker, mapping, id);
        break;
    case TYPE_WORD:
        read_word(checker, mapping, id);
        break;
    case TYPE_WORDS:
        read_words(checker, mapping, id);
        break;
    }
}

/* ---- keys */

/* Names of the keys that may stand in `where`; ids in `ids`. */
static size_t list_keys(enum where where, const char *names[KEY_COUNT], enum key_id ids[KEY_COUNT])
{
    size_t count = 0;
    for (unsigned id = 0; id < KEY_COUNT; id++) {
        if (!schema_allows(&schema_keys[id], where)) {
            continue;
        }
        names[count] = schema_keys[id].name;
        ids[count++] = (enum key_id)id;
    }
    return count;
}

static void refuse_unknown_key(struct checker *checker, struct mapping *mapping,
                               const struct node *key)
{
    const char *names[KEY_COUNT];
    enum key_id ids[KEY_COUNT];
    const char *path = arena_format(checker->arena, "%s%s", mapping->path, show_key(checker, key));
    for (unsigned id = 0; id < KEY_COUNT; id++) {
        if (strcmp(key->text, schema_keys[id].name) == 0) {
            diag_append(checker->diag, DIAG_ERROR, key->at, "%s: belongs in %s, not here", path,
                        mapping->where == IN_TABLE ? "a pool" : "the table");
            return;
        }
    }
    size_t count = list_keys(mapping->where, names, ids);
    size_t near = nearest_word(key->text, key->length, names, count);
    if (near < count) {
        mapping->meant |= BIT(ids[near]);
        diag_append(checker->diag, DIAG_ERROR, key->at, "%s: unknown key; did you mean '%s'?", path,
                    names[near]);
        return;
    }
    struct text known = {.arena = checker->arena};
    for (size_t i = 0; i < count; i++) {
        text_format(&known, "%s%s", i ? ", " : "", names[i]);
    }
    diag_append(checker->diag, DIAG_ERROR, key->at, "%s: unknown key; known here: %s", path,
                known.data);
}

static void read_entry(struct checker *checker, struct mapping *mapping, const struct node *entry)
{
    const struct node *key = entry->key;
    unsigned id = 0;
    if (key->kind == NODE_REFUSED) {
        mapping->meant = ~0U; /* whatever it was, it may have held what seems to be missing */
        return;
    }
    while (id < KEY_COUNT && !(schema_allows(&schema_keys[id], mapping->where) &&
                               strcmp(key->text, schema_keys[id].name) == 0)) {
        id++;
    }
    if (id == KEY_COUNT) {
        refuse_unknown_key(checker, mapping, key);
    } else if (mapping->values[id].node) {
        struct place first = mapping->values[id].node->key->at;
        diag_append(checker->diag, DIAG_ERROR, key->at, "%s%s: is given twice", mapping->path,
                    key->text);
        if (first.line > 0) {
            diag_note(checker->diag, first, "first given here");
        }
    } else {
        mapping->values[id].node = entry;
        read_value(checker, mapping, (enum key_id)id);
    }
}

/* "KEY=VALUE" as the entry of a table that would say the same; the place of neither is known. */
static const struct node *make_entry(struct arena *arena, const char *setting)
{
    struct node *key = arena_alloc(arena, sizeof *key), *entry = arena_alloc(arena, sizeof *entry);
    size_t length = strcspn(setting, "=");
    const char *value = setting + length + (setting[length] == '=');
    *key = (struct node){.kind = NODE_SCALAR,
                         .text = arena_copy(arena, setting, length),
                         .length = length,
                         .plain = true};
    *entry = (struct node){
        .kind = NODE_SCALAR, .text = value, .length = strlen(value), .plain = true, .key = key};
    return entry;
}

/* Puts what the command line sets in the place of what the table has. */
static void read_settings(struct checker *checker, const struct overrides *overrides)
{
    struct mapping *set = arena_alloc(checker->arena, sizeof *set);
    *set = (struct mapping){.where = IN_TABLE, .path = FROM_COMMAND_LINE};
    for (size_t i = 0; i < overrides->setting_count; i++) {
        read_entry(checker, set, make_entry(checker->arena, overrides->settings[i]));
    }
    for (unsigned id = 0; id < KEY_COUNT; id++) {
        if (set->values[id].node) {
            checker->table.values[id] = set->values[id];
        }
    }
}

static void read_entries(struct checker *checker, struct mapping *mapping)
{
    for (const struct node *entry = mapping->node->first; entry; entry = entry->next) {
        read_entry(checker, mapping, entry);
    }
}

static void require_keys(struct checker *checker, const struct mapping *mapping)
{
    for (unsigned id = 0; id < KEY_COUNT; id++) {
        const struct key *key = &schema_keys[id];
        bool required = schema_allows(key, mapping->where) && !key->standard;
        if (required && !mapping->values[id].node && !(mapping->meant & BIT(id))) {
            diag_append(checker->diag, DIAG_ERROR, mapping->node->at, "%s%s: is missing",
                        mapping->path, key->name);
        }
    }
}

/* ---- rules */

/* Rules for every number, by what the schema says of its key. */

static void check_range(struct checker *checker, struct mapping *mapping, enum key_id id)
{
    const struct key *key = &schema_keys[id];
    uint64_t number = mapping->values[id].number;
    bool low = number < key->least;
    uint64_t bound = low ? key->least : key->most;
    if (schema_is_zero_word(key, mapping->values[id].node->text)) {
        return;
    }
    if (low || number > key->most) {
        refuse(checker, mapping, id, "must be at %s %s, not %s", low ? "least" : "most",
               key->type == TYPE_BYTES ? number_show_bytes(checker->arena, bound)
                                       : arena_format(checker->arena, "%llu", wide(bound)),
               mapping->values[id].node->text);
    }
}

static void check_multiple(struct checker *checker, struct mapping *mapping, enum key_id id)
{
    const struct key *key = &schema_keys[id];
    if (key->multiple && mapping->values[id].number % key->multiple) {
        refuse(checker, mapping, id, "must be a multiple of %llu, not %s", wide(key->multiple),
               mapping->values[id].node->text);
    }
}

static void check_power_of_two(struct checker *checker, struct mapping *mapping, enum key_id id)
{
    uint64_t number = mapping->values[id].number;
    if (schema_keys[id].power_of_two && number & (number - 1)) {
        refuse(checker, mapping, id, "must be a power of two, not %s",
               mapping->values[id].node->text);
    }
}

/* Rules for single keys and for what they mean together. */

static void check_name(struct checker *checker, struct mapping *table, enum key_id id)
{
    const struct node *node = table->values[id].node;
    const char *why;
    if (!validate_name(node->text, &why)) {
        refuse(checker, table, id, "%s%s%s", node->length ? show(checker, node) : "",
               node->length ? " " : "", why);
    }
}

static void check_pool_count(struct checker *checker, struct mapping *table, enum key_id id)
{
    size_t count = table->values[id].node->count;
    if (count == 0) {
        refuse(checker, table, id, "must hold at least one pool");
    } else if (count > LIMIT_POOLS) {
        refuse(checker, table, id, "must hold at most %llu pools, not %zu", wide(LIMIT_POOLS),
               count);
    }
}

static bool emits_malloc(const struct checker *checker)
{
    return checker->table.values[KEY_EMIT].number & EMIT_MALLOC;
}

/* A platform beside a system with files and threads has too little in common with it. */
static void check_target(struct checker *checker, struct mapping *table, enum key_id id)
{
    const uint64_t bits = table->values[id].number;
    const uint64_t alone = bits & TARGET_FREESTANDING;
    if (bits == 0) {
        refuse(checker, table, id, "must hold at least one of %s",
               describe(checker, &schema_keys[id]));
    } else if (alone != 0 && bits != (alone & -alone)) {
        refuse(checker, table, id, "%s must stand alone", alone & TARGET_WASM ? "wasm" : "bare");
    }
}

/* What a target without a system, or with one thread, cannot do. */
static void check_target_lacks(struct checker *checker, struct mapping *mapping, enum key_id id)
{
    const uint64_t target = checker->table.values[KEY_TARGET].number;
    const char *word = mapping->values[id].node->text;
    const bool lacks =
        strcmp(word, "shared") == 0 || strcmp(word, "upstream") == 0 ||
        ((strcmp(word, "grow") == 0 || strcmp(word, "os") == 0) && target == TARGET_BARE) ||
        (id == KEY_THREADS && strcmp(word, "none") != 0 && target == TARGET_WASM) ||
        (id == KEY_HARDEN && strcmp(word, "off") != 0 && target == TARGET_WASM);
    if (lacks && (target & TARGET_FREESTANDING) != 0) {
        refuse(checker, mapping, id, "must not be %s, since target is %s", word,
               target == TARGET_BARE ? "bare" : "wasm");
        diag_note(checker->diag, checker->table.values[KEY_TARGET].node->at,
                  target == TARGET_BARE ? "there is no system, no malloc and no thread"
                  : id == KEY_HARDEN
                      ? "a module has no random bytes: harden the same pools for another target"
                      : "there is one thread, and memory that only grows");
    }
}

/* Addresses of a module have 32 bits. */
static void check_wasm_limit(struct checker *checker, struct mapping *table, enum key_id id)
{
    if (checker->table.values[KEY_TARGET].number == TARGET_WASM &&
        table->values[id].number > LIMIT_WASM) {
        refuse(checker, table, id, "must be at most %s, since target is wasm, not %s",
               number_show_bytes(checker->arena, LIMIT_WASM), table->values[id].node->text);
    }
}

/* What a module can be written in, as far as it was tried. */
static void check_wasm_emit(struct checker *checker, struct mapping *table, enum key_id id)
{
    if (checker->table.values[KEY_TARGET].number == TARGET_WASM &&
        (table->values[id].number & EMIT_RUST) != 0) {
        refuse(checker, table, id, "must not hold rust, since target is wasm");
        diag_note(checker->diag, checker->table.values[KEY_TARGET].node->at,
                  "no Rust for modules was at hand to try it with: declare the C functions");
    }
}

/* In a program whose malloc is the table's own there is no other malloc to ask. */
static void check_malloc_upstream(struct checker *checker, struct mapping *mapping, enum key_id id)
{
    if (emits_malloc(checker) && strcmp(mapping->values[id].node->text, "upstream") == 0) {
        refuse(checker, mapping, id, "must not be upstream, since emit has malloc");
        diag_note(checker->diag, checker->table.values[KEY_EMIT].node->at,
                  "nothing is upstream of this malloc");
    }
}

/* The malloc front end is a whole program's, and preloaded under some that were never built for it.
 */
static void check_malloc_needs(struct checker *checker, struct mapping *mapping, enum key_id id)
{
    const uint64_t number = mapping->values[id].number;
    const char *why = NULL;
    if (id == KEY_THREADS && number == THREADS_CRITICAL) {
        why = "what opens a critical section may call malloc itself";
    } else if (id == KEY_TARGET && number == TARGET_BARE) {
        why = "its functions are those of a C library";
    } else if (id == KEY_EXHAUSTED && number == EXHAUSTED_HOOK) {
        why = "a program that it is preloaded under has no such function";
    }
    if (emits_malloc(checker) && why) {
        refuse(checker, mapping, id, "must not be %s, since emit has malloc",
               id == KEY_TARGET ? "bare" : schema_word(id, number));
        diag_note(checker->diag, checker->table.values[KEY_EMIT].node->at, "%s", why);
    }
}

/* A profile is written to a FILE, while nobody may be kept waiting. */
static void check_profile_needs(struct checker *checker, struct mapping *table, enum key_id id)
{
    const uint64_t target = table->values[KEY_TARGET].number;
    const bool fileless = (target & TARGET_FREESTANDING) != 0;
    const bool critical = table->values[KEY_THREADS].number == THREADS_CRITICAL;
    if (table->values[id].number == STATS_PROFILE && (fileless || critical)) {
        refuse(checker, table, id, "must not be profile, since %s",
               target == TARGET_WASM ? "target is wasm"
               : fileless            ? "target is bare"
                                     : "threads is critical");
        diag_note(checker->diag, table->values[fileless ? KEY_TARGET : KEY_THREADS].node->at,
                  fileless ? "there is no file to write it to"
                           : "it would be written inside a critical section");
    }
}

/* Windows binds a name to a library: no other takes its malloc's place. */
static void check_malloc_windows(struct checker *checker, struct mapping *table, enum key_id id)
{
    if (emits_malloc(checker) && (checker->table.values[KEY_TARGET].number & TARGET_WINDOWS) != 0) {
        refuse(checker, table, id, "must not have malloc, since target has windows");
        diag_note(checker->diag, checker->table.values[KEY_TARGET].node->at,
                  "no malloc there takes another's place by its name");
    }
}

/* malloc's blocks suit max_align_t. */
static void check_malloc_alignment(struct checker *checker, struct mapping *table, enum key_id id)
{
    if (emits_malloc(checker) && table->values[id].number < 16) {
        refuse(checker, table, id, "must be at least 16, not 8, since emit has malloc");
        diag_note(checker->diag, table->values[KEY_EMIT].node->at,
                  "malloc promises 16 to its callers");
    }
}

/* What a section of a known name holds, where that is anything but static variables; NULL for any
   other. A name stands for what begins with it and a dot too, as compilers name parts. */
static const char *holds_else(const char *section)
{
    static const struct {
        const char *name;
        const char *holds;
    } known[] = {
        {".text", "code"},
        {".init", "code"},
        {".fini", "code"},
        {".plt", "code"},
        {".rodata", "constants"},
        {".data.rel.ro", "constants"},
        {".preinit_array", "calls at the start"},
        {".init_array", "calls at the start"},
        {".ctors", "calls at the start"},
        {".fini_array", "calls at the end"},
        {".dtors", "calls at the end"},
        {".tdata", "variables of each thread"},
        {".tbss", "variables of each thread"},
        {".eh_frame", "tables of exceptions"},
        {".gcc_except_table", "tables of exceptions"},
        {".ARM.exidx", "tables of exceptions"},
        {".ARM.extab", "tables of exceptions"},
        {".interp", "tables of the linker"},
        {".dynamic", "tables of the linker"},
        {".got", "tables of the linker"},
        {".rel", "tables of the linker"},
        {".rela", "tables of the linker"},
        {".symtab", "tables of the linker"},
        {".comment", "text that is not loaded"},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const size_t length = strlen(known[i].name);
        if (strncmp(section, known[i].name, length) == 0 &&
            (section[length] == '\0' || section[length] == '.')) {
            return known[i].holds;
        }
    }
    return NULL;
}

static void check_section(struct checker *checker, struct mapping *pool, enum key_id id)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._";
    const struct node *node = pool->values[id].node;
    if (node->length == 0) {
        refuse(checker, pool, id, "must be %s, not empty", describe(checker, &schema_keys[id]));
    } else if (strspn(node->text, allowed) != node->length) {
        refuse(checker, pool, id, "%s may hold only A-Z, a-z, 0-9, . and _", show(checker, node));
    } else if (node->length > LIMIT_SECTION) {
        refuse(checker, pool, id, "%s is longer than %d characters", show(checker, node),
               LIMIT_SECTION);
    } else if (holds_else(node->text)) {
        refuse(checker, pool, id, "%s holds %s, and cannot hold blocks", show(checker, node),
               holds_else(node->text));
    }
}

/* Only a table that tells interrupts from other callers can keep blocks for them. */
static void check_reserve_critical(struct checker *checker, struct mapping *pool, enum key_id id)
{
    const struct value *threads = &checker->table.values[KEY_THREADS];
    if (pool->values[id].number != 0 && threads->number != THREADS_CRITICAL) {
        refuse(checker, pool, id, "must be 0, since threads is %s",
               schema_word(KEY_THREADS, threads->number));
        if (threads->node) {
            diag_note(checker->diag, threads->node->at,
                      "a reserve is for interrupts, which threads: critical lets in");
        }
    }
}

static void check_reserve_count(struct checker *checker, struct mapping *pool, enum key_id id)
{
    const struct value *count = &pool->values[KEY_INITIAL_COUNT];
    if (count->node && pool->values[id].number >= count->number) {
        refuse(checker, pool, id, "must be less than the %llu blocks of the pool, not %llu",
               wide(count->number), wide(pool->values[id].number));
    }
}

static uint64_t round_size(const struct checker *checker, uint64_t size)
{
    uint64_t alignment = checker->table.values[KEY_ALIGNMENT].number;
    return size < alignment ? size : (size + alignment - 1) & ~(alignment - 1);
}

/* The pool seen with exactly this size, or NULL. */
static const struct seen_size *find_size(const struct checker *checker, uint64_t size)
{
    size_t low = 0, high = checker->seen_count; /* what is at least `size` starts in [low, high] */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (checker->seen[middle].size < size) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool found = low < checker->seen_count && checker->seen[low].size == size;
    return found ? &checker->seen[low] : NULL;
}

static void check_size_order(struct checker *checker, struct mapping *pool, enum key_id id)
{
    uint64_t size = pool->values[id].number;
    const struct seen_size *same = find_size(checker, size);
    const struct seen_size *last =
        checker->seen_count ? &checker->seen[checker->seen_count - 1] : NULL;
    if (same) {
        refuse(checker, pool, id, "%llu is already the size of pools[%zu]", wide(size),
               same->index);
        diag_note(checker->diag, same->at, "first given here");
    } else if (last && size < last->size) {
        refuse(checker, pool, id, "must be larger than the %llu before it, not %llu",
               wide(last->size), wide(size));
        diag_note(checker->diag, last->at, "pools[%zu].size is here", last->index);
    }
}

/* Sizes differ as written but not once rounded: one of the two pools would never be used. */
static void check_size_rounded(struct checker *checker, struct mapping *pool, enum key_id id)
{
    uint64_t size = pool->values[id].number, rounded = round_size(checker, size);
    const struct seen_size *last =
        checker->seen_count ? &checker->seen[checker->seen_count - 1] : NULL;
    unsigned long long alignment = wide(checker->table.values[KEY_ALIGNMENT].number);
    if (last && last->rounded_size == rounded) {
        refuse(checker, pool, id,
               "%llu is the size of pools[%zu] too, once rounded up to the "
               "alignment of %llu",
               wide(rounded), last->index, alignment);
        diag_note(checker->diag, last->at, "%llu stands here", wide(last->size));
    } else if (rounded != size) {
        diag_append(checker->diag, DIAG_WARNING, pool->values[id].node->at,
                    "%ssize: %llu is rounded up to %llu, a multiple of the alignment of %llu",
                    pool->path, wide(size), wide(rounded), alignment);
    }
}

static void check_arena_limit(struct checker *checker, struct mapping *pool, enum key_id id)
{
    if (checker->past_limit) { /* said once, where it was passed */
        return;
    }
    uint64_t size = round_size(checker, pool->values[KEY_SIZE].number);
    checker->arena_bytes += size * pool->values[id].number; /* at most 2^57: see the ranges */
    checker->past_limit = checker->arena_bytes > LIMIT_ARENAS;
    if (checker->past_limit) {
        refuse(checker, pool, id, "brings the static arenas to %llu bytes; at most %s is allowed",
               wide(checker->arena_bytes), number_show_bytes(checker->arena, LIMIT_ARENAS));
    }
}

/* In place of keys: a rule for all counts and sizes. */
#define NUMBERS 0U

/* Tried in this order on each of `keys` that is given and good, in a mapping where all of `needs`
   are good and in a table where all of `table_needs` are: a rule that refuses makes the value bad,
   so that the next does not refuse it again. */
static const struct rule {
    const char *name; /* what a bad-input file that trips it is called */
    unsigned keys, needs, table_needs;
    void (*check)(struct checker *checker, struct mapping *mapping, enum key_id id);
} rules[] = {
    {"number-range", NUMBERS, 0, 0, check_range},
    {"number-multiple", NUMBERS, 0, 0, check_multiple},
    {"number-power-of-two", NUMBERS, 0, 0, check_power_of_two},
    {"name", BIT(KEY_NAME), 0, 0, check_name},
    {"pool-count", BIT(KEY_POOLS), 0, 0, check_pool_count},
    {"target", BIT(KEY_TARGET), 0, 0, check_target},
    {"target-lacks", BIT(KEY_THREADS) | BIT(KEY_HARDEN) | BIT(KEY_EXHAUSTED) | BIT(KEY_OVERSIZE), 0,
     BIT(KEY_TARGET), check_target_lacks},
    {"wasm-limit", BIT(KEY_GROW_LIMIT), 0, BIT(KEY_TARGET), check_wasm_limit},
    {"wasm-emit", BIT(KEY_EMIT), 0, BIT(KEY_TARGET), check_wasm_emit},
    {"malloc-windows", BIT(KEY_EMIT), 0, BIT(KEY_TARGET), check_malloc_windows},
    {"malloc-upstream", BIT(KEY_EXHAUSTED) | BIT(KEY_OVERSIZE), 0, BIT(KEY_EMIT),
     check_malloc_upstream},
    {"malloc-needs", BIT(KEY_THREADS) | BIT(KEY_TARGET) | BIT(KEY_EXHAUSTED), 0, BIT(KEY_EMIT),
     check_malloc_needs},
    {"profile-needs", BIT(KEY_STATS), BIT(KEY_TARGET) | BIT(KEY_THREADS), 0, check_profile_needs},
    {"malloc-alignment", BIT(KEY_ALIGNMENT), 0, BIT(KEY_EMIT), check_malloc_alignment},
    {"size-order", BIT(KEY_SIZE), 0, 0, check_size_order},
    {"size-rounded", BIT(KEY_SIZE), 0, BIT(KEY_ALIGNMENT), check_size_rounded},
    {"section", BIT(KEY_SECTION), 0, 0, check_section},
    {"reserve-critical", BIT(KEY_RESERVE), 0, BIT(KEY_THREADS), check_reserve_critical},
    {"reserve-count", BIT(KEY_RESERVE), BIT(KEY_INITIAL_COUNT), 0, check_reserve_count},
    {"arena-limit", BIT(KEY_INITIAL_COUNT), BIT(KEY_SIZE), BIT(KEY_ALIGNMENT), check_arena_limit},
};

enum { RULE_COUNT = sizeof rules / sizeof rules[0] };

const char *validate_rule(size_t i)
{
    return i < RULE_COUNT ? rules[i].name : NULL;
}

static bool all_good(const struct mapping *mapping, unsigned keys)
{
    for (unsigned id = 0; id < KEY_COUNT; id++) {
        if (keys & BIT(id) && !mapping->values[id].good) {
            return false;
        }
    }
    return true;
}

static bool is_about(const struct rule *rule, enum key_id id)
{
    return rule->keys == NUMBERS ? schema_is_number(&schema_keys[id]) : (rule->keys & BIT(id)) != 0;
}

static void apply_rules(struct checker *checker, struct mapping *mapping)
{
    for (const struct rule *rule = rules; rule < rules + RULE_COUNT; rule++) {
        for (unsigned id = 0; id < KEY_COUNT; id++) {
            const struct value *value = &mapping->values[id];
            if (is_about(rule, (enum key_id)id) && value->node && value->good &&
                all_good(mapping, rule->needs) && all_good(&checker->table, rule->table_needs)) {
                rule->check(checker, mapping, (enum key_id)id);
            }
        }
    }
}

/* ---- the table */

/* A key of a pool that is its table's where the pool has none. */
static bool is_inherited(const struct mapping *mapping, const struct key *key)
{
    return mapping->where == IN_POOL && schema_allows(key, IN_TABLE);
}

/* What absent keys are, but for those that a pool inherits. One that a near miss was meant to be is
   not known. */
static void fill_defaults(struct checker *checker, struct mapping *mapping)
{
    for (unsigned id = 0; id < KEY_COUNT; id++) {
        const struct key *key = &schema_keys[id];
        struct value *value = &mapping->values[id];
        if (value->node || !schema_allows(key, mapping->where) || !key->standard ||
            is_inherited(mapping, key)) {
            continue;
        }
        value->number = schema_default(checker->arena, key);
        value->good = !(mapping->meant & BIT(id));
    }
}

static void adjust_default(struct checker *checker, enum key_id id, uint64_t number)
{
    struct value *value = &checker->table.values[id];
    value->number = value->node ? value->number : number;
}

/* The defaults that depend on another key. */
static void adjust_defaults(struct checker *checker)
{
    const uint64_t target = checker->table.values[KEY_TARGET].number;
    if (emits_malloc(checker)) {
        adjust_default(checker, KEY_OVERSIZE, OVERSIZE_OS);
    }
    if ((target & TARGET_FREESTANDING) != 0) {
        adjust_default(checker, KEY_THREADS, THREADS_NONE);
        adjust_default(checker, KEY_OVERSIZE,
                       emits_malloc(checker) && target == TARGET_WASM ? OVERSIZE_OS
                                                                      : OVERSIZE_FAIL);
    }
    if (target == TARGET_WASM) {
        adjust_default(checker, KEY_GROW_LIMIT, LIMIT_WASM);
    }
    if (target == TARGET_BARE) {
        adjust_default(checker, KEY_EXHAUSTED, EXHAUSTED_FAIL);
    }
}

/* Puts every value, and its place, where the schema says. Names and pools are more than a number,
   and the caller's to put there. */
static void store_values(const struct checker *checker, const struct mapping *mapping, void *into,
                         struct place *at)
{
    for (unsigned id = 0; id < KEY_COUNT; id++) {
        const struct key *key = &schema_keys[id];
        const struct value *value = &mapping->values[id];
        if (!schema_allows(key, mapping->where)) {
            continue;
        }
        if (!value->node && is_inherited(mapping, key)) {
            value = &checker->table.values[id];
        }
        at[id] = value->node ? value->node->at : (struct place){0, 0};
        if (!schema_is_text(key) && key->type != TYPE_POOLS) {
            schema_store(key, mapping->where, into, value->number);
        }
    }
}

static void read_pool(struct checker *checker, const struct node *node, struct pool_row *row)
{
    struct mapping *pool = &checker->pool;
    size_t index = checker->pool_index;
    if (node->kind == NODE_REFUSED) {
        return;
    }
    if (node->kind != NODE_MAPPING) {
        diag_append(checker->diag, DIAG_ERROR, node->at,
                    "pools[%zu]: must be a pool such as {size: 64, initial_count: 100}, not %s",
                    index, show(checker, node));
        return;
    }
    *pool = (struct mapping){
        .node = node, .where = IN_POOL, .path = arena_format(checker->arena, "pools[%zu].", index)};
    read_entries(checker, pool);
    require_keys(checker, pool);
    fill_defaults(checker, pool);
    apply_rules(checker, pool);
    uint64_t size = pool->values[KEY_SIZE].number, rounded = round_size(checker, size);
    if (pool->values[KEY_SIZE].good) {
        checker->seen[checker->seen_count++] =
            (struct seen_size){index, size, rounded, pool->values[KEY_SIZE].node->at};
    }
    store_values(checker, pool, row, row->at);
    row->size = rounded;
    const struct value *section = &pool->values[KEY_SECTION];
    const bool named = section->node && section->good &&
                       !schema_is_zero_word(&schema_keys[KEY_SECTION], section->node->text);
    row->section = named ? section->node->text : NULL;
}

static void read_pools(struct checker *checker, struct table *table)
{
    const struct value *pools = &checker->table.values[KEY_POOLS];
    if (!pools->node || !pools->good) {
        return;
    }
    table->pool_count = pools->node->count;
    table->pools = arena_alloc(checker->arena, table->pool_count * sizeof *table->pools);
    checker->seen = arena_alloc(checker->arena, table->pool_count * sizeof *checker->seen);
    const struct node *node = pools->node->first;
    for (size_t i = 0; i < table->pool_count; i++, node = node->next) {
        checker->pool_index = i;
        read_pool(checker, node, &table->pools[i]);
    }
}

struct table *validate_table(const struct node *root, const struct overrides *overrides,
                             struct diag *diag)
{
    const char *prefix = overrides ? overrides->prefix : NULL;
    struct table *table = arena_alloc(diag->arena, sizeof *table);
    struct checker *checker = arena_alloc(diag->arena, sizeof *checker);
    const char *why;
    checker->diag = diag;
    checker->arena = diag->arena;
    checker->table = (struct mapping){.node = root, .where = IN_TABLE, .path = ""};
    if (prefix && !validate_name(prefix, &why)) {
        diag_append(diag, DIAG_ERROR, (struct place){0, 0}, "--prefix: '%s' %s", prefix, why);
    }
    if (root->kind == NODE_REFUSED) {
        return table;
    }
    if (root->kind != NODE_MAPPING) {
        diag_append(diag, DIAG_ERROR, root->at, "must be a mapping with name and pools, not %s",
                    show(checker, root));
        return table;
    }
    read_entries(checker, &checker->table);
    if (overrides) {
        read_settings(checker, overrides);
    }
    require_keys(checker, &checker->table);
    fill_defaults(checker, &checker->table);
    adjust_defaults(checker);
    apply_rules(checker, &checker->table);
    read_pools(checker, table);
    store_values(checker, &checker->table, table, table->at);
    const struct node *name = checker->table.values[KEY_NAME].node;
    table->name = prefix ? prefix : name ? name->text : NULL;
    return table;
}

bool validate_name(const char *name, const char **why)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    size_t length = strlen(name);
    if (length == 0) {
        *why = "must not be empty";
    } else if (strspn(name, allowed) != length) {
        *why = "may hold only a-z, 0-9 and _";
    } else if (strspn(name, letters) == 0) {
        *why = "must start with a letter";
    } else if (length > LIMIT_NAME) {
        *why = "is longer than 31 characters";
    } else {
        *why = reserved_word(name);
    }
    return *why == NULL;
}
