/* Figures for people: as few digits as tell the story. All strings live in the arena. */
#ifndef POOLGEN_FIGURES_H
#define POOLGEN_FIGURES_H

#include "base/arena.h"
#include <stdint.h>

const char *figure_bytes(struct arena *arena, double bytes); /* "1.25 MiB", "640 B" */
const char *figure_count(struct arena *arena, double count); /* "12,345" */
const char *figure_percent(struct arena *arena, double part, double whole); /* "3.1 %" */
const char *figure_time(struct arena *arena, double microseconds);          /* "12.5 s" */

#endif
