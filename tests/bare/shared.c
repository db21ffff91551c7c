/* What the cases share, and the table as its YAML says. */
#include "cases.h"

const struct row rows[ROWS] = {TABLE_ROWS};
const size_t table_alignment = TABLE_ALIGNMENT;

size_t row_of(size_t size)
{
    size_t row = 0;
    while (row < ROWS && rows[row].size < size) {
        row++;
    }
    return row;
}

size_t promised_alignment(size_t size)
{
    const size_t row = row_of(size);
    const size_t natural = rows[row].size & (0 - rows[row].size);
    return natural < table_alignment ? natural : table_alignment;
}

static unsigned char byte_at(size_t i, unsigned seed)
{
    return (unsigned char)(seed * 37u + i * 11u + 1u);
}

void fill(void *ptr, size_t bytes, unsigned seed)
{
    unsigned char *to = ptr;
    for (size_t i = 0; i < bytes; i++) {
        to[i] = byte_at(i, seed);
    }
}

bool is_filled(const void *ptr, size_t bytes, unsigned seed)
{
    const unsigned char *from = ptr;
    for (size_t i = 0; i < bytes; i++) {
        if (from[i] != byte_at(i, seed)) {
            return false;
        }
    }
    return true;
}

bool is_zero(const void *ptr, size_t bytes)
{
    const unsigned char *from = ptr;
    for (size_t i = 0; i < bytes; i++) {
        if (from[i] != 0) {
            return false;
        }
    }
    return true;
}

size_t take_all(void *(*alloc)(size_t size), size_t size, size_t most, void **list)
{
    size_t count = 0;
    *list = NULL;
    while (count < most) {
        void **block = alloc(size);
        if (block == NULL) {
            break;
        }
        *block = *list;
        *list = block;
        count++;
    }
    return count;
}

void free_all(void *list)
{
    while (list != NULL) {
        void *next = *(void **)list;
        chip_free(list);
        list = next;
    }
}

size_t all_blocks(void)
{
    size_t blocks = 1;
    for (size_t row = 0; row < ROWS; row++) {
        blocks += rows[row].count;
    }
    return blocks;
}

void *alloc_called(size_t size)
{
    void *(*const volatile alloc)(size_t size) = (chip_alloc);
    return alloc(size);
}

void give_random(void *ptr, size_t bytes)
{
    fill(ptr, bytes, 0x5eed);
}

struct hook hook;

#ifdef HOOK
bool chip_exhausted(size_t pool, size_t size)
{
    void *give = hook.give;
    hook.calls++;
    hook.pool = pool;
    hook.size = size;
    hook.give = NULL;
    chip_free(give);
    return give != NULL;
}
#endif

/* Marsaglia's xorshift: any state but 0 comes again after all others. */
uint32_t draw(struct random *random, uint32_t below)
{
    random->state ^= random->state << 13;
    random->state ^= random->state >> 17;
    random->state ^= random->state << 5;
    return (random->state >> 8) % below;
}
