/* line.c - dialling and hanging up. SPDX-License-Identifier: Apache-2.0 */
#include "router/line.h"

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
