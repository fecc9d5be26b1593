/* catalog_notice.c - statements that show that tables are not what the catalog says. SPDX-License-Identifier: Apache-2.0
 * After DDL everything of the database is read anew at its next use: what is equal then stays what it was, and DDL is rare. Of what a
 * procedure or another client changes nothing is seen here; the errors of those who meet it tell. */
#include "router/catalog_ask.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"

enum {
    UNKNOWN_COLUMN = 1054,
    OTHER_COLUMN_COUNT = 1136,
    NO_SUCH_TABLE = 1146,
    ASK_MS = 1000,    /* for a better message nobody waits longer */
    MOST_SHARDS = 16, /* asked for it */
};

bool weir__catalog_may_have_changed(const weir_error *error)
{
    int32_t server_errno = error->server_errno;
    return server_errno == UNKNOWN_COLUMN || server_errno == OTHER_COLUMN_COUNT || server_errno == NO_SUCH_TABLE;
}

static void doubt(const weir_session *session, weir_str table)
{
    char name[256];
    const char *database = session->database->config->name;
    const weir__table_config *rule = NULL;
    if (table.size < sizeof name) {
        memcpy(name, table.data, table.size);
        name[table.size] = '\0';
        rule = weir__config_table(session->topology->config, database, name);
    }
    if (rule && rule->physical.kind != WEIR__PHYSICAL_SAME)
        weir__catalog_drop_rule(session->client->catalog, rule);
    else
        weir__catalog_doubt(session->client->catalog, database, table);
}

/* "Unknown column 't.age' in 'SELECT'", "Table 'shop.users' doesn't exist": age, users. */
static weir_str name_in(const weir_error *error)
{
    const char *before = error->server_errno == UNKNOWN_COLUMN ? "Unknown column '" : "Table '";
    const char *from = strstr(error->text, before), *to = from ? strchr(from + strlen(before), '\'') : NULL;
    if (!to)
        return (weir_str){NULL, 0};
    from += strlen(before);
    for (const char *at = from; at < to; at++)
        if (*at == '.')
            from = at + 1;
    return (weir_str){from, (size_t)(to - from)};
}

/* Has the shard the table, or one of the plan's tables the column? Not, too, where that cannot be told in time. */
static bool has(const weir_session *session, const char *shard, const weir__plan_table *named, weir_str column,
                weir__deadline deadline)
{
    char name[256];
    weir_error ignored;
    weir__table *table = NULL;
    if (named->source != WEIR__SOURCE_BASE || named->name.size >= sizeof name)
        return false;
    snprintf(name, sizeof name, "%.*s", (int)named->name.size, named->name.data);
    const weir__table_name asked = {session->database->config->name, shard, name, "", false};
    bool found =
        weir__catalog_find(session->client->catalog, &asked, deadline, &table, &ignored) == WEIR_OK && table != NULL;
    if (found && column.size)
        found = weir__table_column(table, column) != NULL;
    weir__table_unref(table);
    return found;
}

/* A shard other than the one that failed that has what is missing there; NULL: none, as far as can be told in time. */
static const char *shard_with(const weir_session *session, const weir__plan *plan, const weir_error *error)
{
    weir__deadline deadline = weir__deadline_in(&session->client->env.clock, ASK_MS);
    const weir__database *database = session->database;
    weir_str missing = name_in(error), column = error->server_errno == UNKNOWN_COLUMN ? missing : (weir_str){NULL, 0};
    for (uint32_t i = 0; missing.size && i < plan->table_count; i++)
        for (size_t s = 0; s < database->shard_count && s < MOST_SHARDS; s++) {
            const char *shard = database->shards[s].config->name;
            if ((column.size || weir__str_equal(plan->tables[i].name, missing)) && strcmp(shard, error->shard) != 0 &&
                has(session, shard, &plan->tables[i], column, deadline))
                return shard;
        }
    return NULL;
}

/* While a migration goes from shard to shard, a statement for the new schema fails where the old one is. */
static void tell_of_migration(const weir_session *session, const weir__plan *plan, weir_error *error)
{
    const char *ahead = session->database->shard_count > 1 ? shard_with(session, plan, error) : NULL;
    size_t size = strlen(error->text);
    if (ahead)
        snprintf(error->text + size, sizeof error->text - size,
                 "; shard %.60s has no such %s yet, shard %.60s has: a migration is under way, or stopped there "
                 "(weir migrate status)",
                 error->shard, error->server_errno == UNKNOWN_COLUMN ? "column" : "table", ahead);
}

void weir__catalog_notice(const weir_session *session, const weir__plan *plan, weir_status status, weir_error *error)
{
    const weir__sql_effects *e = &plan->effects;
    if (e->verb == WEIR__VERB_DDL && !e->changes_session) /* that would be a temporary table */
        weir__catalog_drop(session->client->catalog, session->database->config->name, NULL);
    if (status == WEIR_OK || !weir__catalog_may_have_changed(error))
        return;
    for (uint32_t i = 0; i < plan->table_count; i++)
        if (plan->tables[i].source == WEIR__SOURCE_BASE)
            doubt(session, plan->tables[i].name);
    if (error->server_errno == UNKNOWN_COLUMN || error->server_errno == NO_SUCH_TABLE)
        tell_of_migration(session, plan, error);
}
