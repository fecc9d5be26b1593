/* aggregate_test.c - groups of partial results, and the arithmetic under them. SPDX-License-Identifier: Apache-2.0 */
#include "router/merge/aggregate.h"
#include "router/merge/decimal.h"
#include "tests/unit/merge/rows.h"

static weir__budget budget;

/* What MariaDB 10.11 answers to SELECT AVG(x) over such a sum and count. */
TEST(merge, averages)
{
    static const struct {
        const char *sum;
        uint64_t count;
        uint32_t decimals;
        const char *average;
    } rows[] = {
        {"5", 3, 4, "1.6667"},
        {"-5", 3, 4, "-1.6667"},
        {"2.00000", 3, 9, "0.666666666"},
        {"2.0000000", 3, 11, "0.66666666667"},
        {"0", 7, 4, "0.0000"},
        {"1", 2, 4, "0.5000"},
        {"0.00", 3, 6, "0.000000"},
        {"99999999999999999999999999999999999999999999999999999999999999999", 1, 4,
         "99999999999999999999999999999999999999999999999999999999999999999.0000"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[WEIR__DECIMAL_TEXT] = "";
        weir__decimal sum, average;
        EXPECT(weir__decimal_parse((weir_str){rows[i].sum, strlen(rows[i].sum)}, &sum));
        EXPECT(weir__decimal_average(&sum, rows[i].count, rows[i].decimals, &average));
        weir__decimal_print(&average, text);
        EXPECT_TEXT(text, rows[i].average);
    }
}

TEST(merge, decimal_sums)
{
    static const struct {
        const char *a, *b, *sum;
    } rows[] = {
        {"1.5", "2.25", "3.75"},
        {"1.5", "-1.50", "0.00"},
        {"-0.5", "0.25", "-0.25"},
        {"0.25", "-0.5", "-0.25"},
        {"18446744073709551615", "1", "18446744073709551616"},
        {"-1", "-1", "-2"},
        {"0.00000000000000000000000000000000000001", "10000000000000000000000000000000000000000000",
         "10000000000000000000000000000000000000000000.00000000000000000000000000000000000001"},
    };
    weir__decimal x;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[WEIR__DECIMAL_TEXT] = "";
        weir__decimal a, b;
        EXPECT(weir__decimal_parse((weir_str){rows[i].a, strlen(rows[i].a)}, &a));
        EXPECT(weir__decimal_parse((weir_str){rows[i].b, strlen(rows[i].b)}, &b));
        EXPECT(weir__decimal_add(&a, &b));
        weir__decimal_print(&a, text);
        EXPECT_TEXT(text, rows[i].sum);
    }
    EXPECT(!weir__decimal_parse((weir_str){"1e5", 3}, &x));
    EXPECT(!weir__decimal_parse((weir_str){"", 0}, &x));
    EXPECT(!weir__decimal_parse((weir_str){"1.2.3", 5}, &x));
}

/* As MariaDB prints them. */
TEST(merge, doubles)
{
    static const struct {
        double value;
        uint32_t decimals;
        const char *text;
    } rows[] = {
        {0.1, 31, "0.1"},
        {1e20, 31, "1e20"},
        {1e14, 31, "100000000000000"},
        {3.333333333333333e19, 31, "3.333333333333333e19"},
        {-2.5, 31, "-2.5"},
        {0.00001, 31, "0.00001"},
        {1e-20, 31, "1e-20"},
        {0.2222222222222222, 31, "0.2222222222222222"},
        {-0.0, 31, "0"},
        {2.0 / 9, 4, "0.2222"},
        {1.665, 6, "1.665000"},
        {0.1 + 0.2, 30, "0.300000000000000040000000000000"},
        {1.2345678901234567e22, 2, "12345678901234568000000.00"},
        {123456789.123456789, 30, "123456789.123456790000000000000000000000"},
        {-0.25, 3, "-0.250"},
        {1e300, 0,
         ("1000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
          "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
          "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000")},
        {0, 2, "0.00"},
        {7, 0, "7"},
        {3.3000000715255737, 31, "3.3000000715255737"},
        {123456.75, 31, "123456.75"},
        {100, 31, "100"},
        {2.2222222222222223e39, 31, "2.2222222222222223e39"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[WEIR__DOUBLE_TEXT];
        weir__print_double(rows[i].value, rows[i].decimals, text);
        EXPECT_TEXT(text, rows[i].text);
    }
}

/* columns: 0 group, 1 the value, 2 count, 3 sum */
static const weir__merge_key by_group[] = {{0, WEIR__MERGE_NUMBER, false}},
                             by_value[] = {{1, WEIR__MERGE_NUMBER, false}},
                             by_value_down[] = {{1, WEIR__MERGE_NUMBER, true}};

typedef struct aggregate_row {
    const char *name;
    weir__aggregate one;
    const char *in, *out;
    bool grouped;
} aggregate_row;

#define ONE(k, ...)                                                                                                    \
    {                                                                                                                  \
        .kind = WEIR__AGGREGATE_##k, .out = 1, .value = 1, .count = 2, .sum = 3, .longest_column = UINT32_MAX,         \
        __VA_ARGS__                                                                                                    \
    }

static weir_status open_aggregate(const aggregate_row *row, weir__aggregation *what, weir__stream **out,
                                  weir_error *error)
{
    weir__stream *in = merge_rows(row->in, 4);
    *what = (weir__aggregation){.keys = by_group,
                                .key_count = row->grouped,
                                .width = 4,
                                .aggregates = &row->one,
                                .aggregate_count = 1,
                                .rows_column = UINT32_MAX};
    return in ? weir__aggregate_open(&budget, in, what, out, error) : weir__fail_nomem(error);
}

static const aggregate_row aggregates[] = {
    {"count", ONE(COUNT, .decimals = 0), "1 5 - -;2 1 - -;1 7 - -", "1 12;2 1", true},
    {"count of nothing", ONE(COUNT, .decimals = 0), "", "- 0", false},
    {"sum", ONE(SUM, .decimals = 2), "1 1.50 - -;1 2.25 - -;1 - - -", "1 3.75", true},
    {"sum of nothing", ONE(SUM, .decimals = 2), "", "- -", false},
    {"sum of NULLs", ONE(SUM, .decimals = 2), "1 - - -;1 - - -", "1 -", true},
    {"sum of doubles", ONE(SUM, .is_double = true, .decimals = 31), "1 0.1 - -;1 0.2 - -", "1 0.30000000000000004",
     true},
    {"average, not of averages", ONE(AVG, .decimals = 4), "1 10 1 -;1 1 2 -", "1 3.6667", true},
    {"average of nothing", ONE(AVG, .decimals = 4), "1 - 0 -", "1 -", true},
    {"average of doubles", ONE(AVG, .is_double = true, .decimals = 31), "1 1 1 -;1 2 1 -", "1 1.5", true},
    {"min", ONE(MIN, .order = {1, WEIR__MERGE_NUMBER, false}), "1 10 - -;1 9 - -;1 - - -", "1 9", true},
    {"max", ONE(MAX, .order = {1, WEIR__MERGE_NUMBER, false}), "1 9 - -;1 10 - -;2 - - -", "1 10;2 -", true},
    {"max by weight", ONE(MAX, .order = {2, WEIR__MERGE_BYTES, false}), "1 b 1 -;1 a 2 -", "1 a", true},
    {"bits and", ONE(BIT_AND, .decimals = 0), "1 6 - -;1 3 - -", "1 2", true},
    {"bits and of nothing", ONE(BIT_AND, .decimals = 0), "", "- 18446744073709551615", false},
    {"bits or", ONE(BIT_OR, .decimals = 0), "1 6 - -;1 9223372036854775809 - -", "1 9223372036854775815", true},
    {"bits xor", ONE(BIT_XOR, .decimals = 0), "1 6 - -;1 3 - -", "1 5", true},
    {"variance", ONE(VAR_POP, .decimals = 4), "1 0 1 1;1 0 1 2;1 0 1 2", "1 0.2222", true},
    {"variance of two parts", ONE(VAR_SAMP, .decimals = 31), "1 0.25 2 3;1 0.25 2 7", "1 1.6666666666666667", true},
    {"deviation", ONE(STDDEV_POP, .decimals = 4), "1 0 1 0;1 0 1 2", "1 1.0000", true},
    {"deviation of one", ONE(STDDEV_SAMP, .decimals = 4), "1 0 1 5", "1 -", true},
    {"count of distinct", ONE(COUNT_DISTINCT, .elements = by_value, .element_count = 1),
     "1 5 - -;1 5.0 - -;1 - - -;2 5 - -;1 6 - -", "1 2;2 1", true},
    {"sum of distinct", ONE(SUM_DISTINCT, .elements = by_value, .element_count = 1), "1 5 - -;1 5 - -;1 6 - -", "1 11",
     true},
    {"average of distinct", ONE(AVG_DISTINCT, .elements = by_value, .element_count = 1, .decimals = 4),
     "1 5 - -;1 5 - -;1 6 - -", "1 5.5000", true},
    {"concat", ONE(CONCAT, .separator = {",", 1}, .longest = 100), "1 a 2 -;1 - 1 -;1 b 1 -", "1 a,a,b", true},
    {"concat of nothing", ONE(CONCAT, .separator = {",", 1}, .longest = 100), "1 - 2 -", "1 -", true},
    {"concat sorted", ONE(CONCAT, .separator = {"+", 1}, .longest = 100, .sorting = by_value_down, .sorting_count = 1),
     "1 9 1 -;1 10 1 -;1 - 1 -", "1 10+9", true},
    {"concat of distinct", ONE(CONCAT, .separator = {",", 1}, .longest = 100, .elements = by_value, .element_count = 1),
     "1 7 2 -;1 7 1 -;1 8 1 -", "1 7,8", true},
    {"concat that is too long", ONE(CONCAT, .separator = {",", 1}, .longest = 5), "1 abc 2 -", "LIMIT", true},
    {"a sum of too many digits", ONE(SUM, .decimals = 0),
     "1 99999999999999999999999999999999999999999999999999999999999999999 - -;1 1 - -", "UNSUPPORTED", true},
};

TEST(merge, aggregates)
{
    for (size_t i = 0; i < sizeof aggregates / sizeof *aggregates; i++) {
        char got[1000];
        weir__stream *s;
        weir__aggregation what;
        weir_error error;
        weir__budget_init(&budget, &test_env()->mem, 1 << 20);
        EXPECT_OK(open_aggregate(&aggregates[i], &what, &s, &error), error);
        merge_print(s, 2, got, sizeof got);
        EXPECT_THAT(strcmp(got, aggregates[i].out) == 0, "%s: %s, not %s", aggregates[i].name, got, aggregates[i].out);
        EXPECT_INT(budget.used, 0);
    }
}

TORTURE(merge, aggregates_memory)
{
    for (size_t i = 0; i < sizeof aggregates / sizeof *aggregates; i++) {
        weir__stream *s;
        weir__aggregation what;
        weir_error error;
        const weir_value *row;
        weir__budget_init(&budget, &test_env()->mem, 1 << 20);
        weir_status status = open_aggregate(&aggregates[i], &what, &s, &error);
        if (status != WEIR_OK)
            return status;
        while ((status = weir__stream_next(s, &row, &error)) == WEIR_OK && row)
            ;
        weir__stream_close(s);
        if (status == WEIR_NOMEM)
            return status;
    }
    return WEIR_OK;
}

static const char *group(const weir__aggregation *what, const char *in, uint32_t width, char *got)
{
    weir__stream *s;
    weir_error error;
    weir__budget_init(&budget, &test_env()->mem, 1 << 20);
    EXPECT_OK(weir__aggregate_open(&budget, merge_rows(in, width), what, &s, &error), error);
    return merge_print(s, width, got, 1000);
}

TEST(merge, rollup)
{
    static const weir__merge_key keys[] = {{0, WEIR__MERGE_NUMBER, false}, {1, WEIR__MERGE_BYTES, false}};
    static const weir__merge_key rolled[] = {{0, 0, false}, {1, 1, false}};
    static const weir__aggregate sum = {.kind = WEIR__AGGREGATE_SUM, .out = 2, .value = 2};
    weir__aggregation what = {.keys = keys,
                              .key_count = 2,
                              .width = 3,
                              .aggregates = &sum,
                              .aggregate_count = 1,
                              .rows_column = UINT32_MAX,
                              .rollup = true,
                              .rolled = rolled,
                              .rolled_count = 2};
    char got[1000];
    EXPECT_TEXT(group(&what, "2 a 1;1 b 2;1 a 4;1 a 8", 3, got), "1 a 12;1 b 2;1 - 14;2 a 1;2 - 1;- - 15");
    EXPECT_TEXT(group(&what, "- - 1;1 a 2", 3, got), "- - 1;- - 1;1 a 2;1 - 2;- - 3");
}

TEST(merge, sorted_groups)
{
    static const weir__aggregate count = {.kind = WEIR__AGGREGATE_COUNT, .out = 1, .value = 1};
    weir__aggregation what = {.keys = by_group,
                              .key_count = 1,
                              .width = 2,
                              .aggregates = &count,
                              .aggregate_count = 1,
                              .rows_column = UINT32_MAX,
                              .sorted = true};
    char got[1000];
    EXPECT_TEXT(group(&what, "- 1;- 2;1 3;1.0 4;2 5", 2, got), "- 3;1 7;2 5");
    EXPECT_TEXT(group(&what, "", 2, got), "");
}

/* Of one group without GROUP BY each shard gives a row, also the one that has none: its other columns are NULL. */
TEST(merge, row_of_a_shard_that_has_rows)
{
    static const weir__aggregate count = {.kind = WEIR__AGGREGATE_COUNT, .out = 1, .value = 1};
    weir__aggregation what = {.width = 2, .aggregates = &count, .aggregate_count = 1, .rows_column = 1};
    char got[1000];
    EXPECT_TEXT(group(&what, "- 0;7 2;8 1", 2, got), "7 3");
    EXPECT_TEXT(group(&what, "- 0;- 0", 2, got), "- 0");
}
