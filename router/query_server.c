/* query_server.c - the part of THE PATH that chooses a server: reads to replicas, all else to the primary. SPDX-License-Identifier: Apache-2.0
 * Called by query.c alone. Not here: who is fresh enough, who is the primary (rw_split.c). */
#include <ctype.h>

#include "base/str.h"
#include "router/balance.h"
#include "router/hint.h"
#include "router/query.h"
#include "router/rw_split.h"

static const weir__plan *plan_of(const weir__statement *q)
{
    return q->lookup.plan;
}

enum { AT_ONCE_MS = 100 }; /* what ran for longer was perhaps killed, and that is meant */

/* START TRANSACTION READ ONLY, and nothing but blanks between the words. */
static bool begins_read_only(weir_str sql)
{
    static const char *const words[] = {"START", "TRANSACTION", "READ", "ONLY"};
    const char *at = sql.data, *end = sql.data + sql.size;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t size = strlen(words[i]);
        const char *from = at;
        while (at < end && isspace((unsigned char)*at))
            at++;
        if ((i > 0 && at == from) || (size_t)(end - at) < size || strncasecmp(at, words[i], size) != 0)
            return false;
        at += size;
    }
    while (at < end && (isspace((unsigned char)*at) || *at == ';'))
        at++;
    return at == end;
}

/* May a hint send it to a replica? Whatever it calls, a replica refuses to write. */
static bool may_be_hinted(const weir__sql_effects *e)
{
    bool read = e->verb == WEIR__VERB_SELECT || e->verb == WEIR__VERB_SHOW || e->verb == WEIR__VERB_EXPLAIN;
    return read && !e->locking_read && !e->into && !e->changes_session && !e->sets_insert_id && !e->user_variable &&
           !e->reads_session;
}

static bool in_transaction(const weir__statement *q)
{
    return q->session->txn != WEIR__TXN_NONE || q->session->begin.sql;
}

/* Does a replica do for it? */
static weir_status is_read(weir__statement *q, bool *read)
{
    const weir__plan *plan = plan_of(q);
    const weir__sql_effects *e = &plan->effects;
    weir__hint hint = weir__hint_of(q->sql);
    *read = plan->role == WEIR__REPLICA;
    if (hint == WEIR__HINT_UNKNOWN)
        return weir__fail(q->error, WEIR_USAGE, WEIR_RETRY_NEVER,
                          "a comment that begins with weir: says primary or replica, nothing else");
    if (in_transaction(q)) {
        *read = q->session->begin.sql && q->session->begin.read_only;
        return WEIR_OK;
    }
    if (e->verb == WEIR__VERB_BEGIN)
        *read = begins_read_only(q->sql);
    if (hint == WEIR__HINT_PRIMARY)
        *read = false;
    if (hint != WEIR__HINT_REPLICA || *read)
        return WEIR_OK;
    if (!may_be_hinted(e))
        return weir__fail(q->error, WEIR_USAGE, WEIR_RETRY_NEVER, "weir: replica is not for this statement: %s",
                          plan->role_reason);
    *read = true;
    return WEIR_OK;
}

/* The same text with the same values, for balance: hash. */
static uint64_t key_of(const weir__statement *q)
{
    uint64_t key = q->sql.size;
    for (size_t i = 0; i < q->sql.size; i++)
        key = (key ^ (unsigned char)q->sql.data[i]) * UINT64_C(1099511628211);
    for (size_t i = 0; i < q->args.count; i++) {
        const weir_value *v = &q->args.values[i];
        const unsigned char *bytes = v->type > WEIR_T_DOUBLE ? v->as.p : NULL;
        key = weir__mix(key ^ (v->type > WEIR_T_DOUBLE ? v->size : v->as.u));
        for (size_t k = 0; bytes && k < v->size; k++)
            key = (key ^ bytes[k]) * UINT64_C(1099511628211);
    }
    return weir__mix(key);
}

/* In a transaction that was begun READ ONLY: what a replica would do otherwise than the primary. */
static bool is_more_than_read(const weir__sql_effects *e)
{
    switch (e->verb) {
    case WEIR__VERB_SELECT:
    case WEIR__VERB_SHOW:
    case WEIR__VERB_EXPLAIN:
    case WEIR__VERB_CALL:
    case WEIR__VERB_OTHER:
        return e->locking_read || e->may_write;
    default: /* what writes is refused by any server in such a transaction */
        return false;
    }
}

static weir_status refuse_in_read_only(weir__statement *q)
{
    return weir__fail(
        q->error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER,
        "the transaction is READ ONLY and may run on a replica, where this statement means something else: "
        "it locks, or may write");
}

/* A connection that the session keeps is used on, or has become useless. */
static weir_status stay(weir__statement *q)
{
    weir__seat *seat = q->seat;
    q->server = seat->server;
    q->reads = true;
    if (seat->conn->in_transaction && seat->read_only && is_more_than_read(&plan_of(q)->effects))
        return refuse_in_read_only(q);
    return weir__split_keep(q->session, seat, q->error);
}

weir_status weir__statement_server(weir__statement *q)
{
    weir_session *s = q->session;
    weir__seat *seat = q->seat;
    bool read = false;
    if (!seat->shard->monitor) {
        q->server = seat->conn ? seat->server : seat->shard->servers[0];
        return WEIR_OK;
    }
    if (seat->conn && (seat->carries_state || seat->conn->in_transaction))
        return stay(q);
    if (seat->conn) /* taken to learn how text is read, from whichever server */
        weir__session_leave(s);
    weir_status status = is_read(q, &read);
    if (status != WEIR_OK)
        return status;
    if (read && in_transaction(q) && is_more_than_read(&plan_of(q)->effects))
        return refuse_in_read_only(q);
    weir__intent intent = weir__split_intent(s, seat, &q->options);
    intent.deadline = q->deadline;
    if (!read)
        intent.level = WEIR_READS_STRONG;
    else if (seat->shard->config->settings.reads.balance == WEIR__BALANCE_HASH)
        intent.key = key_of(q);
    q->reads = in_transaction(q) || intent.level == WEIR_READS_SESSION || intent.level == WEIR_READS_STRONG;
    status = weir__split_choose(s, seat, &intent, &q->server, q->error);
    if (status == WEIR_OK)
        atomic_fetch_add_explicit(&q->server->reads[read ? intent.level : 0], 1, memory_order_relaxed);
    return status;
}

bool weir__statement_move(weir__statement *q, weir_status status)
{
    weir_session *s = q->session;
    weir__seat *seat = q->seat;
    bool sent = seat && seat->conn && (seat->carries_state || s->txn != WEIR__TXN_NONE || s->begin.sql);
    if (!seat || !q->server || !seat->shard->monitor || sent || seat->open || q->moves > seat->shard->server_count)
        return false;
    enum { CONNECTION_KILLED = 1927 };
    if (weir__now(&s->client->env.clock) >= q->deadline || weir__session_cancelled(s) ||
        q->error->server_errno == CONNECTION_KILLED || !weir__split_again(s, seat, q->server, status, q->error))
        return false;
    bool ran = seat->conn && weir__now(&s->client->env.clock) - q->begun_ns > AT_ONCE_MS * UINT64_C(1000000);
    if (ran && !weir__split_is_dead(s, seat, q->deadline))
        return false;
    q->moves++;
    seat->track = (weir__track){.sent = false};
    s->seat = seat;
    weir__session_leave(s);
    weir__rows_free(q->rows); /* it may hold a head, and the failure */
    q->rows = NULL;
    return weir__rows_new(s, &q->rows, q->error) == WEIR_OK;
}
