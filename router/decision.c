/* decision.c - looking for the rows that tell what became of a transaction. SPDX-License-Identifier: Apache-2.0
 * FOR UPDATE at READ COMMITTED: it meets a row that an open transaction has inserted as a lock, and takes no gap lock that would
 * stop other coordinators (HAZARDS 1). NOWAIT: the caller decides how long to go on asking. */
#include "router/decision.h"

#include <stdio.h>
#include <string.h>

#include "router/xid.h"

enum { LOCK_WAIT_TIMEOUT = 1205, LOCK_NOWAIT = 3572 /* MySQL */, SQL = 160 };

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

weir_status weir__decision_look(weir__conn *conn, const char *gtrid, weir__deadline deadline, weir__decision *decision,
                                weir_error *error)
{
    char sql[SQL];
    bool row = false, ignored_row;
    weir_error ignored;
    conn->deadline = deadline;
    snprintf(sql, sizeof sql, "SELECT 1 FROM weir_decision WHERE gtrid = '%s' FOR UPDATE NOWAIT", gtrid);
    weir_status status = run(conn, "SET TRANSACTION ISOLATION LEVEL READ COMMITTED", &row, error);
    if (status == WEIR_OK)
        status = run(conn, "START TRANSACTION", &row, error);
    if (status == WEIR_OK)
        status = run(conn, sql, &row, error);
    bool locked = status != WEIR_OK && !conn->broken &&
                  (error->server_errno == LOCK_WAIT_TIMEOUT || error->server_errno == LOCK_NOWAIT);
    *decision = locked ? WEIR__DECISION_OPEN : row ? WEIR__DECISION_MADE : WEIR__DECISION_NEVER;
    if (status != WEIR_OK && !locked)
        conn->broken = true; /* the isolation level may still wait for its transaction */
    if (!conn->broken && run(conn, "ROLLBACK", &ignored_row, &ignored) != WEIR_OK)
        conn->broken = true;
    return locked ? WEIR_OK : status;
}

weir_status weir__decision_branch_done(weir__conn *conn, const char *gtrid, weir__deadline deadline, bool *done,
                                       weir_error *error)
{
    char sql[SQL];
    conn->deadline = deadline;
    snprintf(sql, sizeof sql, "SELECT 1 FROM weir_branch WHERE gtrid = '%s'", gtrid);
    return run(conn, sql, done, error);
}
