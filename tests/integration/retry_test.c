/* retry_test.c - a connection lost at each point: what is done again, what never; executions are counted on the server. SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>

#include "tests/support/cutter.h"
#include "tests/support/live.h"

typedef enum what { READ, WRITE, WRITE_ROWS, READ_IN_TRANSACTION, WRITE_IN_TRANSACTION, COMMIT, BEGIN, KINDS } what;

/* With values a statement is prepared first: the cut then meets the preparing. */
static const struct {
    const char *name, *sql, *prepared;
} kinds[KINDS] = {
    [READ] = {"read", "SELECT id FROM retry_log WHERE id < 0", "SELECT id FROM retry_log WHERE id < ? - 100000"},
    [WRITE] = {"write", "INSERT INTO retry_log (id) VALUES (7)", "INSERT INTO retry_log (id) VALUES (?)"},
    [WRITE_ROWS] = {"write that gives rows", "INSERT INTO retry_log (id) VALUES (7) RETURNING id",
                    "INSERT INTO retry_log (id) VALUES (?) RETURNING id"},
    [READ_IN_TRANSACTION] = {"read in a transaction", "SELECT id FROM retry_log WHERE id < 0",
                             "SELECT id FROM retry_log WHERE id < ? - 100000"},
    [WRITE_IN_TRANSACTION] = {"write in a transaction", "INSERT INTO retry_log (id) VALUES (7)",
                              "INSERT INTO retry_log (id) VALUES (?)"},
    [COMMIT] = {"COMMIT", "INSERT INTO retry_log (id) VALUES (7)", "INSERT INTO retry_log (id) VALUES (?)"},
    [BEGIN] = {"BEGIN", "INSERT INTO retry_log (id) VALUES (7)", "INSERT INTO retry_log (id) VALUES (?)"},
};

static weir_status run(live *l, what kind, bool prepared)
{
    return weir_execute(l->session, prepared ? kinds[kind].prepared : kinds[kind].sql,
                        prepared ? WEIR_ARGS(weir_int(7)) : weir_no_args(), NULL, &l->error);
}

static weir_status run_in_transaction(live *l, cutter *c, what kind, bool prepared, cut how)
{
    weir_error ignored;
    if (kind == BEGIN)
        cutter_arm(c, how);
    weir_status status = weir_begin(l->session, NULL, &l->error);
    if (status != WEIR_OK)
        return status;
    if (kind == COMMIT || kind == BEGIN)
        status = run(l, kind, prepared);
    if (kind != BEGIN)
        cutter_arm(c, how);
    if (kind != COMMIT && kind != BEGIN)
        status = run(l, kind, prepared);
    if (status == WEIR_OK)
        return weir_commit(l->session, &l->error);
    if (weir_rollback(l->session, &ignored) != WEIR_OK)
        return WEIR_SERVER;
    return status;
}

/* What the caller may be told; executions must fit it. */
static void expect_told(what kind, bool prepared, cut how, weir_status status, const char *rows, const live *l)
{
    bool write = kind != READ && kind != READ_IN_TRANSACTION;
    bool right = status == WEIR_OK        ? strcmp(rows, write ? "1" : "0") == 0
                 : status == WEIR_UNKNOWN ? strcmp(rows, "0") == 0 || strcmp(rows, "1") == 0
                                          : strcmp(rows, "0") == 0;
    EXPECT_THAT(right, "%s, %s, %s: %s, and %s rows are there", kinds[kind].name, prepared ? "prepared" : "text",
                cut_name(how), weir_status_name(status), rows);
    bool idle = how == CUT_FIN || how == CUT_RESET;
    bool fits = true;
    if (kind == READ || kind == BEGIN)
        fits = status == WEIR_OK; /* on another connection */
    else if (kind == WRITE || kind == WRITE_ROWS)
        /* Prepared the first time, what is lost is the preparing. */
        fits = how == CUT_RESET || prepared ? status == WEIR_OK : status == WEIR_UNKNOWN || (idle && status == WEIR_OK);
    else if (kind == COMMIT)
        fits = how == CUT_RESET ? status == WEIR_CONFLICT : status == WEIR_UNKNOWN;
    else
        fits = status == WEIR_CONFLICT;
    EXPECT_THAT(fits, "%s, %s, %s: %s: %s", kinds[kind].name, prepared ? "prepared" : "text", cut_name(how),
                weir_status_name(status), status == WEIR_OK ? "" : l->error.text);
}

TEST(retry, nothing_runs_twice_wherever_the_connection_is_lost)
{
    cutter c;
    live straight, l;
    live_open(&straight, NULL);
    live_run(&straight, "CREATE OR REPLACE TABLE retry_log (seq INT AUTO_INCREMENT PRIMARY KEY, id INT NOT NULL)",
             weir_no_args());
    cutter_open(&c);
    for (int kind = READ; kind < KINDS; kind++)
        for (int prepared = 0; prepared < 2; prepared++)
            for (int how = CUT_FIN; how < CUTS; how++) {
                live_open_config(&l, cutter_yaml(&c, NULL));
                live_run(&straight, "DELETE FROM retry_log", weir_no_args());
                EXPECT_TEXT(live_one(&l, "SELECT 1", weir_no_args()), "1"); /* a connection is idle in the pool */
                int before = c.cuts;
                weir_status status;
                if (kind <= WRITE_ROWS) {
                    cutter_arm(&c, (cut)how);
                    status = run(&l, (what)kind, prepared);
                } else
                    status = run_in_transaction(&l, &c, (what)kind, prepared, (cut)how);
                EXPECT_THAT(c.cuts > before, "%s, %s: nothing was cut", kinds[kind].name, cut_name((cut)how));
                EXPECT(live_until(&straight, "SELECT COUNT(*) FROM information_schema.innodb_trx", "0"));
                const char *rows = live_one(&straight, "SELECT COUNT(*) FROM retry_log", weir_no_args());
                expect_told((what)kind, prepared, (cut)how, status, rows, &l);
                EXPECT_TEXT(live_one(&l, "SELECT 'fine'", weir_no_args()), "fine");
                EXPECT(live_counter(&l, "weir_statements_again_total") <= 1);
                live_close(&l);
            }
    cutter_close(&c);
    live_run(&straight, "DROP TABLE retry_log", weir_no_args());
    live_close(&straight);
}

/* A kept prepared statement is executed at once: the cut meets the execution. */
TEST(retry, a_kept_prepared_write_that_was_sent_is_never_sent_again)
{
    cutter c;
    live straight, l;
    live_open(&straight, NULL);
    live_run(&straight, "CREATE OR REPLACE TABLE retry_log (seq INT AUTO_INCREMENT PRIMARY KEY, id INT NOT NULL)",
             weir_no_args());
    cutter_open(&c);
    for (int how = CUT_RESET; how < CUTS; how++) {
        live_open_config(&l, cutter_yaml(&c, NULL));
        live_run(&straight, "DELETE FROM retry_log", weir_no_args());
        for (int i = 0; i < 3; i++)
            EXPECT_OK(run(&l, WRITE, true), l.error);
        cutter_arm(&c, (cut)how);
        weir_status status = run(&l, WRITE, true);
        EXPECT_THAT(status == (how == CUT_RESET ? WEIR_OK : WEIR_UNKNOWN), "%s: %s", cut_name((cut)how),
                    weir_status_name(status));
        EXPECT(live_until(&straight, "SELECT COUNT(*) FROM information_schema.innodb_trx", "0"));
        EXPECT_TEXT(live_one(&straight, "SELECT COUNT(*) FROM retry_log", weir_no_args()),
                    how == CUT_SWALLOW ? "3" : "4");
        live_close(&l);
    }
    cutter_close(&c);
    live_run(&straight, "DROP TABLE retry_log", weir_no_args());
    live_close(&straight);
}

/* A second loss in a row is told: nothing is sent for ever. */
TEST(retry, a_read_is_sent_again_once)
{
    cutter c;
    live l;
    cutter_open(&c);
    live_open_config(&l, cutter_yaml(&c, NULL));
    EXPECT_TEXT(live_one(&l, "SELECT 1", weir_no_args()), "1");
    cutter_arm(&c, CUT_SWALLOW);
    EXPECT_TEXT(live_one(&l, "SELECT 2", weir_no_args()), "2");
    EXPECT(live_counter(&l, "weir_statements_again_total") == 1);
    EXPECT(live_counter(&l, "weir_failures_total") == 0);
    live_close(&l);
    cutter_close(&c);
}

static void *kill_when_running(void *context)
{
    live *watcher = context;
    char sql[64];
    /* Not at once: that would be a connection found dead. */
    EXPECT(
        live_until(watcher,
                   "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP%retry kill%' AND "
                   "time_ms > 1500",
                   "1"));
    snprintf(sql, sizeof sql, "KILL %s",
             live_one(watcher,
                      "SELECT id FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP%retry kill%'",
                      weir_no_args()));
    live_run(watcher, sql, weir_no_args());
    return NULL;
}

/* Who kills a connection means the statement, too. */
TEST(retry, a_read_whose_connection_was_killed_is_not_sent_again)
{
    live l, watcher;
    pthread_t thread;
    live_open(&l, "  timeouts: {query: 20s}\n");
    live_open(&watcher, NULL);
    pthread_create(&thread, NULL, kill_when_running, &watcher);
    EXPECT_STATUS(weir_execute(l.session, "SELECT SLEEP(15), 'retry kill'", weir_no_args(), NULL, &l.error), l.error,
                  WEIR_UNREACHABLE);
    pthread_join(thread, NULL);
    EXPECT(live_counter(&l, "weir_statements_again_total") == 0);
    live_close(&watcher);
    live_close(&l);
}
