/* sharded_test.c - statements over two shards: each row on its slot's shard, answers as of one server, refusals by their words.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/str.h"
#include "schema/config.h"
#include "tests/support/live.h"

static const char *const shards[] = {"one", "two"};

typedef struct cluster {
    live store;     /* the database of two shards */
    live shards[2]; /* each of them by itself */
} cluster;

static void add_database(weir__buf *yaml, const char *name, const char *address)
{
    weir__buf_addf(yaml, "  %s: {primary: \"%s\", schema: shop}\n", name, address);
}

static void run_on_all(cluster *c, const char *sql)
{
    for (int i = 0; i < 2; i++)
        live_run(&c->shards[i], sql, weir_no_args());
}

static const char *const tables[] = {
    "CREATE OR REPLACE TABLE users (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR(20))",
    "CREATE OR REPLACE TABLE orders (user_id BIGINT NOT NULL, n INT NOT NULL, PRIMARY KEY (user_id, n))",
    "CREATE OR REPLACE TABLE emails (address VARCHAR(40) COLLATE utf8mb4_general_ci NOT NULL PRIMARY KEY)",
    "CREATE OR REPLACE TABLE countries (code CHAR(2) NOT NULL PRIMARY KEY)",
    "CREATE OR REPLACE TABLE notes (id INT PRIMARY KEY)",
    "CREATE OR REPLACE TABLE messages_0 (room INT NOT NULL, n INT NOT NULL, PRIMARY KEY (room, n))",
    "CREATE OR REPLACE TABLE messages_1 LIKE messages_0",
    "REPLACE countries VALUES ('de'), ('fr')",
};

/* The user and the password stand in defaults: of the cluster's weir.yaml. */
static void open_cluster(cluster *c)
{
    weir__config *config = NULL;
    weir_error error;
    weir__buf yaml;
    EXPECT_OK(weir__config_parse(test_env(), "weir.yaml", weir__view(live_yaml(NULL)), &config, NULL, &error), error);
    const char *text = live_yaml(NULL), *end = strstr(text, "databases:");
    for (int i = 0; i < 2 && config; i++) {
        weir__buf_init(&yaml, &test_env()->mem, 65536);
        weir__buf_add(&yaml, text, (size_t)(end - text));
        weir__buf_adds(&yaml, "databases:\n");
        add_database(&yaml, shards[i], config->databases[0].shards[i].primary.address.text);
        live_open_config(&c->shards[i], weir__buf_text(&yaml));
        weir__buf_deinit(&yaml);
    }
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        run_on_all(c, tables[i]);
    weir__buf_init(&yaml, &test_env()->mem, 65536);
    weir__buf_add(&yaml, text, (size_t)(end - text));
    weir__buf_adds(&yaml, "databases:\n  store:\n    other_tables: refuse\n    shards:\n");
    for (int i = 0; i < 2 && config; i++)
        weir__buf_addf(&yaml, "      %s: {primary: \"%s\", schema: shop, slots: %s}\n", shards[i],
                       config->databases[0].shards[i].primary.address.text, i ? "768-1023" : "0-767");
    weir__buf_adds(&yaml, "tables:\n  users: {shard_by: id}\n  orders: {shard_by: user_id, with: users}\n"
                          "  emails: {shard_by: address, fold: lower}\n  countries: {everywhere: true}\n"
                          "  notes: {single: two}\n  messages: {shard_by: room, physical: \"messages_{0..1}\"}\n");
    live_open_config(&c->store, weir__buf_text(&yaml));
    weir__buf_deinit(&yaml);
    weir__config_free(test_env(), config);
}

static void close_cluster(cluster *c)
{
    live_close(&c->store);
    run_on_all(c, "DROP TABLE users, orders, emails, countries, notes, messages_0, messages_1");
    for (int i = 0; i < 2; i++)
        live_close(&c->shards[i]);
}

TEST(sharded, rows_are_where_sql_says)
{
    cluster c;
    open_cluster(&c);
    for (int i = -20; i < 40; i++)
        live_run(&c.store, "INSERT INTO users VALUES (?, 'x')", WEIR_ARGS(weir_int(i)));
    live_run(&c.store, "INSERT INTO users VALUES (100, 'literal')", weir_no_args());
    live_run(&c.store, "INSERT INTO store.users (id) VALUES (101), (101 ) ON DUPLICATE KEY UPDATE name = 'twice'",
             weir_no_args());
    EXPECT_TEXT(
        live_one(&c.shards[0], "SELECT COUNT(*) FROM users WHERE COALESCE(CRC32(id) % 1024, 0) > 767", weir_no_args()),
        "0");
    EXPECT_TEXT(
        live_one(&c.shards[1], "SELECT COUNT(*) FROM users WHERE COALESCE(CRC32(id) % 1024, 0) < 768", weir_no_args()),
        "0");
    int sum = 0;
    for (int i = 0; i < 2; i++)
        sum += atoi(live_one(&c.shards[i], "SELECT COUNT(*) FROM users", weir_no_args()));
    EXPECT_INT(sum, 62);
    for (int i = -20; i < 40; i++) {
        char text[24];
        snprintf(text, sizeof text, "%d", i);
        EXPECT_TEXT(live_one(&c.store, "SELECT id FROM users WHERE id = ?", WEIR_ARGS(weir_int(i))), text);
        EXPECT_TEXT(live_one(&c.store, "SELECT id FROM users WHERE id = ?", WEIR_ARGS(weir_text(text))), text);
    }
    EXPECT_TEXT(live_one(&c.store, "SELECT users.name FROM store.users WHERE users.id = 101", weir_no_args()), "twice");
    close_cluster(&c);
}

TEST(sharded, statements_of_one_shard)
{
    cluster c;
    open_cluster(&c);
    static const char *const writes[] = {
        "INSERT INTO users VALUES (1, 'b'), (5, 'b')",
        "REPLACE INTO users VALUES (7, 'a')",
        "INSERT INTO orders VALUES (1, 1), (1, 2)",
        "INSERT INTO orders SET user_id = 7, n = 3",
        "UPDATE orders SET n = n + 10 WHERE user_id = 1 AND n = 2",
        "DELETE FROM orders WHERE user_id = 1 AND n = 1",
        "INSERT INTO emails VALUES ('Some@Where.example')",
        "INSERT INTO notes VALUES (1)",
    };
    static const struct {
        const char *sql, *rows;
    } reads[] = {
        {"SELECT name, n FROM users u JOIN orders o ON u.id = o.user_id WHERE u.id = 1", "b|12"},
        {"SELECT name, n FROM users u LEFT JOIN orders o ON u.id = o.user_id WHERE u.id = 5", "b|~"},
        {"SELECT COUNT(*) FROM users WHERE id = 7 AND id = 1", "0"},
        {"SELECT id, name FROM users WHERE id = NULL", ""},
        {"SELECT u.id, c.code FROM users u, countries c WHERE u.id = 7 ORDER BY 2", "7|de;7|fr"},
        {"SELECT code FROM countries ORDER BY 1", "de;fr"},
        {"SELECT address FROM emails WHERE address = 'SOME@where.example  '", "Some@Where.example"},
        {"SELECT id FROM notes", "1"},
        {"SELECT id FROM users WHERE id IN (1, 5) ORDER BY id", "1;5"},
        {"WITH c AS (SELECT * FROM users) SELECT c.name, (SELECT SUM(n) FROM orders o WHERE o.user_id = c.id) FROM c "
         "WHERE "
         "c.id = 1",
         "b|12"},
        {"SELECT 1 + 1", "2"},
    };
    for (size_t i = 0; i < sizeof writes / sizeof *writes; i++)
        live_run(&c.store, writes[i], weir_no_args());
    for (size_t i = 0; i < sizeof reads / sizeof *reads; i++)
        EXPECT_THAT(strcmp(live_rows(&c.store, reads[i].sql, weir_no_args()), reads[i].rows) == 0, "%s: %s, not %s",
                    reads[i].sql, live_rows(&c.store, reads[i].sql, weir_no_args()), reads[i].rows);
    close_cluster(&c);
}

TEST(sharded, names_of_tables_are_changed)
{
    cluster c;
    open_cluster(&c);
    for (int i = 0; i < 30; i++) {
        live_run(&c.store, "INSERT INTO messages (room, n) VALUES (?, ?)", WEIR_ARGS(weir_int(i), weir_int(i)));
        live_run(&c.store, "UPDATE messages SET messages.n = n + 1 WHERE messages.room = ?", WEIR_ARGS(weir_int(i)));
    }
    for (int i = 0; i < 30; i++) {
        char text[24], sql[128];
        snprintf(text, sizeof text, "%d", i + 1);
        snprintf(sql, sizeof sql, "SELECT messages.n FROM store.messages WHERE messages.room = %d", i);
        EXPECT_TEXT(live_one(&c.store, sql, weir_no_args()), text);
    }
    live_run(&c.store, "DELETE FROM messages WHERE messages.room = 7", weir_no_args());
    EXPECT_TEXT(live_rows(&c.store, "SELECT * FROM messages WHERE room = 7", weir_no_args()), "");
    int sum = 0;
    for (int i = 0; i < 2; i++)
        for (int n = 0; n < 2; n++) {
            char sql[128];
            snprintf(sql, sizeof sql, "SELECT COUNT(*) FROM messages_%d WHERE CRC32(room) %% 1024 %% 2 = %d", n, n);
            sum += atoi(live_one(&c.shards[i], sql, weir_no_args()));
        }
    EXPECT_INT(sum, 29);
    close_cluster(&c);
}

TEST(sharded, refusals_by_their_words)
{
    static const struct {
        const char *sql, *word;
    } rows[] = {
        {"SELECT SUM(id) + 1 FROM users FOR UPDATE", "scatter_read: "},
        {"DELETE FROM users LIMIT 3", "multi_shard_write: "},
        {"INSERT INTO users VALUES (1, 'x'), (7, USER())", "multi_shard_insert: "},
        {"UPDATE users SET id = id + 3 WHERE id = 1", "key_changed: "},
        {"INSERT INTO users (name) VALUES ('x')", "key_missing: "},
        {"INSERT INTO users VALUES ('8.6', 'x')", "key_not_canonical: "},
        {"DELETE FROM countries LIMIT 1", "broadcast_write: "},
        {"SELECT * FROM users u JOIN notes n ON u.id = n.id WHERE u.id = 7 FOR UPDATE", "cross_shard: "},
        {"SELECT * FROM nowhere", "no_rule: "},
        {"SHOW TABLES", "server_statement: "},
        {"SET @a = 1", "session_state: "},
        {"CREATE USER t", "definition: "},
    };
    cluster c;
    open_cluster(&c);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir_status status = weir_execute(c.store.session, rows[i].sql, weir_no_args(), NULL, &c.store.error);
        EXPECT_THAT(status == WEIR_UNSUPPORTED && strncmp(c.store.error.text, rows[i].word, strlen(rows[i].word)) == 0,
                    "%s: %s: %s", rows[i].sql, weir_status_name(status), c.store.error.text);
    }
    close_cluster(&c);
}

TEST(sharded, transactions_over_both_shards)
{
    cluster c;
    open_cluster(&c);
    live_run(&c.store, "INSERT INTO users VALUES (1, 'b')", weir_no_args());
    live_run(&c.store, "INSERT INTO users VALUES (7, 'a')", weir_no_args());
    EXPECT_OK(weir_begin(c.store.session, NULL, &c.store.error), c.store.error);
    live_run(&c.store, "UPDATE users SET name = 'c' WHERE id = 1", weir_no_args());
    live_run(&c.store, "UPDATE users SET name = 'c' WHERE id = 7", weir_no_args());
    EXPECT_TEXT(live_one(&c.shards[1], "SELECT name FROM users WHERE id = 1", weir_no_args()), "b");
    EXPECT_OK(weir_rollback(c.store.session, &c.store.error), c.store.error);
    EXPECT_TEXT(live_one(&c.store, "SELECT name FROM users WHERE id = 1", weir_no_args()), "b");
    EXPECT_TEXT(live_one(&c.store, "SELECT name FROM users WHERE id = 7", weir_no_args()), "a");
    close_cluster(&c);
}

/* What routing knows of a table goes with the table. */
TEST(sharded, a_changed_table_is_seen)
{
    cluster c;
    open_cluster(&c);
    live_run(&c.store, "INSERT INTO users VALUES (1, 'b')", weir_no_args());
    run_on_all(&c, "ALTER TABLE users DROP COLUMN name");
    EXPECT(weir_execute(c.store.session, "INSERT INTO users VALUES (5, 'b')", weir_no_args(), NULL, &c.store.error) !=
           WEIR_OK);
    live_run(&c.store, "INSERT INTO users VALUES (5)", weir_no_args());
    EXPECT_TEXT(live_rows(&c.store, "SELECT * FROM users WHERE id = 5", weir_no_args()), "5");
    close_cluster(&c);
}
