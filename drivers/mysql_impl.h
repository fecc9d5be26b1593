/* mysql_impl.h - what the files of the MySQL driver share. SPDX-License-Identifier: Apache-2.0
 * Included by drivers/mysql_*.c only. */
#ifndef WEIR_DRIVERS_MYSQL_IMPL_H
#define WEIR_DRIVERS_MYSQL_IMPL_H

#include <mysql.h>

#include "base/wait.h"
#include "drivers/driver.h"
#include "drivers/mysql_watch.h"

/* Where a value of a prepared statement's row lands; grows with the longest value seen. */
typedef struct weir__mysql_slot {
    union {
        int64_t i;
        char small[400]; /* the longest number: a DOUBLE(255,30) */
    } in;
    char *large;       /* NULL until a value is longer than small */
    size_t large_room; /* bytes */
    unsigned long size;
    char is_null, cut;
} weir__mysql_slot;

typedef struct weir__mysql_conn {
    weir__conn base; /* first: a weir__conn * is a weir__mysql_conn * */
    MYSQL *mysql;
    uint32_t statement_ms;   /* the limit now set on the server; 0: none */
    weir__wait_end wait_end; /* how the last wait of the running call ended, unless READY */
    bool may_write;          /* of the running command, until its last row */
    weir__watch watch;       /* open where the library waits in the socket itself */
    /* the open answer */
    MYSQL_RES *result; /* text rows, or a prepared statement's columns */
    MYSQL_STMT *statement;
    weir_column *columns;
    weir__mysql_slot *slots; /* prepared: one a column */
    MYSQL_BIND *binds;
    uint32_t column_count, room; /* of columns, slots and binds */
} weir__mysql_conn;

/* ---- mysql_library_*.c: what differs between the client libraries ---- */

/* Once a process, before the first connection. False: out of memory. */
bool weir__mysql_library_ready(void);
/* Options that differ: TLS as the endpoint's line says, logins, waiting. Before connecting. */
void weir__mysql_library_prepare(weir__mysql_conn *c);
/* Every call that may wait for the server stands between these two: begin makes c->base.deadline
 * and wake_fd count. */
void weir__mysql_wait_begin(weir__mysql_conn *c);
void weir__mysql_wait_end(weir__mysql_conn *c);
/* Connects and logs in by c->base.deadline. False: the MYSQL's error says why, or c->wait_end. */
bool weir__mysql_library_connect(weir__mysql_conn *c, const char *password);
/* After connecting. False: no thread or descriptor is to be had for the watch. */
bool weir__mysql_library_connected(weir__mysql_conn *c);
/* The socket, -1 when there is none. */
int weir__mysql_library_socket(MYSQL *mysql);

/* ---- mysql_error.c ---- */

/* Fills error from the library's own, which came while connecting. */
weir_status weir__mysql_fail_dial(weir__mysql_conn *c, unsigned errnum, const char *sqlstate, const char *text,
                                  weir_error *error);
/* The same for a running command; marks the connection broken when the line is of no more use. */
weir_status weir__mysql_fail_run(weir__mysql_conn *c, unsigned errnum, const char *sqlstate, const char *text,
                                 weir_error *error);
/* A failure of weir's own on this connection: adds endpoint and shard to what weir__fail writes. */
weir_status weir__mysql_fail(const weir__mysql_conn *c, weir_error *error, weir_status status, weir_retry retry,
                             const char *format, ...) WEIR__PRINTF(5, 6);

/* ---- mysql_tls.c ---- */

/* Before connecting: the files that tls: names can be read; else CONFIG. */
weir_status weir__mysql_tls_files(weir__mysql_conn *c, weir_error *error);
/* After connecting, before the connection is used: CONFIG if it is plain where TLS was asked for. */
weir_status weir__mysql_tls_check(weir__mysql_conn *c, weir_error *error);
/* What the library's text for CR_SSL_CONNECTION_ERROR means: CONFIG, or UNREACHABLE when the server hung up. */
weir_status weir__mysql_fail_tls(weir__mysql_conn *c, const char *text, weir_error *error);

/* ---- mysql_columns.c ---- */

/* Describes the columns of c->result into c->columns (and slots for a prepared statement). NOMEM on
 * failure. */
weir_status weir__mysql_describe(weir__mysql_conn *c, bool prepared, weir_error *error);

/* ---- mysql_text.c, mysql_prepared.c: one protocol each ---- */

weir_status weir__mysql_text_run(weir__mysql_conn *c, const weir__command *command, weir__answer *answer,
                                 weir_error *error);
weir_status weir__mysql_text_fetch(weir__mysql_conn *c, weir__answer *answer, weir__cell *cells, bool *row,
                                   weir_error *error);
weir_status weir__mysql_prepared_run(weir__mysql_conn *c, const weir__command *command, weir__answer *answer,
                                     weir_error *error);
weir_status weir__mysql_prepared_fetch(weir__mysql_conn *c, weir__answer *answer, weir__cell *cells, bool *row,
                                       weir_error *error);
/* The rows have ended or were given up: frees the open answer without waiting. */
void weir__mysql_answer_free(weir__mysql_conn *c);
/* After the end of rows: takes over affected, insert id, warnings and the transaction's state. */
void weir__mysql_take_result(weir__mysql_conn *c, weir__answer *answer, uint64_t affected, uint64_t insert_id);
/* After an OK packet: the same and the settings that changed. */
void weir__mysql_take_ok(weir__mysql_conn *c, weir__answer *answer, uint64_t affected, uint64_t insert_id);

/* ---- mysql_dial.c ---- */

weir_status weir__mysql_open(const weir__env *env, const weir__endpoint *endpoint, weir__deadline deadline,
                             weir__conn **conn, weir_error *error);
void weir__mysql_hang_up(weir__conn *conn);
/* Runs a statement of weir's own whose only row, if any, goes to cells (texts, valid until the next
 * command). */
weir_status weir__mysql_ask(weir__mysql_conn *c, const char *sql, weir_str *cells, unsigned count, bool *row,
                            weir_error *error);

#endif
