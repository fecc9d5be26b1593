/* scatter_overlap_test.c - shards work and answer at once, on plain lines and over TLS. SPDX-License-Identifier: Apache-2.0
 * That they do is seen on the servers: each of them runs its statement while none has answered. */
#include <pthread.h>
#include <stdlib.h>

#include "base/str.h"
#include "router/client_impl.h"
#include "router/value.h"
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

/* What a driver takes without waiting is a row, whole, and never what ends the rows: an end or an error. facts: how many rows there are, what
 * their first columns add up to and how many bytes the second ones have. */
static void expect_taken_rows(weir__conn *conn, const char *sql, weir_args args, const int64_t facts[3],
                              weir_status end)
{
    weir__command command = {.sql = weir__view(sql), .args = args, .again = true};
    weir__answer answer;
    weir__cell cells[2];
    weir_error error = {.text = ""};
    int64_t seen = 0, taken = 0, sum = 0, bytes = 0, value;
    bool row = true;
    EXPECT(conn->driver->take(conn, &answer, cells, &row, &error) == WEIR_OK && !row);
    EXPECT_OK(conn->driver->run(conn, &command, &answer, &error), error);
    do {
        EXPECT_OK(conn->driver->take(conn, &answer, cells, &row, &error), error);
        taken += row;
        if (!row)
            EXPECT_INT(conn->driver->fetch(conn, &answer, cells, &row, &error), row ? WEIR_OK : end);
        seen += row;
        if (row && weir__value_int(&cells[0], WEIR_T_INT, &value))
            sum += value;
        bytes += row ? (int64_t)cells[1].size : 0;
    } while (row);
    EXPECT_INT(seen, facts[0]);
    EXPECT_INT(sum, facts[1]);
    EXPECT_INT(bytes, facts[2]);
    EXPECT(conn->driver->take(conn, &answer, cells, &row, &error) == WEIR_OK && !row);
#ifndef WEIR_ORACLE_CLIENT /* its library does not tell */
    EXPECT(taken > seen / 2);
#endif
}

static int64_t count_of(const char *sql)
{
    return strtoll(root_one(shards_server(0), sql), NULL, 10);
}

TEST(scatter_overlap, a_row_that_is_taken_without_waiting_is_whole)
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
    static const struct {
        const char *sql, *where, *first, *second; /* root's words for the same */
        weir_status end;
    } reads[] = {
        {"SELECT NULL, '' FROM t", "1", "0", "''", WEIR_OK},
        {"SELECT id, s FROM t WHERE id >= ?", "1", "id", "s", WEIR_OK},
        {"SELECT -id, REPEAT('x', id % 30000) FROM t WHERE id < 2000", "id < 2000", "-id", "REPEAT('x', id % 30000)",
         WEIR_OK},
        {"SELECT id, REPEAT('x', 240 + id % 30) FROM t", "1", "id", "REPEAT('x', 240 + id % 30)", WEIR_OK},
        {failing, "id < 500", "id", "'1'", WEIR_SERVER},
    };
    for (size_t i = 0; i < sizeof reads / sizeof *reads; i++) {
        int64_t facts[3];
        char sql[300];
        snprintf(sql, sizeof sql, "SELECT COUNT(*) FROM shop.t WHERE %s", reads[i].where);
        facts[0] = count_of(sql);
        snprintf(sql, sizeof sql, "SELECT COALESCE(SUM(%s), 0) FROM shop.t WHERE %s", reads[i].first, reads[i].where);
        facts[1] = count_of(sql);
        snprintf(sql, sizeof sql, "SELECT COALESCE(SUM(LENGTH(%s)), 0) FROM shop.t WHERE %s", reads[i].second,
                 reads[i].where);
        facts[2] = count_of(sql);
        expect_taken_rows(conn, reads[i].sql, (weir_args){&value, i == 1}, facts, reads[i].end);
    }
    weir__mysql_driver.close(conn);
    shards_close(&c);
}
