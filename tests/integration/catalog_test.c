/* catalog_test.c - what the catalog says of tables on a real server. SPDX-License-Identifier: Apache-2.0 */
#include "schema/catalog.h"

#include <stdlib.h>

#include "base/str.h"
#include "router/client_impl.h"
#include "schema/schema_file.h"
#include "tests/support/live.h"
#include "tests/support/server.h"

enum { LONG_MS = 60000 };

static weir__table *find(live *l, const char *name)
{
    weir__table_name wanted = {"shop", "", name, "", false};
    weir__table *table = NULL;
    weir_error error;
    weir__deadline deadline = weir__deadline_in(&test_env()->clock, LONG_MS);
    EXPECT_OK(weir__catalog_find(l->client->catalog, &wanted, deadline, &table, &error), error);
    return table;
}

/* The description as text. */
static const char *show(live *l, const char *name)
{
    static char shown[16384];
    weir__buf text;
    weir__table *table = find(l, name);
    shown[0] = '\0';
    if (!table)
        return "(none)";
    weir__buf_init(&text, &test_env()->mem, sizeof shown);
    weir__table_print(table, &text);
    snprintf(shown, sizeof shown, "%s", weir__buf_text(&text));
    weir__buf_deinit(&text);
    weir__table_unref(table);
    return shown;
}

/* What SHOW CREATE TABLE prints, read from a file, is the table that information_schema describes. */
static void expect_file_says_the_same(live *l, const char *name)
{
    char sql[256];
    weir_rows *rows = NULL;
    weir__schema_file *file = NULL;
    weir__buf text;
    weir_error error;
    snprintf(sql, sizeof sql, "SHOW CREATE TABLE %s", name);
    EXPECT_OK(weir_query(l->session, sql, WEIR_ARGS(), &rows, &error), error);
    if (!rows)
        return;
    EXPECT(weir_next(rows));
    EXPECT_OK(weir__schema_file_parse(test_env(), weir_get_text(rows, 1), "shop", NULL, NULL, &file, &error), error);
    EXPECT_OK(weir_finish(rows, &error), error);
    weir__table *table = file ? weir__schema_file_find(file, weir__view(name)) : NULL;
    EXPECT_THAT(table != NULL, "%s is not understood", name);
    weir__buf_init(&text, &test_env()->mem, 65536);
    if (table)
        weir__table_print(table, &text);
    EXPECT_TEXT(weir__buf_text(&text), show(l, name));
    weir__buf_deinit(&text);
    weir__table_unref(table);
    weir__schema_file_free(file);
}

TEST(catalog, every_type)
{
    live l;
    live_open(&l, NULL);
    live_run(&l, "DROP TABLE IF EXISTS catalog_types", WEIR_ARGS());
    live_run(
        &l,
        "CREATE TABLE catalog_types (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT, t TINYINT(1) NOT NULL DEFAULT 3, "
        "z INT(5) ZEROFILL, dec1 DECIMAL(12,3) NOT NULL DEFAULT -1.500, f FLOAT, d DOUBLE NOT NULL, b BIT(3) NOT NULL "
        "DEFAULT b'101', "
        "c CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, v VARCHAR(40) COLLATE utf8mb4_nopad_bin DEFAULT "
        "'it''s \\\\ x', "
        "tx TEXT, bi BINARY(4), vb VARBINARY(9), bl MEDIUMBLOB, da DATE NOT NULL, ti TIME(2), dt DATETIME(6) DEFAULT "
        "CURRENT_TIMESTAMP(6), "
        "ts TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, y YEAR, "
        "e ENUM('a','b''c','d\\\\e') CHARACTER SET utf8mb4 DEFAULT 'a', s SET('x','y') DEFAULT 'x,y', j JSON, u UUID "
        "DEFAULT (UUID()), i6 INET6, i4 INET4, "
        "g POINT, hid INT INVISIBLE DEFAULT 5, gen INT AS (t + 1) STORED, empty VARCHAR(3) NOT NULL DEFAULT '', "
        "PRIMARY KEY (id), UNIQUE KEY mail (v(7), c), KEY plain (da)) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
        WEIR_ARGS());
    EXPECT_TEXT(
        show(&l, "catalog_types"),
        "catalog_types InnoDB\n"
        "  id bigint(20) unsigned NOT NULL AUTO_INCREMENT\n"
        "  t tinyint(1) NOT NULL DEFAULT '3'\n"
        "  z int(5) unsigned zerofill DEFAULT NULL\n"
        "  dec1 decimal(12,3) NOT NULL DEFAULT '-1.500'\n"
        "  f float DEFAULT NULL\n"
        "  d double NOT NULL\n"
        "  b bit(3) NOT NULL DEFAULT (b'101')\n"
        "  c char(3) CHARACTER SET ascii COLLATE ascii_bin [3 characters, 3 bytes] NOT NULL\n"
        "  v varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin [40 characters, 160 bytes] DEFAULT 'it's \\ "
        "x'\n"
        "  tx text CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci [65535 characters, 65535 bytes] DEFAULT NULL\n"
        "  bi binary(4) [4 characters, 4 bytes] DEFAULT NULL\n"
        "  vb varbinary(9) [9 characters, 9 bytes] DEFAULT NULL\n"
        "  bl mediumblob [16777215 characters, 16777215 bytes] DEFAULT NULL\n"
        "  da date NOT NULL\n"
        "  ti time(2) DEFAULT NULL\n"
        "  dt datetime(6) DEFAULT (current_timestamp(6))\n"
        "  ts timestamp NOT NULL DEFAULT (current_timestamp()) ON UPDATE\n"
        "  y year(4) DEFAULT NULL\n"
        "  e enum('a','b''c','d\\\\e') CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci [3 characters, 12 bytes] "
        "DEFAULT 'a'\n"
        "  s set('x','y') CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci [3 characters, 12 bytes] DEFAULT 'x,y'\n"
        "  j longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin [4294967295 characters, 4294967295 bytes] DEFAULT "
        "NULL\n"
        "  u uuid DEFAULT (uuid())\n"
        "  i6 inet6 DEFAULT NULL\n"
        "  i4 inet4 DEFAULT NULL\n"
        "  g point DEFAULT NULL\n"
        "  hid int(11) DEFAULT '5' INVISIBLE\n"
        "  gen int(11) AS (`t` + 1)\n"
        "  empty varchar(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci [3 characters, 12 bytes] NOT NULL DEFAULT "
        "''\n"
        "  UNIQUE BTREE PRIMARY (id)\n"
        "  UNIQUE BTREE mail (v(7), c)\n"
        "  BTREE plain (da)\n");
    weir__table *t = find(&l, "catalog_types");
    if (t) {
        const weir__column *e = weir__table_column(t, weir__view("E"));
        EXPECT(e && e->type.label_count == 3 && weir__str_is(e->type.labels[1], "b'c") &&
               weir__str_is(e->type.labels[2], "d\\e"));
        weir__table_unref(t);
    }
    expect_file_says_the_same(&l, "catalog_types");
    live_run(&l, "DROP TABLE catalog_types", WEIR_ARGS());
    live_close(&l);
}

TEST(catalog, keys_views_and_triggers)
{
    live l;
    live_open(&l, NULL);
    live_run(&l, "DROP VIEW IF EXISTS catalog_view", WEIR_ARGS());
    live_run(&l, "DROP TABLE IF EXISTS catalog_child, catalog_parent", WEIR_ARGS());
    live_run(&l, "CREATE TABLE catalog_parent (a INT NOT NULL, b INT NOT NULL, PRIMARY KEY (a, b)) ENGINE=InnoDB",
             WEIR_ARGS());
    live_run(&l,
             "CREATE TABLE catalog_child (id INT PRIMARY KEY, x INT, y INT, CONSTRAINT to_parent FOREIGN KEY (x, y) "
             "REFERENCES catalog_parent (a, b) ON DELETE CASCADE) ENGINE=InnoDB",
             WEIR_ARGS());
    EXPECT(server_root(
        "CREATE TRIGGER shop.catalog_trigger BEFORE INSERT ON shop.catalog_child FOR EACH ROW SET NEW.x = 1"));
    live_run(&l, "CREATE VIEW catalog_view AS SELECT id, x + 1 AS more FROM catalog_child", WEIR_ARGS());
    EXPECT_TEXT(show(&l, "catalog_child"),
                "catalog_child InnoDB\n"
                "  id int(11) NOT NULL\n"
                "  x int(11) DEFAULT NULL\n"
                "  y int(11) DEFAULT NULL\n"
                "  UNIQUE BTREE PRIMARY (id)\n"
                "  BTREE to_parent (x, y)\n"
                "  FOREIGN KEY to_parent TO shop.catalog_parent (x = a, y = b) ON UPDATE RESTRICT ON DELETE CASCADE\n"
                "  TRIGGER catalog_trigger BEFORE INSERT: SET NEW.x = 1\n");
    EXPECT(server_root("DROP TRIGGER shop.catalog_trigger")); /* a file of tables has none */
    weir__catalog_drop(l.client->catalog, "shop", NULL);
    expect_file_says_the_same(&l, "catalog_child");
    expect_file_says_the_same(&l, "catalog_parent");
    EXPECT_TEXT(show(&l, "catalog_view"), "catalog_view VIEW\n"
                                          "  id int(11) NOT NULL\n"
                                          "  more bigint(12) DEFAULT NULL\n");
    EXPECT_TEXT(show(&l, "catalog_nothing"), "(none)");
    EXPECT_TEXT(show(&l, "Catalog_Child"), "(none)");
    EXPECT_TEXT(show(&l, "catalog_%"), "(none)");
    EXPECT_TEXT(show(&l, "x' OR '1'='1\\"), "(none)");
    live_run(&l, "DROP VIEW catalog_view", WEIR_ARGS());
    live_run(&l, "DROP TABLE catalog_child, catalog_parent", WEIR_ARGS());
    live_close(&l);
}

/* The latest period stands for all. */
TEST(catalog, dated_tables)
{
    live l;
    live_open(&l, NULL);
    weir__table_name name = {"shop", "", "catalog_by_", "_x", true};
    weir__table *table = NULL;
    weir__deadline deadline = weir__deadline_in(&test_env()->clock, LONG_MS);
    live_run(&l,
             "DROP TABLE IF EXISTS catalog_by_202401_x, catalog_by_202402_x, catalog_by_20240_y_x, catalog_by_202403",
             WEIR_ARGS());
    EXPECT_OK(weir__catalog_find(l.client->catalog, &name, deadline, &table, &l.error), l.error);
    EXPECT(table == NULL);
    live_run(&l, "CREATE TABLE catalog_by_202401_x (a INT)", WEIR_ARGS());
    live_run(&l, "CREATE TABLE catalog_by_202402_x (b INT)", WEIR_ARGS());
    live_run(&l, "CREATE TABLE catalog_by_20240_y_x (c INT)", WEIR_ARGS());
    live_run(&l, "CREATE TABLE catalog_by_202403 (d INT)", WEIR_ARGS());
    EXPECT_OK(weir__catalog_find(l.client->catalog, &name, deadline, &table, &l.error), l.error);
    EXPECT_TEXT(table ? table->name : NULL, "catalog_by_202402_x");
    weir__table_unref(table);
    live_run(&l, "DROP TABLE catalog_by_202401_x, catalog_by_202402_x, catalog_by_20240_y_x, catalog_by_202403",
             WEIR_ARGS());
    live_close(&l);
}

/* HAZARDS 30: the asker's own session holds the only connection of the pool, in the middle of its rows. */
TEST(catalog, asking_needs_no_connection_of_the_pool)
{
    live l;
    weir_rows *rows = NULL;
    live_open(&l, "  pool: {max: 1, wait: 100ms}\n");
    live_run(&l, "DROP TABLE IF EXISTS catalog_small", WEIR_ARGS());
    live_run(&l, "CREATE TABLE catalog_small (id INT)", WEIR_ARGS());
    EXPECT_OK(weir_query(l.session, "SELECT 1 UNION SELECT 2", WEIR_ARGS(), &rows, &l.error), l.error);
    EXPECT(weir_next(rows));
    EXPECT_TEXT(show(&l, "catalog_small"), "catalog_small InnoDB\n  id int(11) DEFAULT NULL\n");
    EXPECT_OK(weir_finish(rows, &l.error), l.error);
    live_run(&l, "DROP TABLE catalog_small", WEIR_ARGS());
    live_close(&l);
}

/* The primary is not there: the replica says what the table looks like, and a shard that is down hides nothing of another. */
TEST(catalog, a_replica_answers_while_the_primary_is_away)
{
    char yaml[2048];
    const char *dir = getenv("WEIR_PLAYGROUND_DIR");
    live l;
    live_open(&l, NULL);
    live_run(&l, "DROP TABLE IF EXISTS catalog_small", WEIR_ARGS());
    live_run(&l, "CREATE TABLE catalog_small (id INT)", WEIR_ARGS());
    snprintf(yaml, sizeof yaml,
             "defaults: {user: app, password: {file: \"%s/password\"}, timeouts: {connect: 2s}}\n"
             "databases: {shop: {primary: \"127.0.0.1:1\", replicas: [\"%s/shop/sock\"]}}\n",
             dir, dir);
    live away;
    live_open_config(&away, yaml);
    EXPECT_TEXT(show(&away, "catalog_small"), "catalog_small InnoDB\n  id int(11) DEFAULT NULL\n");
    live_close(&away);
    snprintf(yaml, sizeof yaml,
             "defaults: {user: app, password: {file: \"%s/password\"}, timeouts: {connect: 2s}}\n"
             "databases: {shop: {shards: {a: {primary: \"127.0.0.1:1\", schema: shop, slots: 0-511}, "
             "b: {primary: \"%s/shop/sock\", schema: shop, slots: 512-1023}}}}\n",
             dir, dir);
    live_open_config(&away, yaml);
    EXPECT_TEXT(show(&away, "catalog_small"), "catalog_small InnoDB\n  id int(11) DEFAULT NULL\n");
    weir__table_name gone = {"shop", "", "catalog_nothing", "", false};
    weir__table *table = NULL;
    EXPECT_STATUS(weir__catalog_find(away.client->catalog, &gone, weir__deadline_in(&test_env()->clock, LONG_MS),
                                     &table, &away.error),
                  away.error, WEIR_UNREACHABLE); /* it may be on the other one */
    live_close(&away);
    live_run(&l, "DROP TABLE catalog_small", WEIR_ARGS());
    live_close(&l);
}

/* What was learnt stays over a reload, unless the shard stands elsewhere now. */
TEST(catalog, reload)
{
    live l;
    live_open(&l, NULL);
    live_run(&l, "DROP TABLE IF EXISTS catalog_small", WEIR_ARGS());
    live_run(&l, "CREATE TABLE catalog_small (id INT)", WEIR_ARGS());
    weir__table *before = find(&l, "catalog_small");
    uint64_t changes = weir__catalog_changes(l.client->catalog);
    EXPECT_OK(weir_reload(l.client, &l.error), l.error);
    EXPECT_INT(weir__catalog_changes(l.client->catalog), changes);
    weir__table *after = find(&l, "catalog_small");
    EXPECT(before && before == after);
    weir__table_unref(before);
    weir__table_unref(after);
    live_run(&l, "DROP TABLE catalog_small", WEIR_ARGS());
    live_close(&l);
}

/* DDL through weir is seen at once; what another client changed, by the errors that it makes. */
TEST(catalog, changes)
{
    live l;
    weir_error error;
    live_open(&l, NULL);
    live_run(&l, "DROP TABLE IF EXISTS catalog_small, catalog_other", WEIR_ARGS());
    live_run(&l, "CREATE TABLE catalog_small (id INT)", WEIR_ARGS());
    live_run(&l, "CREATE TABLE catalog_other (id INT)", WEIR_ARGS());
    weir__table *small = find(&l, "catalog_small"), *other = find(&l, "catalog_other");
    live_run(&l, "ALTER TABLE catalog_small ADD COLUMN b INT", WEIR_ARGS());
    weir__table *wider = find(&l, "catalog_small"), *same = find(&l, "catalog_other");
    EXPECT(small && wider && wider->column_count == 2 && wider->version > small->version);
    EXPECT(same && same == other);
    EXPECT(server_root("ALTER TABLE shop.catalog_small DROP COLUMN b"));
    uint64_t changes = weir__catalog_changes(l.client->catalog), began = test_ms();
    EXPECT_STATUS(weir_execute(l.session, "SELECT id FROM catalog_small", WEIR_ARGS(), NULL, &error), error, WEIR_OK);
    EXPECT_INT(weir__catalog_changes(l.client->catalog), changes);
    while (weir__catalog_changes(l.client->catalog) == changes &&
           test_ms() - began < LONG_MS) /* believed for a second */
        EXPECT(weir_execute(l.session, "SELECT b FROM catalog_small", WEIR_ARGS(), NULL, &error) != WEIR_OK);
    EXPECT_INT(error.server_errno, 1054);
    weir__table *narrow = find(&l, "catalog_small");
    EXPECT(narrow && narrow->column_count == 1);
    weir__table_unref(small);
    weir__table_unref(other);
    weir__table_unref(wider);
    weir__table_unref(same);
    weir__table_unref(narrow);
    live_run(&l, "DROP TABLE catalog_small, catalog_other", WEIR_ARGS());
    live_close(&l);
}
