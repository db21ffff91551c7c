#include "base/nearest.h"

#include <string.h>

enum { LONGEST = 32 }; /* no known word is longer, so nothing longer is near one */

static char fold(char letter)
{
    if (letter >= 'A' && letter <= 'Z') {
        return (char)(letter - 'A' + 'a');
    }
    return letter == '-' ? '_' : letter;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment: Levenshtein's distance in which a swap of neighbours counts once.
   Both lengths are at most LONGEST. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t cost[LONGEST + 1][LONGEST + 1]; /* of turning the first i of a into the first j of b */
    for (size_t i = 0; i <= a_length; i++) {
        cost[i][0] = i;
    }
    for (size_t j = 0; j <= b_length; j++) {
        cost[0][j] = j;
    }
    for (size_t i = 1; i <= a_length; i++) {
        for (size_t j = 1; j <= b_length; j++) {
            size_t change = fold(a[i - 1]) != fold(b[j - 1]);
            cost[i][j] =
                least(cost[i - 1][j - 1] + change, least(cost[i - 1][j], cost[i][j - 1]) + 1);
            if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) &&
                fold(a[i - 2]) == fold(b[j - 1])) {
                cost[i][j] = least(cost[i][j], cost[i - 2][j - 2] + 1);
            }
        }
    }
    return cost[a_length][b_length];
}

size_t nearest_word(const char *text, size_t length, const char *const *words, size_t count)
{
    size_t best = count, best_distance = LONGEST;
    for (size_t i = 0; i < count && length <= LONGEST; i++) {
        size_t word_length = strlen(words[i]), allowed = word_length / 3;
        size_t away = distance(text, length, words[i], word_length);
        if (away <= (allowed ? allowed : 1) && away < best_distance) {
            best = i;
            best_distance = away;
        }
    }
    return best;
}
