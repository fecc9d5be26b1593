/* ledger_write.c - rows of weir_ledger under the fence. SPDX-License-Identifier: Apache-2.0
 * Each row that says something new is inserted from the lease row, locked, where it has the runner's token: one statement that both
 * checks and writes. A newer runner first puts its token there, and waits for that lock. */
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "base/str.h"
#include "router/migrate/ledger.h"
#include "schema/own_tables.h"

enum { MAX_ROW_SQL = 40 * 1024 * 1024 };

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

static void put_who(weir__buf *sql)
{
    char room[1024], host[128] = "?";
    struct passwd entry, *found = NULL;
    getpwuid_r(getuid(), &entry, room, sizeof room, &found);
    gethostname(host, sizeof host);
    host[sizeof host - 1] = '\0';
    weir__link_put_value(sql, weir__view(found ? found->pw_name : "?"));
    weir__buf_adds(sql, " AS done_by, ");
    weir__link_put_value(sql, weir__view(host));
    weir__buf_adds(sql, " AS host");
}

/* The values of one row, in the order of the INSERT. */
static void put_values(weir__buf *sql, const weir__fence *fence, const weir__written *w)
{
    const weir__entry *e = w->entry;
    weir__buf_addf(sql, "SELECT %" PRIu64 " AS version, %u AS round, %u AS statement, %u AS statements, ", e->version,
                   e->round, e->statement, e->statements);
    weir__link_put_value(sql, weir__view(e->name));
    weir__buf_addf(sql, " AS name, '%s' AS checksum, '%s' AS statement_checksum, ", e->checksum, e->statement_checksum);
    weir__buf_addf(sql, "NOW(6) - INTERVAL %" PRIu64 " MICROSECOND AS started_at, ",
                   (w->ago_ms + w->milliseconds) * 1000);
    if (w->ended)
        weir__buf_addf(sql, "NOW(6) - INTERVAL %" PRIu64 " MICROSECOND AS ended_at, %" PRIu64 " AS milliseconds, ",
                       w->ago_ms * 1000, w->milliseconds);
    else
        weir__buf_adds(sql, "NULL AS ended_at, NULL AS milliseconds, ");
    put_who(sql);
    weir__buf_addf(sql, ", %" PRIu64 " AS token, ", fence->token);
    if (w->intent)
        weir__link_put_value(sql, weir__view(w->intent));
    else
        weir__buf_adds(sql, "NULL");
    weir__buf_adds(sql, " AS intent");
}

weir_status weir__ledger_write(weir__link *link, const weir__fence *fence, const weir__written *rows, size_t count,
                               weir_error *error)
{
    weir__buf sql;
    weir_result result = {.affected = 0};
    weir__buf_init(&sql, &link->env->mem, MAX_ROW_SQL);
    weir__buf_adds(
        &sql, "INSERT INTO weir_ledger (version, round, statement, statements, name, checksum, statement_checksum, "
              "started_at, ended_at, milliseconds, done_by, host, token, intent) SELECT r.* FROM (");
    for (size_t i = 0; i < count; i++) {
        weir__buf_adds(&sql, i ? " UNION ALL " : "");
        put_values(&sql, fence, &rows[i]);
    }
    weir__buf_adds(&sql, ") r, weir_lease l WHERE l.name = ");
    weir__link_put_value(&sql, weir__view(fence->lease));
    weir__buf_addf(&sql, " AND l.token = %" PRIu64 " FOR UPDATE", fence->token);
    weir__buf_adds(
        &sql,
        " ON DUPLICATE KEY UPDATE statements = VALUES(statements), name = VALUES(name), checksum = VALUES(checksum), "
        "statement_checksum = VALUES(statement_checksum), started_at = VALUES(started_at), "
        "ended_at = VALUES(ended_at), milliseconds = VALUES(milliseconds), done_by = VALUES(done_by), "
        "host = VALUES(host), token = VALUES(token), intent = VALUES(intent), error = NULL");
    weir_status status =
        sql.failed ? weir__fail_nomem(error) : weir__link_run(link, (weir_str){sql.data, sql.size}, &result, error);
    weir__buf_deinit(&sql);
    return status == WEIR_OK && result.affected == 0 ? lost(link, fence, error) : status;
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
