/* decision.h - is a transaction committed? Its row says. SPDX-License-Identifier: Apache-2.0
 * Over several shards that is its row of weir_decision (docs/transactions.md: READY writes it, LOOK reads it); on one shard, run by
 * weir_transaction, its row of weir_transaction. Threads: as the connection's, or the pool's. */
#ifndef WEIR_ROUTER_DECISION_H
#define WEIR_ROUTER_DECISION_H

#include "router/topology.h"

typedef enum weir__decision {
    WEIR__DECISION_OPEN,  /* the row is locked: whoever inserted it is still there, or its server believes so */
    WEIR__DECISION_MADE,  /* the row is there: committed */
    WEIR__DECISION_NEVER, /* the row is not there, and will never be */
    WEIR__DECISION_LOST,  /* not there, but another server is primary now, to which it may not have come (HAZARDS 3) */
} weir__decision;

typedef struct weir__decision_row {
    enum { WEIR__ROW_OF_GTRID, WEIR__ROW_OF_ID } of;
    const char *name;   /* the gtrid, or the id as 32 hex digits */
    uint32_t server_id; /* of the server that was primary when the transaction ran */
    bool lossless;      /* what it acknowledged is on whoever is primary now */
} weir__decision_row;

/* Asks on a connection of nobody's transaction, which stays READY unless this fails. Returns: OK, or why the server did not
 * answer. */
weir_status weir__decision_look(weir__conn *conn, const weir__decision_row *row, weir__deadline deadline,
                                weir__decision *decision, weir_error *error);
/* Asks whoever is primary of the shard, on connections of its pool, until the row is no longer locked, or the deadline. *decision is OPEN if nobody could say:
 * error tells why, where there is a reason. */
void weir__decision_find(const weir__env *env, const weir__shard *shard, const weir__decision_row *row,
                         weir__deadline deadline, weir__decision *decision, weir_error *error);
/* Is the server writable? A read-only one may lack what another one has. By conn->deadline. */
weir_status weir__decision_can_tell(weir__conn *conn, bool *writable, weir_error *error);
/* Is the branch's own row there: was the branch committed on the connection's shard? */
weir_status weir__decision_branch_done(weir__conn *conn, const char *gtrid, weir__deadline deadline, bool *done,
                                       weir_error *error);

#endif
