/* rows.h - tables of statements and the plans they must have. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TESTS_PLAN_ROWS_H
#define WEIR_TESTS_PLAN_ROWS_H

#include "base/str.h"
#include "router/plan/plan.h"
#include "tests/support/test.h"

typedef struct plan_row {
    const char *name, *sql, *plan;
} plan_row;

extern const weir__lex_options plan_mariadb; /* 10.11 */

/* what: bits of weir__plan_print. */
void plan_check(const plan_row *rows, size_t count, const weir__lex_options *options, unsigned what);
#define PLAN_CHECK(rows, what) plan_check(rows, sizeof(rows) / sizeof *(rows), &plan_mariadb, what)

/* head, count times middle, tail. The caller frees with weir__free. */
char *plan_repeat(const char *head, const char *middle, size_t count, const char *tail, size_t *size);

#endif
