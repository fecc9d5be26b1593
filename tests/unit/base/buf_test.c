/* buf_test.c - the bounded text. SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include "tests/support/test.h"

TEST(buf, adds_and_formats)
{
    weir__buf b;
    weir__buf_init(&b, &test_env()->mem, 4096);
    EXPECT_TEXT(weir__buf_text(&b), "");
    weir__buf_adds(&b, "a");
    weir__buf_addc(&b, '=');
    weir__buf_addf(&b, "%d%s", 7, ";");
    EXPECT_TEXT(weir__buf_text(&b), "a=7;");
    weir__buf_addf(&b, "%*d", 1000, 1);
    EXPECT_INT(b.size, 1004);
    weir__buf_reset(&b);
    EXPECT_TEXT(weir__buf_text(&b), "");
    size_t size = 1;
    char *text = weir__buf_detach(&b, &size);
    EXPECT_TEXT(text, "");
    EXPECT_INT(size, 0);
    weir__free(&test_env()->mem, text);
}

TEST(buf, past_the_limit_it_is_empty_and_stays_so)
{
    weir__buf b;
    weir__buf_init(&b, &test_env()->mem, 8);
    weir__buf_adds(&b, "1234567");
    EXPECT_INT(b.failed, WEIR_OK);
    weir__buf_addc(&b, '8');
    EXPECT_INT(b.failed, WEIR_LIMIT);
    weir__buf_adds(&b, "x");
    EXPECT_TEXT(weir__buf_text(&b), "");
    EXPECT(weir__buf_detach(&b, NULL) == NULL);
    weir__buf_deinit(&b);
}

TORTURE(buf, growing)
{
    weir__buf b;
    weir__buf_init(&b, &test_env()->mem, 1 << 16);
    for (int i = 0; i < 1000; i++)
        weir__buf_addf(&b, "%d,", i);
    weir_status status = b.failed;
    weir__buf_deinit(&b);
    return status;
}
