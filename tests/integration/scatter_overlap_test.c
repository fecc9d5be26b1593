/* scatter_overlap_test.c - shards work and answer at once, on plain lines and over TLS. SPDX-License-Identifier: Apache-2.0
 * That they do is seen on the servers: each of them runs its statement while none has answered. */
#include <pthread.h>
#include <stdlib.h>

#include "base/str.h"
#include "router/client_impl.h"
#include "tests/support/shards.h"

enum { ROWS = 300, MANY = 100000, LARGE = 6 << 20 };

TEST(scatter_overlap, the_line_is_what_this_cluster_is_for)
{
    shards c;
    shards_open(&c, NULL, 1);
    bool verified = strstr(c.yaml, "tls: {mode: verify") != NULL;
#ifdef SCATTER_TLS
    EXPECT(verified);
#else
    EXPECT(!verified);
#endif
    shards_close(&c);
}

/* A row on each shard is locked: all wait for it at once. */
static bool all_wait(shards *c)
{
    for (unsigned i = 0; i < c->count; i++)
        if (!root_until(shards_server(i),
                        "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE 'SELECT id FROM t%UPDATE'",
                        "1"))
            return false;
    return true;
}

static void *cancel_when_all_wait(void *context)
{
    shards *c = context;
    if (!all_wait(c))
        test_fail(__FILE__, __LINE__, "the shards do not wait at once");
    weir_cancel(c->store.session);
    return NULL;
}

TEST(scatter_overlap, all_shards_work_at_once_and_can_be_cancelled)
{
    shards c;
    pthread_t other;
    shards_open(&c, NULL, ROWS);
    live holder = {.client = c.store.client, .session = shards_session(&c)};
    EXPECT_OK(weir_begin(holder.session, NULL, &holder.error), holder.error);
    live_run(&holder, "SELECT id FROM t WHERE v = 3 FOR UPDATE", weir_no_args());
    for (int i = 0; i < 2; i++) {
        weir_error error;
        pthread_create(&other, NULL, cancel_when_all_wait, &c);
        weir_status status = weir_execute(c.store.session,
                                          i ? "SELECT id FROM t WHERE v = 3 ORDER BY id FOR UPDATE"
                                            : "SELECT id FROM t WHERE v = 3 FOR UPDATE",
                                          weir_no_args(), NULL, &error);
        pthread_join(other, NULL);
        EXPECT_STATUS(status, error, WEIR_CANCELLED);
    }
    EXPECT_OK(weir_rollback(holder.session, &holder.error), holder.error);
    weir_session_close(holder.session);
    shards_expect_idle(&c, "a cancelled scatter");
    shards_close(&c);
}

/* Larger than any buffer on the way: each server reads it while the library waits to send the rest. */
TEST(scatter_overlap, a_large_statement_goes_to_all)
{
    shards c;
    shards_open(&c, NULL, ROWS);
    char *large = weir__alloc(&test_env()->mem, LARGE);
    static const char begin[] = "SELECT COUNT(*), SUM(v) FROM t WHERE s <> '", end[] = "'";
    weir_query_options options = WEIR_QUERY_OPTIONS_INIT;
    options.timeout_ms = 60000;
    for (int i = 0; i < 2 && large; i++) { /* as text, and as a value */
        weir_rows *rows = NULL;
        memset(large, 'x', LARGE);
        memcpy(large, begin, sizeof begin - 1);
        memcpy(large + LARGE - 1, end, 1);
        weir_value value = weir_sized(WEIR_T_TEXT, large, LARGE - 4096);
        weir_str sql = i ? weir__view("SELECT COUNT(*), SUM(v) FROM t WHERE s <> ?") : (weir_str){large, LARGE};
        EXPECT_OK(
            weir_query_with(c.store.session, &options, sql, (weir_args){&value, (size_t)i}, &rows, &c.store.error),
            c.store.error);
        EXPECT(weir_next(rows) && weir_get_int(rows, 0) == ROWS);
        EXPECT_OK(weir_finish(rows, &c.store.error), c.store.error);
    }
    weir__free(&test_env()->mem, large);
    shards_close(&c);
}

TEST(scatter_overlap, many_rows_come_whole_and_in_order)
{
    static const char *const sql[] = {"SELECT id FROM t", "SELECT id FROM t ORDER BY id",
                                      "SELECT id FROM t WHERE id >= ?"};
    shards c;
    shards_open(&c, NULL, MANY);
    for (size_t i = 0; i < sizeof sql / sizeof *sql; i++) {
        weir_rows *rows = NULL;
        weir_value from = weir_int(0);
        int64_t seen = 0, sum = 0;
        EXPECT_OK(weir_query(c.store.session, sql[i], (weir_args){&from, i == 2}, &rows, &c.store.error),
                  c.store.error);
        for (; weir_next(rows); seen++) {
            sum += weir_get_int(rows, 0);
            if (i == 1 && weir_get_int(rows, 0) != seen)
                break;
        }
        EXPECT_OK(weir_finish(rows, &c.store.error), c.store.error);
        EXPECT_INT(seen, MANY);
        EXPECT_INT(sum, (int64_t)MANY * (MANY - 1) / 2);
    }
    shards_close(&c);
}

/* What a driver says to be here is a row, comes without a wait, and is never what ends the rows: an end or an error. */
static void expect_buffered_is_a_row(weir__conn *conn, const char *sql, weir_args args, int64_t rows, weir_status end)
{
    weir__command command = {.sql = weir__view(sql), .args = args, .again = true};
    weir__answer answer;
    weir__cell cells[2];
    weir_error error = {.text = ""};
    int64_t seen = 0, buffered = 0;
    bool row = true;
    EXPECT(!conn->driver->buffered(conn));
    EXPECT_OK(conn->driver->run(conn, &command, &answer, &error), error);
    while (row) {
        bool here = conn->driver->buffered(conn);
        weir_status status = conn->driver->fetch(conn, &answer, cells, &row, &error);
        EXPECT(!here || (row && status == WEIR_OK));
        EXPECT_INT(status, row ? WEIR_OK : end);
        seen += row;
        buffered += here;
    }
    EXPECT_INT(seen, rows);
    EXPECT(!conn->driver->buffered(conn));
#ifndef WEIR_ORACLE_CLIENT /* its library does not tell */
    EXPECT(buffered > rows / 2);
#endif
}

static int64_t count_of(const char *sql)
{
    return strtoll(root_one(shards_server(0), sql), NULL, 10);
}

TEST(scatter_overlap, a_row_that_is_said_to_be_here_is_here)
{
    static const char failing[] =
        "SELECT id, IF(id < 500, 1, (SELECT 1 UNION SELECT 2)) FROM t WHERE id < 1000 ORDER BY id";
    shards c;
    weir__conn *conn = NULL;
    weir_value value = weir_int(0);
    shards_open(&c, NULL, MANY);
    const weir__endpoint *at = &c.store.client->topology->shards[0].servers[0]->endpoint;
    weir__deadline deadline = weir__deadline_in(&test_env()->clock, 60000);
    EXPECT_OK(weir__mysql_driver.open(test_env(), at, deadline, &conn, &c.store.error), c.store.error);
    conn->deadline = deadline;
    int64_t count = count_of("SELECT COUNT(*) FROM shop.t");
    int64_t few = count_of("SELECT COUNT(*) FROM shop.t WHERE id < 500");
    expect_buffered_is_a_row(conn, "SELECT NULL, '' FROM t", weir_no_args(), count, WEIR_OK);
    expect_buffered_is_a_row(conn, "SELECT id, s FROM t WHERE id >= ?", (weir_args){&value, 1}, count, WEIR_OK);
    expect_buffered_is_a_row(conn, "SELECT id, REPEAT('x', id % 30000) FROM t WHERE id < 2000", weir_no_args(),
                             count_of("SELECT COUNT(*) FROM shop.t WHERE id < 2000"), WEIR_OK);
    expect_buffered_is_a_row(conn, failing, weir_no_args(), few, WEIR_SERVER);
    weir__mysql_driver.close(conn);
    shards_close(&c);
}
