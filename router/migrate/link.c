/* link.c - see link.h. SPDX-License-Identifier: Apache-2.0 */
#include "router/migrate/link.h"

#include <stdio.h>

#include "base/str.h"

enum {
    ASK_MS = 120000,
    LONGEST_MS = 0x7fffffff, /* 24 days */
    CONNECT_MS = 10000,      /* at least: timeouts.connect is for statements that somebody waits for */
    OWN_STATEMENTS = 4,      /* kept prepared: weir__link_write */
};

weir_status weir__link_open(weir__link *link, const weir__env *env, const weir__shard_config *shard,
                            const weir__endpoint_config *at, weir_error *error)
{
    *link = (weir__link){.env = env, .shard = shard, .at = at};
    weir_status status = weir__server_init(&link->server, env, shard, at, error);
    if (link->server.endpoint.connect_ms < CONNECT_MS)
        link->server.endpoint.connect_ms = CONNECT_MS;
    weir__deadline deadline = weir__deadline_in(&env->clock, link->server.endpoint.connect_ms);
    link->server.endpoint.statement_ms = 0;
    link->server.prepared.most = OWN_STATEMENTS;
    if (status == WEIR_OK)
        status = weir__mysql_driver.open(env, &link->server.endpoint, deadline, &link->conn, error);
    if (status == WEIR_OK) /* a runner that waits for replicas, or for other shards, must not lose its locks */
        status = weir__link_run(link, weir__view("SET SESSION wait_timeout=2147483"), NULL, error);
    if (status != WEIR_OK)
        weir__link_close(link);
    return status;
}

void weir__link_close(weir__link *link)
{
    if (link->conn)
        link->conn->driver->close(link->conn);
    if (link->env)
        weir__server_deinit(&link->server);
    *link = (weir__link){.conn = NULL};
}

static weir_status open_writable(weir__link *link, const weir__env *env, const weir__shard_config *shard,
                                 const weir__endpoint_config *at, bool *writable, weir_error *error)
{
    char text[32] = "";
    bool found;
    weir_status status = weir__link_open(link, env, shard, at, error);
    if (status == WEIR_OK)
        status = weir__link_ask_text(link, "SELECT @@GLOBAL.read_only", text, sizeof text, &found, error);
    *writable = status == WEIR_OK && strcmp(text, "0") == 0;
    if (!*writable)
        weir__link_close(link);
    return status;
}

weir_status weir__link_open_primary(weir__link *link, const weir__env *env, const weir__shard_config *shard,
                                    weir_error *error)
{
    weir_error of_replica;
    bool writable;
    weir_status status = open_writable(link, env, shard, &shard->primary, &writable, error);
    if (writable)
        return WEIR_OK;
    for (size_t i = 0; i < shard->replica_count; i++)
        if (open_writable(link, env, shard, &shard->replicas[i], &writable, &of_replica) == WEIR_OK && writable)
            return WEIR_OK;
    return status != WEIR_OK ? status
                             : weir__fail(error, WEIR_UNREACHABLE, WEIR_RETRY_CALL,
                                          "shard %s has no writable server: %s is read_only", shard->name,
                                          shard->primary.address.text);
}

static weir_status run(weir__link *link, weir__command command, uint32_t ms, weir__information_row *each, void *context,
                       weir_result *result, weir_error *error)
{
    weir__conn *conn = link->conn;
    weir__answer answer;
    conn->deadline = weir__deadline_in(&conn->env->clock, ms);
    weir_status status = conn->driver->run(conn, &command, &answer, error);
    if (status == WEIR_OK && result)
        *result = answer.result;
    if (status != WEIR_OK || answer.column_count == 0)
        return status;
    weir__cell *cells = weir__array(&conn->env->mem, answer.column_count, sizeof *cells);
    weir_str *texts = weir__array(&conn->env->mem, answer.column_count, sizeof *texts);
    bool row = cells && texts;
    status = row ? WEIR_OK : weir__fail_nomem(error);
    while (row && (status = conn->driver->fetch(conn, &answer, cells, &row, error)) == WEIR_OK && row) {
        for (uint32_t i = 0; i < answer.column_count; i++)
            texts[i] = (weir_str){cells[i].type == WEIR_T_NULL ? NULL : cells[i].as.p, cells[i].size};
        if (each)
            each(context, texts, answer.column_count);
    }
    conn->driver->end(conn);
    weir__free(&conn->env->mem, cells);
    weir__free(&conn->env->mem, texts);
    return status;
}

weir_status weir__link_run(weir__link *link, weir_str sql, weir_result *result, weir_error *error)
{
    return run(link, (weir__command){.sql = sql, .may_write = true}, LONGEST_MS, NULL, NULL, result, error);
}

weir_status weir__link_write(weir__link *link, const char *sql, weir_args args, weir_error *error)
{
    const weir__command command = {.sql = weir__view(sql), .args = args, .may_write = true, .keep = true};
    return run(link, command, ASK_MS, NULL, NULL, NULL, error);
}

weir_status weir__link_ask(weir__link *link, const char *sql, weir__information_row *each, void *context,
                           weir_error *error)
{
    const weir__command command = {.sql = weir__view(sql), .may_write = true};
    return run(link, command, ASK_MS, each, context, NULL, error);
}

typedef struct first_cell {
    char *text;
    size_t room;
    bool found;
} first_cell;

static void first_row(void *context, const weir_str *cells, uint32_t count)
{
    first_cell *f = context;
    (void)count;
    if (!f->found)
        snprintf(f->text, f->room, "%.*s", WEIR__STR(cells[0]));
    f->found = true;
}

weir_status weir__link_ask_text(weir__link *link, const char *sql, char *text, size_t room, bool *found,
                                weir_error *error)
{
    first_cell f = {text, room, false};
    *text = '\0';
    weir_status status = weir__link_ask(link, sql, first_row, &f, error);
    *found = f.found;
    return status;
}

uint64_t weir__link_number(weir_str text)
{
    uint64_t n = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return 0;
        n = n * 10 + (uint64_t)(text.data[i] - '0');
    }
    return n;
}

void weir__link_put_value(weir__buf *sql, weir_str text)
{
    static const char digits[] = "0123456789ABCDEF";
    weir__buf_adds(sql, "X'");
    char *to = weir__buf_grow(sql, text.size * 2);
    for (size_t i = 0; to && i < text.size; i++) {
        *to++ = digits[(unsigned char)text.data[i] >> 4];
        *to++ = digits[(unsigned char)text.data[i] & 15];
    }
    weir__buf_addc(sql, '\'');
}

void weir__link_put_name(weir__buf *sql, weir_str name)
{
    weir__buf_addc(sql, '`');
    for (size_t i = 0; i < name.size; i++) {
        if (name.data[i] == '`')
            weir__buf_addc(sql, '`');
        weir__buf_addc(sql, name.data[i]);
    }
    weir__buf_addc(sql, '`');
}
