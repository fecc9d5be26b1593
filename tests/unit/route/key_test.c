/* key_test.c - canonical forms of keys, in WHERE and in rows. SPDX-License-Identifier: Apache-2.0 */
#include "base/crc32.h"
#include "base/str.h"
#include "router/route/key.h"
#include "router/route/period.h"
#include "tests/support/test.h"

static const weir_str labels[] = {{"de", 2}, {"at", 2}};

#define INTEGER(size, u) .kind = WEIR__FORM_INTEGER, .bytes = (size), .is_unsigned = (u)
static const struct row {
    const char *name;
    weir__key_form form;
    const char *literal;        /* ' in front: a string, else a number */
    const char *where, *stored; /* NULL: not canonical */
} rows[] = {
    {"integer", {INTEGER(4, false)}, "7", "7", "7"},
    {"zeros", {INTEGER(4, false)}, "007", "7", "7"},
    {"zero", {INTEGER(4, false)}, "000", "0", "0"},
    {"minus zero", {INTEGER(4, false)}, "-0", "0", "0"},
    {"negative", {INTEGER(4, false)}, "-7", "-7", "-7"},
    {"text", {INTEGER(4, false)}, "'7'", "7", "7"},
    {"negative text", {INTEGER(4, false)}, "'-7'", "-7", "-7"},
    {"text with zeros", {INTEGER(4, false)}, "'07'", NULL, NULL},
    {"text with a sign", {INTEGER(4, false)}, "'+7'", NULL, NULL},
    {"text with a blank", {INTEGER(4, false)}, "' 7'", NULL, NULL},
    {"text minus zero", {INTEGER(4, false)}, "'-0'", NULL, NULL},
    {"text of more", {INTEGER(4, false)}, "'7a'", NULL, NULL},
    {"no text", {INTEGER(4, false)}, "''", NULL, NULL},
    {"point", {INTEGER(4, false)}, "7.0", NULL, NULL},
    {"point alone", {INTEGER(4, false)}, "7.", NULL, NULL},
    {"int out of range", {INTEGER(4, false)}, "2147483648", "2147483648", NULL},
    {"int at its end", {INTEGER(4, false)}, "-2147483648", "-2147483648", "-2147483648"},
    {"tinyint", {INTEGER(1, false)}, "128", "128", NULL},
    {"tinyint unsigned", {INTEGER(1, true)}, "255", "255", "255"},
    {"mediumint", {INTEGER(3, false)}, "8388608", "8388608", NULL},
    {"unsigned", {INTEGER(8, true)}, "18446744073709551615", "18446744073709551615", "18446744073709551615"},
    {"unsigned negative", {INTEGER(8, true)}, "-1", "-1", NULL},
    {"over 64 bits", {INTEGER(8, true)}, "18446744073709551616", NULL, NULL},
    {"text to 2^53", {INTEGER(8, false)}, "'9007199254740992'", "9007199254740992", "9007199254740992"},
    {"text over 2^53", {INTEGER(8, false)}, "'9007199254740993'", NULL, "9007199254740993"},
    {"decimal", {.kind = WEIR__FORM_DECIMAL, .length = 6, .scale = 2}, "5", "5.00", "5.00"},
    {"decimal places", {.kind = WEIR__FORM_DECIMAL, .length = 6, .scale = 2}, "05.5", "5.50", "5.50"},
    {"decimal zeros behind", {.kind = WEIR__FORM_DECIMAL, .length = 6, .scale = 2}, "5.5000", "5.50", "5.50"},
    {"decimal rounded", {.kind = WEIR__FORM_DECIMAL, .length = 6, .scale = 2}, "5.555", NULL, NULL},
    {"decimal minus zero", {.kind = WEIR__FORM_DECIMAL, .length = 6, .scale = 2}, "-0.00", "0.00", "0.00"},
    {"decimal below one", {.kind = WEIR__FORM_DECIMAL, .length = 6, .scale = 2}, "-.5", "-0.50", "-0.50"},
    {"decimal too large", {.kind = WEIR__FORM_DECIMAL, .length = 6, .scale = 2}, "12345", "12345.00", NULL},
    {"decimal text", {.kind = WEIR__FORM_DECIMAL, .length = 6, .scale = 2}, "'5.00'", NULL, "5.00"},
    {"decimal whole", {.kind = WEIR__FORM_DECIMAL, .length = 6}, "5.0", "5", "5"},
    {"varchar", {.kind = WEIR__FORM_VARCHAR, .length = 3, .exact = true}, "'a '", "a ", "a "},
    {"varchar too long", {.kind = WEIR__FORM_VARCHAR, .length = 3, .exact = true}, "'abcd'", "abcd", NULL},
    {"varchar characters", {.kind = WEIR__FORM_VARCHAR, .length = 3, .exact = true}, "'äöü'", "äöü", "äöü"},
    {"varchar number", {.kind = WEIR__FORM_VARCHAR, .length = 3, .exact = true}, "7", NULL, NULL},
    {"varchar empty", {.kind = WEIR__FORM_VARCHAR, .length = 3, .exact = true}, "''", "", ""},
    {"not UTF-8", {.kind = WEIR__FORM_VARCHAR, .length = 3, .exact = true}, "'\xff'", NULL, NULL},
    {"char ends with blank", {.kind = WEIR__FORM_CHAR, .length = 3, .exact = true}, "'a '", NULL, NULL},
    {"ascii", {.kind = WEIR__FORM_VARCHAR, .length = 3, .exact = true, .ascii = true}, "'ä'", NULL, NULL},
    {"folded", {.kind = WEIR__FORM_VARCHAR, .length = 9, .fold = true}, "'AbC  '", "abc", "abc"},
    {"folded tab", {.kind = WEIR__FORM_VARCHAR, .length = 9, .fold = true}, "'a\tb'", NULL, NULL},
    {"folded DEL", {.kind = WEIR__FORM_VARCHAR, .length = 9, .fold = true}, "'a\x7f'", NULL, NULL},
    {"binary short", {.kind = WEIR__FORM_BINARY, .length = 4}, "'ab'", NULL, NULL},
    {"binary", {.kind = WEIR__FORM_BINARY, .length = 2}, "'ab'", "ab", "ab"},
    {"varbinary", {.kind = WEIR__FORM_VARBINARY, .length = 2}, "'abc'", "abc", NULL},
    {"date", {.kind = WEIR__FORM_DATE}, "'2024-02-29'", "2024-02-29", "2024-02-29"},
    {"no leap year", {.kind = WEIR__FORM_DATE}, "'2023-02-29'", NULL, NULL},
    {"date with time", {.kind = WEIR__FORM_DATE}, "'2024-02-29 00:00:00'", NULL, NULL},
    {"zero date", {.kind = WEIR__FORM_DATE}, "'0000-00-00'", NULL, NULL},
    {"zero day", {.kind = WEIR__FORM_DATE}, "'2024-01-00'", NULL, NULL},
    {"date as number", {.kind = WEIR__FORM_DATE}, "20240229", NULL, NULL},
    {"datetime", {.kind = WEIR__FORM_DATETIME}, "'2024-02-29 23:59:59'", "2024-02-29 23:59:59", "2024-02-29 23:59:59"},
    {"datetime with T", {.kind = WEIR__FORM_DATETIME}, "'2024-02-29T23:59:59'", NULL, NULL},
    {"datetime of a date", {.kind = WEIR__FORM_DATETIME, .scale = 3}, "'2024-02-29'", "2024-02-29 00:00:00.000", NULL},
    {"fraction",
     {.kind = WEIR__FORM_DATETIME, .scale = 3},
     "'2024-02-29 23:59:59.120'",
     "2024-02-29 23:59:59.120",
     "2024-02-29 23:59:59.120"},
    {"fraction short", {.kind = WEIR__FORM_DATETIME, .scale = 3}, "'2024-02-29 23:59:59.12'", NULL, NULL},
    {"fraction too much", {.kind = WEIR__FORM_DATETIME}, "'2024-02-29 23:59:59.1'", NULL, NULL},
    {"hour 24", {.kind = WEIR__FORM_DATETIME}, "'2024-02-29 24:00:00'", NULL, NULL},
    {"uuid",
     {.kind = WEIR__FORM_UUID},
     "'123e4567-e89b-12d3-a456-426655440000'",
     "123e4567-e89b-12d3-a456-426655440000",
     "123e4567-e89b-12d3-a456-426655440000"},
    {"uuid in capitals", {.kind = WEIR__FORM_UUID}, "'123E4567-e89b-12d3-a456-426655440000'", NULL, NULL},
    {"uuid without dashes", {.kind = WEIR__FORM_UUID}, "'123e4567e89b12d3a456426655440000'", NULL, NULL},
    {"label", {.kind = WEIR__FORM_ENUM, .labels = labels, .label_count = 2}, "'at'", "at", "at"},
    {"label in capitals", {.kind = WEIR__FORM_ENUM, .labels = labels, .label_count = 2}, "'AT'", NULL, NULL},
    {"label by number", {.kind = WEIR__FORM_ENUM, .labels = labels, .label_count = 2}, "1", NULL, NULL},
};

static bool is(const weir__key *key, bool canonical, const char *want)
{
    if (!canonical || !want)
        return canonical == (want != NULL);
    return weir__str_is(key->text, want);
}

TEST(key, canonical_forms)
{
    static const weir__lex_options maria = {.flavour = WEIR__MARIADB};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        weir__arena arena;
        weir__given given;
        weir__key key;
        weir__arena_init(&arena, &test_env()->mem, 65536);
        weir__value_kind kind = row->literal[0] == '\''     ? WEIR__VALUE_STRING
                                : strchr(row->literal, '.') ? WEIR__VALUE_DECIMAL
                                                            : WEIR__VALUE_INTEGER;
        weir__given_literal(kind, weir__view(row->literal), &maria, &arena, &given);
        bool canonical = weir__key_of_condition(&row->form, &given, &arena, &key);
        EXPECT_THAT(is(&key, canonical, row->where), "%s: in WHERE %s is %.*s", row->name, row->literal,
                    canonical ? (int)key.text.size : 4, canonical ? key.text.data : "none");
        const char *wrong = weir__key_of_row(&row->form, &given, &arena, &key);
        EXPECT_THAT(is(&key, !wrong, row->stored), "%s: in a row %s is %.*s", row->name, row->literal,
                    wrong ? (int)strlen(wrong) : (int)key.text.size, wrong ? wrong : key.text.data);
        weir__arena_deinit(&arena);
    }
}

TEST(key, bound_values)
{
    static const weir__key_form integer = {INTEGER(8, true)},
                                text = {.kind = WEIR__FORM_VARCHAR, .length = 9, .exact = true},
                                day = {.kind = WEIR__FORM_DATE}, bytes = {.kind = WEIR__FORM_VARBINARY, .length = 9};
    static const struct {
        const char *name;
        const weir__key_form *form;
        const char *want;
        weir_value value;
    } bound[] = {
        {"int", &integer, "-7", {.type = WEIR_T_INT, .as.i = -7}},
        {"uint", &integer, "18446744073709551615", {.type = WEIR_T_UINT, .as.u = UINT64_MAX}},
        {"double", &integer, NULL, {.type = WEIR_T_DOUBLE, .as.d = 7}},
        {"decimal", &integer, "7", {.type = WEIR_T_DECIMAL, .as.p = "7", .size = 1}},
        {"text", &integer, "7", {.type = WEIR_T_TEXT, .as.p = "7", .size = 1}},
        {"text to text", &text, "it's", {.type = WEIR_T_TEXT, .as.p = "it's", .size = 4}},
        {"bytes to text", &text, NULL, {.type = WEIR_T_BYTES, .as.p = "a", .size = 1}},
        {"bytes", &bytes, "a", {.type = WEIR_T_BYTES, .as.p = "a", .size = 1}},
        {"date", &day, "2026-01-31", {.type = WEIR_T_DATE, .as.p = "2026-01-31", .size = 10}},
        {"json", &text, NULL, {.type = WEIR_T_JSON, .as.p = "1", .size = 1}},
    };
    for (size_t i = 0; i < sizeof bound / sizeof *bound; i++) {
        weir__arena arena;
        weir__given given;
        weir__key key;
        weir__arena_init(&arena, &test_env()->mem, 65536);
        weir__given_bound(&bound[i].value, &given);
        bool canonical = weir__key_of_condition(bound[i].form, &given, &arena, &key);
        EXPECT_THAT(is(&key, canonical, bound[i].want), "%s", bound[i].name);
        weir__arena_deinit(&arena);
    }
}

TEST(key, crc32_is_that_of_zlib)
{
    EXPECT_INT(weir__crc32("", 0), 0);
    EXPECT_INT(weir__crc32("123456789", 9), 0xCBF43926);
    EXPECT_INT(weir__crc32("\0\xff", 2), 0x6CDBFD72);
}

TEST(key, periods_count_days)
{
    weir__method method = {.kind = WEIR__METHOD_TIME,
                           .time = {.unit = WEIR__TIME_DAY, .year = 1999, .month = 12, .day = 31}};
    EXPECT_INT(weir__period_of(&method, (weir__date){2000, 2, 29}), 60);
    EXPECT_INT(weir__period_of(&method, (weir__date){2000, 3, 1}), 61);
    EXPECT_INT(weir__period_of(&method, (weir__date){2100, 3, 1}), 36585);
    EXPECT_INT(weir__period_of(&method, (weir__date){1999, 12, 30}), -1);
    for (int64_t day = 0; day < 200000; day++) {
        weir__date date = weir__period_start(&method, day);
        if (weir__period_of(&method, date) != day || date.day < 1 || date.day > 31 || date.month < 1 ||
            date.month > 12) {
            EXPECT_INT(weir__period_of(&method, date), day);
            return;
        }
    }
    EXPECT_INT(weir__period_convert(&method, 61, WEIR__TIME_DAY), 20000301);
    EXPECT_INT(weir__period_convert(&method, 61, WEIR__TIME_MONTH), 200003);
}
