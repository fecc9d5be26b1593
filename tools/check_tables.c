/* check_tables.c - the tables of each rule are there and alike everywhere; tables without a rule. SPDX-License-Identifier: Apache-2.0
 * The first table found of a rule, in the order of weir.yaml's shards, is what all others of it are held against. */
#include "schema/own_tables.h"
#include "tools/check_live.h"

/* A table and the server it was read from. */
typedef struct place {
    const check_server *at;
    const check_table *table;
} place;

/* Where the reference stands, to end a finding with. */
static const char *elsewhere(check *c, const place *first)
{
    return check_printf(c, "on %s at %s, table %s,", first->at->shard->name, first->at->at->address.text,
                        first->table->name);
}

static const char *shown(const check_column *column, bool whole)
{
    return whole ? column->definition : column->alike;
}

static const char *after(check *c, const check_table *table, const check_column *column)
{
    for (const check_column *before = table->columns; before; before = before->next)
        if (before->next == column)
            return check_printf(c, " AFTER `%s`", before->name);
    return " FIRST";
}

/* The first column that differs, by its place. */
static void compare_columns(check *c, const place *first, const place *here)
{
    const check_column *a = first->table->columns, *b = here->table->columns;
    const char *schema = here->at->shard->schema, *name = here->table->name;
    bool whole = first->at->mariadb == here->at->mariadb;
    while (a && b && strcasecmp(a->name, b->name) == 0 && strcmp(shown(a, whole), shown(b, whole)) == 0) {
        a = a->next;
        b = b->next;
    }
    if (!a && !b)
        return;
    const char *where = elsewhere(c, first);
    if (!a)
        check_tell(c, CHECK_ERROR, here->at, name,
                   "it has a column %s (%s), and %s has not" CHECK_SHOULD "the same columns in the same order" CHECK_FIX
                   "ALTER TABLE `%s`.`%s` DROP COLUMN `%s`; or add it there",
                   b->name, b->definition, where, schema, name, b->name);
    else if (!b || !check_find_column(here->table, a->name))
        check_tell(c, CHECK_ERROR, here->at, name,
                   "it has no column %s; %s has it as %s" CHECK_SHOULD "the same columns in the same order" CHECK_FIX
                   "ALTER TABLE `%s`.`%s` ADD COLUMN `%s` %s%s;",
                   a->name, where, a->definition, schema, name, a->name, a->definition, after(c, first->table, a));
    else if (strcasecmp(a->name, b->name) != 0)
        check_tell(c, CHECK_ERROR, here->at, name,
                   "column %s (%s) stands where %s has %s (%s)" CHECK_SHOULD
                   "the same columns in the same order" CHECK_FIX "ALTER TABLE `%s`.`%s` MODIFY COLUMN `%s` %s%s;",
                   b->name, b->definition, where, a->name, a->definition, schema, name, a->name, a->definition,
                   after(c, first->table, a));
    else
        check_tell(c, CHECK_ERROR, here->at, name,
                   "column %s is %s, and %s %s" CHECK_SHOULD "%s" CHECK_FIX
                   "ALTER TABLE `%s`.`%s` MODIFY COLUMN `%s` %s;",
                   b->name, b->definition, where, a->definition, a->definition, schema, name, a->name, a->definition);
}

static const check_key *find_key(const check_table *table, const char *name)
{
    for (const check_key *key = table->keys; key; key = key->next)
        if (strcasecmp(key->name, name) == 0)
            return key;
    return NULL;
}

static const char *drop(check *c, const check_key *key)
{
    return strcmp(key->name, "PRIMARY") == 0 ? "DROP PRIMARY KEY" : check_printf(c, "DROP KEY `%s`", key->name);
}

/* The first key that differs, by its name: their order says nothing. */
static void compare_keys(check *c, const place *first, const place *here)
{
    const char *schema = here->at->shard->schema, *name = here->table->name;
    for (const check_key *a = first->table->keys; a; a = a->next) {
        const check_key *b = find_key(here->table, a->name);
        if (b && strcasecmp(a->definition, b->definition) == 0)
            continue;
        const char *where = elsewhere(c, first);
        check_tell(c, CHECK_ERROR, here->at, name,
                   "%s; %s has %s" CHECK_SHOULD "the same keys" CHECK_FIX "ALTER TABLE `%s`.`%s` %s%sADD %s;",
                   b ? check_printf(c, "its %s", b->definition) : check_printf(c, "it has no key %s", a->name), where,
                   a->definition, schema, name, b ? drop(c, b) : "", b ? ", " : "", a->definition);
        return;
    }
    for (const check_key *b = here->table->keys; b; b = b->next)
        if (!find_key(first->table, b->name)) {
            check_tell(c, CHECK_ERROR, here->at, name,
                       "it has %s, and %s has not" CHECK_SHOULD "the same keys" CHECK_FIX
                       "ALTER TABLE `%s`.`%s` %s; or add it there",
                       b->definition, elsewhere(c, first), schema, name, drop(c, b));
            return;
        }
}

/* One table of a rule: against the first one, and by itself. */
static void look_at(check *c, place *first, const place *here)
{
    const check_table *table = here->table;
    if (!here->at->replica)
        c->tables++;
    if (!*table->engine) {
        check_tell(c, CHECK_ERROR, here->at, table->name,
                   "it is a view" CHECK_SHOULD "a table, as a rule stands for one" CHECK_FIX
                   "name the tables behind it in tables: of weir.yaml, and leave out the rule %s",
                   table->rule->label);
        return;
    }
    if (strcasecmp(table->engine, "InnoDB") != 0)
        check_tell(c, CHECK_WARNING, here->at, table->name,
                   "its engine is %s: what is written to it cannot be undone" CHECK_SHOULD "InnoDB" CHECK_FIX
                   "ALTER TABLE `%s`.`%s` ENGINE = InnoDB;",
                   table->engine, here->at->shard->schema, table->name);
    if (!first->table) {
        *first = *here;
        if (check_is_sharded(table->rule))
            check_key_rules(c, here->at, table);
        return;
    }
    compare_columns(c, first, here);
    compare_keys(c, first, here);
}

static void tell_missing(check *c, const check_server *at, const weir__table_config *rule, const char *name)
{
    check_tell(c, CHECK_ERROR, at, name,
               "it is not there, or the user %s may not see it" CHECK_SHOULD
               "a table, by the rule %s of weir.yaml" CHECK_FIX "%s",
               at->shard->settings.user, rule->label,
               at->replica ? "see whether replication runs and leaves nothing out"
                           : check_printf(c, "CREATE TABLE `%s`.`%s` (..); as on the other shards, or correct the rule",
                                          at->shard->schema, name));
}

static void check_rule(check *c, const weir__table_config *rule, const check_server *at, place *first)
{
    uint32_t count = check_physical_count(rule);
    for (uint32_t i = 0; i < count; i++) {
        const char *name = check_physical_name(c, rule, at->shard, i);
        const check_table *table = name ? check_find_table(at, name) : NULL;
        if (table)
            look_at(c, first, &(place){at, table});
        else if (name)
            tell_missing(c, at, rule, name);
    }
    bool any = count > 0;
    for (const check_table *table = at->tables; !count && table; table = table->next)
        if (table->rule == rule) {
            look_at(c, first, &(place){at, table});
            any = true;
        }
    if (!any)
        check_tell(c, CHECK_WARNING, at, rule->label,
                   "no table has a name of the form %s..%s" CHECK_SHOULD
                   "one for each period that has rows here" CHECK_FIX
                   "CREATE TABLE for the period that begins next here, or correct physical: of the rule",
                   rule->physical.prefix, rule->physical.suffix);
}

static bool is_own(const check_server *at, const char *name)
{
    for (size_t i = 0; i < weir__own_table_count; i++)
        if (strcasecmp(weir__own_tables[i].name, name) == 0)
            return true;
    return strcasecmp(at->shard->settings.health.heartbeat, name) == 0;
}

/* Tables on a primary that weir.yaml does not put there. */
static void check_strays(check *c, const check_server *at)
{
    const weir__database_config *database = at->shard->database;
    for (const check_table *table = at->tables; table; table = table->next) {
        const weir__table_config *rule = table->rule;
        if (!*table->engine || is_own(at, table->name) || (!rule && database->other_tables == at->shard))
            continue;
        if (!rule)
            check_tell(c, CHECK_WARNING, at, table->name,
                       "no rule of weir.yaml names it: statements on it are refused" CHECK_SHOULD
                       "a line under tables:" CHECK_FIX
                       "%s: {database: %s, shard_by: ..}, or everywhere: true, or single: %s",
                       table->name, database->name, at->shard->name);
        else if (!check_lives_on(rule, at->shard))
            check_tell(c, CHECK_WARNING, at, table->name,
                       "the rule %s puts no rows here: they are never read" CHECK_SHOULD
                       "no such table on this shard" CHECK_FIX
                       "DROP TABLE `%s`.`%s`; when its rows are not needed, or correct the rule",
                       rule->label, at->shard->schema, table->name);
    }
}

void check_tables(check *c)
{
    const weir__config *config = c->s->config;
    for (size_t r = 0; r < config->table_count; r++) {
        const weir__table_config *rule = &config->tables[r];
        place first = {NULL, NULL};
        for (size_t i = 0; i < c->server_count; i++)
            if (c->servers[i].reached && check_lives_on(rule, c->servers[i].shard))
                check_rule(c, rule, &c->servers[i], &first);
    }
    for (size_t i = 0; i < c->server_count; i++) {
        const check_server *at = &c->servers[i];
        if (at->reached && !at->replica && at->shard->database->shard_count > 1)
            check_strays(c, at);
    }
}
