/* aim_write.c - a write of several shards, or one whose ids weir makes: what each shard is sent. SPDX-License-Identifier: Apache-2.0 */
#include "base/limits.h"
#include "base/str.h"
#include "router/aim.h"
#include "router/exec/write.h"
#include "router/merge/plan.h"
#include "router/route/insert_text.h"

/* ---- ids ---- */

weir_status weir__aim_ids(weir__statement *q, const weir__routing *routing, const uint64_t **ids)
{
    weir__ids_wanted wanted;
    weir_status status = weir__route_ids_wanted(routing, &q->lookup, q->args, &q->arena, &wanted, q->error);
    if (status != WEIR_OK)
        return status;
    if (wanted.refused)
        return weir__fail(q->error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER, "%s: %s of %s: %s",
                          weir__refusal_word(WEIR__REFUSAL_auto_increment), routing->ids->ids.column,
                          routing->ids->label, wanted.refused);
    *ids = wanted.of_row;
    if (wanted.count == 0)
        return WEIR_OK;
    uint64_t *made = weir__arena_array(&q->arena, wanted.count, sizeof *made);
    if (!made)
        return weir__fail_nomem(q->error);
    status = weir__ids_take(q->session->client->ids, routing->ids, q->deadline, made, wanted.count, q->error);
    for (uint32_t i = 0, next = 0; i < wanted.row_count && status == WEIR_OK; i++)
        wanted.of_row[i] = wanted.of_row[i] ? made[next++] : 0;
    q->first_id = status == WEIR_OK ? made[0] : 0;
    return status;
}

/* ---- texts ---- */

static weir_status not_read(weir__statement *q)
{
    if (q->arena.failed == WEIR_LIMIT)
        return weir__fail(q->error, WEIR_LIMIT, WEIR_RETRY_NEVER,
                          "splitting the rows of the statement takes too much memory");
    if (q->arena.failed)
        return weir__fail_nomem(q->error);
    return weir__fail(q->error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER, "%s: the rows were not found again in its text",
                      weir__refusal_word(WEIR__REFUSAL_not_understood));
}

/* The INSERT for one target: its rows, with the ids that were made. text: of target->sql, read already if it is that. */
static weir_status write_insert(weir__statement *q, const weir__target *target, const weir__routing *routing,
                                const uint64_t *ids, weir__insert_text *text, weir__write_text *out)
{
    const weir__insert_ids made = {ids, routing->id_cell, routing->ids ? routing->ids->ids.column : NULL};
    weir__buf sql;
    if (text->sql.data != target->sql.data && (!weir__insert_text_read(target->sql, &q->reading, &q->arena, text) ||
                                               text->row_count != weir__row_count(&q->lookup)))
        return not_read(q);
    weir__buf_init(&sql, &q->session->client->env.mem, WEIR__MAX_STATEMENT_BYTES);
    bool done = weir__insert_text_write(text, target->parts, target->part_count ? target->part_count : text->row_count,
                                        q->first_id ? &made : NULL, q->args, &q->arena, &sql, &out->args);
    char *copy = done ? weir__arena_text(&q->arena, weir__buf_text(&sql), sql.size) : NULL;
    weir_status failed = sql.failed;
    out->sql = (weir_str){copy, sql.size};
    weir__buf_deinit(&sql);
    if (failed == WEIR_LIMIT)
        return weir__fail(q->error, WEIR_LIMIT, WEIR_RETRY_NEVER, "the statement with its ids has more than %d bytes",
                          WEIR__MAX_STATEMENT_BYTES);
    return copy ? WEIR_OK : failed ? weir__fail_nomem(q->error) : not_read(q);
}

weir_status weir__aim_insert(weir__statement *q, const weir__route *route, const uint64_t *ids)
{
    weir__insert_text text = {.row_count = 0};
    weir__write_text out;
    weir_status status = write_insert(q, &route->targets[0], route->routing, ids, &text, &out);
    if (status == WEIR_OK) {
        q->text = out.sql;
        q->values = out.args;
    }
    return status;
}

/* ---- several shards ---- */

static weir_status refuse(weir__statement *q, weir__refusal word, const char *why)
{
    return weir__fail(q->error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER, "%s: %s", weir__refusal_word(word), why);
}

/* Does each shard see all that its own rows need? Rows of an INSERT need nothing. */
static weir_status check_apart(weir__statement *q, const weir__routing *routing)
{
    const weir__plan *plan = q->lookup.plan;
    uint32_t scope = routing->from_query ? plan->insert->source : 0, at = 0;
    const weir__plan_scope *source = &plan->scopes[scope];
    if (routing->from_query && (source->limited || source->grouped || source->aggregates || source->windows ||
                                source->set_operation || source->recursive))
        return refuse(q, WEIR__REFUSAL_multi_shard_insert,
                      "the query gathers rows of several shards: read them first, then insert them with their values");
    const weir__merge_input input = {.sql = q->sql,
                                     .reading = q->reading,
                                     .plan = plan,
                                     .tables = weir__aim_places(routing, &q->arena),
                                     .args = q->args};
    if (!input.tables)
        return weir__fail_nomem(q->error);
    const char *why = weir__merge_apart(&input, scope, &q->arena, &at);
    if (q->arena.failed)
        return weir__fail_nomem(q->error);
    return why ? refuse(q, WEIR__REFUSAL_multi_shard_write, why) : WEIR_OK;
}

/* In the order of the shards, which the route's targets are in; a shard may have several of those. */
static weir_status add_texts(weir__statement *q, const weir__route *route, const uint64_t *ids, weir__write *w)
{
    bool rows = route->by_rows;
    weir__insert_text text = {.row_count = 0};
    weir__write_text *texts = weir__arena_array(&q->arena, route->target_count, sizeof *texts);
    weir_status status = texts ? WEIR_OK : weir__fail_nomem(q->error);
    for (size_t i = 0; i < route->target_count && status == WEIR_OK; i++) {
        const weir__target *t = &route->targets[i];
        weir__shard *shard = weir__topology_shard(q->session->topology, t->shard);
        if (i == 0 || t->shard != route->targets[i - 1].shard) {
            q->seat = weir__session_seat(q->session, shard);
            status = q->seat ? weir__statement_server(q) : weir__fail_nomem(q->error);
            w->targets[w->count++] = (weir__write_target){.seat = q->seat, .server = q->server, .texts = &texts[i]};
        }
        w->targets[w->count - 1].text_count++;
        if (status == WEIR_OK && (rows || q->first_id))
            status = write_insert(q, t, route->routing, ids, &text, &texts[i]);
        else
            texts[i] = (weir__write_text){.sql = t->sql, .args = q->args};
        texts[i].rows = rows ? t->parts : NULL;
        texts[i].row_count = t->part_count;
        if (rows && t->parts[t->part_count - 1] + 1 == weir__row_count(&q->lookup))
            w->last = &texts[i];
    }
    q->seat = NULL;
    q->server = NULL;
    return status;
}

weir_status weir__aim_write(weir__statement *q, const weir__route *route, const uint64_t *ids)
{
    const weir__routing *routing = route->routing;
    weir_session *s = q->session;
    weir_status status = WEIR_OK;
    if (q->lookup.plan->effects.sets_insert_id)
        return refuse(q, WEIR__REFUSAL_multi_shard_write, "LAST_INSERT_ID(..) is evaluated on one server");
    for (size_t i = 0; i < route->target_count; i++)
        if (!route->targets[i].sql.data)
            return refuse(q, WEIR__REFUSAL_several_tables,
                          "its rows are in several of the tables behind one name: give the shard key by =");
    if (!route->by_rows && !routing->writes_alike && !routing->defines)
        status = check_apart(q, routing);
    weir__write *w = weir__arena_take(&q->arena, sizeof *w);
    if (status == WEIR_OK && w)
        w->targets = weir__arena_array(&q->arena, route->target_count, sizeof *w->targets);
    if (status != WEIR_OK)
        return status;
    if (!w || !w->targets)
        return weir__fail_nomem(q->error);
    if (q->seat)
        weir__session_leave(s); /* it was needed to understand the statement */
    if (route->scatter == WEIR__SCATTER_WARN && !route->by_rows)
        weir__logf(&s->client->env.log, WEIR_LOG_WARNING,
                   "a write without a shard key goes to %zu shards of database %s (scatter: warn)", route->target_count,
                   s->database->config->name);
    w->alike = routing->writes_alike;
    w->tells_time = routing->tells_time;
    w->keep = !route->by_rows && !q->first_id && !s->settings && !q->lookup.plan->effects.system_variable;
    w->reading = q->reading;
    status = add_texts(q, route, ids, w);
    if (w->alike && status == WEIR_OK)
        w->last = w->targets[0].texts;
    q->write = w;
    return status;
}
