/* ledger_write.c - rows of weir_ledger under the fence. SPDX-License-Identifier: Apache-2.0
 * Each row that says something new takes its token from the lease row, locked, and only where it is the runner's: one statement that both
 * checks and writes. A newer runner first puts its token there, and waits for that lock. */
#include <inttypes.h>
#include <stdio.h>

#include "base/str.h"
#include "router/migrate/ledger.h"
#include "schema/own_tables.h"

enum { MAX_ROW_SQL = 65536, ROW_VALUES = 16, OUT_OF_RANGE = 1690 };

static const char *const needed[] = {"weir_lease", "weir_ledger"};

weir_status weir__ledger_prepare(weir__link *link, weir_error *error)
{
    weir_status status = WEIR_OK;
    for (size_t i = 0; i < weir__own_table_count && status == WEIR_OK; i++) {
        const weir__own_table *table = &weir__own_tables[i];
        if (strcmp(table->name, needed[0]) != 0 && strcmp(table->name, needed[1]) != 0)
            continue;
        weir__buf sql;
        weir__buf_init(&sql, &link->env->mem, MAX_ROW_SQL);
        weir__buf_addf(&sql, "CREATE TABLE IF NOT EXISTS `%s` (%s) %s", table->name, table->columns,
                       weir__own_table_options);
        status = sql.failed ? weir__fail_nomem(error) : weir__link_ask(link, sql.data, NULL, NULL, error);
        weir__buf_deinit(&sql);
    }
    if (status != WEIR_OK && (error->server_errno == 1142 || error->server_errno == 1044))
        return weir__fail(
            error, WEIR_CONFIG, WEIR_RETRY_NEVER,
            "shard %s: the user of weir.yaml may not create tables, so it can neither make weir_ledger nor migrate",
            link->shard->name);
    return status;
}

static weir_status lost(weir__link *link, const weir__fence *fence, weir_error *error)
{
    return weir__fail(error, WEIR_CONFLICT, WEIR_RETRY_CALL,
                      "shard %s: another runner has taken the lease %s over: this one stops before its next statement; "
                      "what has run is in "
                      "the ledger",
                      link->shard->name, fence->lease);
}

weir_status weir__ledger_fence(weir__link *link, const weir__fence *fence, weir_error *error)
{
    weir__buf sql;
    char token[32];
    bool found;
    weir__buf_init(&sql, &link->env->mem, 4096);
    weir__buf_adds(&sql, "INSERT INTO weir_lease (name, holder, token, until) VALUES (");
    weir__link_put_value(&sql, weir__view(fence->lease));
    weir__buf_adds(&sql, ", ");
    weir__link_put_value(&sql, weir__view(fence->holder));
    weir__buf_addf(&sql,
                   ", %" PRIu64
                   ", NOW(6)) ON DUPLICATE KEY UPDATE holder = IF(token < VALUES(token), VALUES(holder), holder), "
                   "token = GREATEST(token, VALUES(token))",
                   fence->token);
    weir_status status = sql.failed ? weir__fail_nomem(error) : weir__link_ask(link, sql.data, NULL, NULL, error);
    weir__buf_reset(&sql);
    weir__buf_adds(&sql, "SELECT token FROM weir_lease WHERE name = ");
    weir__link_put_value(&sql, weir__view(fence->lease));
    if (status == WEIR_OK)
        status = sql.failed ? weir__fail_nomem(error)
                            : weir__link_ask_text(link, sql.data, token, sizeof token, &found, error);
    weir__buf_deinit(&sql);
    if (status == WEIR_OK && weir__link_number(weir__view(token)) != fence->token)
        return lost(link, fence, error);
    return status;
}

/* The runner's token is read from the lease row, which stays locked until the end of the transaction. Under another token, or without the
 * row, it is a number that is too large for any sql_mode, so that nothing is written. */
#define MOST "18446744073709551615"
#define ROW                                                                                                            \
    "(?, ?, ?, ?, ?, ?, ?, NOW(6) - INTERVAL ? MICROSECOND, NOW(6) - INTERVAL ? MICROSECOND, ?, ?, ?, "                \
    "COALESCE((SELECT IF(l.token = ?, l.token, " MOST                                                                  \
    " + l.token) FROM weir_lease l WHERE l.name = ? FOR UPDATE), " MOST " + ?), ?)"
#define INTO                                                                                                           \
    "INSERT INTO weir_ledger (version, round, statement, statements, name, checksum, statement_checksum, started_at, " \
    "ended_at, milliseconds, done_by, host, token, intent) VALUES "
#define OR_UPDATE                                                                                                      \
    " ON DUPLICATE KEY UPDATE statements = VALUES(statements), name = VALUES(name), checksum = VALUES(checksum), "     \
    "statement_checksum = VALUES(statement_checksum), started_at = VALUES(started_at), "                               \
    "ended_at = VALUES(ended_at), milliseconds = VALUES(milliseconds), done_by = VALUES(done_by), "                    \
    "host = VALUES(host), token = VALUES(token), intent = VALUES(intent), error = NULL"

/* The parameters of one row. */
static void put_values(weir_value *v, const weir__fence *fence, const weir__written *w)
{
    const weir__entry *e = w->entry;
    const weir_value values[] = {
        weir_uint(e->version),
        weir_uint(e->round),
        weir_uint(e->statement),
        weir_uint(e->statements),
        weir_text(e->name),
        weir_text(e->checksum),
        weir_text(e->statement_checksum),
        weir_uint((w->ago_ms + w->milliseconds) * 1000),
        w->ended ? weir_uint(w->ago_ms * 1000) : weir_null(),
        w->ended ? weir_uint(w->milliseconds) : weir_null(),
        weir_bytes(fence->user, strlen(fence->user)),
        weir_bytes(fence->host, strlen(fence->host)),
        weir_uint(fence->token),
        weir_text(fence->lease),
        weir_uint(fence->token),
        w->intent ? weir_text(w->intent) : weir_null(),
    };
    static_assert(sizeof values / sizeof *values == ROW_VALUES, "as many as ROW has");
    memcpy(v, values, sizeof values);
}

weir_status weir__ledger_write(weir__link *link, const weir__fence *fence, const weir__written *rows, size_t count,
                               weir_error *error)
{
    weir_value values[WEIR__MOST_WRITTEN * ROW_VALUES];
    for (size_t i = 0; i < count; i++)
        put_values(values + i * ROW_VALUES, fence, &rows[i]);
    weir_status status = weir__link_write(link, count == 1 ? INTO ROW OR_UPDATE : INTO ROW ", " ROW OR_UPDATE,
                                          (weir_args){values, count * ROW_VALUES}, error);
    return status != WEIR_OK && error->server_errno == OUT_OF_RANGE ? lost(link, fence, error) : status;
}

static weir_status change_row(weir__link *link, const weir__entry *entry, weir__buf *sql, weir_error *error)
{
    weir__buf_addf(sql, " WHERE version = %" PRIu64 " AND round = %u AND statement = %u", entry->version, entry->round,
                   entry->statement);
    weir_status status = sql->failed ? weir__fail_nomem(error) : weir__link_ask(link, sql->data, NULL, NULL, error);
    weir__buf_deinit(sql);
    return status;
}

weir_status weir__ledger_end(weir__link *link, const weir__entry *entry, uint64_t milliseconds, weir_error *error)
{
    weir__buf sql;
    weir__buf_init(&sql, &link->env->mem, 4096);
    weir__buf_addf(&sql,
                   "UPDATE weir_ledger SET ended_at = NOW(6), milliseconds = %" PRIu64 ", intent = NULL, error = NULL",
                   milliseconds);
    return change_row(link, entry, &sql, error);
}

weir_status weir__ledger_fail(weir__link *link, const weir__entry *entry, const char *text, weir_error *error)
{
    weir__buf sql;
    weir__buf_init(&sql, &link->env->mem, 8192);
    weir__buf_adds(&sql, "UPDATE weir_ledger SET intent = NULL, error = ");
    weir__link_put_value(&sql, weir__view(text));
    return change_row(link, entry, &sql, error);
}
