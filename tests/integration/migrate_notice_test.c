/* migrate_notice_test.c - a live client while a migration goes from shard to shard. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "router/client_impl.h"
#include "tests/support/live.h"

static const char rules[] = "\ntables:\n  noticed: {database: shop, shard_by: id}\n";

static const char *with_rules(void)
{
    static char yaml[65536];
    snprintf(yaml, sizeof yaml, "%s%s", live_yaml(NULL), rules);
    return yaml;
}

static void run_on(int shard, const char *sql)
{
    char yaml[2048];
    const char *dir = getenv("WEIR_PLAYGROUND_DIR");
    live l;
    snprintf(yaml, sizeof yaml,
             "defaults: {user: app, password: {file: \"%s/password\"}}\n"
             "databases: {shop: {primary: \"%s/shop-%d/sock\"}}\n",
             dir, dir, shard);
    live_open_config(&l, yaml);
    live_run(&l, sql, WEIR_ARGS());
    live_close(&l);
}

static void run_everywhere(const char *sql)
{
    run_on(0, sql);
    run_on(1, sql);
}

static void tear_down(void)
{
    run_everywhere("DROP TABLE IF EXISTS noticed, weir_ledger");
}

TEST(migrate_notice, a_column_that_only_other_shards_have_is_told)
{
    live l;
    int behind = 0, done = 0;
    tear_down();
    run_everywhere("CREATE TABLE noticed (id INT PRIMARY KEY)");
    live_open_config(&l, with_rules());
    run_on(1, "ALTER TABLE noticed ADD COLUMN age INT");
    for (int id = 1; id <= 40; id++) {
        weir_error error = {.status = WEIR_OK};
        weir_status status =
            weir_execute(l.session, "UPDATE noticed SET age = 1 WHERE id = ?", WEIR_ARGS(weir_int(id)), NULL, &error);
        done += status == WEIR_OK;
        behind += status != WEIR_OK;
        if (status != WEIR_OK) {
            EXPECT_INT(error.server_errno, 1054);
            EXPECT_HAS(error.text, "shard shop-0 has no such column yet, shard shop-1 has: a migration is under way");
        }
    }
    EXPECT(done > 0);
    EXPECT(behind > 0);
    run_on(0, "ALTER TABLE noticed ADD COLUMN age INT");
    for (int id = 1; id <= 40; id++)
        live_run(&l, "UPDATE noticed SET age = 1 WHERE id = ?", WEIR_ARGS(weir_int(id)));
    weir_error error;
    EXPECT_INT(weir_execute(l.session, "UPDATE noticed SET agee = 1 WHERE id = 1", WEIR_ARGS(), NULL, &error),
               WEIR_SERVER);
    EXPECT(strstr(error.text, "migration") == NULL);
    live_close(&l);
    tear_down();
}

TEST(migrate_notice, a_ledger_that_grows_drops_what_was_known)
{
    static const char row[] = "INSERT INTO weir_ledger (version, started_at) VALUES (1, NOW(6))";
    live l;
    tear_down();
    run_everywhere("CREATE TABLE noticed (id INT PRIMARY KEY)");
    run_everywhere("CREATE TABLE weir_ledger (version BIGINT PRIMARY KEY, started_at TIMESTAMP(6) NULL, ended_at "
                   "TIMESTAMP(6) NULL)");
    live_open_config(&l, with_rules());
    live_run(&l, "INSERT INTO noticed (id) VALUES (1)", WEIR_ARGS());
    uint64_t before = weir__catalog_changes(l.client->catalog);
    run_on(1, row);
    for (int i = 0; weir__catalog_changes(l.client->catalog) == before; i++) {
        char change[100]; /* the first pass only learns what is there */
        snprintf(change, sizeof change, "UPDATE weir_ledger SET started_at = NOW(6) - INTERVAL %d SECOND", i);
        run_on(1, change);
        live_run(&l, "SELECT SLEEP(0.5) FROM noticed WHERE id = 1", WEIR_ARGS());
    }
    live_close(&l);
    tear_down();
}
