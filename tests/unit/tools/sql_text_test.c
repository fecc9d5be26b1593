/* sql_text_test.c - JSON strings, hex, CSV quoting, widths on a terminal. SPDX-License-Identifier: Apache-2.0 */
#include "tools/sql_text.h"

#include <locale.h>

#include "base/str.h"
#include "tests/support/test.h"

typedef void writer(weir__buf *to, weir_str value);

typedef struct row {
    const char *name, *text; /* NULL: SQL NULL */
    size_t size;
    const char *want;
} row;

#define T(text) text, sizeof text - 1

static void expect_rows(writer *write, const row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        weir__buf got;
        weir__buf_init(&got, &test_env()->mem, 100000);
        write(&got, (weir_str){rows[i].text, rows[i].size});
        EXPECT_THAT(strcmp(weir__buf_text(&got), rows[i].want) == 0, "%s: %s, not %s", rows[i].name,
                    weir__buf_text(&got), rows[i].want);
        weir__buf_deinit(&got);
    }
}
#define EXPECT_ROWS(write, rows) expect_rows(write, rows, sizeof rows / sizeof *rows)

TEST(sql_text, values_as_json)
{
    static const row rows[] = {
        {"null", NULL, 0, "null"},
        {"empty", T(""), "\"\""},
        {"plain", T("abc"), "\"abc\""},
        {"a number stays text", T("0012.50"), "\"0012.50\""},
        {"quote and backslash", T("a\"b\\c"), "\"a\\\"b\\\\c\""},
        {"slash", T("a/b"), "\"a/b\""},
        {"short escapes", T("\b\t\n\f\r"), "\"\\b\\t\\n\\f\\r\""},
        {"vertical tab", T("\v"), "\"\\u000b\""},
        {"control characters", T("\x01\x1F\x7F"), "\"\\u0001\\u001f\x7F\""},
        {"nul", T("a\0b"), "\"a\\u0000b\""},
        {"UTF-8", T("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x8C\x8A"), "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x8C\x8A\""},
        {"not UTF-8", T("a\xFF\x00z"), "{\"hex\":\"61FF007A\"}"},
        {"surrogate", T("\xED\xA0\x80"), "{\"hex\":\"EDA080\"}"},
    };
    EXPECT_ROWS(sql_json_value, rows);
}

TEST(sql_text, messages_as_json)
{
    static const row rows[] = {
        {"plain", T("no \"x\"\n"), "\"no \\\"x\\\"\\n\""},
        {"not UTF-8", T("caf\xE9 \xE2\x82 \xC3\xA9"), "\"caf\xEF\xBF\xBD \xEF\xBF\xBD\xEF\xBF\xBD \xC3\xA9\""},
        {"cut character", T("a\xF0\x9F"), "\"a\xEF\xBF\xBD\xEF\xBF\xBD\""},
    };
    EXPECT_ROWS(sql_json_message, rows);
}

TEST(sql_text, cells_as_csv)
{
    static const row rows[] = {
        {"null", NULL, 0, ""},
        {"empty", T(""), "\"\""},
        {"plain", T("a b"), "a b"},
        {"comma", T("a,b"), "\"a,b\""},
        {"quotes", T("\"a\"\""), "\"\"\"a\"\"\"\"\""},
        {"line feed", T("a\nb"), "\"a\nb\""},
        {"carriage return", T("a\rb"), "\"a\rb\""},
        {"the word NULL", T("NULL"), "NULL"},
        {"bytes as they are", T("\xFF\x01"), "\xFF\x01"},
    };
    EXPECT_ROWS(sql_csv_cell, rows);
}

TEST(sql_text, cells_on_a_terminal)
{
    static const row rows[] = {
        {"null", NULL, 0, "NULL"},
        {"empty", T(""), ""},
        {"UTF-8", T("\xC3\xA9\xE6\xB0\xB4"), "\xC3\xA9\xE6\xB0\xB4"},
        {"lines and tabs", T("a\nb\tc\rd"), "a\\nb\\tc\\rd"},
        {"escape sequence", T("\x1B[2J"), "\\x1B[2J"},
        {"C1",
         T("\xC2\x9B"
           "2J"),
         "\\x9B2J"},
        {"direction override",
         T("a\xE2\x80\xAE"
           "b"),
         "a\\u202Eb"},
        {"nul", T("a\0b"), "a\\x00b"},
        {"bytes", T("\x00\xFF"), "0x00FF"},
    };
    EXPECT_ROWS(sql_show_cell, rows);
    static const row messages[] = {{"not UTF-8", T("caf\xE9 \xC3\xA9\n"), "caf\\xE9 \xC3\xA9\\n"}};
    EXPECT_ROWS(sql_show_message, messages);
}

TEST(sql_text, widths)
{
    static const struct {
        const char *name, *text;
        size_t width;
    } rows[] = {
        {"empty", "", 0},
        {"ascii", "abc", 3},
        {"accents", "\xC3\xA9\xC3\xA8", 2},
        {"combining", "e\xCC\x81", 1},
        {"CJK", "\xE6\xB0\xB4\xE5\xA0\xB0", 4},
        {"emoji", "\xF0\x9F\x8C\x8A", 2},
        {"mixed",
         "a\xE6\xB0\xB4"
         "b",
         4},
    };
    EXPECT(setlocale(LC_CTYPE, "C.UTF-8") != NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        EXPECT_THAT(sql_width(weir__view(rows[i].text)) == rows[i].width, "%s: %zu", rows[i].name,
                    sql_width(weir__view(rows[i].text)));
}

TEST(sql_text, cuts_between_characters)
{
    static const struct {
        const char *name, *text;
        size_t width, bytes, used;
    } rows[] = {
        {"shorter", "abc", 5, 3, 3},
        {"exact", "abc", 3, 3, 3},
        {"ascii", "abc", 2, 2, 2},
        {"nothing fits", "\xE6\xB0\xB4", 1, 0, 0},
        {"half a wide one", "\xE6\xB0\xB4\xE5\xA0\xB0", 3, 3, 2},
        {"its marks stay",
         "ae\xCC\x81"
         "b",
         2, 4, 2},
    };
    EXPECT(setlocale(LC_CTYPE, "C.UTF-8") != NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t used, bytes = sql_fit(weir__view(rows[i].text), rows[i].width, &used);
        EXPECT_THAT(bytes == rows[i].bytes && used == rows[i].used, "%s: %zu bytes, %zu columns", rows[i].name, bytes,
                    used);
    }
}
