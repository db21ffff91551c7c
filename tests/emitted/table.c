#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct table table;

static unsigned long long read_bytes(const char *text)
{
    char *end;
    const unsigned long long number = strtoull(text, &end, 10);
    if (strncmp(end, "KiB", 3) == 0) {
        return number << 10;
    }
    if (strncmp(end, "MiB", 3) == 0) {
        return number << 20;
    }
    return strncmp(end, "GiB", 3) == 0 ? number << 30 : number;
}

/* What follows `key: ` in the line, or NULL. */
static const char *value_of(const char *line, const char *key)
{
    const char *const at = strstr(line, key);
    return at != NULL ? at + strlen(key) + strspn(at + strlen(key), " ") : NULL;
}

static enum policy read_policy(const char *text)
{
    switch (text[0]) {
    case 'g':
        return GROW;
    case 'u':
        return UPSTREAM;
    case 'o':
        return OS;
    case 'b':
        return BORROW;
    default:
        return FAIL; /* as a hook that always gives up makes it */
    }
}

/* What rows have that say nothing themselves. */
struct defaults {
    enum policy exhausted;
    char harden; /* o(ff), c(heck) or f(ull) */
    unsigned long long thread_cache;
};

static void read_key(const char *line, struct defaults *defaults)
{
    const char *const value = strchr(line, ':') + 1 + strspn(strchr(line, ':') + 1, " ");
    if (strncmp(line, "target: [bare]", 14) == 0) {
        table.bare = true;
        table.shared = false;
        defaults->exhausted = table.oversize = FAIL;
    } else if (strncmp(line, "threads:", 8) == 0) {
        table.shared = value[0] == 's';
    } else if (strncmp(line, "exhausted:", 10) == 0) {
        defaults->exhausted = read_policy(value);
    } else if (strncmp(line, "harden:", 7) == 0) {
        defaults->harden = value[0];
    } else if (strncmp(line, "oversize:", 9) == 0) {
        table.oversize = read_policy(value);
    } else if (strncmp(line, "alignment:", 10) == 0) {
        table.alignment = (size_t)read_bytes(value);
    } else if (strncmp(line, "release:", 8) == 0) {
        table.decays = value[0] == 'a';
    } else if (strncmp(line, "stats:", 6) == 0) {
        table.counters = value[0] == 'c';
    } else if (strncmp(line, "thread_cache:", 13) == 0) {
        defaults->thread_cache = read_bytes(value);
    } else if (strncmp(line, "target:", 7) == 0) {
        table.module = strstr(value, "wasm") != NULL;
    } else if (strncmp(line, "grow_limit:", 11) == 0) {
        table.grow_limited = read_bytes(value) <= 64 << 20;
    }
}

static void read_row(const char *line, const struct defaults *defaults)
{
    const char *const own = value_of(line, "exhausted:"), *const own_harden =
                                                              value_of(line, "harden:");
    const char harden = own_harden != NULL ? *own_harden : defaults->harden;
    struct row *const row = &table.rows[table.count++];
    row->size = (size_t)read_bytes(value_of(line, "size:"));
    row->count = (size_t)read_bytes(value_of(line, "initial_count:"));
    row->exhausted = own != NULL ? read_policy(own) : defaults->exhausted;
    row->hard = harden != 'o';
    row->full = harden == 'f';
    if (row->size > table.alignment) {
        row->size = (row->size + table.alignment - 1) / table.alignment * table.alignment;
    }
}

/* The table's own keys, then its rows: a row takes its defaults from the keys. */
static void read_lines(FILE *file)
{
    struct defaults defaults = {.exhausted = GROW, .harden = 'o', .thread_cache = 1 << 20};
    char line[256];
    for (int pass = 0; pass < 2; pass++) {
        rewind(file);
        while (fgets(line, sizeof line, file) != NULL) {
            if (pass == 0 && line[0] >= 'a' && line[0] <= 'z') {
                read_key(line, &defaults);
            } else if (pass == 1 && strstr(line, "- {") != NULL) {
                read_row(line, &defaults);
            }
        }
    }
    table.cached = table.shared && defaults.thread_cache >= 1 << 20;
}

void table_read(const char *path)
{
    FILE *const file = fopen(path, "r");
    table = (struct table){.shared = true, .decays = true, .alignment = 16, .oversize = UPSTREAM};
    table.rows = calloc(65536, sizeof *table.rows);
    if (file == NULL || table.rows == NULL) {
        perror(path);
        exit(2);
    }
    read_lines(file);
    fclose(file);
    struct row *const last = &table.rows[table.count - 1];
    last->exhausted = last->exhausted == BORROW ? FAIL : last->exhausted;
    table.largest = table.rows[table.count - 1].size;
    table.asks = table.oversize == UPSTREAM;
    for (size_t i = 0; i < table.count; i++) {
        table.grows |= table.rows[i].exhausted == GROW;
        table.hard |= table.rows[i].hard;
        table.full |= table.rows[i].full;
        table.asks |= table.rows[i].exhausted == UPSTREAM;
    }
    table.system = (table.shared || table.grows) && !table.module;
}

size_t table_pool(size_t size)
{
    size_t pool = 0;
    while (pool < table.count && table.rows[pool].size < size) {
        pool++;
    }
    return pool;
}

size_t table_aligned_pool(size_t alignment, size_t size)
{
    size_t pool = table_pool(size);
    while (pool < table.count && table.rows[pool].size % alignment != 0) {
        pool++;
    }
    return alignment <= 4096 ? pool : table.count;
}

size_t table_promised_alignment(size_t size)
{
    const size_t pool = table_pool(size);
    const size_t pool_size = pool < table.count ? table.rows[pool].size : table.alignment;
    const size_t low = pool_size & -pool_size;
    return low < table.alignment ? low : table.alignment;
}
