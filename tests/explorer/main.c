/* explore [--all] [WORD]: explores the scenarios (or, with --all, every pair of scripts of three
   operations) of the table that it was built with, those whose name contains WORD, and prints TAP.
   A violation prints its schedule and ends with status 1. */
#include "scenarios.h"
#include "search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_STATES = 100000000, OPERATIONS = 3, PREEMPTIONS = 2 /* of a pair of scripts */ };

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
            const struct search_result result = search(scenario, MOST_STATES);
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

static void explore_pairs(const struct situation *situation)
{
    struct search_result all = {.complete = true};
    world_forget();
    const size_t scripts =
        strlen(situation->letters) * strlen(situation->letters) * strlen(situation->letters);
    for (size_t pair = 0; pair < scripts * scripts; pair++) {
        char script[2][OPERATIONS + 1], name[128];
        spell(script[0], situation->letters, pair % scripts);
        spell(script[1], situation->letters, pair / scripts);
        snprintf(name, sizeof name, "%s, %s against %s", situation->name, script[0], script[1]);
        const struct scenario scenario = {name,
                                          situation->table,
                                          situation->before,
                                          {script[0], script[1]},
                                          PREEMPTIONS,
                                          3,
                                          -1,
                                          0,
                                          0};
        const struct search_result result = search(&scenario, MOST_STATES);
        all.states += result.states;
        all.ends += result.ends;
        all.complete = all.complete && result.complete;
    }
    report(situation->name, &all, all.complete);
}

int main(int argc, char **argv)
{
    const bool pairs = argc > 1 && strcmp(argv[1], "--all") == 0;
    const char *const word = argc > 1 + pairs ? argv[1 + pairs] : "";
    world_create();
    if (!pairs) {
        explore_scenarios(word);
    }
    for (const struct situation *situation = situations; pairs && situation->name != NULL;
         situation++) {
        if (strcmp(situation->table, scenarios_table) == 0 &&
            strstr(situation->name, word) != NULL) {
            explore_pairs(situation);
        }
    }
    printf("1..%d\n", tests);
    return failed != 0;
}
