/* utf8_test.c - well-formed and ill-formed sequences, from Unicode 15 table 3-7.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include "tests/support/test.h"

TEST(utf8, knows_what_is_well_formed)
{
    static const struct {
        const char *name, *text;
        bool valid;
    } rows[] = {
        {"empty", "", true},
        {"ascii", "abc", true},
        {"two", "\xC3\xA9", true},
        {"three", "\xE2\x82\xAC", true},
        {"four", "\xF0\x9F\x8C\x8A", true},
        {"last", "\xF4\x8F\xBF\xBF", true},
        {"past the last", "\xF4\x90\x80\x80", false},
        {"too long a form of /", "\xC0\xAF", false},
        {"too long a form, three", "\xE0\x80\xAF", false},
        {"too long a form, four", "\xF0\x80\x80\xAF", false},
        {"surrogate", "\xED\xA0\x80", false},
        {"alone", "a\x80", false},
        {"cut", "\xE2\x82", false},
        {"broken", "\xE2(\xA1", false},
        {"no such byte", "\xFF", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        EXPECT_THAT(weir__utf8_valid(rows[i].text, strlen(rows[i].text)) == rows[i].valid, "%s", rows[i].name);
}
