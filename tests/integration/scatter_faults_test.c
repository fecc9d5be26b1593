/* scatter_faults_test.c - reads over several shards of which one is silent, slow or gone, or whose reader is. SPDX-License-Identifier: Apache-2.0
 * Each ends by its deadline with an error that names the shard, or says that the answer is without it; nothing is left behind. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "tests/support/shards.h"

enum { ROWS = 300, MANY = 400000, HANG_MS = 30000, THREADS = 8 };

static const char *const reads[] = {"SELECT id, v FROM t", "SELECT id FROM t ORDER BY v, id",
                                    "SELECT COUNT(*), SUM(v) FROM t", "SELECT v, COUNT(*) FROM t GROUP BY v"};
enum { READS = sizeof reads / sizeof *reads };

typedef struct outcome {
    weir_status status;
    weir_error error;
    uint64_t rows, took_ms;
    uint32_t missing, shards;
    char without[64];
} outcome;

static outcome ask(shards *c, const char *sql, weir_query_options options)
{
    outcome o = {.rows = 0};
    weir_rows *rows = NULL;
    uint64_t began = test_ms();
    o.status =
        weir_query_with(c->store.session, &options, (weir_str){sql, strlen(sql)}, weir_no_args(), &rows, &o.error);
    if (o.status == WEIR_OK) {
        while (weir_next(rows))
            o.rows++;
        o.missing = weir_missing_count(rows);
        o.shards = weir_rows_result(rows).shards;
        if (o.missing)
            snprintf(o.without, sizeof o.without, "%s", weir_missing_at(rows, 0)->shard);
        EXPECT(weir_missing_at(rows, o.missing) == NULL);
        o.status = weir_finish(rows, &o.error);
    }
    o.took_ms = test_ms() - began;
    return o;
}

static void expect_failure(const outcome *o, weir_status status, const char *shard, const char *what)
{
    EXPECT_THAT(o->status == status, "%s: %s: %s", what, weir_status_name(o->status), o->status ? o->error.text : "");
    EXPECT_TEXT(o->status ? o->error.shard : "", shard);
    EXPECT_THAT(o->took_ms < HANG_MS, "%s: back after %d ms", what, (int)o->took_ms);
}

static weir_query_options within(uint32_t ms)
{
    weir_query_options options = WEIR_QUERY_OPTIONS_INIT;
    options.timeout_ms = ms;
    return options;
}

static weir_query_options partly(uint32_t ms)
{
    weir_query_options options = within(ms);
    options.allow_partial = true;
    return options;
}

/* Back when it stands: a busy machine may let it answer for a while yet. */
static void pause_server(pid_t server)
{
    char path[64], state = '?';
    snprintf(path, sizeof path, "/proc/%d/stat", (int)server);
    kill(server, SIGSTOP);
    for (int i = 0; i < 5000 && state != 'T'; i++) {
        FILE *file = fopen(path, "r");
        if (!file || fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
            state = '?';
        if (file)
            fclose(file);
        sleep_ms(2);
    }
    EXPECT(state == 'T');
}

TEST(scatter_faults, a_paused_shard)
{
    shards c;
    /* Nobody gives up connecting before the statement's own deadline: not even a dial that the statement before has begun. */
    shards_open(&c, "  timeouts: {connect: 60s}\n", ROWS);
    EXPECT_TEXT(live_one(&c.store, reads[2], weir_no_args()), "300");
    pid_t server = cluster_pid(shards_server(1));
    pause_server(server);
    for (int i = 0; i < READS; i++) {
        outcome o = ask(&c, reads[i], within(1500));
        expect_failure(&o, WEIR_TIMEOUT, shards_server(1), reads[i]);
        o = ask(&c, reads[i], partly(2000));
        EXPECT_OK(o.status, o.error);
        EXPECT_INT(o.missing, 1);
        EXPECT_INT(o.shards, 2);
        EXPECT_TEXT(o.without, shards_server(1));
        EXPECT(o.rows > 0 && (i > 1 || o.rows < ROWS));
    }
    kill(server, SIGCONT);
    shards_expect_idle(&c, "a paused shard");
    EXPECT_TEXT(live_one(&c.store, reads[2], weir_no_args()), "300");
    EXPECT_INT(ask(&c, reads[0], partly(10000)).missing, 0);
    EXPECT_INT((int64_t)live_counter(&c.store, "weir_kills_given_up_total"), 0);
    shards_close(&c);
}

TEST(scatter_faults, a_killed_shard)
{
    shards c;
    shards_open(&c, NULL, ROWS);
    EXPECT_TEXT(live_one(&c.store, reads[2], weir_no_args()), "300");
    cluster_kill(shards_server(2));
    for (int i = 0; i < READS; i++) {
        outcome o = ask(&c, reads[i], within(5000));
        expect_failure(&o, WEIR_UNREACHABLE, shards_server(2), reads[i]);
        o = ask(&c, reads[i], partly(5000));
        EXPECT_OK(o.status, o.error);
        EXPECT_INT(o.missing, 1);
        EXPECT_TEXT(o.without, shards_server(2));
    }
    cluster_kill(shards_server(0));
    cluster_kill(shards_server(1));
    outcome o = ask(&c, reads[0], partly(5000)); /* nobody answers: no answer */
    expect_failure(&o, WEIR_UNREACHABLE, shards_server(0), "all are gone");
    cluster_start();
    shards_expect_idle(&c, "killed shards");
    EXPECT_TEXT(live_one(&c.store, reads[2], weir_no_args()), "300");
    shards_close(&c);
}

/* Rows were given on already: the statement fails, partial or not. */
TEST(scatter_faults, a_shard_that_stops_amid_its_rows)
{
    static const char *const sql[] = {"SELECT id, REPEAT('x', 200) FROM t",
                                      "SELECT id, REPEAT('x', 200) FROM t ORDER BY id"};
    shards c;
    shards_open(&c, NULL, MANY);
    for (int i = 0; i < 4; i++) {
        weir_query_options options = i & 1 ? partly(3000) : within(3000);
        weir_rows *rows = NULL;
        weir_error error;
        bool dies = i > 1;
        EXPECT_OK(weir_query_with(c.store.session, &options, (weir_str){sql[i & 1], strlen(sql[i & 1])}, weir_no_args(),
                                  &rows, &error),
                  error);
        for (int row = 0; row < 100; row++)
            EXPECT(weir_next(rows));
        pid_t server = cluster_pid(shards_server(1));
        if (dies)
            cluster_kill(shards_server(1));
        else
            kill(server, SIGSTOP);
        while (weir_next(rows))
            ;
        weir_status status = weir_finish(rows, &error);
        if (dies)
            cluster_start();
        else
            kill(server, SIGCONT);
        EXPECT_STATUS(status, error, dies ? WEIR_UNREACHABLE : WEIR_TIMEOUT);
        EXPECT_TEXT(error.shard, shards_server(1));
        shards_expect_idle(&c, "a shard that stopped amid its rows");
    }
    EXPECT_TEXT(live_one(&c.store, "SELECT COUNT(*) FROM t", weir_no_args()), "400000");
    shards_close(&c);
}

/* HAZARDS 31: whatever the servers' own net_write_timeout is, theirs is longer than the statement may take, however long that is. */
TEST(scatter_faults, a_reader_that_stands_still)
{
    static const char *const sql[] = {"SELECT id, REPEAT('x', 500) FROM t",
                                      "SELECT id, REPEAT('x', 500) FROM t ORDER BY id"};
    shards c;
    shards_open(&c, "  timeouts: {query: 1s}\n", MANY);
    for (unsigned i = 0; i < c.count; i++)
        root_run(shards_server(i), "SET GLOBAL net_write_timeout = 1");
    live l;
    live_open_config(&l, c.yaml);
    for (int i = 0; i < 2; i++) {
        weir_query_options options = within(120000);
        weir_rows *rows = NULL;
        uint64_t seen = 0;
        EXPECT_OK(
            weir_query_with(l.session, &options, (weir_str){sql[i], strlen(sql[i])}, weir_no_args(), &rows, &l.error),
            l.error);
        for (; seen < 10; seen++)
            EXPECT(weir_next(rows));
        sleep_ms(3000); /* three times what the servers would allow by themselves */
        while (weir_next(rows))
            seen++;
        EXPECT_OK(weir_finish(rows, &l.error), l.error);
        EXPECT_INT((int64_t)seen, MANY);
    }
    weir_query_options options = within(200000);
    weir_rows *rows = NULL;
    static const char asked[] = "SELECT @@net_write_timeout FROM t WHERE id = 1";
    EXPECT_OK(
        weir_query_with(l.session, &options, (weir_str){asked, sizeof asked - 1}, weir_no_args(), &rows, &l.error),
        l.error);
    EXPECT(weir_next(rows) && weir_get_int(rows, 0) >= 200);
    EXPECT_OK(weir_finish(rows, &l.error), l.error);
    live_close(&l);
    for (unsigned i = 0; i < c.count; i++)
        root_run(shards_server(i), "SET GLOBAL net_write_timeout = DEFAULT");
    shards_close(&c);
}

/* ---- HAZARDS 30 ---- */

typedef struct nester {
    shards *cluster;
    pthread_t thread;
    int number;
    enum { STREAM, TRANSACTION, BOTH } how;
    uint64_t nested;
} nester;

/* While it reads the rows of one session, it asks another. */
static void read_nested(nester *n, weir_session *outer, weir_session *inner)
{
    weir_rows *rows = NULL;
    weir_error error;
    const char *sql = n->number % 3 ? "SELECT id, v FROM t ORDER BY v, id" : "SELECT id, v FROM t WHERE id = 7";
    EXPECT_OK(weir_query(outer, sql, weir_no_args(), &rows, &error), error);
    for (int i = 0; weir_next(rows); i++) {
        if (i % 100 != 0)
            continue;
        EXPECT_OK(weir_execute(inner, "SELECT COUNT(*), SUM(v) FROM t", weir_no_args(), NULL, &error), error);
        n->nested++;
    }
    EXPECT_OK(weir_finish(rows, &error), error);
}

/* While its transaction holds one shard, another one each time, it reads all. */
static void read_in_transaction(nester *n, weir_session *s, int round)
{
    weir_error error;
    static const char one[] = "SELECT s FROM t WHERE id = ?", all[] = "SELECT id, v FROM t ORDER BY v, id";
    EXPECT_OK(weir_begin(s, NULL, &error), error);
    EXPECT_OK(weir_execute(s, one, WEIR_ARGS(weir_int(n->number + round)), NULL, &error), error);
    EXPECT_OK(weir_execute(s, all, weir_no_args(), NULL, &error), error);
    EXPECT_OK(weir_commit(s, &error), error);
}

static void *nest(void *context)
{
    nester *n = context;
    weir_session *outer = shards_session(n->cluster), *inner = shards_session(n->cluster);
    for (int round = 0; round < 10; round++) {
        if (n->how != TRANSACTION)
            read_nested(n, outer, inner);
        if (n->how != STREAM)
            read_in_transaction(n, outer, round);
    }
    weir_session_close(outer);
    weir_session_close(inner);
    return NULL;
}

/* A pool of 8 keeps one connection for who holds one, so one level of nesting: a stream and a statement, or a transaction and a scatter. */
TEST(scatter_faults, nested_reads_on_a_small_pool)
{
    shards c;
    nester threads[THREADS];
    shards_open(&c, "  pool: {max: 8, wait: 60s}\n  timeouts: {query: 60s, transaction: 60s}\n", ROWS);
    for (int i = 0; i < THREADS; i++) {
        threads[i] = (nester){.cluster = &c, .number = i, .how = i % (BOTH + 1)};
        pthread_create(&threads[i].thread, NULL, nest, &threads[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i].thread, NULL);
        EXPECT_INT((int64_t)threads[i].nested, threads[i].how == TRANSACTION ? 0 : i % 3 ? 30 : 10);
    }
    shards_expect_idle(&c, "nested reads");
    shards_close(&c);
}
