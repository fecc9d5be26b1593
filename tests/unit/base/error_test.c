/* error_test.c - the error record is written in whole and cut between characters.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include "base/utf8.h"
#include "tests/support/test.h"

TEST(error, is_written_in_whole)
{
    weir_error e;
    memset(&e, 0xFF, sizeof e);
    EXPECT_INT(weir__fail(&e, WEIR_LIMIT, WEIR_RETRY_CALL, "over %d", 5), WEIR_LIMIT);
    EXPECT_INT(e.status, WEIR_LIMIT);
    EXPECT_INT(e.retry, WEIR_RETRY_CALL);
    EXPECT_INT(e.server_errno, 0);
    EXPECT_TEXT(e.endpoint, "");
    EXPECT_TEXT(e.text, "over 5");
}

TEST(error, a_long_text_is_cut_between_characters)
{
    weir_error e;
    char text[1000];
    for (size_t shift = 0; shift < 4; shift++) {
        memset(text, 'x', shift);
        for (size_t i = shift; i + 4 < sizeof text; i += 4)
            memcpy(text + i, "\xF0\x9F\x8C\x8A", 5);
        weir__fail(&e, WEIR_USAGE, WEIR_RETRY_NEVER, "%s", text);
        EXPECT(strlen(e.text) < sizeof e.text && strlen(e.text) + 4 >= sizeof e.text);
        EXPECT(weir__utf8_valid(e.text, strlen(e.text)));
    }
}

TEST(error, every_status_has_a_name)
{
    EXPECT_TEXT(weir_status_name(WEIR_OK), "OK");
    EXPECT_TEXT(weir_status_name(WEIR_UNSUPPORTED), "UNSUPPORTED");
    EXPECT_TEXT(weir_status_name((weir_status)99), "?");
    EXPECT_TEXT(weir_version(), "0.1.0");
}
