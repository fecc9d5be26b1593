/* aim_move.c - rows whose shard key changes: what the old shard and the new one are sent. SPDX-License-Identifier: Apache-2.0 */
#include <strings.h>

#include "base/limits.h"
#include "base/str.h"
#include "router/aim.h"
#include "router/exec/move.h"

/* With backticks, doubled inside. */
static void add_name(weir__buf *out, const char *name)
{
    weir__buf_addc(out, '`');
    for (; *name; name++) {
        if (*name == '`')
            weir__buf_addc(out, '`');
        weir__buf_addc(out, *name);
    }
    weir__buf_addc(out, '`');
}

static weir_str keep(weir__statement *q, weir__buf *text)
{
    char *copy = text->failed ? NULL : weir__arena_text(&q->arena, weir__buf_text(text), text->size);
    weir_str kept = {copy, text->size};
    if (text->failed)
        q->arena.failed = text->failed;
    weir__buf_reset(text);
    return kept;
}

static weir_str name_of(weir__statement *q, const weir__target *target, const weir__table_config *rule, weir__buf *text)
{
    weir__buf name;
    weir__buf_init(&name, text->mem, WEIR__MAX_LOG_BYTES);
    weir__place_table_name(rule, target->table, &name);
    add_name(text, weir__buf_text(&name));
    weir__buf_deinit(&name);
    return keep(q, text);
}

typedef enum columns { READ, NAMED, MARKS } columns;

/* FLOAT, and DOUBLE(m,d), come with fewer digits than they have, unless asked for as doubles. */
static bool is_short(const weir__column *c)
{
    return strncasecmp(c->type_text, "float", 5) == 0 || strncasecmp(c->type_text, "double(", 7) == 0;
}

static void add_columns(weir__move *m, const weir__table *info, columns as, weir__buf *out)
{
    const char *comma = "";
    m->columns = 0;
    for (uint32_t i = 0; i < info->column_count; i++) {
        if (info->columns[i].generated)
            continue;
        weir__buf_adds(out, comma);
        if (as == MARKS)
            weir__buf_addc(out, '?');
        else
            add_name(out, info->columns[i].name);
        if (as == READ && is_short(&info->columns[i]))
            weir__buf_adds(out, " + 0e0");
        m->columns++;
        comma = ", ";
    }
}

static void make_texts(weir__statement *q, weir__move *m, const weir__routed_table *t)
{
    weir__buf text;
    weir__buf_init(&text, &q->session->client->env.mem, WEIR__MAX_STATEMENT_BYTES);
    weir__buf_addf(&text, "DELETE FROM %.*s WHERE ", WEIR__STR(m->from.table));
    add_name(&text, t->rule->shard_by);
    weir__buf_adds(&text, " <=> ?");
    m->erase = keep(q, &text);
    weir__buf_adds(&text, "SELECT ");
    add_columns(m, t->info, READ, &text);
    weir__buf_addf(&text, " FROM %.*s WHERE ", WEIR__STR(m->from.table));
    add_name(&text, t->rule->shard_by);
    weir__buf_adds(&text, " <=> ? FOR UPDATE");
    m->select = keep(q, &text);
    weir__buf_addf(&text, "INSERT INTO %.*s (", WEIR__STR(m->to.table));
    add_columns(m, t->info, NAMED, &text);
    weir__buf_adds(&text, ") VALUES (");
    add_columns(m, t->info, MARKS, &text);
    weir__buf_addc(&text, ')');
    m->insert = keep(q, &text);
    weir__buf_addf(&text,
                   "SELECT COUNT(*) FROM information_schema.referential_constraints WHERE "
                   "unique_constraint_schema = DATABASE() AND referenced_table_name = '%.*s'",
                   (int)m->from.table.size - 2, m->from.table.data + 1);
    m->references = keep(q, &text);
    weir__buf_deinit(&text);
}

static weir_status choose(weir__statement *q, const weir__target *target, weir__seat **seat, weir__server **server)
{
    q->seat = weir__session_seat(q->session, weir__topology_shard(q->session->topology, target->shard));
    weir_status status = q->seat ? weir__statement_server(q) : weir__fail_nomem(q->error);
    *seat = q->seat;
    *server = q->server;
    return status;
}

/* The new key. A number as one: compared with a text, large ones would be rounded. */
static bool read_key(weir__statement *q, const weir__routing *routing, weir_value *out)
{
    const weir__routed_table *t = &routing->tables[routing->assigned_table];
    weir__value value;
    weir__given given;
    weir__key key;
    if (!weir__value_at(&q->lookup, routing->assigned_value, &value))
        return false;
    if (value.kind == WEIR__VALUE_PARAM)
        weir__given_bound(&q->args.values[value.parameter], &given);
    else
        weir__given_literal((weir__value_kind)value.kind, value.text, &q->lookup.reading, &q->arena, &given);
    *out = weir_null();
    if (given.kind == WEIR__GIVEN_NULL)
        return true;
    bool number = t->form.kind == WEIR__FORM_INTEGER || t->form.kind == WEIR__FORM_DECIMAL;
    weir_str text = given.text;
    if (number && weir__key_of_row(&t->form, &given, &q->arena, &key) == NULL)
        text = key.text;
    *out = weir_sized(number                            ? WEIR_T_DECIMAL
                      : given.kind == WEIR__GIVEN_BYTES ? WEIR_T_BYTES
                                                        : WEIR_T_TEXT,
                      weir__arena_text(&q->arena, text.data, text.size), text.size);
    return given.kind != WEIR__GIVEN_OTHER;
}

weir_status weir__aim_move(weir__statement *q, const weir__route *route)
{
    const weir__routed_table *t = &route->routing->tables[route->routing->assigned_table];
    weir__move *m = weir__arena_take(&q->arena, sizeof *m);
    weir__buf text;
    if (!m)
        return weir__fail_nomem(q->error);
    if (q->seat)
        weir__session_leave(q->session);
    m->update = route->targets[0].sql;
    m->args = q->args;
    m->reading = q->reading;
    m->max_bytes = q->session->database->settings->limits.bytes;
    weir__buf_init(&text, &q->session->client->env.mem, WEIR__MAX_LOG_BYTES);
    m->from.table = name_of(q, &route->targets[0], t->rule, &text);
    m->to.table = name_of(q, &route->targets[1], t->rule, &text);
    weir__buf_deinit(&text);
    if (!q->arena.failed)
        make_texts(q, m, t);
    if (!read_key(q, route->routing, &m->key) && !q->arena.failed)
        return weir__fail(q->error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER, "key_changed: give the new key as a value");
    if (q->arena.failed)
        return weir__fail_nomem(q->error);
    weir_status status = choose(q, &route->targets[0], &m->from.seat, &m->from.server);
    if (status == WEIR_OK)
        status = choose(q, &route->targets[1], &m->to.seat, &m->to.server);
    q->seat = NULL;
    q->server = NULL;
    q->move = m;
    return status;
}
