/* catalog_notice.c - statements that show that tables are not what the catalog says. SPDX-License-Identifier: Apache-2.0
 * After DDL everything of the database is read anew at its next use: what is equal then stays what it was, and DDL is rare. Of what a
 * procedure or another client changes nothing is seen here; the errors of those who meet it tell. */
#include "router/catalog_ask.h"

static bool tells_of_change(int32_t server_errno)
{
    enum { UNKNOWN_COLUMN = 1054, OTHER_COLUMN_COUNT = 1136, NO_SUCH_TABLE = 1146 };
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

void weir__catalog_notice(const weir_session *session, const weir__plan *plan, weir_status status,
                          const weir_error *error)
{
    const weir__sql_effects *e = &plan->effects;
    if (e->verb == WEIR__VERB_DDL && !e->changes_session) /* that would be a temporary table */
        weir__catalog_drop(session->client->catalog, session->database->config->name, NULL);
    if (status == WEIR_OK || !tells_of_change(error->server_errno))
        return;
    for (uint32_t i = 0; i < plan->table_count; i++)
        if (plan->tables[i].source == WEIR__SOURCE_BASE)
            doubt(session, plan->tables[i].name);
}
