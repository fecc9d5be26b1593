/* driver.h - what the rest of weir knows of a database server. SPDX-License-Identifier: Apache-2.0
 *
 * A driver is one const table of functions over connections. A connection runs one command at a
 * time:
 *
 *    open -> READY --run--> ROWS --fetch.. (no more)--> READY          run of a statement without
 * rows: READY -> READY |              '--end (rest dropped)--> READY or BROKEN
 *              '-- any failure of the line, deadline or waking --> BROKEN --close--> gone
 *
 * A statement that the server refused leaves the connection READY. What a BROKEN connection was
 * doing may still go on in the server: the pool sees to its end (pool.h, weir__pool_drop). Every
 * call ends by the deadline in conn->deadline; conn->wake_fd ends it earlier. Threads: one at a
 * time per connection, but waking, which is any thread's. */
#ifndef WEIR_DRIVERS_DRIVER_H
#define WEIR_DRIVERS_DRIVER_H

#include <stdatomic.h>

#include "base/env.h"
#include "base/error.h"
#include "base/limits.h"
#include "weir.h"

/* What all connections to one address keep, for the server counts them together, whatever their users and schemas. */
typedef struct weir__prepared_total {
    _Atomic uint32_t references;  /* of budgets (topology.c) */
    _Atomic uint32_t kept;        /* now */
    _Atomic uint32_t connections; /* that share it */
    _Atomic bool wanted;          /* one of them has none and found no room */
} weir__prepared_total;

/* How many prepared statements the connections of an endpoint keep (statements.h); it outlives them. */
typedef struct weir__prepared_budget {
    uint32_t most; /* that all connections to its address may keep before one of this endpoint keeps another */
    weir__prepared_total *total; /* of the address; NULL: own, no other endpoint has it */
    weir__prepared_total own;
    _Atomic uint32_t kept; /* by this endpoint's, now */
    _Atomic uint64_t made; /* ever prepared by them, kept or not */
} weir__prepared_budget;

/* Whom to call and how; immutable, outlives its connections. Strings are never NULL unless said. */
typedef struct weir__endpoint {
    const char *text;   /* the address as written in weir.yaml: for messages */
    const char *host;   /* NULL: a socket */
    const char *socket; /* NULL: TCP */
    uint16_t port;
    const char *shard; /* for messages */
    const char *user;
    const char *schema; /* "" for none */
    enum { WEIR__LINE_PLAIN, WEIR__LINE_TLS, WEIR__LINE_TLS_VERIFIED } line;
    const char *ca, *cert, *key; /* NULL: none */
    const char *collation, *time_zone;
    const char *sql_mode;            /* NULL: the server's own */
    uint32_t connect_ms;             /* of the whole of connecting: name, line, login, settings */
    uint32_t statement_ms;           /* the server itself ends what runs longer, should the client be gone */
    weir__prepared_budget *prepared; /* NULL: its connections keep no prepared statements */
    /* Reads the password anew for each login; *password is the callee's to wipe and free with
     * weir__free. */
    weir_status (*password)(const weir__env *env, const void *context, char **password, weir_error *error);
    const void *password_context;
} weir__endpoint;

typedef struct weir__driver weir__driver;

/* Cell types: INT, UINT and DOUBLE hold the number, all else the text as the server prints it; NULL
 * is NULL. */
typedef weir_value weir__cell;

/* Who has a connection of a pool, since when and for what; written under the pool's lock. */
typedef struct weir__holding {
    uint64_t since_ns;
    uintptr_t thread; /* one number for each thread that lives */
    unsigned level;   /* of the pool's connections (pool.h) */
    bool warned;      /* that it is held for long */
    uint16_t size;
    char text[WEIR__MAX_PURPOSE]; /* what it was taken for: how the statement begins */
} weir__holding;

typedef struct weir__conn {
    const weir__driver *driver;
    const weir__env *env;
    const weir__endpoint *endpoint;
    int wake_fd;               /* an eventfd: readable ends the running call */
    weir__deadline deadline;   /* of the running call; the caller sets it */
    bool broken;               /* only close is left */
    bool in_rows;              /* run gave columns and fetch has not yet reached the end */
    bool in_transaction;       /* as the server said last, after failures too */
    uint64_t born_ns, used_ns; /* used: given back to the pool */
    uint64_t server_thread;    /* the server's number for this connection */
    uint64_t server_id;
    char host[WEIR__MAX_HOST];             /* the server's own name and port, cut to fit */
    uint64_t largest_packet;               /* that the server takes, bytes */
    bool mariadb;                          /* else MySQL */
    uint32_t version;                      /* 101106, 80036 */
    char sql_mode[512];                    /* the connection's now: the server tells each change */
    uint32_t sql_mode_bits;                /* the same as the router reads it, and whether it has */
    bool sql_mode_read, sql_mode_doubtful; /* doubtful: a change that is told now may be set back */
    char last_gtid[48]; /* of the last transaction that the server told of on this connection; "": of none */
    bool gtid_told;     /* by the last command: its reply was an OK packet that named a new one */
    uint64_t insert_id; /* what LAST_INSERT_ID() says there; kept by router/past.h */
    bool insert_id_unknown;
    struct weir__conn *next, *previous;   /* of the list it is on: the pool's */
    weir__holding held;                   /* the pool's */
    struct weir__settings *settings;      /* given to it since it was made (settings.h); NULL: none */
    struct weir__settings *settings_base; /* what those, and others before, were then */
} weir__conn;

typedef struct weir__command {
    weir_str sql;
    weir_args args;  /* count > 0: bound to the statement's parameters */
    weir_str lifted; /* the same with its literals as parameters, which gives the same answer; size 0: none */
    weir_args lifted_args;
    bool may_write; /* what is lost on the way may have happened */
    bool keep;  /* prepared, it may be kept for the next time: nothing that the session has set decides what it means */
    bool again; /* a read: it may run twice, where its rows turn out to have changed their columns */
    uint64_t hash;   /* of sql (weir__statement_hash); 0: not known */
    uint64_t now_ns; /* the caller has just looked at the clock; 0: it has not */
} weir__command;

/* Columns that several may tell of, each as long as it wants; their names lie behind them. Counted. */
typedef struct weir__columns {
    _Atomic uint32_t references;
    const weir__mem *mem;
    weir_column of[];
} weir__columns;

static inline weir__columns *weir__columns_ref(weir__columns *columns)
{
    atomic_fetch_add_explicit(&columns->references, 1, memory_order_relaxed);
    return columns;
}

static inline void weir__columns_unref(weir__columns *columns)
{
    if (columns && atomic_fetch_sub_explicit(&columns->references, 1, memory_order_acq_rel) == 1)
        weir__free(columns->mem, columns);
}

/* The answer's head; columns and names live until the end of the rows. */
typedef struct weir__answer {
    const weir_column *columns;
    weir__columns *shared;     /* whose they are, to be kept by a reference; NULL: nobody's */
    uint32_t column_count;     /* 0: no rows */
    weir_result result;        /* whole when there are no rows, or after the last one */
    const weir_error *missing; /* of several servers: why these gave nothing */
    uint32_t missing_count;
    weir_str page; /* with its last row: where the next page begins */
} weir__answer;

/* A connection that was hung up while its statement may still run. */
typedef struct weir__late {
    uint64_t server_thread, server_id, born_ns;
    char host[WEIR__MAX_HOST]; /* as weir__conn has it */
} weir__late;

struct weir__driver {
    const char *name;
    int version; /* of this table */

    /* Connects, logs in, makes the session known. Returns: OK; UNREACHABLE; TIMEOUT; BUSY (the
     * server takes no more connections); CONFIG (login, schema or TLS refused); NOMEM. */
    weir_status (*open)(const weir__env *env, const weir__endpoint *endpoint, weir__deadline deadline,
                        weir__conn **conn, weir_error *error);
    /* Leaves politely if the connection is READY, else just hangs up. Never waits. */
    void (*close)(weir__conn *conn);
    weir_status (*run)(weir__conn *conn, const weir__command *command, weir__answer *answer, weir_error *error);
    /* The next row, its cells valid until the next call; *row is false after the last one. answer
     * as given to run; cells NULL: the row is dropped. */
    weir_status (*fetch)(weir__conn *conn, weir__answer *answer, weir__cell *cells, bool *row, weir_error *error);
    /* As fetch, but only a row that has come whole already: it never waits. No row: fetch tells, also where that is not known. */
    weir_status (*take)(weir__conn *conn, weir__answer *answer, weir__cell *cells, bool *row, weir_error *error);
    /* Drops what is left of the rows: a few are read, many break the connection. */
    void (*end)(weir__conn *conn);
    /* Has the idle connection been hung up by the server? One system call. */
    bool (*alive)(weir__conn *conn);
    /* On another connection, control: ends whatever that server still does for a connection that
     * was hung up. OK also when the server has been restarted since, or nothing is left to kill. A failure with a server_errno and
     * WEIR_RETRY_NEVER: that server will never let us. */
    weir_status (*kill)(weir__conn *control, const weir__late *late, weir_error *error);
};

extern const weir__driver weir__mysql_driver;

#endif
