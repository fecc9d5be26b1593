/* raw_client.c - the code that one writes against libmysqlclient by hand. SPDX-License-Identifier: Apache-2.0
 * The rival of `weir bench overhead`: no deadlines, no pool, no look at the transaction, nothing but the select. Prepared once, bound
 * once; rows are not stored. The command prints this text with --show-raw. */
#include "drivers/raw_client.h"

#include <inttypes.h>
#include <mysql.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

struct raw_client {
    MYSQL *mysql;
    MYSQL_STMT *statement;
    int64_t id;
    char c[256];
    unsigned long c_size;
};

raw_client *raw_open(const char *host, unsigned port, const char *socket, const char *user, const char *password,
                     const char *schema, char why[RAW_WHY])
{
    unsigned protocol = host ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET;
    raw_client *raw = weir__new(&weir__mem_system, sizeof *raw);
    if (!raw || !(raw->mysql = mysql_init(NULL))) {
        snprintf(why, RAW_WHY, "out of memory");
        raw_close(raw);
        return NULL;
    }
    mysql_options(raw->mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    mysql_options(raw->mysql, MYSQL_OPT_PROTOCOL, &protocol);
    if (!mysql_real_connect(raw->mysql, host, user, password, schema, port, socket, 0)) {
        snprintf(why, RAW_WHY, "%s", mysql_error(raw->mysql));
        raw_close(raw);
        return NULL;
    }
    return raw;
}

void raw_close(raw_client *raw)
{
    if (!raw)
        return;
    if (raw->statement)
        mysql_stmt_close(raw->statement);
    if (raw->mysql)
        mysql_close(raw->mysql);
    weir__free(&weir__mem_system, raw);
}

bool raw_run(raw_client *raw, const char *sql, char why[RAW_WHY])
{
    if (mysql_query(raw->mysql, sql) == 0)
        return true;
    snprintf(why, RAW_WHY, "%s", mysql_error(raw->mysql));
    return false;
}

static bool prepare(raw_client *raw)
{
    static const char sql[] = "SELECT c FROM weir_bench WHERE id = ?";
    MYSQL_BIND id = {.buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &raw->id};
    MYSQL_BIND c = {
        .buffer_type = MYSQL_TYPE_STRING, .buffer = raw->c, .buffer_length = sizeof raw->c, .length = &raw->c_size};
    raw->statement = mysql_stmt_init(raw->mysql);
    return raw->statement && mysql_stmt_prepare(raw->statement, sql, sizeof sql - 1) == 0 &&
           mysql_stmt_bind_param(raw->statement, &id) == 0 && mysql_stmt_bind_result(raw->statement, &c) == 0;
}

bool raw_select_prepared(raw_client *raw, int64_t id, size_t *size, char why[RAW_WHY])
{
    if (!raw->statement && !prepare(raw)) {
        snprintf(why, RAW_WHY, "%s", mysql_error(raw->mysql));
        return false;
    }
    raw->id = id;
    if (mysql_stmt_execute(raw->statement) != 0 || mysql_stmt_fetch(raw->statement) != 0) {
        snprintf(why, RAW_WHY, "%s", mysql_stmt_error(raw->statement));
        return false;
    }
    *size = raw->c_size;
    return mysql_stmt_fetch(raw->statement) == MYSQL_NO_DATA;
}

bool raw_select_text(raw_client *raw, int64_t id, size_t *size, char why[RAW_WHY])
{
    char sql[80];
    int length = snprintf(sql, sizeof sql, "SELECT c FROM weir_bench WHERE id = %" PRId64, id);
    MYSQL_RES *rows = NULL;
    MYSQL_ROW row = NULL;
    if (mysql_real_query(raw->mysql, sql, (unsigned long)length) == 0)
        rows = mysql_use_result(raw->mysql);
    if (rows && (row = mysql_fetch_row(rows))) {
        *size = mysql_fetch_lengths(rows)[0];
        memcpy(raw->c, row[0], *size < sizeof raw->c ? *size : sizeof raw->c);
    }
    bool done = row && !mysql_fetch_row(rows) && mysql_errno(raw->mysql) == 0;
    if (!done)
        snprintf(why, RAW_WHY, "%s", mysql_error(raw->mysql));
    if (rows)
        mysql_free_result(rows);
    return done;
}
