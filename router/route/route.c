/* route.c - one statement's decision. SPDX-License-Identifier: Apache-2.0 */
#include "router/route/route.h"

#include "base/limits.h"
#include "base/str.h"
#include "router/route/bind.h"

enum { MOST_WHY = 1024 };

void weir__bind_refuse(weir__binding *b, weir__refusal refusal, uint32_t at, const char *format, ...)
{
    weir__route *route = b->route;
    weir__buf text;
    va_list args;
    if (route->refusal != WEIR__REFUSAL_none)
        return;
    route->refusal = refusal;
    route->at = at;
    weir__buf_init(&text, b->arena->mem, MOST_WHY);
    va_start(args, format);
    weir__buf_addfv(&text, format, args);
    va_end(args);
    char *copy = text.size ? weir__arena_text(b->arena, weir__buf_text(&text), text.size) : NULL;
    route->why = copy ? (weir_str){copy, text.size} : weir__view(weir__refusal_about(refusal));
    weir__buf_deinit(&text);
}

/* Tables that are everywhere are written everywhere. */
static void to_all(weir__binding *b)
{
    const weir__database_config *database = b->routing->database;
    weir__route *route = b->route;
    route->targets = weir__arena_array(b->arena, database->shard_count, sizeof *route->targets);
    for (size_t i = 0; route->targets && i < database->shard_count; i++)
        route->targets[i] =
            (weir__target){.shard = &database->shards[i], .sql = weir__bind_text(b, &database->shards[i], NULL)};
    route->target_count = route->target_total = database->shard_count;
    route->several = true;
}

/* The commonest: nothing of the statement is spread. */
static void to_fixed(weir__binding *b)
{
    const weir__routing *r = b->routing;
    const weir__shard_config *shard = NULL;
    for (uint32_t i = 0; i < r->table_count; i++) {
        const weir__routed_table *t = &r->tables[i];
        if (t->spot != WEIR__SPOT_FIXED)
            continue;
        if (shard && shard != t->shard) {
            weir__bind_refuse(b, WEIR__REFUSAL_cross_shard, WEIR__NONE,
                              "its tables are on %s and on %s, and a statement runs on one shard", shard->name,
                              t->shard->name);
            return;
        }
        shard = t->shard;
    }
    if (r->defines)
        shard = r->defined_on;
    if (r->writes_alike || (r->defines && !shard)) {
        to_all(b);
        return;
    }
    b->route->any = !shard && r->database->shard_count > 1;
    weir__target *target = weir__arena_take(b->arena, sizeof *target);
    if (!target)
        return;
    target->shard = shard ? shard : r->database->shards;
    target->sql = weir__bind_text(b, target->shard, NULL);
    b->route->targets = target;
    b->route->target_count = b->route->target_total = 1;
}

/* Rows whose key changes: they stay where they are, or go from one place to one other. */
static void move(weir__binding *b)
{
    const weir__routing *r = b->routing;
    const weir__routed_table *t = &r->tables[r->assigned_table];
    weir__route *route = b->route;
    const weir__target *from = route->targets;
    const weir__shard_config *shard = t->placer->shard(&t->rule->method, b->new_unit);
    int64_t table = weir__place_table(t->rule, b->new_unit);
    if (!from || (!route->several && from->shard == shard && from->table == table))
        return;
    const char *why = route->several ? "rows of several shards would get one key: give the old one by =" : r->stays;
    if (why) {
        route->several = false;
        weir__bind_refuse(b, WEIR__REFUSAL_key_changed, WEIR__NONE,
                          "%s is the shard key of %s, and by the new one the row belongs elsewhere: %s",
                          t->rule->shard_by, t->rule->label, why);
        return;
    }
    weir__target *targets = weir__arena_array(b->arena, 2, sizeof *targets);
    if (!targets)
        return;
    targets[0] = *from;
    targets[1] = (weir__target){.shard = shard, .table = table, .sql = from->sql};
    route->targets = targets;
    route->target_count = route->target_total = 2;
    route->moves = true;
}

static void bind(weir__binding *b)
{
    const weir__routing *r = b->routing;
    bool spread = false;
    for (uint32_t i = 0; i < r->table_count && !spread; i++)
        spread = r->tables[i].spot == WEIR__SPOT_SPREAD;
    if (!spread) {
        to_fixed(b);
        return;
    }
    weir__units *units = weir__arena_array(b->arena, r->table_count, sizeof *units);
    if (!units)
        return;
    if (r->key_assigned)
        weir__bind_assigned(b);
    for (uint32_t i = 0; i < r->table_count; i++)
        if (r->tables[i].spot == WEIR__SPOT_SPREAD)
            units[i] = i == r->target && !r->from_query ? weir__bind_rows(b) : weir__bind_known(b, &r->tables[i]);
    if (b->route->refusal == WEIR__REFUSAL_none)
        weir__bind_targets(b, units);
    if (b->route->refusal == WEIR__REFUSAL_none && b->moves && !b->route->empty)
        move(b);
}

weir_status weir__route_new(const weir__routing *routing, const weir__lookup *lookup,
                            const weir__route_options *options, weir__arena *arena, weir__route **out,
                            weir_error *error)
{
    weir__route *route = weir__arena_take(arena, sizeof *route);
    weir__binding b = {
        .routing = routing,
        .lookup = lookup,
        .args = options->args,
        .arena = arena,
        .route = route,
        .describe = options->describe,
        .ids = options->ids,
        .max_shards = options->max_shards ? options->max_shards : routing->database->settings.limits.shards,
    };
    *out = route;
    if (!route)
        return weir__fail_nomem(error);
    route->routing = routing;
    route->role = routing->plan->role;
    route->at = WEIR__NONE;
    route->refusal = routing->refusal;
    route->why = weir__view(routing->why);
    if (routing->refusal == WEIR__REFUSAL_none)
        bind(&b);
    if (!arena->failed)
        return WEIR_OK;
    if (arena->failed == WEIR_NOMEM)
        return weir__fail_nomem(error);
    return weir__fail(error, WEIR_LIMIT, WEIR_RETRY_NEVER, "finding the shards of the statement takes too much memory");
}

weir_status weir__route_refuse(const weir__route *route, weir_error *error)
{
    weir_status status = route->refusal == WEIR__REFUSAL_too_many_shards ? WEIR_LIMIT : WEIR_UNSUPPORTED;
    weir__fail(error, status, WEIR_RETRY_NEVER, "%s: %.*s", weir__refusal_word(route->refusal), WEIR__STR(route->why));
    if (route->at != WEIR__NONE)
        error->sql_offset = route->at;
    return status;
}
