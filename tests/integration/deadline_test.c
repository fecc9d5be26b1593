/* deadline_test.c - deadlines, cancelling, the pool's patience; nothing runs on afterwards. SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>

#include "base/wait.h"
#include "tests/support/live.h"

static void pause_ms(uint32_t ms)
{
    weir__wait_ready(&weir__clock_system, -1, 0, -1, weir__deadline_in(&weir__clock_system, ms));
}

/* Runs a statement that cannot end by itself in time; gives its status. */
static weir_status run_late(live *l, const char *sql, weir_args args, uint32_t timeout_ms)
{
    weir_query_options o = WEIR_QUERY_OPTIONS_INIT;
    weir_rows *rows = NULL;
    o.timeout_ms = timeout_ms;
    weir_str text = {sql, strlen(sql)};
    weir_status status = weir_query_with(l->session, &o, text, args, &rows, &l->error);
    if (status != WEIR_OK)
        return status;
    while (weir_next(rows))
        ;
    return weir_finish(rows, &l->error);
}

TEST(deadline, a_late_read_times_out_and_is_killed_on_the_server)
{
    live l;
    live_open(&l, NULL);
    uint64_t before = test_ms();
    EXPECT_STATUS(run_late(&l, "SELECT SLEEP(60), 'late read'", weir_no_args(), 250), l.error, WEIR_TIMEOUT);
    EXPECT(test_ms() - before >= 250);
    EXPECT_INT(l.error.retry, WEIR_RETRY_CALL);
    EXPECT(live_until_running(&l, "late read", 0));
    EXPECT_STATUS(run_late(&l, "SELECT SLEEP(?), 'late prepared read'", WEIR_ARGS(weir_int(60)), 250), l.error,
                  WEIR_TIMEOUT);
    EXPECT(live_until_running(&l, "late prepared read", 0));
    EXPECT_TEXT(live_one(&l, "SELECT 1", weir_no_args()), "1");
    live_close(&l);
}

TEST(deadline, a_late_write_is_unknown_because_it_may_have_happened)
{
    live l;
    live_open(&l, NULL);
    live_run(&l, "CREATE OR REPLACE TABLE deadline_writes (a INT)", weir_no_args());
    EXPECT_STATUS(run_late(&l, "INSERT INTO deadline_writes SELECT SLEEP(60)", weir_no_args(), 250), l.error,
                  WEIR_UNKNOWN);
    EXPECT_INT(l.error.retry, WEIR_RETRY_AFTER_LOOKING);
    EXPECT(live_until_running(&l, "INSERT INTO deadline_writes", 0));
    EXPECT_TEXT(live_one(&l, "SELECT COUNT(*) FROM deadline_writes", weir_no_args()), "0");
    live_run(&l, "DROP TABLE deadline_writes", weir_no_args());
    live_close(&l);
}

TEST(deadline, it_holds_between_rows_too)
{
    live l;
    live_open(&l, NULL);
    EXPECT_STATUS(run_late(&l, "SELECT seq, SLEEP(0.1) FROM seq_1_to_1000", weir_no_args(), 400), l.error,
                  WEIR_TIMEOUT);
    EXPECT(live_until_running(&l, "seq_1_to_1000", 0));
    EXPECT_STATUS(run_late(&l, "SELECT seq, SLEEP(0.1) FROM seq_1_to_1000 WHERE seq > ?", WEIR_ARGS(weir_int(0)), 400),
                  l.error, WEIR_TIMEOUT);
    EXPECT(live_until_running(&l, "seq_1_to_1000", 0));
    live_close(&l);
}

TEST(deadline, longer_than_configured_when_the_call_says_so)
{
    live l;
    live_open(&l, "  timeouts: {query: 300ms, transaction: 300ms}\n");
    EXPECT_STATUS(run_late(&l, "SELECT SLEEP(60)", weir_no_args(), 0), l.error, WEIR_TIMEOUT);
    EXPECT_OK(run_late(&l, "SELECT SLEEP(1.2)", weir_no_args(), 10000), l.error);
    EXPECT_OK(run_late(&l, "SELECT SLEEP(1.2), ?", WEIR_ARGS(weir_int(1)), 10000), l.error);
    EXPECT_STATUS(run_late(&l, "SELECT SLEEP(60)", weir_no_args(), 0), l.error, WEIR_TIMEOUT);
    live_close(&l);
}

/* ---- cancelling ---- */

typedef struct canceller {
    weir_session *session;
    live *l;
    const char *sql; /* cancelled once this runs */
} canceller;

static void *cancel_when_running(void *context)
{
    canceller *c = context;
    if (!live_until_running(c->l, c->sql, 1))
        test_fail(__FILE__, __LINE__, "%s never ran", c->sql);
    weir_cancel(c->session);
    return NULL;
}

TEST(deadline, cancelling_ends_the_call_and_the_statement)
{
    static const struct {
        const char *sql, *part;
        int values;
    } rows[] = {
        {"SELECT SLEEP(60), 'to cancel'", "to cancel", 0},
        {"SELECT SLEEP(60), 'to cancel prepared', ?", "to cancel prepared", 1},
        {"SELECT seq, SLEEP(1), 'to cancel stream' FROM seq_1_to_100", "to cancel stream", 0},
    };
    live l, watcher;
    live_open(&l, NULL);
    live_open(&watcher, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        pthread_t thread;
        weir_value one = weir_int(1);
        canceller c = {l.session, &watcher, rows[i].part};
        pthread_create(&thread, NULL, cancel_when_running, &c);
        weir_args args = {&one, (size_t)rows[i].values};
        EXPECT_STATUS(run_late(&l, rows[i].sql, args, 30000), l.error, WEIR_CANCELLED);
        pthread_join(thread, NULL);
        EXPECT(live_until_running(&watcher, rows[i].part, 0));
        EXPECT_TEXT(live_one(&l, "SELECT 'next'", weir_no_args()), "next");
    }
    live_close(&watcher);
    live_close(&l);
}

TEST(deadline, cancelling_an_idle_session_does_nothing)
{
    live l;
    live_open(&l, NULL);
    weir_cancel(l.session);
    EXPECT_TEXT(live_one(&l, "SELECT 1", weir_no_args()), "1");
    live_run(&l, "BEGIN", weir_no_args());
    weir_cancel(l.session);
    EXPECT_TEXT(live_one(&l, "SELECT 1", weir_no_args()), "1");
    EXPECT_OK(weir_rollback(l.session, &l.error), l.error);
    live_close(&l);
}

TEST(deadline, a_cancelled_stream_is_no_short_result)
{
    live l;
    weir_rows *rows = NULL;
    live_open(&l, NULL);
    EXPECT_OK(weir_query(l.session, "SELECT seq FROM seq_1_to_1000000", weir_no_args(), &rows, &l.error), l.error);
    EXPECT(weir_next(rows));
    weir_cancel(l.session);
    EXPECT(!weir_next(rows));
    EXPECT_STATUS(weir_finish(rows, &l.error), l.error, WEIR_CANCELLED);
    EXPECT_TEXT(live_one(&l, "SELECT 1", weir_no_args()), "1");
    live_close(&l);
}

/* ---- the pool ---- */

TEST(deadline, a_full_pool_is_busy_within_its_patience)
{
    live l;
    weir_session *other = NULL;
    live_open(&l, "  pool: {max: 1, wait: 200ms}\n");
    EXPECT_OK(weir_session_open(l.client, NULL, &other, &l.error), l.error);
    EXPECT_OK(weir_begin(other, NULL, &l.error), l.error);
    EXPECT_TEXT(live_one(&l, "SELECT 1", weir_no_args()), "(BUSY)");
    EXPECT_HAS(l.error.text, "pool.max");
    EXPECT_INT(l.error.retry, WEIR_RETRY_CALL);
    weir_query_options o = WEIR_QUERY_OPTIONS_INIT;
    weir_rows *rows = NULL;
    o.timeout_ms = 50;
    weir_str sql = {"SELECT 1", 8};
    EXPECT_STATUS(weir_query_with(l.session, &o, sql, weir_no_args(), &rows, &l.error), l.error, WEIR_TIMEOUT);
    EXPECT_OK(weir_commit(other, &l.error), l.error);
    weir_session_close(other);
    EXPECT_TEXT(live_one(&l, "SELECT 1", weir_no_args()), "1");
    live_close(&l);
}

static void *cancel_when_waiting(void *context)
{
    canceller *c = context;
    while (live_counter(c->l, "weir_pool_waiting") == 0)
        pause_ms(2);
    weir_cancel(c->session);
    return NULL;
}

TEST(deadline, waiting_for_a_connection_can_be_cancelled)
{
    live l;
    pthread_t thread;
    weir_session *other = NULL;
    live_open(&l, "  pool: {max: 1, wait: 30s}\n  timeouts: {query: 60s}\n");
    EXPECT_OK(weir_session_open(l.client, NULL, &other, &l.error), l.error);
    EXPECT_OK(weir_begin(other, NULL, &l.error), l.error);
    canceller c = {l.session, &l, NULL};
    pthread_create(&thread, NULL, cancel_when_waiting, &c);
    EXPECT_STATUS(weir_execute(l.session, "SELECT 1", weir_no_args(), NULL, &l.error), l.error, WEIR_CANCELLED);
    pthread_join(thread, NULL);
    weir_session_close(other);
    EXPECT_TEXT(live_one(&l, "SELECT 1", weir_no_args()), "1");
    live_close(&l);
}

typedef struct queued {
    live *l;
    int *order, *next, number;
    pthread_mutex_t *lock;
} queued;

static void *stand_in_line(void *context)
{
    queued *q = context;
    weir_session *session = NULL;
    weir_error error;
    if (weir_session_open(q->l->client, NULL, &session, &error) != WEIR_OK ||
        weir_begin(session, NULL, &error) != WEIR_OK) {
        test_fail(__FILE__, __LINE__, "%d: %s", q->number, error.text);
    } else {
        pthread_mutex_lock(q->lock);
        q->order[(*q->next)++] = q->number;
        pthread_mutex_unlock(q->lock);
    }
    weir_session_close(session);
    return NULL;
}

TEST(deadline, waiters_are_served_in_the_order_of_their_arrival)
{
    enum { WAITERS = 12 };
    live l;
    pthread_t threads[WAITERS];
    queued q[WAITERS];
    int order[WAITERS] = {0}, next = 0;
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    weir_session *holder = NULL;
    live_open(&l, "  pool: {max: 1, wait: 30s}\n  timeouts: {query: 60s}\n");
    EXPECT_OK(weir_session_open(l.client, NULL, &holder, &l.error), l.error);
    EXPECT_OK(weir_begin(holder, NULL, &l.error), l.error);
    for (int i = 0; i < WAITERS; i++) {
        q[i] = (queued){&l, order, &next, i, &lock};
        pthread_create(&threads[i], NULL, stand_in_line, &q[i]);
        while (live_counter(&l, "weir_pool_waiting") != i + 1)
            pause_ms(1);
    }
    weir_session_close(holder);
    for (int i = 0; i < WAITERS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < WAITERS; i++)
        EXPECT_INT(order[i], i);
    EXPECT(live_counter(&l, "weir_pool_dials_total") == 1);
    live_close(&l);
}

TEST(deadline, old_connections_are_closed_instead_of_used)
{
    live l;
    live_open(&l, "  pool: {idle: 50ms}\n");
    EXPECT_TEXT(live_one(&l, "SELECT 1", weir_no_args()), "1");
    pause_ms(80);
    EXPECT_TEXT(live_one(&l, "SELECT 1", weir_no_args()), "1");
    EXPECT(live_counter(&l, "weir_pool_dials_total") >= 2); /* on a slow machine the first one may have grown old too */
    live_close(&l);
    live_open(&l, "  pool: {idle: 0, lifetime: 0}\n"); /* no limits */
    EXPECT_TEXT(live_one(&l, "SELECT 1", weir_no_args()), "1");
    pause_ms(20);
    EXPECT_TEXT(live_one(&l, "SELECT 1", weir_no_args()), "1");
    EXPECT(live_counter(&l, "weir_pool_dials_total") == 1);
    live_close(&l);
}
