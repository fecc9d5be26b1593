/* aim_scatter.c - a read of several shards: where its tables are, for the merge, and the servers it goes to. SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"
#include "drivers/settings.h"
#include "router/aim.h"
#include "router/exec/scatter.h"
#include "router/finish.h"

static weir_status refuse(weir__statement *q, const char *why)
{
    return weir__fail(q->error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER, "scatter_read: %s", why);
}

/* The plan's tables as the merge sees them; those that are no tables of the servers stay ELSEWHERE, which is looked at of tables only. */
weir__merge_table *weir__aim_places(const weir__routing *routing, weir__arena *arena)
{
    weir__merge_table *places = weir__arena_array(arena, routing->plan->table_count, sizeof *places);
    for (uint32_t i = 0; places && i < routing->table_count; i++) {
        const weir__routed_table *t = &routing->tables[i];
        weir__merge_table *place = &places[t->table];
        place->table = t->info;
        place->placement = t->shard;
        if (t->spot == WEIR__SPOT_ANYWHERE)
            place->spread = WEIR__SPREAD_ALIKE;
        if (t->spot != WEIR__SPOT_SPREAD)
            continue;
        place->spread = WEIR__SPREAD_BY_KEY;
        place->placement = t->rule->with ? t->rule->with : t->rule;
        place->key = t->rule->shard_by;
    }
    return places;
}

/* Within a transaction all of it stands or falls. */
static bool wants_partial(const weir__statement *q)
{
    return q->options.allow_partial && q->session->txn == WEIR__TXN_NONE;
}

/* Its answer is asked for without shards that have no server to read from. */
static bool may_be_missing(const weir__statement *q, weir_status status)
{
    return wants_partial(q) && (status == WEIR_UNREACHABLE || status == WEIR_STALE || status == WEIR_TIMEOUT) &&
           !weir__session_cancelled(q->session);
}

/* In the order of the shards, for each the server that would take such a statement. */
static weir_status choose_targets(weir__statement *q, const weir__route *route, weir__scatter_target **out)
{
    weir__scatter_target *targets = weir__arena_array(&q->arena, route->target_count, sizeof *targets);
    weir_status status = targets ? WEIR_OK : weir__fail_nomem(q->error);
    const weir__clock *clock = &q->session->client->env.clock;
    weir__deadline whole = q->deadline;
    for (size_t i = 0; i < route->target_count && status == WEIR_OK; i++) {
        weir__shard *shard = weir__topology_shard(q->session->topology, route->targets[i].shard);
        q->seat = weir__session_seat(q->session, shard);
        if (wants_partial(q)) /* a shard without a server leaves time for the others */
            q->deadline = weir__deadline_in(clock, weir__deadline_left(clock, whole) / 4);
        status = q->seat ? weir__statement_server(q) : weir__fail_nomem(q->error);
        if (status == WEIR_OK || may_be_missing(q, status))
            targets[i] = (weir__scatter_target){.seat = q->seat, .sql = route->targets[i].sql};
        if (status == WEIR_OK)
            targets[i].server = q->server;
        else if (targets[i].seat)
            targets[i].error = *q->error;
        if (targets[i].seat)
            status = WEIR_OK;
    }
    q->deadline = whole;
    q->seat = NULL;
    q->server = NULL;
    *out = targets;
    return status;
}

/* What was set on one connection, or a transaction that a procedure began there, does not go along to other shards. */
static bool holds_one(const weir_session *s)
{
    for (const weir__seat *seat = s->seats; seat; seat = seat->next)
        if (seat->conn && (seat->carries_state || (s->txn == WEIR__TXN_OPEN && !s->begin.sql)))
            return true;
    return false;
}

/* NULL: no pages are asked for, or no memory. */
static weir__page *page_of(weir__statement *q, size_t targets)
{
    const weir_session *s = q->session;
    weir__page *page = q->options.page ? weir__arena_take(&q->arena, sizeof *page) : NULL;
    const char *zone = weir__settings_get(s->settings, WEIR__SETTING_time_zone);
    if (page)
        *page = (weir__page){
            .token = weir__view(q->options.page),
            .text = q->sql,
            .database = weir__view(s->database->config->name),
            .zone = zone ? zone : s->database->shards[0].servers[0]->endpoint.time_zone,
            .several = targets > 1,
        };
    return page;
}

weir_status weir__aim_scatter_of(weir__statement *q, const weir__route *route, const weir__merge_table *tables)
{
    weir_session *s = q->session;
    uint64_t configured = s->database->settings->limits.bytes;
    weir__scatter_target *targets;
    weir_status status = choose_targets(q, route, &targets);
    if (status != WEIR_OK)
        return status;
    const weir__sql_effects *e = &q->lookup.plan->effects;
    const weir__scatter_what what = {
        .targets = targets,
        .count = route->target_count,
        .plan = q->lookup.plan,
        .tables = tables,
        .reading = q->reading,
        .args = q->args,
        .reads = q->reads,
        .locks = weir__statement_locks(s, e),
        .keep = !s->settings && !e->reads_session && !e->system_variable && !e->into,
        .partial = wants_partial(q),
        .max_bytes = q->options.max_bytes ? q->options.max_bytes : configured,
        .page = page_of(q, route->target_count),
    };
    if (!what.tables || (q->options.page && !what.page))
        return weir__fail_nomem(q->error);
    return weir__scatter_new(s, &what, q->error);
}

void weir__aim_leave(weir__statement *q)
{
    const weir__seat *seat = q->seat;
    if (seat && (weir__scatter_is(q->session) || !(seat->conn && (seat->conn->in_transaction || seat->carries_state))))
        weir__session_leave(q->session);
    q->seat = NULL;
}

weir_status weir__aim_scatter(weir__statement *q, const weir__route *route)
{
    weir_session *s = q->session;
    if (q->lookup.plan->effects.verb != WEIR__VERB_SELECT)
        return weir__route_refuse(route, q->error);
    if (q->lookup.plan->effects.sets_insert_id)
        return refuse(q, "LAST_INSERT_ID(..) is evaluated on one server");
    if (holds_one(s))
        return refuse(q, "the session holds a connection to one shard with a state of its own: give the shard key");
    if (weir__settings_get(s->settings, WEIR__SETTING_sql_select_limit))
        return refuse(q, "sql_select_limit is set, and each shard would hold to it by itself: write LIMIT");
    for (size_t i = 0; i < route->target_count; i++)
        if (!route->targets[i].sql.data)
            return refuse(q, "its rows are in several of the tables behind one name");
    if (route->scatter == WEIR__SCATTER_WARN)
        weir__logf(&s->client->env.log, WEIR_LOG_WARNING,
                   "a statement without a shard key goes to %zu shards of database %s (scatter: warn)",
                   route->target_count, s->database->config->name);
    weir__aim_leave(q);
    weir_status status = weir__aim_scatter_of(q, route, weir__aim_places(route->routing, &q->arena));
    if (status == WEIR_UNSUPPORTED && !q->options.page)
        weir__finish_keep(q, route->routing);
    return status;
}
