/* between_test.c - what a read may see between the commits of two shards (docs/consistency.md). SPDX-License-Identifier: Apache-2.0
 * The commit is held after the decision, before the branch is told: that moment is as long as the test wants. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "router/session_impl.h"
#include "tests/support/accounts.h"
#include "tests/support/cluster.h"

#ifdef WEIR_FAULTS
enum { ALL = ACCOUNTS * OPENING };

typedef struct payment {
    accounts *a;
    weir_status status;
    weir_error error;
} payment;

/* 10 from account 0, on the shard that decides, to account 1 on the other. */
static void *pay(void *context)
{
    payment *p = context;
    weir_session *s = accounts_session(p->a);
    accounts_move(p->a, s, 0, 1, 10);
    p->status = weir_commit(s, &p->error);
    weir_session_close(s);
    return NULL;
}

static void hold(accounts *a, pthread_t *thread, payment *p)
{
    *p = (payment){.a = a};
    weir__fault_arm(a->bank.client->env.faults, WEIR__FAULT_two_phase_finish, WEIR__FAULT_HOLD, 1);
    pthread_create(thread, NULL, pay, p);
    while (atomic_load(&a->bank.client->env.faults->passed[WEIR__FAULT_two_phase_finish]) == 0)
        sleep_ms(1);
}

static void let_go(const accounts *a, pthread_t thread)
{
    weir__fault_arm(a->bank.client->env.faults, WEIR__FAULT_two_phase_finish, WEIR__FAULT_OFF, 0);
    pthread_join(thread, NULL);
}

static int total(live *l, weir_session *s, weir_reads level)
{
    static const char sql[] = "SELECT SUM(balance) FROM accounts";
    weir_query_options o = WEIR_QUERY_OPTIONS_INIT;
    weir_rows *rows = NULL;
    int sum = -1;
    o.reads = level;
    EXPECT_OK(weir_query_with(s, &o, (weir_str){sql, sizeof sql - 1}, weir_no_args(), &rows, &l->error), l->error);
    if (rows && weir_next(rows))
        sum = (int)weir_get_int(rows, 0);
    EXPECT_OK(weir_finish(rows, &l->error), l->error);
    return sum;
}

/* The anomaly: at every level, strong included, money is missing; on each shard by itself all is whole. */
TEST(between, a_read_sees_half_of_a_transfer_between_the_two_commits)
{
    accounts a;
    pthread_t thread;
    payment p;
    accounts_open(&a, "", NULL);
    EXPECT_INT(total(&a.bank, a.bank.session, WEIR_READS_STRONG), ALL);
    hold(&a, &thread, &p);
    for (int level = WEIR_READS_EVENTUAL; level <= WEIR_READS_STRONG; level++)
        EXPECT_INT(total(&a.bank, a.bank.session, (weir_reads)level), ALL - 10);
    EXPECT_TEXT(live_one(&a.bank, "SELECT balance FROM accounts WHERE id = 0", weir_no_args()), "90");
    EXPECT_TEXT(live_one(&a.bank, "SELECT balance FROM accounts WHERE id = 1", weir_no_args()), "100");
    let_go(&a, thread);
    EXPECT_OK(p.status, p.error);
    EXPECT_INT(total(&a.bank, a.bank.session, WEIR_READS_STRONG), ALL);
    accounts_close(&a);
}

typedef struct reading {
    accounts *a;
    int sum;
} reading;

static weir_status add_with_locks(weir_session *s, void *context, weir_error *error)
{
    reading *r = context;
    static const char *const sql[] = {"SELECT balance FROM accounts WHERE id = 0 FOR UPDATE",
                                      "SELECT balance FROM accounts WHERE id = 1 LOCK IN SHARE MODE"};
    r->sum = 0;
    for (int i = 0; i < 2; i++) {
        weir_rows *rows = NULL;
        weir_status status = weir_query(s, sql[i], weir_no_args(), &rows, error);
        if (status == WEIR_OK && weir_next(rows))
            r->sum += (int)weir_get_int(rows, 0);
        if (status == WEIR_OK)
            status = weir_finish(rows, error);
        if (status != WEIR_OK)
            return status;
    }
    return WEIR_OK;
}

static void *read_with_locks(void *context)
{
    reading *r = context;
    weir_error error;
    weir_session *s = accounts_session(r->a);
    EXPECT_OK(weir_transaction(s, NULL, add_with_locks, r, &error), error);
    weir_session_close(s);
    return NULL;
}

/* The way out: a prepared branch keeps its locks, so a read that locks waits for it. */
TEST(between, a_read_that_locks_waits_and_sees_the_whole)
{
    accounts a;
    pthread_t writer, reader;
    payment p;
    accounts_open(&a, "", NULL);
    reading r = {.a = &a};
    hold(&a, &writer, &p);
    pthread_create(&reader, NULL, read_with_locks, &r);
    EXPECT(live_until_running(&a.shard[1], "id = 1 LOCK IN SHARE MODE", 1));
    let_go(&a, writer);
    pthread_join(reader, NULL);
    EXPECT_OK(p.status, p.error);
    EXPECT_INT(r.sum, 2 * OPENING);
    accounts_close(&a);
}

/* Snapshots of one transaction are of different moments: each is taken at the first statement there. */
TEST(between, two_snapshots_of_a_transaction_are_of_two_moments)
{
    accounts a;
    weir_transaction_options o = WEIR_TRANSACTION_OPTIONS_INIT;
    accounts_open(&a, "", NULL);
    live *l = &a.bank;
    weir_session *other = accounts_session(&a);
    o.isolation = WEIR_REPEATABLE_READ;
    EXPECT_OK(weir_begin(l->session, &o, &l->error), l->error);
    EXPECT_TEXT(live_one(l, "SELECT balance FROM accounts WHERE id = 0", weir_no_args()), "100");
    accounts_move(&a, other, 0, 1, 10);
    EXPECT_OK(weir_commit(other, &l->error), l->error);
    EXPECT_TEXT(live_one(l, "SELECT balance FROM accounts WHERE id = 1", weir_no_args()), "110");
    EXPECT_TEXT(live_one(l, "SELECT balance FROM accounts WHERE id = 0", weir_no_args()), "100");
    EXPECT_OK(weir_commit(l->session, &l->error), l->error);
    weir_session_close(other);
    accounts_close(&a);
}
#endif
