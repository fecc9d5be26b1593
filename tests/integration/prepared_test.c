/* prepared_test.c - statements that stay prepared: their number, and that nobody can tell. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/str.h"
#include "tests/support/live.h"
#include "tests/support/server.h"

enum { ANSWER = 1 << 16 };

/* Names, types and bytes, or the failure, as one text. */
static const char *answer(live *l, const char *sql, weir_args args, weir__buf *out)
{
    weir_rows *rows = NULL;
    weir__buf_reset(out);
    weir_status status = weir_query(l->session, sql, args, &rows, &l->error);
    for (uint32_t i = 0; status == WEIR_OK && i < weir_column_count(rows); i++) {
        weir_column c = weir_column_at(rows, i);
        weir__buf_addf(out, "%.*s.%.*s %d %u %d%d%d|", WEIR__STR(c.table), WEIR__STR(c.name), (int)c.type, c.decimals,
                       c.nullable, c.is_unsigned, c.binary);
    }
    while (status == WEIR_OK && weir_next(rows)) {
        weir__buf_adds(out, "\n");
        for (uint32_t i = 0; i < weir_column_count(rows); i++) {
            weir_str cell = weir_get_text(rows, i);
            weir__buf_addf(out, "%zu:", cell.size);
            weir__buf_add(out, cell.data ? cell.data : "NULL", cell.data ? cell.size : 4);
            weir__buf_addc(out, '|');
        }
    }
    if (rows)
        status = weir_finish(rows, &l->error);
    if (status != WEIR_OK)
        weir__buf_addf(out, "\n%s %d", weir_status_name(status), l->error.server_errno);
    return weir__buf_text(out);
}

/* How often the only connection has prepared. */
static int64_t prepares(live *l)
{
    return strtoll(live_one(l,
                            "SELECT VARIABLE_VALUE FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = "
                            "'Com_stmt_prepare'",
                            weir_no_args()),
                   NULL, 10);
}

TEST(prepared, a_statement_is_prepared_once)
{
    static const char *const statements[] = {
        "SELECT id, name FROM kept WHERE id = ?",
        "SELECT id FROM kept WHERE id = ? FOR UPDATE",
        "INSERT INTO kept (id, name) VALUES (?, 'x')",
        "UPDATE kept SET name = 'y' WHERE id = ?",
        "DELETE FROM kept WHERE id = ?",
    };
    live l;
    live_open(&l, "  pool: {max: 1}\n");
    live_run(&l, "CREATE OR REPLACE TABLE kept (id INT PRIMARY KEY, name VARCHAR(600))", weir_no_args());
    for (size_t s = 0; s < sizeof statements / sizeof *statements; s++) {
        int64_t before = prepares(&l);
        for (int i = 0; i < 5; i++)
            live_run(&l, statements[s], WEIR_ARGS(weir_int(i)));
        EXPECT_THAT(prepares(&l) == before + 1, "%s: prepared %d times", statements[s], (int)(prepares(&l) - before));
    }
    EXPECT(live_counter(&l, "weir_prepared_kept") == 5 && live_counter(&l, "weir_prepares_total") == 5);
    live_run(&l, "DROP TABLE kept", weir_no_args());
    live_close(&l);
}

/* What gives rows and may not run twice, and what the session's own settings decide, is prepared each time. */
TEST(prepared, what_is_not_kept)
{
    live l;
    live_open(&l, "  pool: {max: 1}\n");
    live_run(&l, "CREATE OR REPLACE TABLE kept (id INT PRIMARY KEY, v INT)", weir_no_args());
    live_run(&l, "CREATE OR REPLACE PROCEDURE kept_call(IN a INT) SELECT a", weir_no_args());
    int64_t before = prepares(&l);
    for (int i = 0; i < 3; i++) {
        live_run(&l, "INSERT INTO kept VALUES (?, 1) RETURNING id", WEIR_ARGS(weir_int(i)));
        weir_session_close(l.session); /* CALL leaves it with a connection of its own */
        EXPECT_OK(weir_session_open(l.client, NULL, &l.session, &l.error), l.error);
    }
    EXPECT_INT(prepares(&l) - before, 3);
    live_run(&l, "CALL kept_call(?)", WEIR_ARGS(weir_int(1)));
    live_run(&l, "CALL kept_call(?)", WEIR_ARGS(weir_int(1)));
    EXPECT(live_counter(&l, "weir_prepared_kept") == 0);
    live_run(&l, "SET sql_mode = 'ANSI_QUOTES'", weir_no_args());
    live_run(&l, "SELECT \"id\" FROM kept WHERE v = ?", WEIR_ARGS(weir_int(1)));
    EXPECT(live_counter(&l, "weir_prepared_kept") == 0);
    live_run(&l, "DROP PROCEDURE kept_call", weir_no_args());
    live_run(&l, "DROP TABLE kept", weir_no_args());
    live_close(&l);
}

/* HAZARDS 39: the server counts what all pools to it keep, so one budget holds for all of them. */
TEST(prepared, databases_on_one_server_share_its_budget)
{
    enum { BUDGET = 5, STATEMENTS = 8 };
    live l;
    char yaml[8192], address[200] = "", sql[100];
    const char *given = live_yaml("  pool: {max: 1, prepared: 5}\n"), *at = strstr(given, "primary: ");
    EXPECT(at && sscanf(at, "primary: %199[^,}]", address) == 1);
    int size = snprintf(yaml, sizeof yaml, "%s\n  again:\n    shards:\n      again: {primary: %s, schema: shop}\n",
                        given, address);
    EXPECT(size > 0 && (size_t)size < sizeof yaml);
    weir_client_options options = WEIR_CLIENT_OPTIONS_INIT;
    weir_session_options session = WEIR_SESSION_OPTIONS_INIT;
    memset(&l, 0, sizeof l);
    options.yaml = yaml;
    EXPECT_OK(weir_open(NULL, &options, &l.client, &l.error), l.error);
    for (int round = 0; round < 3; round++)
        for (int database = 0; database < 2; database++) {
            session.database = database ? "again" : "shop";
            EXPECT_OK(weir_session_open(l.client, &session, &l.session, &l.error), l.error);
            for (int i = 0; i < STATEMENTS; i++) {
                snprintf(sql, sizeof sql, "SELECT %d + ?", i);
                live_run(&l, sql, WEIR_ARGS(weir_int(i)));
            }
            weir_session_close(l.session);
            int64_t kept = live_counter(&l, "weir_prepared_kept");
            EXPECT_THAT(kept == BUDGET, "%" PRId64 " statements are kept on one server", kept);
        }
    weir_close(l.client);
}

/* HAZARDS 20: whatever becomes of the table, the kept statement answers as a new one. */
TEST(prepared, definitions_change_under_it)
{
    static const char *const statements[] = {
        "SELECT * FROM kept WHERE id >= ? ORDER BY id",
        "SELECT k.*, 1 + ? AS e FROM kept k ORDER BY id",
        "SELECT id, a, b FROM kept WHERE id >= ? ORDER BY id",
        "SELECT MAX(a), MIN(b) FROM kept WHERE id >= ?",
        "SELECT a FROM (SELECT a, id FROM kept) t WHERE id >= ? FOR UPDATE",
    };
    static const char *const changes[] = {
        "ALTER TABLE kept ADD n INT DEFAULT 7 FIRST, DROP c",
        "ALTER TABLE kept ADD c INT DEFAULT 9",
        "ALTER TABLE kept MODIFY a VARCHAR(20)",
        "ALTER TABLE kept MODIFY a INT UNSIGNED NOT NULL",
        "ALTER TABLE kept MODIFY a INT ZEROFILL",
        "ALTER TABLE kept MODIFY a DECIMAL(10,2)",
        "ALTER TABLE kept MODIFY a DECIMAL(10,4)",
        "ALTER TABLE kept MODIFY a DOUBLE",
        "ALTER TABLE kept MODIFY a FLOAT",
        "ALTER TABLE kept MODIFY b VARBINARY(200)",
        "ALTER TABLE kept MODIFY b BLOB",
        "ALTER TABLE kept MODIFY b DATETIME(3)",
        "ALTER TABLE kept RENAME COLUMN c TO renamed",
        "ALTER TABLE kept RENAME COLUMN n TO c",
        "ALTER TABLE kept DROP a",
        "ALTER TABLE kept ADD a BIGINT DEFAULT -5 AFTER b",
        "ALTER TABLE kept MODIFY a INT AFTER id",
        "ALTER TABLE kept CHANGE a b INT, CHANGE b a DATETIME(3)",
        "DROP TABLE kept",
        "CREATE TABLE kept (id INT, a INT, b INT, c INT) AS SELECT 1 AS id, 2 AS a, 3 AS b, 4 AS c",
        "RENAME TABLE kept TO kept_base",
        "CREATE VIEW kept AS SELECT id, b AS a, a AS b FROM kept_base",
        "CREATE OR REPLACE VIEW kept AS SELECT id, a, CAST(b AS CHAR) AS b FROM kept_base",
    };
    live l, fresh;
    weir__buf kept, anew;
    weir__buf_init(&kept, &test_env()->mem, ANSWER);
    weir__buf_init(&anew, &test_env()->mem, ANSWER);
    live_open(&l, "  pool: {max: 1}\n");
    live_open(&fresh, "  pool: {max: 1, prepared: 0}\n");
    live_run(&fresh, "DROP TABLE IF EXISTS kept, kept_base", weir_no_args());
    live_run(&fresh, "CREATE TABLE kept (id INT PRIMARY KEY, a INT, b VARCHAR(100), c INT DEFAULT 3)", weir_no_args());
    live_run(&fresh, "INSERT INTO kept (id, a, b) VALUES (1, 10, '2024-02-29 01:02:03.004'), (2, 20, NULL)",
             weir_no_args());
    for (size_t i = 0; i <= sizeof changes / sizeof *changes; i++) {
        for (size_t s = 0; s < sizeof statements / sizeof *statements; s++)
            for (int twice = 0; twice < 2; twice++) {
                const char *by_kept = answer(&l, statements[s], WEIR_ARGS(weir_int(0)), &kept);
                const char *by_new = answer(&fresh, statements[s], WEIR_ARGS(weir_int(0)), &anew);
                EXPECT_THAT(strcmp(by_kept, by_new) == 0, "after %s: %s\n  kept:\n%s\n  new:\n%s",
                            i ? changes[i - 1] : "nothing", statements[s], by_kept, by_new);
            }
        if (i < sizeof changes / sizeof *changes)
            live_run(&fresh, changes[i], weir_no_args());
    }
    EXPECT(live_counter(&l, "weir_prepared_kept") == 5 && live_counter(&fresh, "weir_prepared_kept") == 0);
    live_run(&fresh, "DROP VIEW kept", weir_no_args());
    live_run(&fresh, "DROP TABLE kept_base", weir_no_args());
    live_close(&l);
    live_close(&fresh);
    weir__buf_deinit(&kept);
    weir__buf_deinit(&anew);
}

/* Within a transaction too, and a write that was kept. */
TEST(prepared, definitions_change_between_writes)
{
    live l, other;
    live_open(&l, "  pool: {max: 1}\n");
    live_open(&other, NULL);
    live_run(&l, "CREATE OR REPLACE TABLE kept (id INT PRIMARY KEY, v INT)", weir_no_args());
    for (int i = 0; i < 3; i++) {
        live_run(&l, "INSERT INTO kept (id, v) VALUES (?, ?)", WEIR_ARGS(weir_int(i), weir_int(7)));
        live_run(&other,
                 i == 0 ? "ALTER TABLE kept MODIFY v VARCHAR(10), ADD w INT DEFAULT 5"
                        : "ALTER TABLE kept MODIFY v VARCHAR(20) FIRST, MODIFY w INT DEFAULT 6 FIRST",
                 weir_no_args());
    }
    EXPECT_TEXT(live_rows(&l, "SELECT id, v, w FROM kept ORDER BY id", weir_no_args()), "0|7|5;1|7|5;2|7|6");
    live_run(&l, "DROP TABLE kept", weir_no_args());
    live_close(&l);
    live_close(&other);
}

/* The types of the first values have a say in what the server makes of the statement: other ones do not inherit it. */
TEST(prepared, values_of_another_type)
{
    static const char *const statements[] = {
        "SELECT ?",
        "SELECT v FROM kept WHERE v = ? ORDER BY v",
        "SELECT v FROM kept WHERE n = ? ORDER BY v",
        "SELECT COALESCE(?, n) AS c FROM kept ORDER BY n",
    };
    const weir_value values[] = {weir_int(5),       weir_text("5"),      weir_null(),  weir_text("05"),
                                 weir_double(5.0),  weir_decimal("5.0"), weir_uint(5), weir_bytes("5", 1),
                                 weir_text("5abc"), weir_null(),         weir_int(-1)};
    live l, fresh;
    weir__buf kept, anew;
    weir__buf_init(&kept, &test_env()->mem, ANSWER);
    weir__buf_init(&anew, &test_env()->mem, ANSWER);
    live_open(&l, "  pool: {max: 1}\n");
    live_open(&fresh, "  pool: {max: 1, prepared: 0}\n");
    live_run(&l, "CREATE OR REPLACE TABLE kept (v VARCHAR(20), n INT)", weir_no_args());
    live_run(&l, "INSERT INTO kept VALUES ('5', 5), ('05', 6), ('5abc', 7), ('-1', -1)", weir_no_args());
    for (size_t s = 0; s < sizeof statements / sizeof *statements; s++)
        for (size_t i = 0; i < sizeof values / sizeof *values; i++)
            for (size_t j = 0; j < sizeof values / sizeof *values; j++) {
                answer(&l, statements[s], WEIR_ARGS(values[i]), &kept);
                const char *by_kept = answer(&l, statements[s], WEIR_ARGS(values[j]), &kept);
                const char *by_new = answer(&fresh, statements[s], WEIR_ARGS(values[j]), &anew);
                EXPECT_THAT(strcmp(by_kept, by_new) == 0, "%s of value %zu after %zu\n  kept:\n%s\n  new:\n%s",
                            statements[s], j, i, by_kept, by_new);
            }
    int64_t before = prepares(&l);
    for (size_t i = 0; i < 4; i++) /* integer, text, NULL, text */
        answer(&l, "SELECT n FROM kept WHERE v = ?", WEIR_ARGS(values[i]), &kept);
    EXPECT_INT(prepares(&l) - before, 2);
    live_run(&l, "DROP TABLE kept", weir_no_args());
    live_close(&l);
    live_close(&fresh);
    weir__buf_deinit(&kept);
    weir__buf_deinit(&anew);
}

/* Rows of many widths and long values through the same places. */
TEST(prepared, long_values_and_many_columns_by_turns)
{
    live l;
    live_open(&l, "  pool: {max: 1}\n");
    for (int i = 0; i < 3; i++) {
        EXPECT_TEXT(live_rows(&l, "SELECT ?, 'a'", WEIR_ARGS(weir_int(i))), i == 0 ? "0|a" : i == 1 ? "1|a" : "2|a");
        EXPECT_TEXT(live_one(&l, "SELECT MD5(x) FROM (SELECT REPEAT('x', ?) AS x) t", WEIR_ARGS(weir_int(5000))),
                    live_one(&l, "SELECT MD5(REPEAT('x', 5000))", weir_no_args()));
        EXPECT_INT(strlen(live_one(&l, "SELECT REPEAT('y', ?)", WEIR_ARGS(weir_int(900 + i)))), 900 + i);
        EXPECT_TEXT(live_rows(&l, "SELECT 1, 2, 3, 4, 5, 6, 7, 8, ?", WEIR_ARGS(weir_int(9))), "1|2|3|4|5|6|7|8|9");
    }
    live_close(&l);
}

/* HAZARDS 39: the budget holds over all connections, and statements in plenty still answer. */
TEST(prepared, the_budget_is_the_endpoints)
{
    enum { STATEMENTS = 30, SESSIONS = 3 };
    live l;
    weir_session *sessions[SESSIONS] = {NULL};
    char sql[100], wanted[20];
    live_open(&l, "  pool: {max: 4, prepared: 6}\n");
    for (int s = 0; s < SESSIONS; s++) {
        EXPECT_OK(weir_session_open(l.client, NULL, &sessions[s], &l.error), l.error);
        EXPECT_OK(weir_begin(sessions[s], NULL, &l.error), l.error);
    }
    for (int i = 0; i < STATEMENTS * 4; i++) {
        live one = {l.client, sessions[i % SESSIONS], l.error, WEIR_OK};
        int number = i % STATEMENTS;
        snprintf(sql, sizeof sql, "SELECT ? + %d", number);
        snprintf(wanted, sizeof wanted, "%d", number + 1);
        EXPECT_TEXT(live_one(&one, sql, WEIR_ARGS(weir_int(1))), wanted);
        EXPECT(live_counter(&l, "weir_prepared_kept") <= 6);
    }
    EXPECT(live_counter(&l, "weir_prepared_kept") == 6);
    for (int s = 0; s < SESSIONS; s++)
        weir_session_close(sessions[s]);
    live_close(&l);
}

/* Others use up the server's own limit: weir gives up what it keeps, and goes on. */
TEST(prepared, the_servers_limit)
{
    live l;
    live_open(&l, "  pool: {max: 1}\n");
    for (int i = 0; i < 4; i++) {
        char sql[100];
        snprintf(sql, sizeof sql, "SELECT ? + %d", i);
        live_run(&l, sql, WEIR_ARGS(weir_int(1)));
    }
    EXPECT(live_counter(&l, "weir_prepared_kept") == 4);
    EXPECT(server_root("SET GLOBAL max_prepared_stmt_count = 4"));
    EXPECT_TEXT(live_one(&l, "SELECT ? + 100", WEIR_ARGS(weir_int(1))), "101");
    EXPECT(live_counter(&l, "weir_prepared_kept") == 1);
    EXPECT(server_root("SET GLOBAL max_prepared_stmt_count = 0"));
    EXPECT_TEXT(live_one(&l, "SELECT ? + 100", WEIR_ARGS(weir_int(1))), "101"); /* it is there */
    weir_status status = weir_execute(l.session, "SELECT ? + 101", WEIR_ARGS(weir_int(1)), NULL, &l.error);
    EXPECT_STATUS(status, l.error, WEIR_BUSY);
    EXPECT_INT(l.error.server_errno, 1461);
    EXPECT(server_root("SET GLOBAL max_prepared_stmt_count = 16382"));
    live_run(&l, "SELECT ? + 101", WEIR_ARGS(weir_int(1)));
    live_close(&l);
}

/* A stream that is given up takes its connection along, and the statements on it. */
TEST(prepared, rows_that_nobody_reads)
{
    live l;
    live_open(&l, NULL);
    for (int i = 0; i < 6; i++) {
        weir_rows *rows = NULL;
        EXPECT_OK(weir_query(l.session, "SELECT seq, REPEAT('x', 100) FROM seq_1_to_100000 WHERE seq > ?",
                             WEIR_ARGS(weir_int(i % 2 ? 0 : 99990)), &rows, &l.error),
                  l.error);
        EXPECT(weir_next(rows) && weir_get_int(rows, 0) == (i % 2 ? 1 : 99991));
        EXPECT_OK(weir_finish(rows, &l.error), l.error);
    }
    EXPECT(live_counter(&l, "weir_prepared_kept") <= 1);
    live_close(&l);
}

static weir_status torture(void)
{
    live l = {.client = NULL};
    weir_client_options options = WEIR_CLIENT_OPTIONS_INIT;
    options.yaml = live_yaml("  pool: {max: 1}\n");
    weir_status status = live_client(test_env(), &options, &l.client, &l.error);
    if (status == WEIR_OK)
        status = weir_session_open(l.client, NULL, &l.session, &l.error);
    for (int i = 0; i < 2 && status == WEIR_OK; i++)
        status = weir_execute(l.session, "SELECT ?, 'a'", WEIR_ARGS(weir_int(i)), NULL, &l.error);
    if (status == WEIR_OK)
        status = weir_execute(l.session, "SELECT ?, REPEAT('a', 1000)", WEIR_ARGS(weir_text("x")), NULL, &l.error);
    weir_session_close(l.session);
    weir_close(l.client);
    return status;
}

TORTURE(prepared, memory_fails)
{
    return torture();
}
