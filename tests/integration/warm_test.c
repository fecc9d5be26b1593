/* warm_test.c - a statement that has come before takes no memory of weir's, sessions and connections take little. SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdlib.h>

#include "tests/support/live.h"

typedef struct counted {
    weir__mem under;
    pthread_t thread;   /* the test's own: weir's threads have their work beside it */
    _Atomic long calls; /* of that thread that took memory */
    _Atomic long bytes; /* that they asked for; what was given back meanwhile is not taken off */
} counted;

static void *resize(void *context, void *old, size_t size)
{
    counted *c = context;
    c->calls += size != 0 && pthread_equal(pthread_self(), c->thread);
    c->bytes += (long)size;
    return c->under.resize(c->under.context, old, size);
}

static void open_counted(live *l, counted *c, const char *changes)
{
    static weir__env env;
    weir_client_options options = WEIR_CLIENT_OPTIONS_INIT;
    options.yaml = live_yaml(changes);
    env = *test_env();
    *c = (counted){.under = env.mem, .thread = pthread_self()};
    env.mem = (weir__mem){resize, c};
    memset(l, 0, sizeof *l);
    EXPECT_OK(live_client(&env, &options, &l->client, &l->error), l->error);
    EXPECT_OK(weir_session_open(l->client, NULL, &l->session, &l->error), l->error);
}

static void select_one(live *l, int64_t id, bool literal)
{
    char sql[80];
    weir_rows *rows = NULL;
    if (literal)
        snprintf(sql, sizeof sql, "SELECT id, name FROM warm WHERE id = %" PRId64, id);
    else
        snprintf(sql, sizeof sql, "SELECT id, name FROM warm WHERE id = ?");
    EXPECT_OK(weir_query(l->session, sql, literal ? weir_no_args() : WEIR_ARGS(weir_int(id)), &rows, &l->error),
              l->error);
    EXPECT(weir_next(rows) && weir_get_int(rows, 0) == id && weir_get_text(rows, 1).size == 5);
    EXPECT(!weir_next(rows));
    EXPECT_OK(weir_finish(rows, &l->error), l->error);
}

TEST(warm, point_selects_take_no_memory)
{
    live l;
    counted c;
    open_counted(&l, &c, NULL);
    live_run(&l, "CREATE OR REPLACE TABLE warm (id BIGINT PRIMARY KEY, name VARCHAR(20) NOT NULL)", weir_no_args());
    live_run(&l, "INSERT INTO warm SELECT seq, 'abcde' FROM seq_1_to_300", weir_no_args());
    for (int literal = 0; literal < 2; literal++) {
        for (int i = 1; i <= 20; i++)
            select_one(&l, i, literal);
        long before = c.calls;
        for (int i = 101; i <= 300; i++)
            select_one(&l, i, literal);
        EXPECT_THAT(c.calls == before, "200 selects %s took memory %ld times",
                    literal ? "of new literals" : "of values", c.calls - before);
    }
    live_run(&l, "DROP TABLE warm", weir_no_args());
    live_close(&l);
}

TEST(warm, sessions_and_connections_are_small)
{
    enum { SESSIONS = 100, STATEMENTS = 40 };
    live l;
    counted c;
    weir_session *sessions[SESSIONS] = {NULL};
    char sql[200];
    open_counted(&l, &c, "  pool: {max: 1}\n");
    EXPECT_TEXT(live_one(&l, "SELECT 1", weir_no_args()), "1"); /* the client has its connection */
    long before = c.bytes;
    for (int i = 0; i < SESSIONS; i++) {
        EXPECT_OK(weir_session_open(l.client, NULL, &sessions[i], &l.error), l.error);
        EXPECT_OK(weir_execute(sessions[i], "SELECT 1", weir_no_args(), NULL, &l.error), l.error);
    }
    long session_bytes = (c.bytes - before) / SESSIONS;
    EXPECT_THAT(c.bytes - before < SESSIONS * 2048L, "a session takes %ld bytes", (c.bytes - before) / SESSIONS);
    for (int i = 0; i < SESSIONS; i++)
        weir_session_close(sessions[i]);
    /* The plans of the statements, then the statements on another connection: that is what it takes. */
    for (int twice = 0; twice < 2; twice++) {
        before = c.bytes;
        for (int i = 0; i < STATEMENTS; i++) {
            snprintf(sql, sizeof sql, "SELECT ? AS id, 'name' AS name, 1.5 AS price, %d AS number_%d", i, i);
            live_run(&l, sql, WEIR_ARGS(weir_int(i)));
        }
        live_run(&l, "SET @done = 1", weir_no_args());
        weir_session_close(l.session); /* takes its connection along */
        EXPECT_OK(weir_session_open(l.client, NULL, &l.session, &l.error), l.error);
    }
    EXPECT_THAT(c.bytes - before < 64 * 1024L, "a connection with %d statements takes %ld bytes", STATEMENTS,
                c.bytes - before);
    if (test_failed() || getenv("WEIR_TEST_LOG"))
        fprintf(stderr, "a session: %ld bytes; a connection with %d statements: %ld bytes\n", session_bytes, STATEMENTS,
                c.bytes - before);
    live_close(&l);
}
