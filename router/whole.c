/* whole.c - a transaction, or a savepoint, around one statement. SPDX-License-Identifier: Apache-2.0 */
#include "router/whole.h"

#include <sys/eventfd.h>

#include "base/str.h"
#include "router/commit.h"
#include "router/rw_split.h"

/* A name that no savepoint of the caller can have (savepoint.c takes ASCII alone). Set anew, it takes the place of an earlier one. */
#define MARK "`weir\xC2\xB7statement`"

weir_status weir__whole_begin(weir__whole *w, weir_session *s, weir__deadline deadline, weir_error *error)
{
    *w = (weir__whole){s, deadline, s->txn == WEIR__TXN_NONE};
    for (weir__seat *seat = s->seats; seat; seat = seat->next)
        seat->marked = seat->runs = false;
    if (s->database->settings->transactions == WEIR__ONE_SHARD)
        return weir__fail(error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER,
                          "multi_shard_write: it writes on several shards, and transactions: one_shard allows one");
    if (!w->own)
        return WEIR_OK;
    if (!weir__session_set_begin(s, NULL, weir__view("START TRANSACTION"), false))
        return weir__fail_nomem(error);
    s->txn = WEIR__TXN_OPEN;
    s->by_call = false;
    return WEIR_OK;
}

weir_status weir__whole_join(weir__whole *w, weir__seat *seat, weir__server *server, weir_error *error)
{
    weir_session *s = w->session;
    weir_status status = weir__session_connect(s, seat, server, w->deadline, error);
    if (status != WEIR_OK)
        return status;
    if (!seat->conn->in_transaction) /* it may never run: nothing of an earlier transaction is to speak for it */
        seat->open = seat->branch = seat->wrote = seat->locks = false;
    weir__session_take_part(s, seat);
    return WEIR_OK;
}

/* ---- run ---- */

typedef struct run {
    weir__whole *whole;
    weir__seat_step *step;
    void *context;
} run;

static bool runs(const weir_session *s, const weir__seat *seat)
{
    (void)s;
    return seat->runs;
}

static weir_status take_turn(weir_session *s, weir__seat *seat, void *context, weir_error *error)
{
    const run *r = context;
    weir__deadline deadline = r->whole->deadline;
    weir_status status = WEIR_OK;
    if (!seat->conn->in_transaction)
        status = weir__seat_begin(s, seat, deadline, error);
    if (status == WEIR_OK && !r->whole->own)
        status = weir__seat_command(seat, "SAVEPOINT " MARK, false, deadline, error);
    if (status != WEIR_OK)
        return status;
    seat->wrote = seat->marked = true;
    weir__split_sent(s, seat, false, true);
    return weir__seat_judge(s, seat, r->step(s, seat, r->context, error), error);
}

weir_status weir__whole_run(weir__whole *w, weir__seat *const *seats, size_t count, weir__seat_step *step,
                            void *context, weir_error *error)
{
    weir_session *s = w->session;
    run r = {w, step, context};
    const weir__together what = {runs, take_turn, &r};
    s->commits = s->may_end = false;
    s->atomic = s->may_lock = true;
    for (size_t i = 0; i < count; i++)
        seats[i]->runs = true;
    /* Whoever cancels wakes the first of them, and so all. */
    weir_status status = weir__session_connect(s, seats[0], seats[0]->server, w->deadline, error);
    if (status == WEIR_OK)
        status = weir__together_run(s, &what, error);
    for (size_t i = 0; i < count; i++)
        seats[i]->runs = false;
    return status;
}

/* ---- end ---- */

/* What woke a run must not wake what comes after it. */
static void drain_wakings(weir_session *s)
{
    eventfd_t ignored;
    weir__session_no_cancel(s);
    for (weir__seat *seat = s->seats; seat && weir__session_cancelled(s); seat = seat->next)
        if (seat->conn)
            eventfd_read(seat->conn->wake_fd, &ignored);
}

static bool is_marked(const weir_session *s, const weir__seat *seat)
{
    (void)s;
    return seat->marked && seat->conn;
}

static weir_status back_to_mark(weir_session *s, weir__seat *seat, void *context, weir_error *error)
{
    const weir__deadline *deadline = context;
    (void)s;
    if (seat->conn->broken || !seat->conn->in_transaction)
        return weir__fail(error, WEIR_CONFLICT, WEIR_RETRY_TRANSACTION, "the transaction has ended there");
    return weir__seat_command(seat, "ROLLBACK TO SAVEPOINT " MARK, false, *deadline, error);
}

/* Undone alone, where every shard can; else all of the transaction goes. */
static void undo_statement(weir_session *s, weir_status status)
{
    weir__deadline deadline = weir__deadline_in(&s->client->env.clock, s->database->settings->timeouts.query_ms);
    const weir__together what = {is_marked, back_to_mark, &deadline};
    weir_error ignored;
    bool whole_only = status == WEIR_CONFLICT || status == WEIR_TIMEOUT || status == WEIR_UNKNOWN;
    for (const weir__seat *seat = s->seats; seat; seat = seat->next)
        whole_only |= seat->conn && seat->conn->broken;
    if (whole_only || weir__together_run(s, &what, &ignored) != WEIR_OK)
        weir__session_abort(s);
}

weir_status weir__whole_end(weir__whole *w, weir_status status, weir_error *error)
{
    weir_session *s = w->session;
    drain_wakings(s);
    s->seat = NULL;
    if (w->own && status == WEIR_OK) {
        status = weir__commit_wide(s, error);
    } else if (w->own) {
        weir__rollback_wide(s);
    } else if (status != WEIR_OK) {
        s->outcome = status;
        undo_statement(s, status);
        if (s->txn != WEIR__TXN_OPEN)
            weir__session_end_transaction(s);
    }
    for (weir__seat *seat = s->seats; seat; seat = seat->next)
        seat->marked = false;
    return status;
}
