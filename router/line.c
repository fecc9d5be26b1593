/* line.c - dialling and hanging up. SPDX-License-Identifier: Apache-2.0 */
#include "router/line.h"

#include "router/health.h"

void weir__line_drop(const weir__env *env, weir__line **line)
{
    weir__line *l = *line;
    *line = NULL;
    if (!l)
        return;
    l->conn->driver->close(l->conn);
    weir__pool_unref(l->pool);
    weir__free(&env->mem, l);
}

weir_status weir__line_call(const weir__env *env, weir__pool *pool, weir__line **line, weir_error *error)
{
    const weir__endpoint *endpoint = weir__pool_endpoint(pool);
    weir__line *l = *line;
    if (l && l->pool == pool && !l->conn->broken && l->conn->driver->alive(l->conn)) {
        l->used = true;
        return WEIR_OK;
    }
    weir__line_drop(env, line);
    l = weir__new(&env->mem, sizeof *l);
    if (!l)
        return weir__fail_nomem(error);
    weir__deadline deadline = weir__deadline_in(&env->clock, endpoint->connect_ms);
    weir_status status = weir__pool_driver(pool)->open(env, endpoint, deadline, &l->conn, error);
    if (status != WEIR_OK) {
        weir__free(&env->mem, l);
        return status;
    }
    l->pool = weir__pool_ref(pool);
    *line = l;
    return WEIR_OK;
}

uint32_t weir__line_primary(const weir__env *env, const weir__shard *shard)
{
    weir__monitor *m = shard->monitor;
    if (!m)
        return 0;
    weir__deadline until = weir__deadline_in(&env->clock, shard->config->settings.timeouts.connect_ms);
    weir__monitor_begin(m);
    pthread_mutex_lock(&m->lock);
    while (m->group.primary == WEIR__NO_MEMBER && weir__now(&env->clock) < until) {
        weir__monitor_hurry(m);
        weir__monitor_wait(m, until);
    }
    uint32_t primary = m->group.primary;
    pthread_mutex_unlock(&m->lock);
    return primary;
}

weir_status weir__line_call_primary(const weir__env *env, const weir__shard *shard, weir__line **line,
                                    weir_error *error)
{
    uint32_t primary = weir__line_primary(env, shard);
    if (primary != WEIR__NO_MEMBER)
        return weir__line_call(env, shard->servers[primary]->pool, line, error);
    return weir__fail(error, WEIR_UNREACHABLE, WEIR_RETRY_CALL, "shard %s has no primary now; nothing was changed",
                      shard->config->name);
}
