/* What a scenario gets from the program that runs it, and the program from the scenarios. */
#ifndef BENCH_SCENARIO_H
#define BENCH_SCENARIO_H

#include <stddef.h>
#include <stdint.h>

#include "scenarios.h"

/* Amounts and durations are those of the full scenario, divided by what the command line says; at
 * least 1. */
size_t scenario_amount(size_t amount);
double scenario_duration(double seconds);

/* Zeroed memory of the scenario's own, for what it must remember. It is a shared mapping, which
 * residence does not count, and touched, so that it costs nothing later. */
void *scenario_memory(size_t bytes);

/* MiB of anonymous memory that are resident: exactly, and for much less time about so. */
double scenario_resident(void);
double scenario_resident_about(void);

double scenario_clock(void);       /* seconds */
double scenario_cpu_seconds(void); /* of processor, all threads */
void scenario_sleep_until(double clock);

/* Measures what timing a call costs, and prints it. */
void scenario_calibrate(void);

/* A figure of the running scenario, by its name in FIGURES. */
void scenario_print(const char *figure, double value);

typedef void scenario_function(void);

#define SCENARIO_DECLARE(identifier, name, flags) scenario_function scenario_##identifier;
OWN_SCENARIOS(SCENARIO_DECLARE)
#undef SCENARIO_DECLARE

#endif
