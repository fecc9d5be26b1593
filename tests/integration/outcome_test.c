/* outcome_test.c - what a failed or broken-off statement says of itself is true. SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/wait.h"
#include "tests/support/live.h"

/* A deadline that is waited for: a few statements before it are well within it on a busy machine too. */
enum { LATE_MS = 2000 };

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
    EXPECT_OK(
        weir_query(l.session, "DELETE FROM outcome RETURNING id, REPEAT('x', 1000)", weir_no_args(), &rows, &l.error),
        l.error);
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
    live_run(&l,
             "CREATE OR REPLACE PROCEDURE outcome_late() BEGIN SELECT id FROM outcome; INSERT INTO outcome VALUES (1, "
             "1); END",
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
    EXPECT_OK(weir_query(l.session, "SELECT id, REPEAT('x', 1000) FROM outcome", weir_no_args(), &rows, &l.error),
              l.error);
    EXPECT(weir_next(rows));
    EXPECT_OK(weir_finish(rows, &l.error), l.error);
    EXPECT_OK(weir_commit(l.session, &l.error), l.error);
    live_run(&l, "SET @outcome = 7", weir_no_args());
    EXPECT_OK(weir_query(l.session, "SELECT id, REPEAT('x', 1000) FROM outcome", weir_no_args(), &rows, &l.error),
              l.error);
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
    EXPECT_OK(weir_query(l.session, "INSERT INTO outcome VALUES (10001, 1), (10002, 1), (10003, 1) RETURNING id",
                         weir_no_args(), &rows, &l.error),
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
    EXPECT_STATUS(weir_query_with(l.session, &o, (weir_str){sql, strlen(sql)}, weir_no_args(), &rows, &l.error),
                  l.error, WEIR_LIMIT);
    EXPECT_INT(l.error.retry, WEIR_RETRY_AFTER_LOOKING);
    EXPECT_TEXT(live_one(&l, "SELECT COUNT(*) FROM outcome", weir_no_args()), "1000");
    drop_table(&l);
    live_close(&l);
}

/* ---- transactions that end by themselves ---- */

TEST(outcome, nothing_follows_a_transaction_that_a_procedure_committed)
{
    live l;
    live_open(&l, NULL);
    make_table(&l);
    live_run(&l, "CREATE OR REPLACE PROCEDURE outcome_commit() BEGIN COMMIT; END", weir_no_args());
    weir_session_close(l.session);
    EXPECT_OK(weir_session_open(l.client, NULL, &l.session, &l.error), l.error);
    EXPECT_OK(weir_begin(l.session, NULL, &l.error), l.error);
    live_run(&l, "UPDATE outcome SET v = 1 WHERE id = 1", weir_no_args());
    weir_status status = weir_execute(l.session, "CALL outcome_commit()", weir_no_args(), NULL, &l.error);
    (void)status;
    /* It would be a transaction of its own, and rollback would not undo it. */
    EXPECT_STATUS(weir_execute(l.session, "UPDATE outcome SET v = 1 WHERE id = 2", weir_no_args(), NULL, &l.error),
                  l.error, WEIR_UNKNOWN);
    EXPECT_INT(l.error.retry, WEIR_RETRY_AFTER_LOOKING);
    EXPECT_STATUS(weir_commit(l.session, &l.error), l.error, WEIR_UNKNOWN);
    EXPECT_TEXT(live_rows(&l, "SELECT v FROM outcome WHERE id IN (1, 2) ORDER BY id", weir_no_args()), "1;0");
    live_run(&l, "DROP PROCEDURE outcome_commit", weir_no_args());
    drop_table(&l);
    live_close(&l);
}

static weir_status commit_then_conflict(weir_session *session, void *context, weir_error *error)
{
    const char *ending = context;
    weir_status status =
        weir_execute(session, "UPDATE outcome SET v = v + 1 WHERE id = 1", weir_no_args(), NULL, error);
    if (status == WEIR_OK)
        status = weir_execute(session, ending, weir_no_args(), NULL, error);
    if (status == WEIR_OK)
        status = weir_execute(session, "SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213", weir_no_args(), NULL, error);
    return status;
}

TEST(outcome, work_that_ended_its_own_transaction_is_not_run_again)
{
    static const char *const endings[] = {"COMMIT", "CALL outcome_commit()"};
    live l;
    live_open(&l, NULL);
    make_table(&l);
    live_run(&l, "CREATE OR REPLACE PROCEDURE outcome_commit() BEGIN COMMIT; END", weir_no_args());
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        weir_session_close(l.session);
        EXPECT_OK(weir_session_open(l.client, NULL, &l.session, &l.error), l.error);
        weir_status status =
            weir_transaction(l.session, NULL, commit_then_conflict, (void *)(uintptr_t)endings[i], &l.error);
        EXPECT_THAT(status == WEIR_UNKNOWN, "%s: %s: %s", endings[i], weir_status_name(status), l.error.text);
        char wanted[] = {(char)('1' + i), '\0'};
        EXPECT_TEXT(live_one(&l, "SELECT v FROM outcome WHERE id = 1", weir_no_args()), wanted);
    }
    live_run(&l, "DROP PROCEDURE outcome_commit", weir_no_args());
    drop_table(&l);
    live_close(&l);
}

/* The server rolled back by itself, for a reason that weir has no name for. */
TEST(outcome, nothing_follows_a_transaction_that_the_server_rolled_back)
{
    live l;
    weir_session *other = NULL;
    live_open(&l, NULL);
    make_table(&l);
    EXPECT_OK(weir_session_open(l.client, NULL, &other, &l.error), l.error);
    live_run(&l, "SET SESSION innodb_snapshot_isolation = ON", weir_no_args());
    EXPECT_OK(weir_begin(l.session, NULL, &l.error), l.error);
    live_run(&l, "UPDATE outcome SET v = 1 WHERE id = 1", weir_no_args());
    EXPECT_TEXT(live_one(&l, "SELECT COUNT(*) FROM outcome", weir_no_args()), "5000");
    EXPECT_OK(weir_execute(other, "UPDATE outcome SET v = 5 WHERE id = 2", weir_no_args(), NULL, &l.error), l.error);
    EXPECT_STATUS(weir_execute(l.session, "UPDATE outcome SET v = 1 WHERE id = 2", weir_no_args(), NULL, &l.error),
                  l.error, WEIR_CONFLICT);
    EXPECT_STATUS(weir_execute(l.session, "UPDATE outcome SET v = 1 WHERE id = 3", weir_no_args(), NULL, &l.error),
                  l.error, WEIR_CONFLICT);
    EXPECT_OK(weir_rollback(l.session, &l.error), l.error);
    EXPECT_TEXT(live_rows(&l, "SELECT v FROM outcome WHERE id IN (1, 2, 3) ORDER BY id", weir_no_args()), "0;5;0");
    weir_session_close(other);
    drop_table(&l);
    live_close(&l);
}

/* ---- may it be repeated? ---- */

TEST(outcome, a_procedure_that_failed_half_way_is_not_to_be_repeated_blindly)
{
    live l;
    live_open(&l, NULL);
    make_table(&l);
    live_run(&l,
             "CREATE OR REPLACE PROCEDURE outcome_half() BEGIN UPDATE outcome SET v = v + 1 WHERE id = 1; "
             "SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213; END",
             weir_no_args());
    EXPECT_STATUS(weir_execute(l.session, "CALL outcome_half()", weir_no_args(), NULL, &l.error), l.error,
                  WEIR_CONFLICT);
    EXPECT_INT(l.error.retry, WEIR_RETRY_AFTER_LOOKING);
    EXPECT_TEXT(live_one(&l, "SELECT v FROM outcome WHERE id = 1", weir_no_args()), "1");
    live_run(&l, "DROP PROCEDURE outcome_half", weir_no_args());
    drop_table(&l);
    live_close(&l);
}

/* ---- the record ---- */

static weir_status conflict_once(weir_session *session, void *context, weir_error *error)
{
    int *runs = context;
    return (*runs)++
               ? WEIR_OK
               : weir_execute(session, "SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213", weir_no_args(), NULL, error);
}

static weir_status refuse(weir_session *session, void *context, weir_error *error)
{
    (void)session;
    (void)context;
    (void)error;
    return WEIR_LIMIT;
}

TEST(outcome, a_transaction_fills_the_record_on_failure_alone)
{
    live l;
    int runs = 0;
    weir_error untouched;
    live_open(&l, NULL);
    memset(&l.error, 0x5A, sizeof l.error);
    untouched = l.error;
    EXPECT_OK(weir_transaction(l.session, NULL, conflict_once, &runs, &l.error), l.error);
    EXPECT_INT(runs, 2);
    EXPECT(memcmp(&untouched, &l.error, sizeof untouched) == 0);
    EXPECT_STATUS(weir_transaction(l.session, NULL, refuse, NULL, &l.error), l.error, WEIR_LIMIT);
    EXPECT_INT(l.error.status, WEIR_LIMIT);
    EXPECT_INT(l.error.retry, WEIR_RETRY_NEVER);
    EXPECT(memchr(l.error.text, '\0', sizeof l.error.text) && l.error.text[0]);
    live_close(&l);
}

static weir_status conflict_always(weir_session *session, void *context, weir_error *error)
{
    int *runs = context;
    ++*runs;
    weir_status status = weir_execute(session, "SELECT SLEEP(0.5)", weir_no_args(), NULL, error);
    return status == WEIR_OK ? weir_execute(session, "SELECT v FROM outcome WHERE id = 1 FOR UPDATE NOWAIT",
                                            weir_no_args(), NULL, error)
                             : status;
}

TEST(outcome, the_deadline_of_a_transaction_is_counted_from_the_call)
{
    live l;
    weir_session *locks = NULL, *other = NULL;
    int runs = 0;
    weir_transaction_options o = WEIR_TRANSACTION_OPTIONS_INIT;
    o.timeout_ms = LATE_MS;
    o.max_attempts = 1000;
    live_open(&l, "  pool: {max: 2, wait: 60s}\n");
    make_table(&l);
    EXPECT_OK(weir_session_open(l.client, NULL, &locks, &l.error), l.error);
    EXPECT_OK(weir_begin(locks, NULL, &l.error), l.error);
    EXPECT_OK(weir_execute(locks, "UPDATE outcome SET v = 1 WHERE id = 1", weir_no_args(), NULL, &l.error), l.error);
    EXPECT_STATUS(weir_transaction(l.session, &o, conflict_always, &runs, &l.error), l.error, WEIR_TIMEOUT);
    EXPECT_INT(l.error.retry, WEIR_RETRY_TRANSACTION);
    EXPECT(runs > 0 && runs < 10);
    /* Waiting for the connection counts too. */
    EXPECT_OK(weir_session_open(l.client, NULL, &other, &l.error), l.error);
    EXPECT_OK(weir_begin(other, NULL, &l.error), l.error);
    EXPECT_STATUS(weir_begin(l.session, &o, &l.error), l.error, WEIR_TIMEOUT);
    EXPECT_HAS(l.error.text, "waiting for a connection");
    weir_session_close(other);
    weir_session_close(locks);
    drop_table(&l);
    live_close(&l);
}

TEST(outcome, a_deadline_is_of_its_own_transaction)
{
    live l;
    weir_transaction_options o = WEIR_TRANSACTION_OPTIONS_INIT;
    o.timeout_ms = LATE_MS;
    live_open(&l, NULL);
    EXPECT_OK(weir_begin(l.session, &o, &l.error), l.error);
    live_run(&l, "COMMIT", weir_no_args());
    live_run(&l, "BEGIN", weir_no_args());
    EXPECT_TEXT(live_one(&l, "SELECT SLEEP(2.2)", weir_no_args()), "0");
    live_run(&l, "SAVEPOINT a", weir_no_args());
    live_run(&l, "ROLLBACK", weir_no_args());
    live_close(&l);
}

/* ---- connecting ---- */

typedef struct asker {
    weir_client *client;
    weir_error error;
    weir_status status;
} asker;

static void *ask_once(void *context)
{
    asker *a = context;
    weir_session *session = NULL;
    a->status = weir_session_open(a->client, NULL, &session, &a->error);
    if (a->status == WEIR_OK)
        a->status = weir_execute(session, "SELECT 1", weir_no_args(), NULL, &a->error);
    weir_session_close(session);
    return NULL;
}

/* The pool has room for one: who waits behind a dial that fails gets a dial of his own, not "all connections are in use". */
TEST(outcome, a_dial_that_fails_leaves_nobody_waiting)
{
    live l;
    char yaml[160];
    pthread_t threads[2];
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT(bind(server, (struct sockaddr *)&a, sizeof a) == 0 && listen(server, 8) == 0);
    getsockname(server, (struct sockaddr *)&a, &size);
    snprintf(yaml, sizeof yaml,
             "databases: {shop: {primary: \"127.0.0.1:%d\", user: app, pool: {max: 1, wait: 10s}, timeouts: {connect: "
             "10s, query: 60s}}}\n",
             ntohs(a.sin_port));
    live_open_config(&l, yaml);
    asker askers[2] = {{.client = l.client}, {.client = l.client}};
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, ask_once, &askers[i]);
    while (live_counter(&l, "weir_pool_waiting") < 2)
        weir__wait_ready(&weir__clock_system, -1, 0, -1, weir__deadline_in(&weir__clock_system, 5));
    for (int i = 0; i < 2; i++) { /* hang up on each that calls */
        weir__deadline deadline = weir__deadline_in(&weir__clock_system, 30000);
        if (weir__wait_ready(&weir__clock_system, server, POLLIN, -1, deadline) == WEIR__WAIT_READY)
            close(accept(server, NULL, NULL));
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        EXPECT_STATUS(askers[i].status, askers[i].error, WEIR_UNREACHABLE);
    }
    close(server);
    live_close(&l);
}
