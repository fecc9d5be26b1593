/* whole_test.c - a statement on two shards takes effect whole or not at all. SPDX-License-Identifier: Apache-2.0
 * The steps are made by hand: which statements go to several shards is another file's matter. */
#include <pthread.h>

#include "router/whole.h"
#include "tests/support/accounts.h"
#include "tests/support/cluster.h"

static weir__seat *seat_on(weir_session *s, int shard)
{
    weir__seat *seat = weir__session_seat(s, &s->database->shards[shard]);
    EXPECT(seat);
    return seat;
}

/* A text for each shard. */
static weir_status run_text(weir_session *s, weir__seat *seat, void *context, weir_error *error)
{
    const char *const *sql = context;
    return weir__seat_command(seat, sql[seat->shard - s->database->shards], true, weir__session_deadline(s, 0), error);
}

static weir_status run_both(weir_session *s, const char *first, const char *second, weir_error *error)
{
    const char *sql[] = {first, second};
    weir__whole whole;
    weir__seat *seats[] = {seat_on(s, 0), seat_on(s, 1)};
    weir_status status = weir__whole_begin(&whole, s, weir__session_deadline(s, 0), error);
    weir__session_running(s);
    for (int i = 0; i < 2 && status == WEIR_OK; i++)
        status = weir__whole_join(&whole, seats[i], seats[i]->shard->servers[0], error);
    if (status == WEIR_OK)
        status = weir__whole_run(&whole, seats, 2, run_text, sql, error);
    return weir__whole_end(&whole, status, error);
}

#define PAY(id) "UPDATE accounts SET balance = balance + 1 WHERE id = " #id

static void expect_balances(accounts *a, const char *first, const char *second)
{
    EXPECT_TEXT(accounts_balance(a, 0), first);
    EXPECT_TEXT(accounts_balance(a, 1), second);
    EXPECT(live_counter(&a->bank, "weir_pool_taken") == 0);
}

TEST(whole, outside_a_transaction_it_has_one_of_its_own)
{
    static const char *const kinds[] = {"    transactions: atomic\n", "    transactions: best_effort\n"};
    for (int i = 0; i < 2; i++) {
        accounts a;
        accounts_open(&a, kinds[i], NULL);
        live *l = &a.bank;
        EXPECT_OK(run_both(l->session, PAY(0), PAY(1), &l->error), l->error);
        expect_balances(&a, "101", "101");
        EXPECT_STATUS(run_both(l->session, PAY(0), "INSERT INTO accounts VALUES (1, 0)", &l->error), l->error,
                      WEIR_SERVER);
        EXPECT_INT(l->error.server_errno, 1062);
        EXPECT_STATUS(run_both(l->session, "INSERT INTO accounts VALUES (0, 0)", PAY(1), &l->error), l->error,
                      WEIR_SERVER);
        expect_balances(&a, "101", "101");
        EXPECT_INT(l->session->txn, WEIR__TXN_NONE);
        accounts_close(&a);
    }
}

TEST(whole, within_a_transaction_it_is_undone_alone)
{
    accounts a;
    accounts_open(&a, "", NULL);
    live *l = &a.bank;
    EXPECT_OK(weir_begin(l->session, NULL, &l->error), l->error);
    live_run(l, "SAVEPOINT mine", weir_no_args());
    live_run(l, PAY(0), weir_no_args());
    EXPECT_STATUS(run_both(l->session, PAY(0), "INSERT INTO accounts VALUES (1, 0)", &l->error), l->error, WEIR_SERVER);
    EXPECT_OK(run_both(l->session, PAY(0), PAY(1), &l->error), l->error);
    EXPECT_STATUS(run_both(l->session, "INSERT INTO accounts VALUES (0, 0)", PAY(1), &l->error), l->error, WEIR_SERVER);
    EXPECT_OK(weir_commit(l->session, &l->error), l->error);
    expect_balances(&a, "102", "101");
    /* The caller's savepoints hold on a shard where the statement came first. */
    EXPECT_OK(weir_begin(l->session, NULL, &l->error), l->error);
    live_run(l, "SAVEPOINT mine", weir_no_args());
    EXPECT_OK(run_both(l->session, PAY(0), PAY(1), &l->error), l->error);
    live_run(l, "ROLLBACK TO mine", weir_no_args());
    EXPECT_OK(weir_commit(l->session, &l->error), l->error);
    expect_balances(&a, "102", "101");
    accounts_close(&a);
}

/* HAZARDS 37: what the deadlocked server has rolled back whole, a savepoint does not bring back. */
TEST(whole, what_ended_the_transaction_on_one_shard_ends_it_on_all)
{
    static const char *const ends[] = {"SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213", "KILL CONNECTION_ID()"};
    for (int i = 0; i < 2; i++) {
        accounts a;
        accounts_open(&a, "", NULL);
        live *l = &a.bank;
        EXPECT_OK(weir_begin(l->session, NULL, &l->error), l->error);
        live_run(l, PAY(0), weir_no_args());
        EXPECT(run_both(l->session, PAY(0), ends[i], &l->error) != WEIR_OK);
        EXPECT_STATUS(weir_commit(l->session, &l->error), l->error, WEIR_CONFLICT);
        expect_balances(&a, "100", "100");
        accounts_close(&a);
    }
}

TEST(whole, one_shard_allows_none)
{
    accounts a;
    accounts_open(&a, "    transactions: one_shard\n", NULL);
    live *l = &a.bank;
    EXPECT_STATUS(run_both(l->session, PAY(0), PAY(1), &l->error), l->error, WEIR_UNSUPPORTED);
    expect_balances(&a, "100", "100");
    accounts_close(&a);
}

static void *cancel_when_both_wait(void *context)
{
    accounts *a = context;
    for (int i = 0; i < 2; i++)
        EXPECT(live_until_running(&a->shard[i], "UPDATE accounts SET balance = balance + 1", 1));
    weir_cancel(a->bank.session);
    return NULL;
}

TEST(whole, a_cancel_ends_it_on_all_shards)
{
    accounts a;
    pthread_t thread;
    accounts_open(&a, "", NULL);
    live *l = &a.bank;
    weir_session *other = accounts_session(&a);
    accounts_move(&a, other, 0, 1, 5); /* holds both rows */
    pthread_create(&thread, NULL, cancel_when_both_wait, &a);
    EXPECT(run_both(l->session, PAY(0), PAY(1), &l->error) != WEIR_OK);
    pthread_join(thread, NULL);
    EXPECT_OK(weir_rollback(other, &l->error), l->error);
    weir_session_close(other);
    expect_balances(&a, "100", "100");
    EXPECT_OK(run_both(l->session, PAY(0), PAY(1), &l->error), l->error);
    expect_balances(&a, "101", "101");
    accounts_close(&a);
}

TEST(whole, without_memory_it_is_whole_all_the_same)
{
    accounts a;
    accounts_open(&a, "", NULL);
    live *l = &a.bank;
    EXPECT_OK(run_both(l->session, PAY(0), PAY(1), &l->error), l->error);
    bool failed = true;
    for (int64_t nth = 1; failed && !test_failed(); nth++) {
        test_fail_allocation(nth);
        weir_status status = run_both(l->session, PAY(0), PAY(1), &l->error);
        failed = test_fail_allocation(0);
        EXPECT_TEXT(accounts_balance(&a, 0), accounts_balance(&a, 1));
        EXPECT_THAT(status == WEIR_OK || failed, "it fails by itself: %s", l->error.text);
    }
    accounts_close(&a);
}

#ifdef WEIR_FAULTS
/* The COMMITs go out together: one is refused, of the other the answer is lost, whichever comes first. It may have happened. */
TEST(whole, what_may_be_committed_somewhere_is_never_to_be_run_again)
{
    accounts a;
    accounts_open(&a, "    transactions: best_effort\n", NULL);
    live *l = &a.bank;
    for (int round = 0; round < 4; round++) {
        accounts_move(&a, l->session, round % 2, 1 - round % 2, 1);
        root_run("shop-0", "SET GLOBAL read_only = 1");
        weir__fault_arm(l->client->env.faults, WEIR__FAULT_commit_answer, WEIR__FAULT_FAIL, 2);
        EXPECT_STATUS(weir_commit(l->session, &l->error), l->error, WEIR_UNKNOWN);
        root_run("shop-0", "SET GLOBAL read_only = 0");
    }
    accounts_close(&a);
}
#endif
