/* answers_test.c - LAST_INSERT_ID() and its like, of a session whose connections others use too. SPDX-License-Identifier: Apache-2.0
 * Whether each answer is that of one connection to one server is the differential suite's to say (category past); here is what it
 * costs, and what only some servers and rights show. */
#include <stdlib.h>

#include "tests/support/cluster.h"
#include "tests/support/live.h"

/* Two sessions that share one connection. */
typedef struct two {
    live a, b;
} two;

static void open_two(two *t)
{
    live_open(&t->a, "  pool: {max: 1}\n");
    t->b = t->a;
    EXPECT_OK(weir_session_open(t->a.client, NULL, &t->b.session, &t->b.error), t->b.error);
    live_run(&t->a,
             "CREATE OR REPLACE TABLE answers (id INT AUTO_INCREMENT PRIMARY KEY, v INT NOT NULL) AUTO_INCREMENT = 500",
             weir_no_args());
}

static void close_two(two *t)
{
    live_run(&t->a, "DROP TABLE answers", weir_no_args());
    weir_session_close(t->b.session);
    live_close(&t->a);
}

#define ONE(l, sql) live_one(l, sql, weir_no_args())
#define RUN(l, sql) live_run(l, sql, weir_no_args())
#define ROWS(l, sql) live_rows(l, sql, weir_no_args())

TEST(answers, are_of_the_sessions_own_statements)
{
    two t;
    open_two(&t);
    RUN(&t.a, "INSERT INTO answers (v) VALUES (1), (2)");
    RUN(&t.b, "INSERT INTO answers (v) VALUES (3)");
    RUN(&t.b, "SELECT * FROM answers");
    EXPECT_TEXT(ROWS(&t.a, "SELECT LAST_INSERT_ID(), ROW_COUNT()"), "500|2");
    EXPECT_TEXT(ROWS(&t.b, "SELECT LAST_INSERT_ID(), FOUND_ROWS(), @@identity"), "502|3|502");
    EXPECT_TEXT(ONE(&t.a, "SELECT v FROM answers WHERE id = LAST_INSERT_ID()"), "1");
    EXPECT_TEXT(live_one(&t.b, "SELECT v FROM answers WHERE id = LAST_INSERT_ID() AND v > ?", WEIR_ARGS(weir_int(0))),
                "3");
    RUN(&t.a, "INSERT INTO answers (v) VALUES (LAST_INSERT_ID())");
    EXPECT_TEXT(ONE(&t.b, "SELECT v FROM answers WHERE id = 503"), "500");
    EXPECT_TEXT(ONE(&t.b, "INSERT INTO answers (v) VALUES (1), (2) RETURNING id"), "504");
    EXPECT_TEXT(ONE(&t.a, "INSERT INTO answers (id, v) VALUES (600, 1) RETURNING id"), "600");
    EXPECT_TEXT(ONE(&t.b, "SELECT LAST_INSERT_ID()"), "504");
    EXPECT_TEXT(ONE(&t.a, "SELECT LAST_INSERT_ID()"), "503");
    close_two(&t);
}

/* The reply of both INSERTs names an id, and only the server gave the first. */
TEST(answers, an_id_that_the_statement_gave_is_no_insert_id)
{
    static const struct {
        const char *before, *behind; /* the id */
    } inserts[] = {
        {"INSERT INTO answers (id, v) VALUES (", ", 2)"},        {"INSERT INTO answers (id, v) VALUES (", " + 0, 2)"},
        {"INSERT INTO answers (id, v) SELECT ", ", 2"},          {"INSERT INTO answers VALUES (", ", 2)"},
        {"REPLACE INTO answers SET v = 2, id = ", ""},           {"INSERT INTO answers (id, v) VALUES ('", "', 2)"},
        {"INSERT IGNORE INTO answers (id, v) VALUES (", ", 3)"},
    };
    two t;
    char sql[100];
    int id = 1000;
    open_two(&t);
    RUN(&t.b, "INSERT INTO answers (v) VALUES (1)");
    for (size_t i = 0; i < sizeof inserts / sizeof *inserts; i++)
        for (int k = 0; k < 3; k++) {
            snprintf(sql, sizeof sql, "%s%d%s", inserts[i].before, id++, inserts[i].behind);
            RUN(&t.a, sql);
            EXPECT_THAT(strcmp(ONE(&t.a, "SELECT LAST_INSERT_ID()"), "0") == 0, "%s", sql);
            EXPECT_OK(weir_begin(t.a.session, NULL, &t.a.error), t.a.error);
            snprintf(sql, sizeof sql, "%s%d%s", inserts[i].before, id++, inserts[i].behind);
            RUN(&t.a, sql);
            EXPECT_THAT(strcmp(ONE(&t.a, "SELECT LAST_INSERT_ID()"), "0") == 0, "in a transaction: %s", sql);
            EXPECT_OK(weir_commit(t.a.session, &t.a.error), t.a.error);
            EXPECT_TEXT(ONE(&t.b, "SELECT LAST_INSERT_ID()"), "500");
        }
    close_two(&t);
}

/* What the user may not see decides all the same. */
TEST(answers, a_trigger_that_gives_the_id_is_found_out)
{
    static const char *const inserts[] = {
        "INSERT INTO answers (v) VALUES (901)", "INSERT INTO answers (v) VALUES (902)",
        "INSERT INTO answers (v) VALUES (903)", "INSERT INTO answers (v) VALUES (904)"};
    two t;
    open_two(&t);
    root_run("shop", "CREATE TRIGGER shop.answers_id BEFORE INSERT ON shop.answers FOR EACH ROW SET NEW.id = NEW.v");
    RUN(&t.b, "SELECT LAST_INSERT_ID(77)");
    for (size_t i = 0; i < sizeof inserts / sizeof *inserts; i++) {
        RUN(&t.a, inserts[i]);
        EXPECT_TEXT(ONE(&t.a, "SELECT LAST_INSERT_ID()"), "0");
        EXPECT_TEXT(ONE(&t.b, "SELECT LAST_INSERT_ID()"), "77");
    }
    root_run("shop", "DROP TRIGGER shop.answers_id");
    close_two(&t);
}

TEST(answers, what_the_server_evaluates_by_itself_finds_the_sessions_insert_id)
{
    two t;
    open_two(&t);
    root_run("shop",
             "CREATE OR REPLACE FUNCTION shop.answers_read() RETURNS BIGINT READS SQL DATA RETURN LAST_INSERT_ID()");
    root_run("shop",
             "CREATE OR REPLACE PROCEDURE shop.answers_call() INSERT INTO answers (v) VALUES (LAST_INSERT_ID())");
    RUN(&t.a, "INSERT INTO answers (v) VALUES (1)");
    RUN(&t.b, "INSERT INTO answers (v) VALUES (2)");
    EXPECT_TEXT(ONE(&t.a, "SELECT answers_read()"), "500");
    EXPECT_TEXT(ONE(&t.b, "SELECT answers_read()"), "501");
    EXPECT_TEXT(ONE(&t.a, "SELECT answers_read() + 0"), "500");
    RUN(&t.b, "CALL answers_call()"); /* from here on it keeps the only connection */
    EXPECT_TEXT(ROWS(&t.b, "SELECT LAST_INSERT_ID(), v FROM answers WHERE id = LAST_INSERT_ID()"), "502|501");
    RUN(&t.b, "EXECUTE IMMEDIATE 'INSERT INTO answers (v) VALUES (LAST_INSERT_ID())'");
    EXPECT_TEXT(ROWS(&t.b, "SELECT LAST_INSERT_ID(), v FROM answers WHERE id = 503"), "503|502");
    RUN(&t.b, "CREATE TEMPORARY TABLE answers (id INT AUTO_INCREMENT PRIMARY KEY, v INT)");
    RUN(&t.b, "INSERT INTO answers (v) VALUES (1)");
    EXPECT_TEXT(ONE(&t.b, "SELECT LAST_INSERT_ID()"), "1");
    RUN(&t.b, "DROP TEMPORARY TABLE answers");
    weir_session_close(t.b.session);
    EXPECT_OK(weir_session_open(t.a.client, NULL, &t.b.session, &t.b.error), t.b.error);
    EXPECT_TEXT(ONE(&t.a, "SELECT LAST_INSERT_ID()"), "500");
    root_run("shop", "DROP FUNCTION shop.answers_read");
    root_run("shop", "DROP PROCEDURE shop.answers_call");
    close_two(&t);
}

TEST(answers, messages_are_kept_for_the_session)
{
    two t;
    open_two(&t);
    RUN(&t.a, "SELECT 1/0, 2/0");
    RUN(&t.b, "SELECT * FROM answers");
    EXPECT_TEXT(ROWS(&t.b, "SHOW WARNINGS"), "");
    EXPECT_TEXT(ROWS(&t.a, "SELECT @@warning_count, @@error_count"), "2|0");
    EXPECT_TEXT(ROWS(&t.a, "SHOW WARNINGS LIMIT 1, 5"), "Warning|1365|Division by 0");
    EXPECT(weir_execute(t.a.session, "INSERT INTO answers VALUES (1, 1), (1, 1)", weir_no_args(), NULL, &t.a.error) !=
           WEIR_OK);
    EXPECT_TEXT(ONE(&t.b, "SHOW COUNT(*) WARNINGS"), "0");
    EXPECT_TEXT(ROWS(&t.a, "SHOW ERRORS"), "Error|1062|Duplicate entry '1' for key 'PRIMARY'");
    EXPECT_TEXT(ROWS(&t.a, "SELECT ROW_COUNT(), @@error_count"), "-1|1");
    EXPECT_OK(weir_begin(t.a.session, NULL, &t.a.error), t.a.error);
    RUN(&t.a, "SELECT 1/0 FROM answers");
    RUN(&t.a, "INSERT INTO answers (v) VALUES (1)");
    RUN(&t.a, "SELECT 1/0 FROM answers");
    RUN(&t.a, "GET DIAGNOSTICS @n = NUMBER");
    EXPECT_TEXT(ONE(&t.a, "SELECT @n"), "1");
    EXPECT_OK(weir_commit(t.a.session, &t.a.error), t.a.error);
    close_two(&t);
}

TEST(answers, what_is_not_known_is_refused_with_the_reason)
{
    static const struct {
        const char *before, *ask, *why;
    } rows[] = {
        {"SELECT id FROM answers ORDER BY id LIMIT 1 OFFSET 1", "SELECT FOUND_ROWS()", "SQL_CALC_FOUND_ROWS"},
        {"SELECT 1", "SELECT @@warning_count FROM answers", "SELECT of their own"},
        {"SELECT 1", "SELECT CONNECTION_ID()", "transaction"},
        {"SELECT 1", "GET DIAGNOSTICS @n = NUMBER", "SHOW WARNINGS"},
        {"INSERT INTO answers (v) VALUES (1)", "SELECT LAST_INSERT_ID(5), ROW_COUNT(), LAST_INSERT_ID()",
         "two statements"},
        {"SELECT 1", "SELECT NOW() + INTERVAL ROW_COUNT() DAY", "AS"},
        {"SELECT 1", "SELECT @@warning_count, 1/0", "SELECT of their own"},
    };
    two t;
    open_two(&t);
    EXPECT_STATUS(weir_execute(t.a.session, "SELECT FOUND_ROWS()", weir_no_args(), NULL, &t.a.error), t.a.error,
                  WEIR_UNSUPPORTED);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        RUN(&t.a, rows[i].before);
        EXPECT_STATUS(weir_execute(t.a.session, rows[i].ask, weir_no_args(), NULL, &t.a.error), t.a.error,
                      WEIR_UNSUPPORTED);
        EXPECT_HAS(t.a.error.text, rows[i].why);
    }
    weir_rows *stream = NULL;
    RUN(&t.a, "INSERT INTO answers (v) VALUES (1), (2), (3)");
    EXPECT_OK(weir_query(t.a.session, "SELECT id FROM answers", weir_no_args(), &stream, &t.a.error), t.a.error);
    EXPECT(weir_next(stream));
    EXPECT_OK(weir_finish(stream, &t.a.error), t.a.error);
    EXPECT_STATUS(weir_execute(t.a.session, "SELECT FOUND_ROWS()", weir_no_args(), NULL, &t.a.error), t.a.error,
                  WEIR_UNSUPPORTED);
    EXPECT_HAS(t.a.error.text, "not read to the end");
    close_two(&t);
}

static uint64_t questions(void)
{
    return strtoull(root_one("shop",
                             "SELECT SUM(VARIABLE_VALUE) FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME "
                             "IN ('COM_SELECT', 'COM_SET_OPTION', 'COM_SHOW_WARNINGS', 'COM_INSERT')"),
                    NULL, 10);
}

/* Statements that nobody asks about cost no statement more, however the sessions take turns. */
TEST(answers, nothing_is_asked_of_the_server_for_those_who_do_not_ask)
{
    enum { TIMES = 20 };
    two t;
    open_two(&t);
    for (int round = 0; round < 2; round++) { /* in the first the plans are watched */
        uint64_t before = questions(), own = questions() - before;
        before = questions();
        for (int i = 0; i < TIMES; i++) {
            live *l = i % 2 ? &t.a : &t.b;
            live_run(l, "INSERT INTO answers (v) VALUES (?)", WEIR_ARGS(weir_int(i)));
            live_run(l, "INSERT INTO answers (id, v) VALUES (?, 5)", WEIR_ARGS(weir_int(1 + round * 100 + i)));
            live_run(l, "SELECT COUNT(*) FROM answers", weir_no_args());
        }
        uint64_t asked = questions() - before - own;
        if (round)
            EXPECT_INT(asked, 3 * TIMES);
    }
    EXPECT_TEXT(ONE(&t.a, "SELECT LAST_INSERT_ID() > 500"), "1");
    close_two(&t);
}

/* One client, all kinds of questions; whatever fails, no answer is wrong. */
static weir_status ask_all_kinds(void)
{
    static const struct {
        const char *sql, *answer;
    } rows[] = {
        {"SELECT 1/0", NULL},
        {"SHOW WARNINGS", "Division by 0"},
        {"SELECT @@warning_count", "1"},
        {"SELECT 1 UNION SELECT 2", NULL},
        {"SELECT FOUND_ROWS() + 0", "2"},
        {"SELECT LAST_INSERT_ID(9)", NULL},
        {"SELECT LAST_INSERT_ID()", "9"},
    };
    weir_client *client = NULL;
    weir_session *session = NULL;
    weir_error error;
    weir_status status = live_client(test_env(), NULL, &client, &error);
    if (status == WEIR_OK)
        status = weir_session_open(client, NULL, &session, &error);
    for (size_t i = 0; i < sizeof rows / sizeof *rows && status == WEIR_OK; i++) {
        weir_rows *answer = NULL;
        char got[64] = "";
        status = weir_query(session, rows[i].sql, weir_no_args(), &answer, &error);
        while (status == WEIR_OK && weir_next(answer)) {
            weir_str text = weir_get_text(answer, weir_column_count(answer) - 1);
            snprintf(got, sizeof got, "%.*s", (int)text.size, text.data);
        }
        if (status == WEIR_OK)
            status = weir_finish(answer, &error);
        if (status == WEIR_OK && rows[i].answer)
            EXPECT_TEXT(got, rows[i].answer);
    }
    weir_session_close(session);
    weir_close(client);
    return status;
}

TORTURE(answers, memory_fails)
{
    return ask_all_kinds();
}

#ifdef WEIR_FAULTS
TORTURE_FAULT(answers, the_server_fails, io_wait)
{
    return ask_all_kinds();
}
#endif
