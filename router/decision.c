/* decision.c - looking for the rows that tell what became of a transaction. SPDX-License-Identifier: Apache-2.0
 * FOR UPDATE at READ COMMITTED: it meets a row that an open transaction has inserted as a lock, and takes no gap lock that would
 * stop other coordinators (HAZARDS 1). NOWAIT: the caller decides how long to go on asking. */
#include "router/decision.h"

#include <stdio.h>
#include <string.h>

#include "base/wait.h"
#include "router/health.h"
#include "router/value.h"
#include "router/xid.h"

enum { LOCK_WAIT_TIMEOUT = 1205, LOCK_NOWAIT = 3572 /* MySQL */, SQL = 160, PAUSE_MS = 10 };

static weir_status run(weir__conn *conn, const char *sql, bool *row, weir_error *error)
{
    weir__command command = {.sql = {sql, strlen(sql)}};
    weir__answer answer;
    weir__cell cell;
    *row = false;
    weir_status status = conn->driver->run(conn, &command, &answer, error);
    if (status == WEIR_OK && answer.column_count)
        status = conn->driver->fetch(conn, &answer, &cell, row, error);
    if (status == WEIR_OK && *row)
        conn->driver->end(conn);
    return status;
}

static weir__decision absent(const weir__conn *conn, const weir__decision_row *row)
{
    return (uint32_t)conn->server_id == row->server_id || row->lossless ? WEIR__DECISION_NEVER : WEIR__DECISION_LOST;
}

weir_status weir__decision_can_tell(weir__conn *conn, bool *writable, weir_error *error)
{
    static const char sql[] = "SELECT @@global.read_only";
    weir__command command = {.sql = {sql, sizeof sql - 1}};
    weir__answer answer;
    weir__cell cell;
    int64_t read_only = 1;
    bool row = false;
    weir_status status = conn->driver->run(conn, &command, &answer, error);
    if (status == WEIR_OK)
        status = conn->driver->fetch(conn, &answer, &cell, &row, error);
    if (status == WEIR_OK && row && !weir__value_int(&cell, WEIR_T_INT, &read_only))
        read_only = 1;
    if (status == WEIR_OK && row)
        conn->driver->end(conn);
    *writable = read_only == 0;
    return status;
}

weir_status weir__decision_look(weir__conn *conn, const weir__decision_row *row, weir__deadline deadline,
                                weir__decision *decision, weir_error *error)
{
    char sql[SQL];
    bool there = false, writable = false, ignored_row;
    weir_error ignored;
    conn->deadline = deadline;
    *decision = WEIR__DECISION_OPEN;
    weir_status status = weir__decision_can_tell(conn, &writable, error);
    if (status != WEIR_OK || !writable)
        return status;
    snprintf(sql, sizeof sql,
             row->of == WEIR__ROW_OF_GTRID ? "SELECT 1 FROM weir_decision WHERE gtrid = '%s' FOR UPDATE NOWAIT"
                                           : "SELECT 1 FROM weir_transaction WHERE id = X'%s' FOR UPDATE NOWAIT",
             row->name);
    status = run(conn, "SET TRANSACTION ISOLATION LEVEL READ COMMITTED", &there, error);
    if (status == WEIR_OK)
        status = run(conn, "START TRANSACTION", &there, error);
    if (status == WEIR_OK)
        status = run(conn, sql, &there, error);
    bool locked = status != WEIR_OK && !conn->broken &&
                  (error->server_errno == LOCK_WAIT_TIMEOUT || error->server_errno == LOCK_NOWAIT);
    *decision = status != WEIR_OK ? WEIR__DECISION_OPEN : there ? WEIR__DECISION_MADE : absent(conn, row);
    if (status != WEIR_OK && !locked)
        conn->broken = true; /* the isolation level may still wait for its transaction */
    if (!conn->broken && run(conn, "ROLLBACK", &ignored_row, &ignored) != WEIR_OK)
        conn->broken = true;
    return locked ? WEIR_OK : status;
}

void weir__decision_find(const weir__env *env, const weir__shard *shard, const weir__decision_row *row,
                         weir__deadline deadline, weir__decision *decision, weir_error *error)
{
    const weir__clock *clock = &env->clock;
    memset(error, 0, sizeof *error);
    for (;;) {
        weir__conn *conn = NULL;
        weir__waiter waiter;
        weir__waiter_init(&waiter);
        *decision = WEIR__DECISION_OPEN;
        weir__server *server = weir__shard_primary(shard, clock, deadline);
        weir_status status = server ? weir__pool_take(server->pool, &waiter, deadline, &conn, error)
                                    : weir__fail(error, WEIR_UNREACHABLE, WEIR_RETRY_CALL, "it has no primary now");
        if (status == WEIR_OK && conn) {
            weir__decision_look(conn, row, deadline, decision, error);
            weir__pool_give(server->pool, conn);
        }
        if (*decision != WEIR__DECISION_OPEN || weir__now(clock) >= deadline)
            return;
        weir__wait_ready(clock, -1, 0, -1, weir__deadline_min(deadline, weir__deadline_in(clock, PAUSE_MS)));
    }
}

weir_status weir__decision_branch_done(weir__conn *conn, const char *gtrid, weir__deadline deadline, bool *done,
                                       weir_error *error)
{
    char sql[SQL];
    conn->deadline = deadline;
    snprintf(sql, sizeof sql, "SELECT 1 FROM weir_branch WHERE gtrid = '%s' LIMIT 1", gtrid);
    return run(conn, sql, done, error);
}
