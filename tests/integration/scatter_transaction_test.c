/* scatter_transaction_test.c - reads over several shards within a transaction, on its own connections. SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"
#include "tests/support/shards.h"

enum { ROWS = 400, MANY = 20000 };

static const char count[] = "SELECT COUNT(*) FROM t";

static weir_status try(shards *c, const char *sql)
{
    return weir_execute(c->store.session, sql, weir_no_args(), NULL, &c->store.error);
}

static void begin(shards *c, const weir_transaction_options *options)
{
    EXPECT_OK(weir_begin(c->store.session, options, &c->store.error), c->store.error);
}

static void insert_one_a_shard(shards *c, int64_t from)
{
    for (unsigned done = 0; done < c->count; from++) {
        if (shards_of(c, from) != done)
            continue;
        live_run(&c->store, "INSERT INTO t (id, v) VALUES (?, 1)", WEIR_ARGS(weir_int(from)));
        done++;
    }
}

TEST(scatter_transaction, sees_its_own_writes)
{
    shards c;
    shards_open(&c, NULL, ROWS);
    live other = {.client = c.store.client, .session = shards_session(&c)};
    begin(&c, NULL);
    EXPECT_TEXT(live_one(&c.store, count, weir_no_args()), "400"); /* begins everywhere */
    insert_one_a_shard(&c, 100000);
    EXPECT_TEXT(live_one(&c.store, "SELECT COUNT(*) FROM t WHERE id >= ?", WEIR_ARGS(weir_int(100000))), "3");
    EXPECT_TEXT(live_one(&other, count, weir_no_args()), "400");
    EXPECT_OK(weir_rollback(c.store.session, &c.store.error), c.store.error);
    EXPECT_TEXT(live_one(&c.store, count, weir_no_args()), "400");
    begin(&c, NULL);
    insert_one_a_shard(&c, 200000); /* begun lazily, before the scatter */
    EXPECT_TEXT(live_rows(&c.store, "SELECT v, COUNT(*) FROM t WHERE id >= 200000 GROUP BY v", weir_no_args()), "1|3");
    EXPECT_OK(weir_commit(c.store.session, &c.store.error), c.store.error);
    EXPECT_TEXT(live_one(&other, count, weir_no_args()), "403");
    weir_session_close(other.session);
    shards_expect_idle(&c, "commit");
    shards_close(&c);
}

/* What was seen on a shard stays so; and each of the ways to begin goes along to every shard. */
TEST(scatter_transaction, keeps_its_snapshot)
{
    static const char *const begins[] = {"BEGIN", "START TRANSACTION READ ONLY",
                                         "START TRANSACTION WITH CONSISTENT SNAPSHOT"};
    shards c;
    shards_open(&c, NULL, ROWS);
    live other = {.client = c.store.client, .session = shards_session(&c)};
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
        char want[16];
        snprintf(want, sizeof want, "%d", ROWS + (int)i);
        live_run(&c.store, begins[i], weir_no_args());
        EXPECT_TEXT(live_one(&c.store, count, weir_no_args()), want);
        live_run(&other, "INSERT INTO t (id) VALUES (?)", WEIR_ARGS(weir_int(1000 + (int64_t)i)));
        EXPECT_TEXT(live_one(&c.store, count, weir_no_args()), want);
        weir_status written = try(&c, "INSERT INTO t (id) VALUES (-1)");
        EXPECT_THAT((written == WEIR_OK) == (i != 1), "%s: %s", begins[i], weir_status_name(written));
        live_run(&c.store, "ROLLBACK", weir_no_args());
    }
    weir_transaction_options options = WEIR_TRANSACTION_OPTIONS_INIT;
    options.isolation = WEIR_READ_COMMITTED;
    begin(&c, &options);
    EXPECT_TEXT(live_one(&c.store, count, weir_no_args()), "403");
    live_run(&other, "INSERT INTO t (id) VALUES (5000)", weir_no_args());
    EXPECT_TEXT(live_one(&c.store, count, weir_no_args()), "404");
    EXPECT_OK(weir_commit(c.store.session, &c.store.error), c.store.error);
    weir_session_close(other.session);
    shards_close(&c);
}

/* Rows that nobody wants are read to their end: the connections are the transaction's, and go on. */
TEST(scatter_transaction, goes_on_after_rows_that_were_left)
{
    static const char *const reads[] = {"SELECT id, s FROM t", "SELECT id FROM t ORDER BY id",
                                        "SELECT id FROM t ORDER BY id DESC LIMIT 3"};
    shards c;
    shards_open(&c, NULL, MANY);
    begin(&c, NULL);
    insert_one_a_shard(&c, 100000);
    for (size_t i = 0; i < sizeof reads / sizeof *reads; i++) {
        weir_rows *rows = NULL;
        EXPECT_OK(weir_query(c.store.session, reads[i], weir_no_args(), &rows, &c.store.error), c.store.error);
        EXPECT(weir_next(rows) && weir_next(rows));
        EXPECT_STATUS(weir_execute(c.store.session, count, weir_no_args(), NULL, &c.store.error), c.store.error,
                      WEIR_USAGE); /* one at a time */
        EXPECT_OK(weir_finish(rows, &c.store.error), c.store.error);
        EXPECT_TEXT(live_one(&c.store, count, weir_no_args()), "20003");
    }
    EXPECT_OK(weir_commit(c.store.session, &c.store.error), c.store.error);
    EXPECT_TEXT(live_one(&c.store, count, weir_no_args()), "20003");
    EXPECT_INT((int64_t)live_counter(&c.store, "weir_pool_broken_total"), 0);
    EXPECT_INT((int64_t)live_counter(&c.store, "weir_pool_discarded_total"), 0);
    shards_close(&c);
}

/* A statement that one server refuses is no reason to lose the transaction. */
TEST(scatter_transaction, survives_a_refused_statement)
{
    shards c;
    shards_open(&c, NULL, ROWS);
    begin(&c, NULL);
    insert_one_a_shard(&c, 100000);
    live_run(&c.store, "SAVEPOINT a", weir_no_args());
    EXPECT(try(&c, "SELECT id FROM t a WHERE v = (SELECT b.v + c.v FROM t b JOIN t c ON c.id = b.id WHERE b.id = a.id "
                   "UNION ALL SELECT 7)") != WEIR_OK);
    EXPECT_TEXT(live_one(&c.store, "SELECT COUNT(*) FROM t WHERE id >= 100000", weir_no_args()), "3");
    insert_one_a_shard(&c, 200000);
    live_run(&c.store, "ROLLBACK TO a", weir_no_args());
    EXPECT_TEXT(live_one(&c.store, "SELECT COUNT(*) FROM t WHERE id >= 100000", weir_no_args()), "3");
    EXPECT_OK(weir_commit(c.store.session, &c.store.error), c.store.error);
    EXPECT_TEXT(live_one(&c.store, count, weir_no_args()), "403");
    shards_close(&c);
}

/* A connection that breaks ends the transaction everywhere. */
TEST(scatter_transaction, ends_whole_when_a_shard_is_lost)
{
    shards c;
    char kill[64];
    shards_open(&c, NULL, ROWS);
    begin(&c, NULL);
    insert_one_a_shard(&c, 100000);
    snprintf(kill, sizeof kill, "KILL %s",
             root_one(shards_server(1), "SELECT trx_mysql_thread_id FROM information_schema.INNODB_TRX LIMIT 1"));
    root_run(shards_server(1), kill);
    EXPECT_STATUS(try(&c, "SELECT id FROM t ORDER BY id"), c.store.error, WEIR_CONFLICT);
    EXPECT_TEXT(c.store.error.shard, shards_server(1));
    EXPECT_INT(c.store.error.retry, WEIR_RETRY_TRANSACTION);
    EXPECT_STATUS(try(&c, count), c.store.error, WEIR_CONFLICT);
    EXPECT_STATUS(weir_commit(c.store.session, &c.store.error), c.store.error, WEIR_CONFLICT);
    EXPECT_TEXT(live_one(&c.store, count, weir_no_args()), "400");
    shards_expect_idle(&c, "a lost shard");
    shards_close(&c);
}

TEST(scatter_transaction, deadline_and_cancel_end_it)
{
    shards c;
    weir_query_options options = WEIR_QUERY_OPTIONS_INIT;
    weir_rows *rows = NULL;
    static const char locked[] = "SELECT id FROM t WHERE v = 3 FOR UPDATE";
    options.timeout_ms = 300;
    shards_open(&c, NULL, ROWS);
    live other = {.client = c.store.client, .session = shards_session(&c)};
    EXPECT_OK(weir_begin(other.session, NULL, &other.error), other.error);
    live_run(&other, "UPDATE t SET s = 'x' WHERE id = ?", WEIR_ARGS(weir_int(13)));
    begin(&c, NULL);
    weir_status status = weir_query_with(c.store.session, &options, (weir_str){locked, sizeof locked - 1},
                                         weir_no_args(), &rows, &c.store.error);
    while (status == WEIR_OK && weir_next(rows))
        ;
    if (status == WEIR_OK)
        status = weir_finish(rows, &c.store.error);
    EXPECT_STATUS(status, c.store.error, WEIR_CONFLICT); /* it holds locks on the others: perhaps a deadlock */
    EXPECT_TEXT(c.store.error.shard, shards_server(shards_of(&c, 13)));
    EXPECT_STATUS(try(&c, count), c.store.error, WEIR_CONFLICT);
    EXPECT_OK(weir_rollback(c.store.session, &c.store.error), c.store.error);
    EXPECT_OK(weir_rollback(other.session, &other.error), other.error);
    EXPECT_TEXT(live_one(&c.store, count, weir_no_args()), "400");
    /* The locks of a scatter are the transaction's: COMMIT proves that they are still held. */
    begin(&c, NULL);
    live_run(&c.store, locked, weir_no_args());
    root_run(shards_server(2), "SET @id = (SELECT trx_mysql_thread_id FROM information_schema.INNODB_TRX LIMIT 1); "
                               "EXECUTE IMMEDIATE CONCAT('KILL ', @id)");
    EXPECT_STATUS(weir_commit(c.store.session, &c.store.error), c.store.error, WEIR_CONFLICT);
    weir_session_close(other.session);
    shards_expect_idle(&c, "deadlines");
    shards_close(&c);
}
