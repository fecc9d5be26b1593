/* tables.h - the tables that the tests of merge plans know. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TESTS_MERGE_TABLES_H
#define WEIR_TESTS_MERGE_TABLES_H

#include "router/merge/plan.h"

/* What the merge is told of a table of a plan; out->table is the caller's to unref. */
void merge_place(const weir__plan_table *t, weir__merge_table *out);

#endif
