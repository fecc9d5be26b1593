/* preview.c - see preview.h. SPDX-License-Identifier: Apache-2.0 */
#include "router/preview.h"

#include "base/limits.h"
#include "router/aim.h"

weir_status weir__preview(weir_session *session, weir_str sql, void (*take)(void *context, const weir__route *route),
                          void *context, weir_error *error)
{
    const weir__env *env = &session->client->env;
    const weir__route_options options = {.describe = true};
    weir__statement *q = weir__new(&env->mem, sizeof *q); /* as the path's, but for what only a server tells */
    weir__routing *routing = NULL;
    weir__route *route = NULL;
    weir__plan *plan = NULL;
    if (!q)
        return weir__fail_nomem(error);
    q->session = session;
    q->sql = sql;
    q->error = error;
    q->reading = (weir__lex_options){.flavour = WEIR__MARIADB};
    q->deadline = weir__session_deadline(session, 0);
    weir__arena_init(&q->arena, &env->mem, WEIR__MAX_PLAN_BYTES);
    weir_status status = weir__plan_build(sql, &q->reading, env, &plan, error);
    if (status == WEIR_OK) {
        q->lookup.plan = plan;
        q->lookup.sql = sql;
        q->lookup.reading = q->reading;
        q->lookup.parameters = plan->parameters;
        status = weir__aim_routing(q, &routing);
    }
    if (status == WEIR_OK)
        status = weir__route_new(routing, &q->lookup, &options, &q->arena, &route, error);
    if (status == WEIR_OK)
        take(context, route);
    weir__routing_free(routing);
    weir__arena_deinit(&q->arena);
    weir__plan_unref(plan);
    weir__free(&env->mem, q);
    return status;
}
