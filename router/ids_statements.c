/* ids_statements.c - speaking to the shard that keeps a database's ids. SPDX-License-Identifier: Apache-2.0 */
#include "router/ids_statements.h"

#include <stdio.h>

#include "base/str.h"

weir_status weir__ids_place_begin(weir_client *client, const char *database, weir__line **line, weir__ids_place *place,
                                  weir_error *error)
{
    unsigned epoch;
    *place = (weir__ids_place){.client = client, .topology = weir__client_topology(client, &epoch), .line = line};
    if (!place->topology)
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER, "the client was closed");
    const weir__database_config *config = weir__config_database(place->topology->config, database);
    place->database = weir__topology_database(place->topology, config);
    weir_status status = WEIR_OK;
    if (place->database)
        status = weir__line_call_primary(&client->env, &place->database->shards[0], line, error);
    else
        status = weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER, "weir.yaml has no database '%s' any more", database);
    if (status != WEIR_OK)
        weir__ids_place_end(place);
    return status;
}

void weir__ids_place_end(weir__ids_place *place)
{
    weir__topology_unref(place->topology);
    place->topology = NULL;
}

bool weir__ids_line_was_old(weir__line *const *line, weir_status status)
{
    return status != WEIR_OK && *line && (*line)->used && (*line)->conn->broken;
}

static weir_status explain(const weir__shard *shard, weir_status status, weir_error *error)
{
    enum { NO_SUCH_TABLE = 1146, NO_SUCH_COLUMN = 1054 };
    char text[160];
    if (status == WEIR_OK || (error->server_errno != NO_SUCH_TABLE && error->server_errno != NO_SUCH_COLUMN))
        return status;
    snprintf(text, sizeof text, "%.150s", error->text);
    return weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER,
                      "shard %s: weir's own tables for ids are not as they should be (%s): run weir setup",
                      shard->config->name, text);
}

weir_status weir__ids_run(weir__conn *conn, const weir__shard *shard, const char *sql, weir_result *result,
                          weir_error *error)
{
    weir__command command = {.sql = weir__view(sql)};
    weir__answer answer;
    conn->deadline = weir__deadline_in(&conn->env->clock, shard->config->settings.timeouts.query_ms);
    weir_status status = conn->driver->run(conn, &command, &answer, error);
    if (status == WEIR_OK && result)
        *result = answer.result;
    return explain(shard, status, error);
}

weir_status weir__ids_ask(weir__conn *conn, const weir__shard *shard, const char *sql, weir__information_row *each,
                          void *context, weir_error *error)
{
    conn->deadline = weir__deadline_in(&conn->env->clock, shard->config->settings.timeouts.query_ms);
    return explain(shard, weir__information_ask(conn, sql, each, context, error), error);
}

uint64_t weir__ids_number(weir_str text)
{
    uint64_t n = 0;
    for (size_t i = 0; i < text.size && text.data[i] >= '0' && text.data[i] <= '9'; i++)
        n = n * 10 + (uint64_t)(text.data[i] - '0');
    return n;
}

void weir__ids_put_bytes(weir__buf *sql, const char *text)
{
    weir__buf_adds(sql, "X'");
    for (; *text; text++)
        weir__buf_addf(sql, "%02X", (unsigned char)*text);
    weir__buf_addc(sql, '\'');
}

void weir__ids_put_name(weir__buf *sql, const char *name)
{
    weir__buf_addc(sql, '`');
    for (; *name; name++) {
        if (*name == '`')
            weir__buf_addc(sql, '`');
        weir__buf_addc(sql, *name);
    }
    weir__buf_addc(sql, '`');
}
