/* writes_test.c - statements that write on several shards, and rows whose ids weir makes. SPDX-License-Identifier: Apache-2.0
 * Even ids are on the first shard, odd ones on the second. */
#include "base/buf.h"
#include "base/str.h"
#include "schema/config.h"
#include "tests/support/cluster.h"

enum { YAML = 65536 };

typedef struct pair {
    live store;    /* both shards */
    live shard[2]; /* each by itself */
} pair;

static const char *const tables[] = {
    ("CREATE OR REPLACE TABLE users (id INT NOT NULL PRIMARY KEY, name VARCHAR(26), at TIMESTAMP(6) NOT NULL DEFAULT "
     "CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6))"),
    "CREATE OR REPLACE TABLE orders (user_id INT NOT NULL, n INT NOT NULL, PRIMARY KEY (user_id, n))",
    "CREATE OR REPLACE TABLE archive (user_id INT NOT NULL, n INT NOT NULL, PRIMARY KEY (user_id, n))",
    "CREATE OR REPLACE TABLE countries (code CHAR(2) NOT NULL PRIMARY KEY, name VARCHAR(20), at DATETIME(6))",
    "CREATE OR REPLACE TABLE tickets (id BIGINT NOT NULL PRIMARY KEY, owner INT NOT NULL, body VARCHAR(20))",
    "CREATE OR REPLACE TABLE flakes (id BIGINT NOT NULL PRIMARY KEY, body VARCHAR(20))",
    "CREATE OR REPLACE TABLE messages_0 (room INT NOT NULL, n INT NOT NULL, PRIMARY KEY (room, n))",
    "CREATE OR REPLACE TABLE messages_1 LIKE messages_0",
};

static const char rules[] =
    "tables:\n"
    "  users: {shard_by: id, method: {mod: 2, s0: 0, s1: 1}}\n"
    "  orders: {shard_by: user_id, with: users}\n"
    "  archive: {shard_by: user_id, with: users}\n"
    "  countries: {everywhere: true}\n"
    "  tickets: {shard_by: owner, with: users, unique: per_shard, ids: {column: id, kind: sequence, "
    "block: 100}}\n"
    "  flakes: {shard_by: id, method: {mod: 2, s0: 0, s1: 1}, ids: snowflake}\n"
    "  messages: {shard_by: room, physical: \"messages_{0..1}\"}\n";

static void open_one(live *l, weir_str head, const char *address)
{
    weir__buf yaml;
    weir__buf_init(&yaml, &test_env()->mem, YAML);
    weir__buf_add(&yaml, head.data, head.size);
    weir__buf_addf(&yaml, "databases:\n  one: {primary: \"%s\", schema: shop}\n", address);
    live_open_config(l, weir__buf_text(&yaml));
    weir__buf_deinit(&yaml);
}

static void open_pair(pair *p, const char *database)
{
    weir__config *config = NULL;
    weir_error error;
    weir__buf yaml;
    const char *text = live_yaml(NULL);
    weir_str head = {text, (size_t)(strstr(text, "databases:") - text)};
    EXPECT_OK(weir__config_parse(test_env(), "weir.yaml", weir__view(text), &config, NULL, &error), error);
    cluster_setup();
    weir__buf_init(&yaml, &test_env()->mem, YAML);
    weir__buf_add(&yaml, head.data, head.size);
    weir__buf_addf(&yaml, "databases:\n  store:\n%s    shards:\n", database);
    for (int i = 0; i < 2 && config; i++) {
        const char *address = config->databases[0].shards[i].primary.address.text;
        open_one(&p->shard[i], head, address);
        weir__buf_addf(&yaml, "      s%d: {primary: \"%s\", schema: shop, slots: %d-%d}\n", i, address, 512 * i,
                       512 * i + 511);
        for (size_t k = 0; k < sizeof tables / sizeof *tables; k++)
            live_run(&p->shard[i], tables[k], weir_no_args());
        live_run(&p->shard[i], "DELETE FROM weir_id", weir_no_args());
    }
    weir__buf_adds(&yaml, rules);
    live_open_config(&p->store, weir__buf_text(&yaml));
    weir__buf_deinit(&yaml);
    weir__config_free(test_env(), config);
}

static void close_pair(pair *p)
{
    EXPECT(live_counter(&p->store, "weir_pool_taken") == 0);
    live_close(&p->store);
    for (int i = 0; i < 2; i++) {
        EXPECT_TEXT(live_rows(&p->shard[i], "XA RECOVER", weir_no_args()), "");
        live_run(&p->shard[i], "DROP TABLE users, orders, archive, countries, tickets, flakes, messages_0, messages_1",
                 weir_no_args());
        live_close(&p->shard[i]);
    }
}

static weir_result run(pair *p, const char *sql, weir_args args)
{
    weir_result result = {0};
    EXPECT_OK(weir_execute(p->store.session, sql, args, &result, &p->store.error), p->store.error);
    return result;
}

static void fails(pair *p, const char *sql, int server_errno)
{
    EXPECT_STATUS(weir_execute(p->store.session, sql, weir_no_args(), NULL, &p->store.error), p->store.error,
                  WEIR_SERVER);
    EXPECT_INT(p->store.error.server_errno, server_errno);
}

static void expect_rows(pair *p, int shard, const char *sql, const char *rows)
{
    EXPECT_TEXT(live_rows(&p->shard[shard], sql, weir_no_args()), rows);
}

#define USERS "SELECT id, name FROM users ORDER BY id"

TEST(writes, rows_of_one_insert_go_to_their_shards)
{
    pair p;
    open_pair(&p, "");
    weir_result r = run(&p, "INSERT INTO users (id, name) VALUES (1, 'a'), (2, 'b'), (3, ?), (4, ?)",
                        WEIR_ARGS(weir_text("c"), weir_text("d")));
    EXPECT_INT(r.affected, 4);
    EXPECT_INT(r.shards, 2);
    expect_rows(&p, 0, USERS, "2|b;4|d");
    expect_rows(&p, 1, USERS, "1|a;3|c");
    r = run(&p, "REPLACE INTO users (id, name) VALUES (1, 'A'), (2, 'B'), (5, 'e')", weir_no_args());
    EXPECT_INT(r.affected, 5);
    r = run(&p, "INSERT IGNORE INTO users (id, name) VALUES (1, 'x'), (2, 'x'), (6, 'f')", weir_no_args());
    EXPECT_INT(r.affected, 1);
    EXPECT_INT(r.warnings, 2);
    r = run(&p, "INSERT INTO users (id, name) VALUES (?, ?), (?, 'q') ON DUPLICATE KEY UPDATE name = CONCAT(name, ?)",
            WEIR_ARGS(weir_int(1), weir_text("x"), weir_int(8), weir_text("!")));
    EXPECT_INT(r.affected, 3);
    expect_rows(&p, 0, USERS, "2|B;4|d;6|f;8|q");
    expect_rows(&p, 1, USERS, "1|A!;3|c;5|e");
    close_pair(&p);
}

TEST(writes, update_and_delete_of_rows_on_all_shards)
{
    pair p;
    open_pair(&p, "");
    run(&p, "INSERT INTO users (id, name) VALUES (1, 'a'), (2, 'b'), (3, 'c')", weir_no_args());
    run(&p, "INSERT INTO orders VALUES (1, 1), (2, 1), (2, 2)", weir_no_args());
    weir_result r = run(&p, "UPDATE users SET name = CONCAT(name, ?) WHERE id < 3", WEIR_ARGS(weir_text("+")));
    EXPECT_INT(r.affected, 2);
    EXPECT_INT(r.shards, 2);
    r = run(&p, "UPDATE users u JOIN orders o ON o.user_id = u.id SET u.name = 'joined', o.n = o.n + 10 WHERE o.n = 1",
            weir_no_args());
    EXPECT_INT(r.affected, 4);
    expect_rows(&p, 0, USERS, "2|joined");
    expect_rows(&p, 1, USERS, "1|joined;3|c");
    r = run(&p, "DELETE FROM users WHERE EXISTS (SELECT 1 FROM orders o WHERE o.user_id = users.id)", weir_no_args());
    EXPECT_INT(r.affected, 2);
    expect_rows(&p, 1, USERS, "3|c");
    EXPECT_STATUS(weir_execute(p.store.session, "DELETE FROM users WHERE name IN (SELECT name FROM users u2)",
                               weir_no_args(), NULL, &p.store.error),
                  p.store.error, WEIR_UNSUPPORTED);
    expect_rows(&p, 1, USERS, "3|c");
    close_pair(&p);
}

/* HAZARDS 34: what fails on one shard is undone on the other, and within a transaction it is undone alone. */
TEST(writes, a_failure_on_one_shard_leaves_nothing_on_the_other)
{
    static const char *const kinds[] = {"", "    transactions: best_effort\n"};
    for (int k = 0; k < 2; k++) {
        pair p;
        open_pair(&p, kinds[k]);
        run(&p, "INSERT INTO users (id, name) VALUES (1, 'a')", weir_no_args());
        fails(&p, "INSERT INTO users (id, name) VALUES (2, 'b'), (4, 'd'), (1, 'again')", 1062);
        fails(&p, "INSERT INTO users (id, name) VALUES (1, 'again'), (2, 'b')", 1062);
        fails(&p, "UPDATE users SET name = REPEAT('x', 30)", 1406);
        for (int i = 0; i < 10; i++) { /* of several failures that of the first row is told */
            fails(&p, "INSERT INTO users (id, name) VALUES (3, 'c'), (2, REPEAT('x', 30)), (1, 'again')", 1406);
            fails(&p, "INSERT INTO users (id, name) VALUES (3, 'c'), (1, 'again'), (2, REPEAT('x', 30))", 1062);
        }
        expect_rows(&p, 0, USERS, "");
        expect_rows(&p, 1, USERS, "1|a");
        EXPECT_OK(weir_begin(p.store.session, NULL, &p.store.error), p.store.error);
        run(&p, "INSERT INTO users (id, name) VALUES (6, 'f')", weir_no_args());
        fails(&p, "INSERT INTO users (id, name) VALUES (2, 'b'), (1, 'again')", 1062);
        run(&p, "INSERT INTO users (id, name) VALUES (8, 'h'), (9, 'i')", weir_no_args());
        EXPECT_OK(weir_commit(p.store.session, &p.store.error), p.store.error);
        expect_rows(&p, 0, USERS, "6|f;8|h");
        expect_rows(&p, 1, USERS, "1|a;9|i");
        close_pair(&p);
    }
}

/* HAZARDS 34: NOW() is one for all shards, in words and in what columns are preset with; connections do not stay at that time. */
TEST(writes, time_is_the_same_on_all_shards)
{
    pair p;
    open_pair(&p, "");
    for (int i = 0; i < 5; i++) {
        run(&p, "REPLACE INTO users (id, name) VALUES (1, NOW(6)), (2, NOW(6))", weir_no_args());
        const char *first = live_one(&p.shard[0], "SELECT CONCAT(name, at) FROM users", weir_no_args());
        EXPECT_TEXT(live_one(&p.shard[1], "SELECT CONCAT(name, at) FROM users", weir_no_args()), first);
        run(&p, "UPDATE users SET name = 'x'", weir_no_args());
        first = live_one(&p.shard[0], "SELECT at FROM users", weir_no_args());
        EXPECT_TEXT(live_one(&p.shard[1], "SELECT at FROM users", weir_no_args()), first);
        run(&p, "REPLACE INTO countries VALUES ('de', 'x', NOW(6))", weir_no_args());
        first = live_one(&p.shard[0], "SELECT at FROM countries", weir_no_args());
        EXPECT_TEXT(live_one(&p.shard[1], "SELECT at FROM countries", weir_no_args()), first);
    }
    for (int i = 1; i <= 2; i++) {
        const char *then = live_one(&p.store, "SELECT NOW(6) FROM users WHERE id = ?", WEIR_ARGS(weir_int(i)));
        const char *now = live_one(&p.store, "SELECT NOW(6) FROM users WHERE id = ?", WEIR_ARGS(weir_int(i)));
        EXPECT_THAT(strcmp(then, now) != 0, "it stays at %s", now);
    }
    close_pair(&p);
}

TEST(writes, a_table_that_is_everywhere_is_written_everywhere)
{
    pair p;
    open_pair(&p, "");
    weir_result r = run(&p, "INSERT INTO countries (code, name) VALUES ('de', ?), ('fr', 'France')",
                        WEIR_ARGS(weir_text("Germany")));
    EXPECT_INT(r.affected, 2);
    EXPECT_INT(r.shards, 2);
    r = run(&p, "UPDATE countries SET name = UPPER(name) WHERE code = 'de'", weir_no_args());
    EXPECT_INT(r.affected, 1);
    fails(&p, "INSERT INTO countries (code) VALUES ('it'), ('de')", 1062);
    for (int i = 0; i < 2; i++)
        expect_rows(&p, i, "SELECT code, name FROM countries ORDER BY code", "de|GERMANY;fr|France");
    EXPECT_STATUS(
        weir_execute(p.store.session, "UPDATE countries SET name = UUID()", weir_no_args(), NULL, &p.store.error),
        p.store.error, WEIR_UNSUPPORTED);
    /* Copies that differ are not made to differ more. */
    live_run(&p.shard[1], "DELETE FROM countries WHERE code = 'fr'", weir_no_args());
    EXPECT_STATUS(
        weir_execute(p.store.session, "UPDATE countries SET name = 'x'", weir_no_args(), NULL, &p.store.error),
        p.store.error, WEIR_CONFIG);
    expect_rows(&p, 0, "SELECT name FROM countries ORDER BY code", "GERMANY;France");
    close_pair(&p);
}

TEST(writes, rows_of_a_query_stay_on_their_shard)
{
    pair p;
    open_pair(&p, "");
    run(&p, "INSERT INTO orders VALUES (1, 1), (2, 1), (2, 2), (3, 7)", weir_no_args());
    weir_result r =
        run(&p, "INSERT INTO archive (user_id, n) SELECT user_id, n FROM orders WHERE user_id = 2", weir_no_args());
    EXPECT_INT(r.affected, 2);
    r = run(&p,
            "INSERT IGNORE INTO archive (user_id, n) SELECT o.user_id, o.n FROM orders o WHERE o.n < 7 ORDER BY o.n",
            weir_no_args());
    EXPECT_INT(r.affected, 1);
    expect_rows(&p, 0, "SELECT * FROM archive ORDER BY n", "2|1;2|2");
    expect_rows(&p, 1, "SELECT * FROM archive", "1|1");
    static const char *const refused[] = {
        "INSERT INTO archive (user_id, n) SELECT n, user_id FROM orders",
        "INSERT INTO archive (user_id, n) SELECT user_id + 1, n FROM orders",
        "INSERT INTO archive (user_id, n) SELECT user_id, n FROM orders LIMIT 1",
        "INSERT INTO archive (user_id, n) SELECT user_id, MAX(n) FROM orders",
        "INSERT INTO tickets (owner, body) SELECT user_id, 'x' FROM orders WHERE user_id = 1",
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        EXPECT_STATUS(weir_execute(p.store.session, refused[i], weir_no_args(), NULL, &p.store.error), p.store.error,
                      WEIR_UNSUPPORTED);
    expect_rows(&p, 1, "SELECT * FROM archive", "1|1");
    close_pair(&p);
}

TEST(writes, rows_go_to_their_table_behind_one_name)
{
    pair p;
    open_pair(&p, "");
    weir_result r = run(&p,
                        "INSERT INTO messages (room, n) VALUES (1, 1), (2, 1), (3, 1), (4, 1), (5, 1), (6, 1), (7, 1), "
                        "(8, 1), (9, 1), (10, ?)",
                        WEIR_ARGS(weir_int(1)));
    EXPECT_INT(r.affected, 10);
    int sum = 0;
    for (int i = 0; i < 2; i++)
        for (int n = 0; n < 2; n++) {
            char sql[160];
            snprintf(sql, sizeof sql,
                     "SELECT COUNT(*) FROM messages_%d WHERE CRC32(room) %% 1024 %% 2 = %d AND CRC32(room) %% 1024 DIV "
                     "512 = "
                     "%d",
                     n, n, i);
            sum += live_one(&p.shard[i], sql, weir_no_args())[0] - '0';
        }
    EXPECT_INT(sum, 10);
    close_pair(&p);
}

/* ---- the shard key changes ---- */

TEST(writes, a_row_whose_key_changes_moves)
{
    static const char table[] =
        "CREATE OR REPLACE TABLE orders (user_id BIGINT NOT NULL, n INT NOT NULL, f FLOAT, d DOUBLE, b BIT(9), v "
        "VARBINARY(9), t TIME(3), y YEAR, e ENUM('a', 'b'), j JSON, g INT AS (n + 1), at DATETIME(6) DEFAULT NOW(6) ON "
        "UPDATE NOW(6), PRIMARY KEY (user_id, n))";
    static const char row[] =
        "SELECT CONCAT_WS(',', user_id, n, f * 1e9, d * 1e9, HEX(b), HEX(v), t, y, e, j, g) FROM orders";
    pair p;
    open_pair(&p, "");
    for (int i = 0; i < 2; i++)
        live_run(&p.shard[i], table, weir_no_args());
    run(&p,
        "INSERT INTO orders (user_id, n, f, d, b, v, t, y, e, j) VALUES (9007199254740993, 1, 1.1234567, 0.1, 257, "
        "X'00FF', '-12:00:00.5', 2024, 'b', '{\"a\": 1}'), (2, 1, 0, 0, 0, '', 0, 2000, 'a', NULL)",
        weir_no_args());
    char before[400];
    snprintf(before, sizeof before, "%s", live_one(&p.shard[1], row, weir_no_args()));
    weir_result r = run(&p, "UPDATE orders SET user_id = ? WHERE user_id = ?",
                        WEIR_ARGS(weir_int(9007199254740992), weir_int(9007199254740993)));
    EXPECT_INT(r.affected, 1);
    EXPECT_INT(r.shards, 2);
    expect_rows(&p, 1, row, "");
    EXPECT_TEXT(live_one(&p.shard[0], "SELECT COUNT(*) FROM orders WHERE user_id = 9007199254740992", weir_no_args()),
                "1");
    run(&p, "UPDATE orders SET n = n + 0, user_id = 9007199254740993 WHERE user_id = 9007199254740992", weir_no_args());
    EXPECT_TEXT(live_one(&p.shard[1], row, weir_no_args()), before);
    /* To a key on the same shard it is the server's own affair; to one that is taken it fails, and nothing has moved. */
    run(&p, "UPDATE orders SET user_id = 4 WHERE user_id = 2", weir_no_args());
    fails(&p, "UPDATE orders SET user_id = 4 WHERE user_id = 9007199254740993", 1062);
    EXPECT_TEXT(live_one(&p.shard[1], row, weir_no_args()), before);
    expect_rows(&p, 0, "SELECT user_id, n FROM orders", "4|1");
    r = run(&p, "UPDATE orders SET user_id = 4 WHERE user_id = 77", weir_no_args());
    EXPECT_INT(r.affected, 0);
    static const char *const refused[] = {
        "UPDATE orders SET user_id = 5",
        "UPDATE orders SET user_id = user_id + 1 WHERE user_id = 4",
        "UPDATE IGNORE orders SET user_id = 5 WHERE user_id = 4",
        "UPDATE orders SET user_id = 5 WHERE user_id = 4 LIMIT 1",
        "UPDATE users SET id = 5 WHERE id = 4", /* it has a TIMESTAMP */
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        EXPECT_STATUS(weir_execute(p.store.session, refused[i], weir_no_args(), NULL, &p.store.error), p.store.error,
                      WEIR_UNSUPPORTED);
    /* Rows of other tables would be lost with the row that they refer to. */
    live_run(&p.shard[0],
             "CREATE OR REPLACE TABLE archive (user_id BIGINT NOT NULL, n INT NOT NULL, FOREIGN KEY "
             "(user_id, n) REFERENCES orders (user_id, n) ON UPDATE CASCADE ON DELETE CASCADE)",
             weir_no_args());
    live_run(&p.shard[0], "INSERT INTO archive VALUES (4, 1)", weir_no_args());
    EXPECT_STATUS(weir_execute(p.store.session, "UPDATE orders SET user_id = 5 WHERE user_id = 4", weir_no_args(), NULL,
                               &p.store.error),
                  p.store.error, WEIR_UNSUPPORTED);
    expect_rows(&p, 0, "SELECT user_id FROM archive", "4");
    live_run(&p.shard[0], "DROP TABLE archive", weir_no_args());
    live_run(&p.shard[0], "CREATE TABLE archive (a INT)", weir_no_args());
    close_pair(&p);
}

/* ---- ids ---- */

TEST(writes, ids_are_made_as_auto_increment_would)
{
    pair p;
    open_pair(&p, "");
    weir_result r = run(&p, "INSERT INTO tickets (owner, body) VALUES (1, 'a')", weir_no_args());
    EXPECT_INT(r.insert_id, 1);
    r = run(&p, "INSERT INTO tickets (owner, body) VALUES (1, 'b'), (2, 'c'), (3, ?)", WEIR_ARGS(weir_text("d")));
    EXPECT_INT(r.insert_id, 2);
    EXPECT_INT(r.affected, 3);
    r = run(&p, "INSERT INTO tickets VALUES (NULL, 2, 'e'), (0, 1, 'f'), (70, 1, 'g')", weir_no_args());
    EXPECT_INT(r.insert_id, 5);
    r = run(&p, "INSERT INTO tickets (id, owner, body) VALUES (DEFAULT, ?, ?), (?, 4, ?)",
            WEIR_ARGS(weir_int(2), weir_text("h"), weir_null(), weir_text("i")));
    EXPECT_INT(r.insert_id, 7);
    r = run(&p, "INSERT INTO tickets SET owner = 6, body = 'j'", weir_no_args());
    EXPECT_INT(r.insert_id, 9);
    r = run(&p, "REPLACE INTO tickets SET id = ?, owner = 6, body = ?", WEIR_ARGS(weir_null(), weir_text("k")));
    EXPECT_INT(r.insert_id, 10);
    run(&p, "INSERT INTO tickets (id, owner, body) VALUES (80, 6, 'l')", weir_no_args());
    expect_rows(&p, 0, "SELECT id, owner, body FROM tickets ORDER BY id",
                "3|2|c;5|2|e;7|2|h;8|4|i;9|6|j;10|6|k;80|6|l");
    expect_rows(&p, 1, "SELECT id, owner, body FROM tickets ORDER BY id", "1|1|a;2|1|b;4|3|d;6|1|f;70|1|g");
    static const char *const refused[] = {
        "INSERT INTO tickets (id, owner) VALUES (1 + 1, 1)",
        "INSERT IGNORE INTO tickets (owner, body) VALUES (1, 'a'), (2, 'b')",
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        EXPECT_STATUS(weir_execute(p.store.session, refused[i], weir_no_args(), NULL, &p.store.error), p.store.error,
                      WEIR_UNSUPPORTED);
    r = run(&p, "INSERT IGNORE INTO tickets (owner, body) VALUES (1, 'z')", weir_no_args());
    EXPECT(r.insert_id > 10);
    close_pair(&p);
}

/* The id is the shard key: each row is placed by the one that it gets. */
TEST(writes, a_made_id_places_its_row)
{
    pair p;
    open_pair(&p, "");
    uint64_t before = 0;
    for (int i = 0; i < 20; i++) {
        weir_result r = run(&p, "INSERT INTO flakes (body) VALUES (?), (?), (?)",
                            WEIR_ARGS(weir_text("a"), weir_text("b"), weir_text("c")));
        EXPECT_INT(r.affected, 3);
        EXPECT(r.insert_id > before);
        before = r.insert_id;
        EXPECT_TEXT(live_one(&p.store, "SELECT body FROM flakes WHERE id = ?", WEIR_ARGS(weir_uint(r.insert_id))), "a");
    }
    expect_rows(&p, 0, "SELECT COUNT(*) FROM flakes WHERE id % 2 = 1", "0");
    expect_rows(&p, 1, "SELECT COUNT(*) FROM flakes WHERE id % 2 = 0", "0");
    EXPECT_TEXT(live_one(&p.store, "SELECT COUNT(*) FROM flakes", weir_no_args()), "60");
    close_pair(&p);
}

/* ---- definitions ---- */

TEST(writes, a_definition_goes_to_the_shards_of_its_table)
{
    pair p;
    open_pair(&p, "");
    weir_result r = run(&p, "ALTER TABLE users ADD age INT NOT NULL DEFAULT 7", weir_no_args());
    EXPECT_INT(r.shards, 2);
    run(&p, "INSERT INTO users (id, name) VALUES (1, 'a'), (2, 'b')", weir_no_args());
    EXPECT_TEXT(live_one(&p.store, "SELECT SUM(age) FROM users", weir_no_args()), "14");
    run(&p, "CREATE INDEX by_age ON users (age)", weir_no_args());
    run(&p, "CREATE TABLE IF NOT EXISTS `archive` LIKE orders", weir_no_args());
    run(&p, "TRUNCATE TABLE users", weir_no_args());
    EXPECT_TEXT(live_one(&p.store, "SELECT COUNT(*) FROM users", weir_no_args()), "0");
    for (int i = 0; i < 2; i++)
        expect_rows(&p, i,
                    "SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = DATABASE() AND "
                    "index_name = 'by_age'",
                    "1");
    static const char *const refused[] = {
        "CREATE TABLE unheard (a INT)",
        "CREATE TABLE archive AS SELECT * FROM orders",
        "ALTER TABLE messages ADD x INT",
        "ALTER TABLE shop.users ADD x INT",
        "CREATE USER somebody",
        "GRANT SELECT ON *.* TO somebody",
        "CREATE DATABASE other",
        "CREATE TEMPORARY TABLE users (a INT)",
        "FLUSH TABLES",
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        weir_status status = weir_execute(p.store.session, refused[i], weir_no_args(), NULL, &p.store.error);
        EXPECT_THAT(status == WEIR_UNSUPPORTED, "%s: %s: %s", refused[i], weir_status_name(status), p.store.error.text);
    }
    live_run(&p.store, "BEGIN", weir_no_args());
    EXPECT_STATUS(weir_execute(p.store.session, "TRUNCATE users", weir_no_args(), NULL, &p.store.error), p.store.error,
                  WEIR_UNSUPPORTED);
    live_run(&p.store, "ROLLBACK", weir_no_args());
    close_pair(&p);
}

TEST(writes, a_definition_tells_where_it_was_done)
{
    pair p;
    open_pair(&p, "");
    live_run(&p.shard[1], "ALTER TABLE users ADD age INT", weir_no_args());
    fails(&p, "ALTER TABLE users ADD age INT", 1060);
    EXPECT_THAT(strstr(p.store.error.text, "done on s0, not on s1"), "%s", p.store.error.text);
    fails(&p, "ALTER TABLE users ADD age INT", 1060); /* the first one refuses now: no other is asked */
    EXPECT_THAT(!strstr(p.store.error.text, "done on"), "%s", p.store.error.text);
    close_pair(&p);
}
