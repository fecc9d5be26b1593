/* target.c - the table and its columns. SPDX-License-Identifier: Apache-2.0 */
#include "router/load/target.h"

#include "base/limits.h"
#include "base/str.h"
#include "router/aim.h"
#include "router/ids_statements.h"

weir_status weir__load_target_find(weir__load_target *t, weir_client *client, const weir_load_options *options,
                                   weir_error *error)
{
    weir_session_options with = WEIR_SESSION_OPTIONS_INIT;
    const weir__table *table = NULL;
    *t = (weir__load_target){.client = client, .name = options->table, .per_shard = 1};
    weir__arena_init(&t->arena, &client->env.mem, WEIR__LOAD_MAX_ROW * 2);
    weir__buf_init(&t->sql, &client->env.mem, WEIR__MAX_STATEMENT_BYTES);
    with.database = options->database;
    weir_status status = weir_session_open(client, &with, &t->session, error);
    if (status != WEIR_OK)
        return status;
    weir__statement *q = weir__new(&client->env.mem, sizeof *q); /* who asks the catalog */
    if (!q)
        return weir__fail_nomem(error);
    q->session = t->session;
    q->error = error;
    q->deadline = weir__session_deadline(t->session, 0);
    t->database = t->session->database;
    t->rule = weir__config_table(t->session->topology->config, t->database->config->name, t->name);
    const weir__shard_config *shard = t->rule && t->rule->single ? t->rule->single : t->database->shards[0].config;
    status = weir__aim_find(q, t->rule, shard, weir__view(t->name), &table, error);
    t->table = table;
    weir__free(&client->env.mem, q);
    if (status == WEIR_OK && !t->table)
        return weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER, "database %s has no table '%.100s'",
                          t->database->config->name, t->name);
    return status;
}

void weir__load_target_close(weir__load_target *t)
{
    if (!t->client)
        return;
    const weir__mem *mem = &t->client->env.mem;
    weir__routing_free(t->routing);
    weir__plan_unref(t->plan);
    weir__buf_deinit(&t->sql);
    weir__arena_deinit(&t->arena);
    for (uint32_t i = 0; t->names && i < t->column_count; i++)
        weir__free(mem, (void *)(uintptr_t)t->names[i]);
    weir__free(mem, (void *)(uintptr_t)t->names);
    weir__free(mem, (void *)(uintptr_t)t->columns);
    weir__free(mem, t->ids);
    weir__table_unref(t->table);
    weir_session_close(t->session);
    t->client = NULL;
}

static weir_status add_column(weir__load_target *t, weir_str name, const char *where, weir_error *error)
{
    const weir__column *column = weir__table_column(t->table, name);
    if (!column)
        return weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER, "%s: table %s has no column '%.*s'", where, t->name,
                          (int)(name.size < 64 ? name.size : 64), name.data ? name.data : "");
    if (column->generated)
        return weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER,
                          "%s: column %s of %s is computed by the server: take it out of the file", where, column->name,
                          t->name);
    for (uint32_t i = 0; i < t->column_count; i++)
        if (t->columns[i] == column)
            return weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER, "%s: column %s is named twice", where,
                              column->name);
    char *copy = weir__strdup(&t->client->env.mem, column->name);
    if (!copy)
        return weir__fail_nomem(error);
    t->names[t->column_count] = copy;
    t->columns[t->column_count++] = column;
    return WEIR_OK;
}

/* What routing says of the INSERT. */
static weir_status route(weir__load_target *t, weir_error *error)
{
    const weir__env *env = &t->client->env;
    const weir__lex_options reading = {.flavour = WEIR__MARIADB};
    weir__statement *q = weir__new(&env->mem, sizeof *q);
    if (!q)
        return weir__fail_nomem(error);
    q->session = t->session;
    q->error = error;
    q->deadline = weir__session_deadline(t->session, 0);
    weir__buf_adds(&t->sql, "INSERT INTO ");
    weir__ids_put_name(&t->sql, t->name);
    for (uint32_t i = 0; i < t->column_count; i++) {
        weir__buf_adds(&t->sql, i ? ", " : " (");
        weir__ids_put_name(&t->sql, t->names[i]);
    }
    for (uint32_t i = 0; i < t->column_count; i++)
        weir__buf_adds(&t->sql, i ? ", NULL" : ") VALUES (NULL");
    weir__buf_adds(&t->sql, ")");
    const weir_str sql = {t->sql.data, t->sql.size};
    weir_status status =
        t->sql.failed ? weir__fail_nomem(error) : weir__plan_build(sql, &reading, env, &t->plan, error);
    if (status == WEIR_OK) {
        const weir__routing_context context = weir__aim_context(q);
        q->lookup.plan = t->plan;
        q->lookup.sql = sql;
        q->lookup.reading = reading;
        status = weir__routing_new(&q->lookup, &context, &t->routing, error);
    }
    weir__free(&env->mem, q);
    if (status == WEIR_OK && t->routing->refusal != WEIR__REFUSAL_none)
        status = weir__fail(error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER, "%s: %s",
                            weir__refusal_word(t->routing->refusal), t->routing->why);
    return status;
}

/* Which shards its rows are for. */
static weir_status place_table(weir__load_target *t, weir_error *error)
{
    const weir__routing *r = t->routing;
    const weir__routed_table *first = r->table_count ? &r->tables[0] : NULL;
    if (r->target != WEIR__NONE)
        t->spread = &r->tables[r->target];
    else if (r->writes_alike && t->database->shard_count > 1)
        t->everywhere = true;
    if (t->spread)
        return WEIR_OK;
    const weir__shard_config *shard = t->everywhere                              ? t->database->shards[0].config
                                      : r->direct                                ? r->direct
                                      : first && first->spot == WEIR__SPOT_FIXED ? first->shard
                                      : t->database->shard_count == 1            ? t->database->shards[0].config
                                                                                 : NULL;
    t->fixed = weir__topology_shard(t->session->topology, shard);
    return t->fixed ? WEIR_OK
                    : weir__fail(error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER,
                                 "%s can not be loaded: its shard is not known", t->name);
}

static weir_status begin_ids(weir__load_target *t, weir_error *error)
{
    const weir__routing *r = t->routing;
    bool is_key = t->spread && r->id_is_key;
    if (!r->ids)
        return WEIR_OK;
    if (is_key && t->rule->method.kind != WEIR__METHOD_SLOTS && t->rule->method.kind != WEIR__METHOD_MOD)
        return WEIR_OK; /* rows without one are rejected */
    t->ids_count = is_key ? t->database->shard_count : 1;
    t->ids = weir__array(&t->client->env.mem, t->ids_count, sizeof *t->ids);
    return t->ids ? WEIR_OK : weir__fail_nomem(error);
}

weir_status weir__load_target_columns(weir__load_target *t, const weir_str *names, uint32_t count, const char *where,
                                      weir_error *error)
{
    const weir__mem *mem = &t->client->env.mem;
    uint32_t most = (names ? count : t->table->column_count) + 1;
    weir_status status = WEIR_OK;
    t->names = weir__array(mem, most, sizeof *t->names);
    t->columns = weir__array(mem, most, sizeof *t->columns);
    if (!t->names || !t->columns)
        return weir__fail_nomem(error);
    for (uint32_t i = 0; names && i < count && status == WEIR_OK; i++)
        status = add_column(t, names[i], where, error);
    for (uint32_t i = 0; !names && i < t->table->column_count && status == WEIR_OK; i++)
        if (!t->table->columns[i].generated)
            status = add_column(t, weir__view(t->table->columns[i].name), where, error);
    t->file_columns = t->column_count;
    if (status == WEIR_OK && t->rule && t->rule->ids.kind) {
        const weir__column *id = weir__table_column(t->table, weir__view(t->rule->ids.column));
        bool named = false;
        for (uint32_t i = 0; i < t->column_count; i++)
            named |= t->columns[i] == id;
        if (id && !named)
            status = add_column(t, weir__view(id->name), where, error);
    }
    if (status == WEIR_OK)
        status = route(t, error);
    if (status == WEIR_OK)
        status = place_table(t, error);
    return status == WEIR_OK ? begin_ids(t, error) : status;
}

void weir__load_target_head(const weir__load_target *t, int64_t table, weir__buf *sql)
{
    weir__buf name;
    weir__buf_init(&name, sql->mem, 1024);
    if (t->rule && t->rule->physical.kind != WEIR__PHYSICAL_SAME && !t->everywhere)
        weir__place_table_name(t->rule, table, &name);
    else
        weir__buf_adds(&name, t->name);
    weir__buf_adds(sql, "INSERT INTO ");
    weir__ids_put_name(sql, weir__buf_text(&name));
    weir__buf_deinit(&name);
    for (uint32_t i = 0; i < t->column_count; i++) {
        weir__buf_adds(sql, i ? "," : " (");
        weir__ids_put_name(sql, t->names[i]);
    }
    weir__buf_adds(sql, ") VALUES ");
}
