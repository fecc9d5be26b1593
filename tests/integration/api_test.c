/* api_test.c - queries, rows, getters and errors, from the header down to a server. SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "tests/support/live.h"

TEST(api, values_go_in_and_come_back)
{
    live l;
    live_open(&l, NULL);
    live_run(&l,
             "CREATE OR REPLACE TABLE api_values (id INT PRIMARY KEY, t TEXT, b BLOB, d DECIMAL(20,5), f DOUBLE, u "
             "BIGINT UNSIGNED)",
             weir_no_args());
    live_run(&l, "INSERT INTO api_values VALUES (?, ?, ?, ?, ?, ?)",
             WEIR_ARGS(weir_int(-7), weir_text("gr\xC3\xBC\xC3\x9F' \"\\ ?"), weir_bytes("a\0\xFF", 3),
                       weir_decimal("12345678901234.56789"), weir_double(0.1), weir_uint(UINT64_MAX)));
    weir_rows *rows = NULL;
    EXPECT_OK(weir_query(l.session, "SELECT * FROM api_values WHERE id = ?", WEIR_ARGS(weir_int(-7)), &rows, &l.error),
              l.error);
    EXPECT_INT(weir_column_count(rows), 6);
    EXPECT(weir_next(rows));
    EXPECT_INT(weir_get_int(rows, 0), -7);
    weir_str t = weir_get_text(rows, 1), b = weir_get_text(rows, 2), d = weir_get_text(rows, 3);
    EXPECT(t.size == 12 && memcmp(t.data, "gr\xC3\xBC\xC3\x9F' \"\\ ?", 12) == 0);
    EXPECT(b.size == 3 && memcmp(b.data, "a\0\xFF", 3) == 0);
    EXPECT(d.size == 20 && memcmp(d.data, "12345678901234.56789", 20) == 0);
    EXPECT(weir_get_double(rows, 4) == 0.1);
    EXPECT(weir_get_uint(rows, 5) == UINT64_MAX);
    EXPECT(!weir_next(rows));
    EXPECT_OK(weir_finish(rows, &l.error), l.error);
    live_run(&l, "DROP TABLE api_values", weir_no_args());
    live_close(&l);
}

TEST(api, columns_describe_themselves)
{
    live l;
    live_open(&l, NULL);
    weir_rows *rows = NULL;
    EXPECT_OK(weir_query(l.session, "SELECT t.a AS first, t.b, t.a + 1, t.c FROM (SELECT 1 a, 'x' b, x'00' c) t",
                         weir_no_args(), &rows, &l.error),
              l.error);
    weir_column first = weir_column_at(rows, 0), b = weir_column_at(rows, 1), c = weir_column_at(rows, 3),
                none = weir_column_at(rows, 9);
    EXPECT(first.name.size == 5 && memcmp(first.name.data, "first", 5) == 0);
    EXPECT(first.table.size == 1 && first.table.data[0] == 't');
    EXPECT_INT(first.type, WEIR_T_INT);
    EXPECT_INT(b.type, WEIR_T_TEXT);
    EXPECT_INT(c.type, WEIR_T_BYTES);
    EXPECT(c.binary && !b.binary);
    EXPECT_INT(none.name.size, 0);
    EXPECT_INT(weir_column_find(rows, "FIRST"), 0);
    EXPECT_INT(weir_column_find(rows, "nothing"), -1);
    EXPECT_OK(weir_finish(rows, &l.error), l.error);
    EXPECT_OK(weir_query(l.session, "SELECT 1 AS x, 2 AS X", weir_no_args(), &rows, &l.error), l.error);
    EXPECT_INT(weir_column_find(rows, "x"), -1);
    EXPECT_OK(weir_finish(rows, &l.error), l.error);
    live_close(&l);
}

TEST(api, results_say_what_changed)
{
    live l;
    weir_result r;
    live_open(&l, NULL);
    live_run(&l, "CREATE OR REPLACE TABLE api_ids (id INT AUTO_INCREMENT PRIMARY KEY, v INT) AUTO_INCREMENT = 100",
             weir_no_args());
    EXPECT_OK(weir_execute(l.session, "INSERT INTO api_ids (v) VALUES (1), (2), (3)", weir_no_args(), &r, &l.error),
              l.error);
    EXPECT_INT(r.affected, 3);
    EXPECT_INT(r.insert_id, 100);
    EXPECT_INT(r.shards, 1);
    EXPECT_OK(weir_execute(l.session, "UPDATE api_ids SET v = 2 WHERE v >= ?", WEIR_ARGS(weir_int(2)), &r, &l.error),
              l.error);
    EXPECT_INT(r.affected, 1);
    EXPECT_OK(weir_execute(l.session, "SELECT CAST('x' AS SIGNED)", weir_no_args(), &r, &l.error), l.error);
    EXPECT_INT(r.warnings, 1);
    EXPECT_INT(r.affected, 0);
    weir_rows *rows = NULL;
    EXPECT_OK(weir_query(l.session, "INSERT INTO api_ids (v) VALUES (9)", weir_no_args(), &rows, &l.error), l.error);
    EXPECT_INT(weir_column_count(rows), 0);
    EXPECT_INT(weir_rows_result(rows).insert_id, 103);
    EXPECT(!weir_next(rows));
    EXPECT_OK(weir_finish(rows, &l.error), l.error);
    EXPECT_TEXT(live_rows(&l, "INSERT INTO api_ids (v) VALUES (5) RETURNING id, v", weir_no_args()), "104|5");
    live_run(&l, "DROP TABLE api_ids", weir_no_args());
    live_close(&l);
}

TEST(api, getters_are_exact_or_fail)
{
    static const struct {
        const char *sql;
        bool as_int, as_uint, as_double, as_time;
    } rows[] = {
        {"SELECT 42", true, true, true, false},
        {"SELECT -1", true, false, true, false},
        {"SELECT 18446744073709551615", false, true, false, false},
        {"SELECT 9007199254740993", true, true, false, false},
        {"SELECT CAST(12 AS DECIMAL(5,2))", true, true, true, false},
        {"SELECT CAST(12.5 AS DECIMAL(5,2))", false, false, true, false},
        {"SELECT CAST(0.1 AS DECIMAL(5,2))", false, false, false, false},
        {"SELECT CAST(-0.5 AS DECIMAL(5,2))", false, false, true, false},
        {"SELECT 0.1e0", false, false, true, false},
        {"SELECT 3e0", true, true, true, false},
        {"SELECT 1e300", false, false, true, false},
        {"SELECT '17'", true, true, true, false},
        {"SELECT '17x'", false, false, false, false},
        {"SELECT ''", false, false, false, false},
        {"SELECT DATE '2024-02-29'", false, false, false, true},
        {"SELECT TIMESTAMP '2024-02-29 23:59:58.5'", false, false, false, true},
        {"SELECT CAST('-123:04:05.000001' AS TIME(6))", false, false, false, true},
        {"SELECT NULL", true, true, true, true},
    };
    live l;
    live_open(&l, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int getter = 0; getter < 4; getter++) {
            const bool fits[] = {rows[i].as_int, rows[i].as_uint, rows[i].as_double, rows[i].as_time};
            weir_rows *r = NULL;
            EXPECT_OK(weir_query(l.session, rows[i].sql, weir_no_args(), &r, &l.error), l.error);
            EXPECT(weir_next(r));
            if (getter == 0)
                weir_get_int(r, 0);
            else if (getter == 1)
                weir_get_uint(r, 0);
            else if (getter == 2)
                weir_get_double(r, 0);
            else
                weir_get_time(r, 0);
            weir_status status = weir_finish(r, &l.error);
            EXPECT_THAT(status == (fits[getter] ? WEIR_OK : WEIR_TYPE), "%s by getter %d: %s", rows[i].sql, getter,
                        weir_status_name(status));
        }
    weir_rows *r = NULL;
    EXPECT_OK(weir_query(l.session, "SELECT CAST('-123:04:05.000001' AS TIME(6)), TIMESTAMP '2024-02-29 23:59:58.5'",
                         weir_no_args(), &r, &l.error),
              l.error);
    EXPECT(weir_next(r));
    weir_time t = weir_get_time(r, 0), ts = weir_get_time(r, 1);
    EXPECT(t.negative && t.hour == 123 && t.minute == 4 && t.second == 5 && t.microsecond == 1);
    EXPECT(ts.year == 2024 && ts.month == 2 && ts.day == 29 && ts.hour == 23 && ts.second == 58 &&
           ts.microsecond == 500000);
    EXPECT_OK(weir_finish(r, &l.error), l.error);
    live_close(&l);
}

TEST(api, a_wrong_column_or_no_row_ends_the_stream)
{
    live l;
    weir_rows *rows = NULL;
    live_open(&l, NULL);
    EXPECT_OK(weir_query(l.session, "SELECT 1", weir_no_args(), &rows, &l.error), l.error);
    EXPECT_INT(weir_get_int(rows, 0), 0);
    EXPECT_STATUS(weir_finish(rows, &l.error), l.error, WEIR_USAGE);
    EXPECT_OK(weir_query(l.session, "SELECT 1", weir_no_args(), &rows, &l.error), l.error);
    EXPECT(weir_next(rows));
    EXPECT(weir_get_text(rows, 1).data == NULL);
    EXPECT(!weir_next(rows));
    EXPECT_STATUS(weir_finish(rows, &l.error), l.error, WEIR_USAGE);
    EXPECT_HAS(l.error.text, "column 1 of 1");
    live_close(&l);
}

TEST(api, bad_calls_get_usage_and_change_nothing)
{
    live l;
    weir_rows *rows = NULL;
    live_open(&l, NULL);
    weir_str none = {NULL, 0};
    weir_value one = weir_int(1);
    weir_args broken = {NULL, 2};
    EXPECT_STATUS(weir_query(NULL, "SELECT 1", weir_no_args(), &rows, &l.error), l.error, WEIR_USAGE);
    EXPECT_STATUS(weir_query(l.session, "SELECT 1", weir_no_args(), NULL, &l.error), l.error, WEIR_USAGE);
    EXPECT_STATUS(weir_query_with(l.session, NULL, none, weir_no_args(), &rows, &l.error), l.error, WEIR_USAGE);
    EXPECT_STATUS(weir_query(l.session, "SELECT ?", broken, &rows, &l.error), l.error, WEIR_USAGE);
    EXPECT_STATUS(weir_query(l.session, "SELECT ?, ?", (weir_args){&one, 1}, &rows, &l.error), l.error, WEIR_USAGE);
    EXPECT_HAS(l.error.text, "2 parameters");
    EXPECT_STATUS(weir_query(l.session, "SELECT ?", WEIR_ARGS(weir_text("\xC3(")), &rows, &l.error), l.error,
                  WEIR_USAGE);
    EXPECT_HAS(l.error.text, "weir_bytes");
    EXPECT_STATUS(weir_query(l.session, "SELECT 1; SELECT 2", weir_no_args(), &rows, &l.error), l.error, WEIR_USAGE);
    EXPECT_INT(l.error.sql_offset, 10);
    EXPECT_STATUS(weir_query(l.session, " -- nothing\n", weir_no_args(), &rows, &l.error), l.error, WEIR_SYNTAX);
    EXPECT_STATUS(weir_query(l.session, "SELECT 'open", weir_no_args(), &rows, &l.error), l.error, WEIR_SYNTAX);
    EXPECT_INT(l.error.sql_offset, 7);
    EXPECT_STATUS(weir_open(NULL, NULL, NULL, &l.error), l.error, WEIR_USAGE);
    EXPECT_STATUS(weir_session_open(NULL, NULL, NULL, &l.error), l.error, WEIR_USAGE);
    EXPECT_STATUS(weir_commit(l.session, &l.error), l.error, WEIR_USAGE);
    EXPECT_STATUS(weir_rollback(l.session, &l.error), l.error, WEIR_USAGE);
    EXPECT_STATUS(weir_transaction(l.session, NULL, NULL, NULL, &l.error), l.error, WEIR_USAGE);
    EXPECT_STATUS(weir_transaction(NULL, NULL, NULL, NULL, NULL), l.error, WEIR_USAGE);
    EXPECT(rows == NULL);
    EXPECT_OK(weir_finish(NULL, NULL), l.error);
    EXPECT(!weir_next(NULL));
    weir_cancel(NULL);
    weir_session_close(NULL);
    weir_close(NULL);
    EXPECT_TEXT(live_one(&l, "SELECT 1;", weir_no_args()), "1");
    live_close(&l);
}

TEST(api, the_servers_errors_come_whole)
{
    live l;
    live_open(&l, NULL);
    weir_rows *rows = NULL;
    EXPECT_STATUS(weir_query(l.session, "SELECT * FROM nowhere_at_all", weir_no_args(), &rows, &l.error), l.error,
                  WEIR_SERVER);
    EXPECT_INT(l.error.server_errno, 1146);
    EXPECT_TEXT(l.error.sqlstate, "42S02");
    EXPECT(l.error.endpoint[0] && l.error.shard[0]);
    EXPECT_STATUS(
        weir_query(l.session, "SELECT * FROM nowhere_at_all WHERE a = ?", WEIR_ARGS(weir_int(1)), &rows, &l.error),
        l.error, WEIR_SERVER);
    EXPECT_INT(l.error.server_errno, 1146);
    EXPECT_STATUS(weir_query(l.session, "SELEC 1", weir_no_args(), &rows, &l.error), l.error, WEIR_SYNTAX);
    EXPECT_INT(l.error.server_errno, 1064);
    EXPECT(live_counter(&l, "weir_pool_taken") == 0);
    /* An error that comes after the first rows. */
    EXPECT_OK(weir_query(l.session, "SELECT seq, (SELECT seq FROM seq_1_to_2 WHERE 5 < s.seq) FROM seq_1_to_9 s",
                         weir_no_args(), &rows, &l.error),
              l.error);
    int count = 0;
    while (weir_next(rows))
        count++;
    EXPECT(count < 9);
    EXPECT_STATUS(weir_finish(rows, &l.error), l.error, WEIR_SERVER);
    EXPECT_INT(l.error.server_errno, 1242);
    EXPECT_TEXT(live_one(&l, "SELECT 'fine'", weir_no_args()), "fine");
    EXPECT(live_counter(&l, "weir_failures_total") == 4);
    live_close(&l);
}

TEST(api, unread_rows_are_an_error_until_finished_and_can_be_dropped)
{
    live l;
    weir_rows *rows = NULL, *others = NULL;
    live_open(&l, NULL);
    EXPECT_OK(weir_query(l.session, "SELECT seq FROM seq_1_to_1000000", weir_no_args(), &rows, &l.error), l.error);
    EXPECT(weir_next(rows));
    EXPECT_STATUS(weir_query(l.session, "SELECT 1", weir_no_args(), &others, &l.error), l.error, WEIR_USAGE);
    EXPECT_HAS(l.error.text, "weir_finish");
    EXPECT_STATUS(weir_begin(l.session, NULL, &l.error), l.error, WEIR_USAGE);
    EXPECT(weir_next(rows) && weir_get_int(rows, 0) == 2);
    uint64_t before = test_ms();
    EXPECT_OK(weir_finish(rows, &l.error), l.error);
    EXPECT(test_ms() - before < 5000);
    EXPECT_TEXT(live_one(&l, "SELECT 1", weir_no_args()), "1");
    EXPECT_OK(weir_query(l.session, "SELECT seq FROM seq_1_to_20", weir_no_args(), &rows, &l.error), l.error);
    EXPECT_OK(weir_finish(rows, &l.error), l.error);
    EXPECT(live_until_running(&l, "seq_1_to_1000000", 0));
    live_close(&l);
}

TEST(api, the_session_may_go_before_its_rows)
{
    live l;
    weir_rows *rows = NULL, *kept = NULL;
    weir_query_options buffered = WEIR_QUERY_OPTIONS_INIT;
    buffered.buffered = true;
    live_open(&l, NULL);
    weir_str sql = {"SELECT 5", 8};
    EXPECT_OK(weir_query_with(l.session, &buffered, sql, weir_no_args(), &kept, &l.error), l.error);
    EXPECT_OK(weir_query(l.session, "SELECT seq FROM seq_1_to_1000000", weir_no_args(), &rows, &l.error), l.error);
    weir_session_close(l.session);
    EXPECT(!weir_next(rows));
    EXPECT_STATUS(weir_finish(rows, &l.error), l.error, WEIR_USAGE);
    weir_close(l.client);
    EXPECT(weir_next(kept) && weir_get_int(kept, 0) == 5);
    EXPECT_OK(weir_finish(kept, &l.error), l.error);
}

TEST(api, buffered_rows_hold_no_connection_and_keep_to_their_limit)
{
    live l;
    weir_rows *rows = NULL;
    weir_query_options o = WEIR_QUERY_OPTIONS_INIT;
    o.buffered = true;
    live_open(&l, "  pool: {max: 1}\n");
    weir_str sql = {"SELECT seq, REPEAT('x', 300) FROM seq_1_to_1000", 47};
    EXPECT_OK(weir_query_with(l.session, &o, sql, weir_no_args(), &rows, &l.error), l.error);
    int64_t sum = 0;
    while (weir_next(rows)) {
        sum += weir_get_int(rows, 0);
        EXPECT_TEXT(live_one(&l, "SELECT 'between'", weir_no_args()), "between");
        EXPECT_INT(weir_get_text(rows, 1).size, 300);
    }
    EXPECT_OK(weir_finish(rows, &l.error), l.error);
    EXPECT_INT(sum, 500500);
    o.max_bytes = 20000;
    EXPECT_STATUS(weir_query_with(l.session, &o, sql, weir_no_args(), &rows, &l.error), l.error, WEIR_LIMIT);
    EXPECT(rows == NULL);
    EXPECT_HAS(l.error.text, "stream");
    EXPECT_TEXT(live_one(&l, "SELECT 1", weir_no_args()), "1");
    live_close(&l);
}

TEST(api, long_values_come_whole_in_both_protocols)
{
    live l;
    live_open(&l, NULL);
    for (int prepared = 0; prepared < 2; prepared++) {
        weir_rows *rows = NULL;
        const char *sql = prepared ? "SELECT REPEAT('ab', seq * seq * 10), seq FROM seq_1_to_100 WHERE seq > ?"
                                   : "SELECT REPEAT('ab', seq * seq * 10), seq FROM seq_1_to_100 WHERE seq > 0";
        EXPECT_OK(weir_query(l.session, sql, prepared ? WEIR_ARGS(weir_int(0)) : weir_no_args(), &rows, &l.error),
                  l.error);
        int64_t n = 0;
        while (weir_next(rows)) {
            weir_str text = weir_get_text(rows, 0);
            n = weir_get_int(rows, 1);
            EXPECT_INT(text.size, n * n * 20);
            EXPECT(text.data[text.size - 1] == 'b');
        }
        EXPECT_INT(n, 100);
        EXPECT_OK(weir_finish(rows, &l.error), l.error);
    }
    live_close(&l);
}

TEST(api, a_statement_over_the_limits_is_refused_before_it_is_sent)
{
    live l;
    static char big[3 * 1024 * 1024];
    memset(big, 'x', sizeof big);
    live_open(&l, "  limits: {statement: 1MiB}\n");
    weir_str sql = {big, sizeof big};
    weir_rows *rows = NULL;
    EXPECT_STATUS(weir_query_with(l.session, NULL, sql, weir_no_args(), &rows, &l.error), l.error, WEIR_LIMIT);
    EXPECT_HAS(l.error.text, "limits.statement");
    /* One value larger than the server's packets. */
    static char huge[20 * 1024 * 1024];
    memset(huge, 'y', sizeof huge);
    EXPECT_STATUS(weir_query(l.session, "SELECT LENGTH(?)", WEIR_ARGS(weir_bytes(huge, sizeof huge)), &rows, &l.error),
                  l.error, WEIR_LIMIT);
    EXPECT_HAS(l.error.text, "max_allowed_packet");
    EXPECT_TEXT(live_one(&l, "SELECT LENGTH(?)", WEIR_ARGS(weir_bytes(huge, sizeof huge / 4))), "5242880");
    EXPECT(live_counter(&l, "weir_pool_dials_total") == 1);
    live_close(&l);
}

TEST(api, call_gives_its_rows_and_refuses_a_second_set)
{
    live l;
    live_open(&l, NULL);
    live_run(&l, "CREATE OR REPLACE PROCEDURE api_one() BEGIN SELECT 1 AS a UNION SELECT 2; END", weir_no_args());
    live_run(&l, "CREATE OR REPLACE PROCEDURE api_two() BEGIN SELECT 1 AS a; SELECT 2 AS b; END", weir_no_args());
    EXPECT_TEXT(live_rows(&l, "CALL api_one()", weir_no_args()), "1;2");
    EXPECT_HAS(live_rows(&l, "CALL api_two()", weir_no_args()), "(UNSUPPORTED)");
    weir_session_close(l.session);
    EXPECT_OK(weir_session_open(l.client, NULL, &l.session, &l.error), l.error);
    live_run(&l, "DROP PROCEDURE api_one", weir_no_args());
    live_run(&l, "DROP PROCEDURE api_two", weir_no_args());
    live_close(&l);
}

TEST(api, nothing_local_is_sent_to_a_server)
{
    live l;
    live_open(&l, NULL);
    live_run(&l, "CREATE OR REPLACE TABLE api_infile (a TEXT)", weir_no_args());
    weir_status status = weir_execute(l.session, "LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE api_infile",
                                      weir_no_args(), NULL, &l.error);
    EXPECT(status != WEIR_OK);
    EXPECT_TEXT(live_one(&l, "SELECT COUNT(*) FROM api_infile", weir_no_args()), "0");
    live_run(&l, "DROP TABLE api_infile", weir_no_args());
    live_close(&l);
}

TEST(api, connections_are_alike_whatever_the_server_says)
{
    live l;
    live_open(&l, "  connection: {collation: utf8mb4_general_ci, time_zone: \"+05:30\", sql_mode: "
                  "\"ANSI_QUOTES,STRICT_ALL_TABLES\"}\n");
    EXPECT_TEXT(
        live_rows(&l, "SELECT @@time_zone, @@sql_mode, @@collation_connection, @@character_set_results, @@autocommit",
                  weir_no_args()),
        "+05:30|ANSI_QUOTES,STRICT_ALL_TABLES|utf8mb4_general_ci|utf8mb4|1");
    /* The lexer reads as the server does: "a;b" is a name here. */
    EXPECT_TEXT(live_one(&l, "SELECT \"a;b\" FROM (SELECT 1 AS \"a;b\") t", weir_no_args()), "1");
    live_close(&l);
}

static char slow_line[1000];

static void keep_slow(void *context, int level, const char *line)
{
    (void)context;
    (void)level;
    if (strstr(line, "slow: "))
        snprintf(slow_line, sizeof slow_line, "%s", line);
}

TEST(api, slow_statements_are_logged_without_values)
{
    live l = {.client = NULL};
    char yaml[16384];
    weir_client_options o = WEIR_CLIENT_OPTIONS_INIT;
    snprintf(yaml, sizeof yaml, "%s\nlog: {slow: 20ms}\n", live_yaml(NULL));
    o.yaml = yaml;
    o.log = keep_slow;
    EXPECT_OK(live_client(test_env(), &o, &l.client, &l.error), l.error);
    EXPECT_OK(weir_session_open(l.client, NULL, &l.session, &l.error), l.error);
    EXPECT_TEXT(live_one(&l, "SELECT SLEEP(0.05), 'a secret'", weir_no_args()), "0");
    EXPECT_HAS(slow_line, "OK, at 127.0.0.1");
    EXPECT_HAS(slow_line, "SELECT SLEEP");
    EXPECT(!strstr(slow_line, "secret") && !strstr(slow_line, "0.05"));
    live_close(&l);
}
