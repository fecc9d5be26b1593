/* check_replication.c - primaries writable, replicas read-only and running; what survives a crash. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "tools/check_live.h"

enum { NEEDS_RIGHT = 1227 }; /* ER_SPECIFIC_ACCESS_DENIED_ERROR */

/* A fallback to asynchronous replication that comes after so many milliseconds (49 days, what MySQL can say at most) is none. */
static const unsigned long long never_ms = 4294967295ull;

static void tell_value(check *c, const check_server *at, const char *name, const char *should, const char *why)
{
    const char *is = check_value(at, name);
    check_tell(c, CHECK_ERROR, at, "",
               "%s is %s" CHECK_SHOULD "%s: %s" CHECK_FIX
               "SET GLOBAL %s = %s; and the same in the server's option file",
               name, is ? is : "not known to it", should, why, name, should);
}

static void read_only(check *c, const check_server *at)
{
    bool set = !check_is(at, "read_only", "OFF") || check_is(at, "innodb_read_only", "ON");
    if (at->replica && !set)
        tell_value(c, at, "read_only", "1", "a write that reaches a replica is lost or breaks its replication");
    else if (!at->replica && set)
        tell_value(c, at, check_is(at, "read_only", "OFF") ? "innodb_read_only" : "read_only", "0",
                   "weir.yaml names it as the primary, which takes the writes; or weir.yaml names the wrong server");
}

/* What the rows of SHOW SLAVE STATUS or SHOW MASTER STATUS say. */
typedef struct status {
    check *c;
    size_t rows;
    bool stopped;
    const char *trouble; /* "Slave_IO_Running is No" */
    const char *error;
    const char *filters; /* "Replicate_Do_DB=shop" */
} status;

static bool ends(weir_str name, const char *end)
{
    size_t size = strlen(end);
    return name.size >= size && memcmp(name.data + name.size - size, end, size) == 0;
}

static bool is_filter(weir_str name)
{
    static const char *const filters[] = {
        "_Do_DB",         "_Ignore_DB",         "_Do_Table",      "_Ignore_Table",
        "_Wild_Do_Table", "_Wild_Ignore_Table", "_Do_Domain_Ids", "_Ignore_Domain_Ids",
        "_Rewrite_DB",    "_Ignore_Server_Ids"};
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
        if (ends(name, filters[i]))
            return true;
    return false;
}

static void status_row(void *context, const weir_column *names, const weir_str *cells, uint32_t count)
{
    status *s = context;
    s->rows++;
    for (uint32_t i = 0; i < count; i++) {
        weir_str name = names[i].name, value = cells[i];
        if (is_filter(name) && value.size)
            s->filters = check_printf(s->c, "%s%s%.*s=%.*s", s->filters, *s->filters ? ", " : "", WEIR__STR(name),
                                      WEIR__STR(value));
        else if ((ends(name, "_IO_Running") || ends(name, "_SQL_Running")) && !weir__str_is(value, "Yes"))
            s->trouble = check_printf(s->c, "%s%s%.*s is %.*s", s->trouble, *s->trouble ? ", " : "", WEIR__STR(name),
                                      WEIR__STR(value));
        else if (ends(name, "_IO_Error") || ends(name, "_SQL_Error"))
            s->error = value.size ? check_printf(s->c, ": %.*s", WEIR__STR(value)) : s->error;
    }
}

/* False: there is nothing to judge, and a finding says why. */
static bool ask_status(check *c, check_server *at, weir__conn *conn, const char *sql, const char *right, status *s)
{
    weir_error error;
    *s = (status){.c = c, .trouble = "", .error = "", .filters = ""};
    if (server_run(conn, sql, status_row, s, &error) == WEIR_OK)
        return true;
    if (error.server_errno == NEEDS_RIGHT)
        check_tell(c, CHECK_WARNING, at, "",
                   "its user may not run %s: %s was not looked at" CHECK_SHOULD "the right %s" CHECK_FIX
                   "GRANT %s ON *.* TO '%s'@'..';",
                   sql, at->replica ? "its replication" : "what its binary log leaves out", right, right,
                   at->shard->settings.user);
    else
        check_tell(c, CHECK_ERROR, at, "",
                   "it could not be asked: %s" CHECK_SHOULD "an answer to %s" CHECK_FIX
                   "see what the server's log says",
                   error.text, sql);
    return false;
}

static void replica_runs(check *c, check_server *at, weir__conn *conn)
{
    status s;
    const char *sql = conn->mariadb            ? "SHOW ALL SLAVES STATUS"
                      : conn->version >= 80022 ? "SHOW REPLICA STATUS"
                                               : "SHOW SLAVE STATUS";
    if (!ask_status(c, at, conn, sql, conn->mariadb ? "SLAVE MONITOR" : "REPLICATION CLIENT", &s))
        return;
    if (!s.rows)
        check_tell(c, CHECK_ERROR, at, "",
                   "it replicates from nobody" CHECK_SHOULD "a replica of %s" CHECK_FIX
                   "CHANGE MASTER TO ..; START SLAVE; or take it out of replicas: in weir.yaml",
                   at->shard->primary.address.text);
    if (*s.trouble)
        check_tell(c, CHECK_ERROR, at, "",
                   "replication does not run: %s%s" CHECK_SHOULD "Slave_IO_Running and Slave_SQL_Running Yes" CHECK_FIX
                   "mend what the error names, then %s;",
                   s.trouble, s.error, conn->mariadb || conn->version < 80022 ? "START SLAVE" : "START REPLICA");
    if (*s.filters)
        check_tell(c, CHECK_WARNING, at, "",
                   "it leaves out a part of what it replicates: %s" CHECK_SHOULD
                   "no filter: its position does not prove that a write is there" CHECK_FIX
                   "remove the filter; until then it can serve only reads: {consistency: eventual}",
                   s.filters);
}

static void primary_logs_all(check *c, check_server *at, weir__conn *conn)
{
    status s;
    const char *sql = !conn->mariadb && conn->version >= 80200 ? "SHOW BINARY LOG STATUS" : "SHOW MASTER STATUS";
    if (ask_status(c, at, conn, sql, conn->mariadb ? "BINLOG MONITOR" : "REPLICATION CLIENT", &s) && *s.filters)
        check_tell(
            c, CHECK_WARNING, at, "",
            "its binary log leaves something out: %s" CHECK_SHOULD
            "no filter: a replica's position does not prove that a write is there" CHECK_FIX
            "remove the filter from its option file; until then its replicas can serve only reads: {consistency: "
            "eventual}",
            s.filters);
}

/* A semi-sync variable or status by the end of its name, in the words of MariaDB and of MySQL 8.0.26. */
static const char *semi_sync(check *c, const check_server *at, const char *end, const char **name)
{
    static const char *const heads[] = {"rpl_semi_sync_master_", "rpl_semi_sync_source_"};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        *name = check_printf(c, "%s%s", heads[i], end);
        const char *value = check_value(at, *name);
        if (value)
            return value;
    }
    return NULL;
}

static void lossless(check *c, const check_server *at)
{
    static const struct {
        const char *end, *value;
    } wanted[] = {{"enabled", "ON"}, {"status", "ON"}, {"wait_point", "AFTER_SYNC"}, {"wait_no_slave", "ON"}};
    static const char why[] = "weir.yaml declares lossless: true";
    const char *name;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        const char *is = semi_sync(c, at, wanted[i].end, &name);
        if (!is && strcmp(wanted[i].end, "wait_no_slave") == 0)
            is = semi_sync(c, at, "wait_no_replica", &name);
        if (is && strcasecmp(is, wanted[i].value) == 0)
            continue;
        if (strcmp(wanted[i].end, "status") == 0)
            check_tell(c, CHECK_ERROR, at, "",
                       "%s is %s: commits wait for no replica now" CHECK_SHOULD "ON: %s" CHECK_FIX
                       "turn semi-synchronous replication on here and on its replicas, or lossless: false",
                       name, is ? is : "not known to it", why);
        else
            tell_value(c, at, name, wanted[i].value, why);
    }
    const char *timeout = semi_sync(c, at, "timeout", &name);
    if (timeout && strtoull(timeout, NULL, 10) < never_ms)
        tell_value(c, at, name, "4294967295",
                   "so that it never falls back to asynchronous; weir.yaml declares lossless: true");
    const char *clients = semi_sync(c, at, "clients", &name);
    if (clients && strcmp(clients, "0") == 0)
        check_tell(
            c, CHECK_ERROR, at, "",
            "no replica acknowledges: %s is 0" CHECK_SHOULD "1 at least: %s" CHECK_FIX
            "on a replica SET GLOBAL rpl_semi_sync_slave_enabled = 1; STOP SLAVE IO_THREAD; START SLAVE IO_THREAD;",
            name, why);
}

static void durable(check *c, const check_server *at)
{
    static const char why[] = "with transactions: atomic a crash must not forget what was prepared";
    if (!check_is(at, "sync_binlog", "1") && !check_is(at, "log_bin", "OFF"))
        tell_value(c, at, "sync_binlog", "1", why);
    if (!check_is(at, "innodb_flush_log_at_trx_commit", "1"))
        tell_value(c, at, "innodb_flush_log_at_trx_commit", "1", why);
}

void check_replication(check *c, check_server *at, weir__conn *conn)
{
    const weir__shard_config *shard = at->shard;
    read_only(c, at);
    if (at->replica) {
        replica_runs(c, at, conn);
        return;
    }
    if (shard->replica_count && !check_is(at, "log_bin", "OFF"))
        primary_logs_all(c, at, conn);
    if (shard->settings.transactions == WEIR__ATOMIC && shard->database->shard_count > 1)
        durable(c, at);
    if (shard->lossless)
        lossless(c, at);
}
