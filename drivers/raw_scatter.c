/* raw_scatter.c - a read of several shards as one writes it by hand: send to all, poll, read. SPDX-License-Identifier: Apache-2.0
 * The rival of `weir bench scatter`: no deadlines, no pool, no order, nothing but the rows. The command prints this text with
 * --show-raw. */
#include "drivers/raw_scatter.h"

#include <mysql.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

struct raw_scatter {
    MYSQL *mysql[RAW_SHARDS];
    unsigned count;
    uint64_t bytes; /* of the rows, so that they are looked at */
};

raw_scatter *raw_scatter_new(void)
{
    return weir__new(&weir__mem_system, sizeof(raw_scatter));
}

void raw_scatter_free(raw_scatter *raw)
{
    for (unsigned i = 0; raw && i < raw->count; i++)
        mysql_close(raw->mysql[i]);
    weir__free(&weir__mem_system, raw);
}

static bool fail(MYSQL *mysql, char why[RAW_WHY])
{
    snprintf(why, RAW_WHY, "%s", mysql ? mysql_error(mysql) : "out of memory");
    return false;
}

bool raw_scatter_add(raw_scatter *raw, const char *host, unsigned port, const char *socket, const char *user,
                     const char *password, const char *schema, char why[RAW_WHY])
{
    unsigned protocol = host ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET;
    MYSQL *mysql = raw->count < RAW_SHARDS ? mysql_init(NULL) : NULL;
    if (!mysql)
        return fail(NULL, why);
    raw->mysql[raw->count++] = mysql;
    mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    mysql_options(mysql, MYSQL_OPT_PROTOCOL, &protocol);
    return mysql_real_connect(mysql, host, user, password, schema, port, socket, 0) ? true : fail(mysql, why);
}

bool raw_scatter_run(raw_scatter *raw, unsigned shard, const char *sql, char why[RAW_WHY])
{
    return mysql_query(raw->mysql[shard], sql) == 0 || fail(raw->mysql[shard], why);
}

static bool read_rows(raw_scatter *raw, MYSQL *mysql, uint64_t *rows, char why[RAW_WHY])
{
    MYSQL_RES *result = mysql_use_result(mysql);
    MYSQL_ROW row;
    if (!result)
        return fail(mysql, why);
    while ((row = mysql_fetch_row(result))) {
        raw->bytes += mysql_fetch_lengths(result)[0] + (row[0] != NULL);
        ++*rows;
    }
    bool good = mysql_errno(mysql) == 0 || fail(mysql, why);
    mysql_free_result(result);
    return good;
}

bool raw_scatter_at_once(raw_scatter *raw, unsigned shards, const char *sql, uint64_t *rows, char why[RAW_WHY])
{
    struct pollfd fds[RAW_SHARDS];
    unsigned left = shards;
    for (unsigned i = 0; i < shards; i++) {
        if (mysql_send_query(raw->mysql[i], sql, (unsigned long)strlen(sql)) != 0)
            return fail(raw->mysql[i], why);
        fds[i] = (struct pollfd){.fd = mysql_get_socket(raw->mysql[i]), .events = POLLIN};
    }
    while (left > 0 && poll(fds, shards, -1) > 0)
        for (unsigned i = 0; i < shards; i++) {
            if (fds[i].fd < 0 || !fds[i].revents)
                continue;
            if (mysql_read_query_result(raw->mysql[i]) != 0)
                return fail(raw->mysql[i], why);
            if (!read_rows(raw, raw->mysql[i], rows, why))
                return false;
            fds[i].fd = -1;
            left--;
        }
    return true;
}

bool raw_scatter_in_turn(raw_scatter *raw, unsigned shards, const char *sql, uint64_t *rows, char why[RAW_WHY])
{
    for (unsigned i = 0; i < shards; i++)
        if (mysql_real_query(raw->mysql[i], sql, (unsigned long)strlen(sql)) != 0 ||
            !read_rows(raw, raw->mysql[i], rows, why))
            return fail(raw->mysql[i], why);
    return true;
}
