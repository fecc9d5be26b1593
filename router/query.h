/* query.h - the statement in flight. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ROUTER_QUERY_H
#define WEIR_ROUTER_QUERY_H

#include "router/plan/plan_cache.h"
#include "router/session_impl.h"
#include "router/sql/charset.h"

typedef struct weir__statement {
    /* from the caller */
    weir_session *session;
    weir_query_options options;
    weir_str sql;
    weir_args args;
    weir_error *error;
    /* learnt on the way */
    weir__deadline deadline;
    bool kept;         /* the session had a connection before this statement: it knows what came before */
    bool elsewhere;    /* it was sent once more: its first connection was found broken */
    bool again;        /* what was understood holds no longer: back to the stage understand */
    bool done;         /* the answer is there, no server is needed */
    uint32_t readings; /* how often it was understood */
    weir_rows *rows;
    weir__lex_options reading; /* how the server reads text */
    weir__lookup lookup;       /* of the plan; given back when the call ends */
    weir__seat *seat;          /* where it goes, and the server there */
    weir__server *server;
} weir__statement;

typedef weir_status weir__stage(weir__statement *);

#endif
