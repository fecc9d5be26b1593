/* aim.c - see aim.h. SPDX-License-Identifier: Apache-2.0 */
#include "router/aim.h"

#include <stdio.h>

#include "base/str.h"
#include "router/finish.h"
#include "router/route/route.h"

enum { MOST_NAME = 256 };

weir_status weir__aim_find(void *context, const weir__table_config *rule, const weir__shard_config *shard,
                           weir_str name, const weir__table **out, weir_error *error)
{
    const weir__statement *q = context;
    weir__catalog *catalog = q->session->client->catalog;
    weir__table *table = NULL;
    weir_status status;
    *out = NULL;
    if (rule) {
        status = weir__catalog_find_rule(catalog, rule, q->deadline, &table, error);
    } else {
        char text[MOST_NAME];
        if (name.size >= sizeof text)
            return WEIR_OK; /* no server has a name so long */
        snprintf(text, sizeof text, "%.*s", WEIR__STR(name));
        weir__table_name asked = {.database = shard->database->name, .shard = shard->name, .table = text, .suffix = ""};
        status = weir__catalog_find(catalog, &asked, q->deadline, &table, error);
    }
    *out = table;
    return status;
}

weir__routing_context weir__aim_context(weir__statement *q)
{
    return (weir__routing_context){
        .env = &q->session->client->env,
        .config = q->session->topology->config,
        .database = q->session->database->config,
        .find = weir__aim_find,
        .context = q,
    };
}

/* The plan's routing; *own: it is to be freed after use. */
static weir_status take_routing(weir__statement *q, weir__routing **routing, bool *own)
{
    weir__plan *plan = (weir__plan *)(uintptr_t)q->lookup.plan; /* of a plan, this is the one thing that comes later */
    *own = false;
    *routing = (weir__routing *)atomic_load_explicit(&plan->annex, memory_order_acquire);
    if (*routing)
        return WEIR_OK;
    const weir__routing_context context = weir__aim_context(q);
    weir_status status = weir__routing_new(&q->lookup, &context, routing, q->error);
    if (status != WEIR_OK)
        return status;
    *own = !(*routing)->kept;
    if (*own)
        return WEIR_OK;
    weir__plan_annex *first = NULL;
    if (atomic_compare_exchange_strong_explicit(&plan->annex, &first, &(*routing)->annex, memory_order_acq_rel,
                                                memory_order_acquire))
        return WEIR_OK;
    weir__routing_free(*routing); /* another thread was faster */
    *routing = (weir__routing *)first;
    return WEIR_OK;
}

/* Where any shard would do: where the session is, else one of them, others for other sessions. */
static const weir__shard_config *choose(const weir_session *s, const weir__database_config *database)
{
    for (const weir__seat *seat = s->seats; seat; seat = seat->next)
        if (seat->conn && seat->shard->config->database == database)
            return seat->shard->config;
    return &database->shards[((uintptr_t)s >> 6) % database->shard_count];
}

/* A transaction that was begun on one connection, and what was set there, do not go along to another shard; nor may a transaction write
 * on two where weir.yaml forbids it. */
static weir_status check_seats(weir__statement *q, const weir__shard *shard)
{
    const weir_session *s = q->session;
    for (const weir__seat *seat = s->seats; seat; seat = seat->next) {
        if (!seat->conn || seat->shard == shard || seat == q->seat)
            continue;
        if (seat->carries_state || (s->txn == WEIR__TXN_OPEN && !s->begin.sql))
            return weir__fail(
                q->error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER,
                "session_state: the session holds a connection to shard %s with %s, and this statement is for "
                "shard %s",
                seat->shard->config->name, seat->carries_state ? "a state of its own" : "its transaction",
                shard->config->name);
        if (s->txn == WEIR__TXN_OPEN && seat->wrote && q->lookup.plan->effects.may_write &&
            s->database->settings->transactions == WEIR__ONE_SHARD)
            return weir__fail(q->error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER,
                              "multi_shard_write: the transaction has written on shard %s, this is for shard %s, and "
                              "transactions: one_shard allows one",
                              seat->shard->config->name, shard->config->name);
    }
    return WEIR_OK;
}

static weir_status write_several(weir__statement *q, const weir__route *route, const uint64_t *ids)
{
    weir_status status = WEIR_OK;
    for (size_t i = 0; i < route->target_count && status == WEIR_OK; i++)
        status = check_seats(q, weir__topology_shard(q->session->topology, route->targets[i].shard));
    if (status != WEIR_OK)
        return status;
    return route->moves ? weir__aim_move(q, route) : weir__aim_write(q, route, ids);
}

/* Any shard that has all of its tables: rows do not matter. */
static weir_status pin(weir__statement *q, const weir__route *route, const weir__shard_config **shard)
{
    const weir__routing *r = route->routing;
    const weir__shard_config *fixed = NULL;
    const weir__target *found = NULL;
    for (uint32_t i = 0; i < r->table_count; i++)
        if (r->tables[i].spot == WEIR__SPOT_FIXED)
            fixed = r->tables[i].shard;
    for (size_t i = 0; i < route->target_count && !found; i++)
        if (!fixed || route->targets[i].shard == fixed)
            found = &route->targets[i];
    if (!found || !found->sql.data)
        return weir__route_refuse(route, q->error);
    q->text = found->sql;
    *shard = found->shard;
    return WEIR_OK;
}

static weir_status bind(weir__statement *q, const weir__routing *routing, const weir__shard_config **shard)
{
    weir__route_options options = {.args = q->args, .max_shards = q->options.max_shards, .describe = true};
    weir__route *route;
    weir_status status = WEIR_OK;
    weir__arena_reset(&q->arena);
    q->first_id = 0;
    if (routing->ids && routing->refusal == WEIR__REFUSAL_none)
        status = weir__aim_ids(q, routing, &options.ids);
    if (status != WEIR_OK)
        return status;
    status = weir__route_new(routing, &q->lookup, &options, &q->arena, &route, q->error);
    if (status != WEIR_OK)
        return status;
    bool several = route->refusal == WEIR__REFUSAL_scatter_read || route->refusal == WEIR__REFUSAL_cross_shard;
    if (several && q->pinned)
        return pin(q, route, shard);
    if (route->refusal == WEIR__REFUSAL_scatter_read)
        return weir__aim_scatter(q, route);
    if (route->refusal == WEIR__REFUSAL_cross_shard)
        weir__finish_keep(q, routing);
    if (route->refusal != WEIR__REFUSAL_none)
        return weir__route_refuse(route, q->error);
    if (routing->defines && q->session->txn != WEIR__TXN_NONE)
        return weir__fail(q->error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER,
                          "definition: it would commit the transaction that is open, shard by shard: COMMIT first");
    if (q->options.page && (route->moves || route->several || q->first_id))
        return weir__aim_page(q, routing, NULL);
    if (route->moves || route->several)
        return write_several(q, route, options.ids);
    q->text = route->targets[0].sql;
    if (q->first_id && (status = weir__aim_insert(q, route, options.ids)) != WEIR_OK)
        return status;
    *shard = route->any && !routing->splice_count ? choose(q->session, routing->database) : route->targets[0].shard;
    if (weir__fault(&q->session->client->env, wrong_shard))
        *shard = &routing->database
                      ->shards[(size_t)(*shard - routing->database->shards + 1) % routing->database->shard_count];
    return WEIR_OK;
}

weir_status weir__aim(weir__statement *q, weir__shard **shard)
{
    weir__routing *routing;
    const weir__shard_config *found = NULL;
    bool own;
    weir_status status = take_routing(q, &routing, &own);
    if (status != WEIR_OK)
        return status;
    found = routing->direct;
    if (!found)
        status = bind(q, routing, &found);
    if (status == WEIR_OK && found) {
        *shard = weir__topology_shard(q->session->topology, found);
        status = check_seats(q, *shard);
        if (status == WEIR_OK && q->options.page)
            status = weir__aim_page(q, routing, found);
    }
    if (own)
        weir__routing_free(routing);
    return status;
}
