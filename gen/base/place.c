#include "base/place.h"

#include "base/utf8.h"
#include <string.h>

enum { CHARACTERS_A_NOTE = 32 };

/* Moves to the next character; the spot must not be at the end. */
static void step(const struct place_map *map, struct spot *spot)
{
    const char *here = map->source + spot->byte;
    uint32_t character;
    size_t bytes = utf8_next(here, map->length - spot->byte, &character);
    bool before_lf = spot->byte + 1 < map->length && here[1] == '\n';
    spot->byte += bytes;
    spot->character++;
    spot->at.column++;
    if (character == '\n' || (character == '\r' && !before_lf)) {
        spot->at = (struct place){spot->at.line + 1, 1};
    }
}

void place_map_build(struct place_map *map, struct arena *arena, const char *source, size_t length)
{
    bool has_mark = length >= 3 && memcmp(source, "\xEF\xBB\xBF", 3) == 0;
    struct spot spot = {.byte = has_mark ? 3 : 0, .at = {1, 1}};
    *map = (struct place_map){.source = source, .length = length};
    map->notes = arena_alloc(arena, (length / CHARACTERS_A_NOTE + 1) * sizeof *map->notes);
    map->notes[map->count++] = spot;
    while (spot.byte < length) {
        step(map, &spot);
        if (spot.character % CHARACTERS_A_NOTE == 0) {
            map->notes[map->count++] = spot;
        }
    }
}

struct spot place_of_character(const struct place_map *map, size_t character)
{
    size_t note = character / CHARACTERS_A_NOTE;
    struct spot spot = map->notes[note < map->count ? note : map->count - 1];
    while (spot.character < character && spot.byte < map->length) {
        step(map, &spot);
    }
    return spot;
}

static bool is_before(struct place left, struct place right)
{
    return left.line != right.line ? left.line < right.line : left.column < right.column;
}

bool place_ends_line(const struct place_map *map, const struct spot *spot)
{
    return spot->byte >= map->length || map->source[spot->byte] == '\n' ||
           map->source[spot->byte] == '\r';
}

struct spot place_find(const struct place_map *map, struct place at)
{
    size_t low = 0, high = map->count; /* the note wanted is in [low, high) */
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (is_before(at, map->notes[middle].at)) {
            high = middle;
        } else {
            low = middle;
        }
    }
    struct spot spot = map->notes[low];
    while (is_before(spot.at, at) && spot.byte < map->length &&
           !(spot.at.line == at.line && place_ends_line(map, &spot))) {
        step(map, &spot);
    }
    return spot;
}
