/* wide_test.c - transactions over two shards: their modes as text, and how they fail. SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>

#include "router/session_impl.h"
#include "tests/support/accounts.h"

#define PAY(id) "UPDATE accounts SET balance = balance + 1 WHERE id = " #id

/* Statements one after the other, what the shards hold afterwards, and what they hold when the session has been closed. */
static const struct {
    const char *name, *sql[9], *then, *closed;
} modes[] = {
    {"commit", {"BEGIN", PAY(0), PAY(1), "COMMIT"}, "101 101", "101 101"},
    {"rollback", {"BEGIN", PAY(0), PAY(1), "ROLLBACK"}, "100 100", "100 100"},
    {"a chain goes on", {"BEGIN", PAY(0), PAY(1), "COMMIT AND CHAIN", PAY(0), PAY(1)}, "101 101", "101 101"},
    {"a chain ends", {"BEGIN", PAY(0), "COMMIT AND CHAIN", PAY(1), "ROLLBACK", PAY(0)}, "102 100", "102 100"},
    {"a chain after a rollback",
     {"BEGIN", PAY(0), PAY(1), "ROLLBACK AND CHAIN", PAY(1), "COMMIT"},
     "100 101",
     "100 101"},
    {"a chain out of nothing", {"COMMIT AND CHAIN", PAY(0), PAY(1), "ROLLBACK"}, "100 100", "100 100"},
    {"no chain", {"BEGIN", PAY(0), PAY(1), "COMMIT AND NO CHAIN", PAY(0)}, "102 101", "102 101"},
    {"BEGIN commits", {"BEGIN", PAY(0), PAY(1), "BEGIN", PAY(0), "ROLLBACK"}, "101 101", "101 101"},
    {"autocommit off", {"SET autocommit = 0", PAY(0), PAY(1)}, "100 100", "100 100"},
    {"off, committed", {"SET @@session.autocommit = OFF", PAY(0), PAY(1), "COMMIT", PAY(1)}, "101 101", "101 101"},
    {"off, rolled back", {"set local autocommit := false", PAY(0), "ROLLBACK", PAY(1), "COMMIT"}, "100 101", "100 101"},
    {"on commits", {"SET autocommit = 0", PAY(0), PAY(1), "SET autocommit = 1", PAY(1)}, "101 102", "101 102"},
    {"on again changes nothing", {"BEGIN", PAY(0), PAY(1), "SET autocommit = 1", "ROLLBACK"}, "100 100", "100 100"},
    {"off within a transaction",
     {"BEGIN", PAY(0), "SET autocommit = 0", PAY(1), "COMMIT", PAY(0)},
     "101 101",
     "101 101"},
    {"off, BEGIN commits", {"SET autocommit = 0", PAY(0), PAY(1), "BEGIN", PAY(1), "ROLLBACK"}, "101 101", "101 101"},
    {"a savepoint", {"BEGIN", PAY(0), "SAVEPOINT a", PAY(0), PAY(1), "ROLLBACK TO a", "COMMIT"}, "101 100", "101 100"},
    {"a failed statement",
     {"BEGIN", PAY(0), PAY(1), "!INSERT INTO accounts VALUES (1, 0)", "COMMIT"},
     "101 101",
     "101 101"},
    {"off, a failed statement",
     {"SET autocommit = 0", PAY(0), "!INSERT INTO accounts VALUES (0, 0)", "COMMIT"},
     "101 100",
     "101 100"},
};

static void expect_balances(accounts *a, const char *name, const char *wanted)
{
    char got[64];
    snprintf(got, sizeof got, "%s %s", accounts_balance(a, 0), accounts_balance(a, 1));
    EXPECT_THAT(strcmp(got, wanted) == 0, "%s: %s, not %s", name, got, wanted);
}

TEST(wide, the_modes_of_a_server)
{
    accounts a;
    weir_error error;
    accounts_open(&a, "", NULL);
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        weir_session *s = accounts_session(&a);
        for (int shard = 0; shard < 2; shard++)
            live_run(&a.shard[shard], "UPDATE accounts SET balance = 100", weir_no_args());
        for (const char *const *sql = modes[i].sql; *sql; sql++) {
            weir_status status = weir_execute(s, *sql + (**sql == '!'), weir_no_args(), NULL, &error);
            EXPECT_THAT((status == WEIR_OK) == (**sql != '!'), "%s: %s: %s", modes[i].name, *sql, error.text);
        }
        expect_balances(&a, modes[i].name, modes[i].then);
        weir_session_close(s);
        expect_balances(&a, modes[i].name, modes[i].closed);
    }
    EXPECT(live_counter(&a.bank, "weir_pool_taken") == 0);
    accounts_close(&a);
}

TEST(wide, a_chain_keeps_level_and_mode)
{
    accounts a;
    weir_transaction_options o = WEIR_TRANSACTION_OPTIONS_INIT;
    accounts_open(&a, "", NULL);
    live *l = &a.bank;
    o.isolation = WEIR_READ_COMMITTED;
    EXPECT_OK(weir_begin(l->session, &o, &l->error), l->error);
    live_run(l, PAY(0), weir_no_args());
    live_run(l, "COMMIT AND CHAIN", weir_no_args());
    live_run(l, PAY(1), weir_no_args());
    EXPECT_TEXT(l->session->begin.level, "SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
    EXPECT_OK(weir_commit(l->session, &l->error), l->error);
    live_run(l, "START TRANSACTION READ ONLY", weir_no_args());
    live_run(l, "SELECT * FROM accounts WHERE id = 0", weir_no_args());
    live_run(l, "COMMIT AND CHAIN", weir_no_args());
    EXPECT_STATUS(weir_execute(l->session, PAY(1), weir_no_args(), NULL, &l->error), l->error, WEIR_SERVER);
    EXPECT_INT(l->error.server_errno, 1792);
    EXPECT_OK(weir_rollback(l->session, &l->error), l->error);
    expect_balances(&a, "chained", "101 101");
    accounts_close(&a);
}

TEST(wide, what_is_refused_says_why)
{
    static const struct {
        const char *sql, *says;
    } rows[] = {
        {"COMMIT RELEASE", "RELEASE ends a connection"},
        {"SELECT @@autocommit FROM accounts WHERE id = 0", "autocommit is off for this session"},
        {"SET autocommit = 0, sql_mode = ''", "session_state: "},
        {"SET autocommit = DEFAULT", "session_state: "},
    };
    accounts a;
    accounts_open(&a, "", NULL);
    live *l = &a.bank;
    live_run(l, "SET autocommit = 0", weir_no_args());
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        EXPECT_STATUS(weir_execute(l->session, rows[i].sql, weir_no_args(), NULL, &l->error), l->error,
                      WEIR_UNSUPPORTED);
        EXPECT_HAS(l->error.text, rows[i].says);
    }
    live_run(l, "SET autocommit = 1", weir_no_args());
    EXPECT_OK(weir_begin(l->session, NULL, &l->error), l->error);
    EXPECT_STATUS(weir_execute(l->session, "BEGIN", weir_no_args(), NULL, &l->error), l->error, WEIR_UNSUPPORTED);
    EXPECT_OK(weir_commit(l->session, &l->error), l->error);
    accounts_close(&a);
}

/* ---- a deadlock that no server sees ---- */

typedef struct crossing {
    accounts *a;
    int first, second;
    pthread_barrier_t *both_hold_one;
    int runs;
    weir_status status;
    weir_error error, met;
} crossing;

static weir_status cross(weir_session *s, void *context, weir_error *error)
{
    static const char sql[] = "UPDATE accounts SET balance = balance + 1 WHERE id = ?";
    crossing *c = context;
    weir_status status = weir_execute(s, sql, WEIR_ARGS(weir_int(c->first)), NULL, error);
    if (c->runs++ == 0)
        pthread_barrier_wait(c->both_hold_one);
    if (status == WEIR_OK)
        status = weir_execute(s, sql, WEIR_ARGS(weir_int(c->second)), NULL, error);
    if (status != WEIR_OK)
        c->met = *error;
    return status;
}

static void *run_crossing(void *context)
{
    crossing *c = context;
    weir_transaction_options o = WEIR_TRANSACTION_OPTIONS_INIT;
    weir_session *s = accounts_session(c->a);
    o.max_attempts = 20;
    o.timeout_ms = 120000;
    c->status = weir_transaction(s, &o, cross, c, &c->error);
    weir_session_close(s);
    return NULL;
}

TEST(wide, a_deadlock_between_shards_ends_by_the_deadline_as_a_conflict)
{
    accounts a;
    pthread_t threads[2];
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, NULL, 2);
    accounts_open(&a, "", "  timeouts: {query: 2s, transaction: 120s}\n");
    crossing c[2] = {{.a = &a, .first = 0, .second = 1, .both_hold_one = &barrier},
                     {.a = &a, .first = 1, .second = 0, .both_hold_one = &barrier}};
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, run_crossing, &c[i]);
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        EXPECT_OK(c[i].status, c[i].error);
    }
    EXPECT(c[0].runs + c[1].runs >= 3);
    EXPECT(c[0].met.status == WEIR_CONFLICT || c[1].met.status == WEIR_CONFLICT);
    EXPECT_HAS(c[c[0].met.status == WEIR_CONFLICT ? 0 : 1].met.text, "perhaps a deadlock between shards");
    expect_balances(&a, "both", "102 102");
    accounts_close(&a);
    pthread_barrier_destroy(&barrier);
}
