/* types_test.c - every column type comes the same by the text and by the prepared protocol. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "tests/support/live.h"

static const struct {
    const char *type, *values; /* SQL */
} types[] = {
    {"TINYINT", "-128, 127, 0, NULL"},
    {"TINYINT UNSIGNED ZEROFILL", "0, 7, 255, NULL"},
    {"SMALLINT", "-32768, 32767"},
    {"MEDIUMINT", "-8388608, 8388607"},
    {"INT(7) ZEROFILL", "0, 42, 99999999"},
    {"BIGINT", "-9223372036854775808, 9223372036854775807, 0"},
    {"BIGINT UNSIGNED", "0, 18446744073709551615"},
    {"DECIMAL(65,30)", "0, -1.5, 12345678901234567890123456789012345.123456789012345678901234567890"},
    {"DECIMAL(10,2) UNSIGNED ZEROFILL", "0, 3.14"},
    {"FLOAT", "0, 0.1, -3.4e38, 1.17549e-38, 16777217, 123456.789, 1e15, 1e-7"},
    {"FLOAT(7,3)", "0, 3.14159, -1000.5"},
    {"DOUBLE", "0, 0.1, -1.7976931348623157e308, 2.2250738585072014e-308, 5e-324, 1e15, 1e14, 123456789012345678, "
               "0.000001, 1e-15, 1e-16, 0.1e0+0.2e0"},
    {"DOUBLE(12,4)", "0, 3.14159265, -99999.5"},
    {"BIT(1)", "0, 1"},
    {"BIT(20)", "0, 1, 1048575"},
    {"DATE", "'1000-01-01', '9999-12-31', '2024-02-29'"},
    {"DATETIME", "'1000-01-01 00:00:00', '2024-02-29 23:59:59'"},
    {"DATETIME(3)", "'2024-02-29 23:59:59.123', '2024-02-29 00:00:00'"},
    {"DATETIME(6)", "'2024-02-29 23:59:59.000001'"},
    {"TIMESTAMP(2) NULL", "'2024-10-27 01:15:00.25'"},
    {"TIME", "'-838:59:59', '838:59:59', '00:00:00', '-00:00:01'"},
    {"TIME(6)", "'-00:00:00.000001', '12:34:56.789012'"},
    {"YEAR", "1901, 2155, 0"},
    {"CHAR(10)", "'', 'a', 'a  ', 'gr\xC3\xBC\xC3\x9F'"},
    {"VARCHAR(300)", "'', 'a', REPEAT('\xE2\x82\xAC', 300), 'it''s'"},
    {"TEXT", "'', REPEAT('x', 5000)"},
    {"LONGTEXT", "REPEAT('y', 70000)"},
    {"BINARY(4)", "'ab', x'00FF00FF'"},
    {"VARBINARY(100)", "'', x'00', x'FFFE'"},
    {"BLOB", "x'0001020380FF', ''"},
    {"ENUM('one','two','')", "'one', 'two', ''"},
    {"SET('a','b','c')", "'', 'a', 'a,c'"},
    {"JSON", "'{\"a\": [1, null]}', 'null'"},
    {"UUID", "'123e4567-e89b-12d3-a456-426614174000'"},
    {"INET6", "'::1', '::ffff:10.0.0.1'"},
    {"POINT", "POINT(1, 2)"},
};

static void compare(live *l, const char *what, const char *text_sql, const char *prepared_sql)
{
    weir_rows *by_text = NULL, *prepared = NULL;
    weir_query_options kept = WEIR_QUERY_OPTIONS_INIT;
    kept.buffered = true;
    weir_str a = {text_sql, strlen(text_sql)}, b = {prepared_sql, strlen(prepared_sql)};
    EXPECT_OK(weir_query_with(l->session, &kept, a, weir_no_args(), &by_text, &l->error), l->error);
    EXPECT_OK(weir_query_with(l->session, &kept, b, WEIR_ARGS(weir_int(0)), &prepared, &l->error), l->error);
    uint32_t count = weir_column_count(by_text);
    EXPECT_INT(weir_column_count(prepared), count);
    for (uint32_t i = 0; i < count; i++) {
        weir_column x = weir_column_at(by_text, i), y = weir_column_at(prepared, i);
        EXPECT_THAT(x.type == y.type && x.decimals == y.decimals && x.is_unsigned == y.is_unsigned &&
                        x.binary == y.binary && x.nullable == y.nullable && x.name.size == y.name.size &&
                        memcmp(x.name.data, y.name.data, x.name.size) == 0,
                    "%s: column %u is described otherwise when prepared", what, i);
    }
    bool more = true;
    while (more && !test_failed()) {
        more = weir_next(by_text);
        EXPECT_THAT(weir_next(prepared) == more, "%s: another number of rows", what);
        for (uint32_t i = 0; more && i < count; i++) {
            weir_str x = weir_get_text(by_text, i), y = weir_get_text(prepared, i);
            EXPECT_THAT((x.data == NULL) == (y.data == NULL) && x.size == y.size &&
                            (x.size == 0 || memcmp(x.data, y.data, x.size) == 0),
                        "%s: by text '%.*s', prepared '%.*s'", what, (int)(x.size < 100 ? x.size : 100),
                        x.data ? x.data : "NULL", (int)(y.size < 100 ? y.size : 100), y.data ? y.data : "NULL");
        }
    }
    EXPECT_OK(weir_finish(by_text, &l->error), l->error);
    EXPECT_OK(weir_finish(prepared, &l->error), l->error);
}

TEST(types, text_and_prepared_agree_on_every_type)
{
    live l;
    char sql[1024];
    live_open(&l, NULL);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        snprintf(sql, sizeof sql, "CREATE OR REPLACE TABLE types_one (n INT AUTO_INCREMENT PRIMARY KEY, v %s)",
                 types[i].type);
        live_run(&l, sql, weir_no_args());
        /* One row a value: split at ", " outside of parentheses, quotes and JSON. */
        const char *from = types[i].values;
        int depth = 0;
        bool quoted = false;
        for (const char *p = from;; p++) {
            if (*p == '\'')
                quoted = !quoted;
            depth += (!quoted && *p == '(') - (!quoted && *p == ')');
            if ((*p == ',' && !quoted && depth == 0) || *p == '\0') {
                snprintf(sql, sizeof sql, "INSERT INTO types_one (v) VALUES (%.*s)", (int)(p - from), from);
                if (weir_execute(l.session, sql, weir_no_args(), NULL, &l.error) != WEIR_OK &&
                    l.error.server_errno != 1264)
                    test_fail(__FILE__, __LINE__, "%s: %s", sql, l.error.text);
                from = p + 1;
            }
            if (*p == '\0')
                break;
        }
        compare(&l, types[i].type, "SELECT v, n FROM types_one WHERE n > 0 ORDER BY n",
                "SELECT v, n FROM types_one WHERE n > ? ORDER BY n");
        compare(&l, types[i].type, "SELECT MAX(v), COUNT(v) FROM types_one WHERE n > 0",
                "SELECT MAX(v), COUNT(v) FROM types_one WHERE n > ?");
    }
    live_run(&l, "DROP TABLE types_one", weir_no_args());
    live_close(&l);
}

/* Doubles of every size, from bits. */
TEST(types, doubles_print_as_the_server_prints_them)
{
    enum { COUNT = 3000, BATCH = 300 };
    live l;
    uint64_t state = 88172645463325252u;
    live_open(&l, NULL);
    live_run(&l, "CREATE OR REPLACE TABLE types_doubles (n INT AUTO_INCREMENT PRIMARY KEY, v DOUBLE)", weir_no_args());
    for (int i = 0; i < COUNT; i++) {
        double d;
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        uint64_t bits = state;
        if (i % 3 == 0) /* of everyday size, few digits */
            d = (double)(int64_t)(bits % 2000000001u) / 1000.0 - 1000000;
        else {
            if (i % 3 == 1) /* exponents around one */
                bits = (bits & ~(UINT64_C(0x7FF) << 52)) | (UINT64_C(1023 - 60) + bits % 120) << 52;
            memcpy(&d, &bits, sizeof d);
        }
        if (d - d != 0)
            continue; /* no NaN, no infinity */
        live_run(&l, "INSERT INTO types_doubles (v) VALUES (?)", WEIR_ARGS(weir_double(d)));
    }
    compare(&l, "doubles", "SELECT v FROM types_doubles WHERE n > 0 ORDER BY n",
            "SELECT v FROM types_doubles WHERE n > ? ORDER BY n");
    live_run(&l, "DROP TABLE types_doubles", weir_no_args());
    live_close(&l);
}
