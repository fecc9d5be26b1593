/* units_test.c - times, sizes and numbers as people write them. SPDX-License-Identifier: Apache-2.0 */
#include "schema/units.h"

#include "base/str.h"
#include "tests/support/test.h"

typedef const char *parse_fn(weir_str text, uint64_t *value);

typedef struct row {
    const char *text;
    bool fine;
    uint64_t want;
} row;

static void expect_units(parse_fn *parse, const row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t value = 12345;
        const char *wrong = parse(weir__view(rows[i].text), &value);
        EXPECT_THAT(!wrong == rows[i].fine, "%s: %s", rows[i].text, wrong ? wrong : "taken");
        EXPECT_THAT(value == (rows[i].fine ? rows[i].want : 12345), "%s gives %" PRIu64, rows[i].text, value);
    }
}
#define EXPECT_UNITS(parse, rows) expect_units(parse, rows, sizeof(rows) / sizeof(rows)[0])

TEST(units, times)
{
    static const row rows[] = {
        {"250ms", true, 250},
        {"5s", true, 5000},
        {"30m", true, 1800000},
        {"1h", true, 3600000},
        {"2d", true, 172800000},
        {"0", true, 0},
        {"0s", true, 0},
        {"007s", true, 7000},
        {"18446744073709551615ms", true, UINT64_MAX},
        {"18446744073709551615s", false, 0},
        {"18446744073709551616ms", false, 0},
        {"5", false, 0},
        {"", false, 0},
        {"s", false, 0},
        {"5S", false, 0},
        {"5 s", false, 0},
        {"-5s", false, 0},
        {"1.5s", false, 0},
        {"1h30m", false, 0},
    };
    EXPECT_UNITS(weir__unit_time, rows);
}

TEST(units, sizes)
{
    static const row rows[] = {
        {"4096", true, 4096},
        {"16KiB", true, 16384},
        {"64MiB", true, 64 << 20},
        {"1GiB", true, 1 << 30},
        {"0", true, 0},
        {"16KB", false, 0},
        {"16k", false, 0},
        {"16kib", false, 0},
        {"KiB", false, 0},
        {"99999999999999GiB", false, 0},
        {"1.5MiB", false, 0},
    };
    EXPECT_UNITS(weir__unit_size, rows);
}

TEST(units, counts_and_percents)
{
    static const row counts[] = {{"0", true, 0},    {"42", true, 42},   {"", false, 0},     {"+1", false, 0},
                                 {"1e3", false, 0}, {"0x10", false, 0}, {"1_000", false, 0}};
    static const row percents[] = {{"0%", true, 0},  {"10%", true, 10}, {"100%", true, 100}, {"101%", false, 0},
                                   {"10", false, 0}, {"%", false, 0},   {"1.5%", false, 0}};
    EXPECT_UNITS(weir__unit_count, counts);
    EXPECT_UNITS(weir__unit_percent, percents);
}

TEST(units, weights)
{
    static const struct {
        const char *text;
        bool fine;
        double want;
    } rows[] = {{"0", true, 0},    {"2", true, 2},           {"0.5", true, 0.5},         {"10.25", true, 10.25},
                {"1.", false, 0},  {".5", false, 0},         {"1.2.3", false, 0},        {"-1", false, 0},
                {"1e3", false, 0}, {"1234567890", false, 0}, {"0.0000000001", false, 0}, {"nan", false, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double value = -1;
        const char *wrong = weir__unit_weight(weir__view(rows[i].text), &value);
        EXPECT_THAT(!wrong == rows[i].fine && value == (rows[i].fine ? rows[i].want : -1), "%s gives %g", rows[i].text,
                    value);
    }
}

TEST(units, printing_takes_the_largest_unit_that_fits)
{
    static const struct {
        uint64_t value;
        const char *time, *size;
    } rows[] = {{0, "0", "0"},          {250, "250ms", "250"},        {1500, "1500ms", "1500"},
                {60000, "1m", "60000"}, {86400000, "1d", "84375KiB"}, {1 << 30, "1073741824ms", "1GiB"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[24];
        weir__unit_print_time(text, sizeof text, rows[i].value);
        EXPECT_TEXT(text, rows[i].time);
        weir__unit_print_size(text, sizeof text, rows[i].value);
        EXPECT_TEXT(text, rows[i].size);
    }
}
