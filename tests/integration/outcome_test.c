/* outcome_test.c - what a failed or broken-off statement says of itself is true. SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>

#include "tests/support/live.h"

static void make_table(live *l)
{
    live_run(l, "CREATE OR REPLACE TABLE outcome (id INT PRIMARY KEY, v INT NOT NULL)", weir_no_args());
    live_run(l, "INSERT INTO outcome SELECT seq, 0 FROM seq_1_to_5000", weir_no_args());
}

static void drop_table(live *l)
{
    live_run(l, "DROP TABLE outcome", weir_no_args());
}

/* ---- rows that nobody read ---- */

TEST(outcome, a_write_whose_rows_are_not_read_is_done_all_the_same)
{
    live l;
    weir_rows *rows = NULL;
    live_open(&l, NULL);
    make_table(&l);
    EXPECT_OK(weir_query(l.session, "DELETE FROM outcome RETURNING id, REPEAT('x', 1000)", weir_no_args(), &rows, &l.error), l.error);
    EXPECT(weir_next(rows));
    EXPECT_OK(weir_finish(rows, &l.error), l.error);
    EXPECT_TEXT(live_one(&l, "SELECT COUNT(*) FROM outcome", weir_no_args()), "0");
    drop_table(&l);
    live_close(&l);
}

TEST(outcome, a_failure_behind_rows_that_are_not_read_is_told)
{
    live l;
    weir_rows *rows = NULL;
    live_open(&l, NULL);
    make_table(&l);
    live_run(&l, "CREATE OR REPLACE PROCEDURE outcome_late() BEGIN SELECT id FROM outcome; INSERT INTO outcome VALUES (1, 1); END",
             weir_no_args());
    EXPECT_OK(weir_query(l.session, "CALL outcome_late()", weir_no_args(), &rows, &l.error), l.error);
    EXPECT(weir_next(rows));
    EXPECT_STATUS(weir_finish(rows, &l.error), l.error, WEIR_SERVER);
    EXPECT_INT(l.error.server_errno, 1062);
    live_run(&l, "DROP PROCEDURE outcome_late", weir_no_args());
    drop_table(&l);
    live_close(&l);
}

TEST(outcome, dropping_rows_costs_neither_the_transaction_nor_the_sessions_state)
{
    live l;
    weir_rows *rows = NULL;
    live_open(&l, NULL);
    make_table(&l);
    EXPECT_OK(weir_begin(l.session, NULL, &l.error), l.error);
    live_run(&l, "UPDATE outcome SET v = 1 WHERE id = 1", weir_no_args());
    EXPECT_OK(weir_query(l.session, "SELECT id, REPEAT('x', 1000) FROM outcome", weir_no_args(), &rows, &l.error), l.error);
    EXPECT(weir_next(rows));
    EXPECT_OK(weir_finish(rows, &l.error), l.error);
    EXPECT_OK(weir_commit(l.session, &l.error), l.error);
    live_run(&l, "SET @outcome = 7", weir_no_args());
    EXPECT_OK(weir_query(l.session, "SELECT id, REPEAT('x', 1000) FROM outcome", weir_no_args(), &rows, &l.error), l.error);
    EXPECT(weir_next(rows));
    EXPECT_OK(weir_finish(rows, &l.error), l.error);
    EXPECT_TEXT(live_one(&l, "SELECT @outcome", weir_no_args()), "7");
    drop_table(&l);
    live_close(&l);
}

TEST(outcome, a_write_cancelled_between_its_rows_is_unknown)
{
    live l;
    weir_rows *rows = NULL;
    live_open(&l, NULL);
    make_table(&l);
    EXPECT_OK(weir_query(l.session, "INSERT INTO outcome VALUES (10001, 1), (10002, 1), (10003, 1) RETURNING id", weir_no_args(), &rows,
                         &l.error),
              l.error);
    EXPECT(weir_next(rows));
    weir_cancel(l.session);
    EXPECT(!weir_next(rows));
    EXPECT_STATUS(weir_finish(rows, &l.error), l.error, WEIR_UNKNOWN);
    EXPECT_INT(l.error.retry, WEIR_RETRY_AFTER_LOOKING);
    drop_table(&l);
    live_close(&l);
}

TEST(outcome, kept_rows_over_their_limit_do_not_hide_that_the_write_was_done)
{
    live l;
    weir_rows *rows = NULL;
    weir_query_options o = WEIR_QUERY_OPTIONS_INIT;
    o.buffered = true;
    o.max_bytes = 4096;
    live_open(&l, NULL);
    make_table(&l);
    const char *sql = "UPDATE outcome SET v = v + 1";
    live_run(&l, sql, weir_no_args());
    sql = "DELETE FROM outcome WHERE id > 1000 RETURNING id, REPEAT('x', 100)";
    EXPECT_STATUS(weir_query_with(l.session, &o, (weir_str){sql, strlen(sql)}, weir_no_args(), &rows, &l.error), l.error, WEIR_LIMIT);
    EXPECT_INT(l.error.retry, WEIR_RETRY_AFTER_LOOKING);
    EXPECT_TEXT(live_one(&l, "SELECT COUNT(*) FROM outcome", weir_no_args()), "1000");
    drop_table(&l);
    live_close(&l);
}
