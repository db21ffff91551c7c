/* explore [--all [--every | --blind]] [WORD]: explores the scenarios (or, with --all, every pair of
   scripts of three operations) of the table that it was built with, those whose name contains WORD,
   and prints TAP. A violation prints its schedule and ends with status 1.
   --every does without the reduction, and --blind breaks it: what they print of the outcomes is for
   a comparison. */
#include "scenarios.h"
#include "search.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_STATES = 100000000, OPERATIONS = 3 /* of a script in a pair */ };

static int tests, failed;

static void report(const char *name, const struct search_result *result, bool good)
{
    tests++;
    failed += !good;
    printf("%sok %d - %s: %s (%lu states, %lu ends)\n", good ? "" : "not ", tests, scenarios_table,
           name, result->states, result->ends);
}

static void explore_scenarios(const char *word)
{
    for (const struct scenario *scenario = scenarios; scenario->name != NULL; scenario++) {
        if (strcmp(scenario->table, scenarios_table) == 0 && strstr(scenario->name, word) != NULL) {
            const unsigned long before = world_given_back();
            world_forget();
            const struct search_result result = search(scenario, SEARCH_EVERY, MOST_STATES);
            const bool gave_back = world_given_back() > before;
            report(scenario->name, &result,
                   result.complete && (gave_back || (scenario->also & GIVES_BACK) == 0));
        }
    }
}

/* The `number`th script of three of the letters. */
static void spell(char *script, const char *letters, size_t number)
{
    for (size_t i = 0; i < OPERATIONS; i++) {
        script[i] = letters[number % strlen(letters)];
        number /= strlen(letters);
    }
    script[OPERATIONS] = '\0';
}

/* Says now and then how far a long search is. */
static void show_progress(const char *name, size_t pair, size_t pairs, unsigned long states)
{
    enum { SECONDS = 60 };
    static time_t shown;
    const time_t now = time(NULL);
    if (shown == 0) {
        shown = now;
    } else if (now - shown >= SECONDS) {
        shown = now;
        printf("# %s: %zu of %zu pairs, %lu states\n", name, pair, pairs, states);
    }
}

/* Two scripts in either order are one pair where nothing tells the threads apart. */
static bool is_mirrored(const struct situation *situation, size_t pair, size_t scripts)
{
    return *situation->before == '\0' && pair % scripts > pair / scripts;
}

static void explore_pairs(const struct situation *situation, const char *word,
                          enum search_kind kind)
{
    struct search_result all = {.complete = true};
    const size_t letters = strlen(situation->letters), scripts = letters * letters * letters;
    for (size_t pair = 0; pair < scripts * scripts; pair++) {
        char script[2][OPERATIONS + 1], name[128];
        spell(script[0], situation->letters, pair % scripts);
        spell(script[1], situation->letters, pair / scripts);
        snprintf(name, sizeof name, "%s, %s against %s", situation->name, script[0], script[1]);
        if (strstr(name, word) == NULL || is_mirrored(situation, pair, scripts)) {
            continue;
        }
        const struct scenario scenario = {.name = name,
                                          .table = situation->table,
                                          .before = situation->before,
                                          .script = {script[0], script[1]},
                                          .preemptions = situation->preemptions,
                                          .caches = 3,
                                          .parts = -1,
                                          .also = LATE};
        world_forget();
        const struct search_result result =
            search(&scenario, situation->preemptions < 0 ? kind : SEARCH_EVERY, MOST_STATES);
        all.outcomes += result.outcomes;
        all.states += result.states;
        all.ends += result.ends;
        all.complete = all.complete && result.complete;
        show_progress(situation->name, pair, scripts * scripts, all.states);
    }
    report(situation->name, &all, all.complete);
    printf("# outcomes %016" PRIx64 "\n", all.outcomes);
}

int main(int argc, char **argv)
{
    bool pairs = false;
    enum search_kind kind = SEARCH_REDUCED;
    const char *word = "";
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--all") == 0) {
            pairs = true;
        } else if (strcmp(argv[i], "--every") == 0) {
            kind = SEARCH_EVERY;
        } else if (strcmp(argv[i], "--blind") == 0) {
            kind = SEARCH_BLIND;
        } else {
            word = argv[i];
        }
    }
    world_create();
    if (!pairs) {
        explore_scenarios(word);
    }
    for (const struct situation *situation = situations; pairs && situation->name != NULL;
         situation++) {
        if (strcmp(situation->table, scenarios_table) == 0) {
            explore_pairs(situation, word, kind);
        }
    }
    printf("1..%d\n", tests);
    return failed != 0;
}
