/* The selector laboratory: for each table, what each form of the selector costs as emitted, beside
 * what the plan's model says it costs, and whether the model chose well.
 *
 *   select POOLGEN FOLDER TABLE...      FOLDER/TABLE/FORM has table.yaml and, if the form can
 *                                       represent the table, probe */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine.h"
#include "series.h"
#include "spawn.h"

enum form { UNROLLED, TABLE, BITS, SPLIT, FORM_COUNT };

static const char *const form_names[FORM_COUNT] = {"unrolled", "table", "bits", "split"};

enum stream { UNIFORM, SKEWED, PREDICTABLE, CHAINED, STREAM_COUNT };

static const char *const stream_keys[STREAM_COUNT] = {
    "uniform=", "skewed=", "predictable=", "chained="};

enum { REPETITIONS = 5, PATH_BYTES = 4096 };

/* A choice is called wrong if another form is faster by more than this share and this much. */
static const double SLACK_SHARE = 1.15, SLACK_NS = 0.1;

struct laboratory {
    const char *poolgen, *folder, *table;
    enum form chosen;         /* by the model; FORM_COUNT if poolgen did not say */
    double model[FORM_COUNT]; /* ns; NAN where the form cannot represent the table */
    struct series measured[FORM_COUNT][STREAM_COUNT];
};

/* The split form cannot be asked for: it is what `auto` took, or it is not measured. */
static const char *folder_of_form(const struct laboratory *laboratory, enum form form)
{
    if (form != SPLIT)
        return form_names[form];
    return laboratory->chosen == SPLIT ? "auto" : "none";
}

/* ---- the model: out of poolgen --explain=json, whose selector member comes before any other that
 * has these keys */

static double read_model(const char *json, enum form form)
{
    char key[32];
    snprintf(key, sizeof key, "\"%s\": {", form_names[form]);
    const char *option = strstr(json, key);
    const char *ns = option ? strstr(option, "\"ns\": ") : NULL;
    if (!ns || strncmp(option + strlen(key), "\"possible\": true", 16) != 0)
        return NAN;
    return strtod(ns + strlen("\"ns\": "), NULL);
}

static void ask_model(struct laboratory *laboratory)
{
    char json[OUTPUT_BYTES], path[PATH_BYTES], kind[32];
    snprintf(path, sizeof path, "%s/%s/auto/table.yaml", laboratory->folder, laboratory->table);
    const char *const argv[] = {laboratory->poolgen, "-q", "--explain=json", path, NULL};
    laboratory->chosen = FORM_COUNT;
    if (!spawn_run(&(struct spawn){.argv = argv}, json))
        return;
    for (enum form form = 0; form < FORM_COUNT; form++) {
        laboratory->model[form] = read_model(json, form);
        snprintf(kind, sizeof kind, "\"kind\": \"%s\"", form_names[form]);
        if (laboratory->chosen == FORM_COUNT && strstr(json, kind))
            laboratory->chosen = form;
    }
}

/* ---- measuring */

static void measure_form(struct laboratory *laboratory, enum form form)
{
    char path[PATH_BYTES], output[OUTPUT_BYTES];
    snprintf(path, sizeof path, "%s/%s/%s/probe", laboratory->folder, laboratory->table,
             folder_of_form(laboratory, form));
    const char *const argv[] = {path, NULL};
    if (access(path, X_OK) != 0 || !spawn_run(&(struct spawn){.argv = argv}, output))
        return;
    for (enum stream stream = 0; stream < STREAM_COUNT; stream++)
        series_add(&laboratory->measured[form][stream], spawn_number(output, stream_keys[stream]));
}

static double measured(const struct laboratory *laboratory, enum form form, enum stream stream)
{
    return series_median(&laboratory->measured[form][stream]);
}

/* The streams that the model is about: sizes that cannot be predicted. */
static double unpredicted(const struct laboratory *laboratory, enum form form)
{
    return (measured(laboratory, form, UNIFORM) + measured(laboratory, form, SKEWED)) / 2;
}

/* ---- reporting */

static void print_form(const struct laboratory *laboratory, enum form form)
{
    const bool any = laboratory->measured[form][UNIFORM].count > 0;
    if (!any && isnan(laboratory->model[form]))
        return;
    printf("  %c %-12s", form == laboratory->chosen ? '*' : ' ', form_names[form]);
    printf("%10.2f", laboratory->model[form]);
    for (enum stream stream = 0; stream < STREAM_COUNT; stream++) {
        if (any)
            printf("%13.2f", measured(laboratory, form, stream));
        else
            printf("%13s", "-");
    }
    printf("\n");
}

/* Is `form` faster than the chosen one by more than noise where selections overlap, and not slower
 * where each waits for the one before? A form that wins one and loses the other is no mistake. */
static bool is_better(const struct laboratory *laboratory, enum form form)
{
    const double chosen = unpredicted(laboratory, laboratory->chosen);
    const double other = unpredicted(laboratory, form);
    return chosen > other * SLACK_SHARE && chosen > other + SLACK_NS &&
           measured(laboratory, form, CHAINED) <=
               measured(laboratory, laboratory->chosen, CHAINED) + SLACK_NS;
}

/* True if the model chose well. */
static bool print_verdict(const struct laboratory *laboratory)
{
    bool good = true;
    if (laboratory->chosen == FORM_COUNT ||
        laboratory->measured[laboratory->chosen][UNIFORM].count == 0) {
        printf("  what the model takes could not be measured\n");
        return false;
    }
    for (enum form form = 0; form < FORM_COUNT; form++) {
        if (!is_better(laboratory, form))
            continue;
        printf("  WRONG: the model takes %s, %s is faster by %.2f ns\n",
               form_names[laboratory->chosen], form_names[form],
               unpredicted(laboratory, laboratory->chosen) - unpredicted(laboratory, form));
        good = false;
    }
    return good;
}

static bool run_table(const char *poolgen, const char *folder, const char *table)
{
    static struct laboratory laboratory;
    laboratory = (struct laboratory){.poolgen = poolgen, .folder = folder, .table = table};
    ask_model(&laboratory);
    for (unsigned repetition = 0; repetition < REPETITIONS; repetition++)
        for (enum form form = 0; form < FORM_COUNT; form++)
            measure_form(&laboratory, form);
    printf("%s\n", table);
    for (enum form form = 0; form < FORM_COUNT; form++)
        print_form(&laboratory, form);
    return print_verdict(&laboratory);
}

int main(int argc, char **argv)
{
    const struct machine machine = machine_describe();
    unsigned wrong = 0;
    if (argc < 4) {
        fprintf(stderr, "usage: select POOLGEN FOLDER TABLE...\n");
        return 2;
    }
    printf(
        "%s, %s, %s, load average %.2f\n"
        "ns for a selection, medians of %d. model: what the plan reckons with; *: what it takes.\n"
        "uniform, skewed, predictable: sizes, selections overlapping; chained: each waits for the\n"
        "one before. Tables are hot in the cache here; a program's may not be.\n\n",
        machine.processor, machine.date, machine.compiler, machine.load_average, REPETITIONS);
    printf("%-16s%10s%13s%13s%13s%13s\n", "", "model", "uniform", "skewed", "predictable",
           "chained");
    for (int i = 3; i < argc; i++)
        wrong += !run_table(argv[1], argv[2], argv[i]);
    printf("\n%u of %d tables where another form is better than what the model takes\n", wrong,
           argc - 3);
    return 0;
}
