/* What the cases of tests/wasm share. */
#ifndef WASM_WASM_H
#define WASM_WASM_H

#include "cases.h"

/* What only a module has: memory that others grow, and that has a maximum. */
extern const struct test_case wasm_cases[];

void case_fault(const char *message);

/* For cases.mjs. */
#define EXPORTED(name) __attribute__((export_name(name)))
EXPORTED("count_cases") int count_cases(void);
EXPORTED("case_name") const char *case_name(int number);
EXPORTED("case_crime") const char *case_crime(int number);
EXPORTED("run_case") void run_case(int number);

#endif
