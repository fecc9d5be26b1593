/* decision.h - is a transaction over several shards committed? Its row of weir_decision says. SPDX-License-Identifier: Apache-2.0
 * docs/transactions.md: READY writes the row, LOOK reads it. Threads: as the connection's. */
#ifndef WEIR_ROUTER_DECISION_H
#define WEIR_ROUTER_DECISION_H

#include "drivers/driver.h"

typedef enum weir__decision {
    WEIR__DECISION_OPEN,  /* the row is locked: whoever inserted it is still there, or its server believes so */
    WEIR__DECISION_MADE,  /* the row is there: committed */
    WEIR__DECISION_NEVER, /* the row is not there, and will never be */
} weir__decision;

/* LOOK: asks the primary of the shard that decides, on a connection of nobody's transaction. The connection stays READY unless this
 * fails. Returns: OK, or why the server did not answer. */
weir_status weir__decision_look(weir__conn *conn, const char *gtrid, weir__deadline deadline, weir__decision *decision,
                                weir_error *error);
/* Is the branch's own row there: was the branch committed on the connection's shard? */
weir_status weir__decision_branch_done(weir__conn *conn, const char *gtrid, weir__deadline deadline, bool *done,
                                       weir_error *error);

#endif
