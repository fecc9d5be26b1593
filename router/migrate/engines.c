/* engines.c - does a transaction undo what a data statement writes? SPDX-License-Identifier: Apache-2.0
 * Only then is it in the database exactly when its ledger row is. Asked once for each table, and again after a definition. */
#include <stdio.h>

#include "base/str.h"
#include "router/migrate/impl.h"

typedef struct table_facts {
    bool found, view, transactional;
} table_facts;

static void facts_row(void *context, const weir_str *cells, uint32_t count)
{
    table_facts *f = context;
    (void)count;
    f->found = true;
    f->view = !cells[0].data;
    f->transactional = cells[0].data && weir__str_is_nocase(cells[0], "InnoDB");
}

/* Equality with constants lets the server open that one table only. */
static weir_status ask(weir__place *place, weir_str name, table_facts *f, weir_error *error)
{
    weir__buf sql;
    weir__buf_init(&sql, &place->m->env->mem, 8192);
    weir__buf_adds(&sql, "SELECT engine FROM information_schema.tables WHERE table_schema = _utf8mb3 ");
    weir__link_put_value(&sql, weir__view(place->shard->config->schema));
    weir__buf_adds(&sql, " AND table_name = _utf8mb3 ");
    weir__link_put_value(&sql, name);
    weir_status status =
        sql.failed ? weir__fail_nomem(error) : weir__link_ask(&place->shard->link, sql.data, facts_row, f, error);
    weir__buf_deinit(&sql);
    return status;
}

static weir_status count(weir__place *place, const char *sql, uint64_t *out, weir_error *error)
{
    char text[32];
    bool found;
    weir_status status = weir__link_ask_text(&place->shard->link, sql, text, sizeof text, &found, error);
    *out = status == WEIR_OK ? weir__link_number(weir__view(text)) : 0;
    return status;
}

/* The server looks through all triggers of the schema even for one table, so that is asked for rarely. */
static weir_status ask_triggers(weir__place *place, weir_str name, uint64_t *triggers, weir_error *error)
{
    weir__buf sql;
    weir_status status = WEIR_OK;
    *triggers = 0;
    if (!place->triggers_counted)
        status = count(place, "SELECT COUNT(*) FROM information_schema.triggers WHERE trigger_schema = DATABASE()",
                       &place->triggers, error);
    if (status != WEIR_OK)
        return status;
    place->triggers_counted = true;
    if (place->triggers == 0)
        return WEIR_OK;
    weir__buf_init(&sql, &place->m->env->mem, 8192);
    weir__buf_adds(&sql, "SELECT COUNT(*) FROM information_schema.triggers WHERE event_object_schema = DATABASE() "
                         "AND event_object_table = _utf8mb3 ");
    weir__link_put_value(&sql, name);
    status = sql.failed ? weir__fail_nomem(error) : count(place, sql.data, triggers, error);
    weir__buf_deinit(&sql);
    return status;
}

/* Has the schema tables that a transaction does not undo? */
static weir_status ask_others(weir__place *place, bool *others, weir_error *error)
{
    uint64_t tables;
    weir_status status = count(place,
                               "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND "
                               "table_type = 'BASE TABLE' AND engine <> 'InnoDB'",
                               &tables, error);
    *others = tables > 0;
    return status;
}

static weir_status refuse(const weir__place *place, weir_error *error, const char *reason)
{
    char where[300];
    weir__migrate_where(place, where, sizeof where);
    return weir__fail(error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER,
                      "%.120s: %s, so what it writes is not undone with a transaction: if it does no harm to run it "
                      "twice, say so in a line "
                      "before it: -- weir: repeatable",
                      where, reason);
}

static weir_status check_table(weir__place *place, weir_str name, weir_error *error)
{
    table_facts f = {.found = false};
    char key[300], reason[200];
    snprintf(key, sizeof key, "\n%.*s\n", WEIR__STR(name));
    if (place->safe.size && strstr(weir__buf_text(&place->safe), key))
        return WEIR_OK;
    weir_status status = ask(place, name, &f, error);
    if (status != WEIR_OK || !f.found)
        return status; /* that it is not there, the server says better */
    snprintf(reason, sizeof reason, "%.*s is %s", (int)(name.size < 100 ? name.size : 100), name.data,
             f.view ? "a view, whose tables weir does not know" : "not an InnoDB table");
    if (!f.transactional)
        return refuse(place, error, reason);
    bool others = false;
    uint64_t triggers;
    status = ask_triggers(place, name, &triggers, error);
    if (status == WEIR_OK && (triggers || place->step->unknown_writes))
        status = ask_others(place, &others, error);
    if (status != WEIR_OK)
        return status;
    if (triggers && others)
        return refuse(place, error,
                      "a trigger of its table may write to the tables of this schema that are not InnoDB");
    if (place->step->unknown_writes && others)
        return refuse(place, error,
                      "a function that it calls may write to the tables of this schema that are not InnoDB");
    weir__buf_adds(&place->safe, key);
    if (place->safe.failed)
        weir__buf_reset(&place->safe); /* then it is asked again */
    return WEIR_OK;
}

weir_status weir__migrate_check_engines(weir__place *place, weir_error *error)
{
    weir_status status = WEIR_OK;
    for (uint32_t i = 0; i < place->step->object_count && status == WEIR_OK; i++)
        status = check_table(place, place->step->objects[i].name, error);
    return status;
}
