/* transaction_test.c - commit, rollback, conflicts, and what is refused. SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>

#include "router/client_impl.h"
#include "tests/support/live.h"

static void make_table(live *l)
{
    live_run(l, "CREATE OR REPLACE TABLE txn (id INT PRIMARY KEY, v INT NOT NULL)", weir_no_args());
    live_run(l, "INSERT INTO txn VALUES (1, 10), (2, 20)", weir_no_args());
}

TEST(transaction, commit_keeps_and_rollback_drops)
{
    live l;
    live_open(&l, NULL);
    make_table(&l);
    EXPECT_OK(weir_begin(l.session, NULL, &l.error), l.error);
    live_run(&l, "UPDATE txn SET v = 11 WHERE id = 1", weir_no_args());
    EXPECT_STATUS(weir_begin(l.session, NULL, &l.error), l.error, WEIR_USAGE);
    EXPECT_OK(weir_rollback(l.session, &l.error), l.error);
    EXPECT_TEXT(live_one(&l, "SELECT v FROM txn WHERE id = 1", weir_no_args()), "10");
    EXPECT_OK(weir_begin(l.session, NULL, &l.error), l.error);
    live_run(&l, "UPDATE txn SET v = 12 WHERE id = ?", WEIR_ARGS(weir_int(1)));
    EXPECT_OK(weir_commit(l.session, &l.error), l.error);
    EXPECT_TEXT(live_one(&l, "SELECT v FROM txn WHERE id = 1", weir_no_args()), "12");
    EXPECT_STATUS(weir_commit(l.session, &l.error), l.error, WEIR_USAGE);
    EXPECT(live_counter(&l, "weir_pool_taken") == 0);
    live_run(&l, "DROP TABLE txn", weir_no_args());
    live_close(&l);
}

TEST(transaction, closing_the_session_rolls_back)
{
    live l;
    live_open(&l, NULL);
    make_table(&l);
    EXPECT_OK(weir_begin(l.session, NULL, &l.error), l.error);
    live_run(&l, "DELETE FROM txn", weir_no_args());
    weir_session_close(l.session);
    EXPECT_OK(weir_session_open(l.client, NULL, &l.session, &l.error), l.error);
    EXPECT_TEXT(live_one(&l, "SELECT COUNT(*) FROM txn", weir_no_args()), "2");
    live_run(&l, "DROP TABLE txn", weir_no_args());
    live_close(&l);
}

TEST(transaction, options_reach_the_server)
{
    live l;
    weir_transaction_options o = WEIR_TRANSACTION_OPTIONS_INIT;
    live_open(&l, NULL);
    make_table(&l);
    o.read_only = true;
    EXPECT_OK(weir_begin(l.session, &o, &l.error), l.error);
    EXPECT_STATUS(weir_execute(l.session, "DELETE FROM txn", weir_no_args(), NULL, &l.error), l.error, WEIR_SERVER);
    EXPECT_INT(l.error.server_errno, 1792);
    EXPECT_OK(weir_rollback(l.session, &l.error), l.error);
    o.read_only = false;
    for (int i = WEIR_READ_COMMITTED; i <= WEIR_SERIALIZABLE; i++) {
        static const char *const names[] = {"", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"};
        o.isolation = (weir_isolation)i;
        EXPECT_OK(weir_begin(l.session, &o, &l.error), l.error);
        live_run(&l, "SELECT * FROM txn FOR UPDATE", weir_no_args());
        /* The server renews this table every 100 ms only. */
        EXPECT(live_until(
            &l,
            "SELECT trx_isolation_level FROM information_schema.INNODB_TRX WHERE trx_mysql_thread_id = CONNECTION_ID()",
            names[i]));
        EXPECT_OK(weir_commit(l.session, &l.error), l.error);
    }
    o.isolation = (weir_isolation)9;
    EXPECT_STATUS(weir_begin(l.session, &o, &l.error), l.error, WEIR_USAGE);
    live_run(&l, "DROP TABLE txn", weir_no_args());
    live_close(&l);
}

TEST(transaction, as_text_is_the_same_session)
{
    live l;
    live_open(&l, NULL);
    make_table(&l);
    live_run(&l, "BEGIN", weir_no_args());
    live_run(&l, "UPDATE txn SET v = 99", weir_no_args());
    EXPECT_TEXT(live_one(&l, "SELECT ROW_COUNT()", weir_no_args()), "2");
    live_run(&l, "SAVEPOINT a", weir_no_args());
    live_run(&l, "DELETE FROM txn", weir_no_args());
    live_run(&l, "ROLLBACK TO a", weir_no_args());
    live_run(&l, "COMMIT", weir_no_args());
    EXPECT_TEXT(live_rows(&l, "SELECT id, v FROM txn ORDER BY id", weir_no_args()), "1|99;2|99");
    EXPECT(live_counter(&l, "weir_pool_taken") == 0);
    live_run(&l, "START TRANSACTION", weir_no_args());
    live_run(&l, "DELETE FROM txn", weir_no_args());
    EXPECT_OK(weir_rollback(l.session, &l.error), l.error);
    EXPECT_TEXT(live_one(&l, "SELECT COUNT(*) FROM txn", weir_no_args()), "2");
    live_run(&l, "DROP TABLE txn", weir_no_args());
    live_close(&l);
}

TEST(transaction, what_would_commit_it_behind_the_callers_back_is_refused)
{
    static const char *const sql[] = {"CREATE TABLE txn_other (a INT)", "TRUNCATE txn", "LOCK TABLES txn WRITE",
                                      "BEGIN", "START TRANSACTION"};
    live l;
    live_open(&l, NULL);
    make_table(&l);
    EXPECT_OK(weir_begin(l.session, NULL, &l.error), l.error);
    live_run(&l, "UPDATE txn SET v = 0", weir_no_args());
    for (size_t i = 0; i < sizeof sql / sizeof *sql; i++)
        EXPECT_STATUS(weir_execute(l.session, sql[i], weir_no_args(), NULL, &l.error), l.error, WEIR_UNSUPPORTED);
    EXPECT_OK(weir_rollback(l.session, &l.error), l.error);
    EXPECT_TEXT(live_one(&l, "SELECT SUM(v) FROM txn", weir_no_args()), "30");
    live_run(&l, "DROP TABLE txn", weir_no_args());
    live_close(&l);
}

/* ---- conflicts ---- */

typedef struct crossing {
    live *l;
    int first, second;
    pthread_barrier_t *both_hold_one;
    int runs;
    weir_status status;
} crossing;

static weir_status cross(weir_session *session, void *context, weir_error *error)
{
    crossing *c = context;
    weir_status status =
        weir_execute(session, "UPDATE txn SET v = v + 1 WHERE id = ?", WEIR_ARGS(weir_int(c->first)), NULL, error);
    if (c->runs++ == 0)
        pthread_barrier_wait(c->both_hold_one);
    if (status != WEIR_OK)
        return status;
    return weir_execute(session, "UPDATE txn SET v = v + 1 WHERE id = ?", WEIR_ARGS(weir_int(c->second)), NULL, error);
}

static void *run_crossing(void *context)
{
    crossing *c = context;
    weir_session *session = NULL;
    weir_error error;
    c->status = weir_session_open(c->l->client, NULL, &session, &error);
    if (c->status == WEIR_OK)
        c->status = weir_transaction(session, NULL, cross, c, &error);
    weir_session_close(session);
    return NULL;
}

TEST(transaction, a_deadlock_is_run_again_and_both_get_through)
{
    live l;
    pthread_t threads[2];
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, NULL, 2);
    live_open(&l, NULL);
    make_table(&l);
    crossing c[2] = {{&l, 1, 2, &barrier, 0, WEIR_USAGE}, {&l, 2, 1, &barrier, 0, WEIR_USAGE}};
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, run_crossing, &c[i]);
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        EXPECT_INT(c[i].status, WEIR_OK);
    }
    EXPECT_INT(c[0].runs + c[1].runs, 3);
    EXPECT_TEXT(live_rows(&l, "SELECT v FROM txn ORDER BY id", weir_no_args()), "12;22");
    EXPECT(live_counter(&l, "weir_transaction_retries_total") == 1);
    live_run(&l, "DROP TABLE txn", weir_no_args());
    live_close(&l);
    pthread_barrier_destroy(&barrier);
}

/* HAZARDS 37: after 1205 or 1213 nothing of the transaction may be committed, whatever the caller does. */
TEST(transaction, after_a_conflict_only_rollback_leads_on)
{
    live l;
    weir_session *other = NULL;
    live_open(&l, NULL);
    make_table(&l);
    EXPECT_OK(weir_session_open(l.client, NULL, &other, &l.error), l.error);
    EXPECT_OK(weir_begin(other, NULL, &l.error), l.error);
    EXPECT_OK(weir_execute(other, "UPDATE txn SET v = 0 WHERE id = 2", weir_no_args(), NULL, &l.error), l.error);
    live_run(&l, "SET innodb_lock_wait_timeout = 1", weir_no_args());
    EXPECT_OK(weir_begin(l.session, NULL, &l.error), l.error);
    live_run(&l, "UPDATE txn SET v = 77 WHERE id = 1", weir_no_args());
    EXPECT_STATUS(weir_execute(l.session, "UPDATE txn SET v = 77 WHERE id = 2", weir_no_args(), NULL, &l.error),
                  l.error, WEIR_CONFLICT);
    EXPECT_INT(l.error.server_errno, 1205);
    EXPECT_INT(l.error.retry, WEIR_RETRY_TRANSACTION);
    EXPECT_STATUS(weir_execute(l.session, "SELECT 1", weir_no_args(), NULL, &l.error), l.error, WEIR_CONFLICT);
    EXPECT_STATUS(weir_execute(l.session, "COMMIT", weir_no_args(), NULL, &l.error), l.error, WEIR_CONFLICT);
    EXPECT_STATUS(weir_commit(l.session, &l.error), l.error, WEIR_CONFLICT);
    EXPECT_OK(weir_rollback(other, &l.error), l.error);
    weir_session_close(other);
    EXPECT_TEXT(live_rows(&l, "SELECT v FROM txn ORDER BY id", weir_no_args()), "10;20");
    live_run(&l, "DROP TABLE txn", weir_no_args());
    live_close(&l);
}

/* ---- the callback ---- */

static weir_status ask_for_rollback(weir_session *session, void *context, weir_error *error)
{
    (void)context;
    weir_status status = weir_execute(session, "DELETE FROM txn", weir_no_args(), NULL, error);
    return status == WEIR_OK ? WEIR_ROLLBACK : status;
}

static weir_status leave_rows(weir_session *session, void *context, weir_error *error)
{
    weir_rows **rows = context;
    weir_status status = weir_execute(session, "DELETE FROM txn", weir_no_args(), NULL, error);
    return status == WEIR_OK ? weir_query(session, "SELECT 1 UNION SELECT 2", weir_no_args(), rows, error) : status;
}

static weir_status swallow(weir_session *session, void *context, weir_error *error)
{
    int *runs = context;
    (*runs)++;
    weir_status status = weir_execute(session, "DELETE FROM txn WHERE id = 1", weir_no_args(), NULL, error);
    (void)status;
    /* The failure of this one is ignored: the commit must not succeed. */
    status = weir_execute(session, "SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213", weir_no_args(), NULL, error);
    return WEIR_OK;
}

TEST(transaction, the_callback_decides)
{
    live l;
    weir_rows *rows = NULL;
    int runs = 0;
    weir_transaction_options o = WEIR_TRANSACTION_OPTIONS_INIT;
    o.max_attempts = 2;
    live_open(&l, NULL);
    make_table(&l);
    EXPECT_STATUS(weir_transaction(l.session, NULL, ask_for_rollback, NULL, &l.error), l.error, WEIR_ROLLBACK);
    EXPECT_STATUS(weir_transaction(l.session, NULL, leave_rows, &rows, &l.error), l.error, WEIR_USAGE);
    EXPECT_STATUS(weir_finish(rows, &l.error), l.error, WEIR_USAGE);
    EXPECT_STATUS(weir_transaction(l.session, &o, swallow, &runs, &l.error), l.error, WEIR_CONFLICT);
    EXPECT_INT(runs, 2);
    EXPECT_TEXT(live_one(&l, "SELECT COUNT(*) FROM txn", weir_no_args()), "2");
    live_run(&l, "DROP TABLE txn", weir_no_args());
    live_close(&l);
}

TEST(transaction, its_deadline_holds_for_all_of_it)
{
    live l;
    weir_transaction_options o = WEIR_TRANSACTION_OPTIONS_INIT;
    o.timeout_ms = 2000; /* UPDATE is well within it */
    live_open(&l, NULL);
    make_table(&l);
    EXPECT_OK(weir_begin(l.session, &o, &l.error), l.error);
    live_run(&l, "UPDATE txn SET v = 1", weir_no_args());
    EXPECT_STATUS(weir_execute(l.session, "SELECT SLEEP(20)", weir_no_args(), NULL, &l.error), l.error, WEIR_TIMEOUT);
    EXPECT_INT(l.error.retry, WEIR_RETRY_TRANSACTION);
    EXPECT_STATUS(weir_commit(l.session, &l.error), l.error, WEIR_CONFLICT);
    EXPECT_TEXT(live_one(&l, "SELECT SUM(v) FROM txn", weir_no_args()), "30");
    live_run(&l, "DROP TABLE txn", weir_no_args());
    live_close(&l);
}

/* The server ends a statement alone; what came before it in the transaction must not be committed without it. */
TEST(transaction, ended_by_the_servers_own_clock)
{
    live l;
    live_open(&l, NULL);
    make_table(&l);
    live_run(&l, "SET max_statement_time = 2", weir_no_args());
    EXPECT_OK(weir_begin(l.session, NULL, &l.error), l.error);
    live_run(&l, "UPDATE txn SET v = 1", weir_no_args());
    EXPECT_STATUS(weir_execute(l.session, "SELECT SLEEP(60)", weir_no_args(), NULL, &l.error), l.error, WEIR_TIMEOUT);
    EXPECT_INT(l.error.server_errno, 1969);
    EXPECT_STATUS(weir_commit(l.session, &l.error), l.error, WEIR_CONFLICT);
    EXPECT_TEXT(live_one(&l, "SELECT SUM(v) FROM txn", weir_no_args()), "30");
    live_run(&l, "DROP TABLE txn", weir_no_args());
    live_close(&l);
}

#ifdef WEIR_FAULTS
static weir_status insert_three(weir_session *s, void *context, weir_error *error)
{
    int *runs = context;
    (*runs)++;
    return weir_execute(s, "INSERT INTO txn VALUES (3, 30)", weir_no_args(), NULL, error);
}

/* HAZARDS 4: run again after a COMMIT that did come through, the work would be done twice. */
TEST(transaction, a_lost_answer_to_commit_is_looked_up)
{
    static const struct {
        const char *name;
        weir__fault_point point;
        int runs;
    } rows[] = {
        {"the answer was lost", WEIR__FAULT_commit_answer, 1},
        {"the COMMIT was lost", WEIR__FAULT_commit_sent, 2},
    };
    live l;
    live_open(&l, NULL);
    make_table(&l);
    live_run(&l,
             "CREATE TABLE IF NOT EXISTS weir_transaction (id BINARY(16) NOT NULL PRIMARY KEY, made_at TIMESTAMP(6) "
             "NOT NULL "
             "DEFAULT CURRENT_TIMESTAMP(6), KEY made_at (made_at))",
             weir_no_args());
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int runs = 0;
        live_run(&l, "DELETE FROM txn WHERE id = 3", weir_no_args());
        weir__fault_arm(l.client->env.faults, rows[i].point, WEIR__FAULT_FAIL, 1);
        EXPECT_OK(weir_transaction(l.session, NULL, insert_three, &runs, &l.error), l.error);
        EXPECT_THAT(runs == rows[i].runs, "%s: it ran %d times", rows[i].name, runs);
        EXPECT_TEXT(live_one(&l, "SELECT COUNT(*) FROM txn WHERE id = 3", weir_no_args()), "1");
    }
    /* Without the table nobody can look, and nothing else changes. */
    live_run(&l, "DROP TABLE weir_transaction", weir_no_args());
    live_run(&l, "DELETE FROM txn WHERE id = 3", weir_no_args());
    int runs = 0;
    weir__fault_arm(l.client->env.faults, WEIR__FAULT_commit_answer, WEIR__FAULT_FAIL, 1);
    EXPECT_STATUS(weir_transaction(l.session, NULL, insert_three, &runs, &l.error), l.error, WEIR_UNKNOWN);
    EXPECT_TEXT(live_one(&l, "SELECT COUNT(*) FROM txn WHERE id = 3", weir_no_args()), "1");
    live_run(&l, "DROP TABLE txn", weir_no_args());
    live_close(&l);
}
#endif
