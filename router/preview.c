/* preview.c - see preview.h. SPDX-License-Identifier: Apache-2.0 */
#include "router/preview.h"

#include "base/limits.h"
#include "base/str.h"
#include "router/aim.h"
#include "router/route/insert_text.h"

enum { HAS_JSON_TABLE = 100600 /* as is assumed of servers that are not asked */ };

static weir_status preview(const weir__routing_context *context, weir_str sql, bool finishes, weir__preview_take *take,
                           void *taker, weir_error *error);

static weir_status split_rows(weir__statement *q, weir__route *route)
{
    for (size_t i = 0; i < route->target_count; i++) {
        weir__target *t = &route->targets[i];
        weir__insert_text text;
        weir__buf sql;
        weir_args args;
        weir__buf_init(&sql, q->arena.mem, WEIR__MAX_STATEMENT_BYTES);
        if (weir__insert_text_read(t->sql, &q->reading, &q->arena, &text) &&
            weir__insert_text_write(&text, t->parts, t->part_count, NULL, q->args, &q->arena, &sql, &args))
            t->sql = (weir_str){weir__arena_text(&q->arena, weir__buf_text(&sql), sql.size), sql.size};
        weir__buf_deinit(&sql);
    }
    return q->arena.failed ? weir__fail_nomem(q->error) : WEIR_OK;
}

/* What each shard is sent, if its rows can be merged. */
static weir_status plan_merge(weir__statement *q, weir__route *route, weir__merge_input *input, weir__foreseen *seen)
{
    for (size_t i = 0; i < route->target_count; i++) {
        weir__merge_plan *plan;
        input->sql = route->targets[i].sql;
        if (!input->sql.data) {
            route->why = weir__view("its rows are in several of the tables behind one name");
            return WEIR_OK;
        }
        weir_status status = weir__merge_plan_build(input, &q->arena, &plan, q->error);
        if (status != WEIR_OK)
            return status;
        if (plan->refused) {
            route->why = weir__view(plan->refused);
            return WEIR_OK;
        }
        if (i == 0)
            seen->merge = plan;
        route->targets[i].sql = plan->sql;
    }
    return WEIR_OK;
}

static void take_part(void *taker, const weir__foreseen *seen)
{
    *(bool *)taker = !seen->route->refusal || seen->merge;
}

/* Would all of its parts be answered? */
static weir_status try_parts(const weir__routing_context *context, const weir__finish *finish, bool *good,
                             weir_error *error)
{
    weir_status status = WEIR_OK;
    *good = true;
    for (uint32_t i = 0; i < finish->part_count && status == WEIR_OK && *good; i++)
        status = preview(context, finish->parts[i].text.sql, false, take_part, good, error);
    return status;
}

/* The first way of finishing that does. */
static weir_status plan_finish(weir__statement *q, const weir__routing_context *context, weir__merge_input *input,
                               weir__foreseen *seen)
{
    const char *zone = context->database ? context->database->shards[0].settings.connection.time_zone : NULL;
    const weir__sql_effects *e = &q->lookup.plan->effects;
    if (e->verb != WEIR__VERB_SELECT || e->may_write || e->locking_read)
        return WEIR_OK;
    input->sql = q->sql;
    input->reading.version = HAS_JSON_TABLE;
    input->fixed_zone = zone && (*zone == '+' || *zone == '-');
    for (unsigned way = 0; way < WEIR__FINISH_WAYS && !seen->finish; way++) {
        weir__finish *finish;
        bool good = false;
        weir_status status = weir__finish_plan(input, (weir__finish_way)way, &q->arena, &finish, q->error);
        if (status == WEIR_OK && !finish->refused)
            status = try_parts(context, finish, &good, q->error);
        if (status != WEIR_OK)
            return status;
        seen->way = (weir__finish_way)way;
        seen->finish = good ? finish : NULL;
    }
    return WEIR_OK;
}

static weir_status plan_several(weir__statement *q, const weir__routing_context *context, weir__route *route,
                                bool finishes, weir__foreseen *seen)
{
    weir__merge_input input = {.reading = q->reading, .plan = q->lookup.plan, .args = q->args};
    input.tables = weir__aim_places(route->routing, &q->arena);
    weir_status status = input.tables ? WEIR_OK : weir__fail_nomem(q->error);
    if (status == WEIR_OK && route->refusal == WEIR__REFUSAL_scatter_read)
        status = plan_merge(q, route, &input, seen);
    if (status == WEIR_OK && !seen->merge && finishes)
        status = plan_finish(q, context, &input, seen);
    return status;
}

/* finishes: what cannot be merged may be finished by one server; what is read for that may not. */
static weir_status preview(const weir__routing_context *context, weir_str sql, bool finishes, weir__preview_take *take,
                           void *taker, weir_error *error)
{
    const weir__route_options options = {.describe = true};
    weir__statement *q = weir__new(&context->env->mem, sizeof *q); /* as the path's, but for what only a server tells */
    weir__routing *routing = NULL;
    weir__route *route = NULL;
    weir__plan *plan = NULL;
    weir__foreseen seen = {NULL, NULL, NULL, WEIR__FINISH_GROUPS};
    if (!q)
        return weir__fail_nomem(error);
    q->sql = sql;
    q->error = error;
    q->reading = (weir__lex_options){.flavour = WEIR__MARIADB};
    weir__arena_init(&q->arena, &context->env->mem, WEIR__MAX_PLAN_BYTES);
    weir_status status = weir__plan_build(sql, &q->reading, context->env, &plan, error);
    if (status == WEIR_OK) {
        q->lookup.plan = plan;
        q->lookup.sql = sql;
        q->lookup.reading = q->reading;
        q->lookup.parameters = plan->parameters;
        status = weir__routing_new(&q->lookup, context, &routing, error);
    }
    if (status == WEIR_OK)
        status = weir__route_new(routing, &q->lookup, &options, &q->arena, &route, error);
    if (status == WEIR_OK && route->several && route->by_rows)
        status = split_rows(q, route);
    if (status == WEIR_OK &&
        (route->refusal == WEIR__REFUSAL_scatter_read || route->refusal == WEIR__REFUSAL_cross_shard))
        status = plan_several(q, context, route, finishes, &seen);
    seen.route = route;
    if (status == WEIR_OK)
        take(taker, &seen);
    weir__routing_free(routing);
    weir__arena_deinit(&q->arena);
    weir__plan_unref(plan);
    weir__free(&context->env->mem, q);
    return status;
}

weir_status weir__preview_with(const weir__routing_context *context, weir_str sql, weir__preview_take *take,
                               void *taker, weir_error *error)
{
    return preview(context, sql, true, take, taker, error);
}

weir_status weir__preview(weir_session *session, weir_str sql, weir__preview_take *take, void *taker, weir_error *error)
{
    const weir__env *env = &session->client->env;
    weir__statement *q = weir__new(&env->mem, sizeof *q); /* who asks the catalog */
    if (!q)
        return weir__fail_nomem(error);
    q->session = session;
    q->error = error;
    q->deadline = weir__session_deadline(session, 0);
    const weir__routing_context context = weir__aim_context(q);
    weir_status status = weir__preview_with(&context, sql, take, taker, error);
    weir__free(&env->mem, q);
    return status;
}
