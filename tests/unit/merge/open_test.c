/* open_test.c - a whole plan over the shards' streams. SPDX-License-Identifier: Apache-2.0 */
#include "router/merge/plan.h"
#include "tests/unit/merge/rows.h"

/* SELECT g, AVG(x) .. GROUP BY g ORDER BY AVG(x) DESC LIMIT 1, 2: hidden are SUM, COUNT and once more of the order's own average. */
static weir_status average(const weir_column *columns, weir__budget *budget, weir__stream **out, weir_error *error)
{
    static const weir__merge_key group[] = {{0, WEIR__MERGE_NUMBER, false}},
                                 sort[] = {{WEIR__HIDDEN + 2, WEIR__MERGE_NUMBER, true}};
    static const weir__aggregate list[] = {
        {.kind = WEIR__AGGREGATE_AVG,
         .out = 1,
         .value = WEIR__HIDDEN,
         .count = WEIR__HIDDEN + 1,
         .longest_column = UINT32_MAX},
        {.kind = WEIR__AGGREGATE_AVG,
         .out = WEIR__HIDDEN + 2,
         .value = WEIR__HIDDEN,
         .count = WEIR__HIDDEN + 1,
         .longest_column = UINT32_MAX},
    };
    static weir__aggregation what = {
        .keys = group, .key_count = 1, .aggregates = list, .aggregate_count = 2, .rows_column = UINT32_MAX};
    static const weir__merge_plan plan = {
        .hidden = 3, .groups = &what, .sort = sort, .sort_count = 1, .offset = 1, .limit = 2};
    weir__stream *streams[2] = {merge_rows("1 5.0000 10 2 5.0000;2 1.0000 1 1 1.0000", 5),
                                merge_rows("1 2.0000 2 1 2.0000;3 9.0000 9 1 9.0000", 5)};
    if (!streams[0] || !streams[1]) {
        weir__stream_close(streams[0]);
        weir__stream_close(streams[1]);
        return weir__fail_nomem(error);
    }
    return weir__merge_open(budget, &plan, streams, 2, columns, 5, out, error);
}

static const weir_column columns[5] = {
    {.type = WEIR_T_INT}, {.type = WEIR_T_DECIMAL, .decimals = 4}, {.type = WEIR_T_DECIMAL},
    {.type = WEIR_T_INT}, {.type = WEIR_T_DECIMAL, .decimals = 4},
};

TEST(merge_open, average)
{
    weir__budget budget;
    weir__stream *s;
    weir_error error;
    char got[200];
    weir__budget_init(&budget, &test_env()->mem, 1 << 20);
    EXPECT_OK(average(columns, &budget, &s, &error), error);
    EXPECT_TEXT(merge_print(s, 2, got, sizeof got), "1 4.0000;2 1.0000");
    EXPECT_INT(budget.used, 0);
}

TORTURE(merge_open, memory)
{
    weir__budget budget;
    weir__stream *s;
    weir_error error;
    const weir_value *row;
    weir__budget_init(&budget, &test_env()->mem, 1 << 20);
    weir_status status = average(columns, &budget, &s, &error);
    if (status != WEIR_OK)
        return status;
    while ((status = weir__stream_next(s, &row, &error)) == WEIR_OK && row)
        ;
    weir__stream_close(s);
    return status;
}
