/* aim_page.c - a page of rows that are on one shard: a scatter of one. SPDX-License-Identifier: Apache-2.0 */
#include "router/aim.h"

/* What the routing had no need to know of the outermost tables. Owns: the caller the tables in own. */
static weir_status look_up(weir__statement *q, const weir__shard_config *shard, weir__merge_table *places,
                           const weir__table **own)
{
    const weir__plan *plan = q->lookup.plan;
    weir_status status = WEIR_OK;
    for (uint32_t i = 0; i < plan->table_count && status == WEIR_OK; i++) {
        const weir__plan_table *t = &plan->tables[i];
        if (places[i].table || t->scope != 0 || t->source != WEIR__SOURCE_BASE || t->schema.size)
            continue;
        status = weir__aim_find(q, NULL, shard, t->name, &own[i], q->error);
        places[i].table = own[i];
    }
    return status;
}

weir_status weir__aim_page(weir__statement *q, const weir__routing *routing, const weir__shard_config *shard)
{
    const weir__plan *plan = q->lookup.plan;
    if (plan->effects.verb != WEIR__VERB_SELECT || !shard)
        return weir__fail(q->error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER, "page: only a SELECT has pages");
    if (plan->table_count == 0)
        return weir__fail(q->error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER, "page: a page needs FROM");
    weir__merge_table *places = weir__aim_places(routing, &q->arena);
    const weir__table **own = weir__arena_array(&q->arena, plan->table_count, sizeof *own);
    if (!places || !own)
        return weir__fail_nomem(q->error);
    weir_status status = look_up(q, shard, places, own);
    weir__target target = {.shard = shard, .sql = q->text};
    const weir__route route = {.routing = routing, .targets = &target, .target_count = 1};
    if (status == WEIR_OK) {
        weir__aim_leave(q);
        status = weir__aim_scatter_of(q, &route, places);
    }
    for (uint32_t i = 0; i < plan->table_count; i++)
        weir__table_unref(own[i]);
    return status;
}
