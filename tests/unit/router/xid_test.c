/* xid_test.c - names of transactions, printed and read. SPDX-License-Identifier: Apache-2.0 */
#include "router/xid.h"

#include "base/str.h"
#include "tests/support/test.h"

TEST(xid, what_is_printed_is_read)
{
    static const uint8_t random[WEIR__XID_RANDOM] = {0, 1, 2, 0xff};
    static const weir__gtrid rows[] = {{0, 0}, {UINT64_MAX, UINT32_MAX}, {0x0123456789abcdef, 17}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[WEIR__GTRID_SIZE];
        weir__gtrid back = {1, 1};
        weir__gtrid_print(&rows[i], random, text);
        EXPECT(weir__gtrid_parse(weir__view(text), &back));
        EXPECT(back.decider == rows[i].decider && back.server_id == rows[i].server_id);
    }
    weir__gtrid gtrid = {0x0123456789abcdef, 17};
    char text[WEIR__GTRID_SIZE];
    weir__gtrid_print(&gtrid, random, text);
    EXPECT_TEXT(text, "w1.0123456789abcdef.17.000102ff0000000000000000");
}

TEST(xid, what_weir_did_not_make_is_not_taken)
{
    static const struct {
        const char *name, *text;
    } rows[] = {
        {"empty", ""},
        {"another version", "w2.0123456789abcdef.17.000102ff0000000000000000"},
        {"capitals", "w1.0123456789ABCDEF.17.000102ff0000000000000000"},
        {"a short hash", "w1.0123456789abcde.17.000102ff0000000000000000"},
        {"no server", "w1.0123456789abcdef..000102ff0000000000000000"},
        {"a server too large", "w1.0123456789abcdef.4294967296.000102ff0000000000000000"},
        {"a server far too large", "w1.0123456789abcdef.99999999999999999999.000102ff0000000000000000"},
        {"too few at the end", "w1.0123456789abcdef.17.000102ff000000000000000"},
        {"too many at the end", "w1.0123456789abcdef.17.000102ff00000000000000000"},
        {"a quote", "w1.0123456789abcdef.17.000102ff00000000000000'0"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir__gtrid gtrid;
        EXPECT_THAT(!weir__gtrid_parse(weir__view(rows[i].text), &gtrid), "%s was taken", rows[i].name);
    }
}

TEST(xid, a_shard_is_the_same_number_in_every_process)
{
    char text[WEIR__BQUAL_SIZE];
    uint64_t back = 0;
    uint64_t shard = weir__shard_hash("shop", "shop-0");
    EXPECT(shard != weir__shard_hash("shop", "shop-1") && shard != weir__shard_hash("shop-0", "shop"));
    weir__bqual_print(shard, text);
    EXPECT(weir__bqual_parse(weir__view(text), &back) && back == shard);
    EXPECT_TEXT(text, "86f0e0fc60a7320f"); /* what stands on servers from before must be read for ever */
}
