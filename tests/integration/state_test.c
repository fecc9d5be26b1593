/* state_test.c - known SETs: the session's own on whichever connection, nobody else's, and no connection kept for them. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "tests/support/cutter.h"
#include "tests/support/live.h"

static live other_of(const live *l)
{
    live o = *l;
    o.session = NULL;
    EXPECT_OK(weir_session_open(l->client, NULL, &o.session, &o.error), o.error);
    return o;
}

/* Two sessions take turns on one connection. */
TEST(state, each_session_has_its_own_settings_on_a_shared_connection)
{
    static const struct {
        const char *set, *ask, *mine, *other;
    } rows[] = {
        {"SET SESSION div_precision_increment = 9", "SELECT 1/3", "0.333333333", "0.3333"},
        {"SET @@group_concat_max_len=10", "SELECT LENGTH(GROUP_CONCAT(seq)) FROM seq_1_to_100", "10", "291"},
        {"SET sql_select_limit = 2", "SELECT seq FROM seq_1_to_3", "1;2", "1;2;3"},
        {"SET sql_mode = 'ANSI_QUOTES'", "SELECT \"a\" FROM (SELECT 'column' AS a) t", "column", "a"},
        {"SET sql_mode = 'PIPES_AS_CONCAT', time_zone = '+05:00'", "SELECT 1 || 0, FROM_UNIXTIME(0)",
         "10|1970-01-01 05:00:00", "1|1970-01-01 00:00:00"},
        {"SET NAMES utf8mb4 COLLATE utf8mb4_bin", "SELECT 'a' = 'A'", "0", "1"},
        {"SET lc_time_names = 'de_DE'", "SELECT DAYNAME('2026-11-23')", "Montag", "Monday"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        live l;
        live_open(&l, "  pool: {max: 1}\n  connection: {time_zone: \"+00:00\", collation: utf8mb4_unicode_ci}\n");
        live o = other_of(&l);
        for (int round = 0; round < 3; round++) {
            EXPECT_TEXT(live_rows(&o, rows[i].ask, weir_no_args()), rows[i].other);
            if (round == 0)
                live_run(&l, rows[i].set, weir_no_args());
            EXPECT_THAT(live_counter(&l, "weir_pool_taken") == 0, "%s keeps the connection", rows[i].set);
            EXPECT_TEXT(live_rows(&l, rows[i].ask, weir_no_args()), rows[i].mine);
            EXPECT_OK(weir_begin(l.session, NULL, &l.error), l.error);
            EXPECT_TEXT(live_rows(&l, rows[i].ask, weir_no_args()), rows[i].mine);
            EXPECT_OK(weir_commit(l.session, &l.error), l.error);
        }
        weir_session_close(l.session);
        l.session = NULL;
        EXPECT_TEXT(live_rows(&o, rows[i].ask, weir_no_args()), rows[i].other);
        EXPECT(live_counter(&l, "weir_pool_opened_total") == 1);
        weir_session_close(o.session);
        live_close(&l);
    }
}

TEST(state, what_cannot_be_undone_keeps_the_connection)
{
    static const char *const rows[] = {
        "SET @x = 1",
        "SET autocommit = 0",
        "SET optimizer_switch = 'mrr=on'",
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
        "SET sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')",
        "SET sql_mode = DEFAULT",
        "SET div_precision_increment = 5, @x = 1",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        live l;
        live_open(&l, NULL);
        live_run(&l, rows[i], weir_no_args());
        EXPECT_THAT(live_counter(&l, "weir_pool_taken") == 1, "%s does not keep the connection", rows[i]);
        live_close(&l);
    }
}

/* What the session's connection has been sent of a kind; the asking itself is a SELECT. Of that connection alone: the server's own
 * numbers count probes too, and whatever else goes on there. */
static int64_t sent(live *l, const char *kind)
{
    return strtoll(live_one(l, "SELECT VARIABLE_VALUE FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = ?",
                            WEIR_ARGS(weir_text(kind))),
                   NULL, 10);
}

/* The server is asked once what to set back, and told once what to set. */
TEST(state, nothing_more_is_sent_when_the_connection_is_as_wanted)
{
    live l;
    live_open(&l, "  pool: {max: 1}\n  reads: {consistency: strong}\n");
    EXPECT_TEXT(live_one(&l, "SELECT 1", weir_no_args()), "1");
    int64_t sets = sent(&l, "Com_set_option"), selects = sent(&l, "Com_select");
    live_run(&l, "SET div_precision_increment = 9", weir_no_args());
    for (int i = 0; i < 5; i++)
        EXPECT_TEXT(live_one(&l, "SELECT 1/3", weir_no_args()), "0.333333333");
    EXPECT_INT(sent(&l, "Com_select") - selects, 5 + 1 + 1);
    EXPECT_INT(sent(&l, "Com_set_option") - sets, 1);
    weir_session_close(l.session);
    EXPECT_OK(weir_session_open(l.client, NULL, &l.session, &l.error), l.error);
    for (int i = 0; i < 5; i++)
        EXPECT_TEXT(live_one(&l, "SELECT 1/3", weir_no_args()), "0.3333");
    EXPECT_INT(sent(&l, "Com_set_option") - sets, 2);
    EXPECT(live_counter(&l, "weir_pool_opened_total") == 1);
    live_close(&l);
}

TEST(state, a_lost_connection_loses_no_known_setting)
{
    live l;
    cutter c;
    cutter_open(&c);
    live_open_config(&l, cutter_yaml(&c, NULL));
    live_run(&l, "SET div_precision_increment = 9, sql_mode = 'ANSI_QUOTES'", weir_no_args());
    for (int how = CUT_FIN; how < CUTS; how++) {
        cutter_arm(&c, (cut)how);
        EXPECT_TEXT(live_rows(&l, "SELECT 1/3, \"a\" FROM (SELECT 2 AS a) t", weir_no_args()), "0.333333333|2");
    }
    /* The SET itself is lost on the way: done on another connection, or told; never half. */
    for (int how = CUT_FIN; how < CUTS; how++) {
        cutter_arm(&c, (cut)how);
        live_run(&l, how % 2 ? "SET div_precision_increment = 5" : "SET div_precision_increment = 7", weir_no_args());
        EXPECT_TEXT(live_one(&l, "SELECT 1/3", weir_no_args()), how % 2 ? "0.33333" : "0.3333333");
    }
    live_close(&l);
    cutter_close(&c);
}

TEST(state, a_refused_set_changes_nothing)
{
    live l;
    live_open(&l, "  pool: {max: 1}\n");
    live_run(&l, "SET div_precision_increment = 9", weir_no_args());
    EXPECT_STATUS(weir_execute(l.session, "SET sql_mode = 'nonsense'", weir_no_args(), NULL, &l.error), l.error,
                  WEIR_SERVER);
    EXPECT(live_counter(&l, "weir_pool_taken") == 0);
    EXPECT_TEXT(live_one(&l, "SELECT 1/3", weir_no_args()), "0.333333333");
    /* Of several it is not known how far the server came. */
    EXPECT_STATUS(weir_execute(l.session, "SET div_precision_increment = 5, sql_mode = 'nonsense'", weir_no_args(),
                               NULL, &l.error),
                  l.error, WEIR_SERVER);
    EXPECT(live_counter(&l, "weir_pool_taken") == 1);
    live_close(&l);
}

/* A statement that one session has had prepared means another thing to the next. */
TEST(state, prepared_statements_follow_the_settings)
{
    live l;
    live_open(&l, "  pool: {max: 1}\n");
    live o = other_of(&l);
    for (int i = 0; i < 3; i++) {
        EXPECT_TEXT(live_one(&o, "SELECT ? || 0", WEIR_ARGS(weir_int(1))), "1");
        EXPECT_TEXT(live_one(&o, "SELECT 1 / ?", WEIR_ARGS(weir_int(3))), "0.3333");
        if (i == 0)
            live_run(&l, "SET div_precision_increment = 9, sql_mode = 'PIPES_AS_CONCAT'", weir_no_args());
        EXPECT_TEXT(live_one(&l, "SELECT ? || 0", WEIR_ARGS(weir_int(1))), "10");
        EXPECT_TEXT(live_one(&l, "SELECT 1 / ?", WEIR_ARGS(weir_int(3))), "0.333333333");
    }
    weir_session_close(o.session);
    live_close(&l);
}

/* Many sessions on two connections, each with what it has set last. */
TEST(state, random_settings_of_many_sessions_never_mix)
{
    enum { SESSIONS = 6, STEPS = 500, START = 4 };
    live l, sessions[SESSIONS];
    int increments[SESSIONS], weeks[SESSIONS];
    unsigned seed = 7;
    live_open(&l, "  pool: {max: 2}\n");
    for (int i = 0; i < SESSIONS; i++) {
        sessions[i] = other_of(&l);
        increments[i] = START;
        weeks[i] = 0;
    }
    for (int step = 0; step < STEPS; step++) {
        int i = rand_r(&seed) % SESSIONS;
        char sql[128], wanted[64];
        if (rand_r(&seed) % 3 == 0) {
            increments[i] = rand_r(&seed) % 10;
            snprintf(sql, sizeof sql, "SET div_precision_increment = %d", increments[i]);
            if (rand_r(&seed) % 2) {
                weeks[i] = rand_r(&seed) % 8;
                snprintf(sql, sizeof sql, "SET @@session.default_week_format = %d, div_precision_increment = %d",
                         weeks[i], increments[i]);
            }
            live_run(&sessions[i], sql, weir_no_args());
        }
        bool transaction = rand_r(&seed) % 5 == 0;
        if (transaction)
            EXPECT_OK(weir_begin(sessions[i].session, NULL, &l.error), l.error);
        snprintf(wanted, sizeof wanted, "%d|%d", increments[i], weeks[i]);
        EXPECT_TEXT(live_rows(&sessions[i], "SELECT @@div_precision_increment, @@default_week_format", weir_no_args()),
                    wanted);
        if (transaction)
            EXPECT_OK(weir_commit(sessions[i].session, &l.error), l.error);
    }
    EXPECT(live_counter(&l, "weir_pool_taken") == 0);
    for (int i = 0; i < SESSIONS; i++)
        weir_session_close(sessions[i].session);
    live_close(&l);
}
