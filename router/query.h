/* query.h - the statement in flight. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ROUTER_QUERY_H
#define WEIR_ROUTER_QUERY_H

#include "router/plan/plan_cache.h"
#include "router/session_impl.h"
#include "router/sql/charset.h"

enum { WEIR__ROUTE_ROOM = 1024 };

typedef struct weir__statement {
    /* from the caller */
    weir_session *session;
    weir_query_options options;
    weir_str sql;
    weir_args args;
    weir_error *error;
    /* learnt on the way */
    weir__deadline deadline;
    uint64_t begun_ns;
    bool kept;         /* the session had a connection before this statement: it knows what came before */
    bool elsewhere;    /* it was sent once more: its first connection was found broken */
    bool again;        /* what was understood holds no longer: back to the stage understand */
    bool done;         /* the answer is there, no server is needed */
    bool anew;         /* it runs the second time, for its tables were not what they were known as */
    bool read_only;    /* it has run, and leaves nothing behind however often it runs */
    uint32_t readings; /* how often it was understood */
    weir_rows *rows;
    weir__lex_options reading; /* how the server reads text */
    weir__lookup lookup;       /* of the plan; given back when the call ends */
    weir_str text;             /* what is sent: names of tables may be others on the shard, ids may be put in */
    weir_args values;          /* what is sent with it */
    struct weir__write *write; /* it is for several shards, in arena; NULL: for one, or a read */
    struct weir__move *move; /* likewise: its rows change their shard key, and go to another shard; NULL: they do not */
    uint64_t first_id;       /* of those that weir made for its rows; 0: none */
    weir__arena arena;       /* of the route */
    char room[WEIR__ROUTE_ROOM];
    weir__settings *set; /* the statement is a known SET of these; owned; NULL: it is not */
    unsigned assigned;   /* how many it assigns */
    weir__seat *seat;    /* where it goes, and the server there */
    weir__server *server;
    uint32_t moves; /* to another server, since the one before could not serve it */
    bool reads;     /* the session must not go back behind what it shows */
    char *answered; /* owned; the text with what it asked of the session's past; NULL: it asked nothing */
    /* of a read that one server finishes (finish.h) */
    struct weir__apart *apart; /* what taking it apart needs; NULL: it is answered, or refused, as it is */
    bool inner;                /* not the user's: one of its statements */
    bool pinned;               /* for any shard that has its tables: it reads no rows */
    uint32_t depth;            /* final statements that it is within */
    const weir_column *head;   /* the columns that its answer gets; NULL: its own */
    uint32_t head_count;
    uint32_t warned; /* by the statements before, for the same answer */
} weir__statement;

typedef weir_status weir__stage(weir__statement *);

/* May it lock rows, in the session's transaction? */
bool weir__statement_locks(const weir_session *session, const weir__sql_effects *effects);

/* ---- known_set.c ---- */

/* Is the statement, a SET, a known one? Then q->set says of what. */
void weir__set_look(weir__statement *q);
void weir__set_forget(weir__statement *q);
/* Runs it on the seat's connection, as driver->run. The session's settings follow; where it turns out that it could not be undone,
 * the seat carries state. */
weir_status weir__set_run(weir__statement *q, const weir__command *command);

/* ---- query_server.c: which server of the statement's seat ---- */

/* Sets q->server; may wait. */
weir_status weir__statement_server(weir__statement *q);
/* The statement failed with status, and nothing has happened: may it go to another server, or to the same role again? Then all is ready
 * for choosing anew. */
bool weir__statement_move(weir__statement *q, weir_status status);

#endif
