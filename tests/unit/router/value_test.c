/* value_test.c - cells as other types: exactly, or not at all. SPDX-License-Identifier: Apache-2.0 */
#include "router/value.h"

#include "tests/support/test.h"

static weir_value text(const char *s)
{
    return weir_text(s);
}

TEST(value, integers)
{
    static const struct {
        const char *text;
        weir_type column;
        bool as_int, as_uint;
        int64_t value;
    } rows[] = {
        {"0", WEIR_T_TEXT, true, true, 0},
        {"-0", WEIR_T_TEXT, true, true, 0},
        {"+5", WEIR_T_TEXT, true, true, 5},
        {"9223372036854775807", WEIR_T_DECIMAL, true, true, INT64_MAX},
        {"9223372036854775808", WEIR_T_DECIMAL, false, true, INT64_MIN},
        {"-9223372036854775808", WEIR_T_DECIMAL, true, false, INT64_MIN},
        {"-9223372036854775809", WEIR_T_DECIMAL, false, false, 0},
        {"18446744073709551616", WEIR_T_DECIMAL, false, false, 0},
        {"12.000", WEIR_T_DECIMAL, true, true, 12},
        {"12.001", WEIR_T_DECIMAL, false, false, 0},
        {"12.", WEIR_T_DECIMAL, false, false, 0},
        {".5", WEIR_T_DECIMAL, false, false, 0},
        {"", WEIR_T_TEXT, false, false, 0},
        {"-", WEIR_T_TEXT, false, false, 0},
        {" 7", WEIR_T_TEXT, false, false, 0},
        {"7 ", WEIR_T_TEXT, false, false, 0},
        {"1e3", WEIR_T_TEXT, false, false, 0},
        {"1e3", WEIR_T_DOUBLE, true, true, 1000},
        {"1e19", WEIR_T_DOUBLE, false, true, (int64_t)UINT64_C(10000000000000000000)},
        {"1.8446744073709552e19", WEIR_T_DOUBLE, false, false, 0},
        {"0.5", WEIR_T_DOUBLE, false, false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t got = 0;
        uint64_t gotten = 0;
        weir_value cell = text(rows[i].text);
        EXPECT_THAT(weir__value_int(&cell, rows[i].column, &got) == rows[i].as_int, "int of '%s'", rows[i].text);
        EXPECT_THAT(!rows[i].as_int || got == rows[i].value, "int of '%s' is %" PRId64, rows[i].text, got);
        EXPECT_THAT(weir__value_uint(&cell, rows[i].column, &gotten) == rows[i].as_uint, "uint of '%s'", rows[i].text);
        EXPECT_THAT(!rows[i].as_uint || gotten == (uint64_t)rows[i].value, "uint of '%s'", rows[i].text);
    }
}

TEST(value, doubles)
{
    static const struct {
        const char *text;
        weir_type column;
        bool fits;
        double value;
    } rows[] = {
        {"0.1", WEIR_T_DOUBLE, true, 0.1},
        {"0.1", WEIR_T_DECIMAL, false, 0},
        {"0.5", WEIR_T_DECIMAL, true, 0.5},
        {"-0.50", WEIR_T_DECIMAL, true, -0.5},
        {"007.25", WEIR_T_DECIMAL, true, 7.25},
        {"0.000000000000000000000000000001", WEIR_T_DECIMAL, false, 0},
        {"9007199254740992", WEIR_T_DECIMAL, true, 9007199254740992.0},
        {"9007199254740993", WEIR_T_DECIMAL, false, 0},
        {"36893488147419103232", WEIR_T_DECIMAL, true, 36893488147419103232.0},
        {"-0", WEIR_T_DECIMAL, true, 0},
        {"x", WEIR_T_TEXT, false, 0},
        {"1e2", WEIR_T_TEXT, false, 0},
        {"nan", WEIR_T_TEXT, false, 0},
        {"", WEIR_T_DOUBLE, false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double got = 0;
        weir_value cell = text(rows[i].text);
        EXPECT_THAT(weir__value_double(&cell, rows[i].column, &got) == rows[i].fits, "double of '%s'", rows[i].text);
        EXPECT_THAT(!rows[i].fits || got == rows[i].value, "double of '%s' is %g", rows[i].text, got);
    }
    double got;
    weir_value large = weir_int(INT64_MAX), unsigned_large = weir_uint(UINT64_MAX), small = weir_int(-3);
    EXPECT(!weir__value_double(&large, WEIR_T_INT, &got));
    EXPECT(!weir__value_double(&unsigned_large, WEIR_T_UINT, &got));
    EXPECT(weir__value_double(&small, WEIR_T_INT, &got) && got == -3);
}

TEST(value, times)
{
    static const struct {
        const char *text;
        bool fits;
        weir_time value;
    } rows[] = {
        {"2024-02-29", true, {2024, 2, 29, 0, 0, 0, 0, false}},
        {"2024-02-29 23:59:58", true, {2024, 2, 29, 23, 59, 58, 0, false}},
        {"2024-02-29 23:59:58.5", true, {2024, 2, 29, 23, 59, 58, 500000, false}},
        {"0000-00-00 00:00:00", true, {0, 0, 0, 0, 0, 0, 0, false}},
        {"-838:59:59.000001", true, {0, 0, 0, 838, 59, 59, 1, true}},
        {"01:02:03", true, {0, 0, 0, 1, 2, 3, 0, false}},
        {"2024-02-29x", false, {0}},
        {"2024-02", false, {0}},
        {"12:30", false, {0}},
        {"12:30:00.", false, {0}},
        {"12:30:00.1234567", false, {0}},
        {"", false, {0}},
        {"text", false, {0}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir_time got;
        weir_value cell = text(rows[i].text);
        bool fits = weir__value_time(&cell, &got);
        const weir_time *want = &rows[i].value;
        EXPECT_THAT(fits == rows[i].fits, "time of '%s'", rows[i].text);
        EXPECT_THAT(!fits || (got.year == want->year && got.month == want->month && got.day == want->day &&
                              got.hour == want->hour && got.minute == want->minute && got.second == want->second &&
                              got.microsecond == want->microsecond && got.negative == want->negative),
                    "time of '%s'", rows[i].text);
    }
}
