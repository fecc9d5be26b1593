/* split_brain_test.c - two servers are writable, and each has what the other lacks. SPDX-License-Identifier: Apache-2.0
 * A cluster of its own: it is not mended afterwards. */
#include "tests/support/cluster.h"

static const char update[] = "UPDATE pair SET v = v + 1";

static bool until_one(live *l, const char *sql, const char *wanted)
{
    bool there = false;
    for (int i = 0; i < 600 && !there; i++) {
        there = strcmp(live_one(l, sql, weir_no_args()), wanted) == 0;
        sleep_ms(50);
    }
    return there;
}

/* HAZARDS 18. */
TEST(split_brain, HAZARD_18_no_write_to_either_and_reads_go_on)
{
    live l;
    char primary[200], other[200];
    cluster_setup();
    live_open(&l, "  reads: {consistency: eventual}\n");
    live_run(&l, "CREATE OR REPLACE TABLE pair (id INT PRIMARY KEY, v INT NOT NULL)", weir_no_args());
    live_run(&l, "INSERT INTO pair VALUES (1, 1)", weir_no_args());
    EXPECT(root_until("shop-r1", "SELECT COUNT(*) FROM shop.pair", "1"));
    EXPECT(root_until("shop-r2", "SELECT COUNT(*) FROM shop.pair", "1"));
    root_run("shop-r1", "STOP SLAVE; INSERT INTO shop.pair VALUES (2, 1)");
    live_run(&l, update, weir_no_args());
    root_run("shop-r1", "SET GLOBAL read_only = 0");
    EXPECT(until_one(&l, update, "(SPLIT_BRAIN)"));
    snprintf(primary, sizeof primary, "%s", root_one("shop", "SELECT SUM(v) FROM shop.pair"));
    snprintf(other, sizeof other, "%s", root_one("shop-r1", "SELECT @@gtid_binlog_pos"));
    for (int i = 0; i < 20; i++) {
        EXPECT_TEXT(live_one(&l, update, weir_no_args()), "(SPLIT_BRAIN)");
        EXPECT_TEXT(live_one(&l, "SELECT COUNT(*) > 0 FROM pair", weir_no_args()), "1");
        sleep_ms(20);
    }
    EXPECT_TEXT(root_one("shop", "SELECT SUM(v) FROM shop.pair"), primary);
    EXPECT_TEXT(root_one("shop-r1", "SELECT @@gtid_binlog_pos"), other);
    EXPECT(live_counter(&l, "weir_split_brain") == 1);
    root_run("shop-r1", "SET GLOBAL read_only = 1"); /* somebody has decided */
    EXPECT(until_one(&l, update, "(no row)"));
    live_close(&l);
}
