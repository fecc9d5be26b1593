/* threads_test.c - many threads on one client: sessions, cancelling, reload, statistics; and every allocation and wait failing once.
 * SPDX-License-Identifier: Apache-2.0 Runs under TSan by the plain runner (preset tsan). */
#include <pthread.h>

#include "base/wait.h"
#include "tests/support/live.h"

enum { WORKERS = 8, REQUESTS = 60, TRANSFERS = 25 };

static void pause_ms(uint32_t ms)
{
    weir__wait_ready(&weir__clock_system, -1, 0, -1, weir__deadline_in(&weir__clock_system, ms));
}

typedef struct shared {
    live l;
    _Atomic bool done;
    _Atomic int64_t written;
    _Atomic(weir_session *) slow; /* the session that runs something long, to be cancelled */
} shared;

static weir_status one_request(shared *s, int request, weir_error *error)
{
    weir_session *session = NULL;
    weir_rows *rows = NULL;
    weir_status status = weir_session_open(s->l.client, NULL, &session, error);
    if (status == WEIR_OK && request % 3 == 0) {
        status =
            weir_execute(session, "INSERT INTO threads_rows (v) VALUES (?)", WEIR_ARGS(weir_int(request)), NULL, error);
        s->written += status == WEIR_OK;
    } else if (status == WEIR_OK) {
        status =
            weir_query(session, request % 3 == 1 ? "SELECT seq FROM seq_1_to_50" : "SELECT seq, 'x' FROM seq_1_to_3000",
                       weir_no_args(), &rows, error);
        for (int i = 0; status == WEIR_OK && i < 40 && weir_next(rows); i++)
            EXPECT(weir_get_int(rows, 0) == i + 1);
        if (status == WEIR_OK)
            status = weir_finish(rows, error);
    }
    weir_session_close(session);
    return status;
}

static void *work(void *context)
{
    weir_error error;
    for (int i = 0; i < REQUESTS; i++)
        EXPECT_OK(one_request(context, i, &error), error);
    return NULL;
}

/* Runs long statements that another thread cancels. */
static void *be_cancelled(void *context)
{
    shared *s = context;
    weir_error error;
    for (int i = 0; i < 10; i++) {
        weir_session *session = NULL;
        EXPECT_OK(weir_session_open(s->l.client, NULL, &session, &error), error);
        atomic_store(&s->slow, session);
        weir_status status = weir_execute(session, "SELECT SLEEP(20)", weir_no_args(), NULL, &error);
        EXPECT_THAT(status == WEIR_CANCELLED, "%s: %s", weir_status_name(status), error.text);
        while (atomic_load(&s->slow))
            pause_ms(1); /* the canceller has let go of the session */
        weir_session_close(session);
    }
    return NULL;
}

static void *cancel_and_look(void *context)
{
    shared *s = context;
    weir_error error;
    for (int i = 0; !s->done; i++) {
        weir_session *slow = atomic_load(&s->slow);
        if (slow) {
            double before = live_counter(&s->l, "weir_failures_total");
            while (live_counter(&s->l, "weir_failures_total") == before) {
                weir_cancel(slow);
                pause_ms(1);
            }
            atomic_store(&s->slow, NULL);
        }
        if (i % 5 == 0)
            EXPECT_OK(weir_reload(s->l.client, &error), error);
        pause_ms(2);
    }
    return NULL;
}

TEST(threads, share_a_client)
{
    shared s = {0};
    pthread_t workers[WORKERS], patient, nurse;
    live_open(&s.l, "  pool: {max: 4, wait: 60s}\n  timeouts: {query: 60s, connect: 10s}\n");
    live_run(&s.l, "CREATE OR REPLACE TABLE threads_rows (id INT AUTO_INCREMENT PRIMARY KEY, v INT)", weir_no_args());
    pthread_create(&nurse, NULL, cancel_and_look, &s);
    pthread_create(&patient, NULL, be_cancelled, &s);
    for (int i = 0; i < WORKERS; i++)
        pthread_create(&workers[i], NULL, work, &s);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(workers[i], NULL);
    pthread_join(patient, NULL);
    s.done = true;
    pthread_join(nurse, NULL);
    char want[32];
    snprintf(want, sizeof want, "%d", (int)s.written);
    EXPECT_TEXT(live_one(&s.l, "SELECT COUNT(*) FROM threads_rows", weir_no_args()), want);
    EXPECT_INT(s.written, WORKERS * REQUESTS / 3);
    EXPECT(live_counter(&s.l, "weir_pool_taken") == 0);
    EXPECT(live_counter(&s.l, "weir_sessions") == 1);
    live_run(&s.l, "DROP TABLE threads_rows", weir_no_args());
    live_close(&s.l);
}

/* ---- what cannot be had, and a line that breaks ---- */

static weir_status in_transaction(weir_session *session, void *context, weir_error *error)
{
    (void)context;
    return weir_execute(session, "UPDATE threads_torture SET v = v + 1 WHERE id = ?", WEIR_ARGS(weir_int(1)), NULL,
                        error);
}

/* A bit of everything; any step may fail. */
static weir_status a_bit_of_everything(void)
{
    weir_client *client = NULL;
    weir_session *session = NULL;
    weir_rows *rows = NULL;
    weir_error error;
    weir_query_options buffered = WEIR_QUERY_OPTIONS_INIT;
    buffered.buffered = true;
    static const char text[] = "SELECT seq, REPEAT('y', seq) FROM seq_1_to_500";
    weir_str sql = {text, sizeof text - 1};
    const char *yaml = live_yaml("  timeouts: {query: 60s, connect: 10s}\n");
    weir_client_options options = WEIR_CLIENT_OPTIONS_INIT;
    options.yaml = yaml;
    weir_status status = live_client(test_env(), &options, &client, &error);
    if (status == WEIR_OK)
        status = weir_session_open(client, NULL, &session, &error);
    if (status == WEIR_OK)
        status = weir_execute(session, "CREATE TABLE IF NOT EXISTS threads_torture (id INT PRIMARY KEY, v INT)",
                              weir_no_args(), NULL, &error);
    if (status == WEIR_OK)
        status = weir_query(session, "SELECT id, v, REPEAT('x', 700) FROM threads_torture WHERE id >= ?",
                            WEIR_ARGS(weir_int(0)), &rows, &error);
    if (status == WEIR_OK) {
        while (weir_next(rows))
            ;
        status = weir_finish(rows, &error);
    }
    if (status == WEIR_OK)
        status = weir_query_with(session, &buffered, sql, weir_no_args(), &rows, &error);
    if (status == WEIR_OK) {
        int64_t sum = 0;
        while (weir_next(rows))
            sum += weir_get_int(rows, 0);
        status = weir_finish(rows, &error);
        EXPECT(status != WEIR_OK || sum == 125250);
    }
    if (status == WEIR_OK)
        status = weir_transaction(session, NULL, in_transaction, NULL, &error);
    if (status == WEIR_OK)
        status = weir_reload(client, &error);
    weir_session_close(session);
    weir_close(client);
    return status;
}

TORTURE(threads, every_allocation_fails_once)
{
    return a_bit_of_everything();
}

#ifdef WEIR_FAULTS
TORTURE_FAULT(threads, every_wait_for_the_server_fails_once, io_wait)
{
    return a_bit_of_everything();
}

TORTURE_FAULT(threads, every_dial_fails_once, dial_refused)
{
    return a_bit_of_everything();
}

TORTURE_FAULT(threads, every_thread_fails_once, thread_create)
{
    return a_bit_of_everything();
}
#endif
