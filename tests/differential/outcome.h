/* outcome.h - what a statement gave, on either side; and whether two are alike. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TESTS_DIFFERENTIAL_OUTCOME_H
#define WEIR_TESTS_DIFFERENTIAL_OUTCOME_H

#include "tests/differential/statement.h"

typedef struct outcome {
    weir_status status; /* of weir; of the reference OK or SERVER */
    int32_t number;     /* the server's errno, 0: none */
    char sqlstate[8];
    char text[304];
    bool has_rows;
    uint32_t column_count;
    weir_column *columns;
    size_t row_count, room;
    weir_str *cells; /* row by row */
    weir_result result;
} outcome;

enum { DIFFERENCE_ROOM = 1024 };

/* An empty row at the end. NULL: no memory. */
weir_str *outcome_add_row(outcome *o, weir__arena *arena);
/* Are they alike, as far as the statement fixes it? Else difference tells the first thing that is not. ORDER_TIES is taken as
 * ORDER_TOTAL; the caller looks again with ranks (outcome_same_ranked). */
bool outcome_same(const statement *s, const outcome *want, const outcome *got, char *difference, size_t size);
/* ranked: want's rows with their rank behind them. */
bool outcome_same_ranked(const statement *s, const outcome *ranked, const outcome *got, char *difference, size_t size);

#endif
