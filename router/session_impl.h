/* session_impl.h - the session's insides, for the files of router/. SPDX-License-Identifier: Apache-2.0
 *
 * A session has a seat on each shard that it has used, and on a seat a connection only while it needs one:
 *
 *    FREE --statement--> RUNNING --over, nothing to keep--> FREE
 *                          |  ^
 *                    over, |  | statement         kept: a transaction is open there, or the connection
 *                     kept v  |                   carries state (SET, user variables, locks, temporary
 *                          KEPT --commit, rollback, close--> FREE                tables) that no other one has
 *
 * A transaction begins on a shard with the first statement that goes there: at once where there is one shard only, else
 * begin holds what to send.
 *
 * weir_cancel is any thread's: it looks at call, reached and the waiter alone; all else belongs to the session's one thread.
 *
 *    call: IDLE --running--> RUNNING --weir_cancel--> CANCELLED --over--> IDLE        RUNNING --over--> IDLE
 *
 * Who cancels moves call first and looks then whom to wake; the session tells first whom to wake and looks then at call: one of them sees, and
 * if both do, waking twice is waking once. lock is held while somebody is being woken. The session takes it only where it finds CANCELLED:
 * before it lets a connection go, nobody may be about to wake it. So a statement that nobody cancels takes no lock for it. */
#ifndef WEIR_ROUTER_SESSION_IMPL_H
#define WEIR_ROUTER_SESSION_IMPL_H

#include "router/client_impl.h"
#include "router/dialect.h"
#include "router/past.h"
#include "router/session_state.h"
#include "router/xid.h"

typedef enum weir__txn {
    WEIR__TXN_NONE,
    WEIR__TXN_OPEN,
    WEIR__TXN_ABORTED, /* rolled back by a failure: only rollback leads on (HAZARDS 37) */
    WEIR__TXN_ENDED,   /* committed, or nobody knows, by a statement that should not: only rollback leads on */
} weir__txn;

typedef enum weir__call { WEIR__CALL_IDLE, WEIR__CALL_RUNNING, WEIR__CALL_CANCELLED } weir__call;

/* What the statement on a seat, or its transaction, must leave in the session's floor (rw_split.h). */
typedef struct weir__track {
    bool sent;      /* something ran there */
    bool reads;     /* at a level that must not go back in time */
    bool may_write; /* on the primary; of a transaction: any of its statements */
    bool changed;   /* rows, for certain */
    bool no_packet; /* it ended with rows: no OK packet tells its GTID */
    bool returns;   /* the rows are those that it wrote */
    uint64_t rows;  /* that it gave */
} weir__track;

/* A session's place on one shard. */
typedef struct weir__seat {
    struct weir__seat *next;
    weir__shard *shard;
    weir__server *server; /* whose connection conn is; NULL: it is a scatter (exec/scatter.h) */
    weir__conn *conn;     /* NULL: none now */
    bool carries_state;   /* conn differs from others by what the session has set on it */
    /* of the session's transaction */
    bool open;   /* begun and not surely ended */
    bool branch; /* begun by XA START, under the session's gtrid */
    bool wrote;  /* or may have */
    bool locks;  /* has read so that rows may be locked */
    /* of a statement on several shards (whole.h) */
    bool runs, marked; /* is in the round that runs; may have done something */
    /* of a shard with replicas (rw_split.h) */
    struct weir__seen *seen; /* what the session must not fall behind of there; NULL: no replicas */
    uint32_t member;         /* the server's number in its group */
    bool read_only;          /* the transaction that begins there was chosen a server for as a read is */
    weir__track track;
} weir__seat;

/* How a transaction begins where it has not begun yet. */
typedef struct weir__begin {
    const char *level; /* the statement that sets its isolation; NULL: none */
    char *sql;         /* owned; NULL: there is nothing to begin */
    bool read_only;
} weir__begin;

typedef struct weir__savepoint weir__savepoint; /* savepoint.c */

struct weir_session {
    weir_client *client;
    weir__topology *topology;
    unsigned epoch;
    char *database_name; /* as asked for; NULL: the only one */
    weir__database *database;
    uint32_t timeout_ms; /* 0: as configured */

    pthread_mutex_t lock;          /* of cancelling */
    _Atomic int call;              /* weir__call */
    _Atomic(weir__conn *) reached; /* whose wake_fd reaches the running call; NULL: it waits for no server */
    atomic_bool woken;             /* a wake_fd of the running call was written to */
    int scatter_wake;              /* a scatter's wake_fd, for the next one; -1: none */
    bool inner; /* what runs is one of the statements that answer the user's: the call goes on after it */
    weir__waiter waiter;
    weir__seat *seats; /* the latest first */
    weir__seat *seat;  /* of the running statement, or of the last one; NULL: it needs none */

    weir__txn txn;
    weir__begin begin;
    weir__seat *first;            /* where the transaction began first: that shard decides; NULL: nowhere yet */
    char gtrid[WEIR__GTRID_SIZE]; /* of a transaction with branches; "" until the first of them */
    weir__savepoint *savepoints;  /* of the transaction, newest first */
    bool gets_id;                 /* weir_transaction: its COMMIT must not stay unknown */
    bool by_call;                 /* the transaction was begun by weir_begin */
    bool autocommit_off;          /* over several shards: SET autocommit = 0 */
    bool commits;                 /* the running statement is COMMIT */
    bool may_end;                 /* it may rightly end the transaction */
    bool atomic;                  /* what the running statement did is undone when it fails */
    bool may_lock;                /* it may wait for locks of rows */
    weir__deadline txn_deadline;  /* of a transaction begun by call */
    weir__settings *settings;     /* known SETs: each connection that the session uses gets them; NULL: none */
    uint64_t dialect;             /* that sql_mode among them makes; 0: the database's */
    weir_reads reads;             /* as asked for; CONFIGURED: as weir.yaml says */
    uint32_t max_lag_ms;          /* 0: as configured */
    struct weir__seen *seen;      /* of each shard with replicas that was used, or that a token spoke of */
    bool ahead;          /* the first row is fetched with the head: until then another server may serve the read */
    weir_status outcome; /* of the statement or transaction that ended last */
    weir__past past;     /* what the statements so far left to be asked */
    bool lost_state;     /* a connection that carried state broke: answers would be wrong from now on */
    weir_rows *rows;     /* the open stream */
};

/* What every public call on a session begins with: is there one, may it be used, is it idle? */
weir_status weir__session_ready(weir_session *session, const char *call, weir_error *error);
/* From here weir_cancel counts, until statement_over. */
void weir__session_running(weir_session *session);
bool weir__session_cancelled(weir_session *session);
/* From here on the running call waits for the server on conn. */
void weir__session_reach(weir_session *session, weir__conn *conn);
/* Ends what waits on that wake_fd. */
void weir__session_wake(weir_session *session, int wake_fd);
/* Goes over to the newest configuration, if the session keeps no connection. */
weir_status weir__session_renew(weir_session *session, weir_error *error);
/* The seat on a shard of the session's topology, made at its first use. NULL: no memory. */
weir__seat *weir__session_seat(weir_session *session, weir__shard *shard);
/* Between statements: the seat with a connection that the session keeps; NULL: none. */
weir__seat *weir__session_kept(const weir_session *session);
/* Makes seat the running statement's and gets it a connection: the one kept, or one of server's pool. */
weir_status weir__session_connect(weir_session *session, weir__seat *seat, weir__server *server,
                                  weir__deadline deadline, weir_error *error);
/* The seat has a connection, and the session's transaction is to begin there: the first seat of all decides, the transaction has a name
 * from the second on. */
void weir__session_take_part(weir_session *session, weir__seat *seat);
/* Begins the session's transaction on a seat that takes part. */
weir_status weir__seat_begin(const weir_session *session, weir__seat *seat, weir__deadline deadline, weir_error *error);
/* Of the next connection, by what the session holds already (pool.h). */
unsigned weir__session_level(const weir_session *session);
/* The seat's connection leaves it; nobody can wake it any more from here. NULL: it had none. */
weir__conn *weir__session_detach(weir_session *session, weir__seat *seat);
/* Gives back the connection of the running statement's seat, on which nothing was run. */
void weir__session_leave(weir_session *session);
/* The driver's failure of a statement or its rows, seen with what the session knows of them: which status and which retry are true.
 * Returns the status. */
weir_status weir__seat_judge(weir_session *session, weir__seat *seat, weir_status status, weir_error *error);
/* UNKNOWN for a session whose transaction is ENDED. */
weir_status weir__session_ended(weir_error *error);
/* The statement and its rows are over: takes note of the transaction's state and gives the
 * connection back unless it is kept. */
void weir__session_over(weir_session *session, weir_status status);
/* No call runs any more, after the last of several statements. */
void weir__session_idle(weir_session *session);
/* Ends the transaction and the session's state by hanging up all that it keeps. */
void weir__session_drop_connections(weir_session *session);
/* A failure that ended the transaction somewhere, or left it in a state that nobody should commit: undone everywhere, only rollback leads
 * on. */
void weir__session_abort(weir_session *session);
/* Rolls back wherever the transaction is open, on all shards at once. */
void weir__session_undo(weir_session *session);
/* No transaction is open any more: connections go back, but those that carry state. */
void weir__session_end_transaction(weir_session *session);
/* What begins the session's transaction where it has not begun; sql NULL: nothing. False: no memory. */
bool weir__session_set_begin(weir_session *session, const char *level, weir_str sql, bool read_only);
/* From here on weir_cancel finds nothing to cancel. */
void weir__session_no_cancel(weir_session *session);
/* Runs a statement of weir's own (BEGIN, COMMIT) on the seat's connection. */
weir_status weir__seat_command(weir__seat *seat, const char *sql, bool may_write, weir__deadline deadline,
                               weir_error *error);
/* The name of the seat's branch, quoted as XA wants it. */
enum { WEIR__XID_TEXT = WEIR__GTRID_SIZE + WEIR__BQUAL_SIZE + 24 };
void weir__seat_xid(const weir_session *session, const weir__seat *seat, char out[WEIR__XID_TEXT]);
/* Undoes what the transaction did there; hangs up where that cannot be said. */
void weir__seat_rollback(const weir_session *session, weir__seat *seat, weir__deadline deadline);
/* One number for the configuration that the session's statement runs under and its database: part of a plan's key. */
uint64_t weir__session_scope(const weir_session *session);
weir__deadline weir__session_deadline(const weir_session *session, uint32_t timeout_ms);
weir__deadline weir__session_deadline_from(const weir_session *session, uint64_t now_ns, uint32_t timeout_ms);

/* ---- rows.c ---- */

weir_status weir__rows_new(weir_session *session, weir_rows **rows, weir_error *error);
/* The answer's head has come: with columns, the session streams from now on (session->rows), or all
 * rows are read when the options say buffered. may_write: as in weir__command. */
weir_status weir__rows_open(weir_session *session, weir_rows *rows, const weir_query_options *options, bool may_write,
                            weir_error *error);
weir__answer *weir__rows_answer(weir_rows *rows);
/* Makes the answer here: rows of column_count cells each; all is copied. */
weir_status weir__rows_tell(weir_rows *rows, const weir_column *columns, uint32_t column_count, const weir__cell *cells,
                            size_t row_count, weir_error *error);
void weir__rows_free(weir_rows *rows);
/* Their result tells of so many warnings more. */
void weir__rows_warned(weir_rows *rows, uint32_t warnings);
/* The session is closing: the stream ends with USAGE. */
void weir__rows_orphan(weir_rows *rows);

#endif
