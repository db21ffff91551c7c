/* The keys of a pool table, in one list: validation, --print-schema and README's reference are
   all made from it. */
#ifndef POOLGEN_SCHEMA_H
#define POOLGEN_SCHEMA_H

#include "table.h"
#include "text.h"

/* Appends the JSON schema (draft 2020-12) of a pool table. */
void schema_json(struct text *out);

/* Appends the key reference as a Markdown table: README holds a copy, a test compares them. */
void schema_markdown(struct text *out);

#endif
