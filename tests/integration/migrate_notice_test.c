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

TEST(migrate_notice, a_table_that_only_other_shards_have_is_told)
{
    live l;
    int behind = 0;
    tear_down();
    live_open_config(&l, with_rules());
    run_on(1, "CREATE TABLE noticed (id INT PRIMARY KEY, age INT)");
    for (int id = 1; id <= 20; id++) {
        weir_error error = {.status = WEIR_OK};
        if (weir_execute(l.session, "UPDATE noticed SET age = 1 WHERE id = ?", WEIR_ARGS(weir_int(id)), NULL, &error) ==
            WEIR_OK)
            continue;
        behind++;
        EXPECT_INT(error.server_errno, 1146);
        EXPECT_HAS(error.text, "shard shop-0 has no such table yet, shard shop-1 has: a migration is under way");
    }
    EXPECT(behind > 0);
    EXPECT(behind < 20);
    live_close(&l);
    tear_down();
}

static const char ledger[] = "CREATE TABLE weir_ledger (version BIGINT PRIMARY KEY, started_at TIMESTAMP(6) NULL, "
                             "ended_at TIMESTAMP(6) NULL)";
static const char row[] = "INSERT INTO weir_ledger (version, started_at) VALUES (1, NOW(6))";

TEST(migrate_notice, a_ledger_that_grows_drops_what_was_known)
{
    live l;
    tear_down();
    run_everywhere("CREATE TABLE noticed (id INT PRIMARY KEY)");
    run_everywhere(ledger);
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

/* What it knows of the table was read before the migration, and it never looked at the ledger before. */
static void expect_notice(const char *yaml)
{
    live l;
    tear_down();
    run_everywhere("CREATE TABLE noticed (id INT PRIMARY KEY, name VARCHAR(20))");
    run_everywhere(ledger);
    live_open_config(&l, yaml);
    for (int i = 0; i < 3; i++) /* what comes again has its literals looked at, and so its table */
        live_run(&l, "SELECT name FROM noticed WHERE id = 1", WEIR_ARGS());
    live_run(&l, "INSERT INTO noticed (id) VALUES (1)", WEIR_ARGS());
    uint64_t before = weir__catalog_changes(l.client->catalog);
    run_everywhere("ALTER TABLE noticed MODIFY id BIGINT");
    run_everywhere(row);
    while (weir__catalog_changes(l.client->catalog) == before) /* ctest's limit ends it */
        live_run(&l, "SELECT SLEEP(0.2) FROM noticed WHERE id = 1", WEIR_ARGS());
    live_close(&l);
    tear_down();
}

TEST(migrate_notice, a_client_of_one_shard_notices)
{
    char yaml[2048];
    const char *dir = getenv("WEIR_PLAYGROUND_DIR");
    snprintf(yaml, sizeof yaml,
             "defaults: {user: app, password: {file: \"%s/password\"}}\n"
             "databases: {shop: {primary: \"%s/shop-1/sock\"}}\n",
             dir, dir);
    expect_notice(yaml);
}

TEST(migrate_notice, a_client_without_atomic_transactions_notices)
{
    static char yaml[65536];
    snprintf(yaml, sizeof yaml, "%s%s", live_yaml("  transactions: best_effort\n"), rules);
    expect_notice(yaml);
}

/* No statement is refused for what the old description lacks. */
TEST(migrate_notice, what_is_new_everywhere_serves_at_once)
{
    live l;
    tear_down();
    run_everywhere("CREATE TABLE noticed (id INT PRIMARY KEY)");
    live_open_config(&l, with_rules());
    live_run(&l, "INSERT INTO noticed (id) VALUES (1), (2), (3)", WEIR_ARGS());
    EXPECT_TEXT(live_rows(&l, "SELECT id FROM noticed ORDER BY id", WEIR_ARGS()), "1;2;3");
    run_everywhere("ALTER TABLE noticed ADD COLUMN age INT NOT NULL DEFAULT 7");
    EXPECT_TEXT(live_rows(&l, "SELECT age, id FROM noticed ORDER BY age, id DESC", WEIR_ARGS()), "7|3;7|2;7|1");
    run_everywhere("ALTER TABLE noticed ADD COLUMN post VARCHAR(20) NOT NULL DEFAULT 'x'");
    EXPECT_TEXT(live_rows(&l, "SELECT post, COUNT(*) FROM noticed GROUP BY post", WEIR_ARGS()), "x|3");
    run_everywhere("ALTER TABLE noticed ADD COLUMN size INT NOT NULL DEFAULT 5");
    EXPECT_TEXT(live_rows(&l, "SELECT DISTINCT size FROM noticed", WEIR_ARGS()), "5");
    run_everywhere("ALTER TABLE noticed ADD COLUMN more INT NOT NULL DEFAULT 6");
    live_run(&l, "INSERT INTO noticed (id, more) VALUES (4, 1), (5, 1), (6, 1)", WEIR_ARGS());
    EXPECT_TEXT(live_rows(&l, "SELECT SUM(more) FROM noticed", WEIR_ARGS()), "21");
    run_everywhere("ALTER TABLE noticed RENAME COLUMN more TO last");
    EXPECT_TEXT(live_rows(&l, "SELECT last FROM noticed ORDER BY last LIMIT 1", WEIR_ARGS()), "1");
    live_close(&l);
    tear_down();
}
