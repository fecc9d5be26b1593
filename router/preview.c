/* preview.c - see preview.h. SPDX-License-Identifier: Apache-2.0 */
#include "router/preview.h"

#include "base/limits.h"
#include "base/str.h"
#include "router/aim.h"
#include "router/route/insert_text.h"

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
static weir_status plan_merge(weir__statement *q, weir__route *route)
{
    weir__merge_input input = {.reading = q->reading, .plan = q->lookup.plan, .args = q->args};
    input.tables = weir__aim_places(route->routing, &q->arena);
    weir_status status = input.tables ? WEIR_OK : weir__fail_nomem(q->error);
    route->merges = true;
    for (size_t i = 0; i < route->target_count && status == WEIR_OK && route->merges; i++) {
        weir__merge_plan *plan;
        input.sql = route->targets[i].sql;
        if (!input.sql.data) {
            route->merges = false;
            route->why = weir__view("its rows are in several of the tables behind one name");
            break;
        }
        status = weir__merge_plan_build(&input, &q->arena, &plan, q->error);
        if (status == WEIR_OK && plan->refused) {
            route->merges = false;
            route->why = weir__view(plan->refused);
        } else if (status == WEIR_OK) {
            route->targets[i].sql = plan->sql;
        }
    }
    return status;
}

weir_status weir__preview_with(const weir__routing_context *context, weir_str sql, weir__preview_take *take,
                               void *taker, weir_error *error)
{
    const weir__route_options options = {.describe = true};
    weir__statement *q = weir__new(&context->env->mem, sizeof *q); /* as the path's, but for what only a server tells */
    weir__routing *routing = NULL;
    weir__route *route = NULL;
    weir__plan *plan = NULL;
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
    if (status == WEIR_OK && route->refusal == WEIR__REFUSAL_scatter_read)
        status = plan_merge(q, route);
    if (status == WEIR_OK)
        take(taker, route);
    weir__routing_free(routing);
    weir__arena_deinit(&q->arena);
    weir__plan_unref(plan);
    weir__free(&context->env->mem, q);
    return status;
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
