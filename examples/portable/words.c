/* Counts the words of a text, whose nodes lie in pools: words FILE. The same source and the same
   allocator.c for POSIX systems and for Windows. */
#include "words_pools.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 128, LONGEST = 200 };

struct word {
    struct word *next;
    unsigned long count;
    char text[];
};

static struct word **buckets;

static unsigned hash(const char *text)
{
    unsigned hash = 2166136261; /* G. Fowler, L. C. Noll and K.-P. Vo */
    for (; *text != '\0'; text++) {
        hash = (hash ^ (unsigned char)*text) * 16777619;
    }
    return hash % BUCKETS;
}

/* False at the end of memory. */
static bool count(const char *text)
{
    struct word **at = &buckets[hash(text)];
    while (*at != NULL && strcmp((*at)->text, text) != 0) {
        at = &(*at)->next;
    }
    if (*at == NULL) {
        *at = words_calloc(1, sizeof **at + strlen(text) + 1);
        if (*at == NULL) {
            return false;
        }
        strcpy((*at)->text, text);
    }
    (*at)->count++;
    return true;
}

static bool count_all(FILE *file)
{
    char text[LONGEST + 1];
    size_t length = 0;
    for (int byte = 0; byte != EOF;) {
        byte = getc(file);
        if (byte != EOF && isalpha(byte)) {
            text[length] = (char)tolower(byte);
            length += length < LONGEST;
            continue;
        }
        text[length] = '\0';
        if (length != 0 && !count(text)) {
            return false;
        }
        length = 0;
    }
    return true;
}

/* Prints the words that occur most, and frees all. */
static void print_and_free(void)
{
    const struct word *most = NULL;
    unsigned long words = 0;
    for (unsigned i = 0; i < BUCKETS; i++) {
        for (const struct word *word = buckets[i]; word != NULL; word = word->next) {
            most = most == NULL || word->count > most->count ? word : most;
            words++;
        }
    }
    printf("%lu words; the most frequent is \"%s\", %lu times\n", words,
           most != NULL ? most->text : "", most != NULL ? most->count : 0);
    for (unsigned i = 0; i < BUCKETS; i++) {
        for (struct word *word = buckets[i], *next; word != NULL; word = next) {
            next = word->next;
            words_free(word);
        }
    }
    words_free(buckets);
}

int main(int argc, char **argv)
{
    FILE *const file = argc == 2 ? fopen(argv[1], "r") : NULL;
    buckets = words_calloc(BUCKETS, sizeof *buckets);
    if (file == NULL || buckets == NULL || !count_all(file)) {
        fprintf(stderr, "usage: words FILE\n");
        return EXIT_FAILURE;
    }
    print_and_free();
    fclose(file);
    printf("%s\n", words_check() ? "the pools are sound" : "the pools are not sound");
    return EXIT_SUCCESS;
}
