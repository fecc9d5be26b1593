/* rows.h - tables of weir.yaml texts and the mistakes they must give. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TESTS_SCHEMA_ROWS_H
#define WEIR_TESTS_SCHEMA_ROWS_H

#include "schema/config_tables.h"
#include "tests/support/test.h"

/* One database of one shard; one of two, with slots. */
#define ONE "databases: {d: {primary: \"h:1\"}}\n"
#define TWO "databases: {d: {shards: {a: {primary: \"h:1\", slots: 0-511}, b: {primary: \"h:2\", slots: 512-1023}}}}\n"

typedef struct mistake_row {
    const char *name, *yaml;
    const char *want; /* every mistake, one a line: "2:10: tables.t: .." */
} mistake_row;

void expect_rows(const mistake_row *rows, size_t count);

/* The mistakes of a text as in mistake_row; "" when it is fine. The caller frees with weir__free(&test_env()->mem, ..). */
char *mistakes_of(weir_str yaml);

/* The configuration of a text, or NULL (and the test fails). The caller frees it. */
weir__config *config_of(const char *yaml);

#endif
