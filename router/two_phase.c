/* two_phase.c - READY, VOTE, DECIDE, FINISH; UNDO and LOOK when something fails. SPDX-License-Identifier: Apache-2.0
 *
 *    READY --> VOTE --> DECIDE --answered--> FINISH
 *      |         |         '--not answered--> LOOK --the row is there--> FINISH
 *      '---------'--any failure--> UNDO <----------'--it will never be
 *
 * Each step goes to all of its shards at once, and the next begins when all have answered: the decision row is there before anybody
 * is told to prepare, and all are prepared before the decision. Until DECIDE is sent nothing can be committed, so UNDO needs no answer to
 * be right; after it only LOOK may lead to UNDO. */
#include "router/two_phase.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"
#include "router/decision.h"
#include "router/exec/together.h"

enum { SQL = 256, XAER_NOTA = 1397, FINISH_MS = 5000 };

static bool votes(const weir_session *s, const weir__seat *seat)
{
    (void)s;
    return seat->conn && seat->branch && seat->wrote;
}

static bool takes_part(const weir_session *s, const weir__seat *seat)
{
    return seat == s->first || votes(s, seat);
}

/* It votes, or was only read and keeps its locks until the decision: then it must still be there. */
static bool must_hold(const weir_session *s, const weir__seat *seat)
{
    return votes(s, seat) || (seat != s->first && seat->conn && seat->locks);
}

static bool is_other(const weir_session *s, const weir__seat *seat)
{
    return seat != s->first && seat->conn;
}

static weir_status at_once(weir_session *s, weir__seat_choice *who, weir__seat_step *step, weir__deadline *deadline,
                           weir_error *error)
{
    const weir__together what = {who, step, deadline};
    return weir__together_run(s, &what, error);
}

/* Named edges at which tests kill the process, or cut the connection of the deciding shard. */
static void edge(const weir_session *s, bool fires)
{
    if (fires && s->first->conn)
        s->first->conn->broken = true;
}

static weir_status lost(const weir__seat *seat, weir_error *error)
{
    return weir__fail(
        error, WEIR_CONFLICT, WEIR_RETRY_TRANSACTION,
        "the connection to shard %s broke before the transaction was decided: it is rolled back everywhere",
        seat->shard->config->name);
}

static weir_status tell(const weir_session *s, weir__seat *seat, const char *verb, bool may_write,
                        weir__deadline deadline, weir_error *error)
{
    char xid[WEIR__XID_TEXT], sql[SQL];
    if (seat->conn->broken)
        return lost(seat, error);
    weir__seat_xid(s, seat, xid);
    snprintf(sql, sizeof sql, "%s %s", verb, xid);
    return weir__seat_command(seat, sql, may_write, deadline, error);
}

/* The names of all shards that vote: so that a person, and the audit, can tell what belongs together. */
static weir_status insert_decision(weir_session *s, weir__deadline deadline, weir_error *error)
{
    weir__buf sql;
    const char *comma = "";
    weir_status status;
    if (s->first->conn->broken)
        return lost(s->first, error);
    weir__buf_init(&sql, &s->client->env.mem, WEIR__MAX_DECISION_BYTES);
    weir__buf_addf(&sql, "INSERT INTO weir_decision (gtrid, participants, cached_tables) VALUES ('%s', '", s->gtrid);
    for (const weir__seat *seat = s->seats; seat; seat = seat->next) {
        const weir__shard_config *shard = seat->shard->config;
        if (!votes(s, seat))
            continue;
        weir__buf_addf(&sql, "%s%016" PRIx64, comma, weir__shard_hash(shard->database->name, shard->name));
        comma = ",";
    }
    weir__buf_addf(&sql, "', '')");
    status = sql.failed ? weir__fail_nomem(error)
                        : weir__seat_command(s->first, weir__buf_text(&sql), false, deadline, error);
    weir__buf_deinit(&sql);
    return status;
}

/* The rows; and a branch's end, which prepares nothing yet. */
static weir_status ready(weir_session *s, weir__seat *seat, void *context, weir_error *error)
{
    char sql[SQL];
    const weir__deadline *deadline = context;
    if (seat == s->first)
        return insert_decision(s, *deadline, error);
    snprintf(sql, sizeof sql, "INSERT INTO weir_branch (gtrid) VALUES ('%s')", s->gtrid);
    weir_status status = weir__seat_command(seat, sql, false, *deadline, error);
    return status == WEIR_OK ? tell(s, seat, "XA END", false, *deadline, error) : status;
}

static weir_status vote(weir_session *s, weir__seat *seat, void *context, weir_error *error)
{
    const weir__deadline *deadline = context;
    if (!votes(s, seat))
        return weir__seat_command(seat, "DO 0", false, *deadline, error);
    weir_status status = tell(s, seat, "XA PREPARE", false, *deadline, error);
    edge(s, weir__fault(&s->client->env, two_phase_prepared));
    return status;
}

/* What became of the COMMIT that was not answered? UNKNOWN: nobody could say. */
static weir_status look(weir_session *s, weir__decision *decision, weir_error *error)
{
    const weir__shard_config *shard = s->first->shard->config;
    weir__decision_row row = {.of = WEIR__ROW_OF_GTRID, .name = s->gtrid, .lossless = shard->lossless};
    weir__gtrid gtrid;
    weir_error why;
    if (weir__gtrid_parse(weir__view(s->gtrid), &gtrid))
        row.server_id = gtrid.server_id;
    weir__decision_find(&s->client->env, s->first->shard, &row, weir__deadline_in(&s->client->env.clock, FINISH_MS),
                        decision, &why);
    if (*decision == WEIR__DECISION_MADE || *decision == WEIR__DECISION_NEVER)
        return WEIR_OK;
    return weir__fail(error, WEIR_UNKNOWN, WEIR_RETRY_AFTER_LOOKING,
                      "COMMIT was sent, and shard %s, which decides, could not tell (%.80s): `weir resolve` finishes "
                      "transaction %s, which is committed if weir_decision there has it",
                      shard->name,
                      *decision == WEIR__DECISION_LOST ? "another server is primary now"
                      : why.status                     ? why.text
                                                       : "its row stays locked",
                      s->gtrid);
}

/* COMMIT on the first shard is the decision, of all shards. */
static weir_status decide(weir_session *s, weir__deadline deadline, weir__decision *decision, weir_error *error)
{
    weir__seat *first = s->first;
    weir_error why;
    *decision = WEIR__DECISION_NEVER;
    if (first->conn->broken)
        return lost(first, error);
    weir_status status = weir__seat_command(first, "COMMIT", true, deadline, &why);
    if (status == WEIR_OK && weir__fault(&s->client->env, two_phase_decided))
        status = weir__fail(&why, WEIR_UNKNOWN, WEIR_RETRY_AFTER_LOOKING, "a fault point took the answer");
    *decision = WEIR__DECISION_MADE;
    first->open = status != WEIR_OK;
    if (status == WEIR_OK)
        return WEIR_OK;
    first->conn->broken = true; /* hung up: what it had not committed can never be */
    weir__pool_give(first->server->pool, weir__session_detach(s, first));
    status = look(s, decision, error);
    if (status != WEIR_OK || *decision == WEIR__DECISION_MADE)
        return status;
    return weir__fail(error, WEIR_CONFLICT, WEIR_RETRY_TRANSACTION,
                      "COMMIT did not come through (%.120s): the transaction is rolled back everywhere", why.text);
}

/* XA COMMIT was refused: is the branch done, for somebody else was quicker? */
static weir_status look_at_branch(weir_session *s, weir__seat *seat, weir__deadline deadline, const weir_error *why)
{
    weir_error ignored;
    bool done = false;
    if (seat->conn->broken || why->server_errno != XAER_NOTA)
        return WEIR_COMMITTED_PENDING;
    weir_status status = weir__decision_branch_done(seat->conn, s->gtrid, deadline, &done, &ignored);
    if (status == WEIR_OK && !done)
        weir__logf(
            &s->client->env.log, WEIR_LOG_ERROR,
            "DAMAGE: transaction %s was decided, but its branch on shard %s is neither prepared nor committed: what it "
            "wrote there is lost",
            s->gtrid, seat->shard->config->name);
    return done ? WEIR_OK : WEIR_COMMITTED_PENDING;
}

static weir_status commit_branch(weir_session *s, weir__seat *seat, void *context, weir_error *error)
{
    const weir__deadline *deadline = context;
    weir_error why;
    edge(s, weir__fault(&s->client->env, two_phase_finish));
    weir_status status = tell(s, seat, "XA COMMIT", true, *deadline, &why);
    if (status != WEIR_OK)
        status = look_at_branch(s, seat, *deadline, &why);
    seat->open = status != WEIR_OK;
    if (status == WEIR_OK)
        return WEIR_OK;
    seat->conn->broken = true;
    return weir__fail(
        error, WEIR_COMMITTED_PENDING, WEIR_RETRY_NEVER,
        "transaction %s is committed; on shard %s that is not yet seen: weir, or `weir resolve`, finishes it", s->gtrid,
        seat->shard->config->name);
}

static weir_status finish(weir_session *s, weir_error *error)
{
    weir__deadline deadline = weir__deadline_in(&s->client->env.clock, FINISH_MS);
    weir_status status = at_once(s, votes, commit_branch, &deadline, error);
    if (status != WEIR_OK)
        weir__resolver_wake(s->client->resolver);
    return status;
}

static weir_status roll_back(weir_session *s, weir__seat *seat, void *context, weir_error *error)
{
    const weir__deadline *deadline = context;
    (void)error; /* it is hung up where that cannot be said */
    weir__seat_rollback(s, seat, *deadline);
    return WEIR_OK;
}

/* The first shard before the branches: nothing can decide any more when they go. */
static void undo(weir_session *s)
{
    weir__deadline deadline = weir__deadline_in(&s->client->env.clock, FINISH_MS);
    weir_error never;
    weir__seat_rollback(s, s->first, deadline);
    edge(s, weir__fault(&s->client->env, two_phase_undo));
    weir_status done = at_once(s, is_other, roll_back, &deadline, &never);
    (void)done;
}

static void hang_up(weir_session *s)
{
    for (weir__seat *seat = s->seats; seat; seat = seat->next)
        if (seat->conn)
            seat->conn->broken = true;
}

weir_status weir__two_phase_commit(weir_session *s, weir__deadline deadline, weir_error *error)
{
    weir__decision decision = WEIR__DECISION_NEVER;
    weir_status status = at_once(s, takes_part, ready, &deadline, error);
    edge(s, weir__fault(&s->client->env, two_phase_ready));
    if (status == WEIR_OK)
        status = at_once(s, must_hold, vote, &deadline, error);
    if (status == WEIR_OK)
        status = decide(s, deadline, &decision, error);
    if (status == WEIR_OK)
        status = finish(s, error);
    else if (decision == WEIR__DECISION_NEVER)
        undo(s);
    else /* nobody knows: prepared branches wait for the resolver */
        hang_up(s);
    return status;
}
