/* explain.h - a plan as text for people and as JSON. SPDX-License-Identifier: Apache-2.0
 * O(size of the plan). A failure latches in the buffer. config may be NULL: no rules of tables are told. */
#ifndef WEIR_TOOLS_EXPLAIN_H
#define WEIR_TOOLS_EXPLAIN_H

#include "base/buf.h"
#include "router/preview.h"
#include "schema/config_tables.h"

/* Lines of at most 80 columns; long values and lists are shortened. */
void explain_text(const weir__plan *plan, const weir__config *config, weir__buf *out);
/* One object, nothing left out but the elements of long lists in conditions, which refer to values. It is left open, for more
 * members; the caller closes it. */
void explain_json(const weir__plan *plan, const weir__config *config, weir__buf *out);

/* Where it goes: lines behind explain_text's, a member behind explain_json's. */
void explain_route_text(const weir__foreseen *seen, weir__buf *out);
void explain_route_json(const weir__foreseen *seen, weir__buf *out);

/* The steps of a merge, from the shards' streams up: docs/explain.md. Gives their number. */
enum { EXPLAIN_MERGE_STEPS = 5 };
size_t explain_merge(const weir__merge_plan *plan, const char *steps[EXPLAIN_MERGE_STEPS]);

/* A word, and text in lines of 80 columns behind it. */
void explain_paragraph(const char *word, weir_str text, weir__buf *out);

/* The rule of a table, or NULL. */
const weir__table_config *explain_rule(const weir__plan_table *table, const weir__config *config);

#endif
