/* What tests/emitted/run.c is elsewhere: the cases, for cases.mjs to run each in an instance of its
 * own. */
#include "cases.h"
#include "faults.h"
#include "wasm.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOST_CASES = 256 };

struct faults faults; /* there is no system whose calls could be made to fail */

_Noreturn void case_end(void)
{
    __builtin_trap();
}

/* There are no processes: memory that one step leaves in a pool serves the next. */
bool in_child(bool (*step)(size_t argument), size_t argument)
{
    return step(argument);
}

/* What the allocator says before it ends the program. */
void case_fault(const char *message)
{
    fprintf(stderr, "%s: %s\n", subject.prefix, message);
}

static const struct test_case *rows[MOST_CASES];

/* Reads the table, and says how many cases apply to it. */
int count_cases(void)
{
    static const struct test_case *const groups[] = {api_cases, size_cases, constant_cases,
                                                     crime_cases, wasm_cases};
    int count = 0;
    table_read(subject.table);
    for (size_t group = 0; group < sizeof groups / sizeof groups[0]; group++) {
        for (const struct test_case *row = groups[group]; row->name != NULL; row++) {
            if (row->applies == NULL || row->applies()) {
                rows[count++] = row;
            }
        }
    }
    return count;
}

const char *case_name(int number)
{
    return rows[number]->name;
}

/* What it says where it ends by a crime. */
const char *case_crime(int number)
{
    return rows[number]->crime;
}

void run_case(int number)
{
    rows[number]->run();
    CHECK(subject.check());
}
