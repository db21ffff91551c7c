/* Runs the scenarios, each with every allocator, and the tight pools. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "measure.h"
#include "progress.h"
#include "spawn.h"

enum { STORM_TASKS = 500000 };

/* ---- one run of a scenario */

/* A program and its arguments; the texts that they point to. */
struct command {
    char program[sizeof((struct settings *)0)->folder + 64], amount[32];
    const char *argv[5];
};

static void name_scenario(const struct settings *settings, unsigned scenario,
                          const struct allocator *allocator, struct command *command)
{
    char name[64];
    snprintf(name, sizeof name, "scenario-%s", allocator->way);
    snprintf(command->program, sizeof command->program, "%s", measure_program(settings, name));
    snprintf(command->amount, sizeof command->amount, "-d%u", settings->divisor);
    command->argv[1] = command->amount;
    command->argv[2] = scenario_rows[scenario].name;
}

/* The plain call is the program whose global allocator is ours; the others preload. */
static void name_storm(const struct settings *settings, unsigned scenario,
                       const struct allocator *allocator, struct command *command)
{
    snprintf(command->program, sizeof command->program, "%s/%s/%s", settings->tokio,
             allocator == &allocators[OURS] ? "poolgen" : "system", scenario_rows[scenario].name);
    snprintf(command->amount, sizeof command->amount, "%u", STORM_TASKS / settings->divisor);
    command->argv[1] = "storm";
    command->argv[2] = command->amount;
}

/* The Tokio programs print memory in KiB. */
static double read_figure(const struct figure_row *row, const char *output)
{
    const double value = spawn_number(output, row->key);
    const bool in_kib =
        (scenario_rows[row->scenario].flags & ON_TOKIO) && strcmp(row->unit, "MiB") == 0;
    return in_kib ? value / 1024 : value;
}

/* A figure that was not printed is a failure. */
static void fill_outcome(struct results *results, unsigned scenario, unsigned allocator,
                         const char *output)
{
    for (unsigned i = 0; i < FIGURE_COUNT; i++) {
        if (figure_rows[i].scenario != scenario)
            continue;
        const double value = read_figure(&figure_rows[i], output);
        series_add(&results->figures[i][allocator], value);
        results->outcomes[scenario][allocator].failed |= isnan(value);
    }
    if (isnan(spawn_number(output, "clock=")))
        return;
    series_add(&results->clock_cost, spawn_number(output, "clock="));
    series_add(&results->nothing_longest, spawn_number(output, "nothing_longest="));
    series_add(&results->nothing_tail, spawn_number(output, "nothing_tail="));
}

static void run_scenario(const struct settings *settings, struct results *results,
                         unsigned scenario, unsigned allocator, unsigned repetition)
{
    char output[OUTPUT_BYTES];
    struct command command = {.argv = {command.program}};
    struct outcome *outcome = &results->outcomes[scenario][allocator];
    const unsigned flags = scenario_rows[scenario].flags;
    ((flags & ON_TOKIO) ? name_storm : name_scenario)(settings, scenario, &allocators[allocator],
                                                      &command);
    const struct spawn spawn = {
        .argv = command.argv,
        .preload = measure_preload(settings, &allocators[allocator]),
        .timeline = (flags & TIMELINE) && repetition == 0 ? &outcome->timeline : NULL};
    if (access(command.program, X_OK) != 0 ||
        !progress_step(scenario_rows[scenario].name, allocators[allocator].name))
        return;
    if (spawn_run(&spawn, output)) {
        fill_outcome(results, scenario, allocator, output);
        return;
    }
    outcome->failed = true;
    fprintf(stderr, "bench: failed: LD_PRELOAD=%s %s %s %s\n", spawn.preload ? spawn.preload : "",
            command.program, command.argv[1], command.argv[2]);
}

/* ---- all of them */

static bool is_wanted(const struct settings *settings, unsigned scenario)
{
    const struct scenario_row *row = &scenario_rows[scenario];
    return measure_is_listed(settings->only, row->name) && (!(row->flags & BIG) || settings->big) &&
           (!(row->flags & ON_TOKIO) || settings->tokio);
}

/* Fewer repetitions than of loads: a scenario takes long, and its differences are not subtle. */
void measure_scenarios(const struct settings *settings, struct results *results)
{
    const unsigned repetitions = settings->quick ? 1 : (settings->repetitions + 1) / 2;
    for (unsigned repetition = 0; repetition < repetitions; repetition++)
        for (unsigned scenario = 0; scenario < SCENARIO_COUNT; scenario++)
            for (unsigned i = 0; i < ALLOCATOR_COUNT; i++) {
                const unsigned turn = (i + repetition) % ALLOCATOR_COUNT;
                if (is_wanted(settings, scenario) && results->used[turn] && turn != OURS_INLINED)
                    run_scenario(settings, results, scenario, turn, repetition);
            }
}

/* ---- the tight pools, which are ours alone */

void measure_tight(const struct settings *settings, struct results *results)
{
    char output[OUTPUT_BYTES], program[64], divisor[32];
    snprintf(divisor, sizeof divisor, "%u", settings->divisor);
    for (unsigned repetition = 0; repetition < settings->repetitions; repetition++)
        for (unsigned i = 0; i < TIGHT_TABLES; i++) {
            struct tight *tight = &results->tight[i];
            snprintf(program, sizeof program, "tight/%s/probe", tight_tables[i]);
            const char *const argv[] = {measure_program(settings, program), divisor, NULL};
            if (!measure_is_listed(settings->only, "tight") || access(argv[0], X_OK) != 0 ||
                !progress_step("tight", tight_tables[i]) ||
                !spawn_run(&(struct spawn){.argv = argv}, output))
                continue;
            tight->requests = spawn_number(output, "requests=");
            series_add(&tight->not_served, spawn_number(output, "not_served="));
        }
}
