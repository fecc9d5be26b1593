/* mysql_impl.h - what the files of the MySQL driver share. SPDX-License-Identifier: Apache-2.0
 * Included by drivers/mysql_*.c only. */
#ifndef WEIR_DRIVERS_MYSQL_IMPL_H
#define WEIR_DRIVERS_MYSQL_IMPL_H

#include <mysql.h>
#ifdef MARIADB_BASE_VERSION
#define HAVE_TLS 1 /* ma_pvio.h: the line has its TLS */
typedef unsigned char uchar;
#include <ma_pvio.h>
#endif

#include "base/wait.h"
#include "drivers/driver.h"
#include "drivers/mysql_watch.h"
#include "drivers/statements.h"

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

/* What of a column, beside its names, decides how its values are read and told. */
typedef struct weir__mysql_shape {
    uint32_t type, flags, decimals, charset;
    bool integer; /* fetched as a number; all else as text */
} weir__mysql_shape;

/* The columns of a prepared statement's rows, as they were when it ran first. One block of memory. */
typedef struct weir__mysql_head {
    weir__columns *shared; /* the block: columns, shapes, names */
    weir_column *columns;
    weir__mysql_shape *shapes;
    uint32_t count;
    size_t bytes; /* 0: not described yet */
} weir__mysql_head;

/* A prepared statement. */
typedef struct weir__mysql_statement {
    weir__kept base;    /* first; base.listed: it outlives its answer */
    MYSQL_STMT *handle; /* NULL: the server refused to prepare it, its text is to be sent */
    weir__mysql_head head;
    uint32_t bound; /* the slots' generation that its rows go to; 0: none */
    uint32_t param_count;
    uint8_t *param_types; /* weir_type + 1 of the values it ran with; 0: only NULL as yet */
    uint8_t *told_types;  /* weir_type + 1 that the server was told last; 0: nothing yet */
} weir__mysql_statement;

typedef struct weir__mysql_conn {
    weir__conn base; /* first: a weir__conn * is a weir__mysql_conn * */
    MYSQL *mysql;
    uint32_t statement_ms;   /* the limit now set on the server; 0: none */
    weir__wait_end wait_end; /* how the last wait of the running call ended, unless READY */
    bool may_write;          /* of the running command, until its last row */
    bool ending;             /* the rest of the rows is being dropped: the first wait sets a near deadline */
    weir__watch watch;       /* open where the library waits in the socket itself */
    bool sent;               /* a command is on its way: nothing of its answer can be there yet */
    bool unblocked;          /* over TLS: it calls back instead, as on a plain line */
    int socket;              /* of the line; the library's */
    uint64_t
        now_ns; /* the clock, where it was looked at just before the running command; 0: it was not, or something took time since */
#ifdef MARIADB_BASE_VERSION
    struct st_ma_pvio_methods line; /* the library's functions for the line, with a read of ours */
#endif
    /* the open answer */
    MYSQL_RES *result;                /* text rows */
    weir__mysql_statement *statement; /* else of this one */
    weir_column *columns;             /* of text rows */
    uint32_t column_count, room;      /* of the answer; of columns */
    weir__mysql_slot *slots;          /* prepared: one a column, for all statements */
    MYSQL_BIND *binds;
    uint32_t slot_room;       /* of slots and binds */
    uint32_t slot_generation; /* counts on when a slot moves */
    weir__statements statements;
} weir__mysql_conn;

/* Are the columns' names in MYSQL after a prepared statement's running those that the server has just sent? Shown for MariaDB's library;
 * with another one a statement that may tell of other columns each time is not kept. */
#ifdef MARIADB_BASE_VERSION
enum { weir__mysql_names_are_fresh = 1 };
#else
enum { weir__mysql_names_are_fresh = 0 };
#endif

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
/* Does this error of a command say that it did not leave this process whole, so that the server cannot have run it? */
bool weir__mysql_library_unsent(unsigned errnum);
/* The socket, -1 when there is none. */
int weir__mysql_library_socket(MYSQL *mysql);
/* After the last row of a prepared statement, fetched row by row: how many warnings it gave. */
uint32_t weir__mysql_library_row_warnings(MYSQL *mysql);
/* Sends c->statement with its values, which were looked at. types: they are not of the types that the server was told last. */
weir_status weir__mysql_library_send(weir__mysql_conn *c, weir_args args, bool types, weir_error *error);
/* Takes the head of its answer. False: the error is the handle's. */
bool weir__mysql_library_receive(weir__mysql_conn *c);
/* Has the library read the whole of the next row already? False where it does not tell. */
bool weir__mysql_library_buffered(weir__mysql_conn *c);
/* Of text rows: takes the next one, if the library has read the whole of it. cells: NULL to drop it; they point to where it lies. */
bool weir__mysql_library_take(weir__mysql_conn *c, weir__cell *cells);

/* ---- mysql_driver.c ---- */

/* What is waited for is dropped anyway: the deadline comes near. */
void weir__mysql_hurry(weir__mysql_conn *c);

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

/* Describes the columns of c->result into c->columns. NOMEM on failure. */
weir_status weir__mysql_describe(weir__mysql_conn *c, weir_error *error);
/* The columns that the server has just told of, into an empty head. False: no memory. */
bool weir__mysql_head_make(weir__mysql_conn *c, weir__mysql_head *head);
/* Are they still those of the head? (HAZARDS 20) */
bool weir__mysql_head_same(const weir__mysql_conn *c, const weir__mysql_head *head);
/* Room for a row of so many columns. False: no memory. */
bool weir__mysql_slots(weir__mysql_conn *c, uint32_t count);
void weir__mysql_slots_free(weir__mysql_conn *c);

/* ---- mysql_text.c, mysql_prepared.c: one protocol each ---- */

weir_status weir__mysql_text_run(weir__mysql_conn *c, const weir__command *command, weir__answer *answer,
                                 weir_error *error);
weir_status weir__mysql_text_fetch(weir__mysql_conn *c, weir__answer *answer, weir__cell *cells, bool *row,
                                   weir_error *error);
weir_status weir__mysql_prepared_run(weir__mysql_conn *c, const weir__command *command, weir__answer *answer,
                                     weir_error *error);
/* command->lifted, if that pays and the server takes it: *done; else the statement is to be run as it is written, and nothing was run. */
weir_status weir__mysql_lifted_run(weir__mysql_conn *c, const weir__command *command, weir__answer *answer, bool *done,
                                   weir_error *error);
/* The statement ran as it is written. */
void weir__mysql_lifted_see(weir__mysql_conn *c, const weir__command *command);
weir_status weir__mysql_prepared_fetch(weir__mysql_conn *c, weir__answer *answer, weir__cell *cells, bool *row,
                                       weir_error *error);
/* The rows have ended or were given up: frees the open answer without waiting. */
void weir__mysql_answer_free(weir__mysql_conn *c);
/* The line is closed: frees the prepared statements. */
void weir__mysql_prepared_free(weir__mysql_conn *c);
/* The statement is not kept, or no more. False: the line broke. */
bool weir__mysql_statement_close(weir__mysql_conn *c, weir__mysql_statement *statement);
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
