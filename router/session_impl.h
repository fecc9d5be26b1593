/* session_impl.h - the session's insides, for the files of router/. SPDX-License-Identifier: Apache-2.0
 *
 * A session has a connection only while it needs one:
 *
 *    FREE --statement--> RUNNING --over, nothing to keep--> FREE
 *                          |  ^
 *                    over, |  | statement         kept: a transaction is open, or the connection
 * carries state (SET, user kept v  |                   variables, locks, temporary tables) that no
 * other one has KEPT --commit, rollback, close--> FREE
 *
 * lock guards what weir_cancel looks at: running, cancelled, conn, waiting. All else belongs to the
 * session's one thread. */
#ifndef WEIR_ROUTER_SESSION_IMPL_H
#define WEIR_ROUTER_SESSION_IMPL_H

#include "router/client_impl.h"

typedef enum weir__txn {
    WEIR__TXN_NONE,
    WEIR__TXN_OPEN,
    WEIR__TXN_ABORTED, /* rolled back by a failure: only rollback leads on (HAZARDS 37) */
    WEIR__TXN_ENDED,   /* committed, or nobody knows, by a statement that should not: only rollback leads on */
} weir__txn;

struct weir_session {
    weir_client *client;
    weir__topology *topology;
    unsigned epoch;
    char *database_name; /* as asked for; NULL: the only one */
    const weir__database_config *database;
    const weir__shard *shard;
    uint32_t timeout_ms; /* 0: as configured */

    pthread_mutex_t lock;
    bool running, cancelled;
    weir__conn *conn;
    weir__waiter waiter;
    bool waiting;

    weir__txn txn;
    bool by_call;                /* the transaction was begun by weir_begin */
    bool commits;                /* the running statement is COMMIT */
    bool may_end;                /* it may rightly end the transaction */
    bool atomic;                 /* what the running statement did is undone when it fails */
    weir__deadline txn_deadline; /* of such a one */
    bool has_insert_id;          /* LAST_INSERT_ID() on conn is of this session, not of one before it */
    bool carries_state;          /* conn differs from others by what the session has set on it */
    bool lost_state;             /* and such a connection broke: answers would be wrong from now on */
    weir_rows *rows;             /* the open stream */
};

/* What every public call on a session begins with: is there one, may it be used, is it idle? */
weir_status weir__session_ready(weir_session *session, const char *call, weir_error *error);
/* From here weir_cancel counts, until statement_over. */
void weir__session_running(weir_session *session);
bool weir__session_cancelled(weir_session *session);
/* A connection for the statement: the one kept, or one from the pool. */
weir_status weir__session_connect(weir_session *session, weir__deadline deadline, weir_error *error);
/* The driver's failure of a statement or its rows, seen with what the session knows of them: which status and which retry are true.
 * Returns the status. */
weir_status weir__session_judge(weir_session *session, weir_status status, weir_error *error);
/* UNKNOWN for a session whose transaction is ENDED. */
weir_status weir__session_ended(weir_error *error);
/* The statement and its rows are over: takes note of the transaction's state and gives the
 * connection back unless it is kept. */
void weir__session_over(weir_session *session, weir_status status);
/* Ends the connection's transaction by hanging up, whatever its state. */
void weir__session_drop_connection(weir_session *session);
/* Runs a statement of weir's own (BEGIN, COMMIT) on the session's connection. */
weir_status weir__session_command(weir_session *session, const char *sql, bool may_write, weir__deadline deadline,
                                  weir_error *error);
/* One number for the configuration that the session's statement runs under and its database: part of a plan's key. */
uint64_t weir__session_scope(const weir_session *session);
weir__deadline weir__session_deadline(const weir_session *session, uint32_t timeout_ms);

/* ---- rows.c ---- */

weir_status weir__rows_new(weir_session *session, weir_rows **rows, weir_error *error);
/* The answer's head has come: with columns, the session streams from now on (session->rows), or all
 * rows are read when the options say buffered. may_write: as in weir__command. */
weir_status weir__rows_open(weir_session *session, weir_rows *rows, const weir_query_options *options, bool may_write,
                            weir_error *error);
weir__answer *weir__rows_answer(weir_rows *rows);
void weir__rows_free(weir_rows *rows);
/* The session is closing: the stream ends with USAGE. */
void weir__rows_orphan(weir_rows *rows);

#endif
