/* commit.c - COMMIT and ROLLBACK of a transaction that touched several shards. SPDX-License-Identifier: Apache-2.0
 * docs/transactions.md: what was written where decides how. */
#include "router/commit.h"

#include <stdio.h>

#include "router/rw_split.h"
#include "router/commit_id.h"
#include "router/exec/together.h"
#include "router/two_phase.h"

/* Is every server that was written still the primary? */
static bool may_go_on(weir_session *s, weir_error *error)
{
    for (weir__seat *seat = s->seats; seat; seat = seat->next)
        if (seat->conn && weir__split_keep(s, seat, error) != WEIR_OK)
            return false;
    return true;
}

static uint32_t count_writers(const weir_session *s, weir__seat **writer)
{
    uint32_t writers = 0;
    for (weir__seat *seat = s->seats; seat; seat = seat->next)
        if (seat->conn && seat->wrote) {
            writers++;
            *writer = seat;
        }
    return writers;
}

bool weir__commit_is_wide(const weir_session *s)
{
    const weir__seat *kept = weir__session_kept(s);
    for (const weir__seat *seat = kept ? kept->next : NULL; seat; seat = seat->next)
        if (seat->conn)
            return true;
    return false;
}

/* Of the shards that were not written. Locks that were lost would mean that what was read is no longer true (HAZARDS 37). */
static bool only_locks(const weir_session *s, const weir__seat *seat)
{
    (void)s;
    return seat->conn && seat->locks && !seat->wrote;
}

static weir_status prove(weir_session *s, weir__seat *seat, void *context, weir_error *error)
{
    const weir__deadline *deadline = context;
    (void)s;
    return weir__seat_command(seat, "DO 0", false, *deadline, error);
}

static weir_status prove_locks(weir_session *s, weir__deadline deadline, weir_error *error)
{
    const weir__together what = {only_locks, prove, &deadline};
    return weir__together_run(s, &what, error);
}

static weir_status send_commit(weir_session *s, weir__seat *writer, weir__deadline deadline, weir_error *error)
{
    char xid[WEIR__XID_TEXT], sql[WEIR__XID_TEXT + 32];
    weir_status status = WEIR_OK;
    weir__seat_xid(s, writer, xid);
    snprintf(sql, sizeof sql, "XA END %s", xid);
    if (writer->branch)
        status = weir__seat_command(writer, sql, false, deadline, error);
    if (status != WEIR_OK)
        return status;
    snprintf(sql, sizeof sql, "XA COMMIT %s ONE PHASE", xid);
    return weir__commit_id_send(s, writer, writer->branch ? sql : "COMMIT", deadline, error);
}

/* One shard was written: its own COMMIT is that of the whole. */
static weir_status commit_writer(weir_session *s, weir__seat *writer, weir__deadline deadline, weir_error *error)
{
    weir__commit_id id;
    weir_status status = prove_locks(s, deadline, error);
    s->seat = writer;
    if (status == WEIR_OK)
        status = weir__commit_id_write(s, writer, deadline, &id, error);
    if (status != WEIR_OK)
        return status;
    status = weir__seat_judge(s, writer, send_commit(s, writer, deadline, error), error);
    writer->open = status != WEIR_OK;
    if (status != WEIR_UNKNOWN)
        return status;
    writer->conn->broken = true;
    weir__pool_give(writer->server->pool, weir__session_detach(s, writer));
    return weir__commit_id_look(s, &id, error);
}

static bool is_writer(const weir_session *s, const weir__seat *seat)
{
    (void)s;
    return seat->conn && seat->wrote;
}

typedef struct best_effort {
    weir__deadline deadline;
    const weir__seat *done; /* one that has committed, or may have */
} best_effort;

static weir_status commit_one(weir_session *s, weir__seat *seat, void *context, weir_error *error)
{
    best_effort *b = context;
    weir_status status = weir__seat_judge(s, seat, weir__commit_id_send(s, seat, "COMMIT", b->deadline, error), error);
    seat->open = status != WEIR_OK;
    if (status == WEIR_OK || status == WEIR_UNKNOWN)
        b->done = seat;
    if (status != WEIR_OK)
        seat->conn->broken = true;
    return status;
}

/* transactions: best_effort. What is committed stays, whatever becomes of the others; so the failure that is told, the first, may be run
 * again only if none was committed. */
static weir_status commit_each(weir_session *s, weir__deadline deadline, weir_error *error)
{
    best_effort b = {deadline, NULL};
    const weir__together what = {is_writer, commit_one, &b};
    weir_status status = weir__together_run(s, &what, error);
    if (status == WEIR_OK || !b.done)
        return status;
    weir_error why = *error;
    return weir__fail(error, WEIR_UNKNOWN, WEIR_RETRY_AFTER_LOOKING,
                      "on shard %s, and perhaps others, it is committed or may be, but not on all (%.120s): "
                      "transactions: best_effort does not undo that",
                      b.done->shard->config->name, why.text);
}

static weir_status commit(weir_session *s, weir__deadline deadline, weir_error *error)
{
    weir__seat *writer = NULL;
    uint32_t writers = count_writers(s, &writer);
    if (writers == 0)
        return prove_locks(s, deadline, error);
    if (writers == 1)
        return commit_writer(s, writer, deadline, error);
    return s->database->settings->transactions == WEIR__ATOMIC ? weir__two_phase_commit(s, deadline, error)
                                                               : commit_each(s, deadline, error);
}

static void leave(weir_session *s)
{
    weir__session_end_transaction(s);
    s->txn = WEIR__TXN_NONE;
}

weir_status weir__commit_wide(weir_session *s, weir_error *error)
{
    weir__deadline deadline = weir__session_deadline(s, 0);
    weir_status status;
    s->seat = NULL;
    s->commits = s->may_end = true;
    s->atomic = false;
    if (s->by_call && weir__now(&s->client->env.clock) >= s->txn_deadline)
        status = weir__fail(error, WEIR_TIMEOUT, WEIR_RETRY_TRANSACTION,
                            "the transaction's deadline passed before COMMIT: it is rolled back");
    else
        status = may_go_on(s, error) ? commit(s, deadline, error) : error->status;
    s->outcome = status;
    weir__session_undo(s); /* what was only read, and all that a failure left */
    leave(s);
    return status;
}

void weir__rollback_wide(weir_session *s)
{
    s->seat = NULL;
    weir__session_undo(s);
    leave(s);
}
