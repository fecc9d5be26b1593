/* catalog_ask.c - which servers are asked for a table, and over which connection. SPDX-License-Identifier: Apache-2.0 */
#include "router/catalog_ask.h"

#include <string.h>

#include "router/line.h"
#include "schema/information.h"

static void hang_up(void *context, void *line)
{
    const weir_client *client = context;
    weir__line *l = line;
    weir__line_drop(&client->env, &l);
}

static weir_status ask_server(const weir_client *client, const weir__shard_config *shard, weir__pool *pool,
                              weir__line **line, const weir__table_name *name, weir__table **table, weir_error *error)
{
    weir_status status;
    bool again;
    do {
        status = weir__line_call(&client->env, pool, line, error);
        if (status != WEIR_OK)
            return status;
        weir__line *l = *line;
        l->conn->deadline = weir__deadline_in(&client->env.clock, shard->settings.timeouts.query_ms);
        status = name->dated ? weir__information_latest(l->conn, shard->schema, name->table, name->suffix, table, error)
                             : weir__information_table(l->conn, shard->schema, name->table, table, error);
        again = status != WEIR_OK && l->used && l->conn->broken;
        if (status != WEIR_OK)
            weir__line_drop(&client->env, line);
    } while (again);
    return status;
}

/* The primary, else the first replica that answers; the failure told is the primary's. */
static weir_status ask_shard(const weir_client *client, const weir__shard *shard, weir__line **line,
                             const weir__table_name *name, weir__table **table, bool *passing, weir_error *error)
{
    weir_status failed = WEIR_OK;
    weir_error here;
    uint32_t primary = weir__line_primary(&client->env, shard);
    for (size_t n = 0; n < shard->server_count; n++) {
        size_t i = primary >= shard->server_count ? n : n == 0 ? primary : n <= primary ? n - 1 : n;
        weir_status status = ask_server(client, shard->config, shard->servers[i]->pool, line, name, table, &here);
        *passing = i != primary;
        if (status == WEIR_OK)
            return WEIR_OK;
        if (failed == WEIR_OK) {
            failed = status;
            *error = here;
        }
    }
    return failed;
}

static const weir__database *find_database(const weir__topology *t, const char *name)
{
    for (size_t i = 0; i < t->config->database_count; i++)
        if (strcmp(t->databases[i].config->name, name) == 0)
            return &t->databases[i];
    return NULL;
}

/* A shard that does not answer hides nothing that another one has. */
static weir_status ask_database(const weir_client *client, const weir__database *database, weir__line **line,
                                const weir__table_name *name, weir__table **table, bool *passing, weir_error *error)
{
    weir_status failed = WEIR_OK;
    weir_error here;
    for (size_t i = 0; i < database->shard_count && !*table; i++) {
        const weir__shard *shard = &database->shards[i];
        if (*name->shard && strcmp(name->shard, shard->config->name) != 0)
            continue;
        weir_status status = ask_shard(client, shard, line, name, table, passing, &here);
        if (status != WEIR_OK && failed == WEIR_OK) {
            failed = status;
            *error = here;
        }
    }
    return *table ? WEIR_OK : failed;
}

static weir_status ask(void *context, void **opened, const weir__table_name *name, weir__table **table, bool *passing,
                       weir_error *error)
{
    weir_client *client = context;
    weir__line *line = *opened;
    weir_error ignored;
    unsigned epoch;
    (void)weir__resolver_start(client->resolver, &ignored); /* what is known from now on may change */
    weir__topology *t = weir__client_topology(client, &epoch);
    if (!t)
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER, "the client was closed");
    const weir__database *database = find_database(t, name->database); /* a reload may have taken it away */
    weir_status status = database ? ask_database(client, database, &line, name, table, passing, error) : WEIR_OK;
    *opened = line;
    weir__topology_unref(t);
    return status;
}

static void released(void *context)
{
    weir__client_unref(context);
}

weir_status weir__catalog_for(weir_client *client, weir_error *error)
{
    weir__catalog_asker asker = {.context = client, .ask = ask, .hang_up = hang_up, .released = released};
    weir_status status = weir__catalog_new(&client->env, &asker, &client->catalog, error);
    if (status == WEIR_OK)
        weir__client_ref(client);
    return status;
}
