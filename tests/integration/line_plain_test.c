/* line_plain_test.c - a server without TLS: never a silent plain line. SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/live.h"

TEST(line_plain, tls_asked_for_and_not_offered)
{
    static const char *const modes[] = {"required", "verify"};
    for (int i = 0; i < 2; i++) {
        live l;
        char change[64];
        snprintf(change, sizeof change, "  tls: {mode: %s}\n", modes[i]);
        live_open(&l, change);
        weir_status status = weir_execute(l.session, "SELECT 1", weir_no_args(), NULL, &l.error);
        EXPECT_THAT(status == WEIR_CONFIG, "%s: %s", modes[i], weir_status_name(status));
        EXPECT_HAS(l.error.text, "the server offers no TLS");
        EXPECT_INT(l.error.retry, WEIR_RETRY_NEVER);
        live_close(&l);
    }
    live l;
    live_open(&l, NULL);
    EXPECT_TEXT(live_rows(&l, "SHOW STATUS LIKE 'Ssl_cipher'", weir_no_args()), "Ssl_cipher|");
    live_close(&l);
}
