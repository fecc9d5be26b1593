/* transaction.c - begin, commit, rollback, and the loop that runs a transaction again after a
 * conflict. SPDX-License-Identifier: Apache-2.0
 *
 *    NONE --begin--> OPEN --commit--> NONE (or its outcome UNKNOWN)      OPEN --rollback--> NONE
 *                     '--deadlock, lock wait, lost connection--> ABORTED --rollback--> NONE; all
 * else is refused */
#include "base/str.h"
#include "base/wait.h"
#include "router/commit.h"
#include "router/commit_id.h"
#include "router/rw_split.h"

enum { DEFAULT_ATTEMPTS = 3, PAUSE_MS = 5, LONGEST_PAUSE_MS = 200 };

static weir_status check_options(const weir_transaction_options *o, weir_error *error)
{
    if (o && o->size != sizeof *o)
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER,
                          "options.size is %zu: begin with WEIR_TRANSACTION_OPTIONS_INIT", o->size);
    if (o && (unsigned)o->isolation > WEIR_SERIALIZABLE)
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER, "isolation %d is none of weir_isolation",
                          (int)o->isolation);
    return WEIR_OK;
}

/* What it begins with, where it has not begun. */
static weir_status prepare_begin(weir_session *s, const weir_transaction_options *o, weir_error *error)
{
    static const char *const isolation[] = {
        [WEIR_ISOLATION_CONFIGURED] = NULL,
        [WEIR_READ_COMMITTED] = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
        [WEIR_REPEATABLE_READ] = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        [WEIR_SERIALIZABLE] = "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
    };
    const char *sql = o && o->read_only ? "START TRANSACTION READ ONLY" : "START TRANSACTION";
    bool done = weir__session_set_begin(s, o ? isolation[o->isolation] : NULL, weir__view(sql), o && o->read_only);
    return done ? WEIR_OK : weir__fail_nomem(error);
}

/* Where there is but one shard it begins at once: a failure is better told now. */
static weir_status begin_at_once(weir_session *s, weir_error *error)
{
    weir__deadline deadline = weir__deadline_min(weir__session_deadline(s, 0), s->txn_deadline);
    weir__shard *shard = &s->database->shards[0];
    weir__seat *seat = weir__session_seat(s, shard);
    if (!seat)
        return weir__fail_nomem(error);
    weir__intent intent = weir__split_intent(s, seat, NULL);
    intent.deadline = deadline;
    if (!s->begin.read_only)
        intent.level = WEIR_READS_STRONG;
    bool first = seat->conn == NULL;
    for (size_t tries = 0;; tries++) {
        weir__server *server;
        weir_status status = weir__split_choose(s, seat, &intent, &server, error);
        if (status != WEIR_OK)
            return status;
        status = weir__session_connect(s, seat, server, deadline, error);
        if (status == WEIR_OK) {
            weir__session_take_part(s, seat);
            status = weir__seat_begin(s, seat, deadline, error);
        }
        if (status != WEIR_UNREACHABLE)
            return status;
        bool broke = seat->conn && error->server_errno == 0; /* one that the pool did not know to be broken */
        bool other = weir__split_again(s, seat, server, status, error);
        if (tries > shard->server_count || !(other || (first && broke)))
            return status;
        if (seat->conn)
            weir__session_leave(s);
        first = false;
    }
}

static weir__deadline transaction_deadline(const weir_session *s, const weir_transaction_options *options)
{
    uint32_t ms = options && options->timeout_ms ? options->timeout_ms : s->database->settings->timeouts.transaction_ms;
    return weir__deadline_in(&s->client->env.clock, ms);
}

/* deadline: 0 for the options'. */
static weir_status begin(weir_session *s, const weir_transaction_options *options, weir__deadline deadline,
                         weir_error *error)
{
    weir_status status = weir__session_ready(s, "weir_begin", error);
    if (status == WEIR_OK)
        status = check_options(options, error);
    if (status == WEIR_OK && s->txn != WEIR__TXN_NONE)
        status = weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER,
                            "weir_begin: a transaction is already open in this session");
    if (status != WEIR_OK)
        return status;
    status = weir__session_renew(s, error);
    if (status == WEIR_OK)
        status = prepare_begin(s, options, error);
    if (status != WEIR_OK)
        return status;
    s->txn_deadline = deadline ? deadline : transaction_deadline(s, options);
    s->seat = NULL;
    s->waiter.purpose = weir__view("weir_begin");
    s->waiter.now_ns = 0;
    weir__session_running(s);
    if (s->database->shard_count == 1)
        status = begin_at_once(s, error);
    else
        s->txn = WEIR__TXN_OPEN;
    weir__session_over(s, status);
    if (status != WEIR_OK) {
        weir__session_set_begin(s, NULL, (weir_str){NULL, 0}, false);
        s->first = NULL;
    }
    s->by_call = status == WEIR_OK;
    if (status == WEIR_OK)
        weir__past_said(s, status);
    return status;
}

weir_status weir_begin(weir_session *s, const weir_transaction_options *options, weir_error *error)
{
    weir_error local;
    return begin(s, options, 0, error ? error : &local);
}

/* A transaction that has not begun anywhere ends without a word. */
static bool end_unbegun(weir_session *s)
{
    s->seat = weir__session_kept(s);
    if (s->seat)
        return false;
    s->txn = WEIR__TXN_NONE;
    weir__session_end_transaction(s);
    return true;
}

static weir_status send_commit(weir_session *s, weir_error *error)
{
    weir__deadline deadline = weir__session_deadline(s, 0);
    weir__commit_id id = {"", NULL, 0};
    weir_status status;
    const char *sql = weir__fault(&s->client->env, wrong_commit) ? "ROLLBACK" : "COMMIT";
    weir__session_running(s);
    weir__session_reach(s, s->seat->conn);
    s->commits = false;
    s->may_end = true;
    s->atomic = false;
    if (weir__now(&s->client->env.clock) >= s->txn_deadline && s->by_call)
        status = weir__fail(error, WEIR_TIMEOUT, WEIR_RETRY_TRANSACTION,
                            "the transaction's deadline passed before COMMIT: it is rolled back");
    else if ((status = weir__split_keep(s, s->seat, error)) == WEIR_OK)
        status = weir__commit_id_write(s, s->seat, deadline, &id, error);
    if (status == WEIR_OK) {
        s->commits = true;
        status = weir__commit_id_send(s, s->seat, sql, deadline, error);
    }
    if (status != WEIR_OK)
        status = weir__seat_judge(s, s->seat, status, error);
    if (status != WEIR_OK && s->seat->conn->in_transaction)
        s->seat->conn->broken = true; /* hanging up rolls back what a failed COMMIT left open */
    weir__session_over(s, status);
    s->txn = WEIR__TXN_NONE;
    return status == WEIR_UNKNOWN ? weir__commit_id_look(s, &id, error) : status;
}

weir_status weir_commit(weir_session *s, weir_error *error)
{
    weir_error local;
    error = error ? error : &local;
    weir_status status = weir__session_ready(s, "weir_commit", error);
    if (status != WEIR_OK)
        return status;
    if (s->txn == WEIR__TXN_NONE)
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER, "weir_commit: no transaction is open in this session");
    if (s->txn == WEIR__TXN_ABORTED) {
        s->txn = WEIR__TXN_NONE;
        return weir__fail(error, WEIR_CONFLICT, WEIR_RETRY_TRANSACTION,
                          "the transaction was rolled back by an earlier failure: run it again "
                          "from its beginning");
    }
    if (s->txn == WEIR__TXN_ENDED) {
        s->txn = WEIR__TXN_NONE;
        return weir__session_ended(error);
    }
    if (weir__commit_is_wide(s))
        status = weir__commit_wide(s, error);
    else
        status = end_unbegun(s) ? WEIR_OK : send_commit(s, error);
    weir__past_said(s, status);
    return status;
}

weir_status weir_rollback(weir_session *s, weir_error *error)
{
    weir_error local, failure;
    error = error ? error : &local;
    weir_status status = weir__session_ready(s, "weir_rollback", error);
    if (status != WEIR_OK)
        return status;
    if (s->txn == WEIR__TXN_NONE)
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER, "weir_rollback: no transaction is open in this session");
    if (s->txn == WEIR__TXN_ENDED) {
        s->txn = WEIR__TXN_NONE;
        return weir__session_ended(error);
    }
    if (weir__commit_is_wide(s))
        weir__rollback_wide(s);
    else if (s->txn == WEIR__TXN_OPEN && !end_unbegun(s)) {
        s->by_call = false; /* its deadline does not hold for undoing it */
        s->commits = false;
        s->may_end = true;
        weir__session_running(s);
        weir__session_reach(s, s->seat->conn);
        s->seat->track.may_write = s->seat->track.changed = false;
        status = weir__seat_command(s->seat, "ROLLBACK", false, weir__session_deadline(s, 0), &failure);
        if (status != WEIR_OK)
            s->seat->conn->broken = true; /* hanging up rolls back too */
        weir__session_over(s, status);
    }
    s->txn = WEIR__TXN_NONE;
    weir__past_said(s, status);
    if (!s->lost_state || status == WEIR_OK)
        return WEIR_OK;
    *error = failure;
    return status;
}

/* A short random pause, so that two that collided do not collide again. */
static void pause_before(weir_session *s, uint32_t attempt)
{
    const weir__clock *clock = &s->client->env.clock;
    uint32_t most = PAUSE_MS << (attempt < 6 ? attempt : 6);
    uint64_t mixed = (weir__now(clock) ^ s->client->env.seed ^ (uintptr_t)s) * UINT64_C(0x9E3779B97F4A7C15);
    uint32_t ms = 1 + (uint32_t)((mixed >> 33) % (most < LONGEST_PAUSE_MS ? most : LONGEST_PAUSE_MS));
    weir__wait_ready(clock, -1, 0, -1, weir__deadline_in(clock, ms));
}

static weir_status attempt(weir_session *s, const weir_transaction_options *options, weir__deadline deadline,
                           weir_work work, void *context, weir_error *error)
{
    weir_status status = begin(s, options, deadline, error);
    if (status != WEIR_OK)
        return status;
    memset(error, 0, sizeof *error);
    status = work(s, context, error);
    if (status != WEIR_OK && error->status != status) /* its own failure, or one that it has got over before */
        weir__fail(error, status, WEIR_RETRY_NEVER, "the work of weir_transaction gave %s", weir_status_name(status));
    if (s->rows) {
        weir__rows_orphan(s->rows);
        status = weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER,
                            "the work of weir_transaction left rows open: weir_finish them");
    }
    if (s->txn == WEIR__TXN_ENDED || (s->txn == WEIR__TXN_NONE && status == WEIR_CONFLICT)) {
        s->txn = WEIR__TXN_NONE;
        return weir__session_ended(error); /* again, it would do a thing twice */
    }
    if (status == WEIR_OK)
        return weir_commit(s, error);
    if (status == WEIR_ROLLBACK)
        weir__fail(error, WEIR_ROLLBACK, WEIR_RETRY_NEVER, "the callback asked for a rollback");
    weir_error ignored;
    if (s->txn != WEIR__TXN_NONE && weir_rollback(s, &ignored) != WEIR_OK)
        weir__session_drop_connections(s);
    return status;
}

weir_status weir_transaction(weir_session *s, const weir_transaction_options *options, weir_work work, void *context,
                             weir_error *error)
{
    weir_error local, failure;
    error = error ? error : &local;
    if (!s || !work)
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER, "weir_transaction: %s is NULL", s ? "work" : "session");
    weir__deadline deadline = 0; /* of all attempts, counted from the call */
    uint32_t most = options && options->max_attempts ? options->max_attempts : DEFAULT_ATTEMPTS;
    for (uint32_t i = 1;; i++) {
        s->gets_id = true;
        weir_status status = attempt(s, options, deadline, work, context, &failure);
        s->gets_id = false;
        if (status == WEIR_OK)
            return status;
        deadline = s->txn_deadline;
        if (status != WEIR_CONFLICT || i >= most || s->lost_state) {
            *error = failure;
            return status;
        }
        if (weir__now(&s->client->env.clock) >= deadline)
            return weir__fail(error, WEIR_TIMEOUT, WEIR_RETRY_TRANSACTION,
                              "the transaction's deadline passed after %u attempts, each rolled back: %.200s", i,
                              failure.text);
        atomic_fetch_add_explicit(&s->client->counters.retries, 1, memory_order_relaxed);
        pause_before(s, i);
    }
}
