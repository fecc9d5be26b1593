/* ids_sequence.c - blocks of a sequence: one row, one UPDATE each. SPDX-License-Identifier: Apache-2.0
 * The row is made at first use, behind what the tables hold. Whoever finds that another server wrote it last skips what may be in the
 * hands of others (docs/ids.md). */
#include <inttypes.h>
#include <stdio.h>

#include "base/str.h"
#include "router/ids_statements.h"
#include "schema/config_tables.h"

enum { MAX_SQL = 8192, SKIPPED_BLOCKS = 1000 };

static void number_row(void *context, const weir_str *cells, uint32_t count)
{
    uint64_t *most = context, n = weir__ids_number(cells[0]);
    (void)count;
    if (n > *most)
        *most = n;
}

/* The name of the row. */
static void put_row_name(weir__buf *sql, const char *table, const char *column)
{
    char name[512];
    snprintf(name, sizeof name, "%s.%s", table, column);
    weir__ids_put_bytes(sql, name);
}

/* Takes count ids of the row; *first 0: there is no row. */
static weir_status advance(const weir__ids_place *place, const char *table, const char *column, uint32_t count,
                           uint64_t *first, weir_error *error)
{
    weir__conn *conn = (*place->line)->conn;
    weir_result result = {.affected = 0};
    weir__buf sql;
    weir__buf_init(&sql, &place->client->env.mem, MAX_SQL);
    weir__buf_addf(&sql,
                   "UPDATE weir_id SET next_id = LAST_INSERT_ID(next_id + IF(server_id = %" PRIu64 ", 0, %" PRIu64
                   ")) + %" PRIu32 ", server_id = %" PRIu64 " WHERE name = ",
                   conn->server_id, (uint64_t)count * SKIPPED_BLOCKS, count, conn->server_id);
    put_row_name(&sql, table, column);
    weir_status status = sql.failed ? weir__fail_nomem(error)
                                    : weir__ids_run(conn, &place->database->shards[0], sql.data, &result, error);
    weir__buf_deinit(&sql);
    *first = status == WEIR_OK && result.affected ? result.insert_id : 0;
    if (status == WEIR_OK && *first > (uint64_t)INT64_MAX - count)
        status = weir__fail(error, WEIR_LIMIT, WEIR_RETRY_NEVER, "the sequence %s.%s is used up", table, column);
    return status;
}

/* The greatest id in the tables of the rule on one shard. */
static weir_status find_most(weir__conn *conn, const weir__shard *shard, const weir__table_config *rule, uint64_t *most,
                             weir_error *error)
{
    const weir__physical *p = &rule->physical;
    uint32_t tables = p->kind == WEIR__PHYSICAL_NUMBER ? p->count : 1;
    weir_status status = WEIR_OK;
    for (uint32_t i = 0; i < tables && status == WEIR_OK; i++) {
        char name[512];
        weir__buf sql;
        if (p->kind == WEIR__PHYSICAL_NUMBER)
            snprintf(name, sizeof name, "%s%0*u%s", p->prefix, (int)p->digits, p->first + i, p->suffix);
        else
            snprintf(name, sizeof name, "%s", rule->name);
        conn->deadline = weir__deadline_in(&conn->env->clock, shard->config->settings.timeouts.query_ms);
        weir__buf_init(&sql, &conn->env->mem, MAX_SQL);
        weir__buf_adds(&sql, "SELECT MAX(");
        weir__ids_put_name(&sql, rule->ids.column);
        weir__buf_adds(&sql, ") FROM ");
        weir__ids_put_name(&sql, name);
        status = sql.failed ? weir__fail_nomem(error) : weir__information_ask(conn, sql.data, number_row, most, error);
        weir__buf_deinit(&sql);
    }
    return status;
}

/* Is the row on this shard, which is not the first one? */
static weir_status refuse_if_here(weir__conn *conn, const weir__ids_place *place, const weir__shard *shard,
                                  const char *table, const char *column, weir_error *error)
{
    uint64_t found = 0;
    weir__buf sql;
    weir__buf_init(&sql, &conn->env->mem, MAX_SQL);
    weir__buf_adds(&sql, "SELECT COUNT(*) FROM weir_id WHERE name = ");
    put_row_name(&sql, table, column);
    weir_status status =
        sql.failed ? weir__fail_nomem(error) : weir__ids_ask(conn, shard, sql.data, number_row, &found, error);
    weir__buf_deinit(&sql);
    if (status == WEIR_OK && found)
        status = weir__fail(
            error, WEIR_CONFIG, WEIR_RETRY_NEVER,
            "the sequence %s.%s is kept on shard %s, and by the order of weir.yaml it would be on %s: put that "
            "shard first, or move its row of weir_id",
            table, column, shard->config->name, place->database->shards[0].config->name);
    return status;
}

static bool holds(const weir__table_config *rule, const weir__shard *shard)
{
    return rule->kind != WEIR__TABLE_SINGLE || rule->single == shard->config;
}

/* All shards must answer, this once: an id of a row that nobody has seen would be given again. */
static weir_status look_at_all(const weir__ids_place *place, const weir__table_config *rule, uint64_t *most,
                               weir_error *error)
{
    weir_status status = WEIR_OK;
    for (size_t i = 0; i < place->database->shard_count && status == WEIR_OK; i++) {
        const weir__shard *shard = &place->database->shards[i];
        weir__line *line = NULL;
        status = weir__line_call_primary(&place->client->env, shard, &line, error);
        if (status == WEIR_OK && i > 0)
            status = refuse_if_here(line->conn, place, shard, rule->name, rule->ids.column, error);
        if (status == WEIR_OK && holds(rule, shard))
            status = find_most(line->conn, shard, rule, most, error);
        weir__line_drop(&place->client->env, &line);
    }
    return status;
}

static weir_status make_row(const weir__ids_place *place, const weir__table_config *rule, uint64_t next,
                            weir_error *error)
{
    weir__conn *conn = (*place->line)->conn;
    weir__buf sql;
    weir__buf_init(&sql, &place->client->env.mem, MAX_SQL);
    weir__buf_adds(&sql, "INSERT INTO weir_id (name, next_id, server_id) VALUES (");
    put_row_name(&sql, rule->name, rule->ids.column);
    /* Another process may have made it: then it stays as it is. */
    weir__buf_addf(&sql, ", %" PRIu64 ", %" PRIu64 ") ON DUPLICATE KEY UPDATE name = name", next, conn->server_id);
    weir_status status =
        sql.failed ? weir__fail_nomem(error) : weir__ids_run(conn, &place->database->shards[0], sql.data, NULL, error);
    weir__buf_deinit(&sql);
    return status;
}

weir_status weir__ids_block(weir__ids_place *place, const char *table, const char *column, uint32_t count,
                            uint64_t *first, weir_error *error)
{
    uint64_t most = 0;
    weir_status status = advance(place, table, column, count, first, error);
    if (status != WEIR_OK || *first)
        return status;
    const weir__table_config *rule = weir__config_table(place->topology->config, place->database->config->name, table);
    if (!rule || rule->ids.kind != WEIR__IDS_SEQUENCE)
        return weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER, "weir.yaml makes no sequence for %s any more", table);
    if (rule->physical.kind == WEIR__PHYSICAL_TIME)
        return weir__fail(
            error, WEIR_CONFIG, WEIR_RETRY_NEVER,
            "%s has a table a period, so where its sequence begins must be said: INSERT INTO weir_id VALUES "
            "('%s.%s', <first id>, 0) on shard %s",
            table, table, column, place->database->shards[0].config->name);
    status = look_at_all(place, rule, &most, error);
    if (status == WEIR_OK)
        status = make_row(place, rule, most + 1, error);
    return status == WEIR_OK ? advance(place, table, column, count, first, error) : status;
}
