/* ledger.c - see ledger.h. SPDX-License-Identifier: Apache-2.0 */
#include "router/load/ledger.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/str.h"
#include "schema/own_tables.h"

enum { STATEMENT_MS = 120000, MOST_SQL = 64 * 1024 };

void weir__load_put_bytes(weir__buf *sql, const void *bytes, size_t size)
{
    static const char digits[] = "0123456789ABCDEF";
    const unsigned char *from = bytes;
    weir__buf_adds(sql, "X'");
    char *to = weir__buf_grow(sql, size * 2);
    for (size_t i = 0; to && i < size; i++) {
        *to++ = digits[from[i] >> 4];
        *to++ = digits[from[i] & 15];
    }
    weir__buf_addc(sql, '\'');
}

static void put_text(weir__buf *sql, const char *text)
{
    weir__load_put_bytes(sql, text, strlen(text));
}

/* ---- the connection ---- */

weir_status weir__load_run(weir__load_link *link, weir_str sql, bool may_write, weir_result *result, weir_error *error)
{
    const weir__command command = {.sql = sql, .may_write = may_write};
    weir__answer answer = {.column_count = 0};
    link->conn->deadline = weir__deadline_in(&link->env->clock, STATEMENT_MS);
    weir_status status = link->conn->driver->run(link->conn, &command, &answer, error);
    if (result)
        *result = answer.result;
    return status;
}

weir_status weir__load_ask(weir__load_link *link, const char *sql, weir__information_row *each, void *context,
                           weir_error *error)
{
    link->conn->deadline = weir__deadline_in(&link->env->clock, STATEMENT_MS);
    return weir__information_ask(link->conn, sql, each, context, error);
}

/* Strict, and reading backslashes: a row is stored as it is, or refused. */
static weir_status set_mode(weir__load_link *link, weir_error *error)
{
    weir__buf sql;
    const char *at = link->conn->sql_mode;
    weir__buf_init(&sql, &link->env->mem, MOST_SQL);
    weir__buf_adds(&sql, "SET SESSION sql_mode='STRICT_TRANS_TABLES,STRICT_ALL_TABLES");
    while (*at) {
        size_t size = strcspn(at, ",");
        if (!weir__str_is((weir_str){at, size}, "NO_BACKSLASH_ESCAPES") && size) {
            weir__buf_addc(&sql, ',');
            weir__buf_add(&sql, at, size);
        }
        at += size + (at[size] == ',');
    }
    weir__buf_addc(&sql, '\'');
    weir_status status =
        sql.failed ? weir__fail_nomem(error) : weir__load_run(link, (weir_str){sql.data, sql.size}, false, NULL, error);
    weir__buf_deinit(&sql);
    return status;
}

weir_status weir__load_call(weir__load_link *link, weir_error *error)
{
    const weir__conn *before = link->conn;
    link->conn = NULL;
    weir_status status = weir__line_call_primary(link->env, link->shard, &link->line, error);
    if (status != WEIR_OK)
        return status;
    link->conn = link->line->conn;
    if (link->conn == before && link->line->used)
        return WEIR_OK;
    status = set_mode(link, error);
    if (status != WEIR_OK)
        weir__load_hang_up(link);
    return status;
}

void weir__load_hang_up(weir__load_link *link)
{
    link->conn = NULL;
    if (link->env)
        weir__line_drop(link->env, &link->line);
}

/* ---- the tables ---- */

weir_status weir__load_prepare(weir__load_link *link, weir_error *error)
{
    enum { DENIED = 1142, NO_DATABASE = 1044 };
    weir_status status = WEIR_OK;
    for (size_t i = 0; i < weir__own_table_count && status == WEIR_OK; i++) {
        const weir__own_table *table = &weir__own_tables[i];
        weir__buf sql;
        if (strncmp(table->name, "weir_load", 9) != 0)
            continue;
        weir__buf_init(&sql, &link->env->mem, MOST_SQL);
        weir__buf_addf(&sql, "CREATE TABLE IF NOT EXISTS `%s` (%s) %s", table->name, table->columns,
                       weir__own_table_options);
        status = sql.failed ? weir__fail_nomem(error)
                            : weir__load_run(link, (weir_str){sql.data, sql.size}, false, NULL, error);
        weir__buf_deinit(&sql);
    }
    if (status != WEIR_OK && (error->server_errno == DENIED || error->server_errno == NO_DATABASE))
        return weir__fail(
            error, WEIR_CONFIG, WEIR_RETRY_NEVER,
            "shard %s: the user of weir.yaml may not make weir_load, which keeps how far a load has come: run "
            "weir setup as one who may",
            link->shard->config->name);
    return status;
}

static void put_id(weir__buf *sql, const weir__load_about *about)
{
    weir__buf_adds(sql, " WHERE load_id = ");
    weir__load_put_bytes(sql, about->id, sizeof about->id);
}

static weir_status run_buf(weir__load_link *link, weir__buf *sql, weir_error *error)
{
    weir_status status = sql->failed ? weir__fail_nomem(error)
                                     : weir__load_run(link, (weir_str){sql->data, sql->size}, false, NULL, error);
    weir__buf_deinit(sql);
    return status;
}

typedef struct survey {
    uint32_t lanes;
    bool others, differs;
    const char *wanted;
    char options[256], begun_at[32];
} survey;

static uint64_t number(weir_str text)
{
    uint64_t n = 0;
    for (size_t i = 0; i < text.size && text.data[i] >= '0' && text.data[i] <= '9'; i++)
        n = n * 10 + (uint64_t)(text.data[i] - '0');
    return n;
}

static void note_own(void *context, const weir_str *cells, uint32_t count)
{
    survey *s = context;
    (void)count;
    s->lanes = (uint32_t)number(cells[0]);
    s->differs |= !weir__str_is(cells[1], s->wanted);
    snprintf(s->options, sizeof s->options, "%.*s", WEIR__STR(cells[1]));
}

static void note_other(void *context, const weir_str *cells, uint32_t count)
{
    survey *s = context;
    (void)count;
    s->others = true;
    snprintf(s->begun_at, sizeof s->begun_at, "%.*s", WEIR__STR(cells[0]));
}

weir_status weir__load_survey(weir__load_link *link, const weir__load_about *about, uint32_t *lanes, weir_error *error)
{
    survey s = {.lanes = 0, .wanted = about->options};
    weir__buf sql;
    weir__buf_init(&sql, &link->env->mem, MOST_SQL);
    weir__buf_adds(&sql, "SELECT lanes, options FROM weir_load");
    put_id(&sql, about);
    weir_status status = sql.failed ? weir__fail_nomem(error) : weir__load_ask(link, sql.data, note_own, &s, error);
    weir__buf_reset(&sql);
    weir__buf_adds(&sql, "SELECT CAST(begun_at AS CHAR(19)) FROM weir_load WHERE ended = 0 AND table_name = ");
    put_text(&sql, about->table);
    weir__buf_adds(&sql, " AND file = ");
    put_text(&sql, about->file);
    weir__buf_adds(&sql, " AND load_id <> ");
    weir__load_put_bytes(&sql, about->id, sizeof about->id);
    if (status == WEIR_OK)
        status = sql.failed ? weir__fail_nomem(error) : weir__load_ask(link, sql.data, note_other, &s, error);
    weir__buf_deinit(&sql);
    *lanes = s.lanes;
    if (status == WEIR_OK && s.others)
        return weir__fail(
            error, WEIR_CONFIG, WEIR_RETRY_NEVER,
            "%s has changed: a load of it into %s was begun at %s UTC, when it had other bytes, and did not "
            "end. Give it the old bytes to go on, or forget that load (--restart): rows that it has "
            "loaded stay",
            about->file, about->table, s.begun_at);
    if (status == WEIR_OK && s.differs)
        return weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER,
                          "the load of %s was begun with other options or another shard map (%s; now %s): say the same "
                          "again, or forget it (--restart): rows that it has loaded stay",
                          about->file, s.options, about->options);
    return status;
}

weir_status weir__load_forget(weir__load_link *link, const weir__load_about *about, weir_error *error)
{
    weir__buf sql;
    weir__buf_init(&sql, &link->env->mem, MOST_SQL);
    weir__buf_adds(&sql,
                   "DELETE r FROM weir_load_reject r JOIN weir_load l ON l.load_id = r.load_id WHERE l.load_id = ");
    weir__load_put_bytes(&sql, about->id, sizeof about->id);
    weir__buf_adds(&sql, " OR (l.table_name = ");
    put_text(&sql, about->table);
    weir__buf_adds(&sql, " AND l.file = ");
    put_text(&sql, about->file);
    weir__buf_adds(&sql, ")");
    weir_status status = run_buf(link, &sql, error);
    weir__buf_init(&sql, &link->env->mem, MOST_SQL);
    weir__buf_adds(&sql, "DELETE FROM weir_load");
    put_id(&sql, about);
    weir__buf_adds(&sql, " OR (table_name = ");
    put_text(&sql, about->table);
    weir__buf_adds(&sql, " AND file = ");
    put_text(&sql, about->file);
    weir__buf_adds(&sql, ")");
    if (status == WEIR_OK)
        return run_buf(link, &sql, error);
    weir__buf_deinit(&sql);
    return status;
}

weir_status weir__load_forget_own(weir__load_link *link, const weir__load_about *about, weir_error *error)
{
    weir__buf sql;
    weir__buf_init(&sql, &link->env->mem, MOST_SQL);
    weir__buf_adds(&sql, "DELETE FROM weir_load");
    put_id(&sql, about);
    return run_buf(link, &sql, error);
}

weir_status weir__load_begin(weir__load_link *link, const weir__load_about *about, uint32_t first, uint32_t count,
                             weir_error *error)
{
    weir__buf sql;
    weir__buf_init(&sql, &link->env->mem, MOST_SQL * 16);
    weir__buf_adds(&sql, "INSERT INTO weir_load (load_id, lane, lanes, owner, position, loaded, rejected, ended, "
                         "table_name, file, options) VALUES ");
    for (uint32_t i = 0; i < count; i++) {
        weir__buf_adds(&sql, i ? ", (" : "(");
        weir__load_put_bytes(&sql, about->id, sizeof about->id);
        weir__buf_addf(&sql, ", %u, %u, ", first + i, about->lanes);
        weir__load_put_bytes(&sql, about->owner, sizeof about->owner);
        weir__buf_adds(&sql, ", 0, 0, 0, 0, ");
        put_text(&sql, about->table);
        weir__buf_adds(&sql, ", ");
        put_text(&sql, about->file);
        weir__buf_adds(&sql, ", ");
        put_text(&sql, about->options);
        weir__buf_adds(&sql, ")");
    }
    weir__buf_adds(&sql, " ON DUPLICATE KEY UPDATE lane = VALUES(lane)");
    return run_buf(link, &sql, error);
}

typedef struct looked {
    weir__load_standing *standing;
    const weir__load_about *about;
    bool there, own;
} looked;

static void note_standing(void *context, const weir_str *cells, uint32_t count)
{
    looked *k = context;
    (void)count;
    k->there = true;
    k->own = cells[0].size == sizeof k->about->owner && memcmp(cells[0].data, k->about->owner, cells[0].size) == 0;
    *k->standing = (weir__load_standing){.position = number(cells[1]),
                                         .loaded = number(cells[2]),
                                         .rejected = number(cells[3]),
                                         .ended = number(cells[4]) != 0,
                                         .lanes = (uint32_t)number(cells[5])};
}

weir_status weir__load_taken_over(weir_error *error)
{
    return weir__fail(error, WEIR_CONFLICT, WEIR_RETRY_NEVER,
                      "another process has gone on with this load: this one ends; no row is there twice");
}

weir_status weir__load_look(weir__load_link *link, const weir__load_about *about, uint32_t lane,
                            weir__load_standing *standing, weir_error *error)
{
    weir__buf sql;
    looked k = {standing, about, false, false};
    weir__buf_init(&sql, &link->env->mem, MOST_SQL);
    weir__buf_adds(&sql, "SELECT owner, position, loaded, rejected, ended, lanes FROM weir_load");
    put_id(&sql, about);
    weir__buf_addf(&sql, " AND lane = %u FOR UPDATE", lane);
    weir_status status =
        sql.failed ? weir__fail_nomem(error) : weir__load_ask(link, sql.data, note_standing, &k, error);
    weir__buf_deinit(&sql);
    if (status == WEIR_OK && !k.there)
        return weir__fail(error, WEIR_CONFLICT, WEIR_RETRY_NEVER,
                          "this load was forgotten (--restart) by another process: this one ends");
    return status == WEIR_OK && !k.own ? weir__load_taken_over(error) : status;
}

weir_status weir__load_take(weir__load_link *link, const weir__load_about *about, uint32_t lane,
                            weir__load_standing *standing, weir_error *error)
{
    weir__buf sql;
    weir__buf_init(&sql, &link->env->mem, MOST_SQL);
    weir__buf_adds(&sql, "UPDATE weir_load SET owner = ");
    weir__load_put_bytes(&sql, about->owner, sizeof about->owner);
    put_id(&sql, about);
    weir__buf_addf(&sql, " AND lane = %u", lane);
    weir_status status = run_buf(link, &sql, error);
    return status == WEIR_OK ? weir__load_look(link, about, lane, standing, error) : status;
}

void weir__load_move_sql(const weir__load_about *about, uint32_t lane, const weir__load_standing *from,
                         const weir__load_standing *to, weir__buf *sql)
{
    weir__buf_addf(sql,
                   "UPDATE weir_load SET position = %" PRIu64 ", loaded = %" PRIu64 ", rejected = %" PRIu64
                   ", ended = %d, moved_at = NOW(6)",
                   to->position, to->loaded, to->rejected, to->ended);
    put_id(sql, about);
    weir__buf_addf(sql, " AND lane = %u AND position = %" PRIu64 " AND owner = ", lane, from->position);
    weir__load_put_bytes(sql, about->owner, sizeof about->owner);
}
