/* routing_tables.c - which database, and where each table of a plan is. SPDX-License-Identifier: Apache-2.0
 * A name without a schema is that of a rule of the session's database, else of the only rule of that name, else a table without a
 * rule. A schema is a database of weir.yaml, or the schema that all shards of the session's database have. */
#include <string.h>

#include "base/str.h"
#include "router/route/routing_impl.h"

enum { MOST_NAME = 256 };

typedef struct found {
    const weir__table_config *rule;        /* NULL: none */
    const weir__database_config *database; /* NULL with a rule: documents; without: not known */
    bool foreign;                          /* a schema of the server's own */
} found;

static bool copy_name(char *to, weir_str name)
{
    if (name.size >= MOST_NAME || (name.size && memchr(name.data, '\0', name.size)))
        return false;
    if (name.size)
        memcpy(to, name.data, name.size);
    to[name.size] = '\0';
    return true;
}

static bool is_schema_of_all(const weir__database_config *database, const char *schema)
{
    for (size_t i = 0; i < database->shard_count; i++)
        if (strcmp(database->shards[i].schema, schema) != 0)
            return false;
    return true;
}

static found find(const weir__routing_work *w, const weir__plan_table *t)
{
    const weir__config *config = w->context->config;
    const weir__database_config *home = w->context->database;
    char name[MOST_NAME], schema[MOST_NAME];
    if (!copy_name(name, t->name) || !copy_name(schema, t->schema))
        return (found){.database = home->shard_count == 1 ? home : NULL};
    if (!t->schema.size) {
        const weir__table_config *rule = weir__config_table(config, home->name, name);
        if (!rule)
            rule = weir__config_table(config, NULL, name);
        return (found){.rule = rule, .database = rule ? rule->database : home};
    }
    const weir__database_config *database = weir__config_database(config, schema);
    bool foreign = !database && !is_schema_of_all(home, schema);
    if (foreign)
        return (found){.database = home->shard_count == 1 ? home : NULL, .foreign = true};
    database = database ? database : home;
    return (found){.rule = weir__config_table(config, database->name, name), .database = database};
}

/* On one shard too where keys have several tables, or some have no place at all. */
static bool is_spread(const weir__table_config *rule)
{
    if (!rule || (rule->kind != WEIR__TABLE_SHARDED && rule->kind != WEIR__TABLE_COLOCATED))
        return false;
    return rule->database->shard_count > 1 || rule->physical.kind != WEIR__PHYSICAL_SAME ||
           rule->method.kind == WEIR__METHOD_LIST || rule->method.kind == WEIR__METHOD_TIME;
}

/* What has no rule may not be what a rule speaks of by another name. */
static const weir__table_config *rule_behind(const weir__routing_work *w, const weir__database_config *database,
                                             weir_str name)
{
    const weir__config *config = w->context->config;
    for (size_t i = 0; i < config->table_count; i++) {
        const weir__table_config *rule = &config->tables[i];
        if (rule->database != database)
            continue;
        if (weir__str_is_nocase(name, rule->name))
            return rule;
        if (rule->physical.kind == WEIR__PHYSICAL_SAME)
            continue;
        size_t head = strlen(rule->physical.prefix), tail = strlen(rule->physical.suffix);
        if (name.size > head + tail && strncasecmp(name.data, rule->physical.prefix, head) == 0 &&
            strncasecmp(name.data + name.size - tail, rule->physical.suffix, tail) == 0)
            return rule;
    }
    return NULL;
}

static void without_rule(weir__routing_work *w, weir__routed_table *to, const weir__plan_table *t,
                         const weir__database_config *database)
{
    to->spot = WEIR__SPOT_FIXED;
    to->shard = database->other_tables;
    if (database->shard_count == 1) {
        to->shard = database->shards;
        return;
    }
    const weir__table_config *behind = rule_behind(w, database, t->name);
    if (behind)
        weir__routing_refuse(w, WEIR__REFUSAL_no_rule,
                             "%.*s has no rule of its own in weir.yaml, but %s speaks of it: use that name, letters as "
                             "written there",
                             WEIR__STR(t->name), behind->label);
    else if (!to->shard)
        weir__routing_refuse(w, WEIR__REFUSAL_no_rule,
                             "weir.yaml says nothing of %.*s: under tables write %.*s: {database: %s, single: %s}, or "
                             "another place",
                             WEIR__STR(t->name), WEIR__STR(t->name), database->name, database->shards[0].name);
}

static void place_table(weir__routing_work *w, weir__routed_table *to, const weir__plan_table *t, const found *f,
                        const weir__database_config *database)
{
    to->rule = f->rule;
    to->foreign = f->foreign;
    if (!f->rule) {
        without_rule(w, to, t, database);
    } else if (is_spread(f->rule)) {
        to->spot = WEIR__SPOT_SPREAD;
        to->placer = weir__placer_of(&f->rule->method);
    } else if (database->shard_count == 1 || f->rule->kind == WEIR__TABLE_SINGLE) {
        to->spot = WEIR__SPOT_FIXED;
        to->shard = f->rule->kind == WEIR__TABLE_SINGLE ? f->rule->single : database->shards;
    } else {
        to->spot = WEIR__SPOT_ANYWHERE;
    }
}

/* What the servers have; a spread table's key. */
static weir_status look(weir__routing_work *w, weir__routed_table *to, const weir__plan_table *t, weir_error *error)
{
    const weir__routing_context *c = w->context;
    if (!c->find)
        return WEIR_OK;
    weir_status status = c->find(c->context, to->rule, to->shard, t->name, &to->info, error);
    if (status != WEIR_OK)
        return status;
    if (!to->info) {
        w->routing->kept = false; /* it may be made at any time */
        weir__routing_refuse(w, WEIR__REFUSAL_no_table, "the servers of %s have no table %.*s",
                             w->routing->database->name, WEIR__STR(t->name));
    } else if (to->info->is_view) {
        weir__routing_refuse(w, WEIR__REFUSAL_view,
                             "%.*s is a view, and over several shards weir does not look into views: write its query "
                             "into the statement",
                             WEIR__STR(t->name));
    }
    return WEIR_OK;
}

static void take_key(weir__routing_work *w, weir__routed_table *to)
{
    const weir__column *key = to->info ? weir__table_column(to->info, weir__view(to->rule->shard_by)) : NULL;
    if (key)
        weir__key_form_of(key, to->rule->fold_lower, &to->form);
    if (!key || key->generated || !to->placer->fits(&to->rule->method, &to->form)) {
        to->form.kind = WEIR__FORM_UNFIT;
        weir__routing_refuse(w, WEIR__REFUSAL_key_unfit,
                             "the column %s cannot be the shard key of %s by the method %s: weir check --live says why",
                             to->rule->shard_by, to->rule->label, to->placer->name);
    }
}

static const weir__database_config *database_of(weir__routing_work *w, const found *f, const weir__plan_table *t)
{
    if (f->rule && f->rule->kind == WEIR__TABLE_DOCUMENT) {
        weir__routing_refuse(w, WEIR__REFUSAL_documents,
                             "%s is a collection of documents: this version has no SQL for it", f->rule->name);
        return NULL;
    }
    if (!f->database)
        weir__routing_refuse(w, WEIR__REFUSAL_unknown_schema,
                             "%.*s is no database of weir.yaml, and a schema of one server says nothing of the others",
                             WEIR__STR(t->schema.size ? t->schema : t->name));
    return f->database;
}

weir_status weir__routing_tables(weir__routing_work *w, weir_error *error)
{
    weir__routing *r = w->routing;
    const weir__plan *plan = w->plan;
    r->tables = weir__arena_array(&r->arena, plan->table_count + 1, sizeof *r->tables);
    w->routed = weir__arena_array(&w->scratch, plan->table_count + 1, sizeof *w->routed);
    if (!r->tables || !w->routed)
        return weir__fail_nomem(error);
    for (uint32_t i = 0; i < plan->table_count; i++) {
        const weir__plan_table *t = &plan->tables[i];
        w->routed[i] = WEIR__NONE;
        if (t->source != WEIR__SOURCE_BASE)
            continue;
        found f = find(w, t);
        const weir__database_config *database = database_of(w, &f, t);
        if (!database)
            return WEIR_OK;
        if (r->database && r->database != database) {
            weir__routing_refuse(w, WEIR__REFUSAL_several_databases,
                                 "a statement reads and writes tables of one database: here are some of %s and of %s",
                                 r->database->name, database->name);
            return WEIR_OK;
        }
        r->database = database;
        w->routed[i] = r->table_count;
        weir__routed_table *to = &r->tables[r->table_count++];
        to->table = i;
        place_table(w, to, t, &f, database);
    }
    r->database = r->database ? r->database : w->context->database;
    for (uint32_t i = 0; i < r->table_count && r->refusal == WEIR__REFUSAL_none; i++) {
        weir__routed_table *to = &r->tables[i];
        bool numbered = to->rule && to->rule->ids.kind && plan->tables[to->table].how == WEIR__HOW_TARGET;
        bool matters = r->database->shard_count > 1 || to->spot == WEIR__SPOT_SPREAD || numbered;
        weir_status status = matters ? look(w, to, &plan->tables[to->table], error) : WEIR_OK;
        if (status != WEIR_OK)
            return status;
        if (to->rule && to->spot == WEIR__SPOT_SPREAD && r->refusal == WEIR__REFUSAL_none)
            take_key(w, to);
    }
    return WEIR_OK;
}
