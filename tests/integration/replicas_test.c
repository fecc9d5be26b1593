/* replicas_test.c - reads on replicas: who serves them, what they may not see, what happens when one dies. SPDX-License-Identifier: Apache-2.0
 * One cluster of a primary (server id 1) and two replicas; at the end of each test both replicate again. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "tests/support/cluster.h"

static weir_str text(const char *sql)
{
    return (weir_str){sql, strlen(sql)};
}

static const char who[] = "/* weir: replica */ SELECT @@server_id";

/* Opens, and waits until a replica serves. */
static void begin(live *l, const char *changes)
{
    cluster_setup();
    live_open(l, changes);
    live_run(l, "CREATE TABLE IF NOT EXISTS rep (id INT PRIMARY KEY AUTO_INCREMENT, v BIGINT NOT NULL)",
             weir_no_args());
    live_run(l, "DELETE FROM rep", weir_no_args());
    live_run(l, "INSERT INTO rep VALUES (1, 1)", weir_no_args());
    bool served = false;
    for (int i = 0; i < 200 && !served; i++) {
        served = strcmp(live_one(l, who, weir_no_args()), "1") != 0;
        sleep_ms(50);
    }
    EXPECT_THAT(served, "no replica serves after ten seconds");
}

static void end(live *l)
{
    live_run(l, "DROP TABLE rep", weir_no_args());
    live_close(l);
}

static void both(const char *sql)
{
    root_run("shop-r1", sql);
    root_run("shop-r2", sql);
}

static const char *one_at(live *l, weir_reads level, uint32_t max_lag_ms, const char *sql)
{
    static char cell[200];
    weir_query_options o = WEIR_QUERY_OPTIONS_INIT;
    weir_rows *rows = NULL;
    o.reads = level;
    o.max_lag_ms = max_lag_ms;
    weir_status status = weir_query_with(l->session, &o, text(sql), weir_no_args(), &rows, &l->error);
    snprintf(cell, sizeof cell, "(%s)", weir_status_name(status));
    if (status == WEIR_OK && weir_next(rows)) {
        weir_str value = weir_get_text(rows, 0);
        snprintf(cell, sizeof cell, "%.*s", (int)value.size, value.data);
    }
    if (status == WEIR_OK)
        EXPECT_OK(weir_finish(rows, &l->error), l->error);
    return cell;
}

TEST(replicas, own_writes_are_seen_and_levels_hold)
{
    live l;
    begin(&l, "  health: {out_after: 100}\n"); /* replicas that stand still stay in service for as long as this takes */
    for (int i = 2; i < 40; i++) {
        char want[16];
        snprintf(want, sizeof want, "%d", i);
        live_run(&l, "UPDATE rep SET v = ? WHERE id = 1", WEIR_ARGS(weir_int(i)));
        EXPECT_TEXT(live_one(&l, "SELECT v FROM rep WHERE id = 1", weir_no_args()), want);
    }
    both("STOP SLAVE SQL_THREAD");
    live_run(&l, "UPDATE rep SET v = 100", weir_no_args());
    EXPECT_TEXT(live_one(&l, "SELECT v FROM rep", weir_no_args()), "100"); /* the primary serves */
    EXPECT(strcmp(one_at(&l, WEIR_READS_EVENTUAL, 0, "SELECT v FROM rep"), "100") != 0);
    EXPECT_TEXT(one_at(&l, WEIR_READS_STRONG, 0, "SELECT v FROM rep"), "100");
    EXPECT_TEXT(live_one(&l, "SELECT v FROM rep", weir_no_args()), "100");
    EXPECT_TEXT(one_at(&l, WEIR_READS_BOUNDED, 1, "SELECT v FROM rep"), "100"); /* nobody is that fresh */
    both("START SLAVE SQL_THREAD");
    end(&l);
}

TEST(replicas, hints)
{
    live l;
    begin(&l, NULL);
    EXPECT_TEXT(live_one(&l, "/* weir: primary */ SELECT @@server_id", weir_no_args()), "1");
    EXPECT_TEXT(live_one(&l, "/* weir: nearest */ SELECT 1", weir_no_args()), "(USAGE)");
    EXPECT_TEXT(live_one(&l, "/* weir: replica */ SELECT v FROM rep FOR UPDATE", weir_no_args()), "(USAGE)");
    EXPECT_TEXT(live_one(&l, "/* weir: replica */ DELETE FROM rep", weir_no_args()), "(USAGE)");
    EXPECT_TEXT(live_one(&l, "SELECT @@server_id", weir_no_args()), "1"); /* it asks for something of one server */
    EXPECT_TEXT(live_one(&l, "/* a word */ /* weir: primary */ SELECT @@server_id", weir_no_args()), "1");
    end(&l);
}

TEST(replicas, a_read_only_transaction_runs_on_one_replica)
{
    live l;
    weir_transaction_options o = WEIR_TRANSACTION_OPTIONS_INIT;
    begin(&l, NULL);
    o.read_only = true;
    EXPECT_OK(weir_begin(l.session, &o, &l.error), l.error);
    const char *server = live_one(&l, "SELECT @@server_id", weir_no_args());
    EXPECT(strcmp(server, "1") != 0);
    EXPECT_TEXT(live_one(&l, "SELECT @@server_id", weir_no_args()), server);
    EXPECT_TEXT(live_one(&l, "SELECT v FROM rep FOR UPDATE", weir_no_args()), "(UNSUPPORTED)");
    EXPECT_TEXT(live_one(&l, "SELECT @@server_id", weir_no_args()), server);
    EXPECT_OK(weir_commit(l.session, &l.error), l.error);
    live_run(&l, "START TRANSACTION READ ONLY", weir_no_args());
    EXPECT(strcmp(live_one(&l, "SELECT @@server_id", weir_no_args()), "1") != 0);
    live_run(&l, "COMMIT", weir_no_args());
    live_run(&l, "START TRANSACTION", weir_no_args());
    EXPECT_TEXT(live_one(&l, "SELECT @@server_id", weir_no_args()), "1");
    live_run(&l, "ROLLBACK", weir_no_args());
    end(&l);
}

/* HAZARDS 16: writes whose reply is no OK packet. */
TEST(replicas, HAZARD_16_positions_that_no_packet_tells)
{
    live l;
    begin(&l, NULL);
    both("STOP SLAVE SQL_THREAD");
    EXPECT_TEXT(live_one(&l, "INSERT INTO rep (v) VALUES (7) RETURNING v", weir_no_args()), "7");
    EXPECT_TEXT(live_one(&l, "SELECT MAX(v) FROM rep", weir_no_args()), "7");
    EXPECT_TEXT(live_one(&l, "INSERT INTO rep (v) VALUES (?) RETURNING v", WEIR_ARGS(weir_int(8))), "8");
    EXPECT_TEXT(live_one(&l, "SELECT MAX(v) FROM rep", weir_no_args()), "8");
    weir_session *other = NULL; /* it reads only what the token says */
    char token[500];
    weir_token(l.session, token, sizeof token);
    EXPECT_HAS(token, "1;shop;shop=0-1-");
    weir_session_options o = WEIR_SESSION_OPTIONS_INIT;
    o.after_token = token;
    EXPECT_OK(weir_session_open(l.client, &o, &other, &l.error), l.error);
    weir_session *mine = l.session;
    l.session = other;
    EXPECT_TEXT(live_one(&l, "SELECT MAX(v) FROM rep", weir_no_args()), "8");
    l.session = mine;
    weir_session_close(other);
    both("START SLAVE SQL_THREAD");
    end(&l);
}

TEST(replicas, tokens_that_are_refused)
{
    live l;
    begin(&l, NULL);
    static const char *const tokens[] = {"x", "1;shop;shop=0-1-1;00000000"};
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
        weir_session *other = NULL;
        weir_session_options o = WEIR_SESSION_OPTIONS_INIT;
        o.after_token = tokens[i];
        EXPECT_STATUS(weir_session_open(l.client, &o, &other, &l.error), l.error, WEIR_USAGE);
        EXPECT(!other);
    }
    char small[8];
    live_run(&l, "UPDATE rep SET v = 3", weir_no_args());
    EXPECT(weir_token(l.session, small, sizeof small) > sizeof small);
    end(&l);
}

TEST(replicas, without_a_replica_reads_are_refused_where_that_is_said)
{
    live l;
    begin(&l, "  reads: {no_replica: refuse, wait: 0ms, max_lag: 500ms}\n");
    both("STOP SLAVE SQL_THREAD");
    bool refused = false;
    for (int i = 0; i < 200 && !refused; i++) {
        refused = strcmp(one_at(&l, WEIR_READS_EVENTUAL, 0, "SELECT 1"), "(STALE)") == 0;
        sleep_ms(50);
    }
    EXPECT(refused);
    EXPECT_TEXT(one_at(&l, WEIR_READS_STRONG, 0, "SELECT 1"), "1");
    both("START SLAVE SQL_THREAD");
    end(&l);
}

/* Two in three reads would be the replicas'; with round robin nothing is left to chance. */
TEST(replicas, the_primary_takes_its_share)
{
    enum { READS = 60 };
    live l;
    int by_primary = 0;
    begin(&l, "  reads: {primary_share: 1, balance: round_robin}\n");
    for (int i = 0; i < READS; i++)
        by_primary += strcmp(one_at(&l, WEIR_READS_EVENTUAL, 0, who), "1") == 0;
    EXPECT_THAT(by_primary > 0 && by_primary < READS, "%d of %d reads by the primary", by_primary, READS);
    end(&l);
    begin(&l, NULL);
    for (int i = 0; i < READS; i++)
        EXPECT(strcmp(one_at(&l, WEIR_READS_EVENTUAL, 0, who), "1") != 0);
    end(&l);
}

TEST(replicas, reads_are_counted)
{
    enum { READS = 10 };
    live l;
    begin(&l, "  health: {out_after: 100}\n");
    double reads = live_counter(&l, "weir_reads_total");
    for (int i = 0; i < READS; i++)
        live_one(&l, "SELECT v FROM rep", weir_no_args());
    EXPECT_INT((int)(live_counter(&l, "weir_reads_total") - reads), READS);
    both("STOP SLAVE SQL_THREAD");
    live_run(&l, "UPDATE rep SET v = 100", weir_no_args());
    double waited = live_counter(&l, "weir_reads_waited_total"), fell = live_counter(&l, "weir_reads_fell_back_total");
    EXPECT_TEXT(live_one(&l, "SELECT v FROM rep", weir_no_args()), "100");
    EXPECT_INT((int)(live_counter(&l, "weir_reads_waited_total") - waited), 1);
    EXPECT_INT((int)(live_counter(&l, "weir_reads_fell_back_total") - fell), 1);
    both("START SLAVE SQL_THREAD");
    end(&l);
}

/* One process writes the heartbeat, and another when it is gone. Two clients are as two processes. */
TEST(replicas, the_heartbeat_has_one_writer_and_an_heir)
{
    static const char beat[] = "SELECT beat FROM shop.weir_heartbeat", by[] = "SELECT writer FROM shop.weir_heartbeat";
    live a, b;
    char writer[200], sql[300], then[100];
    begin(&a, NULL);
    live_open(&b, NULL);
    for (int i = 0; i < 6; i++) {
        snprintf(then, sizeof then, "%s", root_one("shop", beat));
        snprintf(sql, sizeof sql, "SELECT beat > %s FROM shop.weir_heartbeat", then);
        EXPECT(root_until("shop", sql, "1"));
        if (i == 0) { /* the writers of other tests are gone: this beat is a's */
            snprintf(writer, sizeof writer, "%s", root_one("shop", by));
            live_one(&b, who, weir_no_args());
        }
        EXPECT_TEXT(root_one("shop", by), writer);
    }
    live_close(&a);
    snprintf(sql, sizeof sql, "SELECT writer <> '%s' FROM shop.weir_heartbeat", writer);
    EXPECT(root_until("shop", sql, "1"));
    end(&b);
}

static void all(const char *sql)
{
    root_run("shop", sql);
    both(sql);
}

/* All that the sessions' connections have sent, of all servers' general logs; the prober has others. */
static int64_t sent(void)
{
    static const char *const servers[] = {"shop", "shop-r1", "shop-r2"};
    int64_t count = 0;
    for (size_t i = 0; i < sizeof servers / sizeof *servers; i++)
        count += strtoll(root_one(servers[i], "SELECT COUNT(*) FROM mysql.general_log WHERE command_type <> 'Prepare' "
                                              "AND thread_id IN (SELECT thread_id FROM mysql.general_log "
                                              "WHERE argument LIKE '%FROM rep WHERE%' AND user_host NOT LIKE 'root%')"),
                         NULL, 10);
    return count;
}

/* The price of level session is looked at where it could be paid: in what is sent. */
TEST(replicas, a_level_costs_no_statement)
{
    enum { READS = 50 };
    static const weir_reads levels[] = {WEIR_READS_EVENTUAL, WEIR_READS_BOUNDED, WEIR_READS_SESSION};
    live l;
    begin(&l, NULL);
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        for (int k = 0; k < READS; k++) /* connections and statements are there afterwards */
            one_at(&l, levels[i], 0, "SELECT v FROM rep WHERE id = 1");
        all("SET sql_log_bin = 0; TRUNCATE mysql.general_log; SET GLOBAL log_output = 'TABLE', GLOBAL general_log = 1");
        for (int k = 0; k < READS; k++)
            EXPECT_TEXT(one_at(&l, levels[i], 0, "SELECT v FROM rep WHERE id = 1"), "1");
        all("SET GLOBAL general_log = 0");
        EXPECT_INT(sent(), READS);
    }
    end(&l);
}

static int logged_no_heart;

static void look_for_heart(void *context, int level, const char *line)
{
    (void)context;
    (void)level;
    if (strstr(line, "no replica takes reads"))
        logged_no_heart++;
}

TEST(replicas, without_the_heartbeat_no_replica_serves_and_the_log_says_why)
{
    live l = {.client = NULL};
    weir_client_options o = WEIR_CLIENT_OPTIONS_INIT;
    o.yaml = live_yaml("  health: {heartbeat: weir_no_such_table}\n");
    o.log = look_for_heart;
    logged_no_heart = 0;
    EXPECT_OK(live_client(test_env(), &o, &l.client, &l.error), l.error);
    EXPECT_OK(weir_session_open(l.client, NULL, &l.session, &l.error), l.error);
    for (int i = 0; i < 20; i++) {
        EXPECT_TEXT(live_one(&l, who, weir_no_args()), "1");
        sleep_ms(50);
    }
    live_close(&l);
    EXPECT_INT(logged_no_heart, 1); /* once, not with each probe */
}

typedef struct reader {
    weir_client *client;
    _Atomic bool *stop;
    _Atomic uint64_t reads, failed;
    weir_error error;
} reader;

static void *read_on(void *context)
{
    reader *r = context;
    weir_error error;
    while (!*r->stop) {
        weir_session *s = NULL;
        weir_rows *rows = NULL;
        weir_status status = weir_session_open(r->client, NULL, &s, &error);
        for (int i = 0; i < 5 && status == WEIR_OK; i++) {
            status = weir_query(s, "SELECT v FROM rep WHERE id = 1", weir_no_args(), &rows, &error);
            bool row = status == WEIR_OK && weir_next(rows);
            if (status == WEIR_OK)
                status = weir_finish(rows, &error);
            if (status == WEIR_OK && !row)
                status = WEIR_TYPE;
            r->reads++;
        }
        weir_session_close(s);
        if (status != WEIR_OK && r->failed++ == 0)
            r->error = error;
    }
    return NULL;
}

/* Under load, killing a replica loses no read. */
TEST(replicas, a_killed_replica_loses_no_read)
{
    enum { READERS = 6 };
    live l;
    reader readers[READERS];
    pthread_t threads[READERS];
    _Atomic bool stop = false;
    begin(&l, NULL);
    for (int i = 0; i < READERS; i++) {
        readers[i] = (reader){.client = l.client, .stop = &stop};
        pthread_create(&threads[i], NULL, read_on, &readers[i]);
    }
    sleep_ms(500);
    cluster_kill("shop-r1");
    sleep_ms(1500);
    cluster_start();
    sleep_ms(1000);
    stop = true;
    uint64_t reads = 0;
    for (int i = 0; i < READERS; i++) {
        pthread_join(threads[i], NULL);
        reads += readers[i].reads;
        EXPECT_THAT(readers[i].failed == 0, "%" PRIu64 " reads failed, the first: %s", (uint64_t)readers[i].failed,
                    readers[i].error.text);
    }
    EXPECT_THAT(reads > 500, "%" PRIu64 " reads", reads);
    end(&l);
}
