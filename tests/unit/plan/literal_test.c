/* literal_test.c - what literals say. SPDX-License-Identifier: Apache-2.0 */
#include "router/plan/plan_literal.h"

#include "base/str.h"
#include "tests/support/test.h"

static const weir__lex_options plain = {0, WEIR__MARIADB, 101106},
                               no_escapes = {WEIR__NO_BACKSLASH_ESCAPES, WEIR__MARIADB, 101106},
                               ansi = {WEIR__ANSI_QUOTES, WEIR__MARIADB, 101106};

TEST(literal, numbers)
{
    static const struct {
        const char *text;
        bool number, negative;
        const char *digits;
        bool whole;
        uint64_t magnitude;
    } rows[] = {
        {"7", true, false, "7", true, 7},
        {"-7", true, true, "7", true, 7},
        {"+7", true, false, "7", true, 7},
        {"- \n7", true, true, "7", true, 7},
        {"-/* 9 */7", true, true, "7", true, 7},
        {"- -- 9\n7", true, true, "7", true, 7},
        {"-/*!50000 7", true, true, "7", true, 7},
        {"-/*!0500007", true, true, "7", true, 7}, /* the version has six digits */
        {"0", true, false, "0", true, 0},
        {"-0", true, true, "0", true, 0},
        {"007", true, false, "007", true, 7},
        {"9223372036854775807", true, false, "9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, true, "9223372036854775808", true, (uint64_t)INT64_MAX + 1},
        {"18446744073709551615", true, false, "18446744073709551615", true, UINT64_MAX},
        {"18446744073709551616", true, false, "18446744073709551616", false, 0},
        {"99999999999999999999999", true, false, "99999999999999999999999", false, 0},
        {"1.50", true, false, "1.50", false, 0},
        {"-.5", true, true, ".5", false, 0},
        {"5.", true, false, "5.", false, 0},
        {"1e3", true, false, "1e3", false, 0},
        {"-1.5E-3", true, true, "1.5E-3", false, 0},
        {"'7'", false, false, "", false, 0},
        {"NULL", false, false, "", false, 0},
        {"?", false, false, "", false, 0},
        {"- */ 7", false, false, "", false, 0}, /* of a comment that began before: said to be none, which is safe */
        {"", false, false, "", false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir__number n = {0};
        weir__whole_number w = {0};
        bool number = weir__literal_number(weir__view(rows[i].text), &plain, &n);
        bool whole = weir__literal_whole_number(weir__view(rows[i].text), &plain, &w);
        EXPECT_THAT(number == rows[i].number && whole == rows[i].whole, "%s: %d %d", rows[i].text, number, whole);
        if (number)
            EXPECT_THAT(n.negative == rows[i].negative && weir__str_is(n.digits, rows[i].digits), "%s: %d %.*s",
                        rows[i].text, n.negative, WEIR__STR(n.digits));
        if (whole)
            EXPECT_THAT(w.magnitude == rows[i].magnitude && w.negative == (rows[i].negative && w.magnitude),
                        "%s: %" PRIu64, rows[i].text, w.magnitude);
    }
}

typedef struct string_row {
    const char *text;
    const weir__lex_options *reading;
    const char *value; /* NULL: none */
    size_t size;
    bool copied;
} string_row;

static const string_row strings[] = {
    {"''", &plain, "", 0, false},
    {"'abc'", &plain, "abc", 3, false},
    {"\"abc\"", &plain, "abc", 3, false},
    {"\"abc\"", &ansi, NULL, 0, false}, /* a name */
    {"'it''s'", &plain, "it's", 4, true},
    {"''''", &plain, "'", 1, true},
    {"'a\"\"b'", &plain, "a\"\"b", 4, false},
    {"\"a\"\"b\"", &plain, "a\"b", 3, true},
    {"\"it''s\"", &plain, "it''s", 5, false},
    {"'it\\'s'", &plain, "it's", 4, true},
    {"'\\0\\b\\n\\r\\t\\Z\\\\\\\"\\x'", &plain, "\0\b\n\r\t\x1A\\\"x", 9, true},
    {"'\\%\\_%_'", &plain, "\\%\\_%_", 6, true}, /* they keep theirs */
    {"'\\N'", &plain, "N", 1, true},
    {"'a\\nb'", &no_escapes, "a\\nb", 4, false},
    {"'\\'", &no_escapes, "\\", 1, false},
    {"'\\'''", &no_escapes, "\\'", 2, true},
    {"'\xC3\xA9\\\xC3\xA9'", &plain, "\xC3\xA9\xC3\xA9", 4, true},
    {"'a' 'b'", &plain, "ab", 2, true},
    {"'a'\n/* 'x' */ \"b\" -- 'y'\n'c''d'", &plain, "abc'd", 5, true},
    {"'a'/*!99999 'x' */'b'", &plain, "ab", 2, true},
    {"'a' /*!50000 'b' */", &plain, "ab", 2, true},
    {"'a''b'", &plain, "a'b", 3, true},
    {"N'a'", &plain, NULL, 0, false},
    {"_utf8mb4'a'", &plain, NULL, 0, false},
    {"x'41'", &plain, NULL, 0, false},
    {"'a' + 1", &plain, NULL, 0, false},
    {"7", &plain, NULL, 0, false},
    {"'open", &plain, NULL, 0, false},
    {"", &plain, NULL, 0, false},
};

TEST(literal, texts)
{
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
        const string_row *row = &strings[i];
        char buffer[64];
        weir_str text = weir__view(row->text), value = {NULL, 0};
        bool string = weir__literal_string(text, row->reading, buffer, sizeof buffer, &value);
        EXPECT_THAT(string == (row->value != NULL), "%s: %d", row->text, string);
        if (!string)
            continue;
        EXPECT_THAT(weir__str_equal(value, (weir_str){row->value ? row->value : "", row->size}), "%s: %.*s", row->text,
                    WEIR__STR(value));
        EXPECT_THAT((value.data == buffer) == row->copied, "%s: copied for nothing, or not", row->text);
    }
}

TEST(literal, never_writes_past_the_room_and_its_own_size_is_enough)
{
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
        const string_row *row = &strings[i];
        for (size_t room = 0; row->copied && room <= strlen(row->text); room++) {
            char buffer[64];
            weir_str value;
            memset(buffer, '#', sizeof buffer);
            bool fits = weir__literal_string(weir__view(row->text), row->reading, buffer, room, &value);
            EXPECT_THAT(fits == (room >= row->size), "%s in %zu bytes", row->text, room);
            for (size_t b = room; b < sizeof buffer; b++)
                EXPECT_THAT(buffer[b] == '#', "%s in %zu bytes: byte %zu is written", row->text, room, b);
        }
    }
}
