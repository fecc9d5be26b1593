/* past_test.c - what a statement asks of the statements before is answered from its own session's. SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/live.h"

TEST(past, weirs_own_questions_do_not_show)
{
    live l;
    live_open(&l, NULL);
    live_run(&l, "CREATE OR REPLACE TABLE past (id INT AUTO_INCREMENT PRIMARY KEY, v INT) AUTO_INCREMENT = 500",
             weir_no_args());
    live_run(&l, "INSERT INTO past (v) VALUES (1), (2), (3)", weir_no_args());
    EXPECT_TEXT(live_rows(&l, "SELECT SQL_CALC_FOUND_ROWS v FROM past ORDER BY v LIMIT 1", weir_no_args()), "1");
    EXPECT_TEXT(live_one(&l, "SELECT FOUND_ROWS()", weir_no_args()), "3");
    live_run(&l, "SET @by = 1", weir_no_args());
    live_run(&l, "UPDATE past SET v = v + @by", weir_no_args());
    EXPECT_TEXT(live_one(&l, "SELECT ROW_COUNT()", weir_no_args()), "3");
    live_run(&l, "PREPARE p FROM 'UPDATE past SET v = v + 1 WHERE v > 2'", weir_no_args());
    live_run(&l, "EXECUTE p", weir_no_args());
    EXPECT_TEXT(live_one(&l, "SELECT ROW_COUNT()", weir_no_args()), "2");
    live_run(&l, "CREATE OR REPLACE PROCEDURE past_call() UPDATE past SET v = 0", weir_no_args());
    live_run(&l, "CALL past_call()", weir_no_args());
    EXPECT_TEXT(live_one(&l, "SELECT ROW_COUNT()", weir_no_args()), "3");
    live_run(&l, "DROP PROCEDURE past_call", weir_no_args());
    live_run(&l, "DROP TABLE past", weir_no_args());
    live_close(&l);
}

TEST(past, sql_mode_is_known_however_it_was_set)
{
    static const char *const sets[] = {
        "SET sql_mode = 'ANSI_QUOTES'",
        "SET @@session.`SQL_Mode` = 'ANSI_QUOTES'",
        "PREPARE p FROM 'SET sql_mode = ''ANSI_QUOTES'''",
        "EXECUTE IMMEDIATE CONCAT('SET sql', '_mode = ''ANSI_QUOTES''')",
    };
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        live l;
        live_open(&l, NULL);
        live_run(&l, sets[i], weir_no_args());
        if (strncmp(sets[i], "PREPARE", 7) == 0)
            live_run(&l, "EXECUTE p", weir_no_args());
        const char *got = live_one(&l, "SELECT \"a;b\" FROM (SELECT 1 AS \"a;b\") t", weir_no_args());
        EXPECT_THAT(strcmp(got, "1") == 0, "%s: %s", sets[i], got);
        /* 'a\' is a whole string, and what follows a statement, only as the new mode reads it */
        live_run(&l, "SET sql_mode = 'NO_BACKSLASH_ESCAPES'", weir_no_args());
        EXPECT_STATUS(weir_execute(l.session, "SELECT 'a\\'; SELECT 1", weir_no_args(), NULL, &l.error), l.error,
                      WEIR_USAGE);
        live_close(&l);
    }
}

/* What is set back by itself is not taken for the connection's own. */
TEST(past, sql_mode_of_one_statement_or_procedure_alone)
{
    static const char *const sets[] = {
        "SET STATEMENT sql_mode = 'ANSI_QUOTES' FOR DO 1",
        "CALL past_mode()",
        "BEGIN NOT ATOMIC SET sql_mode = 'ANSI_QUOTES'; END",
    };
    live l;
    live_open(&l, NULL);
    live_run(&l, "CREATE OR REPLACE PROCEDURE past_mode() SET sql_mode = 'ANSI_QUOTES'", weir_no_args());
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        live_run(&l, sets[i], weir_no_args());
        const char *mode = live_one(&l, "SELECT @@sql_mode", weir_no_args());
        bool ansi = strstr(mode, "ANSI_QUOTES") != NULL;
        /* A string of the old mode has no end as a name. */
        const char *sql = ansi ? "SELECT \"a;b\" FROM (SELECT 1 AS \"a;b\") t" : "SELECT \"a\\\"; b\"";
        weir_status status = weir_execute(l.session, sql, weir_no_args(), NULL, &l.error);
        EXPECT_THAT(status == WEIR_OK, "%s: %s: %s", sets[i], mode, status == WEIR_OK ? "" : l.error.text);
    }
    live_run(&l, "DROP PROCEDURE past_mode", weir_no_args());
    live_close(&l);
}

TEST(past, an_insert_id_of_another_session_is_never_told)
{
    static const char *const asks[] = {"SELECT LAST_INSERT_ID()", "SELECT @@last_insert_id", "SELECT @@identity",
                                       "INSERT INTO past (v) VALUES (LAST_INSERT_ID())"};
    live l;
    live_open(&l, "  pool: {max: 1}\n");
    live_run(&l, "CREATE OR REPLACE TABLE past (id INT AUTO_INCREMENT PRIMARY KEY, v INT) AUTO_INCREMENT = 500",
             weir_no_args());
    live_run(&l, "INSERT INTO past (v) VALUES (1)", weir_no_args());
    for (size_t i = 0; i < sizeof asks / sizeof *asks; i++) {
        weir_session_close(l.session);
        EXPECT_OK(weir_session_open(l.client, NULL, &l.session, &l.error), l.error);
        EXPECT_OK(weir_begin(l.session, NULL, &l.error), l.error);
        if (i < 3)
            EXPECT_TEXT(live_one(&l, asks[i], weir_no_args()), "0");
        live_run(&l, "INSERT INTO past (v) VALUES (2)", weir_no_args());
        live_run(&l, asks[i], weir_no_args());
        EXPECT_OK(weir_rollback(l.session, &l.error), l.error);
    }
    live_run(&l, "DROP TABLE past", weir_no_args());
    live_close(&l);
}
