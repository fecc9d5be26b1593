/* pool_test.c - the pool's settings against a real server: min, warn_held, nested queries, counters. SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>

#include "base/wait.h"
#include "tests/support/live.h"

static void pause_ms(uint32_t ms)
{
    weir__wait_ready(&weir__clock_system, -1, 0, -1, weir__deadline_in(&weir__clock_system, ms));
}

/* Until a counter is as wanted, at most ten seconds. */
static bool until(live *l, const char *name, double wanted)
{
    for (int i = 0; i < 1000 && live_counter(l, name) != wanted; i++)
        pause_ms(10);
    return live_counter(l, name) == wanted;
}

TEST(pool, min_connections_are_there_before_the_first_query)
{
    enum { SERVERS = 3, MIN = 2 }; /* a pool each */
    live l;
    live_open(&l, "  pool: {min: 2}\n");
    EXPECT(until(&l, "weir_pool_idle", SERVERS * MIN));
    EXPECT_TEXT(live_one(&l, "SELECT 1", weir_no_args()), "1");
    EXPECT(live_counter(&l, "weir_pool_opened_total") == SERVERS * MIN);
    live_close(&l);
}

TEST(pool, an_idle_connection_is_closed_without_anybody_taking_it)
{
    live l;
    live_open(&l, "  pool: {idle: 40ms}\n");
    EXPECT_TEXT(live_one(&l, "SELECT 1", weir_no_args()), "1");
    EXPECT(until(&l, "weir_pool_idle", 0));
    EXPECT(live_counter(&l, "weir_pool_closed_total") == 1);
    live_close(&l);
}

typedef struct heard {
    pthread_mutex_t lock;
    char line[1024];
} heard;

static void hear(void *context, int level, const char *line)
{
    heard *h = context;
    (void)level;
    if (!strstr(line, "held for"))
        return;
    pthread_mutex_lock(&h->lock);
    snprintf(h->line, sizeof h->line, "%s", line);
    pthread_mutex_unlock(&h->lock);
}

/* The statement's print: no value of it may be in a log. */
TEST(pool, a_connection_held_for_long_is_told_of_with_its_statement)
{
    static const struct {
        const char *sql, *part, *secret;
    } rows[] = {
        {"SELECT seq, 'secret one' FROM seq_1_to_100000 WHERE seq <> 424242", "FROM seq_1_to_100000", "424242"},
        {"SELECT seq, 'it''s', 'a \\' secret two \\\\' FROM seq_1_to_100000", "SELECT seq", "secret two"},
        {"SELECT seq, \"secret 'three\", '\\\"secret three' FROM seq_1_to_100000", "SELECT seq", "secret three"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        live l;
        weir_rows *stream = NULL;
        heard h = {.lock = PTHREAD_MUTEX_INITIALIZER};
        weir_client_options options = WEIR_CLIENT_OPTIONS_INIT;
        options.yaml = live_yaml("  pool: {warn_held: 30ms}\n");
        options.log = hear;
        options.log_context = &h;
        memset(&l, 0, sizeof l);
        EXPECT_OK(live_client(test_env(), &options, &l.client, &l.error), l.error);
        EXPECT_OK(weir_session_open(l.client, NULL, &l.session, &l.error), l.error);
        EXPECT_OK(weir_query(l.session, rows[i].sql, weir_no_args(), &stream, &l.error), l.error);
        EXPECT(until(&l, "weir_pool_held_long_total", 1));
        EXPECT_OK(weir_finish(stream, &l.error), l.error);
        live_close(&l);
        EXPECT_HAS(h.line, rows[i].part);
        EXPECT_HAS(h.line, "127.0.0.1:");
        EXPECT_THAT(!strstr(h.line, rows[i].secret), "a value is told: %s", h.line);
    }
}

typedef struct nested {
    live *l;
    pthread_barrier_t *together;
    weir_status status;
    weir_error error;
} nested;

/* Reads rows with one session and asks about each with another. */
static void *read_and_ask(void *context)
{
    nested *n = context;
    weir_session *reads = NULL, *asks = NULL;
    weir_rows *rows = NULL;
    n->status = weir_session_open(n->l->client, NULL, &reads, &n->error);
    if (n->status == WEIR_OK)
        n->status = weir_session_open(n->l->client, NULL, &asks, &n->error);
    pthread_barrier_wait(n->together);
    if (n->status == WEIR_OK)
        n->status = weir_query(reads, "SELECT seq FROM seq_1_to_20", weir_no_args(), &rows, &n->error);
    while (n->status == WEIR_OK && weir_next(rows)) {
        pause_ms(1);
        n->status = weir_execute(asks, "SELECT ?", WEIR_ARGS(weir_int(weir_get_int(rows, 0))), NULL, &n->error);
    }
    weir_error last;
    weir_status status = weir_finish(rows, &last);
    if (n->status == WEIR_OK && status != WEIR_OK) {
        n->status = status;
        n->error = last;
    }
    weir_session_close(asks);
    weir_session_close(reads);
    return NULL;
}

/* HAZARDS 30 */
TEST(pool, eight_threads_with_nested_queries_share_a_pool_of_eight)
{
    enum { THREADS = 8 };
    live l;
    pthread_t threads[THREADS];
    nested n[THREADS];
    pthread_barrier_t together;
    live_open(&l, "  pool: {max: 8, wait: 5s}\n  timeouts: {query: 30s}\n");
    pthread_barrier_init(&together, NULL, THREADS);
    for (int i = 0; i < THREADS; i++) {
        n[i] = (nested){.l = &l, .together = &together};
        pthread_create(&threads[i], NULL, read_and_ask, &n[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        EXPECT_OK(n[i].status, n[i].error);
    }
    EXPECT(live_counter(&l, "weir_pool_reserved_total") > 0);
    EXPECT(live_counter(&l, "weir_pool_granted_total") == live_counter(&l, "weir_pool_gives_total"));
    pthread_barrier_destroy(&together);
    live_close(&l);
}
