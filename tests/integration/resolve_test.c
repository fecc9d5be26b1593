/* resolve_test.c - what the resolver and its audit say of rows and branches that are there, and of those that are not.
 * SPDX-License-Identifier: Apache-2.0
 * What a failover loses is taken away by hand here. That servers really die is the bank's matter (tests/bank). */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "router/session_impl.h"
#include "tests/support/accounts.h"
#include "tests/support/cluster.h"

static void note(void *context, const weir__resolved *r)
{
    char *text = context;
    size_t used = strlen(text);
    snprintf(text + used, 400 - used, "%s %s;", r->shard->name, weir__resolution_text(r->what));
}

/* One pass by hand, as `weir resolve` makes it. */
static weir__resolve_counts resolve(live *l, bool dry, char text[400])
{
    const weir__resolve_options options = {.look_only = dry, .audit = true, .each = note, .context = text};
    weir__resolve_counts counts = {0};
    text[0] = '\0';
    EXPECT_OK(weir__resolver_by_hand(l->client, &options, &counts, &l->error), l->error);
    return counts;
}

static uint32_t all_but(const weir__resolve_counts *n, int but)
{
    uint32_t sum = 0;
    for (int i = 0; i < WEIR__RESOLUTIONS; i++)
        sum += i == but ? 0 : n->of[i];
    return sum;
}

static void forget_everything(accounts *a)
{
    for (int i = 0; i < 2; i++) {
        live_run(&a->shard[i], "DELETE FROM weir_decision", weir_no_args());
        live_run(&a->shard[i], "DELETE FROM weir_branch", weir_no_args());
    }
}

/* The first shard, which decides, is s0. */
static void transfer(accounts *a)
{
    accounts_move(a, a->bank.session, 0, 1, 1);
    EXPECT_OK(weir_commit(a->bank.session, &a->bank.error), a->bank.error);
}

TEST(resolve, a_branch_that_is_lost_after_the_decision_is_damage)
{
    accounts a;
    char text[400], gtrid[80];
    accounts_open(&a, "", NULL);
    forget_everything(&a);
    for (int i = 0; i < 3; i++)
        transfer(&a);
    weir__resolve_counts n = resolve(&a.bank, false, text);
    EXPECT_THAT(all_but(&n, WEIR__RESOLUTIONS) == 0, "%s", text);
    snprintf(gtrid, sizeof gtrid, "%s",
             live_one(&a.shard[1], "SELECT gtrid FROM weir_branch ORDER BY 1 LIMIT 1,1", weir_no_args()));
    live_run(&a.shard[1], "DELETE FROM weir_branch WHERE gtrid = ?", WEIR_ARGS(weir_text(gtrid)));
    for (int i = 0; i < 2; i++) { /* on every pass, until a person has seen to it */
        n = resolve(&a.bank, i == 0, text);
        EXPECT_INT(n.of[WEIR__RESOLUTION_DAMAGED], 1);
        EXPECT_INT(all_but(&n, WEIR__RESOLUTION_DAMAGED), 0);
        EXPECT_HAS(text, "s1 DAMAGE: decided, but the branch is neither prepared nor committed");
    }
    live_run(&a.shard[1], "INSERT INTO weir_branch (gtrid) VALUES (?)", WEIR_ARGS(weir_text(gtrid)));
    n = resolve(&a.bank, false, text);
    EXPECT_THAT(all_but(&n, WEIR__RESOLUTIONS) == 0, "%s", text);
    accounts_close(&a);
}

TEST(resolve, a_decision_that_is_lost_after_its_branch_was_committed_is_damage)
{
    accounts a;
    char text[400];
    accounts_open(&a, "", NULL);
    forget_everything(&a);
    transfer(&a);
    live_run(&a.shard[0], "DELETE FROM weir_decision", weir_no_args());
    weir__resolve_counts n = resolve(&a.bank, false, text);
    EXPECT_INT(n.of[WEIR__RESOLUTION_UNDECIDED], 1);
    EXPECT_INT(all_but(&n, WEIR__RESOLUTION_UNDECIDED), 0);
    EXPECT_HAS(text, "s0 DAMAGE: its branch elsewhere is committed, but the row that decided it is gone");
    live_run(&a.shard[1], "DELETE FROM weir_branch", weir_no_args());
    accounts_close(&a);
}

/* More rows than a page holds, and a page that ends in the middle of many. */
TEST(resolve, the_audit_reads_page_by_page)
{
    accounts a;
    char text[400];
    accounts_open(&a, "", NULL);
    forget_everything(&a);
    transfer(&a);
    live_run(&a.shard[0],
             "INSERT INTO weir_decision (gtrid, participants, cached_tables) SELECT CONCAT(LEFT(gtrid, LENGTH(gtrid) - "
             "6), LPAD(LOWER(HEX(seq)), 6, '0')), participants, '' FROM weir_decision JOIN seq_1_to_2500",
             weir_no_args());
    live_run(&a.shard[1],
             "INSERT INTO weir_branch (gtrid) SELECT CONCAT(LEFT(gtrid, LENGTH(gtrid) - 6), LPAD(LOWER(HEX(seq)), 6, "
             "'0')) FROM weir_branch JOIN seq_1_to_2500",
             weir_no_args());
    weir__resolve_counts n = resolve(&a.bank, false, text);
    EXPECT_THAT(all_but(&n, WEIR__RESOLUTIONS) == 0, "%s", text);
    live_run(&a.shard[1], "DELETE FROM weir_branch WHERE gtrid LIKE '%0007d_'", weir_no_args()); /* 2000 to 2015 */
    n = resolve(&a.bank, false, text);
    EXPECT_INT(n.of[WEIR__RESOLUTION_DAMAGED], 16);
    live_run(&a.shard[0], "DELETE FROM weir_decision WHERE gtrid LIKE '%0001__'", weir_no_args());
    n = resolve(&a.bank, false, text);
    EXPECT_INT(n.of[WEIR__RESOLUTION_UNDECIDED], 256);
    forget_everything(&a);
    accounts_close(&a);
}

TEST(resolve, who_is_not_weirs_is_left_alone)
{
    accounts a;
    char text[400];
    accounts_open(&a, "", NULL);
    live_run(&a.shard[1], "XA START 'stranger'", weir_no_args());
    live_run(&a.shard[1], "UPDATE accounts SET balance = 0 WHERE id = 3", weir_no_args());
    live_run(&a.shard[1], "XA END 'stranger'", weir_no_args());
    live_run(&a.shard[1], "XA PREPARE 'stranger'", weir_no_args());
    weir__resolve_counts n = resolve(&a.bank, false, text);
    EXPECT_INT(n.of[WEIR__RESOLUTION_STRANGER], 1);
    EXPECT_INT(all_but(&n, WEIR__RESOLUTION_STRANGER), 0);
    live_run(&a.shard[1], "XA COMMIT 'stranger'", weir_no_args());
    EXPECT_TEXT(accounts_balance(&a, 3), "0");
    accounts_close(&a);
}

TEST(resolve, one_of_all_processes_audits_in_an_hour)
{
    accounts a;
    accounts_open(&a, "", NULL);
    live_run(&a.shard[0], "DELETE FROM weir_lease WHERE name = 'resolver'", weir_no_args());
    weir__resolver_stop(a.bank.client->resolver); /* it would take its turn */
    live_run(&a.shard[0], "DELETE FROM weir_lease WHERE name = 'resolver'", weir_no_args());
    EXPECT(weir__resolve_turn(test_env(), a.bank.session->topology));
    EXPECT(!weir__resolve_turn(test_env(), a.bank.session->topology));
    live_run(&a.shard[0], "UPDATE weir_lease SET until = NOW(6) - INTERVAL 1 SECOND WHERE name = 'resolver'",
             weir_no_args());
    EXPECT(weir__resolve_turn(test_env(), a.bank.session->topology));
    accounts_close(&a);
}

#ifdef WEIR_FAULTS
typedef struct payment {
    accounts *a;
    weir_status status;
    weir_error error;
} payment;

static void *pay(void *context)
{
    payment *p = context;
    weir_session *s = accounts_session(p->a);
    accounts_move(p->a, s, 0, 1, 1);
    p->status = weir_commit(s, &p->error);
    weir_session_close(s);
    return NULL;
}

static void hold_at(accounts *a, weir__fault_point point, pthread_t *thread, payment *p)
{
    *p = (payment){.a = a};
    weir__fault_arm(a->bank.client->env.faults, point, WEIR__FAULT_HOLD, 1);
    pthread_create(thread, NULL, pay, p);
    while (atomic_load(&a->bank.client->env.faults->passed[point]) == 0)
        sleep_ms(1);
}

static void let_go(accounts *a, weir__fault_point point, pthread_t thread)
{
    weir__fault_arm(a->bank.client->env.faults, point, WEIR__FAULT_OFF, 0);
    pthread_join(thread, NULL);
}

/* HAZARDS 1 and 2: while the coordinator lives its branches are nobody else's, whatever the point. */
TEST(resolve, a_living_coordinator_is_left_alone)
{
    static const struct {
        weir__fault_point point;
        const char *says;
    } rows[] = {
        {WEIR__FAULT_two_phase_prepared, "s1 left alone: its coordinator, or its connection, lives;"},
        {WEIR__FAULT_two_phase_finish, "s1 left alone: its coordinator, or its connection, lives;"},
    };
    accounts a;
    char text[400];
    pthread_t thread;
    payment p;
    accounts_open(&a, "", NULL);
    weir__resolver_stop(a.bank.client->resolver);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        hold_at(&a, rows[i].point, &thread, &p);
        resolve(&a.bank, false, text);
        EXPECT_TEXT(text, rows[i].says);
        let_go(&a, rows[i].point, thread);
        EXPECT_OK(p.status, p.error);
    }
    EXPECT_TEXT(accounts_balance(&a, 0), "98");
    EXPECT_TEXT(accounts_balance(&a, 1), "102");
    accounts_close(&a);
}

/* HAZARDS 1, [V]: the branch's connection drops while its coordinator lives and is slow. No decision may be made without it. */
TEST(resolve, a_detached_branch_waits_for_its_slow_coordinator)
{
    accounts a;
    char text[400];
    pthread_t thread;
    payment p;
    accounts_open(&a, "", NULL);
    weir__resolver_stop(a.bank.client->resolver);
    hold_at(&a, WEIR__FAULT_two_phase_prepared, &thread, &p);
    root_run("shop-1", "KILL USER app");
    EXPECT(root_until("shop-1", "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = 'app'", "0"));
    resolve(&a.bank, false, text);
    EXPECT_TEXT(text, "s1 left alone: its coordinator, or its connection, lives;");
    let_go(&a, WEIR__FAULT_two_phase_prepared, thread);
    EXPECT_THAT(p.status == WEIR_COMMITTED_PENDING, "%s: %s", weir_status_name(p.status), p.error.text);
    resolve(&a.bank, false, text);
    EXPECT_TEXT(text, "s1 committed;");
    EXPECT_TEXT(accounts_balance(&a, 0), "99");
    EXPECT_TEXT(accounts_balance(&a, 1), "101");
    accounts_close(&a);
}
#endif
