/* raw_scatter.c - a read of several shards as one writes it by hand: send to all, poll, read. SPDX-License-Identifier: Apache-2.0
 * The rival of `weir bench scatter`: no deadlines, no pool, nothing but the rows, of which the first column is a number. The command
 * prints this text with --show-raw. */
#include "drivers/raw_scatter.h"

#include <mysql.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct raw_scatter {
    MYSQL *mysql[RAW_SHARDS];
    unsigned count;
    int64_t sum;    /* of the first columns, so that the rows are looked at */
    uint64_t bytes; /* of the others */
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

static void look_at(raw_scatter *raw, MYSQL_RES *result, MYSQL_ROW row)
{
    const unsigned long *sizes = mysql_fetch_lengths(result);
    raw->sum += strtoll(row[0], NULL, 10);
    for (unsigned i = 1; i < mysql_num_fields(result); i++)
        raw->bytes += sizes[i];
}

static bool read_rows(raw_scatter *raw, MYSQL *mysql, uint64_t *rows, char why[RAW_WHY])
{
    MYSQL_RES *result = mysql_use_result(mysql);
    MYSQL_ROW row;
    if (!result)
        return fail(mysql, why);
    while ((row = mysql_fetch_row(result))) {
        look_at(raw, result, row);
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

/* The least of the rows that the shards have next: few enough to look at all. */
static unsigned least_of(const MYSQL_ROW *next, const int64_t *ids, unsigned shards)
{
    unsigned least = shards;
    for (unsigned i = 0; i < shards; i++)
        if (next[i] && (least == shards || ids[i] < ids[least]))
            least = i;
    return least;
}

static bool merge(raw_scatter *raw, MYSQL_RES **results, unsigned shards, uint64_t *rows, char why[RAW_WHY])
{
    MYSQL_ROW next[RAW_SHARDS];
    int64_t ids[RAW_SHARDS] = {0};
    unsigned at;
    for (unsigned i = 0; i < shards; i++)
        if ((next[i] = mysql_fetch_row(results[i])))
            ids[i] = strtoll(next[i][0], NULL, 10);
    while ((at = least_of(next, ids, shards)) < shards) {
        raw->sum += ids[at];
        ++*rows;
        if ((next[at] = mysql_fetch_row(results[at])))
            ids[at] = strtoll(next[at][0], NULL, 10);
        else if (mysql_errno(raw->mysql[at]) != 0)
            return fail(raw->mysql[at], why);
    }
    return true;
}

bool raw_scatter_ordered(raw_scatter *raw, unsigned shards, const char *sql, uint64_t *rows, char why[RAW_WHY])
{
    MYSQL_RES *results[RAW_SHARDS] = {NULL};
    bool good = true;
    for (unsigned i = 0; i < shards && good; i++)
        good = mysql_send_query(raw->mysql[i], sql, (unsigned long)strlen(sql)) == 0 || fail(raw->mysql[i], why);
    for (unsigned i = 0; i < shards && good; i++)
        good = (mysql_read_query_result(raw->mysql[i]) == 0 && (results[i] = mysql_use_result(raw->mysql[i]))) ||
               fail(raw->mysql[i], why);
    good = good && merge(raw, results, shards, rows, why);
    for (unsigned i = 0; i < shards; i++)
        mysql_free_result(results[i]);
    return good;
}
